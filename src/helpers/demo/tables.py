"""What the company exports about customers, orders and campaigns, clean; `broken` spoils it afterwards."""

import numpy as np
import pandas as pd

from helpers.demo.baskets import MORE_LINES
from helpers.demo.campaign_truth import campaign_rows
from helpers.demo.campaigns import redemptions
from helpers.demo.simulate import Story
from helpers.demo.world import CALENDAR, REGIONS, TET, TET_CLOSED
from helpers.study.year import YEAR_WINDOW

UTC_OFFSET = pd.Timedelta(hours=7)  # Ho Chi Minh City has no summer time


def transactions(story: Story) -> pd.DataFrame:
    """Order lines and returns up to `as_of`, as text: times in UTC with Z, money in the order's currency."""
    world, people, orders = story.world, story.people, story.orders
    number = np.where(story.past, np.cumsum(story.past), -1)
    by_order = pd.DataFrame({"who": orders["who"], "time": orders["time"], "number": number})
    by_order["channel"], by_order["paid"] = _channels(story), _paid(story)
    sold = story.lines[story.past[story.lines["order"]]]
    sold = sold.join(by_order, on="order")[["who", "time", "number", "channel", "paid", *_MONEY]]
    back = _returned(story, by_order)
    table = pd.concat([sold, back], ignore_index=True).sort_values("time", kind="stable", ignore_index=True)
    order_id = "O" + table["number"].astype(int).astype(str).str.zfill(7)
    whole = table["currency"] == "VND"
    return pd.DataFrame(
        {
            "customer_id": people["customer_id"].to_numpy()[table["who"]],
            "order_time": _utc(world, table["time"]),
            "order_id": order_id.where(table["number"] > 0),
            "category": table["category"],
            "quantity": table["quantity"].astype("Int64").astype("string"),
            "list_price": _money(table["list_price"], whole),
            "amount": _money(table["amount"], whole),
            "cost": _money(table["cost"], whole),
            "currency": table["currency"],
            "channel": table["channel"],
            "paid_at": _utc(world, table["paid"]),
        }
    )


def customers(story: Story) -> pd.DataFrame:
    """One row per customer, with what the company knows about them."""
    world, people = story.world, story.people
    rng = world.rng("customer table")
    ids = people["customer_id"].to_numpy()
    organization = (people["kind"] == "organization").to_numpy()
    asked = rng.random(len(people)) < np.where(organization, 0.7, 0.25)
    estimate = category_spend(people) * rng.lognormal(0, 0.2, len(people))
    return pd.DataFrame(
        {
            "customer_id": ids,
            "kind": people["kind"],
            "subkind": people["subkind"].where(organization),
            "relation": people["relation"],
            "parent_id": named(ids, people["parent"]),
            "purpose": people["purpose"].where(organization),
            "acquired_at": world.dates(people["acquired"]).dt.date,
            "channel": people["channel"],
            "acquisition_cost": people["acquisition_cost"],
            "referred_by": named(ids, people["referrer"]),
            "category_spend": np.round(estimate, -5).where(asked & people["start"].notna()),
            "industry": people["industry"],
            "region": people["region"],
            "newsletter": rng.random(len(people)) < 0.55,
        }
    )


def category_spend(people: pd.DataFrame) -> pd.Series:
    """What each customer really spends in the category in a year, with all suppliers, in VND."""
    organization = (people["kind"] == "organization").to_numpy()
    lines = np.where(organization, 1 + MORE_LINES["organization"], 1 + MORE_LINES["consumer"])
    yearly = people["rate"] * YEAR_WINDOW * lines * people["units"] * np.where(organization, 430_000, 190_000)
    return np.maximum(yearly / people["wallet_share"], 400_000)


def campaigns(story: Story) -> pd.DataFrame:
    """One row per customer in a campaign, with contact, redemption and their cost; the coupon first."""
    told = [_coupon(story), *(_program(story, one) for one in story.programs), _calendar(story)]
    return pd.concat(told, ignore_index=True)


