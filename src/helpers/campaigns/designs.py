"""The designs that compare treated units with untreated ones, each as one estimate of the same mean effect."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from helpers.campaigns import placebos, staggered, synthetic, synthetic_did
from helpers.campaigns.interrupted import Past
from helpers.campaigns.panel import Panel
from helpers.inference.intervals import Interval

DID = "difference-in-differences"
SDID = "synthetic difference-in-differences"
LEVELS, MOVEMENTS = "synthetic control of levels", "synthetic control of movements"
OWN_PAST = "interrupted time series"


@dataclass(frozen=True)
class Found:
    """What one design finds: the mean effect on the panel's scale and the chance that it is above zero.

    Ends of the interval are infinite where too few units leave it open. p: how often chance alone goes as far; nan where the
    design has none. strays: whether it finds more before the start, where nothing was done, than its interval calls chance,
    as with a treated unit whose level no mean of others reaches. Such a design contradicts nobody.
    """

    design: str
    effect: Interval
    chance_above: float
    p: float = math.nan
    strays: bool = False


def _did(panel: Panel) -> float:
    return float((staggered.overall_weights(panel) * panel.outcome).sum())


POINTS: dict[str, Callable[[Panel], float]] = {
    DID: _did,
    SDID: synthetic_did.effect,
    LEVELS: lambda panel: synthetic.mean_effect(panel, demean=False),
    MOVEMENTS: lambda panel: synthetic.mean_effect(panel, demean=True),
}


def possible(panel: Panel) -> list[str]:
    """The designs that this panel allows, in the order in which they stand."""
    longest = int(panel.start[~panel.never].max())
    allowed = {
        DID: True,
        SDID: longest >= synthetic_did.FEWEST_BEFORE and synthetic_did.enough_donors(panel),
        LEVELS: longest >= synthetic.FEWEST_BEFORE and synthetic.fits(panel) <= synthetic.MOST_FITS,
    }
    return [name for name in POINTS if allowed[LEVELS if name == MOVEMENTS else name]]


def deciding(panel: Panel) -> list[str]:
    """The possible designs whose interval has ends: with fewer than ten units, placebos in space leave it open."""
    treated = int((~panel.never).sum())
    ends = placebos.bounded(min(math.comb(len(panel.units), treated), placebos.SHUFFLES))
    return [name for name in possible(panel) if ends or name not in (LEVELS, MOVEMENTS)]


def estimate(panel: Panel, design: str, seed: int = 1) -> Found:
    """Estimate the mean effect over all treated units and their treated periods by one of `POINTS`."""
    if design in (LEVELS, MOVEMENTS):
        judged = placebos.judge(synthetic.prepare(panel, design == MOVEMENTS), seed)
        return Found(design, judged.effect, judged.chance_above, judged.p, judged.strays)
    one = staggered.overall(panel) if design == DID else synthetic_did.estimate(panel, seed)
    return Found(design, one.interval, one.chance_above, one.p_value)


def own_past(panel: Panel, past: Past | None) -> Found | None:
    """What the interrupted time series found, where one unit alone is treated, so that all designs estimate the same."""
    if past is None or len(panel.treated) > 1:
        return None
    return Found(OWN_PAST, past.effect, float((past.draws > 0).mean()))
