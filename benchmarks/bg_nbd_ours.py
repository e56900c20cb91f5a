"""BG/NBD posterior on CDNOW with this project; argument: nuts or laplace."""

import json
import sys
import time

begun = time.perf_counter()

import pandas as pd  # noqa: E402
from measure import usage  # noqa: E402

from helpers.clv import purchase  # noqa: E402

summary = pd.read_csv("benchmarks/.work/cdnow_summary.csv")
tree = purchase.fit("bg_nbd", summary, "week", method=sys.argv[1], draws=1000, tune=1000, chains=2, seed=1)
took = time.perf_counter() - begun
print(json.dumps({"seconds": took, **usage(), "alpha": float(tree["posterior"]["alpha"].mean())}))
