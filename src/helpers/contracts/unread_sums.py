"""Columns that the study does not read, and that hold money which goes back, is owed, or is kept by others."""

from typing import NamedTuple

from helpers.contracts import money_words, payouts, status_words, whole_orders
from helpers.contracts.checked import Checked, one_row, share, sql_name, where_line, yaml_line
from helpers.contracts.findings import PASS, REVIEW, STOP, Finding, keep
from helpers.contracts.unused_columns import HARM, title_of
from helpers.messages import count, decimals, message, verbatim
from helpers.study.table_columns import ROW

DISCOUNTS = message(
    "unused.discounts",
    "the study does not read the column {column}: {money} on {rows}, and {amount} seems to be before discounts.",
)
TAKE_DISCOUNTS_OFF = message(
    "unused.take_discounts_off",
    "To take them off, add to transactions: `{line}` (a discount in percent needs another expression). If they are off "
    "already: `{keep}`.",
)
TAKE_PERCENT_OFF = message(
    "unused.take_percent_off",
    "To take them off, add to transactions: `{line}`. If they are off already: `{keep}`.",
)
FEES = message(
    "unused.fees",
    "the study does not read the column {column}: {money} of fees on {rows}; revenue is before them.",
)
AFTER_FEES = message(
    "unused.after_fees", "For revenue after fees, add to transactions: `{line}`. To leave it: `{keep}`."
)
OWED = message(
    "unused.owed",
    "the study does not read the column {column}: {money} on {rows} is not paid yet and is counted.",
)
COUNT_PAID = message(
    "unused.count_paid",
    "To count what was paid alone, add to transactions: `{line}`. If what is owed counts: `{keep}`.",
)
REFUNDS = message(
    "unused.refunds",
    "the study does not read the column {column}: {money} on {rows} went back and is still counted.",
)
TAKE_REFUNDS_OFF = message(
    "unused.take_refunds_off",
    "To take it off, add to transactions: `{line}`. If it is off already: `{keep}`.",
)
LEAVE_DISPUTES_OUT = message(
    "unused.leave_disputes_out",
    "To leave these rows out, add to transactions: `{line}`. If they are kept: `{keep}`.",
)
PIECES_BACK = message(
    "unused.pieces_back",
    "the study does not read the column {column}: pieces of {rows} went back or were never sold, worth {money}.",
)
TAKE_PIECES_OFF = message(
    "unused.take_pieces_off",
    "To take them off, add to transactions: `{line}`. If they are off already: `{keep}`.",
)

OTHERWISE = message(
    "unused.otherwise",
    "the study does not read the column {column}: {money} on {rows} were paid by points, a voucher or goods, or go back as "
    "cashback, and count as revenue.",
)
TAKE_OTHERWISE_OFF = message(
    "unused.take_otherwise_off",
    "If customers did not pay this money, add to transactions: `{line}`. If {amount} is without it: `{keep}`.",
)

FEE_SHARE = 0.01
ALL, CENT = 0.98, 0.005  # rows whose whole amount is due: it is the bill itself
_KINDS = (
    ("unread_refunds", money_words.REFUND),
    ("unread_refunds", money_words.DISPUTE),
    ("unread_fees", money_words.FEE),
    ("money_not_paid", money_words.DUE),
    ("paid_otherwise", money_words.OTHERWISE),
)


class Sums(NamedTuple):
    """A column of money: its name, rows that are not 0, money without signs, and whether it is written below 0."""

    name: str
    rows: int
    money: float
    minus: bool


def findings(checked: Checked) -> list[Finding]:
    """Judge the unused columns of transactions by the money and the pieces in them."""
    if checked.table != "transactions":
        return []
    return [*_sums(checked, list(checked.unused)), *_pieces_back(checked), *_discounts(checked)]


def _sums(checked: Checked, names: list[str]) -> list[Finding]:
    """Unused columns of refunded money and of fees."""
    used = [name for name in checked.source.columns(checked.table) if name not in names]
    found = []
    for kind, pattern in _KINDS:
        if any(pattern.search(name.casefold().replace("_", " ")) for name in used):
            continue
        if kind == "unread_fees" and payouts.findings(checked):
            continue  # the amount is after them
        if pattern is money_words.DISPUTE and _tells_outcome(checked):
            continue  # which says whose rows the money went back for
        titles = {name: title_of(name) for name in names}
        wanted = [
            name
            for name, title in titles.items()
            if pattern.search(title) and not (_counts(title) or money_words.NO_MONEY.search(title))
        ]
        seen = _money_in(checked, wanted) if wanted else []
        found += [_of_sum(checked, kind, *best) for best in seen]
    return found


