"""Amounts in several columns of a row: numbered, as `Price 1` and `Price 2`, or one for each kind of goods."""

import re

from helpers.commands.drafting import words
from helpers.contracts import number_formats
from helpers.contracts.checked import sql_name

NUMBERED = re.compile(r"^(.*\D)(\d)$")
MONEY = re.compile(
    r"\b(amount|price|total|betrag|preis|montant|prix|importe|precio|gia|so tien|thanh tien)\b|ราคา|จำนวนเงิน"
)
PIECES = re.compile(r"\b(qty|quantity|pieces|menge|anzahl|quantite|cantidad|so luong)\b|จำนวน")
_AMOUNT = re.compile(r"[^\w\s]? ?-?\d[\d.,' ]*")
NO_MONEY = re.compile(
    r"\b(qty|quantity|count|number|points?|id|no|nr|zip|age|score|rate|year|month|stock|days?|pieces|percent)\b"
)
FEW = 20


def amount(values: dict[str, list[str]]) -> tuple[str, list[str]]:
    """The sum of the numbered columns of money, times their pieces where these are numbered too; "" where there are none.

    values: {column: distinct values as text}. Returns the expression and the columns of money.
    """
    groups: dict[str, dict[str, str]] = {}
    for column in values:
        if told := NUMBERED.match(words.plain(column)):
            groups.setdefault(told[1].strip(), {})[told[2]] = column
    money = next(
        (one for stem, one in groups.items() if MONEY.search(stem) and _are_parts(one, values)), None
    )
    if money is None:
        return "", []
    pieces = next((one for stem, one in groups.items() if PIECES.search(stem) and set(one) >= set(money)), {})
    terms = [
        f"coalesce({sql_name(pieces[number])} * {sql_name(column)}, 0)"
        if pieces
        else f"coalesce({sql_name(column)} * 1, 0)"
        for number, column in money.items()
    ]
    return " + ".join(terms), list(money.values())


def _are_parts(columns: dict[str, str], values: dict[str, list[str]]) -> bool:
    """Whether there are several, from 1 on, and all hold numbers."""
    filled = [texts for name in columns.values() if (texts := values[name])]
    return (
        len(columns) > 1
        and min(columns) == "1"
        and len(filled) > 1
        and all(number_formats.propose(texts) is not None for texts in filled)
    )


def by_kind(values: dict[str, list[str]], used: dict[str, str], gaps: frozenset[str]) -> str:
    """The sum of the columns of money that are blank or 0 in some rows; "" for fewer than two.

    values: {column: distinct values as text}; used: {contract's column: the file's}; gaps: columns that are mostly blank.
    """
    kinds = [
        name
        for name, texts in values.items()
        if name not in used.values()
        and not NO_MONEY.search(words.plain(name))
        and texts
        and all(map(_AMOUNT.fullmatch, texts))
        and (name in gaps or any(not re.search("[1-9]", text) for text in texts))
    ]
    has_more = any(len(values[name]) > FEW for name in kinds)  # flags and points have few values
    return (
        " + ".join(f"coalesce({sql_name(name)} * 1, 0)" for name in kinds)
        if len(kinds) > 1 and has_more
        else ""
    )
