"""What the page on the value of campaigns shows and says."""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.messages import (
    Message,
    between,
    decimals,
    estimate,
    listing,
    message,
    money,
    people,
    percent,
    plain,
    signed,
)
from helpers.pages import figures, wording
from helpers.pages.records import Figure, Table, column, drawing
from helpers.views import amounts

LABEL = message("campaign_value.label", "{campaign} ({arm})")
# ---- the campaigns
OVERVIEW = message("campaign_value.overview", "Randomized campaigns of this study")
TOO_FEW = message("campaign_value.too_few", "too few purchases to tell")
KNOWN = message("campaign_value.known", "can be told")
NOT_KNOWN = message("campaign_value.not_known", "too early to say")
OBSERVED = message("campaign_value.observed", "Purchase days per assigned customer, as observed")
SEVERAL_OFFERS = message(
    "campaign_value.several_offers",
    "{customers} are like those of more than one campaign that pays. What two offers bring together was not tested: "
    "`repeat_list.csv` names each of them once, for the offer that adds most.",
)
# ---- from window to gain
BY_PHASE = message(
    "campaign_value.by_phase",
    "Discounted margin per assigned customer against control, with 90 % intervals",
)
NONE_BORROWED = message(
    "campaign_value.none_borrowed", "No campaign clearly borrowed from the weeks after the window"
)
BORROWED = message("campaign_value.borrowed", "{campaigns} borrowed from the weeks after the window")
PHASE_DOTS = message(
    "campaign_value.phase_dots",
    "Per campaign three dots with intervals for window, recovery and after.",
)
LEFT_OF_ZERO = message("campaign_value.left_of_zero", "Left of zero: less margin than control.")
LEFT_AND_ONE = message(
    "campaign_value.left_and_one",
    "Left of zero: less margin than control. One: the phase alone earned the cost.",
)
MISSING = message(
    "campaign_value.missing",
    "**{campaign} ({arm})**: of the additional purchases of its window, {share} were missing again in the recovery.",
)
MISSING_WIDE = message(
    "campaign_value.missing_wide",
    "**{campaign} ({arm})**: of the additional purchases of its window, {share} were missing again in the recovery. That "
    "some were is known; how many is too open to act on.",
)
MISSING_ALL = message(
    "campaign_value.missing_all",
    "**{campaign} ({arm})**: of the additional purchases of its window, at least {share} were missing again in the "
    "recovery, and perhaps all. That some were is known; how many is too open to act on.",
)
# ---- what a contact is worth
WORTH = message(
    "campaign_value.worth", "Incremental value per customer contacted, after contact and incentive"
)
WORTH_NOTE = message(
    "campaign_value.worth_note",
    "By the model of purchases. The page on the experiment counts the same money without a model, so its sums are not the "
    "same.",
)
RANGE = message("campaign_value.range", "too early to say: {low} to {high}")
RETURNS = message(
    "campaign_value.returns",
    "Incremental return: gain per unit of cost, with 90 % intervals, and payback",
)
RETURN_OF_ZERO = message(
    "campaign_value.return_of_zero",
    "A return of 0 means the cost was earned back and no more; −1 that all of it was lost.",
)
NOT_COUNTED = message("campaign_value.not_counted", "not within what is counted, or there was no cost")
# ---- harm
# ---- claims
# ---- answers
PHASE_COLORS = {"window": "accent", "recovery": "bad", "after": "good"}

# ---- over the horizon
CAMPAIGN_ARM = message("campaign_value.campaign_arm", "{campaign}, {arm}")
MOST_WORTH = message(
    "campaign_value.most_worth", "{campaign}: {value} per customer assigned over {months} months, {interval}"
)
MOST_WORTH_TO_DATE = message(
    "campaign_value.most_worth_to_date",
    "{campaign}: {value} per customer assigned to date, {interval}; what lasts is not known",
)
OVER_HORIZON_ALT = message(
    "campaign_value.over_horizon_alt",
    "Two dots with intervals per campaign and arm: money to date, and over the horizon.",
)
OVER_HORIZON_CUT = message(
    "campaign_value.over_horizon_cut",
    "Incremental margin less cost, to date and over {months} months. Dotted: the range where what lasts cannot be told yet. "
    "Arrows: the interval goes on beyond the picture; the table has its ends.",
)
OVER_HORIZON_NOTE = message(
    "campaign_value.over_horizon_note",
    "Incremental margin less cost, to date and over {months} months. Dotted: the range where what lasts cannot be told yet.",
)


