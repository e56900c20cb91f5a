"""From a lead to a customer: stages with competing risks, hazards per channel partially pooled, chances of winning.

In each stage a lead may advance or be lost; what is still open at the end is censored. Hazards are constant within
`CUTS` of the time since the stage was entered. Leads that came before the first recorded win are left-truncated: wins
before it are not in the table, so their time counts from that day on.
"""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt

from helpers.contracts.not_said import said
from helpers.customers.lead_density import (
    CHANGE_SD,
    EFFECT_SD,
    MEAN,
    MEAN_SD,
    SPREAD_SD,
    Levels,
    by_hand,
    levels,
)
from helpers.errors import CannotAnswer, StudyError
from helpers.inference import sampler

if TYPE_CHECKING:
    import xarray as xr

DAY = pd.Timedelta(days=1)
CUTS = (0.0, 30.0, 90.0)  # days since the stage was entered, from which each hazard holds
STAGES = {"created_at": "lead", "mql_at": "MQL", "sql_at": "SQL", "won_at": "customer"}
CAUSES = ("advance", "lose")
NO_CHANNEL = "not stated"
FEWEST_WON = 10


@dataclass(frozen=True)
class Passed:
    """Leads by stage (index): how many came to it, advanced, were lost in it and are open; missing where too few."""

    stages: pd.DataFrame

    @property
    def leakiest(self) -> str:
        """The stage in which most are lost, of all that leave it or go on."""
        ended = self.stages["lost"] + self.stages["advanced"]
        return str((self.stages["lost"] / ended).fillna(0.0).idxmax())


@dataclass(frozen=True)
class Funnel:
    """The leads with their stages: `leads` (as given, channel filled), `stages` (column names from creation to won).

    `reached` (leads x stages) is the day number at which each stage was entered, missing when never; `lost` the day of
    loss; day 0 is `origin`, fractions are hours. `entry` is the day of the first recorded win.
    """

    leads: pd.DataFrame
    stages: tuple[str, ...]
    reached: np.ndarray
    lost: np.ndarray
    entry: float
    origin: pd.Timestamp

    @property
    def names(self) -> list[str]:
        """The stages a lead can be in, in words."""
        return [STAGES[stage] for stage in self.stages[:-1]]

    @property
    def channels(self) -> list[str]:
        """The channels, the most frequent first."""
        return list(self.leads["channel"].value_counts().index)

    @property
    def sizes(self) -> pd.Series:
        """The number of leads of each channel, the largest first."""
        return self.leads["channel"].value_counts()[self.channels]

    @property
    def older(self) -> int:
        """How many leads came before the first recorded win."""
        return int((self.reached[:, 0] < self.entry).sum())

    @property
    def metrics(self) -> dict[str, float]:
        """The counts of leads under the names of run.json."""
        won = int(self.leads["won_at"].notna().sum())
        return {"leads": len(self.leads), "won": won, "older_than_first_win": self.older}

    def passed(self, smallest: int) -> "Passed | None":
        """What became of the leads that came since the first recorded win, stage by stage; None for fewer than `smallest`.

        Those who reach the last stage are won. Parts of fewer than `smallest` are missing, lost and open together; a stage
        that too few came to is left out.
        """
        known = self.reached[:, 0] >= self.entry
        there = ~np.isnan(self.reached[known])
        if known.sum() < smallest:
            return None
        gone = ~np.isnan(self.lost[known])
        rows = []
        for place, name in enumerate(self.names):
            here, on = there[:, place], there[:, place + 1]
            lost = int((here & ~on & gone).sum())
            rows.append((name, int(here.sum()), int(on.sum()), lost, int((here & ~on).sum()) - lost))
        table = pd.DataFrame(rows, columns=["stage", "leads", "advanced", "lost", "open"]).set_index("stage")
        table = table[table["leads"] >= smallest].astype(float)
        few = (table > 0) & (table < smallest)
        table.loc[few["lost"] | few["open"] | few["advanced"], ["lost", "open"]] = np.nan
        table.loc[few["advanced"], "advanced"] = np.nan
        return Passed(table)

    def largest(self, smallest: int, most: int = 5) -> list[str]:
        """At most so many channels, the largest first, of those with `smallest` leads or more."""
        return list(self.sizes.index[self.sizes >= smallest][:most])

    def day(self, when: date) -> float:
        """The day number of the end of a day."""
        return (pd.Timestamp(when) + DAY - self.origin) / DAY


