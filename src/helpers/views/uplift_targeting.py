"""What the page on uplift and targeting shows and says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    Value,
    about,
    between,
    count,
    fine_money,
    mean,
    message,
    money,
    percent,
    signed,
    verbatim,
)
from helpers.pages import figures
from helpers.pages.records import Column, Figure, Table, column, drawing
from helpers.views.experiment import TRAIT_NAMES

if TYPE_CHECKING:
    from helpers.campaigns.policy import Peak, PolicyValue
    from helpers.campaigns.qini import Curve
    from helpers.campaigns.ranking import Ranking
    from helpers.campaigns.trial import Trial

TRAIT_KINDS = {
    "pre_revenue": "money",
    "pre_purchase_days": "number",
    "days_since_order": "number",
    "offer_share": "percent",
}
# ---- what to do
SELECT = message(
    "uplift_targeting.select",
    "Send {arm} first to those with the highest predicted gain, and leave {unit}s alone by lot among those and among the "
    "rest.",
)
SELECT_BY_LOT = message(
    "uplift_targeting.select_by_lot",
    "Do not choose by this prediction who gets {arm}: draw {unit}s by lot, and more of them, before you ask it again.",
)
ALL_OR_NONE = message(
    "uplift_targeting.all_or_none",
    "Do not choose by this prediction who gets {arm}: most {unit}s are sure enough to gain, and none to lose. Whether it "
    "goes to all is answered on the page “Campaign experiment”.",
)
NOT_AGAIN = message(
    "uplift_targeting.not_again",
    "Do not repeat {arm} as it was: most {unit}s are sure enough to lose by it, and none to gain.",
)
DRAW_LOTS = message(
    "uplift_targeting.draw_lots",
    "Draw the arms of the next campaign by lot, and say so in the study: then it can be told.",
)
# ---- the data and the model
OBSERVED = message("uplift_targeting.observed", "Observed per {unit} in {span}, in {currency}")
DIFFERS = message("uplift_targeting.differs", "How much the effect differs per standard deviation of a trait")
# ---- the ranking
JUDGED = message(
    "uplift_targeting.judged",
    "How well predictions rank {unit}s they have not seen, in {currency} per {unit}",
)
HOW_JUDGED = message(
    "uplift_targeting.how_judged",
    "Qini: the area between the curve of gains, highest prediction first, and a random order; AUUC: the area under it. "
    "Bayesian intervals: bootstrap with refitting; those of the second opinion keep its scores. Agreement: rank "
    "correlation of the two.",
)
METHODS = {
    "model": message("uplift_targeting.by_model", "{arm}, Bayesian"),
    "trees": message("uplift_targeting.by_trees", "{arm}, trees (DR-learner)"),
}
RANKS = message(
    "uplift_targeting.ranks",
    "{arm}: the prediction ranks customers better than chance: Qini {qini} per {unit}, {interval}",
)
NOT_PROVEN = message(
    "uplift_targeting.not_proven",
    "{arm}: the prediction is not proven to rank customers better than chance: Qini {qini} per {unit}, {interval}",
)
QINI_CURVE = message(
    "uplift_targeting.qini_curve",
    "Qini curve of {arm} with its 90 % band and the straight line of a random order.",
)
BAND = message("uplift_targeting.band", "Band: 90 % interval from bootstrap samples with refitting.")
GROUPS = message(
    "uplift_targeting.groups",
    "The first group gained {first} per {unit}, the last {last}; {inside} of {groups} intervals hold the prediction",
)
GROUP_MARKS = message(
    "uplift_targeting.group_marks", "Observed and predicted net gain of {groups} groups by predicted gain."
)
# ---- what targeting earns
RULES = message(
    "uplift_targeting.rules",
    "Net gain over no campaign, {currency} per {unit} of the whole base, out of sample",
)
RULES_NOTE = message(
    "uplift_targeting.rules_note",
    "Less what was known before the campaign (doubly robust), so the sums for everyone are not those of the page on the "
    "experiment, which counts them plainly.",
)
FOR_EACH = message("uplift_targeting.for_each", "the best arm for each")
FOR_EVERYONE = message("uplift_targeting.for_everyone", "{arm} for everyone")
HIGHEST = message(
    "uplift_targeting.highest",
    "Profit is highest with {arm} for the first {share}: {profit} after contact and incentive cost",
)
HIGHEST_UNPROVEN = message(
    "uplift_targeting.highest_unproven",
    "The ranking is not proven, so this curve says nothing about whom to choose: its peak may be chance",
)
NO_REACH = message("uplift_targeting.no_reach", "No reach of any arm pays for its cost")
PROFIT_LINES = message(
    "uplift_targeting.profit_lines", "Profit by share reached for each arm, out of sample."
)
FLATTERS = message(
    "uplift_targeting.flatters",
    "The peak of a noisy curve flatters itself; the table above does not choose a peak.",
)
# ---- whom to contact
ADVICE = message(
    "uplift_targeting.advice",
    "Whose gain would be clear at {certainty} certainty, and means of what was known before",
)
HARM = message(
    "uplift_targeting.harm",
    "Out of sample: units whose predicted gain is below zero, and what they did",
)
# ---- answers
TARGET = message(
    "uplift_targeting.target",
    "Target by predicted gain: the prediction of who gains from {arm} ranks customers better than chance. {qini}",
)
NO_MORE = message(
    "uplift_targeting.no_more",
    "Treat customers alike: the prediction of who gains from {arm} ranks customers better than chance, but choosing by it "
    "earned no more than the best simple rule. {qini}",
)
ALIKE = message(
    "uplift_targeting.alike",
    "Treat customers alike: the prediction of who gains from {arm} is not proven to rank customers better than chance. "
    "{qini}",
)
IF_BY_LOT = message(
    "uplift_targeting.if_by_lot",
    "No advice follows, because how these arms were drawn is not said. If by lot, giving each the best arm would have "
    "earned {gain} per {unit}, {interval}; say so with this line under parameters in the study: {line}",
)
QINI = message(
    "uplift_targeting.qini",
    "Choosing by it beats a random order by {qini} per {unit}, {interval}, seen on {unit}s it did not know (Qini).",
)
EARNED = message(
    "uplift_targeting.earned",
    "Giving each the best arm would have earned {gain} per {unit}, {interval}, reaching {share}. Against the best simple "
    "rule that is {more}, {more_interval}.",
)
SORTED = message(
    "uplift_targeting.sorted",
    "At the required certainty {gaining}, and {harmed}. For {open} it is open.",
)
CLEAR = message("uplift_targeting.clear", "the gain is clear for {units}")
NOBODY_CLEAR = message("uplift_targeting.nobody_clear", "nobody's gain is clear")
HARMED = message("uplift_targeting.harmed", "{units} would lose by every arm and must not be contacted")
NOBODY_HARMED = message(
    "uplift_targeting.nobody_harmed", "none is sure enough to lose by every arm to be left out for it"
)
FEWER = message("uplift_targeting.fewer", "fewer than {smallest} {unit}s")
SO_MANY = message("uplift_targeting.so_many", "{units} ({share})")
NO_UNIT = message("uplift_targeting.no_unit", "no {unit}")


def per_unit(test: Trial) -> str:
    """How tables say money per unit: as money, or with three digits where a unit brings little."""
    return "each" if test.brings_little else "money"


def observed(means: pd.DataFrame, test: Trial, currency: str) -> Table:
    """What the units of each arm did: counts, and means per unit assigned."""
    kind = per_unit(test)
    columns = {
        "arm": column("Arm"),
        "customers": column("Units"),
        "converted": column("Converted", "percent"),
        "revenue": column("Revenue", kind),
        "margin": column("Margin", kind),
        "cost": column("Cost", kind),
        "net": column("Net", kind),
    }
    caption = OBSERVED(unit=test.unit, span=test.span, currency=currency)
    return Table(means, caption, columns, "customers", [test.note])


def differs(parts: Mapping[str, Interval]) -> Table:
    """How much effects differ between units, in each part of the model."""
    frame = pd.DataFrame({"part": list(parts), "differs": list(parts.values())})
    return Table(frame, DIFFERS(), {"part": column("Part"), "differs": column("Effects differ by")})


# ---- the ranking
def judged(found: Ranking, test: Trial, currency: str) -> Table:
    """Qini, AUUC and the effect on all for every arm and method, and how alike the two methods rank."""
    frame, kind = found.table, per_unit(test)
    frame = frame.assign(
        named=[METHODS[one.method](arm=one.arm) for one in frame.itertuples()],
    )
    columns = {
        "named": column("Arm and method"),
        "qini": column("Qini coefficient", kind),
        "auuc": column("AUUC", kind),
        "effect": column("Effect on all", kind),
        "agreement": column("Agreement of ranks", "decimals2"),
    }
    return Table(frame, JUDGED(currency=currency, unit=test.unit), columns, notes=[HOW_JUDGED()])


def curve(found: Ranking, proven: bool, test: Trial, currency: str) -> Figure:
    """The Qini curve of the best arm with its band, and the line of a random order."""
    says = RANKS if proven else NOT_PROVEN
    title = says(arm=found.best, unit=test.unit, **_gain(found.curve.qini, currency, "qini"))
    data = _points(found.curve) | {"unit": test.unit, "currency": currency}
    return Figure(_curve, data, title, QINI_CURVE(arm=found.best), BAND())


def _points(one: Curve) -> dict[str, object]:
    return {"share": one.share, "q": one.q, "low": one.p05, "high": one.p95}


@drawing
def _curve(share, q, low, high, unit, currency):
    fig, ax = figures.axes(height=3.6)
    figures.band(ax, share, low, high)
    ax.plot(share, q, color=figures.PALETTE["model"], label="by predicted gain")
    ax.plot([0, 1], [0, q[-1]], color=figures.PALETTE["baseline"], label="at random")
    figures.zero_line(ax)
    _reached(ax, unit)
    figures.money_axis(ax.yaxis, currency, f"Q, net gain per {unit}")
    figures.legend(ax)
    return fig


def _reached(ax, unit):
    figures.percent_axis(ax.xaxis, f"share of {unit}s reached, highest predicted gain first")


def groups(found: pd.DataFrame, test: Trial, currency: str) -> Figure:
    """Groups by predicted gain: predicted against observed."""
    ends = (found.iloc[0], found.iloc[-1])
    first, last = (
        _observed(Interval(row.observed, row.p05, row.observed, row.p95), currency) for row in ends
    )
    title = GROUPS(
        first=first,
        last=last,
        unit=test.unit,
        inside=int(found["inside"].sum()),
        groups=len(found),
    )
    data = {"groups": found, "unit": test.unit, "currency": currency}
    return Figure(_groups, data, title, GROUP_MARKS(groups=len(found)))


def _observed(gain: Interval, currency: str) -> Value:
    """The mean of an observed gain, in the digits that its interval justifies."""
    return mean(gain, lambda value, **options: signed(fine_money(value, **options)), currency=currency)


@drawing
def _groups(groups, unit, currency):
    fig, ax = figures.axes(height=3.4)
    place, seen, model = groups["group"], figures.PALETTE["actual"], figures.PALETTE["model"]
    ax.vlines(place, groups["p05"], groups["p95"], color=seen, linewidth=2, alpha=0.5)
    ax.plot(place, groups["observed"], "o", color=seen, label="observed, with 90 % interval")
    ax.plot(place, groups["predicted"], "D", color=model, markersize=5, label="predicted")
    figures.zero_line(ax)
    ax.set(xlabel="group by predicted gain (1: the highest)", xticks=place)
    figures.money_axis(ax.yaxis, currency, f"net gain per {unit}")
    figures.legend(ax)
    return fig


# ---- what targeting earns
def rules(value: PolicyValue, test: Trial, currency: str) -> Table:
    """What each rule earns over no campaign, and how many it contacts."""
    frame = value.table.assign(
        rule=[FOR_EVERYONE(arm=arm) if arm else FOR_EACH() for arm in value.table["arm"]]
    )
    columns = {
        "rule": column("Rule"),
        "contacted": column("Contacted", "percent"),
        "gain": column("Net gain", per_unit(test)),
    }
    return Table(frame, RULES(currency=currency, unit=test.unit), columns, notes=[RULES_NOTE()])


def profit(profits: pd.DataFrame, peak: Peak, test: Trial, currency: str, *, proven: bool) -> Figure:
    """Total profit by share reached, a line per arm."""
    title = NO_REACH()
    if peak.pays:
        highest = about(money(peak.profit, currency))
        told = {"arm": peak.arm, "share": percent(peak.share, 0), "profit": signed(highest)}
        title = HIGHEST(**told) if proven else HIGHEST_UNPROVEN()
    data = {"profits": profits, "units": len(test.units), "unit": test.unit, "currency": currency}
    return Figure(_profit, data, title, PROFIT_LINES(), FLATTERS())


@drawing
def _profit(profits, units, unit, currency):
    fig, ax = figures.axes(height=3.4)
    for arm, color in zip(profits, figures.SERIES * profits.shape[1], strict=False):
        ax.plot(profits.index, profits[arm], color=color, label=arm)
    figures.zero_line(ax)
    _reached(ax, unit)
    figures.money_axis(ax.yaxis, currency, f"profit on {units:,} {unit}s")
    figures.label_line_ends(ax)
    return fig


# ---- whom to contact
def profile(who: pd.DataFrame, certainty: float, test: Trial) -> Table:
    """Who is advised what, and means of what was known of them before."""
    columns: dict[str, Column | str] = {
        "advice": column("Advice"),
        "customers": column("Units"),
        "share": column("Share", "percent"),
    }
    columns |= {
        name: column(TRAIT_NAMES.get(name, name), TRAIT_KINDS.get(name, "number")) for name in test.numeric
    }
    return Table(who, ADVICE(certainty=percent(certainty, 0)), columns, "customers")


def harm(found: pd.DataFrame, test: Trial) -> Table | None:
    """Units that were predicted to lose, and what they did; None where there are none to compare."""
    if found.empty:
        return None
    columns = {
        "arm": column("Arm"),
        "units": column("Units"),
        "predicted": column("Predicted", per_unit(test)),
        "observed": column("Observed", per_unit(test)),
    }
    return Table(found, HARM(), columns, "units")


# ---- answers
def answers(
    judged: Ranking,
    value: PolicyValue,
    sizes: pd.Series,
    test: Trial,
    *,
    proven: bool,
    currency: str,
    smallest: int,
) -> list[Message]:
    """Whether to target by the prediction, what that would have earned, and how many gain or lose for sure."""
    if not test.by_lot:
        return [
            IF_BY_LOT(unit=test.unit, line=verbatim(test.say_so), **_gain(value.targeted, currency, "gain"))
        ]
    says = (TARGET if value.is_better else NO_MORE) if proven else ALIKE
    qini = QINI(unit=test.unit, **_gain(judged.curve.qini, currency, "qini"))
    earned = EARNED(
        unit=test.unit,
        share=percent(value.contacted),
        **_gain(value.targeted, currency, "gain"),
        more=signed(fine_money(value.over_best_simple.mean, currency)),
        more_interval=between(value.over_best_simple, fine_money, currency=currency),
    )
    return [says(arm=judged.best, qini=qini), earned, _sorted(sizes, test, smallest)]


def to_do(judged: Ranking, sizes: pd.Series, test: Trial, *, proven: bool) -> Message:
    """How to use the prediction in the next campaign, or none of it; sizes: by advice, as in `answers`."""
    if not test.by_lot:
        return DRAW_LOTS()
    fields = {"arm": judged.best, "unit": test.unit}
    gain, unclear, lose = sizes
    if not gain and lose > unclear:
        return NOT_AGAIN(**fields)
    if not proven and not lose and gain > unclear:
        return ALL_OR_NONE(**fields)
    return (SELECT if proven else SELECT_BY_LOT)(**fields)


def _gain(one: Interval, currency: str, name: str) -> dict[str, object]:
    return {
        name: signed(fine_money(one.mean, currency)),
        "interval": between(one, fine_money, currency=currency),
    }


def _sorted(sizes: pd.Series, test: Trial, smallest: int) -> Message:
    """Say for how many the gain is clear, how many lose, and for how many it is open; sizes: by advice, in that order."""
    n_gain, n_open, n_lose = (int(size) for size in sizes)
    gaining, still_open, losing = (_size(one, test, smallest) for one in (n_gain, n_open, n_lose))
    return SORTED(
        gaining=CLEAR(units=gaining) if n_gain else NOBODY_CLEAR(),
        harmed=HARMED(units=losing) if n_lose else NOBODY_HARMED(),
        open=still_open,
    )


def _size(size: int, test: Trial, smallest: int) -> Message:
    if 0 < size < smallest:
        return FEWER(smallest=smallest, unit=test.unit)
    share = size / len(test.units)
    return SO_MANY(units=count(size, test.unit), share=percent(share, 0)) if size else NO_UNIT(unit=test.unit)
