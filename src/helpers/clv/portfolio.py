"""Predictive value of a base that is too large for a DataFrame: the engine groups and joins, Parquet comes out.

What leaves the engine are the distinct rows with their counts, the distinct (row, spend) and the sums per row and segment:
numbers, no ids. Futures are simulated per distinct row in chunks of fixed memory, the numbers of each chunk are written as
they come, and the engine joins them back to the customers. The numbers are those of `value.predict_value`.
"""

import uuid
from dataclasses import dataclass
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from helpers import tables
from helpers.clv.customer_value import EVERYONE, Terms, in_chunk
from helpers.clv.distinct import check_summary
from helpers.clv.predictive_money import NUMBERS, Totals, customer_numbers, spend_level
from helpers.clv.simulate import Posterior, chunks, simulate_shared
from helpers.clv.time_units import discount_per_unit, horizon_units
from helpers.errors import StudyError
from helpers.tables import engine


@dataclass(frozen=True)
class Portfolio:
    """Predictive value of a base: the Parquet file with a row per customer, {segment: draws of its total} and of costs."""

    path: Path
    customers: int
    totals: dict[str, np.ndarray]
    costs: dict[str, np.ndarray]


def engine_rows(summary: ibis.Table, covariates: tuple[str, ...] = ()) -> pd.DataFrame:
    """The distinct (x, t_x, T[, group, covariates]) of a summary on an engine, with their number of customers n."""
    key = _key(summary, covariates)
    rows = summary.group_by(key).agg(n=summary.count()).order_by(key).to_pandas()
    return rows.astype({"x": "int64", "t_x": "float64", "T": "float64", "n": "int64"})


def engine_spend(summary: ibis.Table) -> pd.DataFrame:
    """What the spend model reads of a summary on an engine: x, monetary_value (and group) of customers with x > 0."""
    wanted = ["x", "monetary_value", *(["group"] if "group" in summary.columns else [])]
    return summary.filter(summary.x > 0).select(*wanted).order_by(*wanted).to_pandas()


def predict_table(
    posterior: Posterior,
    summary: ibis.Table,
    terms: Terms,
    time_unit: str,
    target: Path,
    *,
    segments: ibis.Table | None = None,
    seed: int = 1,
) -> Portfolio:
    """Predict the value of every customer of a summary on an engine and write it to `target` (Parquet), by customer_id.

    summary: columns customer_id, x, t_x, T, monetary_value (and group, covariates). segments: table of customer_id and
    segment. The file has customer_id and those of `customer_value.Value.customers`; totals hold EVERYONE and each segment.
    """
    posterior.purchase.check_unit(time_unit)
    horizon = horizon_units(terms.horizon_months, time_unit)
    discount = discount_per_unit(terms.annual_discount_rate, time_unit)
    rows = engine_rows(summary, posterior.purchase.design.columns)
    check_summary(rows)
    parts = chunks(rows, posterior.draws)
    rows = rows.iloc[np.concatenate(parts)].reset_index(drop=True)  # a chunk's rows stand together
    keyed = _keyed(summary, rows, segments)
    pairs = keyed.select("row", "own").distinct().order_by("row", "own").to_pyarrow()
    if pairs["own"].null_count:
        raise StudyError(
            "Customers without a monetary_value: write 0 for those without repeat purchases, and mend the others."
        )
    groups = keyed.group_by("row", "segment").agg(
        n=keyed.count(), m1=keyed.own.sum(), m2=(keyed.own * keyed.own).sum()
    ).order_by("row", "segment").to_pyarrow()  # fmt: skip
    names = sorted(set(groups["segment"].to_pylist()))
    code = {name: place for place, name in enumerate(names)}
    groups = pd.DataFrame(
        {name: groups[name].to_numpy() for name in ("row", "n", "m1", "m2")}
        | {"segment": [code[name] for name in groups["segment"].to_pylist()]}
    )
    pair_row, pair_own, group_row = (*(pairs[c].to_numpy() for c in ("row", "own")), groups["row"].to_numpy())
    totals = Totals(names, posterior.draws)
    found = engine.cache_folder() / f"{target.stem}.{uuid.uuid4().hex}.partial"  # where the engine may read
    schema = pa.schema(
        [("row", pa.int64()), ("own", pa.float64()), *((name, pa.float64()) for name in NUMBERS)]
    )
    try:
        with pq.ParquetWriter(found, schema) as writer:
            start = 0
            for part in parts:
                chosen = np.arange(start, start + len(part))
                start += len(part)
                some_rows = rows.iloc[chosen]
                money, cost = terms.per_row(some_rows, time_unit)
                paths = simulate_shared(posterior, some_rows, horizon, discount, seed=seed)
                v = spend_level(posterior, some_rows)
                some, local = in_chunk(pair_row, chosen)
                numbers = customer_numbers(paths, v, local, pair_own[some], money, cost)
                columns = [pair_row[some], pair_own[some], *numbers.T]
                writer.write_table(pa.table([pa.array(column) for column in columns], schema=schema))
                some, local = in_chunk(group_row, chosen)
                totals.add(paths, v, groups.iloc[some].assign(local=local), money, cost)
        numbers = keyed.get_backend().read_parquet(str(found))
        by_customer = keyed.inner_join(numbers, ["row", "own"]).select("customer_id", *NUMBERS)
        tables.write(by_customer.order_by("customer_id"), target)
    finally:
        found.unlink(missing_ok=True)
    return Portfolio(target, int(rows["n"].sum()), totals.result(EVERYONE), totals.costs(EVERYONE))


def _key(summary: ibis.Table, covariates: tuple[str, ...]) -> list[str]:
    return ["x", "t_x", "T", *(["group"] if "group" in summary.columns else []), *covariates]


def _keyed(summary: ibis.Table, rows: pd.DataFrame, segments: ibis.Table | None) -> ibis.Table:
    """Every customer with the number of their row, own = x times mean spend, and their segment."""
    key = [name for name in rows if name != "n"]
    places = ibis.memtable(rows[key].assign(row=np.arange(len(rows))))
    own = ibis.ifelse(summary.x > 0, summary.x * summary.monetary_value, 0.0)
    keyed = summary.mutate(own=own).inner_join(places, key).select("customer_id", "row", "own")
    if segments is None:
        return keyed.mutate(segment=ibis.literal(EVERYONE)).cache()
    labels = segments.select("customer_id", "segment")
    joined = keyed.left_join(labels, "customer_id").select("customer_id", "row", "own", "segment")
    return joined.mutate(segment=joined.segment.cast("string").fill_null("nan")).cache()
