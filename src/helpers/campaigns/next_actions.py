"""What to do next: actions that randomized campaigns have proven, ranked by what they add, and tests worth running."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import special, stats

from helpers.campaigns.design import CERTAINTY
from helpers.campaigns.lots import RANDOMIZED
from helpers.campaigns.next_list import CONTROL
from helpers.campaigns.repeat_list import is_to_repeat
from helpers.campaigns.unit_outcomes import MONEY
from helpers.campaigns.worth_testing import TEST as WORTH_A_TEST
from helpers.clv.customer_value import EVERYONE
from helpers.customers.rfm import where_to_begin
from helpers.inference.intervals import LOWER, UPPER, Interval

MOST_ACTIONS, MOST_TESTS = 5, 3
LARGEST_TEST = 10  # times the customers of the first trial: a larger test of the same campaign is no plan
GIVEN_UP = "Lost"  # the segment for which its page says to spend nothing
LARGEST_CHANGE = 0.10  # of the share who buy: a test that finds only more than that is too small
POWER = 0.80
REPEAT, STOP, LIST, AGAIN, DRAW, KEEP = "repeat", "stop", "list", "again", "draw", "keep"
CAMPAIGNS, NEXT, NO_LOTS = "34_campaign_value", "35_next_campaign", "36_no_control_group"


@dataclass(frozen=True)
class Action:
    """One thing to do.

    kind: REPEAT or STOP a campaign's arm, contact the next LIST, try an arm AGAIN, DRAW lots for one that was sent
    without, or test an offer to KEEP a segment. name: the campaign or segment, empty for all customers or the list.
    customers: for how many. cost: of all of them, None where it is not known. gain: margin less cost of all of them, None
    where nothing is known of it. chance: that it is above zero. months: of what is counted. then: how many had it, where
    `customers` are those who are like them and are to be contacted, as `repeat_list` names them. held: how many of that
    list are left alone, drawn by lot. elsewhere: how many like them get another offer that adds more, 0 for few. change:
    the smallest change of the share who buy that a test of this size finds with 80 %, from `base`. worth: the most that it
    may cost a customer for one more point of yearly retention, over so many months. offer: what suits the segment.
    notebook: whose page shows it. doubts: that page's open checks that are about it.
    """

    kind: str
    name: str
    customers: int
    notebook: str
    arm: str = ""
    cost: float | None = None
    gain: Interval | None = None
    chance: float | None = None
    months: float | None = None
    then: int | None = None
    held: int = 0
    elsewhere: int = 0
    base: float | None = None
    change: float | None = None
    worth: Interval | None = None
    over: float | None = None
    offer: str = ""
    doubts: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


@dataclass(frozen=True)
class Unproven:
    """A campaign's arm that was tried by lot and not shown to pay.

    chance: that it pays, None where that is withheld; within so many months, or to date where `months` is None.
    """

    name: str
    arm: str
    chance: float | None
    months: float | None = None


@dataclass(frozen=True)
class Plan:
    """Proven actions, the most money first, and tests: what is not proven is never advice.

    unproven: what was tried by lot and is among neither.
    """

    actions: list[Action]
    tests: list[Action]
    unproven: list[Unproven] = field(default_factory=list)


def plan(
    values: pd.DataFrame | None,
    following: pd.DataFrame | None,
    segments: Sequence[Action],
    reservations: Sequence[Mapping[str, Any]],
    minimum: int,
    without_lots: pd.DataFrame | None = None,
    repeats: pd.DataFrame | None = None,
) -> Plan:
    """Rank what the artifacts campaign_value and next_campaign prove, and say what is to be tested.

    values, following, without_lots (the artifact observed_effect): None where there is no such campaign; a list by an
    unproven ranking is no plan. segments: `segment_tests`. repeats: the artifact repeat_list. reservations: the checks of
    all pages that did not pass; where a check of its page failed, an action is not named at all. minimum: the smallest
    group named.
    """
    found = [*_campaigns(values, repeats, reservations, minimum), *_list(following, reservations, minimum)]
    known = sorted((one for one in found if one.kind in (REPEAT, STOP, LIST)), key=lambda one: -_mean(one))
    # Not those whose customers all get an offer that adds more:
    proven = [one for one in known if one.customers]
    open_ones = sorted((one for one in found if one.kind == AGAIN), key=lambda one: -_mean(one))
    drawn = _without_lots(without_lots, reservations, minimum)
    tests = [*open_ones, *drawn, *segments][:MOST_TESTS]
    return Plan(proven[:MOST_ACTIONS], tests, _unproven(values, [*known, *tests], minimum))


def ordered(values: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The rows of campaign_value, those of the plan's actions first and in its order, then by what they surely gained."""
    places = {(one.name, one.arm): place for place, one in enumerate(plan.actions)}
    known = zip(values["campaign_id"], values["arm"], strict=True)
    rows = values.assign(place=[places.get(one, len(places)) for one in known])
    by = ["place", "incremental_clv_p05"]
    return rows.sort_values(by, ascending=[True, False], kind="stable").drop(columns="place")


