"""Columns that the study does not read, and that say which rows are no revenue."""

import re

import ibis

from helpers.contracts import further_status_words, money_words, status_words
from helpers.contracts.checked import Checked, one_row, share, sql_text, where_line, yaml_line
from helpers.contracts.evidence import DATE
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import Message, Value, clauses, count, listing, message, verbatim
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

# As databases and reports write that there is no day; and a day with the name of its month.
NO_DATE = r"^(0{2,4}[-/.]0{2}[-/.]0{2,4}|[-–—.]+$)"
DAY = DATE + r"|^\d{1,2}[. -]+[A-Za-zÀ-ÿ]{3,10}[., -]+\d{2,4}|^[A-Za-zÀ-ÿ]{3,10}\.? \d{1,2},? \d{4}"
TEST_SHOP = re.compile(
    r"^(test|demo|dummy|training|schulung|sandbox)\b|\btest (store|shop|till|filiale|kasse)\b"
)
MOST_WORDS = 8  # for nothing, in one column
FEW = 200  # a column with more different values is no status
HARM = 0.02  # money in rows that are surely no revenue above this share stops the run
ANY_DATE = "filled"  # what stands for the values of a column of dates or reasons


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
        if own := checked.file_column("channel"):
            found += _test_shops(checked, own)
    return found


def _test_shops(checked: Checked, name: str) -> list[Finding]:
    """Rows of a shop or channel that is called a test."""
    found = [value for value in checked.values(name) if TEST_SHOP.search(value.casefold().strip())]
    if not found or name in checked.filtered:
        return []
    texts = checked.source.texts(checked.table, [name])
    rows = texts.filter(texts[name].isin(found)).select(_at=ROW, _value=texts[name])
    return _found(checked, name, dict.fromkeys(found, status_words.TEST), rows)


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
        groups, rows = {}, texts.filter(texts[name].notnull() & ~texts[name].re_search(NO_DATE))
    elif groups:
        rows = texts.filter(texts[name].isin(list(groups)))
    if not groups and not dates:
        return back
    if checked.table == "subscriptions" and status_words.TEST not in groups.values():
        return []
    return back + _found(checked, name, groups, rows.select(_at=ROW, _value=rows[name]))


def _groups(checked: Checked, name: str) -> dict[str, str]:
    """What each value of a column means for revenue, without those that mean nothing."""
    values, title = checked.values(name), title_of(name)
    if status_words.SIDE.search(title):
        return _other_side(checked, name, values)
    if status_words.CHANCE.search(title):
        return {value: status_words.PLANNED for value in values if _is_chance(value)}
    if re.search(further_status_words.OF_BILLING, title) and "M" in values:
        return _of_billing(values)
    found = {value: group for value in values if (group := _meaning(value, name, values))}
    texts = {value: value.casefold().replace("_", " ").strip() for value in values}
    others = [text for text in texts.values() if not status_words.TOP_UP.search(text)]
    if not any(status_words.SALE.search(text) or status_words.GOOD.search(text) for text in others):
        found = {
            value: group for value, group in found.items() if not status_words.TOP_UP.search(texts[value])
        }
    if any(map(status_words.SOLD.search, texts.values())):
        found |= {
            value: status_words.PLANNED for value, text in texts.items() if status_words.PLAN.search(text)
        }
    if status_words.KIND.search(title) and any(map(status_words.INVOICE.search, texts.values())):
        beside = [value for value, text in texts.items() if status_words.BESIDE.search(text)]
        if any(map(status_words.LESS_DEPOSIT.search, texts.values())):
            beside = [value for value in beside if not status_words.DEPOSIT.search(texts[value])]
        found |= {value: status_words.STAGE for value in beside if value not in found}
    return found


def _of_billing(values: list[str]) -> dict[str, str]:
    """The letters of billing documents that cancel an invoice, or take one back."""
    cancels = dict.fromkeys(further_status_words.CANCELS, status_words.VOID)
    known = cancels | dict.fromkeys(further_status_words.CREDITS, status_words.BACK)
    return {value: known[value] for value in values if value in known}


