"""The five questions of customer value, answered in sentences from the other notebooks' results, each with its interval."""

from datetime import date
from functools import partial

import numpy as np
import pandas as pd

from helpers.clv.customer_value import EVERYONE
from helpers.customers import lifecycle
from helpers.customers.concentration import top_share
from helpers.customers.share import share_by_kind
from helpers.inference.intervals import Interval, interval
from helpers.loyalty.measures import rate
from helpers.pages import wording

QUESTIONS = (
    "Who are our best customers?",
    "How do we serve them better, and what does that add?",
    "What is one more point of retention worth?",
    "How do we win a larger share of each customer?",
    "How do we raise net profit?",
)
NEEDS = (
    "it needs the notebook 24_customer_value",
    "it needs the tables surveys and tickets, or categories of what was bought",
    "it needs the notebook 24_customer_value",
    "it needs an estimate of what customers buy elsewhere (the column category_spend of customers, or a survey)",
    "it needs the notebook 24_customer_value, campaigns with a control group, or leads",
)
SURE = 0.9
percent = partial(wording.percent, places=0)


def five_answers(
    found: dict[str, pd.DataFrame | None],
    currency: str,
    earlier: date,
    minimum: int = 10,
    spent: pd.Series | None = None,
) -> pd.DataFrame:
    """Answer the five questions (columns Question, Answer) from the artifacts of other notebooks, where they are known.

    found: artifacts by name, None or left out where missing: segment_value, value_tiers, needs_groups, loyalty,
    retention_point, customer_base, share_of_customer, campaign_effect, campaign_value, next_campaign, lead_value. earlier:
    the date that customer_base compares with. spent: revenue of the last year per customer. minimum: groups of fewer
    customers are not named.
    """
    known = {name: table for name, table in found.items() if table is not None}

    def said(name: str, sentence, *more) -> list[str]:
        return [sentence(known[name], *more)] if name in known else []

    parts = (
        (
            *([concentration_answer(spent)] if spent is not None else []),
            *said("segment_value", segment_answer, currency, minimum),
            *said("value_tiers", tier_answer, minimum),
        ),
        (*said("loyalty", service_answer), *said("needs_groups", needs_answer, minimum)),
        (
            *said("retention_point", retention_answer, currency, minimum),
            *said("customer_base", lapse_answer, earlier, minimum),
        ),
        said("share_of_customer", share_answer, currency, minimum),
        (
            *said("segment_value", equity_answer, currency),
            *(
                said("campaign_value", worth_answer, currency, minimum)
                or said("campaign_effect", campaign_answer, None, currency)
            ),
            *said("next_campaign", list_answer, currency, minimum),
            *said("lead_value", lead_answer, currency, minimum),
        ),
    )
    answers = [
        " ".join(f"{one[0].upper()}{one[1:]}." for one in sentences if one)
        or f"Cannot be answered yet: {needs}."
        for sentences, needs in zip(parts, NEEDS, strict=True)
    ]
    return pd.DataFrame({"Question": QUESTIONS, "Answer": answers})


# ---- who are our best customers?
def concentration_answer(spent: pd.Series) -> str:
    """Say what share of the year's revenue the best fifth of the customers brought; empty without revenue."""
    if spent.empty or spent.sum() <= 0:
        return ""
    share = wording.estimate(interval(top_share(spent)), percent)
    return f"the best 20 % of last year's buyers brought {share} of its revenue"


def segment_answer(worth: pd.DataFrame, currency: str, minimum: int) -> str:
    """Say which segment holds the most value ahead, how much, and with how many customers."""
    by_name = worth.set_index("segment")
    everyone, parts = by_name.loc[EVERYONE], by_name.drop(EVERYONE)
    parts = parts[parts["customers"] >= minimum]
    if parts.empty:
        return ""
    best = parts.loc[parts["mean"].idxmax()]
    value, customers = best["mean"] / everyone["mean"], best["customers"] / everyone["customers"]
    return (
        f"The segment {best.name} holds {percent(value)} of the value ahead with {percent(customers)} of the customers: "
        f"{wording.estimate(_interval(best), partial(wording.money, currency=currency))}"
    )


