"""Rows that no export should hold, put into the clean tables in known numbers, each against one rule."""

import numpy as np
import pandas as pd

from helpers.demo.world import World

_PER_THOUSAND = {  # rows per 1,000 customers, three or more; by the names of the contracts' rules
    "transactions": {
        "no_customer_id": 150,  # sales at the counter to who did not give a name
        "unreadable_order_time": 4,
        "future_date": 3,
        "unreadable_amount": 5,
        "negative_quantity": 4,
        "duplicate_line": 12,
    },
    "customers": {"duplicate_customer_id": 3, "unknown_kind": 1},
    "campaigns": {"duplicate_assignment": 3, "unknown_customer": 2},
}


def counts(world: World) -> dict[str, dict[str, int]]:
    """How many broken rows of each rule each table gets."""
    return {
        table: {rule: max(3, round(rows * world.customers / 1000)) for rule, rows in rules.items()}
        for table, rules in _PER_THOUSAND.items()
    }


def spoil_transactions(world: World, clean: pd.DataFrame) -> pd.DataFrame:
    """Add the broken lines: changed copies of purchases under new order numbers, and exact copies."""
    rng, wanted = world.rng("broken transactions"), counts(world)["transactions"]
    purchases = clean[~clean["amount"].str.startswith("-")]
    in_store = purchases[(purchases["channel"] == "store") & (purchases["currency"] == "VND")]
    parts, number = [clean.assign(_place=np.arange(len(clean)))], 9_000_000
    for rule, rows in wanted.items():
        source = in_store if rule == "no_customer_id" else purchases
        places = rng.choice(source.index, rows, replace=rule != "duplicate_line" and rows > len(source))
        copy = clean.loc[places].assign(_place=places + 0.5)
        if rule != "duplicate_line":
            copy["order_id"] = [f"O{number + row}" for row in range(rows)]
            number += rows
            _SPOIL[rule](copy)
        parts.append(copy)
    return pd.concat(parts).sort_values("_place", kind="stable", ignore_index=True).drop(columns="_place")


def spoil_customers(world: World, clean: pd.DataFrame) -> pd.DataFrame:
    """Add customers entered twice, and test accounts of a kind that does not exist."""
    rng, wanted = world.rng("broken customers"), counts(world)["customers"]
    twice = clean.loc[rng.choice(clean.index, wanted["duplicate_customer_id"], replace=False)]
    tests = clean[clean["kind"] == "consumer"].sample(wanted["unknown_kind"], random_state=rng)
    tests = tests.assign(
        customer_id=[f"T{row:06d}" for row in range(len(tests))],
        kind="test",
        referred_by=None,
        acquisition_cost=0.0,
    )
    return pd.concat([clean, twice, tests], ignore_index=True)


def spoil_campaigns(world: World, clean: pd.DataFrame) -> pd.DataFrame:
    """Add assignments that stand there twice, and assignments of customers nobody knows."""
    rng, wanted = world.rng("broken campaigns"), counts(world)["campaigns"]
    twice = clean.loc[rng.choice(clean.index, wanted["duplicate_assignment"], replace=False)]
    strangers = clean.loc[rng.choice(clean.index, wanted["unknown_customer"], replace=False)]
    strangers = strangers.assign(
        customer_id=[f"X{row:06d}" for row in range(len(strangers))], redeemed_at=None, incentive_cost=0.0
    )
    return pd.concat([clean, twice, strangers], ignore_index=True)


def _anonymous(rows):
    rows["customer_id"] = None


def _mistyped_time(rows):
    rows["order_time"] = [
        ("31/02/2025 25:61", "hôm qua", "2025-13-07T09:00:00Z")[i % 3] for i in range(len(rows))
    ]


def _mistyped_year(rows):
    rows["order_time"] = (
        "2062" + rows["order_time"].str[4:10].replace("-02-29", "-02-28") + rows["order_time"].str[10:]
    )


def _mistyped_amount(rows):
    rows["amount"] = [("n/a", "12O000", "ba trăm nghìn")[i % 3] for i in range(len(rows))]


def _stock_correction(rows):
    rows["quantity"] = "-" + rows["quantity"]


_SPOIL = {
    "no_customer_id": _anonymous,
    "unreadable_order_time": _mistyped_time,
    "future_date": _mistyped_year,
    "unreadable_amount": _mistyped_amount,
    "negative_quantity": _stock_correction,
}
