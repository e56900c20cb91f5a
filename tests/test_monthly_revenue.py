"""Revenue by month: whole months only, the change by hand, and what is unusual."""

from datetime import date

import pandas as pd
import pytest

from helpers.customers import monthly_revenue
from helpers.errors import StudyError

MONTHS = pd.DataFrame(
    {"month": pd.date_range("2024-01-01", periods=4, freq="MS").date, "revenue": [100.0, 120.0, 90.0, 5.0]}
)


def test_a_month_that_is_not_over_is_left_out():
    assert monthly_revenue.complete(MONTHS, date(2024, 4, 29))["revenue"].tolist() == [100, 120, 90]
    assert len(monthly_revenue.complete(MONTHS, date(2024, 4, 30))) == 4
    with pytest.raises(StudyError, match="1 calendar months of the data end on or before 2024-02-01"):
        monthly_revenue.complete(MONTHS, date(2024, 2, 1))


def test_the_last_change_is_told_and_judged():
    months = monthly_revenue.complete(MONTHS, date(2024, 4, 29))
    last = monthly_revenue.last_change(months)
    assert (last.month, last.revenue, last.is_fall) == (date(2024, 3, 1), 90.0, True)
    assert last.change == pytest.approx(-0.25) and last.usual.mean == pytest.approx((0.2 - 0.25) / 2)
    assert monthly_revenue.last_change(months, months_back=2).change == pytest.approx(-0.1)
    assert monthly_revenue.last_change(months, months_back=3) is None
    verdicts = [monthly_revenue.check_change(last, share).verdict for share in (0.26, 0.2)]
    assert verdicts == ["PASS", "REVIEW"]
