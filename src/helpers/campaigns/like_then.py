"""For whom of today's customers a campaign could be repeated: those who are now as its own were on their day."""

from collections.abc import Mapping
from datetime import date, timedelta

import ibis
import pandas as pd

from helpers.campaigns.pre_period import purchases_before
from helpers.study.year import YEAR_WINDOW

NAMED = ("kind", "relation", "channel")  # columns of the table customers
PAST = ("silent", "bought")
EDGE = 0.01  # share of a campaign's customers that lies beyond either end of a range, so that a stray one does not widen it


def customers(
    units: Mapping[str, pd.DataFrame],
    controls: Mapping[str, str],
    ledger: ibis.Table,
    known: pd.DataFrame | None,
    as_of: date,
) -> pd.DataFrame:
    """Today's customers like those of each campaign: a row per campaign_id and customer_id.

    units: per campaign a row per customer (customer_id, arm, assigned_date); known: the table of customers. Alike is who has
    a kind, relation and channel that its customers had, and whose days since the last purchase and purchase days in the
    year before lie within theirs; who never bought is alike where they had not, either. Treated customers are left out.
    """
    everyone = known if known is not None else _buyers(ledger, as_of)
    today = _known(everyone[["customer_id"]].assign(day=as_of + timedelta(days=1)), ledger, known)
    found = [pd.DataFrame({"campaign_id": [], "customer_id": []}, dtype=str)]
    for name, own in units.items():
        then = _known(own[["customer_id"]].assign(day=own["assigned_date"]), ledger, known)
        had_it = own.loc[own["arm"] != controls[name], "customer_id"]
        left = today[~today["customer_id"].isin(had_it)]
        found.append(left.loc[alike(left, then), ["customer_id"]].assign(campaign_id=name))
    return pd.concat(found, ignore_index=True)


def counts(alike_today: pd.DataFrame, campaigns: pd.Series) -> pd.Series:
    """How many `customers` are like those of each campaign, for a column of campaigns."""
    number = alike_today["campaign_id"].value_counts()
    return campaigns.map(number).fillna(0).astype(int)


def alike(today: pd.DataFrame, then: pd.DataFrame) -> pd.Series:
    """Whether each row of `today` is as those of `then` were: columns silent and bought in days, and any of NAMED."""
    new = then["silent"].isna()
    fits = today["silent"].isna() & (new.mean() > EDGE)
    if (~new).mean() > EDGE:
        ends = then.loc[~new, list(PAST)].quantile([EDGE, 1 - EDGE], interpolation="nearest")
        fits |= pd.concat([today[name].between(*ends[name]) for name in PAST], axis=1).all(axis=1)
    for name in NAMED:
        if name in then:
            fits &= today[name].isin(then[name])
    return fits


def _buyers(ledger: ibis.Table, as_of: date) -> pd.DataFrame:
    bought = ledger.filter((ledger.kind == "purchase") & (ledger.order_date <= as_of))
    return bought.select("customer_id").distinct().to_pandas()


def _known(people: pd.DataFrame, ledger: ibis.Table, customers: pd.DataFrame | None) -> pd.DataFrame:
    """What was known on the morning of each one's day: days since the last purchase, and purchase days in a year."""
    lines = purchases_before(people, ledger)
    past = (
        lines.group_by("customer_id")
        .agg(silent=lines.ago.min(), bought=lines.order_date.nunique(where=lines.ago <= YEAR_WINDOW))
        .to_pandas()
    )
    table = people[["customer_id"]].merge(past, on="customer_id", how="left")
    if customers is None:
        return table
    return table.merge(
        customers[["customer_id", *(name for name in NAMED if name in customers)]],
        on="customer_id",
        how="left",
    )
