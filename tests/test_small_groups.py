"""Groups that are left out so that subtraction does not give a small one back: proved by linear programs."""

import numpy as np
import pytest
from scipy.optimize import linprog

from helpers.inference import small_groups

MINIMUM = 10


def ranges(values: np.ndarray, hidden: np.ndarray, sums: list[np.ndarray]) -> list[tuple[float, float]]:
    """The least and the most each hidden value may be where these sums of values (masks) are known."""
    left = np.flatnonzero(hidden)
    equations = np.array([mask.ravel()[left] for mask in sums], dtype=float)
    known = [values.ravel()[left][mask.ravel()[left]].sum() for mask in sums]
    goals = np.eye(len(left))
    ends = [(linprog(g, A_eq=equations, b_eq=known), linprog(-g, A_eq=equations, b_eq=known)) for g in goals]
    return [(low.fun, -high.fun) for low, high in ends]


def test_what_is_left_out_covers_the_small_group():
    sizes, money = [5, 12, 30, 400], [100.0, 90.0, 95.0, 8000.0]
    assert small_groups.hidden(sizes, money, minimum=10).tolist() == [True, True, False, False]
    assert small_groups.hidden(sizes, [100.0, 1.0, 95.0, 8e3], minimum=10).tolist() == [
        True,
        True,
        True,
        False,
    ]
    assert not small_groups.hidden([0, 12, 30], minimum=10).any(), "nobody is no group"
    assert small_groups.hidden([3, 4, 200, 90], minimum=10).tolist() == [True, True, False, True], (
        "7 are too few"
    )


def test_a_group_is_covered_within_its_own_total():
    sizes, of = [5, 200, 11, 60], ["firm", "firm", "person", "person"]
    assert small_groups.hidden(sizes, minimum=10, within=of).tolist() == [True, True, False, False]
    total = [True, False, False, False]
    assert small_groups.hidden([20, 5, 15, 0], minimum=10, total=total).tolist() == [False, True, True, False]
    assert small_groups.hidden([5, 5, 0], minimum=10, total=[True, False, False]).tolist() == [
        True,
        True,
        False,
    ]


def test_buyers_count_where_money_is_theirs():
    assert small_groups.hidden([[50, 3], [60, 40], [70, 50]], minimum=10).tolist() == [True, True, False]


@pytest.mark.parametrize("seed", range(12))
def test_no_count_and_no_sum_is_bounded_by_the_total(seed):
    rng = np.random.default_rng(seed)
    people = rng.integers(0, rng.choice([12, 60], 6))
    money = people * rng.uniform(0, 1000, 6)
    out = small_groups.hidden(people, money, minimum=MINIMUM)
    assert out[(people > 0) & (people < MINIMUM)].all()
    if not out.any() or out[people > 0].all():
        return
    everyone = [np.ones(len(people), bool)]
    for low, high in ranges(people, out, everyone):
        assert low == pytest.approx(0, abs=1e-6) and high >= MINIMUM - 1e-6
    for value, (low, high) in zip(money[out], ranges(money, out, everyone), strict=True):
        assert low <= 0.8 * value + 1e-6 and high >= 1.2 * value - 1e-6


def cross(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(3, 6, 2))
    return rng.poisson(rng.gamma(0.5, 60, shape)) * (rng.random(shape) < 0.9)


@pytest.mark.parametrize("seed", range(6))
def test_no_field_of_a_cross_table_is_bounded_by_its_sums(seed):
    counts = cross(seed)
    out = small_groups.hidden_fields(counts, MINIMUM)
    few = (counts > 0) & (counts < MINIMUM)
    assert out[few].all() and few.any()
    masks = []
    for axis in (0, 1):
        shown = ~small_groups.hidden(counts.sum(axis=1 - axis), minimum=MINIMUM)
        masks += [np.indices(counts.shape)[axis] == line for line in np.flatnonzero(shown)]
    found = ranges(counts, out.ravel(), [*masks, np.ones(counts.shape, bool)])
    for small, (low, high) in zip(few[out], found, strict=True):
        assert not small or (low < 1e-6 and high >= MINIMUM - 1e-6)


def test_a_table_without_small_fields_hides_only_what_is_empty():
    counts = np.array([[20, 0], [30, 40]])
    assert small_groups.hidden_fields(counts, 10).tolist() == [[False, True], [False, False]]


def test_neighbouring_classes_are_joined_until_they_hold_enough():
    starts = small_groups.joined([3, 4, 5, 50, 2, 30, 1, 1], 10)
    assert starts.tolist() == [0, 3, 4]
    assert np.add.reduceat([3, 4, 5, 50, 2, 30, 1, 1], starts).tolist() == [12, 50, 34]
    assert small_groups.joined([3, 2], 10).tolist() == [0]
