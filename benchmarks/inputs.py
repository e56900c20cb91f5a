"""The data both sides read: CDNOW's summary and two million simulated order lines."""

from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from helpers import paths
from helpers.clv.summary import customer_summary

LINES, CUSTOMERS = 2_000_000, 400_000


def write(folder: Path) -> None:
    """Write cdnow_summary.csv and lines.parquet into `folder`, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "cdnow_summary.csv").exists():
        lines = pd.read_csv(paths.DATA / "cdnow" / "cdnow.csv", parse_dates=["date"])
        names = {"masterid": "customer_id", "date": "order_date", "sales": "revenue"}
        ledger = ibis.memtable(lines.rename(columns=names).assign(kind="purchase")[[*names.values(), "kind"]])
        ledger = ledger.mutate(order_date=ledger.order_date.cast("date"))
        customer_summary(ledger, date(1997, 9, 30), "week").to_pandas().to_csv(
            folder / "cdnow_summary.csv", index=False
        )
    if not (folder / "lines.parquet").exists():
        rng = np.random.default_rng(1)
        days = pd.Timestamp("2024-07-01") + pd.to_timedelta(rng.integers(0, 730, LINES), unit="D")
        frame = pd.DataFrame(
            {
                "customer_id": (CUSTOMERS * rng.beta(0.6, 1.4, LINES)).astype(int).astype(str),
                "order_date": days.date,
                "revenue": rng.lognormal(3, 1, LINES).round(2),
                "kind": "purchase",
            }
        )
        frame.to_parquet(folder / "lines.parquet", index=False)
