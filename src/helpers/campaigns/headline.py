"""Which design and which scale give the answer: a rule that stands beforehand and sees no treated period.

Every design, in logs and in levels, is asked for the effect of pretended starts: before the first true one, as many periods
ahead as are treated in truth, in whole weeks where a period is a day. The truth is nothing each time, so what it finds is
its error. The design and scale with the smallest root mean square of these errors, in the outcome's unit, answers. With
fewer than three such starts nothing is chosen by data: synthetic difference-in-differences answers, which leans on the
fewest assumptions, or difference-in-differences where it cannot be or many units are treated.

All designs stand beside the answer. Where two of their intervals do not overlap, there is no verdict.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.campaigns import designs, staggered, staggered_checks
from helpers.campaigns.designs import Found
from helpers.campaigns.panel import Panel
from helpers.campaigns.panel_shown import per_period, shown
from helpers.campaigns.staggered import Estimate
from helpers.checks import Check, check
from helpers.inference.intervals import Interval
from helpers.messages import ENDS, Message, count, message

FEWEST_STARTS, MOST_STARTS = 3, 8
FEWEST_BEFORE = 4  # periods before a pretended start; two weeks of days

NONE_APART = message("headline.none_apart", "no design excluded by another")
APART = message(
    "headline.apart",
    "{first} and {second} exclude each other: at least one is wrong, and these data cannot say which. No verdict; look at "
    "the weights, the units left out and the placebos for what sets them apart.",
)
THREE_STARTS = message("headline.three_starts", "at least 3 pretended starts")
NOT_CHOSEN = message(
    "headline.not_chosen",
    "The past is too short for three pretended starts with the true horizon: the design is the default, not the one that "
    "erred least here. Bring earlier periods, or read all designs.",
)
NOT_SHOWN = message("headline.not_shown", "not shown: chance could do as much")
RISE = message("headline.rise", "a rise")
FALL = message("headline.fall", "a fall")
DOUBTED_RISE = message("headline.doubted_rise", "a rise, with reservations")
DOUBTED_FALL = message("headline.doubted_fall", "a fall, with reservations")
ASKED = message("headline.asked", "asked for (outcome_scale)")
NO_LOGARITHM = message("headline.no_logarithm", "some outcomes are zero or below and have no logarithm")
ALREADY_LOG = message("headline.already_log", "its name says that it is a logarithm already")
ERRED_LESS = message("headline.erred_less", "pretended starts erred less on this scale")
UNLIKE_SIZES = message(
    "headline.unlike_sizes", "units of unlike size move alike in per cent, and nothing could be tried"
)
LOGARITHM = re.compile(r"\b(log|logs|ln|logarithms?)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Choice:
    """The design and the scale that answer, and what they were chosen by.

    errors: one row per design and scale tried: design, scale, error (root mean square in the outcome's unit), chosen.
    starts: first days of the pretended starts; horizon: periods that each looks ahead. why_scale: a message.
    """

    design: str
    scale: str
    errors: pd.DataFrame
    starts: pd.DatetimeIndex
    horizon: int
    why_scale: Message

    @property
    def by_rule(self) -> bool:
        """Whether pretended starts chose, and not the default."""
        return len(self.starts) >= FEWEST_STARTS


def choose(panel: Panel, scale: str = "auto", called: str = "") -> Choice:
    """Choose the design and the scale that answer, from the periods before the first true start alone.

    scale: "log" or "level" leaves only the design open; "auto" chooses both where every outcome is above zero. called: the
    outcome's name; one that is called a logarithm is read as it is.
    """
    positive, is_log = bool((panel.level > 0).all()), bool(LOGARITHM.search(called))
    scales = [scale] if scale != "auto" else ["log", "level"] if positive and not is_log else ["level"]
    starts, horizon = pretended_starts(panel)
    can = designs.deciding(panel)
    rows = []
    for own in scales if len(starts) >= FEWEST_STARTS else []:
        scaled = panel.on_scale(own)
        pretended = [scaled.pretended(begins, begins + horizon) for begins in starts]
        allowed = [set(designs.possible(one)) for one in pretended]
        for design in [name for name in can if all(name in one for one in allowed)]:
            errors = [per_period(one, designs.POINTS[design](one)) for one in pretended]
            rows.append((design, own, float(np.sqrt(np.mean(np.square(errors))))))
    errors = pd.DataFrame(rows, columns=["design", "scale", "error"])
    if len(errors):
        best = errors.loc[errors["error"].idxmin()]
        design, own = str(best["design"]), str(best["scale"])
    else:
        starts = []
        default = designs.DID if staggered.many(panel) or designs.SDID not in can else designs.SDID
        design, own = default, scales[0]
    chosen = (errors["design"] == design) & (errors["scale"] == own)
    named_so = scale == "auto" and is_log
    why = ALREADY_LOG() if named_so else _why(scale, positive, by_rule=bool(len(errors)))
    return Choice(design, own, errors.assign(chosen=chosen), panel.periods[starts], horizon, why)


def pretended_starts(panel: Panel) -> tuple[list[int], int]:
    """Return the positions of pretended starts, the last first, and their horizon: the mean number of treated periods.

    What a pretended start looks ahead to ends before the first true one. At most eight, spread over the past.
    """
    first = int(panel.start.min())
    treated = ~panel.never
    after = np.average(len(panel.periods) - panel.start[treated], weights=panel.weight[treated])
    horizon = max(round(float(after)), 1)
    fewest = max(FEWEST_BEFORE, 2 * panel.whole)
    starts = list(range(first - horizon, fewest - 1, -panel.whole))
    if len(starts) > MOST_STARTS:
        starts = [starts[place] for place in np.linspace(0, len(starts) - 1, MOST_STARTS).round().astype(int)]
    return starts, horizon


def check_choice(choice: Choice) -> Check:
    """Ask whether the design was chosen by what it finds where nothing was done."""
    return check(
        "Design chosen by pretended starts",
        review=not choice.by_rule,
        value=count(len(choice.starts), "pretended start"),
        threshold=THREE_STARTS(),
        advice=NOT_CHOSEN(),
    )


def all_designs(panel: Panel, choice: Choice, own_past: Found | None = None, seed: int = 1) -> list[Found]:
    """Estimate the same effect by every possible design on the panel's scale, the one that answers first.

    own_past: the interrupted time series, where there is one treated unit, so that it estimates the same.
    """
    names = [choice.design, *(name for name in designs.possible(panel) if name != choice.design)]
    found = [designs.estimate(panel, name, seed) for name in names]
    return [*found, *([own_past] if own_past is not None else [])]


def table(panel: Panel, found: Sequence[Found], choice: Choice) -> pd.DataFrame:
    """Return a row per design: design, effect (as shown), per_period (in the outcome's unit), p, chance_above, error,
    strays.

    error: that of pretended starts on the scale that answers, in the outcome's unit; missing where it was not tried.
    """
    tried = choice.errors[choice.errors["scale"] == choice.scale].set_index("design")["error"]
    return pd.DataFrame(
        {
            "design": [one.design for one in found],
            "effect": [shown(panel, one.effect) for one in found],
            "per_period": [per_period(panel, one.effect) for one in found],
            "p": [one.p for one in found],
            "chance_above": [one.chance_above for one in found],
            "error": [tried.get(one.design, np.nan) for one in found],
            "strays": [one.strays for one in found],
        }
    )


def smallest_seen(panel: Panel, choice: Choice, did: Estimate) -> float | None:
    """Say, where difference-in-differences answers, which effect it would tell from nothing four times in five, as shown."""
    return shown(panel, staggered_checks.smallest_seen(did)) if choice.design == designs.DID else None


def metrics(panel: Panel, found: Sequence[Found]) -> dict[str, float]:
    """Return the numbers of every design by its name, those of the answer also under `effect`; no ends without bounds."""
    numbers = {"effect_per_period.mean": float(per_period(panel, found[0].effect).mean)}
    for place, one in enumerate(found):
        names = [
            one.design.replace(" ", "_").replace("-", "_"),
            *(["effect"] if place == 0 else []),
        ]
        as_shown = shown(panel, one.effect)
        kept = ENDS if np.isfinite(one.effect.p95) else ("mean",)
        numbers |= {f"{name}.{end}": getattr(as_shown, end) for name in names for end in kept}
    return numbers


def check_overlap(found: Sequence[Found]) -> Check:
    """Ask whether the intervals of all designs overlap; where two do not, none of them is to be used.

    A design beside the answer that strays from the treated units before the start already is not asked.
    """
    found = [one for place, one in enumerate(found) if place == 0 or not one.strays]
    low = max(found, key=lambda one: one.effect.p05)
    high = min(found, key=lambda one: one.effect.p95)
    apart = low.effect.p05 > high.effect.p95
    first, second = (low.design, high.design) if apart else ("", "")
    return check(
        "Intervals of all designs overlap",
        fail=apart,
        value=count(sum(_excludes(one, found) for one in found), "design"),
        threshold=NONE_APART(),
        advice=APART(first=_title(first), second=second) if apart else None,
    )


def verdict(effect: Interval, doubts: Sequence[Check], failed: Collection[str]) -> Message:
    """Say what the comparison shows: a rise, a fall, or nothing that chance could not do.

    With reservations where one of the `doubts` did not pass, or where any check of the page failed.
    """
    if effect.p05 <= 0 <= effect.p95:
        return NOT_SHOWN()
    doubted = bool(failed) or any(doubt.verdict != "PASS" for doubt in doubts)
    if effect.mean > 0:
        return DOUBTED_RISE() if doubted else RISE()
    return DOUBTED_FALL() if doubted else FALL()


def quasi_effect(table: pd.DataFrame, scale: str, said: Message) -> pd.DataFrame:
    """Return the artifact `quasi_effect`: `table` with a column per end of intervals, scale and verdict, answer first."""
    made = table[["design"]].assign(scale="share" if scale == "log" else "level")
    for name in ("effect", "per_period"):
        for end in ENDS:
            made[f"{name}_{end}"] = [getattr(one, end) for one in table[name]]
    answers = np.arange(len(table)) == 0
    return made.assign(
        chance_above=table["chance_above"],
        answers=answers,
        verdict=[said.template if one else "" for one in answers],
    )


def _why(scale: str, positive: bool, *, by_rule: bool) -> Message:
    if scale != "auto":
        return ASKED()
    if not positive:
        return NO_LOGARITHM()
    return ERRED_LESS() if by_rule else UNLIKE_SIZES()


def _excludes(one: Found, found: Sequence[Found]) -> bool:
    return any(one.effect.p05 > other.effect.p95 or one.effect.p95 < other.effect.p05 for other in found)


def _title(text: str) -> str:
    return text[:1].upper() + text[1:]
