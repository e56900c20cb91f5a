"""What may predict a lead's outcome: attributes known in time, with those that give the outcome away kept out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.messages import listing, message
from helpers.study.table_columns import TABLES

TELLING = 0.95  # area under the ROC curve from which a single column is not believed
MOST_LEVELS = 12
NAMED = "named in the study as known only after the outcome"
TELLS = "gives the outcome away"
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
    `after_outcome`, dates, texts with more than 12 values, and columns that alone tell won leads from the others with
    an area under the ROC curve of .95 or more, by their value or by being filled. StudyError when such a column is
    asked for, or a name is unknown.
    """
    own = {column.name for column in TABLES["leads"].columns}
    attributes = [name for name in leads.columns if name not in own]
    for name in [*asked, *after_outcome]:
        if name not in attributes:
            raise StudyError(
                f"The leads have no attribute {name!r}; they have {', '.join(attributes) or 'none'}."
            )
    won = leads["won_at"].notna().to_numpy()
    parts, rows, suspects = [], [], []
    for name in attributes:
        values = leads[name]
        if name in after_outcome:
            why = NAMED
        elif _tells(values, won):
            why = TELLS
            suspects.append(name)
        elif asked and name not in asked:
            why = "not asked for"
        else:
            coded = _coded(values)
            why = "" if isinstance(coded, pd.DataFrame) else coded
            parts += [] if why else [coded]
        if name in asked and why in (NAMED, TELLS):
            raise StudyError(
                f"The column {name!r} of leads {TELLS if why == TELLS else f'is {NAMED}'}: it must not predict. Take it out "
                "of `lead_attributes`."
            )
        rows.append((name, not why, why))
    design = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=leads.index)
    columns = pd.DataFrame(rows, columns=["column", "used", "why"])
    skewed = {
        name: float(np.log(leads[name]).std())
        for name in design.columns
        if name in leads and _is_skewed(leads[name])
    }
    return Covariates(design.reset_index(drop=True), columns, tuple(suspects), skewed)


def check_telling(chosen: Covariates) -> Check:
    """Ask whether a column that was not named in the study gives the outcome away."""
    suspects = chosen.suspects
    advice = ADVICE(columns=listing(suspects)) if suspects else None
    return check(
        "columns that give the outcome away",
        review=bool(suspects),
        value=len(suspects),
        threshold=0,
        advice=advice,
    )


def _tells(values: pd.Series, won: np.ndarray) -> bool:
    """Whether the column's values, or its being filled, separate the won leads from all others."""
    if won.all() or not won.any():
        return False
    tries = [values.notna().to_numpy(dtype=float)]
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        tries.append(values.fillna(values.median()).to_numpy(dtype=float))
    elif values.nunique() <= MOST_LEVELS:
        text = values.astype(str)
        tries.append(text.map(pd.Series(won, index=values.index).groupby(text).mean()).to_numpy(dtype=float))
    areas = [roc_auc_score(won, one) for one in tries if np.isfinite(one).all()]
    return bool(areas) and max(max(area, 1 - area) for area in areas) >= TELLING


def _is_skewed(number: pd.Series) -> bool:
    """Whether a column is a positive quantity whose logarithm says more."""
    return bool(number.min() > 0 and number.astype(float).skew() > 1)


def _coded(values: pd.Series) -> pd.DataFrame | str:
    """A column as standardised numbers, or why it cannot be used."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return "a date"
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        number = values.astype(float)
        number = np.log(number) if _is_skewed(number) else number
        number = number.fillna(number.median())
        spread = number.std()
        return (
            ((number - number.mean()) / spread).rename(str(values.name)).to_frame()
            if spread > 0
            else "the same everywhere"
        )
    text = values.astype(object).where(values.notna(), "unknown").astype(str)
    levels = text.value_counts().index
    if len(levels) < 2:
        return "the same everywhere"
    if len(levels) > MOST_LEVELS:
        return f"a text with more than {MOST_LEVELS} values"
    return pd.DataFrame({f"{values.name} {level}": (text == level).astype(float) for level in levels[1:]})
