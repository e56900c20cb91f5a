"""Potential value: what a customer could be worth, judged by what their peers are worth.

Not causal: it says what peers do, not what a treatment would bring.
"""

from datetime import date

import numpy as np
import pandas as pd

from helpers.study.year import YEAR_WINDOW

AGES = [-1, YEAR_WINDOW, 2 * YEAR_WINDOW, np.inf]  # days since the first purchase that count as one age
POTENTIAL = 0.8  # a customer could do as well as this share of their peers falls below
NOT_GIVEN, ANY_NEED = "not given", "any need"


def people(customers: pd.DataFrame | None, customer_ids: pd.Index) -> pd.DataFrame:
    """What is known of each of these customers, a row each; category_spend and referred_by are missing where unknown."""
    if customers is None:
        known = pd.DataFrame(index=customer_ids)
    else:
        known = customers.set_index("customer_id").reindex(customer_ids)
    return known.assign(
        category_spend=known.get("category_spend", pd.Series(np.nan, index=customer_ids)).astype(float),
        referred_by=known.get("referred_by", pd.Series(index=customer_ids, dtype="str")),
    )


def needs_of(needs_groups: pd.DataFrame | None, customer_ids: pd.Index) -> pd.Series:
    """Return each customer's needs group; NOT_GIVEN where it is not known, ANY_NEED where there are no groups."""
    if needs_groups is None:
        return pd.Series(ANY_NEED, index=customer_ids)
    return needs_groups.set_index("customer_id")["group"].reindex(customer_ids).fillna(NOT_GIVEN)


def peers_of(summary: pd.DataFrame, needs: pd.Series, as_of: date, minimum: int) -> pd.Series:
    """`peers` of the customers of a summary (first_date, and group where the models tell kinds apart)."""
    kind = summary.get("group", pd.Series("customer", index=summary.index))
    days_known = (pd.Timestamp(as_of) - pd.to_datetime(summary["first_date"])).dt.days
    return peers(kind, needs, days_known, minimum)


def peers(kind: pd.Series, need: pd.Series, days_known: pd.Series, minimum: int = 10) -> pd.Series:
    """The group of peers of each customer: same kind, need and age; groups below `minimum` are joined to their kind."""
    age = np.digitize(days_known, AGES[1:-1], right=True)
    kind, need = kind.astype("str"), need.astype("str")
    label = kind + " / " + need + " / " + pd.Series(age, index=kind.index).astype("str")
    size = label.map(label.value_counts())
    return label.where(size >= minimum, kind)


def potential(expected: pd.Series, group: pd.Series, most: pd.Series | None = None) -> pd.Series:
    """What each customer could be worth: the 80th percentile of expected value among peers, never above `most`.

    Not causal: it says what peers do, not what a treatment would bring. most: where known, the value of everything the
    customer buys in the category; missing is no bound.
    """
    peer = expected.groupby(group).transform(lambda values: values.quantile(POTENTIAL))
    return peer if most is None else np.minimum(peer, most.fillna(np.inf))


def category_bound(people: pd.DataFrame, kept: pd.Series, horizon_months: float, rate: float) -> pd.Series:
    """The value of all a customer buys in the category, from every supplier, over the horizon; missing where unknown.

    people: with category_spend, a year's, estimated; kept: what a unit of spend leaves; rate: yearly discount rate.
    """
    years = horizon_months / 12
    present = years if rate == 0 else (1 - (1 + rate) ** -years) / np.log1p(rate)
    return people["category_spend"] * kept * present


def referral_value(referred_by: pd.Series, expected: pd.Series) -> pd.Series:
    """Expected value of the customers each one has referred; each referred customer counts once, for who referred them.

    referred_by: by customer_id; expected: by customer_id. Their value stays their own too: not to be added up with it.
    """
    brought = expected.groupby(referred_by.reindex(expected.index)).sum()
    return brought.reindex(expected.index).fillna(0.0)


def referrers(referrals: pd.Series) -> int:
    """How many customers have referred others who are worth something; referrals: from `referral_value`."""
    return int((referrals > 0).sum())
