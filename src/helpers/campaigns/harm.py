"""Whom a campaign harmed: groups of customers whose gain is likely negative, and arms that fewer stay in."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.campaigns.campaign_worth import Worth, chance_of
from helpers.checks import Check, check
from helpers.inference.intervals import interval
from helpers.inference.pooling import pool
from helpers.messages import Message, message, percent

PAST = ([-1, 0, 1, 3, 6, np.inf], ["0", "1", "2-3", "4-6", "7 or more"])
ON_ONE_DAY = message("harm.on_one_day", "{campaign}, customers who bought on 1 day in the year before")
ON_DAYS = message("harm.on_days", "{campaign}, customers who bought on {days} days in the year before")
FEWER_ACTIVE = message("harm.fewer_active", "{campaign} ({arm}), fewer of whom are still active")
LEAVE_OUT = message(
    "harm.leave_out",
    "Most likely harmed: {who}. Leave them out of the next campaign, or test it on them first.",
)
BELOW = message("harm.below", "below {certainty}")


@dataclass(frozen=True)
class Harmed:
    """Who is harmed by a campaign, in words, and with what probability."""

    chance: float
    who: Message


def by_past(units: dict[str, pd.DataFrame], controls: dict[str, str]) -> pd.DataFrame:
    """Return `by_group` of every campaign for groups by the purchase days in the year before.

    Columns: campaign, past, customers, effect (Interval), chance_harm.
    """
    parts = [pd.DataFrame(columns=["campaign", "group", "customers", "effect", "chance_harm"])]
    for name, own in units.items():
        past = pd.cut(own["pre_purchase_days"], PAST[0], labels=PAST[1]).astype("str")
        parts.append(by_group(own, controls[name], past).assign(campaign=name))
    table = pd.concat(parts[1:] or parts, ignore_index=True).rename(columns={"group": "past"})
    return table[["campaign", "past", "customers", "effect", "chance_harm"]]


def compared(groups: pd.DataFrame) -> pd.DataFrame:
    """Of `by_past` the campaigns with two groups or more, which can be compared."""
    return groups[groups.groupby("campaign")["past"].transform("size") > 1]


def by_group(units: pd.DataFrame, control: str, group: pd.Series) -> pd.DataFrame:
    """Estimate the gain to date per assigned customer in groups of customers, drawn towards each other.

    units: of one campaign, with margin_k and the costs; group: label per customer. All treated arms together against
    control, plain means; the groups' effects are Normal around a common one with a spread estimated along (Rubin
    1981, on a grid). Columns: group, customers, effect (Interval), chance_harm. Groups with fewer than ten customers
    in either arm are put together as "others"; those in which nobody's gain differs are left out.
    """
    gain = (
        units[[f"margin_{k}" for k in range(4)]].sum(axis=1) - units["contact_cost"] - units["incentive_cost"]
    )
    table = pd.DataFrame({"gain": gain, "treated": units["arm"] != control, "group": group.to_numpy()})
    sizes = table.groupby(["group", "treated"]).size().unstack(fill_value=0)
    sizes = sizes.reindex(columns=[False, True], fill_value=0)
    small = sizes.index[(sizes < 10).any(axis=1)]
    table["group"] = table["group"].where(~table["group"].isin(small), "others")
    means = table.groupby(["group", "treated"])["gain"].agg(["mean", "var", "size"]).unstack()
    means = means[(means["size"].fillna(0) >= 10).all(axis=1)]
    means = means[means["var"].sum(axis=1) > 0]  # where nobody bought, nothing says how far chance goes
    effect = (means["mean"][True] - means["mean"][False]).to_numpy(float)
    error = np.sqrt((means["var"] / means["size"]).sum(axis=1).to_numpy(float))
    if not len(effect):
        return pd.DataFrame(columns=["group", "customers", "effect", "chance_harm"])
    rows, customers = pool(effect, error).effects.T, means["size"].sum(axis=1).astype(int)
    made = zip(means.index, customers, rows, strict=True)
    return pd.DataFrame(
        [(name, size, interval(draw), chance_of(draw < 0)) for name, size, draw in made],
        columns=["group", "customers", "effect", "chance_harm"],
    )


def leaving(made: list[Worth]) -> pd.Series:
    """Return per arm, (campaign, arm), the probability that fewer are still active than in control; the largest first."""
    chances = {(one.campaign, one.arm): chance_of(one.active < 0) for one in made}
    return pd.Series(chances, dtype=float).sort_values(ascending=False, kind="stable")


def most(groups: pd.DataFrame, chances: pd.Series) -> Harmed | None:
    """Return whom a campaign most likely harmed: a group that loses (`by_past`), or an arm that fewer stay in (`leaving`).

    None where no campaign was drawn by lot, so that nothing can be said to harm.
    """
    found = [Harmed(row.chance_harm, _group(row.campaign, row.past)) for row in groups.itertuples()]
    found += [
        Harmed(chance, FEWER_ACTIVE(campaign=campaign, arm=arm))
        for (campaign, arm), chance in chances.items()
    ]
    return max(found, key=lambda one: one.chance, default=None)


def check_harm(found: Harmed | None, certainty: float) -> Check | None:
    """Ask whether someone is harmed (`most`) with the required certainty; None where nothing can be said to harm."""
    if found is None:
        return None
    return check(
        "Harm",
        review=found.chance >= certainty,
        value=percent(found.chance),
        threshold=BELOW(certainty=percent(certainty)),
        advice=LEAVE_OUT(who=found.who),
    )


def _group(campaign: str, past: str) -> Message:
    return ON_ONE_DAY(campaign=campaign) if past == "1" else ON_DAYS(campaign=campaign, days=past)
