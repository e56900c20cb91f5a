"""Kinds of customers: consumer or organization, firm > department > contact, and the roles of a buying centre."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.messages import count, message

NOT_GIVEN = "not given"
CONSUMER, ORGANIZATION = "consumer", "organization"
LEVELS = ("customer", "firm")
# subkinds of organizations in the order in which they are shown; the first three are commercial
SUBKINDS = ("manufacturer", "user", "distributor", "government", "institution")
COMMERCIAL = SUBKINDS[:3]
# buying role -> what such a person does
ROLES = {
    "user": "works with what is bought",
    "influencer": "says what it must be able to do",
    "decider": "chooses",
    "buyer": "negotiates and orders",
    "gatekeeper": "decides who gets through to the others",
}
TIERS = {
    "Largest accounts": 0.2,
    "Middle accounts": 0.5,
    "Small accounts": 1.0,
}  # cumulative shares of accounts
OWN_PARENT = message(
    "kinds.own_parent",
    "These customers are, through others, their own parent: mend parent_id. Here each is its own account.",
)
COLUMNS = ("kind", "subkind", "relation", "purpose")


def base(bought_by: pd.Series, customers: pd.DataFrame | None, level: str = "customer") -> pd.DataFrame:
    """One row per customer_id known from orders or from the customers table, with what is known of them.

    bought_by: the customer_ids of the ledger. level: which level counts as the customer; with "firm", departments
    and branches get the kind and the `account_id` of the firm at the top of their `parent_id`s, with "customer" everyone
    is their own account. Columns: customer_id, account_id, parent_id, kind, subkind, relation, purpose (NOT_GIVEN where
    nobody said), acquired_at (missing where unknown), in_circle (the parents lead back to the customer).
    """
    if level not in LEVELS:
        raise StudyError(f"customer_level is {level!r}; it can be {' or '.join(LEVELS)}.")
    given = pd.DataFrame({"customer_id": []}) if customers is None else customers
    wanted = ["customer_id", "parent_id", *COLUMNS, "acquired_at"]
    given = given.reindex(columns=wanted).astype({"customer_id": "string", "parent_id": "string"})
    unknown = pd.Index(bought_by.astype("string").unique()).difference(given["customer_id"])
    table = pd.concat([given, pd.DataFrame({"customer_id": unknown})], ignore_index=True)
    table = table.astype({"customer_id": "string", "parent_id": "string"})
    for column in COLUMNS:
        table[column] = table[column].astype("string").fillna(NOT_GIVEN)
    table["acquired_at"] = pd.to_datetime(table["acquired_at"])
    head, in_circle = heads(table["customer_id"], table["parent_id"])
    table["account_id"] = head if level == "firm" else table["customer_id"]
    table["in_circle"] = in_circle
    top = table.set_index("customer_id")
    for column in COLUMNS:
        table[column] = top[column].reindex(table["account_id"]).to_numpy()
    return table


def heads(ids: pd.Series, parents: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The customer at the top of everyone's parents, and whether the parents run in a circle.

    A parent that is no customer counts as none. Who is in a circle, or below one, is their own head.
    """
    index = pd.Index(ids)
    own = np.arange(len(index))
    parent = index.get_indexer(parents.fillna(""))
    parent = np.where(parent < 0, own, parent)
    self_parent = (parent == own) & parents.notna().to_numpy() & (parents == ids).fillna(False).to_numpy(bool)
    head = parent
    for _ in range(max(1, int(np.ceil(np.log2(len(index) + 1))) + 1)):
        head = head[head]
    in_circle = (parent[head] != head) | self_parent
    head = np.where(in_circle, own, head)
    return pd.Series(index[head], index=ids.index, dtype="string"), pd.Series(in_circle, index=ids.index)


def by_account(ledger: ibis.Table, table: pd.DataFrame) -> ibis.Table:
    """The ledger with accounts in place of customers and each account's `kind`; the line's own is `kind_of_line`."""
    known = ibis.memtable(table[["customer_id", "account_id", "kind"]])
    joined = ledger.rename(kind_of_line="kind").join(known, "customer_id")
    return joined.mutate(customer_id=joined.account_id).drop("account_id")


def accounts(table: pd.DataFrame) -> pd.DataFrame:
    """One row per account: what is known of it, and its number of departments and branches."""
    size = table.groupby("account_id").size().rename("customers_in_account")
    own = table[table["customer_id"] == table["account_id"]].drop(columns=["customer_id", "parent_id"])
    first = table.groupby("account_id")["acquired_at"].min()
    return own.set_index("account_id").assign(customers_in_account=size, acquired_at=first)


def kind_name(kind: str, subkind: str) -> str:
    """How a kind and its subkind are called together: "commercial: user", "government", "consumer"."""
    if kind != ORGANIZATION:
        return kind
    if subkind == NOT_GIVEN:
        return ORGANIZATION
    return f"commercial: {subkind}" if subkind in COMMERCIAL else subkind


def names(owners: pd.DataFrame) -> pd.Series:
    """How every account's kind and subkind are called (see `kind_name`)."""
    return pd.Series([kind_name(*both) for both in zip(owners["kind"], owners["subkind"], strict=True)])