def tier_answer(tiers: pd.DataFrame, minimum: int) -> str:
    """Say how many customers are most valuable and most growable, and of how many of them that is sure."""
    said = []
    for name in ("Most Valuable", "Most Growable"):
        likely = tiers["tier"] == name
        if likely.sum() >= minimum:
            sure = int((tiers[name] >= SURE).sum())
            said.append(
                f"{wording.count(likely.sum(), 'customer')} are most likely {name} ({wording.count(sure)} with a "
                f"probability of at least {percent(SURE)})"
            )
    return wording.listing(said) if said else ""


# ---- how do we serve them better?
def service_answer(loyalty: pd.DataFrame) -> str:
    """Say how customers would recommend us and what tickets do to their next purchase; from the artifact loyalty."""
    rows = loyalty.set_index(["measure", "group"])
    wanted = {
        ("nps", "all"): ("NPS is", partial(wording.decimals, places=0)),
        ("ticket_effect", "any ticket"): (
            "a ticket changes the chance of buying again in time by",
            wording.points,
        ),
        ("ticket_effect", "still open"): ("one that stays open by", wording.points),
    }
    said = [
        f"{words} {wording.estimate(_interval(rows.loc[key]), fmt)}"
        for key, (words, fmt) in wanted.items()
        if key in rows.index
    ]
    return "; ".join(said) if said else "Surveys and tickets are too few to tell"


def needs_answer(customers: pd.DataFrame, minimum: int) -> str:
    """Say which needs groups there are and what share of the customers each holds; from the artifact needs_groups."""
    p = customers.filter(regex="^p_").rename(columns=lambda name: name.removeprefix("p_"))
    held = p.sum()[lambda expected: expected >= minimum].sort_values(ascending=False)
    if p.shape[1] < 2 or held.empty:
        return "Customers cannot be told apart by what they buy"
    shares = [f"{name} {wording.estimate(interval(rate(n, len(p))), percent)}" for name, n in held.items()]
    return f"speak to each by need: {wording.listing(shares)} of the customers"


# ---- what is a point of retention worth?
def retention_answer(points: pd.DataFrame, currency: str, minimum: int) -> str:
    """Say what one more point of yearly retention is worth, for everyone and for which segment most."""
    row = points.set_index("segment").loc[EVERYONE]
    say = partial(wording.money, currency=currency)
    whole = _interval(row)
    parts = points[(points["segment"] != EVERYONE) & (points["customers"] >= minimum)]
    sentence = (
        f"Of the customers whom the purchase model takes for active, {percent(row['retention'])} will still be in a year; "
        f"one point more adds {say(whole.mean)} over {row['horizon_months']:g} months, {wording.between(whole, say)}"
    )
    if parts.empty:
        return sentence
    best = parts.loc[parts["mean"].idxmax()]
    part = "most of it" if best["mean"] > whole.mean / 2 else "the largest part"
    return f"{sentence}; {part} in the segment {best['segment']}, {wording.estimate(_interval(best), say)}"


def lapse_answer(base: pd.DataFrame, earlier: date, minimum: int) -> str:
    """Count who lapsed and who came back since the earlier date; from the artifact customer_base."""
    if "state_before" not in base:
        return ""
    before, now = base["state_before"], base["state"]
    active = int(before.isin(lifecycle.ACTIVE).sum())
    gone, back = len(lifecycle.slipped(before, now)), len(lifecycle.returned(before, now))
    if min(gone, back) < minimum:
        return ""
    share = wording.estimate(interval(rate(gone, active)), partial(wording.percent, places=1))
    return (
        f"by the rules of the lifecycle {wording.count(gone, 'customer')} lapsed since {wording.day(earlier)}, {share} of "
        f"those active then, and {wording.count(back)} came back"
    )


# ---- how do we win a larger share?
def share_answer(share: pd.DataFrame, currency: str, minimum: int) -> str:
    """Say per kind which share of its category spend comes here, and what goes elsewhere; the most money first."""
    kinds = share_by_kind(share)
    kinds = kinds[kinds["known"] >= minimum]
    money = partial(wording.money, currency=currency)
    ranked = kinds.iloc[np.argsort([-one.mean for one in kinds["elsewhere_all"]])]
    return "; ".join(
        f"{row.kind}: {wording.estimate(row.share, percent)} of the category spend comes here, "
        f"{wording.estimate(row.elsewhere_all, money)} a year goes elsewhere"
        for row in ranked.itertuples()
    )


