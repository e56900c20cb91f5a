"""Build and fit any purchase model on the distinct (x, t_x, T) of a base; the one place that knows them all."""

from functools import cache

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


def likelihood_data(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """What the likelihood reads of distinct rows: x, t_x, T with their counts n; each distinct x with its count."""
    data = {name: rows[name].to_numpy(dtype=float) for name in ("x", "t_x", "T", "n")}
    distinct_x, where = np.unique(data["x"], return_inverse=True)
    return data | {"distinct_x": distinct_x, "n_of_x": np.bincount(where, weights=data["n"])}


def log_likelihood(module, theta, data: dict):
    """The log-likelihood of a base as a PyTensor scalar: sum over distinct rows of n times the row's term.

    What depends on x alone is evaluated once per distinct x. theta: tuple in the order of module.PARAMETERS; data:
    `likelihood_data`, as arrays or tensors.
    """
    x, t_x, T, n, distinct_x, n_of_x = (pt.as_tensor(values) for values in data.values())
    # Sums of products, not dot: numba compiles `pt.dot` several times slower.
    by_x = (n_of_x * module.log_likelihood_x(theta, distinct_x, PYTENSOR)).sum()
    return by_x + (n * module.log_likelihood_row(theta, x, t_x, T, PYTENSOR)).sum()


def build(name: str, summary: pd.DataFrame, time_unit: str) -> pm.Model:
    """Define a purchase model on a customer summary (columns x, t_x, T): its priors and its likelihood."""
    module = model_named(name)
    check(summary)
    with pm.Model() as model:
        theta = module.priors(DAYS_PER[time_unit], pm.Data("prior_width", 1.0))
        data = {key: pm.Data(key, values) for key, values in likelihood_data(distinct_rows(summary)).items()}
        pm.Potential("log_likelihood", log_likelihood(module, theta, data))
    return model


def check(summary: pd.DataFrame) -> None:
    """Refuse a summary that no purchase model can read, or with too few repeat buyers to say anything."""
    check_summary(summary)
    repeat_buyers = int((summary["x"] > 0).sum())
    if repeat_buyers < MIN_REPEAT_BUYERS:
        raise StudyError(
            f"{repeat_buyers} repeat buyers; a purchase model needs at least {MIN_REPEAT_BUYERS}. "
            "Take a longer period or a larger base: with fewer the answer would be the prior's."
        )


@cache
def _compiled(name: str, time_unit: str):
    """A compiled model of its kind, whose data is still to be exchanged: compiling takes longer than many fits."""
    any_base = pd.DataFrame({"x": [1] * MIN_REPEAT_BUYERS, "t_x": 1.0, "T": 2.0})
    return fitting.compiled(build(name, any_base, time_unit))


def fit(name: str, summary: pd.DataFrame, time_unit: str, *, prior_width: float = 1.0, **sampling):
    """Fit a purchase model and return its posterior as a DataTree; sampling: draws, tune, chains, seed.

    prior_width stretches the priors' standard deviations, to see how much they decide.
    """
    check(summary)
    model_named(name)
    ready = _compiled(name, time_unit)
    data = likelihood_data(distinct_rows(summary)) | {"prior_width": prior_width}
    tree = fitting.sample(fitting.exchange(ready, data), **sampling)
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


def expected_totals(tree, rows: pd.DataFrame, t: float, draws: int = 200) -> np.ndarray:
    """Expected purchases of the base in the `t` units after the window, for up to `draws` draws of the parameters."""
    module, theta = model_named(tree.attrs["purchase_model"]), parameter_draws(tree)
    theta = tuple(
        value[np.linspace(0, len(value) - 1, min(draws, len(value))).astype(int)] for value in theta
    )
    parts = _in_chunks(lambda th, x, t_x, T: module.expected_purchases(th, x, t_x, T, t), theta, rows)
    return np.concatenate(list(parts), axis=1) @ rows["n"].to_numpy()


def pointwise_log_likelihood(module, theta: tuple[np.ndarray, ...], rows: pd.DataFrame) -> np.ndarray:
    """Log-likelihood of one customer per row and draw: shape (draws, rows); theta: arrays of shape (draws,)."""
    return np.concatenate(
        list(
            _in_chunks(
                lambda theta, x, t_x, T: (
                    module.log_likelihood_x(theta, x, NUMPY)
                    + module.log_likelihood_row(theta, x, t_x, T, NUMPY)
                ),
                theta,
                rows,
            )
        ),
        axis=1,
    )


def _mean_over_draws(quantity, theta, rows: pd.DataFrame) -> np.ndarray:
    """Average quantity(theta, x, t_x, T) over draws: shape (rows,)."""
    return np.concatenate([values.mean(axis=0) for values in _in_chunks(quantity, theta, rows)])


def _in_chunks(quantity, theta, rows: pd.DataFrame, chunk: int = 100):
    """Yield quantity(theta, x, t_x, T) of shape (draws, rows) in chunks of rows, so that memory does not grow with them."""
    theta = tuple(np.asarray(value, dtype=float)[:, None] for value in theta)
    columns = [rows[name].to_numpy(dtype=float) for name in ("x", "t_x", "T")]
    for start in range(0, len(rows), chunk):
        yield quantity(theta, *(column[start : start + chunk] for column in columns))
