"""For how many today: customers who are as those of a campaign were on its day."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers.campaigns import like_then

AS_OF, DAY = date(2026, 6, 30), date(2025, 6, 2)


def world(seed, channels=("web", "store")):
    """Customers with a kind and a channel, some without orders, and their purchases over two years."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"customer_id": [f"c{k}" for k in range(3000)]})
    people["kind"] = rng.choice(["consumer", "organization"], len(people), p=[0.8, 0.2])
    people["channel"] = rng.choice(channels, len(people))
    rate = np.where(rng.random(len(people)) < 0.1, 0, rng.gamma(0.6, 6, len(people)))
    who = np.repeat(people["customer_id"], rng.poisson(rate))
    gone = pd.Series(rng.integers(30, 730, len(people)), index=people["customer_id"])
    ago = gone.loc[who].to_numpy() + 0 * rng.random(len(who))
    day = (rng.random(len(who)) * ago).astype(int)
    lines = pd.DataFrame({"customer_id": who.to_numpy(), "kind": "purchase"})
    lines["order_date"] = [date(2024, 7, 1) + timedelta(days=int(one)) for one in day]
    return people, lines


def as_ledger(lines):
    return ibis.memtable(lines.astype({"customer_id": "string"})).mutate(
        order_date=ibis._.order_date.cast("date")
    )


def last_before(people, lines, day):
    before = lines[lines["order_date"] < day]
    last = before.groupby("customer_id")["order_date"].max().reindex(people["customer_id"])
    return np.array([np.nan if pd.isna(one) else (day - one).days for one in last])


def campaign(chosen, seed):
    lots = np.random.default_rng(seed).random(len(chosen)) < 0.5
    units = pd.DataFrame(
        {"customer_id": chosen["customer_id"].to_numpy(), "arm": np.where(lots, "letter", "none")}
    )
    return units.assign(assigned_date=pd.Timestamp(DAY))


@pytest.mark.parametrize(("seed", "quiet"), [(1, 120), (2, 60)])
def test_a_win_back_counts_the_consumers_who_are_as_quiet_today(seed, quiet):
    people, lines = world(seed)
    then, now = (last_before(people, lines, day) for day in (DAY, AS_OF + timedelta(days=1)))
    consumer = (people["kind"] == "consumer").to_numpy()
    units = campaign(people[consumer & (then > quiet)], seed)
    found = len(like_then.customers({"w": units}, {"w": "none"}, as_ledger(lines), people, AS_OF))
    had_it = people["customer_id"].isin(units.loc[units["arm"] == "letter", "customer_id"]).to_numpy()
    longest = np.nanmax(then[consumer])
    wanted = (consumer & (now > quiet) & (now <= longest) & ~had_it).sum()
    assert found == pytest.approx(wanted, rel=0.08) and 0 < found < consumer.sum() / 2


@pytest.mark.parametrize("seed", [3, 4])
def test_a_welcome_counts_those_who_never_bought_and_none_who_had_it(seed):
    people, lines = world(seed)
    then, now = (last_before(people, lines, day) for day in (DAY, AS_OF + timedelta(days=1)))
    web = (people["channel"] == "web").to_numpy()
    units = campaign(people[web & np.isnan(then)], seed)
    found = len(like_then.customers({"w": units}, {"w": "none"}, as_ledger(lines), people, AS_OF))
    had_it = people["customer_id"].isin(units.loc[units["arm"] == "letter", "customer_id"]).to_numpy()
    assert found == (web & np.isnan(now) & ~had_it).sum() > 0


def test_without_a_table_of_customers_buyers_are_counted():
    people, lines = world(5)
    then = last_before(people, lines, DAY)
    units = campaign(people[then > 90], 5)
    counted = len(like_then.customers({"w": units}, {"w": "none"}, as_ledger(lines), None, AS_OF))
    assert 0 < counted <= lines["customer_id"].nunique()
