"""The list of the next campaign: who is on it, what it is expected to earn, and what stopping earlier would cost."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.campaigns import targeting
from helpers.campaigns.targeting import Knowledge
from helpers.checks import Check, check
from helpers.inference.intervals import LOWER, UPPER, Interval, interval
from helpers.messages import about, message, money

CONTROL = "control"
STEPS = 20
ALL = "all"
NO_LIMIT = message("next_list.no_limit", "no limit is set")
AT_MOST = message("next_list.at_most", "at most {budget}")
AN_ERROR = message("next_list.an_error", "Report this as an error.")


@dataclass(frozen=True)
class Reach:
    """Total gain of contacting more and more customers, highest expected gain first, each with the best arm.

    totals: customers (index), mean, p05, p95. worthwhile: customers whose best arm is expected to gain; customers: all.
    """

    totals: pd.DataFrame
    worthwhile: int
    customers: int


def contact_list(
    people: pd.DataFrame,
    known: Knowledge,
    chosen: np.ndarray,
    held: np.ndarray,
    scores: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> pd.DataFrame:
    """The list, highest expected gain first: customer_id, arm, role (contact or control), expected gain and cost, chance."""
    rows = np.flatnonzero(chosen)
    gain, chance, cost = (values[rows, chosen[rows] - 1] for values in scores)
    table = pd.DataFrame(
        {
            "customer_id": people["customer_id"].to_numpy()[rows],
            "arm": np.array(known.arms)[chosen[rows]],
            "role": np.where(held[rows], CONTROL, "contact"),
            "expected_gain": gain,
            "chance_positive": chance,
            "expected_cost": np.where(held[rows], 0.0, cost),
        }
    )
    return table.sort_values("expected_gain", ascending=False, ignore_index=True)


def gains(known: Knowledge, people: pd.DataFrame, chosen: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Total gain of those contacted with each treated arm, (draws, treated arms); who is held back gains nothing."""
    contacted = np.where(held, 0, chosen)
    return targeting.totals(known, people, contacted, contacted - 1, len(known.arms) - 1)


def gain_each(known: Knowledge, people: pd.DataFrame, chosen: np.ndarray) -> np.ndarray:
    """Mean gain of a customer on the list if all of them were contacted, per draw: shape (draws,); 0 where nobody is."""
    group = np.where(chosen > 0, 0, -1)
    return targeting.totals(known, people, chosen, group, 1)[:, 0] / max((chosen > 0).sum(), 1)


def summary(listed: pd.DataFrame, known: Knowledge, gains: np.ndarray) -> pd.DataFrame:
    """The artifact `next_campaign`: a row per arm and for all, without ids.

    gains: as the function `gains` gives them. Columns: arm, contacted, reserved, expected_cost, gain_mean, gain_p05,
    gain_p50, gain_p95, their Monte Carlo errors (gain_mean_mcse and so on), chance_positive, proven (the ranking).
    """
    rows = []
    for place, name in enumerate([*known.arms[1:], ALL]):
        own = listed if name == ALL else listed[listed["arm"] == name]
        total = gains.sum(axis=1) if name == ALL else gains[:, place]
        rows.append(
            {
                "arm": name,
                "contacted": int((own["role"] != CONTROL).sum()),
                "reserved": int((own["role"] == CONTROL).sum()),
                "expected_cost": float(own["expected_cost"].sum()),
                **interval(total).kept("gain_"),
                "chance_positive": float((total > 0).mean()),
                "proven": known.proven,
            }
        )
    return pd.DataFrame(rows)


def metrics(planned: pd.DataFrame) -> dict[str, Interval | float]:
    """What the whole list holds and is expected to earn, under the names of run.json; planned: `summary`."""
    whole = planned.iloc[-1]
    counts = {name: whole[name] for name in ("contacted", "reserved")}
    return {"gain": Interval.of(whole, "gain_"), **counts, "cost": whole["expected_cost"]}


def check_budget(planned: pd.DataFrame, budget: float, currency: str) -> Check:
    """Ask whether the list costs no more than the budget; 0 means no limit."""
    spent = float(planned["expected_cost"].iloc[-1])
    return check(
        "within the budget",
        fail=bool(budget) and spent > budget * (1 + 1e-9),
        value=about(money(spent, currency)),
        threshold=AT_MOST(budget=money(budget, currency)) if budget else NO_LIMIT(),
        advice=AN_ERROR(),
    )


def elsewhere(planned: pd.DataFrame, values: pd.DataFrame | None, campaign: str) -> dict[str, Interval]:
    """Per arm on the list: the gain per customer to date that the artifact campaign_value puts on everyone who got it.

    planned: `summary`. Arms that nobody gets, that are not known there, or whose answer was withheld, are left out.
    """
    if values is None:
        return {}
    own = values[(values["campaign_id"] == campaign) & ~values["withheld"]].set_index("arm")
    used = planned.loc[planned["contacted"] > 0, "arm"]
    return {arm: Interval.of(own.loc[arm], "gain_to_date_") for arm in used if arm in own.index}


def reach(known: Knowledge, people: pd.DataFrame, gain: np.ndarray) -> Reach:
    """Go down the customers by expected gain; gain: (customers, treated arms), as `targeting.score` gives it."""
    best, steps = gain.max(axis=1), min(STEPS, len(people))
    group = np.empty(len(people), dtype=int)
    group[np.argsort(-best, kind="stable")] = np.arange(len(people)) * steps // len(people)
    sums = targeting.totals(known, people, gain.argmax(axis=1) + 1, group, steps).cumsum(axis=1)
    low, high = np.quantile(sums, [LOWER, UPPER], axis=0)
    totals = pd.DataFrame(
        {"mean": sums.mean(axis=0), "p05": low, "p95": high},
        index=pd.Index(np.arange(1, steps + 1) / steps * len(people), name="customers"),
    )
    return Reach(totals, int((best > 0).sum()), len(people))
