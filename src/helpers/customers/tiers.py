"""Five exclusive value tiers by actual and potential value, each with its probability (Peppers and Rogers).

Within each draw, in this order: Below Zero (potential below 0: nothing makes it pay), Most Valuable (actual value above
its cut), Most Growable (potential minus actual above its cut), Migrator (actual value below 0, potential not), Maintain
(the rest). A tier's probability is its share of draws.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.inference import monte_carlo, small_groups
from helpers.inference.intervals import LOWER, UPPER, Interval, interval
from helpers.messages import message, percent, plain

TIERS = ("Most Valuable", "Most Growable", "Maintain", "Migrator", "Below Zero")
TREATMENTS = {
    "Most Valuable": "Keep them: first in service, own contact, no discounts they did not ask for.",
    "Most Growable": "Test on half of them, drawn by lot, an offer of what their like already buy.",
    "Maintain": "Serve them well at ordinary cost; no special effort.",
    "Migrator": "Make serving them cheaper: self-service, minimum orders, other terms.",
    "Below Zero": "Stop spending on them: no campaigns, terms that cover their cost.",
}
CUSTOMERS_TIMES_DRAWS, DRAWS = 20_000_000, 100  # for the cuts: a large base needs fewer draws
SURE = 0.8  # from this probability on a customer's tier is called sure
STABLE = 0.7  # share of customers who are expected in the same tier as at the earlier date
NO_TRAITS = ("parent_id", "referred_by", "category_spend", "acquisition_cost", "acquired_at")
ROUNDING = 1e-9
OUTSIDE = 0.05  # of a level's customers, who may lie outside a larger one of which it is a part

REPORT_ERROR = message("tiers.report_error", "Report this as an error.")
SAME_TIER = message("tiers.same_tier", "at least {share} in the same tier")
FAST = message("tiers.fast", "Tiers change fast: act on probabilities, not on the label.")

# Positions of customers and their actual values, shape (customers, draws), as clv.actual_value.actual_values yields them.
Parts = Iterable[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Cuts:
    """The two cuts in money: actual value of the Most Valuable, growth (potential minus actual) of the Most Growable."""

    value: float
    growth: float


def draws_for_cuts(customers: int, draws: int) -> int:
    """How many of the draws are enough for the cuts of so many customers."""
    return min(draws, DRAWS, max(1, CUSTOMERS_TIMES_DRAWS // customers))


def cuts_of(parts: Parts, could: pd.Series, expected: pd.Series, share: float) -> Cuts:
    """Cuts that `share` of the customers pass: in expected value, and in growth over customers and draws.

    could: potential value by customer. Keep the cuts (the artifact value_tier_cuts) and give them to the next run, so that
    tiers compare over time.
    """
    if not 0 < share < 0.5:
        raise StudyError(f"tier_share is {share}; write 20 % as 0.20. Allowed: above 0, below 0.5.")
    own = could.to_numpy()
    grown = [(_reach(actual, own[members][:, None]) - actual).ravel() for members, actual in parts]
    return Cuts(float(expected.quantile(1 - share)), float(np.quantile(np.concatenate(grown), 1 - share)))


def tier_of(
    actual: np.ndarray, could: np.ndarray, cuts: Cuts, referred: np.ndarray | float = 0.0
) -> np.ndarray:
    """The tier of every customer and draw as a position in TIERS: shape of `actual`, (customers, draws).

    could: potential value, shape (customers, 1). Who has left in a draw (actual value 0) cannot be grown in it. referred:
    what the customers each one has referred are worth, shape (customers, 1): part of actual and of potential value.
    """
    reach = _reach(actual, could)
    worth = actual + referred
    conditions = [reach + referred < 0, worth > cuts.value, reach - actual > cuts.growth, worth < 0]
    return np.select(conditions, [4, 0, 1, 3], default=2)


def _reach(actual: np.ndarray, could: np.ndarray) -> np.ndarray:
    """Potential value per draw: never below the actual value, and 0 for who has left."""
    return np.where(actual == 0, 0.0, np.maximum(could, actual))


class Sums:
    """Sums over customers in each draw, for the Monte Carlo errors of what `probabilities` averages over the draws.

    again: each customer's most probable tier, a position in TIERS, of each of the halves of the draws: (halves, customers).
    """

    def __init__(self) -> None:
        self.value = self.growth = self.negative = np.zeros(1)
        self.again = np.zeros((0, 0), dtype=np.int8)

    def add(self, actual: np.ndarray, growth: np.ndarray, negative: np.ndarray) -> None:
        """Add customers, each argument of shape (customers, draws)."""
        self.value, self.growth, self.negative = (
            before + more.sum(axis=0)
            for before, more in ((self.value, actual), (self.growth, growth), (self.negative, negative))
        )

    def metrics(self, chances: pd.DataFrame, expected: pd.Series) -> dict[str, float]:
        """What all customers are and could be worth, and the mean probability of a negative value, as run.json names them.

        chances: from `probabilities` of the draws that were added; expected: their mean value by customer.
        """
        return {
            "value.mean": monte_carlo.by_draw(expected.mean(), self.value / len(expected)),
            "value.total": monte_carlo.by_draw(expected.sum(), self.value),
            "value.p_negative": monte_carlo.by_draw(
                chances["p_negative"].mean(), self.negative / len(expected)
            ),
            "potential.total": monte_carlo.by_draw(
                (expected + chances["growth"]).sum(), self.value + self.growth
            ),
        }


def probabilities(
    parts: Parts, could: pd.Series, cuts: Cuts, referred: pd.Series | float = 0.0, sums: Sums | None = None
) -> pd.DataFrame:
    """Probability of every tier and of a negative value per customer.

    could, referred: by customer, as for `tier_of`; sums: where each draw is added up. Columns TIERS; p_negative: that actual
    value, given latent rates and state, is below 0; growth: mean of potential minus actual value over the draws.
    """
    table = np.zeros((len(could), len(TIERS) + 2))
    potential_value, brought_in = could.to_numpy(), np.broadcast_to(referred, len(could))
    for members, actual in parts:
        own, brought = potential_value[members][:, None], brought_in[members][:, None]
        tier = tier_of(actual, own, cuts, brought)
        for place in range(len(TIERS)):
            table[members, place] = (tier == place).mean(axis=1)
        negative, growth = actual + brought < 0, _reach(actual, own) - actual
        table[members, -2], table[members, -1] = negative.mean(axis=1), growth.mean(axis=1)
        if sums is not None:
            sums.add(actual, growth, negative)
            again = _by_halves(tier)
            if not len(sums.again):
                sums.again = np.zeros((len(again), len(could)), dtype=np.int8)
            sums.again[:, members] = again
    return pd.DataFrame(table, columns=[*TIERS, "p_negative", "growth"], index=could.index)


def _by_halves(tier: np.ndarray) -> np.ndarray:
    """The most probable tier of each of the halves of the draws, from tiers (customers, draws): (halves, customers)."""
    counts = (list(monte_carlo.halves((tier == place).T)) for place in range(len(TIERS)))
    return np.argmax(list(counts), axis=0)


def likely(chances: pd.DataFrame) -> pd.Series:
    """The most probable tier of each customer; chances: from `probabilities`."""
    return chances[list(TIERS)].idxmax(axis=1)


def check_sum(chances: pd.DataFrame) -> Check:
    """Ask whether every customer's probabilities add up to 1."""
    off = float((chances[list(TIERS)].sum(axis=1) - 1).abs().max())
    return check(
        "probabilities of the tiers add up",
        fail=not off < ROUNDING,
        value=plain(off),
        threshold=plain(ROUNDING),
        advice=REPORT_ERROR(),
    )