def _coupon(story):
    """The rows of the coupon experiment."""
    world, experiment = story.world, story.experiment
    rng = world.rng("campaign table")
    members, start = experiment.members, world.day(world.assigned_on) + 5.5 / 24
    arm = experiment.arm[members]
    used = redemptions(world, experiment, experiment.arm, story.orders, story.happened, story.gross_revenue)
    first = used.groupby("who")["time"].min().reindex(members).to_numpy()
    seen = start + np.minimum(rng.exponential(8 / 24, len(members)) + 1 / 1440, 3)
    seen = np.fmin(seen, first - 1 / 1440)
    return pd.DataFrame(
        {
            "campaign_id": world.campaign_id,
            "customer_id": story.people["customer_id"].to_numpy()[members],
            "arm": np.array(world.arms)[arm],
            "is_control": arm == 0,
            "planned_share": np.array(world.planned_share)[arm],
            "assigned_at": stamps(world, np.full(len(members), start)),
            "exposed_at": stamps(world, np.where((arm > 0) & experiment.reached[members], seen, np.nan)),
            "redeemed_at": stamps(world, first),
            "contact_cost": np.where(arm > 0, world.contact_cost, 0.0),
            "incentive_cost": used.groupby("who")["cost"].sum().reindex(members).fillna(0.0).to_numpy(),
            "window_days": world.window_days,
            "assigned": "randomized",
        }
    )


def _program(story, program):
    """The rows of one of the other campaigns."""
    world, campaign = story.world, program.campaign
    rng = world.rng(f"{campaign.campaign_id} table")
    made = campaign_rows(story, program)
    rows, start = made["rows"], world.day(campaign.assigned_on) + 5.5 / 24
    first = np.where(made["redeemed"] < world.last_day + 1, made["redeemed"], np.nan)
    seen = np.fmin(start + rng.uniform(0.02, 4, len(rows)), first - 1 / 1440)
    reached = made["treated"] & ((rng.random(len(rows)) < world.reached) | ~np.isnan(first))
    return pd.DataFrame(
        {
            "campaign_id": campaign.campaign_id,
            "customer_id": story.people["customer_id"].to_numpy()[rows],
            "arm": made["arm"],
            "is_control": ~made["treated"],
            "planned_share": 0.5,
            "assigned_at": stamps(world, np.full(len(rows), start)),
            "exposed_at": stamps(world, np.where(reached, seen, np.nan)),
            "redeemed_at": stamps(world, np.where(made["treated"], first, np.nan)),
            "contact_cost": np.where(made["treated"], campaign.contact_cost, 0.0),
            "incentive_cost": made["incentive_cost"],
            "window_days": campaign.window_days,
            "assigned": "randomized",
        }
    )


def _calendar(story):
    """The rows of the campaign without lots: one arm, nobody left alone."""
    world, who = story.world, np.flatnonzero(story.listed)
    start = np.full(len(who), world.day(CALENDAR.assigned_on) + 5.5 / 24)
    return pd.DataFrame(
        {
            "campaign_id": CALENDAR.campaign_id,
            "customer_id": story.people["customer_id"].to_numpy()[who],
            "arm": CALENDAR.arm,
            "is_control": False,
            "assigned_at": stamps(world, start),
            "contact_cost": CALENDAR.contact_cost,
            "incentive_cost": 0.0,
            "window_days": CALENDAR.window_days,
            "assigned": "not_randomized",
        }
    )


def exchange_rates(story: Story) -> pd.DataFrame:
    """The daily rates up to `as_of`: VND for one unit of the currency."""
    rates = story.rates.iloc[: story.world.last_day + 1].drop(columns="VND")
    table = rates.assign(date=story.world.dates(rates.index).dt.date.to_numpy())
    return table.melt("date", var_name="currency", value_name="rate").sort_values(["date", "currency"])


def calendar(story: Story) -> pd.DataFrame:
    """When the shops are closed for Tet, planned for a year after `as_of`; rows of 0 say how far the table knows."""
    world, (before, after) = story.world, TET_CLOSED
    planned = pd.Timestamp(world.as_of) + pd.Timedelta(YEAR_WINDOW, "D")
    feasts = pd.to_datetime(pd.Series(TET))
    feasts = feasts[(feasts > pd.Timestamp(world.begin)) & (feasts <= planned)]
    closed = pd.DataFrame(
        {"date": feasts - pd.Timedelta(before, "D"), "until": feasts + pd.Timedelta(after, "D"), "value": 1}
    )
    ends = pd.DataFrame({"date": [pd.Timestamp(world.begin), planned], "until": pd.NaT, "value": 0})
    table = pd.concat([ends.iloc[:1], closed, ends.iloc[1:]], ignore_index=True).assign(name="closed")
    days = {name: table[name].dt.date for name in ("date", "until")}
    return table.assign(**days)[["date", "until", "name", "value"]]


def panel(story: Story) -> pd.DataFrame:
    """Revenue per known consumer, by province and month, with the start of the loyalty programme there."""
    return province_months(story, story.past)[["unit", "period", "outcome", "treated_from"]]


