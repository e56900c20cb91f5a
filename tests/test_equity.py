"""Customer equity against the simulated company's truth, a process richer than the models that estimate it."""

import json

import numpy as np
import pandas as pd
import pytest

from helpers import contracts, demo, tables
from helpers.clv import (
    contribution_margin,
    customer_groups,
    customer_value,
    gamma_gamma,
    purchase_models,
    simulate,
)
from helpers.clv.purchase_history import customer_summary
from helpers.inference.intervals import interval
from helpers.study import study
from helpers.tables import ledger

SEEDS, CUSTOMERS, COVERED = 20, 2000, 17
SAMPLING = {"draws": 500, "chains": 2, "seed": 1, "method": "laplace"}


def equity(seed: int, group_by: str = "kind", model: str = "bg_nbd"):
    """Estimated and realised equity of one simulated company: the interval and the truth."""
    loaded = study.load_study("demo")
    object.__setattr__(loaded, "source", f"demo?customers={CUSTOMERS}&seed={seed}")
    reports = contracts.check(loaded, tables.open_source(loaded))
    book = ledger.build(reports).cache()
    customers = next(report for report in reports if report.table == "customers").plain.to_pandas()
    summary = customer_groups.described(
        customer_summary(book, loaded.as_of, "week").to_pandas(), customers, group_by
    )
    posterior = simulate.posterior_of(
        purchase_models.fit(model, summary, "week", **SAMPLING), gamma_gamma.fit(summary, **SAMPLING)
    )
    group = summary.set_index("customer_id")["group"]
    table = contribution_margin.shares(book, loaded.as_of, 0.3, group)
    # The truth is before unpaid invoices and cost to serve.
    terms = contribution_margin.terms_of(
        table.assign(unpaid=0.0, cost=0.0, horizon_months=24, annual_discount_rate=0.10)
    )
    total = customer_value.predict_value(posterior, summary, terms, "week").totals[customer_value.EVERYONE]
    truth = json.loads((demo.ensure(CUSTOMERS, seed) / "truth" / "equity.json").read_text())
    return interval(total), truth


@pytest.mark.slow(seeds="companies 1 to 20")
def test_equity_holds_the_truth_of_simulated_companies():
    rows = []
    for seed in range(1, SEEDS + 1):
        found, truth = equity(seed)
        real = truth["all"]["realised"]["discounted_margin"]
        rows.append([seed, found.p05, found.mean, found.p95, real, found.p05 <= real <= found.p95])
        print(rows[-1], flush=True)
    table = pd.DataFrame(rows, columns=["seed", "p05", "mean", "p95", "truth", "covered"])
    print(table.to_string(), "\nmean of estimate over truth", np.mean(table["mean"] / table["truth"]))
    assert table["covered"].sum() >= COVERED
