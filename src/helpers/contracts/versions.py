"""Transactions as the study says they count: each order's latest state, and an order's total once."""

from typing import TYPE_CHECKING

import ibis

from helpers.errors import StudyError
from helpers.study.table_columns import LEFT_OUT, ROW, VERSION

if TYPE_CHECKING:
    from helpers.study.study import Study

SUPERSEDED = -1  # what LEFT_OUT says of an earlier state of an order


def settled(study: "Study", lines: ibis.Table, given: tuple[str, ...]) -> ibis.Table:
    """Return the lines after `keep_latest` (earlier states of an order are left out) and `amount_per: order`.

    With `amount_per: order` the amount that all lines of an order repeat is shared by them in equal parts, so that it
    counts once. Raises StudyError where `order_id` is missing, by which both go.
    """
    spec = study.tables.get("transactions")
    wanted = [key for key in ("keep_latest", "amount_per") if spec and getattr(spec, key)]
    if wanted and "order_id" not in given:
        raise StudyError(
            f"{study.path.name}: tables.transactions.{wanted[0]} goes by order, but no column is mapped to order_id: add it "
            "to `columns`."
        )
    if "keep_latest" in wanted:
        lines = _latest(lines)
    if "amount_per" in wanted:
        lines = _once(lines)
    return lines


def _latest(lines):
    """Rows that meet `where` and have an order id, but not the order's latest version, are left out."""
    whole = ibis.window(group_by=[lines.order_id, lines[LEFT_OUT]])
    old = lines.order_id.notnull() & (lines[VERSION] < lines[VERSION].max().over(whole)).fill_null(False)
    return lines.mutate(**{LEFT_OUT: ibis.ifelse((lines[LEFT_OUT] == 0) & old, SUPERSEDED, lines[LEFT_OUT])})


def _once(lines):
    """The amount divided by the number of lines of the order that repeat it."""
    alike = ibis.window(group_by=[lines.order_id, lines.amount, lines[LEFT_OUT]])
    repeats = ibis.ifelse(lines.order_id.isnull(), 1, lines[ROW].count().over(alike))
    return lines.mutate(amount=lines.amount / repeats)
