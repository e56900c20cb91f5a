"""When customers order: one set of possible orders, thinned into the real world and into other worlds.

Every world keeps a possible order when its uniform number lies below the world's multiplier at that
moment, so two worlds differ only where the treatment made the difference (coupled paths).
"""

import numpy as np
import pandas as pd

from helpers.demo.world import REGIONS, World, season

_HOURS = {  # mean, standard deviation, share; local time
    "consumer": ((7.3, 0.7, 0.36), (12.4, 1.2, 0.24), (18.2, 1.8, 0.40)),
    "organization": ((9.3, 1.5, 0.7), (14.5, 1.4, 0.3)),
}


def possible_orders(world: World, people: pd.DataFrame) -> pd.DataFrame:
    """Every order that any world may hold, by customer and `time` (local, in days).

    `level` is what a world's rate multiplier must exceed; `exit` is uniform and decides whether the order is
    the customer's last: because of its ticket below `ticket_exit`, silently up to `quits` above it.
    """
    rng = world.rng("orders")
    start = people["start"].to_numpy()
    lifetime = rng.exponential(size=len(people)) / np.maximum(people["hazard"], 1e-12)
    leaves = np.minimum(start + lifetime, world.days)  # missing for who never ordered
    campaign = float(world.day(world.assigned_on))
    window = (np.full(len(people), campaign), np.full(len(people), campaign + world.window_days))
    parts = [
        pd.DataFrame({"who": np.flatnonzero(~np.isnan(start)), "day": start[~np.isnan(start)], "level": -1.0})
    ]
    for low, high, (first, last) in (
        (0.0, world.loyalty_rate, (start, leaves)),
        (world.loyalty_rate, world.loyalty_rate * (1 + world.highest_rise), window),
    ):
        who, day = _poisson_days(
            world, people, (high - low), np.fmax(first, start), np.fmin(last, leaves), rng
        )
        parts.append(
            pd.DataFrame({"who": who, "day": day, "level": low + (high - low) * rng.random(len(who))})
        )
    orders = pd.concat(parts, ignore_index=True)
    consumer = (people["kind"] == "consumer").to_numpy()[orders["who"]]
    hours = np.where(consumer, _hours("consumer", len(orders), rng), _hours("organization", len(orders), rng))
    orders["time"] = orders.pop("day") + np.floor(hours * 3600) / 86_400
    orders["exit"] = rng.random(len(orders))
    orders = orders.sort_values(["who", "time"], kind="stable", ignore_index=True)
    people["lifetime"] = lifetime
    return orders


def loyalty(world: World, people: pd.DataFrame, who, time) -> np.ndarray:
    """The loyalty programme's rate multiplier for these customers at these times."""
    starts = {name: world.day(since) if since else np.inf for name, (_, since) in REGIONS.items()}
    since = people["region"].map(starts).fillna(np.inf).to_numpy()
    since = np.where(people["kind"] == "consumer", since, np.inf)
    return np.where(time >= since[who], world.loyalty_rate, 1.0)


def leaving_time(people: pd.DataFrame, harm_from=None, harm=1.0) -> np.ndarray:
    """When each customer stops for reasons of their own; from `harm_from` on, `harm` times as fast."""
    leaves = (people["start"] + people["lifetime"]).to_numpy()
    if harm_from is None:
        return leaves
    return np.where(leaves > harm_from, harm_from + (leaves - harm_from) / harm, leaves)


def keep(world: World, people: pd.DataFrame, orders: pd.DataFrame, multiplier, leaves) -> np.ndarray:
    """Which possible orders happen: below the multiplier, before leaving, until an order that is the last."""
    who, time = orders["who"].to_numpy(), orders["time"].to_numpy()
    kept = (orders["level"].to_numpy() < multiplier) & (
        (time < leaves[who]) | (orders["level"].to_numpy() < 0)
    )
    ends = kept & (orders["exit"].to_numpy() < world.ticket_exit + people["quits"].to_numpy()[who])
    last = np.full(len(leaves), np.inf)
    np.minimum.at(last, who[ends], time[ends])
    return kept & (time <= last[who])


def expected_orders(world: World, people: pd.DataFrame, first: int, last: int, multiplier, hazard, step=7):
    """Expected orders of customers active at day `first`, per step of days in [first, last).

    Uses the hidden rates, the season, the hazard of leaving (per day) and the orders that end it all;
    `multiplier` is per customer (n,) or per customer and step (n, steps). Returns the (n, steps) array and
    the middles of the steps.
    """
    edges = np.append(np.arange(first, last, step), last)
    middle = (edges[:-1] + edges[1:]) / 2
    consumer = (people["kind"] == "consumer").to_numpy()
    bought = {kind: np.diff(_cumulative(world, kind)[edges]) for kind in ("consumer", "organization")}
    season_days = np.where(consumer[:, None], bought["consumer"], bought["organization"])
    multiplier = np.asarray(multiplier, float)
    multiplier = multiplier[:, None] if multiplier.ndim == 1 else multiplier
    orders = people["rate"].to_numpy()[:, None] * multiplier * season_days
    quits = (world.ticket_exit + people["quits"].to_numpy())[:, None] * (
        np.cumsum(orders, axis=1) - orders / 2
    )
    return orders * np.exp(-np.asarray(hazard)[:, None] * (middle - first) - quits), middle


def _cumulative(world, kind):
    """The season's days up to the start of each day."""
    return np.concatenate([[0.0], np.cumsum(season(world, kind))])


def _poisson_days(world, people, factor, first, last, rng):
    """Days of Poisson processes with rate x factor x season between two times per customer."""
    kinds = people["kind"].to_numpy()
    grid = np.arange(world.days + 1)
    who_parts, day_parts = [], []
    for kind in ("consumer", "organization"):
        cumulative = _cumulative(world, kind)
        rows = np.flatnonzero((kinds == kind) & (first < last))
        low, high = np.interp(first[rows], grid, cumulative), np.interp(last[rows], grid, cumulative)
        count = rng.poisson(people["rate"].to_numpy()[rows] * factor * (high - low))
        who = np.repeat(rows, count)
        amount = np.repeat(low, count) + rng.random(count.sum()) * np.repeat(high - low, count)
        who_parts.append(who)
        day_parts.append(np.minimum(np.searchsorted(cumulative, amount, side="right") - 1, world.days - 1))
    return np.concatenate(who_parts), np.concatenate(day_parts).astype(float)


def _hours(kind, n, rng):
    means, spreads, shares = zip(*_HOURS[kind], strict=True)
    part = rng.choice(len(shares), n, p=shares)
    return np.clip(rng.normal(np.array(means)[part], np.array(spreads)[part]), 5.75, 21.75)
