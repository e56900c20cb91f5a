"""What the company exports about leads, subscriptions, service and satisfaction."""

import numpy as np
import pandas as pd

from helpers.demo import funnel
from helpers.demo.simulate import Story
from helpers.demo.tables import category_spend, named, stamps
from helpers.demo.world import PLANS, TICKET_TOPICS
from helpers.study.year import MONTH, YEAR_WINDOW

RECOMMEND = "How likely are you to recommend us to a friend or colleague?"
OF_TEN = "Of ten purchases of coffee and tea in the last twelve months, how many did you make with us?"


def leads(story: Story) -> pd.DataFrame:
    """One row per lead known at `as_of`; `onboarding_call` follows the outcome and must not predict it."""
    table = funnel.known(story.world, story.leads)
    rng = story.world.rng("lead table")
    row_of = pd.Series(story.people.index, story.people["lead"])
    row_of = row_of[row_of.index >= 0].reindex(table.index).fillna(-1).astype(int)
    table.insert(7, "customer_id", named(story.people["customer_id"].to_numpy(), row_of))
    won = table["won_at"].notna().to_numpy()
    return table.assign(onboarding_call=won & (rng.random(len(table)) < 0.9)).reset_index(drop=True)


def subscribers(story: Story) -> pd.DataFrame:
    """Every subscription to its end, also after `as_of`: `who`, `plan`, `fee`, `start`, `churn`, `months`.

    A month is renewed with probability 1 - churn; churn ~ beta over customers (the shifted beta-geometric),
    lower for the satisfied.
    """
    world, people = story.world, story.people
    rng = world.rng("subscriptions")
    may = (people["industry"] == "office") | (people["kind"] == "consumer")
    likely = np.where(people["kind"] == "consumer", world.subscribers, 4 * world.subscribers)
    open_days = world.last_day - people["acquired"]
    who = np.flatnonzero(may & (rng.random(len(people)) < likely) & (open_days > 30))
    consumer = (people["kind"] == "consumer").to_numpy()[who]
    plan = np.where(
        consumer, np.where(rng.random(len(who)) < PLANS["discovery"][2], "discovery", "barista"), "office"
    )
    start = people["acquired"].to_numpy()[who] + np.floor(rng.random(len(who)) * open_days.to_numpy()[who])
    odds = rng.beta(1.1, 12.0, len(who))
    odds = odds / (1 - odds) * np.exp(-0.3 * people["satisfaction"].to_numpy()[who])
    churn = np.clip(odds / (1 + odds), 1e-4, 0.95)
    fee = np.array([PLANS[name][1] for name in plan], float)
    return pd.DataFrame(
        {"who": who, "plan": plan, "fee": fee, "start": start, "churn": churn, "months": rng.geometric(churn)}
    )


def subscriptions(story: Story) -> pd.DataFrame:
    """One row per subscription; `ended_at` is the last day paid for, blank while it runs at `as_of`."""
    world, table = story.world, subscribers(story)
    started = world.dates(table["start"])
    ended = [
        day + pd.DateOffset(months=int(months)) - pd.Timedelta(days=1) if months < 1200 else pd.NaT
        for day, months in zip(started, table["months"], strict=True)
    ]
    ended = pd.Series(ended, dtype="datetime64[us]")
    return pd.DataFrame(
        {
            "customer_id": story.people["customer_id"].to_numpy()[table["who"]],
            "started_at": started.dt.strftime("%Y-%m-%d"),
            "ended_at": ended.where(ended <= pd.Timestamp(world.as_of)).dt.strftime("%Y-%m-%d"),
            "period": "month",
            "fee": table["fee"],
            "plan": table["plan"],
        }
    )


