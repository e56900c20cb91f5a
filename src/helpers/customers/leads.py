"""From a lead to a customer: stages with competing risks, hazards per channel partially pooled, chances of winning.

In each stage a lead may advance or be lost; what is still open at the end is censored. Hazards are constant within
`CUTS` of the time since the stage was entered. Leads that came before the first recorded win are left-truncated: wins
before it are not in the table, so their time counts from that day on.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt

from helpers import fitting
from helpers.errors import StudyError

DAY = pd.Timedelta(days=1)
CUTS = (0.0, 30.0, 90.0)  # days since the stage was entered, from which each hazard holds
STAGES = {"created_at": "lead", "mql_at": "MQL", "sql_at": "SQL", "won_at": "customer"}
CAUSES = ("advance", "lose")
NO_CHANNEL = "not stated"
FEWEST_WON = 10


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
        raise StudyError(
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
    known = leads.assign(channel=channel.fillna(NO_CHANNEL).astype(str)).reset_index(drop=True)
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


def build(found: Funnel, table: pd.DataFrame, design: pd.DataFrame) -> pm.Model:
    """Define the hazards per day of advancing and of being lost, on the spells of `spells`; design: leads x covariates.

    log hazard = level (channel and stage) + change (stage, later time bins) + covariates. The level is partially pooled
    around the stage's mean plus what the channel does in all stages, for a channel that is good at one is often good at
    the next. Priors: the stage's mean: median one event in two months, 90 % between 5 days and two years; the spread of
    channels: lognormal with median .35, 90 % between .11 and 1.1; the spread of a channel's stages around it: lognormal with
    median .2, 90 % between .06 and .63; change: Normal(0, .5); covariates: Normal(0, .3) per standard deviation.
    """
    rows = table.groupby(["lead", "stage", "bin"], as_index=False)[["exposure", *CAUSES]].sum()
    stages, bins, channels = len(found.names), len(CUTS), found.channels
    stage, later = rows["stage"].to_numpy(), rows["bin"].to_numpy() > 0
    changes = stage * (bins - 1) + rows["bin"].to_numpy() - 1
    channel = pd.Index(channels).get_indexer(found.leads["channel"].to_numpy()[rows["lead"]])
    x = design.to_numpy(dtype=float)[rows["lead"]]
    coords = {
        "stage": found.names,
        "channel": channels,
        "place": [f"{name} {one}" for name in channels for one in found.names],
        "change": [f"{name} after {CUTS[b]:g} days" for name in found.names for b in range(1, bins)],
        "covariate": list(design.columns),
    }
    with pm.Model(coords=coords) as model:
        for cause in CAUSES:
            mean = pm.Normal(f"{cause}_mean", np.log(1 / 60), 1.5, dims="stage")
            spread = pm.LogNormal(f"{cause}_spread", np.log(0.35), 0.7)
            everywhere = pm.Normal(f"{cause}_everywhere", 0, spread, dims="channel")
            expected = pt.tile(mean, len(channels)) + pt.repeat(everywhere, stages)
            spread_within = pm.LogNormal(f"{cause}_spread_within", np.log(0.2), 0.7)
            level = pm.Normal(f"{cause}_level", expected, spread_within, dims="place")
            change = pm.Normal(f"{cause}_change", 0, 0.5, dims="change")
            log_hazard = level[channel * stages + stage] + later * change[np.maximum(changes, 0)]
            if x.shape[1]:
                effect = pm.Normal(f"{cause}_effect", 0, 0.3, dims="covariate")
                log_hazard = log_hazard + (x * effect).sum(axis=1)
            events = rows[cause].to_numpy(dtype=float)
            exposed = rows["exposure"].to_numpy() * pt.exp(log_hazard)
            pm.Potential(f"{cause}_log_likelihood", (events * log_hazard - exposed).sum())
    return model


def fit(found: Funnel, end: float, design: pd.DataFrame, **sampling):
    """Fit the hazards to what is known at day `end`, and return the posterior as a DataTree."""
    return fitting.fit(build(found, spells(found, end), design), target_accept=0.9, **sampling)


def _check_order(leads, times, lost) -> None:
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
