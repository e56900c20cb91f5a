"""Distinct rows of a base by triple and by what each customer received, for a rate that contacts may change.

lambda_i(t) = lambda_i s(t) exp(b e_i(t)), e_i(t) = 1 within `mailing_days` of a contact of customer i. In the operational
time of its integral the models of purchases hold exactly, as under a season. That time is W(t) + (exp(b) - 1) V_i(t), with
W of the base and V_i(t) what of W has passed within windows: linear in the days by kind (`Calendar.kinds`) in windows
before the last purchase, and before the end. Of the purchases themselves the density reads how many lie in windows.
Customers with equal triples and equal such days are one row. A rhythm needs the same days of every gap. A drop-out in
calendar time (Pareto/NBD) needs the time since the last purchase cut into pieces of one pace (`contact_pareto`), so there
customers of one row have equal windows since then, too.
"""

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd

from helpers.clv.contacts import Windows, windows_of
from helpers.clv.distinct import distinct_rows
from helpers.clv.model_interfaces import PurchaseModel
from helpers.clv.purchase_history import purchase_days
from helpers.clv.purchase_parameters import EXPONENTIAL
from helpers.clv.season import Calendar, first_day
from helpers.study.year import YEAR_WINDOW

PATTERN = "mailing_pattern"


@dataclass(frozen=True)
class Exposed:
    """The distinct rows of a base and their days in windows.

    rows: as of `distinct_rows`, with the column PATTERN. before, whole: days in windows by kind of day from the first
    purchase to the last one, and to the end, shape (rows, kinds). bought: repeat purchases in windows. gaps: as in
    `Calendar.gaps`, but for those with equal days in windows, and in_gaps, these by kind, (gaps, kinds); of no length where
    the model has no stages. pieces: row, first and last day, and whether in a window, of each piece of one pace between last
    purchase and end, in order, integers of shape (pieces, 4); of no length where the model does not read them. planned: the
    share of days in windows in the year up to the end, shape (rows,).
    """

    calendar: Calendar
    rows: pd.DataFrame
    before: np.ndarray
    whole: np.ndarray
    bought: int
    gaps: np.ndarray
    in_gaps: np.ndarray
    pieces: np.ndarray
    planned: np.ndarray

    @property
    def piece_ends(self) -> np.ndarray:
        """Where the pieces of each row begin, and where those of the last one end: shape (rows + 1,)."""
        return np.searchsorted(self.pieces[:, 0], np.arange(len(self.rows) + 1))

    def data(self, unit_days: float) -> dict[str, np.ndarray]:
        """What the likelihood reads of it beside the rows."""
        found = {"in_windows_before": self.before / unit_days, "in_windows": self.whole / unit_days}
        found["bought_in_windows"] = np.array(float(self.bought))
        if len(self.gaps):
            found |= dict(zip(("gap_from", "gap_to", "gap_count"), self.gaps.T, strict=True))
            found["gap_in_windows"] = self.in_gaps / unit_days
        if len(self.pieces):
            _, since, until, inside = self.pieces.T
            found |= {"piece_from": since, "piece_to": until, "piece_in_window": inside.astype(float)}
            found |= {"piece_length": (until - since) / unit_days, "piece_ends": self.piece_ends}
        return found


def exposed(
    ledger: ibis.Table,
    summary: pd.DataFrame,
    contacts: pd.DataFrame,
    calendar: Calendar,
    *,
    module: PurchaseModel,
    mailing_days: int,
    columns: tuple[str, ...] = (),
) -> Exposed:
    """What the customers of a summary received, for the likelihood.

    contacts: `contacts.received`; calendar: of the same ledger and end; module: the model, which decides what it reads;
    columns: of covariates.
    """
    own = summary.sort_values("customer_id", ignore_index=True)
    origin = first_day(calendar)
    windows = windows_of(contacts, own["customer_id"], origin, mailing_days)
    _, distinct, of_day = calendar.kinds
    kinds = of_day, len(distinct)
    first, last, end = _days(own, origin, calendar)
    every = np.arange(len(own))
    at_first, at_last, at_end = (windows.days(every, day, *kinds) for day in (first, last, end))
    both = np.column_stack([at_last - at_first, at_end - at_first])
    in_pieces = module.LIFETIME == EXPONENTIAL
    since_last = _since(windows, last, end) if in_pieces else np.zeros(len(own), dtype=np.int64)
    both = np.column_stack([both, since_last])
    patterns, of_pattern = np.unique(both, axis=0, return_inverse=True)
    keyed = own.assign(**{PATTERN: of_pattern.ravel()})
    rows = distinct_rows(keyed, (*columns, PATTERN))
    before, whole = np.split(patterns[rows[PATTERN].to_numpy(), :-1], 2, axis=1)
    purchases = _purchases(ledger, own, calendar, windows, with_gaps=module.STAGES > 1)
    place = _row_of(keyed, rows)
    someone = np.zeros(len(rows), dtype=np.int64)
    someone[place] = every
    pieces = _pieces(windows, someone, last[someone], calendar) if in_pieces else np.zeros((0, 4), np.int64)
    planned = _planned(windows, first, end, place)
    return Exposed(calendar, rows, before, whole, *purchases, pieces, planned)