def tickets(story: Story) -> pd.DataFrame:
    """One row per ticket opened up to `as_of`; every ticket follows an order, and some end the relation."""
    world, table = story.world, ticket_orders(story)
    return pd.DataFrame(
        {
            "ticket_id": [f"K{number:06d}" for number in range(1, len(table) + 1)],
            "customer_id": story.people["customer_id"].to_numpy()[
                story.orders["who"].to_numpy()[table["order"]]
            ],
            "opened_at": stamps(world, table["opened"]),
            "closed_at": stamps(world, _until(world, table["closed"])),
            "topic": table["topic"],
            "severity": table["severity"],
            "cost": table["cost"],
        }
    )


def ticket_orders(story: Story) -> pd.DataFrame:
    """The tickets by the time they were opened: `order` (row), `opened`, `closed` (days), topic, severity, cost."""
    world, orders = story.world, story.orders
    rng = world.rng("tickets")
    ends = (orders["exit"] < world.ticket_exit).to_numpy()
    others = (orders["exit"] > 1 - (world.ticket_after_order - world.ticket_exit)).to_numpy()
    calm, upset = world.leaves_after_ticket
    grave = world.grave_ticket
    if_ends = grave * upset / (grave * upset + (1 - grave) * calm)
    if_stays = grave * (1 - upset) / (grave * (1 - upset) + (1 - grave) * (1 - calm))
    is_grave = rng.random(len(orders)) < np.where(ends, if_ends, if_stays)
    opened = orders["time"].to_numpy() + np.minimum(rng.exponential(1.2, len(orders)) + 0.02, 8)
    closed = opened + rng.gamma(1.5, np.where(is_grave, 5.0, 1.6))
    topic = rng.choice(list(TICKET_TOPICS), len(orders), p=list(TICKET_TOPICS.values()))
    cost = np.round(np.where(is_grave, 120_000, 35_000) * rng.gamma(4, 0.25, len(orders)), -3)
    rows = np.flatnonzero(story.happened & (ends | others) & (opened < world.last_day + 1))
    rows = rows[np.argsort(opened[rows], kind="stable")]
    return pd.DataFrame(
        {
            "order": rows,
            "opened": opened[rows],
            "closed": closed[rows],
            "topic": topic[rows],
            "severity": np.where(is_grave[rows], "grave", "ordinary"),
            "cost": cost[rows],
        }
    )


def surveys(story: Story, ticket_table: pd.DataFrame) -> pd.DataFrame:
    """Quarterly answers of recent buyers: would they recommend us (tickets of the last 120 days cost points), and what
    share of their purchases do we get."""
    world, people = story.world, story.people
    rng = world.rng("surveys")
    row_of = pd.Series(people.index, people["customer_id"])
    opened = (pd.to_datetime(ticket_table["opened_at"]) - pd.Timestamp(world.begin)) / pd.Timedelta(days=1)
    ticket_who = row_of[ticket_table["customer_id"]].to_numpy()
    points = np.where(ticket_table["severity"] == "grave", 3.5, 1.2)
    past = story.orders[story.past]
    parts = []
    for day in range(135, world.last_day - 8, 91):
        recent = np.unique(past["who"][(past["time"] < day) & (past["time"] >= day - 120)])
        who = recent[rng.random(len(recent)) < world.survey_answers]
        fresh = ((opened < day) & (opened >= day - 120)).to_numpy()
        upset = np.bincount(ticket_who[fresh], points[fresh], len(people))[who]
        mood = 7.9 + 1.5 * people["satisfaction"].to_numpy()[who] - upset + rng.normal(0, 1.2, len(who))
        parts.append(pd.DataFrame({"who": who, "day": day + rng.uniform(0.35, 7.9, len(who)), "score": mood}))
    answers = pd.concat(parts, ignore_index=True).assign(question=RECOMMEND)
    answers = pd.concat([answers, _wallet_answers(story, answers)], ignore_index=True)
    return pd.DataFrame(
        {
            "customer_id": people["customer_id"].to_numpy()[answers["who"]],
            "asked_at": stamps(world, answers["day"]),
            "score": np.clip(np.round(answers["score"]), 0, 10).astype(int),
            "question": answers["question"],
        }
    )