def funnel(leads: pd.DataFrame) -> Funnel:
    """Bring leads into stages; a stage that was skipped counts as entered with the next one.

    StudyError when stages are out of order (by whole days), or with fewer than 10 wins.
    """
    stages = tuple(
        name
        for name in STAGES
        if name in ("created_at", "won_at") or leads.get(name, pd.Series()).notna().any()
    )
    times = leads[list(stages)].apply(pd.to_datetime)
    filled = times.bfill(axis=1)
    lost = pd.to_datetime(leads["lost_at"]) if "lost_at" in leads else pd.Series(pd.NaT, leads.index)
    _check_order(leads, times, lost)
    if (wins := int(times["won_at"].notna().sum())) < FEWEST_WON:
        raise CannotAnswer(
            f"{wins} of {len(leads)} leads were won: chances need at least {FEWEST_WON}. Bring a longer period, or leave "
            "this notebook out of the study."
        )
    origin = filled["created_at"].min().normalize()
    reached = ((filled - origin) / DAY).to_numpy(dtype=float)
    reached = np.maximum.accumulate(np.where(np.isnan(reached), -np.inf, reached), axis=1)
    reached = np.where(filled.isna().to_numpy(), np.nan, reached)
    gone = ((lost - origin) / DAY).to_numpy(dtype=float)
    gone = np.fmax(gone, np.where(np.isnan(gone), np.nan, np.nanmax(reached, axis=1)))
    channel = leads["channel"] if "channel" in leads else pd.Series(NO_CHANNEL, leads.index)
    known = leads.assign(channel=said(channel).fillna(NO_CHANNEL).astype(str)).reset_index(drop=True)
    return Funnel(known, stages, reached, gone, float(np.nanmin(reached[:, -1])), origin)


def spells(found: Funnel, end: float) -> pd.DataFrame:
    """One row per lead, stage and time bin as known at day `end`: exposure in days, and whether it ended in each cause.

    Columns lead (row), channel, stage (number), bin, exposure, advance, lose. Time before the first recorded win is left
    out, for it cannot hold one.
    """
    parts = []
    for stage in range(len(found.stages) - 1):
        entered, left = found.reached[:, stage], found.reached[:, stage + 1]
        gone = np.where(np.isnan(left), found.lost, np.nan)
        stop = np.fmin(np.fmin(left, gone), end)
        there = np.flatnonzero((entered < end) & (stop > found.entry))
        for number, since in enumerate(CUTS):
            until = CUTS[number + 1] if number + 1 < len(CUTS) else np.inf
            first = np.maximum(entered[there] + since, found.entry)
            last = np.minimum(stop[there], entered[there] + until)
            here = (last > first) | ((last == first) & (since == 0))
            rows, ends = there[here], stop[there][here] <= (entered[there] + until)[here]
            parts.append(
                pd.DataFrame(
                    {
                        "lead": rows,
                        "stage": stage,
                        "bin": number,
                        "exposure": (last - first)[here],
                        "advance": ends
                        & (left[rows] <= np.minimum(end, np.inf))
                        & (left[rows] == stop[rows]),
                        "lose": ends & (gone[rows] == stop[rows]),
                    }
                )
            )
    table = pd.concat(parts, ignore_index=True)
    table["channel"] = found.leads["channel"].to_numpy()[table["lead"]]
    return table


def observations(found: Funnel, table: pd.DataFrame, design: pd.DataFrame) -> dict[str, np.ndarray]:
    """The data of `build`, a row per lead, stage and time bin of `spells`; design: leads x covariates."""
    rows = table.groupby(["lead", "stage", "bin"], as_index=False)[["exposure", *CAUSES]].sum()
    stage, bin_ = rows["stage"].to_numpy(), rows["bin"].to_numpy()
    channel = pd.Index(found.channels).get_indexer(found.leads["channel"].to_numpy()[rows["lead"]])
    data = {
        "place": channel * len(found.names) + stage,
        "change_place": np.maximum(stage * (len(CUTS) - 1) + bin_ - 1, 0),
        "later": (bin_ > 0).astype(float),
        "exposure": rows["exposure"].to_numpy(dtype=float),
        **{cause: rows[cause].to_numpy(dtype=float) for cause in CAUSES},
    }
    return data | ({"x": design.to_numpy(dtype=float)[rows["lead"]]} if design.shape[1] else {})


