"""BG/NBD posterior on CDNOW with PyMC-Marketing, nutpie and both cores."""

import json
import time

begun = time.perf_counter()

import pandas as pd  # noqa: E402
from measure import usage  # noqa: E402
from pymc_marketing.clv import BetaGeoModel  # noqa: E402

summary = pd.read_csv("benchmarks/.work/cdnow_summary.csv")
data = summary.rename(columns={"x": "frequency", "t_x": "recency"})[
    ["customer_id", "frequency", "recency", "T"]
]
model = BetaGeoModel()
fitted = model.fit(
    data=data, method="mcmc", draws=1000, tune=1000, chains=2, cores=2, random_seed=1,
    nuts_sampler="nutpie", progressbar=False,
)  # fmt: skip
took = time.perf_counter() - begun
print(json.dumps({"seconds": took, **usage(), "alpha": float(fitted["posterior"]["alpha"].mean())}))
