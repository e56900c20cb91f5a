"""The error that past forecasts of a total had in common: what no posterior of the model knows.

A model's own interval holds its parameters and independent luck. What hits all customers at once (a season, a competitor, a
drift) moves the total, and leaves its trace in earlier forecasts: at origin j the logarithm of actual / forecast is
Normal(0, tau^2 g(h_j) + v_j), with v_j the model's own variance of the logarithm, h_j the horizon and g(h) = h in years, at
most 1. tau ~ HalfNormal(.15), its posterior on a grid. Segments differ from the total by Normal(0, tau_g^2 g(h)) more, with
tau_g ~ HalfNormal(.1). With fewer than FEWEST origins the prior stands alone. A bias is reported, and never added.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers.clv.predictive_money import EVERYONE
from helpers.clv.time_units import DAYS_PER
from helpers.inference.intervals import LEVEL, Interval, interval
from helpers.messages import Message, Value, between, count, message, percent
from helpers.study.year import YEAR

FEWEST = 4
BASE_SCALE, SEGMENT_SCALE = 0.15, 0.10
GRID = np.linspace(0.0, 5.0, 1001)[1:]  # in scales of the prior
DRAWS = 1000

BOTH = message(
    "common_error.both",
    "{interval} as forecasts have erred so far. If the model were right, it would be {if_right}",
)
ERRED = message("common_error.erred", "{interval} ({sure} sure, as forecasts have erred so far)")
LEARNT = message(
    "common_error.learnt",
    "Where {origins} of purchases, each of another time, said 100 %, what came was {bias} on average; that average lies "
    "{interval}. A year's total alone is off by less than {tau} in two of three years, either way. The stated interval "
    "allows for that; it is not shifted by the average miss.",
)
BELIEVED = message(
    "common_error.believed",
    "Only {origins} can be set beside what came; below {fewest} the interval holds what is believed before any is known: a "
    "year's total errs by {tau}, one standard deviation.",
)
HOLDOUT, TODAY = "holdout", "today"  # errors known at the cut, and those known today


@dataclass(frozen=True)
class Stated:
    """A total with both its intervals, which have the model's mean and median.

    interval: as forecasts have erred so far, the one that is stated; if_right: if the model were right.
    """

    interval: Interval
    if_right: Interval

    def metrics(self, name: str) -> dict[str, Interval]:
        """Both under the names of run.json: NAME, NAME.if_right."""
        return {name: self.interval, f"{name}.if_right": self.if_right}

    def both(self, of: Callable[..., Value], **options: Any) -> Message:
        """Both intervals in words; of: how the number is said, with its options."""
        ends = (between(one, of, **options) for one in (self.interval, self.if_right))
        return BOTH(**dict(zip(("interval", "if_right"), ends, strict=True)))

    def erred(self, of: Callable[..., Value], **options: Any) -> Message:
        """The interval that is stated, in words."""
        return ERRED(interval=between(self.interval, of, **options), sure=percent(LEVEL, 0))

    def columns(self) -> dict[str, float]:
        """As columns of a table: mean, p05, p50, p95 with their Monte Carlo errors, and right_p05, right_p95."""
        right = {f"right_{end}": getattr(self.if_right, end) for end in ("p05", "p95")}
        return self.interval.kept() | right

    @classmethod
    def of(cls, row: pd.Series) -> "Stated":
        """Read what `columns` wrote back from a row of a table."""
        said = Interval.of(row)
        return cls(said, Interval(said.mean, float(row["right_p05"]), said.p50, float(row["right_p95"])))


def stated(draws: np.ndarray, wide: np.ndarray) -> Stated:
    """Both intervals of a total from its draws and from those of `CommonError.widen`; the stated one is never narrower."""
    right, ends = interval(draws), interval(wide)
    low, high = min(right.p05, ends.p05), max(right.p95, ends.p95)
    return Stated(Interval(right.mean, low, right.p50, high), right)


@dataclass(frozen=True)
class CommonError:
    """Draws of tau and of tau_g, shape (draws,), and what they rest on.

    origins: past forecasts whose targets had ended. bias: mean log error of these, with its interval; None without any.
    """

    tau: np.ndarray
    tau_segments: np.ndarray
    origins: int
    bias: Interval | None = None

    @property
    def prior_alone(self) -> bool:
        """Whether too few past forecasts exist, so that the prior stands alone."""
        return self.origins < FEWEST

    def logs(self, years: float, draws: int, seed: int) -> np.ndarray:
        """Draws of the total's log error over a horizon: shape (draws,)."""
        rng = np.random.default_rng([seed, 1])
        return _spread(self.tau, years, draws, rng) * rng.standard_normal(draws)

    def segment_logs(self, weights: np.ndarray, years: float, draws: int, seed: int) -> np.ndarray:
        """Draws of how segments' log errors differ from the total's, their weighted mean 0: shape (segments, draws)."""
        rng = np.random.default_rng([seed, 2])
        z = rng.standard_normal((len(weights), draws))
        share = np.maximum(weights, 0) / max(np.maximum(weights, 0).sum(), 1e-300)
        return _spread(self.tau_segments, years, draws, rng) * (z - share @ z)

    def widen(
        self, draws: np.ndarray, years: float, seed: int = 1, cost: np.ndarray | float = 0.0
    ) -> np.ndarray:
        """Draws of a total with the common error; cost: what of it does not go with purchases, already taken off."""
        return (draws + cost) * np.exp(self.logs(years, len(draws), seed)) - cost

    def widen_all(
        self, totals: Mapping[str, np.ndarray], costs: Mapping[str, np.ndarray], years: float, seed: int = 1
    ) -> dict[str, np.ndarray]:
        """Draws of every segment's total, and of EVERYONE's, with the common error; arguments as in `widen`."""
        names = [name for name in totals if name != EVERYONE]
        served = {name: costs.get(name, np.zeros(1)) for name in totals}
        gross = {name: totals[name] + served[name] for name in totals}
        size = len(totals[EVERYONE])
        shock = self.logs(years, size, seed)
        own = self.segment_logs(np.array([gross[name].mean() for name in names]), years, size, seed)
        logs = dict(zip(names, own, strict=True)) | {EVERYONE: 0.0}
        return {name: gross[name] * np.exp(shock + logs[name]) - served[name] for name in totals}

    def total(self, draws: np.ndarray, years: float, seed: int = 1) -> Stated:
        """Both intervals of a total without costs (purchases, revenue) over a horizon."""
        return stated(draws, self.widen(draws, years, seed))

    @property
    def basis(self) -> Message:
        """Say what the interval rests on: earlier forecasts, or the prior alone."""
        tau = percent(float(np.sqrt(np.mean(self.tau**2))))
        if self.prior_alone or self.bias is None:
            return BELIEVED(origins=count(self.origins, "earlier forecast"), fewest=FEWEST, tau=tau)
        bias = self.bias.through(np.exp)
        said = {"bias": percent(bias.mean, 0), "interval": between(bias, percent, places=0)}
        return LEARNT(origins=count(self.origins, "earlier forecast"), tau=tau, **said)

    @property
    def metrics(self) -> dict[str, float | Interval | None]:
        """What past forecasts say, under the names of run.json."""
        spread = {
            "common_error.tau": interval(self.tau),
            "common_error.segments": interval(self.tau_segments),
        }
        return spread | {"common_error.origins": float(self.origins), "common_error.bias": self.bias}

    def table(self, of: str) -> pd.DataFrame:
        """As an artifact: a row per draw, with what they rest on; `read` takes it back."""
        bias = self.bias or Interval(*[np.nan] * 4)
        table = pd.DataFrame({"of": of, "tau": self.tau, "tau_segments": self.tau_segments})
        return table.assign(origins=self.origins, **bias.columns("bias_"))


