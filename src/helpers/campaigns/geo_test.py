"""A test by region, planned on its own past and read by the same lots.

Sets of regions are compared with all others by synthetic difference-in-differences (`synthetic_did`) in logs. On the first
part of the past every candidate set is asked for effects where there were none; the sets that erred least are the lots, and
the test set is drawn from them. That draw is what the test rests on: under no effect each lot was as likely, so the drawn
one's rank among them is a p value, whatever the season and whatever hangs together (randomization test; Fisher 1935).

Power is stated on the last part of the past, which had no say in the choice: an effect is put into each lot in turn, in
several windows, and the share of those found at 10 % is counted. Without an effect that share is the level.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from helpers.campaigns import synthetic_did
from helpers.campaigns.panel import Panel
from helpers.checks import Check, check
from helpers.errors import CannotAnswer
from helpers.inference import monte_carlo
from helpers.inference.intervals import LEVEL
from helpers.messages import Message, count, listing, message, percent, set_percent

FEWEST_REGIONS, FEWEST_BEFORE = 10, 5
LOTS = 20
CANDIDATES, MANY_REGIONS, FEW_CANDIDATES = 100, 40, 40  # with many regions, fewer sets are tried
FIRST_PART = 0.6  # of the past: where the lots are chosen
CHOOSING, JUDGING = 3, 6  # windows in the first and in the last part
EFFECTS = np.round(np.concatenate([np.arange(0, 0.2, 0.01), np.arange(0.2, 1.01, 0.05)]), 2)

AT_LEAST = message("geo_test.at_least", "at least {power}")
SOME = message("geo_test.some", "{found} of {tries} tests tried on the past")
ALL = message("geo_test.all", "all {tries} of {tries} tests tried on the past")
TOO_WEAK = message(
    "geo_test.too_weak",
    "An effect of {effect} would be found in {power} of such tests: test longer, in more regions, or settle for a larger "
    "effect.",
)
TEN_LOTS = message("geo_test.ten_lots", "at least 10 lots")
FEW_LOTS = message(
    "geo_test.few_lots",
    "With {lots} no draw can be told from chance at 10 %: bring smaller regions, or treat more of them at once.",
)
LEFT_OUT = message(
    "geo_test.left_out",
    "{regions} fell to zero or below, where a share of the usual means nothing: the test is planned and read without them. "
    "Take longer periods, or join them to a neighbour.",
)


@dataclass(frozen=True)
class Lots:
    """Sets of regions of which one is drawn for a test of `periods`; the first is the drawn one.

    sets: rows of the panel. missed: root mean square of what was found in the first part, where nothing was done, in logs.
    """

    sets: list[tuple[int, ...]]
    periods: int
    missed: np.ndarray

    @property
    def smallest_p(self) -> float:
        """The smallest p value that so many lots allow."""
        return 1 / len(self.sets)


@dataclass(frozen=True)
class Plan:
    """A size and length of test: its lots, and the share of effects found in the last part, (effects,) as `EFFECTS`."""

    regions: int
    lots: Lots
    power: np.ndarray
    windows: int

    @property
    def effects(self) -> np.ndarray:
        """The effects that were tried, as shares."""
        return EFFECTS

    def power_at(self, effect: float) -> float:
        """The share found of an effect (a share, 0.1 is +10 %), read between those that were tried."""
        return float(np.interp(effect, EFFECTS, self.power))

    @property
    def tries(self) -> int:
        """How many tests were tried on the past: each lot in each window. They share regions and periods."""
        return self.windows * len(self.lots.sets)

    def told(self, effect: float) -> Message:
        """How many of the tests tried found an effect, in words."""
        found = round(self.power_at(effect) * self.tries)
        tries = count(self.tries)
        return ALL(tries=tries) if found == self.tries else SOME(found=count(found), tries=tries)

    def smallest(self, power: float) -> float:
        """The smallest effect found with this power; nan where none of those tried is."""
        found = np.flatnonzero(self.power >= power)
        return float(EFFECTS[found[0]]) if len(found) else np.nan


def lengths(panel: Panel, wanted: Sequence[int] = ()) -> list[int]:
    """Return the lengths of test to try, in periods: those wanted; else 2, 4, 6 weeks of days, or 1, 2, 4."""
    if wanted:
        return list(wanted)
    return [2 * panel.whole, 4 * panel.whole, 6 * panel.whole] if panel.whole > 1 else [1, 2, 4]


def choose_lots(panel: Panel, regions: int, periods: int, seed: int = 1) -> Lots:
    """Choose the lots of a test with so many regions and periods on the first part of the past, and draw one.

    CannotAnswer where the past is too short or the regions are too few for it.
    """
    units, last = len(panel.units), int(FIRST_PART * len(panel.periods))
    _refuse(panel, regions, periods)
    rng = np.random.default_rng(seed)
    candidates = _candidates(units, regions, rng)
    begins = _spread(max(FEWEST_BEFORE, min(last // 3, last - periods)), last - periods, CHOOSING)
    found = [[seeming(panel, one, begin, periods)[0] for begin in begins] for one in candidates]
    missed = np.sqrt(np.mean(np.square(found), axis=1))
    best = np.argsort(missed, kind="stable")[:LOTS]
    drawn = int(rng.integers(len(best)))
    order = [best[drawn], *np.delete(best, drawn)]
    return Lots([candidates[place] for place in order], periods, missed[order])


def plan(panel: Panel, regions: int, periods: int, seed: int = 1) -> Plan:
    """Plan a test of one size and length: lots from the first part of the past, power from the last."""
    lots, first = choose_lots(panel, regions, periods, seed), int(FIRST_PART * len(panel.periods))
    if first + periods > len(panel.periods):
        raise _too_short(panel, periods, int(np.ceil(periods / (1 - FIRST_PART))))
    begins = _spread(first, len(panel.periods) - periods, JUDGING)
    found = np.zeros(len(EFFECTS))
    for begin in begins:
        effects, shares = seemings(panel, lots, begin)
        for place, effect in enumerate(EFFECTS):
            for treated in range(len(lots.sets)):
                shifted = effects + np.log1p(effect) * shares[:, treated]
                found[place] += rank(shifted, treated) <= 1 - LEVEL + 1e-9
    return Plan(regions, lots, found / len(begins) / len(lots.sets), len(begins))


def plans(panel: Panel, sizes: Sequence[int], wanted: Sequence[int] = (), seed: int = 1) -> list[Plan]:
    """Plan every size and length that the past allows; CannotAnswer where it allows none."""
    made: list[Plan] = []
    refused: list[CannotAnswer] = []
    for size in sizes:
        for length in lengths(panel, wanted):
            try:
                made.append(plan(panel, size, length, seed))
            except CannotAnswer as error:
                refused.append(error)
    if not made:
        raise refused[0]
    return made


def table(made: Sequence[Plan], effect: float, power: float) -> pd.DataFrame:
    """Return a row per plan: regions, periods, lots, missed (share), level, power (of this effect), smallest (effect)."""
    return pd.DataFrame(
        {
            "regions": [one.regions for one in made],
            "periods": [one.lots.periods for one in made],
            "lots": [len(one.lots.sets) for one in made],
            "missed": [float(np.expm1(one.lots.missed.mean())) for one in made],
            "level": [one.power[0] for one in made],
            "power": [one.power_at(effect) for one in made],
            "smallest": [one.smallest(power) for one in made],
        }
    )


def recommend(made: Sequence[Plan], effect: float, power: float) -> Plan:
    """Return the shortest plan, then the smallest, that finds this effect with this power; else the one of most power."""
    enough = [one for one in made if one.power_at(effect) >= power]
    if enough:
        return min(enough, key=lambda one: (one.lots.periods, one.regions))
    return max(made, key=lambda one: one.power_at(effect))


def metrics(panel: Panel, chosen: Plan, effect: float, seed: int) -> dict[str, float]:
    """Level, power and what the lots missed under the names of run.json.

    Where candidates are drawn because there are too many, with the error among plans of other candidates.
    """
    regions, periods = chosen.regions, chosen.lots.periods

    @cache
    def others() -> list[Plan]:
        enough = comb(len(panel.units), regions) <= _most(len(panel.units))
        again = range(0 if enough else monte_carlo.DEALINGS)
        return [plan(panel, regions, periods, seed + 1 + one) for one in again]

    def told(of: Callable[[Plan], float]) -> float:
        return monte_carlo.among(of(chosen), lambda: [of(one) for one in others()])

    return {
        "plan.level": told(lambda one: float(one.power[0])),
        "plan.power": told(lambda one: one.power_at(effect)),
        "plan.lots_missed": told(lambda one: float(one.lots.missed.mean())),
    }


def lots_table(panel: Panel, chosen: Plan) -> pd.DataFrame:
    """Return the lots of a plan, the drawn one first: drawn, regions (names), missed (share)."""
    names = [[panel.units[row] for row in rows] for rows in chosen.lots.sets]
    return pd.DataFrame(
        {
            "drawn": [place == 0 for place in range(len(names))],
            "regions": [", ".join(one) for one in names],
            "missed": np.expm1(chosen.lots.missed),
        }
    )


def check_power(chosen: Plan, effect: float, power: float) -> Check:
    """Ask whether the plan finds the effect wanted with the power wanted."""
    found = chosen.power_at(effect)
    return check(
        "Power of the plan",
        review=found < power,
        value=chosen.told(effect),
        threshold=AT_LEAST(power=percent(power, 0)),
        advice=TOO_WEAK(effect=set_percent(effect), power=percent(found, 0)),
    )


def check_left_out(left_out: Sequence[str]) -> Check:
    """Ask whether every region takes part; left_out: names of those without a logarithm (`panel.above_zero`)."""
    return check(
        "Regions left out",
        review=bool(left_out),
        value=count(len(left_out), "region"),
        threshold=count(0, "region"),
        advice=LEFT_OUT(regions=listing(list(left_out))) if left_out else None,
    )


def check_level(chosen: Plan) -> Check:
    """Ask whether the test finds no more than one in ten where nothing is, and something at all where there is."""
    lots = len(chosen.lots.sets)
    return check(
        "Lots for a test at 10 %",
        fail=chosen.power[0] > 1 - LEVEL + 1e-9,
        review=chosen.lots.smallest_p > 1 - LEVEL + 1e-9,
        value=count(lots, "lot"),
        threshold=TEN_LOTS(),
        advice=FEW_LOTS(lots=count(lots, "lot")),
    )


def seeming(panel: Panel, rows: tuple[int, ...], begin: int, periods: int) -> tuple[float, np.ndarray]:
    """What a set seems to show in a window, and the donors' weights over all units (0 for the set's own)."""
    own = np.zeros(len(panel.units), dtype=bool)
    own[list(rows)] = True
    paths = panel.outcome[:, : begin + periods]
    effect, omega = synthetic_did.fit(paths[own].mean(axis=0), paths[~own], begin, len(rows))
    weights = np.zeros(len(own))
    weights[~own] = omega
    return effect, weights


def seemings(panel: Panel, lots: Lots, begin: int) -> tuple[np.ndarray, np.ndarray]:
    """What every lot seems to show in a window (lots,), and how much of an effect in lot j would reach lot i."""
    found = [seeming(panel, rows, begin, lots.periods) for rows in lots.sets]
    member = np.zeros((len(lots.sets), len(panel.units)))
    for place, rows in enumerate(lots.sets):
        member[place, list(rows)] = 1
    compared = np.array([own / own.sum() - weights for own, (_, weights) in zip(member, found, strict=True)])
    return np.array([effect for effect, _ in found]), compared @ member.T


def rank(effects: np.ndarray, treated: int) -> float:
    """The rank of one lot's effect, by size, among all: the largest has 1 of so many lots."""
    size = np.abs(effects)
    return float((size >= size[treated] * (1 - 1e-9)).mean())


