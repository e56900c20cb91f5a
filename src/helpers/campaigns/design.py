"""Plan a test: how many units, how often one may look, how likely it is to decide anything."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from helpers.checks import LEAST, Check, check
from helpers.errors import StudyError
from helpers.inference import monte_carlo
from helpers.messages import count, message

# What a roll-out needs: one in forty campaigns that change nothing is rolled out, as by the two-sided test at 5 % for
# which sample sizes are planned.
CERTAINTY = 0.975
GRID_POINTS = 801
WIDEST = 8.0
PARTS = (0.5, 1.0, 2.0)  # of the change seen, for which a test is planned
POWERS = (0.80, 0.85)
WAIT = message(
    "design.wait",
    "The test was planned for {planned} and has {units}: wait, or plan several looks (parameter look).",
)


def sample_size(
    base: float, difference: float, *, power: float = 0.80, alpha: float = 0.05, pooled: bool = False
) -> int:
    """Units in both arms together to find a change of a share from `base` by `difference`, two-sided, rounded up per arm.

    Normal approximation with each arm's own variance, for a test by the difference's interval (Wald):
    n = (z(1 - alpha/2) + z(power))^2 (p0 (1 - p0) + p1 (1 - p1)) / difference^2. pooled: for the chi-square test, whose
    error under no difference is that of both arms together, p = (p0 + p1) / 2, and which may reject on either side
    (Fleiss, Levin and Paik 2003, 4.3; R's power.prop.test with strict = TRUE). They differ by a few units.
    """
    after = base + difference
    if not (0 < base < 1 and 0 < after < 1) or difference == 0:
        raise StudyError(
            f"A share of {base:g} and a change of {difference:g} cannot be planned: both shares lie between 0 and 1, "
            "and the change is not 0."
        )
    spread = base * (1 - base) + after * (1 - after)
    simple = _factor(power, alpha) * spread / difference**2
    return 2 * math.ceil(_pooled(base, after, spread, power, alpha, simple) if pooled else simple)


def sizes_around(base: float, change: float) -> pd.DataFrame:
    """Units a test of two arms takes for half, once and twice the change seen of a share, at two powers.

    Columns: part (of the change), change, and one per power, named by it in per cent: power_80, power_85. A part that no
    test can find, or that leads out of 0 to 1, is left out.
    """
    rows = [
        {"part": part, "change": part * change}
        | {f"power_{power:.0%}"[:-1]: sample_size(base, part * change, power=power) for power in POWERS}
        for part in PARTS
        if 0 < base + part * change < 1 and abs(part * change) >= 1e-6
    ]
    return pd.DataFrame(rows)


def sample_size_mean(spread: float, difference: float, *, power: float = 0.80, alpha: float = 0.05) -> int:
    """Units in both arms together to find a change of a mean by `difference`, whose values have this spread."""
    if spread <= 0 or difference == 0:
        raise StudyError(f"A spread of {spread:g} and a change of {difference:g} cannot be planned.")
    return 2 * math.ceil(_factor(power, alpha) * 2 * spread**2 / difference**2)


def boundaries(looks: list[float], error: float) -> np.ndarray:
    """The z value that each look must pass so that all looks together are wrong with probability `error` at most.

    looks: share of the planned units at each look, rising, the last at most 1. One-sided; O'Brien-Fleming-type
    spending 2 - 2 Phi(z(1 - error/2) / sqrt(t)) (Lan and DeMets 1983), solved look by look on the density of
    what has not stopped (Armitage, McPherson and Rowe 1969). Stopping for harm or idleness only makes it safer.
    """
    times = np.asarray(looks, dtype=float)
    if len(times) == 0 or times[0] <= 0 or (np.diff(times) <= 0).any() or times[-1] > 1 + 1e-9:
        raise StudyError(
            f"looks are {list(looks)}: give rising shares of the planned units, between 0 and 1."
        )
    if not 0 < error < 0.5:
        raise StudyError(f"The error rate is {error}: give a probability between 0 and 0.5.")
    spent = 2 - 2 * special.ndtr(special.ndtri(1 - error / 2) / np.sqrt(times))
    grid = np.linspace(-WIDEST, WIDEST, GRID_POINTS)
    step, density, found = grid[1] - grid[0], None, []
    for place, (time, more) in enumerate(zip(times, np.diff(spent, prepend=0.0), strict=True)):
        if density is None:
            density = stats.norm.pdf(grid, scale=np.sqrt(time))
        else:
            kernel = stats.norm.pdf(grid[:, None] - grid[None, :], scale=np.sqrt(time - times[place - 1]))
            density = kernel @ density * step
        above = np.append(np.cumsum((density[::-1][1:] + density[::-1][:-1]) / 2 * step)[::-1], 0.0)
        bound = float(np.interp(-more, -above, grid))
        found.append(bound / np.sqrt(time))
        # What lies beyond the bound has stopped; the cell that the bound cuts keeps its share.
        density = density * np.clip((bound - grid) / step + 0.5, 0.0, 1.0)
    return np.array(found)


def bar_at(look: int, looks: int, share: float, certainty: float) -> float:
    """The posterior probability that this look needs, so that all looks keep the error rate 1 - certainty.

    Looks lie at equal steps; this one, number `look` of `looks`, stands at `share` of the planned units (the last
    at all of them). With one look it is `certainty` itself.
    """
    if not 1 <= look <= looks:
        raise StudyError(f"look is {look} of {looks}: count the looks at the data from 1, this one included.")
    if looks == 1:
        return certainty
    if look == looks:
        times = [place / looks for place in range(1, looks)] + [1.0]
    else:
        share = min(max(share, 1e-3), 1.0)
        times = [share * place / look for place in range(1, look + 1)]
    return float(special.ndtr(boundaries(times, 1 - certainty)[look - 1]))


@dataclass(frozen=True)
class Look:
    """One look at a test's data: which of how many, at how many units of those planned, and the probability it needs."""

    number: int
    of: int
    units: int
    planned: int
    bar: float

    @property
    def share(self) -> float:
        """The share of the planned units that is there."""
        return self.units / self.planned

    @property
    def early(self) -> bool:
        """Whether the only look is taken before the planned size is reached."""
        return self.of == 1 and self.units < self.planned


def look_at(units: int, look: list[int], planned_units: int, certainty: float, arms: int) -> Look:
    """Stand at look `look[0]` of `look[1]`, with so many units and treated arms.

    planned_units: 0 means that the test has at this look what was planned for it. Every arm is one more chance to be fooled,
    so the error rate 1 - certainty is shared among them.
    """
    number, of = look
    planned = planned_units or (units if number == of else round(units * of / number))
    bar = bar_at(number, of, units / planned, 1 - (1 - certainty) / arms)
    return Look(number, of, units, planned, bar)


def check_size(at: Look) -> Check:
    """Ask whether a test that is looked at once has reached its planned size."""
    advice = WAIT(planned=count(at.planned), units=count(at.units))
    return check(
        "planned size",
        review=at.early,
        value=count(at.units),
        threshold=LEAST(number=count(at.planned)),
        advice=advice,
    )


def assurance(
    gain: np.ndarray,
    spread: float,
    units: float,
    *,
    certainty: float = CERTAINTY,
    break_even: float = 0.0,
    control_share: float = 0.5,
) -> float:
    """The probability that a test of so many units, this share of them in control, ends with a verdict to roll out.

    Power averaged over what is believed of the gain (O'Hagan, Stevens and Campbell 2005). gain: posterior draws;
    spread: standard deviation of a unit's outcome.
    """
    error = standard_error(spread, units, control_share)
    return monte_carlo.mean(special.ndtr((np.asarray(gain) - break_even) / error - special.ndtri(certainty)))


def standard_error(spread: float, units: float, control_share: float = 0.5) -> float:
    """The standard error of a difference of two means: spread / sqrt(n c (1 - c))."""
    return spread / math.sqrt(units * control_share * (1 - control_share))


def units_for_assurance(
    gain: np.ndarray,
    spread: float,
    wanted: float,
    *,
    certainty: float = CERTAINTY,
    break_even: float = 0.0,
    control_share: float = 0.5,
) -> int | None:
    """The smallest test with this assurance; None when even a very large one cannot have it.

    No test can roll out more surely than the gain is believed to lie above break-even.
    """
    options = {"certainty": certainty, "break_even": break_even, "control_share": control_share}
    if assurance(gain, spread, 10**9, **options) <= wanted:
        return None
    root = (
        optimize.brentq(
            lambda log: assurance(gain, spread, math.exp(log), **options) - wanted,
            math.log(4),
            math.log(10**9),
        )
        if assurance(gain, spread, 4, **options) < wanted
        else math.log(4)
    )
    return 2 * math.ceil(math.exp(root) / 2)


def value_of_information(
    gain: np.ndarray, audience: int, *, spread: float = 0.0, units: int = 0, control_share: float = 0.5
) -> float:
    """What knowing more is worth before deciding for `audience` customers, in money.

    gain: posterior draws of the gain per customer. Without `units`: perfect information, the mean of max(gain, 0)
    less max(mean gain, 0). With `units`: a test of so many, this share in control, whose result moves the posterior mean
    as in a normal model (Raiffa and Schlaifer 1961): preposterior spread s0^2 / sqrt(s0^2 + error^2).
    """
    if not units:
        return monte_carlo.statistic(
            gain, lambda own: audience * (np.maximum(own, 0).mean() - max(own.mean(), 0))
        )
    error = standard_error(spread, units, control_share)
    return monte_carlo.statistic(gain, lambda own: audience * _expected_addition(own, error))


def _expected_addition(gain: np.ndarray, error: float) -> float:
    """What a test with this standard error is expected to add per customer, by the mean and the spread of the gain."""
    mean, prior = gain.mean(), gain.std()
    if prior == 0:
        return 0.0
    moves = prior**2 / math.sqrt(prior**2 + error**2)
    z = mean / moves
    return max(mean * special.ndtr(z) + moves * stats.norm.pdf(z) - max(mean, 0.0), 0.0)


def _pooled(base: float, after: float, spread: float, power: float, alpha: float, near: float) -> float:
    """Units per arm at which the chi-square test has this power, both tails counted; `near`: a first guess."""
    both, bar = (base + after) / 2, special.ndtri(1 - alpha / 2)

    def missing(n: float) -> float:
        shift, edge = abs(after - base) * math.sqrt(n), bar * math.sqrt(2 * both * (1 - both))
        return sum(special.ndtr((side * shift - edge) / math.sqrt(spread)) for side in (1, -1)) - power

    return optimize.brentq(missing, near / 4, 4 * near, xtol=1e-6)


def _factor(power: float, alpha: float) -> float:
    if not (0 < alpha < 1 and 0.5 <= power < 1):
        raise StudyError(
            f"power is {power} and alpha {alpha}: power lies from 0.5 to 1, alpha between 0 and 1."
        )
    return float((special.ndtri(1 - alpha / 2) + special.ndtri(power)) ** 2)
