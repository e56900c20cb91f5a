"""What a mailing does where lots decided who gets it: purchases of those reached over those of customers left alone.

Per campaign the ratio of mean purchase days in the `mailing_days` after the assignment, of all arms together over the arm
that was left alone; control is weighted to the treated's mix of strata. Its logarithm has the linearised error of a ratio
of means, of clusters where these were drawn. Several campaigns are pooled (`inference.pooling`), each by the customers it
reached.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from helpers.clv.contacts import drawn_by_lot, is_control
from helpers.clv.purchase_history import purchase_days
from helpers.inference.pooling import pool

FEWEST = 10  # purchases of either side, below which a logarithm of their ratio is no estimate
DRAWS = 4000


@dataclass(frozen=True)
class Tried:
    """A mailing drawn by lot: the last day of its window, the log ratio of purchases, its error, and how many it reached."""

    campaign: str
    closed: date
    log_ratio: float
    error: float
    reached: int


def tried(
    campaigns: pd.DataFrame | None, ledger: ibis.Table, until: date, mailing_days: int
) -> tuple[Tried, ...]:
    """The mailings drawn by lot whose windows had closed by `until`, with enough purchases on both sides."""
    if campaigns is None or not len(campaigns):
        return ()
    own = campaigns[drawn_by_lot(campaigns)].dropna(subset=["assigned_at"])
    if own.empty:
        return ()
    days = purchase_days(ledger).select("customer_id", "order_date")
    bought = days.semi_join(ibis.memtable(own[["customer_id"]].drop_duplicates()), "customer_id").to_pandas()
    found = [_tried(str(name), rows, bought, mailing_days) for name, rows in own.groupby("campaign_id")]
    return tuple(one for one in found if one is not None and one.closed <= until)


def _tried(campaign: str, rows: pd.DataFrame, bought: pd.DataFrame, mailing_days: int) -> Tried | None:
    units = rows.sort_values("assigned_at", kind="stable").drop_duplicates("customer_id")
    units = units.assign(day=pd.to_datetime(units["assigned_at"]).dt.normalize(), left=is_control(units))
    later = units.merge(bought, on="customer_id")
    ago = (pd.to_datetime(later["order_date"]) - later["day"]).dt.days
    counts = later[(ago >= 1) & (ago <= mailing_days)].groupby("customer_id").size()
    made = units["customer_id"].map(counts).fillna(0.0).to_numpy()
    left = units["left"].to_numpy()
    if min(made[left].sum(), made[~left].sum()) < FEWEST:
        return None
    weight = np.where(left, _weights(units, left), 1.0)
    pull = np.zeros(len(units))
    means = []
    for side, sign in ((left, -1), (~left, 1)):
        total = weight[side].sum()
        means.append((weight[side] * made[side]).sum() / total)
        pull[side] = sign * weight[side] * (made[side] - means[-1]) / (total * means[-1])
    cluster = (
        units["cluster"] if "cluster" in units and units["cluster"].notna().all() else units["customer_id"]
    )
    error = float(np.sqrt((pd.Series(pull).groupby(cluster.to_numpy()).sum() ** 2).sum()))
    closed = units["day"].max().date() + timedelta(days=mailing_days)
    return Tried(campaign, closed, float(np.log(means[1] / means[0])), error, int((~left).sum()))


def _weights(units: pd.DataFrame, left: np.ndarray) -> np.ndarray:
    """Weights that give those left alone the strata of those reached: shape (units,)."""
    if "stratum" not in units or units["stratum"].isna().all():
        return np.ones(len(units))
    stratum = units["stratum"].astype("string").fillna("")
    reached, alone = (stratum[side].value_counts() for side in (~left, left))
    return stratum.map(reached / alone).fillna(0.0).to_numpy(dtype=float)


def together(some: tuple[Tried, ...], seed: int = 1) -> tuple[float, float] | None:
    """Mean and standard deviation of the log factor of these mailings, weighted by whom they reached; None without any."""
    if not some:
        return None
    drawn = pool([one.log_ratio for one in some], [one.error for one in some], DRAWS, seed).effects
    weight = np.array([one.reached for one in some], dtype=float)
    effect = drawn @ (weight / weight.sum())
    return float(effect.mean()), float(effect.std())
