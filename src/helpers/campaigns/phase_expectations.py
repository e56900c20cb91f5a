"""What the model of phases expects: purchases of every arm, who is still active, and at which rate they go on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from helpers.campaigns.phases import PHASE_OF, Design
from helpers.checks import Check, check
from helpers.inference import sampler
from helpers.messages import message, percent

MISS, SPREADS = (
    0.2,
    3,
)  # of an arm's purchases, or standard deviations of the model's, that the phases may miss together
SMALLEST_WHOLE = 0.05  # purchase days per customer, below which a miss is not divided by less
MISSED = message(
    "phase_expectations.missed",
    "The model misses the phases of {campaign}, {arm}: compare the plain table first.",
)
ALLOWED = message("phase_expectations.allowed", "20 % or three standard deviations")

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Course:
    """Posterior draws per cell: purchases (draws, cells, segments) per assigned customer, active at the end of what
    was seen (draws, cells), leaving per day (draws, cells), and the daily rate of those active after it (draws, cells)."""

    purchases: np.ndarray
    active: np.ndarray
    leaving: np.ndarray
    rate_after: np.ndarray


def expect(tree: "xr.DataTree", design: Design) -> Course:
    """Expected purchase days of every arm, as if all customers of its campaign had been in it."""
    draw = sampler.all_draws(tree)
    size = len(draw["left"])
    purchases, active = np.empty((size, len(design.cells), 4)), np.empty((size, len(design.cells)))
    leaving, rate_after = np.empty_like(active), np.empty_like(active)
    arm = -1
    for i, c in enumerate(design.campaign):
        arm += not design.control[i]
        treated = not design.control[i]
        x, share = design.pasts[i]
        mean = np.exp(draw["log_rate"][:, c, None] + draw["slope"][:, c, None] * x) @ share
        shift = draw["left_shift"][:, arm] if treated else 0.0
        alive = special.expit(-(draw["left"][:, c] + shift))
        leaving[:, i] = draw["hazard"][:, c] * np.exp(
            draw["log_hazard_multiplier"][:, arm] if treated else 0.0
        )
        days = design.mean_days[i]
        for k in range(4):
            level = draw["log_level"][:, c, k - 1] if k else 0.0
            change = draw["log_multiplier"][:, arm, PHASE_OF[k]] if treated else 0.0
            purchases[:, i, k] = mean * alive * days[k] * np.exp(level + change)
            alive = alive * np.exp(-leaving[:, i] * (days[k] + (days[k + 1] if k < 3 else 0)) / 2)
        usual = np.exp(draw["log_level"][:, c, 1:]).mean(axis=1)
        lasting = np.exp(draw["log_multiplier"][:, arm, 2]) if treated else 1.0
        active[:, i], rate_after[:, i] = alive, mean * usual * lasting
    return Course(purchases, active, leaving, rate_after)


def check_fit(course: Course, design: Design) -> Check:
    """Ask whether the model's purchases, phase by phase, are those that were observed."""
    seen = design.bought / design.customers[:, None]
    whole = np.maximum(seen.sum(axis=1), SMALLEST_WHOLE)
    off = np.abs(course.purchases.mean(axis=0) - seen).sum(axis=1) / whole
    allowed = np.maximum(MISS, SPREADS * course.purchases.sum(axis=2).std(axis=0) / whole)
    worst = int(np.argmax(off / allowed))
    campaign, arm = design.cells[worst]
    return check(
        "Phases as the model sees them",
        review=bool(off[worst] > allowed[worst]),
        value=percent(float(off[worst]), 0),
        threshold=ALLOWED(),
        advice=MISSED(campaign=campaign, arm=arm),
    )
