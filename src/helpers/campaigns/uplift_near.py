"""Many refits of `uplift` near one mode: a Newton step each, on sums that all folds share.

A bootstrap sample without a fold has its mode near that of all units: of the distance, a Newton step from there leaves
about one part in the root of the number of buyers. The step takes the gradient and the curvature at the common mode,
sums over units of what is the same for every sample; a fold's share of them is taken off. So one pass over the units
serves all folds of a sample. Spend, whose rows are the buyers alone, is fitted to its mode.
"""

from collections.abc import Iterator

import numpy as np
from scipy import special

from helpers.campaigns import uplift_modes
from helpers.campaigns.uplift import BUYING, SPEND, Design

# From so many on a step is near enough; with fewer, finding the mode itself takes no time.
FEWEST_BUYERS = 2_000


class Refits:
    """Refits under weights of units, without each of `fold` (a number per unit); differs: of each part, held."""

    def __init__(self, design: Design, differs: np.ndarray, fold: np.ndarray):
        self.design, self.differs, self.folds = design, differs, int(fold.max()) + 1
        self.parts = uplift_modes.parts_of(design)
        whole = uplift_modes.seen(design, self.parts)
        self.modes = [
            uplift_modes.find_mode(part, own, one)[0]
            for part, own, one in zip(self.parts, whole, differs, strict=True)
        ]
        self.to_arm = [
            self.parts[BUYING].coefficients(arm, differs[BUYING]) for arm in range(len(design.arms))
        ]
        self.blocks = [
            [self._block(arm, fold == one) for one in range(self.folds)] for arm in range(len(design.arms))
        ]
        self.buyers_fold = fold[design.converted]

    def _block(self, arm: int, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Of an arm's units in one fold: rows, columns with a leading 1, first and second derivative at the mode."""
        rows = np.flatnonzero(inside & (self.design.arm == arm))
        x = np.column_stack([np.ones(len(rows)), self.design.x[rows]])
        chance = special.expit(x @ (self.to_arm[arm] @ self.modes[BUYING]))
        return rows, x, self.design.converted[rows] - chance, chance * (1 - chance)

    def without_each(self, weight: np.ndarray) -> Iterator[dict[str, np.ndarray]]:
        """Yield the parameters of the fit to all folds but one, each with one draw, fold by fold."""
        buying = self.parts[BUYING]
        mean, sd = buying.prior
        theta = self.modes[BUYING]
        slopes = np.zeros((self.folds, len(theta)))
        bends = np.zeros((self.folds, len(theta), len(theta)))
        for to_arm, blocks in zip(self.to_arm, self.blocks, strict=True):
            for one, (rows, x, first, second) in enumerate(blocks):
                w = weight[rows]
                slopes[one] += to_arm.T @ (x.T @ (w * first))
                bends[one] += to_arm.T @ (x.T @ (x * (w * second)[:, None])) @ to_arm
        for one in range(self.folds):
            slope = slopes.sum(axis=0) - slopes[one] - (theta - mean) / sd**2
            bend = bends.sum(axis=0) - bends[one] + np.diag(sd**-2.0)
            found = [
                theta + np.linalg.solve(bend, slope),
                *self._spend(np.where(self.buyers_fold == one, 0.0, weight[self.design.converted])),
            ]
            yield uplift_modes.parameters(
                self.parts, [np.array([own]) for own in self.differs], [own[None] for own in found]
            )

    def _spend(self, times: np.ndarray) -> list[np.ndarray]:
        """The mode of the spend part under weights of buyers; none where every buyer brings the same."""
        if len(self.parts) == 1:
            return []
        part, spend = self.parts[SPEND], self.design.revenue[self.design.converted]
        own = [(np.log(spend[block.rows]), times[block.rows]) for block in part.blocks]
        return [uplift_modes.find_mode(part, own, self.differs[SPEND], self.modes[SPEND])[0]]
