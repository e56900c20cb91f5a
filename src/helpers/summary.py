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
NEEDS_CAMPAIGN = "Cannot be answered yet: it needs the table `campaigns`, a campaign with a control group."
NEEDS_RETENTION = (
    "Cannot be answered yet for customers without a contract: it needs a model of how they leave in calendar time. "
    "For subscribers the renewal page answers it, where the study has subscriptions."
)
NEEDS_SHARE = "Cannot be answered yet: it needs an estimate of what customers buy elsewhere."


def five_answers(worth: pd.DataFrame | None, effects: pd.DataFrame | None, currency: str) -> pd.DataFrame:
    """Answer the five questions (columns Question, Answer) from segment values and campaign effects, where known."""
    best = profit = NEEDS_VALUE
    if worth is not None:
        best, profit = f"{best_segment(worth)}.", f"{equity_answer(worth, currency)}."
    added = NEEDS_CAMPAIGN if effects is None else f"{campaign_answer(effects, currency)}."
    answers = (best, added, NEEDS_RETENTION, NEEDS_SHARE, profit)
    return pd.DataFrame({"Question": QUESTIONS, "Answer": answers})


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
