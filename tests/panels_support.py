"""Panels for tests: tables from arrays, and paths of units that hang together over time."""

import numpy as np
import pandas as pd

MONTHS = pd.date_range("2023-01-01", periods=24, freq="MS")


def rows_of(outcome, starts, periods=MONTHS):
    """A panel table from an array (units, periods) and the start of each unit (None: never)."""
    units = [f"u{i:02d}" for i in range(len(outcome))]
    table = pd.DataFrame(outcome, index=units, columns=periods).rename_axis("unit")
    table = table.reset_index().melt("unit", var_name="period", value_name="outcome")
    table["period"] = pd.to_datetime(table["period"])
    return table.assign(treated_from=table["unit"].map(dict(zip(units, starts, strict=True))))


def errors(rng, units, periods, rho, noise):
    """Errors (units, periods) that hang together over time."""
    made = np.zeros((units, periods))
    for t in range(periods):
        made[:, t] = rho * made[:, t - 1] * (t > 0) + noise * rng.standard_normal(units)
    return made


def paths(rng, units, periods=24, rho=0.5, noise=1.0):
    """Units with own levels, a common course and errors that hang together over time."""
    own = errors(rng, units, periods, rho, noise)
    return 50 + 5 * rng.standard_normal((units, 1)) + 3 * np.sin(np.arange(periods)) + own
