"""Taxes that the study does not read, and an amount with taxes beside one without."""

import re
from typing import TYPE_CHECKING

from helpers.contracts import money_words, status_words
from helpers.contracts.checked import Checked, one_row, share, sql_name, yaml_line
from helpers.contracts.findings import PASS, REVIEW, Finding, keep
from helpers.messages import Message, Template, count, decimals, message, verbatim
from helpers.study.table_columns import ROW

if TYPE_CHECKING:
    import ibis

INCLUDED = message(
    "taxes.included",
    "the amount is read from {amount}, which includes the taxes in {column}: {money} on {rows}.",
)
WITHOUT_BESIDE = message(
    "taxes.without_beside",
    "the amount is read from {amount}, and the column {column} is the same without taxes: {money} less on {rows}.",
)
LEFT_OFF = message(
    "taxes.left_off",
    "the amount is read from {amount}, which is without taxes: {column} has {money} more on {rows}.",
)
UNTOLD = message(
    "taxes.untold",
    "the study does not read the column {column}: {money} of taxes on {rows}, and nothing in the file tells whether "
    "{amount} includes them.",
)
READ_NET = message(
    "taxes.read_net",
    "For revenue without taxes, add to transactions: `{line}`. If it is to include them, or does not: `{keep}`.",
)

TAX = re.compile(
    r"\b(tax(es)?|vat|gst|hst|pst|tva|iva|igv|ust|btw|moms)\b|mehrwertsteuer|umsatzsteuer|mwst|steuerbetrag|imposta|impuesto"
    r"|\btaxe|thuế|vat|ภาษี"
)
NO_MONEY = re.compile(
    r"rate|percent|pct|%|prozent|satz|\bid\b|number|\bno\b|nummer|code|exempt|name|type|country|region|class|suất|taux|tasa"
    r"|incl|excl|before|after|without|with\b|net\b|gross|line|price|trước|sau|reg\b|status|taxable"
)
NET = re.compile(
    r"\bnet(to)?\b|\bnetto|excl|without (tax|vat)|before (tax|vat)|\bht\b|hors tax|\bneto\b|sin iva|base imponible|pre.?tax"
    r"|ohne (mwst|ust)|trước thuế|chưa (thuế|vat)|ก่อนภาษี|taxable|\bsub.?total\b"
)
GROSS = re.compile(
    r"\bgross\b|brutto|incl|with (tax|vat)|after (tax|vat)|\bttc\b|\bbruto\b|con iva|mit (mwst|ust)|sau thuế|gồm (thuế|vat)"
    r"|รวมภาษี|total"
)
NEARLY_ALL, CENT = 0.98, 0.021  # rows in which it adds up; two roundings
LEAST, HIGHEST = 0.02, 0.35  # taxes on sales as parts of the net amount
SMALL = 0.01
FEWEST = 20


def findings(checked: Checked) -> list[Finding]:
    """Judge the unused columns of transactions that say taxes, or the amount with or without them."""
    if checked.file_column("amount") is None:
        return []
    titles = {name: status_words.composed(name).strip() for name in checked.unused if checked.unused[name]}
    taxes = [name for name, title in titles.items() if TAX.search(title) and not NO_MONEY.search(title)][:3]
    others = [name for name, title in titles.items() if NET.search(title) or GROSS.search(title)][:12]
    others = [name for name in others if name not in taxes and not status_words.PIECES.search(titles[name])]
    fees = [
        name for name, title in titles.items() if money_words.FEE.search(title) and not NO_MONEY.search(title)
    ]
    found = [one for name in taxes[:1] if (one := _of_tax(checked, name, others))]
    return found or [one for name in others if (one := _of_pair(checked, name, titles[name], fees[:4]))][:1]


def beside(checked: Checked, names: list[str]) -> "ibis.Table":
    """The positive rows with the numbers of these columns."""
    numbers = checked.source.numbers(checked.table, names).rename(_at=ROW)
    lines = checked.report.accepted.select(ROW, _amount="amount").filter(lambda t: t["_amount"] > 0)
    return lines.inner_join(numbers, lines[ROW] == numbers["_at"])


