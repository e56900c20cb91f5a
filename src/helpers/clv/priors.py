"""Priors on scales that can be argued about: purchases per year, a drop-out probability, how alike customers are."""

from dataclasses import dataclass

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from helpers.clv.array_libraries import Array
from helpers.study.year import YEAR

# Median and standard deviation of the logarithm; of drop-out's logit where there are groups its mean and deviation.
PURCHASES_A_YEAR, SHAPE, ALIKE, DROP_OUTS_A_YEAR = (3.0, 1.5), (0.7, 1.2), (3.0, 1.5), (1.0, 1.5)
DROP_OUT, BETA = (-1.0, 1.5), (1, 2)
EFFECT, MAILING = 0.5, 0.5  # standard deviations of a covariate's effect, and of what contacts do


@dataclass(frozen=True)
class Walk:
    """Groups that are cohorts, one after the other: a parameter that drifts walks at random from each to the next.

    years: where each group stands in time, ascending; None for a group outside the walk, which is pooled around its start.
    step: standard deviation of the walk over a year, a number or a PyTensor variable.
    """

    years: tuple[float | None, ...]
    step: Array

    def levels(self, name: str, centre: Array, spread: Array) -> TensorVariable:
        """Declare a real parameter whose first cohort is Normal(centre, spread); one value per group."""
        inside = [place for place, year in enumerate(self.years) if year is not None]
        years = np.array([year for year in self.years if year is not None], dtype=float)
        others = [place for place, year in enumerate(self.years) if year is None]
        start = pm.Normal(f"{name}_first", centre, spread)
        taken = pm.Normal(f"{name}_steps", 0.0, self.step * np.sqrt(np.diff(years)))
        reaches = np.zeros((len(self.years), len(years) - 1))
        reaches[inside] = np.tri(len(years), len(years) - 1, -1)
        level = start + (reaches * taken).sum(axis=1)
        if others:
            apart = pm.Normal(f"{name}_others", 0.0, spread / 2, shape=len(others))
            level = level + (np.eye(len(self.years))[:, others] * apart).sum(axis=1)
        return pm.Deterministic(name, level, dims="group")


type Groups = bool | Walk  # no groups, groups that are partially pooled, or cohorts that drift


def positive(name: str, median: Array, spread: Array, groups: Groups = False) -> TensorVariable:
    """Declare a positive parameter: LogNormal(log median, spread), or one per group, partially pooled around their mean.

    Cohorts share it: what drifts is a rate or a probability, see `drifting`.
    """
    if isinstance(groups, Walk):
        common = pm.LogNormal(f"{name}_common", pt.log(median), spread)
        return pm.Deterministic(name, common * np.ones(len(groups.years)), dims="group")
    if not groups:
        return pm.LogNormal(name, pt.log(median), spread)
    return pm.Deterministic(name, pt.exp(_pooled(f"log_{name}", pt.log(median), spread)), dims="group")


def drifting(name: str, median: Array, spread: Array, groups: Groups = False) -> TensorVariable:
    """Declare a positive parameter as `positive` does, but for cohorts, whose logarithm walks."""
    if not isinstance(groups, Walk):
        return positive(name, median, spread, groups)
    return pm.Deterministic(name, pt.exp(groups.levels(f"log_{name}", pt.log(median), spread)), dims="group")


def real(name: str, centre: Array, spread: Array, groups: bool = False) -> TensorVariable:
    """Declare a real parameter: Normal(centre, spread), or one per group, partially pooled around their mean."""
    return _pooled(name, centre, spread) if groups else pm.Normal(name, centre, spread)


def purchase_rate_priors(
    days_per_unit: float, width: Array = 1.0, groups: Groups = False
) -> tuple[TensorVariable, TensorVariable]:
    """Declare r and alpha through the mean purchase rate of the base and the shape of its spread.

    purchases_per_year, the mean rate while alive: median 3, 90 % between .25 and 35. r: median .7, 90 % between
    .1 and 5 (a coefficient of variation of the rate from 3.1 down to .45). alpha = r / rate per unit. `width` stretches
    the standard deviations, here of the logarithms.
    """
    per_year = drifting("purchases_per_year", PURCHASES_A_YEAR[0], PURCHASES_A_YEAR[1] * width, groups)
    r = positive("r", SHAPE[0], SHAPE[1] * width, groups)
    return r, _deterministic("alpha", r / (per_year * days_per_unit / YEAR), groups)


def drop_out_probability_priors(
    width: Array = 1.0, groups: Groups = False
) -> tuple[TensorVariable, TensorVariable]:
    """Declare a and b through the mean drop-out probability after a purchase and how alike customers are in it.

    drop_out: Beta(1, 2), mean a third, so that every value is possible; with groups its logit is normal with that
    Beta's mean and standard deviation (-1, 1.5). alikeness = a + b: median 3, 90 % between .25 and 35; small means that
    customers either leave at once or stay for ever. `width` divides both arguments of the Beta, so that its weight
    equals fewer observations, and stretches the other.
    """
    if groups:
        walks = groups.levels if isinstance(groups, Walk) else _pooled
        drop_out = pm.Deterministic(
            "drop_out",
            pm.math.sigmoid(walks("logit_drop_out", DROP_OUT[0], DROP_OUT[1] * width)),
            dims="group",
        )
    else:
        drop_out = pm.Beta("drop_out", BETA[0] / width, BETA[1] / width)
    alikeness = positive("alikeness", ALIKE[0], ALIKE[1] * width, groups)
    return _deterministic("a", drop_out * alikeness, groups), _deterministic(
        "b", (1 - drop_out) * alikeness, groups
    )


def drop_out_rate_priors(
    days_per_unit: float, width: Array = 1.0, groups: Groups = False
) -> tuple[TensorVariable, TensorVariable]:
    """Declare s and beta through the mean drop-out rate of the base and the shape of its spread.

    drop_outs_per_year: median 1 (a lifetime of a year), 90 % between .085 and 12. s: median .7, 90 % between .1 and 5.
    """
    per_year = drifting("drop_outs_per_year", DROP_OUTS_A_YEAR[0], DROP_OUTS_A_YEAR[1] * width, groups)
    s = positive("s", SHAPE[0], SHAPE[1] * width, groups)
    return s, _deterministic("beta", s / (per_year * days_per_unit / YEAR), groups)


def covariate_priors() -> tuple[TensorVariable, TensorVariable]:
    """Declare the effects of the covariates: per standard deviation, on the log purchase rate and on the drop-out.

    Normal(0, .5): 90 % between a factor of .44 and 2.3.
    """
    return pm.Normal("rate_effect", 0, EFFECT, dims="covariate"), pm.Normal(
        "drop_out_effect", 0, EFFECT, dims="covariate"
    )


def _pooled(name: str, centre: Array, spread: Array) -> TensorVariable:
    """Normal values per group around a mean of their own, Normal(centre, spread); between groups half that spread.

    The standard deviation between groups is stated, not estimated: two or three groups hardly inform it, and with a
    prior of its own (Gamma(2, 4) and Gamma(4, 8) were tried) the sampler diverged on a base of two groups.
    """
    return pm.Normal(name, pm.Normal(f"{name}_mean", centre, spread), spread / 2, dims="group")


def _deterministic(name: str, value: TensorVariable, groups: Groups) -> TensorVariable:
    return pm.Deterministic(name, value, dims="group" if groups else None)
