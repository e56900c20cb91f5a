"""An experiment's tables for the page: what was seen per arm, and the decisions."""

import pandas as pd

from .verdict import Decision


def bought(units: pd.DataFrame, arms: list[str]) -> pd.DataFrame:
    """Return what the customers of each arm did in the window: counts, and means per assigned customer."""
    names = {"converted": "Buy", "revenue": "Revenue", "margin": "Margin", "returns": "Unmatched returns"}
    return _means(units, arms, names)


def treated(units: pd.DataFrame, arms: list[str]) -> pd.DataFrame:
    """Return how the campaign reached each arm and what it cost: means per assigned customer."""
    names = {
        "exposed": "Exposed",
        "redeemed": "Redeemed",
        "contact_cost": "Contact",
        "incentive_cost": "Incentive",
    }
    return _means(units, arms, names)


def decisions(made: list[Decision]) -> pd.DataFrame:
    """Return one row per arm: gain, probabilities, expected loss and the verdict in words."""
    rows = [(d.arm, d.gain, d.chance_above, d.chance_best, d.expected_loss, d.sentence) for d in made]
    names = ["Arm", "Gain", "P(above break-even)", "P(best)", "Expected loss", "Verdict"]
    return pd.DataFrame(rows, columns=names)


def campaign_effect(made: list[Decision], units: pd.DataFrame, campaign_id: str) -> pd.DataFrame:
    """Return the artifact `campaign_effect`, one row per treated arm, best first (see Decision)."""
    sizes = units["arm"].value_counts()
    rows = [
        {
            "campaign_id": campaign_id,
            "arm": d.arm,
            "customers": int(sizes[d.arm]),
            "gain_mean": d.gain.mean,
            "gain_p05": d.gain.p05,
            "gain_p50": d.gain.p50,
            "gain_p95": d.gain.p95,
            "chance_above": d.chance_above,
            "chance_best": d.chance_best,
            "expected_loss": d.expected_loss,
            "verdict": d.verdict,
            "borrowed": d.borrowed,
            "sentence": d.sentence,
        }
        for d in made
    ]
    return pd.DataFrame(rows)


def _means(units: pd.DataFrame, arms: list[str], names: dict[str, str]) -> pd.DataFrame:
    table = units.groupby("arm")[list(names)].mean().loc[arms].rename(columns=names)
    table.insert(0, "Customers", units["arm"].value_counts()[arms])
    return table.rename_axis("Arm").reset_index()
