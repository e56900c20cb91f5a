"""One form for ids that are written in several: case, blanks, invisible marks, Unicode forms, leading zeros."""

import ibis

_INVISIBLE = "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
_PLAIN = "^[!-&(-/1-~][!-~]*$"  # neither blanks nor marks, no zero or apostrophe in front: case is all
_BLANKS = "[\\s\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"
_WIDE = "".join(map(chr, range(0xFF01, 0xFF5F)))
_ASCII = "".join(map(chr, range(0x21, 0x7F)))


# DuckDB's own function; on Spark helpers.tables.spark defines it under the same name.
@ibis.udf.scalar.builtin
def nfc_normalize(text: str) -> str:  # type: ignore[empty-body]
    """Text in Unicode's composed form."""


def normalised(ids: ibis.Value) -> ibis.Value:
    """Return ids (text) in one form: composed, half-width, lower case, single blanks, no leading zeros or apostrophe.

    Leading zeros go only where the rest is digits: 00107 becomes 107, A007 stays a007.
    """
    return ibis.ifelse(ids.re_search(_PLAIN), ids.lower(), _rewritten(ids))


def _rewritten(ids: ibis.Value) -> ibis.Value:
    text = ids.re_replace(_INVISIBLE, "").translate(_WIDE, _ASCII)
    text = nfc_normalize(text.re_replace(_BLANKS, " ").re_replace("^[ ']+| +$", "").lower())
    return text.re_replace(r"^0+(\d+)$", r"\1").nullif("")
