"""What the page on the experiment shows and says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    between,
    count,
    day,
    decimals,
    mean,
    message,
    money,
    paragraph,
    percent,
    points,
    probability,
    signed,
    verbatim,
)
from helpers.pages import figures, wording
from helpers.pages.records import Figure, Table, column, drawing
from helpers.views import amounts

if TYPE_CHECKING:
    from helpers.campaigns.after_window import AfterWindow
    from helpers.campaigns.alike import Alike
    from helpers.campaigns.arm_effects import Response, Ways
    from helpers.campaigns.clusters import Clustered
    from helpers.campaigns.design import Look
    from helpers.campaigns.spend_check import Fitted
    from helpers.campaigns.trial import Trial
    from helpers.campaigns.verdict import Decision

TRAIT_NAMES = {
    "pre_revenue": "Revenue before",
    "pre_purchase_days": "Purchase days before",
    "days_since_order": "Days since order",
    "offer_share": "Share bought on offer",
}
SEGMENT_BY = message("experiment.segment_by", "by {trait}: {segment}")
SEGMENT_OF = message("experiment.segment_of", "{trait}: {segment}")
# ---- the assignment
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
# ---- what happened
OBSERVED = message("experiment.observed", "Observed per assigned {unit} in {span}")
AT_WORK = message("experiment.at_work", "The campaign at work, and its cost per assigned customer")
SPEND = message("experiment.spend", "Spend of buyers against the model ({family})")
BY_CLUSTERS = message(
    "experiment.by_clusters",
    "Arms are compared by {clusters}, with means per customer. Design effect {effect}: the variance is so many times "
    "that of as many customers drawn one by one.",
)
EXCEEDED = message(
    "experiment.exceeded",
    "Exceeded: in how many of the draws from the model the mean, or the largest value, is above the observed one.",
)
# ---- the effect
CHANGE = message("experiment.change", "Change against control per assigned customer, with 90 % intervals")
TO_GAIN = message(
    "experiment.to_gain",
    "From margin to gain: change against control per assigned customer, with 90 % intervals",
)
GAIN = message(
    "experiment.gain",
    "{arm} changed {what} by {gain} per {unit} in {span}, {interval}",
)
PLAIN = "Plain"
GAIN_LEFT = message(
    "experiment.gain_left",
    "{arm} gained {gain} per {unit} in {span}; up to today {left} is left, {interval}",
)
ARM_WITHIN = message("experiment.arm_within", "{arm}, in its window")
ARM_TO_DATE = message("experiment.arm_to_date", "{arm}, up to today")
PLAIN_BESIDE = message(
    "experiment.plain_beside",
    "By the model: all {unit}s imagined in each arm, which takes off how the arms differed before and keeps a few large "
    "orders from deciding. Plain: the difference of the two means above. Both estimate the same change.",
)
MARGIN_AFTER_COSTS = message("experiment.margin_after_costs", "margin after costs")
SHARE_OF = message("experiment.share_of", "the share with {outcome}")
MEAN_OF = message("experiment.mean_of", "the mean of {outcome}")
GAIN_DOTS = message(
    "experiment.gain_dots", "A dot with its 90 % interval for the gain of each arm against control."
)
BREAK_EVEN_ONLY = message(
    "experiment.break_even_only", "Dark line: break-even. Right of it, the arm earned more than it cost."
)
BREAK_EVEN = message(
    "experiment.break_even",
    "Dark line: break-even. Right of it, the arm earned more than it cost. In the window by the model, up to today plain.",
)
PAST = message(
    "experiment.past",
    "The past of a {unit} explains {share} of the variance of net money within arms. {widths}",
)
NARROWER = message(
    "experiment.narrower", "{arm}: the model's interval for revenue is {change} narrower than the plain one"
)
WIDER = message(
    "experiment.wider", "{arm}: the model's interval for revenue is {change} wider than the plain one"
)
# ---- segments
NONE_CLEAR = message(
    "experiment.none_clear",
    "In none of {segments} segments is the gain of {arm} clearly different from zero",
)
GAINS = message("experiment.gains", "{arm} clearly gains in {gains} of {segments} segments")
LOSES = message("experiment.loses", "{arm} clearly loses in {losses} of {segments} segments")
BOTH = message(
    "experiment.both", "{arm} clearly gains in {gains} and clearly loses in {losses} of {segments} segments"
)
SEGMENT_DOTS = message(
    "experiment.segment_dots",
    "Dots with 90 % intervals: the pooled gain of {arm} in {segments} segments.",
)
BY_SEGMENT = message("experiment.by_segment", "Gain of {arm} by segment, per assigned customer")
# ---- after the window
NOT_TOLD = message(
    "experiment.not_told", "The table says nothing of what followed, so pull-forward cannot be seen"
)
NOTHING_SINCE = message(
    "experiment.nothing_since",
    "Nothing was bought since the window closed: pull-forward cannot be seen yet",
)
SINCE = message(
    "experiment.since",
    "Since the window closed, {arm} has brought {difference} of margin per customer, compared with control, "
    "{interval}",
)
BROUGHT = message(
    "experiment.brought",
    "After {weeks}, {arm} has brought {own} of revenue per {unit}, control {base}",
)
COURSE = message(
    "experiment.course",
    "Cumulative revenue per assigned customer by week for each arm; a vertical line marks the end of the window.",
)
WINDOW_END = message(
    "experiment.window_end", "Vertical line: end of the window. Plain means, without intervals."
)
# ---- the decision
LOOKED = message(
    "experiment.looked",
    "This is look {look} of {looks}, at {units} of {planned} planned {unit}s: rolling out needs {bar}.",
)
DECISIONS = message("experiment.decisions", "Decision per arm; rolling out needs {bar}, stopping {certainty}")
SIZES = message(
    "experiment.sizes",
    "How many {unit}s a test of two arms takes to find a change of the share who buy ({base} in control by the model), "
    "two-sided 5 %",
)
PARTS = {
    0.5: message("experiment.half", "half of it"),
    1.0: message("experiment.what_was_seen", "what was seen"),
    2.0: message("experiment.twice", "twice as much"),
}
# ---- answers
VERDICT = message(
    "experiment.verdict",
    "Campaign {campaign}, {arm}: {verdict}. In {span} it changed {what} by {gain} per {unit} assigned, {interval}.",
)
VERDICT_TO_DATE = message(
    "experiment.verdict_to_date",
    "Campaign {campaign}, {arm}: {verdict}. Up to today, {days} after the assignment, it changed {what} by {left} per "
    "{unit} assigned, {interval}.",
)
TWO_PARTS = message(
    "experiment.two_parts",
    "In {span} it gained {gain}, {interval} ({plain} by the plain count, as up to today). Since then it has brought {after} "
    "of margin, {after_interval}, compared with control.",
)
UP_TO_TODAY = message(
    "experiment.up_to_today",
    "Up to today, {days} after the assignment, {left} is left per {unit} after costs, {interval}, counted plainly.",
)
IF_BY_LOT = message(
    "experiment.if_by_lot",
    "If these arms were drawn by lot: campaign {campaign}, {arm}, changed {what} by {gain} per {unit} "
    "assigned in {span}, {interval}. How they were drawn is not said, so there is no verdict; say so with this line "
    "under parameters in the study: {line}",
)
EARLY = message("experiment.early", "{verdict}, because the planned size is not reached")
CHANCE = message(
    "experiment.chance",
    "That it brought more than break-even in that time is {chance}. Averaged over all that may be true, choosing it "
    "wrongly costs {loss} per {unit}.",
)
CHANCE_WITHIN = message(
    "experiment.chance_within", "That it brought more than break-even in the window alone is {chance}."
)
RESPONDED = message(
    "experiment.responded",
    "{arm} changed the share who {did} by {change} against control, {interval}. That the share rose is {chance}.",
)
BUY = message("experiment.buy", "buy")
HAVE = message("experiment.have", "have {outcome}")
ALL_ARMS = message("experiment.all_arms", "All arms together against control: {gain}, {interval}.")
ADJUSTED = message("experiment.adjusted", "less what was known before")
APART = message(
    "experiment.apart",
    "The model is {apart} away from the plain difference: {before} of it is what differed by chance before, the rest the "
    "shape of spend, which keeps a few large orders from deciding.",
)
NOT_DECIDED = message("experiment.not_decided", "{followed}: what remains over a year is not decided here.")
# ---- what to do
DO_WAIT = message(
    "experiment.do_wait",
    "Do not roll out {arm} yet. Go on leaving its control group alone and read the page “Campaign value” each month. It "
    "counts what is left; a year is over in {weeks}, on {day}.",
)
DO_ROLL_OUT = message(
    "experiment.do_roll_out",
    "Roll out {arm} to {unit}s like those assigned. Leave a part of them alone by lot, so that its effect can be seen "
    "again.",
)
DO_STOP = message("experiment.do_stop", "Do not repeat {arm} as it was: it brings less than it costs.")
DO_FINISH = message(
    "experiment.do_finish", "Let the test run on to its planned size, {planned} {unit}s, and decide then."
)
DO_TEST = message(
    "experiment.do_test",
    "Do not roll out {arm} yet. Assign about {more} more {unit}s by lot, and decide on all of them together.",
)
DO_OTHER = message(
    "experiment.do_other",
    "Do not roll out {arm}: a test that settles so small a change is out of reach here. Test an offer that promises more.",
)

# ---- pictures of balance and course
MIN_WEEKS = 3  # of a course: two points are no line
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
AHEAD = message(
    "experiment.ahead", "{arm}: after {weeks} {difference} of revenue per {unit} against control, {interval}"
)
AHEAD_ALT = message(
    "experiment.ahead_alt",
    "Per arm a line of the difference from control since the assignment, with a band around it.",
)
AHEAD_NOTE = message(
    "experiment.ahead_note",
    "Plain difference of revenue so far, before margin and costs, with its 90 % interval. Vertical line: the end of the "
    "window. A line that falls back after it has only moved purchases.",
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
        "planned": column("Planned share", "percent"),
    }
    caption = PER_ARM(campaign=test.name, span=test.span, unit=test.unit)
    return Table(sizes, caption, columns, "customers", [RATIO_TEST(p=decimals(p_value, 2), note=note)])


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
    caption = BEFORE(unit=test.unit, p=decimals(found.p_value, 2))
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
    for arm, color in _colours(list(dict.fromkeys(arms))).items():
        own = np.array([one == arm for one in arms])
        ax.plot(difference[own], places[own], "o", color=color, markersize=6, label=arm)
    figures.zero_line(ax, "x")
    ax.set_yticks(range(len(rows)), rows, color=figures.PALETTE["ink"])
    ax.set_xlabel("difference from control in standard deviations")
    figures.legend(ax)
    return fig


def bought(means: pd.DataFrame, test: Trial) -> Table:
    """What the customers of each arm did in the window."""
    columns = {
        "arm": column("Arm"),
        "customers": column("Customers"),
        "converted": column("Buy", "percent"),
        "revenue": column("Revenue", "money", each=True),
        "margin": column("Margin", "money", each=True),
        "returns": column("Unmatched returns", "money", each=True),
    }
    if test.measure != "money":
        share = {"revenue": column(test.outcome, "percent")}
        mean = {"converted": column("Not 0", "percent"), "revenue": column(f"Mean of {test.outcome}", "each")}
        rest = share if test.measure == "points" else mean
        columns = {"arm": column("Arm"), "customers": column("Units")} | rest
    columns = {name: one for name, one in columns.items() if name in means}
    return Table(means, OBSERVED(unit=test.unit, span=test.span), columns, "customers")


def effort(means: pd.DataFrame, told: list[str], test: Trial) -> Table | None:
    """How the campaign reached each arm and what it cost.

    told: those of exposed and redeemed that the data says anything about; the others are unknown, not zero. None where
    outcomes are no money and nothing is told.
    """
    if test.measure != "money" and not told:
        return None
    columns = {"arm": column("Arm"), "customers": column("Customers")}
    columns |= {name: column(name.capitalize(), "percent") for name in told}
    if test.measure == "money":
        columns |= {
            "contact_cost": column("Contact", "money"),
            "incentive_cost": column("Incentive", "money"),
        }
    return Table(means, AT_WORK(), columns, "customers")


def spend(fitted: Fitted | Clustered, test: Trial) -> Table | Message | None:
    """Spend of buyers as seen and as drawn from the model; by clusters how many; None where nothing is modelled."""
    from helpers.campaigns.clusters import Clustered  # noqa: PLC0415 (a page is rendered without analyses)

    if isinstance(fitted, Clustered):
        return BY_CLUSTERS(
            clusters=count(fitted.clusters, "cluster"), effect=decimals(fitted.design_effect, 1)
        )
    replicated, family = fitted.replicated, fitted.design.family
    if replicated.empty:
        return None
    columns = {
        "arm": column("Arm"),
        "buyers": column("Buyers", "count"),
        "mean": column("Mean spend", amounts.COLUMNS[test.measure]),
        "predicted_mean": column("By the model", amounts.COLUMNS[test.measure]),
        "mean_tail": column("Mean exceeded", "percent"),
        "largest_tail": column("Largest exceeded", "percent"),
    }
    return Table(replicated, SPEND(family=family), columns, "buyers", [EXCEEDED()])


def behaviour(effects: pd.DataFrame, test: Trial) -> Table:
    """The change in the share who did what was asked, and in the amount, by the model and by the plain means."""
    share = f"Share with {test.outcome}" if test.outcome else "Share who buy"
    columns = {"arm": column("Arm"), "conversion": column(share, "points")}
    if test.measure == "points":  # of a rate, who has any of it says nothing
        columns = {
            "arm": column("Arm"),
            "revenue": column(share if test.is_share else test.outcome, "points"),
            "plain_revenue": column(PLAIN, "points"),
        }
    else:
        kind = amounts.COLUMNS[test.measure]
        columns["plain_conversion"] = column(PLAIN, "points")
        columns["revenue"] = column("Revenue" if test.measure == "money" else f"Mean of {test.outcome}", kind)
        columns["plain_revenue"] = column(PLAIN, kind)
    columns = {name: one for name, one in columns.items() if name in ("arm", *effects)}
    return Table(effects, CHANGE(), columns, notes=[PLAIN_BESIDE(unit=test.unit)])


def gain(effects: pd.DataFrame, test: Trial) -> Table | None:
    """From the change in margin to the gain after costs; None where outcomes are no money."""
    if test.measure != "money":
        return None
    columns = {
        "arm": column("Arm"),
        "margin": column("Margin", "money"),
        "cost": column("Cost", "money"),
        "net": column("Gain", "money"),
        "plain_net": column("Gain, plain", "money"),
    }
    mean_cost = effects["cost"].map(lambda cost: cost.mean)  # four intervals in a row are too wide
    return Table(effects.assign(cost=mean_cost), TO_GAIN(), columns)


def gains(
    effects: pd.DataFrame, best: str, since: AfterWindow, test: Trial, break_even: float, currency: str
) -> Figure:
    """The gain of each arm in the window, and up to today where that is known, with intervals and the break-even."""
    its, left = effects.loc[best, "net"], since.left(best)
    told = {"arm": best, "unit": test.unit, "span": test.span}
    told["gain"] = amounts.mean_change(its, test.measure, currency)
    title = (
        GAIN(what=_what(test), interval=amounts.span(its, test.measure, currency), **told)
        if left is None
        else GAIN_LEFT(
            left=amounts.mean_change(left, test.measure, currency),
            interval=amounts.span(left, test.measure, currency),
            **told,
        )
    )
    rows = []
    for arm, within in effects["net"].items():
        to_date = since.left(arm)
        if to_date is None:
            rows.append((arm, arm, within))
        else:
            rows.append((ARM_WITHIN(arm=arm), arm, within))
            rows.append((ARM_TO_DATE(arm=arm), arm, to_date))
    data = {"rows": rows, "break_even": break_even, "measure": test.measure, "currency": currency}
    return Figure(_gains, data, title, GAIN_DOTS(), BREAK_EVEN() if left is not None else BREAK_EVEN_ONLY())


@drawing
def _gains(rows, break_even, measure, currency):
    fig, ax = figures.axes(height=1.2 + 0.65 * len(rows))
    labels, arms, gains = zip(*rows, strict=True)
    colours = _colours(list(dict.fromkeys(arms)))
    figures.dots(ax, [wording.say(one) for one in labels], list(gains), [colours[arm] for arm in arms])
    figures.zero_line(ax, "x")
    ax.axvline(break_even, color=figures.PALETTE["ink"], linewidth=1.4)
    amounts.axis(ax.xaxis, measure, currency, "gain per assigned customer")
    return fig


def _colours(arms: list[str]) -> dict[str, str]:
    """One colour per treated arm, the same in every picture; control has the baseline's."""
    return dict(zip(arms, figures.SERIES * len(arms), strict=False))


