"""What every campaign truly brought over its members' lives, by phase, from coupled worlds."""

import numpy as np

from helpers.demo.campaigns import redemptions
from helpers.demo.programs import ARMS, incentives
from helpers.demo.simulate import Story
from helpers.study.year import MONTH, YEAR

HORIZON_MONTHS, ANNUAL_DISCOUNT_RATE, RECOVERY_WINDOWS = 24, 0.10, 1.5


def campaign_values(story: Story) -> dict:
    """Each campaign's effect per assigned customer against control: all treated less none treated, same dice.

    Phases: window, recovery (one and a half windows), after (to `as_of`), beyond (to 24 months from the assignment).
    Per phase purchases and discounted margin; `cost` is contact and incentive if all are treated; `gain_to_date` is
    discounted margin to `as_of` less cost, `incremental_clv` the same over all phases.
    """
    world, experiment = story.world, story.experiment
    members = experiment.arm >= 0
    values = {}
    for arm, name in list(enumerate(world.arms))[1:]:
        used = redemptions(
            world,
            experiment,
            np.where(members, arm, -1),
            story.orders,
            story.if_arm[arm],
            story.gross_revenue,
        )
        cost = world.contact_cost + used["cost"].sum() / members.sum()
        worlds = story.if_arm[arm], story.if_arm[0]
        start = world.day(world.assigned_on)
        values.setdefault(world.campaign_id, {})[name] = _value(
            story, members, worlds, start, world.window_days, cost
        )
    for program in story.programs:
        campaign, n = program.campaign, program.member.sum()
        given = incentives(story, program, program.if_treated, program.member)["cost"].sum()
        cost = campaign.contact_cost + given / n
        worlds = program.if_treated, program.if_control
        start = world.day(campaign.assigned_on)
        values[campaign.campaign_id] = {
            campaign.arm: _value(story, program.member, worlds, start, campaign.window_days, cost)
        }
    return values


def campaign_rows(story: Story, program) -> dict:
    """A program's members, arms and what they were given in the real world, for the table of campaigns."""
    rows = np.flatnonzero(program.member)
    used = incentives(story, program, story.happened, program.treated)
    first = used.groupby("who")["time"].min().reindex(rows).to_numpy()
    cost = used[used["time"] < story.world.last_day + 1].groupby("who")["cost"].sum()
    treated = program.treated[rows]
    return {
        "rows": rows,
        "arm": np.where(treated, program.campaign.arm, ARMS[0]),
        "treated": treated,
        "redeemed": first,
        "incentive_cost": cost.reindex(rows).fillna(0.0).to_numpy(),
    }


def _value(story, members, worlds, start, window_days, cost):
    """Purchases and discounted margin by phase per member, in the first world less the second."""
    end = start + window_days
    recovered = end + round(RECOVERY_WINDOWS * window_days)
    now = story.world.last_day + 1
    horizon = start + round(HORIZON_MONTHS * MONTH)
    edges = {
        "window": (start, end),
        "recovery": (end, min(recovered, now)),
        "after": (min(recovered, now), now),
        "beyond": (now, horizon),
    }
    time, who = story.orders["time"].to_numpy(), story.orders["who"].to_numpy()
    worth = story.orders["margin"].to_numpy() * (1 + ANNUAL_DISCOUNT_RATE) ** (-(time - start) / YEAR)
    treated, control = (world & members[who] for world in worlds)
    phases, n = {}, int(members.sum())
    for name, (first, last) in edges.items():
        inside = (time >= first) & (time < last)
        phases[name] = {
            "purchases": float((treated & inside).sum() - (control & inside).sum()) / n,
            "control_purchases": float((control & inside).sum()) / n,
            "margin": float(worth[treated & inside].sum() - worth[control & inside].sum()) / n,
        }
    to_date = sum(phases[name]["margin"] for name in ("window", "recovery", "after")) - cost
    return {
        "members": n,
        "cost": float(cost),
        **phases,
        "gain_to_date": float(to_date),
        "incremental_clv": float(to_date + phases["beyond"]["margin"]),
    }
