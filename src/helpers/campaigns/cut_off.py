"""A cut-off that decided who was treated (regression discontinuity): units just above it against units just below.

The estimand is the effect on units at the cut-off. It holds where nobody could aim at the cut-off: a mailing score or a
rank that the firm computed, never a basket that a customer tops up for free shipping. So a cut-off that customers can aim
at is refused, and so is one at which the density of the score jumps (McCrary 2008); what is told then is the bunching
(Chetty et al. 2011; Kleven 2016). The effect is a local linear difference with a triangular kernel; its interval is that
of the local quadratic at the same bandwidth, which is the bias-corrected one (Calonico, Cattaneo and Titiunik 2014, remark
7), with errors robust to unequal variances.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from helpers.campaigns.covariate_table import as_numbers
from helpers.campaigns.trial import Trial
from helpers.campaigns.unit_outcomes import MONEY
from helpers.checks import Check, check
from helpers.errors import CannotAnswer, StudyError
from helpers.inference.intervals import UPPER, Interval
from helpers.messages import message, plain

CAN_AIM = ("can", "cannot", "unknown")
JUMP = 0.05  # p value of a jump of the density below which the cut-off counts as aimed at
BINS, FEWEST = 20, 50  # bins on either side of the density; units on either side of the cut-off, at least
SHARP = 0.9  # rise of the share treated at the cut-off that it must make
NEAR = 0.1  # of the cut-off's value (or spread of the score): where who aims at it would gather
AIMED, DECIDED = "Nobody aims at the cut-off", "Someone alike was left alone"
CAN = message(
    "cut_off.can",
    "Customers can aim at this cut-off, so those just above it chose to be there: no effect is told, only how they gather.",
)
UNSAID = message(
    "cut_off.unsaid",
    "Whether customers can aim at this cut-off is not said, so no effect is told. If only the firm knew the score, say so: "
    "can_aim: cannot.",
)
JUMPS = message(
    "cut_off.jumps",
    "Units gather on one side of the cut-off: somebody aims at it after all, so no effect is told.",
)
BY_SCORE = message(
    "cut_off.by_score",
    "A score decided who was contacted, so nobody alike was left alone. Only the effect at the cut-off can be told.",
)
JUMP_P = message("cut_off.jump_p", "jump of the density: p = {p}")
HOLDS = message("cut_off.holds", "cannot be aimed at, and p >= {p}")
YES, NO = message("cut_off.yes", "a score decided"), message("cut_off.no", "no score decided")


@dataclass(frozen=True)
class Density:
    """How the score is spread around a cut-off: units per bin, what a smooth density would hold, and the jump at the
    cut-off.

    middle, units, smooth: per bin. jump: log of the density right of the cut-off over that left of it, p_value: of no jump.
    excess: units right above the cut-off beyond the smooth density; expected: by it, there. missing: short of it right
    below.
    """

    middle: np.ndarray
    units: np.ndarray
    smooth: np.ndarray
    jump: float
    p_value: float
    excess: float
    expected: float
    missing: float


@dataclass(frozen=True)
class CutOff:
    """The effect at a cut-off: its interval, the bandwidth, and how many units it rests on.

    halved: the estimate at half the bandwidth.
    """

    effect: Interval
    bandwidth: float
    left: int
    right: int
    halved: float


@dataclass(frozen=True)
class Scored:
    """A campaign that a score decided: the cut-off, how the score is spread there, and the effect unless it is refused."""

    cut: float
    can_aim: str
    density: Density
    found: CutOff | None


def read(test: Trial, score: str, cut: float, can_aim: str) -> Scored | None:
    """Read the effect at the cut-off of a score, a column of the table of assignments; None where no score is named."""
    if not score:
        return None
    rows = test.assignments.drop_duplicates("customer_id")
    numbers = as_numbers(rows[score]) if score in rows else None
    if numbers is None or numbers.isna().any():
        raise StudyError(f"unit_score is {score!r}: name a column that holds a number for every unit.")
    own = numbers.set_axis(rows["customer_id"].astype(str)).reindex(test.units["unit_id"]).to_numpy(float)
    spread = density(own, cut)
    if refused(spread, can_aim):
        return Scored(cut, can_aim, spread, None)
    outcome = test.net if test.measure == MONEY else test.units["revenue"]
    treated = (test.units["arm"] == test.arms[1]).to_numpy(bool)
    return Scored(cut, can_aim, spread, effect(own, cut, treated, outcome.to_numpy(float)))


def checks(scored: Scored | None) -> list[Check]:
    """Ask whether nobody aimed at the cut-off, and say that a score leaves nobody alike alone; nothing without a score."""
    if scored is None:
        return []
    aimed = {"can": CAN, "unknown": UNSAID}.get(scored.can_aim, JUMPS)
    return [
        check(
            AIMED,
            fail=scored.found is None,
            value=JUMP_P(p=plain(scored.density.p_value)),
            threshold=HOLDS(p=plain(JUMP)),
            advice=aimed(),
        ),
        check(DECIDED, fail=True, value=YES(), threshold=NO(), advice=BY_SCORE()),
    ]


def metrics(scored: Scored | None) -> dict[str, Interval]:
    """The effect at the cut-off, where one is told."""
    return {"cut_off.effect": scored.found.effect} if scored and scored.found else {}


def refused(density: Density, can_aim: str) -> bool:
    """Whether no effect is told: customers can aim at the cut-off, nobody says they cannot, or the density jumps."""
    if can_aim not in CAN_AIM:
        raise StudyError(f"can_aim is {can_aim!r}: it can be one of {', '.join(CAN_AIM)}.")
    return can_aim != "cannot" or density.p_value < JUMP


def density(score: np.ndarray, cut: float) -> Density:
    """Describe how the score is spread within as far from the cut-off as the nearer end of the middle 98 %.

    The jump: a Poisson regression of units per bin, a cubic on either side. The smooth density: a polynomial of third degree
    through the bins that are not near the cut-off. CannotAnswer where either side has too few units.
    """
    score = np.asarray(score, float)
    low, high = np.quantile(score, [0.01, 0.99])
    reach = min(cut - low, high - cut)
    near = np.abs(score - cut) < reach
    sides = [int((near & (score < cut)).sum()), int((near & (score >= cut)).sum())]
    if reach <= 0 or min(sides) < FEWEST:
        raise CannotAnswer(
            f"{sides[0]:,} units lie below the cut-off {cut:g} and {sides[1]:,} above, as far as both sides "
            f"reach; at least {FEWEST} of either are needed."
        )
    edges = cut + np.linspace(-reach, reach, 2 * BINS + 1)
    units = np.histogram(score, edges)[0].astype(float)
    t = np.linspace(-1, 1, 2 * BINS + 1)
    t = (t[1:] + t[:-1]) / 2
    above = (t > 0).astype(float)
    sided = np.column_stack([np.ones_like(t), t, t**2, above, above * t, above * t**2, t**3, above * t**3])
    fitted, covariance = _poisson(sided, units)
    mean = np.exp(sided @ fitted)
    spread = max(float(((units - mean) ** 2 / mean).sum()) / (len(t) - 8), 1.0)
    jump, error = float(fitted[3]), math.sqrt(covariance[3, 3] * spread)
    near = max(NEAR * (abs(cut) if cut else score.std()), edges[1] - edges[0])
    middle = (edges[1:] + edges[:-1]) / 2
    away = np.abs(middle - cut) > near
    plain = np.column_stack([t**power for power in range(4)])
    smooth = np.exp(plain @ _poisson(plain[away], units[away])[0])
    right, left = ~away & (middle > cut), ~away & (middle < cut)
    return Density(
        middle, units, smooth, jump, float(2 * stats.norm.sf(abs(jump) / error)),
        float(units[right].sum() - smooth[right].sum()), float(smooth[right].sum()),
        float(smooth[left].sum() - units[left].sum()),
    )  # fmt: skip


def effect(score: np.ndarray, cut: float, treated: np.ndarray, outcome: np.ndarray) -> CutOff:
    """Estimate the effect at the cut-off; treated: who was. StudyError where the cut-off did not decide that."""
    x, y, d = np.asarray(score, float) - cut, np.asarray(outcome, float), np.asarray(treated, float)
    h = bandwidth(x, y)
    rise = abs(_jump(x, d, h, 1)[0])
    if rise < SHARP:
        raise StudyError(
            f"At the cut-off {cut:g} the share treated changes by {100 * rise:.0f} points only: it is not what decided. "
            f"Name the score and the cut-off that did (unit_score, score_cut)."
        )
    sign = 1.0 if d[x >= 0].mean() > d[x < 0].mean() else -1.0
    mean, _ = _jump(x, y, h, 1)
    centre, error = _jump(x, y, h, 2)
    half = float(stats.norm.ppf(UPPER)) * error
    ends = sorted((sign * (centre - half), sign * (centre + half)))
    inside = np.abs(x) < h
    return CutOff(
        Interval(sign * mean, ends[0], sign * centre, ends[1]), h,
        int((inside & (x < 0)).sum()), int((inside & (x >= 0)).sum()), sign * _jump(x, y, h / 2, 1)[0],
    )  # fmt: skip


def bandwidth(x: np.ndarray, y: np.ndarray) -> float:
    """The bandwidth that balances bias and noise at 0 (Imbens and Kalyanaraman 2012), curvatures by quartics per side."""
    sides, n = (x < 0, x >= 0), len(x)
    if min(side.sum() for side in sides) < FEWEST:
        raise CannotAnswer(f"Fewer than {FEWEST} units lie on one side of the cut-off.")
    pilot = 1.84 * x.std() * n ** (-1 / 5)
    near = np.abs(x) <= pilot
    at_cut = near.sum() / (2 * n * pilot)
    noise = float(np.mean([y[near & side].var() for side in sides]))
    curves, unsure = [], 0.0
    for side in sides:
        scale = np.abs(x[side]).max()
        curves.append(2 * np.polyfit(x[side] / scale, y[side], 4)[2] / scale**2)
        unsure += 2160 * noise / (side.sum() * scale**4)
    found = (
        3.4375 * (2 * noise / (at_cut * ((curves[1] - curves[0]) ** 2 + unsure))) ** (1 / 5) * n ** (-1 / 5)
    )
    enough = max(np.partition(np.abs(x[side]), FEWEST - 1)[FEWEST - 1] for side in sides)
    return float(np.clip(found, enough * 1.0001, np.abs(x).max() * 1.0001))


def _jump(x: np.ndarray, y: np.ndarray, h: float, degree: int) -> tuple[float, float]:
    """The jump at 0 of a local polynomial with a triangular kernel, and its standard error (HC3)."""
    weight = np.maximum(1 - np.abs(x) / h, 0.0)
    rows = weight > 0
    t, w, above = x[rows] / h, weight[rows], (x[rows] >= 0).astype(float)
    powers = [t**power for power in range(1, degree + 1)]
    made = np.column_stack([above, np.ones_like(t), *powers, *(above * one for one in powers)])
    bread = np.linalg.pinv((made * w[:, None]).T @ made)
    fitted = bread @ ((made * w[:, None]).T @ y[rows])
    lever = w * np.einsum("ij,jk,ik->i", made, bread, made)
    left = (y[rows] - made @ fitted) / np.maximum(1 - lever, 1e-3)
    meat = made * (w * left)[:, None]
    return float(fitted[0]), float(np.sqrt((bread @ (meat.T @ meat) @ bread)[0, 0]))


def _poisson(made: np.ndarray, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A Poisson regression with a logarithmic link (Newton): coefficients and their covariance."""
    fitted = np.linalg.lstsq(made, np.log(units + 0.5), rcond=None)[0]
    for _ in range(50):
        mean = np.exp(np.clip(made @ fitted, -30, 30))
        covariance = np.linalg.pinv((made * mean[:, None]).T @ made)
        step = covariance @ (made.T @ (units - mean))
        fitted = fitted + step
        if np.abs(step).max() < 1e-9:
            break
    return fitted, covariance
