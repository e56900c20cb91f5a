"""What only the simulator knows: hidden traits, the future and the true effects; apart from the tables."""

import numpy as np
import pandas as pd

from helpers.demo import broken
from helpers.demo.baskets import expected_money
from helpers.demo.campaigns import Experiment, coupon, harmed, leaves, redemptions
from helpers.demo.people import GROUPS
from helpers.demo.purchases import expected_orders, loyalty
from helpers.demo.simulate import Story
from helpers.demo.tables import category_spend, province_months
from helpers.demo.world import PRICE_LIST_RATE, REGIONS
from helpers.study.year import MONTH, YEAR, YEAR_WINDOW

HORIZON_MONTHS, ANNUAL_DISCOUNT_RATE = 24, 0.10


def orders(story: Story) -> pd.DataFrame:
    """Every order of the real world, also after `as_of`: its date, and VND net of what came back."""
    table = story.orders[story.happened]
    return pd.DataFrame(
        {
            "customer_id": story.people["customer_id"].to_numpy()[table["who"]],
            "order_date": story.world.dates(np.floor(table["time"])).dt.date.to_numpy(),
            "revenue": table["revenue"].to_numpy(),
            "margin": table["margin"].to_numpy(),
            "is_future": story.future[story.happened],
        }
    )


def customers(story: Story) -> pd.DataFrame:
    """Hidden traits, state at `as_of`, and 24 months of future: realised, and expected given both."""
    world, people = story.world, story.people
    now = world.last_day + 1
    alive = active(story, now)
    hazard = people["hazard"] * np.where(
        harmed(story.experiment, story.experiment.arm), world.annoyed_hazard, 1.0
    )
    multiplier = loyalty(world, people, np.arange(len(people)), float(now)) * lasting(story)
    future, middle = expected_orders(world, people, now, world.days, multiplier, hazard)
    future = np.where(alive[:, None], future, 0.0)
    revenue, margin = (money * _rate(story) for money in _order_money(story))
    discount = _discount(middle - now)
    own = story.orders[story.future]
    realised = own.assign(discounted_margin=own["margin"] * _discount(own["time"] - now), orders=1.0)
    realised = realised.groupby("who")[["orders", "revenue", "margin", "discounted_margin"]].sum()
    realised = realised.reindex(people.index, fill_value=0.0)
    return pd.DataFrame(
        {
            "customer_id": people["customer_id"],
            "kind": people["kind"],
            "needs_group": np.array(GROUPS)[people["needs"]],
            "needs_group_before": np.array(GROUPS)[people["needs_before"]],
            "orders_per_month": people["rate"] * MONTH,
            "hazard_per_month": people["hazard"] * MONTH,
            "quits_per_order": people["quits"] + world.ticket_exit,
            "revenue_per_order": revenue,
            "margin_per_order": margin,
            "deal_proneness": people["deal"],
            "satisfaction": people["satisfaction"],
            "ever_ordered": people["start"].notna(),
            "alive": alive,
            "expected_orders": future.sum(1),
            "expected_revenue": future.sum(1) * revenue,
            "expected_margin": future.sum(1) * margin,
            "expected_discounted_margin": (future * discount).sum(1) * margin,
            **{f"future_{name}": realised[name] for name in realised},
        }
    )


def equity(table: pd.DataFrame) -> dict:
    """Customer equity at `as_of` from the customers' truth: for all and by kind, expected and realised."""
    parts = {"all": table, **dict(list(table.groupby("kind")))}
    measures = ("orders", "revenue", "margin", "discounted_margin")
    return {
        "horizon_months": HORIZON_MONTHS,
        "annual_discount_rate": ANNUAL_DISCOUNT_RATE,
        "margin_is": "after cost of goods and returns, before service, contact and unpaid invoices",
        **{
            name: {
                "customers": len(part),
                "alive": int(part["alive"].sum()),
                "expected": {measure: float(part[f"expected_{measure}"].sum()) for measure in measures},
                "realised": {measure: float(part[f"future_{measure}"].sum()) for measure in measures},
            }
            for name, part in parts.items()
        },
    }


