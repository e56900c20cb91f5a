"""Digits of other scripts, and the marks written beside them, as ASCII: ๒๕๖๘ is 2568, ٣٫٥٠ is 3.50."""

_ZEROS = "\u0660\u06f0\u0966\u09e6\u0e50\u0ed0\u1040\u17e0\uff10"  # Arabic, Persian, Devanagari ... Khmer, full width
_MARKS = {"٫": ".", "٬": ",", "．": ".", "，": ",", "／": "/", "：": ":", "－": "-"}
OTHERS = "".join(chr(ord(zero) + digit) for zero in _ZEROS for digit in range(10)) + "".join(_MARKS)
ASCII = "0123456789" * len(_ZEROS) + "".join(_MARKS.values())
SOME = f"[{OTHERS}]"  # a text that holds one of them
_TABLE = str.maketrans(OTHERS, ASCII)


def ascii_digits(text: str) -> str:
    """The text with its digits as 0 to 9."""
    return text.translate(_TABLE)