def listed(chances: pd.DataFrame, expected: pd.Series, referrals: pd.Series) -> pd.DataFrame:
    """`chances` with tier, expected_value, potential_value and referral_value of each customer."""
    return chances.assign(
        tier=likely(chances),
        expected_value=expected,
        potential_value=expected + chances["growth"],
        referral_value=referrals,
    )


def held(parts: Parts, tier: pd.Series) -> dict[str, Interval]:
    """The share of all value that the customers of each tier hold: over the draws, value by tier to value of everyone.

    tier: the most probable one by customer, from `likely`. Tiers without customers hold none.
    """
    places = pd.Categorical(tier, categories=TIERS).codes
    sums: list[np.ndarray] = [np.zeros(1)] * len(TIERS)
    for members, actual in parts:
        for place in range(len(TIERS)):
            sums[place] = sums[place] + actual[places[members] == place].sum(axis=0)
    total = np.sum(np.broadcast_arrays(*sums), axis=0)
    return {name: interval(one / total) for name, one in zip(TIERS, np.broadcast_arrays(*sums), strict=True)}


@dataclass(frozen=True)
class ValueMap:
    """Mean actual value and mean growth of each tier's customers, and their number (index: tier)."""

    table: pd.DataFrame

    @property
    def by_room(self) -> pd.DataFrame:
        """The tiers, those first whose customers could grow most on average."""
        return self.table.sort_values("growth", ascending=False, kind="stable")


