"""Whom to contact next: expected gain of every customer from the last campaign's posterior, under budget and capacity."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from helpers.campaigns import crossfit, lots, uplift
from helpers.campaigns.encoding import Encoder
from helpers.campaigns.pre_period import traits
from helpers.campaigns.trial import KINDS, Trial
from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.messages import count, message, verbatim
from helpers.study.year import YEAR_WINDOW

if TYPE_CHECKING:
    import xarray as xr

CHUNK = 2000
USABLE = message(
    "targeting.usable",
    "Do not contact anybody by this list, which is not exported: mend what failed on the page of uplift first.",
)
NO_LOTS = message(
    "targeting.no_lots",
    "No list follows from arms that were not drawn by lot, or of which nobody says so. If they were, add this line under "
    "parameters in the study and run again: {line}",
)
BEST_GUESS = message(
    "targeting.best_guess",
    "The order of the list is the best guess, not a proven one: keep the control group, and do not call customers left out "
    "hopeless.",
)
YES, NO = message("targeting.yes", "yes"), message("targeting.no", "no")
QINI_ABOVE_ZERO = message("targeting.qini_above_zero", "Qini above 0")


@dataclass(frozen=True)
class Knowledge:
    """What the last campaign taught: posterior draws of its model, and what scoring needs beside them.

    arms: control first; the others are the treatments. worth, worth_error: what one unit of revenue leaves per arm.
    contact_cost, incentive_share (of revenue): cost per arm. days: how long money was followed. spread: standard
    deviation of a unit's net money beyond what was expected of it. proven: whether its ranking held out of sample. drawn:
    how its arms were. kinds: the kinds of customers that were in it.
    """

    parameters: dict[str, np.ndarray]
    encoder: Encoder
    campaign_id: str
    arms: list[str]
    family: str
    constant: float
    worth: np.ndarray
    contact_cost: np.ndarray
    incentive_share: np.ndarray
    days: int
    spread: float
    proven: bool
    drawn: str
    kinds: dict[str, list[str]]


def hand_over(
    test: Trial,
    encoder: Encoder,
    design: uplift.Design,
    worth: np.ndarray,
    contact: np.ndarray,
    *,
    spread: float,
    proven: bool,
) -> dict[str, str]:
    """What the next campaign needs beside the posterior, as attributes of it (JSON); `knowledge` reads it.

    worth: draws of what one unit of revenue leaves, (draws, arms); contact: cost per arm; the others as in Knowledge.
    """
    sums = test.units.groupby("arm")[["incentive_cost", "revenue"]].sum().loc[test.arms]
    facts = {
        "campaign_id": test.name,
        "arms": test.arms,
        "family": design.family,
        "constant": design.constant,
        "worth": worth.mean(axis=0).tolist(),
        "worth_error": worth.std(axis=0).tolist(),
        "contact_cost": contact.tolist(),
        "incentive_share": (sums["incentive_cost"] / sums["revenue"].clip(lower=1e-9)).tolist(),
        "days": test.days,
        "spread": float(spread),
        "proven": bool(proven),
        "drawn": test.drawn,
        "kinds": {name: sorted(test.units[name].dropna().unique()) for name in KINDS if name in test.units},
    }
    return {"uplift": json.dumps(facts), "encoder": encoder.to_json()}


def knowledge(tree: "xr.DataTree", draws: int = 400, seed: int = 1) -> Knowledge:
    """Read the artifact `uplift_posterior`; StudyError where it is of a test that was not joined to orders."""
    facts = json.loads(tree.attrs["uplift"])
    if facts["days"] is None:
        raise StudyError(
            "The last test was read from experiment_units, which are not joined to orders: customers cannot "
            "be scored by it. Bring the test as the table campaigns."
        )
    parameters = uplift.parameters_of(tree, draws)
    rng, kept = np.random.default_rng(seed), len(parameters["level"])
    worth = rng.normal(facts.pop("worth"), facts.pop("worth_error"), (kept, len(facts["arms"])))
    facts |= {name: np.array(facts[name]) for name in ("contact_cost", "incentive_share")}
    return Knowledge(parameters, Encoder.from_json(tree.attrs["encoder"]), worth=worth, **facts)


def audience(
    known: Knowledge,
    ledger: ibis.Table,
    customers: pd.DataFrame | None,
    as_of: date,
    *,
    pre_period_days: int = YEAR_WINDOW,
    eligible_days: int = YEAR_WINDOW,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Today's customers whom the last campaign can speak about, with their traits on the day after `as_of`.

    Left out, with their number by the trait that says so: who has not ordered within `eligible_days` (days_since_order),
    and whose kind or channel was not in the campaign.
    """
    bought = ledger.filter((ledger.kind == "purchase") & (ledger.order_date <= as_of))
    # Sorted here: for distinct rows in order, Ibis 12 has Spark compare the filter's columns too.
    people = bought.select("customer_id").distinct().to_pandas().sort_values("customer_id", ignore_index=True)
    table = traits(people.assign(day=as_of + timedelta(days=1)), ledger, pre_period_days)
    left = {}
    recent = table["days_since_order"] <= eligible_days
    left["days_since_order"], table = int((~recent).sum()), table[recent]
    for name, kinds in known.kinds.items():
        if customers is None or name not in customers:
            raise StudyError(
                f"The last campaign knew the {name} of its customers: bring the table customers again."
            )
        table = table.merge(customers[["customer_id", name]], on="customer_id", how="left")
        same = table[name].isin(kinds)
        left[name], table = int((~same).sum()), table[same]
    if table.empty:
        raise StudyError("No customer resembles those of the last campaign: nobody can be scored.")
    missing = [one.name for one in known.encoder.numeric if one.name not in table]
    if missing:
        raise StudyError(f"The orders do not tell {missing[0]}, which the last campaign used.")
    return table.reset_index(drop=True), left


