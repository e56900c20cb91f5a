"""BG/BB: customers who may buy once at each of a number of occasions, such as a yearly fund drive.

Fader, Hardie and Shang 2010, "Customer-Base Analysis in a Discrete-Time Noncontractual Setting". While active a
customer buys at an occasion with an own probability p ~ Beta(alpha, beta); before each occasion they may leave for
good, with an own probability theta ~ Beta(gamma, delta). A customer is (x, t_x, n): x purchases at n occasions, the
last one at occasion t_x (0 where there was none). The first purchase, which made them a customer, is not counted.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pymc as pm

from helpers.clv.array_libraries import NUMPY, PYTENSOR, Array, ArrayLibrary, Theta
from helpers.errors import StudyError
from helpers.inference import sampler

if TYPE_CHECKING:
    import xarray as xr

TITLE = "BG/BB"
PARAMETERS = ("alpha", "beta", "gamma", "delta")
MIN_CUSTOMERS = 50
ABSENT = -1e6  # stands for the logarithm of a term that is not in a sum


def priors() -> tuple:
    """Declare the priors on interpretable scales inside a PyMC model and return (alpha, beta, gamma, delta).

    purchase: mean probability of buying at an occasion while active, uniform; leaving: mean probability of leaving
    before an occasion, Beta(1, 2). Both alikenesses (alpha + beta, gamma + delta): median 3, 90 % between .25 and 35.
    """
    purchase, alike = pm.Beta("purchase", 1, 1), pm.LogNormal("purchase_alikeness", np.log(3.0), 1.5)
    leaving, firm = pm.Beta("leaving", 1, 2), pm.LogNormal("leaving_alikeness", np.log(3.0), 1.5)
    parts = (purchase * alike, (1 - purchase) * alike, leaving * firm, (1 - leaving) * firm)
    return tuple(pm.Deterministic(name, part) for name, part in zip(PARAMETERS, parts, strict=True))


def log_likelihood(theta: Theta, x: Array, t_x: Array, n: Array, xp: ArrayLibrary) -> Array:
    """Log-likelihood of one customer per row: shape of x. Equation 5 of the source, summed in logs.

    x, t_x, n: arrays of whole numbers (not symbolic); theta broadcasts against them.
    """
    x, t_x, n = (np.asarray(value, dtype=float) for value in (x, t_x, n))
    active = log_active(theta, x, n, n, xp)
    # Having left before occasion t_x + i + 1, for every i that the history allows: one more axis.
    at_steps = lambda value: (value + 0 * x)[..., None]  # noqa: E731
    left_after = t_x[..., None] + np.arange(max(int((n - t_x).max(initial=0)), 1))
    theta = tuple(at_steps(value) for value in theta)
    left = _log_history(theta, x[..., None], left_after, xp) + _log_leaves_after(theta, left_after, xp)
    left = xp.where(left_after < n[..., None], left, ABSENT)
    largest = xp.maximum(active, left.max(axis=-1))
    return largest + xp.log(xp.exp(active - largest) + xp.exp(left - largest[..., None]).sum(axis=-1))


def log_active(theta: Theta, x: Array, seen: Array, still: Array, xp: ArrayLibrary) -> Array:
    """Log joint probability of x purchases at `seen` occasions and of being active at occasion number `still`."""
    _, _, gamma, delta = theta
    return _log_history(theta, x, seen, xp) + xp.betaln(gamma, delta + still) - xp.betaln(gamma, delta)


def p_alive(theta: Theta, x: Array, t_x: Array, n: Array) -> Array:
    """Probability of being active at the next occasion, number n + 1; all arguments broadcast. Equation 11."""
    joint = log_active(theta, x, n, np.asarray(n) + 1, NUMPY)
    return np.exp(joint - log_likelihood(theta, x, t_x, n, NUMPY))


def expected_purchases(
    theta: Theta, x: Array, t_x: Array, n: Array, occasions: int, discount: float = 0.0
) -> Array:
    """Expected purchases at the next `occasions`, for customers with these histories.

    discount: rate per occasion at which later purchases count less, the next one in full after one occasion.
    Equation 13 of the source as its sum, which needs no case for gamma = 1.
    """
    if occasions < 1:
        raise StudyError(f"occasions is {occasions}; a forecast needs at least one future occasion.")
    alpha, beta, gamma, delta = theta
    log_p = np.log(alpha + x) - np.log(alpha + beta + n)  # the mean of p given x of n, while active
    base = _log_history(theta, x, n, NUMPY) + log_p - log_likelihood(theta, x, t_x, n, NUMPY)
    total = sum(
        np.exp(base + NUMPY.betaln(gamma, delta + n + j) - NUMPY.betaln(gamma, delta)) / (1 + discount) ** j
        for j in range(1, occasions + 1)
    )
    return total


def distinct_histories(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the distinct (x, t_x, n) with their number of customers, `customers` (summed where given), sorted."""
    counted = summary if "customers" in summary.columns else summary.assign(customers=1)
    check_histories(counted)
    return counted.groupby(["x", "t_x", "n"], sort=True)["customers"].sum().reset_index().astype("int64")


