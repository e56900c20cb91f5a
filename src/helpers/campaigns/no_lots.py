"""A campaign without lots, compared: effects on the contacted by AIPW, who is alike after weighting, the negative
control."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd

from helpers.campaigns import att
from helpers.campaigns.alike import columns_of
from helpers.campaigns.att import Effect, Overlap
from helpers.campaigns.experiment import plain_difference
from helpers.campaigns.observed import Observed
from helpers.campaigns.pre_period import NAMES
from helpers.campaigns.smooth_columns import Columns, columns
from helpers.campaigns.trial import Trial
from helpers.campaigns.unit_outcomes import MONEY
from helpers.checks import Check, check
from helpers.errors import CannotAnswer
from helpers.inference import monte_carlo
from helpers.inference.intervals import Interval
from helpers.messages import Value, count, decimals, message, percent

KEPT, MOST_KEPT = 0.5, 0.9  # shares of the contacted below which the answer is not theirs, and is asked about
APART = 0.1  # standard deviations between weighted arms beyond which weights have not done their work
FEW = 100  # untreated units with equal weights, below which the comparison hangs on few
BUSY = 0.05  # difference of the arms' shares in other campaigns that is asked about
REFUTED = 0.99  # level of the negative control's interval that must hold 0
PART = 0.5  # of the claimed effect, within which the negative control's 90 % interval must lie
SHOWN = 12  # covariates in the picture of how alike the arms are
CONVERSION, REVENUE, MARGIN, GAIN = "converted", "revenue", "margin", "gain"

NO_LIKES = message(
    "no_lots.no_likes",
    "Of those contacted, {left_out} were chosen almost surely: nobody like them was left alone, so nothing is said of them. "
    "What is told holds for the others.",
)
NOT_THEIRS = message(
    "no_lots.not_theirs",
    "Most of those contacted were chosen almost surely, so there is nobody to compare them with. Leave some of them "
    "alone by lot next time.",
)
STILL_APART = message(
    "no_lots.still_apart",
    "After weighting, {covariate} still lies {difference} standard deviations apart: the outcome model alone adjusts for "
    "it.",
)
HANGS_ON_FEW = message(
    "no_lots.hangs_on_few",
    "The comparison hangs on few customers who were left alone although they were alike: {effective} with equal weights.",
)
ELSEWHERE = message(
    "no_lots.elsewhere",
    "At the time, {treated} of those contacted and {others} of the others were in another campaign: its effect is in the "
    "difference.",
)
SHARES = message("no_lots.shares", "{treated} and {others}")
CONTROL = "Nothing before the campaign"
HIDDEN = message(
    "no_lots.hidden",
    "Those contacted already brought {difference} more than others alike in the period before, when nothing had been "
    "sent: what chose them is not in the data, or not before that period. No verdict.",
)
HIDDEN_LESS = message(
    "no_lots.hidden_less",
    "Those contacted brought {difference} less than others alike in the period before, when nothing had been sent. What "
    "chose them is not in the data, or not before that period: no verdict.",
)
TOO_SMALL = message(
    "no_lots.too_small",
    "Too small to see: a difference of half the claimed effect could stand in the period before without being noticed.",
)
NOT_LOOKED = message(
    "no_lots.not_looked",
    "The period before the assignment could not be looked at: too little is known of it. With experiment_units, name the "
    "outcome of that period (unit_before) and what was known earlier (unit_earlier).",
)
NONE = message("no_lots.none", "not known")
ENDS = message("no_lots.ends", "{low} to {high}")
HOLDS = message("no_lots.holds", "99 % interval holds 0; 90 % within ±{half}")
HOLDS_ONLY = message("no_lots.holds_only", "99 % interval holds 0")
AT_MOST = message("no_lots.at_most", "at most {bound}")
AT_LEAST = message("no_lots.at_least", "at least {bound}")


@dataclass(frozen=True)
class Comparison:
    """Arms made alike: effects by outcome for the contacted who are kept, and how alike the arms are before and after.

    plain: the difference of amounts as it looks, nothing made alike. dealt: makes the same by other dealings of the folds.
    balance: a row per column (covariate, before, after: differences in standard deviations).
    """

    effects: dict[str, Effect]
    plain: Interval
    overlap: Overlap
    columns: Columns
    outcomes: pd.DataFrame
    balance: pd.DataFrame
    cluster: pd.Series | None
    dealt: Callable[[], "list[Comparison]"] = list

    @property
    def metrics(self) -> dict[str, float]:
        """The share of the treated whose effect is told, and the untreated who carry it, under the names of run.json."""
        return {
            "share_kept": self.among(lambda one: one.overlap.share_kept),
            "effective_others": self.among(lambda one: one.overlap.effective),
        }

    def among(self, of: "Callable[[Comparison], float]") -> float:
        """Any number of the comparison, with the error that dealing the folds leaves in it."""
        return monte_carlo.among(of(self), lambda: [of(one) for one in self.dealt()])

    @property
    def amount(self) -> Effect:
        """The effect on the amount: revenue, or the one outcome there is."""
        return self.effects[REVENUE]

    @property
    def worst(self) -> pd.Series:
        """What is furthest apart after weighting."""
        return self.balance.loc[self.balance["after"].abs().idxmax()]

    @property
    def furthest(self) -> pd.DataFrame:
        """What was furthest apart before weighting, at most SHOWN."""
        order = self.balance["before"].abs().sort_values(ascending=False, kind="stable").index[:SHOWN]
        return self.balance.loc[order]

    @property
    def most_before(self) -> float:
        """The largest difference before weighting, in standard deviations."""
        return float(self.balance["before"].abs().max())


@dataclass(frozen=True)
class Control:
    """The negative control: the effect on the period before, when nothing can have one, and what was claimed after.

    wide: its 99 % interval.
    """

    effect: Interval
    wide: tuple[float, float]
    claimed: float
    units: int

    @property
    def refutes(self) -> bool:
        """Whether the 99 % interval leaves 0."""
        return self.wide[0] > 0 or self.wide[1] < 0

    @property
    def half(self) -> float:
        """Half the claimed effect."""
        return PART * abs(self.claimed)

    @property
    def too_small(self) -> bool:
        """Whether it could hide half the claimed effect: its 90 % interval does not lie within."""
        return max(abs(self.effect.p05), abs(self.effect.p95)) > self.half


def outcomes_of(test: Trial) -> pd.DataFrame:
    """The outcomes of a trial, a column each: who did what was asked, and the amount; for money margin and gain, too."""
    units = test.units
    made = {CONVERSION: units["converted"].astype(float), REVENUE: units["revenue"].astype(float)}
    if test.measure == MONEY:
        made |= {MARGIN: units["margin"].astype(float), GAIN: test.net.astype(float)}
    return pd.DataFrame(made)


def headline(test: Trial) -> str:
    """The outcome that decides: the gain after costs where outcomes are money, else the amount."""
    return GAIN if test.measure == MONEY else REVENUE


def compare(test: Trial, seed: int = 1) -> Comparison:
    """Estimate who was chosen and what others bring, and compare; test: two arms, those left alone first.

    CannotAnswer where nothing is known of the units before, or the arms are too small or too far apart.
    """
    units, treated = test.units, (test.units["arm"] == test.arms[1]).to_numpy(bool)
    made = columns(units, test.numeric, test.named)
    if not made.x.shape[1]:
        raise CannotAnswer(
            "Nothing is known of the units before the assignment that differs between them, so arms that "
            "were not "
            "drawn by lot cannot be made alike. Name columns that were known then (unit_covariates, customer_traits)."
        )
    own = _dealt(test, made, treated, seed)

    @cache
    def dealt() -> list[Comparison]:
        """What other dealings of the folds find; one under which nobody is left to compare tells nothing."""
        others: list[Comparison] = []
        for one in range(1, 1 + monte_carlo.DEALINGS):
            with contextlib.suppress(CannotAnswer):
                others.append(_dealt(test, made, treated, [seed, one]))
        return others

    def moved(name: str) -> Effect:
        effect = own.effects[name].effect.among(lambda: [other.effects[name].effect for other in dealt()])
        return replace(own.effects[name], effect=effect)

    return replace(own, effects={name: moved(name) for name in own.effects}, dealt=dealt)


def _dealt(test: Trial, made: Columns, treated: np.ndarray, seed: int | list[int]) -> Comparison:
    """The comparison by one dealing of the folds."""
    cluster, outcomes = test.units.get("cluster"), outcomes_of(test)
    found = att.overlap(made, treated, cluster, seed)
    effects = att.effects(outcomes, made, found, cluster, seed)
    return Comparison(effects, _plain(test), found, made, outcomes, _balance(test, found), cluster)


def negative_control(observed: Observed, claimed: Effect, seed: int = 1) -> Control | None:
    """Compare the same units one period back: covariates end before it, its amount is the outcome, both models are new.

    None where that period is not known, or nobody brought anything in it.
    """
    before = observed.before
    if before is None or before.units["revenue"].nunique() < 2 or not (before.numeric or before.named):
        return None
    try:
        found = compare(before, seed).effects[REVENUE]
    except CannotAnswer:
        return None
    if found.error == 0:
        return None
    return Control(found.effect, found.ends(REFUTED), claimed.effect.mean, len(before.units))


def check_control(control: Control | None, said: Callable[[float], Value]) -> Check:
    """FAIL where the 99 % interval leaves 0, REVIEW unless the 90 % interval lies within half the claimed effect.

    said: how an amount of the outcome is said, with its unit.
    """
    if control is None:
        return check(CONTROL, review=True, value=NONE(), threshold=HOLDS_ONLY(), advice=NOT_LOOKED())
    hidden = HIDDEN if control.effect.mean > 0 else HIDDEN_LESS
    low, high = control.wide if control.refutes else (control.effect.p05, control.effect.p95)
    return check(
        CONTROL,
        fail=control.refutes,
        review=control.too_small,
        value=ENDS(low=said(low), high=said(high)),
        threshold=HOLDS(half=said(control.half)),
        advice=hidden(difference=said(abs(control.effect.mean))) if control.refutes else TOO_SMALL(),
    )


def checks(found: Comparison, observed: Observed) -> list[Check]:
    """Ask whether there is somebody to compare with, whether the arms became alike, and what else was on at the time."""
    kept, worst, effective = found.overlap.share_kept, found.worst, found.overlap.effective
    made = [
        check(
            "Contacted who have their like",
            fail=kept < KEPT,
            review=kept < MOST_KEPT,
            value=percent(kept),
            threshold=AT_LEAST(bound=percent(MOST_KEPT, 0)),
            advice=NOT_THEIRS() if kept < KEPT else NO_LIKES(left_out=percent(1 - kept)),
        ),
        check(
            "Alike after weighting",
            review=abs(worst["after"]) > APART,
            value=decimals(abs(worst["after"]), 3),
            threshold=AT_MOST(bound=decimals(APART, 1)),
            advice=STILL_APART(covariate=str(worst["covariate"]), difference=decimals(worst["after"], 2)),
        ),
        check(
            "Customers who carry the comparison",
            review=effective < FEW,
            value=count(round(effective)),
            threshold=AT_LEAST(bound=count(FEW)),
            advice=HANGS_ON_FEW(effective=count(round(effective))),
        ),
    ]
    if observed.elsewhere is not None:
        others, treated = observed.elsewhere
        made.append(
            check(
                "Other campaigns at the time",
                review=abs(treated - others) > BUSY,
                value=SHARES(treated=percent(treated), others=percent(others)),
                threshold=AT_MOST(bound=percent(BUSY, 0)),
                advice=ELSEWHERE(treated=percent(treated), others=percent(others)),
            )
        )
    return made


def _plain(test: Trial) -> Interval:
    row = plain_difference(test.units, test.control, REVENUE).set_index("arm").loc[test.arms[1]]
    return Interval(*(float(row[name]) for name in ("difference", "p05", "difference", "p95")))


def _balance(test: Trial, found: Overlap) -> pd.DataFrame:
    """Differences of the arms per covariate in standard deviations, as they were, and weighted among those kept."""
    x, treated, weight = columns_of(test.units, test.numeric, test.named), found.treated, found.weight
    before = x[treated].mean() - x[~treated].mean()
    after = (x[treated].T @ weight[treated] - x[~treated].T @ weight[~treated]) / weight[treated].sum()
    names = [NAMES.get(name, name) for name in x]
    return pd.DataFrame({"covariate": names, "before": before.to_numpy(), "after": np.asarray(after)})
