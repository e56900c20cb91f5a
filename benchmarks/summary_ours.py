"""Order lines (Parquet) to the customer summary (Parquet, as the next step reads it); argument: customers."""

import json
import sys
import time
from datetime import date

begun = time.perf_counter()

from measure import usage  # noqa: E402

from helpers import tables  # noqa: E402
from helpers.clv.purchase_history import customer_summary  # noqa: E402

con = tables.connect()
ledger = con.read_parquet(f"benchmarks/.work/lines_{sys.argv[1]}.parquet")
customer_summary(ledger, date(2026, 6, 30), "week").to_parquet("benchmarks/.work/summary_ours.parquet")
took = time.perf_counter() - begun
result = {"seconds": took, **usage()}
summary = con.read_parquet("benchmarks/.work/summary_ours.parquet")
x = int(summary["x"].sum().to_pandas())
print(json.dumps(result | {"customers": int(summary.count().to_pandas()), "x": x}))
