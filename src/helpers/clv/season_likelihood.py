"""The season in a purchase model's likelihood, and in the posterior that a fit returns."""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from helpers.clv import contact_pareto, pareto_nbd, pareto_season, season
from helpers.clv.array_libraries import PYTENSOR, Theta
from helpers.clv.day_columns import DayColumns
from helpers.clv.model_interfaces import PurchaseModel
from helpers.clv.season_clock import Clock
from helpers.clv.time_units import DAYS_PER
from helpers.inference.sampler import flat_draws

if TYPE_CHECKING:
    import xarray as xr

EFFECTS, DAYS = (
    "day_effects",
    "days",
)  # what a tree calls the effects of days, and its group with their columns


def data_of(
    module: PurchaseModel,
    rows: pd.DataFrame,
    calendar: season.Calendar,
    unit_days: float,
) -> dict[str, np.ndarray]:
    """What the likelihood reads of a base's days: `Calendar.data`, and the first and last day of every row."""
    T, t_x = (np.rint(rows[name].to_numpy(dtype=float) * unit_days).astype(np.int64) for name in ("T", "t_x"))
    first = calendar.days - T
    data = calendar.data(unit_days) | {"first": first, "last": first + t_x}
    if module.STAGES > 1:
        data |= dict(zip(("gap_from", "gap_to", "gap_count"), calendar.gaps.T, strict=True))
    return data


def rest(
    module: PurchaseModel,
    theta: Theta,
    data: dict,
    log_pace: TensorVariable,
    mailing: TensorVariable | None = None,
) -> TensorVariable:
    """The part of a base's log-likelihood that depends on times, under a season, as a scalar.

    theta: scalars, or per row; those of a Pareto/NBD, whose rows are summed by `pareto_season`, scalars or per cell.
    log_pace: of each kind of day, shape (kinds,). mailing: log factor on the rate in windows after contacts, where the data
    has them (`contact_rows`).
    """
    data = {name: pt.as_tensor(values) for name, values in data.items()}
    passed = season.passed(log_pace, data)
    first, last, x, n = (data[name] for name in ("first", "last", "x", "n"))
    t_x, T = passed[last] - passed[first], passed[-1] - passed[first]
    bought = (data["bought"] * log_pace).sum()
    if mailing is not None:
        t_x = t_x + _more(mailing, log_pace, data["in_windows_before"])
        T = T + _more(mailing, log_pace, data["in_windows"])
        bought = bought + mailing * data["bought_in_windows"]
    if module.STAGES > 1:
        gaps = passed[data["gap_to"]] - passed[data["gap_from"]]
        if mailing is not None:
            gaps = gaps + _more(mailing, log_pace, data["gap_in_windows"])
        bought = bought + (module.STAGES - 1) * (data["gap_count"] * pt.log(gaps)).sum()
    if module.LIFETIME == pareto_nbd.LIFETIME:
        if mailing is None:
            return bought + pareto_season.log_likelihood(theta, data, passed)
        pieces = passed[data["piece_to"]] - passed[data["piece_from"]]
        pieces = pieces * (1 + pt.expm1(mailing) * data["piece_in_window"])
        return bought + contact_pareto.log_likelihood(theta, data, t_x, pieces)
    return bought + (n * module.log_likelihood_row(theta, x, t_x, T, PYTENSOR)).sum()


def _more(mailing: TensorVariable, log_pace: TensorVariable, days: TensorVariable) -> TensorVariable:
    """What days in windows, by kind of day, add to operational time.

    A product of matrices: there are as many rows as the base has, and a fit around the mode asks for all its points at once.
    """
    return pt.expm1(mailing) * pt.dot(days, pt.exp(log_pace))


def with_season(tree: "xr.DataTree", calendar: season.Calendar, seed: int) -> "xr.DataTree":
    """A posterior with what predictions need of days: season and effects, drawn from the prior where none could be learnt.

    The columns of days stand in the tree's group DAYS.
    """
    posterior = tree["posterior"].to_dataset()
    sizes = posterior.sizes["chain"], posterior.sizes["draw"]
    estimated, others = calendar.structure == season.ESTIMATED, calendar.others
    if not estimated:
        log_season, log_level = season.drawn_from_prior(calendar, sizes[0] * sizes[1], seed)
        posterior["log_season"] = (("chain", "draw", "half_month"), log_season.reshape(*sizes, -1))
        posterior["log_level"] = (("chain", "draw"), log_level.reshape(sizes))
    if others is not None:
        others = others if estimated else others.unseen()
        fitted = flat_draws(tree, EFFECTS) if others.estimated.any() else np.zeros((sizes[0] * sizes[1], 0))
        effects = others.drawn(fitted, seed).reshape(*sizes, -1)
        posterior = posterior.drop_vars(EFFECTS, errors="ignore")
        posterior[EFFECTS] = (("chain", "draw", "day_column"), effects)
        tree[DAYS] = type(tree)(others.dataset())
    tree["posterior"] = posterior
    if estimated:
        half, columns, _ = calendar.kinds
        profile = flat_draws(tree, "log_season").mean(axis=0)[half]
        if others is not None and calendar.effects:
            profile = profile + columns @ flat_draws(tree, EFFECTS).mean(axis=0)[others.estimated]
        tree.attrs["season_log_gap"] = calendar.mean_log_gap(profile)
    tree.attrs.update(
        season=calendar.structure, season_end=calendar.end.isoformat(), season_days=int(calendar.days)
    )
    return tree


def clock_of(tree: "xr.DataTree") -> Clock | None:
    """The clock of a posterior, None where it has no season."""
    if "season" not in tree.attrs:
        return None
    log_season, seen = flat_draws(tree, "log_season"), tree.attrs["season"] == season.ESTIMATED
    level = np.zeros(len(log_season)) if seen else flat_draws(tree, "log_level")
    unit_days = DAYS_PER[tree.attrs["time_unit"]]
    end, days = date.fromisoformat(tree.attrs["season_end"]), int(tree.attrs["season_days"])
    others = DayColumns.of_dataset(tree[DAYS].to_dataset()) if DAYS in tree.children else None
    effects = flat_draws(tree, EFFECTS) if others is not None else np.zeros((len(log_season), 0))
    gap = float(tree.attrs.get("season_log_gap", 0.0))
    return Clock(end, days, unit_days, log_season, level, seen, gap, effects, others)
