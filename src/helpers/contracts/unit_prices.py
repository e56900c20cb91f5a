"""Amounts that are the price of one piece, beside a column of pieces that the study does not multiply with."""

import re

from helpers.contracts import status_words
from helpers.contracts.checked import Checked, one_row, share, sql_name, yaml_line
from helpers.contracts.findings import STOP, Finding, keep
from helpers.messages import Message, count, message, verbatim
from helpers.study.table_columns import ROW

NAMED = message(
    "unit_prices.named",
    "the amount is read from {column}, which is named as a price, and {pieces} says of {rows} that they are several pieces: "
    "{money} are missing.",
)
BESIDE = message(
    "unit_prices.beside",
    "the column {total} is {column} times {pieces} in every row, and {rows} are of several pieces: the amount is the price "
    "of one, and {money} are missing.",
)
MULTIPLY = message(
    "unit_prices.multiply", "Add to transactions: `{line}`. If the amount is of all pieces already: `{keep}`."
)

PRICE = re.compile(
    r"unit ?(price|amount|cost)|price|\brate\b|preis|\bprix\b|precio|prezzo|prijs|đơn giá|\bgiá\b|ราคา"
)
TOTAL = re.compile(
    r"total|sum\b|line|ext(ended)?\b|gesamt|betrag|zeile|summe|montant|importe|thành tiền|tổng|รวม|subtotal|paid|amount"
)
SEVERAL, NEARLY_ALL, CENT = 0.05, 0.98, 0.011


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions whose amount is one column of the file."""
    if checked.table != "transactions" or not checked.has("amount"):
        return []
    origin = checked.origin("amount")
    if origin not in checked.source.columns(checked.table):
        return []
    pieces = _pieces(checked)
    return _of(checked, origin, pieces) if pieces else []


def _pieces(checked: Checked) -> str | None:
    """The column with the number of pieces: the study's, or an unused one of that name."""
    if checked.has("quantity"):
        own = checked.origin("quantity")
        return own if own in checked.source.columns(checked.table) else None
    titles = {name: name.casefold().replace("_", " ") for name in checked.unused}
    named = [
        name
        for name, title in titles.items()
        if status_words.PIECES.search(title) and not status_words.LESS.search(title)
    ]
    return named[0] if len(named) == 1 else None


def _of(checked: Checked, origin: str, pieces: str) -> list[Finding]:
    titles = {name: name.casefold().replace("_", " ") for name in checked.unused}
    totals = [name for name, title in titles.items() if TOTAL.search(title) and name != pieces][:5]
    title = origin.casefold().replace("_", " ")
    named = PRICE.search(title) and not TOTAL.search(title)
    if not totals and not named:
        return []
    numbers = checked.source.numbers(checked.table, [pieces, *totals]).rename(_at=ROW)
    lines = checked.report.accepted
    both = lines.select(ROW, "revenue", "amount").inner_join(numbers, lines[ROW] == numbers["_at"])
    several = (both[pieces].abs() > 1) & (both.amount != 0)
    product = both.amount * both[pieces]
    alike = {
        f"t{place}": ((both[name].abs() - product.abs()).abs() < CENT).sum(where=several)
        for place, name in enumerate(totals)
    }
    missing = (both.revenue * (both[pieces].abs() - 1)).sum(where=several)
    seen = one_row(
        both, rows=both.count(), several=several.sum(), missing=missing, money=both.revenue.sum(), **alike
    )
    if not seen["several"] or seen["several"] < SEVERAL * seen["rows"]:
        return []
    said = {
        "column": verbatim(origin), "pieces": verbatim(pieces), "rows": count(seen["several"], "row"),
        "money": checked.money(seen["missing"]),
    }  # fmt: skip
    best = next(
        (name for n, name in enumerate(totals) if seen[f"t{n}"] >= NEARLY_ALL * seen["several"]), None
    )
    if best:
        return [_found(checked, BESIDE(**said, total=verbatim(best)), sql_name(best), seen)]
    if not named:
        return []
    return [_found(checked, NAMED(**said), f"{sql_name(origin)} * {sql_name(pieces)}", seen)]


def _found(checked: Checked, told: Message, amount: str, seen: dict) -> Finding:
    todo = MULTIPLY(line=verbatim(yaml_line("amount", amount)), keep=keep("unit_price"))
    whole = (seen["money"] or 0) + (seen["missing"] or 0)
    value = share(seen["missing"] or 0, whole)
    return checked.finding("unit_price", STOP, told, value, threshold=share(0, 1), todo=todo)