def _tells_outcome(checked: Checked) -> bool:
    """Whether a column says of disputes that some were won."""
    named = [
        name for name in checked.source.columns(checked.table) if money_words.DISPUTE.search(title_of(name))
    ]
    return any(money_words.WON.search(value.casefold()) for name in named for value in checked.values(name))


def _counts(title: str) -> bool:
    return status_words.PIECES.search(title) is not None


def _pieces_back(checked: Checked) -> list[Finding]:
    """Unused columns with the pieces of a line that were returned or cancelled."""
    if not checked.has("amount", "quantity"):
        return []
    named = [
        name
        for name in checked.unused
        if _counts(title_of(name)) and status_words.LESS.search(title_of(name))
    ]
    return [found for name in named for found in _of_pieces(checked, name)]


def _of_pieces(checked: Checked, name: str) -> list[Finding]:
    numbers = checked.source.numbers(checked.table, [name]).rename(_at=ROW)
    lines = checked.report.accepted.filter(lambda t: t.quantity > 0)
    both = lines.select(ROW, "revenue", "quantity").inner_join(numbers, lines[ROW] == numbers["_at"])
    back = both[name].abs()
    seen = one_row(
        both, rows=(back > 0).sum(), money=(both.revenue * back / both.quantity).sum(), all=both.revenue.sum()
    )
    if not seen["rows"]:
        return []
    amount, pieces, column = checked.sql("amount"), checked.sql("quantity"), sql_name(name)
    line = yaml_line("amount", f"{amount} * (1 - coalesce(abs({column} * 1) / nullif({pieces} * 1, 0), 0))")
    condition = f"coalesce(abs({column} * 1), 0) < {pieces} * 1"
    told = PIECES_BACK(
        column=verbatim(name), rows=count(seen["rows"], "row"), money=checked.money(seen["money"])
    )
    todo = TAKE_PIECES_OFF(line=verbatim(f"{line}, {where_line(condition)}"), keep=keep("unread_refunds"))
    verdict = STOP if (seen["money"] or 0) > HARM * (seen["all"] or 0) else REVIEW
    value = share(seen["money"] or 0, seen["all"] or 0)
    return [checked.finding("unread_refunds", verdict, told, value, threshold=share(HARM, 1), todo=todo)]


def _discounts(checked: Checked) -> list[Finding]:
    """An unused column of discounts where the amount is stated before them, by its name or as quantity times price."""
    if not checked.has("amount"):
        return []
    origin = checked.origin("amount")
    product = "*" in origin and checked.file_column("amount") is None
    named = [name for name in checked.unused if money_words.DISCOUNT.search(title_of(name))]
    named = sorted(named, key=lambda name: money_words.PERCENT.search(title_of(name)) is not None)
    if not named or not (product or money_words.GROSS.search(origin.casefold().replace("_", " "))):
        return []
    seen = _money_in(checked, named)
    if not seen:
        return []
    name, rows, money, _ = seen[0]
    if money_words.PERCENT.search(title_of(name)):
        return _in_percent(checked, name, origin)
    lines = checked.report.accepted
    total = one_row(lines, moved=lines.amount.abs().sum())["moved"] or 0.0
    line = yaml_line("amount", f"{checked.sql('amount')} - abs(coalesce({sql_name(name)}, 0))")
    told = DISCOUNTS(
        column=verbatim(name), money=decimals(money, 2), rows=count(rows, "row"), amount=verbatim(origin)
    )
    todo = TAKE_DISCOUNTS_OFF(line=verbatim(line), keep=keep("unread_discounts"))
    value, threshold = share(money, total), share(FEE_SHARE, 1)
    return [checked.finding("unread_discounts", REVIEW, told, value, threshold=threshold, todo=todo)]