def _what(test: Trial) -> Message:
    """What an effect is a change of."""
    if test.measure == "money":
        return MARGIN_AFTER_COSTS()
    return (SHARE_OF if test.is_share else MEAN_OF)(outcome=test.outcome)


def ways(found: Ways, best: str, saved: float, test: Trial, currency: str) -> Table:
    """What the past bought: the plain difference beside the model, and why they differ where they clearly do."""
    said = NARROWER if found.change < 0 else WIDER
    widths = said(arm=best, change=percent(abs(found.change), 0))
    frame = pd.DataFrame(
        {
            "way": ["plain difference", ADJUSTED(), "model"],
            "revenue": [found.plain, found.adjusted, found.model],
        }
    )
    columns = {
        "way": column("Way"),
        "revenue": column("Effect", amounts.COLUMNS[test.measure]),
    }
    notes = []
    if found.are_apart:
        apart, before = found.model.mean - found.plain.mean, found.adjusted.mean - found.plain.mean
        said = [amounts.change(one, test.measure, currency) for one in (apart, before)]
        notes = [APART(apart=said[0], before=said[1])]
    return Table(frame, PAST(unit=test.unit, share=percent(saved, 0), widths=widths), columns, notes=notes)


def segments(
    parts: pd.DataFrame, clear: tuple[int, int], best: str, test: Trial, currency: str
) -> list[Figure | Table]:
    """The best arm's gain by segment, as a figure and as a table; nothing where no trait has two segments."""
    if parts.empty:
        return []
    parts = parts.assign(label=[_segment(one.trait, one.segment, test) for one in parts.itertuples()])
    data = {"labels": list(parts["label"]), "pooled": list(parts["pooled"])}
    data |= {"measure": test.measure, "currency": currency}
    alt = SEGMENT_DOTS(arm=best, segments=len(parts))
    columns = {
        "label": column("Segment"),
        "units": column("Units"),
        "plain": column("Plain gain", amounts.COLUMNS[test.measure]),
        "pooled": column("Pooled gain", amounts.COLUMNS[test.measure]),
    }
    return [
        Figure(_segments, data, _clear(clear, len(parts), best), alt),
        Table(parts, BY_SEGMENT(arm=best), columns, "units"),
    ]


