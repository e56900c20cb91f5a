"""An experiment's arms beside each other: what was seen, and the effects against control with their intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.campaigns import verdict
from helpers.inference.intervals import Interval, interval

SEEN = ("converted", "revenue", "margin", "returns", "exposed", "redeemed", "contact_cost", "incentive_cost")


@dataclass(frozen=True)
class Ways:
    """The same effect found in two ways: by the plain difference of means, and by the model."""

    plain: Interval
    model: Interval

    @property
    def widths(self) -> tuple[float, float]:
        """How wide the 90 % intervals are, the plain one first."""
        return self.plain.p95 - self.plain.p05, self.model.p95 - self.model.p05

    @property
    def change(self) -> float:
        """The width of the model's interval over the plain one's, less one."""
        plain, model = self.widths
        return model / plain - 1


def means(units: pd.DataFrame, arms: list[str]) -> pd.DataFrame:
    """Return what was seen per arm: customers, and means per assigned customer of those of SEEN that `units` has.

    cost: contact and incentive; net: margin less cost.
    """
    seen = units.groupby("arm")[[name for name in SEEN if name in units]].mean().loc[arms]
    seen.insert(0, "customers", units["arm"].value_counts()[arms])
    seen["cost"] = seen["contact_cost"] + seen["incentive_cost"]
    seen["net"] = seen["margin"] - seen["cost"]
    return seen.reset_index()


def plain_metrics(plain: pd.DataFrame, units: pd.DataFrame, control: str) -> dict[str, float]:
    """Return the plain differences under the names of run.json, with the probability that more buy than in control.

    plain: `experiment.plain_difference` of revenue, indexed by arm.
    """
    buyers = units.groupby("arm")["converted"].agg(["sum", "count"])
    found = {}
    for arm in plain.index.drop(control):
        chance = verdict.chance_to_win(*buyers.loc[arm], *buyers.loc[control])
        found[f"plain.{arm}.chance_more_buy"] = chance
        found[f"plain.{arm}.revenue_effect"] = float(plain.loc[arm, "difference"])
        found[f"plain.{arm}.standard_error"] = float(plain.loc[arm, "standard_error"])
    return found


def against_control(levels: dict[str, np.ndarray], arms: list[str]) -> pd.DataFrame:
    """Return each treated arm's change against control, an Interval per level.

    levels: draws of shape (draws, arms), control first.
    ."""
    changes = {
        name: [interval(draws[:, k] - draws[:, 0]) for k in range(1, len(arms))]
        for name, draws in levels.items()
    }
    return pd.DataFrame(changes, index=pd.Index(arms[1:], name="arm"))


def metrics(effects: pd.DataFrame) -> dict[str, Interval]:
    """Return what `against_control` found under the names of run.json."""
    return {f"{arm}.{what}_effect": one for what in effects for arm, one in effects[what].items()}


def best_arm(effects: pd.DataFrame) -> str:
    """Return the arm with the largest mean gain."""
    return str(effects["net"].map(lambda gain: gain.mean).idxmax())


def two_ways(plain: pd.DataFrame, effects: pd.DataFrame, arm: str) -> Ways:
    """Put the plain difference of an arm's revenue beside the model's effect."""
    row = plain.loc[arm]
    return Ways(
        Interval(row["difference"], row["p05"], row["difference"], row["p95"]), effects.loc[arm, "revenue"]
    )
