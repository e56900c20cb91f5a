"""Placebos in space: untreated units in the place of treated ones, each judged by how well it was followed before.

A unit that its synthetic control follows badly before the start strays afterwards, too, so every unit's gap after the start
is divided by its root mean square before (post/pre ratio; Abadie, Diamond and Hainmueller 2010). With J donors and one
treated unit, p is a rank among J + 1 and cannot be smaller than 1 / (J + 1). Many donors follow a few periods exactly, which
says nothing of how well they do: no fit counts as better than a part of what outcomes change from period to period. The
interval holds every mean effect that the test at 10 % does not refuse; with fewer than ten units it refuses nothing, and
has no ends.

With several treated units, who was treated is drawn anew: units without anyone twice, at the starts that happened; a treated
unit takes part less the effect found (residual permutation).
"""

import math
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from helpers.campaigns import synthetic
from helpers.campaigns.panel import Panel
from helpers.campaigns.synthetic import Design
from helpers.inference import monte_carlo
from helpers.inference.intervals import LEVEL, Interval

SHUFFLES = 2000
CLOSEST = (
    0.05  # of the donors' usual change from one period to the next: no unit is followed closer than that
)


@dataclass(frozen=True)
class Judged:
    """The mean effect of a synthetic control among its placebos.

    effect: on the panel's scale; ends are infinite where the test can refuse nothing. p: how often chance alone gives a
    mean effect as large, both divided by the fit before. ratio: root mean square after the start over that before, mean
    over the treated units; rank: its place among `assignments`, the largest is 1; ratio_p: how often one has a ratio as
    large; smallest_p: 1 over them. missed: root mean square before the start. chance: mean effects of the placebos, at the
    treated units' fit. before: the mean gap before the start. drawn: whether assignments were drawn, not each taken once.
    """

    effect: Interval
    p: float
    ratio: float
    ratio_p: float
    rank: int
    assignments: int
    missed: float
    chance: np.ndarray
    before: float
    drawn: bool

    @property
    def strays(self) -> bool:
        """Whether it finds more before the start, where nothing was done, than its interval calls chance."""
        return bool(abs(self.before) > self.effect.p95 - self.effect.mean)

    @property
    def smallest_p(self) -> float:
        """The smallest p that so many assignments allow."""
        return 1 / self.assignments

    @property
    def centre(self) -> float:
        """What the placebos find on average, where nothing was done; on the panel's scale."""
        return monte_carlo.mean(self.chance) if self.drawn else float(self.chance.mean())

    @property
    def chance_above(self) -> float:
        """How often the effect less a placebo's lies above zero."""
        above = self.effect.mean - self.chance > 0
        chance = (1 + above.sum()) / (2 + len(self.chance))
        return monte_carlo.by_draw(chance, above) if self.drawn else float(chance)


def judge(design: Design, seed: int = 1) -> Judged:
    """Judge the mean effect of a synthetic control by placebos in space."""
    gaps = synthetic.gaps(design)
    effect = float(synthetic.effects(gaps, design) @ design.counts)
    before = np.array([_fit(design, one[:start]) for one, start in zip(gaps, design.start, strict=True)])
    after = np.array([_size(one[start:]) for one, start in zip(gaps, design.start, strict=True)])
    ratio, missed = float((after / before).mean()), float(_pooled(before, design.counts))
    means, fits, sizes = _pretended(design, effect, seed)
    scaled = means / fits
    as_large = np.abs(scaled) >= abs(effect) / missed * (1 - 1e-9)
    as_far = sizes >= ratio * (1 - 1e-9)
    reach = _reach(scaled, len(design.start) > 1)
    return Judged(
        Interval(
            effect, *(monte_carlo.through(reach, partial(_moved, effect, by)) for by in (-missed, 0, missed))
        ),
        _share(as_large, design),
        ratio,
        _share(as_far, design),
        1 + int(as_far.sum()),
        1 + len(scaled),
        missed,
        scaled * missed,
        float(
            np.array([one[:start].mean() for one, start in zip(gaps, design.start, strict=True)])
            @ design.counts
        ),
        len(design.start) > 1,
    )