def _segment(trait: str, segment: str, test: Trial) -> Message:
    words = SEGMENT_BY if trait in test.named else SEGMENT_OF
    return words(trait=TRAIT_NAMES.get(trait, trait), segment=segment)


def _clear(clear: tuple[int, int], segments: int, arm: str) -> Message:
    gains, losses = clear
    if gains and losses:
        return BOTH(arm=arm, gains=gains, losses=losses, segments=segments)
    if gains:
        return GAINS(arm=arm, gains=gains, segments=segments)
    if losses:
        return LOSES(arm=arm, losses=losses, segments=segments)
    return NONE_CLEAR(arm=arm, segments=segments)


@drawing
def _segments(labels, pooled, measure, currency):
    fig, ax = figures.axes(height=1.0 + 0.32 * len(labels))
    figures.dots(ax, [wording.say(label) for label in labels], pooled)
    figures.zero_line(ax, "x")
    amounts.axis(ax.xaxis, measure, currency, "gain per assigned customer, pooled")
    return fig


def followed(since: AfterWindow, arm: str, currency: str) -> Message:
    """Say what an arm's margin did after the window, compared with control."""
    if since.differences is None:
        return NOT_TOLD()
    if not since.anything:
        return NOTHING_SINCE()
    row = since.differences.loc[arm]
    return SINCE(
        arm=arm,
        difference=signed(money(row["difference"], currency)),
        interval=between(
            Interval(row["difference"], row["p05"], row["difference"], row["p95"]), money, currency=currency
        ),
    )


