"""Partial pooling of a few estimates with known errors: each is drawn towards the others as far as it is uncertain.

The normal hierarchical model with known errors (Rubin 1981; Gelman et al., Bayesian Data Analysis, 3rd edition, section
5.4), solved exactly on a grid of the one parameter that has no closed form, how much the true values differ.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

GRID_SIZE, GRID_END = 800, 5.0  # points, and their end in scales of the prior; denser towards 0


@dataclass(frozen=True)
class Pooled:
    """Posterior draws of the true values, shape (draws, estimates), and of their standard deviation, shape (draws,)."""

    effects: np.ndarray
    differs: np.ndarray


def pool(
    estimates: ArrayLike, errors: ArrayLike, draws: int = 4000, seed: int = 1, least_scale: float = 0.0
) -> Pooled:
    """Draw the true values behind estimates with normal errors; an infinite error stands for no estimate.

    values ~ Normal(mean, differs), flat prior on the mean, differs ~ HalfNormal(max(2 x median error, standard deviation of
    the estimates, least_scale)). A single estimate is pooled with nothing. ValueError when there is none.
    """
    y, error = np.asarray(estimates, float), np.asarray(errors, float)
    rng, known = np.random.default_rng(seed), np.isfinite(error)
    if not known.any():
        raise ValueError("None of the groups has an estimate: there is nothing to pool.")
    if len(y) < 2:
        return Pooled(rng.normal(y, error, (draws, len(y))), np.zeros(draws))
    own = np.where(known, 1 / np.where(known, np.maximum(error, 1e-12), 1.0) ** 2, 0.0)
    y = np.where(known, y, 0.0)
    scale = max(2 * float(np.median(error[known])), float(y[known].std()), least_scale, 1e-12)
    step = (np.arange(GRID_SIZE) + 0.5) / GRID_SIZE
    differs = GRID_END * scale * step**2
    precision = own / (1 + own * differs[:, None] ** 2)
    total = precision.sum(axis=1)
    mean = (precision @ y) / total
    log_weight = (
        np.log(step)  # the grid's own density
        - 0.5 * (differs / scale) ** 2
        - 0.5 * np.log(total)
        + 0.5 * np.log(precision[:, known]).sum(axis=1)
        - 0.5 * (precision * (y - mean[:, None]) ** 2).sum(axis=1)
    )
    weight = np.exp(log_weight - log_weight.max())
    at = rng.choice(GRID_SIZE, draws, p=weight / weight.sum())
    centre = rng.normal(mean[at], 1 / np.sqrt(total[at]))
    shared = 1 / differs[at, None] ** 2
    middle = (own * y + shared * centre[:, None]) / (own + shared)
    return Pooled(rng.normal(middle, 1 / np.sqrt(own + shared)), differs[at])