def campaign_effects(story: Story) -> dict:
    """The coupon's effect per assigned customer against control, from coupled worlds, by phase and arm.

    Means over everyone in the experiment of (all in this arm) minus (all in control): purchases, conversion,
    revenue, margin; `cost` is contact and redeemed coupons; `net` is margin less cost.
    """
    world = story.world
    start = world.day(world.assigned_on)
    end = start + world.window_days
    phases = {
        "window": (start, end),
        "recovery": (end, end + world.recovery_days),
        "to_as_of": (start, world.last_day + 1),
        "twelve_months": (start, start + YEAR_WINDOW),
    }
    effects = {
        "campaign_id": world.campaign_id,
        "assigned": {name: int((story.experiment.arm == arm).sum()) for arm, name in enumerate(world.arms)},
        "phases": {
            name: [_date(world, first), _date(world, last - 1)] for name, (first, last) in phases.items()
        },
    }
    for arm, name in enumerate(world.arms):
        effects[name] = {
            phase: _phase(story, arm, *days, phase != "recovery") for phase, days in phases.items()
        }
    return effects


def campaign_customers(story: Story) -> pd.DataFrame:
    """For each customer in the experiment and each coupon: expected margin, cost and net against control.

    Given the hidden traits and whether the customer was active at assignment, averaged over being reached;
    `window` over the campaign's window, `year` over twelve months from the assignment.
    """
    world, experiment = story.world, story.experiment
    rows, start = experiment.members, world.day(world.assigned_on)
    people = story.people.iloc[rows].reset_index(drop=True)
    revenue, margin = (money[rows] for money in _order_money(story))
    alive = active(story, start)[rows]
    control, weeks = _year_if_reached(story, people, rows, 0) * alive[:, None], world.window_days // 7
    table = pd.DataFrame(
        {
            "customer_id": people["customer_id"],
            "arm": np.array(world.arms)[experiment.arm[rows]],
            "active": alive,
            "annoyed": experiment.annoyed[rows],
        }
    )
    for arm, name in list(enumerate(world.arms))[1:]:
        treated = _year_if_reached(story, people, rows, arm) * alive[:, None]
        more = world.reached * (treated - control)
        uses = world.reached * experiment.redeems[rows, arm] * ~experiment.annoyed[rows]
        face = np.minimum(world.face_value[arm] * revenue, world.face_value_cap)
        cost = world.contact_cost + uses * face * treated[:, :weeks].sum(1)
        table[f"{name}_window_orders"] = more[:, :weeks].sum(1)
        table[f"{name}_window_net"] = more[:, :weeks].sum(1) * margin - cost
        table[f"{name}_year_net"] = more.sum(1) * margin - cost
    return table


def loyalty_effects(story: Story) -> dict:
    """The loyalty programme's effect on consumers in provinces that have it, from coupled worlds.

    `att` is the mean over treated province-months of the panel's outcome (VND per known consumer) with minus
    without the programme; `relative` the same as a share of the outcome without it.
    """
    real, without = province_months(story, story.past), province_months(story, story.if_no_loyalty)
    real["without"] = without["outcome"]
    real["effect"] = real["outcome"] - real["without"]
    real = real[pd.to_datetime(real["period"]) >= pd.to_datetime(real["treated_from"])]
    by_province = real.groupby("unit")[["effect", "without"]].mean()
    return {
        "rate_multiplier": story.world.loyalty_rate,
        "att": float(real["effect"].mean()),
        "relative": float(real["effect"].sum() / real["without"].sum()),
        "by_province": {
            name: {"treated_from": REGIONS[name][1], "att": float(row.effect)}
            for name, row in by_province.iterrows()
        },
    }


def share_of_customer(story: Story) -> dict:
    """Per kind, of external customers who bought in the last 365 days: their number, the share of their category spend
    that came here in these days, and what went elsewhere in a year (VND; nothing from those who bought more here)."""
    end = story.world.last_day + 1
    recent = story.orders[story.past & (story.orders["time"] >= end - YEAR_WINDOW).to_numpy()]
    table = story.people[["kind", "relation"]].assign(spend=category_spend(story.people))
    table["revenue"] = recent.groupby("who")["revenue"].sum()
    table = table[(table["relation"] == "external") & table["revenue"].notna()]
    return {
        kind: {
            "customers": len(own),
            "share": float(own["revenue"].sum() / own["spend"].sum()),
            "elsewhere": float((own["spend"] - own["revenue"]).clip(lower=0).sum()),
        }
        for kind, own in table.groupby("kind")
    }


