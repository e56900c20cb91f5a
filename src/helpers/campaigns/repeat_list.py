"""One customer, one action: who gets which offer that has proven to pay, who of the rest is called, who is left alone."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.campaigns import targeting
from helpers.campaigns.lots import RANDOMIZED
from helpers.campaigns.next_list import CONTROL
from helpers.customers.rfm import QUIET
from helpers.customers.who_is_named import on_both

CONTACT = "contact"
HALF = 0.5  # of who lapsed is left alone: what a call brings is not known


def is_to_repeat(row: pd.Series) -> bool:
    """Whether a row of the artifact campaign_value is shown to pay, and what lasts of it is known."""
    return str(row["verdict"]).startswith("pays") and bool(row["identified"])


def to_repeat(
    values: pd.DataFrame, alike: pd.DataFrame, minimum: int, control_share: float, seed: int
) -> pd.DataFrame:
    """Name the customers for whom what is proven may be repeated: a row per customer_id, with campaign_id and arm.

    offers: for how many of these offers the customer is alike, who gets the one that adds most. role: to contact, or of the
    `control_share` of each list, at least `minimum`, that is left alone by lot. values: the artifact campaign_value; alike:
    `like_then.customers`. Arms for fewer than `minimum` customers, or whose page failed, have no rows.
    """
    by_lot = (values["assigned"] == RANDOMIZED) & ~values["withheld"].astype(bool)
    told = by_lot & (values[["customers", "like_now"]] >= minimum).all(axis=1)
    proven = values[told & values.apply(is_to_repeat, axis=1)]
    ranked = proven.sort_values("incremental_clv_mean", ascending=False)
    rows = ranked[["campaign_id", "arm"]].merge(alike, on="campaign_id")
    rows = rows.assign(offers=rows.groupby("customer_id")["customer_id"].transform("size"))
    rows = rows.drop_duplicates("customer_id")
    lists = rows.groupby(["campaign_id", "arm"])["customer_id"]
    rows = rows[lists.transform("size") >= minimum]
    rows = rows.sort_values(["campaign_id", "arm", "customer_id"], ignore_index=True)
    of_list = rows.groupby(["campaign_id", "arm"]).ngroup().to_numpy()
    held = targeting.reserve(of_list + 1, control_share, seed, least=minimum)
    return rows.assign(role=np.where(held, CONTROL, CONTACT))


def with_several_offers(repeats: pd.DataFrame) -> int:
    """How many customers of `to_repeat` are alike for more than one offer."""
    return int((repeats["offers"] > 1).sum())


def to_call(lapsed: pd.DataFrame, repeats: pd.DataFrame | None, seed: int) -> pd.DataFrame:
    """Name who lapsed and gets no offer of `to_repeat`, in the same order, with a role: half are left alone by lot."""
    left = lapsed if repeats is None else lapsed[~lapsed["customer_id"].isin(repeats["customer_id"])]
    held = targeting.reserve(np.ones(len(left), dtype=int), HALF, seed)
    return left.assign(role=np.where(held, CONTROL, CONTACT))


@dataclass(frozen=True)
class Lists:
    """Who is left of two groups when those whom the list of proven repeats names are taken out.

    named: how many the list of proven repeats names. mailed: how many of those who lapsed are taken out, None where that
    number or the rest is few people; to_call, held: how many of the others are called, and left alone, None where `mailed`
    is. quiet, left: how many the win-back list names, and how many of these stand on none of the other lists, None where
    these or the rest are few.
    """

    named: int
    mailed: int | None
    to_call: int | None
    held: int | None
    quiet: int
    left: int | None


def lists(
    calls: pd.DataFrame | None,
    lapsed: pd.DataFrame | None,
    repeats: pd.DataFrame | None,
    rfm: pd.DataFrame | None,
    minimum: int,
) -> Lists:
    """Read `to_call` and the artifacts lapsed_customers, repeat_list and rfm_segments, each None where there is none."""
    named, slipped = _ids(repeats), _ids(lapsed)
    mailed = 0 if not named & slipped else on_both(named, slipped, minimum)
    roles = [] if calls is None else list(calls["role"])
    called = sum(role != CONTROL for role in roles)
    told = mailed is not None and called >= minimum
    quiet = _ids(None if rfm is None else rfm[rfm["segment"].isin(QUIET)])
    both = on_both(quiet, named | _ids(calls), minimum)
    to_call, held = (called, len(roles) - called) if told else (None, None)
    return Lists(len(named), mailed, to_call, held, len(quiet), None if both is None else len(quiet) - both)


def _ids(table: pd.DataFrame | None) -> set[str]:
    return set() if table is None else set(table["customer_id"])