def _is_chance(value: str) -> bool:
    """Whether a probability is below one: 50, 50 %, 0.5."""
    digits = re.fullmatch(r"(\d+(?:[.,]\d+)?) ?%?", value.strip())
    return digits is not None and float(digits[1].replace(",", ".")) not in (1, 100)


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
    money = checked.report.accepted.revenue
    sums = one_row(checked.report.accepted, moved=money.abs().sum(), net=money.sum())
    total, moved = sums["moved"] or 0.0, sum(one["moved"] for one in seen)
    if sum(one["rows"] for one in seen) >= 0.5 * checked.report.used or (sums["net"] or 0.0) < 0:
        return []  # what most rows are is a sale, whatever it is called, and whatever its sign
    told = TAKE_BACK(
        column=verbatim(name),
        rows=count(sum(one["rows"] for one in seen), "row"),
        values=clauses([_said(checked, one, status_words.BACK) for one in seen[:8]]),
    )
    amount, column = checked.sql("amount"), checked.text_sql(name)
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
    text, title = value.casefold(), title_of(name)
    if status_words.PIECES.search(title):
        return None
    if status_words.PAID.search(title):
        return status_words.UNPAID if text in status_words.FALSE else None
    if status_words.VALID.search(title):
        return status_words.INACTIVE if text in status_words.FALSE else None
    if status_words.CURRENT.search(title):
        return status_words.OLDER if text in status_words.FALSE else None
    by_name = status_words.group_of_name(name)
    if by_name == status_words.VOID and set(map(str.casefold, values)) == status_words.WITH_REVERSALS:
        return by_name if text != "n" else None
    if status_words.IS_BACK.search(title):
        by_name = status_words.BACK
    if by_name and (_is_date(value) or (text in status_words.TRUE and len(values) <= 2)):
        return by_name
    return status_words.group_of(value, name)


def title_of(name: str) -> str:
    """A column's name in small letters, with blanks for underscores."""
    return name.casefold().replace("_", " ").strip()


def _went_back(checked: Checked, name: str, texts) -> bool:
    """Whether a column is named like `Return reason` and filled in a smaller part of the rows."""
    if not status_words.WENT_BACK.search(title_of(name)):
        return False
    filled = one_row(texts, filled=texts[name].count())["filled"]
    return 0 < filled < 0.5 * checked.report.rows


def _is_date(value: str) -> bool:
    return re.match(DAY, value) is not None


def _dated(checked: Checked, name: str, texts) -> bool:
    """Whether a column is named like `Cancelled at` and holds dates in a part of the rows."""
    if status_words.group_of_name(name) in (None, status_words.PARTLY):
        return False
    some = texts[name].notnull() & ~texts[name].re_search(NO_DATE)
    seen = one_row(texts, filled=some.sum(), dates=(some & texts[name].re_search(DAY)).sum())
    return 0 < (seen["filled"] or 0) < 0.5 * checked.report.rows and seen["dates"] > 0.9 * seen["filled"]


def _found(checked: Checked, name: str, groups: dict[str, str], rows: ibis.Table) -> list[Finding]:
    """The finding on the rows (`_at`, `_value`) of one column, with their money."""
    seen = _by_value(checked, groups, rows)
    if not seen:
        return []
    by_name = status_words.group_of_name(name) or status_words.VOID
    meaning = {one["value"]: groups.get(one["value"], by_name) for one in seen}
    if set(meaning.values()) <= {status_words.PARTLY} and _reads_refunds(checked):
        return []
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


def _reads_refunds(checked: Checked) -> bool:
    """Whether the amount is already less a column of refunds."""
    amount = checked.origin("amount") if checked.has("amount") else ""
    return money_words.REFUND.search(title_of(amount)) is not None


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


def _words_for_nothing(checked: Checked, name: str) -> list[str]:
    """What the file writes in a column where there is nothing: NULL, None, 0000-00-00."""
    raw, texts = checked.source.file_lines(checked.table), checked.source.texts(checked.table, [name])
    given = raw.select(_at=raw[ROW], _given=raw[name].cast("string"))
    both = texts.inner_join(given, texts[ROW] == given["_at"])
    nothing = both.filter((both[name].isnull() | both[name].re_search(NO_DATE)) & (both["_given"] != ""))
    return sorted(nothing.select("_given").distinct().limit(MOST_WORDS).to_pyarrow()["_given"].to_pylist())


def _where(checked: Checked, name: str, groups: dict[str, str], meaning: dict[str, str]) -> Message:
    """The condition that leaves these rows out; what is refunded in part, or not paid yet, only where nothing else is."""
    column = checked.text_sql(name)
    kept = keep("unread_status")
    unpaid: list[str] = []
    if not groups:
        blanks = ["", *_words_for_nothing(checked, name)]
        listed = ", ".join(map(sql_text, blanks))
        condition = f"coalesce({column}, '') " + (f"IN ({listed})" if len(blanks) > 1 else "= ''")
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
