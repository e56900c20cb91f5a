"""Amounts that are the price of one piece, beside a column of pieces that the study does not multiply with."""

import re

import ibis

from helpers.contracts import money_words, status_words
from helpers.contracts.checked import Checked, one_row, share, sql_name, yaml_line
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
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
OF_A_PRODUCT = message(
    "unit_prices.of_a_product",
    "{column} is the same for {alike} of {products} in {product}, whatever {pieces} says: it is the price of one piece, and "
    "{rows} are of several: {money} are missing.",
)
AS_PRICE = message(
    "unit_prices.as_price",
    "{column} is the same as {price} in every row, and {pieces} says of {rows} that they are several pieces: it is the "
    "price of one, and {money} are missing.",
)
FLAT = message(
    "unit_prices.flat",
    "{column} grows not at all with {pieces}, which says of {rows} that they are several pieces: it may be the price of "
    "one, and {money} would be missing.",
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
FEWEST, PRODUCTS = 100, 5  # rows, and products sold in several quantities, of which something can be told
FLAT_BELOW = 0.05  # correlation of logarithms: what several pieces cost grows with their number


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions whose amount is one column of the file."""
    origin = checked.file_column("amount")
    if origin is None:
        return []
    pieces = _pieces(checked)
    return (_of(checked, origin, pieces) or _by_rows(checked, origin, pieces)) if pieces else []


def _pieces(checked: Checked) -> str | None:
    """The column with the number of pieces: the study's, or an unused one of that name."""
    if checked.has("quantity"):
        return checked.file_column("quantity")
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
        (name for n, name in enumerate(totals) if (seen[f"t{n}"] or 0) >= NEARLY_ALL * seen["several"]), None
    )
    if best:
        return [_found(checked, BESIDE(**said, total=verbatim(best)), sql_name(best), seen)]
    if not named:
        return []
    return [_found(checked, NAMED(**said), f"{sql_name(origin)} * {sql_name(pieces)}", seen)]


def _by_rows(checked: Checked, origin: str, pieces: str) -> list[Finding]:
    """The same where no name says so: a product's amount does not depend on the pieces, or no amount does."""
    titles = {name: status_words.composed(name) for name, different in checked.unused.items() if different}
    prices = [name for name, title in titles.items() if PRICE.search(title)][:3]
    lines = checked.report.accepted.filter(lambda t: t.amount > 0)
    if checked.has("quantity") and not prices and pieces.casefold() not in lines.columns:  # read already
        both = lines.select(ROW, "revenue", "amount", **{pieces: lines.quantity})
    else:
        numbers = checked.source.numbers(checked.table, [pieces, *prices]).rename(_at=ROW)
        both = lines.select(ROW, "revenue", "amount").inner_join(numbers, lines[ROW] == numbers["_at"])
    both = both.filter(both[pieces] > 0)
    several = both[pieces] > 1
    priced = {
        f"p{place}": ((both[name] - both.amount).abs() < CENT).sum(where=several)
        for place, name in enumerate(prices)
    }
    seen = one_row(
        both,
        rows=both.count(),
        several=several.sum(),
        missing=(both.revenue * (both[pieces] - 1)).sum(),
        money=both.revenue.sum(),
        together=both.amount.ln().corr(both[pieces].ln(), how="pop"),
        **priced,
    )
    if (seen["rows"] or 0) < FEWEST or seen["several"] < SEVERAL * seen["rows"]:
        return []
    said = {
        "column": verbatim(origin), "pieces": verbatim(pieces), "rows": count(seen["several"], "row"),
        "money": checked.money(seen["missing"]),
    }  # fmt: skip
    amount = f"{sql_name(origin)} * {sql_name(pieces)}"
    for place, name in enumerate(prices):
        if (seen[f"p{place}"] or 0) >= NEARLY_ALL * seen["several"]:
            return [_found(checked, AS_PRICE(**said, price=verbatim(name)), amount, seen)]
    if prices:
        return []
    for name in (
        name for name, title in titles.items() if money_words.PRODUCT.search(title) and name != pieces
    ):
        products, alike = _products(checked, both, pieces, name)
        if products >= PRODUCTS:
            shown = {"products": count(products, "value"), "alike": count(alike), "product": verbatim(name)}
            same = alike >= 0.9 * products
            return [_found(checked, OF_A_PRODUCT(**said, **shown), amount, seen)] if same else []
    flat = abs(seen["together"] if seen["together"] is not None else 1.0) < FLAT_BELOW
    return (
        [_found(checked, FLAT(**said), amount, seen, REVIEW)] if flat and not checked.has("quantity") else []
    )


def _products(checked: Checked, both: ibis.Table, pieces: str, name: str) -> tuple[int, int]:
    """How many products are sold in several quantities, and how many of them for one amount."""
    texts = checked.source.texts(checked.table, [name]).select(_of=ROW, product=name)
    sold = both.inner_join(texts, both[ROW] == texts["_of"]).filter(texts["product"].notnull())
    each = sold.group_by("product").aggregate(
        quantities=sold[pieces].nunique(), spread=sold.amount.max() - sold.amount.min()
    )
    each = each.filter(each.quantities > 1)
    seen = one_row(each, products=each.count(), alike=(each.spread < CENT).sum())
    return seen["products"] or 0, seen["alike"] or 0


def _found(checked: Checked, told: Message, amount: str, seen: dict, verdict: str = STOP) -> Finding:
    todo = MULTIPLY(line=verbatim(yaml_line("amount", amount)), keep=keep("unit_price"))
    whole = (seen["money"] or 0) + (seen["missing"] or 0)
    value = share(seen["missing"] or 0, whole)
    return checked.finding("unit_price", verdict, told, value, threshold=share(0, 1), todo=todo)
