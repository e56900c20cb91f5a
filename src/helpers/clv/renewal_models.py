"""Build and fit the renewal models on counts per cohort and age; survival, retention and expected lifetimes."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import ArrayLike
from pytensor.tensor.variable import TensorVariable

from helpers.clv import bdw, sbg
from helpers.clv.array_libraries import NUMPY, PYTENSOR, Array, Theta
from helpers.clv.model_interfaces import RenewalModel
from helpers.clv.renewal_density import FIRST, LOG_ALIKE, LOG_SPREAD, by_hand, serves
from helpers.clv.renewal_groups import COUNTS, groups
from helpers.errors import StudyError
from helpers.inference import sampler

if TYPE_CHECKING:
    import xarray as xr

MODELS: dict[str, RenewalModel] = {"sbg": sbg, "bdw": bdw}
MIN_RENEWALS, MIN_LOST = 50, 3
MOST_CELLS = 20_000
NEGLIGIBLE = 1e-9  # what an infinite sum may leave out, as a share of the largest possible rest


def model_named(name: str) -> RenewalModel:
    """Return the module of a renewal model; an unknown name is refused with the list of those that exist."""
    if name not in MODELS:
        raise StudyError(f"There is no renewal model {name!r}. Models: {', '.join(MODELS)}.")
    return MODELS[name]


def log_likelihood(
    module: RenewalModel, theta: Theta, age: Array, renewed: Array, lost: Array
) -> TensorVariable:
    """The log-likelihood of counts as a PyTensor scalar; theta broadcasts against the cells.

    Sum over cells of renewed x log P(renewal at this age) + lost x log P(loss): over a cohort this is the likelihood
    of every contract's whole history, also of contracts first seen at a later age.
    """
    kept = (renewed * module.log_renewal(theta, age, PYTENSOR)).sum()
    return kept + (lost * module.log_loss(theta, age, PYTENSOR)).sum()


def build(name: str, cells: pd.DataFrame) -> pm.Model:
    """Define a renewal model on cells (columns age, renewed, lost, perhaps cohort, and static covariates).

    Priors. first_renewal, the mean probability of the first renewal: Beta(2, 1), 90 % between .22 and .97. alikeness
    = alpha + beta: median 5, 90 % between .42 and 59; small means that contracts are either renewed for ever or lost
    at once. With cohorts, both vary around these by cohort, on the logit and the log scale, with standard deviations of
    median .35, 90 % between .11 and 1.1: a cohort with little data is drawn towards the others. (Spreads of exactly 0
    are left out: cohorts differ, and the sampler would be caught there.) A covariate moves the logit of the first
    renewal: Normal(0, 1) yes against no, per standard deviation, or against the most frequent value of a text.
    """
    module = model_named(name)
    check_cells(cells)
    told = groups(cells)
    design = told.design.to_numpy(dtype=float)
    coords = {"group": told.labels, "cohort": list(told.cohorts), "covariate": list(told.design.columns)}
    with pm.Model(coords={key: value for key, value in coords.items() if value}) as model:
        first, alikeness = pm.Beta("first_renewal", *FIRST), pm.LogNormal("alikeness", *LOG_ALIKE)
        logit, log_alike = pm.math.logit(first) + pt.zeros(len(design)), pt.log(alikeness)
        if len(told.cohorts):
            of_cohort, spreads = told.of_cohort, ("cohort_spread", "alikeness_spread")
            spread, spread_alike = (pm.LogNormal(one, *LOG_SPREAD) for one in spreads)
            logit = logit + spread * pm.Normal("cohort_shift", dims="cohort")[of_cohort]
            log_alike = (
                log_alike + spread_alike * pm.Normal("cohort_alikeness_shift", dims="cohort")[of_cohort]
            )
        if design.shape[1]:
            logit = logit + pt.dot(design, pm.Normal("effect", dims="covariate"))
        renews, alike = pm.math.sigmoid(logit), pt.exp(log_alike)
        alpha = pm.Deterministic("alpha", alike * pm.math.sigmoid(-logit), dims="group")
        beta = pm.Deterministic("beta", alike * renews, dims="group")
        theta = (alpha[told.place], beta[told.place], *module.own_priors())
        renewed, lost = (pm.Data(count, cells[count].to_numpy(dtype=float)) for count in ("renewed", "lost"))
        age = cells["age"].to_numpy(dtype=float)
        pm.Potential("log_likelihood", log_likelihood(module, theta, age, renewed, lost))
    return model


def fit(name: str, cells: pd.DataFrame, period: str, **sampling: Any) -> "xr.DataTree":
    """Fit a renewal model and return its posterior as a DataTree; sampling: draws, tune, chains, seed, method.

    More than MOST_CELLS cells are fitted around the mode, whatever the method: with NUTS they would take hours.
    """
    if len(cells) > MOST_CELLS:
        sampling["method"] = "laplace"
    sampling["by_hand"] = by_hand(name, cells) if serves(name) else None
    tree = sampler.fit(build(name, cells), target_accept=0.97, **sampling)
    keys = [column for column in cells.columns if column not in COUNTS]
    groups = cells[keys].drop_duplicates(ignore_index=True).to_dict("records") if keys else [{}]
    tree.attrs.update(renewal_model=name, period=period, groups=json.dumps(groups, default=str))
    return tree


def check_cells(cells: pd.DataFrame) -> None:
    """Refuse counts that no renewal model can read, and cohorts or covariates that say nothing."""
    age, renewed, lost = (cells[name].to_numpy(dtype=float) for name in COUNTS)
    if bad := int((~np.isfinite(age) | (age < 1) | (age != np.round(age))).sum()):
        raise StudyError(
            f"{bad} cells have an age that is not 1, 2, 3, ...: tenure cannot be negative or broken."
        )
    if bad := int((~np.isfinite(renewed + lost) | (renewed < 0) | (lost < 0)).sum()):
        raise StudyError(
            f"{bad} cells have a count of renewed or lost contracts that is missing or negative."
        )
    came, gone = (renewed + lost).sum(), lost.sum()
    if came < MIN_RENEWALS or gone < MIN_LOST:
        raise StudyError(
            f"{came:,.0f} renewals fell due and {gone:,.0f} contracts were lost; a renewal model needs at least "
            f"{MIN_RENEWALS} and {MIN_LOST}: with fewer the answer would be the prior's. Take a longer period."
        )
    for column in (name for name in cells.columns if name not in COUNTS):
        if cells[column].isna().any():
            raise StudyError(
                f"{column!r} has missing values: fill them, for instance with `unknown`, or leave it out."
            )
        if cells[column].nunique() < 2:
            way_out = "leave cohorts out" if column == "cohort" else "leave it out"
            raise StudyError(
                f"{column!r} has only the value {cells[column].iloc[0]!r}, so there is nothing to compare: {way_out}."
            )


def check_period(tree: "xr.DataTree", period: str) -> None:
    """Refuse to apply a model of one renewal period to contracts of another."""
    if tree.attrs["period"] != period:
        raise StudyError(
            f"The model knows renewals every {tree.attrs['period']}, these contracts are renewed every {period}: "
            "their parameters mean different things. Fit the model on contracts of this period."
        )


def groups_of(tree: "xr.DataTree") -> pd.DataFrame:
    """The groups a posterior knows, one row each in the order of `group`: cohort and covariates as columns."""
    rows = json.loads(tree.attrs["groups"])
    return pd.DataFrame(rows, index=range(len(rows)))


def group_of(tree: "xr.DataTree", contracts: pd.DataFrame) -> np.ndarray:
    """The position of every contract's group in the posterior; an unknown group is refused by name."""
    groups = groups_of(tree)
    if groups.empty or not len(groups.columns):
        return np.zeros(len(contracts), dtype=int)
    keys = list(groups.columns)
    known = {tuple(map(str, row)): place for place, row in enumerate(groups.itertuples(index=False))}
    place = [known.get(tuple(map(str, row))) for row in contracts[keys].itertuples(index=False)]
    if None in place:
        row = contracts[keys].iloc[place.index(None)].to_dict()
        raise StudyError(
            f"{place.count(None):,} contracts are of a group the model has not seen, such as {row}."
        )
    return np.array(place, dtype=int)


