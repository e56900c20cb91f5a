"""Discounts beside an amount of which nothing says whether it is before or after them."""

import re

import ibis

from helpers.contracts import money_words, status_words, whole_orders
from helpers.contracts.checked import Checked, one_row, share, sql_name, yaml_line
from helpers.contracts.findings import PASS, REVIEW, Finding, keep
from helpers.messages import Template, count, decimals, message, verbatim
from helpers.study.table_columns import ROW

BEFORE = message(
    "discounts.before",
    "the study does not read the column {column}: {money} on {rows}, and {amount} is before them, as its prices are those "
    "of rows without a discount.",
)
AFTER = message(
    "discounts.after", "the column {column} has {money} of discounts on {rows}, and {amount} is after them."
)
UNTOLD = message(
    "discounts.untold",
    "the study does not read the column {column}: {money} on {rows}, and nothing in the file tells whether {amount} is "
    "before or after them.",
)
TAKE_OFF = message(
    "discounts.take_off",
    "If it is before them, add to transactions: `{line}`. If they are off already: `{keep}`.",
)

WORDS = re.compile(r"code|name|type|reason|title|\bid\b|\bcount|grund|art$|mã|loại|status|allocation")
AFTER_NAMED = re.compile(
    r"\bnet\b|netto|\bpaid\b|after discount|nach rabatt|sau giảm|หลังหัก|thanh toán|discounted"
)
FEW_RATES, SMALL, FEWEST = 25, 0.005, 20
ALIKE = 0.3  # of the discounted rows, whose price is one of those without a discount


def findings(checked: Checked) -> list[Finding]:
    """Judge an unused column of discounts where the amount is one column of the file, whose name does not say `before`."""
    origin = checked.file_column("amount")
    title = status_words.composed(origin or "")
    if origin is None or money_words.GROSS.search(title):
        return []  # judged by `unread_sums`
    names = [name for name, title in _titles(checked).items() if _is_discount(title)]
    found = [one for name in names[:4] if (one := _of(checked, name, title))]
    return sorted(found, key=lambda one: one.verdict == PASS)[:1]


def _titles(checked: Checked) -> dict[str, str]:
    return {name: status_words.composed(name).strip() for name, number in checked.unused.items() if number}


def _is_discount(title: str) -> bool:
    others = WORDS.search(title) or money_words.OTHERWISE.search(title)
    return money_words.DISCOUNT.search(title) is not None and others is None


def _of(checked: Checked, name: str, title: str) -> Finding | None:
    texts = checked.source.texts(checked.table, [name]).rename(_at=ROW)
    digits = texts[name].re_replace(r"[%\s]", "").replace(",", ".")
    texts = texts.mutate(off=digits.try_cast("float64").abs(), signed=texts[name].contains("%"))
    lines = checked.report.accepted.select(ROW, "amount").filter(lambda t: t.amount > 0)
    both = lines.inner_join(texts, lines[ROW] == texts["_at"])
    both = both.mutate(off=both.off.fill_null(0.0)).select("amount", "off", "signed")
    seen = one_row(
        both, rows=(both.off > 0).sum(), top=both.off.max(), rates=both.off.nunique(), signed=both.signed.any(),
        whole=((both.off * 2).round() == both.off * 2).all(), beyond=(both.off > both.amount).sum(),
    )  # fmt: skip
    if (seen["rows"] or 0) < FEWEST:
        return None
    percent = seen["signed"] or money_words.PERCENT.search(_titles(checked)[name]) is not None
    several = 2 < seen["rates"] <= FEW_RATES
    percent |= seen["top"] < 1 and several
    percent |= seen["top"] <= 100 and seen["whole"] and (several or seen["beyond"] > 0)
    of = (1.0 if seen["top"] <= 1 else 100.0) if percent else None
    off = both.amount * both.off / of if of else both.off
    both = both.mutate(off=off)
    return _judged(checked, name, title, both, of)


def _judged(checked: Checked, name: str, title: str, both: ibis.Table, of: float | None) -> Finding | None:
    """Before or after: by the name of the amount, or by the prices of rows without a discount."""
    prices = both.filter(both.off == 0).select(price=both.amount.round(2)).distinct()
    hit = both.filter(both.off > 0)
    undone = hit.amount + hit.off if of is None else hit.amount / (1 - hit.off / hit.amount).nullif(0)
    hit = hit.mutate(stands=hit.amount.round(2), was=undone.round(2))
    before = hit.semi_join(prices, hit.stands == prices.price)
    after = hit.semi_join(prices, hit.was == prices.price)
    seen = one_row(hit, rows=hit.count(), money=hit.off.sum())
    alike = {
        key: one_row(rows, n=rows.count())["n"] / seen["rows"] for key, rows in (("b", before), ("a", after))
    }
    total = one_row(both, n=both.amount.sum())["n"] or 0.0
    if seen["money"] < SMALL * total:
        return None
    shown = (seen, float(total), of)
    if alike["b"] >= ALIKE and alike["b"] > 2 * alike["a"]:
        return _found(checked, name, BEFORE, REVIEW, *shown)
    composed = any(money_words.SUBTOTAL.search(one) for one in _titles(checked).values())
    if (alike["a"] >= ALIKE and alike["a"] > 2 * alike["b"]) or AFTER_NAMED.search(title):
        return _found(checked, name, AFTER, PASS, *shown)
    return _found(checked, name, UNTOLD, PASS if composed else REVIEW, *shown)


def _found(
    checked: Checked, name: str, what: Template, verdict: str, seen: dict, total: float, of: float | None
) -> Finding:
    amount, column = checked.sql("amount"), sql_name(name)
    if of:
        plain = f"TRY_CAST(replace(CAST({column} AS VARCHAR), '%', '') AS DOUBLE)"
        line = yaml_line("amount", f"{amount} * (1 - coalesce({plain}, 0) / {of:.1f})")
    else:
        line = yaml_line("amount", f"{amount} - abs(coalesce({column}, 0))")
    told = what(
        column=verbatim(name),
        money=decimals(seen["money"], 2),
        rows=count(seen["rows"], "row"),
        amount=verbatim(checked.origin("amount")),
    )
    kept, value = keep("unread_discounts"), share(seen["money"], total)
    on_each = None if of or verdict == PASS else whole_orders.on_each_line(checked, name, kept)
    todo = on_each or TAKE_OFF(line=verbatim(line), keep=kept)
    return checked.finding("unread_discounts", verdict, told, value, threshold=share(SMALL, 1), todo=todo)
