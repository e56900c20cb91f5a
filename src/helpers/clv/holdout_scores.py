"""Judge a purchase model on a hold-out it has not seen: scores, coverage, a verdict."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from helpers.checks import Check, Side, check
from helpers.clv.coverage import ALLOWED, Stretches, outside
from helpers.clv.ranking_scores import Ranking
from helpers.inference import monte_carlo
from helpers.inference.intervals import Interval, interval
from helpers.messages import Message, Value, count, message, number, paragraph, percent

BLOCK = 1000  # rows whose draws are ordered or compared at once
MEANINGS = {
    "PASS": message("holdout.use", "use")(),
    "REVIEW": message("holdout.use_with_care", "use with care")(),
    "FAIL": message("holdout.do_not_use", "do not use")(),
}
WORSE = message(
    "holdout.worse",
    "Do not use the forecasts of single customers: a simple rule comes nearer to what they did.",
)
NOT_CLEAR = message(
    "holdout.not_clear",
    "For single customers the model is not clearly better than a simple rule: use totals, and do not act on one customer's "
    "number.",
)
TOO_FAR = message("holdout.too_far", "Do not use totals: this forecast was {bias}, and {limit} is allowed.")
HALF_FAR = message(
    "holdout.half_far",
    "The forecast of the total was {bias}: plan with the interval that holds how far earlier forecasts erred, not with the "
    "number.",
)
SPREAD_OFF = message(
    "holdout.spread_off",
    "{inside} of the customers were inside their 90 % interval ({low} to {high} is allowed): intervals of single customers "
    "are not to be relied on.",
)
REASON = message(
    "holdout.reason", "{model}, {meaning}: total {bias}. CRPS {gain} against the naive forecast ({low} to {high}). "
    "{inside} inside their 90 % interval"
)  # fmt: skip
LIMITS = message("holdout.limits", "total within {bias}, CRPS below naive, {low} to {high} inside")


TOO_HIGH = message("holdout.too_high", "{share} too high")
TOO_LOW = message("holdout.too_low", "{share} too low")
WITHIN = message("holdout.within", "within {share}")
SAY_SO = message("holdout.say_so", "{reading} Say so when you quote them.")
CAME = message("holdout.came", "{made} came, {low} to {high} forecast")
KNOWN_BEFORE = message("holdout.known_before", "inside, by what was known before")
OUTSIDE = message(
    "holdout.outside",
    "Last time what came lay outside an interval that already holds how far earlier forecasts erred: plan with more room "
    "than the interval has.",
)
NO_TOTALS = message("holdout.no_totals", "{reading} Do not quote totals.")


def missed(bias: float) -> Message:
    """Say by what share a forecast was too high (`bias` above 0) or too low."""
    return (TOO_HIGH if bias > 0 else TOO_LOW)(share=percent(abs(bias)))


@dataclass(frozen=True)
class Scores:
    """How a forecast of purchase counts did.

    crps: mean continuous ranked probability score per customer (lower is better; in purchases). total: the
    forecast's total. bias: (expected - actual) / actual of the total. coverage90: share of customers whose
    count fell into their 90 % interval (see `coverage`). top_decile_capture: share of the actual purchases
    made by the tenth of customers forecast highest.
    """

    name: str
    crps: float
    total: float
    bias: float
    coverage90: float
    top_decile_capture: float

    @property
    def missed(self) -> Message:
        """By how much the total was too high or too low, in words."""
        return missed(self.bias)


def score(name: str, simulated: np.ndarray, row_of: np.ndarray, actual: np.ndarray) -> Scores:
    """Score simulated counts against what happened.

    simulated: shape (rows, draws), futures of the distinct rows; row_of: each customer's row; actual: each
    customer's count in the hold-out.
    """
    expected = simulated.mean(axis=1)[row_of]
    total = monte_carlo.by_draw(expected.sum(), np.bincount(row_of, minlength=len(simulated)) @ simulated)
    return Scores(
        name=name,
        crps=monte_carlo.by_draw(
            crps(simulated, row_of, actual).mean(), crps_parts(simulated, row_of, actual)
        ),
        total=total,
        bias=total.through(lambda forecast: forecast / actual.sum() - 1),
        coverage90=covered(simulated, row_of, actual),
        top_decile_capture=top_decile_capture(expected, actual),
    )


def crps(simulated: np.ndarray, row_of: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score per customer: E|X - y| - E|X - X'| / 2 over the draws.

    Gneiting and Raftery 2007, equation 21. With one draw it is the absolute error.
    """
    ordered = np.sort(simulated, axis=1).astype(float)
    draws = ordered.shape[1]
    weights = (2 * np.arange(1, draws + 1) - draws - 1) / draws**2
    spread = ordered @ weights
    distance = np.array([np.abs(ordered[row] - y).mean() for row, y in zip(row_of, actual, strict=True)])
    return distance - spread[row_of]