def _unproven(values: pd.DataFrame | None, said: Sequence[Action], minimum: int) -> list[Unproven]:
    """Each row that was tried by lot and is not `said`."""
    if values is None:
        return []
    rows = values[(values["customers"] >= minimum) & (values["assigned"] == RANDOMIZED)]
    named = {(one.name, one.arm) for one in said}
    arms = [
        Unproven(
            row["campaign_id"],
            row["arm"],
            None if row["withheld"] else row["chance_pays"],
            float(row["months"]) if row["identified"] else None,
        )
        for row in rows.to_dict("records")
    ]
    return [one for one in arms if (one.name, one.arm) not in named]


def _mean(action: Action) -> float:
    return action.gain.mean if action.gain else -math.inf


def _campaigns(
    values: pd.DataFrame | None,
    repeats: pd.DataFrame | None,
    reservations: Sequence[Mapping[str, Any]],
    minimum: int,
) -> list[Action]:
    if values is None:
        return []
    names, found = set(values["campaign_id"]), []
    by_lot = values["assigned"] == RANDOMIZED  # without lots neither advice nor a size for a test
    for row in values[(values["customers"] >= minimum) & ~values["withheld"] & by_lot].to_dict("records"):
        doubts = _about(reservations, CAMPAIGNS, row["campaign_id"], names)
        if _failed(doubts):
            continue
        loses = str(row["verdict"]).startswith("loses")
        kind = REPEAT if is_to_repeat(row) else STOP if loses else AGAIN
        if kind == AGAIN and (
            row["incremental_clv_mean"] <= 0 or needed(row) > LARGEST_TEST * row["customers"]
        ):
            continue
        then, now = int(row["customers"]), int(row["like_now"])
        roles = _roles(repeats, row) if kind == REPEAT and now >= minimum and repeats is not None else None
        reached = then if roles is None else int((roles != CONTROL).sum())
        gain = Interval.of(row, "incremental_clv_").times(-reached if kind == STOP else reached)
        enough = reached if kind != AGAIN else needed(row)
        found.append(
            Action(
                kind,
                row["campaign_id"],
                int(enough),
                CAMPAIGNS,
                arm=row["arm"],
                cost=float(row["cost"] * enough),
                gain=gain,
                chance=float(1 - row["chance_pays"] if kind == STOP else row["chance_pays"]),
                months=float(row["months"]),
                then=None if roles is None else then,
                held=0 if roles is None else len(roles) - reached,
                elsewhere=0 if roles is None or now - len(roles) < minimum else now - len(roles),
                doubts=doubts,
            )
        )
    return found


def _roles(repeats: pd.DataFrame, row: Mapping[str, Any]) -> pd.Series:
    """The roles of the customers whom the list of proven repeats names for an arm."""
    return repeats.loc[
        (repeats["campaign_id"] == row["campaign_id"]) & (repeats["arm"] == row["arm"]), "role"
    ]


def needed(row: Mapping[str, Any]) -> float:
    """Treated customers after whom a gain as large as the one seen is proven with 80 %, from the gain's interval so far.

    n ((z(certainty) + z(power)) sd / gain)^2, sd that of the gain's posterior with n customers.
    """
    spread = (row["incremental_clv_p95"] - row["incremental_clv_p05"]) / (
        stats.norm.ppf(UPPER) - stats.norm.ppf(LOWER)
    )
    factor = special.ndtri(CERTAINTY) + special.ndtri(POWER)
    return math.ceil(row["customers"] * (factor * spread / abs(row["incremental_clv_mean"])) ** 2)


def _list(
    following: pd.DataFrame | None, reservations: Sequence[Mapping[str, Any]], minimum: int
) -> list[Action]:
    rows = pd.DataFrame() if following is None else following[following["arm"] == "all"]
    if following is None or rows.empty or rows.iloc[0]["contacted"] < minimum:
        return []
    row = rows.iloc[0]
    if not row["proven"]:  # its gain rests on a ranking that did not hold: everyone is to be treated alike
        return []
    arms = following[(following["arm"] != "all") & (following["contacted"] > 0)]["arm"]
    doubts = [one for one in reservations if one["notebook"] == NEXT]
    gain, chance = Interval.of(row, "gain_"), float(row["chance_positive"])
    proven = chance >= CERTAINTY
    found = Action(
        LIST if proven else AGAIN,
        "",
        int(row["contacted"]),
        NEXT,
        arm=str(arms.iloc[0]) if len(arms) == 1 else "",
        cost=float(row["expected_cost"]),
        gain=gain,
        chance=chance,
        doubts=doubts,
    )
    return [found] if (proven or gain.mean > 0) and not _failed(doubts) else []


