"""Bayesian synthetic control: a treated unit's path without treatment as a weighted mean of untreated units.

Abadie, Diamond and Hainmueller (2010): weights are not negative and add up to one, chosen so that the mean follows the
unit before its treatment. De-meaning (Doudchenko and Imbens 2016; Ferman and Pinto 2021) compares movements instead of
levels: each path less its own mean before the start. It follows a unit whose level no mean of donors reaches, but lets
donors of quite another level take part; the two may differ much, so both are shown (`ways`). The weights' uncertainty
comes from the model; what is estimated again and again, units that were never treated and treated units less a donor,
takes the best weights (least squares).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pymc as pm
from scipy import optimize, stats

from helpers.campaigns.panel import Panel, shown
from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.inference import sampler
from helpers.inference.intervals import LOWER, UPPER, Interval
from helpers.messages import message

if TYPE_CHECKING:
    import xarray as xr

CONCENTRATION = 4.0  # of all donors' Dirichlet weights together, however many donors there are
FEWEST_BEFORE = 3
SHUFFLES = 2000
WAYS = {False: "levels", True: "movements"}  # by `demean`

INSIDE_OTHER = message("synthetic.inside_other", "inside the interval by {used}")
OTHER_TWINS = message(
    "synthetic.other_twins",
    "Followed by {other}, the effect is another one: say which twins are the right ones before using either.",
)


@dataclass(frozen=True)
class Design:
    """The treated units (rows of the panel), donors (rows), and their paths, less their own past when de-meaned.

    y: (treated, periods). x: (treated, periods, donors). start: (treated,), positions.
    """

    panel: Panel
    treated: np.ndarray
    donors: np.ndarray
    start: np.ndarray
    y: np.ndarray
    x: np.ndarray

    @property
    def names(self) -> list[str]:
        """The treated units."""
        return [self.panel.units[row] for row in self.treated]

    @property
    def after(self) -> np.ndarray:
        """Which periods count for each treated unit: (treated, periods)."""
        return np.arange(self.y.shape[1]) >= self.start[:, None]

    def place_of(self, row: int) -> int:
        """The place among the treated units of a unit (its row of the panel)."""
        if row not in self.treated:
            raise StudyError(
                f"{self.panel.units[row]} has no synthetic control: it needs {FEWEST_BEFORE} periods before its start. "
                f"Set focus_unit to one of {', '.join(self.names)}."
            )
        return self.treated.tolist().index(row)


def prepare(panel: Panel, demean: bool = True) -> Design:
    """Arrange the treated units with at least three periods before their start, and their donors."""
    treated = np.array([row for row in panel.treated if panel.start[row] >= FEWEST_BEFORE], dtype=int)
    if not len(treated):
        raise StudyError(
            f"No treated unit has {FEWEST_BEFORE} periods before its start: a synthetic control has nothing to follow."
        )
    donors, start = np.flatnonzero(panel.never), panel.start[treated]
    paths = [_paths(panel, row, begins, donors, demean) for row, begins in zip(treated, start, strict=True)]
    return Design(
        panel, treated, donors, start, np.array([y for y, _ in paths]), np.array([x for _, x in paths])
    )


def ways(panel: Panel) -> pd.DataFrame:
    """Estimate with the best weights by levels and by movements (index): effect (mean), missed (before), placebo_p.

    missed: the root mean square by which the twins are off before the start, mean over the treated units.
    """
    rows = {}
    for demean, way in WAYS.items():
        design = prepare(panel, demean)
        each = zip(design.y, design.x, design.start, strict=True)
        gap = np.array([[y - x @ best_weights(y[:start], x[:start]) for y, x, start in each]])
        effect = float(mean_effect(effects(gap, design), design)[0])
        p_value, _ = placebo_test(placebos(design, demean), design, demean)
        rows[way] = {"effect": effect, "missed": fit_before(gap, design).mean(), "placebo_p": p_value}
    return pd.DataFrame.from_dict(rows, orient="index")


def ways_shown(panel: Panel, table: pd.DataFrame) -> pd.DataFrame:
    """Return `ways` with effect and missed on the scale that is shown."""
    return table.assign(
        effect=shown(panel, table["effect"]), missed=shown(panel, table["missed"])
    ).rename_axis("follows")


def check_ways(effect: Interval, ways: pd.DataFrame, demean: bool) -> Check:
    """Ask whether the effect, found by movements (demean) or by levels, holds the one found the other way; ways: `ways`."""
    used, other = WAYS[demean], WAYS[not demean]
    value = float(ways.loc[other, "effect"])
    return check(
        "Levels and movements agree",
        review=not effect.p05 <= value <= effect.p95,
        value=round(value, 4),
        threshold=INSIDE_OTHER(used=used),
        advice=OTHER_TWINS(other=other),
    )


def build(design: Design) -> pm.Model:
    """Define the model: y_t ~ Normal(sum_j w_j x_jt, noise) before the start, for every treated unit on its own.

    w ~ Dirichlet(4 / J for each of J donors): a total concentration of 4 whatever the number of donors, so that more
    donors do not pull towards equal weights. It is drawn as normalised gammas, each Gamma(a) as Gamma(a + 1) times a
    uniform to the power 1 / a, which a small a samples better. noise ~ HalfNormal(spread of the unit's own past).
    """
    row, period = np.nonzero(~design.after)
    spread = np.array([max(y[~after].std(), 1e-9) for y, after in zip(design.y, design.after, strict=True)])
    shape = CONCENTRATION / len(design.donors)
    donors = [design.panel.units[donor] for donor in design.donors]
    with pm.Model(coords={"treated": design.names, "donor": donors}) as model:
        gamma = pm.Gamma("gamma", shape + 1, 1, dims=("treated", "donor"))
        fall = pm.Exponential("fall", 1, dims=("treated", "donor"))
        log = pm.math.log(gamma) - fall / shape
        raw = pm.math.exp(log - pm.math.max(log, axis=1, keepdims=True))
        weight = pm.Deterministic("weight", raw / raw.sum(axis=1, keepdims=True), dims=("treated", "donor"))
        noise = pm.HalfNormal("noise", spread, dims="treated")
        fitted = (weight[row] * design.x[row, period]).sum(axis=1)
        pm.Normal("outcome", fitted, noise[row], observed=design.y[row, period])
    return model


def check_sampling(tree: "xr.DataTree") -> Check:
    """Ask whether the posterior passed its gate."""
    return sampler.check_sampling(tree, "sampling of the synthetic control")


def gaps(tree: "xr.DataTree", design: Design, seed: int = 1) -> np.ndarray:
    """Draw outcome less counterfactual, shape (draws, treated, periods), with the counterfactual's own noise."""
    weight, noise = sampler.flat_draws(tree, "weight"), sampler.flat_draws(tree, "noise")
    counterfactual = np.einsum("sij,itj->sit", weight, design.x)
    extra = np.random.default_rng(seed).standard_normal(counterfactual.shape) * noise[:, :, None]
    return design.y - counterfactual - extra


def effects(drawn: np.ndarray, design: Design) -> np.ndarray:
    """Average the gaps of each treated unit over its periods from the start on: shape (draws, treated)."""
    return (drawn * design.after).sum(axis=2) / design.after.sum(axis=1)


def mean_effect(effect: np.ndarray, design: Design) -> np.ndarray:
    """Average the units' effects over all treated periods: the last axis of `effect` is that of the treated units."""
    periods = design.after.sum(axis=1)
    return effect @ periods / periods.sum()


def fit_before(drawn: np.ndarray, design: Design) -> np.ndarray:
    """Say how far each unit's counterfactual is off before its start: root mean square of the mean gap."""
    gap = drawn.mean(axis=0)
    return np.sqrt((gap**2 * ~design.after).sum(axis=1) / (~design.after).sum(axis=1))


def donor_weights(tree: "xr.DataTree", design: Design) -> pd.DataFrame:
    """Return the posterior mean weight of every donor (rows) in every treated unit (columns), the heaviest first."""
    mean = sampler.flat_draws(tree, "weight").mean(axis=0)
    weights = pd.DataFrame(mean.T, [design.panel.units[donor] for donor in design.donors], design.names)
    return weights.loc[weights.mean(axis=1).sort_values(ascending=False).index]


def best_weights(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the weights on the simplex with which the columns of x follow y best (least squares)."""
    # The row of equal numbers makes the weights add up to one; its size decides how exactly.
    firm = 1e4 * max(np.abs(y).max(), np.abs(x).max(), 1e-9)
    found, _ = optimize.nnls(np.vstack([x, np.full(x.shape[1], firm)]), np.append(y, firm))
    return found / found.sum()


def best_effect(panel: Panel, unit: int, start: int, donors: np.ndarray, demean: bool = True) -> float:
    """Estimate a unit's mean effect from `start` on with the best weights of these donors."""
    y, x = _paths(panel, unit, start, donors, demean)
    return float((y - x @ best_weights(y[:start], x[:start]))[start:].mean())


def placebos(design: Design, demean: bool = True) -> pd.DataFrame:
    """Treat every donor as if treated at each treated unit's start: effect by donor (rows) and treated unit."""
    table = {}
    for name, start in zip(design.names, design.start, strict=True):
        table[name] = [
            best_effect(design.panel, donor, int(start), design.donors[design.donors != donor], demean)
            for donor in design.donors
        ]
    return pd.DataFrame(table, [design.panel.units[donor] for donor in design.donors])


def placebo_test(
    table: pd.DataFrame, design: Design, demean: bool = True, seed: int = 1
) -> tuple[float, np.ndarray]:
    """Return the p value of the mean effect (best weights), how often chance gives one as large, and chance's means.

    Who was treated is drawn anew among donors and treated units, without anyone twice; the assignment that happened is
    one of the draws (permutation in space; Abadie et al. 2010), so that with J donors and one treated unit p is 1/(J+1)
    or more. table: `placebos`.
    """
    own = [
        [best_effect(design.panel, row, int(start), design.donors, demean) for start in design.start]
        for row in design.treated
    ]
    everyone, treated = np.vstack([table.to_numpy(), own]), len(design.treated)
    observed = mean_effect(np.diag(own), design)
    rng = np.random.default_rng(seed)
    picked = np.argsort(rng.random((SHUFFLES, len(everyone))), axis=1)[:, :treated]
    means = mean_effect(everyone[picked, np.arange(treated)], design)
    return float((1 + (np.abs(means) >= abs(observed) * (1 - 1e-9)).sum()) / (1 + SHUFFLES)), means


def placebo_interval(observed: float, table: pd.DataFrame, design: Design) -> tuple[Interval, float]:
    """Return the mean effect with the interval its placebos allow, and the chance that it is above zero.

    The placebos' scatter takes the place of the model's noise, which knows nothing of periods that hang together nor of
    donors that several treated units share. Student's t with J - 1 degrees of freedom for J donors; the variance of a mean
    over k treated units is 1 + k/J times that of k independent placebos, because they are compared with the same donors.
    """
    donors, treated = table.shape
    periods = design.after.sum(axis=1)
    each = table.to_numpy().var(axis=0, ddof=1) * (periods / periods.sum()) ** 2
    error = max(float(np.sqrt(each.sum() * (1 + treated / donors))), 1e-12)
    low, high = observed + error * stats.t.ppf([LOWER, UPPER], donors - 1)
    chance = float(stats.t.cdf(observed / error, donors - 1))
    return Interval(observed, float(low), observed, float(high)), chance


def leave_one_out(design: Design, demean: bool = True) -> pd.Series:
    """Estimate the mean effect without each donor in turn (best weights); index: the donor left out."""
    found = {}
    for donor in design.donors:
        rest = design.donors[design.donors != donor]
        each = [
            best_effect(design.panel, row, int(start), rest, demean)
            for row, start in zip(design.treated, design.start, strict=True)
        ]
        found[design.panel.units[donor]] = float(mean_effect(np.array(each), design))
    return pd.Series(found)


def _paths(
    panel: Panel, unit: int, start: int, donors: np.ndarray, demean: bool
) -> tuple[np.ndarray, np.ndarray]:
    y, x = panel.outcome[unit], panel.outcome[donors].T
    if demean:
        return y - y[:start].mean(), x - x[:start].mean(axis=0)
    return y, x
