"""Category spend from a survey: of ten purchases in the last twelve months, how many did you make with us?"""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from helpers.errors import StudyError
from helpers.loyalty.measures import answers_to
from helpers.study.year import YEAR_WINDOW

LEAST_SHARE = 0.025  # "none of ten" from somebody who bought: the middle of what is rounded to it


def category_spend(
    surveys: pd.DataFrame | None, question: str, lines: pd.DataFrame, as_of: date
) -> pd.Series:
    """Category spend of a year by customer_id: revenue of the 365 days up to the answer, divided by the tenths.

    surveys: customer_id, asked_at, score (0 to 10, whole tenths), question. Answers to the question that holds the words
    `question` count, each customer's last one in the 365 days up to `as_of`; lines as from `share.yearly`. Who bought
    nothing in the days before the answer is left out. Empty where no such question was asked; StudyError for scores that
    are no tenths.
    """
    none = pd.Series(dtype=float)
    if surveys is None or "question" not in surveys:
        return none
    if not surveys["question"].str.contains(question, case=False, regex=False, na=False).any():
        return none
    answers = answers_to(surveys, question)
    wrong = answers["score"][~answers["score"].isin(range(11))]
    if len(wrong):
        raise StudyError(
            f"{len(wrong):,} answers to the share question are not tenths from 0 to 10; the first is {wrong.iloc[0]:g}. "
            "Bring answers as whole tenths, or set these rows aside in the study file."
        )
    asked = pd.to_datetime(answers["asked_at"]).dt.date
    inside = (asked <= as_of) & (asked > as_of - timedelta(days=YEAR_WINDOW))
    last = (
        answers.assign(asked=asked)[inside].sort_values("asked").drop_duplicates("customer_id", keep="last")
    )
    both = last[["customer_id", "asked", "score"]].merge(lines[["customer_id", "order_date", "revenue"]])
    days = (pd.to_datetime(both["asked"]) - pd.to_datetime(both["order_date"])).dt.days
    revenue = both[(days >= 0) & (days < YEAR_WINDOW)].groupby("customer_id")["revenue"].sum()
    revenue = revenue[revenue > 0]
    tenths = last.set_index("customer_id")["score"].reindex(revenue.index).astype(float)
    return revenue / (tenths / 10).clip(lower=LEAST_SHARE)


@dataclass(frozen=True)
class Agreement:
    """How many customers' category spend is both stated and surveyed, and the median of surveyed over stated."""

    customers: int
    ratio: float


def agreement(customers: pd.DataFrame, surveyed: pd.Series, minimum: int) -> Agreement | None:
    """Compare the surveyed category spend with the stated one; None where fewer than `minimum` customers have both."""
    stated = customers.drop_duplicates("customer_id").set_index("customer_id").get("category_spend")
    if stated is None or surveyed.empty:
        return None
    ratio = (surveyed / stated.astype(float).where(stated > 0).reindex(surveyed.index)).dropna()
    return None if len(ratio) < max(minimum, 1) else Agreement(len(ratio), float(ratio.median()))
