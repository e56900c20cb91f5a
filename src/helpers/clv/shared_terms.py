"""What the purchase models share: priors on interpretable scales, two array libraries, two expectations.

A model's formula is written once, for `xp`: PYTENSOR inside a PyMC model, NUMPY for predictions.
"""

from types import SimpleNamespace

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from scipy import special

NUMPY = SimpleNamespace(
    log=np.log, exp=np.exp, log1p=np.log1p, expm1=np.expm1, minimum=np.minimum, maximum=np.maximum,
    where=np.where, gammaln=special.gammaln, betaln=special.betaln, softplus=lambda z: np.logaddexp(0, z),
)  # fmt: skip
PYTENSOR = SimpleNamespace(
    log=pt.log, exp=pt.exp, log1p=pt.log1p, expm1=pt.expm1, minimum=pt.minimum, maximum=pt.maximum,
    where=pt.where, gammaln=pt.gammaln, betaln=lambda a, b: pt.gammaln(a) + pt.gammaln(b) - pt.gammaln(a + b),
    softplus=pt.softplus,
)  # fmt: skip


LARGE = 1e8


def log_rising(a, x, xp):
    """log Gamma(a + x) - log Gamma(a), also where `a` is so large that the difference of the two has no digit left.

    Beyond LARGE it is x log(a) + x (x - 1) / 2a. Without it the density of a base grew without limit towards
    parameters of 1e18, and a chain that strayed there stayed.
    """
    far = xp.maximum(a, LARGE)
    return xp.where(a > LARGE, x * xp.log(far) + x * (x - 1) / (2 * far), xp.gammaln(a + x) - xp.gammaln(a))


def log_growth(alpha, start, end, xp):
    """log((alpha + end) / (alpha + start)), exact for any alpha."""
    return xp.log1p((end - start) / (alpha + start))


def positive(name: str, median: float, spread: float, groups: bool = False):
    """Declare a positive parameter: LogNormal(log median, spread), or one per group, partially pooled around their mean."""
    if not groups:
        return pm.LogNormal(name, pt.log(median), spread)
    return pm.Deterministic(name, pt.exp(_pooled(f"log_{name}", pt.log(median), spread)), dims="group")


def real(name: str, centre: float, spread: float, groups: bool = False):
    """Declare a real parameter: Normal(centre, spread), or one per group, partially pooled around their mean."""
    return _pooled(name, centre, spread) if groups else pm.Normal(name, centre, spread)


def _pooled(name: str, centre: float, spread: float):
    """Normal values per group around a mean of their own, Normal(centre, spread); between groups half that spread.

    The standard deviation between groups is stated, not estimated: two or three groups hardly inform it, and with a
    prior of its own (Gamma(2, 4) and Gamma(4, 8) were tried) the sampler diverged on a base of two groups.
    """
    return pm.Normal(name, pm.Normal(f"{name}_mean", centre, spread), spread / 2, dims="group")


def purchase_rate_priors(days_per_unit: float, width=1.0, groups: bool = False):
    """Declare r and alpha through the mean purchase rate of the base and the shape of its spread.

    purchases_per_year, the mean rate while alive: median 3, 90 % between .25 and 35. r: median .7, 90 % between
    .1 and 5 (a coefficient of variation of the rate from 3.1 down to .45). alpha = r / rate per unit. `width` stretches
    the standard deviations, here of the logarithms.
    """
    per_year = positive("purchases_per_year", 3.0, 1.5 * width, groups)
    r = positive("r", 0.7, 1.2 * width, groups)
    return r, _deterministic("alpha", r / (per_year * days_per_unit / 365.25), groups)


def drop_out_probability_priors(width=1.0, groups: bool = False):
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


def drop_out_rate_priors(days_per_unit: float, width=1.0, groups: bool = False):
    """Declare s and beta through the mean drop-out rate of the base and the shape of its spread.

    drop_outs_per_year: median 1 (a lifetime of a year), 90 % between .085 and 12. s: median .7, 90 % between .1 and 5.
    """
    per_year = positive("drop_outs_per_year", 1.0, 1.5 * width, groups)
    s = positive("s", 0.7, 1.2 * width, groups)
    return s, _deterministic("beta", s / (per_year * days_per_unit / 365.25), groups)


