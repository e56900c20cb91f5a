"""What other notebooks' artifacts say of campaigns and leads: numbers, not yet sentences."""

from dataclasses import dataclass

import pandas as pd

from helpers.inference.intervals import Interval


# ---- how do we raise net profit?
def campaigns(values: pd.DataFrame, minimum: int) -> tuple[list[pd.Series], list[pd.Series]]:
    """The first two campaigns that pay and whose lasting worth is identified, as ordered, and the one that loses most."""
    values = values[(values["customers"] >= minimum) & ~values["withheld"]]
    pays, loses = (values[values["verdict"].str.startswith(word)] for word in ("pays", "loses"))
    picked = (pays[pays["identified"]].head(2), loses.nsmallest(1, "incremental_clv_mean"))
    repeat, leave = ([row for _, row in rows.iterrows()] for rows in picked)
    return repeat, leave


def lasting_worth(values: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The arms whose worth may be shown, in their order: not withheld, and of at least `minimum` customers."""
    return values[(values["customers"] >= minimum) & ~values["withheld"]]


@dataclass(frozen=True)
class Effect:
    """The arm that gained most within its window, its gain up to today where that is known, and whether lots were drawn."""

    campaign: str
    arm: str
    verdict: str
    gain: Interval
    to_date: Interval | None
    by_lot: bool = True
    measure: str = "money"
    outcome: str = ""


def effect(effects: pd.DataFrame, values: pd.DataFrame | None) -> Effect | None:
    """Read the artifacts campaign_effect and campaign_value; None where the experiment's answer is withheld."""
    best = effects.loc[effects["gain_mean"].idxmax()]
    if best["withheld"]:
        return None
    to_date = None
    if values is not None:
        same = (values["campaign_id"] == best["campaign_id"]) & (values["arm"] == best["arm"])
        own = values[~values["withheld"] & same]
        to_date = Interval.of(own.iloc[0], "gain_to_date_") if len(own) else None
    gain = Interval.of(best, "gain_")
    by_lot = best["assigned"] == "randomized"
    said = best["measure"], best["outcome"]
    return Effect(best["campaign_id"], best["arm"], best["sentence"], gain, to_date, by_lot, *said)


def next_list(planned: pd.DataFrame, minimum: int) -> tuple[int, float, Interval] | None:
    """Customers on the next campaign's list, its expected cost, and what it is expected to add.

    None for few, and where the ranking that the gain rests on is not proven.
    """
    rows = planned[planned["arm"] == "all"]
    if rows.empty or rows.iloc[0]["contacted"] < minimum or not rows.iloc[0]["proven"]:
        return None
    row = rows.iloc[0]
    return int(row["contacted"]), float(row["expected_cost"]), Interval.of(row, "gain_")


@dataclass(frozen=True)
class Lead:
    """What a lead of a channel costs and may cost.

    won: the chance that it is won in `days`. worth: what who is won is worth in `months`.
    """

    channel: str
    cost: float
    ceiling: Interval
    won: Interval
    worth: Interval
    months: float
    days: float


def dearest_lead(value: pd.DataFrame, minimum: int) -> Lead | None:
    """The channel whose lead may cost most beyond what it costs now; None where unknown."""
    known = value[(value["leads"] >= minimum) & (value["cost"] > 0)].dropna(subset=["ceiling_p05"])
    if known.empty:
        return None
    best = known.loc[(known["ceiling_p05"] - known["cost"]).idxmax()]
    ceiling, won, worth = (Interval.of(best, prefix) for prefix in ("ceiling_", "won_", "worth_"))
    return Lead(
        best["channel"],
        float(best["cost"]),
        ceiling,
        won,
        worth,
        float(best["value_months"]),
        float(best["won_within_days"]),
    )


@dataclass(frozen=True)
class OpenLeads:
    """Leads still open, and what wins within so many days are worth; None where it is not known what a customer brings."""

    number: int
    worth: Interval | None = None
    days: float = 0.0


def open_leads(scores: pd.DataFrame, minimum: int) -> OpenLeads | None:
    """How many leads are still open and what they are worth, from the artifact lead_scores; None for few."""
    if len(scores) < max(minimum, 1):
        return None
    if "value" not in scores:
        return OpenLeads(len(scores))
    known = Interval.of(scores.iloc[0], "all_")
    worth = Interval(float(scores["value"].sum()), known.p05, known.p50, known.p95)
    return OpenLeads(len(scores), worth, float(scores["won_within_days"].iloc[0]))