def parameter_draws(tree: "xr.DataTree", group: int = 0, draws: int | None = None) -> tuple[np.ndarray, ...]:
    """One group's parameters as arrays of shape (draws,), in the order of the model's PARAMETERS."""
    module = model_named(tree.attrs["renewal_model"])
    values = [sampler.flat_draws(tree, name) for name in module.PARAMETERS]
    pick = _thinned(len(values[0]), draws)
    return tuple((value if value.ndim == 1 else value[:, group])[pick] for value in values)


def average(
    tree: "xr.DataTree",
    contracts: pd.DataFrame,
    quantity: Callable[[RenewalModel, tuple[np.ndarray, ...]], np.ndarray],
) -> np.ndarray:
    """The mean over contracts of quantity(module, theta), which depends on a contract's group alone: shape (draws, ...)."""
    module, groups = model_named(tree.attrs["renewal_model"]), group_of(tree, contracts)
    places, sizes = np.unique(groups, return_counts=True)
    parts = zip(places, sizes / len(groups), strict=True)
    return sum(share * quantity(module, parameter_draws(tree, int(place))) for place, share in parts)


def retention(module: RenewalModel, theta: Theta, ages: ArrayLike) -> np.ndarray:
    """Probability of renewal at each age among contracts that came to it: shape (draws, ages)."""
    return np.exp(module.log_renewal(_columns(theta), np.asarray(ages, dtype=float), NUMPY))


