"""The truth about tickets: what they do to the next purchase, from the orders that would have followed without them."""

import numpy as np

from helpers.demo import campaigns, purchases, service
from helpers.demo.simulate import Story

LANDMARK_DAYS, WINDOW_DAYS = 14, 90


def ticket_effects(story: Story) -> dict:
    """The change in the chance of a purchase in the 90 days from day 15 after an order, because a ticket followed it.

    Mean over orders with a ticket whose outcome is known at `as_of`, of all and by severity. Without the ticket the
    customer would have left silently with the probability of all orders without one.
    """
    world, people = story.world, story.people
    possible = purchases.possible_orders(world, people)
    who, time = possible["who"].to_numpy(), possible["time"].to_numpy()
    multiplier = purchases.loyalty(world, people, who, time) * campaigns.coupon(
        world, story.experiment, story.experiment.arm, who, time
    )
    gone = campaigns.leaves(world, people, story.experiment, story.experiment.arm)
    level = possible["level"].to_numpy()
    stays = (level < multiplier) & ((time < gone[who]) | (level < 0))
    who, day, exit_ = who[stays], np.floor(time[stays]), possible["exit"].to_numpy()[stays]
    quits = people["quits"].to_numpy()
    found = service.ticket_orders(story)
    orders = story.orders.iloc[found["order"]]
    known = np.floor(orders["time"].to_numpy()) + LANDMARK_DAYS + WINDOW_DAYS <= world.last_day
    found, orders = found[known], orders[known]
    leaves = (orders["exit"] < world.ticket_exit).to_numpy()
    silent = quits[orders["who"]] / (1 - world.ticket_after_order)
    first = np.searchsorted(who, orders["who"])
    returns = np.zeros(len(orders), bool)
    for row, (one, when, start) in enumerate(
        zip(orders["who"], np.floor(orders["time"]), first, strict=True)
    ):
        place = start
        while place < len(who) and who[place] == one and day[place] <= when + LANDMARK_DAYS + WINDOW_DAYS:
            if day[place] > when + LANDMARK_DAYS:
                returns[row] = True
                break
            if day[place] > when and exit_[place] < world.ticket_exit + quits[one]:
                break
            place += 1
    effect = (silent - leaves) * returns
    return {
        "landmark_days": LANDMARK_DAYS,
        "window_days": WINDOW_DAYS,
        "tickets": len(effect),
        "all": float(effect.mean()),
        **{
            name: float(effect[(found["severity"] == name).to_numpy()].mean())
            for name in ("ordinary", "grave")
        },
    }