def value_map(chances: pd.DataFrame, expected: pd.Series, minimum: int) -> ValueMap | None:
    """Place the tiers by value and growth, without those of few customers (`small_groups.hidden`); None if all are."""
    each = pd.DataFrame({"value": expected, "growth": chances["growth"], "tier": likely(chances)})
    means = each.groupby("tier")[["value", "growth"]].mean()
    table = means.assign(customers=each["tier"].value_counts())
    few = small_groups.hidden(table["customers"], table["customers"] * table["value"], minimum=minimum)
    return None if few.all() else ValueMap(table[~few])


@dataclass(frozen=True)
class Certainty:
    """How sure customers' tiers are: counts of customers by the probability of their most probable tier.

    counts, edges: of bins of equal width from 0 to 1; sure: share of customers from the probability `sure_from` on. by_tier:
    the same share of each tier's customers, missing where it tells of few.
    """

    counts: np.ndarray
    edges: np.ndarray
    sure: float
    by_tier: pd.Series
    sure_from: float = SURE


def certainty(chances: pd.DataFrame, minimum: int, bins: int = 20) -> Certainty:
    """Count customers by the probability of their most probable tier, few ones with neighbours (`small_groups.evened`)."""
    best = chances[list(TIERS)].max(axis=1)
    sides = pd.crosstab(likely(chances), best >= SURE).reindex(
        index=TIERS, columns=[True, False], fill_value=0
    )
    few = small_groups.hidden(sides.to_numpy(), minimum=minimum)
    by_tier = (sides[True] / sides.sum(axis=1)).mask(few)
    counts, edges = np.histogram(best, bins=np.linspace(0, 1, bins + 1))
    return Certainty(small_groups.evened(counts, minimum), edges, float((best >= SURE).mean()), by_tier)


@dataclass(frozen=True)
class Movement:
    """Share of each earlier tier's customers by tier today, and the share of all who are in the same one.

    table: before, customers, stayed, and a column per tier of today; a row per earlier tier that had customers. stayed: in
    how many tenths of its customers, missing where a tenth of them are few.
    """

    table: pd.DataFrame
    stayed: float

    def tenths(self, tier: str) -> int | None:
        """How many tenths of an earlier tier's customers are still in it; None where that is not told."""
        own = self.table.loc[self.table["before"] == tier, "stayed"].dropna()
        return int(own.iloc[0]) if len(own) else None

    def check(self) -> Check:
        """Ask whether tiers last long enough to act on."""
        return check(
            "stable tiers",
            review=monte_carlo.below(self.stayed, STABLE),
            value=percent(self.stayed),
            threshold=SAME_TIER(share=percent(STABLE, 0)),
            advice=FAST(),
        )


