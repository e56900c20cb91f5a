"""What the page on the experiment shows and says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import Message, count, decimals, message, percent
from helpers.pages import digits, figures, wording
from helpers.pages.records import Figure, Table, column, drawing
from helpers.views import amounts

if TYPE_CHECKING:
    from helpers.campaigns.after_window import AfterWindow
    from helpers.campaigns.arm_effects import Ways
    from helpers.campaigns.clusters import Clustered
    from helpers.campaigns.spend_check import Fitted
    from helpers.campaigns.trial import Trial

# ---- what happened
OBSERVED = message("experiment.observed", "Observed per assigned {unit} in {span}")
AT_WORK = message("experiment.at_work", "The campaign at work, and its cost per assigned customer")
SPEND = message("experiment.spend", "Spend of buyers against the model ({family})")
AMOUNTS = message("experiment.amounts", "{outcome} of units where it is not 0, against the model ({family})")
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
SEEN = message("experiment.seen", "Observed in {span}")
CHANGE = message("experiment.change", "Change against control per assigned customer, with 90 % intervals")
CHANGE_OF = message("experiment.change_of", "Change of {what} against control, with 90 % intervals")
TO_GAIN = message(
    "experiment.to_gain",
    "From margin to gain: change against control per assigned customer, with 90 % intervals",
)
GAIN = message(
    "experiment.gain",
    "{arm} changed {what} by {gain} per {unit} in {span}, {interval}",
)
CHANGED = message("experiment.changed", "{arm} changed {what} by {gain} in {span}, {interval}")
PLAIN = "Plain"
GAIN_LEFT = message(
    "experiment.gain_left",
    "{arm}: {gain} per {unit} in {span}, but with what followed {left} is left, {interval}",
)
ARM_WITHIN = message("experiment.arm_within", "{arm}, in its window")
ARM_TO_DATE = message("experiment.arm_to_date", "{arm}, with what followed")
PLAIN_BESIDE = message(
    "experiment.plain_beside",
    "By the model: all {unit}s imagined in each arm, which takes off how the arms differed before and keeps a few large "
    "orders from deciding. Plain: the difference of the two means above. Both estimate the same change.",
)
MARGIN_AFTER_COSTS = message("experiment.margin_after_costs", "margin after costs")
SHARE_OF = message("experiment.share_of", "the share with {outcome}")
RATIO_OF = message("experiment.ratio_of", "the ratio {outcome}")
MEAN_OF = message("experiment.mean_of", "the mean of {outcome}")
GAIN_DOTS = message(
    "experiment.gain_dots", "A dot with its 90 % interval for the gain of each arm against control."
)
BREAK_EVEN_ONLY = message(
    "experiment.break_even_only", "Dark line: break-even. Right of it, the arm earned more than it cost."
)
DIFFERS = message(
    "experiment.differs",
    "{arm} and the control differ in {what} by {gain} in {span}, {interval}; if drawn by lot, that is the effect",
)
DIFFERS_PER_UNIT = message(
    "experiment.differs_per_unit",
    "{arm} and the control differ in {what} by {gain} per {unit} in {span}, {interval}; if drawn by lot, that is the effect",
)
WITHOUT_LOTS = message(
    "experiment.without_lots",
    "Dark line: break-even. Without lots, where a dot lies tells who was chosen as much as what the arm did.",
)
NO_CHANGE = message(
    "experiment.no_change",
    "Dark line: break-even, no change where none is stated. Right of it, the arm changed the outcome by more.",
)
BREAK_EVEN = message(
    "experiment.break_even",
    "Dark line: break-even. Right of it, the arm earned more than it cost. Counted plainly, as "
    "differences of means; the page “Campaign value” counts the same by a model.",
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
ADJUSTED = message("experiment.adjusted", "less what was known before")
APART = message(
    "experiment.apart",
    "The model is {apart} away from the plain difference: {before} of it is what differed by chance before, the rest the "
    "shape of spend, which keeps a few large orders from deciding.",
)

# ---- the picture of balance


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
        had = "Not 0" if test.done == test.outcome else test.done
        mean = {"converted": column(had, "percent"), "revenue": column(f"Mean of {test.outcome}", "each")}
        mean = {"revenue": column(test.outcome, "each")} if test.is_ratio else mean
        rest = share if test.measure == "points" else mean
        columns = {"arm": column("Arm"), "customers": column("Units")} | rest
    columns = {name: one for name, one in columns.items() if name in means}
    caption = SEEN(span=test.span) if test.is_ratio else OBSERVED(unit=test.unit, span=test.span)
    return Table(means, caption, columns, "customers")


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
    in_money = test.measure == "money"
    columns = {
        "arm": column("Arm"),
        "buyers": column("Buyers" if in_money else "Units", "count"),
        "mean": column("Mean spend" if in_money else "Mean", amounts.COLUMNS[test.measure]),
        "predicted_mean": column("By the model", amounts.COLUMNS[test.measure]),
        "mean_tail": column("Mean exceeded", "percent"),
        "largest_tail": column("Largest exceeded", "percent"),
    }
    caption = SPEND(family=family) if in_money else AMOUNTS(outcome=test.outcome, family=family)
    return Table(replicated, caption, columns, "buyers", [EXCEEDED()])


def behaviour(effects: pd.DataFrame, test: Trial) -> Table:
    """The change in the share who did what was asked, and in the amount, by the model and by the plain means."""
    share = f"Share with {test.done}" if test.done else "Share who buy"
    columns = {"arm": column("Arm"), "conversion": column(share, "points")}
    kind = amounts.COLUMNS[test.measure]
    if test.measure == "points" or test.is_ratio:  # of a rate, who has any of it says nothing
        columns = {
            "arm": column("Arm"),
            "revenue": column(share if test.is_share else test.outcome, kind),
            "plain_revenue": column(PLAIN, kind),
        }
    else:
        columns["plain_conversion"] = column(PLAIN, "points")
        columns["revenue"] = column("Revenue" if test.measure == "money" else f"Mean of {test.outcome}", kind)
        columns["plain_revenue"] = column(PLAIN, kind)
    columns = {name: one for name, one in columns.items() if name in ("arm", *effects)}
    caption = CHANGE() if test.measure == "money" else CHANGE_OF(what=what_changed(test))
    return Table(effects, caption, columns, notes=[] if test.is_ratio else [PLAIN_BESIDE(unit=test.unit)])


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
    mean_cost = effects["cost"].map(
        lambda cost: digits.in_steps(cost).mean
    )  # four intervals in a row are too wide
    return Table(effects.assign(cost=mean_cost), TO_GAIN(), columns)


def gains(
    shown: pd.DataFrame, best: str, since: AfterWindow, test: Trial, break_even: float, currency: str
) -> Figure:
    """The gain of each arm in the window, and up to today where that is known, with intervals and the break-even.

    shown: `arm_effects.beside_plain`. What is left up to today is counted plainly, so the window beside it is, too.
    """
    left = since.left(best)
    net = shown["net" if left is None else "plain_net"]
    its = net[best]
    told = {"arm": best, "span": test.span, "gain": amounts.mean_change(its, test.measure, currency)}
    in_window = {"what": what_changed(test), "interval": amounts.span(its, test.measure, currency)}
    if not test.by_lot:
        per_unit = {"unit": test.unit} if test.measure == "money" else {}
        title = (DIFFERS_PER_UNIT if per_unit else DIFFERS)(**per_unit, **in_window, **told)
    elif left is not None:
        to_date = {
            "left": amounts.mean_change(left, test.measure, currency),
            "interval": amounts.span(left, test.measure, currency),
        }
        title = GAIN_LEFT(unit=test.unit, **to_date, **told)
    elif test.measure == "money":
        title = GAIN(unit=test.unit, **in_window, **told)
    else:
        title = CHANGED(**in_window, **told)
    rows = []
    for arm, within in net.items():
        to_date = since.left(arm)
        if to_date is None:
            rows.append((arm, arm, within))
        else:
            rows.append((ARM_WITHIN(arm=arm), arm, within))
            rows.append((ARM_TO_DATE(arm=arm), arm, to_date))
    data = {"rows": rows, "break_even": break_even, "measure": test.measure, "currency": currency}
    caption = BREAK_EVEN if left is not None else BREAK_EVEN_ONLY if test.measure == "money" else NO_CHANGE
    caption = caption if test.by_lot else WITHOUT_LOTS
    return Figure(_gains, data, title, GAIN_DOTS(), caption())


@drawing
def _gains(rows, break_even, measure, currency):
    fig, ax = figures.axes(height=1.2 + 0.65 * len(rows))
    labels, arms, gains = zip(*rows, strict=True)
    by_arm = colours(list(dict.fromkeys(arms)))
    figures.dots(ax, [wording.say(one) for one in labels], list(gains), [by_arm[arm] for arm in arms])
    figures.zero_line(ax, "x")
    ax.axvline(break_even, color=figures.PALETTE["ink"], linewidth=1.4)
    label = "gain per assigned customer" if measure == "money" else "change against control"
    amounts.axis(ax.xaxis, measure, currency, label)
    return fig


def colours(arms: list[str]) -> dict[str, str]:
    """One colour per treated arm, the same in every picture; control has the baseline's."""
    return dict(zip(arms, figures.SERIES * len(arms), strict=False))


def what_changed(test: Trial) -> Message:
    """What an effect is a change of."""
    if test.measure == "money":
        return MARGIN_AFTER_COSTS()
    said = SHARE_OF if test.is_share else RATIO_OF if test.is_ratio else MEAN_OF
    return said(outcome=test.outcome)


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
