"""The gate of a sample: whether its chains agree, are long enough, and met no place they could not move in.

Rank-normalised split R-hat and effective sample sizes (Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021). For chains
that have mixed, R-hat^2 is about 1 + chi2(m - 1) / ((m - 1) ESS / m), with m half-chains: a limit of 1.01 is a fair
question from 300 effective draws per half-chain on, and a lottery below. So the length is brought to that first, and R-hat
and divergences are asked once, of all draws.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from helpers.messages import Message, count, decimals, message

if TYPE_CHECKING:
    import xarray as xr

MAX_RHAT = 1.01
ESS_PER_HALF_CHAIN = 300
MISSED_MODES = "missed_modes"  # attribute of a tree
FOUND_BY_GATE = "gate"  # the same: what the gate found, as `dataclasses.astuple`

GATE = message("gate.threshold", "R-hat <= {rhat}, ESS >= {ess}, 0 divergences")
FOUND = message("gate.found", "R-hat {rhat}, ESS {ess}, {divergences} divergences")
LOST = message("gate.lost", "{found}, and a chain in a place that the others never reach (by log density)")
MISSED = message("gate.missed", "{found}, and a mode that no chain came to")


@dataclass(frozen=True)
class Gate:
    """What the gate found: worst R-hat, smallest effective sample size (bulk or tail), divergences, and chains.

    is_lost: the log density of a chain lies, at its median, beyond all that the others reach. missed: modes that were found
    before (helpers.inference.starts) and that no chain came to.
    """

    max_rhat: float
    min_ess: float
    divergences: int
    chains: int
    is_lost: bool = False
    missed: int = 0

    @classmethod
    def read(cls, stored: Sequence[float]) -> "Gate":
        """What `dataclasses.astuple` made of a gate, as attributes of a file hold it."""
        rhat, ess, divergences, chains, lost, missed = stored
        return cls(float(rhat), float(ess), int(divergences), int(chains), bool(lost), int(missed))

    @property
    def passed(self) -> bool:
        """Whether R-hat <= 1.01, 300 effective draws per half-chain, no divergence and no chain lost."""
        enough = self.min_ess >= needed_ess(self.chains)
        agree = self.max_rhat <= MAX_RHAT and not self.is_lost and self.missed == 0
        return enough and agree and self.divergences == 0

    @property
    def summary(self) -> Message:
        """What was found in one line."""
        ess, divergences = count(self.min_ess), count(self.divergences)
        found = FOUND(rhat=decimals(self.max_rhat, 3), ess=ess, divergences=divergences)
        if self.is_lost:
            return LOST(found=found)
        return MISSED(found=found) if self.missed else found

    @property
    def threshold(self) -> Message:
        """What is asked for in one line."""
        return GATE(rhat=decimals(MAX_RHAT, 2), ess=count(needed_ess(self.chains)))


def needed_ess(chains: int) -> int:
    """The effective sample size that so many chains have to reach together."""
    return 2 * chains * ESS_PER_HALF_CHAIN


def diagnose(tree: "xr.DataTree") -> Gate:
    """Judge a posterior with its sample_stats (diverging and, where a chain may be lost, logp)."""
    import arviz as az  # noqa: PLC0415

    rhat = _extreme(az.rhat(tree), np.max)
    statistics, chains = tree["sample_stats"], tree["posterior"].sizes["chain"]
    lost = "logp" in statistics and is_lost(statistics["logp"].to_numpy())
    divergences, missed = int(statistics["diverging"].sum()), int(tree.attrs.get(MISSED_MODES, 0))
    return Gate(rhat, effective_size(tree), divergences, chains, lost, missed)


def judged(tree: "xr.DataTree") -> Gate:
    """What the gate found when the posterior was drawn, where that is known; else what it finds now."""
    found = tree.attrs.get(FOUND_BY_GATE)
    return diagnose(tree) if found is None else Gate.read(found)


def share_drawn(tree: "xr.DataTree") -> float:
    """The effective sample size of a posterior as a share of what its gate asks for; 1 and more is enough."""
    return effective_size(tree) / needed_ess(tree["posterior"].sizes["chain"])


def effective_size(tree: "xr.DataTree") -> float:
    """The smallest effective sample size of a posterior's variables, bulk or tail."""
    import arviz as az  # noqa: PLC0415

    return min(_extreme(az.ess(tree, method=method), np.min) for method in ("bulk", "tail"))


def is_lost(log_density: np.ndarray) -> bool:
    """Whether a chain's median log density lies beyond what the others ever reach; log_density: (chains, draws)."""
    for chain, values in enumerate(log_density):
        others, middle = np.delete(log_density, chain, axis=0), np.median(values)
        if others.size and not others.min() <= middle <= others.max():
            return True
    return False


def _extreme(tree: "xr.DataTree", pick: Callable) -> float:
    dataset = tree.to_dataset() if hasattr(tree, "to_dataset") else tree
    return float(pick([pick(values.to_numpy()) for values in dataset.data_vars.values()]))