def course(course: pd.DataFrame | None, best: str, test: Trial, currency: str) -> Figure | None:
    """Revenue week by week since the assignment; None where it is not known. best: the arm the title speaks of."""
    if course is None:
        return None
    last = course.iloc[-1]
    title = BROUGHT(
        weeks=count(course.index[-1], "week"),
        arm=best,
        own=money(last[best], currency),
        unit=test.unit,
        base=money(last[test.control], currency),
    )
    data = {"course": course[test.arms], "window_weeks": test.days / 7, "currency": currency}
    return Figure(_course, data, title, COURSE(), WINDOW_END())


@drawing
def _course(course, window_weeks, currency):
    fig, ax = figures.axes()
    control, *treated = course
    for arm, color in {control: figures.PALETTE["baseline"], **_colours(treated)}.items():
        ax.plot(course.index, course[arm], color=color, label=arm)
    ax.axvline(window_weeks, color=figures.PALETTE["muted"], linewidth=1)
    figures.money_axis(ax.yaxis, currency, "revenue so far per customer")
    figures.count_axis(ax.xaxis, "weeks since the assignment")
    figures.label_line_ends(ax)
    return fig


def ahead(arms: dict[str, pd.DataFrame] | None, best: str, test: Trial, currency: str) -> Figure | None:
    """How far each arm lies ahead of control, week by week; best: the arm the title speaks of."""
    if arms is None or len(arms[best]) < MIN_WEEKS:
        return None
    last = arms[best].iloc[-1]
    ends = Interval(last["difference"], last["low"], last["difference"], last["high"])
    title = AHEAD(
        arm=best,
        weeks=count(arms[best].index[-1], "week"),
        difference=signed(money(last["difference"], currency)),
        unit=test.unit,
        interval=between(ends, money, currency=currency),
    )
    data = {"arms": arms, "window_weeks": test.days / 7, "currency": currency}
    return Figure(_ahead, data, title, AHEAD_ALT(), AHEAD_NOTE())


