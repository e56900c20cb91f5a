"""What customers received: contacts of `campaigns` and `activities`, and the days that lie within `mailing_days` of one.

A contact on day c covers the days c + 1 to c + mailing_days: a purchase on its own day may have come before it, or caused
it. Where days of several contacts of a customer overlap, they are one window.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from helpers.errors import StudyError

BY_LOT = "randomized"  # of the column `assigned`
COMPANY_BEGAN = ("retention", "acquisition")  # kinds of activities; a service is what the customer asked for


def received(campaigns: pd.DataFrame | None, activities: pd.DataFrame | None, until: date) -> pd.DataFrame:
    """One row per contact of a customer up to `until`: customer_id, day (datetime64), campaign, by_lot (beside a control).

    Of campaigns all arms but those that are the control; of activities those that the company began (COMPANY_BEGAN).
    """
    parts = []
    if campaigns is not None and len(campaigns):
        parts.append(_contacts(campaigns[~is_control(campaigns)], "assigned_at", drawn_by_lot(campaigns)))
    if activities is not None and len(activities):
        begun = activities[activities["kind"].isin(COMPANY_BEGAN)]
        parts.append(_contacts(begun, "at", pd.Series(data=False, index=begun.index)))
    some = [part for part in parts if len(part)]
    if not some:
        none = {"customer_id": pd.Series(dtype=str), "day": pd.Series(dtype="datetime64[us]")}
        return pd.DataFrame(none | {"campaign": pd.Series(dtype=str), "by_lot": pd.Series(dtype=bool)})
    found = pd.concat(some, ignore_index=True)
    return found[found["day"] <= pd.Timestamp(until)].reset_index(drop=True)


def is_control(campaigns: pd.DataFrame) -> pd.Series:
    """Which rows are of an arm that was left alone."""
    if "is_control" not in campaigns:
        return pd.Series(data=False, index=campaigns.index)
    return campaigns["is_control"].fillna(value=False).astype(bool)


def drawn_by_lot(campaigns: pd.DataFrame) -> pd.Series:
    """Which rows are of a campaign whose arms were drawn by lot, with one that was left alone."""
    if "assigned" not in campaigns:
        return pd.Series(data=False, index=campaigns.index)
    by_lot = campaigns["assigned"].astype("string").eq(BY_LOT).fillna(value=False)
    return by_lot.astype(bool) & is_control(campaigns).groupby(campaigns["campaign_id"]).transform("any")


def _contacts(rows: pd.DataFrame, when: str, by_lot: pd.Series) -> pd.DataFrame:
    found = pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "day": pd.to_datetime(rows[when]).dt.normalize(),
            "campaign": rows["campaign_id"].astype(str) if "campaign_id" in rows else "",
            "by_lot": by_lot[rows.index],
        }
    )
    return found.dropna(subset=["customer_id", "day"])


@dataclass(frozen=True)
class Windows:
    """The windows of customers, in order: `who`, a customer's position, the day before it begins, and its last day.

    Days are counted from the day `origin`; those of one customer do not overlap. mailing_days: of each contact.
    """

    who: np.ndarray
    start: np.ndarray
    end: np.ndarray
    origin: date
    mailing_days: int

    def within(self, who: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Whether each customer's day lies in a window of theirs: shape of day."""
        place, inside = self._before(who, day)
        return inside & (day <= self.end[place]) if len(self.who) else inside

    def days(self, who: np.ndarray, day: np.ndarray, kind_of_day: np.ndarray, kinds: int) -> np.ndarray:
        """Days in windows from the origin up to each customer's day, by kind of day: integers of shape (days, kinds).

        kind_of_day: of the origin, which does not count, and the days after it.
        """
        counted = np.zeros((len(kind_of_day), kinds), dtype=np.int32)
        counted[np.arange(1, len(kind_of_day)), kind_of_day[1:]] = 1
        counted = counted.cumsum(axis=0, dtype=np.int32)
        if not len(self.who):
            return np.zeros((len(day), kinds), dtype=np.int32)
        last = len(kind_of_day) - 1
        start, end = np.clip(self.start, 0, last), np.clip(self.end, 0, last)
        whole = np.concatenate(
            [np.zeros((1, kinds), np.int32), (counted[end] - counted[start]).cumsum(axis=0)]
        )
        place, inside = self._before(who, day)
        first = np.searchsorted(self.who, who)
        part = counted[np.clip(np.minimum(day, end[place]), start[place], None)] - counted[start[place]]
        found = whole[place] - whole[first] + part
        return np.where(inside[:, None], found, 0)

    def _before(self, who: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The last window that begins before each day, and whether it is one of that customer's."""
        if not len(self.who):
            return np.zeros(len(day), dtype=np.int64), np.zeros(len(day), dtype=bool)
        least = int(self.start.min())
        span = int(max(self.end.max(), day.max(initial=0))) - least + 2
        key, asked = self.who * span + self.start - least, who * span + np.maximum(day - 1 - least, -1)
        place = np.searchsorted(key, asked, side="right") - 1
        return np.maximum(place, 0), (place >= 0) & (self.who[place] == who)


def windows_of(contacts: pd.DataFrame, customers: Iterable, origin: date, mailing_days: int) -> Windows:
    """The windows of these customers, by their positions; contacts of others are left out. Days count from `origin`."""
    if mailing_days < 1:
        raise StudyError(
            f"mailing_days is {mailing_days}: it is the number of days that a contact may work for, 1 or more (28)."
        )
    who = pd.Index(customers).get_indexer(pd.Index(contacts["customer_id"]))
    day = (contacts["day"].to_numpy().astype("datetime64[D]") - np.datetime64(origin, "D")).astype(np.int64)
    who, day = who[who >= 0].astype(np.int64), day[who >= 0]
    order = np.lexsort((day, who))
    who, day = who[order], day[order]
    apart = np.ones(len(day), dtype=bool)
    apart[1:] = (np.diff(who) != 0) | (np.diff(day) > mailing_days)
    last = np.append(apart[1:], [True])[: len(day)]
    return Windows(who[apart], day[apart], day[last] + mailing_days, origin, mailing_days)
