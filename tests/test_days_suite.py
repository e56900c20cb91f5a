"""Shops whose customers buy for a feast that moves, simulated day by day, forecast with its dates and without."""

from datetime import date

import kept_seeds
import numpy as np
import pytest
import seasonal

from helpers.clv import day_columns, feasts, purchase_forecast, purchase_models, season
from helpers.inference.intervals import interval

SEEDS = range(60)
AS_OF = date(2024, 12, 31)  # Tet came on 22 January 2023 and 10 February 2024, and comes on 29 January 2025
QUICK = {"method": "laplace", "draws": 500, "chains": 2}
TET = feasts.of_country("VN", date(2022, 1, 1), date(2025, 12, 31))[0]  # the coming one too


def with_feast(factor: float, seed: int) -> dict:
    """What the feast does by the fit, and the total of the next quarter and year, for one shop."""
    shop = seasonal.shop(seed, 1.0, AS_OF, also=lambda days: np.where(TET.values(days) > 0, factor, 1.0))
    plain = seasonal.calendar_of(shop.orders, AS_OF)
    first = shop.orders["order_date"].min().date()
    others = day_columns.known_on(AS_OF, first, "VN").standing_on(first, AS_OF)
    calendar = season.Calendar(plain.end, plain.days, plain.bought, plain.gaps, others)
    summary, found = seasonal.summary_of(shop.orders, AS_OF), {}
    for label, its in (("plain", plain), ("feast", calendar)):
        tree = purchase_models.fit("pareto_nbd", summary, "week", calendar=its, seed=seed, **QUICK)
        for days in (90, 365):
            total = interval(purchase_forecast.of_base(tree, summary, days / 7, seed=seed))
            found[f"{label}_off{days}"] = total.mean / shop.later[days] - 1
            found[f"{label}_inside{days}"] = bool(total.p05 <= shop.later[days] <= total.p95)
    effect = interval(np.exp(purchase_models.parameters(tree).clock.effects[:, 0]))
    return found | {"factor": effect.mean, "held": bool(effect.p05 <= factor <= effect.p95)}


@pytest.mark.slow(seeds="0 to 59")
@pytest.mark.parametrize("factor", [1.0, 1.8])
def test_a_feast_is_found_where_it_is_and_not_where_it_is_not(factor):
    """Its factor's interval holds the truth 49 to 59 times, totals are within 8 %, and within the interval as often."""
    found = kept_seeds.table(f"feast_{factor:g}", SEEDS, lambda seed: with_feast(factor, seed))
    print(found.abs().mean().to_string())
    assert found["feast_off365"].abs().mean() <= 0.08
    assert found["feast_off90"].abs().mean() <= 0.08
    assert kept_seeds.inside_counts(found["feast_inside365"])
    if factor == 1.0:
        assert 0.9 <= found["factor"].mean() <= 1.1
        assert found["held"].mean() >= 0.8
    else:
        assert found["factor"].mean() > 1.3
