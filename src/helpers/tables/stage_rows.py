"""Leads told by a row per change of their stage: read as a row per lead (`row_per: stage`)."""

import ibis

from helpers.study.table_columns import COPY, GIVEN, LEFT_OUT, ROW, TABLES, UNKNOWN

_OF_ROWS = (ROW, COPY, LEFT_OUT, UNKNOWN, "lead_id")
_KNOWN = {name for one in TABLES["leads"].columns for name in (one.name, GIVEN.format(one.name))}


def one_per_lead(rows: ibis.Table) -> ibis.Table:
    """Return a table's first row of each lead, with what all its rows tell together.

    A date is the earliest of all, yes and no whether any says yes, another column of the contract its first value that is
    known; attributes are those of the first row, known when the lead came in. Rows without lead_id, and those that `where`
    leaves out, stay as they are.
    """
    of_lead = ibis.window(group_by=["lead_id", LEFT_OUT])
    in_order = ibis.window(group_by=["lead_id", LEFT_OUT], order_by=["created_at", ROW])
    placed = rows.mutate(_place=ibis.row_number().over(in_order))
    told = {name: _together(placed, name).over(of_lead) for name in rows.columns if name not in _OF_ROWS}
    alone = placed["lead_id"].isnull() | (placed[LEFT_OUT] > 0)
    merged = placed.mutate(**{name: alone.ifelse(placed[name], one) for name, one in told.items()})
    return merged.filter((merged["_place"] == 0) | alone).drop("_place")


def _together(rows: ibis.Table, name: str) -> ibis.Value:
    column, place = rows[name], rows["_place"]
    if name not in _KNOWN:
        return column.argmin(ibis.ifelse(place == 0, place, None))
    if column.type().is_temporal():
        return column.min()
    return (
        column.max()
        if column.type().is_boolean()
        else column.argmin(ibis.ifelse(column.notnull(), place, None))
    )
