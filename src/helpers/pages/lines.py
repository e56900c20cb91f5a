"""Labels of figures in short lines: at spaces, and in Thai, which has none between words, where a word ends."""

import re
import textwrap
import unicodedata
from functools import cache
from typing import Any

from helpers.languages import language
from helpers.pages.wording import unbroken

# Words of ours that the parser takes for two.
WHOLE = (
    "กลุ่ม", "ควบคุม", "จังหวะ", "ภักดี", "โซเชียลมีเดีย", "ล่าสุด", "กลับมา", "บัตรกำนัล", "จุดร้อยละ", "ชิมกาแฟ", "แคมเปญ",
    "การเปลี่ยนแปลง",
)  # fmt: skip

_BEFORE = {"(", "“", *map(chr, range(0x0E01, 0x0E2F))}  # a letter alone is the beginning of a word


def lines(text: str, signs: int, *, cut: bool = True) -> list[str]:
    """Return a text in lines of about so many signs, no number without its unit.

    cut: also within a word that is longer, but in Thai.
    """
    if language() != "th":
        wrapped = textwrap.wrap(unbroken(text), signs, break_long_words=cut)
        return [line.replace("\u00a0", " ") for line in wrapped]
    found: list[str] = []
    for word in _words(re.sub(r"[ \n]+", " ", text.strip())):
        if found and _width((found[-1] + word).rstrip()) <= signs:
            found[-1] += word
        elif word.strip():
            found.append(word)
    return [line.strip() for line in found]


def _words(text: str) -> list[str]:
    """The words of a Thai text, spaces between them; no mark stands apart from its letter."""
    found: list[str] = []
    for word in _parser().parse(text):
        stays = found and (found[-1] in _BEFORE or word[0] in ")”\u00a0ๆ" or _is_within(text, found, word))
        if stays:
            found[-1] += word
        else:
            found.append(word)
    return found


def _is_within(text: str, before: list[str], word: str) -> bool:
    """Whether a word goes on with one that stays whole."""
    start = sum(map(len, before))
    places = [(text.find(one, max(0, start - len(one) + 1)), len(one)) for one in WHOLE]
    return any(0 <= place < start < place + length for place, length in places)


def _width(text: str) -> int:
    """How many signs stand beside each other: marks above and below letters take no room."""
    return sum(unicodedata.category(sign) != "Mn" for sign in text)


@cache
def _parser() -> Any:
    import budoux  # noqa: PLC0415 (only where Thai is drawn)

    return budoux.load_default_thai_parser()
