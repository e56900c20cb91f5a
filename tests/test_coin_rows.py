"""The rows' likelihood in one loop: the formula's value and slope for every model with a coin, with and without season."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers.clv import purchase_models, season
from helpers.clv.customer_groups import design_of
from helpers.clv.simulated_histories import simulate_histories
from helpers.inference.mode_search import prepared
from helpers.inference.row_loops import RowLoop


def base(calendar_days=800, customers=120):
    """Histories of a base in weeks, in two groups, with the calendar that their purchases would have."""
    rng = np.random.default_rng(3)
    ages = rng.integers(1, calendar_days, customers) / 7
    ages[0] = calendar_days / 7
    theta = [np.full((1, 1), value) for value in (0.8, 4.0, 1.0, 6.0)]
    x, t_x = simulate_histories(purchase_models.MODELS["mbg_nbd"], theta, ages[None, :], seed=5)
    last = np.maximum(np.rint(t_x[0] * 7), x[0])  # whole days
    group = np.where(np.arange(customers) % 3 == 0, "organization", "consumer")
    T = np.maximum(np.rint(ages * 7), last)
    summary = pd.DataFrame({"x": x[0], "t_x": np.where(x[0] > 0, last, 0) / 7, "T": T / 7, "group": group})
    days = int(T.max())
    gaps = np.array([[3, 9, 4], [100, 160, 2], [days - 30, days, 1]])
    bought = np.bincount(gaps[:, 1], gaps[:, 2], minlength=days + 1)
    return summary, season.Calendar(date(2026, 6, 30), days, bought, gaps)


@pytest.mark.grid
@pytest.mark.parametrize(
    ("name", "seasonal"),
    [("mbg_nbd", False), ("bg_nbd", True), ("bg_cnbd_2", False), ("mbg_cnbd_4", True)],
)
def test_the_loop_has_the_value_and_slope_of_the_formula(name, seasonal, monkeypatch):
    summary, calendar = base()
    monkeypatch.setattr(purchase_models, "MIN_REPEAT_BUYERS", 10)
    arguments = name, summary, "week", design_of(summary), calendar if seasonal else None
    looped = purchase_models.build(*arguments, around_mode=True)
    monkeypatch.setattr(purchase_models.coin_rows, "serves", lambda _: False)
    written = purchase_models.build(*arguments, around_mode=True)
    ready = prepared(looped)
    vectors = np.random.default_rng(1).normal(0, 0.5, (3, len(ready.density.start)))
    ours, our_slopes = ready.functions[1](vectors)
    theirs, their_slopes = prepared(written).functions[1](vectors)
    assert ours == pytest.approx(theirs, rel=1e-12)
    assert our_slopes == pytest.approx(their_slopes, rel=1e-9, abs=1e-9)
    assert ready.functions[0](vectors) == pytest.approx(theirs, rel=1e-12)


def test_a_model_whose_rows_are_looped_over_is_not_compiled_for_many_rows(monkeypatch):
    summary, calendar = base()
    monkeypatch.setattr(purchase_models, "MIN_REPEAT_BUYERS", 10)
    monkeypatch.setattr("helpers.inference.mode_search.COMPILE_FROM", 1)
    ready = prepared(purchase_models.build("bg_nbd", summary, "week", calendar=calendar, around_mode=True))
    assert ready.functions and list(ready.made) == [False]
    assert issubclass(purchase_models.coin_rows.CoinRows, RowLoop)
