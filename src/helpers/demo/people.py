"""Who the customers are: leads that become organizations, consumers, and what is hidden in each of them."""

import numpy as np
import pandas as pd

from helpers.demo.world import (
    ABROAD,
    ABROAD_SHARE,
    CONSUMER_CHANNELS,
    CONSUMER_NEEDS,
    INDUSTRIES,
    LEAD_CHANNELS,
    MIX_CONCENTRATION,
    NEEDS,
    REGIONS,
    World,
    season,
)
from helpers.study.year import MONTH

GROUPS = tuple(NEEDS)


def leads(world: World) -> pd.DataFrame:
    """Simulate every lead to its end: day numbers of its stages, one of `won` and `lost` finite.

    Each stage ends after an exponential time, in the next stage or in loss (competing risks by channel);
    a quick first answer and a larger firm help.
    """
    rng = world.rng("leads")
    n = round(world.leads_per_customer * world.customers)
    names = list(LEAD_CHANNELS)
    channel = rng.choice(len(names), n, p=[LEAD_CHANNELS[name][0] for name in names])
    industries = list(INDUSTRIES)
    industry = rng.choice(len(industries), n, p=[INDUSTRIES[name][2] for name in industries])
    table = pd.DataFrame(
        {
            "created": np.sort(
                world.last_day * (np.sqrt(1 + 3 * rng.random(n)) - 1)
            ),  # twice as many at the end
            "channel": np.array(names)[channel],
            "industry": np.array(industries)[industry],
            "response_hours": np.round(rng.lognormal(np.log(6), 1.0, n), 1),
            "employees": np.ceil(rng.lognormal(np.log(12), 0.9, n)).astype(int),
        }
    )
    cost = np.array([LEAD_CHANNELS[name][1] for name in names])[channel]
    table["cost"] = np.round(cost * rng.gamma(8, 1 / 8, n), -3)
    help_ = np.exp(
        -0.12 * np.log(table["response_hours"] / 6) + 0.10 * np.log(table["employees"] / 12)
    ).to_numpy()
    hazards = np.array([LEAD_CHANNELS[name][2] for name in names])[channel]  # lead, stage, (advance, lose)
    now, alive, lost = table["created"].to_numpy(), np.ones(n, bool), np.full(n, np.inf)
    for stage, name in enumerate(("mql", "sql", "won")):
        advance, lose = hazards[:, stage, 0] * help_, hazards[:, stage, 1]
        now = now + rng.exponential(MONTH / (advance + lose))
        advances = rng.random(n) < advance / (advance + lose)
        lost[alive & ~advances] = now[alive & ~advances]
        alive &= advances
        table[name] = np.where(alive, now, np.inf)
    return table.assign(lost=lost)


def customers(world: World, lead_table: pd.DataFrame) -> pd.DataFrame:
    """One row per customer in order of acquisition: what the company knows, and the hidden traits.

    Hidden: `needs`, `needs_before` and `needs_day` (a group that changed), `rate` (orders per day while
    active), `hazard` (of leaving, per day), `quits` (probability of leaving after an order), `units` (mean
    per line), `deal` (probability that an order is bought on offer), `satisfaction` (standard normal).
    `start` is the day of the first order, missing for those who never ordered.
    """
    rng = world.rng("customers")
    organizations = _organizations(world, lead_table, rng)
    consumers = _consumers(world, world.customers - len(organizations), rng)
    people = pd.concat([consumers, organizations], ignore_index=True)
    people = people.sort_values("acquired", kind="stable", ignore_index=True)
    people["customer_id"] = [f"C{number:06d}" for number in range(1, len(people) + 1)]
    is_org = (people["kind"] == "organization").to_numpy()
    people["relation"] = np.where(rng.random(len(people)) < world.internal, "internal", "external")
    people["parent"] = _parents(people, rng)
    people["referrer"] = _referrers(people, rng)
    _hide_traits(world, people, is_org, rng)
    return people


