"""How often customers buy within `mailing_days` of a contact, in a fit of its own that no forecast is made from.

A contact sent because a customer fell silent, or to those who buy most, looks like a cause of what follows: without lots
no model tells the two apart. So the fit says what the forecast would be if all of it were cause, and 24, 25 and 51 never
read it.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd
from scipy import special

from helpers.checks import Check, check
from helpers.clv import contact_pareto, purchase_models
from helpers.clv.contact_rows import Exposed, exposed
from helpers.clv.contacts import Windows, windows_of
from helpers.clv.customer_groups import Design
from helpers.clv.distinct import distinct_rows
from helpers.clv.expectations import expected_until_death
from helpers.clv.purchase_expectations import expected_totals
from helpers.clv.purchase_parameters import EXPONENTIAL, Parameters, history_of
from helpers.clv.season import Calendar, first_day
from helpers.clv.season_clock import Clock
from helpers.inference.intervals import Interval, interval
from helpers.inference.sampler import flat_draws
from helpers.messages import Message, count, decimals, estimate, message, people, percent, signed
from helpers.study.year import YEAR_WINDOW

if TYPE_CHECKING:
    import xarray as xr

DRAWS = 60  # behind the two expectations, which are compared
FEWEST = 50  # customers contacted, below which the fit would say its prior
MOST_MOVED = 0.1  # of the forecast, beyond which it matters whether contacts are causes
RECEIVED = message(
    "contacts.received",
    "In the last twelve months {contacted} of the {customers} were contacted by campaigns or activities. On an average day "
    "{share} of them were within {days} of a contact.",
)
FOUND = message(
    "contacts.found",
    "In these days customers bought {factor} times as often as at other times, in a fit of {model} that knows who was "
    "contacted when. It is not in the forecast, because who was contacted was chosen: to contact whoever has fallen silent, "
    "or buys often, looks like an effect. Were it all an effect, and the contacts of the last twelve months made again, the "
    "forecast would differ by {moved}.",
)
MOVED = message("contacts.moved", "the forecast would differ by {moved}")
AT_MOST = message("contacts.at_most", "by at most {most}")
DECIDES = message(
    "contacts.decides",
    "Whether contacts cause purchases, or go where purchases are due, decides how many to expect. Draw lots for the next "
    "mailing and leave some customers alone: then its effect is known and may enter the forecast.",
)


@dataclass(frozen=True)
class Received:
    """What customers received in the year up to the end of the data.

    customers: of the base; contacted: those with a contact; share: of the days of all of them, that within `mailing_days`.
    """

    customers: int
    contacted: int
    share: float
    mailing_days: int

    def said(self, smallest: int) -> Message:
        """It in a sentence, with no number of people below `smallest`."""
        return RECEIVED(
            contacted=people(self.contacted, smallest),
            customers=count(self.customers, "customer"),
            share=percent(self.share),
            days=count(self.mailing_days, "day"),
        )


@dataclass(frozen=True)
class ContactFit:
    """What a fit with contacts finds: the factor on the purchase rate in the days after one, and the forecast with it.

    model: its title; rows: distinct rows by triple and days in windows, of `triples` without these; expected, without: the
    base's purchases up to the horizon with contacts, those of the last year made again, and without.
    """

    received: Received
    model: str
    factor: Interval
    rows: int
    triples: int
    expected: float
    without: float

    @property
    def moved(self) -> float:
        """By what share the forecast would differ."""
        return self.expected / self.without - 1

    def said(self, smallest: int) -> list[Message]:
        """What customers received, what the fit finds, and why it is not in the forecast."""
        factor, moved = estimate(self.factor, decimals, places=2), signed(percent(self.moved))
        return [self.received.said(smallest), FOUND(factor=factor, model=self.model, moved=moved)]

    @property
    def check(self) -> Check:
        """Ask whether it matters for the forecast that nobody knows what contacts cause."""
        decides = abs(self.moved) > MOST_MOVED
        return check(
            "contacts",
            review=decides,
            value=MOVED(moved=signed(percent(self.moved))),
            threshold=AT_MOST(most=percent(MOST_MOVED, 0)),
            advice=DECIDES() if decides else None,
        )

    @property
    def metrics(self) -> dict[str, Any]:
        """The fit under the names of run.json."""
        return {
            "contacts.factor": self.factor,
            "contacts.rows": self.rows,
            "contacts.triples": self.triples,
            "contacts.share": self.received.share,
            "contacts.moved": self.moved,
        }


def received_by(
    contacts: pd.DataFrame, summary: pd.DataFrame, calendar: Calendar, mailing_days: int
) -> Received:
    """What the customers of a summary received; contacts: `contacts.received`."""
    origin = first_day(calendar)
    windows = windows_of(contacts, summary["customer_id"], origin, mailing_days)
    first = (summary["first_date"].to_numpy().astype("datetime64[D]") - np.datetime64(origin, "D")).astype(
        int
    )
    begin = np.maximum(first, calendar.days - YEAR_WINDOW)
    spent = [_spent(windows, day, calendar) for day in (begin, np.full(len(begin), calendar.days))]
    since = pd.Timestamp(calendar.end) - pd.Timedelta(days=YEAR_WINDOW)
    recent = contacts.loc[contacts["day"] > since, "customer_id"]
    contacted = int(summary["customer_id"].isin(recent).sum())
    days = max(int((calendar.days - begin).sum()), 1)
    return Received(len(summary), contacted, float((spent[1] - spent[0]).sum() / days), mailing_days)


def _spent(windows: Windows, day: np.ndarray, calendar: Calendar) -> np.ndarray:
    one_kind = np.zeros(calendar.days + 1, dtype=np.int64)
    return windows.days(np.arange(len(day)), day, one_kind, 1)[:, 0]


def sensitivity(
    tree: "xr.DataTree",
    ledger: ibis.Table,
    summary: pd.DataFrame,
    contacts: pd.DataFrame,
    calendar: Calendar,
    horizon: float,
    *,
    mailing_days: int,
    **sampling: Any,
) -> ContactFit | None:
    """Fit a posterior's model again with what customers received; None where fewer than FEWEST were contacted.

    ledger, summary, calendar: of the same customers, all of the base or some; contacts: `contacts.received`; horizon: in the
    unit of the summary. The calendar is one that does not know the base's mailings by day, which these contacts are.
    """
    name, unit = tree.attrs["purchase_model"], tree.attrs["time_unit"]
    module, design = purchase_models.model_named(name), Design.of_text(tree.attrs["design"])
    base = ledger, summary, contacts, calendar
    own = exposed(*base, module=module, mailing_days=mailing_days, columns=design.columns)
    if own.rows.loc[own.whole.any(axis=1), "n"].sum() < FEWEST:
        return None
    fitting = sampling | {"design": design, "calendar": calendar}
    found = purchase_models.fit(name, summary, unit, exposed=own, **fitting)
    triples = distinct_rows(summary, design.columns)
    plain = expected_totals(purchase_models.parameters(tree).thinned(DRAWS), triples, horizon)
    return ContactFit(
        received_by(contacts, summary, calendar, mailing_days),
        module.TITLE,
        interval(np.exp(flat_draws(found, purchase_models.MAILING))),
        len(own.rows),
        len(triples),
        float(expected_with_contacts(found, own, horizon).mean()),
        float(plain.mean()),
    )


def expected_with_contacts(tree: "xr.DataTree", own: Exposed, horizon: float) -> np.ndarray:
    """Expected purchases of the base up to the horizon, each customer within `mailing_days` as often as last year: (draws,).

    tree: of a fit to `own` with its calendar.
    """
    its, rows = purchase_models.rates_without_contacts(tree), own.rows
    some = np.linspace(0, its.draws - 1, min(DRAWS, its.draws)).astype(int)
    its, more = its.thinned(DRAWS), np.expm1(flat_draws(tree, purchase_models.MAILING)[some])[:, None]
    if (clock := its.clock) is None:
        raise ValueError("A fit with contacts has the calendar that its windows were counted on.")
    distinct, where = np.unique(own.calendar.of_day, return_index=True)
    pace = np.ones((its.draws, own.whole.shape[1]))
    if clock.seen:
        pace[:, distinct] = clock.pace(-own.calendar.days, 0)[:, where]
    spent = (pace @ days.T / clock.unit_days for days in (own.before, own.whole))
    t_x, T = (of + more * days for of, days in zip(its.spans(rows), spent, strict=True))
    x, theta, n = history_of(rows)[0], its.at(rows), rows["n"].to_numpy(float)
    often = 1 + more * own.planned
    if its.module.LIFETIME != EXPONENTIAL:
        later = clock.ahead_at(horizon)[:, None] * often
        return its.module.expected_purchases(theta, x, t_x, T, later) @ n
    alive = special.expit(-log_odds_dropped(its, clock, own, more[:, 0], t_x))
    shape, rate, *_ = its.module.latent(theta, x, T)
    s, beta = its.module.latent(theta, x, history_of(rows)[2])[2:]
    ends, paces = clock.runs_ahead(horizon)
    upto = [np.zeros(1), *(expected_until_death(shape, rate, s, beta, end) for end in ends)]
    runs = sum(
        pace[:, None] * np.diff(two, axis=0)[0] for pace, two in zip(paces.T, pairwise(upto), strict=True)
    )
    return (alive * often * runs) @ n


def log_odds_dropped(
    its: Parameters, clock: Clock, own: Exposed, more: np.ndarray, t_x: np.ndarray
) -> np.ndarray:
    """Log odds that customers of a Pareto/NBD have dropped out: shape (draws, rows).

    more: by what share of it a window raises the rate, per draw; t_x: operational, (draws, rows).
    """
    x, age, _ = history_of(own.rows)
    _, since, until, inside = own.pieces.T
    theta = [np.broadcast_to(value, t_x.shape) for value in its.at(own.rows)]
    given = (until - since) / clock.unit_days, own.piece_ends
    found = []
    for draw in range(its.draws):
        pieces = given[0]
        if clock.seen:
            pieces = clock.passed[draw, until] - clock.passed[draw, since]
        values = tuple(np.ascontiguousarray(value[draw]) for value in theta)
        odds = contact_pareto.log_odds(values, t_x[draw], pieces * (1 + more[draw] * inside), x, age, given)
        found.append(odds)
    return np.array(found)