def _share(as_far: np.ndarray, design: Design) -> float:
    """The share of all assignments that go as far, the true one counted; with its error where they were drawn."""
    share = (1 + as_far.sum()) / (1 + len(as_far))
    return monte_carlo.by_draw(share, as_far) if len(design.start) > 1 else float(share)


def bounded(units: int) -> bool:
    """Whether a test among so many units can refuse anything at 10 %."""
    return units * (1 - LEVEL) >= 1 - 1e-9


def _reach(scaled: np.ndarray, drawn: bool) -> float:
    """The largest scaled distance that the test does not refuse; infinite where it refuses nothing."""
    refused = math.floor((1 + len(scaled)) * (1 - LEVEL) + 1e-9)
    if not refused:
        return math.inf
    farthest = partial(_farthest, refused=refused)
    return monte_carlo.of_replicates(np.abs(scaled), farthest) if drawn else float(farthest(np.abs(scaled)))


def _farthest(distances: np.ndarray, refused: int) -> np.ndarray:
    return np.partition(distances, -refused, axis=-1)[..., -refused]


def _moved(effect: float, by: float, reach: float) -> float:
    return effect + by * reach if by else effect


def _pretended(design: Design, effect: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean effect, fit before, and mean post/pre ratio of pretended assignments.

    With one treated unit, each donor once; with several, assignments drawn among all units, the treated ones less `effect`.
    """
    panel, starts = design.panel, design.start
    table = {int(start): _units_at(design, int(start), effect) for start in np.unique(starts)}
    mean, before, after = (np.array([table[int(start)][part] for start in starts]).T for part in range(3))
    if len(starts) == 1:
        picked = np.arange(len(design.donors))[:, None]
        factor = 1.0
    else:
        everyone = len(design.donors) + len(starts)
        picked = np.argsort(np.random.default_rng(seed).random((SHUFFLES, everyone)), axis=1)[
            :, : len(starts)
        ]
        # Those drawn are compared with the others only; a unit's own placebo is compared with all.
        factor = (everyone - 1) / len(design.donors)
    counts = (len(panel.periods) - starts) * panel.weight[design.treated]
    counts = counts / counts.sum()
    at = np.arange(len(starts))
    ratios = (after[picked, at] / before[picked, at]).mean(axis=1)
    return (mean[picked, at] @ counts) * factor, _pooled(before[picked, at], counts), ratios


def _units_at(design: Design, start: int, effect: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean gap after, and root mean square before and after a start, of every donor and, if several, treated unit."""
    panel, donors = design.panel, design.donors
    cleaned = _less(panel, effect)
    rows = list(donors) + (list(design.treated) if len(design.treated) > 1 else [])
    found = [synthetic.gap(cleaned, row, start, donors[donors != row], design.demean) for row in rows]
    mean, before, after = zip(
        *((one[start:].mean(), _fit(design, one[:start]), _size(one[start:])) for one in found), strict=True
    )
    return np.array(mean), np.array(before), np.array(after)


def _less(panel: Panel, effect: float) -> Panel:
    treated = np.arange(len(panel.periods)) >= panel.start[:, None]
    return replace(panel, outcome=panel.outcome - effect * treated)


def _fit(design: Design, gap: np.ndarray) -> float:
    """How well a unit was followed before: root mean square of its gap, but no less than CLOSEST allows."""
    return max(_size(gap), CLOSEST * _size(np.diff(design.panel.outcome[design.donors], axis=1)))


def _size(gap: np.ndarray) -> float:
    return max(float(np.sqrt((gap**2).mean())), 1e-12)


def _pooled(before: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The fit before of a mean over units: root of the sum of squares, each counting as its unit does."""
    return np.asarray(np.sqrt(((before * counts) ** 2).sum(axis=-1)))
