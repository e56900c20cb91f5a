"""Tickets and the next purchase, where the truth is known: raised at random without effect, and with a known one."""

from datetime import date

import kept_seeds
import numpy as np
import pandas as pd
import pytest

from helpers.loyalty import consequences, landmark

LANDMARK, WINDOW, DAYS, FIRST = 14, 90, 912, np.datetime64("2023-01-01")
AS_OF = (FIRST + np.timedelta64(DAYS - 1, "D")).astype(object)


def base(seed: int, leaves: float, customers: int) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Purchase days, tickets and the true change in points of the share who buy again.

    Mean gap of 10 days, one in ten leaves after a purchase; 6 % of purchases raise a ticket within 14 days, after which
    the customer leaves with the chance `leaves`. Truth: the purchases a ticket followed, with and without its effect.
    """
    rng = np.random.default_rng(seed)
    rates = rng.gamma(2, 1 / 20, customers)
    bought, tickets, effects = [], [], []
    for name, rate in enumerate(rates):
        stays = rng.geometric(0.1)
        days = np.unique((rng.uniform(0, 500) + rng.exponential(1 / rate, stays).cumsum()).astype(int))
        days = days[days < DAYS]
        raised = np.sort((days + rng.integers(0, 14, len(days)))[rng.random(len(days)) < 0.06])
        end = np.inf
        for opened in raised[raised < DAYS]:
            last = days[days <= opened].max()
            if opened >= end:
                continue
            tickets.append((name, opened, opened + 5))
            if opened - last <= LANDMARK and last + LANDMARK + WINDOW < DAYS:
                again = ((days > last + LANDMARK) & (days <= last + LANDMARK + WINDOW)).any()
                effects.append(-leaves * again)
            end = opened if rng.random() < leaves else end
        bought += [(name, day) for day in days if day <= end]
    orders = pd.DataFrame(bought, columns=["customer_id", "day"])
    opened = pd.DataFrame(tickets, columns=["customer_id", "opened", "closed"])
    at = lambda day: FIRST + day.to_numpy().astype("timedelta64[D]")  # noqa: E731
    orders = orders.assign(order_date=pd.to_datetime(at(orders["day"])).date)
    opened = opened.assign(
        opened_at=at(opened["opened"]), closed_at=at(opened["closed"]), severity="ordinary"
    )
    return orders, opened, float(np.mean(effects))


def estimated(seed: int, leaves: float, customers: int = 1500):
    orders, tickets, truth = base(seed, leaves, customers)
    units = landmark.after_orders(orders, tickets, AS_OF, landmark_days=LANDMARK, window_days=WINDOW)
    found = consequences.ticket_effects(units, pd.Series(dtype=str), len(tickets), 10, 200, 1).any_ticket
    return units, found, truth


def test_an_exposed_unit_is_compared_with_those_who_had_not_bought_again_either():
    """Two of three buyers came back before the day of the ticket: only the third is like the one with the ticket."""
    units = pd.DataFrame(
        {
            "customer_id": list("abcd"),
            "bought": [False, True, True, False],
            "delay": [5.0, np.nan, np.nan, np.nan],
            "next": [15, 3, 5, 15],
        }
    )
    exposed = np.array([True, False, False, False])
    one = landmark.compare(units, exposed, ~exposed, np.zeros(4, int), draws=20)
    assert one.size == 1 and (one.difference == 0).all()
    nobody = units.assign(next=[15, 3, 5, 5])
    assert landmark.compare(nobody, exposed, ~exposed, np.zeros(4, int), draws=20) is None


def test_delay_and_next_are_counted_from_the_purchase():
    when = pd.to_datetime(["2025-03-01", "2025-03-09", "2025-03-01"])
    orders = pd.DataFrame({"customer_id": ["a", "a", "b"], "order_date": when.date})
    opened = pd.to_datetime(["2025-03-03", "2025-03-05"])
    tickets = pd.DataFrame({"customer_id": "a", "opened_at": opened, "closed_at": pd.NaT, "severity": "x"})
    units = landmark.after_orders(orders, tickets, date(2025, 12, 31), landmark_days=14, window_days=90)
    assert units["delay"].tolist()[0] == 4 and units["delay"].isna().tolist() == [False, True, True]
    assert units["next"].tolist() == [8, 15, 15]


def test_harmless_tickets_look_harmless_and_harmful_ones_do_not():
    _, found, _ = estimated(1, 0.0)
    assert found.p05 <= 0 <= found.p95
    _, found, truth = estimated(1, 0.17)
    assert truth == pytest.approx(-0.13, abs=0.02) and found.p95 < -0.05
    assert found.p05 <= truth <= found.p95


@pytest.mark.slow(seeds="bases 0 to 59")
@pytest.mark.parametrize("leaves", [0.0, 0.17])
def test_the_effect_of_tickets_lies_in_its_interval(leaves):
    def one_base(seed: int) -> dict:
        _, found, truth = estimated(seed, leaves)
        inside = bool(found.p05 <= truth <= found.p95)
        return {"truth": truth, "found": found.mean, "inside": inside, "below": bool(found.p95 < 0)}

    found = kept_seeds.table(f"tickets_{leaves:g}", range(60), one_base)
    assert kept_seeds.inside_counts(found["inside"])
    assert leaves == 0 or len(found) < 60 or found["below"].sum() >= 58
