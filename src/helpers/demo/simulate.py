"""The whole story of one world, told once: people, orders, baskets, the coupon, and what happened."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from helpers.demo import baskets, calendar, campaigns, people, purchases
from helpers.demo.programs import Program, add
from helpers.demo.world import PRICE_LIST_RATE, World


@dataclass(frozen=True)
class Story:
    """Everything that happened and could have happened: `orders` of all worlds, `happened` in the real one.

    `orders` carries `revenue` and `margin` in VND, net of what came back later; `lines` and `returns` point
    into it.
    """

    world: World
    leads: pd.DataFrame
    people: pd.DataFrame
    mix: np.ndarray
    rates: pd.DataFrame  # day by currency, VND
    orders: pd.DataFrame
    lines: pd.DataFrame
    returns: pd.DataFrame
    experiment: campaigns.Experiment
    happened: np.ndarray
    if_arm: tuple[np.ndarray, ...]  # per arm: which orders happen when every member is in that arm
    if_no_loyalty: np.ndarray
    programs: tuple[Program, ...] = ()
    listed: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))  # over people: who got the calendar
    boxes: np.ndarray = field(default_factory=lambda: np.zeros(0, int))  # the orders with its gift box

    @property
    def gross_revenue(self) -> np.ndarray:
        """Each order's revenue in VND as it was rung up, before anything came back."""
        return np.bincount(self.lines["order"], self.lines["revenue"], len(self.orders))

    @property
    def past(self) -> np.ndarray:
        """Which orders really happened up to and including `as_of`."""
        return self.happened & (self.orders["time"] < self.world.last_day + 1).to_numpy()

    @property
    def future(self) -> np.ndarray:
        """Which orders will really happen after `as_of`."""
        return self.happened & (self.orders["time"] >= self.world.last_day + 1).to_numpy()


def tell(world: World) -> Story:
    """Simulate the story: the same world gives the same story, to the last number."""
    leads = people.leads(world)
    persons = people.customers(world, leads)
    mix, mix_before = people.mixes(world, persons)
    orders = purchases.possible_orders(world, persons)
    experiment = campaigns.assign(world, persons, orders)
    happened = campaigns.happens(world, persons, orders, experiment)
    if_arm = [
        campaigns.happens(world, persons, orders, experiment, np.where(experiment.arm >= 0, arm, -1))
        for arm in range(len(world.arms))
    ]
    if_no_loyalty = campaigns.happens(world, persons, orders, experiment, with_loyalty=False)
    anywhere = np.logical_or.reduce([happened, if_no_loyalty, *if_arm])
    orders = orders[anywhere].reset_index(drop=True)
    rates = exchange_rates(world)
    lines = baskets.lines(world, persons, mix, mix_before, orders, rates)
    back = baskets.returns(world, lines)
    order_of_return = lines["order"].to_numpy()[back["line"]]
    for money in ("revenue", "margin"):
        kept = np.bincount(lines["order"], lines[money], len(orders))
        orders[money] = kept + np.bincount(order_of_return, back[money], len(orders))
    told = Story(
        world, leads, persons, mix, rates, orders, lines, back, experiment,
        happened[anywhere], tuple(world_[anywhere] for world_ in if_arm), if_no_loyalty[anywhere],
    )  # fmt: skip
    return calendar.add(add(told))


def exchange_rates(world: World) -> pd.DataFrame:
    """VND for one unit of each currency on every day: a walk that is pulled back to the price list's rate."""
    rng = world.rng("rates")
    table = {"VND": np.ones(world.days)}
    for currency, daily in (("THB", 0.0035), ("USD", 0.0015)):
        level, shocks = np.zeros(world.days), rng.normal(0, daily, world.days)
        for day in range(1, world.days):
            level[day] = 0.985 * level[day - 1] + shocks[day]
        digits = 2 if currency == "THB" else 0
        table[currency] = np.round(PRICE_LIST_RATE[currency] * np.exp(level), digits)
    return pd.DataFrame(table)
