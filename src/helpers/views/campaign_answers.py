"""What the page on the value of campaigns says of harm and claims, and what it answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from helpers.messages import (
    Message,
    between,
    count,
    decimals,
    estimate,
    listing,
    message,
    money,
    paragraph,
    percent,
    plain,
    probability,
    signed,
    verbatim,
)
from helpers.pages.records import Table, column

if TYPE_CHECKING:
    from helpers.campaigns.harm import Harmed
from helpers.views.campaign_value import labels_of

HARM = message("campaign_value.harm", "Gain to date per assigned customer, by purchases in the year before")
HARMED = message("campaign_value.harmed", "Most likely harmed: {who}; that it is so is {chance}.")
LIKELY = 0.95  # the 90 % interval lies below zero
CLAIMS = message("campaign_value.claims", "Claims against our own data, with 90 % intervals")
NO_TABLE = message("campaign_value.no_table", "cannot be answered from this study's tables")
NO_CLAIMS = message(
    "campaign_value.no_claims",
    "The study lists no claims. Names that can be checked: {names}.",
)
BEST = message(
    "campaign_value.best",
    "The campaign {campaign} ({arm}) was worth {gain} net per customer contacted {when}, {interval}; that it "
    "pays is {chance}.",
)
IF_BY_LOT = message(
    "campaign_value.if_by_lot",
    "If the arms of {campaign} were drawn by lot, {arm} was worth {gain} net per customer contacted {when}, "
    "{interval}. How they were drawn is not said, so no campaign here has a verdict; say so with this line under parameters "
    "in the study: {line}",
)
OVER = message("campaign_value.over", "over {months} months")
TO_DATE = message("campaign_value.to_date", "to date")
MOVED_AND_OPEN = message("campaign_value.moved_and_open", "{moved}. Not shown to pay: {campaigns}.")
MOVED_ALL_PAY = message("campaign_value.moved_all_pay", "{moved}. Every campaign pays.")
UNCLEAR = message(
    "campaign_value.unclear",
    "Of {campaigns} it is too early to say what lasts: only a range is given.",
)
LONG_ENOUGH = message(
    "campaign_value.long_enough", "Every campaign was followed long enough to tell what lasts."
)
TRIED = message(
    "campaign_value.tried", "Repeat {campaign} ({arm}) for customers like the {customers} who had it."
)
TRIED_AND_NOW = message(
    "campaign_value.tried_and_now",
    "Repeat {campaign} ({arm}) for the {now} customers who are like the {customers} who had it.",
)
LEFT_ALONE = message(
    "campaign_value.left_alone", "`repeat_list.csv` says who of them is left alone by lot, to compare."
)
NO_OTHER = message(
    "campaign_value.no_other", "Repeat no other but as a test, with a control group drawn by lot."
)
REPEAT_NONE = message(
    "campaign_value.repeat_none", "Repeat none of them but as a test, with a control group drawn by lot."
)


def by_past(groups: pd.DataFrame) -> Table | None:
    """The gain to date of groups by what they bought before (`harm.compared`); None where there are none."""
    if groups.empty:
        return None
    columns = {
        "campaign": column("Campaign"),
        "past": column("Purchase days before"),
        "customers": column("Customers"),
        "effect": column("Gain to date", "money", each=True),
        "chance_harm": column("P(harm)", "chance"),
    }
    return Table(groups, HARM(), columns, "customers", within="campaign")


def harmed(most: Harmed | None) -> Message | None:
    """Say who is most likely harmed, where that is at least as likely as what a 90 % interval leaves out."""
    return (
        None
        if most is None or most.chance < LIKELY
        else HARMED(who=most.who, chance=probability(most.chance))
    )


def claims(told: pd.DataFrame, names: list[str]) -> Table | Message:
    """What others claim against ours; where the study lists no claims, which it could."""
    if told.empty:
        return NO_CLAIMS(names=", ".join(names))
    columns = {
        "meaning": column("Claim"),
        "claimed": column("Claimed"),
        "ours": column("Ours"),
        "chance": column("P(ours reaches it)", "chance"),
        "of": column("Ours is"),
    }
    of = [partial(decimals, places=1) if times else partial(percent, places=0) for times in told["times"]]
    shown = told.assign(
        claimed=[say(value) for say, value in zip(of, told["claimed"], strict=True)],
        ours=[None if one is None else estimate(one, say) for say, one in zip(of, told["ours"], strict=True)],
    )
    return Table(shown, CLAIMS(), columns, missing=NO_TABLE())


def answers(
    best: pd.Series,
    moved: Message,
    not_shown: pd.DataFrame,
    unclear: list[str],
    most_harmed: Harmed | None,
    horizon_months: float,
    currency: str,
) -> list[Message]:
    """The best campaign's worth, who borrowed and is not shown to pay, whom it harmed, and where it is too early to tell."""
    gain = best["incremental_clv"]
    told = {
        "campaign": best["campaign_id"],
        "arm": best["arm"],
        "gain": signed(money(gain.mean, currency)),
        "when": OVER(months=plain(horizon_months)) if best["identified"] else TO_DATE(),
        "interval": between(gain, money, currency=currency),
    }
    if best["assigned"] != "randomized":
        return [IF_BY_LOT(line=verbatim(best["say_so"]), **told)]
    paid = MOVED_ALL_PAY(moved=moved)
    if len(not_shown):
        paid = MOVED_AND_OPEN(moved=moved, campaigns=listing(labels_of(not_shown)))
    said = harmed(most_harmed)
    return [
        BEST(chance=probability(best["chance_pays"]), **told),
        paragraph([paid, *([said] if said else [])]),
        UNCLEAR(campaigns=listing(unclear)) if unclear else LONG_ENOUGH(),
    ]


def to_do(paying: pd.DataFrame, smallest: int) -> Message:
    """What to repeat, and for how many today: the arms that are shown to pay. A count below `smallest` is not told."""
    tried = [_tried(row, smallest) for row in paying.itertuples()]
    if (paying["like_now"] >= smallest).any():
        tried.append(LEFT_ALONE())
    return paragraph([*tried, NO_OTHER()]) if tried else REPEAT_NONE()


def _tried(row: Any, smallest: int) -> Message:
    said = {"campaign": row.campaign_id, "arm": row.arm, "customers": count(row.customers)}
    return TRIED(**said) if row.like_now < smallest else TRIED_AND_NOW(now=count(row.like_now), **said)
