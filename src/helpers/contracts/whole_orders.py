"""What is of an order as a whole and stands on its lines: a sum on each of them, or a status on the first alone."""

from helpers.contracts.checked import Checked, one_row, share
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import Message, Value, count, message, verbatim
from helpers.study.table_columns import ROW

ON_EACH_LINE = message(
    "whole_orders.on_each_line",
    "It says the same on each line of {orders}, as what is of the whole order does: taken off each line, it would go off "
    "several times. Export it on one line of each order. If it is in the amounts already: `{keep}`.",
)
LEFT_IN_PART = message(
    "whole_orders.left_in_part",
    "the column {column}, which `where` reads, is blank on {rows} of orders that another line of theirs leaves out: {money} "
    "stay.",
)
FILL_DOWN = message(
    "whole_orders.fill_down",
    "Fill the column in on each line of an order, as the spreadsheet or the export does on request. If these rows count: "
    "`{keep}`.",
)

FEWEST, MOSTLY, HARM = 5, 0.9, 0.02


def on_each_line(checked: Checked, name: str, kept: Value) -> Message | None:
    """What to do about a column of money that repeats an order's sum on each of its lines; None where it does not."""
    if not checked.has("order_id"):
        return None
    numbers = checked.source.numbers(checked.table, [name]).rename(_at=ROW)
    lines = checked.report.accepted.filter(lambda t: t.order_id.notnull()).select(ROW, "order_id")
    both = lines.inner_join(numbers, lines[ROW] == numbers["_at"])
    own = both[name].fill_null(0.0).abs()
    each = both.group_by("order_id").aggregate(lines=both.count(), low=own.min(), high=own.max())
    some = (each.lines > 1) & (each.high > 0)
    seen = one_row(each, some=some.sum(), same=(some & (each.low == each.high)).sum())
    if (seen["same"] or 0) < max(FEWEST, MOSTLY * seen["some"]):
        return None
    return ON_EACH_LINE(orders=count(seen["same"], "order"), keep=kept)


def findings(checked: Checked) -> list[Finding]:
    """Judge the columns that conditions alone read, where other lines of an order that they leave out are blank there."""
    own = (
        checked.file_column("order_id")
        if checked.table == "transactions" and checked.has("order_id")
        else None
    )
    names = [name for name in checked.filtered if name != own] if own else []
    return [found for name in names if (found := _left_in_part(checked, str(own), name))]


def _left_in_part(checked: Checked, order: str, name: str) -> Finding | None:
    texts = checked.source.texts(checked.table, [order, name]).rename(_at=ROW, _order=order, _said=name)
    if not one_row(texts, blank=texts["_said"].isnull().any())["blank"]:
        return None
    met, used = checked.lines, checked.report.accepted
    said = texts.filter(texts["_said"].notnull())
    begun = texts.group_by("_order").aggregate(_first=texts["_at"].min())
    out = said.anti_join(met, said["_at"] == met[ROW])
    out = out.semi_join(begun, out["_at"] == begun["_first"]).select("_order").distinct()
    stay = said.semi_join(met, said["_at"] == met[ROW]).select("_order").distinct()
    blank = texts.filter(texts["_said"].isnull() & texts["_order"].notnull())
    blank = blank.semi_join(out, "_order").anti_join(stay, "_order")
    hit = used.filter(used.revenue > 0).semi_join(blank, used[ROW] == blank["_at"])
    seen = one_row(hit, rows=hit.count(), money=hit.revenue.sum())
    if (seen["rows"] or 0) < FEWEST:
        return None
    total = checked.report.money_used or 0.0
    told = LEFT_IN_PART(
        column=verbatim(name), rows=count(seen["rows"], "row"), money=checked.money(seen["money"])
    )
    verdict, value = STOP if seen["money"] > HARM * total else REVIEW, share(seen["money"], total)
    todo = FILL_DOWN(keep=keep("left_in_part"))
    return checked.finding("left_in_part", verdict, told, value, threshold=share(HARM, 1), todo=todo)
