"""What covariates of contracts go along with, and which of them the data cannot tell apart."""

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.inference import sampler
from helpers.inference.intervals import Interval, interval
from helpers.messages import listing, message

if TYPE_CHECKING:
    import xarray as xr

TOGETHER = 0.9  # correlation of two effects' draws, in size, from which the data does not tell them apart
AS_BELIEVED = 0.8  # share of the prior's standard deviation (1) from which an effect is hardly informed

PAIR = message("renewal_effects.pair", "{one} with {other}")
UNKNOWN = message("renewal_effects.unknown", "{one} by itself")
TOLD_APART = message("renewal_effects.told_apart", "all told apart")
NONE_TOGETHER = message("renewal_effects.none_together", "none goes together with another")
LEAVE_ONE_OUT = message(
    "renewal_effects.leave_one_out",
    "The data does not tell these effects apart: read them together, or leave one of each pair out.",
)


def effects(tree: "xr.DataTree") -> dict[str, Interval]:
    """Per covariate, by what the odds of the first renewal are multiplied: yes against no, or per step that its name says.

    Empty where the model has no covariate.
    """
    if "effect" not in tree["posterior"]:
        return {}
    names = tree["posterior"]["covariate"].to_numpy()
    draws = np.exp(sampler.flat_draws(tree, "effect"))
    return {str(name): interval(draws[:, place]) for place, name in enumerate(names)}


def table(found: dict[str, Interval]) -> pd.DataFrame:
    """`effects` as rows: covariate, odds."""
    return pd.DataFrame({"covariate": list(found), "odds": list(found.values())})


def metrics(found: dict[str, Interval]) -> dict[str, Interval]:
    """The odds under the names of run.json."""
    return {f"odds.{name}": one for name, one in found.items()}


def check_told_apart(tree: "xr.DataTree") -> Check | None:
    """Ask whether the data tells the covariates' effects apart; None without covariates."""
    if "effect" not in tree["posterior"]:
        return None
    names = [str(name) for name in tree["posterior"]["covariate"].to_numpy()]
    draws = sampler.flat_draws(tree, "effect")
    alike = np.atleast_2d(np.corrcoef(draws.T))
    pairs = [(a, b) for a, b in combinations(range(len(names)), 2) if abs(alike[a, b]) >= TOGETHER]
    paired = {place for pair in pairs for place in pair}
    wide = [
        place for place in range(len(names)) if draws[:, place].std() >= AS_BELIEVED and place not in paired
    ]
    said = [PAIR(one=names[a], other=names[b]) for a, b in pairs] + [UNKNOWN(one=names[k]) for k in wide]
    return check(
        "covariates told apart",
        review=bool(said),
        value=listing(said) if said else TOLD_APART(),
        threshold=NONE_TOGETHER(),
        advice=LEAVE_ONE_OUT(),
    )
