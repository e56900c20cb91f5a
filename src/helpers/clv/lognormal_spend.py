"""Log-normal spend: the alternative to Gamma-Gamma for heavy tails, with or without dependence on the purchase rate.

The logarithm of an order day's revenue is Normal(mu_i, sigma), and mu_i is Normal(m + kappa (log lambda_i - centre), tau)
across customers: at kappa = 0 spend has nothing to do with frequency; at kappa = .1 a customer who buys twice as often
spends 7 % more per order. The latent rate lambda_i is known through the purchase model, as mean h_i and variance w_i of
log lambda_i given the history; since a posterior mean errs independently of itself (Berkson 1950), regressing on h_i is
unbiased for kappa, and kappa^2 w_i joins the variance. Means, sums of squares and products per number of order days
are sufficient: the likelihood reads a row per (group, order days), whatever the number of customers.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy import special

from helpers.clv import gamma_gamma, purchase_models
from helpers.clv.array_libraries import Theta
from helpers.clv.customer_groups import Design, design_of
from helpers.clv.gap_stages import log_rate_moments
from helpers.clv.priors import positive, real
from helpers.clv.spend_index import SpendIndex, in_money_of_the_end
from helpers.errors import StudyError
from helpers.inference import sampler
from helpers.inference.intervals import Interval, interval

if TYPE_CHECKING:
    import xarray as xr

PARAMETERS = ("m", "kappa", "tau", "sigma")
FINEST = (
    0.01  # standard deviation that is always within one customer's orders: without any, sigma would go to 0
)
RATE_DRAWS = 50  # of the purchase model, over which a customer's rate is averaged


def log_summary(ledger: ibis.Table, end: date, index: SpendIndex | None = None) -> ibis.Table:
    """Summarise the logarithms of revenue per repeat order day of each customer up to and including `end`.

    spend_days: repeat order days with positive revenue (the first day of all is left out, days without revenue have no
    logarithm); mean_log: the mean of their logarithms; squares: the sum of squared deviations from it. index: see
    `purchase_history.customer_summary`.
    """
    bought = ledger.filter((ledger.kind == "purchase") & (ledger.order_date <= end))
    days = bought.group_by(["customer_id", "order_date"]).agg(revenue=bought.revenue.sum())
    days = in_money_of_the_end(days, index)
    days = days.mutate(first_date=days.order_date.min().over(ibis.window(group_by=days.customer_id)))
    days = days.filter((days.order_date > days.first_date) & (days.revenue > 0))
    days = days.mutate(log=days.revenue.ln())
    found = days.group_by("customer_id").agg(
        spend_days=days.count(), mean_log=days.log.mean().round(9), squared=(days.log * days.log).mean()
    )
    squares = (found.spend_days * (found.squared - found.mean_log * found.mean_log)).clip(lower=0).round(9)
    return found.select("customer_id", "spend_days", "mean_log", squares=squares)


def log_rates(its: purchase_models.Parameters, summary: pd.DataFrame) -> pd.DataFrame:
    """What a purchase model knows about each customer's log purchase rate given the history.

    Columns h and w: its mean and variance; ahead, ahead_w: the same for whoever makes a purchase to come: they are active,
    and likelier the higher their rate (Gamma(r + x + 1) instead of Gamma(r + x)). A customer who has left did so at
    their last purchase; under the Pareto/NBD, somewhat later.
    """
    its = its.thinned(RATE_DRAWS)
    keys = ["x", "t_x", "T", *(["group"] if "group" in summary else []), *its.design.columns]
    alike = summary.groupby(keys, sort=False)
    rows = alike.size().index.to_frame(index=False)
    left = special.expit(its.log_odds_dropped(rows))
    shape, seen = its.latent(rows)[:2]
    stages, z = its.module.STAGES, its.silent(rows)
    alive, alive_w = log_rate_moments(shape, seen, z, stages)
    gone, gone_w = log_rate_moments(shape, its.latent(rows, at_last=True)[1], 0 * z, stages)
    ahead, ahead_w = log_rate_moments(shape, seen, z, stages, bought=1)
    spread = left * (1 - left) * (gone - alive) ** 2
    known = pd.DataFrame(
        {
            "h": (alive + left * (gone - alive)).mean(axis=0),
            "w": (alive_w + left * (gone_w - alive_w) + spread).mean(axis=0),
            "ahead": ahead.mean(axis=0),
            "ahead_w": np.broadcast_to(ahead_w, left.shape).mean(axis=0),
        }
    )
    return known.iloc[alike.ngroup()].set_axis(summary.index)


def joined(summary: pd.DataFrame, logs: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """The summary with the columns of `log_summary` (0 where a customer has none) and of `log_rates`."""
    found = logs.set_index("customer_id").reindex(summary["customer_id"]).fillna(0.0)
    return pd.concat([summary, found.set_axis(summary.index), rates], axis=1)


def likelihood_data(its: pd.DataFrame, groups: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Counts, sums and products per (group, order days) of the customers with order days, and totals per group."""
    its = its[its["spend_days"] > 0]
    if len(its) < gamma_gamma.MIN_REPEAT_BUYERS:
        raise StudyError(
            f"{len(its)} repeat buyers with positive spend; the spend model needs at least {gamma_gamma.MIN_REPEAT_BUYERS}."
        )
    place, sizes = gamma_gamma.position(its, groups), max(len(groups), 1)
    centre = np.bincount(place, its["h"], sizes) / np.maximum(np.bincount(place, minlength=sizes), 1)
    z, y = its["h"].to_numpy() - centre[place], its["mean_log"].to_numpy()
    w = its["w"].to_numpy()
    parts = pd.DataFrame({"n": 1.0, "y": y, "z": z, "yy": y * y, "zz": z * z, "yz": y * z, "w": w})
    parts = parts.groupby([place, its["spend_days"].to_numpy()]).sum().rename_axis(["group_of", "days"])
    parts["w"] /= parts["n"]
    free = np.bincount(place, its["spend_days"] - 1, sizes)
    found = {name: column.to_numpy() for name, column in parts.reset_index().items()}
    return found | {
        "within": np.bincount(place, its["squares"], sizes) + free * FINEST**2,
        "free": free,
        "log_centre": y.mean(),
        "centre": centre,
    }


