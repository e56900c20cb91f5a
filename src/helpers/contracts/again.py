"""Rows that repeat the customer and the amount of an earlier row: credit notes, payments, and sales in another clock."""

import ibis

from helpers.contracts import status_words
from helpers.contracts.checked import Checked, one_row, share, sql_name, sql_text, where_line, yaml_line
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import count, decimals, message, verbatim
from helpers.study.table_columns import ROW

REPEATED = message(
    "again.repeated",
    "{part} of the {rows} whose {column} is {value} have the customer and the amount of an earlier row with another value, "
    "of all others {others}: credit notes, payments or copies look so, {money}.",
)
IF_BACK = message(
    "again.if_back",
    "If they take sales back, add to transactions: `{back}`. If they count again: `{out}`. If they are sales: `{keep}`.",
)
LATER = message(
    "again.later",
    "{rows} have the customer and the amount of a row exactly {hours} hours before, {money}: the same sale, with the clock "
    "of another time zone.",
)
LEAVE_ONE = message(
    "again.leave_one",
    "Export them once, or leave one source out by `where`. If they are different sales: `{keep}`.",
)
UNDONE = message(
    "again.undone",
    "negative rows take back {part} of what was bought, {money}: payments entered against invoices look so.",
)
LEAVE_PAYMENTS_OUT = message(
    "again.leave_payments_out",
    "If they are payments, add to transactions: `{line}`. If they are returns: `{keep}`.",
)

MOST_ROWS = 1_000_000  # of more rows every n-th customer is looked at
MOST_VALUES, MOST_COLUMNS, FEWEST = 8, 12, 10
OFTEN, SELDOM = 0.6, 0.15  # rows that come again: of one value, and of all others
DAY, QUARTER = 86_400, 900  # seconds
ON_THE_CLOCK = 0.3  # of the times may lie on a full quarter of an hour: else it tells nothing
RARE, HALF = 0.005, 0.5
UNDONE_SHARE = 0.5


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions by what each customer's amounts were before."""
    if checked.table != "transactions" or not checked.has("customer_id", "order_time"):
        return []
    names = [
        name
        for name, different in checked.unused.items()
        if 1 < different <= MOST_VALUES and not _known(checked, name)
    ][:MOST_COLUMNS]
    rows = _with_earlier(checked, names)
    found = [*_undone(checked), *_hours_later(checked, rows)]
    return (
        found
        + [one for place, name in enumerate(names) if (one := _of_value(checked, rows, place, name))][:1]
    )


def _known(checked: Checked, name: str) -> bool:
    """Whether the words of a column tell what they mean, so that other findings speak of it."""
    return any(status_words.group_of(value, name) for value in checked.values(name)) or status_words.sells(
        status_words.composed(name)
    )


def _with_earlier(checked: Checked, names: list[str]) -> ibis.Table:
    """Sales with `_gap`, the seconds since the customer's last one of that amount, and each column's value there."""
    lines = checked.report.accepted.filter(lambda t: t.revenue > 0)
    every = checked.report.used // MOST_ROWS + 1
    if every > 1:
        lines = lines.filter(lines.customer_id.hash() % every == 0)
    lines = lines.select(ROW, "customer_id", "order_time", "amount", "revenue")
    if names:
        texts = checked.source.texts(checked.table, names).rename(_at=ROW)
        texts = texts.select("_at", **{f"v{place}": texts[name] for place, name in enumerate(names)})
        lines = lines.inner_join(texts, lines[ROW] == texts["_at"])
    same = ibis.window(group_by=["customer_id", "amount"], order_by=["order_time", ROW])
    before = {f"b{place}": lines[f"v{place}"].lag().over(same) for place, _ in enumerate(names)}
    last = lines.order_time.lag().over(same)
    gap = lines.order_time.cast("timestamp").epoch_seconds() - last.cast("timestamp").epoch_seconds()
    return lines.mutate(**before, _gap=gap).cache()