@drawing
def _ahead(arms, window_weeks, currency):
    fig, panels = figures.axes(ncols=len(arms), sharey=True, squeeze=False)
    colours = _colours(list(arms))
    for ax, (arm, rows) in zip(panels[0], arms.items(), strict=True):
        figures.band(ax, rows.index, rows["low"], rows["high"], colours[arm])
        ax.plot(rows.index, rows["difference"], color=colours[arm])
        ax.axvline(window_weeks, color=figures.PALETTE["muted"], linewidth=1)
        figures.zero_line(ax)
        ax.set_title(arm, loc="left")
        ax.set(xlabel="weeks since the assignment")
    figures.money_axis(panels[0][0].yaxis, currency, "revenue ahead of control")
    return fig


def looked(at: Look, test: Trial) -> Message:
    """Say which look at the data this is, and what rolling out needs."""
    return LOOKED(
        look=at.number,
        looks=at.of,
        units=at.units,
        planned=at.planned,
        unit=test.unit,
        bar=percent(at.bar, 2),
    )


def decisions(made: list[Decision], at: Look, certainty: float, test: Trial) -> Table:
    """Gain, probabilities, expected loss and verdict of each arm."""
    frame = pd.DataFrame([vars(one) | {"sentence": one.sentence} for one in made])
    columns = {
        "arm": column("Arm"),
        "gain": column("Gain", amounts.COLUMNS[test.measure]),
        "chance_above": column("P(above break-even)", "percent"),
        "chance_best": column("P(best)", "percent"),
        "expected_loss": column("Expected loss", amounts.COLUMNS[test.measure]),
        "sentence": column("Verdict"),
    }
    return Table(frame, DECISIONS(bar=percent(at.bar, 2), certainty=percent(certainty)), columns)