def log_likelihood(theta: Theta, data: dict) -> TensorVariable:
    """Log-likelihood of mean_log and squares of all customers, up to a constant, as a PyTensor scalar.

    mean_log ~ Normal(m + kappa z, sqrt(tau^2 + kappa^2 w + sigma^2 / days)), squares / sigma^2 ~ chi-square(days - 1).
    """
    sigma, of = theta[3], data["group_of"]
    m, kappa, tau, own = (value[of] if getattr(value, "ndim", 0) else value for value in theta)
    variance = tau**2 + kappa**2 * data["w"] + own**2 / data["days"]
    n, y, z = data["n"], data["y"], data["z"]
    squared = data["yy"] - 2 * m * y - 2 * kappa * data["yz"]
    squared = squared + m**2 * n + 2 * m * kappa * z + kappa**2 * data["zz"]
    within = data["free"] * pt.log(sigma) + data["within"] / (2 * sigma**2)
    return -(n * pt.log(variance) / 2 + squared / (2 * variance)).sum() - within.sum()


def build(data: dict, groups: tuple[str, ...], dependent: bool) -> pm.Model:
    """Define the model on `likelihood_data`; kappa is 0 unless `dependent`.

    m: Normal around log_centre, the observed mean of the logarithms, with standard deviation 1. tau, between customers,
    and sigma, between one customer's orders: LogNormal, median .6, 90 % between .12 and 3. kappa: Normal(0, .5), so
    that 90 % lie between 43 % less and 77 % more spend per doubling of the rate.
    """
    with pm.Model(coords={"group": list(groups)}) as model:
        held = {name: pm.Data(name, values) for name, values in data.items() if name != "centre"}
        m = real("m", held["log_centre"], 1.0, bool(groups))
        tau, sigma = (positive(name, 0.6, 1.0, bool(groups)) for name in ("tau", "sigma"))
        kappa = real("kappa", 0.0, 0.5, bool(groups)) if dependent else pt.constant(0.0)
        pm.Potential("log_likelihood", log_likelihood((m, kappa, tau, sigma), held))
    return model