def survival(module: RenewalModel, theta: Theta, t: ArrayLike) -> np.ndarray:
    """Probability that a new contract is renewed at least t times: shape (draws, len(t))."""
    return np.exp(module.log_survival(_columns(theta), np.asarray(t, dtype=float), NUMPY))


def future_survival(module: RenewalModel, theta: Theta, renewals: int, periods: int) -> np.ndarray:
    """Probability that a contract renewed so often is renewed j times more, j = 1 ... periods: shape (draws, periods)."""
    ages = renewals + np.arange(1.0, periods + 1)
    return np.exp(np.cumsum(module.log_renewal(_columns(theta), ages, NUMPY), axis=1))


def residual_lifetime(
    module: RenewalModel, theta: Theta, renewals: int, discount: float, periods: int | None = None
) -> np.ndarray:
    """Discounted expected payments of an active contract just before its next renewal date: shape (draws,).

    The next payment counts in full if it is made, each later one is divided by (1 + discount) per period. periods: how
    many future renewals count; None: all of them. Fader and Hardie 2010, "Customer-Base Valuation in a Contractual
    Setting", equation 6.
    """
    if renewals < 0:
        raise StudyError(f"renewals is {renewals}; a contract has 0 or more behind it.")
    periods = _periods(discount, periods)
    factors = (1 + discount) ** -np.arange(periods, dtype=float)
    return future_survival(module, theta, renewals, periods) @ factors


def expected_lifetime(
    module: RenewalModel, theta: Theta, discount: float, periods: int | None = None
) -> np.ndarray:
    """Discounted expected payments of a new contract, the first one included: shape (draws,)."""
    return 1 + residual_lifetime(module, theta, 0, discount, periods) / (1 + discount)


def discount_per_period(annual_discount_rate: float, months: int) -> float:
    """Convert a yearly discount rate to the rate per renewal period of so many months."""
    if not 0 <= annual_discount_rate < 1:
        raise StudyError(
            f"annual_discount_rate is {annual_discount_rate}; write 10 % a year as 0.10. Allowed: 0 up to, not including, 1."
        )
    return (1 + annual_discount_rate) ** (months / 12) - 1


def _periods(discount: float, periods: int | None) -> int:
    """How many periods a sum runs: as said, or until the rest is negligible."""
    if not 0 <= discount < 1:
        raise StudyError(
            f"discount is {discount}; write 10 % per period as 0.10. Allowed: 0 up to, not including, 1."
        )
    if periods is None and discount == 0:
        raise StudyError(
            "Without discounting an endless lifetime may be infinite: state how many periods count."
        )
    if periods is not None and periods < 1:
        raise StudyError(f"periods is {periods}; at least one future renewal must count.")
    return periods or int(np.ceil(-np.log(NEGLIGIBLE) / np.log1p(discount)))


def _columns(theta: Theta) -> tuple[np.ndarray, ...]:
    return tuple(np.atleast_1d(np.asarray(value, dtype=float))[:, None] for value in theta)


def _thinned(size: int, draws: int | None) -> np.ndarray:
    """Evenly spread positions of so many draws."""
    return np.linspace(0, size - 1, min(draws or size, size)).round().astype(int)
