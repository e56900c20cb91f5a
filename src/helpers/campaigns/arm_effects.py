"""An experiment's arms beside each other: what was seen, and the effects against control with their intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.campaigns import verdict
from helpers.campaigns.experiment import plain_difference, plain_interval
from helpers.inference import monte_carlo
from helpers.inference.intervals import Interval, interval

SEEN = ("converted", "revenue", "margin", "returns", "exposed", "redeemed", "contact_cost", "incentive_cost")
EVERYBODY = 0.99  # share from which nearly everybody did what was asked


@dataclass(frozen=True)
class Ways:
    """The same effect by the plain difference of means, by that less what was known before, and by the model."""

    plain: Interval
    model: Interval
    adjusted: Interval

    @property
    def are_apart(self) -> bool:
        """Whether the model's effect lies further from the plain one than half of that one's interval."""
        return abs(self.model.mean - self.plain.mean) > 0.5 * self.widths[0]

    @property
    def widths(self) -> tuple[float, float]:
        """How wide the 90 % intervals are, the plain one first."""
        return self.plain.p95 - self.plain.p05, self.model.p95 - self.model.p05

    @property
    def change(self) -> float:
        """The width of the model's interval over the plain one's, less one."""
        plain, model = self.widths
        width = monte_carlo.moved_by(model, self.model.p05, self.model.p95)
        return monte_carlo.through(width, lambda one: one / plain - 1)


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


@dataclass(frozen=True)
class Response:
    """Who did what was asked: by arm the change of the share and the chance that more do; all arms' gain where several.

    change and chance are empty where nearly everybody did it in every arm: then the share says nothing.
    """

    change: dict[str, Interval]
    chance: dict[str, float]
    all_arms: Interval | None


def response(levels: dict[str, np.ndarray], arms: list[str], sizes: pd.Series) -> Response:
    """Compare what arms did with control; levels: draws (draws, arms) of `conversion` and `net`; sizes: units per arm."""
    share, net = levels["conversion"], levels["net"]
    told = share.mean(axis=0).min() < EVERYBODY
    changes = {arm: share[:, k] - share[:, 0] for k, arm in enumerate(arms) if k and told}
    weights = sizes[arms[1:]].to_numpy(float) / sizes[arms[1:]].sum()
    every = interval(net[:, 1:] @ weights - net[:, 0]) if len(arms) > 2 else None
    chance = {arm: float((one > 0).mean() + (one == 0).mean() / 2) for arm, one in changes.items()}
    return Response({arm: interval(one) for arm, one in changes.items()}, chance, every)


def against_control(levels: dict[str, np.ndarray], arms: list[str]) -> pd.DataFrame:
    """Return each treated arm's change against control, an Interval per level.

    levels: draws of shape (draws, arms), control first.
    """
    changes = {
        name: [interval(draws[:, k] - draws[:, 0]) for k in range(1, len(arms))]
        for name, draws in levels.items()
    }
    return pd.DataFrame(changes, index=pd.Index(arms[1:], name="arm"))


def beside_plain(effects: pd.DataFrame, units: pd.DataFrame, control: str) -> pd.DataFrame:
    """Put the plain differences of means beside the model's effects: plain_conversion, plain_revenue, plain_net."""
    spent = units["contact_cost"] + units["incentive_cost"]
    seen = units.assign(conversion=units["converted"].astype(float), net=units["margin"] - spent)
    added = {}
    for name in ("conversion", "revenue", "net"):
        plain = plain_difference(seen, control, name).set_index("arm").loc[effects.index]
        added[f"plain_{name}"] = [plain_interval(row) for _, row in plain.iterrows()]
    return effects.assign(**added)


def metrics(effects: pd.DataFrame) -> dict[str, Interval]:
    """Return what `against_control` found under the names of run.json."""
    return {f"{arm}.{what}_effect": one for what in effects for arm, one in effects[what].items()}


def best_arm(effects: pd.DataFrame) -> str:
    """Return the arm with the largest mean gain."""
    return str(effects["net"].map(lambda gain: gain.mean).idxmax())


def three_ways(plain: pd.DataFrame, adjusted: pd.DataFrame, effects: pd.DataFrame, arm: str) -> Ways:
    """Put an arm's plain difference, and that of outcomes less what was known before, beside the model's effect.

    plain, adjusted: `experiment.plain_difference`, indexed by arm.
    """
    simple, less = (plain_interval(table.loc[arm]) for table in (plain, adjusted))
    return Ways(simple, effects.loc[arm, "revenue"], less)
