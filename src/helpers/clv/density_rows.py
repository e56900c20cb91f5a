"""What the distinct rows of a base add to its log density, with the slopes: the likelihood's part that depends on times.

`season_likelihood.rest` by hand: the rows are summed by the compiled loops of `coin_rows`, `pareto_season` and
`contact_pareto`; season, special days and what customers received give the operational time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from helpers.clv import coin_rows, contact_pareto, nbd, pareto_nbd, pareto_season
from helpers.clv.model_interfaces import PurchaseModel
from helpers.inference.machine_code import given

RULES = pareto_season.RULES, pareto_season.SIZES, pareto_season.STEEP


@dataclass
class At:
    """Where a density is asked for, and the slopes by all of it, to which the rows add.

    theta: parameters by cell; passed: operational units by day, pace: by kind of day, both of no length without a calendar;
    mailing: log factor on the rate in windows after contacts.
    """

    theta: list[np.ndarray]
    by: list[np.ndarray]
    passed: np.ndarray = field(default_factory=lambda: np.empty(0))
    pace: np.ndarray = field(default_factory=lambda: np.empty(0))
    mailing: float = 0.0
    by_mailing: float = 0.0

    def __post_init__(self) -> None:
        self.by_passed, self.by_pace = np.zeros_like(self.passed), np.zeros_like(self.pace)

    def add_days(self, days: np.ndarray, slopes: np.ndarray) -> None:
        """Add the slopes by operational time of days, positions in `passed`."""
        self.by_passed += np.bincount(days, slopes, len(self.passed))

    def in_windows(self, days: np.ndarray) -> np.ndarray:
        """What days in windows, (rows, kinds), add to operational time."""
        return np.expm1(self.mailing) * (days @ self.pace)

    def add_windows(self, days: np.ndarray, slopes: np.ndarray) -> None:
        """Add the slopes by what `in_windows` gave."""
        pull = slopes @ days
        self.by_mailing += float(np.exp(self.mailing) * pull @ self.pace)
        self.by_pace += np.expm1(self.mailing) * pull


type Rows = Callable[[At], float]


def rows_of(module: PurchaseModel, data: dict, unit_days: float) -> Rows:
    """The sum over distinct rows of n times the row's term, as a function that adds its slopes; data: the model's."""
    cell = given(data.get("cell", np.zeros(len(data["x"]))), int)
    x, n = given(data["x"]), given(data["n"])
    if module.LIFETIME != pareto_nbd.LIFETIME:
        rows = _lasting(module, data, (cell, x, n))
    elif "in_windows" in data:
        rows = _dying_in_pieces(data, (cell, x, n))
    else:
        rows = _dying(data, (cell, x, n), unit_days)
    return rows if "gap_to" not in data or module.STAGES == 1 else _with_gaps(rows, data, module.STAGES - 1)


def _lasting(module: PurchaseModel, data: dict, own: tuple) -> Rows:
    """Rows of customers who stay for ever, or drop out by the toss of a coin."""
    t_x, T = given(data["t_x"]), given(data["T"])
    first, last = data.get("first"), data.get("last")
    windows = (data["in_windows_before"], data["in_windows"]) if "in_windows" in data else None
    at_once = coin_rows.at_once(module)

    def total(at: At) -> float:
        before, whole = t_x, T
        if first is not None and last is not None:
            before, whole = at.passed[last] - at.passed[first], at.passed[-1] - at.passed[first]
        if windows is not None:
            before, whole = before + at.in_windows(windows[0]), whole + at.in_windows(windows[1])
        by_before, by_whole = np.zeros(len(T)), np.zeros(len(T))
        if module.LIFETIME == nbd.LIFETIME:
            found = _endless(at, whole, by_whole, own)
        else:
            arguments: list = [module.STAGES, at_once, *map(given, (*at.theta, before, whole)), *own]
            arguments += [*at.by, by_before, by_whole]
            found = coin_rows.sum_of_rows(*arguments)
        if first is not None and last is not None:
            at.add_days(last, by_before)
            at.add_days(first, -by_before - by_whole)
            at.by_passed[-1] += by_whole.sum()
        if windows is not None:
            at.add_windows(windows[0], by_before)
            at.add_windows(windows[1], by_whole)
        return found

    return total


def _endless(at: At, whole: np.ndarray, by_whole: np.ndarray, own: tuple) -> float:
    """The sum over the rows of an NBD."""
    cell, x, n = own
    r, alpha = (value[cell] for value in at.theta)
    lived, past = np.log1p(whole / alpha), (r + x) / (alpha + whole)
    at.by[0] -= np.bincount(cell, n * lived, len(at.by[0]))
    at.by[1] += np.bincount(cell, n * (r / alpha - past), len(at.by[1]))
    by_whole -= n * past
    return float(n @ (-r * lived - x * np.log(alpha + whole)))


def _dying(data: dict, own: tuple, unit_days: float) -> Rows:
    """Rows of a Pareto/NBD; without a calendar a day passes as any other."""
    steady = None
    if "first" in data:
        first, last, begins = (given(data[name], int) for name in ("first", "last", "begins"))
    else:
        T, t_x = (np.rint(data[name] * unit_days).astype(np.int64) for name in ("T", "t_x"))
        end = int(T.max())
        first, last, begins = given(end - T, int), given(end - T + t_x, int), given([0, end], int)
        steady = given(np.arange(end + 1) / unit_days)
    order, out = np.lexsort((first, own[0])), np.empty(len(first))

    def total(at: At) -> float:
        by_day = given(at.passed) if steady is None else steady
        slopes = np.zeros(len(by_day))
        arguments: list = [*map(given, at.theta), by_day, *own, first, last, begins, float(unit_days), order]
        arguments += [True, *RULES, out, *at.by, slopes]
        found = pareto_season.sum_of_rows(*arguments)
        if steady is None:
            at.by_passed += slopes
        return found

    return total


def _dying_in_pieces(data: dict, own: tuple) -> Rows:
    """Rows of a Pareto/NBD whose customers received something."""
    first, last, start, end = (data[name] for name in ("first", "last", "piece_from", "piece_to"))
    inside, before = data["piece_in_window"], data["in_windows_before"]
    age, length, ends = (np.array(data[name]) for name in ("t_x", "piece_length", "piece_ends"))
    own, out = tuple(map(np.array, own)), np.empty(len(age))  # as `contact_pareto.log_odds` hands them over

    def total(at: At) -> float:
        lasted, factor = at.passed[end] - at.passed[start], 1 + np.expm1(at.mailing) * inside
        t_x = at.passed[last] - at.passed[first] + at.in_windows(before)
        by_t_x, by_pieces = np.zeros(len(age)), np.zeros(len(length))
        arguments: list = [*at.theta, t_x, lasted * factor, *own, age, length, ends, *RULES, out]
        arguments += [*at.by, by_t_x, by_pieces]
        found = contact_pareto.sum_of_rows(*arguments)
        at.by_mailing += float(np.exp(at.mailing) * (by_pieces * lasted) @ inside)
        for days, slopes in (
            (last, by_t_x),
            (first, -by_t_x),
            (end, by_pieces * factor),
            (start, -by_pieces * factor),
        ):
            at.add_days(days, slopes)
        at.add_windows(before, by_t_x)
        return found

    return total


def _with_gaps(rows: Rows, data: dict, stages: int) -> Rows:
    """Rows with `stages` times the logarithms of the gaps between purchases, in operational time."""
    start, end, count = (data[f"gap_{name}"] for name in ("from", "to", "count"))
    windows = data.get("gap_in_windows")

    def total(at: At) -> float:
        length = at.passed[end] - at.passed[start]
        length = length if windows is None else length + at.in_windows(windows)
        pull = stages * count / length
        at.add_days(end, pull)
        at.add_days(start, -pull)
        if windows is not None:
            at.add_windows(windows, pull)
        return rows(at) + stages * float(count @ np.log(length))

    return total
