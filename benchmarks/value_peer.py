"""Customer summary to posteriors and expected 12-month value with PyMC-Marketing, nutpie and both cores.

Argument: customers. The value is its expectation per draw; a predictive interval of the money is not part of it.
"""

import json
import sys
import time

begun = time.perf_counter()

import pandas as pd  # noqa: E402
from measure import usage  # noqa: E402
from pymc_marketing.clv import BetaGeoModel, GammaGammaModel  # noqa: E402

names = {"x": "frequency", "t_x": "recency", "monetary_value": "monetary_value"}
data = pd.read_parquet(f"benchmarks/.work/summary_{sys.argv[1]}.parquet").rename(columns=names)
sampling = {
    "method": "mcmc", "draws": 1000, "tune": 1000, "chains": 2, "cores": 2, "random_seed": 1,
    "nuts_sampler": "nutpie", "progressbar": False,
}  # fmt: skip
purchases = BetaGeoModel()
purchases.fit(data=data[["customer_id", "frequency", "recency", "T"]], **sampling)
spending = GammaGammaModel()
spending.fit(data=data.loc[data["frequency"] > 0, ["customer_id", "frequency", "monetary_value"]], **sampling)
fitted = time.perf_counter() - begun
value = spending.expected_customer_lifetime_value(
    transaction_model=purchases, data=data, future_t=12, discount_rate=0.00797, time_unit="W"
)
mean = value.mean(("chain", "draw"))
took = time.perf_counter() - begun
print(json.dumps({"seconds": took, **usage(), "fitted": fitted, "total": float(mean.sum())}))
