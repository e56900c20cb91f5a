"""The wall calendar with a voucher for a gift box: a campaign that nobody drew by lot.

The shops' staff listed, six weeks before it was sent, consumers who had bought often and for much until then, in some
provinces more than in others; nobody was left alone on purpose, so the table names only those who got one. In the window
most orders of theirs hold a gift box more. Orders are the same in all worlds, so nothing told before changes.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from helpers.demo.world import CALENDAR, MENU

SENDS_MORE = ("Ho Chi Minh City", "Da Nang", "Can Tho")
LEVEL, BY_SPEND, BY_ORDERS, BY_PROVINCE = (
    -3.5,
    0.5,
    0.6,
    0.8,
)  # logistic, of logs of a million VND and of orders
GIFT, TAKES_IT = "gift_small", 0.9  # the box, and the share of orders in the window that get one


def add(story):
    """Return the story with a gift box more in orders of those who got the calendar."""
    world, orders, lines = story.world, story.orders, story.lines
    rng, who = world.rng(CALENDAR.campaign_id), orders["who"].to_numpy()
    listed = _listed(story, rng)
    start, time = world.day(CALENDAR.assigned_on), orders["time"].to_numpy()
    product = int(MENU.index[MENU["product"] == GIFT][0])
    has_one = np.isin(np.arange(len(orders)), lines.loc[lines["product"] == product, "order"])
    inside = (time >= start) & (time < start + CALENDAR.window_days) & listed[who] & ~has_one
    taken = np.flatnonzero(inside & (rng.random(len(orders)) < TAKES_IT))
    price, cost = MENU.loc[product, ["consumer", "cost"]].astype(float)
    box = {"product": product, "quantity": 1, "category": MENU.loc[product, "category"], "currency": "VND"}
    box |= {"list_price": price, "amount": price, "cost": cost, "rate": 1.0}
    more = pd.DataFrame({"order": taken}).assign(**box, revenue=price, margin=price - cost)[lines.columns]
    orders = orders.copy()
    orders.loc[taken, "revenue"] += price
    orders.loc[taken, "margin"] += price - cost
    return replace(
        story, orders=orders, lines=pd.concat([lines, more], ignore_index=True), listed=listed, boxes=taken
    )


def effect(story) -> dict:
    """What the calendar truly added per customer who got it, in its window; gain is margin less its cost."""
    n, sold = int(story.listed.sum()), int(story.happened[story.boxes].sum())
    box = MENU[MENU["product"] == GIFT].iloc[0]
    revenue, margin = (
        float(amount) * sold / n for amount in (box["consumer"], box["consumer"] - box["cost"])
    )
    told = {"campaign_id": CALENDAR.campaign_id, "arm": CALENDAR.arm, "customers": n, "conversion": 0.0}
    return told | {"revenue": revenue, "margin": margin, "gain": margin - CALENDAR.contact_cost}


def _listed(story, rng: np.random.Generator) -> np.ndarray:
    """Who got a calendar: nothing hidden decides, only what they had bought by then and where they live."""
    world, people, orders = story.world, story.people, story.orders
    end = world.day(CALENDAR.assigned_on) - CALENDAR.window_days
    before = orders[story.happened & (orders["time"] < end).to_numpy()]
    spend = np.bincount(before["who"], before["revenue"], len(people)).clip(0)
    times = np.bincount(before["who"], minlength=len(people))
    more = people["region"].isin(SENDS_MORE).to_numpy()
    odds = LEVEL + BY_SPEND * np.log1p(spend / 1e6) + BY_ORDERS * np.log1p(times) + BY_PROVINCE * more
    home = ((people["kind"] == "consumer") & (people["relation"] == "external")).to_numpy()
    home = home & (people["currency"] == "VND").to_numpy() & (times > 0)
    return home & (rng.random(len(people)) < 1 / (1 + np.exp(-odds)))
