"""From contracts to renewals: what fell due, what was renewed, and the counts per cohort and age a model needs.

A contract that began on day S with a period of P months comes to its k-th renewal date on S + kP months (31 January,
28 February, 31 March, ...). It was renewed there when it did not end before that date; `ended_at` is its last day.
A renewal date counts once it has come, whether the customer said so earlier or not: counting early cancellations of
dates still to come, but not the silent renewals, would overstate loss.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from helpers.errors import CannotAnswer, StudyError

MONTHS_PER = {"month": 1, "quarter": 3, "year": 12}
DAY, MONTH = np.timedelta64(1, "D"), np.timedelta64(1, "M")
OLDEST = 1200  # no contract is older than this many periods: a longer one is a mistyped date
ONE_COHORT = "all contracts"


@dataclass(frozen=True)
class Counts:
    """How many contracts there are, run, have their end announced, came to a renewal date (due), and were lost there."""

    contracts: int
    active: int
    announced: int
    due: int
    lost: int
    period: str

    @property
    def metrics(self) -> dict[str, float]:
        """The counts under the names of run.json."""
        return {
            "contracts": self.contracts,
            "active": self.active,
            "announced": self.announced,
            "renewals_due": self.due,
            "lost": self.lost,
            "periods_per_year": 12 / MONTHS_PER[self.period],
        }


def period_of(subscriptions: pd.DataFrame, period: str = "") -> str:
    """Return the one renewal period of the contracts: `period`, or where that is empty what the table states.

    StudyError when it is neither month, quarter nor year, when the table holds several, or another than `period`.
    """
    if period and period not in MONTHS_PER:
        raise StudyError(
            f"period is {period!r}; allowed: {', '.join(MONTHS_PER)}, or empty for the table's own."
        )
    stated = (
        subscriptions["period"].dropna().value_counts() if "period" in subscriptions.columns else pd.Series()
    )
    unknown = [name for name in stated.index if name not in MONTHS_PER]
    if unknown:
        raise StudyError(
            f"{stated[unknown].sum():,} contracts have the period {', '.join(map(repr, unknown[:3]))}; allowed: "
            f"{', '.join(MONTHS_PER)}. Map it in the study file."
        )
    others = [name for name in stated.index if name != (period or stated.index[0])]
    if others:
        raise StudyError(
            f"{stated[others].sum():,} of {stated.sum():,} contracts are renewed every {' or '.join(others)}, not every "
            f"{period or stated.index[0]}: a model has one period. Keep one kind with `where` in the study file, and set "
            "`period` to it."
        )
    if not period and stated.empty:
        raise StudyError(
            "The contracts state no period: set the parameter `period` to month, quarter or year."
        )
    return period or stated.index[0]


def check_contracts(subscriptions: pd.DataFrame, as_of: date) -> None:
    """Refuse contracts that cannot be read, with the rule, the count and the first rows."""
    started, ended = (pd.to_datetime(subscriptions[name]) for name in ("started_at", "ended_at"))
    rules = {
        "started_at is missing": started.isna(),
        f"started_at lies after {as_of}, so that tenure would be negative": started.dt.normalize() > pd.Timestamp(as_of),
        "ended_at lies before started_at, so that tenure would be negative": ended < started,
    }  # fmt: skip
    broken = [
        f"{bad.sum():,} rows where {rule}; first: {_first(subscriptions, bad)}"
        for rule, bad in rules.items()
        if bad.any()
    ]
    if broken:
        raise StudyError("The contracts cannot be used. " + ". ".join(broken) + ".")
    if subscriptions.empty:
        raise StudyError("There is no contract.")


def contracts_at(subscriptions: pd.DataFrame, end: date, period: str) -> pd.DataFrame:
    """Return the state of every contract begun up to `end` at the end of that day, indexed as the table.

    Adds to the table's columns: started (first day); entered, the renewal dates up to the day from which the contract is
    known (`delayed_entry`), 0 from its start; renewals, those made up to `end`; lost, not renewed at a date that has come;
    active, not ended before `end`; announced, active but with its last day known; next_renewal, the date of the next renewal
    of an active contract. An end after `end` counts as announced, so for a look back at an earlier day use `as_known_on`.
    """
    day = np.datetime64(end, "D")
    started = _days(subscriptions["started_at"])
    begun = subscriptions.loc[started <= day].copy()
    started, ended = _days(begun["started_at"]), _days(begun["ended_at"])
    has_end = ~np.isnat(ended)
    due = periods_until(started, np.full(len(begun), day), period)
    if len(due) and due.max() > OLDEST:
        raise StudyError(
            f"A contract has {due.max():,} renewals behind it: is a date of `started_at` mistyped?"
        )
    last = np.where(has_end, np.minimum(ended, day), day)
    renewals = periods_until(started, last, period)
    active = ~has_end | (ended >= day)
    next_renewal = add_periods(started, renewals + 1, period)
    entry = _days(begun["entered_at"]) if "entered_at" in begun else started
    return begun.assign(
        started=started.astype("datetime64[us]"),
        entered=periods_until(started, entry, period),
        renewals=renewals,
        lost=has_end & (renewals < due),
        active=active,
        announced=active & has_end,
        next_renewal=np.where(active, next_renewal, np.datetime64("NaT", "D")).astype("datetime64[us]"),
    )


def as_known_on(subscriptions: pd.DataFrame, end: date) -> pd.DataFrame:
    """Return the table as it was at the end of an earlier day: contracts known by then, ends from that day on hidden."""
    since = "entered_at" if "entered_at" in subscriptions else "started_at"
    known = subscriptions.loc[_days(subscriptions[since]) <= np.datetime64(end, "D")].copy()
    hidden = _days(known["ended_at"]) >= np.datetime64(end, "D")
    return known.assign(ended_at=pd.to_datetime(known["ended_at"]).mask(hidden))


def renewals_after(subscriptions: pd.DataFrame, cut: date, end: date, period: str) -> pd.DataFrame:
    """Return the contracts active at `cut` that came to a renewal date after it, up to `end`: their state at `cut`.

    Adds due, the renewal dates from the day after `cut` to `end` had all been renewed, and renewed, those that were.
    """
    before = contracts_at(as_known_on(subscriptions, cut), cut, period).query("active")
    after = contracts_at(subscriptions, end, period).loc[before.index]
    day = np.full(len(before), np.datetime64(end, "D"))
    due = periods_until(_days(before["started_at"]), day, period) - before["renewals"].to_numpy()
    renewed = after["renewals"].to_numpy() - before["renewals"].to_numpy()
    return before.assign(due=due, renewed=renewed).query("due > 0")


def renewal_cells(contracts: pd.DataFrame, by: tuple[str, ...] = ()) -> pd.DataFrame:
    """Count renewed and lost contracts per age and values of the columns `by`: all that the likelihood needs.

    Columns *by, age (1: the first renewal date), renewed, lost. Groups without a renewal date yet stay, with zeros at age 1.
    Renewals up to a contract's entry do not count. CannotAnswer where there is no contract.
    """
    if contracts.empty:
        raise CannotAnswer(
            "No contract was known before the hold-out begins, so no model could be judged. Bring contracts known for "
            "longer (started_at, known_from, observed_from), or a shorter `holdout`; one snapshot cannot be judged."
        )
    for name in by:
        if missing := int(contracts[name].isna().sum()):
            raise StudyError(
                f"{name!r} is missing for {missing:,} of {len(contracts):,} contracts: fill it, for instance with "
                "`unknown`, or leave it out."
            )
    keys = [contracts[name] for name in by] or [pd.Series(0, index=contracts.index)]
    cells = []
    for key, group in contracts.groupby(keys, sort=True, observed=True):
        renewals, lost = group["renewals"].to_numpy(), group["lost"].to_numpy()
        oldest = max(int((renewals + lost).max()), 1)
        reached = np.bincount(renewals, minlength=oldest + 1)[::-1].cumsum()[::-1]  # renewed at least k times
        ends = np.bincount(renewals[lost], minlength=oldest + 1)
        if "entered" in group:
            entered = np.minimum(group["entered"].to_numpy(), oldest)
            reached = reached - np.bincount(entered, minlength=oldest + 1)[::-1].cumsum()[::-1]
        counts = {
            "age": np.arange(1, oldest + 1),
            "renewed": reached[1 : oldest + 1],
            "lost": ends[:oldest],
        }
        cells.append(pd.DataFrame(dict(zip(by, key, strict=False)) | counts))
    return pd.concat(cells, ignore_index=True)


def counts(contracts: pd.DataFrame, cells: pd.DataFrame, period: str) -> Counts:
    """Count contracts (`contracts_at`) and their renewals so far (`renewal_cells`)."""
    active = contracts[contracts["active"]]
    due, lost = int(cells[["renewed", "lost"]].to_numpy().sum()), int(cells["lost"].sum())
    return Counts(len(contracts), len(active), int(active["announced"].sum()), due, lost, period)


def lost_among(after: pd.DataFrame) -> int:
    """Count the contracts lost at one of the renewal dates of `renewals_after`."""
    return int((after["renewed"] < after["due"]).sum())


def grouping(by: str, covariates: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that tell groups of contracts apart: the cohort where there are some, and covariates."""
    return (*(["cohort"] if by else []), *covariates)


