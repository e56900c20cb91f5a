"""What a campaign is worth over its customers' lives: money per phase, return on what it cost, payback."""

from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd

from helpers.campaigns.design import CERTAINTY
from helpers.campaigns.lots import RANDOMIZED
from helpers.campaigns.phase_expectations import Course
from helpers.campaigns.phases import PHASES, Design
from helpers.inference import monte_carlo
from helpers.inference.intervals import LOWER, UPPER
from helpers.study.year import MONTH, YEAR

ORDER_VALUE_SPREAD = 0.10  # prior: a campaign changes the margin of a purchase by about so much


@dataclass(frozen=True)
class Worth:
    """Draws of one treated arm's effect against control, in money per assigned customer, discounted to the assignment.

    phases: {window, recovery, after: draws}; beyond: draws of what would follow to the horizon if the state at the
    end of what was seen simply went on; cost: contact and incentive; purchases: {phase: draws of purchase days}.
    control: the same of the control arm. identified: whether the follow-up is long enough for `beyond` to count.
    active: change in the share of customers still active at the end; control_active: that share in control.
    order_value: margin per purchase over control's, less one. days: ends of the three phases and of the horizon, in
    days since the assignment.
    """

    campaign: str
    arm: str
    customers: int
    phases: dict[str, np.ndarray]
    purchases: dict[str, np.ndarray]
    control: dict[str, np.ndarray]
    beyond: np.ndarray
    cost: np.ndarray
    active: np.ndarray
    control_active: np.ndarray
    order_value: np.ndarray
    identified: bool
    days: tuple[float, ...]

    @property
    def to_date(self) -> np.ndarray:
        """Draws of the money up to `as_of`, before costs."""
        return reduce(np.add, self.phases.values())

    @property
    def gain_to_date(self) -> np.ndarray:
        """Draws of the money up to `as_of` less contact and incentive."""
        return self.to_date - self.cost

    @property
    def incremental(self) -> np.ndarray:
        """Draws of what is counted: up to the horizon where it is identified, otherwise up to `as_of`."""
        return self.gain_to_date + (self.beyond if self.identified else 0.0)

    @property
    def roi(self) -> np.ndarray:
        """Draws of incremental return on what the campaign cost: gain over cost."""
        return self.incremental / self.cost

    @property
    def reach(self) -> tuple[float, float]:
        """The range of the gain to the horizon when it is not identified: from nothing lasts to all lasts."""
        now, later = self.gain_to_date, self.beyond
        low = min(np.quantile(now, LOWER), np.quantile(now + later, LOWER))
        high = max(np.quantile(now, UPPER), np.quantile(now + later, UPPER))
        return float(low), float(high)

    @property
    def pulled_forward(self) -> np.ndarray:
        """Draws of the share of the window's additional purchases that are missing in the recovery.

        Only the net is identified: single purchases cannot be told apart. Draws without more purchases in the window
        have nothing to pull and are left out.
        """
        more = self.purchases["window"] > 0
        return -self.purchases["recovery"][more] / self.purchases["window"][more]


@dataclass(frozen=True)
class Terms:
    """How purchases become money: horizon, discount rate per year, and the share of revenue that comes back unmatched."""

    horizon_months: float
    annual_discount_rate: float
    return_share: float = 0.0