def _in_percent(checked: Checked, name: str, origin: str) -> list[Finding]:
    """A discount in percent, or as a share, of an amount that is stated before it."""
    numbers = checked.source.numbers(checked.table, [name]).rename(_at=ROW)
    lines = checked.report.accepted.select(ROW, "amount")
    both = lines.inner_join(numbers, lines[ROW] == numbers["_at"])
    off = both[name].fill_null(0.0).abs()
    seen = one_row(
        both, rows=(off > 0).sum(), top=off.max(), off=(both.amount * off).sum(), all=both.amount.abs().sum()
    )
    of = 1 if seen["top"] <= 1 else 100
    money, less = seen["off"] / of, f"abs(coalesce({sql_name(name)} * 1, 0))" + (" / 100" if of > 1 else "")
    line = yaml_line("amount", f"{checked.sql('amount')} * (1 - {less})")
    told = DISCOUNTS(
        column=verbatim(name),
        money=decimals(money, 2),
        rows=count(seen["rows"], "row"),
        amount=verbatim(origin),
    )
    todo = TAKE_PERCENT_OFF(line=verbatim(line), keep=keep("unread_discounts"))
    value, threshold = share(money, seen["all"] or 0.0), share(FEE_SHARE, 1)
    return [checked.finding("unread_discounts", REVIEW, told, value, threshold=threshold, todo=todo)]


def _money_in(checked: Checked, names: list[str]) -> list[Sums]:
    """What stands in the columns that hold numbers; of several that say the same, the one beside the amount."""
    numbers = checked.source.numbers(checked.table, names).rename(_at=ROW)
    lines = checked.report.accepted.select(ROW)
    both = lines.inner_join(numbers, lines[ROW] == numbers["_at"])
    sums: dict[str, object] = {}
    for place, name in enumerate(names):
        filled = both[name].fill_null(0.0) != 0
        sums |= {
            f"n{place}": filled.sum(),
            f"m{place}": both[name].abs().sum(),
            f"s{place}": both[name].sum(),
        }
    seen = one_row(both, **sums)
    there = [
        Sums(name, seen[f"n{i}"], seen[f"m{i}"], minus=seen[f"s{i}"] < 0)
        for i, name in enumerate(names)
        if seen[f"n{i}"]
    ]
    beside = [one for one in there if one.name.startswith(checked.origin("amount"))]
    return beside[:1] or there


def _is_the_bill(checked: Checked, name: str) -> bool:
    """Whether a column of what is due holds each row's own amount, or a balance above it, and not what is left of it."""
    if money_words.LEFT.search(title_of(name)):
        return False
    numbers = checked.source.numbers(checked.table, [name]).rename(_at=ROW)
    lines = checked.report.accepted.filter(lambda t: t.amount > 0).select(ROW, "amount")
    both = lines.inner_join(numbers, lines[ROW] == numbers["_at"])
    seen = one_row(both, rows=both.count(), whole=(both[name] > both.amount - CENT).sum())
    return (seen["whole"] or 0) >= ALL * seen["rows"]


def _of_sum(checked: Checked, kind: str, name: str, rows: int, money: float, minus: bool) -> Finding:
    lines = checked.report.accepted
    total = one_row(lines, moved=lines.amount.abs().sum())["moved"] or 0.0
    off = f"coalesce({sql_name(name)}, 0)"
    line = yaml_line("amount", f"{checked.sql('amount')} - " + (f"abs({off})" if minus else off))
    kept = keep(kind)
    said = {"column": verbatim(name), "money": decimals(money, 2), "rows": count(rows, "row")}
    if kind == "money_not_paid":
        owed = money > HARM * total and not _is_the_bill(checked, name)
        verdict = REVIEW if owed else PASS
        told, threshold = OWED(**said), share(HARM, 1)
        todo = COUNT_PAID(line=verbatim(line), keep=kept)
    elif kind == "paid_otherwise":
        verdict = REVIEW if money > FEE_SHARE * total else PASS
        told, threshold = OTHERWISE(**said), share(FEE_SHARE, 1)
        amount = verbatim(checked.origin("amount"))
        todo = TAKE_OTHERWISE_OFF(line=verbatim(line), amount=amount, keep=kept)
    elif kind == "unread_fees":
        verdict = REVIEW if money > FEE_SHARE * total else PASS
        told, threshold = FEES(**said), share(FEE_SHARE, 1)
        todo = AFTER_FEES(line=verbatim(line), keep=kept)
    else:
        verdict = STOP if money > HARM * total else REVIEW
        told, threshold = REFUNDS(**said), share(HARM, 1)
        todo = TAKE_REFUNDS_OFF(line=verbatim(line), keep=kept)
        if money_words.DISPUTE.search(name.casefold()):  # often in another currency than the amount
            condition = f"coalesce({sql_name(name)}, 0) = 0"
            todo = LEAVE_DISPUTES_OUT(line=verbatim(where_line(condition)), keep=kept)
    todo = (None if verdict == PASS else whole_orders.on_each_line(checked, name, kept)) or todo
    return checked.finding(kind, verdict, told, share(money, total), threshold=threshold, todo=todo)
