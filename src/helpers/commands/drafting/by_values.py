"""Which columns of orders hold what, told by their values: for headers in languages that no list of names knows."""

import re
from statistics import mean

from helpers.contracts import date_formats, number_formats

# A header with such words is understood, so that a column that is not found is not there.
_ENGLISH = re.compile(
    r"\b(order|customer|client|user|date|time|day|week|month|year|name|created|updated|product|item|price|amount|total|sales?|revenue|quantity"
    r"|count|city|country|region|type|category|channel|campaign|clicks?|cost|value|rate|score|email|phone|address|store|group"
    r"|age|gender|visits?|number|code|status|id|state|post|population|test|winner|text|share|treated|treatment|outcome)\b",
    re.I,
)
_CODE = re.compile(r"[^\W\d_]+-\d+")  # a code such as COT-17, and no amount below 0 with its currency
GUESSED = "guessed by its values: no name of it is known"
TRIED = 300  # values of a column that are looked at
FEWEST_IDS = 20  # different ones
MOST_PIECES, FEW_PIECES = 1000, 60  # the largest number of pieces in a line; different ones


def fill(found: dict[str, str], doubts: dict[str, str], values: dict[str, list[str]]) -> None:
    """Add to the columns found of an order table those that the values tell, where the header is in an unknown language.

    Only where neither a customer nor an amount is found by name, and some column holds dates.
    """
    if {"customer_id", "amount"} & set(found) or _is_english(values):
        return
    rest = {own: texts for own, texts in values.items() if own not in found.values() and texts}
    days = [own for own, texts in rest.items() if _is_day(texts)]
    if not days and "order_time" not in found:
        return
    rest = {own: texts for own, texts in rest.items() if own not in days}
    money = {own: worth for own, texts in rest.items() if (worth := _worth(texts)) is not None}
    pieces = [own for own in money if _are_pieces(rest[own])]
    sums = sorted((own for own in money if own not in pieces), key=lambda own: -money[own])
    ids = [own for own, texts in rest.items() if own not in money and len(texts) >= FEWEST_IDS]
    ids.sort(key=lambda own: -len(rest[own]))
    persons = sorted(
        ids[1:] if len(ids) > 1 else ids, key=lambda own: (not _has_digits(rest[own]), -len(rest[own]))
    )
    if not sums or not persons:
        return
    told = {"order_time": days, "amount": sums, "customer_id": persons, "quantity": pieces[:1]}
    told["order_id"] = [own for own in ids if own != persons[0]][:1]
    for name, likely in told.items():
        if likely and name not in found:
            found[name] = likely[0]
            others = f"; or {', '.join(likely[1:4])}" if likely[1:] else ""
            doubts[name] = GUESSED + others
    few = [own for own in rest if own not in found.values() and 1 < len(rest[own]) < FEWEST_IDS]
    if few:
        doubts["amount"] += (
            f"; if {' or '.join(few[:4])} tells orders that were cancelled or returned, state a `where`"
        )


def _is_english(values: dict[str, list[str]]) -> bool:
    return sum(1 for own in values if _ENGLISH.search(own.replace("_", " "))) >= len(values) / 4


def _is_day(texts: list[str]) -> bool:
    proposal = date_formats.propose(texts[:TRIED])
    return proposal is not None and any("%" in one.get("date_format", "%") for one in proposal.choices)


def _worth(texts: list[str]) -> float | None:
    """The mean of a column of amounts or pieces; None for words, and for numbers that are codes."""
    some = texts[:TRIED]
    if all(map(_CODE.fullmatch, some)):
        return None
    proposal = number_formats.propose(some)
    if proposal is None:
        return None
    digits = [re.sub(r"\D", "", text) for text in some]
    plain = all(text.isdigit() for text in some)
    if plain and len(some) >= FEWEST_IDS:
        numbers = sorted(map(int, some))
        running = numbers[-1] - numbers[0] < 2 * len(numbers)
        if (
            running
            or len({len(text) for text in some}) == 1
            or any(text[0] == "0" for text in some if len(text) > 1)
        ):
            return None
    decimals = 0 if plain else _decimals(proposal.choices[0], some)
    return mean(int(text or "0") / 10**decimals for text in digits)


def _decimals(settings: dict, texts: list[str]) -> int:
    mark = settings.get("decimal", ".")
    if mark == settings.get("thousands"):
        return 0
    return max(
        (len(re.sub(r"\D", "", text.rpartition(mark)[2])) for text in texts if mark in text), default=0
    )


def _are_pieces(texts: list[str]) -> bool:
    return len(texts) <= FEW_PIECES and all(text.isdigit() and int(text) <= MOST_PIECES for text in texts)


def _has_digits(texts: list[str]) -> bool:
    return sum(1 for text in texts if re.search(r"\d|@", text)) > len(texts) / 2