def check_histories(summary: pd.DataFrame) -> None:
    """Refuse histories that cannot be, with the rule, the count and the first rows."""
    x, t_x, n = (summary[name].to_numpy(dtype=float) for name in ("x", "t_x", "n"))
    whole = [np.isfinite(value) & (value == np.round(value)) & (value >= 0) for value in (x, t_x, n)]
    rules = {
        "x, t_x or n is not a whole number (0, 1, 2, ...)": ~np.logical_and.reduce(whole),
        "t_x is larger than n: the last purchase lies after the last occasion": t_x > n,
        "x is larger than t_x: more purchases than occasions up to the last one": x > t_x,
        "x = 0 but t_x > 0: a last purchase is a purchase": (x == 0) & (t_x > 0),
        "n = 0: no occasion has passed": n == 0,
    }
    broken = [
        f"{bad.sum():,} rows where {rule}; first: {summary.loc[bad].head(3).to_dict('records')}"
        for rule, bad in rules.items()
        if bad.any()
    ]
    if broken:
        raise StudyError("The histories cannot be used. " + ". ".join(broken) + ".")


def build(summary: pd.DataFrame) -> pm.Model:
    """Define the model on histories (columns x, t_x, n and, where rows are counts, customers)."""
    rows = distinct_histories(summary)
    if (size := int(rows["customers"].sum())) < MIN_CUSTOMERS or not rows["x"].any():
        raise StudyError(
            f"{size} customers with {int((rows['x'] * rows['customers']).sum())} purchases; BG/BB needs at least "
            f"{MIN_CUSTOMERS} customers, and some who bought: otherwise the answer would be the prior's."
        )
    with pm.Model() as model:
        customers = pm.Data("customers", rows["customers"].to_numpy(dtype=float))
        terms = log_likelihood(priors(), rows["x"], rows["t_x"], rows["n"], PYTENSOR)
        pm.Potential("log_likelihood", (customers * terms).sum())
    return model


def fit(summary: pd.DataFrame, **sampling: Any) -> "xr.DataTree":
    """Fit BG/BB and return its posterior as a DataTree; sampling: draws, tune, chains, seed."""
    tree = sampler.fit(build(summary), target_accept=0.95, **sampling)
    tree.attrs.update(purchase_model="bg_bb", customers=int(distinct_histories(summary)["customers"].sum()))
    return tree


def parameter_draws(tree: "xr.DataTree") -> tuple[np.ndarray, ...]:
    """alpha, beta, gamma, delta as arrays of shape (draws,)."""
    return tuple(sampler.flat_draws(tree, parameter) for parameter in PARAMETERS)


def _log_history(theta: Theta, x: Array, seen: Array, xp: ArrayLibrary) -> Array:
    """Log probability of one order of x purchases at `seen` occasions while active."""
    alpha, beta, _, _ = theta
    return xp.betaln(alpha + x, beta + seen - x) - xp.betaln(alpha, beta)


def _log_leaves_after(theta: Theta, occasions: int, xp: ArrayLibrary) -> Array:
    """Log probability of being active for so many occasions and leaving before the next."""
    _, _, gamma, delta = theta
    return xp.betaln(gamma + 1, delta + occasions) - xp.betaln(gamma, delta)