def movement(
    before: pd.Series, now: pd.Series, minimum: int, drawn: tuple[Sums, Sums] | None = None
) -> Movement:
    """Compare each customer's tier at an earlier date with that of today; shares of few customers are missing.

    drawn: of both dates, each in the order of its series, for the Monte Carlo error of the share that stayed.
    """
    both = pd.DataFrame({"before": before, "now": now}).dropna()
    counts = pd.crosstab(both["before"], both["now"]).reindex(index=TIERS, columns=TIERS, fill_value=0)
    size = counts.sum(axis=1)
    shown = counts.mask(small_groups.hidden_fields(counts, minimum))
    same = np.round(10 * np.diag(counts) / size.where(size > 0)).where(
        size >= 20 * minimum
    )  # tells of no few
    table = shown.div(size.where(size > 0), axis=0).assign(customers=size, stayed=same)
    table = table[["customers", "stayed", *TIERS]]
    stayed = float((before == now.reindex(before.index)).mean())
    if drawn is not None:
        then, today = (one.again for one in drawn)
        again = (then == today[:, now.index.get_indexer(before.index)]).mean(axis=1)
        stayed = monte_carlo.known(stayed, float(monte_carlo.error_by_halves(again)))
    return Movement(table[table["customers"] > 0].rename_axis(columns=None).reset_index(), stayed)


def characteristics(attributes: pd.DataFrame, chance: pd.Series, minimum: int) -> pd.DataFrame:
    """Levels of attributes whose customers are Most Valuable clearly more often than the base, the highest first.

    attributes: text or true/false columns indexed like `chance`, the probability of being Most Valuable; NO_TRAITS are
    passed over. Levels of few customers are left out (`small_groups.hidden`), and those that are a part of a larger one and
    do not clearly differ from it. What goes together need not cause one another.
    Columns characteristic, customers, most_valuable (share, an Interval: Beta, from a uniform prior), times_the_base.
    """
    found: list[tuple[str, pd.Series, float]] = []
    for name in attributes.columns.difference(NO_TRAITS, sort=False):
        values = attributes[name].astype("str").where(attributes[name].notna(), "not given")
        if not 2 <= values.nunique() <= 30:
            continue
        table = chance.groupby(values).agg(["size", "mean"])
        few = small_groups.hidden(table["size"], table["size"] * table["mean"], minimum=minimum)
        found += [(f"{name}: {level}", values == level, row["mean"]) for level, row in table[~few].iterrows()]
    kept: list[tuple[str, pd.Series, Interval]] = []
    for name, members, mean in sorted(found, key=lambda one: -int(one[1].sum())):
        share = _share(mean, int(members.sum()))
        wider = [other for _, all_of, other in kept if (members & ~all_of).mean() <= OUTSIDE * members.mean()]
        if share.p05 > chance.mean() and not any(share.p05 <= one.mean <= share.p95 for one in wider):
            kept.append((name, members, share))
    rows = [(name, int(members.sum()), share, share.mean / chance.mean()) for name, members, share in kept]
    table = pd.DataFrame(rows, columns=["characteristic", "customers", "most_valuable", "times_the_base"])
    return table.sort_values("times_the_base", ascending=False, ignore_index=True)


def _share(mean: float, size: int) -> Interval:
    """A share seen among so many, with its 90 % interval."""
    low, middle, high = stats.beta.ppf((LOWER, 0.5, UPPER), 1 + mean * size, 1 + (1 - mean) * size)
    return Interval(mean, float(low), float(middle), float(high))


def overview(chances: pd.DataFrame, expected: pd.Series) -> pd.DataFrame:
    """Per tier: customers whose most probable tier it is, expected number, their expected value and its share, treatment.

    Columns tier, customers, share_of_customers, expected_number, value_ahead, share_of_value, treatment, as in TIERS.
    """
    tier = likely(chances)
    customers = tier.value_counts().reindex(TIERS, fill_value=0)
    by_tier = expected.groupby(tier).sum().reindex(TIERS, fill_value=0.0)
    table = pd.DataFrame(
        {
            "customers": customers,
            "share_of_customers": customers / customers.sum(),
            "expected_number": chances[list(TIERS)].sum(),
            "value_ahead": by_tier,
            "share_of_value": by_tier / expected.sum(),
            "treatment": TREATMENTS,
        }
    )
    return table.loc[list(TIERS)].reset_index(names="tier")


def metrics(overview: pd.DataFrame) -> dict[str, int]:
    """Return the customers of each tier in `overview` under the names of run.json."""
    return {f"tier.{row.tier}": row.customers for row in overview.itertuples()}
