"""What a renewal model expects of contracts: how many of a cohort are still there, and how many payments are to come."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.clv import renewal_models
from helpers.clv.renewal_counts import MONTHS_PER
from helpers.inference.intervals import LOWER, UPPER, Interval, interval

if TYPE_CHECKING:
    import xarray as xr

RENEWALS = (0, 1, 2, 3, 6, 12, 24)  # so many renewals are behind the contracts of a row
YEARS = 10  # payments later than this do not count


def survival_by_cohort(
    tree: "xr.DataTree", contracts: pd.DataFrame, cohorts: pd.Series, oldest: int, most: int = 5
) -> dict[str, pd.DataFrame]:
    """Return the share still running after 0, 1, ... `oldest` renewal dates (index) of the largest cohorts, by name.

    cohorts: a name per contract. Columns mean, p05, p95.
    """
    ages = np.arange(oldest + 1)
    curves = {}
    for name in cohorts.value_counts().head(most).index:
        drawn = renewal_models.average(
            tree, contracts[cohorts == name], partial(renewal_models.survival, t=ages)
        )
        low, high = np.quantile(drawn, [LOWER, UPPER], axis=0)
        columns = {"mean": drawn.mean(axis=0), "p05": low, "p95": high}
        curves[str(name)] = pd.DataFrame(columns, index=ages)
    return curves


def by_renewals(tree: "xr.DataTree", contracts: pd.DataFrame, annual_discount_rate: float) -> pd.DataFrame:
    """Return what is expected of an active contract by the renewals behind it: renewals, next_renewal, payments.

    Rows of a next renewal that has fallen due for nobody yet are left out: no rate is known of it. next_renewal: its chance;
    payments: those still to expect just before it, discounted, see
    `renewal_models.residual_lifetime`. Both are intervals.
    """
    discount, periods = _counted(tree, annual_discount_rate)
    rows = []
    seen = (contracts["renewals"] + contracts["lost"]).max()
    for n in (n for n in RENEWALS if n < seen):
        following = renewal_models.average(tree, contracts, partial(renewal_models.retention, ages=[n + 1]))
        left = partial(renewal_models.residual_lifetime, renewals=n, discount=discount, periods=periods)
        rows.append((n, interval(following[:, 0]), interval(renewal_models.average(tree, contracts, left))))
    return pd.DataFrame(rows, columns=["renewals", "next_renewal", "payments"])


def new_contract_payments(
    tree: "xr.DataTree", contracts: pd.DataFrame, annual_discount_rate: float
) -> Interval:
    """Return the discounted payments to expect of a new contract, mixed as these contracts are, the first one included."""
    discount, periods = _counted(tree, annual_discount_rate)
    lifetime = partial(renewal_models.expected_lifetime, discount=discount, periods=periods)
    return interval(renewal_models.average(tree, contracts, lifetime))


def _counted(tree: "xr.DataTree", annual_discount_rate: float) -> tuple[float, int]:
    """The discount rate per period, and how many periods count."""
    months = MONTHS_PER[tree.attrs["period"]]
    return renewal_models.discount_per_period(annual_discount_rate, months), 12 * YEARS // months
