"""How numbers are written, from examples: decimal and thousands signs, currency signs, minus signs."""

import re
import unicodedata

from helpers.contracts.digits import ascii_digits
from helpers.contracts.proposals import Proposal

BLANKS = " \u00a0\u202f\u2009"  # the blanks that part thousands
_CORE = re.compile(rf"\d(?:[\d.,'’{BLANKS}]*\d)?|[.,]\d+")
# Signs and words that stand beside an amount, where no character of the category "currency symbol" does.
_WORDS = "đ|vnđ|vnd|kr\\.?|zł|kč|ft|lei|rp\\.?|rm|rs\\.?|tl|sfr\\.?|fr\\.?|บาท|руб\\.?|円|元|원"
_WORDS += "|ر\\.?س\\.?|ر\\.?ع\\.?|ر\\.?ق\\.?|ريال|د\\.?إ\\.?|درهم|ج\\.?م\\.?|جنيه|د\\.?[كبجت]\\.?|دينار"


def propose(texts: list[str]) -> Proposal | None:
    """Return the settings by which all of `texts` are numbers, or None where some cannot be.

    Two choices where a single sign before three digits may be either (1,234).
    """
    parts = [found for text in texts if text.strip() and (found := _split(text.strip()))]
    if not parts or len(parts) < sum(1 for text in texts if text.strip()):
        return None
    signs = {sign.casefold(): sign for sign, _, _ in parts if sign}
    styles = {style for _, _, style in parts if style}
    if len(signs) > 1 or len(styles) > 1:
        return None
    common = {"currency_sign": next(iter(signs.values()))} if signs else {}
    common |= {"negative": styles.pop()} if styles else {}
    choices = _separators([core for _, core, _ in parts])
    return Proposal(tuple(choice | common for choice in choices)) if choices else None


def signs_of(texts: list[str]) -> list[str]:
    """The currency signs that stand beside numbers in `texts`, each once."""
    found = [parts[0] for text in texts if (parts := _split(text.strip())) and parts[0]]
    return list({sign.casefold(): sign for sign in found}.values())


def _split(text: str) -> tuple[str, str, str] | None:
    """(sign, digits with their separators, style of the minus) of a number, or None."""
    text = ascii_digits(text).replace("−", "-")
    core = _CORE.search(text)
    if not core:
        return None
    before, after = text[: core.start()], text[core.end() :]
    style = ""
    if "(" in before and ")" in after:
        before, after, style = before.replace("(", "", 1), after.replace(")", "", 1), "parentheses"
    elif "-" in after and "-" not in before:
        after, style = after.replace("-", "", 1), "trailing"
    elif before.lstrip(BLANKS)[:1] in ("-", "+") or before.rstrip(BLANKS)[-1:] in ("-", "+"):
        before = before.replace("-", "", 1).replace("+", "", 1)
    before, after = before.strip(BLANKS), after.strip(BLANKS)
    sign = before or after
    if (before and after) or re.search(r"[\d()+%-]", sign) or not _is_sign(sign):
        return None
    return sign, core[0], style


def _is_sign(text: str) -> bool:
    if not text:
        return True
    if any(unicodedata.category(letter) == "Sc" for letter in text):
        return len(text) <= 4
    return bool(re.fullmatch(_WORDS, text, re.I) or re.fullmatch(r"[A-Z]{3}", text))


def _separators(cores: list[str]) -> list[dict]:
    """The readings of the separators between digits: one, or two where nothing decides."""
    cores = [re.sub(f"[{BLANKS}]", " ", core).replace("’", "'") for core in cores]
    used = sorted({mark for core in cores for mark in core if not mark.isdigit()})
    if not used:
        return [{}]
    fitting = [
        (decimal, thousands, grouping)
        for decimal in (".", ",")
        for thousands in (None, ".", ",", " ", "'")
        for grouping in ((None, "indian") if thousands == "," else (None,))
        if decimal != thousands
        and set(used) <= {decimal, thousands}
        and all(re.fullmatch(_pattern(decimal, thousands, grouping), core) for core in cores)
    ]
    fitting = [one for one in fitting if one[1] is None or one[1] in used]
    plain = [one for one in fitting if one[2] is None]
    choices = []
    for decimal, thousands, grouping in plain or fitting:
        if decimal == "," and decimal not in used and thousands != ".":
            continue  # no decimals to be seen: the point is as good
        if decimal == "." and decimal not in used and thousands == ".":
            continue
        settings = {"decimal": ","} if decimal == "," and decimal in used else {}
        settings |= {"thousands": thousands} if thousands else {}
        settings |= {"grouping": grouping} if grouping else {}
        if settings not in choices:
            choices.append(settings)
    return choices


def _pattern(decimal: str, thousands: str | None, grouping: str | None) -> str:
    point = re.escape(decimal)
    whole = r"\d+"
    if thousands:
        mark = re.escape(thousands)
        groups = rf"\d{{1,2}}(?:{mark}\d{{2}})*{mark}\d{{3}}" if grouping else rf"\d{{1,3}}(?:{mark}\d{{3}})+"
        whole = rf"(?:\d+|{groups})"
    return rf"(?:{whole}(?:{point}\d*)?|{point}\d+)"
