"""Amounts written with words or several signs: 12k, 1,2 Mio, 5 tr, 2 lakh; $12 beside €15: the SQL that reads them."""

import re

from helpers.contracts import number_formats
from helpers.contracts.checked import sql_name, sql_text, yaml_line
from helpers.contracts.minor_units import SYMBOLS
from helpers.messages import Message, clauses, count, message, verbatim

IN_WORDS = message(
    "amount_words.in_words",
    "Words stand for thousands or more ({units}): if they mean that, add to transactions: `{line}`.",
)
A_UNIT = message("amount_words.a_unit", "{word} for {number}")
BY_SIGN = message(
    "amount_words.by_sign",
    "The amounts bear several signs ({signs}): export the currency as a column of its own, and map it as `currency`. Or "
    "read each by its sign, with the table exchange_rates: `{line}`.",
)

# What stands behind a number, in small letters without a point: how many times it is to be taken.
UNITS = {
    "k": 1000, "tsd": 1000, "tausend": 1000, "thousand": 1000, "nghìn": 1000, "ngàn": 1000, "ng": 1000, "พัน": 1000,
    "m": 10**6, "mn": 10**6, "mio": 10**6, "mill": 10**6, "million": 10**6, "millionen": 10**6, "millions": 10**6,
    "tr": 10**6, "triệu": 10**6, "ล้าน": 10**6, "mrd": 10**9, "md": 10**9, "bn": 10**9, "billion": 10**9, "milliarden": 10**9,
    "tỷ": 10**9, "tỉ": 10**9, "lakh": 10**5, "lakhs": 10**5, "lac": 10**5, "crore": 10**7, "crores": 10**7,
    "แสน": 10**5, "หมื่น": 10**4, "万": 10**4, "億": 10**8, "亿": 10**8, "만": 10**4, "억": 10**8,
}  # fmt: skip
_LONGEST_FIRST = sorted(UNITS, key=len, reverse=True)
_SIGN = r"(?:[^\w\s.,()%+-]|[a-z]{3}|đ|vnđ|rs\.?|rp\.?)"
_AMOUNT = re.compile(
    rf"{_SIGN}?\s*(-?\d[\d.,]*)\s*({'|'.join(_LONGEST_FIRST)})?\.?\s*{_SIGN}?", re.IGNORECASE
)
WHOLE = "[^0-9(-]*-?[0-9][0-9.,]*[^0-9-]*"  # one number in a text: 1tr2 has two, and is not read
FIGURE = "-?[0-9][0-9.,]*"
BEHIND = "[. ]*([^0-9a-z. ]+|[a-z]{3}|vnđ|rs|rp)?[. ]*$"  # a currency at most: 100 krw is no 100 k
MOST_UNITS = 8


def parts(texts: list[str]) -> tuple[list[str], dict[str, int]] | None:
    """(the numbers, {word: times}) of amounts of which some bear a word; None where others do not fit, or none has one."""
    found = [_AMOUNT.fullmatch(text.strip()) for text in texts if text.strip()]
    units = {one[2].casefold() for one in found if one and one[2]}
    if not units or not all(found):
        return None
    return [one[1] for one in found if one], {word: UNITS[word] for word in sorted(units)}


def expression(origin: str, texts: list[str]) -> tuple[str, dict[str, int]] | None:
    """(the SQL that reads such a column, {word: times}); None where the numbers' signs can be read in two ways."""
    found = parts(texts)
    figure = _figure(origin, found[0]) if found else None
    if found is None or figure is None:
        return None
    name, units = sql_name(origin), found[1]
    times = " ".join(
        f"WHEN regexp_matches(lower({name}), '[0-9][. ]*({'|'.join(words)}){BEHIND}') THEN {number}"
        for number, words in _by_number(units).items()
    )
    said = f"{figure} * (CASE {times} ELSE 1 END)"
    return f"CASE WHEN regexp_full_match({name}, '{WHOLE}') THEN {said} END", units


def _by_number(units: dict[str, int]) -> dict[int, list[str]]:
    """{times: words}, those that begin as another does before it: million before m."""
    found: dict[int, list[str]] = {}
    for word in sorted(units, key=len, reverse=True):
        found.setdefault(units[word], []).append(word)
    return dict(sorted(found.items(), key=lambda one: -max(map(len, one[1]))))


def _figure(origin: str, numbers: list[str]) -> str | None:
    """The SQL of the number in a text, as the examples are written."""
    proposal = number_formats.propose(numbers)
    if proposal is None or len(proposal.choices) > 1:
        return None
    text = f"regexp_extract({sql_name(origin)}, '{FIGURE}')"
    decimal = proposal.settings.get("decimal", ".")
    thousands = proposal.settings.get("thousands") or ("." if decimal == "," else ",")
    text = f"replace({text}, '{thousands}', '')"
    text = f"replace({text}, ',', '.')" if decimal == "," else text
    return f"TRY_CAST({text} AS DOUBLE)"


def for_words(origin: str, everything: list[str]) -> Message | None:
    """Return the sentence with the line that reads 12k and 1,2 Mio; None where amounts are not written so."""
    found = expression(origin, everything)
    if found is None:
        return None
    said = [A_UNIT(word=verbatim(word), number=count(number)) for word, number in found[1].items()]
    return IN_WORDS(units=clauses(said[:MOST_UNITS]), line=verbatim(yaml_line("amount", found[0])))


def for_signs(origin: str, everything: list[str]) -> Message | None:
    """Return the sentence with the line that reads $12 and €15 each in its currency; None where signs are not known."""
    signs = sorted(number_formats.signs_of(everything))
    bare = [text for text in everything if text.strip()]
    for sign in signs:
        bare = [text.replace(sign, "") for text in bare]
    figure = _figure(origin, [text.strip() for text in bare])
    if len(signs) < 2 or not set(signs) <= set(SYMBOLS) or figure is None:
        return None
    name = sql_name(origin)
    codes = " ".join(f"WHEN contains({name}, {sql_text(sign)}) THEN '{SYMBOLS[sign]}'" for sign in signs)
    amount = f"CASE WHEN regexp_full_match({name}, '{WHOLE}') THEN {figure} END"
    line = f"columns: {{{yaml_line('amount', amount)}, {yaml_line('currency', f'CASE {codes} END')}}}"
    return BY_SIGN(signs=verbatim(", ".join(signs)), line=verbatim(line))
