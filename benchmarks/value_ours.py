"""Order lines (Parquet) to the value of every customer with its interval, with this project.

Arguments: customers, fit (nuts or laplace), draws of the posteriors and of the prediction. Prints the seconds of each
step as JSON.
"""

import json
import sys
import time

begun = time.perf_counter()

from measure import usage  # noqa: E402

customers, method, draws = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])

import inputs  # noqa: E402

from helpers import tables  # noqa: E402
from helpers.clv import customer_value, gamma_gamma, portfolio, purchase_models, simulate  # noqa: E402
from helpers.clv.purchase_history import customer_summary  # noqa: E402

steps = {"import": time.perf_counter() - begun}


def step(name: str) -> None:
    """Note the seconds since the last step."""
    steps[name] = time.perf_counter() - begun - sum(steps.values())


con = tables.connect("2GB")
ledger = con.read_parquet(str(inputs.lines(customers)))
summary = customer_summary(ledger, inputs.AS_OF, "week").cache()
rows = portfolio.engine_rows(summary)
step("lines to distinct rows")
sampling = {"method": method, "draws": draws // 2, "tune": 1000, "chains": 2, "seed": 1}
purchases = purchase_models.fit("bg_nbd", rows, "week", **sampling)
step("purchase posterior")
spending = gamma_gamma.fit(portfolio.engine_spend(summary), **sampling)
step("spend posterior")
posterior = simulate.posterior_of(purchases, spending, draws)
terms = customer_value.Terms(12, 0.1, 0.3)
found = portfolio.predict_table(posterior, summary, terms, "week", inputs.WORK / "value.parquet")
step("value of every customer")
equity = found.totals[customer_value.EVERYONE]
result = {
    "rows": len(rows),
    "equity": equity.mean(),
    "alpha": purchase_models.parameter_means(purchases)["bg_nbd.alpha"],
}
result |= {"fit": purchases.attrs.get("laplace", "nuts"), "steps": {k: round(v, 2) for k, v in steps.items()}}
print(json.dumps({"seconds": time.perf_counter() - begun, **usage(), **result}))
