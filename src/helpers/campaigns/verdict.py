"""From posterior draws to a decision in money: roll out, stop, or undecided: about n more customers."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from helpers.campaigns.design import CERTAINTY, Look
from helpers.campaigns.lots import RANDOMIZED, UNKNOWN
from helpers.errors import StudyError
from helpers.inference import monte_carlo
from helpers.inference.intervals import Interval, interval
from helpers.messages import Message, count, message

if TYPE_CHECKING:
    from helpers.campaigns.after_window import AfterWindow

POWER = 0.80
ROLL_OUT = message("verdict.roll_out", "roll out")
STOP = message("verdict.stop", "stop")
LEFT = {
    "open": message("verdict.left_open", "wait, for what is left of its gain is not sure yet"),
    "pays": message("verdict.left_pays", "roll out, as what is left of its gain still pays"),
    "gone": message("verdict.left_gone", "stop, as its gain has gone since"),
}
UNDECIDED = message("verdict.undecided", "undecided")
NO_LOTS = message("verdict.no_lots", "no verdict: the arms were not drawn by lot")
LOTS_NOT_SAID = message("verdict.lots_not_said", "no verdict: how the arms were drawn is not said")
NO_VERDICT = "no verdict"
MORE = message("verdict.more", "undecided: about {customers} more customers")
TOO_MANY = message(
    "verdict.too_many",
    "undecided, and not to be settled with this base: it takes about {customers} more customers, and there are "
    "{others} others",
)


@dataclass(frozen=True)
class Decision:
    """What to do with one arm, and on which numbers it rests (money per customer assigned).

    borrowed: whether margin after the window is clearly below control's; left: whether what is left up to today clearly
    "pays", is clearly "gone", or is "open". others: customers outside the test, None where unknown.
    """

    arm: str
    gain: Interval
    chance_above: float
    chance_best: float
    expected_loss: float
    verdict: str
    more_customers: int | None
    borrowed: bool = False
    drawn: str = RANDOMIZED
    left: str = "open"
    others: int | None = None

    @property
    def within_reach(self) -> bool:
        """Whether a larger test could settle it with the customers there are."""
        return self.more_customers is not None and (self.others is None or self.more_customers <= self.others)

    @property
    def sentence(self) -> Message:
        """The verdict in words: "roll out", "stop", "undecided: about n more customers"."""
        if self.verdict == NO_VERDICT:
            return LOTS_NOT_SAID() if self.drawn == UNKNOWN else NO_LOTS()
        if self.verdict == "roll out":
            return LEFT[self.left]() if self.borrowed else ROLL_OUT()
        if self.verdict == "stop":
            return STOP()
        if self.more_customers is None:
            return UNDECIDED()
        if not self.within_reach:
            return TOO_MANY(customers=count(self.more_customers or 0), others=count(self.others or 0))
        return MORE(customers=count(self.more_customers))


def margin_rates(units: pd.DataFrame, arms: list[str], draws: int, seed: int = 1) -> np.ndarray:
    """Draw each arm's margin per unit of revenue, shape (draws, arms), by the Bayesian bootstrap over buyers.

    An arm without buyers takes the rate of all arms.
    """
    rng = np.random.default_rng(seed)
    buyers = units[units.revenue != 0]
    columns = []
    for arm in arms:
        own = buyers[buyers.arm == arm]
        own = own if len(own) else buyers
        margin, revenue = own.margin.to_numpy(float), own.revenue.to_numpy(float)
        each = margin / revenue
        rates = np.full(draws, each[0] if np.ptp(each) <= 1e-9 else margin.sum() / revenue.sum())
        if np.ptp(each) > 1e-9:
            for i in range(draws):
                weights = rng.standard_exponential(len(own))
                rates[i] = weights @ margin / (weights @ revenue)
        columns.append(rates)
    return np.column_stack(columns)


def costs(units: pd.DataFrame, arms: list[str], draws: int, seed: int = 1) -> np.ndarray:
    """Draw each arm's contact and incentive cost per assigned customer, shape (draws, arms).

    Contact cost is what was spent per customer. Incentive cost is what a customer who redeems costs times the
    share who redeem, which is Beta(1 + redeemed, 1 + not redeemed); an arm that nobody redeemed costs none.
    """
    rng = np.random.default_rng(seed)
    columns = []
    for arm in arms:
        own = units[units.arm == arm]
        redeemed = int(own.redeemed.sum())
        cost = np.full(draws, own.contact_cost.mean())
        if redeemed:
            share = rng.beta(1 + redeemed, 1 + len(own) - redeemed, draws)
            cost += share * own.incentive_cost.sum() / redeemed
        columns.append(cost)
    return np.column_stack(columns)


def decide(
    net: np.ndarray,
    arms: list[str],
    customers: int,
    *,
    drawn: str,
    break_even: float = 0.0,
    certainty: float = CERTAINTY,
    blocked: bool = False,
    bar: float | None = None,
) -> list[Decision]:
    """Decide on every arm against control (the first), best first.

    net: margin less costs per assigned customer, shape (draws, arms). customers: how many were assigned. drawn: how
    (`lots.how_drawn`); unless "randomized", there is no verdict on any arm.
    break_even: what an arm must bring per customer beyond control to be worth rolling out. "roll out" needs
    P(gain > break_even) >= 1 - (1 - certainty) / treated arms, because every arm is one more chance to be
    fooled; `bar` is what it needs instead where several looks were planned (`design.bar_at`).
    "stop" needs P(gain < break_even) >= certainty. `blocked` (a failed check of the assignment or of the sampler)
    allows neither. "undecided" comes with the customers still needed for an 80 % chance of a
    verdict if the gain is what it now seems: the posterior's spread falls with the root of their number.
    expected_loss: mean over draws of what the best of all arms, control at break-even included, brings more.
    """
    if not 0.5 < certainty < 1:
        raise StudyError(
            f"certainty is {certainty}: give a probability between 0.5 and 1, such as {CERTAINTY}."
        )
    gains = np.column_stack([np.full(len(net), break_even), net[:, 1:] - net[:, :1]])
    best = gains.max(axis=1)
    bar = 1 - (1 - certainty) / (len(arms) - 1) if bar is None else bar
    decisions = []
    for index, arm in enumerate(arms[1:], start=1):
        gain = gains[:, index]
        chance = monte_carlo.mean(gain > break_even)
        verdict = "roll out" if chance >= bar else "stop" if 1 - chance >= certainty else "undecided"
        verdict = "undecided" if blocked else verdict
        verdict = verdict if drawn == RANDOMIZED else NO_VERDICT
        more = None
        if verdict == "undecided" and not blocked:
            more = customers_needed(
                gain.mean() - break_even, gain.std(), customers, bar if chance > 0.5 else certainty
            )
        decisions.append(
            Decision(
                arm=arm,
                gain=interval(gain),
                chance_above=chance,
                chance_best=monte_carlo.mean(gain >= best),
                expected_loss=monte_carlo.mean(best - gain),
                verdict=verdict,
                more_customers=more,
                drawn=drawn,
            )
        )
    return sorted(decisions, key=lambda decision: -decision.gain.mean)


def with_follow_up(
    decisions: list[Decision], since: "AfterWindow", at: Look, break_even: float = 0.0
) -> list[Decision]:
    """Mark the arms whose margin after the window is clearly below control's: what is left up to today decides.

    It "pays" where it is above break-even with the certainty that a roll-out needs (`at.bar`), and is "gone" where it is
    below with that certainty.
    """
    if since.differences is None or since.to_date is None:
        return decisions
    marked = []
    for one in decisions:
        row = since.to_date.loc[one.arm]
        chance = special.ndtr((row["difference"] - break_even) / row["standard_error"])
        left = "pays" if chance >= at.bar else "gone" if 1 - chance >= at.bar else "open"
        borrowed = bool(since.differences.loc[one.arm, "p95"] < 0)
        marked.append(replace(one, borrowed=borrowed, left=left))
    return marked


def within_base(decisions: list[Decision], others: int | None) -> list[Decision]:
    """Tell the decisions how many customers there are outside the test, whom a larger one could draw on."""
    return [replace(one, others=others) for one in decisions]


def overall(decisions: list[Decision]) -> Decision:
    """Pick the arm that speaks for the campaign: the best to roll out, else the best undecided one."""
    for verdict in ("roll out", "undecided", "stop", NO_VERDICT):
        for decision in decisions:
            if decision.verdict == verdict:
                return decision
    raise ValueError("There is no treated arm to decide on.")


def campaign_effect(decisions: list[Decision], units: pd.DataFrame, campaign_id: str) -> pd.DataFrame:
    """Return the artifact `campaign_effect`, one row per treated arm, best first (see Decision)."""
    sizes = units["arm"].value_counts()
    rows = [
        {
            "campaign_id": campaign_id,
            "arm": one.arm,
            "customers": int(sizes[one.arm]),
            "gain_mean": one.gain.mean,
            "gain_p05": one.gain.p05,
            "gain_p50": one.gain.p50,
            "gain_p95": one.gain.p95,
            "chance_above": one.chance_above,
            "chance_best": one.chance_best,
            "expected_loss": one.expected_loss,
            "verdict": one.verdict,
            "borrowed": one.borrowed,
            "assigned": one.drawn,
        }
        for one in decisions
    ]
    return pd.DataFrame(rows)


def metrics(decisions: list[Decision]) -> dict[str, float]:
    """Return the probabilities and expected losses under the names of run.json."""
    chances = {f"{one.arm}.chance_above_break_even": one.chance_above for one in decisions}
    return chances | {f"{one.arm}.expected_loss": one.expected_loss for one in decisions}


def customers_needed(distance: float, spread: float, customers: int, certainty: float) -> int | None:
    """How many more customers would give an 80 % chance of a verdict; None beyond a hundred times as many."""
    if distance == 0:
        return None
    factor = ((special.ndtri(certainty) + special.ndtri(POWER)) * spread / abs(distance)) ** 2
    if factor > 100:
        return None
    more = max(customers * (factor - 1), customers / 20)
    size = 10 ** (math.floor(math.log10(more)) - 1) if more >= 10 else 1
    return int(math.ceil(more / size) * size)


def chance_to_win(converted: int, customers: int, base_converted: int, base_customers: int) -> float:
    """P(conversion rate > base rate) in closed form, both with a uniform prior (beta-binomial; Miller 2015).

    The sum over i < a of B(a0 + i, b0 + b) / ((b + i) B(1 + i, b) B(a0, b0)), in logs.
    """
    a, b = 1 + converted, 1 + customers - converted
    a0, b0 = 1 + base_converted, 1 + base_customers - base_converted
    i = np.arange(a)
    logs = special.betaln(a0 + i, b0 + b) - np.log(b + i) - special.betaln(1 + i, b) - special.betaln(a0, b0)
    return min(float(np.exp(special.logsumexp(logs))), 1.0)  # rounding can lift the sum above 1
