"""Order lines (Parquet) to the customer summary with PyMC-Marketing."""

import json
import time

begun = time.perf_counter()

import pandas as pd  # noqa: E402
from pymc_marketing.clv.utils import rfm_summary  # noqa: E402

lines = pd.read_parquet("benchmarks/.work/lines.parquet")
summary = rfm_summary(
    lines, customer_id_col="customer_id", datetime_col="order_date", monetary_value_col="revenue",
    observation_period_end="2026-06-30", time_unit="W",
)  # fmt: skip
took = time.perf_counter() - begun
print(json.dumps({"seconds": took, "customers": len(summary), "x": int(summary["frequency"].sum())}))
