"""What the page on a campaign without a control group answers: a cut-off, the size of a test, the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.messages import Message, about, count, mean, message, money, plain
from helpers.pages import figures
from helpers.pages.records import Figure, drawing
from helpers.views import amounts

if TYPE_CHECKING:
    from helpers.campaigns.cut_off import Scored
    from helpers.campaigns.trial import Trial
    from helpers.campaigns.worth_testing import Worth
from helpers.views.no_control_group import level, what_changed

GATHER = message(
    "no_control.gather",
    "Right above the cut-off lie {excess} more than the {expected} that a smooth spread would hold; right below "
    "{missing} fewer",
)
GATHER_ALT = message(
    "no_control.gather_alt", "Bars of units by their score, a smooth line through them, and the cut-off."
)
GATHER_CAPTION = message(
    "no_control.gather_caption", "The line goes through the bars away from the cut-off. Units by score."
)
AT_CUT_OFF = message(
    "no_control.at_cut_off",
    "{campaign}: at the cut-off {cut}, being contacted changed {what} by {gain} per {unit} in {span}, {interval}.",
)
ONLY_THERE = message(
    "no_control.only_there",
    "That rests on {left} below and {right} above, and holds at the cut-off only; at half the bandwidth it is {halved}.",
)
SIZE = message(
    "no_control.size",
    "A test by lot that finds a rise of {difference} per {unit} with 80 % power (two-sided 5 %) takes {per_arm} per arm.",
)
TEST_COSTS = message(
    "no_control.test_costs",
    "It costs {cost} for those contacted. If the comparison with others alike holds, it brings {gain} after that cost, "
    "{interval}.",
)
TEST_IT = message(
    "no_control.test_it",
    "Before {arm} goes out again, draw lots: {per_arm} get it and as many do not. Only that proves what it adds.",
)
LEAVE_IT = message(
    "no_control.leave_it",
    "Do not send {arm} again because of what is seen here: whoever chose may explain it all.",
)
AT_BREAK_EVEN = message("no_control.at_break_even", "That is the rise that just pays for the contact.")
AT_HALF = message(
    "no_control.at_half", "That is half of what was seen, as no cost is known that it has to pay for."
)
LARGER = message(
    "no_control.larger", "There were {units} in this comparison: a test so large takes several campaigns."
)
WORTH = message(
    "no_control.worth", "{campaign}, {arm}: not proven; test it on {per_arm} per arm, drawn by lot."
)
NOT_WORTH = message(
    "no_control.not_worth", "{campaign}, {arm}: not worth a test; what it brought lies below break-even."
)
NO_RISE = message(
    "no_control.no_rise", "{campaign}, {arm}: not worth a test; what was seen speaks for no rise."
)
NO_VERDICT_SAID = message("no_control.no_verdict", "{campaign}, {arm}: no verdict.")
FOUND = message(
    "no_control.found",
    "Against others alike, those contacted changed {what} by {gain} per {unit} in {span}, {interval}.",
)
NOT_DRAWN = message("no_control.not_drawn", "Nobody drew lots, so this is no proof and no advice.")


def gathered(scored: Scored | None) -> Figure | None:
    """How the score is spread around the cut-off; None without a score."""
    if scored is None:
        return None
    found = scored.density
    title = GATHER(
        excess=count(round(found.excess)),
        expected=count(round(found.expected), "unit"),
        missing=count(round(found.missing)),
    )
    data = {"middle": found.middle, "units": found.units, "smooth": found.smooth, "cut": scored.cut}
    return Figure(_gathered, data, title, GATHER_ALT(), GATHER_CAPTION())


@drawing
def _gathered(middle, units, smooth, cut):
    fig, ax = figures.axes(height=3)
    ax.bar(middle, units, width=middle[1] - middle[0], color=figures.PALETTE["neutral"], alpha=0.6)
    ax.plot(middle, smooth, color=figures.PALETTE["model"])
    ax.axvline(cut, color=figures.PALETTE["bad"], linewidth=1, linestyle="--")
    figures.count_axis(ax.yaxis, "units")
    ax.set_xlabel("score")
    return fig


def at_cut_off(scored: Scored | None, test: Trial, currency: str) -> list[Message]:
    """Say the effect at the cut-off; nothing where none is told."""
    if scored is None or scored.found is None:
        return []
    found = scored.found
    told = AT_CUT_OFF(
        campaign=test.name,
        cut=plain(scored.cut),
        what=what_changed(test),
        gain=amounts.change(found.effect.mean, test.measure, currency),
        unit=test.unit,
        span=test.span,
        interval=amounts.span(found.effect, test.measure, currency),
    )
    rests = ONLY_THERE(
        left=count(found.left, test.unit),
        right=count(found.right, test.unit),
        halved=amounts.change(found.halved, test.measure, currency),
    )
    return [told, rests, NOT_DRAWN()]


def size(worth: Worth, test: Trial, currency: str) -> list[Message | None]:
    """How large a test by lot would be, and what it is planned for."""
    if worth.per_arm is None:
        return []
    said = SIZE(
        difference=level(worth.difference, test.measure, currency),
        unit=test.unit,
        per_arm=count(worth.per_arm, test.unit),
    )
    larger = LARGER(units=count(worth.units, test.unit)) if worth.too_large else None
    return [said, (AT_BREAK_EVEN if worth.at_break_even else AT_HALF)(), larger, _cost(worth, test, currency)]


def _cost(worth: Worth, test: Trial, currency: str) -> Message | None:
    """What the contacted half of a test costs and would bring, where that is money."""
    if test.measure != "money" or worth.per_arm is None or worth.cost <= 0:
        return None
    gain = worth.gain.times(worth.per_arm)
    return TEST_COSTS(
        cost=about(money(worth.cost * worth.per_arm, currency)),
        gain=mean(gain, money, currency=currency),
        interval=amounts.span(gain, "money", currency),
    )


def answers(worth: Worth, test: Trial, currency: str) -> list[Message]:
    """The verdict, what was found, and that nobody drew lots."""
    told = {"campaign": test.name, "arm": test.arms[1]}
    verdict = {
        "worth a test": lambda: WORTH(per_arm=count(worth.per_arm or 0, test.unit), **told),
        "not worth a test": lambda: (NOT_WORTH if test.measure == "money" else NO_RISE)(**told),
        "no verdict": lambda: NO_VERDICT_SAID(**told),
    }[worth.verdict]()
    found = FOUND(
        what=what_changed(test),
        gain=amounts.change(worth.gain.mean, test.measure, currency),
        unit=test.unit,
        span=test.span,
        interval=amounts.span(worth.gain, test.measure, currency),
    )
    return [verdict, found, NOT_DRAWN()]


def to_do(worth: Worth, test: Trial) -> Message:
    """Whether to repeat the campaign: only as a test, or not at all."""
    if worth.verdict == "worth a test":
        return TEST_IT(arm=test.arms[1], per_arm=count(worth.per_arm or 0, test.unit))
    return LEAVE_IT(arm=test.arms[1])
