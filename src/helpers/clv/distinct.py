"""The distinct rows of a customer summary, which are all that a purchase model reads of a base."""

import numpy as np
import pandas as pd

from helpers.errors import StudyError

LOG_GAPS = "log_gaps"  # the sum of the logarithms of the gaps between a customer's purchase days


def distinct_rows(summary: pd.DataFrame, covariates: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the distinct (x, t_x, T) with their number of customers n, sorted.

    The purchase likelihood sees a customer only through (x, t_x, T), so equal triples are one row with a count; where
    customers differ by `group` (a column of the summary) or by covariates, these are part of the key.
    A summary that an engine has counted already (column n, see `portfolio.engine_rows`) is summed.
    """
    key = ["x", "t_x", "T", *(["group"] if "group" in summary else []), *covariates]
    alike = summary.groupby(key, sort=True)
    rows = (alike["n"].sum() if "n" in summary else alike.size().rename("n")).reset_index()
    return rows.astype({"x": "int64", "t_x": "float64", "T": "float64", "n": "int64"})


def with_gaps(rows: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame:
    """The distinct rows with LOG_GAPS summed over each one's customers, where the summary has it."""
    if LOG_GAPS not in summary:
        return rows
    sums = np.bincount(row_of(summary, rows), summary[LOG_GAPS], len(rows))
    return rows.assign(**{LOG_GAPS: sums})


def customers_in(summary: pd.DataFrame) -> int:
    """The number of customers of a summary: its rows, or the sum of their counts n."""
    return int(summary["n"].sum()) if "n" in summary else len(summary)


def check_summary(summary: pd.DataFrame) -> None:
    """Refuse a summary that no purchase model can read, with the rule, the count and the first customers.

    `summary` has columns x, t_x, T and, where known, customer_id (shown in the error).
    """
    x, t_x, T = (summary[name].to_numpy(dtype=float) for name in ("x", "t_x", "T"))
    rules = {
        "x is not a whole number of repeat purchases (0, 1, 2, ...)": ~(
            np.isfinite(x) & (x >= 0) & (x == np.round(x))
        ),
        "t_x or T is missing or not a number": ~(np.isfinite(t_x) & np.isfinite(T)),
        "t_x is larger than T: the last purchase lies after the end of the window": t_x > T,
        "T is negative: the first purchase lies after the end of the window": T < 0,
        "x > 0 but t_x = 0: a repeat purchase needs a later day than the first, so T = 0 allows none": (x > 0)
        & (t_x <= 0),
        "x = 0 but t_x > 0: a last purchase after the first is a repeat purchase": (x == 0) & (t_x > 0),
    }
    broken = [
        f"{bad.sum():,} rows where {rule}; first: {_first(summary, bad)}"
        for rule, bad in rules.items()
        if bad.any()
    ]
    if broken:
        raise StudyError("The purchase summary cannot be used. " + ". ".join(broken) + ".")
    if len(summary) == 0:
        raise StudyError("The purchase summary has no customers: nobody bought up to the end of the window.")


def check_money(summary: pd.DataFrame, covariates: tuple[str, ...]) -> None:
    """Refuse a summary whose mean spend or covariates no value can be worked out from, with the count."""
    spend = summary["monetary_value"].to_numpy(dtype=float)
    if bad := int((~np.isfinite(spend) | (spend < 0)).sum()):
        raise StudyError(
            f"monetary_value is missing or negative for {bad:,} of {len(summary):,} customers; it is the mean revenue per "
            "repeat purchase day, and 0 for one-time buyers."
        )
    for name in covariates:
        if missing := int(summary[name].isna().sum()):
            raise StudyError(
                f"The covariate {name} is missing for {missing:,} of {len(summary):,} customers: fill it in."
            )


def row_of(summary: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """Position of every customer's key in the distinct `rows`: shape (customers,)."""
    columns = [name for name in rows if name not in ("n", LOG_GAPS)]
    key = pd.MultiIndex.from_frame(rows[columns])
    return key.get_indexer(pd.MultiIndex.from_frame(summary[columns]))


def _first(summary: pd.DataFrame, bad: np.ndarray) -> str:
    columns = [name for name in ("customer_id", "x", "t_x", "T") if name in summary.columns]
    return "; ".join(str(row) for row in summary.loc[bad, columns].head(3).to_dict("records"))
