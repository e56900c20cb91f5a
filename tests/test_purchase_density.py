"""The density that is written by hand has the value and slope of the PyMC model, for every model, design and season."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers.clv import purchase_density, purchase_models, season
from helpers.clv.customer_groups import design_of
from helpers.clv.day_columns import known_on
from helpers.clv.simulated_histories import simulate_histories
from helpers.inference.compiled import density_of
from helpers.inference.mode_search import prepared


def base(calendar_days=800, customers=120):
    """Histories of a base in weeks, with groups, years and covariates, and the calendar that their purchases would have."""
    rng = np.random.default_rng(3)
    ages = rng.integers(1, calendar_days, customers) / 7
    ages[0] = calendar_days / 7
    theta = [np.full((1, 1), value) for value in (0.8, 4.0, 1.0, 6.0)]
    x, t_x = simulate_histories(purchase_models.MODELS["mbg_nbd"], theta, ages[None, :], seed=5)
    last = np.maximum(np.rint(t_x[0] * 7), x[0])  # whole days
    group = np.where(np.arange(customers) % 3 == 0, "organization", "consumer")
    T = np.maximum(np.rint(ages * 7), last)
    summary = pd.DataFrame({"x": x[0], "t_x": np.where(x[0] > 0, last, 0) / 7, "T": T / 7, "group": group})
    summary["year"] = np.array(["2023", "2024", "2025", "early"])[np.arange(customers) % 4]
    summary["size"], summary["shop"] = rng.integers(0, 4, customers), rng.choice(["a", "b", "c"], customers)
    days = int(T.max())
    gaps = np.array([[3, 9, 4], [100, 160, 2], [days - 30, days, 1]])
    bought = np.bincount(gaps[:, 1], gaps[:, 2], minlength=days + 1)
    return summary, season.Calendar(date(2026, 6, 30), days, bought, gaps)


CASES = [
    ("nbd", "", (), False),
    ("nbd", "group", ("size",), True),
    ("bg_nbd", "", (), True),
    ("bg_nbd", "", ("size", "shop"), False),
    ("bg_nbd", "year", (), True),
    ("mbg_nbd", "group", (), False),
    ("mbg_nbd", "year", ("shop",), True),
    ("pareto_nbd", "", (), True),
    ("pareto_nbd", "group", ("size",), False),
    ("pareto_nbd", "year", (), True),
    ("bg_cnbd_2", "", (), False),
    ("bg_cnbd_3", "group", ("size",), True),
    ("mbg_cnbd_4", "year", (), True),
]


@pytest.mark.grid
@pytest.mark.parametrize(("name", "groups", "covariates", "seasonal"), CASES)
def test_the_density_has_the_value_and_slope_of_the_model(name, groups, covariates, seasonal, monkeypatch):
    summary, calendar = base()
    monkeypatch.setattr(purchase_models, "MIN_REPEAT_BUYERS", 10)
    summary["group"] = summary[groups] if groups else "all"
    design = design_of(summary, covariates, "first_year" if groups == "year" else "group")
    model = purchase_models.build(
        name, summary, "week", design, calendar if seasonal else None, around_mode=True
    )
    module, plain = purchase_models.model_named(name), prepared(model)
    density = density_of(model, purchase_density.by_hand(module, "week", design))
    rng, gaps = np.random.default_rng(1), []
    for changed in ({}, {"prior_width": 1.0, "season_scale": 0.2, "walk_step": 0.1}):
        density.exchange(changed)
        ours = density.function()
        for size in (0.1, 0.5):
            vector = density.start + rng.normal(0, size, len(density.start))
            (value, slope), (found, its) = plain.gradient(vector), ours(vector)
            assert its == pytest.approx(slope, rel=1e-7, abs=1e-7 * np.abs(slope).max())
            gaps.append(value - found)
    assert np.ptp(gaps) < 1e-9 * abs(value)


@pytest.mark.grid
@pytest.mark.parametrize("name", ["bg_nbd", "pareto_nbd"])
def test_special_days_are_in_the_density(name, monkeypatch):
    summary, calendar = base()
    monkeypatch.setattr(purchase_models, "MIN_REPEAT_BUYERS", 10)
    own = pd.DataFrame({"date": pd.to_datetime(["2025-03-03", "2025-09-09"]), "name": "sale", "value": 1.0})
    known = known_on(calendar.end, season.first_day(calendar), "VN", own)
    days = replace(calendar, others=known.standing_on(season.first_day(calendar), calendar.end))
    assert days.effects
    design = design_of(summary)
    model = purchase_models.build(name, summary, "week", design, days, around_mode=True)
    written = purchase_density.by_hand(purchase_models.model_named(name), "week", design)
    ours, vector = density_of(model, written).function(), np.random.default_rng(2)
    plain = prepared(model)
    steps = [plain.density.start + vector.normal(0, 0.3, len(plain.density.start)) for _ in range(3)]
    for step in steps:
        assert ours(step)[1] == pytest.approx(plain.gradient(step)[1], rel=1e-8, abs=1e-6)
    gaps = [plain.gradient(step)[0] - ours(step)[0] for step in steps]
    assert np.ptp(gaps) < 1e-9 * abs(plain.gradient(steps[0])[0])


def test_a_pareto_between_whole_days_is_left_to_the_formula():
    summary, _ = base()
    data = purchase_models.likelihood_data(summary.assign(n=1.0))
    module = purchase_models.model_named("pareto_nbd")
    assert purchase_density.serves(module, "week", data)
    assert not purchase_density.serves(module, "week", data | {"T": data["T"] + 0.01})


def test_fractional_days_are_fitted_by_the_formula_whatever_was_fitted_before(monkeypatch):
    summary, _ = base()
    monkeypatch.setattr(purchase_models, "MIN_REPEAT_BUYERS", 10)
    moved, found = summary.assign(T=summary["T"] + 0.06), []
    for before in (summary, moved):
        monkeypatch.setattr(purchase_models, "_READY", {})
        for one in (before, moved):
            tree = purchase_models.fit("pareto_nbd", one, "week", method="laplace", draws=50)
        found.append(purchase_models.parameter_means(tree))
    assert found[0] == found[1]
