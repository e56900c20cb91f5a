"""One future of a customer, purchase by purchase: the compiled loop of `simulate`.

Rates are drawn only where they are needed, which gives the same distribution: the time to the first purchase of a
customer alive, with lambda ~ Gamma(k, c), is Lomax, P(later than t) = (c / (c + t))^k; most paths end there, without a
purchase. Given a first purchase at t, lambda ~ Gamma(k + 1, c + t). A coin pi ~ Beta(a, b) falls "drop out" with
probability a / (a + b), and after each time it did not, b is one more. An exponential lifetime is Lomax too.
Where gaps have stages (`gap_stages`), the next purchase comes when the stages not yet passed are over.
"""

import numba
import numpy as np

from helpers.clv.gap_stages import stages_passed
from helpers.inference import machine_code, rng  # noqa: F401 (what Numba keeps on disk gets checksums)


@numba.njit(nogil=True, cache=True)
def walk(
    lifetime: int, stages: int, seeds: np.ndarray, x: np.ndarray, p_alive: np.ndarray, silent: np.ndarray,
    shape: np.ndarray, rate: np.ndarray, c: np.ndarray, d: np.ndarray, p: np.ndarray, q: np.ndarray,
    with_spend: bool, horizon: float, discount: float, ahead: np.ndarray, unit_days: float, worth: np.ndarray,
    worth_days: float, purchases: np.ndarray, units: np.ndarray, alive_time: np.ndarray,
) -> None:  # fmt: skip
    """Write a future of every row, (rows,), and draw, (draws, rows), to purchases, units and alive_time, (rows, draws)."""
    seasonal, priced = ahead.shape[1] > 1, worth.shape[1] > 1
    streams = seeds.copy()
    for s in range(len(p)):  # draw by draw: a draw's days and the parameters of its rows lie side by side
        for i in range(len(x)):
            stream = streams[i : i + 1]
            u = rng.uniform(stream)
            if u >= p_alive[s, i]:
                continue
            later = 1.0 - u / p_alive[s, i]  # P(first stage ends later than it does): uniform on (0, 1]
            k, r = shape[s, i], rate[s, i]
            passed = stages_passed(stream, k, silent[s, i], stages) if stages > 1 else 0
            k += passed
            ends = horizon  # in calendar time; `end` and `now` are in operational time
            if lifetime == 2:
                ends = min(horizon, d[s, i] * np.expm1(rng.exponential(stream) / c[s, i]))
            end = _operational(ahead[s], ends, unit_days) if seasonal else ends
            count, total = 0, 0.0
            if later > (r / (r + end)) ** k:
                now = r * (later ** (-1.0 / k) - 1.0)
                gap = (r + now) / rng.gamma(stream, k + 1.0)
                now += _stages_last(stream, stages - passed - 1) * gap
                level = 1.0 / rng.gamma(stream, p[s, i] * x[i] + q[s, i]) if with_spend else 0.0
                drop, stay = c[s, i], d[s, i]
                day = 0
                while now < end:
                    count += 1
                    on = now
                    if seasonal:
                        day = _day_of(ahead[s], now, day)
                        on = (day + (now - ahead[s, day]) / (ahead[s, day + 1] - ahead[s, day])) / unit_days
                    if with_spend:
                        price = worth[s, int(on * worth_days)] if priced else 1.0
                        total += price * np.exp(-discount * on) * rng.gamma(stream, p[s, i])
                    if lifetime == 1:
                        if rng.uniform(stream) * (drop + stay) < drop:
                            end, ends = now, on
                        stay += 1.0
                    now += _stages_last(stream, stages) * gap
                total *= level
            purchases[i, s] = count
            units[i, s] = total
            alive_time[i, s] = ends if discount == 0.0 else (1.0 - np.exp(-discount * ends)) / discount


@numba.njit(nogil=True, cache=True)
def _operational(ahead, t, unit_days):
    """Operational units passed t units after the end; ahead: at the end of each day after it."""
    day = min(int(t * unit_days), len(ahead) - 2)
    return ahead[day] + (t * unit_days - day) * (ahead[day + 1] - ahead[day])


@numba.njit(nogil=True, inline="always")
def _day_of(ahead, w, day):
    """The last day of `ahead`, but one, up to which at most w operational units have passed; at the earliest `day`."""
    last, step = len(ahead) - 1, 4
    while day + step < last and ahead[day + step] <= w:
        day += step
        step *= 2
    high = min(day + step, last)
    while high - day > 1:
        middle = (day + high) // 2
        if ahead[middle] <= w:
            day = middle
        else:
            high = middle
    return day


@numba.njit(nogil=True, inline="always")
def _stages_last(stream, stages):
    """The time of this many stages in units of their mean."""
    time = 0.0
    for _ in range(stages):
        time += rng.exponential(stream)
    return time