def tables(at_cut: CommonError, today: CommonError) -> pd.DataFrame:
    """Both as the artifact `common_error`."""
    return pd.concat([at_cut.table(HOLDOUT), today.table(TODAY)], ignore_index=True)


def read(table: pd.DataFrame | None, of: str) -> CommonError:
    """Take what `CommonError.table` wrote out of an artifact; the prior alone where there is none."""
    if table is None:
        return prior()
    its = table[table["of"] == of]
    bias = Interval.of(its.iloc[0], "bias_") if its["bias_mean"].notna().all() else None
    tau, own = its["tau"].to_numpy(), its["tau_segments"].to_numpy()
    return CommonError(tau, own, int(its["origins"].iloc[0]), bias)


def prior(seed: int = 1) -> CommonError:
    """What is believed before any forecast has been compared with what came."""
    return estimate(pd.DataFrame(), pd.DataFrame(), seed)


def estimate(origins: pd.DataFrame, segments: pd.DataFrame, seed: int = 1) -> CommonError:
    """Learn the common error from past forecasts with disjoint targets; with fewer than FEWEST, keep the prior.

    origins: a row per origin with columns log_error, variance (the model's own, of the logarithm) and years (the horizon).
    segments: the same per origin and segment, log_error less that of the total.
    """
    known = origins.dropna() if len(origins) else origins
    found = len(known) >= FEWEST
    rng = np.random.default_rng(seed)
    tau = _posterior(known if found else None, BASE_SCALE, rng)
    own = _posterior(segments if found and len(segments) else None, SEGMENT_SCALE, rng)
    return CommonError(tau, own, len(known), _mean_error(known, tau) if len(known) else None)


def years_of(units: float, time_unit: str) -> float:
    """A horizon in the model's unit as years."""
    return units * DAYS_PER[time_unit] / YEAR


def _spread(tau: np.ndarray, years: float, draws: int, rng: np.random.Generator) -> np.ndarray:
    return rng.choice(tau, draws) * np.sqrt(min(years, 1.0))


def _posterior(errors: pd.DataFrame | None, scale: float, rng: np.random.Generator) -> np.ndarray:
    log_weight = -0.5 * GRID**2
    if errors is not None:
        growth = np.minimum(errors["years"].to_numpy(), 1.0)
        variance = (scale * GRID[:, None]) ** 2 * growth + errors["variance"].to_numpy()
        squared = errors["log_error"].to_numpy() ** 2
        log_weight = log_weight - 0.5 * (np.log(variance) + squared / variance).sum(axis=1)
    weight = np.exp(log_weight - log_weight.max())
    return scale * rng.choice(GRID, DRAWS, p=weight / weight.sum())


def _mean_error(errors: pd.DataFrame, tau: np.ndarray) -> Interval:
    """The mean log error, each counted by how sure its forecast was, with a normal interval from the errors' own spread."""
    one = errors["log_error"].to_numpy()
    variance = errors["variance"].to_numpy() + np.mean(tau**2) * np.minimum(errors["years"].to_numpy(), 1.0)
    share = (1 / variance) / (1 / variance).sum()
    mean, size = share @ one, len(one)
    spread = np.sqrt(size / (size - 1) * (share**2 @ (one - mean) ** 2)) if size > 1 else np.sqrt(variance[0])
    return interval(mean + spread * np.random.default_rng(1).standard_normal(4000))
