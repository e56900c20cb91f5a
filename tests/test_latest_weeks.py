"""The last weeks of a hold-out against those before them: changes are found, chance and a steady bias are not."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from helpers.clv import latest_weeks
from helpers.clv.tracking import Course

CUT = date(2024, 12, 31)


def course(rng: np.random.Generator, factor: np.ndarray, level: float = 60.0, spread: float = 0.1) -> Course:
    """Weeks after the cut, each with its factor on what was expected; weeks differ by more than counts do."""
    weeks = len(factor)
    ends = pd.date_range(CUT, periods=weeks + 1, freq="7D")[1:]
    expected = level * (1 + 0.4 * np.sin(np.arange(weeks)))
    actual = rng.poisson(expected * factor * np.exp(rng.normal(0, spread, weeks)))
    table = pd.DataFrame({"week_end": ends, "week_actual": actual, "week_mean": expected})
    return Course(table, CUT, weeks, weeks)


def factors(weeks: int, last: int, factor: float, steady: float = 1.0) -> np.ndarray:
    return np.concatenate([np.full(weeks - last, steady), np.full(last, steady * factor)])


@pytest.mark.parametrize(("factor", "word"), [(0.5, "fewer"), (2.0, "more")])
def test_a_change_of_late_is_found_whatever_the_forecast_was_off_by(factor, word):
    found = [
        latest_weeks.doubt(course(np.random.default_rng(seed), factors(52, 8, factor, steady)))
        for seed in range(40)
        for steady in (0.7, 1.3)
    ]
    assert sum(one is not None for one in found) >= 76
    assert {one.name for one in found if one} == {f"latest_weeks.{word}"}


@pytest.mark.parametrize(("level", "weeks"), [(2.0, 52), (60.0, 26), (4000.0, 52)])
def test_chance_and_a_steady_bias_are_no_change(level, weeks):
    found = [
        latest_weeks.latest(course(np.random.default_rng(seed), factors(weeks, 0, 1.0, 1.2), level, 0.15))
        for seed in range(400)
    ]
    assert sum(one.changed for one in found) <= 12
    assert np.mean([one.ratio for one in found]) == pytest.approx(1.0, abs=0.05)


def test_the_day_and_the_share_are_said():
    found = latest_weeks.latest(course(np.random.default_rng(1), factors(52, 8, 0.5)))
    assert found.since == date(2024, 12, 31) + timedelta(days=7 * 44 + 1)
    assert found.ratio == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("weeks", [0, 7, 15])
def test_a_short_hold_out_cannot_tell(weeks):
    assert latest_weeks.doubt(course(np.random.default_rng(1), factors(weeks, 0, 1.0))) is None
