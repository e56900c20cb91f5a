"""One question has one page: what cannot be ranked or was drawn by lot is said to be so, and where it is read."""

import numpy as np
import pandas as pd
import pytest
import yaml

from helpers import contracts, tables
from helpers.campaigns import clusters, observed, ranking, trial
from helpers.errors import CannotAnswer, StudyError
from helpers.study.study import load_study


def units(seed=1, rows=4000, **more):
    """A test of an arm against none, one unit per row."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"unit_id": np.arange(rows).astype(str), "arm": rng.choice(["mail", "none"], rows)})
    table["bought"], table["age"] = (rng.random(rows) < 0.1).astype(int), rng.normal(40, 10, rows).round()
    return table.assign(assigned="randomized", **more)


def read(table, covariates=("age",)):
    return trial.from_units(table, outcomes=["bought"], covariates=list(covariates), control="none")


def test_units_drawn_one_by_one_may_be_ranked():
    ranking.refuse(read(units()))
    even = units(stratum=np.resize(["big", "small"], 4000))
    ranking.refuse(read(even))


@pytest.mark.parametrize(
    ("table", "covariates", "words"),
    [
        (units(), (), "unit_covariates"),
        (units(age=1.0), ("age",), "Nothing is known of the units"),
        (
            units(cluster=np.arange(4000) // 4),
            ("age",),
            r"belong to 1,000 clusters.*31 reads this test by its clusters",
        ),
    ],
)
def test_units_that_cannot_be_ranked_are_refused_by_name(table, covariates, words):
    with pytest.raises(CannotAnswer, match=words):
        ranking.refuse(read(table, covariates))


def test_other_shares_in_each_stratum_cannot_be_ranked():
    rng = np.random.default_rng(2)
    big = rng.random(4000) < 0.3
    table = units(stratum=np.where(big, "big", "small"))
    table["arm"] = np.where(rng.random(4000) < np.where(big, 0.8, 0.5), "mail", "none")
    with pytest.raises(CannotAnswer, match="other shares in each stratum"):
        ranking.refuse(read(table))


def test_a_test_by_lot_has_no_second_answer_unless_its_arms_were_not_alike():
    table = units()
    with pytest.raises(CannotAnswer, match=r"drawn by lot.*\(31\)"):
        observed.refuse_lots(table, pd.DataFrame({"campaign_id": ["test"], "alike": [True]}))
    observed.refuse_lots(table, pd.DataFrame({"campaign_id": ["test"], "alike": [False]}))
    observed.refuse_lots(table.assign(assigned="not_randomized"))


def test_a_unit_that_stands_in_several_rows_is_told_how_to_stay(tmp_path):
    (tmp_path / "experiment_units.csv").write_text("unit_id,arm,bought\na,mail,1\na,none,0\nb,mail,0\n")
    study = {
        "title": "Sends",
        "as_of": "2026-11-26",
        "timezone": "UTC",
        "currency": "EUR",
        "source": str(tmp_path),
    }
    (tmp_path / "sends.yaml").write_text(yaml.safe_dump(study))
    study = load_study(str(tmp_path / "sends.yaml"))
    with pytest.raises(StudyError, match=r"duplicate_unit_id.*unit_id: row_number, cluster: COLUMN"):
        contracts.refuse(contracts.check(study, tables.open_source(study)))


def test_clusters_that_are_in_both_arms_are_counted_once():
    table = units(cluster=np.arange(4000) // 4)
    found = clusters.fit(read(table).units, "none", 100)
    assert found.clusters == 1000 and found.sizes.sum() > 1500
