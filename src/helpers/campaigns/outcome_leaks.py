"""Covariates of a test that say what came of it: filled for buyers only, or nearer to the outcome than any honest one.

What tells the outcome so well was written down afterwards, and to take it off the outcome takes off the effect with it.
Judged as attributes of leads are (`customers.lead_leaks`), by odds of 20 to 1 for being filled, too: who never bought has
no day of a last purchase. What is called past or before is believed.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.campaigns.covariate_table import as_numbers
from helpers.checks import Check, check
from helpers.contracts.not_said import said
from helpers.contracts.outcome_words import BEFORE
from helpers.customers import lead_leaks
from helpers.messages import count, listing, message

MOST = 20_000  # units that are looked at
FEWEST, SAME_ORDER = 30, 0.9  # different amounts; rank correlation from which one is made of the other
ADVICE = message(
    "outcome_leaks.advice",
    "Hardly known before the assignment, as they tell who converted, and so not used: {columns}. Take them out of "
    "unit_covariates; what was known before needs a name with `before` in it, such as `visits_before`, under columns.",
)


def telling(
    table: pd.DataFrame, covariates: Sequence[str], done: pd.Series, amount: pd.Series, seed: int = 1
) -> list[str]:
    """Name the covariates that give away who converted (`done`, a flag per row of the table), or how much (`amount`)."""
    rows = np.arange(len(table))
    if len(rows) > MOST:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST, replace=False))
    some, won, worth = table.iloc[rows], done.to_numpy(dtype=bool)[rows], amount.iloc[rows]
    outcomes = lead_leaks.Outcomes(won, np.zeros_like(won), np.zeros(len(won), dtype=int))
    found = []
    for name in (one for one in covariates if one in some and not BEFORE.search(one)):
        tells = lead_leaks.gives_away(_values(some[name]), outcomes, lead_leaks.VALUES)
        found += [name] if tells or _goes_with(some[name][won], worth[won]) else []
    return found


def _goes_with(column: pd.Series, amount: pd.Series) -> bool:
    """Whether a number has nearly the order of the amounts of those who converted, such as their tax."""
    numbers = as_numbers(column)
    if numbers is None or min(numbers.nunique(), amount.nunique()) < FEWEST:
        return False
    return abs(float(numbers.corr(amount, method="spearman"))) >= SAME_ORDER


def check_telling(names: Sequence[str]) -> Check:
    """Ask whether a covariate gave the outcome away; those that did are not used."""
    return check(
        "columns that give the outcome away",
        review=bool(names),
        value=count(len(names), "column"),
        threshold=count(0, "column"),
        advice=ADVICE(columns=listing(list(names))) if names else None,
    )


def _values(column: pd.Series) -> pd.Series:
    numbers = as_numbers(column)
    return said(column.astype("string").str.strip()) if numbers is None else numbers
