"""Judge a renewal model on contracts whose later renewals it has not seen: exact scores, a naive forecast, a verdict.

A forecast states, for every contract active at the cut, the probability of 0, 1, ..., all of the renewals that fell due.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from helpers.checks import Check, Side, check
from helpers.clv import renewal_models
from helpers.clv.coverage import ALLOWED, Stretches, outside
from helpers.clv.holdout_scores import MEANINGS, Judgement, at_limit_of
from helpers.errors import StudyError
from helpers.inference import monte_carlo
from helpers.inference.intervals import LOWER, UPPER, Interval
from helpers.messages import count, message, number, percent

if TYPE_CHECKING:
    import xarray as xr

SMALLEST = 1e-12
ROUNDING = 1e-9
FEWEST_INSIDE = 0.75  # nine in ten are expected; with few ages fewer are no surprise
AT_LEAST = message("renewal.at_least", "at least {share}")
ANOTHER_WAY = message(
    "renewal.another_way",
    "Retention moves with age in another way: look for a price change, an offer's end, a fixed term.",
)
ADVICE = {
    "PASS": None,
    "REVIEW": message(
        "renewal.with_care",
        "Totals may be used with the difference in mind; who will leave is hardly told apart.",
    )(),
    "FAIL": message(
        "renewal.no_better",
        "Do not use the forecasts: one renewal rate for everybody does as well, or the losses are too far off.",
    )(),
}
REASON = message(
    "renewal.reason",
    "{meaning}: {actual} contracts lost, forecast {expected} ({low} to {high}). CRPS {gain} against the naive forecast "
    "({gain_low} to {gain_high}). {inside} inside their 90 % interval",
)
LIMITS = message(
    "renewal.limits",
    "contracts lost inside the forecast's interval, CRPS below naive, {low} to {high} inside",
)


@dataclass(frozen=True)
class Forecast:
    """at_least: P(at least j renewals), shape (contracts, J + 1), 0 beyond those due; lost: draws of how many end.

    cells: contracts (rows) with the same chances, and these under each draw of the parameters: P(at least 1, 2, ... J
    renewals), shape (draws, J).
    """

    at_least: np.ndarray
    lost: np.ndarray
    cells: list[tuple[np.ndarray, np.ndarray]]

    def by_draw(self, weights: np.ndarray) -> np.ndarray:
        """The sum of weights times `at_least` under each draw, up to a constant; weights: its shape, 0 beyond those due."""
        return np.sum([kept @ weights[rows, 1:].sum(axis=0) for rows, kept in self.cells], axis=0)


@dataclass(frozen=True)
class Scores:
    """How a forecast of renewals did.

    crps: mean continuous ranked probability score per contract (renewals; lower is better). log_score: mean log
    probability of what happened (higher is better). lost: expected contracts lost; bias: (expected - actual) / actual
    of them. coverage90: share of contracts inside their 90 % interval (see `coverage`).
    """

    name: str
    crps: float
    log_score: float
    lost: float
    bias: float
    coverage90: float


def forecast(tree: "xr.DataTree", contracts: pd.DataFrame, *, draws: int = 1000, seed: int = 1) -> Forecast:
    """Forecast the renewals that fall due (column due) of contracts active at the cut, from their state there."""
    module = renewal_models.model_named(tree.attrs["renewal_model"])
    rng, most = np.random.default_rng(seed), int(contracts["due"].max())
    at_least, lost = np.zeros((len(contracts), most + 1)), np.zeros((), dtype=np.int64)
    cells = []
    group = renewal_models.group_of(tree, contracts)
    states = pd.DataFrame({"group": group, "renewals": contracts["renewals"].to_numpy()})
    for (place, renewals), rows in states.groupby(["group", "renewals"]).indices.items():
        theta = renewal_models.parameter_draws(tree, int(place), draws)
        kept = renewal_models.future_survival(module, theta, int(renewals), most)
        at_least[rows] = np.append(1.0, kept.mean(axis=0))
        for due, size in zip(*np.unique(contracts["due"].to_numpy()[rows], return_counts=True), strict=True):
            lost = lost + rng.binomial(size, 1 - kept[:, due - 1])
        cells.append((rows, kept))
    return Forecast(_up_to_due(at_least, contracts), lost, cells)


def naive_forecast(
    cells: pd.DataFrame, contracts: pd.DataFrame, *, draws: int = 1000, seed: int = 1
) -> Forecast:
    """The naive baseline: every contract, whatever its age, is renewed at the rate of all renewals so far."""
    kept, gone = cells["renewed"].sum(), cells["lost"].sum()
    rng = np.random.default_rng(seed)
    powers = rng.beta(kept + 1, gone + 1, draws)[:, None] ** np.arange(int(contracts["due"].max()) + 1)
    due, size = np.unique(contracts["due"], return_counts=True)
    at_least = np.tile(powers.mean(axis=0), (len(contracts), 1))
    lost = rng.binomial(size, 1 - powers[:, due]).sum(axis=1)
    return Forecast(_up_to_due(at_least, contracts), lost, [(np.arange(len(contracts)), powers[:, 1:])])


def check_holdout(contracts: pd.DataFrame) -> None:
    """Refuse a hold-out in which nothing can be judged."""
    lost = int((contracts["renewed"] < contracts["due"]).sum())
    if lost == 0:
        raise StudyError(
            f"{len(contracts):,} contracts active at the cut came to a renewal date in the hold-out, and none of them was "
            "lost: there is nothing to judge a forecast by. Take a longer `holdout`."
        )


def contract_crps(made: Forecast, renewed: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score per contract, exact: sum over j of (P(J <= j) - [renewed <= j])^2."""
    below = 1 - made.at_least[:, 1:]  # P(J <= j), j = 0 ... most - 1
    return ((below - (np.asarray(renewed)[:, None] <= np.arange(below.shape[1]))) ** 2).sum(axis=1)


