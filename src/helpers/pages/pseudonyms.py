"""Lists that leave the house: ids as pseudonyms that only the study's key makes, the same in every list and every run."""

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.errors import StudyError
from helpers.files import replace

if TYPE_CHECKING:
    import pandas as pd

KEY = ".pseudonyms.key"  # in the study's own folder, for the owner only
# Columns of lists that stand for a person or a firm.
IDS = ("customer_id", "contact_id", "lead_id", "account_id", "parent_id", "referred_by", "entity", "known_as")
VALUES = ("examples", "smallest", "largest", "most_frequent")  # hold values of the tables as they are
BYTES, DIGITS = 32, 20  # of the key; of a pseudonym: 80 bits, no two of a billion ids alike


def key_of(home: Path) -> bytes:
    """Return the study's key, made on first use; who removes it gets other pseudonyms from then on.

    StudyError where the file is no such key.
    """
    path = home / KEY
    if not path.is_file():
        replace(path, lambda partial: partial.write_text(secrets.token_hex(BYTES), encoding="utf-8"))
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    if len(text) != 2 * BYTES or set(text) - set("0123456789abcdef"):
        raise StudyError(
            f"{path} is not the key of this study's pseudonyms, which is {2 * BYTES} hexadecimal digits: bring it back from "
            "a copy, or remove it to get other pseudonyms from now on."
        )
    return bytes.fromhex(text)


def replaced(table: "pd.DataFrame", key: bytes) -> "pd.DataFrame":
    """Return a list with pseudonyms for ids (HMAC-SHA256, RFC 2104) and without columns that hold values of the tables."""
    kept = table.drop(columns=[name for name in VALUES if name in table])
    names = [name for name in IDS if name in kept]
    return kept.assign(**{name: kept[name].map(lambda value: _pseudonym(value, key)) for name in names})


def _pseudonym(value: object, key: bytes) -> object:
    if value is None or value != value:  # noqa: PLR0124 (a gap stays one)
        return value
    return hmac.new(key, str(value).encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:DIGITS]
