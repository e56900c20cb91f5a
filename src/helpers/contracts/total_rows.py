"""Rows that add up other rows: a grand total, the total of a customer, a month, a week or an order among its lines."""

from typing import TYPE_CHECKING

from helpers.contracts import bundles
from helpers.contracts.checked import Checked, one_row, share, sql_name, sql_text, where_line
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import Message, count, message, percent, verbatim
from helpers.study.table_columns import ROW

if TYPE_CHECKING:
    import ibis

CALLED = message(
    "total_rows.called", "{rows} whose customer_id is called a total: {money} that the others hold already."
)
AS_LARGE = message(
    "total_rows.as_large", "one row is as large as all others together: {money} that the others hold already."
)
IN_ORDERS = message(
    "total_rows.in_orders",
    "{sums} of {orders} orders of more than two lines have a line that is the sum of the others: {money} that the "
    "others hold already.",
)
LEAVE_OUT = message(
    "total_rows.leave_out", "To leave them out, add to transactions: `{line}`. If they are sales: `{keep}`."
)
OF_CUSTOMERS = message(
    "total_rows.of_customers",
    "{sums} of {groups} customers with more than two rows have a row that is the sum of their others: {money} that "
    "the others hold already.",
)
OF_MONTHS = message(
    "total_rows.of_months",
    "{sums} of {groups} months have a row that is the sum of the month's others: {money} that the others hold already.",
)
OF_WEEKS = message(
    "total_rows.of_weeks",
    "{sums} of {groups} weeks have a row that is the sum of the week's others: {money} that the others hold already.",
)
NO_LINE = message(
    "total_rows.no_line",
    "Leave the totals out of the export, or by a `where` on a column that tells them from the lines. If they are "
    "sales: `{keep}`.",
)

