"""Cross-sell and upsell: who adds a category that is new to them, and who spends more in those they had."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.inference.intervals import Interval, interval


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


def added_rate(table: pd.DataFrame, draws: int = 1000, seed: int = 1) -> Interval | None:
    """The share of `both_years` who added a category (Beta with Jeffreys's prior); None where nobody is in both."""
    if table.empty:
        return None
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


def metrics(added: Interval | None, steps: Steps) -> dict[str, Interval | float]:
    """The numbers of both years under the names of run.json; none where nobody bought in both."""
    return {} if added is None else {"cross_sell_rate": added} | steps.metrics


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


def _per_day(part: pd.DataFrame) -> pd.Series:
    """Money per purchase day and customer, at list price where it and the quantity are given."""
    listed = part["list_price"] * part["quantity"]
    value = listed.where(listed > 0, part["revenue"])
    grouped = part.assign(value=value).groupby("customer_id")
    return grouped["value"].sum() / grouped["order_date"].nunique()
