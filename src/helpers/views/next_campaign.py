"""The next campaign's tables: what the list holds, and what a reserved control group costs and is worth."""

from functools import partial

import numpy as np
import pandas as pd

from helpers.campaigns import design
from helpers.campaigns.targeting import CONTROL, Knowledge
from helpers.inference.intervals import Interval, interval
from helpers.pages import wording


def summary(listed: pd.DataFrame, known: Knowledge, gains: np.ndarray) -> pd.DataFrame:
    """The artifact `next_campaign`: a row per arm and for all, without ids.

    gains: total gain of the contacted per draw and treated arm, (draws, treated). Columns: arm, contacted, reserved,
    expected_cost, gain_mean, gain_p05, gain_p50, gain_p95, chance_positive.
    """
    rows = []
    for place, name in enumerate([*known.arms[1:], "all"]):
        own = listed if name == "all" else listed[listed["arm"] == name]
        total = gains.sum(axis=1) if name == "all" else gains[:, place]
        one = interval(total)
        numbers = {"gain_mean": one.mean, "gain_p05": one.p05, "gain_p50": one.p50, "gain_p95": one.p95}
        rows.append(
            {
                "arm": name,
                "contacted": int((own["role"] != CONTROL).sum()),
                "reserved": int((own["role"] == CONTROL).sum()),
                "expected_cost": float(own["expected_cost"].sum()),
                **numbers,
                "chance_positive": float((total > 0).mean()),
            }
        )
    return pd.DataFrame(rows)


def shown(table: pd.DataFrame, gains: np.ndarray) -> pd.DataFrame:
    """`summary` with readable headings, the gain as an interval; missing for an arm that nobody gets."""
    draws = [gains[:, place] for place in range(gains.shape[1])] + [gains.sum(axis=1)]
    used = table["contacted"] > 0
    return pd.DataFrame(
        {
            "Arm": table["arm"],
            "Contacted": table["contacted"],
            "Reserved": table["reserved"],
            "Cost": table["expected_cost"],
            "Gain": [interval(one) if some else None for one, some in zip(draws, used, strict=True)],
            "P(gain > 0)": table["chance_positive"].where(used),
        }
    )


def beside_everyone(table: pd.DataFrame, values: pd.DataFrame, campaign: str, money) -> str:
    """Say what the page on campaign value puts the arms on the list at, over everyone who got them; empty if unknown.

    table: `summary`; values: the artifact campaign_value.
    """
    own = values[(values["campaign_id"] == campaign) & ~values["withheld"]].set_index("arm")
    arms = [
        arm for arm, n in zip(table["arm"], table["contacted"], strict=True) if n > 0 and arm in own.index
    ]
    said, signed = [], partial(wording.signed, fmt=money)
    for arm in arms:
        gain = Interval(
            *(float(own.loc[arm, f"gain_to_date_{part}"]) for part in ("mean", "p05", "p50", "p95"))
        )
        said.append(f"{arm} {wording.estimate(gain, signed)}")
    if not said:
        return ""
    return (
        f"Over everyone who got it, the page on campaign value puts the gain per customer to date at: "
        f"{wording.listing(said)}"
    )


def control_claim(choices: pd.DataFrame, share: float, money) -> str:
    """Say which control group is worth most net of its cost, and what the stated one is worth; `control_choices`."""
    best = choices.loc[choices["Net"].idxmax()]
    own = choices.loc[(choices["Control"] - share).abs().idxmin()]
    held, worth = wording.percent(share, 0), f"{money(best['Net'])} net of its cost"
    if best["Control"] == own["Control"]:
        return f"Of these the control group of {held}, which the list has, is worth most: {worth}"
    larger = wording.percent(best["Control"], 0)
    return f"Of these a control group of {larger} is worth most, {worth}; the {held} of the list, {money(own['Net'])}"


def growth_shown(by_tier: pd.DataFrame, money) -> str:
    """One sentence: what the campaign has shown of the Most Growable's gap to their peers; by_tier: `potential.by_tier`."""
    growable = by_tier[(by_tier["Tier"] == "Most Growable") & by_tier["Share shown"].notna()]
    if growable.empty:
        return "None of the Most Growable are among those the campaign can speak about."
    row, gain = growable.iloc[0], growable["Shown gain"].iloc[0]
    return (
        f"By their peers a Most Growable customer could be worth {money(row['Gap to peers'])} more. The campaign has shown "
        f"{wording.signed(gain.mean, fmt=money)} per customer ({wording.between(gain, money)}), "
        f"{wording.percent(row['Share shown'], 0)} of it; the rest is a hypothesis until a treatment is tested."
    )


def control_choices(
    gain: np.ndarray, spread: float, units: int, shares: list[float], *, certainty: float, campaigns: int
) -> pd.DataFrame:
    """What holding back a share of the list costs and is worth.

    gain: draws of the gain per customer contacted. Cost: the expected gain of those not contacted, this once, where it
    is positive. Worth: what the test's result is expected to add to the `campaigns` of this size that follow.
    Columns: Control, Customers, Assurance, Cost, Worth, Net.
    """
    rows = []
    for share in shares:
        held = round(share * units)
        if not 0 < held < units:
            continue
        options = {"control_share": share}
        sure = design.assurance(gain, spread, units, certainty=certainty, **options)
        worth = design.value_of_information(gain, campaigns * units, spread=spread, units=units, **options)
        cost = held * max(float(np.mean(gain)), 0.0)
        rows.append((share, held, sure, cost, worth, worth - cost))
    return pd.DataFrame(rows, columns=["Control", "Customers", "Assurance", "Cost", "Worth", "Net"])