def all_arms(every: Interval | None, test: Trial, currency: str) -> Message | None:
    """What all arms together gained against control; None where there is one."""
    if every is None:
        return None
    gain = amounts.change(every.mean, test.measure, currency)
    return ALL_ARMS(gain=gain, interval=amounts.span(every, test.measure, currency))


def sentences(made: list[Decision]) -> list[str]:
    """The verdicts in words, as the artifact keeps them for other pages."""
    return [wording.say(one.sentence) for one in made]


def sizes(table: pd.DataFrame, base: float, test: Trial) -> Table | None:
    """How large a test must be to find such a change; None where none can, and of a rate, which is no share of units."""
    if table.empty or (test.measure == "points" and not test.is_share):
        return None
    columns = {
        "to_find": column("To find"),
        "change": column("Change", "points"),
        "power_80": column("At 80 % power"),
        "power_85": column("At 85 % power"),
    }
    table = table.assign(to_find=[PARTS[part]() for part in table["part"]])
    return Table(table, SIZES(unit=test.unit, base=percent(base)), columns)


def answers(
    final: Decision,
    response: Response,
    plain: Interval,
    since: AfterWindow,
    at: Look,
    test: Trial,
    currency: str,
) -> list[Message]:
    """The verdict with what is left of the gain, how sure it is, what people did, and what the window does not tell.

    plain: the plain difference of the gain within the window.
    """
    told = {
        "campaign": test.name,
        "arm": final.arm,
        "span": test.span,
        "unit": test.unit,
        "what": _what(test),
    }
    its = {
        "gain": amounts.change(final.gain.mean, test.measure, currency),
        "interval": amounts.span(final.gain, test.measure, currency),
    }
    if not test.by_lot:
        return [IF_BY_LOT(line=verbatim(test.say_so), **told, **its)]
    told["verdict"] = EARLY(verdict=final.sentence) if at.early else final.sentence
    chance = probability(final.chance_above)
    left, after = since.left(final.arm), since.after(final.arm)
    if final.borrowed and left is not None and after is not None:
        its["gain"] = signed(mean(final.gain, money, currency=currency))
        parts = {
            "plain": signed(mean(plain, money, currency=currency)),
            "after": signed(mean(after, money, currency=currency)),
            "after_interval": between(after, money, currency=currency),
        }
        said = [
            VERDICT_TO_DATE(
                days=count(since.days or 0, "day"),
                left=signed(mean(left, money, currency=currency)),
                interval=between(left, money, currency=currency),
                **{name: one for name, one in told.items() if name != "span"},
            ),
            paragraph([TWO_PARTS(span=test.span, **its, **parts), CHANCE_WITHIN(chance=chance)]),
        ]
        return [*said, *_responded(final.arm, response, test)]
    loss = amounts.amount(final.expected_loss, test.measure, currency)
    said = [VERDICT(**told, **its), CHANCE(chance=chance, loss=loss, unit=test.unit)]
    said += _responded(final.arm, response, test)
    if left is not None:
        to_date = {
            "left": signed(mean(left, money, currency=currency)),
            "days": count(since.days or 0, "day"),
        }
        said.append(UP_TO_TODAY(interval=between(left, money, currency=currency), unit=test.unit, **to_date))
    return [*said, NOT_DECIDED(followed=followed(since, final.arm, currency))]