def contract_log_score(made: Forecast, renewed: np.ndarray) -> np.ndarray:
    """Log probability, per contract, of the number of renewals that was made."""
    rows, renewed = np.arange(len(made.at_least)), np.asarray(renewed)
    beyond = np.column_stack([made.at_least, np.zeros(len(rows))])
    return np.log(np.maximum(beyond[rows, renewed] - beyond[rows, renewed + 1], SMALLEST))


def score(name: str, made: Forecast, contracts: pd.DataFrame) -> Scores:
    """Score a forecast against the renewals made (columns due, renewed)."""
    renewed, due = (contracts[column].to_numpy() for column in ("renewed", "due"))
    rows = np.arange(len(contracts))
    gone = np.zeros_like(made.at_least)
    gone[rows, due] = -1.0
    lost = monte_carlo.by_draw((1 - made.at_least[rows, due]).sum(), made.by_draw(gone))
    actual = int((renewed < due).sum())
    return Scores(
        name=name,
        crps=_mean(contract_crps(made, renewed), made, _crps_slope(made, renewed, due)),
        log_score=_mean(contract_log_score(made, renewed), made, _log_slope(made, renewed, due)),
        lost=lost,
        bias=lost.through(lambda forecast: forecast / actual - 1),
        coverage90=_covered(made, renewed, due),
    )


def _covered(made: Forecast, renewed: np.ndarray, due: np.ndarray) -> float:
    rows, chances = np.arange(len(renewed)), np.column_stack([made.at_least, np.zeros(len(renewed))])
    found = Stretches(1 - chances[rows, renewed], 1 - chances[rows, renewed + 1])
    slope = np.zeros_like(chances)
    by_low, by_high = found.slopes
    slope[rows, renewed], slope[rows, renewed + 1] = -by_low, np.where(renewed < due, -by_high, 0.0)
    return monte_carlo.by_draw(found.inside, made.by_draw(slope[:, :-1]))


def _mean(scores: np.ndarray, made: Forecast, slope: np.ndarray) -> float:
    """The mean of scores by contract, with the error it has through `at_least`; slope: what it changes a score by."""
    return monte_carlo.by_draw(scores.mean(), made.by_draw(slope) / len(scores))


def _crps_slope(made: Forecast, renewed: np.ndarray, due: np.ndarray) -> np.ndarray:
    steps = np.arange(made.at_least.shape[1])
    slope = -2 * (1 - made.at_least - (renewed[:, None] < steps))
    return np.where((steps >= 1) & (steps <= due[:, None]), slope, 0.0)


def _log_slope(made: Forecast, renewed: np.ndarray, due: np.ndarray) -> np.ndarray:
    rows = np.arange(len(renewed))
    slope = np.zeros((len(rows), made.at_least.shape[1] + 1))
    slope[rows, renewed] = np.exp(-contract_log_score(made, renewed))
    slope[rows, renewed + 1] = np.where(renewed < due, -slope[rows, renewed], 0.0)
    return slope[:, :-1]


