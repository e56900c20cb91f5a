"""The customer's way: prospect, first-time, repeat, frequent, loyal, lapsed, won back; one state at any date.

Rules are per kind of customer, because a cafe that is silent for two months is something else than a reader of gift
lists who is. What is not stated is taken from the data.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.inference import small_groups
from helpers.messages import count, message

ENDED_PAUSES = 0.9  # of the pauses that ended with a purchase, so many were no longer than `lapse_days`
FREQUENT_FROM = 0.8  # of those who bought twice or more in the window, so many buy less often than "frequent"
FEWEST_PAUSES, FEWEST_FREQUENT = 30, 3
NOT_YET = "not yet known"

# state -> what it means, in the order in which they are shown
STATES = {
    "prospect": "known, never bought",
    "first-time": "bought on one day, not long ago",
    "repeat": "bought on two days or more",
    "frequent": "buys often in the window",
    "loyal": "frequent, known for long, without a lapse in that time",
    "won back": "bought again after a lapse, not long ago",
    "lapsed": "silent for longer than nearly all pauses",
}
REPORT_ERROR = message("lifecycle.report_error", "Report this as an error.")
ACTIVE = ("first-time", "repeat", "frequent", "loyal", "won back")


@dataclass(frozen=True)
class Rules:
    """The rules of one kind of customer, in days and purchase days."""

    lapse_days: int
    frequent_purchases: int
    loyal_days: int


def purchase_days(ledger: ibis.Table) -> ibis.Table:
    """Every customer's days with a kept purchase: customer_id, kind, order_date, gap_days (null on the first)."""
    bought = ledger.filter(ledger.kind_of_line == "purchase")
    days = bought.group_by(["customer_id", "kind", "order_date"]).agg(revenue=bought.revenue.sum())
    before = days.order_date.lag().over(ibis.window(group_by=days.customer_id, order_by=days.order_date))
    return days.mutate(gap_days=days.order_date.delta(before, unit="day"))


