"""Partial pooling of a few estimates with known errors: each is drawn towards the others as far as it is uncertain."""

import numpy as np
from numpy.typing import ArrayLike


def pool(estimates: ArrayLike, errors: ArrayLike, draws: int = 1000, seed: int = 1) -> np.ndarray:
    """Draw the true values behind estimates with normal errors, shape (draws, groups).

    The normal hierarchical model with known errors (Gelman et al., Bayesian Data Analysis, 3rd edition, section 5.4):
    true values vary around a common mean with standard deviation tau, whose prior is half-normal with the size of the
    estimates' mean. An infinite error stands for a group without an estimate. The posterior of tau is taken on a grid.
    """
    estimates, errors = np.asarray(estimates, float), np.asarray(errors, float)
    rng = np.random.default_rng(seed)
    known = np.isfinite(errors)
    if not known.any():
        raise ValueError("None of the groups has an estimate: there is nothing to pool.")
    y, s2 = np.where(known, estimates, 0.0), np.where(known, np.maximum(errors, 1e-12) ** 2, np.inf)
    scale = max(abs(y[known].mean()), np.sqrt(s2[known].min()))
    tau = np.linspace(0, 3, 400) * scale
    precision = 1 / (s2 + tau[:, None] ** 2)
    mu_precision = precision.sum(axis=1)
    mu = (precision @ y) / mu_precision
    inside = np.where(known, np.log(precision, where=precision > 0, out=np.zeros_like(precision)), 0.0)
    misfit = (precision * (y - mu[:, None]) ** 2).sum(axis=1)
    log_p = -0.5 * (tau / scale) ** 2 - 0.5 * np.log(mu_precision) + 0.5 * inside.sum(axis=1) - 0.5 * misfit
    p = np.exp(log_p - log_p.max())
    at = rng.choice(len(tau), draws, p=p / p.sum())
    centre = mu[at] + rng.standard_normal(draws) / np.sqrt(mu_precision[at])
    t2 = np.maximum(tau[at, None] ** 2, 1e-18)
    own = 1 / s2
    total = own + 1 / t2
    mean = (own * y + centre[:, None] / t2) / total
    return mean + rng.standard_normal((draws, len(y))) / np.sqrt(total)
