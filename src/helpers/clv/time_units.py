"""A study's unit of time: horizons and discounting are converted to it here and nowhere else."""

from datetime import date

import numpy as np

from helpers.errors import StudyError
from helpers.study.year import MONTH, YEAR

DAYS_PER = {"day": 1.0, "week": 7.0, "month": MONTH}


def day_of(text: str, parameter: str) -> date | None:
    """The day that a parameter states as 2025-01-31, None where it is empty; anything else is refused."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise StudyError(
            f"{parameter} is {text!r}; write a day as 2025-01-31, or leave it empty for none."
        ) from None


def horizon_units(horizon_months: float, time_unit: str) -> float:
    """Convert a horizon in months to the study's time unit; the only place where this is done.

    A month is a twelfth of 365.25 days. Refuses horizons outside 1 to 120 months.
    """
    if not 1 <= horizon_months <= 120:
        raise StudyError(
            f"The horizon is {horizon_months} months; it must lie between 1 and 120 months (ten years). "
            "Beyond that the past says nothing about the future."
        )
    return horizon_months * DAYS_PER["month"] / DAYS_PER[time_unit]


def discount_per_unit(annual_discount_rate: float, time_unit: str) -> float:
    """Convert a yearly discount rate to the continuous rate per time unit: log(1 + rate) / units per year."""
    if not 0 <= annual_discount_rate < 1:
        raise StudyError(
            f"annual_discount_rate is {annual_discount_rate}; write 10 % a year as 0.10. Allowed: 0 up to, not including, 1."
        )
    return float(np.log1p(annual_discount_rate)) * DAYS_PER[time_unit] / YEAR
