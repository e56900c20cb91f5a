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


def purchase_rate_priors(days_per_unit: float):
    """Declare r and alpha through the mean purchase rate of the base and the shape of its spread.

    purchases_per_year, the mean rate while alive: median 3, 90 % between .25 and 35. r: median .7, 90 % between
    .1 and 5 (a coefficient of variation of the rate from 3.1 down to .45). alpha = r / rate per unit.
    """
    per_year = pm.LogNormal("purchases_per_year", np.log(3.0), 1.5)
    r = pm.LogNormal("r", np.log(0.7), 1.2)
    return r, pm.Deterministic("alpha", r / (per_year * days_per_unit / 365.25))


def drop_out_probability_priors():
    """Declare a and b through the mean drop-out probability after a purchase and how alike customers are in it.

    drop_out: Beta(1, 2), mean a third, so that every value is possible. alikeness = a + b: median 3, 90 % between
    .25 and 35; small means that customers either leave at once or stay for ever.
    """
    drop_out = pm.Beta("drop_out", 1, 2)
    alikeness = pm.LogNormal("alikeness", np.log(3.0), 1.5)
    return pm.Deterministic("a", drop_out * alikeness), pm.Deterministic("b", (1 - drop_out) * alikeness)


def drop_out_rate_priors(days_per_unit: float):
    """Declare s and beta through the mean drop-out rate of the base and the shape of its spread.

    drop_outs_per_year: median 1 (a lifetime of a year), 90 % between .085 and 12. s: median .7, 90 % between .1 and 5.
    """
    per_year = pm.LogNormal("drop_outs_per_year", 0.0, 1.5)
    s = pm.LogNormal("s", np.log(0.7), 1.2)
    return s, pm.Deterministic("beta", s / (per_year * days_per_unit / 365.25))


def expected_until_coin(shape, rate, a, b, t):
    """Expected purchases in `t` units of a customer alive now, lambda ~ Gamma(shape, rate), coin ~ Beta(a, b).

    With z = t / (rate + t): (a+b-1)/(a-1) [1 - (1-z)^(a-1) 2F1(a+b-1-shape, a-1; a+b-1; z)], which is the formula of
    Fader, Hardie and Lee (2005, equation 9 with a+b+x-1 and r+x) after Euler's transformation. At a = 1 it is 0/0:
    within 1e-4 of it the mean of both sides is taken.
    """
    shape, rate, a, b, t = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (shape, rate, a, b, t)))

    def at(a):
        z, c = t / (rate + t), a + b - 1
        return c / (a - 1) * (1 - (1 - z) ** (a - 1) * special.hyp2f1(c - shape, a - 1, c, z))

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