def covariate_priors():
    """Declare the effects of the covariates: per standard deviation, on the log purchase rate and on the drop-out.

    Normal(0, .5): 90 % between a factor of .44 and 2.3.
    """
    return pm.Normal("rate_effect", 0, 0.5, dims="covariate"), pm.Normal(
        "drop_out_effect", 0, 0.5, dims="covariate"
    )


def shifted_coin(a, b, effect, xp):
    """a and b with the logit of the mean drop-out probability shifted by `effect`, their sum unchanged."""
    odds = a * xp.exp(effect) / b
    return (a + b) * odds / (1 + odds), (a + b) / (1 + odds)


def _deterministic(name: str, value, groups: bool):
    return pm.Deterministic(name, value, dims="group" if groups else None)


def expected_until_coin(shape, rate, a, b, t):
    """Expected purchases in `t` units of a customer alive now, lambda ~ Gamma(shape, rate), coin ~ Beta(a, b).

    With z = t / (rate + t): (a+b-1)/(a-1) [1 - (1-z)^(a-1) 2F1(a+b-1-shape, a-1; a+b-1; z)], which is the formula of
    Fader, Hardie and Lee (2005, equation 9 with a+b+x-1 and r+x) after Euler's transformation. At a = 1 it is 0/0:
    within 1e-4 of it the mean of both sides is taken.
    """
    shape, rate, a, b, t = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (shape, rate, a, b, t)))

    def at(a):
        z, c = t / (rate + t), a + b - 1
        with np.errstate(over="ignore", invalid="ignore"):
            left = np.array((1 - z) ** (a - 1) * special.hyp2f1(c - shape, a - 1, c, z))
        beyond = ~np.isfinite(
            left
        )  # 0 times infinity, for a in the hundreds: there the formula of the source holds
        if beyond.any():
            few, k, rest = z[beyond], shape[beyond], (b[beyond], c[beyond])
            left[beyond] = (1 - few) ** k * special.hyp2f1(k, *rest, few)
        return c / (a - 1) * (1 - left)

    near_one = np.abs(a - 1) < 1e-4
    plain = at(np.where(near_one, 2.0, a))
    return (
        np.where(near_one, (at(1 + 2e-4 + 0 * a) + at(1 - 2e-4 + 0 * a)) / 2, plain)
        if near_one.any()
        else plain
    )


def expected_until_death(shape, rate, s, beta, t):
    """Expected purchases in `t` units of a customer alive now, lambda ~ Gamma(shape, rate), mu ~ Gamma(s, beta).

    shape/rate times the expected time alive, beta/(s-1) [1 - (beta/(beta+t))^(s-1)], finite at s = 1 too.
    """
    log_ratio = np.log1p(np.asarray(t, dtype=float) / beta)
    exponent = np.asarray(s - 1.0)
    safe = np.where(np.abs(exponent) < 1e-9, 1e-9, exponent)
    return shape / rate * beta * -np.expm1(-safe * log_ratio) / safe


def discounted_expectation(expected, discount: float, horizon: float = np.inf):
    """Discounted expected purchases from now to `horizon`: the integral of exp(-discount t) dE[X(t)].

    expected: E[X(t)] as a function of t, for existing or new customers; discount is continuous and per unit, above 0
    where the horizon is infinite. By parts it is exp(-discount H) E[X(H)] plus the integral of E[X(t)] over
    u = exp(-discount t), by Gauss-Legendre in the cube root of u, which takes the edge off E at u = 0.
    """
    if discount == 0:
        return expected(horizon)
    lowest = np.exp(-discount * horizon)
    nodes, weights = np.polynomial.legendre.leggauss(32)
    first = np.cbrt(lowest)
    w = first + (1 - first) * (nodes + 1) / 2
    total = sum(
        weight * (1 - first) / 2 * 3 * one**2 * expected(-3 * np.log(one) / discount)
        for one, weight in zip(w, weights, strict=True)
    )
    return total if lowest == 0 else total + lowest * expected(horizon)
