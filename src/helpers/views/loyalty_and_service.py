"""The tables and sentences of the loyalty page."""

from functools import partial

import pandas as pd

from helpers.inference.intervals import Interval, interval
from helpers.loyalty import landmark, measures
from helpers.pages import wording

ROUND = partial(wording.percent, places=0)
ANY = "any ticket"


def topic_table(tickets: pd.DataFrame, as_of, draws: int, seed: int) -> pd.DataFrame:
    """Tickets by topic, the most frequent first: Topic, Tickets, Median days to close, Open, Cost (where it is known)."""
    rows = []
    for name, own in tickets.assign(topic=tickets["topic"].fillna("not stated")).groupby("topic"):
        closing = measures.close_days(own, as_of, draws, seed)
        rows.append((name, len(own), closing, own["closed_at"].isna().sum(), own["cost"].sum()))
    table = pd.DataFrame(rows, columns=["Topic", "Tickets", "Median days to close", "Open", "Cost"])
    return table.sort_values("Tickets", ascending=False, ignore_index=True)


def ticket_contrasts(units: pd.DataFrame, kind: pd.Series, smallest: int, draws: int, seed: int) -> dict:
    """Compare purchases with a ticket, by state at the landmark and by severity, with those without: {case: Contrast}.

    Cases of fewer than `smallest` purchases, and those nobody can be compared with, are left out.
    """
    none, strata = units["state"] == "no ticket", landmark.strata(units, kind)
    cases = {ANY: ~none}
    for state, said in {
        "closed": "closed by the landmark",
        "open": "still open",
        "repeated": "repeated",
    }.items():
        cases[said] = units["state"] == state
    for name in sorted(units["severity"].dropna().unique()):
        cases[f"severity {name}"] = units["severity"] == name
    found = {
        name: landmark.compare(units, case, none, strata, draws=draws, seed=seed)
        for name, case in cases.items()
        if case.sum() >= max(smallest, 1)
    }
    return {name: one for name, one in found.items() if one is not None}


def contrast_table(found: dict) -> pd.DataFrame:
    """Per case: Ticket, Purchases, Bought again, Without a ticket, Difference (intervals)."""
    rows = [
        (name, one.size, interval(one.exposed), interval(one.expected), interval(one.difference))
        for name, one in found.items()
    ]
    return pd.DataFrame(
        rows, columns=["Ticket", "Purchases", "Bought again", "Without a ticket", "Difference"]
    )


def ticket_claim(effects: dict[str, Interval], smallest: int) -> str:
    """Say what a ticket changes, and which kind is worst, with their intervals."""
    if ANY not in effects:
        return f"Fewer than {smallest} purchases were followed by a ticket: what tickets do cannot be told"
    worst = min(effects, key=lambda name: effects[name].mean)
    change, least = (wording.estimate(effects[name], wording.points) for name in (ANY, worst))
    rest = f"; the worst is {worst} with {least}" if worst != ANY else ""
    return f"A ticket changes the share who buy again by {change}{rest}"


def promoter_claim(again: Interval | None, lift: Interval | None, days: int, claimed: float) -> str:
    """Say how promoters differ from comparable detractors, and whether the claimed lift holds."""
    if again is None or lift is None:
        return "Too few answers can be followed to compare promoters with detractors."
    more = wording.estimate(lift, partial(wording.signed, fmt=ROUND))
    holds = "holds" if lift.p05 >= claimed else "does not hold" if lift.p95 < claimed else "cannot be decided"
    return (
        f"Against comparable detractors, promoters' chance to buy again within {days} days differs by "
        f"{wording.estimate(again, wording.points)}, the number of their purchases by {more}. That satisfied customers buy "
        f"{ROUND(claimed)} more {holds} among comparable customers here."
    )


def promoters(units: pd.DataFrame, kind: pd.Series, smallest: int, draws: int, seed: int) -> tuple:
    """Draws of the difference in buying again and the lift in purchases, promoters against detractors; or two None."""
    yes, no = (units["class"] == name for name in ("promoter", "detractor"))
    if min(yes.sum(), no.sum()) < max(smallest, 1):
        return None, None
    strata = landmark.strata(units, kind)
    again = landmark.compare(units, yes, no, strata, "bought", draws, seed)
    count = landmark.compare(units, yes, no, strata, "purchases", draws, seed)
    if again is None or count is None or (count.expected <= 0).any():
        return None, None
    return again.difference, count.exposed / count.expected - 1
