"""The flag that says since when a unit of a drafted panel is treated: it comes on for some units, and stays on."""

import pandas as pd

from helpers.commands.drafting import by_shape, recognise
from helpers.commands.drafting.draft import CHECK, TableDraft
from helpers.tables.source import Source

STAYS = "comes on for some units and stays on; if it is not what was done, leave this line out"
STOPS = "goes on and off again, so it does not say since when a unit is treated"


def settle(table: TableDraft, source: Source) -> bool:
    """Take a flag that goes on and off again (promotions) out of a panel's draft, and one that comes on for good in.

    Returns whether the draft changed.
    """
    columns = table.settings["columns"]
    if table.table != "panel" or "treated_from" in columns or table.looked:
        return False
    table.looked = True
    rows = source.read("panel").to_pandas().sort_values(["unit", "period"])
    if "treated" in columns and not _stops(rows["unit"], rows["treated"].fillna(False).astype(bool)):
        return False
    stopped = columns.pop("treated", "")
    table.why.pop(("columns", "treated"), None)
    flags = [name for name, texts in table.export.layout.values.items() if by_shape.is_flag(texts)]
    found = next((name for name in flags if name in rows and _comes_on(rows["unit"], rows[name])), None)
    table.notes = [note for note in table.notes if by_shape.NOTHING_SAYS not in note]
    if found:
        columns["treated"], table.why["columns", "treated"] = found, f"{CHECK}{STAYS}"
        return True
    note = by_shape.untreated_note(columns, recognise.long(table.export.layout.values))
    table.notes.append(f"{CHECK}{f'{stopped} {STOPS}; ' if stopped else ''}{note}")
    return bool(stopped)


def _stops(unit: pd.Series, flag: pd.Series) -> bool:
    return bool((flag.groupby(unit).cummax() & ~flag).any())


def _comes_on(unit: pd.Series, texts: pd.Series) -> bool:
    """Whether a flag is off at first everywhere, comes on for some units, and never goes off."""
    flag = texts.astype("string").str.strip().str.casefold().isin(by_shape.YES)
    by_unit = flag.groupby(unit)
    ever, first = by_unit.any(), by_unit.first()
    return bool(ever.any() and not ever.all() and not first.any()) and not _stops(unit, flag)
