"""Three more randomized campaigns beside the coupon: win-back, welcome and partner bonus, each with its own dice.

They touch nobody's orders in the coupon: the win-back revives customers who had left, the welcome makes buyers of
registered people who never ordered, the bonus is for organizations. What they add is appended to the story, drawn
from streams of their own, so that nothing told before changes.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from helpers.demo import baskets
from helpers.demo.purchases import _hours, _poisson_days, keep, loyalty
from helpers.demo.world import PARTNER_BONUS, WELCOME, WIN_BACK, Campaign

ARMS = ("control", "treated")


@dataclass(frozen=True)
class Program:
    """A campaign that was told: who was assigned where, and both worlds of its members.

    treated, member, lasting, revived_until: over all people; lasting is the rate multiplier that stays with those
    treated, revived_until when those who came back leave again (-inf for all others). if_treated, if_control: over all
    orders, those of members when every member is treated, or none.
    """

    campaign: Campaign
    member: np.ndarray
    treated: np.ndarray
    lasting: np.ndarray
    revived_until: np.ndarray
    if_treated: np.ndarray
    if_control: np.ndarray

    @property
    def arm(self) -> np.ndarray:
        """The name of everyone's arm."""
        return np.where(self.treated, self.campaign.arm, ARMS[0])

    def if_arm(self, arm: str) -> np.ndarray:
        """The orders of members when all are in this arm."""
        return self.if_control if arm == ARMS[0] else self.if_treated


def add(story):
    """Return the story with the three campaigns added to its orders, lines, returns and people."""
    told = [_win_back(story), _welcome(story), _partner_bonus(story)]
    extra = pd.concat([one["extra"].assign(program=k) for k, one in enumerate(told)], ignore_index=True)
    old, new = len(story.orders), len(extra)
    everyone = story.people.copy()
    for one in told:
        for column in ("start", "lifetime"):
            everyone[column] = np.where(one["changed"], one[column], everyone[column])
    orders, lines, back = _with_baskets(story, extra)
    who = orders["who"].to_numpy()
    program = np.append(np.full(old, -1), extra["program"])
    real = _pad(story.happened, new)
    gone = np.zeros(len(orders), bool)
    programs = []
    for k, one in enumerate(told):
        own, removed = program == k, _pad(one["removed"], new)
        real |= own & one["treated"][who]
        gone |= removed & one["treated"][who]
        before = _pad(story.happened, new) & one["member"][who]
        programs.append(
            Program(
                one["campaign"], one["member"], one["treated"], one["lasting"], one["revived_until"],
                (before & ~removed) | own, before,
            )
        )  # fmt: skip
    added = (program >= 0) & real
    return replace(
        story,
        people=everyone,
        orders=orders,
        lines=lines,
        returns=back,
        happened=real & ~gone,
        if_arm=tuple((_pad(world, new) | added) & ~gone for world in story.if_arm),
        if_no_loyalty=(_pad(story.if_no_loyalty, new) | added) & ~gone,
        programs=tuple(programs),
    )


def incentives(story, program: Program, happened: np.ndarray, treated: np.ndarray) -> pd.DataFrame:
    """What a campaign gave away in a world: `who`, `time` and `cost` of every order in the window that used it."""
    world, campaign, orders = story.world, program.campaign, story.orders
    start = world.day(campaign.assigned_on)
    who, time = orders["who"].to_numpy(), orders["time"].to_numpy()
    inside = (
        happened
        & treated[who]
        & program.member[who]
        & (time >= start)
        & (time < start + campaign.window_days)
    )
    rows = np.flatnonzero(inside)
    rows = rows[np.lexsort((time[rows], who[rows]))]
    if not campaign.rebate:
        rows = rows[~pd.Series(who[rows]).duplicated().to_numpy()]
    revenue = story.gross_revenue[rows]
    cost = np.round(campaign.rebate * revenue) if campaign.rebate else np.full(len(rows), campaign.voucher)
    return pd.DataFrame({"who": who[rows], "time": time[rows], "cost": cost})


