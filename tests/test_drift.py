"""Cohorts of first purchase that drift, the check by thirds of first dates, and histories that begin before the data."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from test_drift_suite import drifting, fitted

from helpers.clv import acquisition, cohorts, customer_groups, entry, purchase_models, time_units
from helpers.errors import StudyError


def test_a_cohort_is_the_period_of_the_first_purchase():
    first = pd.Series(pd.to_datetime(["2024-03-31", "2024-04-01", "2025-12-31"]))
    assert cohorts.labels(first, "first_year").tolist() == ["2024", "2024", "2025"]
    assert cohorts.labels(first, "first_quarter").tolist() == ["2024 Q1", "2024 Q2", "2025 Q4"]
    assert [
        cohorts.year_of(label) for label in ("2024", "2024 Q3", "consumer", "2024 Q1, first seen early")
    ] == [
        2024.0,
        2024.5,
        None,
        None,
    ]


def test_only_what_drifts_walks():
    summary = pd.DataFrame(
        {"first_date": pd.to_datetime(["2024-03-31", "2025-04-01"]), "customer_id": ["a", "b"]}
    )
    found = customer_groups.described(summary, None, "first_year")
    assert customer_groups.design_of(found, (), "first_year").years == (2024.0, 2025.0)
    assert customer_groups.design_of(found, (), "kind").years == ()
    assert customer_groups.design_of(found.iloc[:1], (), "first_year").years == ()
    design = customer_groups.design_of(found, (), "first_year")
    assert customer_groups.Design.of_text(design.text()) == design


@pytest.mark.grid
@pytest.mark.parametrize("name", ["bg_nbd", "mbg_cnbd_2", "pareto_nbd", "nbd"])
def test_cohorts_share_all_but_rate_and_drop_out(name):
    base = drifting(1, customers=500)
    tree, _ = fitted(base, "first_year", name=name, draws=200)
    its = purchase_models.parameters(tree)
    values = dict(zip(its.module.PARAMETERS, its.theta, strict=True))
    assert {one.shape[1] for one in its.theta} == {3}
    assert np.ptp(values["r"], axis=1).max() < 1e-9
    assert np.ptp(values["alpha"], axis=1).mean() > 0
    if "a" in values:
        assert np.ptp(values["a"] + values["b"], axis=1).max() < 1e-6
    assert tree.attrs["design"].count("2023") == 2


@pytest.mark.slow  # one base of those of the topic drift, which takes sixty
def test_newer_customers_who_buy_less_are_forecast_so():
    base = drifting(0)
    plain, walked = (
        cohorts.by_thirds(base["first_date"], fitted(base, kind)[1], base["ahead"].to_numpy())
        for kind in ("", "first_quarter")
    )
    assert plain.table["bias"].iloc[-1] > 0.2
    assert abs(walked.table["bias"].iloc[-1]) < 0.1
    (asked,) = cohorts.judged(plain, drift=False)
    assert asked.verdict == "REVIEW"
    assert cohorts.judged(walked, drift=True)[0].verdict == "PASS"
    assert cohorts.judged(None, drift=True) == []


def test_a_cohort_without_a_customer_is_near_its_neighbour():
    base = drifting(3, customers=800)
    labelled = base.assign(group=cohorts.labels(base["first_date"], "first_year"))
    design = customer_groups.Design(("2023", "2024", "2025", "2026"), years=(2023.0, 2024.0, 2025.0, 2026.0))
    tree = purchase_models.fit("bg_nbd", labelled, "week", design=design, method="laplace", draws=500)
    _, alpha, *_ = purchase_models.parameters(tree).theta
    step = np.log(alpha[:, 3] / alpha[:, 2])
    assert abs(step.mean()) < 0.1
    assert 0.05 < step.std() < 0.5


# ---- histories that begin before the data
BEGINS, END = date(2024, 1, 1), date(2025, 12, 31)


def first_seen(early: int, later: int = 1400) -> pd.Series:
    """Days of first purchases: `later` of them evenly over two years, `early` more in the first month."""
    days = np.concatenate([np.linspace(0, 720, later), np.linspace(0, 30, early)]).astype(int)
    return pd.Series(pd.Timestamp(BEGINS) + pd.to_timedelta(days, unit="D"))


def test_a_crowd_in_the_first_weeks_is_found_and_asked_for():
    found = entry.entry(first_seen(600), BEGINS, END)
    assert found.ratio > 3
    assert found.check.verdict == "REVIEW"
    assert date(2024, 1, 25) <= found.until <= date(2024, 3, 1)
    assert 0.29 < found.share < 0.36
    assert found.until.isoformat() in str(found.check.advice.fields)
    assert "early_until" in found.check.advice.template
    asked = entry.entry(first_seen(600), BEGINS, END, date(2024, 2, 1))
    assert asked.check.verdict == "PASS"


@pytest.mark.parametrize("first", [first_seen(0), first_seen(0)[:300]])
def test_a_base_that_grows_evenly_is_left_alone(first):
    """Also one that was closed to newcomers after its first months, as a cohort is."""
    found = entry.entry(first, BEGINS, END)
    assert found.until is None
    assert found.check.verdict == "PASS"


def test_everyone_in_the_first_days_cannot_be_told_from_old_customers():
    found = entry.entry(pd.Series([pd.Timestamp(BEGINS)] * 50), BEGINS, END)
    assert found.check.verdict == "REVIEW"
    assert np.isnan(found.ratio)


def test_customers_first_seen_early_are_groups_of_their_own():
    summary = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "first_date": pd.to_datetime(["2024-01-03", "2024-01-05", "2024-06-01"]),
        }
    )
    until = date(2024, 2, 1)
    alone = customer_groups.described(summary, None, "", early_until=until)
    assert alone["group"].tolist() == ["first seen early", "first seen early", "won since"]
    customers = pd.DataFrame(
        {"customer_id": ["a", "b", "c"], "kind": "consumer", "acquired_at": [None, "2024-01-05", None]}
    )
    known = customer_groups.described(summary, customers, "kind", early_until=until)
    assert known["group"].tolist() == ["consumer, first seen early", "consumer", "consumer"]
    yearly = customer_groups.described(summary, None, "first_year", early_until=until)
    assert (
        customer_groups.design_of(yearly, (), "first_year").years == ()
    )  # one cohort, and one group beside it
    new = acquisition.newcomers(
        customers.assign(acquisition_cost=1.0), known.set_index("customer_id"), date(2024, 12, 31)
    )
    assert new.index.tolist() == ["b", "c"]


def test_a_day_that_is_none_is_refused():
    assert time_units.day_of("", "early_until") is None
    with pytest.raises(StudyError, match=r"early_until is '31\.1\.2025'"):
        time_units.day_of("31.1.2025", "early_until")