def overview(table: pd.DataFrame) -> Table:
    """Size and dates of each campaign, and whether it was followed long enough."""
    columns = {
        "campaign": column("Campaign"),
        "customers": column("Customers"),
        "assigned": column("Assigned"),
        "window_days": column("Window, days"),
        "days_after": column("Days after recovery"),
        "typical_gap": column("Typical gap, days", "count"),
        "lasts": column("What lasts"),
    }
    table = table.assign(lasts=[KNOWN() if known else NOT_KNOWN() for known in table["identified"]])
    return Table(table, OVERVIEW(), columns, "customers", missing=TOO_FEW())


def observed(table: pd.DataFrame) -> Table:
    """Purchase days by arm and phase, nothing modelled."""
    columns = {"label": column("Campaign and arm"), "customers": column("Customers")}
    columns |= {phase: column(phase.capitalize(), "decimals2") for phase in PHASE_COLORS}
    labels = [LABEL(campaign=row.campaign, arm=row.arm) for row in table.itertuples()]
    return Table(table.assign(label=labels), OBSERVED(), columns, "customers", within="campaign")


def by_phase(money: pd.DataFrame) -> Table:
    """Money of each phase, a row each: three intervals side by side are too wide."""
    rows = [
        (label, phase, money[phase].iloc[place])
        for place, label in enumerate(labels_of(money))
        for phase in PHASE_COLORS
    ]
    columns = {
        "label": column("Campaign and arm"),
        "phase": column("Phase"),
        "money": column("Margin against control", "money"),
    }
    return Table(pd.DataFrame(rows, columns=list(columns)), BY_PHASE(), columns)


def moved(borrowed: pd.DataFrame) -> Message:
    """Say which campaigns borrowed from the weeks after their window."""
    return BORROWED(campaigns=listing(labels_of(borrowed))) if len(borrowed) else NONE_BORROWED()


def phases(money: pd.DataFrame, in_costs: pd.DataFrame | None, moved: Message, currency: str) -> Figure:
    """The phases of each campaign beside each other, in multiples of its cost where all have one."""
    shown = money if in_costs is None else in_costs
    data = {
        "labels": labels_of(shown),
        "phases": {phase: list(shown[phase]) for phase in PHASE_COLORS},
        "currency": currency if in_costs is None else "",
    }
    caption = LEFT_OF_ZERO() if in_costs is None else LEFT_AND_ONE()
    return Figure(_phases, data, moved, PHASE_DOTS(), caption)


@drawing
def _phases(labels, phases, currency):
    fig, ax = figures.axes(height=1.1 + 0.75 * len(labels))
    places = np.arange(len(labels))[::-1]
    for (phase, parts), shift in zip(phases.items(), (0.2, 0, -0.2), strict=True):
        color = figures.PALETTE[PHASE_COLORS[phase]]
        low, high = [one.p05 for one in parts], [one.p95 for one in parts]
        ax.hlines(places + shift, low, high, color=color, linewidth=2.5, alpha=0.5)
        ax.plot([one.mean for one in parts], places + shift, "o", color=color, label=phase)
    ax.set_yticks(places, [wording.say(label) for label in labels], color=figures.PALETTE["ink"])
    figures.zero_line(ax, "x")
    if currency:
        figures.money_axis(ax.xaxis, currency, "margin against control, per customer")
    else:
        ax.set(xlabel="margin against control, in multiples of the campaign's cost")
    figures.legend(ax)
    return fig


def missing_again(borrowed: pd.DataFrame) -> list[Message]:
    """Say how much of the window's purchases was missing in the recovery, for those that borrowed."""
    return [
        MISSING_ALL(campaign=row.campaign_id, arm=row.arm, share=percent(row.share.p05, 0))
        if row.share.p95 >= 1
        else (MISSING_WIDE if row.wide else MISSING)(
            campaign=row.campaign_id, arm=row.arm, share=between(row.share, percent, places=0)
        )
        for row in borrowed.itertuples()
    ]


def several_offers(customers: int, smallest: int) -> Message | None:
    """How many customers are like those who had more than one proven offer; None for nobody."""
    return SEVERAL_OFFERS(customers=people(customers, smallest, "customer")) if customers else None


