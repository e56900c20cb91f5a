"""Orders counted more than once: their total on each line, the same order twice, rows that differ in a number only."""

import re

import ibis

from helpers.contracts import orders_repeated, shared_numbers
from helpers.contracts.checked import Checked, one_row, share
from helpers.contracts.evidence import hiding_columns, is_time
from helpers.contracts.findings import PASS, REVIEW, STOP, Finding, at_row, keep
from helpers.messages import Message, count, message, verbatim
from helpers.study.table_columns import ROW

TOTAL_REPEATED = message(
    "repeats.total_repeated",
    "all lines of an order have the same amount in {same} of {all} orders with several lines: it looks like the order's "
    "total on each line, {money} ({share}) too much.",
)
IF_TOTAL = message(
    "repeats.if_total",
    "If it is the order's total, add to transactions: `amount_per: order`. If each line has its own: `{keep}`.",
)
REUSED = message(
    "repeats.reused",
    "{reused} of {orders} order ids stand for purchases of several customers or days, worth {money}: numbers that begin "
    "again each year, or an order exported twice.",
)
IF_DIFFERENT = message("repeats.if_different", "If they are different orders, add to transactions: `{keep}`.")
JOIN_ORDERS = message(
    "repeats.join_orders",
    "Within one {column} each number is of one purchase: to tell them apart, add to transactions: `{line}`. If they are one "
    "order: `{keep}`.",
)
LEAVE_SHARED_OUT = message(
    "repeats.leave_shared_out",
    "Each of the customers has the whole amount on the same day: to count it once, add to transactions: `{line}`. If they "
    "are different orders: `{keep}`.",
)
EDITED = message(
    "repeats.edited",
    "{twice} of {orders} order ids stand in several rows with different amounts, and nothing but {columns} differs: they "
    "look like an order before and after it was edited, up to {money} ({share}) too much.",
)
THE_AMOUNT = message("repeats.the_amount", "the amount")
LATEST = message(
    "repeats.latest",
    "To keep each order's latest state, add to transactions: `keep_latest: {column}`. If they are lines of one order: "
    "`{keep}`.",
)
LAST_ROW = message(
    "repeats.last_row",
    "To keep each order's latest state, add to transactions: `keep_latest: row` (its last row in the file). If they are "
    "lines of one order: `{keep}`.",
)
FREE = message(
    "repeats.free",
    "{free} of {orders} orders come to 0 on the day they were made: samples, or a discount of 100 %. They count as orders.",
)
IF_FREE = message("repeats.if_free", "To leave them out, name them in `where`; to keep them: `{keep}`.")
SAME_ROW = message(
    "repeats.same_row",
    "{repeated} of {rows} rows repeat an earlier row in all but {columns}: exports that overlap, or the same order twice, "
    "worth {money}.",
)
IF_REPEATS = message(
    "repeats.if_repeats",
    "If they are repeats, add to transactions: `{ignore}`, `rules: {{duplicate_line: reject}}`. If each is meant: `{keep}`.",
)

