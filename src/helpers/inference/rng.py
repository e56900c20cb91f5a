"""Random numbers inside compiled loops: splitmix64 and the draws that the simulation of paths needs.

Numba's own generator is a Mersenne Twister, whose start alone costs as much as a thousand draws here, and every row
of the simulation starts its own stream. A stream is an array of one uint64; start it with `mix` of what identifies it.
Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators"; Marsaglia and Tsang 2000 for the gamma.
"""

from typing import Any

import numba
import numpy as np

_GOLDEN, _FIRST, _SECOND = (
    np.uint64(v) for v in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)
_30, _27, _31, _11 = (np.uint64(v) for v in (30, 27, 31, 11))


@numba.njit(nogil=True, inline="always")
def mix(z: Any) -> Any:
    """Scramble 64 bits so that neighbours have nothing in common."""
    z = (z ^ (z >> _30)) * _FIRST
    z = (z ^ (z >> _27)) * _SECOND
    return z ^ (z >> _31)


@numba.njit(nogil=True, inline="always")
def uniform(stream: np.ndarray) -> float:
    """Draw from the uniform distribution on [0, 1), in steps of 2^-53."""
    stream[0] += _GOLDEN
    return float(mix(stream[0]) >> _11) * (1.0 / 9007199254740992.0)


@numba.njit(nogil=True, inline="always")
def exponential(stream: np.ndarray) -> float:
    """Draw from the exponential distribution with mean 1."""
    return -np.log(1.0 - uniform(stream))


@numba.njit(nogil=True)
def normal(stream: np.ndarray) -> float:
    """Draw from the standard normal distribution (Marsaglia's polar method)."""
    while True:
        a, b = 2.0 * uniform(stream) - 1.0, 2.0 * uniform(stream) - 1.0
        square = a * a + b * b
        if 0.0 < square < 1.0:
            return a * np.sqrt(-2.0 * np.log(square) / square)


@numba.njit(nogil=True)
def gamma(stream: np.ndarray, shape: float) -> float:
    """Draw from the gamma distribution with scale 1."""
    boost = 1.0
    if shape < 1.0:
        boost = (1.0 - uniform(stream)) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    while True:
        z = normal(stream)
        v = 1.0 + c * z
        if v <= 0.0:
            continue
        v = v * v * v
        u = 1.0 - uniform(stream)
        if u < 1.0 - 0.0331 * z**4 or np.log(u) < 0.5 * z * z + d * (1.0 - v + np.log(v)):
            return d * v * boost