FEWEST, FEW = 20, 6  # rows, customers or orders of several lines; months or weeks
MANY = 0.7  # of the customers or months: some have a return besides
NEARLY_ALL, ALIKE, MOST = 0.9, 0.02, 60
CENT = 0.005
TOTAL = (
    r"^(grand |report |overall |sub.?)?totals?:?$|^(grand |sub.?)?totals? (for|of|par|por) |\S (sub.?)?totals?:?$"
    r"|^(gesamt|gesamtsumme|gesamtergebnis|summe|zwischensumme|total general|sous.?total|suma|somme|tổng( cộng| số)?"
    r"|cộng|รวม|รวมทั้งสิ้น"
    r"|ยอดรวม):?$|\S (ergebnis|summe|gesamt)$"
)


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions by names of totals, by one row as large as all others, and by groups that hold their own total."""
    if checked.table != "transactions":
        return []
    each = checked.customers
    hit, net = _is_total(each), each.bought - each.back
    of_all = {"rows": each.rows.sum(), "high": each.high.max(), "money": net.sum()}
    named = {"hits": each.rows.sum(where=hit), "of_hits": net.sum(where=hit), "others": net.sum(where=~hit)}
    seen = one_row(each, **of_all, **named)
    by_name = _named(checked, seen) or _whole(checked, seen)
    if by_name or bundles.findings(checked):  # whose parts are left out, not their sum
        return by_name
    return _in_orders(checked) or _in_groups(checked)


def _is_total(each: "ibis.Table") -> "ibis.Value":
    """Whether a customer is called a total."""
    return each.customer_id.lower().strip().re_search(TOTAL).fill_null(False)


def _named(checked: Checked, seen: dict) -> list[Finding]:
    """Customers that are called a total."""
    if not seen["hits"]:
        return []
    condition = f"NOT regexp_matches(lower(coalesce({checked.sql('customer_id')}, '')), '{TOTAL}')"
    each = checked.customers
    shown = (
        each.filter(_is_total(each)).order_by("customer_id").limit(3).to_pyarrow()["customer_id"].to_pylist()
    )
    alike = abs((seen["of_hits"] or 0) - (seen["others"] or 0)) < ALIKE * abs(seen["others"] or 0)
    what = CALLED(rows=count(seen["hits"], "row"), money=checked.money(seen["of_hits"]))
    return [_found(checked, what, seen["of_hits"], STOP if alike else REVIEW, condition, tuple(shown))]


def _whole(checked: Checked, seen: dict) -> list[Finding]:
    """The largest row where it is as large as all others together, to the cent."""
    if (seen["rows"] or 0) < FEWEST or not seen["high"] or abs(seen["money"] - 2 * seen["high"]) > 2 * CENT:
        return []
    each = checked.customers
    customer = each.filter(each.high == seen["high"]).limit(1).to_pyarrow()["customer_id"].to_pylist()[0]
    condition = f"coalesce({checked.sql('customer_id')}, '') <> {sql_text(customer)}"
    what = AS_LARGE(money=checked.money(seen["high"]))
    return [_found(checked, what, seen["high"], STOP, condition, (f"customer_id {customer}",))]


def _in_orders(checked: Checked) -> list[Finding]:
    """Orders of which one line is the sum of the others."""
    if not checked.has("order_id"):
        return []
    orders = checked.orders.filter(lambda t: t.lines > 2)
    sums = (orders.money - 2 * orders.top).abs() < 2 * CENT
    seen = one_row(orders, orders=orders.count(), sums=sums.sum(), money=orders.top.sum(where=sums))
    if (seen["orders"] or 0) < FEWEST or seen["sums"] < NEARLY_ALL * seen["orders"]:
        return []
    what = IN_ORDERS(
        sums=count(seen["sums"]), orders=count(seen["orders"]), money=checked.money(seen["money"])
    )
    return [_found(checked, what, seen["money"], STOP, _telling(checked, orders.filter(sums)))]


def _in_groups(checked: Checked) -> list[Finding]:
    """Customers, months and weeks, of which one row is the sum of the others."""
    lines = checked.report.accepted
    lines = lines.filter(lines.revenue > 0)
    for what, key, least in (
        (OF_CUSTOMERS, lines.customer_id, FEWEST),
        (OF_MONTHS, lines.order_date.truncate("M"), FEW),
        (OF_WEEKS, lines.order_date.truncate("W"), FEW),
    ):
        groups = lines.group_by(key=key).aggregate(
            rows=lines.count(), money=lines.revenue.sum(), top=lines.revenue.max()
        )
        groups = groups.filter(groups.rows > 2)
        sums = (groups.money - 2 * groups.top).abs() < 4 * CENT
        seen = one_row(groups, groups=groups.count(), sums=sums.sum(), money=groups.top.sum(where=sums))
        if (seen["groups"] or 0) < least or seen["sums"] < MANY * seen["groups"]:
            continue
        said = what(
            sums=count(seen["sums"]), groups=count(seen["groups"]), money=checked.money(seen["money"])
        )
        named = lines.mutate(key=key)
        return [
            _found(checked, said, seen["money"], STOP, _telling(checked, groups.filter(sums), named, "key"))
        ]
    return []


def _telling(checked: Checked, groups, lines=None, key: str = "order_id") -> str:
    """A condition on a column that has one value on nearly all of the totals and on no other line; else nothing."""
    if lines is None:
        lines = checked.report.accepted
        lines = lines.filter(lines.revenue > 0)
    both = lines.inner_join(groups.select(key, "top"), key)
    both = both.select(ROW, _top=both.revenue == both.top)
    names = [name for name, count in checked.unused.items() if count <= MOST]
    names += [own for name in ("category", "order_id") if (own := checked.file_column(name))]
    for name in names:
        texts = checked.source.texts(checked.table, [name]).rename(_at=ROW)
        seen = both.left_join(texts, both[ROW] == texts["_at"])
        seen = seen.mutate(_value=seen[name].fill_null(""))
        groups = seen.group_by("_value").aggregate(tops=seen["_top"].sum(), rows=seen.count())
        found = groups.to_pyarrow().to_pylist()
        total = sum(one["tops"] for one in found)
        best = max(found, key=lambda one: one["tops"], default=None)
        if best and best["tops"] >= NEARLY_ALL * total and best["tops"] >= NEARLY_ALL * best["rows"]:
            return f"coalesce({sql_name(name)}, '') <> {sql_text(best['_value'])}"
    return ""


def _found(
    checked: Checked,
    told: Message,
    money: float | None,
    verdict: str,
    condition: str,
    examples: tuple[str, ...] = (),
) -> Finding:
    kept = keep("total_rows")
    todo = LEAVE_OUT(line=verbatim(where_line(condition)), keep=kept) if condition else NO_LINE(keep=kept)
    value = share(money or 0, checked.report.money_used or 0)
    return checked.finding(
        "total_rows", verdict, told, value, threshold=percent(0, 0), todo=todo, examples=examples
    )