def build(found: Funnel, data: dict[str, np.ndarray], covariates: list[str]) -> pm.Model:
    """Define the hazards per day of advancing and of being lost, on the rows of `observations`, which may be exchanged.

    log hazard = level (channel and stage) + change (stage, later time bins) + covariates. The level is the stage's mean over
    the channels, plus what the channel does in all stages (a channel that is good at one is often good at the next), plus
    what it does in this one; the last two are partially pooled and sum to zero. Priors: the stage's mean: median one
    event in two months, 90 % between 5 days and two years; the spread of channels: lognormal with median .35, 90 % between
    .11 and 1.1; the spread of a channel's stages around it: lognormal with median .2, 90 % between .06 and .63; change:
    Normal(0, .5); covariates: Normal(0, .3) per standard deviation.
    """
    channels, made = found.channels, _made(found)
    coords = {
        "stage": found.names,
        "channel": channels,
        "cell": [f"{name} {one}" for name in channels for one in found.names],
        "change": [f"{name} after {cut:g} days" for name in found.names for cut in CUTS[1:]],
        "covariate": covariates,
    }
    with pm.Model(coords=coords) as model:
        rows = {name: pm.Data(name, values) for name, values in data.items()}
        for cause in CAUSES:
            level = pt.tile(pm.Normal(f"{cause}_mean", MEAN, MEAN_SD, dims="stage"), len(channels))
            for part, median, contrasts in made.parts:
                # Half centred: neither few leads nor many make the sampler stick.
                half = pm.LogNormal(f"{cause}_spread_{part}", np.log(median), SPREAD_SD) ** 0.5
                z = pm.Normal(f"{cause}_{part}", 0, half, shape=contrasts.shape[1])
                level = level + (contrasts * z).sum(axis=1) * half
            level = pm.Deterministic(f"{cause}_level", level, dims="cell")
            change = pm.Normal(f"{cause}_change", 0, CHANGE_SD, dims="change")
            log_hazard = level[rows["place"]] + rows["later"] * change[rows["change_place"]]
            if covariates:
                effect = pm.Normal(f"{cause}_effect", 0, EFFECT_SD, dims="covariate")
                log_hazard = log_hazard + (rows["x"] * effect).sum(axis=1)
            expected = rows["exposure"] * pt.exp(log_hazard)
            pm.Potential(f"{cause}_log_likelihood", (rows[cause] * log_hazard - expected).sum())
    return model


def fit(
    found: Funnel, end: float, design: pd.DataFrame, ready: dict | None = None, **sampling: Any
) -> "xr.DataTree":
    """Fit the hazards to what is known at day `end`, and return the posterior as a DataTree.

    ready: keeps the compiled model for further fits to the same channels, stages and covariates.
    """
    data, names = observations(found, spells(found, end), design), list(design.columns)
    key = (*found.names, *found.channels, *names)
    return sampler.fit_shared(
        {} if ready is None else ready,
        key,
        lambda **_: build(found, data, names),
        data,
        by_hand=partial(by_hand, _made(found), CAUSES),
        target_accept=0.9,
        **sampling,
    )


def _made(found: Funnel) -> Levels:
    return levels(len(found.channels), len(found.names), len(CUTS) - 1)


def _check_order(leads: pd.DataFrame, times: pd.DataFrame, lost: pd.Series) -> None:
    days = times.apply(lambda column: column.dt.normalize())
    for early, late in zip(times.columns[:-1], times.columns[1:], strict=True):
        before = days[late] < days[list(times.columns[: times.columns.get_loc(late)])].max(axis=1)
        if before.any():
            first = ", ".join(leads.loc[before, "lead_id"].astype(str).head(3))
            raise StudyError(
                f"{int(before.sum()):,} leads have {late} before {early} or an earlier stage; first: {first}. Correct the "
                "dates, or set the rows aside with a rule of the table leads in the study file."
            )
    late = lost.dt.normalize() < days.max(axis=1)
    if late.any():
        first = ", ".join(leads.loc[late, "lead_id"].astype(str).head(3))
        raise StudyError(
            f"{int(late.sum()):,} leads were lost before a stage they reached; first: {first}. Correct the dates."
        )