def broken_rows(story: Story) -> dict:
    """The number of broken rows per table and rule."""
    return broken.counts(story.world)


def active(story: Story, day: int) -> np.ndarray:
    """Which customers, at the start of a day, have ordered and not yet left in the real world."""
    world, orders_ = story.world, story.orders
    ends = (
        story.happened
        & (orders_["exit"] < world.ticket_exit + story.people["quits"].to_numpy()[orders_["who"]]).to_numpy()
    )
    last = np.full(len(story.people), np.inf)
    np.minimum.at(last, orders_["who"].to_numpy()[ends], orders_["time"].to_numpy()[ends])
    gone = np.minimum(last, leaves(world, story.people, story.experiment, story.experiment.arm))
    for program in story.programs:
        if day >= world.day(program.campaign.assigned_on):
            gone = np.maximum(gone, program.revived_until)
    return (story.people["start"] < day).to_numpy() & (gone >= day)


def lasting(story: Story) -> np.ndarray:
    """The rate multiplier that campaigns left with each customer, in the real world."""
    return np.prod([np.ones(len(story.people)), *(program.lasting for program in story.programs)], axis=0)


def _year_if_reached(story, people, rows, arm):
    """Expected orders per week of the year from the assignment on, of active customers who see the coupon."""
    world, everyone = story.world, story.experiment
    start = world.day(world.assigned_on)
    middle = np.arange(start, start + YEAR_WINDOW, 7) + 3.5
    reached = Experiment(
        arm=np.full(len(rows), arm),
        rise=everyone.rise[rows],
        annoyed=everyone.annoyed[rows],
        reached=np.ones(len(rows), bool),
        redeems=everyone.redeems[rows],
    )
    who = np.repeat(np.arange(len(rows)), len(middle))
    factor = coupon(world, reached, reached.arm, who, np.tile(middle, len(rows))).reshape(len(rows), -1)
    multiplier = loyalty(world, people, np.arange(len(rows)), float(start))[:, None] * factor
    hazard = people["hazard"] * np.where(harmed(reached, reached.arm), world.annoyed_hazard, 1.0)
    return expected_orders(world, people, start, start + YEAR_WINDOW, multiplier, hazard)[0]


def _phase(story, arm, first, last, with_cost):
    world, orders_ = story.world, story.orders
    members = story.experiment.members
    time = orders_["time"].to_numpy()
    inside = (time >= first) & (time < last) & np.isin(orders_["who"], members)
    treated, control = story.if_arm[arm] & inside, story.if_arm[0] & inside
    everyone = np.where(story.experiment.arm >= 0, arm, -1)
    used = redemptions(world, story.experiment, everyone, orders_, story.if_arm[arm], story.gross_revenue)
    incentive = used["cost"].sum() / len(members) if with_cost else 0.0
    contact = world.contact_cost if with_cost and arm > 0 else 0.0
    n, who = len(members), orders_["who"].to_numpy()
    effect = {
        "purchases": (treated.sum() - control.sum()) / n,
        "conversion": (len(set(who[treated])) - len(set(who[control]))) / n,
        "revenue": (orders_["revenue"][treated].sum() - orders_["revenue"][control].sum()) / n,
        "margin": (orders_["margin"][treated].sum() - orders_["margin"][control].sum()) / n,
        "control_purchases": control.sum() / n,
        "control_conversion": len(set(who[control])) / n,
        "control_margin": orders_["margin"][control].sum() / n,
        "contact_cost": contact,
        "incentive_cost": incentive,
    }
    effect["net"] = effect["margin"] - contact - incentive
    return {name: float(value) for name, value in effect.items()}


def _order_money(story):
    return expected_money(story.world, story.people, story.mix)


def _rate(story):
    """The mean future rate of each customer's currency against the price list's."""
    mean = story.rates.iloc[story.world.last_day + 1 :].mean() / pd.Series(PRICE_LIST_RATE)
    return story.people["currency"].map(mean).to_numpy()


def _discount(days):
    return (1 + ANNUAL_DISCOUNT_RATE) ** (-np.asarray(days) / YEAR)


def _date(world, day):
    return world.dates([day])[0].date().isoformat()
