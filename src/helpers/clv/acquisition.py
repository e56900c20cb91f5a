"""What winning customers cost, and whether those who came in the last year bring it back."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from helpers.clv.customer_groups import EARLY, GROUP, NOT_GIVEN
from helpers.clv.customer_value import EVERYONE, Terms, predict_value
from helpers.clv.simulate import Posterior
from helpers.inference.intervals import interval
from helpers.study.year import YEAR_WINDOW

DRAWS = 300
COLUMNS = ["new_customers", "cost", "margin_so_far", "value_to_come", "left"]


def newcomers(customers: pd.DataFrame | None, summary: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Customers whose first purchase lies in the year up to `as_of` and whose acquisition_cost is known: channel, cost.

    summary: by customer_id, with first_date. Customers first seen early (`entry`) are not known to be
    new. Empty where the study has no table customers or it names no costs.
    """
    empty = pd.DataFrame({"channel": pd.Series(dtype=str), "cost": pd.Series(dtype=float)})
    if customers is None or "acquisition_cost" not in customers:
        return empty
    first = pd.to_datetime(summary["first_date"]) > pd.Timestamp(as_of - timedelta(days=YEAR_WINDOW))
    if GROUP in summary:
        first = first & ~summary[GROUP].str.contains(EARLY)
    its = customers.drop_duplicates("customer_id").set_index("customer_id").reindex(summary.index[first])
    channel = its["channel"] if "channel" in its else pd.Series(index=its.index, dtype=object)
    channel = channel.astype("object").where(channel.notna(), NOT_GIVEN).astype(str)
    found = pd.DataFrame({"channel": channel, "cost": its["acquisition_cost"].astype(float)})
    return found[found["cost"].notna()]


def paid_back(
    new: pd.DataFrame,
    posterior: Posterior,
    summary: pd.DataFrame,
    terms: Terms,
    time_unit: str,
    margin: pd.Series,
    seed: int = 1,
) -> pd.DataFrame:
    """Per channel and in all, for each newcomer: cost, margin so far, value to come, and what is left (Intervals of means).

    margin: what each customer has brought in the last year, by customer_id. Value to come holds chance as well as
    parameters: it is the mean of the money itself, as on the rest of the page. Empty where there are no newcomers.
    """
    if new.empty:
        return pd.DataFrame(columns=COLUMNS)
    few = posterior.thinned(DRAWS)
    totals = predict_value(
        few, summary.loc[new.index], terms, time_unit, segments=new["channel"], seed=seed
    ).totals
    earned, rows = margin.reindex(new.index).fillna(0.0), {}
    for name, draws in totals.items():
        some = np.ones(len(new), bool) if name == EVERYONE else (new["channel"] == name).to_numpy()
        size, so_far = some.sum(), earned[some].mean()
        cost = new["cost"][some].mean()
        ahead = interval(draws / size)
        rows[name] = [size, cost, so_far, ahead, interval(draws / size + so_far - cost)]
    return pd.DataFrame.from_dict(rows, orient="index", columns=COLUMNS).rename_axis("channel")


def metrics(back: pd.DataFrame) -> dict[str, float]:
    """Return what `paid_back` found for all newcomers under the names of run.json."""
    if back.empty:
        return {"acquisition.customers_with_cost": 0}
    everyone = back.loc[EVERYONE]
    return {
        "acquisition.customers_with_cost": everyone["new_customers"],
        "acquisition.cost": everyone["cost"],
        "acquisition.left": everyone["left"].mean,
    }