def _row_of(keyed: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """The row of every customer: shape (customers,)."""
    columns = [name for name in rows if name != "n"]
    return pd.MultiIndex.from_frame(rows[columns]).get_indexer(pd.MultiIndex.from_frame(keyed[columns]))


def _since(windows: Windows, last: np.ndarray, end: np.ndarray) -> np.ndarray:
    """A number that tells apart customers whose windows since their last purchase differ: shape (customers,)."""
    begin, until = np.maximum(windows.start, last[windows.who]), np.minimum(windows.end, end[windows.who])
    one = (begin.astype(np.uint64) << np.uint64(32)) | until.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):  # splitmix64
        one = (one ^ (one >> np.uint64(shift))) * np.uint64(factor)
    found = np.zeros(len(last), dtype=np.uint64)
    later = until > begin
    np.add.at(found, windows.who[later], one[later])
    return found.view(np.int64)


def _pieces(windows: Windows, who: np.ndarray, last: np.ndarray, calendar: Calendar) -> np.ndarray:
    """See `Exposed.pieces`; who: a customer of each row; last: the day of their last purchase."""
    begins, row_of = calendar.begins, np.full(int(max(who.max(), windows.who.max(initial=0))) + 1, -1)
    row_of[who] = np.arange(len(who))
    rows, places = np.nonzero(begins[None, :] > last[:, None])
    its = row_of[windows.who]
    edges = np.concatenate([windows.start[its >= 0], windows.end[its >= 0]])
    row = np.concatenate([np.arange(len(who)), rows, np.tile(its[its >= 0], 2)])
    day = np.concatenate([last, begins[places], edges])
    inside = (day >= last[row]) & (day <= calendar.days)
    row, day = np.unique(np.column_stack([row[inside], day[inside]]), axis=0).T
    same = row[1:] == row[:-1]
    row, since, until = row[1:][same], day[:-1][same], day[1:][same]
    return np.column_stack([row, since, until, windows.within(who[row], until)])


def _days(
    summary: pd.DataFrame, origin: date, calendar: Calendar
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each customer's first and last purchase and the end, in days since the first purchase of all."""
    first, last = (
        (summary[name].to_numpy().astype("datetime64[D]") - np.datetime64(origin, "D")).astype(np.int64)
        for name in ("first_date", "last_date")
    )
    return first, last, np.full(len(summary), calendar.days)


def _purchases(
    ledger: ibis.Table, summary: pd.DataFrame, calendar: Calendar, windows: Windows, *, with_gaps: bool
) -> tuple[int, np.ndarray, np.ndarray]:
    """How many repeat purchases lie in windows, and the gaps with their days in windows where they are asked for."""
    of_day, kinds = calendar.of_day, len(calendar.kinds[0])
    theirs = ibis.memtable({"customer_id": summary["customer_id"].to_numpy()})
    days = purchase_days(ledger).semi_join(theirs, "customer_id")
    bought = days.filter(days.order_date <= calendar.end).select("customer_id", "order_date").to_pandas()
    who = pd.Index(summary["customer_id"]).get_indexer(pd.Index(bought["customer_id"]))
    stamps = bought["order_date"].to_numpy().astype("datetime64[D]")
    day = (stamps - np.datetime64(windows.origin, "D")).astype(np.int64)
    order = np.lexsort((day, who))
    who, day = who[order], day[order]
    who, day = who[who >= 0], day[who >= 0]
    again = np.flatnonzero(np.diff(who, prepend=-1) == 0)
    inside = int(windows.within(who[again], day[again]).sum())
    if not with_gaps:
        return inside, np.zeros((0, 3), np.int64), np.zeros((0, kinds))
    passed = windows.days(who, day, of_day, kinds)
    gaps = np.column_stack([day[again - 1], day[again], passed[again] - passed[again - 1]])
    distinct, count = np.unique(gaps, axis=0, return_counts=True)
    return inside, np.column_stack([distinct[:, :2], count]), distinct[:, 2:]


def _planned(windows: Windows, first: np.ndarray, end: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The share of the last year's days in windows, of those since the first purchase, averaged over each row."""
    begin = np.maximum(end - YEAR_WINDOW, first)
    one_kind = np.zeros(int(end.max()) + 1, dtype=np.int64)
    every = np.arange(len(end))
    spent = [windows.days(every, day, one_kind, 1)[:, 0] for day in (begin, end)]
    share = (spent[1] - spent[0]) / np.maximum(end - begin, 1)
    return np.bincount(place, share) / np.bincount(place)
