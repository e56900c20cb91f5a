"""Share of customer: how much of a customer's category spend comes here, what else they might buy, whom they bring."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.inference.intervals import Interval, interval
from helpers.messages import message, percent
from helpers.study.year import YEAR_WINDOW

if TYPE_CHECKING:
    import ibis

UNSTATED, STATED, SURVEYED = "not stated", "stated", "surveyed"
FEWEST_KNOWN = 10
ASK_ANEW = message(
    "share.ask_anew",
    "Estimates of category spend lie below what is bought here: ask anew, or look whether private "
    "and business purchases are "
    "mixed.",
)
BREADTHS = ("1", "2", "3", "4 or more")


def yearly(ledger: "ibis.Table", as_of: date) -> pd.DataFrame:
    """Bring lines of the last two years from the ledger (Ibis): customer_id, order_date, category, revenue, margin, recent.

    recent: whether the line lies in the last 365 days. Purchases and unmatched returns, so that revenue is net.
    """
    start = as_of - timedelta(days=2 * YEAR_WINDOW)
    lines = ledger.filter(
        (ledger.order_date > start) & (ledger.order_date <= as_of) & (ledger.kind != "returned")
    )
    table = lines.select(
        "customer_id", "order_date", "category", "revenue", "margin", "kind", "quantity", "list_price"
    ).to_pandas()
    when = pd.to_datetime(table["order_date"]).dt.date
    return table.assign(order_date=when, recent=when > as_of - timedelta(days=YEAR_WINDOW))


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
        raise StudyError(
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
    value, threshold = percent(found.above_one), percent(most)
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
    """Per kind the shares of its known customers by tenths of the share that comes here (above one counts as one)."""
    its = table[table["share"].notna()]
    cuts = np.linspace(0, 1, 11)
    return {
        kind: np.histogram(own["share"].clip(upper=1), cuts)[0] / len(own)
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


def both_years(lines: pd.DataFrame) -> pd.DataFrame:
    """One row per customer who bought in both years: added (a category new to them), order value before and after.

    before and after: money per purchase day in the categories bought in both years, at list price where it is given, so
    that a discount is no step down.
    """
    bought = lines[(lines["kind"] == "purchase") & lines["category"].notna()]
    early, late = bought[~bought["recent"]], bought[bought["recent"]]
    both = np.intersect1d(early["customer_id"].unique(), late["customer_id"].unique())
    pairs = {"early": early, "late": late}
    kept = {name: part[part["customer_id"].isin(both)] for name, part in pairs.items()}
    had = kept["early"][["customer_id", "category"]].drop_duplicates()
    has = kept["late"][["customer_id", "category"]].drop_duplicates()
    new = has.merge(had, how="left", indicator=True).query("_merge == 'left_only'")
    again = kept["late"].merge(had)
    value = {
        name: _per_day(part) for name, part in {"before": kept["early"].merge(has), "after": again}.items()
    }
    table = pd.DataFrame(index=pd.Index(both, name="customer_id"))
    table["added"] = table.index.isin(new["customer_id"])
    return table.assign(**value).reset_index()


def added_rate(table: pd.DataFrame, draws: int = 1000, seed: int = 1) -> Interval:
    """The share of `both_years` who added a category (Beta with Jeffreys's prior)."""
    added, none = table["added"].sum(), (~table["added"]).sum()
    return interval(np.random.default_rng(seed).beta(added + 0.5, none + 0.5, draws))


@dataclass(frozen=True)
class Steps:
    """Customers of both years; the usual (median) change of order value; shares of those compared "
    "who rose and fell."""

    customers: int
    usual: float
    up_rate: float
    down_rate: float

    @property
    def metrics(self) -> dict[str, float]:
        """The numbers under the names of run.json."""
        return {
            "both_years": self.customers,
            "order_value.usual_change": self.usual,
            "upsell_rate": self.up_rate,
            "downsell_rate": self.down_rate,
        }


def steps(table: pd.DataFrame, step: float) -> Steps:
    """Count customers whose order value rose, and fell, by more than `step` against the median change of all.

    Without the median, a rise in prices would look like trading up.
    """
    compared = table.dropna(subset=["before", "after"])
    compared = compared[(compared["before"] > 0) & (compared["after"] > 0)]
    if compared.empty:
        return Steps(len(table), 0.0, 0.0, 0.0)
    change = compared["after"] / compared["before"]
    usual = float(change.median())
    relative = change / usual
    up, down = (relative > 1 + step).mean(), (relative < 1 / (1 + step)).mean()
    return Steps(len(table), usual - 1, float(up), float(down))


def likeliest(pairs: pd.DataFrame, n: int) -> pd.DataFrame:
    """The n pairs of `cross_sell` with the largest mean rate."""
    order = np.argsort([-one.mean for one in pairs["rate"]])
    return pairs.iloc[order].head(n).reset_index(drop=True)


def cross_sell(lines: pd.DataFrame, minimum: int, draws: int = 1000, seed: int = 1) -> pd.DataFrame:
    """Of those who bought category `has` but never `adds` in the earlier year: the share who bought `adds` in the later.

    Columns has, adds, customers, added, rate (Interval, Beta with Jeffreys's prior); pairs of fewer than `minimum`
    customers are left out. Only customers who bought in both years.
    """
    bought = lines[(lines["kind"] == "purchase") & lines["category"].notna()]
    early, late = (
        pd.crosstab(part["customer_id"], part["category"]) > 0
        for part in (bought[~bought["recent"]], bought[bought["recent"]])
    )
    categories = early.columns.intersection(late.columns)
    both = early.index.intersection(late.index)
    early, late = early.loc[both, categories], late.loc[both, categories]
    rng, rows = np.random.default_rng(seed), []
    for has in categories:
        for adds in categories.drop(has):
            base = early[has] & ~early[adds]
            size, added = int(base.sum()), int((base & late[adds]).sum())
            if size >= max(minimum, 1):
                rows.append(
                    (has, adds, size, added, interval(rng.beta(added + 0.5, size - added + 0.5, draws)))
                )
    return pd.DataFrame(rows, columns=["has", "adds", "customers", "added", "rate"])


def holders(lines: pd.DataFrame, as_of: date, subscribed: Set[str] = frozenset()) -> pd.DataFrame:
    """One row per customer who bought in the earlier year, looked at a year before `as_of`: for a landmark comparison.

    Columns customer_id, several (two products or more by then), breadth (categories bought in that year, and one more for
    those in `subscribed`, who held a subscription then), prior (purchase days in that year), gap (days from the last
    purchase to the landmark), stayed (bought again in the year after).
    """
    bought = lines[(lines["kind"] == "purchase") & lines["category"].notna()]
    early = bought[~bought["recent"]]
    grouped = early.groupby("customer_id")
    start = as_of - timedelta(days=YEAR_WINDOW)
    last = pd.to_datetime(grouped["order_date"].max())
    table = pd.DataFrame({"breadth": grouped["category"].nunique(), "prior": grouped["order_date"].nunique()})
    table["breadth"] += table.index.isin(subscribed)
    table["gap"] = (pd.Timestamp(start) - last).dt.days.astype(float)
    table["several"] = table["breadth"] >= 2
    table["stayed"] = table.index.isin(bought.loc[bought["recent"], "customer_id"])
    return table.reset_index()


@dataclass(frozen=True)
class Holding:
    """Holders of several products against holders of one: the difference in coming back, where it can be compared."""

    plain: Interval | None
    comparable: Interval | None

    @property
    def metrics(self) -> dict[str, Interval | None]:
        """The intervals under the names of run.json."""
        return {"several_products.plain": self.plain, "several_products.comparable": self.comparable}


def holding(plain: np.ndarray | None, comparable: np.ndarray | None) -> Holding:
    """Sum up draws of the two differences; None where nothing can be compared."""
    found = [None if draws is None else interval(draws) for draws in (plain, comparable)]
    return Holding(*found)


@dataclass(frozen=True)
class Referring:
    """Customers who referred others, those they brought, their margin, and the best tenth's share of it."""

    referrers: int
    referred: int
    margin: float
    best_tenth: float


def referring(brought: pd.DataFrame) -> Referring:
    """Sum up `referrals`."""
    total = float(brought["margin"].sum())
    best = (
        brought.nlargest(max(1, len(brought) // 10), "margin")["margin"].sum() / total if total > 0 else 0.0
    )
    return Referring(len(brought), int(brought["referred"].sum()), total, float(best))


def referrals(customers: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """One row per customer who referred others: customer_id, referred (number), margin (of those, in the last 365 days).

    Each referred customer counts once, for the one who referred.
    """
    if "referred_by" not in customers:
        return pd.DataFrame(columns=["customer_id", "referred", "margin"])
    came = customers.dropna(subset=["referred_by"]).drop_duplicates("customer_id")
    margin = lines[lines["recent"]].groupby("customer_id")["margin"].sum()
    own = came.assign(margin=came["customer_id"].map(margin).fillna(0.0).astype(float))
    table = own.groupby("referred_by").agg(referred=("customer_id", "size"), margin=("margin", "sum"))
    return table.rename_axis("customer_id").reset_index()


def mean_margin(
    customers: pd.DataFrame, lines: pd.DataFrame, draws: int = 1000, seed: int = 1
) -> dict[str, tuple[int, Interval]]:
    """Mean margin in the last 365 days of referred and of other customers: {which: (customers, Interval)}.

    Bayesian bootstrap, within kinds and put together as the referred are, so that a different mix of kinds is no difference.
    """
    if "referred_by" not in customers:
        return {}
    unique = customers.drop_duplicates("customer_id")
    margin = (
        unique["customer_id"]
        .map(lines[lines["recent"]].groupby("customer_id")["margin"].sum())
        .fillna(0.0)
        .to_numpy(float)
    )
    referred = unique["referred_by"].notna().to_numpy()
    kinds = pd.factorize(unique["kind"].fillna("") if "kind" in unique else np.zeros(len(unique)))[0]
    shared = [
        kind
        for kind in np.unique(kinds)
        if (referred & (kinds == kind)).any() and (~referred & (kinds == kind)).any()
    ]
    if not shared:
        return {}
    size = np.array([(referred & (kinds == kind)).sum() for kind in shared])
    rng, found = np.random.default_rng(seed), {}
    for name, mask in (("referred", referred), ("others", ~referred)):
        parts = [margin[mask & (kinds == kind)] for kind in shared]
        means = [(w := rng.standard_exponential((draws, len(part)))) @ part / w.sum(axis=1) for part in parts]
        found[name] = (int(sum(map(len, parts))), interval(size @ np.array(means) / size.sum()))
    return found


def _revenue_parts(revenue: pd.Series, known: np.ndarray) -> np.ndarray:
    """Each customer's part by revenue, from 0: fifths, or fewer parts so that 10 are known in each."""
    place = revenue.rank(method="first").to_numpy() - 1
    for number in range(5, 1, -1):
        part = (number * place // len(place)).astype(int)
        if np.bincount(part[known], minlength=number).min() >= FEWEST_KNOWN:
            return part
    return np.zeros(len(place), int)


def _per_day(part: pd.DataFrame) -> pd.Series:
    """Money per purchase day and customer, at list price where it and the quantity are given."""
    listed = part["list_price"] * part["quantity"]
    value = listed.where(listed > 0, part["revenue"])
    grouped = part.assign(value=value).groupby("customer_id")
    return grouped["value"].sum() / grouped["order_date"].nunique()
