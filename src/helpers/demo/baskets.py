"""What an order holds and what it earns: lines, returns and the expected money of one order."""

from math import exp, factorial

import numpy as np
import pandas as pd

from helpers.demo.world import (
    CATEGORIES,
    MENU,
    PRICE_LIST_RATE,
    RESTOCKED,
    RETURNED,
    RETURNED_OTHERWISE,
    World,
)

DISCOUNTS, DISCOUNT_SHARES, STAFF_DISCOUNT = (0.10, 0.15, 0.20), (0.5, 0.3, 0.2), 0.25
MORE_LINES, MOST_MORE = {"consumer": 0.55, "organization": 1.2}, 3  # lines after the first: Poisson, cut
RETURN_RATE = np.array([RETURNED.get(name, RETURNED_OTHERWISE) for name in CATEGORIES])
EQUIPMENT = CATEGORIES.index(RESTOCKED)
UNEVEN = 4.0  # shape of the gamma that makes an order larger or smaller than the customer's usual


def lines(
    world: World, people, mix, mix_before, orders: pd.DataFrame, rates: pd.DataFrame, topic: str = "lines"
) -> pd.DataFrame:
    """The lines of possible orders: `order` (row in `orders`), category, product, quantity and money.

    `list_price` (of one piece), `amount` and `cost` (line totals) are in the customer's currency; `revenue`
    and `margin` are in VND at the day's rate, before returns.
    """
    rng = world.rng(topic)
    is_org = (people["kind"] == "organization").to_numpy()
    more = np.where(is_org, MORE_LINES["organization"], MORE_LINES["consumer"])[orders["who"]]
    order = np.repeat(np.arange(len(orders)), 1 + np.minimum(rng.poisson(more), MOST_MORE))
    who, time = orders["who"].to_numpy()[order], orders["time"].to_numpy()[order]
    before = (time < people["needs_day"].to_numpy()[who])[:, None]
    cumulative = np.cumsum(np.where(before, mix_before[who], mix[who]), axis=1)
    category = (rng.random((len(who), 1)) * cumulative[:, -1:] > cumulative).sum(1)
    size = rng.gamma(UNEVEN, 1 / UNEVEN, len(orders))[order]
    quantity = 1 + rng.poisson((people["units"].to_numpy()[who] - 1) * size)
    quantity[category == EQUIPMENT] = 1
    product = _products(category, is_org[who], rng)
    key, place = np.unique(order * len(MENU) + product, return_inverse=True)  # one line per product and order
    table = pd.DataFrame({"order": key // len(MENU), "product": key % len(MENU)})
    table["quantity"] = np.bincount(place, quantity).astype(int)
    return _price(world, people, orders, table, rates, is_org, rng)


def _products(category, is_org, rng):
    product = np.zeros(len(category), int)
    for number, name in enumerate(CATEGORIES):
        rows = MENU.index[MENU["category"] == name]
        for org in (False, True):
            chosen = np.flatnonzero((category == number) & (is_org == org))
            weights = MENU.loc[rows, "w_organization" if org else "w_consumer"].to_numpy()
            product[chosen] = rng.choice(rows, len(chosen), p=weights / weights.sum())
    return product


def _price(world, people, orders, table, rates, is_org, rng):
    who = orders["who"].to_numpy()[table["order"]]
    day = np.floor(orders["time"].to_numpy()[table["order"]]).astype(int)
    level = np.where(day >= world.day(world.price_step_on), world.price_step, 1.0)
    menu = MENU.loc[table["product"]]
    unit = np.where(is_org[who], menu["organization"], menu["consumer"]) * level
    internal = (people["relation"] == "internal").to_numpy()[orders["who"]]
    offer = rng.random(len(orders)) < people["deal"].to_numpy()[orders["who"]]
    depth = np.where(internal, STAFF_DISCOUNT, rng.choice(DISCOUNTS, len(orders), p=DISCOUNT_SHARES))
    discount = np.where(offer, depth, 0.0)[table["order"]]
    currency = people["currency"].to_numpy()[who]
    list_rate = pd.Series(PRICE_LIST_RATE)[currency].to_numpy()
    digits = np.where(currency == "VND", 0, 2)
    unit = np.where(digits == 0, np.round(unit, -2), np.round(unit / list_rate, 2))
    table["category"] = menu["category"].to_numpy()
    table["currency"] = currency
    table["list_price"] = unit
    amount = unit * table["quantity"] * (1 - discount)
    table["amount"] = np.where(digits == 0, np.round(amount), np.round(amount, 2))
    cost = menu["cost"].to_numpy() * level * table["quantity"] / list_rate
    table["cost"] = np.where(digits == 0, np.round(cost), np.round(cost, 2))
    table["rate"] = rates.to_numpy()[day, rates.columns.get_indexer(currency)]
    table["revenue"] = table["amount"] * table["rate"]
    table["margin"] = (table["amount"] - table["cost"]) * table["rate"]
    return table


def returns(world: World, line_table: pd.DataFrame, topic: str = "returns") -> pd.DataFrame:
    """What comes back: `line`, `days` after the order, how it is recorded, and its money (negative or 0).

    `recorded`: with_order, without_order (the same amount, no order number) or goodwill (a part, no goods).
    """
    rng = world.rng(topic)
    share = pd.Series(RETURN_RATE, CATEGORIES)[line_table["category"]].to_numpy()
    back = np.flatnonzero(rng.random(len(line_table)) < share)
    with_order = rng.random(len(back)) < world.return_with_order_id
    goods = line_table.iloc[back]
    table = pd.DataFrame({"line": back, "recorded": np.where(with_order, "with_order", "without_order")})
    table["amount"] = -goods["amount"].to_numpy()
    table["cost"] = np.where(goods["category"] == RESTOCKED, -goods["cost"], 0.0)
    first = np.flatnonzero(~line_table["order"].duplicated())
    pleased = first[rng.random(len(first)) < world.goodwill_refund]
    part = -0.3 * line_table["amount"].to_numpy()[pleased]
    digits = np.where(line_table["currency"].to_numpy()[pleased] == "VND", 0, 2)
    part = np.where(digits == 0, np.round(part), np.round(part, 2))
    goodwill = pd.DataFrame({"line": pleased, "recorded": "goodwill", "amount": part, "cost": 0.0})
    table = pd.concat([table, goodwill], ignore_index=True)
    table["days"] = rng.integers(1, 21, len(table)) + rng.uniform(9 / 24, 20 / 24, len(table))
    rate = line_table["rate"].to_numpy()[table["line"]]
    table["revenue"], table["margin"] = table["amount"] * rate, (table["amount"] - table["cost"]) * rate
    return table


def expected_money(world: World, people: pd.DataFrame, mix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Expected revenue and margin of one order per customer, net of returns, after the price step, in VND
    at the price list's rates (multiply by `rate / PRICE_LIST_RATE` for other currencies)."""
    revenue, margin = np.zeros(len(people)), np.zeros(len(people))
    internal = (people["relation"] == "internal").to_numpy()
    depth = np.where(internal, STAFF_DISCOUNT, np.dot(DISCOUNTS, DISCOUNT_SHARES))
    paid = 1 - people["deal"].to_numpy() * depth
    units = np.repeat(people["units"].to_numpy()[:, None], len(CATEGORIES), axis=1)
    units[:, EQUIPMENT] = 1
    for kind in ("consumer", "organization"):
        rows = (people["kind"] == kind).to_numpy()
        weight = MENU[f"w_{kind}"]
        by_category = (MENU[[kind, "cost"]].mul(weight, axis=0)).groupby(MENU["category"], sort=False).sum()
        by_category = (
            by_category.div(weight.groupby(MENU["category"], sort=False).sum(), axis=0) * world.price_step
        )
        price, cost = by_category[kind].to_numpy(), by_category["cost"].to_numpy()
        per_line = mix[rows] * units[rows]
        gross = per_line * price * paid[rows, None]
        lost_goods = np.where(np.arange(len(CATEGORIES)) == EQUIPMENT, 1 - RETURN_RATE, 1.0)
        goodwill = world.goodwill_refund * 0.3 * gross.sum(1)
        count = _mean_lines(kind)
        revenue[rows] = count * (gross * (1 - RETURN_RATE)).sum(1) - goodwill
        margin[rows] = revenue[rows] - count * (per_line * cost * lost_goods).sum(1)
    return revenue, margin


def _mean_lines(kind):
    mean = MORE_LINES[kind]
    share = [exp(-mean) * mean**k / factorial(k) for k in range(MOST_MORE)]
    return 1 + sum(k * p for k, p in enumerate(share)) + MOST_MORE * (1 - sum(share))
