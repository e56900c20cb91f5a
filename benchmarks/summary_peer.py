"""Order lines (Parquet) to the customer summary with PyMC-Marketing; argument: customers."""

import json
import sys
import time

begun = time.perf_counter()

import pandas as pd  # noqa: E402
from measure import usage  # noqa: E402
from pymc_marketing.clv.utils import rfm_summary  # noqa: E402

lines = pd.read_parquet(f"benchmarks/.work/lines_{sys.argv[1]}.parquet")
summary = rfm_summary(
    lines, customer_id_col="customer_id", datetime_col="order_date", monetary_value_col="revenue",
    observation_period_end="2026-06-30", time_unit="D", time_scaler=7,
)  # fmt: skip
took = time.perf_counter() - begun
print(
    json.dumps({"seconds": took, **usage(), "customers": len(summary), "x": int(summary["frequency"].sum())})
)