def crps_parts(simulated: np.ndarray, row_of: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """What each draw adds to the mean `crps`, up to a constant (influence function |x - y| - E|x - X|): shape (draws,)."""
    customers, parts = np.bincount(row_of, minlength=len(simulated)), np.zeros(simulated.shape[1])
    for start in range(0, len(simulated), BLOCK):
        some = slice(start, start + BLOCK)
        parts -= customers[some] @ mean_distance(simulated[some])
    for row, y in zip(row_of, actual, strict=True):
        parts += np.abs(simulated[row] - y)
    return parts / len(actual)


def mean_distance(draws: np.ndarray) -> np.ndarray:
    """Mean distance of each draw from all draws of its row: shape of `draws`, (rows, draws)."""
    n, order = draws.shape[1], np.argsort(draws, axis=1, kind="stable")
    ordered = np.take_along_axis(draws, order, axis=1).astype(float)
    below = np.cumsum(ordered, axis=1)
    # Of the k-th of n in order, k from 0: k of them lie below it, n - 1 - k above.
    sums = ordered * (2 * np.arange(n) - n + 2) - 2 * below + below[:, -1:]
    distance = np.empty_like(sums)
    np.put_along_axis(distance, order, sums / n, axis=1)
    return distance


def stretches(simulated: np.ndarray, row_of: np.ndarray, actual: np.ndarray) -> Stretches:
    """Where each actual count falls in its forecast; arguments: `score`."""
    return _stretches(simulated, *_distinct(row_of, actual))


def covered(simulated: np.ndarray, row_of: np.ndarray, actual: np.ndarray) -> float:
    """The share of customers inside their 90 % interval, with its Monte Carlo error; arguments: `score`."""
    pairs, of = _distinct(row_of, actual)
    found, parts = _stretches(simulated, pairs, of), np.zeros(simulated.shape[1])
    by_low, by_high = (np.bincount(of, slopes, len(pairs)) for slopes in found.slopes)
    for some, less, no_more in _compared(simulated, pairs):
        parts += by_low[some] @ less + by_high[some] @ no_more
    return monte_carlo.by_draw(found.inside, parts)


def _stretches(simulated: np.ndarray, pairs: np.ndarray, of: np.ndarray) -> Stretches:
    low, high = np.empty(len(pairs)), np.empty(len(pairs))
    for some, less, no_more in _compared(simulated, pairs):
        low[some], high[some] = less.mean(axis=1), no_more.mean(axis=1)
    return Stretches(low[of], high[of])


def _distinct(row_of: np.ndarray, actual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of row and count that differ, and which of them each customer has."""
    pairs, of = np.unique(np.column_stack((row_of, actual)), axis=0, return_inverse=True)
    return pairs, of.ravel()


def _compared(simulated: np.ndarray, pairs: np.ndarray) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Pairs piece by piece, with which draws of their rows are less than their count, and which no more."""
    for start in range(0, len(pairs), BLOCK):
        some = slice(start, start + BLOCK)
        draws, count = simulated[pairs[some, 0].astype(int)], pairs[some, 1, None]
        yield some, draws < count, draws <= count


def top_decile_capture(forecast: np.ndarray, actual: np.ndarray) -> float:
    """Share of the actual purchases made by the tenth of customers with the highest forecast."""
    top = np.argsort(-forecast, kind="stable")[: max(1, len(forecast) // 10)]
    return float(actual[top].sum() / actual.sum())


def compare_crps(
    ours: np.ndarray, baseline: np.ndarray, *means: float, resamples: int = 2000, seed: int = 1
) -> Interval:
    """Paired bootstrap over customers of mean(ours) - mean(baseline), with its 90 % interval; below 0 is better.

    means: the mean scores with the errors that they have through their draws; the interval's ends have these errors, too.
    """
    difference = ours - baseline
    rng = np.random.default_rng(seed)
    draws = [difference[rng.integers(0, len(difference), len(difference))].mean() for _ in range(resamples)]
    found = interval(draws)
    return Interval(*(monte_carlo.moved_by(end, *means) for end in found.columns().values()))


def score_table(scores: list[Scores]) -> pd.DataFrame:
    """Scores as a table, one row per forecast, with the columns of `Scores`."""
    return pd.DataFrame([asdict(one) for one in scores])


def check_bias(
    name: str, bias: float, limit: float, reading: Message, ranking: Ranking | None = None
) -> Check:
    """Judge how far a hold-out total was off: REVIEW beyond half of `limit`, FAIL beyond it.

    `reading` says what a total that is off means for the page's numbers; ranking: whether that may still be used.
    """
    fail, review = (monte_carlo.beyond(bias, one) for one in (limit, limit / 2))
    advice = NO_TOTALS(reading=reading) if fail else SAY_SO(reading=reading)
    if fail and ranking is not None:
        advice = paragraph([advice, ranking.said])
    off, within = missed(bias), WITHIN(share=percent(limit / 2))
    return check(name, fail=fail, review=review, value=off, threshold=within, advice=advice)


def check_inside(
    made: float,
    forecast: Interval,
    name: str = "total of the hold-out",
    said: Callable[[float], Value] = count,
) -> Check:
    """Ask whether what came in a hold-out lies inside an interval that was made without it; said: in which unit."""
    value = CAME(made=said(made), low=said(forecast.p05), high=said(forecast.p95))
    outside = not forecast.p05 <= made <= forecast.p95
    return check(name, review=outside, value=value, threshold=KNOWN_BEFORE(), advice=OUTSIDE())


@dataclass(frozen=True)
class Judgement:
    """Whether a model may be used: verdict, what it means, why, against which thresholds, and what to do.

    at_limit: another seed might decide otherwise.
    """

    verdict: str
    meaning: Message
    reason: Message
    threshold: Message
    advice: Message | None
    at_limit: bool = False

    @property
    def check(self) -> Check:
        """The verdict as the page's check."""
        return check(
            "verdict",
            fail=Side(self.verdict == "FAIL", self.at_limit),
            review=Side(self.verdict == "REVIEW", self.at_limit),
            value=self.reason,
            threshold=self.threshold,
            advice=self.advice,
        )


def judge(
    scores: Scores,
    against_baseline: Interval,
    max_total_bias: float,
    ranking: Ranking | None = None,
    doubts: Iterable[Message | None] = (),
) -> Judgement:
    """Judge a model on its hold-out; `against_baseline` is its CRPS minus that of the best naive forecast.

    FAIL, do not use: the CRPS is worse than the baseline's beyond its interval, or the total is off by more
    than `max_total_bias`. REVIEW, use with care: not clearly better than the baseline, the total off by more
    than half of it, a coverage outside .85 to .97, or `doubts` about what the hold-out can show. PASS, use: otherwise. The
    advice names what gave the verdict, and on FAIL whether the `ranking` may be used.
    """
    bias, gain = scores.bias, against_baseline
    off, limit = scores.missed, percent(max_total_bias)
    low, high = (percent(end, 0) for end in ALLOWED)
    spread = SPREAD_OFF(inside=percent(scores.coverage90), low=low, high=high)
    worse, unclear = monte_carlo.above(gain.p05, 0.0), monte_carlo.at_least(gain.p95, 0.0)
    too_far, half_far = (monte_carlo.beyond(bias, one) for one in (max_total_bias, max_total_bias / 2))
    fails = [(WORSE(), worse), (TOO_FAR(bias=off, limit=limit), too_far)]
    cares = [(NOT_CLEAR(), unclear), (HALF_FAR(bias=off), half_far)]
    cares += [
        (spread, outside(scores.coverage90)),
        *((doubt, Side(True, False)) for doubt in doubts if doubt),
    ]
    failed, careful = ([said for said, side in of if side] for of in (fails, cares))
    verdict = "FAIL" if failed else "REVIEW" if careful else "PASS"
    reasons = [*failed, ranking.said] if failed and ranking else failed or careful
    meaning, decides = MEANINGS[verdict], [side for _, side in (fails if failed else cares)]
    reason = REASON(
        model=scores.name,
        meaning=meaning,
        bias=off,
        gain=number(gain.mean),
        low=number(gain.p05),
        high=number(gain.p95),
        inside=percent(scores.coverage90),
    )
    limits = LIMITS(bias=percent(max_total_bias / 2), low=low, high=high)
    return Judgement(
        verdict, meaning, reason, limits, paragraph(reasons) if reasons else None, at_limit_of(decides)
    )


def at_limit_of(sides: list[Side]) -> bool:
    """Whether a verdict rests on numbers at their limits alone: some side holds, and none beyond its limit."""
    holding = [side for side in sides if side]
    return bool(holding) and all(side.at_limit for side in holding)