def worth(
    course: Course,
    design: Design,
    followed: dict[str, pd.DataFrame],
    costs: dict[str, np.ndarray],
    identified: dict[str, bool],
    terms: Terms,
    seed: int = 1,
) -> list[Worth]:
    """Turn purchases per phase into money, arm by arm.

    costs: {campaign: (draws, arms), control first}, contact and incentive per assigned customer. Money is purchases
    times the margin of a purchase, discounted at the middle of each segment; beyond `as_of` the arms go on with the
    rates and the leaving of the last phase.
    """
    rng, made = np.random.default_rng(seed), []
    draws = len(course.active)
    for name in design.campaigns:
        rows = [i for i, (campaign, _) in enumerate(design.cells) if campaign == name]
        arms = [design.cells[i][1] for i in rows]
        value = order_values(followed[name], arms, draws, rng) * (1 - terms.return_share)
        ends = np.cumsum(design.mean_days[rows[0]])
        middles = ends - design.mean_days[rows[0]] / 2
        discount = (1 + terms.annual_discount_rate) ** (-middles / YEAR)
        horizon = max(terms.horizon_months * MONTH, ends[-1])
        later = _discounted_days(course, rows, ends[-1], horizon, terms.annual_discount_rate)
        money = course.purchases[:, rows] * discount * value[:, :, None]
        beyond = course.active[:, rows] * course.rate_after[:, rows] * later * value
        for k, i in enumerate(rows[1:], start=1):
            change = money[:, k] - money[:, 0]
            bought = course.purchases[:, i] - course.purchases[:, rows[0]]
            made.append(
                Worth(
                    campaign=name,
                    arm=arms[k],
                    customers=int((followed[name]["arm"] == arms[k]).sum()),
                    phases=_by_phase(change),
                    purchases=_by_phase(bought),
                    control=_by_phase(course.purchases[:, rows[0]]),
                    beyond=beyond[:, k] - beyond[:, 0],
                    cost=costs[name][:, k] - costs[name][:, 0],
                    active=course.active[:, i] - course.active[:, rows[0]],
                    control_active=course.active[:, rows[0]],
                    order_value=value[:, k] / value[:, 0] - 1,
                    identified=identified[name],
                    days=(ends[0], ends[1], ends[3], horizon),
                )
            )
    return made