def _wallet_answers(story, answers):
    """Half of those who answered the first question also say how many of ten purchases they made with us in the year.

    They know their spending roughly: the share of the last twelve months, off by a tenth or so.
    """
    rng = story.world.rng("wallet survey")
    asked = answers[rng.random(len(answers)) < 0.5].reset_index(drop=True)
    past = story.orders[story.past]
    both = asked.reset_index().merge(past[["who", "time", "revenue"]], on="who")
    inside = both[(both["time"] < both["day"]) & (both["time"] >= both["day"] - YEAR_WINDOW)]
    revenue = inside.groupby("index")["revenue"].sum().reindex(asked.index, fill_value=0.0).to_numpy()
    share = revenue / category_spend(story.people).to_numpy()[asked["who"]]
    return asked.assign(score=10 * share + rng.normal(0, 0.7, len(asked)), question=OF_TEN)


def activities(story: Story) -> pd.DataFrame:
    """Visits and calls: service of firms while they buy, retention calls, the sales visit before a win."""
    world, people = story.world, story.people
    rng = world.rng("activities")
    past = story.orders[story.past]
    last = past.groupby("who")["time"].max()
    firms = people[(people["kind"] == "organization").to_numpy() & people.index.isin(last.index)]
    stop = np.minimum(last[firms.index].to_numpy() + 60, world.last_day)
    every = 45.0
    visits = rng.poisson((stop - firms["start"].to_numpy()) / every)
    who = np.repeat(firms.index.to_numpy(), visits)
    first, span = np.repeat(firms["start"], visits), np.repeat(stop - firms["start"], visits)
    service = _activity(rng, who, first + rng.random(len(who)) * span, "service", 180_000, "visit")
    loyal = np.unique(past["who"])
    called = loyal[rng.random(len(loyal)) < 0.10]
    when = last[called].to_numpy() + rng.uniform(60, 150, len(called))
    retention = _activity(rng, called, when, "retention", 22_000, "phone")
    won = firms.index.to_numpy()
    acquisition = _activity(rng, won, firms["acquired"].to_numpy() - 2, "acquisition", 150_000, "visit")
    table = pd.concat([service, retention, acquisition], ignore_index=True)
    table = table[(table["day"] >= 0) & (table["day"] < world.last_day + 1)]
    table = table.sort_values("day", kind="stable", ignore_index=True)
    return pd.DataFrame(
        {
            "customer_id": people["customer_id"].to_numpy()[table["who"]],
            "at": stamps(world, np.floor(table["day"]) + 0.375),
            "kind": table["kind"],
            "cost": table["cost"],
            "channel": table["channel"],
        }
    )


def lead_truth(story: Story) -> pd.DataFrame:
    """Every lead's whole course: months from creation to each stage and to its loss, infinite when never."""
    table = story.leads
    months = {stage: (table[stage] - table["created"]) / MONTH for stage in ("mql", "sql", "won", "lost")}
    return pd.DataFrame(
        {
            "lead_id": [f"L{number:06d}" for number in table.index + 1],
            "channel": table["channel"],
            **{f"{stage}_after_months": value for stage, value in months.items()},
        }
    )


def subscription_truth(story: Story) -> pd.DataFrame:
    """Every subscription's hidden churn per month and the months it will really last."""
    table = subscribers(story)
    table.insert(0, "customer_id", story.people["customer_id"].to_numpy()[table["who"]])
    return table.drop(columns=["who", "start"]).rename(columns={"churn": "churn_per_month"})


def _activity(rng, who, day, kind, cost, channel):
    spent = np.round(cost * rng.gamma(6, 1 / 6, len(who)), -3)
    return pd.DataFrame({"who": who, "day": np.asarray(day), "kind": kind, "cost": spent, "channel": channel})


def _until(world, days):
    """Days that are past at `as_of`; later ones are not known yet."""
    days = np.asarray(days, float)
    return np.where(days < world.last_day + 1, days, np.nan)
