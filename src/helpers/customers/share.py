"""Share of customer: how much of a customer's category spend comes here, per kind, and how broadly customers buy."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.checks import MOST, Check, check
from helpers.errors import CannotAnswer
from helpers.inference import small_groups
from helpers.inference.intervals import Interval, interval
from helpers.messages import message, percent
from helpers.study.year import YEAR_WINDOW

if TYPE_CHECKING:
    import ibis

UNSTATED, STATED, SURVEYED = "not stated", "stated", "surveyed"
FEWEST_KNOWN = 10
KNOWN_WITHIN = 61  # days of the year before within which the data begin at the latest
ASK_ANEW = message(
    "share.ask_anew",
    "Estimates of category spend lie below what is bought here: ask anew, or look whether private "
    "and business purchases are "
    "mixed.",
)
BREADTHS = ("1", "2", "3", "4 or more")


def yearly(ledger: "ibis.Table", as_of: date) -> pd.DataFrame:
    """Bring lines of the last two years from the ledger (Ibis): customer_id, order_date, category, revenue, margin, recent.

    recent: whether the line lies in the last 365 days. Purchases and unmatched returns, so that revenue is net. A year
    before that begins after its first KNOWN_WITHIN days is left out: in it hardly anybody can have bought.
    """
    start = as_of - timedelta(days=2 * YEAR_WINDOW)
    lines = ledger.filter(
        (ledger.order_date > start) & (ledger.order_date <= as_of) & (ledger.kind != "returned")
    )
    table = lines.select(
        "customer_id", "order_date", "category", "revenue", "margin", "kind", "quantity", "list_price"
    ).to_pandas()
    when = pd.to_datetime(table["order_date"]).dt.date
    table = table.assign(order_date=when, recent=when > as_of - timedelta(days=YEAR_WINDOW))
    is_whole = (ledger.order_date.min() <= start + timedelta(days=KNOWN_WITHIN)).to_pyarrow().as_py()
    return table if is_whole else table[table["recent"]]


def subscribers(subscriptions: pd.DataFrame | None, day: date) -> set[str]:
    """The customers with a subscription that runs on a day."""
    if subscriptions is None:
        return set()
    start, end = (pd.to_datetime(subscriptions[name]).dt.date for name in ("started_at", "ended_at"))
    return set(subscriptions.loc[(start <= day) & (end.isna() | (end > day)), "customer_id"])


def shares(
    customers: pd.DataFrame,
    lines: pd.DataFrame,
    surveyed: pd.Series | None = None,
    subscribed: Set[str] = frozenset(),
) -> pd.DataFrame:
    """Return one row per external customer who bought in the last 365 days.

    Columns customer_id, revenue, breadth, kind, category_spend, source, share, elsewhere. category_spend is the one stated
    in `customers`, else the one `surveyed` (see `share_survey`); source says which. share = revenue / category_spend where
    that is known and positive, as it comes out, also above 1; elsewhere = category_spend - revenue, 0 at least. breadth:
    categories bought in the year (0 where none is given), and one more for those in `subscribed`.
    """
    recent = lines[lines["recent"]]
    bought = recent[recent["kind"] == "purchase"]
    table = pd.DataFrame(
        {
            "revenue": recent.groupby("customer_id")["revenue"].sum(),
            "breadth": bought.groupby("customer_id")["category"].nunique(),
        }
    )
    table["breadth"] = table["breadth"].fillna(0).astype(int) + table.index.isin(subscribed)
    known = customers.drop_duplicates("customer_id").set_index("customer_id")
    if "relation" in known:
        table = table[table.index.map(known["relation"]) != "internal"]
    kind = known["kind"] if "kind" in known else pd.Series(dtype=str)
    table["kind"] = pd.Series(table.index.map(kind), table.index, dtype=object).fillna(UNSTATED)
    spend = known["category_spend"] if "category_spend" in known else pd.Series(dtype=float)
    stated = pd.Series(table.index.map(spend), table.index, dtype=float)
    stated = stated.where(stated > 0)
    asked = pd.Series(dtype=float) if surveyed is None else surveyed
    asked = asked.reindex(table.index)
    table["category_spend"] = stated.fillna(asked)
    table["source"] = np.select([stated.notna(), asked.notna()], [STATED, SURVEYED], UNSTATED)
    table["share"] = table["revenue"] / table["category_spend"]
    table["elsewhere"] = (table["category_spend"] - table["revenue"]).clip(lower=0)
    return table.rename_axis("customer_id").reset_index()


def check_spend(table: pd.DataFrame) -> None:
    """Refuse an estimate of category spend that says nothing: fewer than 10 customers have one."""
    known = int(table["share"].notna().sum())
    if known < FEWEST_KNOWN:
        raise CannotAnswer(
            f"{known} of {len(table)} customers who bought in the last year have a `category_spend` or an answer "
            f"to the share question: the share of customer needs at least {FEWEST_KNOWN}. Ask some: it goes into "
            "the table customers, or their answer into surveys."
        )


@dataclass(frozen=True)
class Known:
    """Of how many customers the category spend is known (shares of all), from a survey, and above "
    "one (shares of these)."""

    customers: int
    known_share: float
    surveyed_share: float
    above_one: float

    @property
    def metrics(self) -> dict[str, float]:
        """The numbers under the names of run.json."""
        return {
            "customers": self.customers,
            "category_spend.known_share": self.known_share,
            "share_above_one": self.above_one,
            "category_spend.surveyed_share": self.surveyed_share,
        }


