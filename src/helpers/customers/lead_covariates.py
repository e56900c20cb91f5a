"""What may predict a lead's outcome: attributes known in time, with those that give the outcome away kept out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.contracts.not_said import code_of, said
from helpers.customers import lead_leaks
from helpers.customers.lead_leaks import MOST_LEVELS
from helpers.errors import StudyError
from helpers.messages import count, listing, message
from helpers.study.table_columns import TABLES

NAMED = "named in the study as known only after the outcome"
NOBODY, SAME = "nothing is said", "the same everywhere"
ADVICE = message(
    "leads.telling_advice",
    "{columns} looks like it is known only after the outcome: name it in `after_outcome`, or explain how it can be known "
    "before.",
)


@dataclass(frozen=True)
class Covariates:
    """`design` (leads x standardised columns); `columns`: column, used, why; `suspects`: those kept out unasked.

    `log_spread` gives the standard deviation of the logarithm of each column that was taken as its logarithm.
    """

    design: pd.DataFrame
    columns: pd.DataFrame
    suspects: tuple[str, ...]
    log_spread: dict[str, float]


def covariates(leads: pd.DataFrame, asked: list[str], after_outcome: list[str]) -> Covariates:
    """Choose and code the attributes of leads that may predict: those `asked` for, or all.

    Kept out: the contract's own columns (dates and the cost so far grow with the stages), what is named in
    `after_outcome`, dates, texts with more than 12 values, ids, and what gives the outcome away (`lead_leaks`). What says
    nothing ("Select", "unknown", -999) is missing, and a missing value counts as an average one: being filled never
    predicts. StudyError when an attribute that must not predict is asked for, or a name is unknown.
    """
    own = {column.name for column in TABLES["leads"].columns}
    attributes = [name for name in leads.columns if name not in own]
    for name in [*asked, *after_outcome]:
        if name not in attributes:
            raise StudyError(
                f"The leads have no attribute {name!r}; they have {', '.join(attributes) or 'none'}."
            )
    found = lead_leaks.outcomes(leads)
    parts, rows, suspects = [], [], []
    skewed: dict[str, float] = {}
    for name in attributes:
        values = _as_said(leads[name])
        leak = NAMED if name in after_outcome else lead_leaks.why(values, found)
        suspects += [name] if leak in (lead_leaks.FILLED, lead_leaks.TELLS) else []
        if leak and name in asked:
            raise StudyError(
                f"The column {name!r} of leads {'' if leak == lead_leaks.TELLS else 'is '}{leak}: it must not predict. Take "
                "it out of `lead_attributes`."
            )
        coded = leak or ("not asked for" if asked and name not in asked else _coded(values))
        if isinstance(coded, pd.DataFrame):
            parts.append(coded)
            skewed |= {name: float(np.log(values).std())} if _is_skewed(values) else {}
        rows.append((name, not isinstance(coded, str), coded if isinstance(coded, str) else ""))
    design = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=leads.index)
    columns = pd.DataFrame(rows, columns=["column", "used", "why"])
    return Covariates(design.reset_index(drop=True), columns, tuple(suspects), skewed)


def check_telling(chosen: Covariates) -> Check:
    """Ask whether a column that was not named in the study gives the outcome away."""
    suspects = chosen.suspects
    advice = ADVICE(columns=listing(suspects)) if suspects else None
    return check(
        "columns that give the outcome away",
        review=bool(suspects),
        value=count(len(suspects), "column"),
        threshold=count(0, "column"),
        advice=advice,
    )


def _as_said(values: pd.Series) -> pd.Series:
    """The column with what says nothing as missing; numbers where all that is left are numbers."""
    known = said(values)
    if _is_number(known):
        code = code_of(known.astype(float))
        return known if code is None else known.astype(float).mask(known == code)
    if known.dtype.kind in "bM":
        return known
    number = pd.to_numeric(known, errors="coerce")
    return _as_said(number) if known.notna().any() and number.notna().eq(known.notna()).all() else known


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _is_skewed(values: pd.Series) -> bool:
    """Whether a column is a positive quantity whose logarithm says more."""
    return _is_number(values) and bool(values.min() > 0 and values.astype(float).skew() > 1)


def _coded(values: pd.Series) -> pd.DataFrame | str:
    """A column as standardised numbers, missing ones as the mean; or why it cannot be used."""
    if not values.notna().any():
        return NOBODY
    if pd.api.types.is_datetime64_any_dtype(values):
        return "a date"
    if _is_number(values):
        number = values.astype(float)
        number = np.log(number) if _is_skewed(values) else number
        spread = number.std()
        if not spread > 0:
            return SAME
        return ((number - number.mean()) / spread).fillna(0.0).rename(str(values.name)).to_frame()
    text = values.dropna().astype(str)
    levels = text.value_counts().index
    if len(levels) < 2:
        return SAME
    if len(levels) > MOST_LEVELS:
        return f"a text with more than {MOST_LEVELS} values"
    coded = {f"{values.name} {level}": (text == level).astype(float) for level in levels[1:]}
    design = pd.DataFrame(coded).reindex(values.index)
    return design.fillna(design.mean())
