"""A study as it is drafted: its settings, and for each why it is so."""

import re
from dataclasses import dataclass, field, replace
from datetime import date

from helpers.commands.drafting import by_shape, column_types, mappings, recognise, rows_of_times, ways_out
from helpers.commands.drafting.files import Export
from helpers.contracts.checked import sql_name
from helpers.study.study import TableSpec
from helpers.study.table_columns import TABLES, WHICH
from helpers.tables import expressions, sniffing, wide_panels

CHECK = "CHECK: "
_JOINED = re.compile(r'''"([^"]+)" \|\| ' ' \|\| "([^"]+)"''')  # a day and a clock in two columns


@dataclass
class TableDraft:
    """One table: its keys as in a study file, and comments by key, or by (key, name or place) inside one.

    changing: columns of a test that are no covariates: that differ between a unit's rows, or say no more than the arm;
    looked: whether the data were looked at for them, or for the flag of a panel's treatment; counts: its columns of
    units and conversions, where each arm has one row.
    """

    table: str
    export: Export
    settings: dict
    why: dict = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    mapping: mappings.Mapping | None = None
    changing: set[str] = field(default_factory=set)
    looked: bool = False
    counts: dict[str, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether every column the contract demands is found."""
        return WHICH not in self.settings["columns"].values()


@dataclass
class Draft:
    """The study: its own keys with their comments, and its tables."""

    name: str
    source: str
    tables: list[TableDraft]
    settings: dict
    why: dict = field(default_factory=dict)


def table_of(export: Export, today: date) -> TableDraft:
    """Draft one table: by the mapping of a known export, or by the names and values of its columns."""
    columns = export.layout.columns
    mapping = mappings.find(columns)
    made = _mapped(export, mapping) if mapping else _recognised(export)
    found, texts = export.layout.found, made.settings["columns"]
    contract = TABLES[made.table]
    kinds = {column.name: column.type for column in contract.columns}
    numbers = [
        own
        for name, origin in texts.items()
        if kinds.get(name) == "number"
        for own in columns
        if own == origin or (own.casefold() in _named(origin, columns) and _is_number(export, own))
    ]
    if made.table in (
        "experiment_units",
        "panel",
        "leads",
    ):  # outcomes and what was known before, which no contract names
        numbers += [
            own
            for own in columns
            if own not in texts.values() and by_shape.is_number(export.layout.values[own])
        ]
    is_wide = made.table == "panel" and texts.get("outcome") == wide_panels.MADE[1] not in columns
    if is_wide or texts.get("order_time") == wide_panels.COLUMN_NAMES:
        numbers += list(wide_panels.periods(list(columns)))
    times = {
        name: own
        for name, origin in texts.items()
        if kinds.get(name) in ("time", "date") and (own := _one_of(origin, columns))
    }
    found |= sniffing.formats(_with_joined(export.layout, times), dict.fromkeys(numbers), times, today)
    fixed = made.mapping.settings if made.mapping else {}
    for key, value in found.settings.items():
        others = [str(one[key]) if key in one else "nothing" for one in found.doubts.get(key, ())[1:]]
        made.settings[key] = value
        made.why[key] = (f"{CHECK}or {' or '.join(others)}; " if others else "") + found.why[key]
    open_ones = [key for key in found.doubts if key not in found.settings]
    made.notes += [f"{CHECK}{key}: nothing in the file decides" for key in open_ones]
    made.settings |= fixed
    made.why |= {key: f"{made.mapping.title} writes it so" for key in fixed if made.mapping}
    made.settings = {key: value for key, value in made.settings.items() if value not in ({}, [], None)}
    return made


def _is_number(export: Export, own: str) -> bool:
    """Whether a column that an expression names holds numbers: others are compared in it (the side of an account)."""
    return column_types.is_a("number", "", export.layout.values.get(own, []))


def _named(origin: str, columns: tuple[str, ...]) -> list[str]:
    return [] if origin in columns or origin == WHICH else expressions.named_in(origin)


def _one_of(origin: str, columns: tuple[str, ...]) -> str | None:
    """The one column that a time comes from, where it comes from one."""
    if origin in columns:
        return origin
    if _JOINED.fullmatch(origin):
        return origin
    named = [own for own in columns if own.casefold() in _named(origin, columns)]
    shown = re.findall(r"THEN \"?([^\"]+?)\"? (?:ELSE|END)", origin)
    return next((one for one in named if one in shown), None)


def _with_joined(layout: sniffing.Layout, times: dict[str, str]) -> sniffing.Layout:
    """The layout with the values of days and clocks that stand in two columns and are joined by an expression."""
    added = {}
    for origin in times.values():
        if joined := _JOINED.fullmatch(origin):
            days, clocks = (layout.values.get(name, []) for name in joined.groups())
            added[origin] = [f"{day} {clock}" for day in days for clock in clocks[:1]]
            added[origin] += [f"{day} {clock}" for day in days[:1] for clock in clocks]
    return replace(layout, values=layout.values | added)


def _mapped(export: Export, mapping: mappings.Mapping) -> TableDraft:
    """A table as its mapping says, less what the file does not have."""
    columns = export.layout.columns
    chosen = mapping.chosen(columns)
    where = [text for text in mapping.where if mappings.is_there(text, columns)]
    titles = export.layout.titles  # a second header, which is no row
    known = {
        name: [*values, *filter(None, [titles.get(name)])]
        for name, values in mapping.known_values.items()
        if name in columns
    }
    settings = {
        "path": export.path,
        "columns": chosen,
        "where": where,
        "known_values": known,
        "rules": mapping.rules,
    }
    because = mapping.because
    why: dict = {
        ("columns", name): (f"{CHECK}not read in the document; " if mapping.is_unread(name) else "")
        + "; ".join(part for part in (because.get(name), examples(export, origin)) if part)
        for name, origin in chosen.items()
    }
    for key in ("where", "known_values", "rules"):
        if key in because or (mapping.is_unread(key) and key != "rules"):
            why[key] = (f"{CHECK}not read in the document; " if mapping.is_unread(key) else "") + because.get(
                key, ""
            )
    notes = [f"{mapping.title}, mapped from {mapping.document}; what says CHECK was not read there"]
    named_otherwise = {name for names in mapping.signature for name in names} - set(columns)
    dropped = [
        text
        for text in mapping.where
        if text not in where and not mappings.names_one_of(text, named_otherwise)
    ]
    notes += [f"the file has no column for the condition {text}" for text in dropped]
    return TableDraft(mapping.table, export, settings, why, notes, mapping)


def _recognised(export: Export) -> TableDraft:
    """A table as the names and values of the file's columns say."""
    layout = export.layout
    found = _by_titles(export) or recognise.recognise(layout.values, export.stem, layout.gaps)
    chosen = {name: found.columns[name] for name in found.columns}
    why: dict = {}
    for name, origin in chosen.items():
        certain = name == origin and not found.doubts.get(name)
        said = [found.doubts.get(name, ""), examples(export, origin)]
        why["columns", name] = ("" if certain else CHECK) + "; ".join(part for part in said if part)
    for name in found.missing:
        chosen[name] = WHICH
        why["columns", name] = f"{CHECK}one of {', '.join(export.layout.columns)}"
    lost = found.table == "transactions" and len(found.missing) > 1 and export.stem not in TABLES
    notes = [f"{CHECK}{ways_out.sentence(export.layout.values, export.parts)}"] if lost else []
    if found.table == "panel" and not {"treated_from", "treated"} & set(chosen):
        notes.append(f"{CHECK}{rows_of_times.untreated_note(chosen, recognise.long(export.layout.values))}")
    if found.missing == ["order_time"] and (lists := ways_out.days_in_cells(export.layout.values)):
        notes.append(f"{CHECK}{lists}")
    if found.table == "transactions":
        a_test = _of_customers(found, layout)
        notes += [f"{CHECK}{a_test}"] if a_test else []
    if found.table == "transactions" and found.missing == ["customer_id"]:
        notes.append(f"{CHECK}{by_shape.NOBODY}")
    return TableDraft(found.table, export, {"path": export.path, "columns": chosen}, why, notes)


def _of_customers(found: recognise.Recognised, layout: sniffing.Layout) -> str:
    """How a file whose rows are customers may be read as a test, where their sales stand in columns; "" for any other."""
    customer, day = (found.columns.get(name, "") for name in ("customer_id", "order_time"))
    if day == wide_panels.COLUMN_NAMES:
        return rows_of_times.beside_periods(layout.values, customer)
    if customer and day in layout.gaps and found.doubts.get("order_time") == recognise.ONLY_DATE:
        return rows_of_times.since_a_day(layout.values, day, customer)
    return ""


def _by_titles(export: Export) -> recognise.Recognised | None:
    """What a file is by the names of a second header, where each column has a code as its first; None where those say it."""
    titles, values = export.layout.titles, export.layout.values
    if not titles or not recognise.recognise(values, export.stem).missing:
        return None
    own = {titles.get(name, name): name for name in values}
    found = recognise.recognise({title: values[name] for title, name in own.items()}, export.stem)
    columns = {
        key: own.get(origin)
        or re.sub(r'"([^"]+)"', lambda named: sql_name(own.get(named[1], named[1])), origin)
        for key, origin in found.columns.items()
    }
    return None if found.missing else replace(found, columns=columns)


def examples(export: Export, origin: str) -> str:
    """Two values of the column, or of the first that an expression names."""
    columns = export.layout.columns
    own = (
        origin
        if origin in columns
        else next((one for one in columns if one.casefold() in _named(origin, columns)), "")
    )
    texts = export.layout.values.get(own, [])
    two = dict.fromkeys((texts[len(texts) // 3], texts[2 * len(texts) // 3])) if texts else ()
    return "such as " + " and ".join(repr(" ".join(text.split())[:30]) for text in two) if two else ""


def change(table: TableDraft, found: dict, why: str) -> bool:
    """Put settings that a check proposes into a table, with a comment; return whether anything changed."""
    before = repr(table.settings)
    for key, value in found.items():
        if key == "amount":
            table.settings["columns"]["amount"] = value
            table.why["columns", "amount"] = why
        elif isinstance(value, dict):
            table.settings[key] = table.settings.get(key, {}) | value
            table.why |= {(key, name): why for name in value}
        elif key in ("where", "ignore"):
            listed = [value] if isinstance(value, str) else value
            old = table.settings.get(key, [])
            table.settings[key] = [*old, *(one for one in listed if one not in old)]
            table.why |= {(key, one): why for one in listed}
        elif key in TableSpec.__dataclass_fields__:
            table.settings[key] = value
            table.why[key] = why
    return repr(table.settings) != before