def _of_tax(checked: Checked, tax: str, others: list[str]) -> Finding | None:
    both = beside(checked, [tax, *others])
    taxed = both[tax].abs() > CENT
    sums = {"rows": taxed.sum(), "money": both[tax].sum(where=taxed), "all": both["_amount"].sum()}
    for place, name in enumerate(others):
        above, below = both["_amount"] - both[tax] - both[name], both["_amount"] + both[tax] - both[name]
        sums |= {
            f"net{place}": (above.abs() < CENT).sum(where=taxed),
            f"gross{place}": (below.abs() < CENT).sum(where=taxed),
        }
    seen = one_row(both, **sums)
    if (seen["rows"] or 0) < FEWEST or seen["money"] < SMALL * seen["all"]:
        return None
    enough = NEARLY_ALL * seen["rows"]
    net = next((name for n, name in enumerate(others) if (seen[f"net{n}"] or 0) >= enough), None)
    gross = next((name for n, name in enumerate(others) if (seen[f"gross{n}"] or 0) >= enough), None)
    title = status_words.composed(checked.origin("amount"))
    if net or (re.search(GROSS, title.replace("total", "")) and not gross):
        line = sql_name(net) if net else f"{checked.sql('amount')} - coalesce({sql_name(tax)}, 0)"
        return _found(checked, INCLUDED, REVIEW, tax, seen, yaml_line("amount", line))
    if gross or NET.search(title):
        return _found(checked, LEFT_OFF, PASS, gross or tax, seen)
    line = yaml_line("amount", f"{checked.sql('amount')} - coalesce({sql_name(tax)}, 0)")
    composed = any(money_words.SUBTOTAL.search(status_words.composed(name)) for name in checked.unused)
    return _found(checked, UNTOLD, PASS if composed else REVIEW, tax, seen, line)


def _of_pair(checked: Checked, other: str, title: str, fees: list[str]) -> Finding | None:
    """The amount and another column that are a tax apart, at rates of which there are few, and not one of these fees."""
    both = beside(checked, [*dict.fromkeys([other, *fees])])
    both = both.filter(both[other] > 0)
    whole = both.mutate(
        ratio=(both["_amount"] / both[other]).round(2),
        rise=both["_amount"] / both[other] - 1,
        fall=both[other] / both["_amount"] - 1,
    )
    apart = (whole["_amount"] - whole[other]).abs()
    seen = one_row(
        whole,
        rows=whole.count(),
        above=whole.rise.between(LEAST, HIGHEST).sum(),
        below=whole.fall.between(LEAST, HIGHEST).sum(),
        rates=whole.ratio.nunique(),
        money=(whole["_amount"] - whole[other]).abs().sum(),
        all=whole["_amount"].sum(),
        **{
            f"fee{place}": ((apart - whole[name].abs()).abs() < CENT).sum() for place, name in enumerate(fees)
        },
    )
    if (seen["rows"] or 0) < FEWEST or seen["rates"] > max(4, 0.02 * seen["rows"]):
        return None
    if any((seen[f"fee{place}"] or 0) >= NEARLY_ALL * seen["rows"] for place, _ in enumerate(fees)):
        return None
    if seen["above"] >= NEARLY_ALL * seen["rows"] and NET.search(title):
        return _found(checked, WITHOUT_BESIDE, REVIEW, other, seen, yaml_line("amount", sql_name(other)))
    if seen["below"] >= NEARLY_ALL * seen["rows"] and GROSS.search(title):
        return _found(checked, LEFT_OFF, PASS, other, seen)
    return None


def _found(
    checked: Checked, what: Template, verdict: str, column: str, seen: dict, line: str | None = None
) -> Finding:
    told = what(
        amount=verbatim(checked.origin("amount")),
        column=verbatim(column),
        money=decimals(seen["money"], 2),
        rows=count(seen["rows"], "row"),
    )
    todo: Message | None = READ_NET(line=verbatim(line), keep=keep("unread_taxes")) if line else None
    value = share(seen["money"], seen["all"])
    return checked.finding("unread_taxes", verdict, told, value, threshold=share(SMALL, 1), todo=todo)