# ---- how do we raise net profit?
def equity_answer(worth: pd.DataFrame, currency: str) -> str:
    """Say what today's customers are worth if nothing changes."""
    row = worth.set_index("segment").loc[EVERYONE]
    total, say = _interval(row), partial(wording.money, currency=currency)
    return (
        f"Business as usual is worth {say(total.mean)} of margin from today's customers over the next "
        f"{row['horizon_months']:g} months, {wording.between(total, say)}"
    )


def worth_answer(values: pd.DataFrame, currency: str, minimum: int) -> str:
    """Say which campaigns to repeat and which not to, by what each customer assigned brings; from campaign_value."""
    values = values[(values["customers"] >= minimum) & ~values["withheld"]]
    values = values.sort_values("incremental_clv_mean", ascending=False)
    pays, loses = (values[values["verdict"].str.startswith(word)] for word in ("pays", "loses"))
    pays = pays[pays["identified"]]
    say = partial(wording.signed, fmt=partial(wording.money, currency=currency))

    def named(rows: pd.DataFrame) -> str:
        gains = [
            f"{row['campaign_id']}, {row['arm']}, {wording.estimate(_interval(row, 'incremental_clv_'), say)}"
            for _, row in rows.iterrows()
        ]
        return "; ".join(gains)

    said = [f"repeat {named(pays.head(2))} per customer contacted"] if len(pays) else []
    said += [f"do not repeat {named(loses.tail(1))}"] if len(loses) else []
    return "; ".join(said) or "no campaign is sure to have paid, or not to have"


def campaign_answer(effects: pd.DataFrame, values: pd.DataFrame | None, currency: str) -> str:
    """Say what the best arm added per customer, in its window and to date, and what to do with it.

    effects, values: the artifacts campaign_effect and campaign_value, values None where it is missing.
    """
    best = effects.loc[effects["gain_mean"].idxmax()]
    if best["withheld"]:
        return (
            f"Campaign {best['campaign_id']}: no answer, because checks on the page of the experiment failed"
        )
    say = partial(wording.signed, fmt=partial(wording.money, currency=currency))
    since = ""
    if values is not None:
        own = values[
            ~values["withheld"]
            & (values["campaign_id"] == best["campaign_id"])
            & (values["arm"] == best["arm"])
        ]
        to_date = [wording.estimate(_interval(row, "gain_to_date_"), say) for _, row in own.iterrows()]
        since = f", and by {to_date[0]} up to today, the time after the window included" if to_date else ""
    return (
        f"Campaign {best['campaign_id']}, {best['arm']}: {best['sentence']}; it changed margin after costs by "
        f"{wording.estimate(_interval(best, 'gain_'), say)} per customer within its window{since}"
    )


def list_answer(planned: pd.DataFrame, currency: str, minimum: int) -> str:
    """Say what the list of the next campaign costs and is expected to add; from the artifact next_campaign."""
    rows = planned[planned["arm"] == "all"]
    if rows.empty or rows.iloc[0]["contacted"] < minimum:
        return ""
    row, say = rows.iloc[0], partial(wording.money, currency=currency)
    gain = wording.estimate(_interval(row, "gain_"), partial(wording.signed, fmt=say))
    return (
        f"the next list contacts {wording.count(row['contacted'], 'customer')} for {say(row['expected_cost'])} and "
        f"is expected to add {gain}"
    )


def lead_answer(value: pd.DataFrame, currency: str, minimum: int) -> str:
    """Say in which channel a lead may cost most beyond what it costs now; from the artifact lead_value."""
    known = value[value["leads"] >= minimum].dropna(subset=["cost", "ceiling_p05"])
    if known.empty:
        return ""
    best = known.loc[(known["ceiling_p05"] - known["cost"]).idxmax()]
    say = partial(wording.money, currency=currency)
    return (
        f"a lead from {best['channel']} may cost up to {wording.estimate(_interval(best, 'ceiling_'), say)} and costs "
        f"{say(best['cost'])}"
    )


def _interval(row: pd.Series, prefix: str = "") -> Interval:
    """The interval in a row's columns mean, p05, p50, p95, with a prefix before their names."""
    return Interval(*(float(row[f"{prefix}{part}"]) for part in ("mean", "p05", "p50", "p95")))