def _most(units: int) -> int:
    """How many sets are candidates at most."""
    return CANDIDATES if units <= MANY_REGIONS else FEW_CANDIDATES


def _candidates(units: int, regions: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    most = _most(units)
    if comb(units, regions) <= most:
        return list(combinations(range(units), regions))
    drawn: set[tuple[int, ...]] = set()
    while len(drawn) < most:
        drawn.add(tuple(sorted(int(one) for one in rng.choice(units, regions, replace=False))))
    return sorted(drawn)


def _spread(first: int, last: int, most: int) -> list[int]:
    """At most so many positions from first to last, evenly spread."""
    return sorted(set(np.linspace(first, last, min(most, last - first + 1)).round().astype(int).tolist()))


def _refuse(panel: Panel, regions: int, periods: int) -> None:
    units, count = len(panel.units), len(panel.periods)
    if units < FEWEST_REGIONS or regions > units // 2:
        raise CannotAnswer(
            f"A test in {regions} of {units} regions cannot be planned: it needs {FEWEST_REGIONS} regions or more, at least "
            "twice as many as are treated. Bring smaller regions, such as districts or postcodes."
        )
    needed = 2 * (FEWEST_BEFORE + periods)
    if count < needed or int(FIRST_PART * count) < FEWEST_BEFORE + periods:
        raise _too_short(panel, periods, needed)


def _too_short(panel: Panel, periods: int, needed: int) -> CannotAnswer:
    return CannotAnswer(
        f"A test of {periods} periods cannot be planned on {len(panel.periods)}: it needs {needed} or more before it. "
        "Bring a longer past, shorter periods, or plan a shorter test."
    )
