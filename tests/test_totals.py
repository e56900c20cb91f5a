"""Totals keep their promise: the stated 90 % interval of a year's purchases, over many bases (see totals_support.py)."""

import pytest
import suites
import totals_support as bases


def test_a_base_is_what_it_says():
    bought = bases.purchases("regular", 1)
    gaps = bought.groupby("customer_id")["day"].diff().dropna()
    assert bought["customer_id"].nunique() == bases.CUSTOMERS and gaps.min() >= 1
    assert bases.pace("season", None)[:365].mean() == pytest.approx(1)


@pytest.mark.slow(seeds="bases 0 to 199")
def test_bases_with_nothing_in_common_are_held_and_not_too_wide():
    result = bases.table("plain", range(200), suites.state_of_code())
    print(bases.said("plain", result))
    assert 170 <= result["inside_wide"].sum() <= 192


@pytest.mark.slow(seeds="bases 0 to 49 of each kind")
def test_bases_with_something_in_common_are_held():
    inside = {}
    for kind in bases.KINDS[1:]:
        result = bases.table(kind, range(50), suites.state_of_code())
        print(bases.said(kind, result))
        inside[kind] = int(result["inside_wide"].sum())
    assert min(inside.values()) >= 40, inside
    assert 170 <= sum(inside.values()) <= 192, inside
