"""Landmark analysis: what becomes of customers after a moment, by what had happened up to it, others being alike.

At the landmark everybody's state is known; only what follows counts as outcome. So nobody is put into a group because of
something that could only happen to those who stayed (immortal time).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from helpers.study.year import YEAR_WINDOW

DAY = np.timedelta64(1, "D")
# Upper ends of days since the purchase before (fine, because a ticket may be about that one), of purchase days in the year.
GAPS, PRIORS = (3, 7, 14, 30, 90), (1, 2, 4, 8)


@dataclass(frozen=True)
class Contrast:
    """Draws of the outcome's mean among the exposed, and of what it would be if they were like the comparison.

    `size` exposed units were compared; `alone` more had nobody to be compared with.
    """

    exposed: np.ndarray
    expected: np.ndarray
    size: int
    alone: int

    @property
    def difference(self) -> np.ndarray:
        """Exposed less expected."""
        return self.exposed - self.expected


NOBODY = pd.DataFrame(
    columns=["customer_id", "class", "state", "severity"]
)  # units, where nobody can be followed


def after_orders(
    days: pd.DataFrame,
    tickets: pd.DataFrame,
    as_of: date,
    *,
    landmark_days: int,
    window_days: int,
    repeat_days: int = 180,
) -> pd.DataFrame:
    """One row per purchase day whose outcome is known: what had come of it by the landmark, and what followed.

    days: customer_id, order_date (distinct). A ticket belongs to the customer's last purchase day before it, if opened
    by the landmark, `landmark_days` after that day. state: no ticket; closed (by the landmark); open; repeated (another
    ticket in the `repeat_days` before). bought: whether a purchase followed within `window_days` after the landmark.
    Also severity (of the ticket), delay (days from the purchase to its last ticket, missing without one), next (days to the
    next purchase, at most those to the landmark and one more), and what `_past` adds.
    """
    if days.empty:
        return NOBODY
    book = _Book(days)
    units = book.units[
        book.units["day"] + (landmark_days + window_days) * DAY <= np.datetime64(as_of, "D")
    ].copy()
    own = tickets.assign(
        opened=pd.to_datetime(tickets["opened_at"]).to_numpy().astype("M8[D]"),
        closed=pd.to_datetime(tickets["closed_at"]).to_numpy().astype("M8[D]"),
    )
    own = own[own["customer_id"].isin(book.code.index)].sort_values("opened", kind="stable")
    own["before"] = own.groupby("customer_id")["opened"].shift()
    place = book.last_before(own["customer_id"], own["opened"].to_numpy())
    own = own[place >= 0].assign(place=place[place >= 0])
    own = own[(own["opened"].to_numpy() - book.day[own["place"]]) / DAY <= landmark_days]
    landmark = book.day[own["place"]] + landmark_days * DAY
    still = own["closed"].isna().to_numpy() | (own["closed"].to_numpy() > landmark)
    again = ((own["opened"] - own["before"]).dt.days <= repeat_days).to_numpy()
    own["rank"] = np.where(again, 3, np.where(still, 2, 1))
    own["delay"] = (own["opened"].to_numpy() - book.day[own["place"]]) / DAY
    grouped = own.sort_values("rank").groupby("place")
    worst = grouped.agg(rank=("rank", "last"), severity=("severity", "last"), delay=("delay", "max"))
    rank = worst["rank"].reindex(units.index).fillna(0).astype(int)
    units["state"] = np.array(["no ticket", "closed", "open", "repeated"])[rank]
    units["severity"] = worst["severity"].reindex(units.index).where(rank > 0)
    units["delay"] = worst["delay"].reindex(units.index)
    units["next"] = np.minimum(book.days_to_next()[units.index], landmark_days + 1)
    return _past(
        book, units, units["day"].to_numpy() + landmark_days * DAY, window_days, units.index.to_numpy()
    )


def after_answers(days: pd.DataFrame, answers: pd.DataFrame, as_of: date, window_days: int) -> pd.DataFrame:
    """One row per survey answer whose outcome is known: customer_id, class, bought, and what `_past` adds.

    The landmark is the day of the answer. Customers who had not bought before it are left out.
    """
    if days.empty or answers.empty:
        return NOBODY
    book = _Book(days)
    asked = pd.to_datetime(answers["asked_at"]).to_numpy().astype("M8[D]")
    known = answers["customer_id"].isin(book.code.index).to_numpy() & (
        asked + window_days * DAY <= np.datetime64(as_of, "D")
    )
    units = answers[known].assign(day=asked[known]).reset_index(drop=True)
    place = book.last_before(units["customer_id"], asked[known])
    units, place = units[place >= 0], place[place >= 0]
    return _past(book, units.copy(), units["day"].to_numpy(), window_days, place)


def strata(units: pd.DataFrame, kind: pd.Series | None = None) -> np.ndarray:
    """Number the groups within which units are compared: kind, purchase days in the year, days since the one before."""
    prior = np.searchsorted(PRIORS, units["prior"])
    gap = np.where(units["gap"].isna(), len(GAPS) + 1, np.searchsorted(GAPS, units["gap"].fillna(0)))
    kinds = units["customer_id"].map(kind) if kind is not None else pd.Series("", units.index)
    labels = (
        pd.Series(kinds.astype(object).where(kinds.notna(), "").astype(str).to_numpy())
        + "|"
        + pd.Series(prior).astype(str)
        + "|"
        + pd.Series(gap).astype(str)
    )
    return pd.factorize(labels)[0]


def compare(
    units: pd.DataFrame,
    exposed: np.ndarray,
    comparison: np.ndarray,
    stratum: np.ndarray,
    outcome: str = "bought",
    draws: int = 500,
    seed: int = 1,
) -> Contrast | None:
    """Compare the exposed with the comparison, stratum by stratum, weighted as the exposed are: draws of both means.

    Where the units carry delay and next (`after_orders`), one exposed after so many days is compared with those of its
    stratum who had not bought again by that day either: a ticket belongs to the last purchase before it, so that nobody
    exposed had (risk sets; what was bought later may be the exposure's doing and is left alone). The Bayesian bootstrap
    draws customers, since one customer's units are alike. Exposed units without comparison are left out and counted in
    `alone`. None where no exposed unit can be compared.
    """
    exposed, comparison = np.asarray(exposed, bool), np.asarray(comparison, bool)
    risk = _RiskSets(units, exposed, comparison, stratum)
    alone = int((~risk.compared).sum())
    one, two = np.flatnonzero(exposed)[risk.compared], np.flatnonzero(comparison)
    if not len(one):
        return None
    rng = np.random.default_rng(seed)
    customer = pd.factorize(units["customer_id"])[0]
    y = units[outcome].to_numpy(dtype=float)
    means = np.empty((draws, 2))
    for draw in range(draws):
        weight = rng.standard_exponential(customer.max() + 1)
        w1, w0 = weight[customer[one]], weight[customer[two]]
        means[draw] = (w1 @ y[one]) / w1.sum(), w1 @ risk.expected(w0, y[two]) / w1.sum()
    return Contrast(means[:, 0], means[:, 1], len(one), alone)


class _RiskSets:
    """For each exposed unit, the comparison units of its stratum that had not bought again by the day of the exposure."""

    def __init__(
        self, units: pd.DataFrame, exposed: np.ndarray, comparison: np.ndarray, stratum: np.ndarray
    ) -> None:
        timed = "delay" in units
        delay = units["delay"].to_numpy()[exposed].astype(int) if timed else np.zeros(exposed.sum(), int)
        self.days = int(delay.max(initial=0)) + 1
        until = np.minimum(units["next"].to_numpy(), self.days) if timed else np.ones(len(units))
        self.groups = stratum.max() + 1 if len(stratum) else 0
        self.own = stratum[comparison] * (self.days + 1) + until[comparison].astype(int)
        self.asked = (
            stratum[exposed] * (self.days + 1) + delay + 1
        )  # bought again after that day, or not at all
        self.compared = self._later(np.ones(len(self.own)))[self.asked] > 0
        self.asked = self.asked[self.compared]

    def _later(self, weight: np.ndarray) -> np.ndarray:
        """Per stratum and day, the weight of the units that bought again on that day or later."""
        size = self.groups * (self.days + 1)
        by_day = np.bincount(self.own, weight, size).reshape(self.groups, self.days + 1)
        return by_day[:, ::-1].cumsum(axis=1)[:, ::-1].ravel()

    def expected(self, weight: np.ndarray, outcome: np.ndarray) -> np.ndarray:
        """The weighted mean outcome of each exposed unit's risk set."""
        return self._later(weight * outcome)[self.asked] / self._later(weight)[self.asked]


class _Book:
    """Purchase days by customer, sorted, with quick look-up of the last one before a day and of counts in a window."""

    def __init__(self, days: pd.DataFrame) -> None:
        names = pd.Index(
            days["customer_id"].unique()
        ).sort_values()  # whatever order an engine brings them in
        self.code = pd.Series(np.arange(len(names)), names)
        day = pd.to_datetime(days["order_date"]).to_numpy().astype("M8[D]")
        order = np.lexsort((day, self.code[days["customer_id"]].to_numpy()))
        self.day, customer = day[order], self.code[days["customer_id"]].to_numpy()[order]
        self.key = self._key(customer, self.day)
        self.first = np.searchsorted(customer, np.arange(len(names)))
        self.customer = customer
        self.units = pd.DataFrame({"customer_id": names[customer], "day": self.day})

    def _key(self, customer: np.ndarray, day: np.ndarray) -> np.ndarray:
        return customer.astype(np.int64) * 100_000 + day.astype("M8[D]").astype(np.int64)

    def last_before(self, customer_id: pd.Series, day: np.ndarray) -> np.ndarray:
        """The place of the customer's last purchase day up to a day, -1 when there is none."""
        code = self.code[customer_id].to_numpy()
        place = np.searchsorted(self.key, self._key(code, day), side="right") - 1
        return np.where(place >= self.first[code], place, -1)

    def days_to_next(self) -> np.ndarray:
        """Days from each purchase day to the customer's next one, infinite after the last."""
        same = self.customer[1:] == self.customer[:-1]
        return np.append(np.where(same, np.diff(self.day) / DAY, np.inf), np.inf)

    def count(self, customer: np.ndarray, after: np.ndarray, until: np.ndarray) -> np.ndarray:
        """Purchase days after one day, up to another."""
        low = np.searchsorted(self.key, self._key(customer, after), side="right")
        return np.searchsorted(self.key, self._key(customer, until), side="right") - low


def _past(
    book: _Book, units: pd.DataFrame, landmark: np.ndarray, window_days: int, place: np.ndarray
) -> pd.DataFrame:
    """Add bought and purchases (in the window after the landmark), prior (purchase days in the year up to the last
    purchase) and gap (days between that and the one before, missing for the first)."""
    customer, last = book.customer[place], book.day[place]
    purchases = book.count(customer, landmark, landmark + window_days * DAY)
    first = place == book.first[customer]
    gap = np.where(first, np.nan, (last - book.day[np.maximum(place - 1, 0)]) / DAY)
    prior = book.count(customer, last - YEAR_WINDOW * DAY, last)
    return units.assign(purchases=purchases, bought=purchases > 0, prior=prior, gap=gap).reset_index(
        drop=True
    )
