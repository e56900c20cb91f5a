"""Coordinates of a model that are normal a priori, and the levels of groups that are linear in them: `priors` by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from helpers.clv.customer_groups import Design

type Pair = Callable[[np.ndarray], tuple[float, np.ndarray]]  # of a vector: a number, and its slope


@dataclass
class Coordinates:
    """A model's coordinates, normal a priori, in the order it declares them, and its levels, which are linear in them.

    mean, deviation: of each coordinate; parent: the one that is added to its mean, or -1. reach: for each level what a step
    of each coordinate adds to it in every group, {place: (groups,)}.
    """

    groups: int
    mean: list[float] = field(default_factory=list)
    deviation: list[float] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    reach: list[dict[int, np.ndarray]] = field(default_factory=list)

    def add(
        self, mean: np.ndarray | float, deviation: np.ndarray | float, count: int = 1, parent: int = -1
    ) -> slice:
        """Declare `count` coordinates and return where they stand."""
        start = len(self.mean)
        self.mean += list(np.broadcast_to(mean, count))
        self.deviation += list(np.broadcast_to(deviation, count))
        self.parent += [parent] * count
        return slice(start, start + count)

    def level(self, design: Design, mean: float, deviation: float, step: float | None = None) -> None:
        """Declare a level of every group as `priors` does: pooled, walking by `step` a year, or the same for all cohorts."""
        if not design.groups or (design.years and step is None):
            self.reach.append({self.add(mean, deviation).start: np.ones(self.groups)})
            return
        every = np.eye(self.groups)
        if step is None or not design.years:
            common = self.add(mean, deviation).start
            own = self.add(0.0, deviation / 2, self.groups, common)
            self.reach.append(dict(zip(range(own.start, own.stop), every, strict=True)))
            return
        inside = [place for place, year in enumerate(design.years) if year is not None]
        others = [place for place, year in enumerate(design.years) if year is None]
        gaps = np.diff([year for year in design.years if year is not None])
        reach = {self.add(mean, deviation).start: np.ones(self.groups)}
        steps = self.add(0.0, step * np.sqrt(gaps), len(gaps))
        reach |= {steps.start + k: every[inside[k + 1 :]].sum(axis=0) for k in range(len(gaps))}
        apart = self.add(0.0, deviation / 2, len(others))
        self.reach.append(reach | {apart.start + k: every[place] for k, place in enumerate(others)})

    def matrix(self) -> np.ndarray:
        """What the coordinates add to the levels: (levels, groups, coordinates)."""
        found = np.zeros((len(self.reach), self.groups, len(self.mean)))
        for level, columns in zip(found, self.reach, strict=True):
            for place, column in columns.items():
                level[:, place] = column
        return found

    def prior(self) -> Pair:
        """Their log density a priori, up to a constant in which no deviation is: some of these are held."""
        mean, deviation, parent = (np.array(one) for one in (self.mean, self.deviation, self.parent))
        child = np.flatnonzero(parent >= 0)
        size = -np.log(deviation[np.isfinite(deviation)]).sum()

        def density(vector: np.ndarray) -> tuple[float, np.ndarray]:
            away = vector - mean
            away[child] -= vector[parent[child]]
            away /= deviation
            slope = -away / deviation
            np.subtract.at(slope, parent[child], slope[child])
            return float(size - 0.5 * away @ away), slope

        return density
