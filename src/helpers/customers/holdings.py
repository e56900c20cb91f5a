"""What several products and referrals go along with: whether holders stay, and whom customers bring."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from helpers.inference.intervals import Interval, interval
from helpers.study.year import YEAR_WINDOW


def holders(lines: pd.DataFrame, as_of: date, subscribed: Set[str] = frozenset()) -> pd.DataFrame:
    """One row per customer who bought in the earlier year, looked at a year before `as_of`: for a landmark comparison.

    Columns customer_id, several (two products or more by then), breadth (categories bought in that year, and one more for
    those in `subscribed`, who held a subscription then), prior (purchase days in that year), gap (days from the last
    purchase to the landmark), stayed (bought again in the year after).
    """
    bought = lines[(lines["kind"] == "purchase") & lines["category"].notna()]
    early = bought[~bought["recent"]]
    grouped = early.groupby("customer_id")
    start = as_of - timedelta(days=YEAR_WINDOW)
    last = pd.to_datetime(grouped["order_date"].max())
    table = pd.DataFrame({"breadth": grouped["category"].nunique(), "prior": grouped["order_date"].nunique()})
    table["breadth"] += table.index.isin(subscribed)
    table["gap"] = (pd.Timestamp(start) - last).dt.days.astype(float)
    table["several"] = table["breadth"] >= 2
    table["stayed"] = table.index.isin(bought.loc[bought["recent"], "customer_id"])
    return table.reset_index()


@dataclass(frozen=True)
class Holding:
    """Holders of several products against holders of one: the difference in coming back, where it can be compared."""

    plain: Interval | None
    comparable: Interval | None

    @property
    def metrics(self) -> dict[str, Interval | None]:
        """The intervals under the names of run.json."""
        return {"several_products.plain": self.plain, "several_products.comparable": self.comparable}


def holding(plain: np.ndarray | None, comparable: np.ndarray | None) -> Holding:
    """Sum up draws of the two differences; None where nothing can be compared."""
    found = [None if draws is None else interval(draws) for draws in (plain, comparable)]
    return Holding(*found)


@dataclass(frozen=True)
class Referring:
    """Customers who referred others, those they brought, their margin, and the best tenth's share of it."""

    referrers: int
    referred: int
    margin: float
    best_tenth: float


def referring(brought: pd.DataFrame) -> Referring:
    """Sum up `referrals`."""
    total = float(brought["margin"].sum())
    best = (
        brought.nlargest(max(1, len(brought) // 10), "margin")["margin"].sum() / total if total > 0 else 0.0
    )
    return Referring(len(brought), int(brought["referred"].sum()), total, float(best))


def referrals(customers: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """One row per customer who referred others: customer_id, referred (number), margin (of those, in the last 365 days).

    Each referred customer counts once, for the one who referred.
    """
    if "referred_by" not in customers:
        return pd.DataFrame(columns=["customer_id", "referred", "margin"])
    came = customers.dropna(subset=["referred_by"]).drop_duplicates("customer_id")
    margin = lines[lines["recent"]].groupby("customer_id")["margin"].sum()
    own = came.assign(margin=came["customer_id"].map(margin).fillna(0.0).astype(float))
    table = own.groupby("referred_by").agg(referred=("customer_id", "size"), margin=("margin", "sum"))
    return table.rename_axis("customer_id").reset_index()


def mean_margin(
    customers: pd.DataFrame, lines: pd.DataFrame, draws: int = 1000, seed: int = 1
) -> dict[str, tuple[int, Interval]]:
    """Mean margin in the last 365 days of referred and of other customers: {which: (customers, Interval)}.

    Bayesian bootstrap, within kinds and put together as the referred are, so that a different mix of kinds is no difference.
    """
    if "referred_by" not in customers:
        return {}
    unique = customers.drop_duplicates("customer_id")
    margin = (
        unique["customer_id"]
        .map(lines[lines["recent"]].groupby("customer_id")["margin"].sum())
        .fillna(0.0)
        .to_numpy(float)
    )
    referred = unique["referred_by"].notna().to_numpy()
    kinds = pd.factorize(unique["kind"].fillna("") if "kind" in unique else np.zeros(len(unique)))[0]
    shared = [
        kind
        for kind in np.unique(kinds)
        if (referred & (kinds == kind)).any() and (~referred & (kinds == kind)).any()
    ]
    if not shared:
        return {}
    size = np.array([(referred & (kinds == kind)).sum() for kind in shared])
    rng, found = np.random.default_rng(seed), {}
    for name, mask in (("referred", referred), ("others", ~referred)):
        parts = [margin[mask & (kinds == kind)] for kind in shared]
        means = [(w := rng.standard_exponential((draws, len(part)))) @ part / w.sum(axis=1) for part in parts]
        found[name] = (int(sum(map(len, parts))), interval(size @ np.array(means) / size.sum()))
    return found
