"""What the page on tests by region shows and says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import Message, Value, between, count, listing, message, percent, set_percent, signed
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.campaigns.geo_reading import Reading
    from helpers.campaigns.geo_test import Plan

# ---- the plan
PLANS = message("geo.plans", "Tests that the past allows, and what they would find")
PLANS_NOTE = message(
    "geo.plans_note",
    "Level: found where nothing is; power: found of an effect of {effect}; smallest effect: found with a power of {power}. "
    "Both are shares of windows of the last part of the past.",
)
NONE_FOUND = message("geo.none_found", "no effect up to 100 % is found with this power")
POWER = message("geo.power", "{regions} for {periods} find an effect of {effect} in {power}")
POWER_ALT = message(
    "geo.power_alt", "A curve: the share of tests that find an effect, by its size, from zero on."
)
POWER_CAPTION = message(
    "geo.power_caption",
    "{lots} in {windows} of the last part of the past; the dashed line is the power wanted.",
)
LOTS = message("geo.lots", "The lots, one of which is drawn")
NO_LOT = message(
    "geo.no_lot", "No lot is drawn for a test that would not find the effect wanted often enough."
)
LOTS_NOTE = message(
    "geo.lots_note",
    "Off: root mean square of what was found where nothing was done, first part of the past.",
)
TREATED = message(
    "geo.treated",
    "Treated already, each from a day of its own: {regions}. A test of the same treatment needs a lot without them; for "
    "another treatment they are regions like the others.",
)
# ---- the test
READ = message(
    "geo.read",
    "In {regions}, {effect} over {periods}, {interval}; chance alone goes as far in {p} of {lots}.",
)
NO_ENDS = message("geo.no_ends", "without bounds, as fewer than ten lots say how far chance goes")
# ---- answers
PLAN = message(
    "geo.plan",
    "{outcome}: a test in {regions} for {periods} finds an effect of {effect} in {power}. The smallest it finds as often as "
    "is wanted is {smallest}.",
)
PLAN_WEAK = message(
    "geo.plan_weak",
    "{outcome}: no test that was tried finds an effect of {effect} often enough. The best, {regions} for {periods}, does in "
    "{power}.",
)
NO_PROMISE = message(
    "geo.no_promise",
    "Such tests share regions and periods: that all of them found it does not promise that the next one will.",
)
TEST = message("geo.test", "The test in {regions}: {effect}, {interval}.")
OTHER_REGIONS = message(
    "geo.other_regions",
    "The treated regions, {regions}, are none that this plan drew: what changed there is read as a quasi-experiment.",
)
RUN_IT = message(
    "geo.run_it",
    "Run the test in the regions of the lot that was drawn, for {periods}, and decide when that time is over.",
)
EXTEND_IF = message(
    "geo.extend_if",
    "Extend it to further regions only if the lower end of the interval is worth what it costs.",
)
NOT_YET = message(
    "geo.not_yet",
    "Do not start this test: take more regions or more time, or settle for finding a larger effect.",
)
DRAW = message(
    "geo.draw", "The regions must be drawn, not picked; the lots and the one drawn stand on the page."
)


def plans(table: pd.DataFrame, effect: float, power: float) -> Table:
    """Every size and length that was tried."""
    columns = {
        "regions": "Regions",
        "periods": "Periods",
        "lots": "Lots",
        "missed": column("Off where nothing was done", "percent"),
        "level": column("Level", "percent"),
        "power": column("Power", "percent0"),
        "smallest": column("Smallest effect", "percent"),
    }
    note = PLANS_NOTE(effect=set_percent(effect), power=percent(power, 0))
    return Table(table, PLANS(), columns, notes=[note], missing=NONE_FOUND())


def power(chosen: Plan, effect: float, wanted: float) -> Figure:
    """The share of tests that find an effect, by its size."""
    title = POWER(**_size(chosen), effect=set_percent(effect), power=chosen.told(effect))
    caption = POWER_CAPTION(lots=count(len(chosen.lots.sets), "lot"), windows=count(chosen.windows, "window"))
    data = {"effects": chosen.effects, "found": chosen.power, "wanted": wanted}
    return Figure(_curve, data, title, POWER_ALT(), caption)


@drawing
def _curve(effects, found, wanted: float):
    fig, ax = figures.axes(height=3)
    ax.plot(effects, found, color=figures.PALETTE["model"])
    ax.axhline(wanted, color=figures.PALETTE["muted"], linewidth=1, linestyle="--")
    figures.percent_axis(ax.xaxis, "true effect")
    figures.percent_axis(ax.yaxis, "found")
    ax.set(xlim=(0, 0.5), ylim=(0, 1.02))
    return fig


def lots(table: pd.DataFrame, *, found: bool) -> Table | Message:
    """The lots, the drawn one first; where the test would not find the effect wanted, that none is drawn."""
    if not found:
        return NO_LOT()
    columns = {
        "drawn": "Drawn",
        "regions": "Regions",
        "missed": column("Off", "percent"),
    }
    return Table(table, LOTS(), columns, notes=[LOTS_NOTE()])


def treated_already(regions: list[str]) -> Message | None:
    """Name the regions that no new test of the same treatment can use; None where there are none."""
    return TREATED(regions=listing(regions)) if regions else None


def reading(one: Reading | None) -> Message | None:
    """What the test found; None where nobody is treated, or regions start at different times: then none is read."""
    if one is None:
        return None
    return READ(
        regions=listing(one.regions),
        effect=signed(percent(one.effect.mean)),
        periods=count(one.periods, "period"),
        interval=_between(one),
        p=percent(one.p),
        lots=count(one.lots, "lot"),
    )


def answers(
    chosen: Plan, smallest: float, one: Reading | None, effect: float, outcome_name: str
) -> list[Message | None]:
    """The test if one is read, and the plan; smallest: the effect found with the power wanted, nan without."""
    found = {"power": chosen.told(effect), "effect": set_percent(effect)}
    outcome = f"{outcome_name[0].upper()}{outcome_name[1:]}"
    if math.isnan(smallest):
        said = PLAN_WEAK(outcome=outcome, **_size(chosen), **found)
    else:
        said = PLAN(outcome=outcome, **_size(chosen), **found, smallest=set_percent(smallest))
    test = None if one is None else OTHER_REGIONS(regions=listing(one.regions))
    if one is not None and one.from_plan:
        test = TEST(
            regions=listing(one.regions), effect=signed(percent(one.effect.mean)), interval=_between(one)
        )
    sure = [NO_PROMISE()] if chosen.power_at(effect) >= 1 else []
    return [test, said, *sure, *([] if math.isnan(smallest) or smallest > effect else [DRAW()])]


def to_do(chosen: Plan, one: Reading | None, *, found: bool) -> Message:
    """Whether to run the test, or what follows from it; found: whether it would find the effect wanted often enough."""
    if one is not None and one.from_plan:
        return EXTEND_IF()
    return RUN_IT(periods=count(chosen.lots.periods, "period")) if found else NOT_YET()


def _size(chosen: Plan) -> dict[str, Value]:
    return {
        "regions": count(chosen.regions, "region"),
        "periods": count(chosen.lots.periods, "period"),
    }


def _between(one: Reading) -> Value | Message:
    return (
        between(one.effect, percent)
        if math.isfinite(one.effect.p95) and math.isfinite(one.effect.p05)
        else NO_ENDS()
    )
