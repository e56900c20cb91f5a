"""The outcomes of a table of units: who converted, money, a count or a rate, each said as what it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.campaigns.covariate_table import as_numbers
from helpers.contracts.outcome_words import is_loss, no_number, upside_down, words_in
from helpers.errors import StudyError
from helpers.messages import Message, message, plain

CONVERSION, MONEY, COUNT, RATE, NUMBER = KINDS = ("conversion", "money", "count", "rate", "number")
PER = "per "  # and a column: the outcome's sum over that column's sum
POINTS = "points"  # a measure: shares and rates, whose differences are said in percentage points
MEASURES = {CONVERSION: POINTS, RATE: POINTS, MONEY: MONEY, COUNT: NUMBER, NUMBER: NUMBER}

RATIO = message(
    "trial.ratio",
    "Outcomes are those of the table experiment_units: {outcome} is the one's sum over the other's in each arm. Its error "
    "is that of units, however often each is counted (delta method).",
)
OF_THE_TABLE = message("trial.of_the_table", "Outcomes are those of the table experiment_units.")
COUNTED = message(
    "trial.counted",
    "Outcomes are those of the table experiment_units. Each {converted} counts {value} (parameter unit_value).",
)
NO_MONEY = message(
    "trial.no_money",
    "Outcomes are those of the table experiment_units: {outcome} is not money, so effects are in its own unit and no cost "
    "is taken off. If a conversion is worth money, state unit_value; if {outcome} is money, unit_outcome_kinds.",
)
NO_VALUE = message(
    "trial.no_value",
    "Outcomes are those of the table experiment_units: {outcome} is not money but a share, so effects are in points and no "
    "cost is taken off. If it is worth money, state unit_value.",
)


@dataclass(frozen=True)
class Outcomes:
    """What units did: `converted` (who did what was asked), `buys` (whose amount is not 0), `amount`, and its measure.

    measure: money, points (shares) or number: how amounts are said. names: of the columns, who converted first, then the
    amount. by_value: whether the amount is what a conversion counts. per: the column over whose sum that of the amount is
    taken, None for a mean of units.
    """

    converted: pd.Series
    buys: pd.Series
    amount: pd.Series
    measure: str
    names: tuple[str, ...]
    by_value: bool = False
    per: pd.Series | None = None


def read(table: pd.DataFrame, asked: Iterable[str] | Mapping[str, str], value: float) -> Outcomes:
    """Read one or two outcomes of units: a conversion, an amount, or both, in this order.

    asked: the columns, or what each measures, one of KINDS ("" where that is not said): without, 0 and 1 (true and false,
    yes and no) are a conversion, the second of two is money, and any other single one a plain number, in no currency. value:
    of a conversion, in money; 0 counts conversions. A single outcome may be "per COLUMN": its sum over that column's sum.
    """
    columns, kinds = list(asked), dict(asked) if isinstance(asked, Mapping) else {}
    if not 1 <= len(columns) <= 2:
        raise StudyError(
            f"unit_outcomes is {columns}: name the column that says who converted, then that of the money; either "
            "alone will do."
        )
    for name in columns:
        if name not in table:
            raise StudyError(
                f"experiment_units has no column {name!r}; it has {', '.join(map(str, table.columns))}. "
                "Name its columns in the study: parameters unit_outcomes, unit_outcome_kinds and unit_covariates."
            )
    if any(kinds.get(name, "").startswith(PER) for name in columns):
        return _ratio(table, columns, kinds)
    numbers = {name: _numbers(table, name) for name in columns}
    found = {name: _kind(numbers[name], name, kinds, second=place == 1) for place, name in enumerate(columns)}
    if len(columns) == 2 and CONVERSION not in found.values():
        raise StudyError(
            f"Of {columns[0]!r} and {columns[1]!r} none says who converted: one of two outcomes holds 0 and 1 (true, false, "
            "yes, no). Name one column, or the other one."
        )
    flags = [name for name, kind in found.items() if kind == CONVERSION]
    amounts = [name for name, kind in found.items() if kind != CONVERSION]
    if not amounts:
        flag = numbers[flags[0]].eq(1)
        _refuse_loss(flags[0], flag * (value or 1.0))
        amount = flag * (value or 1.0)
        return Outcomes(flag, flag, amount, MONEY if value else POINTS, (flags[0],), bool(value))
    amount = numbers[amounts[0]]
    _refuse_loss(amounts[0], amount)
    buys = amount.ne(0)
    converted = numbers[flags[0]].eq(1) if flags else buys
    return Outcomes(converted, buys, amount, MEASURES[found[amounts[0]]], (*flags, amounts[0]))


def note(done: Outcomes, value: float) -> Message:
    """Say where the outcomes come from and what they count; value: what each conversion counts in money."""
    if done.per is not None:
        return RATIO(outcome=done.names[0])
    if done.measure != MONEY:
        return (NO_VALUE if done.measure == POINTS else NO_MONEY)(outcome=done.names[-1])
    return COUNTED(converted=done.names[0], value=plain(value)) if done.by_value else OF_THE_TABLE()


def _ratio(table: pd.DataFrame, columns: list[str], kinds: dict[str, str]) -> Outcomes:
    """One outcome over another: clicks per impressions, money per visit; told in points where it cannot exceed 1."""
    if len(columns) > 1:
        raise StudyError(
            f"unit_outcome_kinds makes a ratio of one of {', '.join(columns)}: name that outcome alone in unit_outcomes."
        )
    name = columns[0]
    over = kinds[name].removeprefix(PER).strip()
    if over not in table:
        raise StudyError(
            f"unit_outcome_kinds.{name} is {kinds[name]!r}: experiment_units has no column {over!r}; it has "
            f"{', '.join(map(str, table.columns))}."
        )
    amount, per = _numbers(table, name), _numbers(table, over)
    _refuse_loss(name, amount)
    if (per < 0).any() or not (per > 0).any():
        raise StudyError(
            f"Column {over!r} of experiment_units is what {name!r} is divided by: it lies at 0 or above."
        )
    measure = POINTS if bool(amount.between(0, per).all()) else NUMBER
    everybody = pd.Series(True, table.index)
    return Outcomes(everybody, everybody, amount, measure, (f"{name} per {over}",), per=per)


def _refuse_loss(name: str, amount: pd.Series) -> None:
    if is_loss(name) and (amount > 0).any():
        raise upside_down(name)


def _kind(values: pd.Series, name: str, kinds: dict[str, str], *, second: bool) -> str:
    said = kinds.get(name, "")
    if said and said not in KINDS:
        raise StudyError(
            f"unit_outcome_kinds.{name} is {said!r}: it can be one of {', '.join(KINDS)}, or per COLUMN."
        )
    is_flag = bool(values.isin([0, 1]).all())
    if said == CONVERSION and not is_flag:
        strange = sorted(set(values) - {0, 1})[0]
        raise StudyError(
            f"Column {name!r} of experiment_units says who converted: it may hold 0 and 1 only, not {strange:g}."
        )
    if said == RATE and not values.between(0, 1).all():
        raise StudyError(f"Column {name!r} of experiment_units is a rate: it lies between 0 and 1.")
    return said or (MONEY if second else CONVERSION if is_flag else NUMBER)


def _numbers(table: pd.DataFrame, name: str) -> pd.Series:
    values = as_numbers(table[name])
    if values is None:
        raise no_number(name, words_in(table[name]))
    bad = int((~np.isfinite(values)).sum())
    if bad:
        raise StudyError(
            f"Column {name!r} of experiment_units is no number in {bad:,} of {len(table):,} rows: an outcome is known of "
            "every unit. Fill it (0 for nothing), or leave those units out of both arms (`where`)."
        )
    return values