def worth(summary: pd.DataFrame, horizon_months: float, currency: str) -> Table:
    """What a contact is worth to date and over the horizon, or its range, with the verdict."""
    horizon = [
        estimate(row.incremental_clv, money, currency=currency)
        if row.identified
        else RANGE(low=money(row.reach_low, currency), high=money(row.reach_high, currency))
        for row in summary.itertuples()
    ]
    columns = {
        "label": column("Campaign and arm"),
        "gain_to_date": column("Gain to date", "money"),
        "horizon": column(f"Over {horizon_months:g} months"),
        "verdict": column("Verdict"),
    }
    return Table(
        summary.assign(label=labels_of(summary), horizon=horizon), WORTH(), columns, notes=[WORTH_NOTE()]
    )


def over_horizon(summary: pd.DataFrame, best: pd.Series, horizon_months: float, currency: str) -> Figure:
    """Money per customer assigned, to date and over the horizon; best: the arm the title speaks of."""
    told = best["incremental_clv"] if best["identified"] else best["gain_to_date"]
    say = MOST_WORTH if best["identified"] else MOST_WORTH_TO_DATE
    fields = {} if not best["identified"] else {"months": plain(horizon_months)}
    title = say(
        campaign=CAMPAIGN_ARM(campaign=best["campaign_id"], arm=best["arm"]),
        value=signed(money(told.mean, currency)),
        interval=between(told, money, currency=currency),
        **fields,
    )
    data = {
        "labels": labels_of(summary),
        "to_date": list(summary["gain_to_date"]),
        "ahead": [amounts.over_horizon(row["incremental_clv"], row) for row in summary.to_dict("records")],
        "unknown": [not known for known in summary["identified"]],
        "currency": currency,
    }
    cut = figures.too_wide([*data["to_date"], *data["ahead"]])
    note = OVER_HORIZON_CUT if cut else OVER_HORIZON_NOTE
    return Figure(_over_horizon, data, title, OVER_HORIZON_ALT(), note(months=plain(horizon_months)))


@drawing
def _over_horizon(labels, to_date, ahead, unknown, currency):
    fig, ax = figures.axes(height=1.1 + 0.5 * len(labels))
    rows = np.arange(len(labels))[::-1]
    for row, now, later, hidden in zip(rows, to_date, ahead, unknown, strict=True):
        parts = [(now, row + 0.17, figures.PALETTE["actual"])]
        if hidden:
            ends = [later.p05, later.p95]
            ax.plot(ends, [row - 0.17] * 2, color=figures.PALETTE["model"], linewidth=1.5, linestyle=":")
        else:
            parts.append((later, row - 0.17, figures.PALETTE["model"]))
        for one, place, color in parts:
            ax.plot([one.p05, one.p95], [place, place], color=color, linewidth=2.5, alpha=0.55)
            ax.plot([one.mean], [place], "o", color=color, markersize=6)
    figures.cut_too_wide(ax, [*to_date, *ahead], [*(rows + 0.17), *(rows - 0.17)])
    for name, color in (("to date", "actual"), ("over the horizon", "model")):
        ax.plot([], [], "o", color=figures.PALETTE[color], label=name)
    figures.zero_line(ax, "x")
    ax.set_yticks(rows, [wording.say(label) for label in labels], color=figures.PALETTE["ink"])
    figures.money_axis(ax.xaxis, currency, "per customer assigned, less cost")
    figures.legend(ax)
    return fig


def returns(summary: pd.DataFrame) -> Table:
    """Cost, return on it, the chance that it pays, and payback."""
    returned = [None if one is None else estimate(one, decimals, places=1) for one in summary["roi"]]
    columns = {
        "label": column("Campaign and arm"),
        "cost": column("Cost", "money"),
        "returned": column("Return on cost"),
        "chance_pays": column("P(pays)", "chance"),
        "chance_paid_back": column("P(paid back by now)", "chance"),
        "payback_days": column("Median payback, days", "count"),
    }
    table = summary.assign(
        label=labels_of(summary), returned=pd.Series(returned, summary.index, dtype=object)
    )
    return Table(table, RETURNS(), columns, notes=[RETURN_OF_ZERO()], missing=NOT_COUNTED())


def labels_of(table: pd.DataFrame) -> list[Message]:
    """What pages call the campaigns and arms of these rows."""
    return [LABEL(campaign=row.campaign_id, arm=row.arm) for row in table.itertuples()]
