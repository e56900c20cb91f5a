"""Build and fit any purchase model on the distinct (x, t_x, T) of a base; the one place that knows them all."""

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from scipy import special

from helpers import fitting
from helpers.clv import bg_nbd, mbg_nbd, nbd, pareto_nbd
from helpers.clv.families import NUMPY, PYTENSOR
from helpers.clv.summary import DAYS_PER, check_summary, distinct_rows
from helpers.errors import StudyError

MODELS = {"nbd": nbd, "bg_nbd": bg_nbd, "mbg_nbd": mbg_nbd, "pareto_nbd": pareto_nbd}
MIN_REPEAT_BUYERS = 50


def model_named(name: str):
    """Return the module of a purchase model; an unknown name is refused with the list of those that exist."""
    if name not in MODELS:
        raise StudyError(f"There is no purchase model {name!r}. Models: {', '.join(MODELS)}.")
    return MODELS[name]


def log_likelihood(module, theta, rows: pd.DataFrame):
    """The log-likelihood of a base as a PyTensor scalar: sum over distinct rows of n times the row's term.

    What depends on x alone is evaluated once per distinct x. theta: tuple in the order of module.PARAMETERS.
    """
    x, t_x, T = (rows[name].to_numpy(dtype=float) for name in ("x", "t_x", "T"))
    n = rows["n"].to_numpy(dtype=float)
    distinct_x, where = np.unique(x, return_inverse=True)
    n_of_x = np.bincount(where, weights=n)
    # Sums of products, not dot: numba compiles `pt.dot` several times slower.
    by_x = (n_of_x * module.log_likelihood_x(theta, pt.as_tensor(distinct_x), PYTENSOR)).sum()
    by_row = (n * module.log_likelihood_row(theta, *map(pt.as_tensor, (x, t_x, T)), PYTENSOR)).sum()
    return by_x + by_row


def build(name: str, summary: pd.DataFrame, time_unit: str) -> pm.Model:
    """Define a purchase model on a customer summary (columns x, t_x, T): its priors and its likelihood."""
    module = model_named(name)
    check_summary(summary)
    repeat_buyers = int((summary["x"] > 0).sum())
    if repeat_buyers < MIN_REPEAT_BUYERS:
        raise StudyError(
            f"{repeat_buyers} repeat buyers; a purchase model needs at least {MIN_REPEAT_BUYERS}. "
            "Take a longer period or a larger base: with fewer the answer would be the prior's."
        )
    with pm.Model() as model:
        theta = module.priors(DAYS_PER[time_unit])
        pm.Potential("log_likelihood", log_likelihood(module, theta, distinct_rows(summary)))
    return model


def fit(name: str, summary: pd.DataFrame, time_unit: str, **sampling):
    """Fit a purchase model and return its posterior as a DataTree; sampling: draws, tune, chains, seed."""
    tree = fitting.fit(build(name, summary, time_unit), **sampling)
    tree.attrs.update(purchase_model=name, time_unit=time_unit, customers=len(summary))
    return tree


def parameter_draws(tree) -> tuple[np.ndarray, ...]:
    """The model's parameters as arrays of shape (draws,), in the order of module.PARAMETERS."""
    module = model_named(tree.attrs["purchase_model"])
    return tuple(fitting.flat_draws(tree, parameter) for parameter in module.PARAMETERS)


def parameter_means(tree) -> dict[str, float]:
    """Posterior means under the names MODEL.PARAMETER, as run.json has them."""
    name = tree.attrs["purchase_model"]
    pairs = zip(model_named(name).PARAMETERS, parameter_draws(tree), strict=True)
    return {f"{name}.{parameter}": float(draws.mean()) for parameter, draws in pairs}


def p_alive(tree, rows: pd.DataFrame) -> np.ndarray:
    """P(alive) of every row at the end of its window, averaged over the posterior: shape (rows,)."""
    module, theta = model_named(tree.attrs["purchase_model"]), parameter_draws(tree)
    return _mean_over_draws(
        lambda t, x, t_x, T: special.expit(-module.log_odds_dropped(t, x, t_x, T, NUMPY)), theta, rows
    )


def expected_purchases(tree, rows: pd.DataFrame, t: float) -> np.ndarray:
    """Expected purchases of every row in the `t` units after its window, averaged over the posterior."""
    module, theta = model_named(tree.attrs["purchase_model"]), parameter_draws(tree)
    return _mean_over_draws(lambda th, x, t_x, T: module.expected_purchases(th, x, t_x, T, t), theta, rows)


def pointwise_log_likelihood(module, theta: tuple[np.ndarray, ...], rows: pd.DataFrame) -> np.ndarray:
    """Log-likelihood of one customer per row and draw: shape (draws, rows); theta: arrays of shape (draws,)."""
    theta = tuple(np.asarray(value, dtype=float)[:, None] for value in theta)
    x, t_x, T = (rows[name].to_numpy(dtype=float) for name in ("x", "t_x", "T"))
    return module.log_likelihood_x(theta, x, NUMPY) + module.log_likelihood_row(theta, x, t_x, T, NUMPY)


def _mean_over_draws(quantity, theta, rows: pd.DataFrame, chunk: int = 500) -> np.ndarray:
    """Average quantity(theta, x, t_x, T) over draws, in chunks of rows so that memory does not grow with the base."""
    theta = tuple(value[:, None] for value in theta)
    columns = [rows[name].to_numpy(dtype=float) for name in ("x", "t_x", "T")]
    starts = range(0, len(rows), chunk)
    return np.concatenate(
        [quantity(theta, *(c[i : i + chunk] for c in columns)).mean(axis=0) for i in starts]
    )
