"""Purchase model on CDNOW with this project; arguments: model, nuts or laplace, draws per chain. Prints the smallest ESS."""

import json
import sys
import time

begun = time.perf_counter()

import pandas as pd  # noqa: E402
from measure import usage  # noqa: E402

from helpers.clv import purchase_models  # noqa: E402

model, method, draws = sys.argv[1], sys.argv[2], int(sys.argv[3])
summary = pd.read_csv("benchmarks/.work/cdnow_summary.csv")
tree = purchase_models.fit(model, summary, "week", method=method, draws=draws, tune=1000, chains=2, seed=1)
result = {"seconds": time.perf_counter() - begun, **usage()}
if method == "nuts":
    from helpers.inference import sampler

    gate = sampler.diagnose(tree)
    result |= {"ess": gate.min_ess, "rhat": gate.max_rhat, "divergences": gate.divergences}
print(json.dumps(result | purchase_models.parameter_means(tree)))
