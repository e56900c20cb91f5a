"""The interval: its way to the columns of a table and back."""

import numpy as np
import pandas as pd
import pytest

from helpers.inference.intervals import UNKNOWN, Interval, interval


def test_columns_are_read_back():
    one = interval(np.arange(101.0))
    table = pd.DataFrame([{"arm": "mail", **one.columns("gain_")}])
    assert list(table) == ["arm", "gain_mean", "gain_p05", "gain_p50", "gain_p95"]
    assert Interval.of(table.iloc[0], "gain_") == one
    assert Interval.of(one.columns()) == one
    assert one.columns() == pytest.approx({"mean": 50.0, "p05": 5.0, "p50": 50.0, "p95": 95.0})


def test_an_unknown_interval_is_missing_in_every_column():
    assert pd.DataFrame([UNKNOWN.columns("roi_")]).isna().all(axis=None)


def test_an_increasing_function_moves_all_four():
    assert Interval(1.0, 0.0, 1.0, 2.0).through(lambda value: 10 * value) == Interval(10.0, 0.0, 10.0, 20.0)
