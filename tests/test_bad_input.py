"""Input that stretches the models or the machine: what happens is what benchmarks/README.md says."""

from datetime import date

import duckdb
import ibis
import known
import numpy as np
import pandas as pd
import pytest
from tables_support import rows, study

from helpers import files, tables
from helpers.clv import bg_nbd, customer_value, mbg_nbd, pareto_nbd, purchase_models, simulate
from helpers.clv.purchase_history import customer_summary
from helpers.errors import StudyError

BG, PARETO = (0.2426, 4.4136, 0.7929, 2.4259), (0.553, 10.578, 0.606, 11.669)
TERMS = customer_value.Terms(12, 0.1, 0.3)


@pytest.mark.parametrize(("module", "theta"), [(bg_nbd, BG), (mbg_nbd, BG), (pareto_nbd, PARETO)])
def test_a_customer_with_ten_thousand_orders(module, theta):
    posterior = simulate.Posterior(known.buying(module, theta, 400), known.spending((6.25, 3.74, 15.44), 400))
    base = pd.DataFrame({"x": 10_000, "t_x": [521.0, 500.0], "T": 521.0, "monetary_value": 20.0})
    active, silent = customer_value.predict_value(posterior, base, TERMS, "week").customers.to_dict("records")
    assert active["expected_purchases"] == pytest.approx(10_000 / 525 * 52.18, rel=0.05)
    assert silent["expected_purchases"] == 0


def test_thirty_years_in_days():
    posterior = simulate.Posterior(known.buying(bg_nbd, BG, 400), known.spending((6.25, 3.74, 15.44), 400))
    base = pd.DataFrame({"x": [30, 0], "t_x": [10_900.0, 0.0], "T": 10_957.0, "monetary_value": [20.0, 0.0]})
    numbers = customer_value.predict_value(posterior, base, TERMS, "day").customers
    assert np.isfinite(numbers.to_numpy()).all()


def test_bases_without_repeat_buyers_are_refused():
    for base in (
        pd.DataFrame({"x": 0, "t_x": 0.0, "T": np.linspace(1, 50, 500)}),
        pd.DataFrame({"x": [2], "t_x": 3.0, "T": 9.0}),
    ):
        with pytest.raises(StudyError, match="needs at least 50"):
            purchase_models.fit("bg_nbd", base, "week", method="laplace")


def test_a_full_disk_leaves_the_old_artifact_and_says_so(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_text("old")

    def full(partial):
        partial.write_text("half")
        raise duckdb.IOException("No space left on device")

    with pytest.raises(StudyError, match="what was there before is unchanged"):
        files.replace(path, full)
    assert [entry.read_text() for entry in tmp_path.iterdir()] == ["old"]


def test_little_memory_gives_the_same_summary():
    rng = np.random.default_rng(1)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, 200_000), unit="D")
    lines = pd.DataFrame(
        {"customer_id": rng.integers(0, 60_000, 200_000).astype(str), "order_date": days.date}
    )
    ledger = ibis.memtable(lines.assign(revenue=1.0, kind="purchase"))
    summary = customer_summary(ledger, date(2026, 1, 1), "week").order_by("customer_id")
    few, many = (tables.connect(limit).to_pyarrow(summary) for limit in ("120MB", "2GB"))
    assert few.equals(many)


def test_a_database_is_read_by_its_address(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with duckdb.connect(str(tmp_path / "shop.db")) as con:
        con.sql(
            "CREATE TABLE transactions AS SELECT 'a' customer_id, DATE '2010-05-01' order_time, 2.5 amount"
        )
    made = study(f"duckdb://{tmp_path}/shop.db")
    assert rows(tables.open_source(made).read("transactions"), "customer_id", "amount") == [("a", 2.5)]
    with duckdb.connect(str(tmp_path / "shop.db")) as con:
        con.sql("UPDATE transactions SET amount = 3")
    assert rows(tables.open_source(made).read("transactions"), "amount") == [(3.0,)]
    with duckdb.connect(str(tmp_path / "shop.db")) as con:
        con.sql("ALTER TABLE transactions RENAME TO orders")
    with pytest.raises(StudyError, match="has none of the tables transactions"):
        tables.open_source(made)
