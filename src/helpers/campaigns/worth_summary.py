"""The draws of `campaign_worth` as numbers with intervals: what a page shows, and what other pages read."""

import pandas as pd

from helpers.campaigns.campaign_worth import Worth, chance_of, payback, verdict
from helpers.campaigns.design import CERTAINTY
from helpers.campaigns.lots import RANDOMIZED, line_of
from helpers.campaigns.phases import PHASES
from helpers.inference import monte_carlo
from helpers.inference.intervals import UNKNOWN, Interval, interval
from helpers.study.year import MONTH

WIDE = 0.5  # of the additional purchases: an interval longer than that leaves open what to do
QUANTITIES = ("incremental_clv", "gain_to_date", "roi")


def summarise(made: list[Worth], drawn: dict[str, str], certainty: float = CERTAINTY) -> pd.DataFrame:
    """Return a row per treated arm, money per assigned customer; drawn: how each campaign's arms were.

    Columns: campaign_id, arm, customers, identified, assigned, say_so (its line); incremental_clv, gain_to_date and roi
    (Intervals; roi None where there was no cost); reach_low and reach_high of the gain to the horizon; cost, chance_pays,
    verdict, chance_paid_back, payback_days (see `payback`); months to the horizon.
    """
    rows = []
    for one in made:
        chance, day = payback(one)
        rows.append(
            {
                "campaign_id": one.campaign,
                "arm": one.arm,
                "customers": one.customers,
                "identified": one.identified,
                "assigned": drawn[one.campaign],
                "say_so": line_of([one.campaign]),
                "incremental_clv": interval(one.incremental),
                "gain_to_date": interval(one.gain_to_date),
                "roi": interval(one.roi) if (one.cost > 0).all() else None,
                "reach_low": one.reach[0],
                "reach_high": one.reach[1],
                "cost": float(one.cost.mean()),
                "chance_pays": chance_of(one.incremental > 0),
                "verdict": verdict(one, drawn[one.campaign], certainty),
                "chance_paid_back": chance,
                "payback_days": day,
                "months": one.days[-1] / MONTH,
            }
        )
    return pd.DataFrame(rows)


def campaign_value(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the artifact `campaign_value`: `summarise` with the columns of `Interval.kept`, gaps where there is none."""
    columns: dict[str, pd.Series] = {}
    for name in summary:
        if name in QUANTITIES:
            parts = pd.DataFrame([(one or UNKNOWN).kept(f"{name}_") for one in summary[name]])
            columns |= {part: parts[part] for part in parts}
        else:
            columns[name] = summary[name]
    return pd.DataFrame(columns)


def metrics(summary: pd.DataFrame) -> dict[str, float | Interval]:
    """Return what `summarise` found under the names of run.json."""
    found = {}
    for row in summary.itertuples():
        name = f"{row.campaign_id}.{row.arm}"
        found[f"{name}.incremental_clv"] = row.incremental_clv
        found[f"{name}.gain_to_date"] = row.gain_to_date
    return found


def draw_metrics(made: list[Worth]) -> dict[str, float]:
    """The additional purchase days per customer and phase, and the chance that it pays, under the names of run.json."""
    found: dict[str, float] = {}
    for one in made:
        name = f"{one.campaign}.{one.arm}"
        found |= {
            f"{name}.{phase}_purchases": monte_carlo.mean(draws) for phase, draws in one.purchases.items()
        }
        found[f"{name}.chance_pays"] = chance_of(one.incremental > 0)
    return found


def by_phase(made: list[Worth]) -> pd.DataFrame:
    """Return the money of each phase against control, an Interval per phase: campaign_id, arm, window, recovery, after."""
    return _phases(made, [1.0] * len(made))


def in_costs(made: list[Worth]) -> pd.DataFrame | None:
    """Return `by_phase` in multiples of each arm's mean cost; None where an arm has none."""
    costs = [float(one.cost.mean()) for one in made]
    return _phases(made, costs) if min(costs) > 0 else None


def borrowed(made: list[Worth], certainty: float) -> pd.DataFrame:
    """Return the arms whose recovery lies below control's, after a rise in the window, with this certainty.

    Columns: campaign_id, arm, share (Interval of `Worth.pulled_forward`), wide (whether it is too wide to act on).
    """
    moved = [
        one
        for one in made
        if one.purchases["window"].mean() > 0 and (one.purchases["recovery"] < 0).mean() >= certainty
    ]
    rows = [(one.campaign, one.arm, interval(one.pulled_forward)) for one in moved]
    table = pd.DataFrame(rows, columns=["campaign_id", "arm", "share"])
    return table.assign(wide=[one.p95 - one.p05 > WIDE for one in table["share"]])


def best(summary: pd.DataFrame) -> pd.Series:
    """Return the arm that most probably pays, of campaigns drawn by lot where there are any; among equals the worthiest."""
    by_lot = summary[summary["assigned"] == RANDOMIZED]
    summary = by_lot if len(by_lot) else summary
    worth = summary["incremental_clv"].map(lambda one: one.mean)
    return summary.loc[(summary["chance_pays"] + 1e-9 * worth).idxmax()]


def not_shown(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the arms that are not shown to pay over what is counted."""
    return summary[summary["verdict"] != "pays"]


def shown(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the arms drawn by lot that are shown to pay over what is counted."""
    return summary[(summary["verdict"] == "pays") & (summary["assigned"] == RANDOMIZED)]


def _phases(made: list[Worth], units: list[float]) -> pd.DataFrame:
    rows = [
        {"campaign_id": one.campaign, "arm": one.arm}
        | {phase: interval(one.phases[phase] / unit) for phase in PHASES}
        for one, unit in zip(made, units, strict=True)
    ]
    return pd.DataFrame(rows)
