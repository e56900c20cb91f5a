"""The randomized coupon: who is in it, what it does to each customer, and the worlds with and without it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.demo.purchases import keep, leaving_time, loyalty
from helpers.demo.world import World


@dataclass(frozen=True)
class Experiment:
    """Who was assigned where, and each customer's hidden reaction; arrays over all customers.

    `arm`: number of the arm, -1 outside the experiment. `rise` (customers, arms): change of the purchase rate
    in the window of who is reached. `redeems` (customers, arms): whether the customer would use the coupon of
    that arm. `annoyed`, `reached`: whether the customer reacts badly, whether the message is seen at all.
    """

    arm: np.ndarray
    rise: np.ndarray
    annoyed: np.ndarray
    reached: np.ndarray
    redeems: np.ndarray

    @property
    def members(self) -> np.ndarray:
        """The rows of the customers in the experiment."""
        return np.flatnonzero(self.arm >= 0)


def assign(world: World, people: pd.DataFrame, orders: pd.DataFrame) -> Experiment:
    """Draw arms at random among external consumers in the country who ordered within `eligible_days`."""
    rng = world.rng("campaign")
    n, start = len(people), world.day(world.assigned_on)
    before = orders[(orders["time"] < start) & happens(world, people, orders, None)]
    last = before.groupby("who")["time"].max().reindex(range(n)).to_numpy()
    consumer = ((people["kind"] == "consumer") & (people["relation"] == "external")).to_numpy()
    eligible = consumer & (people["currency"] == "VND").to_numpy() & (last >= start - world.eligible_days)
    arm = np.where(eligible, rng.choice(len(world.arms), n, p=world.planned_share), -1)
    deal = people["deal"].to_numpy()
    reached = rng.random(n) < world.reached
    never_waits_for_offers = np.clip(1.8 - 4 * deal, 0.2, 1.8)
    annoyed = rng.random(n) < world.annoyed * never_waits_for_offers
    taste = (0.4 + 2.8 * deal) * rng.gamma(5, 1 / 5, n)
    rise = np.minimum(np.array(world.lift) * taste[:, None], world.highest_rise)
    rise[annoyed] = np.where(np.array(world.lift) > 0, world.annoyed_rate - 1, 0.0)
    redeems = rng.random(n)[:, None] < np.clip(0.3 + np.array(world.face_value) + deal[:, None], 0, 0.95)
    return Experiment(arm, rise, annoyed, reached, redeems)


def coupon(world: World, experiment: Experiment, arm: np.ndarray, who, time) -> np.ndarray:
    """The coupon's rate multiplier: up in the window, down in the recovery by what was pulled forward."""
    start = world.day(world.assigned_on)
    end = start + world.window_days
    rise = np.where((arm >= 0) & experiment.reached, experiment.rise[np.arange(len(arm)), arm], 0.0)[who]
    pulled = (
        np.array(world.pulled_forward)[arm][who]
        * np.maximum(rise, 0)
        * world.window_days
        / world.recovery_days
    )
    in_window = (time >= start) & (time < end)
    in_recovery = (time >= end) & (time < end + world.recovery_days)
    return np.where(in_window, 1 + rise, np.where(in_recovery, np.maximum(1 - pulled, 0), 1.0))


def harmed(experiment: Experiment, arm: np.ndarray) -> np.ndarray:
    """Who leaves faster from the assignment on, when the arms are these."""
    return experiment.annoyed & experiment.reached & (arm > 0)


def leaves(world: World, people: pd.DataFrame, experiment: Experiment | None, arm) -> np.ndarray:
    """When each customer stops for reasons of their own, given the arms."""
    if experiment is None:
        return leaving_time(people)
    harm = np.where(harmed(experiment, arm), world.annoyed_hazard, 1.0)
    return leaving_time(people, float(world.day(world.assigned_on)), harm)


def happens(world, people, orders, experiment, arm=None, with_loyalty=True) -> np.ndarray:
    """Which possible orders happen with these arms (default: as assigned; no experiment: no coupon)."""
    who, time = orders["who"].to_numpy(), orders["time"].to_numpy()
    multiplier = loyalty(world, people, who, time) if with_loyalty else np.ones(len(orders))
    if experiment is not None:
        arm = experiment.arm if arm is None else arm
        multiplier = multiplier * coupon(world, experiment, arm, who, time)
    return keep(world, people, orders, multiplier, leaves(world, people, experiment, arm))


def redemptions(world, experiment, arm, orders, happened, revenue) -> pd.DataFrame:
    """The redeemed coupons in a world, one per order in the window: `who`, `time`, `cost` (face value)."""
    start = world.day(world.assigned_on)
    who, time = orders["who"].to_numpy(), orders["time"].to_numpy()
    uses = experiment.redeems[np.arange(len(arm)), arm]
    willing = uses & experiment.reached & ~experiment.annoyed & (arm > 0)
    rows = np.flatnonzero(happened & willing[who] & (time >= start) & (time < start + world.window_days))
    face = np.array(world.face_value)[arm[who[rows]]] * revenue[rows]
    cost = np.round(np.minimum(face, world.face_value_cap))
    return pd.DataFrame({"who": who[rows], "time": time[rows], "cost": cost})