def cohort_of(contracts: pd.DataFrame, by: str) -> pd.Series:
    """Return every contract's cohort; without cohorts (`by` = "") all have one name."""
    return contracts["cohort"] if by else pd.Series(ONE_COHORT, index=contracts.index)


def with_cohorts(subscriptions: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the table with a column cohort: the year of the start for `by` = "started", else that column as text.

    `by` = "" leaves it out.
    """
    if not by:
        return subscriptions
    if by == "started":
        return subscriptions.assign(cohort=pd.to_datetime(subscriptions["started_at"]).dt.year.astype(str))
    if by not in subscriptions.columns:
        raise StudyError(
            f"There is no column {by!r} to form cohorts by; there are {', '.join(subscriptions.columns)}, and `started`."
        )
    if missing := int(subscriptions[by].isna().sum()):
        raise StudyError(
            f"{missing:,} of {len(subscriptions):,} contracts have no {by!r}, which forms the cohorts. Fill it, or form "
            "cohorts by `started`."
        )
    return subscriptions.assign(cohort=subscriptions[by].astype(str))


def default_cohorts(subscriptions: pd.DataFrame) -> str:
    """Return what to form cohorts by: plan where there are several, else the year of the start, else nothing ("")."""
    plans = subscriptions["plan"] if "plan" in subscriptions.columns else pd.Series(dtype=str)
    for by, usable in (("plan", len(plans) and plans.notna().all()), ("started", True)):
        if usable and with_cohorts(subscriptions, by)["cohort"].nunique() > 1:
            return by
    return ""


def periods_until(started: np.ndarray, end: np.ndarray, period: str) -> np.ndarray:
    """Count the renewal dates up to and including `end`, 0 or more; both are arrays of days."""
    months = (end.astype("M8[M]") - started.astype("M8[M]")).astype(int)
    periods = months // MONTHS_PER[period]
    return np.maximum(periods - (add_periods(started, periods, period) > end), 0)


def add_periods(started: np.ndarray, periods: np.ndarray, period: str) -> np.ndarray:
    """Return the day that lies so many periods after `started`; the last of a month where it has no such day."""
    month = started.astype("M8[M]")
    target = month + np.asarray(periods) * MONTHS_PER[period] * MONTH
    last = (target + MONTH).astype("M8[D]") - DAY
    return np.minimum(target.astype("M8[D]") + (started - month.astype("M8[D]")), last)


def _days(values: pd.Series) -> np.ndarray:
    """A column of dates or times as days."""
    return pd.to_datetime(values).to_numpy().astype("M8[D]")


def _first(subscriptions: pd.DataFrame, bad: np.ndarray | pd.Series) -> str:
    """The first three broken rows, for an error."""
    rows = subscriptions.loc[bad, ["started_at", "ended_at"]].head(3)
    return "; ".join(f"{row.started_at} to {row.ended_at}" for row in rows.itertuples())