# A column that numbers the payments, lines or tickets of an order: each row is one, and no later state of another.
PAYMENT_ID = re.compile(
    r"(payment|charge|tender|transaction|line|item|position|ticket|attendee|zahlungs|positions?)"
    r"[ .-]?(item )?(id|no|nr|number|nummer|ref)\b"
)
CENT = 0.005
FEWEST = 20
HARM = 0.05  # money counted too often above this share stops the run


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions; other tables have rules of their own for what stands twice."""
    if checked.table != "transactions":
        return []
    found, repeated = orders_repeated.found(checked)
    if not found:
        found, repeated = _same_row(checked)
    if not checked.has("order_id"):
        return found + _free(checked, _rows_as_orders(checked))
    orders = checked.orders
    return (
        found + _total_repeated(checked, orders, repeated) + _twice(checked, orders) + _free(checked, orders)
    )


def _rows_as_orders(checked: Checked):
    """Each row as an order of its own, with what `_free` reads."""
    lines = checked.report.accepted
    lines = lines.filter(lines.revenue.notnull())
    day = lines.order_date
    return lines.select(lines=(lines.revenue >= 0).cast("int64"), net=lines.revenue, first=day, until=day)


def _total_repeated(checked: Checked, orders, repeated: int) -> list[Finding]:
    """Orders whose lines all have one amount; `repeated` rows are copies of earlier ones, which explain as many lines."""
    if checked.setting("amount_per") == "order":
        return []
    multi = orders.several & orders.whole
    # Of three lines or more, one may be another: the shipping beside a total on each other line.
    but_one = (orders.lines > 2) & (
        (orders.money - orders.top * (orders.lines - 1) - orders.low).abs() < CENT
    )
    same = multi & ((orders.low == orders.high) | but_one) & (orders.high > 0)
    seen = one_row(
        orders,
        multi=multi.sum(),
        further=(orders.lines - 1).sum(where=multi),
        same=same.sum(),
        too_much=(orders.top * (orders.lines - ibis.ifelse(orders.low == orders.high, 1, 2))).sum(where=same),
        amounts=orders.high.nunique(where=same),
        money=orders.money.sum(),
    )
    few = (seen["multi"] or 0) < FEWEST or repeated >= 0.5 * seen["further"]
    if few or seen["same"] < 0.5 * seen["multi"] or seen["amounts"] < 5:
        return []
    told = TOTAL_REPEATED(
        same=count(seen["same"]),
        all=count(seen["multi"]),
        money=checked.money(seen["too_much"]),
        share=share(seen["too_much"], seen["money"]),
    )
    shown = orders.filter(same).order_by("order_id").limit(3).to_pyarrow().to_pylist()
    examples = tuple(f"{one['order_id']}: {one['lines']} × {one['high']:g}" for one in shown)
    return [
        checked.finding(
            "order_total_repeated",
            STOP if seen["same"] >= 0.9 * seen["multi"] else REVIEW,
            told,
            share(seen["same"], seen["multi"]),
            threshold=share(1, 2),
            todo=IF_TOTAL(keep=keep("order_total_repeated")),
            examples=examples,
        )
    ]


def _twice(checked: Checked, orders) -> list[Finding]:
    """Order ids that stand in several purchase rows where nearly every order has one row."""
    other = orders.several & (orders.low != orders.high)
    reused = orders.several & ~orders.whole
    seen = one_row(
        orders,
        orders=orders.count(),
        single=(~orders.several).sum(),
        twice=other.sum(),
        reused=reused.sum(),
        reused_money=orders.money.sum(where=reused),
        too_much=(orders.money - orders.top).sum(where=other),
        money=orders.money.sum(),
    )
    found = _reused(checked, orders.filter(reused), seen)
    if not seen["twice"] or seen["single"] < 0.5 * seen["orders"] or checked.setting("keep_latest"):
        return found
    several = orders.filter(other)
    varying = _varying(checked, several)
    if any(kind == "line" for kind in varying.values()):
        return found
    times = [name for name, kind in varying.items() if kind == "time"]
    told = EDITED(
        twice=count(seen["twice"]),
        orders=count(seen["orders"]),
        columns=[verbatim(name) for name in varying] or THE_AMOUNT(),
        money=checked.money(seen["too_much"]),
        share=share(seen["too_much"], seen["money"]),
    )
    kept = keep("same_order_twice")
    todo = LATEST(column=verbatim(times[0]), keep=kept) if times else LAST_ROW(keep=kept)
    shown = several.order_by("order_id").limit(3).to_pyarrow().to_pylist()
    examples = tuple(f"{one['order_id']}: {one['low']:g} ≠ {one['high']:g}" for one in shown)
    verdict = STOP if seen["too_much"] > HARM * seen["money"] and times else REVIEW
    value = share(seen["twice"], seen["orders"])
    one = checked.finding(
        "same_order_twice", verdict, told, value, threshold=count(0), todo=todo, examples=examples
    )
    return [*found, one]


def _reused(checked: Checked, reused, seen: dict) -> list[Finding]:
    """Order ids that stand for purchases of several customers or days."""
    if (seen["reused"] or 0) <= 0.001 * (seen["orders"] or 0):
        return []
    told = REUSED(
        reused=count(seen["reused"]), orders=count(seen["orders"]), money=checked.money(seen["reused_money"])
    )
    shown = reused.order_by("order_id").limit(3).to_pyarrow()["order_id"].to_pylist()
    return [
        checked.finding(
            "order_id_reused",
            REVIEW,
            told,
            share(seen["reused"], seen["orders"]),
            threshold=share(0.001, 1),
            todo=_apart(checked, reused),
            examples=tuple(shown),
        )
    ]


def _apart(checked: Checked, reused) -> Message:
    """How the purchases of one number are told apart, where a column or the year does it."""
    kept, parts = keep("order_id_reused"), shared_numbers.parts_of(checked, reused)
    if parts is None:
        return IF_DIFFERENT(keep=kept)
    if out := shared_numbers.shared_by(checked, reused, parts.name):
        return LEAVE_SHARED_OUT(line=verbatim(out), keep=kept)
    return JOIN_ORDERS(column=verbatim(parts.name), line=verbatim(parts.line), keep=kept)


def _varying(checked: Checked, orders) -> dict[str, str]:
    """The columns that differ inside at least half of these orders: a time, a row number, or what tells lines apart."""
    lines = checked.report.accepted
    own = [name for name in ("category", "quantity", "list_price", "channel") if checked.has(name)]
    unused = list(checked.unused)
    hiding = hiding_columns(checked)
    texts = checked.source.texts(checked.table, unused).rename(_at=ROW)
    rows = lines.semi_join(orders, "order_id").select(ROW, "order_id", *own)
    rows = rows.left_join(texts, rows[ROW] == texts["_at"])
    # Two ends tell as much as the number of values, and an engine needs no list of them for each order.
    differs = {
        f"d{place}": (rows[name].min() != rows[name].max()).fill_null(False)
        for place, name in enumerate([*own, *unused])
    }
    each = rows.group_by("order_id").aggregate(**differs, orders=rows.count())
    seen = one_row(each, orders=each.count(), **{key: each[key].sum() for key in differs})
    found = {}
    for place, name in enumerate([*own, *unused]):
        if seen[f"d{place}"] * 2 < seen["orders"]:
            continue
        time = name in unused and is_time(checked, name)
        paid = PAYMENT_ID.search(name.casefold().replace("_", " ")) is not None
        found[name] = "line" if paid else "time" if time else "number" if name in hiding else "line"
    return found


def _free(checked: Checked, orders) -> list[Finding]:
    free = (orders.lines > 0) & (orders.net.abs() < 0.005) & (orders.until == orders["first"])
    seen = one_row(orders, orders=orders.count(), free=free.sum())
    if not seen["free"]:
        return []
    told = FREE(free=count(seen["free"]), orders=count(seen["orders"]))
    verdict = REVIEW if seen["free"] > 0.2 * seen["orders"] else PASS
    todo = IF_FREE(keep=keep("free_orders"))
    value = share(seen["free"], seen["orders"])
    return [checked.finding("free_orders", verdict, told, value, threshold=share(0.2, 1), todo=todo)]


def _same_row(checked: Checked) -> tuple[list[Finding], int]:
    """Rows that are equal but for columns in which nearly every row differs (a row number, a time of export), counted."""
    ignored = checked.setting("ignore") or ()  # then the rule duplicate_line finds the rows
    hiding = [name for name in hiding_columns(checked) if name not in ignored]
    if not hiding:
        return [], 0
    source = checked.source
    compared = [name for name in source.columns(checked.table) if name not in hiding]
    raw = source.file_lines(checked.table)
    groups = raw.group_by(compared).aggregate(_first=raw[ROW].min(), _rows=raw.count())
    groups = groups.filter(groups["_rows"] > 1).select("_first", "_rows").cache()
    lines = checked.report.accepted
    pairs = groups.inner_join(lines, groups["_first"] == lines[ROW])
    seen = one_row(pairs, rows=(pairs["_rows"] - 1).sum(), money=(pairs.revenue * (pairs["_rows"] - 1)).sum())
    total = one_row(lines, rows=lines.count(), money=lines.revenue.abs().sum())
    least = 0 if checked.has("order_id") else 0.02 * total["rows"]
    if (seen["rows"] or 0) <= least:
        return [], 0
    told = SAME_ROW(
        repeated=count(seen["rows"]),
        rows=count(total["rows"]),
        columns=[verbatim(name) for name in hiding],
        money=checked.money(seen["money"]),
    )
    todo = IF_REPEATS(ignore=verbatim(f"ignore: [{', '.join(_listed(hiding))}]"), keep=keep("same_row_twice"))
    verdict = STOP if abs(seen["money"] or 0) > HARM * (total["money"] or 0) else REVIEW
    shown = pairs.order_by(ROW).limit(3).to_pyarrow()[ROW].to_pylist()
    found = checked.finding(
        "same_row_twice", verdict, told, share(seen["rows"], total["rows"]), threshold=count(0),
        todo=todo, examples=tuple(at_row(row) for row in shown),
    )  # fmt: skip
    return [found], seen["rows"]


def _listed(names: list[str]) -> list[str]:
    return [f'"{name}"' for name in names]
