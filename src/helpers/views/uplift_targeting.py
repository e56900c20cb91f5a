"""What the page on uplift and targeting shows and says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import Value, about, between, fine_money, mean, message, money, percent, signed
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.campaigns.policy import Peak, PolicyValue
    from helpers.campaigns.qini import Curve
    from helpers.campaigns.ranking import Ranking
    from helpers.campaigns.trial import Trial

# ---- what to do
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
# ---- answers


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
    title = says(arm=found.best, unit=test.unit, **gain_of(found.curve.qini, currency, "qini"))
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


# ---- answers


def gain_of(one: Interval, currency: str, name: str) -> dict[str, object]:
    """A gain and its interval, under the names that sentences ask for."""
    return {
        name: signed(fine_money(one.mean, currency)),
        "interval": between(one, fine_money, currency=currency),
    }
