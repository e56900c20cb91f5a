"""One treated unit beside its synthetic control, and both ways of following beside each other, as a page shows them."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from helpers.campaigns import designs, placebos, synthetic
from helpers.campaigns.headline import Choice
from helpers.campaigns.panel import Panel
from helpers.campaigns.panel_shown import Path, shown
from helpers.campaigns.placebos import Judged
from helpers.checks import Check, check
from helpers.inference.intervals import LEVEL, Interval
from helpers.messages import Value, count, message, plain, signed

WAYS = {False: "levels", True: "movements"}  # by `demean`
MOST_GAPS = 12  # treated units whose gaps are drawn
MOST_POINTS = 1500  # of all their lines together
OFF_CENTRE = 2.0  # standard errors by which the placebos' mean may lie off nothing

TWO_ERRORS = message("twins.two_errors", "at most {errors} standard errors")
OFF = message(
    "twins.off",
    "Untreated units in the place of treated ones lie around {centre}, not around nothing: what moved them alike moves the "
    "effect, too. Read it less that much.",
)
TURNED = message("twins.turned", "{donors} whose leaving turns the sign")
SAME_SIGN = message("twins.same_sign", "the same sign without any of them")
ONE_DONOR = message(
    "twins.one_donor", "Without {donor} the effect has another sign: find out what happened there."
)


@dataclass(frozen=True)
class Twin:
    """One treated unit and its synthetic control, and all treated units among placebos.

    path: with a band that holds 90 % of placebos in every period. effect: of this unit, as shown. weights: the donors',
    heaviest first, one column per treated unit. ways: a row per way of following, see `ways`. judged: of the way that is
    drawn; left_out: mean effect without each donor, as shown.
    """

    path: Path
    effect: Interval
    follows: str
    weights: pd.DataFrame
    ways: pd.DataFrame
    judged: Judged
    left_out: pd.Series


def follows_movements(choice: Choice) -> bool:
    """Whether the synthetic control is drawn by movements: as the answer follows, else what erred less, else movements."""
    if choice.design in (designs.LEVELS, designs.MOVEMENTS):
        return choice.design == designs.MOVEMENTS
    tried = choice.errors[choice.errors["scale"] == choice.scale].set_index("design")["error"]
    return bool(tried.get(designs.MOVEMENTS, 0.0) <= tried.get(designs.LEVELS, 0.0))


def look(panel: Panel, row: int, demean: bool, seed: int = 1) -> Twin | None:
    """Look at a treated unit (its row) beside its synthetic control; None where this panel allows none."""
    if designs.LEVELS not in designs.possible(panel) or panel.start[row] < synthetic.FEWEST_BEFORE:
        return None
    by_way = {way: synthetic.prepare(panel, one) for one, way in WAYS.items()}
    judged = {way: placebos.judge(design, seed) for way, design in by_way.items()}
    design = by_way[WAYS[demean]]
    alone = replace(design, treated=np.array([row]), start=panel.start[[row]])
    return Twin(
        _path(alone, row),
        shown(panel, placebos.judge(alone, seed).effect),
        WAYS[demean],
        synthetic.donor_weights(alone),
        ways(panel, judged),
        judged[WAYS[demean]],
        shown(panel, synthetic.leave_one_out(design)),
    )


@dataclass(frozen=True)
class Gaps:
    """Every treated unit's distance from its synthetic control over time, with a band that holds 90 % of placebos.

    gap, low, high: (units, periods), on the panel's scale, as shown; starts: position of each first treated period.
    left_out: how many treated units are not among them.
    """

    units: list[str]
    periods: pd.DatetimeIndex
    starts: np.ndarray
    gap: np.ndarray
    low: np.ndarray
    high: np.ndarray
    left_out: int

    @property
    def step(self) -> int:
        """How many periods a point of a picture is the mean of, so that the picture stays small."""
        return -(-self.gap.size // MOST_POINTS)

    @property
    def drawn(self) -> "Gaps":
        """The same in means of `step` periods each."""
        n, step = self.gap.shape[1], self.step
        if step == 1:
            return self
        first = int(self.starts.min()) % step  # a block begins at the first start
        edges = np.arange(first, n, step)
        gap, low, high = (
            np.add.reduceat(part, edges, axis=1) / np.diff(np.append(edges, n))
            for part in (self.gap, self.low, self.high)
        )
        starts = np.minimum((self.starts - first) // step, len(edges) - 1)
        return replace(self, periods=self.periods[edges], starts=starts, gap=gap, low=low, high=high)

    @property
    def outside(self) -> int:
        """How many units lie outside of the band on average after their start."""
        after = np.arange(self.gap.shape[1]) >= self.starts[:, None]
        means = [
            [np.mean(one[own]) for one, own in zip(part, after, strict=True)]
            for part in (self.low, self.gap, self.high)
        ]
        return int(((np.array(means[1]) < means[0]) | (np.array(means[1]) > means[2])).sum())


def all_gaps(panel: Panel, demean: bool, most: int = MOST_GAPS) -> Gaps | None:
    """The gaps of all treated units, the heaviest where there are more than `most`; None where this panel allows none."""
    if designs.LEVELS not in designs.possible(panel):
        return None
    design = synthetic.prepare(panel, demean)
    heaviest = np.argsort(-panel.weight[design.treated], kind="stable")[:most]
    chosen = np.sort(heaviest[design.start[heaviest] >= synthetic.FEWEST_BEFORE])
    if not len(chosen):
        return None
    found = [
        _gap_and_reach(replace(design, treated=design.treated[[one]], start=design.start[[one]]))
        for one in chosen
    ]
    gap, reach = (np.array(part) for part in zip(*found, strict=True))
    middle, low, high = (shown(panel, line) for line in (gap, -reach, reach))
    names = [panel.units[row] for row in design.treated[chosen]]
    left_out = len(design.treated) - len(chosen)
    return Gaps(names, panel.periods, design.start[chosen], middle, low, high, left_out)


def ways(panel: Panel, judged: dict[str, Judged]) -> pd.DataFrame:
    """Return a row per way of following: follows, effect and missed (as shown), and what the placebos say.

    ratio, rank, of, ratio_p: post/pre ratio and its place among the assignments; p: of the mean effect; smallest_p.
    """
    rows = [
        {
            "follows": way,
            "effect": shown(panel, one.effect),
            "missed": shown(panel, one.missed),
            "ratio": one.ratio,
            "rank": one.rank,
            "of": one.assignments,
            "ratio_p": one.ratio_p,
            "p": one.p,
            "smallest_p": one.smallest_p,
        }
        for way, one in judged.items()
    ]
    return pd.DataFrame(rows)


def checks(panel: Panel, twin: Twin | None, change: Value) -> list[Check]:
    """The checks of a synthetic control; change: how a change is said (`Outcome.change` of nothing)."""
    return [check_centre(panel, twin, change), check_donors(twin)] if twin is not None else []


def metrics(panel: Panel, twin: Twin | None) -> dict[str, float]:
    """The numbers of the placebos of the way that is drawn."""
    if twin is None:
        return {}
    one = twin.judged
    return {
        "synthetic.fit_before": float(shown(panel, one.missed)),
        "synthetic.ratio": one.ratio,
        "synthetic.rank": one.rank,
        "synthetic.assignments": one.assignments,
        "synthetic.placebo_p_value": one.ratio_p,
        "synthetic.smallest_p_value": one.smallest_p,
        "synthetic.mean_p_value": one.p,
        "synthetic.placebo_centre": shown(panel, one.centre),
    }


def check_centre(panel: Panel, twin: Twin, change: Value) -> Check:
    """Ask whether the placebos lie around nothing; change: how a change is said (`Outcome.change` of nothing)."""
    chance = twin.judged.chance
    centre = float(chance.mean())
    error = float(chance.std(ddof=1)) / np.sqrt(len(twin.weights)) if len(chance) > 1 else np.inf
    said = Value(change.kind, float(shown(panel, centre)), change.options)
    return check(
        "Placebos around nothing",
        review=abs(centre) > OFF_CENTRE * error,
        value=signed(said),
        threshold=TWO_ERRORS(errors=plain(OFF_CENTRE)),
        advice=OFF(centre=signed(said)),
    )


def check_donors(twin: Twin) -> Check:
    """Ask whether leaving out one donor turns the sign of the effect."""
    effect, left = twin.judged.effect.mean, twin.left_out
    turned = left[np.sign(left) != np.sign(effect)]
    return check(
        "Leaving one donor out",
        review=len(turned) > 0,
        value=TURNED(donors=count(len(turned), "donor")),
        threshold=SAME_SIGN(),
        advice=ONE_DONOR(donor=str(turned.index[0])) if len(turned) else None,
    )


def _path(alone: synthetic.Design, row: int) -> Path:
    """The path of a unit beside its twin's, with the band that holds 90 % of placebos, each scaled by its fit before."""
    panel, start = alone.panel, int(alone.start[0])
    gap, reach = _gap_and_reach(alone)
    middle = panel.outcome[row] - gap
    lines = [middle - reach, middle, middle + reach]
    low, middle, high = np.exp(lines) if panel.scale == "log" else lines
    return Path(panel.units[row], panel.periods, start, panel.level[row], low, middle, high)


def _gap_and_reach(alone: synthetic.Design) -> tuple[np.ndarray, np.ndarray]:
    """The gap of a design's one treated unit, and how far 90 % of placebos reach at its fit before the start."""
    panel, start = alone.panel, int(alone.start[0])
    gap = synthetic.gaps(alone)[0]
    others = np.array(
        [
            synthetic.gap(panel, donor, start, alone.donors[alone.donors != donor], alone.demean)
            for donor in alone.donors
        ]
    )
    before = np.maximum(np.sqrt((others[:, :start] ** 2).mean(axis=1, keepdims=True)), 1e-12)
    return gap, np.quantile(np.abs(others / before), LEVEL, axis=0) * np.sqrt((gap[:start] ** 2).mean())