def _without_lots(
    found: pd.DataFrame | None, reservations: Sequence[Mapping[str, Any]], minimum: int
) -> list[Action]:
    """A campaign without lots is a test at most: what half of its customers would bring, and how sure nobody can say."""
    if found is None:
        return []
    doubts = [one for one in reservations if one["notebook"] == NO_LOTS]
    worth = (found["verdict"] == WORTH_A_TEST) & (found["measure"] == MONEY) & (found["customers"] >= minimum)
    worth &= ~found["withheld"].astype(bool) & (found["per_arm"] <= LARGEST_TEST * found["customers"])
    return [
        Action(
            DRAW,
            str(row["campaign_id"]),
            2 * int(row["per_arm"]),
            NO_LOTS,
            arm=str(row["arm"]),
            cost=float(row["cost"] * row["per_arm"]),
            gain=Interval.of(row, "gain_").times(row["per_arm"]),
            doubts=doubts,
        )
        for row in found[worth].to_dict("records")
        if not _failed(doubts)
    ]


def _failed(doubts: Sequence[Mapping[str, Any]]) -> bool:
    return any(one["verdict"] == "FAIL" for one in doubts)


def segment_tests(
    points: pd.DataFrame | None,
    forecast: pd.DataFrame | None,
    rfm: pd.DataFrame | None,
    minimum: int,
) -> list[Action]:
    """Tests that need no earlier campaign: half of a segment gets an offer by lot, the other half does not.

    points, forecast, rfm: the artifacts retention_point, purchase_forecast and rfm_segments; without one of them nothing is
    proposed, nor for those given up, nor where a group is too small for a change of 10 points. Those
    for which one point of retention is worth most per customer come first, as on the page of customer value.
    """
    if points is None or forecast is None or rfm is None:
        return []
    buys = 1 - forecast.set_index("customer_id")["p_no_purchase"]
    base = buys.groupby(rfm.set_index("customer_id")["segment"].reindex(buys.index)).mean()
    base[EVERYONE] = buys.mean()
    rows = points[(points["customers"] >= max(minimum, 2)) & (points["segment"] != GIVEN_UP)]
    found = []
    each = (rows["mean"] / rows["customers"]).sort_values(ascending=False)
    for row in rows.loc[each.index].to_dict("records"):
        share = float(base.get(row["segment"], np.nan))
        if not 0 < share < 1:
            continue
        change = smallest_change(share, int(row["customers"]) // 2)
        if change <= LARGEST_CHANGE and share + change < 1:
            months = float(forecast["horizon_months"].iloc[0])
            found.append(
                Action(
                    KEEP,
                    "" if row["segment"] == EVERYONE else str(row["segment"]),
                    int(row["customers"]),
                    "24_customer_value",
                    months=months,
                    base=share,
                    change=change,
                    worth=Interval.of(row).times(1 / row["customers"]),
                    over=float(row["horizon_months"]),
                    offer=where_to_begin(str(row["segment"])),
                )
            )
    return found


def smallest_change(base: float, per_arm: int) -> float:
    """The smallest rise of a share from `base` that two arms of so many units find with 80 %, two-sided at 5 %.

    z sqrt(2 p (1 - p) / n), the spread of the base in both arms (Fleiss, Levin and Paik 2003, 4.3).
    """
    factor = special.ndtri(CERTAINTY) + special.ndtri(POWER)
    return float(factor * math.sqrt(2 * base * (1 - base) / per_arm))


def _about(
    reservations: Sequence[Mapping[str, Any]], notebook: str, campaign: str, names: set[str]
) -> list[Mapping[str, Any]]:
    """The notebook's open checks that name this campaign, or none of the campaigns."""
    own = [one for one in reservations if one["notebook"] == notebook]
    named = [{name for name in names if name in one["advice"] or name in _told(one)} for one in own]
    return [one for one, about in zip(own, named, strict=True) if campaign in about or not about]


def _told(check: Mapping[str, Any]) -> set[str]:
    """The values of the data that a check's advice was made of: its text may call them by other names."""
    found, left = set(), [check.get("said", {}).get("advice")]
    while left:
        one = left.pop()
        if isinstance(one, str):
            found.add(one)
        elif isinstance(one, Mapping | list):
            left += one.values() if isinstance(one, Mapping) else one
    return found
