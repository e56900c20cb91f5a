"""The data all sides read: CDNOW's summary, order lines, and bases simulated with CDNOW's parameters."""

from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from helpers import paths, tables
from helpers.clv.purchase_history import customer_summary

HERE = Path(__file__).resolve().parent
WORK = HERE / ".work"
AS_OF = date(2026, 6, 30)
DAYS = 730  # customers come during two years
BG_NBD = {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}  # CDNOW's, in weeks
GAMMA_GAMMA = {"p": 6.25, "q": 3.74, "v": 15.44}
PART = 500_000  # customers simulated at once
EXPORT_LINES, EXPORT_CUSTOMERS = 10_000_000, 4_300_000


def cdnow_summary() -> Path:
    """CDNOW's customers at 1997-09-30 as a summary (CSV), written on first use."""
    path = WORK / "cdnow_summary.csv"
    if not path.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        lines = pd.read_csv(paths.DATA / "cdnow" / "cdnow.csv", parse_dates=["date"])
        names = {"masterid": "customer_id", "date": "order_date", "sales": "revenue"}
        ledger = ibis.memtable(lines.rename(columns=names).assign(kind="purchase")[[*names.values(), "kind"]])
        ledger = ledger.mutate(order_date=ledger.order_date.cast("date"))
        customer_summary(ledger, date(1997, 9, 30), "week").to_pandas().to_csv(path, index=False)
    return path


def lines(customers: int) -> Path:
    """Order lines (Parquet) of a base simulated with CDNOW's parameters over two years, written on first use."""
    path = WORK / f"lines_{customers}.parquet"
    if not path.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        partial, writer = path.with_suffix(".partial"), None
        for first in range(0, customers, PART):
            part = pa.Table.from_pandas(_simulated(first, min(PART, customers - first)), preserve_index=False)
            writer = writer or pq.ParquetWriter(partial, part.schema)
            writer.write_table(part)
        writer.close()
        partial.rename(path)
    return path


def summary(customers: int) -> Path:
    """The customer summary (Parquet) of `lines`, for the sides that begin there."""
    path = WORK / f"summary_{customers}.parquet"
    if not path.exists():
        ledger = tables.connect(folders=[WORK]).read_parquet(str(lines(customers)))
        table = customer_summary(ledger, AS_OF, "week")
        table.select("customer_id", "x", "t_x", "T", "monetary_value").to_parquet(str(path))
    return path


def export() -> Path:
    """Ten million of these lines as a shop's CSV export: days as a person reads them, columns nobody asked for."""
    path = WORK / "orders_export.csv"
    if not path.exists():
        con = tables.connect(folders=[WORK])
        ledger = con.read_parquet(str(lines(EXPORT_CUSTOMERS))).limit(EXPORT_LINES)
        number = ibis.row_number()
        rows = ledger.select(
            **{
                "Order ID": (number + 1_000_000).cast("string"),
                "Order Date": ledger.order_date.strftime("%d/%m/%Y"),
                "Customer ID": ledger.customer_id,
                "Email": ledger.customer_id.lower() + "@example.com",
                "Product": ibis.literal("Product ") + (number % 400).cast("string"),
                "Quantity": number % 4 + 1,
                "Channel": (number % 5 == 0).ifelse("Shop", "Web"),
                "Status": ibis.literal("Completed"),
                "Total": ledger.revenue,
            }
        )
        partial = path.with_suffix(".partial")
        rows.to_csv(str(partial))
        partial.rename(path)
    return path


def _simulated(first: int, customers: int) -> pd.DataFrame:
    rng = np.random.default_rng([1, first])
    rate = rng.gamma(BG_NBD["r"], 1 / BG_NBD["alpha"], customers) / 7  # per day
    coin = rng.beta(BG_NBD["a"], BG_NBD["b"], customers)
    level = rng.gamma(GAMMA_GAMMA["q"], 1 / GAMMA_GAMMA["v"], customers)
    born = rng.integers(0, DAYS, customers).astype(float)
    who, when, now, there = [np.arange(customers)], [born], born.copy(), np.arange(customers)
    while len(there):
        now[there] += rng.exponential(1 / rate[there])
        there = there[now[there] < DAYS]
        who.append(there)
        when.append(now[there])
        there = there[rng.random(len(there)) >= coin[there]]
    who, when = np.concatenate(who), np.concatenate(when)
    spend = np.maximum(rng.gamma(GAMMA_GAMMA["p"], 1, len(who)) / level[who], 0.01).round(2)
    start = np.datetime64(AS_OF) - DAYS + 1
    frame = pd.DataFrame(
        {
            "customer_id": np.char.add("C", np.char.zfill((first + who).astype(str), 8)),
            "order_date": (start + when.astype(int)).astype("datetime64[ms]"),
            "revenue": spend,
            "kind": "purchase",
        }
    )
    return frame.assign(order_date=frame["order_date"].dt.date)
