"""What other notebooks' artifacts say to the five questions of customer value: numbers, not yet sentences."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd

from helpers.clv.contribution_margin import STATED
from helpers.clv.customer_value import EVERYONE
from helpers.customers import lifecycle
from helpers.customers.concentration import top_share
from helpers.customers.share import share_by_kind
from helpers.customers.tiers import SURE
from helpers.inference import small_groups
from helpers.inference.intervals import Interval, interval
from helpers.loyalty.measures import rate
from helpers.study.year import YEAR_WINDOW


@dataclass(frozen=True)
class Named:
    """Something with a name: how many customers it has (or a share of them), and its interval."""

    name: str
    value: Interval
    customers: float = 0.0
    share: float = 0.0


def told(table: pd.DataFrame | None, function: Callable[..., Any], *more: Any) -> Any:
    """Return function(table, ...), or None where the notebook that makes the table has not run."""
    return None if table is None else function(table, *more)


# ---- who are our best customers?
def best_fifth(spent: pd.Series) -> Interval | None:
    """The share of the year's revenue that the best fifth of the customers brought; None without revenue."""
    return interval(top_share(spent)) if len(spent) and spent.sum() > 0 else None


def _told(parts: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """The groups of a total whose numbers may be told (`small_groups.hidden`): columns customers, mean, maybe current."""
    money = parts[[name for name in ("current", "mean") if name in parts]]
    return parts[~small_groups.hidden(parts["customers"], money, minimum=minimum)]


def segments(worth: pd.DataFrame, minimum: int) -> list[Named]:
    """Each segment's value ahead, the largest first and none that stays without numbers, with its shares."""
    rows = worth.set_index("segment")
    everyone, parts = rows.loc[EVERYONE], rows.drop(EVERYONE)
    parts = _told(parts, minimum).sort_values("mean", ascending=False, kind="stable")
    return [
        Named(
            str(name),
            Interval.of(row),
            row["customers"] / everyone["customers"],
            row["mean"] / everyone["mean"],
        )
        for name, row in parts.iterrows()
    ]


def equity(worth: pd.DataFrame) -> tuple[Interval, float]:
    """The value ahead of all customers, and the months it covers."""
    row = worth.set_index("segment").loc[EVERYONE]
    return Interval.of(row), float(row["horizon_months"])


@dataclass(frozen=True)
class Subscribers:
    """Today's active contracts, what they are worth over how many months."""

    active: int
    worth: Interval
    months: float


def subscribers(total: pd.DataFrame) -> Subscribers:
    """Read the artifact subscriber_total."""
    row = total.iloc[0]
    return Subscribers(int(row["active"]), Interval.of(row), float(row["horizon_months"]))


@dataclass(frozen=True)
class Movement:
    """How equity moved since an earlier date (ISO) to `worth`: what new customers brought and those probably gone took.

    change: of all of it, with the interval that holds how far forecasts erred.
    """

    earlier: str
    start: float
    new: float
    lapsed: float
    others: float  # of all other customers
    worth: Interval
    change: Interval

    @property
    def end(self) -> float:
        """Equity today."""
        return self.start + self.new + self.lapsed + self.others

    @property
    def grew(self) -> bool:
        """Whether equity is at least what it was."""
        return self.end >= self.start

    @property
    def is_sure(self) -> bool:
        """Whether the interval of the change leaves no doubt of its direction."""
        return self.change.p05 > 0 or self.change.p95 < 0


def movement(walk: pd.DataFrame, worth: pd.DataFrame) -> Movement:
    """Read the artifacts equity_walk, a row per step whose changes lead from start to end, and segment_value."""
    change = walk.set_index("step")["change"]
    new, lapsed = float(change["new"]), float(change["lapsed"])
    return Movement(
        str(walk["earlier"].iloc[0]),
        float(walk["start"].iloc[0]),
        new,
        lapsed,
        float(change.sum()) - new - lapsed,
        equity(worth)[0],
        Interval.of(walk.iloc[0], "in_all_"),
    )


def past_and_ahead(worth: pd.DataFrame) -> tuple[float, Interval] | None:
    """Margin that all customers brought in the last year, and the value ahead per year; None where they brought none."""
    ahead, months = equity(worth)
    current = float(worth.set_index("segment").loc[EVERYONE].get("current", 0.0))
    return (current, ahead.times(12 / months)) if current > 0 else None


def stated_margin(terms: pd.DataFrame) -> float | None:
    """The share of revenue that the study states as margin where the data brings none, from the artifact value_terms."""
    stated = terms[terms["source"] == STATED]
    return float(stated["margin"].iloc[0]) if len(stated) else None


def repeats_mailings(terms: pd.DataFrame) -> bool:
    """Whether the value takes mailings of the last year to be repeated, from the artifact value_terms."""
    return bool(terms["repeats_mailings"].any())


def tiers(table: pd.DataFrame, minimum: int) -> list[tuple[str, int, int]]:
    """Of the most valuable and the most growable: tier, customers most likely in it, and of how many that is sure."""
    found = []
    for name in ("Most Valuable", "Most Growable"):
        likely = int((table["tier"] == name).sum())
        if likely >= minimum:
            found.append((name, likely, int((table[name] >= SURE).sum())))
    return found


# ---- how do we serve them better?
def loyalty(table: pd.DataFrame, minimum: int) -> dict[str, Interval]:
    """Net Promoter Score (nps), what follows any ticket, and by its name the kind that most follows, where known."""
    wanted = {"nps": ("nps", "all"), "ticket": ("ticket_effect", "any ticket")}
    kinds = table[(table["measure"] == "ticket_effect") & (table["size"] >= minimum)].set_index("group")[
        "mean"
    ]
    if not (kinds := kinds.drop("any ticket", errors="ignore")).empty:
        wanted[kinds.idxmin()] = ("ticket_effect", kinds.idxmin())
    rows = table.set_index(["measure", "group"])
    return {name: Interval.of(rows.loc[key]) for name, key in wanted.items() if key in rows.index}


def needs(customers: pd.DataFrame, minimum: int) -> list[Named]:
    """The needs groups and the share of the customers each holds, the largest first; empty where there is only one."""
    p = customers.filter(regex="^p_").rename(columns=lambda name: name.removeprefix("p_"))
    held = p.sum()[lambda expected: expected >= minimum].sort_values(ascending=False)
    if p.shape[1] < 2:
        return []
    return [Named(str(name), interval(rate(n, len(p))), n) for name, n in held.items()]


# ---- what is a point of retention worth?
@dataclass(frozen=True)
class Point:
    """One more point of yearly retention: today's share, what the point adds over how many months, and where most."""

    retention: float
    months: float
    worth: Interval
    best: Named | None

    @property
    def mostly_there(self) -> bool:
        """Whether more than half of it is added in the best segment."""
        return self.best is not None and self.best.value.mean > self.worth.mean / 2


def retention(points: pd.DataFrame, minimum: int) -> Point:
    """Read the artifact retention_point; segments of fewer than `minimum` customers are not named."""
    row = points.set_index("segment").loc[EVERYONE]
    parts = _told(points[points["segment"] != EVERYONE], minimum)
    best = None if parts.empty else parts.loc[parts["mean"].idxmax()]
    named = None if best is None else Named(best["segment"], Interval.of(best))
    return Point(float(row["retention"]), float(row["horizon_months"]), Interval.of(row), named)


def points_by_segment(points: pd.DataFrame, minimum: int) -> list[Named]:
    """What a point of retention adds in each segment, the most first and none of fewer than `minimum` customers."""
    parts = _told(points[points["segment"] != EVERYONE], minimum)
    rows = parts.sort_values("mean", ascending=False, kind="stable").to_dict("records")
    return [Named(str(row["segment"]), Interval.of(row), row["customers"]) for row in rows]


@dataclass(frozen=True)
class Lapses:
    """How many lapsed since the earlier date, of how many `active` then, and how many came back."""

    gone: int
    active: int
    back: int


def lapses(base: pd.DataFrame, minimum: int) -> Lapses | None:
    """Who lapsed since the earlier date, of those active then, and who came back; None for few."""
    if "state_before" not in base:
        return None
    before, now = base["state_before"], base["state"]
    active = int(before.isin(lifecycle.ACTIVE).sum())
    gone, back = len(lifecycle.slipped(before, now)), len(lifecycle.returned(before, now))
    return None if min(gone, back) < minimum else Lapses(gone, active, back)


# ---- how do we win a larger share?
def shares(table: pd.DataFrame, minimum: int) -> list[tuple[str, Interval, Interval, float]]:
    """Per kind, the most money first: the share of its category spend that comes here, the money that goes elsewhere, and
    of which share of its customers the spend is known.
    """
    kinds = share_by_kind(table)
    kinds = kinds[kinds["known"] >= minimum]
    ranked = kinds.iloc[np.argsort([-one.mean for one in kinds["elsewhere_all"]])]
    return [
        (row.kind, row.share, row.elsewhere_all, row.known / row.customers) for row in ranked.itertuples()
    ]


# ---- what stands beside the answers
def monthly_revenue(ledger: ibis.Table, as_of: date) -> pd.Series:
    """Revenue per whole month up to `as_of`, indexed by month; a month that `as_of` cuts is left out."""
    days = ledger.group_by("order_date").agg(revenue=ledger.revenue.sum().round(6)).to_pandas()
    month = pd.to_datetime(days["order_date"]).dt.to_period("M")
    whole = month.dt.end_time.dt.date <= as_of
    return days["revenue"][whole].groupby(month[whole]).sum()


@dataclass(frozen=True)
class LastYear:
    """Revenue of the last whole months, at most twelve, and its change against the twelve before, None where unknown.

    lately: the same change of the last three months.
    """

    revenue: float
    months: int
    change: float | None
    lately: float | None = None


def last_year(revenue: pd.Series) -> LastYear:
    """Sum up the last twelve of `monthly_revenue`."""
    last = revenue.iloc[-12:]
    return LastYear(float(last.sum()), len(last), year_on_year(revenue), year_on_year(revenue, 3))


def latest(revenue: pd.Series, months: int) -> pd.Series:
    """The last so many months of `monthly_revenue`."""
    return revenue.iloc[-months:]


def revenue_of_year(ledger: ibis.Table | None, as_of: date) -> pd.Series | None:
    """Revenue per customer who bought in the year up to `as_of`; None for a study without orders."""
    if ledger is None:
        return None
    since = as_of - timedelta(days=YEAR_WINDOW)
    inside = ledger.filter(ledger.order_date <= as_of, ledger.order_date > since)
    sums = inside.group_by("customer_id").agg(revenue=inside.revenue.sum().round(6))
    return sums.to_pandas().set_index("customer_id")["revenue"].sort_index()


def won_share(ledger: ibis.Table, as_of: date, minimum: int) -> float | None:
    """The share of the year's revenue up to `as_of` that customers won in that year bought.

    None where the orders do not go back another year, so that nobody knows who is new, and where it is of few people.
    """
    since = as_of - timedelta(days=YEAR_WINDOW)
    lines = ledger.filter(ledger.order_date <= as_of)
    each = lines.group_by("customer_id").agg(
        first=lines.order_date.min(), year=lines.revenue.sum(where=lines.order_date > since)
    )
    bought, new = each.year.notnull(), each["first"] > since
    sums = each.agg(
        begun=each["first"].min(),
        new=(bought & new).sum(),
        others=(bought & ~new).sum(),
        won=each.year.sum(where=new),
        year=each.year.sum(),
    )
    found = sums.to_pandas().iloc[0]
    begun = pd.Timestamp(found["begun"])  # not a time where there is no order
    known = begun <= pd.Timestamp(since - timedelta(days=YEAR_WINDOW))
    if not known or min(found["new"], found["others"]) < max(minimum, 1) or found["year"] <= 0:
        return None
    return float(found["won"] / found["year"])


def year_on_year(revenue: pd.Series, months: int = 12) -> float | None:
    """Change of the last months against those a year before, as a share; None with fewer than 24 months, or without any."""
    before = revenue.iloc[-12 - months :].iloc[:months]
    if len(revenue) < 24 or before.sum() <= 0:
        return None
    return float(revenue.iloc[-months:].sum() / before.sum() - 1)


@dataclass(frozen=True)
class Silent:
    """The share of all `customers` more likely than not without a further order within so many months."""

    share: float
    customers: int
    months: float


def silent(forecast: pd.DataFrame) -> Silent:
    """Read the artifact purchase_forecast."""
    share = float((forecast["p_no_purchase"] > 0.5).mean())
    return Silent(share, len(forecast), float(forecast["horizon_months"].iloc[0]))


def doubts_value(reservations: list[dict]) -> bool:
    """Whether a check of the page on customer value itself asks for a review."""
    return any(one["notebook"] == "24_customer_value" and one["verdict"] == "REVIEW" for one in reservations)


def failures(reservations: list[dict]) -> list[str]:
    """The names of the checks of other pages that failed; reservations: checks that did not pass."""
    return [one["name"] for one in reservations if one["verdict"] == "FAIL"]