def _of_value(checked: Checked, rows: ibis.Table, place: int, name: str) -> Finding | None:
    """A value of a column whose rows nearly all come again, while others do not."""
    own, last = rows[f"v{place}"], rows[f"b{place}"]
    again = (last.notnull() & (last != own)).fill_null(False)
    groups = rows.group_by(value=own).aggregate(
        rows=rows.count(), again=again.sum(), money=rows.revenue.sum()
    )
    seen = [one for one in groups.to_pyarrow().to_pylist() if one["value"] is not None]
    total, all_again = sum(one["rows"] for one in seen), sum(one["again"] for one in seen)
    for one in sorted(seen, key=lambda one: one["rows"]):
        rest = total - one["rows"]
        if (
            one["rows"] < FEWEST
            or one["rows"] > rest
            or one["again"] < OFTEN * one["rows"]
            or all_again - one["again"] > SELDOM * rest
        ):
            continue
        told = REPEATED(
            part=share(one["again"], one["rows"]),
            rows=count(one["rows"], "row"),
            column=verbatim(name),
            value=verbatim(repr(one["value"])),
            others=share(all_again - one["again"], rest),
            money=checked.money(one["money"]),
        )
        column, value, amount = sql_name(name), sql_text(one["value"]), checked.sql("amount")
        column = f"CAST({column} AS VARCHAR)" if one["value"].replace("-", "").isdigit() else column
        back = yaml_line("amount", f"CASE WHEN {column} = {value} THEN -abs({amount}) ELSE {amount} END")
        out = where_line(f"coalesce({column}, '') <> {value}")
        todo = IF_BACK(back=verbatim(back), out=verbatim(out), keep=keep("amounts_again"))
        of_money = share(one["money"], checked.report.money_used or 0.0)
        return checked.finding("amounts_again", REVIEW, told, of_money, threshold=share(0, 1), todo=todo)
    return None


def _hours_later(checked: Checked, rows: ibis.Table) -> list[Finding]:
    """Sales that nearly all repeat another after the same time, where times are written to the minute."""
    near = rows.filter(rows["_gap"].between(1, DAY - 1))
    gaps = near.group_by(gap="_gap").aggregate(rows=near.count(), money=near.revenue.sum())
    top = gaps.order_by(gaps.rows.desc(), "gap").limit(1).to_pyarrow().to_pylist()
    if not top or top[0]["gap"] % QUARTER or top[0]["rows"] < FEWEST:
        return []
    round_times = (rows.order_time.cast("timestamp").epoch_seconds() % QUARTER == 0).sum()
    seen = one_row(rows, rows=rows.count(), near=rows["_gap"].between(1, DAY - 1).sum(), round=round_times)
    one = top[0]
    if (
        one["rows"] < max(RARE * seen["rows"], HALF * seen["near"])
        or seen["round"] > ON_THE_CLOCK * seen["rows"]
    ):
        return []
    hours = one["gap"] / 3600
    told = LATER(
        rows=count(one["rows"], "row"),
        hours=decimals(hours, 0 if hours == int(hours) else 2),
        money=checked.money(one["money"]),
    )
    todo, value = LEAVE_ONE(keep=keep("sale_hours_later")), share(one["rows"], seen["rows"])
    return [checked.finding("sale_hours_later", REVIEW, told, value, threshold=share(RARE, 1), todo=todo)]


def _undone(checked: Checked) -> list[Finding]:
    """Negative rows that take most of it back."""
    each = checked.customers
    seen = one_row(each, bought=each.bought.sum(), back=each.back.sum(), rows=(each.rows - each.sales).sum())
    if (
        not seen["bought"]
        or seen["rows"] < FEWEST
        or not (UNDONE_SHARE < seen["back"] / seen["bought"] <= 1 / UNDONE_SHARE)
    ):
        return []
    part = share(seen["back"], seen["bought"])
    told = UNDONE(part=part, money=checked.money(seen["back"]))
    line = where_line(f"{checked.sql('amount')} >= 0")
    todo = LEAVE_PAYMENTS_OUT(line=verbatim(line), keep=keep("most_taken_back"))
    return [checked.finding("most_taken_back", REVIEW, told, part, threshold=share(1, 2), todo=todo)]