def check_usable(failed: list[str]) -> Check:
    """Ask whether the last campaign can be used: nothing failed on its page; failed: the checks that did."""
    return check(
        "last campaign can be used",
        fail=bool(failed),
        value=count(len(failed), "failed check"),
        threshold=count(0, "failed check"),
        advice=USABLE(),
    )


def check_drawn(known: Knowledge) -> Check:
    """Ask whether the last campaign's arms were drawn by lot: FAIL unless that is said, and nobody is contacted by it."""
    by_lot = known.drawn == lots.RANDOMIZED
    advice = NO_LOTS(line=verbatim(lots.line_of([known.campaign_id])))
    return check(
        "last campaign drawn by lot",
        fail=not by_lot,
        value=known.drawn,
        threshold=lots.RANDOMIZED,
        advice=advice,
    )


def check_proven(known: Knowledge) -> Check:
    """Ask whether the ranking held on customers it had not seen."""
    return check(
        "ranking proven on unseen customers",
        review=not known.proven,
        value=YES() if known.proven else NO(),
        threshold=QINI_ABOVE_ZERO(),
        advice=BEST_GUESS(),
    )


def gain_draws(known: Knowledge, people: pd.DataFrame) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Gains and expected costs in chunks of customers: rows, gain (draws, customers, treated), cost (customers, treated)."""
    for start in range(0, len(people), CHUNK):
        rows = slice(start, min(start + CHUNK, len(people)))
        x = known.encoder.encode(people.iloc[rows])
        revenue = uplift.levels(known.parameters, x, known.family, known.constant).revenue
        gains = crossfit.gains(crossfit.net(revenue, known.worth, known.contact_cost))
        cost = known.contact_cost[1:] + known.incentive_share[1:] * revenue[:, :, 1:].mean(axis=0)
        yield rows, gains, cost


def score(known: Knowledge, people: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected gain, P(gain > 0) and expected cost of every customer and arm, each (customers, treated arms)."""
    shape = (len(people), len(known.arms) - 1)
    gain, chance, cost = np.empty(shape), np.empty(shape), np.empty(shape)
    for rows, drawn, spent in gain_draws(known, people):
        gain[rows], chance[rows], cost[rows] = drawn.mean(axis=0), (drawn > 0).mean(axis=0), spent
    return gain, chance, cost


def choose(gain: np.ndarray, cost: np.ndarray, *, budget: float = 0.0, capacity: int = 0) -> np.ndarray:
    """Choose each customer's arm for the highest expected gain in all; 0 is nobody. Shape (customers,).

    gain (net of costs), cost: (customers, treated arms). budget: most that contact and incentives may cost;
    capacity: most customers; 0 means no limit. A budget has a price: with price p, an arm is worth gain - p cost;
    the lowest price that keeps within the budget is found by halving (Lagrangian of the knapsack: no better choice
    exists at what it spends).
    """
    if budget < 0 or capacity < 0:
        raise StudyError(f"budget is {budget} and capacity {capacity}: give 0 for no limit, or more than 0.")

    def at(price: float) -> np.ndarray:
        worth = gain - price * cost
        arm, best = worth.argmax(axis=1), worth.max(axis=1)
        chosen = np.where(best > 0, arm + 1, 0)
        if capacity and (chosen > 0).sum() > capacity:
            order = np.lexsort((np.arange(len(best)), -np.where(chosen > 0, best, -np.inf)))
            chosen[order[capacity:]] = 0
        return chosen

    def spent(chosen: np.ndarray) -> float:
        rows = np.flatnonzero(chosen)
        return float(cost[rows, chosen[rows] - 1].sum())

    if not budget or spent(at(0.0)) <= budget:
        return at(0.0)
    low, high = 0.0, 1.0
    while spent(at(high)) > budget:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(at(middle)) > budget else (low, middle)
    return at(high)


def reserve(chosen: np.ndarray, share: float, seed: int, least: int = 0) -> np.ndarray:
    """Hold back a random share of the chosen of each arm: True for who is not contacted, to compare with.

    least: how many at least, and none of an arm that has not twice as many.
    """
    if not 0 < share < 1:
        raise StudyError(f"control_share is {share}: give a share between 0 and 1, such as 0.1.")
    rng, held = np.random.default_rng(seed), np.zeros(len(chosen), dtype=bool)
    for arm in np.unique(chosen[chosen > 0]):
        rows = rng.permutation(np.flatnonzero(chosen == arm))
        some = max(round(share * len(rows)), least) if len(rows) >= 2 * least else 0
        held[rows[:some]] = True
    return held


def totals(
    known: Knowledge, people: pd.DataFrame, chosen: np.ndarray, groups: np.ndarray, count: int
) -> np.ndarray:
    """The gain of the chosen, summed in groups 0..count-1 (-1: left out), per draw: (draws, groups)."""
    result = np.zeros((len(known.parameters["level"]), count))
    for rows, drawn, _ in gain_draws(known, people):
        own = np.flatnonzero((chosen[rows] > 0) & (groups[rows] >= 0))
        member = groups[rows][own][:, None] == np.arange(count)
        result += drawn[:, own, chosen[rows][own] - 1] @ member
    return result