def known(table: pd.DataFrame) -> Known:
    """Count of `shares` whose category spend is known, and how."""
    its = table[table["share"].notna()]
    surveyed, above = (its["source"] == SURVEYED).mean(), (its["share"] > 1).mean()
    return Known(len(table), len(its) / len(table), float(surveyed), float(above))


def check_believable(found: Known, most: float) -> Check:
    """Ask whether more than `most` of those who are known bought more here than they are said to spend at all."""
    name = "category spend is believable"
    value, threshold = percent(found.above_one), MOST(number=percent(most))
    return check(name, review=found.above_one > most, value=value, threshold=threshold, advice=ASK_ANEW())


def most_elsewhere(kinds: pd.DataFrame, smallest: int) -> pd.Series:
    """Return the kind whose customers spend most elsewhere, of those that may be shown."""
    shown = kinds[kinds["known"] >= smallest]
    shown = shown if len(shown) else kinds
    return shown.iloc[int(np.argmax([one.mean for one in shown["elsewhere_all"]]))]


def metrics(kinds: pd.DataFrame) -> dict[str, Interval]:
    """What `share_by_kind` found under the names of run.json."""
    shares = {f"share_of_customer.{row.kind}": row.share for row in kinds.itertuples()}
    return shares | {f"elsewhere.{row.kind}": row.elsewhere_all for row in kinds.itertuples()}


def by_tenths(table: pd.DataFrame, smallest: int) -> dict[str, np.ndarray]:
    """Per kind the shares of its known customers by tenths of the share that comes here (above one counts as one).

    Tenths of few customers are evened with their neighbours, see `small_groups.evened`.
    """
    its = table[table["share"].notna()]
    cuts = np.linspace(0, 1, 11)
    return {
        kind: small_groups.evened(np.histogram(own["share"].clip(upper=1), cuts)[0], smallest) / len(own)
        for kind, own in its.groupby("kind")
        if len(own) >= smallest
    }


def concentration(table: pd.DataFrame) -> tuple[float, float]:
    """The share of known customers who buy less than a fifth here, and what the fifth with most "
    "elsewhere hold of it all."""
    its = table[table["share"].notna()]
    ranked = its["elsewhere"].sort_values(ascending=False)
    fifth = ranked.head(max(1, len(ranked) // 5)).sum() / max(ranked.sum(), 1e-9)
    return float((its["share"] < 0.2).mean()), float(fifth)


def share_by_kind(table: pd.DataFrame, draws: int = 1000, seed: int = 1) -> pd.DataFrame:
    """Share of category spend per kind of customer, from those whose spend is known, and what it leaves elsewhere.

    Columns kind, customers, known, share (Interval of revenue over category spend, both summed), elsewhere_each (Interval
    per customer), elsewhere_all (Interval for all customers of the kind). Who is known may buy more than the others, so
    they stand for the fifth of their kind, by revenue, in which they are; where fewer than 10 are known in one of these, the
    kind is cut into fewer parts. Bayesian bootstrap of the customers; the estimates of spend are taken as they are.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for kind, own in table.groupby("kind", sort=True):
        is_known = own["share"].notna().to_numpy()
        if not is_known.any():
            continue
        part = _revenue_parts(own["revenue"], is_known)
        known, stratum, size = own[is_known], part[is_known], np.bincount(part)
        weights = rng.standard_exponential((draws, len(known)))
        for number, customers in enumerate(size):
            weights[:, stratum == number] *= customers / weights[:, stratum == number].sum(
                axis=1, keepdims=True
            )
        spend = weights @ known["category_spend"].to_numpy()
        ratio = weights @ known["revenue"].to_numpy() / spend
        everything = weights @ known["elsewhere"].to_numpy()
        rows.append(
            (
                kind,
                len(own),
                len(known),
                interval(ratio),
                interval(everything / len(own)),
                interval(everything),
            )
        )
    return pd.DataFrame(
        rows, columns=["kind", "customers", "known", "share", "elsewhere_each", "elsewhere_all"]
    )


def breadth_table(table: pd.DataFrame) -> pd.DataFrame:
    """Customers and revenue by the number of categories bought: breadth, customers, "
    "share_of_customers, revenue_each."""
    named = table[table["breadth"] > 0]
    label = np.array(BREADTHS)[np.minimum(named["breadth"], 4) - 1]
    found = named.groupby(label)["revenue"].agg(["size", "mean"]).reindex(list(BREADTHS)).dropna()
    found = (
        found.rename_axis("breadth")
        .reset_index()
        .rename(columns={"size": "customers", "mean": "revenue_each"})
    )
    return found.assign(share_of_customers=found["customers"] / max(found["customers"].sum(), 1))


def _revenue_parts(revenue: pd.Series, known: np.ndarray) -> np.ndarray:
    """Each customer's part by revenue, from 0: fifths, or fewer parts so that 10 are known in each."""
    place = revenue.rank(method="first").to_numpy() - 1
    for number in range(5, 1, -1):
        part = (number * place // len(place)).astype(int)
        if np.bincount(part[known], minlength=number).min() >= FEWEST_KNOWN:
            return part
    return np.zeros(len(place), int)
