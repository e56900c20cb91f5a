"""Priors on scales that can be argued about: purchases per year, a drop-out probability, how alike customers are."""

import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from helpers.clv.array_libraries import Array
from helpers.study.year import YEAR


def positive(name: str, median: float, spread: float, groups: bool = False) -> TensorVariable:
    """Declare a positive parameter: LogNormal(log median, spread), or one per group, partially pooled around their mean."""
    if not groups:
        return pm.LogNormal(name, pt.log(median), spread)
    return pm.Deterministic(name, pt.exp(_pooled(f"log_{name}", pt.log(median), spread)), dims="group")


def real(name: str, centre: float, spread: float, groups: bool = False) -> TensorVariable:
    """Declare a real parameter: Normal(centre, spread), or one per group, partially pooled around their mean."""
    return _pooled(name, centre, spread) if groups else pm.Normal(name, centre, spread)


def purchase_rate_priors(
    days_per_unit: float, width: Array = 1.0, groups: bool = False
) -> tuple[TensorVariable, TensorVariable]:
    """Declare r and alpha through the mean purchase rate of the base and the shape of its spread.

    purchases_per_year, the mean rate while alive: median 3, 90 % between .25 and 35. r: median .7, 90 % between
    .1 and 5 (a coefficient of variation of the rate from 3.1 down to .45). alpha = r / rate per unit. `width` stretches
    the standard deviations, here of the logarithms.
    """
    per_year = positive("purchases_per_year", 3.0, 1.5 * width, groups)
    r = positive("r", 0.7, 1.2 * width, groups)
    return r, _deterministic("alpha", r / (per_year * days_per_unit / YEAR), groups)


def drop_out_probability_priors(
    width: Array = 1.0, groups: bool = False
) -> tuple[TensorVariable, TensorVariable]:
    """Declare a and b through the mean drop-out probability after a purchase and how alike customers are in it.

    drop_out: Beta(1, 2), mean a third, so that every value is possible; with groups its logit is normal with that
    Beta's mean and standard deviation (-1, 1.5). alikeness = a + b: median 3, 90 % between .25 and 35; small means that
    customers either leave at once or stay for ever. `width` divides both arguments of the Beta, so that its weight
    equals fewer observations, and stretches the other.
    """
    if groups:
        drop_out = pm.Deterministic(
            "drop_out", pm.math.sigmoid(_pooled("logit_drop_out", -1.0, 1.5 * width)), dims="group"
        )
    else:
        drop_out = pm.Beta("drop_out", 1 / width, 2 / width)
    alikeness = positive("alikeness", 3.0, 1.5 * width, groups)
    return _deterministic("a", drop_out * alikeness, groups), _deterministic(
        "b", (1 - drop_out) * alikeness, groups
    )


def drop_out_rate_priors(
    days_per_unit: float, width: Array = 1.0, groups: bool = False
) -> tuple[TensorVariable, TensorVariable]:
    """Declare s and beta through the mean drop-out rate of the base and the shape of its spread.

    drop_outs_per_year: median 1 (a lifetime of a year), 90 % between .085 and 12. s: median .7, 90 % between .1 and 5.
    """
    per_year = positive("drop_outs_per_year", 1.0, 1.5 * width, groups)
    s = positive("s", 0.7, 1.2 * width, groups)
    return s, _deterministic("beta", s / (per_year * days_per_unit / YEAR), groups)


def covariate_priors() -> tuple[TensorVariable, TensorVariable]:
    """Declare the effects of the covariates: per standard deviation, on the log purchase rate and on the drop-out.

    Normal(0, .5): 90 % between a factor of .44 and 2.3.
    """
    return pm.Normal("rate_effect", 0, 0.5, dims="covariate"), pm.Normal(
        "drop_out_effect", 0, 0.5, dims="covariate"
    )


def _pooled(name: str, centre: float, spread: float) -> TensorVariable:
    """Normal values per group around a mean of their own, Normal(centre, spread); between groups half that spread.

    The standard deviation between groups is stated, not estimated: two or three groups hardly inform it, and with a
    prior of its own (Gamma(2, 4) and Gamma(4, 8) were tried) the sampler diverged on a base of two groups.
    """
    return pm.Normal(name, pm.Normal(f"{name}_mean", centre, spread), spread / 2, dims="group")


def _deterministic(name: str, value: TensorVariable, groups: bool) -> TensorVariable:
    return pm.Deterministic(name, value, dims="group" if groups else None)