def order_values(units: pd.DataFrame, arms: list[str], draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the margin per purchase day of each arm, shape (draws, arms), by the Bayesian bootstrap over customers.

    The arms' logarithms are Normal(common, tau), tau half-Cauchy(0.1) and drawn from its posterior: a campaign seldom
    changes what a basket earns by much and a few large orders otherwise decide, so an arm that rests on one enormous
    order is drawn to the others and weighs little in what is common to them; where the arms clearly differ, tau is large and
    each keeps its own (Gelman 2006; Gelman and others 2013, 5.4). Margins that may be 0 or less have no logarithm: then
    nothing is drawn together.
    """
    n = units[[f"n_{k}" for k in range(4)]].sum(axis=1).to_numpy()
    margin = units[[f"margin_{k}" for k in range(4)]].sum(axis=1).to_numpy()
    arm = units["arm"].to_numpy()
    means, noise = np.zeros(len(arms)), np.full(len(arms), np.inf)
    plain = np.full((draws, len(arms)), np.nan)
    for k, name in enumerate(arms):
        own = arm == name
        if n[own].sum() > 0:
            plain[:, k] = _ratio(margin[own], n[own], draws, rng)
    bought = ~np.isnan(plain).any(axis=0)
    if (plain[:, bought] <= 0).any():
        return np.where(bought, plain, _ratio(margin, n, draws, rng)[:, None])
    means[bought], noise[bought] = np.log(plain[:, bought]).mean(axis=0), np.log(plain[:, bought]).var(axis=0)
    wobble = np.where(bought, np.log(np.where(bought, plain, 1.0)) - means, 0.0)
    tau = _spread(means[bought], noise[bought], draws, rng)[:, None]
    weight = 1 / (tau**2 + noise)
    total = weight.sum(axis=1, keepdims=True)
    common = (weight * means).sum(axis=1, keepdims=True) / total + rng.normal(size=(draws, 1)) * total**-0.5
    keep = tau**2 / (tau**2 + noise)  # of an arm's own mean; nothing where nobody bought
    wobble = np.where(bought, np.sqrt(keep) * wobble, tau * rng.normal(size=wobble.shape))
    return np.exp(common + keep * (means - common) + wobble)


def _spread(means: np.ndarray, noise: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw tau given the arms' means and the variances of their noise, the common mean integrated out, on a grid."""
    tau = np.geomspace(0.003, 3, 200)[:, None]
    variance = tau**2 + noise
    total = (1 / variance).sum(axis=1)
    middle = (means / variance).sum(axis=1) / total
    logs = -0.5 * (np.log(variance) + (means - middle[:, None]) ** 2 / variance).sum(axis=1) - 0.5 * np.log(
        total
    )
    logs += np.log(tau[:, 0]) - np.log1p((tau[:, 0] / ORDER_VALUE_SPREAD) ** 2)  # the grid's steps, the prior
    chance = np.exp(logs - logs.max())
    return rng.choice(tau[:, 0], draws, p=chance / chance.sum())


def chance_of(happens: np.ndarray) -> float:
    """Return the share of draws in which something happens, never 0 or 1: draws are a sample."""
    return monte_carlo.by_draw((happens.sum() + 0.5) / (len(happens) + 1), happens)


def payback(one: Worth) -> tuple[float, float]:
    """Return the chance that a campaign has earned back its cost by `as_of`, and the median day from which it had.

    The day counts from the assignment and is the last time the cost was passed: what the window brought may be lost in
    the recovery. NaN where less than half of the draws pay back within what is counted. Money is spread evenly within a
    phase; an effect that is identified counts beyond `as_of` too.
    """
    parts = [one.phases[name] for name in PHASES] + ([one.beyond] if one.identified else [])
    edges = np.array([0.0, *one.days[: len(parts)]])
    so_far = np.cumsum(np.column_stack([np.zeros(len(one.cost)), *parts]), axis=1)
    day = np.where(one.cost <= 0, 0.0, np.inf)
    for k in range(1, len(parts) + 1):
        before, after = so_far[:, k - 1], so_far[:, k]
        passed = (before < one.cost) & (after >= one.cost)
        rise = np.where(passed, after - before, 1.0)
        day = np.where(passed, edges[k - 1] + (one.cost - before) / rise * (edges[k] - edges[k - 1]), day)
    day = np.where(so_far[:, -1] >= one.cost, day, np.inf)
    middle = float(np.median(day))
    return chance_of(one.to_date >= one.cost), middle if np.isfinite(middle) else float("nan")


def _by_phase(values: np.ndarray) -> dict[str, np.ndarray]:
    """Segments (draws, 4) as phases: the two halves of after belong together."""
    return {"window": values[:, 0], "recovery": values[:, 1], "after": values[:, 2] + values[:, 3]}


def _discounted_days(
    course: Course, rows: list[int] | np.ndarray, begin: float, end: float, annual: float
) -> np.ndarray:
    """Days from `begin` to `end`, thinned by leaving and discounted: the integral in closed form, (draws, arms)."""
    force = course.leaving[:, rows] + np.log1p(annual) / YEAR
    return (
        np.exp(-np.log1p(annual) / YEAR * begin)
        * -np.expm1(-force * (end - begin))
        / np.maximum(force, 1e-12)
    )


def _ratio(margin: np.ndarray, n: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Bayesian bootstrap of sum of margin over sum of purchase days, over the customers who bought."""
    bought = n > 0
    margin, n = margin[bought], n[bought]
    drawn = np.empty(draws)
    for start in range(0, draws, 200):
        weights = rng.standard_exponential((min(200, draws - start), len(n)))
        drawn[start : start + 200] = (weights @ margin) / (weights @ n)
    return drawn


def verdict(one: Worth, drawn: str, certainty: float = CERTAINTY) -> str:
    """Say what a campaign was worth: it pays, it loses, or undecided; and whether that holds only to date.

    drawn: how its arms were; unless "randomized", there is no verdict.
    """
    if drawn != RANDOMIZED:
        return "no verdict: how the arms were drawn is not said"
    chance = chance_of(one.incremental > 0)
    word = "pays" if chance >= certainty else "loses" if 1 - chance >= certainty else "undecided"
    return word if one.identified else f"{word} to date; too early to say what lasts"
