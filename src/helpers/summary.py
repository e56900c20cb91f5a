"""What the executive page says: the five questions of customer value, answered from the other notebooks' results."""

from datetime import date

import pandas as pd

from helpers.catalogue import load_catalogue
from helpers.clv.value import EVERYONE
from helpers.intervals import Interval
from helpers.report import wording

QUESTIONS = (
    "Who are our best customers?",
    "How do we serve them better, and what does that add?",
    "What is one more point of retention worth?",
    "How do we win a larger share of each customer?",
    "How do we raise net profit?",
)
NEEDS_VALUE = "Cannot be answered yet: it needs the notebook 24_customer_value."
NEEDS_SERVICE = (
    "Cannot be answered yet: it needs the tables `surveys` and `tickets`, or a campaign with a control group."
)
NEEDS_RETENTION = "Cannot be answered yet: it needs the notebook 24_customer_value."
NEEDS_SHARE = "Cannot be answered yet: it needs an estimate of what customers buy elsewhere (`category_spend` of customers)."


def five_answers(found: dict[str, pd.DataFrame | None], currency: str, minimum: int = 10) -> pd.DataFrame:
    """Answer the five questions (columns Question, Answer) from the artifacts of other notebooks, where they are known.

    found: segment_value, campaign_effect, loyalty, retention_point, share_of_customer by name; None where missing. minimum:
    groups of fewer customers are not named.
    """
    worth, effects, loyalty, points, share = (
        found.get(name)
        for name in ("segment_value", "campaign_effect", "loyalty", "retention_point", "share_of_customer")
    )
    served = [] if loyalty is None else [service_answer(loyalty)]
    served += [] if effects is None else [campaign_answer(effects, currency)]
    answers = (
        NEEDS_VALUE if worth is None else f"{best_segment(worth)}.",
        " ".join(f"{one}." for one in served) or NEEDS_SERVICE,
        NEEDS_RETENTION if points is None else f"{retention_answer(points, currency, minimum)}.",
        NEEDS_SHARE if share is None else share_answer(share, currency),
        NEEDS_VALUE if worth is None else f"{equity_answer(worth, currency)}.",
    )
    return pd.DataFrame({"Question": QUESTIONS, "Answer": answers})


def service_answer(loyalty: pd.DataFrame) -> str:
    """Say how customers would recommend us and what a ticket does to their next purchase; from the artifact loyalty."""
    rows = loyalty[loyalty["group"].isin(["all", "any ticket"])]
    found = {row.measure: Interval(row.mean, row.p05, row.p50, row.p95) for row in _rows(rows)}
    said = []
    if "nps" in found:
        said.append(f"NPS is {wording.estimate(found['nps'], lambda score: wording.decimals(score, 0))}")
    if "ticket_effect" in found:
        said.append(
            "a ticket changes the chance of buying again in time by "
            f"{wording.estimate(found['ticket_effect'], wording.points)}"
        )
    return "; ".join(said) if said else "Surveys and tickets are too few to tell"


def retention_answer(points: pd.DataFrame, currency: str, minimum: int) -> str:
    """Say what one more point of yearly retention is worth, for everyone and where it is worth most per customer."""
    row = points.set_index("segment").loc[EVERYONE]
    whole = Interval(row["mean"], row["p05"], row["p50"], row["p95"])

    def say(value: float) -> str:
        return wording.money(value, currency)

    parts = points[(points["segment"] != EVERYONE) & (points["customers"] >= minimum)]
    sentence = (
        f"Of today's active customers {wording.percent(row['retention'], 0)} will still be active in a year; "
        f"one point more adds {say(whole.mean)} over {row['horizon_months']:g} months, {wording.between(whole, say)}"
    )
    if parts.empty:
        return sentence
    best = parts.loc[parts["mean"].idxmax()]
    return f"{sentence}; most of it in the segment {best['segment']} ({say(best['mean'])})"