def _win_back(story):
    """Consumers who have not ordered for long: some of those who had left for good start again."""
    world, people = story.world, story.people
    rng, start = world.rng(WIN_BACK.campaign_id), float(world.day(WIN_BACK.assigned_on))
    last = _last_order(story, start)
    gone = _gone(story)
    member = _at_home(people) & (last < start - WIN_BACK.quiet_days)
    answers = member & (gone < start) & (rng.random(len(people)) < WIN_BACK.answers)
    return _restart(story, WIN_BACK, member, answers, rng)


def _welcome(story):
    """Registered consumers who never ordered: some try the set and stay as long as others do."""
    world, people = story.world, story.people
    rng, start = world.rng(WELCOME.campaign_id), float(world.day(WELCOME.assigned_on))
    member = _at_home(people) & (people["acquired"] < start).to_numpy()
    member &= ~(people["start"] < start).to_numpy()
    answers = member & people["start"].isna().to_numpy() & (rng.random(len(people)) < WELCOME.answers)
    return _restart(story, WELCOME, member, answers, rng)


def _restart(story, campaign, member, answers, rng):
    """Those who answer order within the window, and go on at their own rate until they leave again."""
    world, people = story.world, story.people
    n, start = len(people), world.day(campaign.assigned_on)
    treated = member & (rng.random(n) < 0.5)
    first = start + np.floor(rng.random(n) * campaign.window_days)
    lifetime = rng.exponential(size=n) / np.maximum(people["hazard"].to_numpy(), 1e-12)
    leaves = np.where(answers, np.minimum(first + lifetime, world.days), -np.inf)
    who, day = _poisson_days(
        world, people, world.loyalty_rate, np.where(answers, first + 1, np.inf), leaves, rng
    )
    extra = pd.DataFrame(
        {"who": np.append(np.flatnonzero(answers), who), "day": np.append(first[answers], day)}
    )
    extra["level"] = np.append(np.full(answers.sum(), -1.0), world.loyalty_rate * rng.random(len(who)))
    extra = _timed(extra, "consumer", rng)
    kept = keep(
        world,
        people,
        extra,
        loyalty(world, people, extra["who"].to_numpy(), extra["time"].to_numpy()),
        leaves,
    )
    extra = extra[kept].reset_index(drop=True)
    ends = extra[extra["exit"] < world.ticket_exit + people["quits"].to_numpy()[extra["who"]]]
    until = np.where(answers, leaves, -np.inf)
    np.minimum.at(until, ends["who"].to_numpy(), ends["time"].to_numpy())
    new = answers & treated & people["start"].isna().to_numpy()
    return {
        "campaign": campaign,
        "member": member,
        "treated": treated,
        "extra": extra,
        "removed": np.zeros(len(story.orders), bool),
        "lasting": np.ones(n),
        "revived_until": np.where(treated & ~new, until, -np.inf),
        "changed": new,
        "start": first,
        "lifetime": np.where(new, leaves - first, 0.0),
    }


