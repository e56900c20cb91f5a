"""Mailings to many at once as a column of days: the share of the base within `mailing_days` of one.

Who is mailed may be chosen; on which day a twentieth of the base and more is mailed says nothing of single customers. So the
share may move the base's rate on a day as a feast does, and enter the forecast. It is the share of purchases, those of the
year before, that the mailed made: a mailing to the best tenth moves the base more than one to those who hardly buy. A
mailing that each customer gets on a day of their own (after 60 silent days, say) is in no wave and in no forecast.

Two columns: mailings drawn by lot, whose effect is what the lots tell of it (`contact_lots`), and others, whose effect is
estimated with the season, Normal(0, .3) a priori were all customers mailed. After the last known day the last year is
repeated, by weeks.
"""

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd

from helpers.clv.contact_lots import Tried, together
from helpers.clv.contacts import windows_of
from helpers.clv.own_calendar import WEEKS
from helpers.clv.purchase_history import purchase_days
from helpers.study.year import YEAR_WINDOW

LEAST = 0.05  # of the base, contacted on one day
STEPS = 100  # in which a share is told: days of equal shares are of one kind
BY_LOT, OTHERS = "mailings drawn by lot", "other mailings"
SCALE = 0.3  # of the log factor, were all customers mailed


@dataclass(frozen=True)
class Wave:
    """The contacts of waves: customer_id, day, and the purchases of the year up to it, of the customer and of the base.

    as_of: the last known day.
    """

    name: str
    contacts: pd.DataFrame
    as_of: date
    mailing_days: int
    tried: tuple[Tried, ...] = ()

    @property
    def first(self) -> date:
        """The day of the first."""
        return self.contacts["day"].min().date()

    def prior(self, until: date) -> tuple[float, float]:
        """Centre and scale of the log factor as known on a day: what lots had told by then, and any mailing's prior."""
        told = together(tuple(one for one in self.tried if one.closed <= until))
        if told is None:
            return 0.0, SCALE
        centre, error = told
        share = SCALE**2 / (SCALE**2 + error**2)
        return share * centre, float(np.sqrt(share) * error)

    def values(self, days: np.ndarray, until: date) -> np.ndarray:
        """The share of the base on days, datetime64[D], as known on a day: to the end of windows, then the year before."""
        last, tail = np.datetime64(until, "D"), np.timedelta64(self.mailing_days, "D")
        place = (days - last).astype(np.int64)
        again = np.where(place > 0, (place - 1) // WEEKS + 1, 0)
        share = self._shares(until)
        known = np.where(days <= last + tail, _at(share, days), 0.0)
        return np.maximum(known, np.where(again > 0, _at(share, days - again * WEEKS), 0.0))

    def _shares(self, until: date) -> pd.Series:
        """The share by day, from the first wave to the end of the last window."""
        own = self.contacts[self.contacts["day"] <= pd.Timestamp(until)]
        if own.empty:
            return pd.Series([0.0], index=[np.datetime64(self.first, "D")])
        origin, ids = self.first, pd.Index(own["customer_id"].unique())
        windows = windows_of(own, ids, origin, self.mailing_days)
        begun = pd.DataFrame({"customer_id": ids[windows.who], "day": windows.start}).merge(
            own.assign(day=(own["day"] - pd.Timestamp(origin)).dt.days).drop_duplicates(
                ["customer_id", "day"]
            )
        )
        change = np.zeros(int(windows.end.max()) + 2)
        np.add.at(change, windows.start + 1, begun["bought"])
        np.add.at(change, windows.end + 1, -begun["bought"].to_numpy(dtype=float))
        days = np.datetime64(origin, "D") + np.arange(len(change))
        base = own.groupby("day")["of_base"].first()
        latest = np.searchsorted(base.index.to_numpy().astype("datetime64[D]"), days, side="right") - 1
        share = change.cumsum() / np.maximum(base.to_numpy()[np.maximum(latest, 0)], 1)
        return pd.Series(np.rint(STEPS * np.minimum(share, 1.0)) / STEPS, index=days)


def _at(share: pd.Series, days: np.ndarray) -> np.ndarray:
    start = share.index.to_numpy().astype("datetime64[D]")[0]
    place = (days - start).astype(np.int64)
    inside = (place >= 0) & (place < len(share))
    return np.where(inside, share.to_numpy()[np.clip(place, 0, len(share) - 1)], 0.0)


def waves(
    contacts: pd.DataFrame,
    ledger: ibis.Table,
    summary: pd.DataFrame,
    as_of: date,
    *,
    mailing_days: int,
    tried: tuple[Tried, ...] = (),
) -> tuple[Wave, ...]:
    """The columns of a base: of mailings drawn by lot, where any were `tried`, and of others, each where it has a wave.

    contacts: `contacts.received`; summary: of all customers, with first_date.
    """
    if contacts.empty:
        return ()
    won = np.sort(summary["first_date"].to_numpy().astype("datetime64[D]"))
    own = contacts.merge(summary[["customer_id", "first_date"]], on="customer_id")
    own = own[own["day"] >= pd.to_datetime(own["first_date"])]
    found = []
    for name, by_lot in ((BY_LOT, True), (OTHERS, False)):
        part = own[(own["by_lot"] & bool(tried)) == by_lot]
        counts = part.groupby("day")["customer_id"].nunique()
        base = np.searchsorted(won, counts.index.to_numpy().astype("datetime64[D]"), side="right")
        part = part[part["day"].isin(counts.index[counts.to_numpy() >= LEAST * np.maximum(base, 1)])]
        its = tuple(one for one in tried if by_lot and one.campaign in set(part["campaign"]))
        if len(part):
            found.append(Wave(name, _with_purchases(part, ledger), as_of, mailing_days, its))
    return tuple(found)


def _with_purchases(sent: pd.DataFrame, ledger: ibis.Table) -> pd.DataFrame:
    """Contacts, one per customer and day, with the purchases of the year up to it: bought, and of_base."""
    keys = sent[["customer_id", "day"]].drop_duplicates(ignore_index=True)
    bought = purchase_days(ledger).select("customer_id", "order_date")
    days = ibis.memtable(pd.DataFrame({"sent_on": keys["day"].unique()})).mutate(
        sent_on=ibis._.sent_on.date()
    )
    before = days.join(
        bought,
        [
            bought.order_date <= days.sent_on,
            bought.order_date > days.sent_on - ibis.interval(days=YEAR_WINDOW),
        ],
    )
    of_base = before.group_by("sent_on").agg(of_base=before.count()).to_pandas()
    theirs = ibis.memtable(keys[["customer_id"]].drop_duplicates())
    each = before.semi_join(theirs, "customer_id").group_by(["customer_id", "sent_on"])
    counts = each.agg(bought=ibis._.count()).to_pandas()
    of_base, counts = (
        one.assign(day=pd.to_datetime(one["sent_on"])).drop(columns="sent_on") for one in (of_base, counts)
    )
    found = keys.merge(of_base, on="day", how="left").merge(counts, on=["customer_id", "day"], how="left")
    return found.fillna({"bought": 0, "of_base": 0})
