"""Two array libraries under one set of names, and the terms of likelihoods written for both.

A model's formula is written once, for `xp`: PYTENSOR inside a PyMC model, NUMPY for predictions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytensor.tensor as pt
from scipy import special

type Array = Any  # a number, a NumPy array or a PyTensor variable, as the array library is
type Theta = Sequence[Array]  # a model's parameters in the order of its PARAMETERS


@dataclass(frozen=True)
class ArrayLibrary:
    """The functions a formula may use."""

    log: Callable
    exp: Callable
    log1p: Callable
    expm1: Callable
    minimum: Callable
    maximum: Callable
    where: Callable
    gammaln: Callable
    betaln: Callable
    softplus: Callable


NUMPY = ArrayLibrary(
    log=np.log, exp=np.exp, log1p=np.log1p, expm1=np.expm1, minimum=np.minimum, maximum=np.maximum,
    where=np.where, gammaln=special.gammaln, betaln=special.betaln, softplus=lambda z: np.logaddexp(0, z),
)  # fmt: skip
PYTENSOR = ArrayLibrary(
    log=pt.log, exp=pt.exp, log1p=pt.log1p, expm1=pt.expm1, minimum=pt.minimum, maximum=pt.maximum,
    where=pt.where, gammaln=pt.gammaln, betaln=lambda a, b: pt.gammaln(a) + pt.gammaln(b) - pt.gammaln(a + b),
    softplus=pt.softplus,
)  # fmt: skip

LARGE = 1e8


def log_rising(a: Array, x: Array, xp: ArrayLibrary) -> Array:
    """log Gamma(a + x) - log Gamma(a), also where `a` is so large that the difference of the two has no digit left.

    Beyond LARGE it is x log(a) + x (x - 1) / 2a. Without it the density of a base grew without limit towards
    parameters of 1e18, and a chain that strayed there stayed.
    """
    far = xp.maximum(a, LARGE)
    return xp.where(a > LARGE, x * xp.log(far) + x * (x - 1) / (2 * far), xp.gammaln(a + x) - xp.gammaln(a))


def log_growth(alpha: Array, start: Array, end: Array, xp: ArrayLibrary) -> Array:
    """log((alpha + end) / (alpha + start)), exact for any alpha."""
    return xp.log1p((end - start) / (alpha + start))


def shifted_coin(a: Array, b: Array, effect: Array, xp: ArrayLibrary) -> tuple[Array, Array]:
    """a and b with the logit of the mean drop-out probability shifted by `effect`, their sum unchanged."""
    odds = a * xp.exp(effect) / b
    return (a + b) * odds / (1 + odds), (a + b) / (1 + odds)