_READY: dict = {}  # compiled models of this process, whose data is exchanged


def fit(
    its: pd.DataFrame, *, dependent: bool, groups: tuple[str, ...] | None = None, **sampling: Any
) -> "xr.DataTree":
    """Fit log-normal spend to a `joined` summary and return its posterior as a DataTree; sampling: as `sampler.fit`."""
    groups = design_of(its).groups if groups is None else groups
    data = likelihood_data(its, groups)
    key = groups, dependent
    tree = sampler.fit_shared(_READY, key, lambda **_: build(data, groups, dependent), data, **sampling)
    centre = " ".join(map(repr, map(float, data["centre"])))
    tree.attrs.update(spend_model=_name(dependent), design=Design(groups).text(), rate_centre=centre)
    return tree


@dataclass(frozen=True)
class Parameters:
    """Draws of m, kappa, tau and sigma, each (draws, groups), one column without groups, and each group's rate centre."""

    design: Design
    theta: tuple[np.ndarray, ...]
    centre: np.ndarray

    def thinned(self, draws: int) -> "Parameters":
        """`draws` evenly spaced draws, all when there are fewer."""
        some = np.linspace(0, len(self.theta[0]) - 1, min(draws, len(self.theta[0]))).astype(int)
        return Parameters(self.design, tuple(value[some] for value in self.theta), self.centre)


def parameters(tree: "xr.DataTree") -> Parameters:
    """Take a fitted model's parameters out of its posterior."""
    found = {name: sampler.flat_draws(tree, name) for name in PARAMETERS if name in tree["posterior"]}
    found.setdefault("kappa", np.zeros_like(found["m"]))
    theta = tuple(found[name].reshape(len(found[name]), -1) for name in PARAMETERS)
    centre = np.array([float(one) for one in tree.attrs["rate_centre"].split()])
    return Parameters(Design.of_text(tree.attrs["design"]), theta, centre)


def own_level(its: Parameters, rows: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """Each customer's log spend at a purchase to come: mean and variance of mu, and sigma, each (draws, rows)."""
    place = gamma_gamma.position(rows, its.design.groups)
    m, kappa, tau, sigma = (value[:, place] for value in its.theta)
    before = m + kappa * (rows["ahead"].to_numpy() - its.centre[place])
    variance = tau**2 + kappa**2 * rows["ahead_w"].to_numpy()
    days = rows["spend_days"].to_numpy()
    weight = variance / (variance + sigma**2 / np.maximum(days, 1)) * (days > 0)
    return before + weight * (rows["mean_log"].to_numpy() - before), variance * (1 - weight), sigma


def expected_spend(its: Parameters, rows: pd.DataFrame) -> np.ndarray:
    """Expected revenue of a purchase to come of each customer of a `joined` summary: shape (draws, rows)."""
    mean, variance, sigma = own_level(its, rows)
    return np.exp(mean + (variance + sigma**2) / 2)


def simulated_mean(
    its: Parameters, rows: pd.DataFrame, n: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """One draw per posterior draw of the mean revenue of n purchases to come of each customer: (draws, rows)."""
    mean, variance, sigma = own_level(its, rows)
    level = rng.normal(mean, np.sqrt(variance))
    total, counts = np.zeros_like(level), np.asarray(n)
    for order in range(int(counts.max())):
        buys = counts > order
        total[:, buys] += np.exp(rng.normal(level[:, buys], sigma[:, buys]))
    return total / counts


def per_doubling(tree: "xr.DataTree") -> dict[str, Interval]:
    """How much more an order brings of a customer who buys twice as often: 2^kappa - 1, per group ("" without)."""
    its = parameters(tree)
    labels = its.design.groups or ("",)
    return {name: interval(2.0 ** its.theta[1][:, k] - 1) for k, name in enumerate(labels)}


def _name(dependent: bool) -> str:
    return "log_normal_dependent" if dependent else "log_normal"
