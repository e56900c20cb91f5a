"""Value on the engine: the numbers of the in-memory way, whatever the chunks; memory that draws do not move."""

import resource
import subprocess
import sys

import ibis
import known
import numpy as np
import pandas as pd
import pytest

from helpers import tables
from helpers.clv import bg_nbd, customer_value, pareto_nbd, portfolio, purchase_models, simulate
from helpers.clv.customer_groups import Design
from helpers.clv.distinct import distinct_rows
from helpers.errors import StudyError
from helpers.inference import sampler

BG = (0.2426, 4.4136, 0.7929, 2.4259)
GAMMA_GAMMA = (6.25, 3.74, 15.44)
TERMS = customer_value.Terms(12, 0.1, 0.3, cost_per_month=0.2, return_share=0.05)
DRAWS = 40


def posterior(module=bg_nbd, theta=BG, draws=DRAWS):
    return simulate.Posterior(known.buying(module, theta, draws), known.spending(GAMMA_GAMMA, draws))


@pytest.fixture(scope="module")
def base(cdnow_calibration) -> pd.DataFrame:
    return cdnow_calibration.sort_values("customer_id", ignore_index=True)


@pytest.fixture
def table(base):
    con = tables.connect()
    return con.create_table(
        "summary", ibis.memtable(base[["customer_id", "x", "t_x", "T", "monetary_value"]])
    )


def test_engine_and_memory_give_the_same_numbers(base, table, tmp_path):
    found = portfolio.predict_table(posterior(), table, TERMS, "week", tmp_path / "value.parquet")
    plain = customer_value.predict_value(posterior(), base.set_index("customer_id"), TERMS, "week")
    read = pd.read_parquet(found.path).set_index("customer_id")
    pd.testing.assert_frame_equal(read, plain.customers, rtol=1e-12, check_index_type=False)
    assert found.customers == len(base)
    assert found.totals[customer_value.EVERYONE] == pytest.approx(
        plain.totals[customer_value.EVERYONE], rel=1e-9
    )
    assert [path.name for path in tmp_path.iterdir()] == ["value.parquet"]


def test_segments_have_the_same_totals(base, table, tmp_path):
    labels = pd.Series(np.where(base.index % 3, "often", "seldom"), index=base["customer_id"], name="segment")
    segments = ibis.memtable(labels.reset_index())
    found = portfolio.predict_table(
        posterior(), table, TERMS, "week", tmp_path / "value.parquet", segments=segments
    )
    plain = customer_value.predict_value(
        posterior(), base.set_index("customer_id"), TERMS, "week", segments=labels
    ).totals
    assert set(found.totals) == set(plain) == {"often", "seldom", customer_value.EVERYONE}
    for name, draws in plain.items():
        assert found.totals[name] == pytest.approx(draws, rel=1e-9)


def test_groups_have_their_own_parameters(base, tmp_path):
    grouped = base.assign(group=np.where(base.index % 2, "a", "b")).set_index("customer_id")
    design = Design(("a", "b"))
    theta = tuple((one, 2 * one) for one in (0.553, 10.578, 0.606, 11.669))
    two = simulate.Posterior(
        known.buying(pareto_nbd, theta, DRAWS, design),
        known.spending(((6, 3), (4, 3), (15, 30)), DRAWS, design),
    )
    columns = ["x", "t_x", "T", "monetary_value", "group"]
    table = tables.connect().create_table("summary", ibis.memtable(grouped[columns].reset_index()))
    found = portfolio.predict_table(two, table, TERMS, "week", tmp_path / "value.parquet")
    plain = customer_value.predict_value(two, grouped, TERMS, "week")
    read = pd.read_parquet(found.path).set_index("customer_id")
    pd.testing.assert_frame_equal(read, plain.customers, rtol=1e-12, check_index_type=False)


@pytest.mark.parametrize("paths", [200, 3_000, 10**9])
def test_chunks_change_nothing(base, paths, monkeypatch):
    plain = customer_value.predict_value(posterior(), base, TERMS, "week")
    monkeypatch.setattr(simulate, "PATHS_PER_CHUNK", paths)
    monkeypatch.setattr(simulate, "PATHS_PER_BLOCK", paths // 10)
    other = customer_value.predict_value(posterior(), base, TERMS, "week")
    pd.testing.assert_frame_equal(plain.customers, other.customers, check_exact=True)
    assert plain.totals[customer_value.EVERYONE] == pytest.approx(
        other.totals[customer_value.EVERYONE], rel=1e-9
    )


def test_chunks_hold_every_row_once_and_at_most_so_many_futures(base):
    rows = distinct_rows(base)
    parts = simulate.chunks(rows, 4000)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(rows)))
    for part in parts:
        need = np.minimum(rows["n"].to_numpy()[part], simulate.REPLICATES)
        assert len(set(need)) == 1
        assert need[0] * len(part) * 4000 <= max(simulate.PATHS_PER_CHUNK, need[0] * 4000)


def test_the_engine_counts_rows_as_pandas_does(base, table):
    pd.testing.assert_frame_equal(portfolio.engine_rows(table), distinct_rows(base))


def test_distinct_rows_with_counts_fit_as_customers_do(base, table):
    rows = portfolio.engine_rows(table)
    by_customer, by_row = (
        purchase_models.fit("nbd", some, "week", method="laplace", draws=200) for some in (base, rows)
    )
    assert np.array_equal(sampler.flat_draws(by_customer, "r"), sampler.flat_draws(by_row, "r"))
    assert by_customer.attrs == by_row.attrs


def test_a_customer_without_spend_is_refused(table, tmp_path):
    broken = table.mutate(monetary_value=ibis.ifelse(table.x == 3, None, table.monetary_value))
    with pytest.raises(StudyError, match="without a monetary_value"):
        portfolio.predict_table(posterior(), broken, TERMS, "week", tmp_path / "value.parquet")
    assert list(tmp_path.iterdir()) == []


MEASURED = """
import resource, sys
sys.path.insert(0, "tests")
import pandas as pd, known
from helpers.clv import bg_nbd, customer_value, simulate
draws = int(sys.argv[1])
base = pd.read_parquet(sys.argv[2])
posterior = simulate.Posterior(
    known.buying(bg_nbd, (0.2426, 4.4136, 0.7929, 2.4259), draws), known.spending((6.25, 3.74, 15.44), draws)
)
customer_value.predict_value(posterior, base, customer_value.Terms(12, 0.1, 0.3), "week")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(resource, "getrusage"), reason="peak memory is read from the system")
def test_memory_hardly_grows_from_1000_to_4000_draws(base, tmp_path):
    base.to_parquet(tmp_path / "base.parquet")

    def peak(draws: int) -> int:
        command = [sys.executable, "-c", MEASURED, str(draws), str(tmp_path / "base.parquet")]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    assert peak(4000) < 1.1 * peak(1000)