def province_months(story: Story, which: np.ndarray) -> pd.DataFrame:
    """Consumers' revenue, net of returns, per known consumer in a province and month, from these orders."""
    world, people = story.world, story.people
    local = people[
        (people["kind"] == "consumer") & people["region"].isin(list(REGIONS)) & people["start"].notna()
    ]
    orders = story.orders[which & story.orders["who"].isin(local.index).to_numpy()]
    orders = orders[orders["time"] < world.last_day + 1]
    months = pd.period_range(world.begin, world.as_of, freq="M")
    month = world.dates(np.floor(orders["time"])).dt.to_period("M").to_numpy()
    revenue = orders["revenue"].groupby([people["region"].loc[orders["who"]].to_numpy(), month]).sum()
    won = world.dates(local["start"]).dt.to_period("M").to_numpy()
    known = pd.crosstab(local["region"].to_numpy(), won).reindex(
        index=list(REGIONS), columns=months, fill_value=0
    )
    cells = known.cumsum(axis=1).stack().rename("known").rename_axis(["unit", "period"]).reset_index()
    money = revenue.reindex(pd.MultiIndex.from_frame(cells[["unit", "period"]])).fillna(0.0).to_numpy()
    cells["outcome"] = np.round(money / np.maximum(cells["known"], 1))
    cells["period"] = cells["period"].dt.start_time.dt.date
    cells["treated_from"] = cells["unit"].map({name: since for name, (_, since) in REGIONS.items()})
    return cells


_MONEY = ["category", "quantity", "list_price", "amount", "cost", "currency"]


def _returned(story, by_order):
    """The returns as rows of the export: with or without the order's number, goodwill without goods."""
    world, back = story.world, story.returns
    goods = story.lines.iloc[back["line"]].reset_index(drop=True).join(by_order, on="order")
    goods["time"] = goods["time"].apply(np.floor) + back["days"]
    goods["amount"], goods["cost"], goods["paid"] = back["amount"], back["cost"], goods["time"]
    goods["quantity"] = (-goods["quantity"]).astype(float).where(back["recorded"] != "goodwill")
    goods["list_price"] = goods["list_price"].where(back["recorded"] != "goodwill")
    real = story.past[goods["order"]] & (goods["time"] < world.last_day + 1).to_numpy()
    goods["number"] = goods["number"].where(back["recorded"] == "with_order", -1)
    return goods.loc[real, ["who", "time", "number", "channel", "paid", *_MONEY]]


def _channels(story):
    rng = story.world.rng("channels")
    orders = story.orders["who"].to_numpy()
    likes = {"consumer": (3.0, 2.0, 0.3), "organization": (0.3, 2.0, 2.5)}
    shape = np.array([likes[kind] for kind in story.people["kind"]])
    share = np.cumsum(rng.gamma(shape), axis=1)[orders]
    return np.array(["store", "web", "phone"])[(rng.random((len(orders), 1)) * share[:, -1:] > share).sum(1)]


def _paid(story):
    """When an order was paid: at once by consumers, 10 to 60 days later or never by organizations."""
    world, orders = story.world, story.orders
    rng = world.rng("invoices")
    later = np.floor(rng.uniform(10, 60, len(orders))) + rng.uniform(0, 0.2, len(orders))
    unpaid = rng.random(len(orders)) < world.unpaid_invoice
    on_invoice = (story.people["kind"] == "organization").to_numpy()[orders["who"]]
    paid = np.where(
        on_invoice, np.where(unpaid, np.nan, np.floor(orders["time"]) + 0.4 + later), orders["time"]
    )
    return np.where(paid < world.last_day + 1, paid, np.nan)


def _moments(world, days):
    return pd.Timestamp(world.begin) + pd.to_timedelta(np.round(np.asarray(days, float) * 86_400), unit="s")


def _utc(world, days):
    return pd.Series((_moments(world, days) - UTC_OFFSET).strftime("%Y-%m-%dT%H:%M:%SZ"))


def stamps(world, days) -> pd.Series:
    """Local times of day numbers as ISO text, missing for missing days."""
    return pd.Series(_moments(world, days).strftime("%Y-%m-%dT%H:%M:%S"))


def _money(values, whole):
    values = values.to_numpy(float)
    text = np.where(whole, np.char.mod("%.0f", values), np.char.mod("%.2f", values)).astype(object)
    return pd.Series(text).where(~np.isnan(values))


def named(ids, rows) -> pd.Series:
    """The ids of the customers in these rows, missing where the row is negative."""
    rows = rows.to_numpy()
    return pd.Series(ids[rows]).where(rows >= 0)