def reliability(made: Forecast, contracts: pd.DataFrame, smallest: int, most: int = 5) -> pd.DataFrame:
    """Contracts in groups of rising forecast: the share that made every renewal that fell due.

    At most `most` groups of equal size, each of `smallest` contracts or more, but where all are fewer.
    Columns forecast, actual, size, and p05 and p95, between which the actual share lies if the forecast is right.
    """
    groups = int(np.clip(len(contracts) // max(smallest, 1), 1, most))
    due = contracts["due"].to_numpy()
    chance = made.at_least[np.arange(len(due)), due]
    table = pd.DataFrame({"forecast": chance, "actual": contracts["renewed"].to_numpy() == due, "size": 1})
    place = table["forecast"].rank(method="first").sub(0.5).mul(groups / len(table)).astype(int)
    kept = table.groupby(place).agg({"forecast": "mean", "actual": "mean", "size": "sum"})
    ends = (stats.binom.ppf(share, kept["size"], kept["forecast"]) / kept["size"] for share in (LOWER, UPPER))
    return kept.assign(**dict(zip(("p05", "p95"), ends, strict=True)))


def retention_by_age(
    tree: "xr.DataTree", cells: pd.DataFrame, *, draws: int = 1000, seed: int = 1
) -> pd.DataFrame:
    """Retention per age, actual and as the model would produce it for just as many contracts.

    Columns age, due (contracts that came to this renewal), actual, mean, p05, p95; the interval holds chance too.
    """
    rng, module = np.random.default_rng(seed), renewal_models.model_named(tree.attrs["renewal_model"])
    ages = np.arange(1, int(cells["age"].max()) + 1)
    group, drawn = renewal_models.group_of(tree, cells), 0
    for place in np.unique(group):
        mine = cells.loc[group == place].groupby("age")[["renewed", "lost"]].sum().reindex(ages, fill_value=0)
        chance = renewal_models.retention(
            module, renewal_models.parameter_draws(tree, int(place), draws), ages
        )
        drawn = drawn + rng.binomial(mine.sum(axis=1).to_numpy().astype(int), chance)
    total = cells.groupby("age")[["renewed", "lost"]].sum().reindex(ages, fill_value=0)
    due = total.sum(axis=1).to_numpy()
    share = drawn / np.maximum(due, 1)
    low, high = np.quantile(share, [LOWER, UPPER], axis=0)
    columns = {"age": ages, "due": due, "actual": total["renewed"].to_numpy() / np.maximum(due, 1)}
    return pd.DataFrame(columns | {"mean": share.mean(axis=0), "p05": low, "p95": high}).query("due > 0")


def ages_inside(by_age: pd.DataFrame) -> float:
    """Return the share of ages at which the actual retention lies inside its interval; by_age: `retention_by_age`."""
    low, high = by_age["p05"] - ROUNDING, by_age["p95"] + ROUNDING
    return float(by_age["actual"].between(low, high).mean())


def check_ages(inside: float) -> Check:
    """Ask whether retention moves with age as the model has it; inside: `ages_inside`."""
    return check(
        "share of ages inside the band",
        review=inside < FEWEST_INSIDE,
        value=percent(inside, 0),
        threshold=AT_LEAST(share=percent(FEWEST_INSIDE, 0)),
        advice=ANOTHER_WAY(),
    )


def judge(
    scores: Scores, against_naive: Interval, lost: Interval, actual: int, max_loss_bias: float
) -> Judgement:
    """Judge a renewal model on its hold-out; against_naive: its CRPS minus the naive forecast's, paired.

    FAIL, do not use: the CRPS is worse than the naive one beyond its interval, or the contracts lost lie outside the
    forecast's interval and are off by more than `max_loss_bias`. REVIEW, use with care: not clearly better than naive,
    the contracts lost outside the forecast's interval, or a coverage outside .85 to .97. PASS, use: otherwise.
    """
    elsewhere = not lost.p05 <= actual <= lost.p95
    worse, unclear = monte_carlo.above(against_naive.p05, 0.0), monte_carlo.at_least(against_naive.p95, 0.0)
    too_far = monte_carlo.beyond(scores.bias, max_loss_bias) if elsewhere else Side(False, False)
    fails, cares = [worse, too_far], [unclear, Side(elsewhere, False), outside(scores.coverage90)]
    verdict = "FAIL" if any(fails) else "REVIEW" if any(cares) else "PASS"
    reason = REASON(
        meaning=MEANINGS[verdict],
        actual=count(actual),
        expected=count(lost.mean),
        low=count(lost.p05),
        high=count(lost.p95),
        gain=number(against_naive.mean),
        gain_low=number(against_naive.p05),
        gain_high=number(against_naive.p95),
        inside=percent(scores.coverage90),
    )
    low, high = (percent(end, 0) for end in ALLOWED)
    at_limit = at_limit_of(fails if any(fails) else cares)
    return Judgement(
        verdict, MEANINGS[verdict], reason, LIMITS(low=low, high=high), ADVICE[verdict], at_limit
    )


def _up_to_due(at_least: np.ndarray, contracts: pd.DataFrame) -> np.ndarray:
    """No more renewals than fell due."""
    return at_least * (np.arange(at_least.shape[1]) <= contracts["due"].to_numpy()[:, None])
