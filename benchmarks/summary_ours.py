"""Order lines (Parquet) to the customer summary with this project; argument: customers."""

import json
import sys
import time
from datetime import date

begun = time.perf_counter()

from measure import usage  # noqa: E402

from helpers import tables  # noqa: E402
from helpers.clv.summary import customer_summary  # noqa: E402

ledger = tables.connect().read_parquet(f"benchmarks/.work/lines_{sys.argv[1]}.parquet")
summary = customer_summary(ledger, date(2026, 6, 30), "week").to_pandas()
took = time.perf_counter() - begun
print(json.dumps({"seconds": took, **usage(), "customers": len(summary), "x": int(summary["x"].sum())}))
