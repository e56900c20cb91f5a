"""A test of which only counts are known: the columns that count an arm's units, and those of them who converted."""

import re
from collections.abc import Sequence

import pandas as pd

from helpers.commands.drafting import (
    by_shape,
    column_types,
    shape_words,
    words,
    yes_or_no,
)
from helpers.contracts.checked import sql_name, sql_text

_COUNTS = {  # columns of a test told by a row per arm; a word before `*` is the whole name
    "arm": "arm*|variant*|variation*|variation name*|variant name*|experience*|combination*"
    "|recipe*|test variant*|test group|experiment group|treatment*|group*|version*|testgruppe|gruppe*"
    "|offer*|creative*|variante*|groupe*|grupo*|variante*|nhom*"
    "|กลุ่ม*",
    "units": "units*|visitors*|users*|sessions*|participants*|recipients*|sent*|delivered*|customers*"
    "|contacts*|n*|count*|counts*|freq*|frequency*|anzahl*|users total*|total users*|total visitors*|impressions*"
    "|of impressions*|reach*|pageviews*|page views*|besucher*|nutzer*|visiteurs*|visitantes*|luot truy cap|so nguoi"
    "|empfanger*|angeschriebene*|angeschrieben*|versendet*|verschickt*|zugestellt*|kontakte*|destinataires*|envois*|envoyes*"
    "|destinatarios*|enviados*|usuarios*|destinatari*|inviati*|nguoi nhan*|da gui*|ผู้รับ*",
    "conversions": "conversions*|converted*|purchases*|orders*|buyers*|conversion count|of purchases*|of purchase*"
    "|total orders*|signups*|sign ups*|enrollments*|enrolments*|responses*|responders*|clicks*|bestellungen*|konversionen*"
    "|commandes*|conversiones*|pedidos*|don hang*|chuyen doi|kaufe*|kaeufe*|achats*|compras*"
    "|kaufer*|besteller*|antworten*|klicks*|anmeldungen*|acheteurs*|reponses*|clics*|compradores*|respuestas*|acquirenti*|acquisti*"
    "|nguoi mua*|luot mua*|ผู้ซื้อ*",
    "sum": "revenue*|sales*|total revenue|umsatz*|ca*|ingresos*|doanh thu*|ยอดขาย",
    "sum_of_squares": "sum of squares|revenue squared|sum sq*|sumsq*|umsatz quadrat*|quadratsumme*|summe der quadrate*",
}
_RATES = (
    "conversion rate*|cr*|cvr*|rate*|response rate*|click rate*|ctr*|click through rate*|open rate*"
    "|retention*|retention rate*|redemption rate*|konversionsrate*|taux de conversion*|tasa de conversion*|ty le chuyen doi*"
)
_MEAN = re.compile(r"(mean|avg|average|mittelwert|durchschnitt|moyenne|promedio|media|trung binh)\b|ค่าเฉลี่ย")
_SPREAD = re.compile(
    r"(sd|std|stdev|stddev|std dev|standard deviation|standardabweichung|ecart type|desviacion|do lech chuan)\b"
)
_ERROR = re.compile(r"(se|sem|stderr|std err|std error|standard error|standardfehler|erreur type)\b")
SQUARES = "sum_of_squares_of_arm"  # made of a mean and its spread, as the sum is that bears the mean's name
MEANS_SAID = "the units times their mean; the squares are the units times its square and their variance"
_DENIED = re.compile(r"(not|no|non|nicht|kein\w*|không|chưa|ไม่)[ _-]?\w", re.IGNORECASE)
CELLS_SAID = "each row counts those of an arm who did, or who did not"
STRATA_SAID = "the arms are compared within it; leave it out if it was not known before the assignment"
RATE_SAID = "the units times their rate, to whole ones: of a rounded rate a few too many or too few"
MOST_ARMS = 20
MOST_PARTS, MOST_KINDS = (
    4,
    60,
)  # columns that part the units of an arm into cells, and different values of one
FEWEST_UNITS = 20  # of an arm


def of_rows(rows: pd.DataFrame, arm: str, columns: Sequence[str]) -> dict[str, str]:
    """The columns of units and conversions where each arm has one row, by their values alone; {} where none are.

    rows: the file's, with their arms in `arm`; columns: those that may count. The largest counts units, the first other one
    that nowhere exceeds it those who converted.
    """
    if not 2 <= len(rows) <= MOST_ARMS or rows[arm].duplicated().any():
        return {}
    numbers = {name: pd.to_numeric(rows[name], errors="coerce") for name in columns}
    whole = {name: one for name, one in numbers.items() if ((one >= 0) & (one % 1 == 0)).all()}
    units = max(whole, key=lambda name: whole[name].min(), default="")
    done = [name for name, one in whole.items() if name != units and (one <= whole[units]).all()]
    if not done or whole[units].min() < FEWEST_UNITS or len(done) < len(whole) - 1:
        return {}
    return {"units": units, "conversions": done[0]}


