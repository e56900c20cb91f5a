"""Totals keep their promise: the stated 90 % interval of a year's purchases, over many bases (see totals_support.py)."""

import kept_seeds
import pandas as pd
import pytest
import totals_support as bases


def test_a_base_is_what_it_says():
    bought = bases.purchases("regular", 1)
    gaps = bought.groupby("customer_id")["day"].diff().dropna()
    assert bought["customer_id"].nunique() == bases.CUSTOMERS and gaps.min() >= 1
    assert bases.pace("season", None)[:365].mean() == pytest.approx(1)


def owes_nothing(result: pd.DataFrame) -> bool:
    """Whether past errors are as large as the model says, so that nothing of its own variance is counted as common."""
    return len(result) < 60 or 0.8 <= result["squared"].mean() <= 1.2


@pytest.mark.slow(seeds="bases 0 to 199")
def test_bases_with_nothing_in_common_are_held():
    result = bases.table("plain", range(200))
    print(bases.said("plain", result))
    assert owes_nothing(result)
    assert kept_seeds.inside_counts(result["inside"], of=200, least=170, most=192)


@pytest.mark.slow(seeds="bases 0 to 59")
def test_six_forecasts_of_half_a_year_widen_little_where_nothing_is_in_common():
    result = bases.table("plain", range(60), bases.OLD)
    print(bases.said("plain, six years", result))
    assert owes_nothing(result)
    assert result["origins"].min() == 6 and result["wider"].median() <= 1.6


@pytest.mark.slow(seeds="bases 0 to 49 of each kind")
def test_bases_with_something_in_common_are_held():
    found = {kind: bases.table(kind, range(50)) for kind in bases.KINDS[1:]}
    for kind, result in found.items():
        print(bases.said(kind, result))
    every = pd.concat(found)
    assert kept_seeds.inside_counts(every["inside"], of=200, least=170, most=192)
    assert len(every) < 200 or every["inside"].groupby(level=0).sum().min() >= 40