def _responded(arm: str, response: Response, test: Trial) -> list[Message]:
    """What people did, unless the gain says it already."""
    if test.measure == "points":
        return []
    change = response.change[arm]
    return [
        RESPONDED(
            arm=arm,
            did=HAVE(outcome=test.outcome) if test.outcome else BUY(),
            change=points(change.mean),
            interval=amounts.span(change, "points", ""),
            chance=probability(response.chance[arm]),
        )
    ]


def to_do(final: Decision, since: AfterWindow, at: Look, test: Trial) -> Message | None:
    """What to do with the arm that speaks for the campaign; None where nobody says how the arms were drawn."""
    told = {"arm": final.arm, "unit": test.unit}
    if not test.by_lot:
        return None
    if at.early:
        return DO_FINISH(planned=count(at.planned), unit=test.unit)
    if final.verdict == "roll out" and final.borrowed and final.left == "open" and since.year_over:
        return DO_WAIT(arm=final.arm, weeks=count(since.weeks_to_year, "week"), day=day(since.year_over))
    if final.verdict == "stop" or (final.borrowed and final.left == "gone"):
        return DO_STOP(arm=final.arm)
    if final.verdict == "roll out":
        return DO_ROLL_OUT(**told)
    if final.within_reach:
        return DO_TEST(more=count(final.more_customers or 0), **told)
    return DO_OTHER(arm=final.arm)
