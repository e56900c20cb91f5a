"""The log density of the purchase models with its slope, without PyTensor: `purchase_models.build` around the mode, by hand.

Up to a constant the same number as the model's, at a vector of its unconstrained parameters, in three steps. Linear in
the coordinates (`prior_coordinates`; a drop-out probability without groups has a Beta) stand four levels of every group:
the logarithm of the rate, that of its shape, drop-out's logit or the logarithm of its rate, and how alike customers are in
it; covariates shift the first and the third. They give the parameters of each cell; season and days give the operational
time; the rows are summed by `density_rows`.
"""

from collections.abc import Callable

import numpy as np
from scipy import special

from helpers.clv import coin_rows, nbd, pareto_nbd
from helpers.clv.array_libraries import LARGE, NUMPY, log_rising
from helpers.clv.customer_groups import Design
from helpers.clv.density_rows import At, rows_of
from helpers.clv.half_months import HALF_MONTHS, LENGTHS
from helpers.clv.model_interfaces import PurchaseModel
from helpers.clv.prior_coordinates import Coordinates, Pair
from helpers.clv.priors import (
    ALIKE,
    BETA,
    DROP_OUT,
    DROP_OUTS_A_YEAR,
    EFFECT,
    MAILING,
    PURCHASES_A_YEAR,
    SHAPE,
)
from helpers.clv.season import BASIS
from helpers.clv.time_units import DAYS_PER
from helpers.study.year import YEAR

RATE, SPREAD, DROP, AGREE = range(4)  # the levels
NEARLY_WHOLE = 1e-6  # days


def serves(module: PurchaseModel, time_unit: str, data: dict) -> bool:
    """Whether a model's density is written here: all but a Pareto/NBD between whole days."""
    if module.LIFETIME != pareto_nbd.LIFETIME or "first" in data:
        return True
    days = np.concatenate([data["T"], data["t_x"]]) * DAYS_PER[time_unit]
    return bool(np.abs(days - np.rint(days)).max() < NEARLY_WHOLE)


def by_hand(module: PurchaseModel, time_unit: str, design: Design) -> Callable[[dict[str, np.ndarray]], Pair]:
    """From a model's data to its log density at a vector, with its slope."""
    is_coin, has_end = coin_rows.serves(module), module.LIFETIME != nbd.LIFETIME
    years = DAYS_PER[time_unit] * (module.STAGES if is_coin else 1) / YEAR
    is_beta, covariates = is_coin and not design.groups, len(design.covariates)

    def on(data: dict[str, np.ndarray]) -> Pair:
        its, width = Coordinates(max(len(design.groups), 1)), float(data["prior_width"])
        _declare(its, module, design, width, float(data["walk_step"]) if design.years else None)
        of_rate, of_drop = (its.add(0.0, EFFECT, covariates) for _ in range(2))
        rest, of_x = _rest(module, data, its, DAYS_PER[time_unit]), _of_x(module, data)
        prior, reach = its.prior(), its.matrix()
        levels, reach = len(reach), reach.reshape(-1, reach.shape[2])
        group, z = data.get("group_of_cell", np.zeros(1, dtype=np.int64)), data.get("z", np.zeros((1, 0)))
        weights = np.array(BETA) / width

        def density(vector: np.ndarray) -> tuple[float, np.ndarray]:
            value, slope = prior(vector)
            if is_beta:
                both = np.array([vector[DROP], -vector[DROP]])
                value += float(weights @ special.log_expit(both))
                slope[DROP] += weights @ (special.expit(-both) * (1, -1))
            level = (reach @ vector).reshape(levels, -1)[:, group]
            if covariates:
                level[RATE] += z @ vector[of_rate]
            if covariates and has_end:
                level[DROP] += z @ vector[of_drop]
            r = np.exp(level[SPREAD])
            theta = [r, r / (np.exp(level[RATE]) * years)]
            if is_coin:
                leaves, stays = special.expit(level[DROP]), special.expit(-level[DROP])
                theta += [leaves * np.exp(level[AGREE]), stays * np.exp(level[AGREE])]
            elif has_end:
                s = np.exp(level[AGREE])
                theta += [s, s / (np.exp(level[DROP]) * years)]
            by = [np.zeros(len(r)) for _ in theta]
            value += of_x(theta, by) + rest(theta, by, vector, slope)
            by_log = [own * one for own, one in zip(theta, by, strict=True)]
            by_level = [-by_log[1], by_log[0] + by_log[1]]
            if is_coin:
                by_level += [stays * by_log[2] - leaves * by_log[3], by_log[2] + by_log[3]]
            elif has_end:
                by_level += [-by_log[3], by_log[2] + by_log[3]]
            if covariates:
                slope[of_rate] += by_level[RATE] @ z
            if covariates and has_end:
                slope[of_drop] += by_level[DROP] @ z
            slope += np.concatenate([np.bincount(group, one, its.groups) for one in by_level]) @ reach
            return value, slope

        return density

    return on