def mixes(world: World, people: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Each customer's shares over the categories, after and before a change of needs: two (n, categories)."""
    rng = world.rng("mixes")
    profile = MIX_CONCENTRATION * np.array([NEEDS[group][0] for group in GROUPS])
    drawn = rng.gamma(np.maximum(profile[people["needs"]], 1e-9))
    before = rng.gamma(np.maximum(profile[people["needs_before"]], 1e-9))
    unchanged = (people["needs"] == people["needs_before"]).to_numpy()
    before[unchanged] = drawn[unchanged]
    return drawn / drawn.sum(1, keepdims=True), before / before.sum(1, keepdims=True)


def _organizations(world, lead_table, rng):
    won = lead_table[lead_table["won"] < world.last_day + 1].iloc[: world.customers // 3]
    n = len(won)
    names = won["industry"].to_numpy()
    acquired = np.floor(won["won"].to_numpy()).astype(int)
    purpose = np.array([INDUSTRIES[name][1] for name in names])
    return pd.DataFrame(
        {
            "lead": won.index.to_numpy(),
            "kind": "organization",
            "subkind": [INDUSTRIES[name][0] for name in names],
            "industry": names,
            "purpose": np.where(rng.random(n) < 0.12, "expansion", purpose),
            "acquired": acquired,
            "start": np.minimum(acquired + rng.integers(0, 8, n), world.last_day).astype(float),
            "channel": won["channel"].to_numpy(),
            "acquisition_cost": np.round(won["cost"].to_numpy() * 3 + rng.gamma(4, 90_000, n), -3),
            "needs": _pick(rng, np.array([INDUSTRIES[name][5] for name in names])),
            "region": _regions(rng, names),
        }
    )


def _consumers(world, n, rng):
    days = np.arange(world.last_day + 1)
    weight = season(world, "consumer")[: len(days)] * (1 + 0.8 * days / len(days))
    start = np.searchsorted(np.cumsum(weight) / weight.sum(), rng.random(n))
    registered_before = np.where(rng.random(n) < 0.15, rng.integers(1, 21, n), 0)
    names = list(CONSUMER_CHANNELS)
    channel = rng.choice(len(names), n, p=[CONSUMER_CHANNELS[name][0] for name in names])
    cost = np.array([CONSUMER_CHANNELS[name][1] for name in names])[channel]
    return pd.DataFrame(
        {
            "lead": -1,
            "kind": "consumer",
            "subkind": "person",
            "industry": None,
            "purpose": "personal",
            "acquired": np.maximum(start - registered_before, 0),
            "start": np.where(rng.random(n) < world.never_ordered, np.nan, start),
            "channel": np.array(names)[channel],
            "acquisition_cost": np.round(cost * rng.gamma(6, 1 / 6, n), -3),
            "needs": rng.choice(len(GROUPS), n, p=CONSUMER_NEEDS),
            "region": _regions(rng, np.full(n, "consumer")),
        }
    )


def _pick(rng, weights):
    """One index per row of a matrix of weights."""
    cumulative = np.cumsum(weights, axis=1)
    return (rng.random((len(weights), 1)) * cumulative[:, -1:] > cumulative).sum(1)


def _regions(rng, names):
    share = [REGIONS[name][0] for name in REGIONS]
    region = rng.choice(list(REGIONS), len(names), p=share).astype(object)
    abroad = np.cumsum([ABROAD_SHARE.get(name, (0.0, 0.0)) for name in names], axis=1)
    draw = rng.random(len(names))
    for place, name in reversed(list(enumerate(ABROAD))):
        region[draw < abroad[:, place]] = name
    return region


def _parents(people, rng):
    """Departments and branches: some organizations belong to an earlier one of the same industry."""
    parent = np.full(len(people), -1)
    for _, rows in people[people["kind"] == "organization"].groupby("industry", sort=True):
        heads = rows.index[: max(1, len(rows) // 20)].to_numpy()
        others = rows.index[len(heads) :].to_numpy()
        branches = others[rng.random(len(others)) < 0.15]
        parent[branches] = rng.choice(heads, len(branches))
    return parent


def _referrers(people, rng):
    """The customer of the same kind, acquired earlier, who sent the one that came by referral."""
    referrer = np.full(len(people), -1)
    for _, rows in people[people["start"].notna()].groupby("kind", sort=True):
        place = np.flatnonzero((rows["channel"] == "referral").to_numpy())
        place = place[place > 0]
        referrer[rows.index[place]] = rows.index[np.floor(rng.random(len(place)) ** 1.5 * place).astype(int)]
    return referrer


def _hide_traits(world, people, is_org, rng):
    n = len(people)
    pace = np.array([NEEDS[group][1] for group in GROUPS])[people["needs"]]
    industry = people["industry"].where(is_org, "cafe")
    monthly = np.where(
        is_org, [INDUSTRIES[name][4] for name in industry], world.consumer_rate_per_month * pace
    )
    shape = np.where(is_org, world.organization_rate_shape, world.consumer_rate_shape)
    relative = rng.gamma(shape) / shape
    people["rate"] = monthly * relative / MONTH
    shape = np.where(is_org, world.organization_hazard_shape, world.consumer_hazard_shape)
    mean = np.where(is_org, world.organization_hazard_per_month, world.consumer_hazard_per_month)
    leaving = rng.gamma(shape) / shape
    people["hazard"] = mean * leaving / MONTH
    with np.errstate(divide="ignore"):
        content = -np.log(np.maximum(leaving, 1e-3))
    quits = np.where(
        is_org,
        *(  # probability to leave after an order, tickets apart
            rng.beta(a, b, n) for a, b in (world.organization_quits, world.consumer_quits)
        ),
    )
    people["quits"] = quits
    people["satisfaction"] = 0.6 * (content - content.mean()) / content.std() + 0.8 * rng.standard_normal(n)
    typical = np.where(is_org, [INDUSTRIES[name][3] for name in industry], 1.45)
    spread = np.where(is_org, 0.45, 0.55)
    follows = np.maximum(relative, 0.05) ** world.spend_follows_rate
    above_one = (typical - 1) * rng.lognormal(-(spread**2) / 2, spread) * follows
    people["units"] = 1 + above_one
    people["deal"] = np.where(is_org, rng.beta(0.6, 9, n), rng.beta(0.8, 3.0, n))
    people.loc[people["relation"] == "internal", "deal"] = 1.0
    people["currency"] = people["region"].map(ABROAD).fillna("VND")
    changes = rng.random(n) < world.needs_shift
    other = (people["needs"] + rng.integers(1, len(GROUPS), n)) % len(GROUPS)
    people["needs_before"] = np.where(changes & ~is_org, other, people["needs"])
    span = world.last_day - people["acquired"]
    people["needs_day"] = people["acquired"] + rng.random(n) * span
    spends = rng.beta(2.2, 3.2, n)  # share of the category spend that comes to the roaster
    people["wallet_share"] = np.maximum(spends, 0.12)
