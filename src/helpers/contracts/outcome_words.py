"""Words in and of outcomes of units: yes and no, values that are no number, and names that say a loss.

More of a loss would be told as better, and the verdict would be upside down.
"""

import re
import unicodedata

import pandas as pd

from helpers.contracts.not_said import said
from helpers.contracts.status_words import FALSE, TRUE
from helpers.errors import StudyError

FLAGS = {one: 0.0 for one in FALSE} | {one: 1.0 for one in TRUE}
CROSS = "x"  # as often a name

BEFORE = re.compile(  # names of what was known before the assignment: it is no outcome
    r"past|prior|previous|prev[_ .]|before|histor|earlier|baseline|(^|[_ .])(last|pre|old|recency|frequency)([_ .]|$)",
    re.IGNORECASE,
)
NOT = re.compile(  # words that deny a loss
    "not?|non|un|without|nicht|ohne|sans|sin|khong|kept|saved|avoided|prevented|stopped|won|winback|reactivated|recovered"
    "|retained|renewed|returning|resolved|solved"
)
WORDS = re.compile(  # beginnings of words, without accents
    "churn|cancel|unsub(s|scri)|attrition|complain|bounced?$|refund|opt.?outs?$|chargeback|lapsed?$|defect|abandon|noshow|delinquen|overdue|downgrad|uninstall|dropouts?$|died$|deaths?$|dead$|mortality|fraud|spam|hospitali|accident|injur"
    "|kundig|gekundig|abgemeldet|abmeld|storn|beschwer|resili|desabon|desinscri|annul|cancelad|devolu|huy$|khieu"
)
THAI = ("ยกเลิก", "ร้องเรียน", "คืนเงิน")


def is_loss(name: str) -> bool:
    """Whether a column's name says a loss, such as churned or cancelled_at_month_3, and does not deny it."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    parted = re.sub(r"([a-z])([A-Z])", r"\1 \2", plain).casefold()
    words = re.findall(r"[^\W_]+", re.sub(r"(opt|drop|no)[\W_](outs?|shows?)(?![^\W_])", r"\1\2", parted))
    said = any(WORDS.match(one) for one in words) or any(one in name for one in THAI)
    return said and not any(map(NOT.fullmatch, words))


def upside_down(name: str) -> StudyError:
    """The error that says why a loss cannot be an outcome that counts as a gain, with the ways out."""
    return StudyError(
        f"unit_outcomes names {name!r}, which reads as a loss, and more of an outcome counts as better. Turn it round under "
        f"columns of experiment_units, such as `kept: \"{name} IN ('no', 'false', '0')\"` or `less: \"-{name}\"`, and name "
        "that column in its place; or say what each costs, such as `unit_value: -50`."
    )


def counts_loss(name: str) -> StudyError:
    """The error that says why those who did what reads as a loss cannot be counted as a gain, with the way out."""
    return StudyError(
        f"unit_counts counts {name!r} as conversions, which reads as a loss, and more of them counts as better. Count those "
        f'who did not, such as `kept: "units - {name}"` under columns of experiment_units (with your column of units), and '
        "state `conversions: kept`."
    )


def words_in(column: pd.Series) -> list[str]:
    """The different values that are neither a number nor a flag; what nobody said counts as blank."""
    text = said(column.astype("string").str.strip()).dropna()
    unread = pd.to_numeric(text, errors="coerce").isna() & flags_in(text).isna()
    return list(dict.fromkeys(text[unread]))


def flags_in(text: pd.Series) -> pd.Series:
    """Yes as 1 and no as 0, in the usual words, all else as gaps; an x is yes where nothing but no stands beside it."""
    plain = text.str.normalize("NFC").str.casefold()
    found = plain.map(FLAGS).astype(float)
    others = found[plain.notna() & plain.ne(CROSS)]
    return found if others.eq(0).all() else found.mask(plain.eq(CROSS).fillna(False).astype(bool))


def no_number(name: str, seen: list[str]) -> StudyError:
    """The error that says that an outcome holds words, or amounts written as nobody stated, with the ways out."""
    shown = ", ".join(map(repr, seen[:3]))
    return StudyError(
        f"unit_outcomes names {name!r}, which holds {shown}: no number, and not yes or no. Amounts are read once their "
        f"file's currency_sign, decimal or thousands are stated. Of words, say under columns of experiment_units which of "
        f"them count, such as `done: \"{name} IN ('{seen[0]}')\"`, and name that column in its place."
    )