def _partner_bonus(story):
    """Organizations that buy: more in the window, less for a while after it, a little more for good; some resent it."""
    world, people, campaign = story.world, story.people, PARTNER_BONUS
    rng, n, start = world.rng(campaign.campaign_id), len(people), world.day(campaign.assigned_on)
    firm = ((people["kind"] == "organization") & (people["relation"] == "external")).to_numpy()
    last = _last_order(story, start)
    member = firm & (people["currency"] == "VND").to_numpy() & (last >= start - campaign.quiet_days)
    treated = member & (rng.random(n) < 0.5)
    badly = rng.random(n) < campaign.resent
    taste = rng.gamma(6, 1 / 6, n)
    factors = [np.where(badly, harm, 1 + change * taste) for change, harm in campaign.changes]
    ends = [start, start + campaign.window_days, start + campaign.window_days * 5 // 2, world.days]
    who, time = story.orders["who"].to_numpy(), story.orders["time"].to_numpy()
    draw, removed, parts = rng.random(len(story.orders)), np.zeros(len(story.orders), bool), []
    gone = _gone(story)
    for factor, begin, end in zip(factors, ends[:-1], ends[1:], strict=True):
        inside = (time >= begin) & (time < end) & member[who]
        removed |= inside & (draw > factor[who])
        last_day = np.where(member, np.minimum(gone, end), -np.inf)
        rows, day = _poisson_days(world, people, 1.0, np.where(member, float(begin), np.inf), last_day, rng)
        more = rng.random(len(rows)) < np.maximum(factor - 1, 0)[rows]
        parts.append(pd.DataFrame({"who": rows[more], "day": day[more]}))
    extra = _timed(pd.concat(parts, ignore_index=True).assign(level=0.0), "organization", rng).assign(
        exit=0.5
    )
    none = np.zeros(n, bool)
    return {
        "campaign": campaign,
        "member": member,
        "treated": treated,
        "extra": extra,
        "removed": removed,
        "lasting": np.where(treated, factors[-1], 1.0),
        "revived_until": np.full(n, -np.inf),
        "changed": none,
        "start": np.zeros(n),
        "lifetime": np.zeros(n),
    }


def _at_home(people):
    return ((people["kind"] == "consumer") & (people["relation"] == "external")).to_numpy() & (
        people["currency"] == "VND"
    ).to_numpy()


def _last_order(story, day):
    """Each customer's last order before a day, missing for who had none."""
    before = story.orders[story.happened & (story.orders["time"] < day).to_numpy()]
    return before.groupby("who")["time"].max().reindex(range(len(story.people))).to_numpy()


def _gone(story):
    """When each customer stops, for reasons of their own or with an order that is the last."""
    from helpers.demo.campaigns import leaves  # noqa: PLC0415 (campaigns and story know each other)

    world, people, orders = story.world, story.people, story.orders
    ends = (
        story.happened
        & (orders["exit"] < world.ticket_exit + people["quits"].to_numpy()[orders["who"]]).to_numpy()
    )
    last = np.full(len(people), np.inf)
    np.minimum.at(last, orders["who"].to_numpy()[ends], orders["time"].to_numpy()[ends])
    return np.fmin(last, leaves(world, people, story.experiment, story.experiment.arm))


def _timed(extra, kind, rng):
    """Give days their hours, sort by customer and time, and draw what decides on leaving."""
    hours = _hours(kind, len(extra), rng)
    extra = extra.assign(time=extra["day"] + np.floor(hours * 3600) / 86_400).drop(columns="day")
    extra["exit"] = rng.random(len(extra))
    return extra.sort_values(["who", "time"], kind="stable", ignore_index=True)


def _with_baskets(story, extra):
    """The story's orders, lines and returns with those of the extra orders behind them."""
    world, mix, old = story.world, story.mix, len(story.orders)
    lines = baskets.lines(world, story.people, mix, mix, extra, story.rates, topic="program lines")
    back = baskets.returns(world, lines, topic="program returns")
    order_of_return = lines["order"].to_numpy()[back["line"]]
    for money in ("revenue", "margin"):
        kept = np.bincount(lines["order"], lines[money], len(extra))
        extra[money] = kept + np.bincount(order_of_return, back[money], len(extra))
    lines, back = lines.assign(order=lines["order"] + old), back.assign(line=back["line"] + len(story.lines))
    orders = pd.concat([story.orders, extra.drop(columns="program")[story.orders.columns]], ignore_index=True)
    return (
        orders,
        pd.concat([story.lines, lines], ignore_index=True),
        pd.concat([story.returns, back], ignore_index=True),
    )


def _pad(flags, more):
    return np.append(flags, np.zeros(more, bool))
