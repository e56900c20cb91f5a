"""What the page on the experiment shows of how its arms were assigned, and whether they were alike before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.messages import Message, decimals, message, percent, plain
from helpers.pages import figures, wording
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.campaigns.alike import Alike
    from helpers.campaigns.trial import Trial
from helpers.views.experiment import colours
from helpers.views.experiment_segments import TRAIT_NAMES

MARGINS = message("experiment.margins", "Lines without a margin count with {share} of revenue ({source}).")
PER_ARM = message("experiment.per_arm", "{campaign}, {span}: {unit}s per arm")
RATIO_TEST = message("experiment.ratio_test", "Sample-ratio test: p = {p}. {note}")
BEFORE = message("experiment.before", "Means per {unit} before the assignment; joint test: p = {p}")
BY_RANKS = message(
    "experiment.by_ranks",
    "Numbers are compared by their ranks, so that a few very large ones do not decide: the difference of ranks can have "
    "another sign than that of the means beside it.",
)
OF_KIND = message("experiment.of_kind", "{kind} ({trait})")
FURTHEST_APART = message(
    "experiment.furthest_apart",
    "Before the campaign the arms differed most in {covariate}: by {difference} standard deviations, and chance allows "
    "{chance}",
)
FURTHEST_ALT = message(
    "experiment.furthest_apart_alt",
    "Per covariate a dot for each arm around zero, and a bar of what chance allows.",
)
FURTHEST_CAPTION = message(
    "experiment.furthest_apart_caption",
    "Differences from {control} before the assignment. Pale bars: what chance allows at these sizes.",
)


def margins(share: float, source: str) -> Message:
    """Say which margin lines without one count with."""
    return MARGINS(share=percent(share), source=source)


def arms(sizes: pd.DataFrame, p_value: float, test: Trial, note: Message) -> Table:
    """How many were assigned to each arm, against the plan."""
    columns = {
        "arm": "Arm",
        "customers": "Customers",
        "share": column("Share", "percent"),
        "planned": column("Planned share" if test.shares is not None else "Equal share", "percent"),
    }
    caption = PER_ARM(campaign=test.name, span=test.span, unit=test.unit)
    return Table(sizes, caption, columns, "customers", [RATIO_TEST(p=plain(p_value), note=note)])


def balance(found: Alike, test: Trial) -> list[Table | Message]:
    """Whether the arms were alike before, and what was done with gaps; only that where nothing is known."""
    if found.p_value is None:
        return test.handled
    table = found.differences
    columns = {
        "arm": "Arm",
        "before": "Before",
        "control_mean": column("Control", "each"),
        "arm_mean": column("This arm", "each"),
        "difference": column("Difference of ranks, sd", "decimals3"),
        "expected": column("Chance allows, sd", "decimals3"),
    }
    table = table.assign(before=[_covariate(name) for name in table["covariate"]])
    caption = BEFORE(unit=test.unit, p=plain(found.p_value))
    return [Table(table, caption, columns, notes=[BY_RANKS()]), *test.handled]


def _covariate(name: str) -> Message | str:
    """What pages call a covariate, or one kind of a trait."""
    trait, _, kind = name.partition(": ")
    named = TRAIT_NAMES.get(trait, trait)
    return OF_KIND(kind=kind, trait=named) if kind else named


def apart(found: Alike, test: Trial) -> Figure | None:
    """How far each arm lay from control before, in what was known; None where nothing is known."""
    if found.p_value is None:
        return None
    shown, worst = found.furthest(), found.worst
    names = [_covariate(name) for name in shown["covariate"]]
    title = FURTHEST_APART(
        covariate=_covariate(worst["covariate"]),
        difference=decimals(abs(worst["difference"]), 2),
        chance=decimals(worst["expected"], 2),
    )
    data = {
        "names": names,
        "arms": list(shown["arm"]),
        "difference": shown["difference"].to_numpy(),
        "chance": shown["expected"].to_numpy(),
    }
    return Figure(_apart, data, title, FURTHEST_ALT(), FURTHEST_CAPTION(control=test.control))


@drawing
def _apart(names, arms, difference, chance):
    names = [wording.say(name) for name in names]
    rows = list(dict.fromkeys(names))[::-1]
    fig, ax = figures.axes(height=1.1 + 0.3 * len(rows))
    places = np.array([rows.index(name) for name in names])
    ax.hlines(places, -chance, chance, color=figures.PALETTE["grid"], linewidth=7)
    for arm, color in colours(list(dict.fromkeys(arms))).items():
        own = np.array([one == arm for one in arms])
        ax.plot(difference[own], places[own], "o", color=color, markersize=6, label=arm)
    figures.zero_line(ax, "x")
    ax.set_yticks(range(len(rows)), rows, color=figures.PALETTE["ink"])
    ax.set_xlabel("difference from control in standard deviations")
    figures.legend(ax)
    return fig
