"""What is known of units before the assignment, ready for a model: codes are found, gaps filled and flagged."""

from dataclasses import dataclass

import pandas as pd

from helpers.contracts.not_said import code_of, said
from helpers.contracts.outcome_words import flags_in
from helpers.errors import StudyError
from helpers.messages import Message, count, listing, message, plain

MISSING = "{}: missing"
LEFT_OUT = message(
    "covariates.left_out",
    "Left out, as the same for everyone, missing for all or a name of its own for each: {names}.",
)
FILLED = message(
    "covariates.filled",
    "Missing values are a group of their own: {names}.",
)
OF = message("covariates.of", "{name} ({missing})")
CODES = message(
    "covariates.codes",
    "{name} is {value} for {units}, far from all other values: read as a code for missing.",
)


@dataclass(frozen=True)
class Covariates:
    """Covariates of units: `table` without gaps, the names of numbers and of kinds in it, and what was done."""

    table: pd.DataFrame
    numeric: list[str]
    named: list[str]
    notes: list[Message]


def read(table: pd.DataFrame, names: list[str]) -> Covariates:
    """Read columns known before the assignment: numbers of any sign, true and false, or names.

    A number that has gaps (or a code such as -999) is filled with the middle value, and a 0/1 column "NAME: missing" says
    where. A kind that is missing is the kind "missing".
    """
    made: dict[str, pd.Series] = {}
    numeric, named, filled, useless, notes = [], [], [], [], []
    for name in names:
        if name not in table:
            raise StudyError(
                f"experiment_units has no column {name!r}; it has {', '.join(map(str, table.columns))}. "
                "Name its columns in the study: parameters unit_outcomes and unit_covariates."
            )
        numbers = as_numbers(table[name])
        if numbers is None:
            kinds = _kinds(table[name])
            if kinds.nunique() < 2 or kinds.nunique() > max(50, len(kinds) / 2):
                useless.append(name)
                continue
            made[name] = kinds
            named.append(name)
            continue
        code = code_of(numbers)
        if code is not None:
            hidden = numbers == code
            notes.append(CODES(name=name, value=plain(code), units=count(int(hidden.sum()), "unit")))
            numbers = numbers.mask(hidden)
        gaps = numbers.isna()
        if gaps.all() or (numbers.nunique() < 2 and not gaps.any()):
            useless.append(name)
            continue
        made[name] = numbers.fillna(numbers.median())
        numeric += [name] if made[name].nunique() > 1 else []
        if gaps.any():
            filled.append(OF(name=name, missing=count(int(gaps.sum()), "unit")))
            made[MISSING.format(name)] = gaps.astype(float)
            numeric.append(MISSING.format(name))
    notes += [FILLED(names=listing(filled))] if filled else []
    notes += [LEFT_OUT(names=listing(useless))] if useless else []
    return Covariates(pd.DataFrame(made, index=table.index), numeric, named, notes)


def as_numbers(column: pd.Series) -> pd.Series | None:
    """The column as numbers, true and yes as 1, blanks as gaps; None where it holds names."""
    if column.dtype.kind in "biuf":
        return column.astype(float)
    text = said(column.astype("string").str.strip())
    numbers = pd.to_numeric(text, errors="coerce")
    if numbers.notna().eq(text.notna()).all():
        return numbers.astype(float)
    flags = flags_in(text)
    return flags if flags[text.notna()].notna().all() else None


def _kinds(column: pd.Series) -> pd.Series:
    text = column.astype("string").str.strip()
    return said(text).fillna("missing").astype("string")
