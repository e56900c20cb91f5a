"""The uplift page's tables and sentences, and what its posterior hands to the next campaign."""

import json

import numpy as np
import pandas as pd
from scipy import stats

from helpers.campaigns import policy, qini
from helpers.campaigns.crossfit import Scores
from helpers.campaigns.encoding import Encoder
from helpers.campaigns.trial import KINDS, Trial
from helpers.campaigns.uplift import Design
from helpers.inference.intervals import LOWER, UPPER, Interval
from helpers.pages import wording
from helpers.views.experiment import TRAIT_NAMES

PER_GROUP = 200
SMALL = 10


def arms(test: Trial) -> pd.DataFrame:
    """What the units of each arm did: counts, and means per unit assigned."""
    units = test.units.assign(cost=test.units["contact_cost"] + test.units["incentive_cost"], net=test.net)
    names = {"converted": "Converted", "revenue": "Revenue", "margin": "Margin", "cost": "Cost", "net": "Net"}
    table = units.groupby("arm")[list(names)].mean().loc[test.arms].rename(columns=names)
    table.insert(0, "Units", units["arm"].value_counts()[test.arms])
    return table.rename_axis("Arm").reset_index()


def fine_money(value: float, currency: str) -> str:
    """Say an amount per unit: as everywhere, but with three digits where it is below one."""
    return f"{wording.number(value)} {currency}" if 0 < abs(value) < 1 else wording.money(value, currency)


def money_format(net: np.ndarray):
    """How tables say money per unit: as money, or with three digits where a unit brings little."""
    return "money" if np.abs(net).mean() >= SMALL else wording.number


def judged(
    curves: dict[str, qini.Curve], others: dict[str, qini.Curve], scores: Scores, second: np.ndarray
) -> pd.DataFrame:
    """One row per arm and method: Qini, AUUC, effect on all, and how alike the two methods rank."""
    rows = []
    for place, name in enumerate(curves, 1):
        pair = scores.own[:, place] - scores.own[:, 0], second[:, place] - second[:, 0]
        alike = float(stats.spearmanr(*pair).statistic) if min(map(np.ptp, pair)) > 0 else 0.0
        for method, one in (("Bayesian", curves[name]), ("trees (DR-learner)", others[name])):
            rows.append((f"{name}, {method}", one.qini, one.auuc, one.effect, alike))
    return pd.DataFrame(
        rows, columns=["Arm and method", "Qini coefficient", "AUUC", "Effect on all", "Agreement of ranks"]
    )


def groups_for(units: int) -> int:
    """Ten groups, fewer where one would hold less than 200 units, at least three."""
    return int(np.clip(units // PER_GROUP, 3, 10))


def profile(who: pd.DataFrame, units: int) -> pd.DataFrame:
    """The profile of each advice with readable headings."""
    table = who.rename(columns={"advice": "Advice", "customers": "Units"} | TRAIT_NAMES)
    table.insert(2, "Share", table["Units"] / units)
    return table


def profile_formats(test: Trial) -> dict[str, str]:
    """How the profile's columns are said."""
    known = {
        "pre_revenue": "money",
        "pre_purchase_days": "number",
        "days_since_order": "number",
        "offer_share": "percent",
    }
    return {"Share": "percent"} | {
        TRAIT_NAMES.get(name, name): known.get(name, "number") for name in test.numeric
    }


def observed_harm(scores: Scores, outcome: np.ndarray, arm: np.ndarray, treated: list[str]) -> pd.DataFrame:
    """Per arm: the units predicted out of sample to lose, their predicted gain and the observed one with interval."""
    rows = []
    for place, name in enumerate(treated, 1):
        gain = scores.gains(place)[0]
        here = (gain < 0) & ((arm == 0) | (arm == place))
        sides = outcome[here & (arm == place)], outcome[here & (arm == 0)]
        if min(map(len, sides)) < 2:
            continue
        gap = sides[0].mean() - sides[1].mean()
        error = np.sqrt(sum(side.var(ddof=1) / len(side) for side in sides))
        ends = (gap + stats.norm.ppf(level) * error for level in (LOWER, 0.5, UPPER))
        rows.append((name, int(here.sum()), float(gain[here].mean()), Interval(gap, *map(float, ends))))
    return pd.DataFrame(rows, columns=["Arm", "Units", "Predicted", "Observed"])


def uplift_table(
    unit_id: pd.Series, gain_draws: np.ndarray, treated: list[str], scores: Scores, advice: np.ndarray
) -> pd.DataFrame:
    """The artifact `uplift`: per unit and arm the posterior of its gain, its out-of-sample gain and the advice."""
    low, middle, high = np.quantile(gain_draws, [LOWER, 0.5, UPPER], axis=0)
    parts = [
        pd.DataFrame(
            {
                "unit_id": unit_id.to_numpy(),
                "arm": name,
                "gain_mean": gain_draws[:, :, place].mean(axis=0),
                "gain_p05": low[:, place],
                "gain_p50": middle[:, place],
                "gain_p95": high[:, place],
                "chance_positive": (gain_draws[:, :, place] > 0).mean(axis=0),
                "out_of_sample_gain": scores.gains(place + 1)[0],
                "advice": advice,
            }
        )
        for place, name in enumerate(treated)
    ]
    return pd.concat(parts, ignore_index=True)


def hand_over(
    test: Trial,
    encoder: Encoder,
    design: Design,
    worth: np.ndarray,
    contact: np.ndarray,
    spread: float,
    proven: bool,
    failed: list[str],
) -> dict[str, str]:
    """What the next campaign needs beside the posterior, as attributes of it (JSON); see `targeting.Knowledge`."""
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
        "spread": spread,
        "proven": bool(proven),
        "failed": failed,
        "kinds": {name: sorted(test.units[name].dropna().unique()) for name in KINDS if name in test.units},
    }
    return {"uplift": json.dumps(facts), "encoder": encoder.to_json()}


def harm_sentence(sizes: pd.Series, units: int, smallest: int, unit: str) -> str:
    """Say how many to contact and how many not."""
    said = {name: _size(int(size), units, smallest, unit) for name, size in sizes.items()}
    harmed = "none is sure enough to lose by every arm to be left out for it"
    if sizes[policy.HARM]:
        harmed = f"{said[policy.HARM]} would lose by every arm and must not be contacted"
    gaining = (
        f"the gain is clear for {said[policy.CONTACT]}" if sizes[policy.CONTACT] else "nobody's gain is clear"
    )
    return f"At the required certainty {gaining}, and {harmed}; for {said[policy.LEAVE]} it is open."


def _size(size: int, units: int, smallest: int, unit: str) -> str:
    if 0 < size < smallest:
        return f"fewer than {smallest} {unit}s"
    return f"{wording.count(size, unit)} ({wording.percent(size / units, 0)})" if size else f"no {unit}"