def derive(days: ibis.Table, as_of: date, window_days: int, stated: Rules) -> dict[str, Rules]:
    """The rules per kind up to `as_of`; what `stated` leaves at 0 comes from the data.

    lapse_days: nine of ten pauses that ended with a purchase were no longer, every customer's pauses together counting
    once. frequent_purchases: purchase days in the window that only a fifth of those who bought at least twice reach, at
    least 3. loyal_days: the window, or half of the data's days where that is less. A kind with fewer than 30 of either
    takes all customers'.
    """
    for name, value in vars(stated).items():
        if value < 0:
            raise StudyError(
                f"{name} is {value}: give a number of days or purchases, or 0 to take it from the data."
            )
    known = days.filter(days.order_date <= as_of)
    pauses = known.filter(known.gap_days.notnull())
    alike = 1 / pauses.count().over(ibis.window(group_by=pauses.customer_id))
    pauses = _quantiles(pauses.mutate(weight=alike), "gap_days", ENDED_PAUSES)
    recent = known.filter(known.order_date > as_of - timedelta(days=window_days))
    counted = recent.group_by(["customer_id", "kind"]).agg(purchases=recent.count())
    often = _quantiles(counted.filter(counted.purchases >= 2).mutate(weight=1.0), "purchases", FREQUENT_FROM)
    first = known.order_date.min().to_pandas()
    if pd.isna(first):
        raise StudyError(f"Nobody bought up to {as_of}: there is no lifecycle to tell.")
    half = max(1, (pd.Timestamp(as_of) - pd.Timestamp(first)).days // 2)
    kinds = sorted(known.select("kind").distinct().to_pandas()["kind"])
    return {
        kind: Rules(
            stated.lapse_days or max(1, int(np.ceil(_of(pauses, kind, window_days)))),
            stated.frequent_purchases or max(FEWEST_FREQUENT, int(np.floor(_of(often, kind, 0))) + 1),
            stated.loyal_days or min(window_days, half),
        )
        for kind in kinds
    }


def states(days: ibis.Table, rules: dict[str, Rules], at: date, window_days: int) -> pd.DataFrame:
    """Everyone who bought up to `at`, with exactly one state: columns customer_id, state, lapse_days, last_date."""
    known = days.filter(days.order_date <= at)
    lapse = lapse_days(known, rules)
    back = known.mutate(is_comeback=(known.gap_days > lapse).fill_null(False))
    found = back.group_by(["customer_id", "kind"]).agg(
        first_date=back.order_date.min(),
        last_date=back.order_date.max(),
        purchases=back.count(),
        in_window=(back.order_date > at - timedelta(days=window_days)).sum(),
        comeback=back.order_date.max(where=back.is_comeback),
    )
    table = found.to_pandas()
    rule = {
        name: table["kind"].map({kind: getattr(one, name) for kind, one in rules.items()}) for name in _RULE
    }
    since = {name: (pd.Timestamp(at) - pd.to_datetime(table[name])).dt.days for name in _DATES}
    frequent = table["in_window"] >= rule["frequent_purchases"]
    settled = (since["first_date"] >= rule["loyal_days"]) & ~(since["comeback"] < rule["loyal_days"])
    table["state"] = np.select(
        [
            since["last_date"] > rule["lapse_days"],
            since["comeback"] <= rule["lapse_days"],
            frequent & settled,
            frequent,
            table["purchases"] >= 2,
        ],
        ["lapsed", "won back", "loyal", "frequent", "repeat"],
        "first-time",
    )
    return table[["customer_id", "kind", "state", "first_date", "last_date", "purchases", "in_window"]]


_RULE = ("lapse_days", "frequent_purchases", "loyal_days")
_DATES = ("first_date", "last_date", "comeback")


def everyone(owners: pd.DataFrame, bought: pd.DataFrame, at: date) -> pd.Series:
    """The state of every account at a date: owners as from `kinds.accounts`, `bought` as from `states`.

    Who had not bought by then is a prospect when acquired by then, or on an unknown day; otherwise not yet known.
    """
    state = bought.set_index("customer_id")["state"].reindex(owners.index)
    later = pd.to_datetime(owners["acquired_at"]) > pd.Timestamp(at)
    return state.where(state.notna(), pd.Series(np.where(later, NOT_YET, "prospect"), owners.index)).rename(
        "state"
    )


def summary(state: pd.Series, revenue: pd.Series) -> pd.DataFrame:
    """Customers and revenue per state; both are per account, revenue only of those who have some.

    Columns: state, share_of_customers, customers, revenue, share (of revenue), meaning.
    """
    money = revenue.reindex(state.index).fillna(0.0)
    groups = money.groupby(state.to_numpy())
    table = pd.DataFrame({"customers": groups.size(), "revenue": groups.sum()})
    table = table.reindex([name for name in STATES if name in table.index]).rename_axis("state").reset_index()
    table.insert(1, "share_of_customers", table["customers"] / table["customers"].sum())
    table["share"] = table["revenue"] / table["revenue"].sum() if table["revenue"].sum() else 0.0
    return table.assign(meaning=table["state"].map(STATES))


def check_states(state: pd.Series) -> Check:
    """Ask whether every account is in exactly one state."""
    stateless = int((~state.isin(list(STATES))).sum() + state.index.duplicated().sum())
    name = "every customer in exactly one state"
    return check(
        name,
        fail=stateless > 0,
        value=count(stateless, "customer"),
        threshold=count(0, "customer"),
        advice=REPORT_ERROR(),
    )


@dataclass(frozen=True)
class Moved:
    """Accounts by state at two dates (rows earlier), who lapsed in between, and what those had brought before.

    lapsed_share: of the accounts active at the earlier date; lost: their revenue in the window before it, also as
    lost_share of everyone's; back: how many came back.
    """

    counts: pd.DataFrame
    lapsed: pd.Index
    lapsed_share: float
    back: int
    lost: float
    lost_share: float

    def shown(self, smallest: int) -> dict[str, pd.DataFrame | pd.Series | int]:
        """What a picture may show: bands, groups before and after (missing where people are few), and the whole."""
        before, after = self.counts.sum(axis=1), self.counts.sum(axis=0)
        return {
            "bands": self.counts.mask(small_groups.hidden_fields(self.counts, smallest)),
            "before": before.mask(small_groups.hidden(before, minimum=smallest)),
            "after": after.mask(small_groups.hidden(after, minimum=smallest)),
            "whole": int(before.sum()),
        }


def moved(before: pd.Series, after: pd.Series, past: pd.Series) -> Moved:
    """Compare the states of two dates; past: revenue per account in the window before the earlier date."""
    gone, active = slipped(before, after), int(before.isin(ACTIVE).sum())
    lost = float(past.reindex(gone).sum())
    return Moved(
        counts=flows(before, after),
        lapsed=gone,
        lapsed_share=len(gone) / active if active else 0.0,
        back=len(returned(before, after)),
        lost=lost,
        lost_share=lost / past.sum() if past.sum() else 0.0,
    )


def flows(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """Count accounts by state at two dates: rows are the earlier state, columns the later one."""
    order = [*STATES, NOT_YET]
    both = pd.crosstab(before.to_numpy(), after.reindex(before.index).to_numpy())
    rows = [name for name in order if name in both.index]
    columns = [name for name in order if name in both.columns]
    return both.reindex(index=rows, columns=columns)


def slipped(before: pd.Series, after: pd.Series) -> pd.Index:
    """The accounts that were active at the earlier date and are lapsed at the later one."""
    return before.index[before.isin(ACTIVE) & (after.reindex(before.index) == "lapsed")]


def returned(before: pd.Series, after: pd.Series) -> pd.Index:
    """The accounts that were lapsed at the earlier date and are active at the later one."""
    return before.index[(before == "lapsed") & after.reindex(before.index).isin(ACTIVE)]


def rules_table(rules: dict[str, Rules]) -> pd.DataFrame:
    """The rules as a table, a row per kind: kind, lapse_days, frequent_purchases, loyal_days."""
    return pd.DataFrame({kind: vars(one) for kind, one in rules.items()}).T.rename_axis("kind").reset_index()


def _quantiles(table: ibis.Table, column: str, share: float) -> dict[str | None, float | None]:
    """The quantile by `weight` per kind where a kind has enough rows, and over all (None)."""
    groups = table.group_by(["kind", column]).agg(weight=table.weight.sum(), rows=table.count()).to_pandas()
    enough = groups.groupby("kind")["rows"].transform("sum") >= FEWEST_PAUSES
    found: dict[str | None, float | None] = {None: _quantile(groups, column, share)}
    return found | {kind: _quantile(part, column, share) for kind, part in groups[enough].groupby("kind")}


def _quantile(groups: pd.DataFrame, column: str, share: float) -> float | None:
    """The smallest value that `share` of the weight does not exceed; None without rows."""
    weight = groups.groupby(column)["weight"].sum().sort_index().cumsum()
    return None if weight.empty else float(weight.index[(weight >= share * weight.iloc[-1] - 1e-9).argmax()])


def _of(quantiles: dict, kind: str, otherwise: float) -> float:
    value = quantiles.get(kind, quantiles[None])
    return otherwise if value is None or pd.isna(value) else float(value)


def lapse_days(table: ibis.Table, rules: dict[str, Rules]) -> ibis.Value:
    """The days after which a row's customer counts as lapsed, by its kind: an Ibis column."""
    return ibis.cases(*((table.kind == kind, one.lapse_days) for kind, one in rules.items()))
