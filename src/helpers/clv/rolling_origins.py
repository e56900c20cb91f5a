"""Rolling origin: would the model have served as well had we stood on another day, and what do its errors have in common?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd

from helpers.clv import baselines, common_error, holdout_scores, purchase_models, season, simulate
from helpers.clv.common_error import CommonError
from helpers.clv.day_columns import NOTHING, Known
from helpers.clv.distinct import distinct_rows, row_of
from helpers.clv.purchase_history import customer_summary, purchases_between
from helpers.clv.time_units import DAYS_PER
from helpers.study.year import YEAR

PARTS, BEFORE, SPANS = 3, 5, 10  # forecasts in the hold-out and before it at most, and in all the data
DRAWS = 300  # of each forecast
SCORES = ["made", "expected", "bias", "crps", "crps_past_rate"]
COLUMNS = [*SCORES, "log_error", "variance", "years", "end"]
CLASSES = (1, 2, 5)  # repeat purchases from which a customer is in the next class of frequency
FEWEST_PURCHASES = 20  # forecast or made, for the error of a class to be looked at


@dataclass(frozen=True)
class PastForecasts:
    """Forecasts of one model from several days.

    table: a row per day, index standing_on: purchases made and expected, bias (a gap where none was made), crps of the
    forecast and of the naive one that the past rate goes on; log_error, the logarithm of made / expected, its variance under
    the model, the horizon in years and the end of the target. segments: log_error less that of all, variance, years and end
    per day and class of frequency.
    """

    table: pd.DataFrame
    segments: pd.DataFrame

    @property
    def scores(self) -> pd.DataFrame:
        """The columns SCORES of the table, standing_on first."""
        return self.table.reset_index()[["standing_on", *SCORES]]

    def common(self, until: date | None = None, seed: int = 1) -> CommonError:
        """The error they had in common; until: count only those whose target had ended by that day."""
        ends = pd.Timestamp.max if until is None else pd.Timestamp(until)
        known, own = (of[of["end"] <= ends] if len(of) else of for of in (self.table, self.segments))
        return common_error.estimate(known, own, seed)


def step_days(first: date, cut: date, as_of: date) -> int:
    """The days from one origin to the next, and of each forecast: a third, a half or the whole of the hold-out.

    The longer, the more a forecast says of a year's; so that about SPANS of them fit into the data.
    """
    parts = round((as_of - cut) * SPANS / (as_of - first))
    return (as_of - cut).days // min(max(parts, 1), PARTS)


def origins(first: date, cut: date, as_of: date) -> list[tuple[date, date]]:
    """Dates to stand on, each with the end of its forecast: equal steps, so that no day is forecast twice.

    One stands on `cut`; up to BEFORE forecasts end by it, where the data reaches back so far and once more.
    """
    step = timedelta(days=step_days(first, cut, as_of))
    after = (as_of - cut) // step
    starts = [cut + k * step for k in range(-BEFORE, after)]
    return [(start, start + step) for start in starts if start - step >= first]


def rolling_origin(
    name: str,
    ledger: ibis.Table,
    periods: list[tuple[date, date]],
    time_unit: str,
    *,
    describe: Callable[[pd.DataFrame], pd.DataFrame] = lambda summary: summary,
    known: Known = NOTHING,
    seed: int = 1,
    **sampling: Any,
) -> PastForecasts:
    """Fit a model at each origin, to what was known then, and score its forecast up to the period's end.

    describe: adds the groups and covariates to a summary. known: feasts and own calendar. Origins with too few repeat
    buyers for a fit are left out.
    """
    found, parts = {}, []
    for start, end in periods:
        summary = describe(customer_summary(ledger, start, time_unit).to_pandas())
        if (summary["x"] > 0).sum() < purchase_models.MIN_REPEAT_BUYERS:
            continue
        its = sampling | {"calendar": season.calendar_of(ledger, start, known=known)}
        tree = purchase_models.fit(name, summary, time_unit, seed=seed, **its)
        posterior = simulate.posterior_of(tree, draws=DRAWS)
        rows = distinct_rows(summary, posterior.purchase.design.columns)
        bought = purchases_between(ledger, start, end).to_pandas().set_index("customer_id")["purchases"]
        actual = bought.reindex(summary["customer_id"]).fillna(0).to_numpy()
        found[pd.Timestamp(start)], own = _scored(
            posterior, rows, row_of(summary, rows), actual, (end - start).days / DAYS_PER[time_unit], seed
        )
        when = {"years": (end - start).days / YEAR, "end": pd.Timestamp(end)}
        found[pd.Timestamp(start)] |= when
        parts += [one | when for one in own]
    table = pd.DataFrame.from_dict(found, orient="index", columns=COLUMNS).rename_axis("standing_on")
    return PastForecasts(table, pd.DataFrame(parts))


def _scored(
    posterior: simulate.Posterior,
    rows: pd.DataFrame,
    place: np.ndarray,
    actual: np.ndarray,
    horizon: float,
    seed: int,
) -> tuple[dict, list[dict]]:
    """Score one forecast, and the errors of its classes of frequency."""
    futures = simulate.simulate(posterior, rows, horizon, seed=seed).purchases
    naive = baselines.last_rate_forecast(rows, horizon, posterior.draws, seed)
    expected, made = float(futures.mean(axis=1)[place].sum()), float(actual.sum())
    crps, crps_past = (float(np.mean(holdout_scores.crps(f, place, actual))) for f in (futures, naive))
    of = np.searchsorted(CLASSES, rows["x"].to_numpy(), side="right")
    totals = {one: simulate.total_of(posterior, rows[of == one], horizon, seed=seed) for one in np.unique(of)}
    error, variance = _log_error(made, sum(totals.values(), simulate.Total(np.zeros(posterior.draws))).draws)
    bias = expected / made - 1 if made else np.nan
    its = {"made": made, "expected": expected, "bias": bias, "crps": crps, "crps_past_rate": crps_past}
    own = []
    for one, total in totals.items():
        some, came = total.draws, float(actual[of[place] == one].sum())
        if min(came, some.mean()) >= FEWEST_PURCHASES:
            log, spread = _log_error(came, some)
            own.append({"log_error": log - error, "variance": spread})
    return its | {"log_error": error, "variance": variance}, own


def _log_error(made: float, totals: np.ndarray) -> tuple[float, float]:
    """log(made / forecast) and the model's own variance of it; gaps where nothing was made or forecast."""
    if made == 0 or totals.mean() == 0:
        return np.nan, np.nan
    return float(np.log(made / totals.mean())), float(totals.var() / totals.mean() ** 2)