def summary(owners: pd.DataFrame, by: pd.Series, revenue: pd.Series) -> pd.DataFrame:
    """Customers, buyers and revenue per group: owners as from `accounts`, `revenue` per account (buyers only).

    Columns: group, customers, buyers, revenue, share (of revenue), per_buyer (revenue), of: the kind of which the group is a
    part, empty where groups are not parts of kinds.
    """
    money = revenue.reindex(owners.index)
    kinds = owners["kind"].groupby(by.to_numpy()).agg(["first", "nunique"])
    groups = pd.DataFrame({"group": by.to_numpy(), "money": money.to_numpy()}).groupby("group", sort=False)[
        "money"
    ]
    table = pd.DataFrame({"customers": groups.size(), "buyers": groups.count(), "revenue": groups.sum()})
    table["share"] = table["revenue"] / table["revenue"].sum() if table["revenue"].sum() else 0.0
    table["per_buyer"] = (table["revenue"] / table["buyers"].where(table["buyers"] > 0)).fillna(0.0)
    table["of"] = kinds["first"] if (kinds["nunique"] == 1).all() else ""
    return table.sort_values("revenue", ascending=False).rename_axis("group").reset_index()


@dataclass(frozen=True)
class Organizations:
    """What organizations are among customers and in revenue, as shares; known: whether anybody entered kinds.

    few: whether they, or the others, are too few to be told.
    """

    customers: float
    revenue: float
    known: bool
    few: bool


def organizations(owners: pd.DataFrame, revenue: pd.Series, smallest: int) -> Organizations:
    """Return the shares of organizations; owners as from `accounts`, revenue per account (buyers only)."""
    organized = owners["kind"] == ORGANIZATION
    share = revenue.reindex(owners.index[organized]).sum() / revenue.sum() if revenue.sum() else 0.0
    bought = revenue.notna().reindex(owners.index, fill_value=False)
    parts = [(organized & one).sum() for one in (True, bought)] + [
        (~organized & one).sum() for one in (True, bought)
    ]
    few = any(0 < part < smallest for part in parts)
    return Organizations(
        float(organized.mean()), float(share), bool((owners["kind"] != NOT_GIVEN).any()), few
    )


def departments(table: pd.DataFrame) -> int:
    """How many customer numbers are departments or branches of a firm; table as from `base`."""
    return int(((table["account_id"] != table["customer_id"]) | table["parent_id"].notna()).sum())


def check_circles(table: pd.DataFrame) -> Check:
    """Ask whether customers are, through others, their own parent; table as from `base`."""
    circles = int(table["in_circle"].sum())
    return check(
        "firms and their branches",
        review=circles > 0,
        value=count(circles, "customer"),
        threshold=count(0, "customer"),
        advice=OWN_PARENT(),
    )


# ---- the buying centre
def known_roles(contacts: pd.DataFrame | None, table: pd.DataFrame, revenue: pd.Series) -> pd.DataFrame:
    """One row per organization that is a customer: its revenue, value tier, contacts, departments and roles known.

    contacts: the contacts table, or None. Columns: revenue, tier, contacts, departments, one flag per role.
    """
    firms = table.loc[table["kind"] == ORGANIZATION, "account_id"].drop_duplicates()
    known = pd.DataFrame(index=pd.Index(firms, name="account_id"))
    known["revenue"] = revenue.reindex(known.index).fillna(0.0)
    place = known["revenue"].rank(ascending=False, method="first") / max(1, len(known))
    known["tier"] = pd.cut(place, [0, *TIERS.values()], labels=list(TIERS)).astype("string")
    people = (contacts if contacts is not None else pd.DataFrame()).reindex(
        columns=["customer_id", "department", "buying_role"]
    )
    people = people.astype("string").merge(table[["customer_id", "account_id"]], on="customer_id")
    counts = people.groupby("account_id")
    known["contacts"] = counts.size().reindex(known.index, fill_value=0)
    known["departments"] = counts["department"].nunique().reindex(known.index, fill_value=0)
    for role in ROLES:
        having = people.loc[people["buying_role"] == role, "account_id"].unique()
        known[role] = known.index.isin(having)
    return known


def gaps(known: pd.DataFrame) -> pd.DataFrame:
    """Per value tier: accounts, revenue, contacts per account, and the share of accounts where each role is known."""
    measures = {
        "accounts": ("revenue", "size"),
        "revenue": ("revenue", "sum"),
        "contacts": ("contacts", "mean"),
    }
    measures |= {role: (role, "mean") for role in ROLES}
    table = known.groupby("tier").agg(**measures)
    return table.reindex([tier for tier in TIERS if tier in table.index]).reset_index()


def without_decider(known: pd.DataFrame) -> float:
    """The share of business revenue with accounts of which no decider or no buyer is known."""
    total = known["revenue"].sum()
    return float(to_ask_for(known)["revenue"].sum()) / total if total else 0.0


def to_ask_for(known: pd.DataFrame) -> pd.DataFrame:
    """The accounts without a known decider or buyer, the most valuable first, with the roles that are missing."""
    missing = known[~(known["decider"] & known["buyer"])].sort_values("revenue", ascending=False)
    roles = missing[list(ROLES)].apply(lambda row: ", ".join(role for role in ROLES if not row[role]), axis=1)
    kept = missing[["revenue", "tier", "contacts"]].reset_index(names="customer_id")
    return kept.assign(missing_roles=list(roles) if len(missing) else [])
