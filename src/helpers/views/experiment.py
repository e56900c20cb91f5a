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
    decimals,
    message,
    money,
    percent,
    plain,
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
MARGIN_AFTER_COSTS = message("experiment.margin_after_costs", "margin after costs")
SHARE_OF = message("experiment.share_of", "the share with {outcome}")
MEAN_OF = message("experiment.mean_of", "the mean of {outcome}")
GAIN_DOTS = message(
    "experiment.gain_dots", "A dot with its 90 % interval for the gain of each arm against control."
)
BREAK_EVEN = message(
    "experiment.break_even", "Orange line: break-even. Right of it, the arm earned more than it cost."
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
IF_BY_LOT = message(
    "experiment.if_by_lot",
    "If these arms were drawn by lot: campaign {campaign}, {arm}, changed {what} by {gain} per {unit} "
    "assigned in {span}, {interval}. How they were drawn is not said, so there is no verdict; say so with this line "
    "under parameters in the study: {line}",
)
EARLY = message("experiment.early", "{verdict}, because the planned size is not reached")
CHANCE = message(
    "experiment.chance",
    "That it brought more than break-even in that time is {chance}; choosing it has an expected loss of {loss} per {unit}.",
)
RESPONDED = message(
    "experiment.responded",
    "Of {arm}, {change} more {did} than of control, {interval}; that more do is {chance}.",
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

# ---- pictures of balance and course
MIN_WEEKS = 3  # of a course: two points are no line
FURTHEST_APART = message(
    "experiment.furthest_apart",
    "Furthest apart before the campaign: {covariate}, {difference} standard deviations, where chance allows {chance}",
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
    "Plain difference of revenue so far, with its 90 % interval. Vertical line: the end of the window. A line that falls "
    "back after it has only moved purchases.",
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
        "difference": column("Difference, sd", "decimals3"),
        "expected": column("Chance allows, sd", "decimals3"),
    }
    table = table.assign(before=[TRAIT_NAMES.get(name, name) for name in table["covariate"]])
    return [Table(table, BEFORE(unit=test.unit, p=plain(found.p_value)), columns), *test.handled]


def apart(found: Alike, test: Trial) -> Figure | None:
    """How far each arm lay from control before, in what was known; None where nothing is known."""
    if found.p_value is None:
        return None
    shown, worst = found.furthest(), found.worst
    names = [TRAIT_NAMES.get(name, name) for name in shown["covariate"]]
    title = FURTHEST_APART(
        covariate=TRAIT_NAMES.get(worst["covariate"], worst["covariate"]),
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
    rows = list(dict.fromkeys(names))[::-1]
    fig, ax = figures.axes(height=1.1 + 0.3 * len(rows))
    places = np.array([rows.index(name) for name in names])
    ax.hlines(places, -chance, chance, color=figures.PALETTE["grid"], linewidth=7)
    for arm, color in zip(dict.fromkeys(arms), figures.SERIES * len(arms), strict=False):
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
    """The change in the share who did what was asked, and in the amount; with several arms, of all together too."""
    share = f"Share with {test.outcome}" if test.outcome else "Share who buy"
    columns = {"arm": column("Arm"), "conversion": column(share, "points")}
    if test.measure == "points":  # of a rate, who has any of it says nothing
        columns = {
            "arm": column("Arm"),
            "revenue": column(share if test.is_share else test.outcome, "points"),
        }
    else:
        columns["revenue"] = column(
            "Revenue" if test.measure == "money" else f"Mean of {test.outcome}", amounts.COLUMNS[test.measure]
        )
    return Table(effects, CHANGE(), columns)


def gain(effects: pd.DataFrame, test: Trial) -> Table | None:
    """From the change in margin to the gain after costs; None where outcomes are no money."""
    if test.measure != "money":
        return None
    columns = {
        "arm": column("Arm"),
        "margin": column("Margin", "money"),
        "cost": column("Cost", "money"),
        "net": column("Gain", "money"),
    }
    return Table(effects, TO_GAIN(), columns)


def gains(effects: pd.DataFrame, best: str, test: Trial, break_even: float, currency: str) -> Figure:
    """The gain of each arm with its interval, and the break-even."""
    its = effects.loc[best, "net"]
    title = GAIN(
        arm=best,
        what=_what(test),
        gain=amounts.change(its.mean, test.measure, currency),
        unit=test.unit,
        span=test.span,
        interval=amounts.span(its, test.measure, currency),
    )
    data = {"gains": effects["net"], "break_even": break_even}
    data |= {"measure": test.measure, "currency": currency}
    return Figure(_gains, data, title, GAIN_DOTS(), BREAK_EVEN())


@drawing
def _gains(gains, break_even, measure, currency):
    fig, ax = figures.axes(height=1.2 + 0.5 * len(gains))
    figures.dots(ax, list(gains.index), list(gains))
    figures.zero_line(ax, "x")
    ax.axvline(break_even, color=figures.PALETTE["bad"], linewidth=1)
    amounts.axis(ax.xaxis, measure, currency, "gain per assigned customer")
    return fig


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


def course(course: pd.DataFrame | None, since: Message, test: Trial, currency: str) -> Figure | None:
    """Revenue week by week since the assignment; None where it is not known."""
    if course is None:
        return None
    data = {"course": course[test.arms], "window_weeks": test.days / 7, "currency": currency}
    return Figure(_course, data, since, COURSE(), WINDOW_END())


@drawing
def _course(course, window_weeks, currency):
    fig, ax = figures.axes()
    for arm, color in zip(course, figures.SERIES * course.shape[1], strict=False):
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
    for ax, (arm, rows) in zip(panels[0], arms.items(), strict=True):
        figures.band(ax, rows.index, rows["low"], rows["high"])
        ax.plot(rows.index, rows["difference"], color=figures.PALETTE["model"])
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
    final: Decision, response: Response, since: Message, at: Look, test: Trial, currency: str
) -> list[Message]:
    """The verdict with the gain, how sure it is, what people did, and what the window does not tell."""
    told = {
        "campaign": test.name,
        "arm": final.arm,
        "span": test.span,
        "unit": test.unit,
        "what": _what(test),
        "gain": amounts.change(final.gain.mean, test.measure, currency),
        "interval": amounts.span(final.gain, test.measure, currency),
    }
    if not test.by_lot:
        return [IF_BY_LOT(line=verbatim(test.say_so), **told)]
    verdict = EARLY(verdict=final.sentence) if at.early else final.sentence
    loss = amounts.amount(final.expected_loss, test.measure, currency)
    said = [
        VERDICT(verdict=verdict, **told),
        CHANCE(chance=probability(final.chance_above), loss=loss, unit=test.unit),
    ]
    if test.measure != "points":
        said.append(_responded(final.arm, response, test))
    if response.all_arms is not None:
        every = response.all_arms
        gain = amounts.change(every.mean, test.measure, currency)
        said.append(ALL_ARMS(gain=gain, interval=amounts.span(every, test.measure, currency)))
    return [*said, NOT_DECIDED(followed=since)]


def _responded(arm: str, response: Response, test: Trial) -> Message:
    change = response.change[arm]
    return RESPONDED(
        arm=arm,
        did=HAVE(outcome=test.outcome) if test.outcome else BUY(),
        change=points(change.mean),
        interval=amounts.span(change, "points", ""),
        chance=probability(response.chance[arm]),
    )