def share_answer(share: pd.DataFrame, currency: str) -> str:
    """Say which share of their category spend customers give us, where it is known, and what goes elsewhere."""
    known = share[share["share"].notna()]
    if known.empty:
        return NEEDS_SHARE
    here = known["revenue"].sum() / known["category_spend"].sum()
    return (
        f"Customers whose category spend is known give us {wording.percent(here, 0)} of it; "
        f"{wording.money(known['elsewhere'].sum(), currency)} a year goes elsewhere, "
        f"from {wording.count(len(known), 'customer')}."
    )


def monthly_revenue(ledger: pd.DataFrame, as_of: date) -> pd.Series:
    """Revenue per whole month up to `as_of`, indexed by month; a month that `as_of` cuts is left out."""
    month = pd.to_datetime(ledger["order_date"]).dt.to_period("M")
    whole = month[month.dt.end_time.dt.date <= as_of]
    return ledger.loc[whole.index].groupby(whole)["revenue"].sum()


def year_on_year(revenue: pd.Series) -> float | None:
    """Change of the last 12 months against the 12 before, as a share; None with fewer than 24 months."""
    if len(revenue) < 24 or revenue.iloc[-24:-12].sum() <= 0:
        return None
    return float(revenue.iloc[-12:].sum() / revenue.iloc[-24:-12].sum() - 1)


def segments(worth: pd.DataFrame, minimum: int) -> tuple[dict[str, Interval], Interval]:
    """Each segment's value, the largest first and none of fewer than `minimum` customers, and everyone's."""
    values = {row.segment: Interval(row.mean, row.p05, row.p50, row.p95) for row in _rows(worth)}
    sizes = worth.set_index("segment")["customers"]
    total = values.pop(EVERYONE)
    shown = {name: one for name, one in values.items() if sizes[name] >= minimum}
    return dict(sorted(shown.items(), key=lambda item: -item[1].mean)), total


def best_segment(worth: pd.DataFrame) -> str:
    """Say which segment holds the most value ahead, and with how many customers."""
    by_name = worth.set_index("segment")
    everyone, parts = by_name.loc[EVERYONE], by_name.drop(EVERYONE)
    best = parts.loc[parts["mean"].idxmax()]
    value, customers = best["mean"] / everyone["mean"], best["customers"] / everyone["customers"]
    return (
        f"The segment {best.name} holds {wording.percent(value, 0)} of the value ahead "
        f"with {wording.percent(customers, 0)} of the customers"
    )


def equity_answer(worth: pd.DataFrame, currency: str) -> str:
    """Say what today's customers are worth if nothing changes."""
    row = worth.set_index("segment").loc[EVERYONE]
    total = Interval(row["mean"], row["p05"], row["p50"], row["p95"])

    def say(value: float) -> str:
        return wording.money(value, currency)

    return (
        f"Business as usual is worth {say(total.mean)} of margin from today's customers over the next "
        f"{row['horizon_months']:g} months, {wording.between(total, say)}"
    )


def gains(effects: pd.DataFrame) -> list[Interval]:
    """Each arm's incremental margin less cost, per customer assigned."""
    return [Interval(row.gain_mean, row.gain_p05, row.gain_p50, row.gain_p95) for row in _rows(effects)]


def campaign_answer(effects: pd.DataFrame, currency: str) -> str:
    """Say what the best arm added per customer and what to do with it."""
    best = effects.loc[effects["gain_mean"].idxmax()]
    gain = Interval(best["gain_mean"], best["gain_p05"], best["gain_p50"], best["gain_p95"])

    def say(value: float) -> str:
        return wording.signed(value, lambda amount: wording.money(amount, currency))

    return (
        f"Campaign {best['campaign_id']}, {best['arm']}: {best['sentence']}; it changed margin after costs by "
        f"{wording.estimate(gain, say)} per customer within its window"
    )


def reservation_table(reservations: list[dict]) -> pd.DataFrame:
    """Checks that did not pass as a table: check, page, verdict, what to do."""
    titles = {name: entry.title for name, entry in load_catalogue().items()}
    return pd.DataFrame(
        {
            "Check": [check["name"] for check in reservations],
            "Page": [titles[check["notebook"]] for check in reservations],
            "Verdict": [check["verdict"] for check in reservations],
            "What to do": [check["advice"] for check in reservations],
        }
    )


def _rows(table: pd.DataFrame):
    return table.itertuples(index=False)