def of_arms(values: dict[str, list[str]]) -> dict[str, str]:
    """The columns of a test with a row per arm: arm, units, conversions, and a sum where there is one; else nothing."""
    plain = {words.plain(column): column for column in reversed(values)}
    found: dict[str, str] = {}
    for name, listed in _COUNTS.items():
        own = next(
            (one for one in words.finds(tuple(listed.split("|")), plain) if one not in found.values()), None
        )
        if own and (name == "arm" or column_types.is_a("number", "", values[own])):
            found[name] = own
    named = [name for name, texts in values.items() if any(map(shape_words.STRICT_CONTROL.search, texts))]
    if "arm" not in found and len(named) == 1:
        found["arm"] = named[0]
    if "conversions" in found and yes_or_no.is_flag(values[found["conversions"]]):
        del found["conversions"]  # it tells who did from who did not, and counts nobody
    if {"arm", "units"} <= set(found) and not {"conversions", "sum"} & set(found):
        rest = {name: own for name, own in values.items() if name not in found.values()}
        told = rate_of(values) or (_are_cells(rest) and _done(rest)[0])
        found |= {"conversions": "conversions"} if told else {}  # made of the rate, or of cells
    if {"arm", "units"} <= set(found) and _mean_and_spread(values)[0]:
        found |= {"conversions": found["units"], "sum": _averaged(values), "sum_of_squares": SQUARES}
    few = len(values.get(found.get("arm", ""), [])) <= MOST_ARMS
    whole = few and {"arm", "units", "conversions"} <= set(found) and not by_shape.id_of(values)
    return found if whole else {}  # with an id, rows are units


def _mean_and_spread(values: dict[str, list[str]]) -> tuple[str, str, str]:
    """The columns of an arm's mean, the spread of its units and the error of the mean; empty where they are not there."""
    numbers = {words.plain(name): name for name in values if column_types.is_a("number", "", values[name])}
    mean, error, spread = (
        next((name for plain, name in numbers.items() if one.match(plain)), "")
        for one in (_MEAN, _ERROR, _SPREAD)
    )
    spread = "" if spread == error else spread
    return (mean, spread, error) if mean and (spread or error) else ("", "", "")


def _averaged(values: dict[str, list[str]]) -> str:
    """What a mean is of, by the rest of its column's name: revenue of avg_revenue."""
    name = _mean_and_spread(values)[0]
    rest = re.sub(r"[\W_]+", "_", _MEAN.sub("", words.plain(name)).removeprefix(" of")).strip("_")
    return rest if rest and rest not in values else "outcome_of_units"


def _from_means(counts: dict[str, str], values: dict[str, list[str]]) -> dict[str, str]:
    mean, spread, error = map(sql_name, _mean_and_spread(values))
    units = sql_name(counts["units"])
    variance = f"{spread} * {spread}" if spread != sql_name("") else f"{units} * {error} * {error}"
    return {counts["sum"]: f"{units} * {mean}", SQUARES: f"{units} * ({mean} * {mean} + {variance})"}


def rate_of(values: dict[str, list[str]]) -> str:
    """The column that holds the rate at which units converted, "" where none does."""
    plain = {words.plain(column): column for column in reversed(values)}
    found = words.finds(tuple(_RATES.split("|")), plain)
    return next((name for name in found if _in_hundreds(values[name]) is not None), "")


def _in_hundreds(texts: list[str]) -> bool | None:
    """Whether rates are written in per cent; None where they are none."""
    try:
        numbers = [float(text.strip().removesuffix("%").strip()) for text in texts if text.strip()]
    except ValueError:
        return None
    if not numbers or not 0 <= min(numbers) <= max(numbers) <= 100:
        return None
    return any("%" in text for text in texts) or max(numbers) > 1


def _from_rate(counts: dict[str, str], values: dict[str, list[str]]) -> dict[str, str]:
    name = rate_of(values)
    share = f"CAST(replace({sql_name(name)}, '%', '') AS DOUBLE)" + " / 100" * bool(
        _in_hundreds(values[name])
    )
    return {"conversions": f"round({sql_name(counts['units'])} * {share})"}


def _done(values: dict[str, list[str]]) -> tuple[str, str]:
    """The column that parts those who converted from the others, and its value of those who did; empty where none does."""
    for name in sorted(values, key=lambda one: not shape_words.WON.fullmatch(words.plain(one))):
        texts = values[name]
        if yes_or_no.is_flag(texts):
            return name, yes_or_no.yes(texts)
        if (
            len(found := sorted(set(texts), key=len)) == 2
            and _DENIED.match(found[1])
            and found[0] in found[1]
        ):
            return name, found[0]
    return "", ""


def _are_cells(rest: dict[str, list[str]]) -> bool:
    """Whether the columns beside arm and units part a test into a few cells, and tell nothing of single units."""
    return len(rest) <= MOST_PARTS and all(len(set(texts)) <= MOST_KINDS for texts in rest.values())


def _from_cells(
    counts: dict[str, str], values: dict[str, list[str]]
) -> tuple[dict[str, str], dict[str, str]]:
    """The conversions of rows that count those who converted and those who did not, and the strata beside them."""
    rest = {name: texts for name, texts in values.items() if name not in counts.values()}
    name, yes = _done(rest)
    converted = f"CASE WHEN {sql_name(name)} = {sql_text(yes)} THEN {sql_name(counts['units'])} ELSE 0 END"
    others = [own for own in rest if own != name]
    strata = " || ' ' || ".join(map(sql_name, others))
    said = {"conversions": CELLS_SAID} | ({"stratum": STRATA_SAID} if others else {})
    return {"conversions": converted} | ({"stratum": strata} if others else {}), said


def columns(values: dict[str, list[str]], counts: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The contract's columns of a test with such counts, and what is doubtful about them."""
    found = {"unit_id": by_shape.ROW_NUMBER, "arm": counts["arm"]}
    if counts.get("sum_of_squares") == SQUARES:
        return found | _from_means(counts, values), {counts["sum"]: MEANS_SAID}
    if counts["conversions"] in values:
        return found, {}
    made, said = (
        (_from_rate(counts, values), {"conversions": RATE_SAID})
        if rate_of(values)
        else _from_cells(counts, values)
    )
    return found | made, said
