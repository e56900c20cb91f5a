"""Columns that the study does not read, and that say which rows are no revenue."""

import re

import ibis

from helpers.contracts import payouts, status_words
from helpers.contracts.checked import Checked, one_row, share, sql_name, sql_text, where_line, yaml_line
from helpers.contracts.evidence import DATE
from helpers.contracts.findings import PASS, REVIEW, STOP, Finding, keep
from helpers.messages import Message, Value, clauses, count, decimals, listing, message, verbatim
from helpers.study.table_columns import ROW

TAKE_BACK = message(
    "unused.take_back",
    "the column {column} says of {rows} with a positive amount that they take a sale back: {values}.",
)
OF_THE_MONEY = message("unused.of_the_money", "{share} of the money")
TAKE_OFF = message(
    "unused.take_off", "To take them off, add to transactions: `{line}`. If they are sales: `{keep}`."
)
NO_SALE = message(
    "unused.no_sale",
    "the study does not read the column {column}, whose values say of {rows} that they are no sale: {values}.",
)
A_VALUE = message("unused.a_value", "{value} ({meaning}) {rows}")
A_VALUE_WITH = message("unused.a_value_with", "{value} ({meaning}) {rows}, {money}")
A_DATE = message("unused.filled", "filled")
REFUNDED_PART = message(
    "unused.refunded_part",
    "Take the part that was refunded from the amount. If the column says nothing about money: `{keep}`.",
)
LEAVE_OUT = message(
    "unused.leave_out", "To leave them out, add to {table}: `{line}`. If they are sales: `{keep}`."
)
LEAVE_OUT_UNPAID = message(
    "unused.leave_out_unpaid",
    "To leave them out, add to {table}: `{line}` (without {unpaid} if you count what is not paid yet). If they are sales: "
    "`{keep}`.",
)
DISCOUNTS = message(
    "unused.discounts",
    "the study does not read the column {column}: {money} on {rows}, and {amount} seems to be before discounts.",
)
TAKE_DISCOUNTS_OFF = message(
    "unused.take_discounts_off",
    "To take them off, add to transactions: `{line}` (a discount in percent needs another expression). If they are off "
    "already: `{keep}`.",
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

FEW = 200  # a column with more different values is no status
HARM = 0.02  # money in rows that are surely no revenue above this share stops the run
FEE_SHARE = 0.01
ANY_DATE = "filled"  # what stands for the values of a column of dates or reasons
_KINDS = (
    ("unread_refunds", status_words.REFUND),
    ("unread_refunds", status_words.DISPUTE),
    ("unread_fees", status_words.FEE),
    ("money_not_paid", status_words.DUE),
)


def findings(checked: Checked) -> list[Finding]:
    """Judge the unused columns of transactions, and the attributes of subscriptions."""
    if checked.table not in ("transactions", "subscriptions"):
        return []
    found = []
    for name, different in checked.unused.items():
        if different:
            found += _status(checked, name, few=different <= FEW)
    if checked.table == "transactions":
        for name in checked.filtered:
            found += _taken_back(checked, name, _groups(checked, name))
    if checked.table == "transactions":
        found += _sums(checked, list(checked.unused)) + _pieces_back(checked) + _discounts(checked)
    return found


# ---- statuses
def _status(checked: Checked, name: str, *, few: bool) -> list[Finding]:
    """The rows that a column says are no revenue, by its values or, for flags and dates, by its name."""
    texts = checked.source.texts(checked.table, [name])
    groups = _groups(checked, name) if few else {}
    back = _taken_back(checked, name, groups) if checked.table == "transactions" else []
    groups = {value: group for value, group in groups.items() if group != status_words.BACK}
    dates = any(_is_date(value) for value in groups) or (not few and _dated(checked, name, texts))
    if not groups and not dates and _went_back(checked, name, texts):
        dates = True
    if dates:
        groups, rows = {}, texts.filter(texts[name].notnull())
    elif groups:
        rows = texts.filter(texts[name].isin(list(groups)))
    if not groups and not dates:
        return back
    if checked.table == "subscriptions" and status_words.TEST not in groups.values():
        return []
    return back + _found(checked, name, groups, rows.select(_at=ROW, _value=rows[name]))


def _groups(checked: Checked, name: str) -> dict[str, str]:
    """What each value of a column means for revenue, without those that mean nothing."""
    values, title = checked.values(name), _title(name)
    if status_words.SIDE.search(title):
        return _other_side(checked, name, values)
    found = {value: group for value in values if (group := _meaning(value, name, values))}
    texts = {value: value.casefold().replace("_", " ").strip() for value in values}
    if status_words.KIND.search(title) and any(map(status_words.INVOICE.search, texts.values())):
        beside = (value for value, text in texts.items() if status_words.BESIDE.search(text))
        found |= {value: status_words.STAGE for value in beside if value not in found}
    return found


def _other_side(checked: Checked, name: str, values: list[str]) -> dict[str, str]:
    """Of the two sides that a column tells apart (Dr and Cr, S and R) the rarer one: it takes sales back."""
    if len(values) != 2 or not all(
        status_words.OTHER_SIDE.search(value.casefold().strip()) for value in values
    ):
        return {}
    texts = checked.source.texts(checked.table, [name])
    counts = one_row(
        texts, **{f"n{place}": (texts[name] == value).sum() for place, value in enumerate(values)}
    )
    rarer = min(range(2), key=lambda place: counts[f"n{place}"])
    return {values[rarer]: status_words.BACK} if counts["n0"] != counts["n1"] else {}


def _taken_back(checked: Checked, name: str, groups: dict[str, str]) -> list[Finding]:
    """Returns and credit notes whose amounts are positive, as many systems write them: they are counted as sales."""
    notes = [value for value, group in groups.items() if group == status_words.BACK]
    texts = checked.source.texts(checked.table, [name])
    rows = texts.filter(texts[name].isin(notes)).select(_at=ROW, _value=texts[name]) if notes else None
    seen = [] if rows is None else _by_value(checked, groups, rows)
    if not seen:
        return []
    total = (
        one_row(checked.report.accepted, moved=checked.report.accepted.revenue.abs().sum())["moved"] or 0.0
    )
    moved = sum(one["moved"] for one in seen)
    if sum(one["rows"] for one in seen) >= 0.5 * checked.report.used:
        return []  # what most rows are is a sale, whatever it is called
    told = TAKE_BACK(
        column=verbatim(name),
        rows=count(sum(one["rows"] for one in seen), "row"),
        values=clauses([_said(checked, one, status_words.BACK) for one in seen[:8]]),
    )
    amount, column = checked.sql("amount"), sql_name(name)
    values = ", ".join(sql_text(value) for value in notes)
    line = yaml_line("amount", f"CASE WHEN {column} IN ({values}) THEN -abs({amount}) ELSE {amount} END")
    verdict = STOP if moved > HARM * total else REVIEW
    return [
        checked.finding(
            "unread_status",
            verdict,
            told,
            OF_THE_MONEY(share=share(moved, total)),
            threshold=share(HARM, 1),
            todo=TAKE_OFF(line=verbatim(line), keep=keep("unread_status")),
        )
    ]


def _meaning(value: str, name: str, values: list[str]) -> str | None:
    """What a value means: by itself, or where it is yes, no or a date, by the column's name."""
    text, title = value.casefold(), _title(name)
    if status_words.PIECES.search(title):
        return None
    if status_words.PAID.search(title):
        return status_words.UNPAID if text in status_words.FALSE else None
    if status_words.CURRENT.search(title):
        return status_words.OLDER if text in status_words.FALSE else None
    by_name = status_words.group_of_name(name)
    if status_words.IS_BACK.search(title):
        by_name = status_words.BACK
    if by_name and (_is_date(value) or (text in status_words.TRUE and len(values) <= 2)):
        return by_name
    return status_words.group_of(value, name)


def _title(name: str) -> str:
    return name.casefold().replace("_", " ").strip()


def _went_back(checked: Checked, name: str, texts) -> bool:
    """Whether a column is named like `Return reason` and filled in a smaller part of the rows."""
    if not status_words.WENT_BACK.search(_title(name)):
        return False
    filled = one_row(texts, filled=texts[name].count())["filled"]
    return 0 < filled < 0.5 * checked.report.rows


def _is_date(value: str) -> bool:
    return re.match(DATE, value) is not None


def _dated(checked: Checked, name: str, texts) -> bool:
    """Whether a column is named like `Cancelled at` and holds dates in a part of the rows."""
    if status_words.group_of_name(name) in (None, status_words.PARTLY):
        return False
    seen = one_row(texts, filled=texts[name].count(), dates=texts[name].re_search(DATE).sum())
    return 0 < (seen["filled"] or 0) < 0.5 * checked.report.rows and seen["dates"] > 0.9 * seen["filled"]


def _found(checked: Checked, name: str, groups: dict[str, str], rows: ibis.Table) -> list[Finding]:
    """The finding on the rows (`_at`, `_value`) of one column, with their money."""
    seen = _by_value(checked, groups, rows)
    if not seen:
        return []
    by_name = status_words.group_of_name(name) or status_words.VOID
    meaning = {one["value"]: groups.get(one["value"], by_name) for one in seen}
    lines = checked.report.accepted
    has_money = "revenue" in lines.columns
    total = one_row(lines, moved=lines.revenue.abs().sum())["moved"] or 0.0 if has_money else 0.0
    out = sum(one["moved"] for one in seen if meaning[one["value"]] in status_words.CERTAIN)
    hit, moved = (sum(one[key] for one in seen) for key in ("rows", "moved"))
    rows_hit = count(hit, "row")
    told = NO_SALE(
        column=verbatim(name),
        rows=rows_hit,
        values=clauses([_said(checked, one, meaning[one["value"]]) for one in seen[:8]]),
    )
    verdict = STOP if out and out > HARM * total else REVIEW
    value = OF_THE_MONEY(share=share(moved, total)) if has_money else rows_hit
    todo = _where(checked, name, groups, meaning)
    return [checked.finding("unread_status", verdict, told, value, threshold=share(HARM, 1), todo=todo)]


def _by_value(checked: Checked, groups: dict[str, str], rows: ibis.Table) -> list[dict]:
    """value, rows, money and moved (money without signs) of the used rows among these, the most frequent first.

    What is negative has taken itself back already, unless it is no sale at all.
    """
    lines = checked.report.accepted
    hit = lines.inner_join(rows, lines[ROW] == rows["_at"])
    hit = hit.mutate(_value=hit["_value"] if groups else ibis.literal(ANY_DATE))
    if "revenue" in hit.columns:
        no_sale = (status_words.MOVED, status_words.STAGE)
        transfers = [value for value, group in groups.items() if group in no_sale]
        sold = hit.revenue >= 0
        hit = hit.filter(sold | hit["_value"].isin(transfers) if transfers else sold)
        sums = {"money": hit.revenue.sum(), "moved": hit.revenue.abs().sum()}
    else:
        sums = {"money": ibis.null("float64"), "moved": ibis.literal(0.0)}
    found = hit.group_by(value=hit["_value"]).aggregate(rows=hit.count(), **sums)
    return sorted(found.to_pyarrow().to_pylist(), key=lambda one: (-one["rows"], one["value"]))


def _said(checked: Checked, one: dict, meaning: str) -> Message:
    shown: Message | Value = A_DATE() if one["value"] == ANY_DATE else verbatim(repr(one["value"]))
    said = {"value": shown, "meaning": status_words.MEANINGS[meaning](), "rows": count(one["rows"], "row")}
    return (
        A_VALUE(**said) if one["money"] is None else A_VALUE_WITH(**said, money=checked.money(one["money"]))
    )


def _where(checked: Checked, name: str, groups: dict[str, str], meaning: dict[str, str]) -> Message:
    """The condition that leaves these rows out; what is refunded in part, or not paid yet, only where nothing else is."""
    column = sql_name(name)
    if not checked.source.file_lines(checked.table)[name].type().is_string():
        column = f"CAST({column} AS VARCHAR)"
    kept = keep("unread_status")
    unpaid: list[str] = []
    if not groups:
        condition = f"coalesce({column}, '') = ''"
    else:
        values = [value for value in meaning if meaning[value] != status_words.PARTLY]
        unpaid = [repr(value) for value in values if meaning[value] == status_words.UNPAID]
        if not values:
            return REFUNDED_PART(keep=kept)
        condition = f"coalesce({column}, '') NOT IN ({', '.join(sql_text(value) for value in values)})"
    said = {"table": verbatim(checked.table), "line": verbatim(where_line(condition)), "keep": kept}
    return (
        LEAVE_OUT_UNPAID(**said, unpaid=listing([verbatim(one) for one in unpaid]))
        if unpaid
        else LEAVE_OUT(**said)
    )


# ---- refunds and fees in a column of their own
def _sums(checked: Checked, names: list[str]) -> list[Finding]:
    """Unused columns of refunded money and of fees."""
    used = [name for name in checked.source.columns(checked.table) if name not in names]
    found = []
    for kind, pattern in _KINDS:
        if any(pattern.search(name.casefold().replace("_", " ")) for name in used):
            continue
        if kind == "unread_fees" and payouts.findings(checked):
            continue  # the amount is after them
        titles = {name: _title(name) for name in names}
        wanted = [name for name, title in titles.items() if pattern.search(title) and not _counts(title)]
        seen = _money_in(checked, wanted) if wanted else []
        found += [_of_sum(checked, kind, *best) for best in seen]
    return found


def _counts(title: str) -> bool:
    return status_words.PIECES.search(title) is not None


def _pieces_back(checked: Checked) -> list[Finding]:
    """Unused columns with the pieces of a line that were returned or cancelled."""
    if not checked.has("amount", "quantity"):
        return []
    named = [
        name for name in checked.unused if _counts(_title(name)) and status_words.LESS.search(_title(name))
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
    named = [
        name for name in checked.unused if status_words.DISCOUNT.search(name.casefold().replace("_", " "))
    ]
    if not named or not (product or status_words.GROSS.search(origin.casefold().replace("_", " "))):
        return []
    seen = _money_in(checked, named)
    if not seen:
        return []
    name, rows, money = seen[0]
    lines = checked.report.accepted
    total = one_row(lines, moved=lines.amount.abs().sum())["moved"] or 0.0
    line = yaml_line("amount", f"{checked.sql('amount')} - abs(coalesce({sql_name(name)}, 0))")
    told = DISCOUNTS(
        column=verbatim(name), money=decimals(money, 2), rows=count(rows, "row"), amount=verbatim(origin)
    )
    todo = TAKE_DISCOUNTS_OFF(line=verbatim(line), keep=keep("unread_discounts"))
    value, threshold = share(money, total), share(FEE_SHARE, 1)
    return [checked.finding("unread_discounts", REVIEW, told, value, threshold=threshold, todo=todo)]


def _money_in(checked: Checked, names: list[str]) -> list[tuple[str, int, float]]:
    """(column, rows, money) of the columns that hold numbers; of several that say the same, the one beside the amount."""
    numbers = checked.source.numbers(checked.table, names).rename(_at=ROW)
    lines = checked.report.accepted.select(ROW)
    both = lines.inner_join(numbers, lines[ROW] == numbers["_at"])
    sums: dict[str, object] = {}
    for place, name in enumerate(names):
        filled = both[name].fill_null(0.0) != 0
        sums |= {f"n{place}": filled.sum(), f"m{place}": both[name].abs().sum()}
    seen = one_row(both, **sums)
    there = [(name, seen[f"n{i}"], seen[f"m{i}"]) for i, name in enumerate(names) if seen[f"n{i}"]]
    beside = [one for one in there if one[0].startswith(checked.origin("amount"))]
    return beside[:1] or there


def _of_sum(checked: Checked, kind: str, name: str, rows: int, money: float) -> Finding:
    lines = checked.report.accepted
    total = one_row(lines, moved=lines.amount.abs().sum())["moved"] or 0.0
    line = yaml_line("amount", f"{checked.sql('amount')} - coalesce({sql_name(name)}, 0)")
    kept = keep(kind)
    said = {"column": verbatim(name), "money": decimals(money, 2), "rows": count(rows, "row")}
    if kind == "money_not_paid":
        verdict = REVIEW if money > HARM * total else PASS
        told, threshold = OWED(**said), share(HARM, 1)
        todo = COUNT_PAID(line=verbatim(line), keep=kept)
    elif kind == "unread_fees":
        verdict = REVIEW if money > FEE_SHARE * total else PASS
        told, threshold = FEES(**said), share(FEE_SHARE, 1)
        todo = AFTER_FEES(line=verbatim(line), keep=kept)
    else:
        verdict = STOP if money > HARM * total else REVIEW
        told, threshold = REFUNDS(**said), share(HARM, 1)
        todo = TAKE_REFUNDS_OFF(line=verbatim(line), keep=kept)
        if status_words.DISPUTE.search(name.casefold()):  # often in another currency than the amount
            condition = f"coalesce({sql_name(name)}, 0) = 0"
            todo = LEAVE_DISPUTES_OUT(line=verbatim(where_line(condition)), keep=kept)
    return checked.finding(kind, verdict, told, share(money, total), threshold=threshold, todo=todo)
