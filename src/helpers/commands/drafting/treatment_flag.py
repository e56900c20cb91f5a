"""The flag that says since when a unit of a drafted panel is treated: it comes on for some units, and stays on."""

import pandas as pd

from helpers.commands.drafting import (
    by_shape,
    column_types,
    recognise,
    rows_of_times,
    yes_or_no,
)
from helpers.commands.drafting.draft import CHECK, TableDraft
from helpers.contracts.checked import sql_name, sql_text
from helpers.tables.source import Source

STAYS = "comes on for some units and stays on; if it is not what was done, leave this line out"
ONE_DAY = "one day in all rows of a unit, within the panel's time; if it is not since when it was treated, leave it out"
ALWAYS = "says who is treated, and of no period since when"
MOSTLY = 0.5  # of the days within the panel's time
STOPS = "goes on and off again, so it does not say since when a unit is treated"
DRAWN_EACH_TIME = (
    "if {flag} was drawn by lot anew for each {unit} and period, each row is a unit of a test: make it experiment_units "
    "with `columns: {{unit_id: row_number, arm: {flag}, stratum: {unit}}}` (31)"
)


def settle(table: TableDraft, source: Source) -> bool:
    """Take a flag that goes on and off again (promotions) out of a panel's draft, and one that comes on for good in.

    Returns whether the draft changed.
    """
    columns = table.settings["columns"]
    if table.table != "panel" or "treated_from" in columns or table.looked:
        return False
    table.looked = True
    rows = source.read("panel").to_pandas().sort_values(["unit", "period"])
    flag = rows["treated"].fillna(False).astype(bool) if "treated" in columns else None
    always = flag is not None and _is_always(rows["unit"], flag)
    if flag is not None and not always and not _stops(rows["unit"], flag):
        return False
    stopped = columns.pop("treated", "")
    table.why.pop(("columns", "treated"), None)
    flags = [name for name, texts in table.export.layout.values.items() if yes_or_no.is_flag(texts)]
    found = next((name for name in flags if name in rows and _comes_on(rows["unit"], rows[name])), None)
    found = found or _spent_on(table, rows)
    table.notes = [note for note in table.notes if rows_of_times.NOTHING_SAYS not in note]
    if not found and (since := _since(table, rows)):
        columns["treated_from"], table.why["columns", "treated_from"] = since, f"{CHECK}{ONE_DAY}"
        return True
    if found:
        columns["treated"], table.why["columns", "treated"] = found, f"{CHECK}{STAYS}"
        return True
    long, texts = recognise.long(table.export.layout.values), table.export.layout.values.get(stopped, [])
    who = f"{sql_name(stopped)} = {sql_text(yes_or_no.yes(texts))}" if always and texts else ""
    said = f"{stopped} {ALWAYS if always else STOPS}; " if stopped else ""
    note = rows_of_times.untreated_note(columns, long, who)
    if stopped and not always:
        note = f"{DRAWN_EACH_TIME.format(flag=sql_name(stopped), unit=columns['unit'])}; {note}"
    table.notes.append(f"{CHECK}{said}{note}")
    return bool(stopped)


def _since(table: TableDraft, rows: pd.DataFrame) -> str:
    """The column that holds one day for each unit, or none, not before the panel begins; "" where none does."""
    values, way = table.export.layout.values, table.settings.get("date_format")
    free = [
        name for name, texts in values.items() if name in rows and texts and name not in ("unit", "period")
    ]
    for name in free:
        if by_shape.is_number(values[name]) or not column_types.is_time(values[name][: column_types.TRIED]):
            continue
        texts = rows[name].astype("string").str.strip().fillna("")
        days = (
            pd.to_datetime(texts.where(texts.ne("")), format=way, errors="coerce")
            .groupby(rows["unit"])
            .first()
        )
        within = days.dropna().between(pd.Timestamp(rows["period"].min()), pd.Timestamp(rows["period"].max()))
        one = texts.groupby(rows["unit"]).nunique().max() == 1
        if one and within.mean() > MOSTLY and (days.isna().any() or days.nunique() > 1):
            return name
    return ""


def _is_always(unit: pd.Series, flag: pd.Series) -> bool:
    """Whether a flag is on for some units in all of their periods, and for the others in none."""
    by_unit = flag.groupby(unit)
    return bool(by_unit.any().any()) and by_unit.any().equals(by_unit.all())


def _stops(unit: pd.Series, flag: pd.Series) -> bool:
    return bool((flag.groupby(unit).cummax() & ~flag).any())


def _spent_on(table: TableDraft, rows: pd.DataFrame) -> str:
    """The condition that a number is above 0 where one is 0 for most units, and for some from a day on not; "" for none."""
    own = table.settings["columns"].values()
    for name, texts in table.export.layout.values.items():
        if name not in rows or name in own or not by_shape.is_number(texts):
            continue
        above = pd.to_numeric(rows[name], errors="coerce") > 0
        if above.groupby(rows["unit"]).any().mean() < MOSTLY and _comes_on(
            rows["unit"], above.map({True: "1", False: "0"})
        ):
            return f"CASE WHEN {sql_name(name)} > 0 THEN 1 ELSE 0 END"
    return ""


def _comes_on(unit: pd.Series, texts: pd.Series) -> bool:
    """Whether a flag is off at first everywhere, comes on for some units, or for all at different times, and never off."""
    flag = texts.astype("string").str.strip().str.casefold().isin(yes_or_no.YES)
    by_unit = flag.groupby(unit)
    ever, first = by_unit.any(), by_unit.first()
    parted = not ever.all() or (~flag).groupby(unit).sum().nunique() > 1
    return bool(ever.any() and parted and not first.any()) and not _stops(unit, flag)