def _declare(
    its: Coordinates, module: PurchaseModel, design: Design, width: float, step: float | None
) -> None:
    """The levels of `module.priors`, in its order."""

    def log_normal(scale: tuple[float, float], step: float | None = None) -> None:
        its.level(design, float(np.log(scale[0])), scale[1] * width, step)

    log_normal(PURCHASES_A_YEAR, step)
    log_normal(SHAPE)
    if coin_rows.serves(module):
        its.level(design, DROP_OUT[0], DROP_OUT[1] * width if design.groups else np.inf, step)
        log_normal(ALIKE)
    elif module.LIFETIME != nbd.LIFETIME:
        log_normal(DROP_OUTS_A_YEAR, step)
        log_normal(SHAPE)


def _of_x(module: PurchaseModel, data: dict) -> Callable[[list, list], float]:
    """What depends on x alone, summed over the distinct x of each cell; adds its slopes to those by theta."""
    x, n = data["distinct_x"], data["n_of_x"]
    cell = data.get("cell_of_x", np.zeros(len(x), dtype=np.int64))
    is_coin, stages = coin_rows.serves(module), module.STAGES * x
    tosses = x + coin_rows.at_once(module)

    def total(theta: list, by: list) -> float:
        def rising(value: np.ndarray, steps: np.ndarray, sign: float, *places: int) -> float:
            at = value[cell]
            slope = np.bincount(cell, sign * n * _slope_of_rising(at, steps), len(value))
            for place in places:
                by[place] += slope
            return float(sign * n @ log_rising(at, steps, NUMPY))

        found = rising(theta[0], stages, 1.0, 0)
        if is_coin:
            found += rising(theta[3], tosses, 1.0, 3) + rising(theta[2] + theta[3], tosses, -1.0, 2, 3)
        return found

    return total


def _slope_of_rising(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The slope of `log_rising` by a."""
    far = np.maximum(a, LARGE)
    return np.where(
        a > LARGE, x / far - x * (x - 1) / (2 * far**2), special.digamma(a + x) - special.digamma(a)
    )


def _rest(module: PurchaseModel, data: dict, its: Coordinates, unit_days: float) -> Callable:
    """What depends on times: a function of theta, its slopes, the vector and its slope, both of which it adds to."""
    rows = rows_of(module, data, unit_days)
    if "first" not in data:
        return lambda theta, by, *_: rows(At(theta, by))
    none = slice(0, 0)
    sent = data.get("bought_in_windows")
    of_mailing = none if sent is None else its.add(0.0, MAILING)
    columns, kinds = data.get("day_columns"), len(data["bought"])
    of_days = (
        none if columns is None else its.add(data["effect_centre"], data["effect_scale"], columns.shape[1])
    )
    has_season = "season_scale" in data
    of_season = its.add(0.0, float(data["season_scale"]), HALF_MONTHS - 1) if has_season else none
    half = data.get("half_month", np.arange(kinds))
    panel, kind, within = (data[name] for name in ("panel_of_day", "kind_of_day", "day_in_panel"))
    before, bought = data["before_panel"], data["bought"]

    def rest(theta: list, by: list, vector: np.ndarray, slope: np.ndarray) -> float:
        log_pace = np.zeros(kinds)
        if has_season:
            walk = BASIS @ vector[of_season]
            weight = LENGTHS * np.exp(walk)
            log_pace = (walk - np.log(weight.sum() / YEAR))[half]
        if columns is not None:
            log_pace = log_pace + columns @ vector[of_days]
        pace = np.exp(log_pace)
        at = At(theta, by, (before @ pace)[panel] + pace[kind] * within, pace)
        if sent is not None:
            at.mailing = float(vector[of_mailing][0])
        found = rows(at) + float(bought @ log_pace)
        by_pace = np.bincount(panel, at.by_passed, len(before)) @ before + at.by_pace
        by_log = bought + pace * (by_pace + np.bincount(kind, at.by_passed * within, kinds))
        if columns is not None:
            slope[of_days] += by_log @ columns
        if has_season:
            own = np.bincount(half, by_log, HALF_MONTHS)
            slope[of_season] += (own - weight / weight.sum() * own.sum()) @ BASIS
        if sent is not None:
            slope[of_mailing] += at.by_mailing + sent
            found += float(at.mailing * sent)
        return found

    return rest
