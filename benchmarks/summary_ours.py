"""Order lines (Parquet) to the customer summary with this project."""

import json
import time
from datetime import date

begun = time.perf_counter()

from helpers import tables  # noqa: E402
from helpers.clv.summary import customer_summary  # noqa: E402

ledger = tables.connect().read_parquet("benchmarks/.work/lines.parquet")
summary = customer_summary(ledger, date(2026, 6, 30), "week").to_pandas()
took = time.perf_counter() - begun
print(json.dumps({"seconds": took, "customers": len(summary), "x": int(summary["x"].sum())}))
