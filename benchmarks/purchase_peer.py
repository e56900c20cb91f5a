"""Purchase model on CDNOW with PyMC-Marketing, nutpie and both cores; arguments: bg_nbd or pareto_nbd, draws per chain."""

import json
import sys
import time

begun = time.perf_counter()

import pandas as pd  # noqa: E402
from measure import usage  # noqa: E402
from pymc_marketing import clv  # noqa: E402

name, draws = sys.argv[1], int(sys.argv[2])
summary = pd.read_csv("benchmarks/.work/cdnow_summary.csv")
data = summary.rename(columns={"x": "frequency", "t_x": "recency"})[
    ["customer_id", "frequency", "recency", "T"]
]
model = {"bg_nbd": clv.BetaGeoModel, "pareto_nbd": clv.ParetoNBDModel}[name]()
fitted = model.fit(
    data=data, method="mcmc", draws=draws, tune=1000, chains=2, cores=2, random_seed=1,
    nuts_sampler="nutpie", progressbar=False,
)  # fmt: skip
result = {"seconds": time.perf_counter() - begun, **usage()}
import arviz as az  # noqa: E402

result["ess"] = float(az.ess(fitted).to_dataset().to_array().min())
print(json.dumps(result))
