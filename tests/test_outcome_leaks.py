"""Covariates of a test that give away who converted: named, left out, and the effect as without them."""

import numpy as np
import pandas as pd
import pytest

from helpers.campaigns import outcome_leaks, trial
from helpers.pages.wording import say

LEAKS = ["payment", "pages", "order_no"]


def sold(seed, units=6000):
    """A test of which 15 % convert, with what was known before and what the shop wrote down afterwards."""
    rng = np.random.default_rng(seed)
    visits, arm = rng.poisson(3, units), rng.integers(0, 2, units)
    won = rng.random(units) < 1 / (1 + np.exp(2.4 - 0.25 * visits - 0.2 * arm))
    table = pd.DataFrame(
        {"unit_id": np.arange(units), "arm": np.where(arm, "mail", "control"), "bought": won.astype(int)}
    )
    table["visits"], table["region"] = visits, rng.choice(["n", "s"], units)
    table["last_order_days"] = np.where(rng.random(units) < 0.5, rng.integers(1, 400, units), np.nan)
    table["payment"] = np.where(won, rng.choice(["card", "bill"], units), "")
    table["pages"] = np.where(won, rng.integers(8, 30, units), rng.integers(1, 10, units))
    table["order_no"] = np.where(won, rng.integers(10**6, 10**7, units).astype(float), np.nan)
    return table


@pytest.mark.parametrize("seed", range(3))
def test_what_was_written_down_afterwards_is_named_and_what_was_known_is_used(seed):
    table = sold(seed)
    known = ["visits", "region", "last_order_days"]
    assert outcome_leaks.telling(table, [*known, *LEAKS], table["bought"] == 1, table["bought"]) == LEAKS
    believed = table.rename(columns={"pages": "pages_before"})
    assert outcome_leaks.telling(believed, ["pages_before"], table["bought"] == 1, table["bought"]) == []


def test_a_trial_leaves_them_out_and_asks_for_a_review():
    options = {"outcomes": ["bought"], "control": "control"}
    test = trial.from_units(sold(1), covariates=["visits", *LEAKS], **options)
    assert test.telling == tuple(LEAKS) and [*test.numeric, *test.named] == ["visits"]
    asked = outcome_leaks.check_telling(test.telling)
    assert asked.verdict == "REVIEW" and "payment, pages and order_no" in say(asked.advice)
    honest = trial.from_units(sold(1), covariates=["visits"], **options)
    assert outcome_leaks.check_telling(honest.telling).verdict == "PASS"
    believed = trial.as_told(sold(1), covariates=["visits", "pages"], **options)
    assert believed.telling == () and "pages" in believed.numeric


@pytest.mark.parametrize("seed", range(3))
def test_what_is_made_of_the_amount_is_named_and_past_spend_is_used(seed):
    table, rng = sold(seed), np.random.default_rng(seed)
    past, won = rng.lognormal(3, 1, len(table)), table["bought"] == 1
    table["amount"] = np.where(won, (0.5 * past + rng.lognormal(3, 0.6, len(table))).round(2), 0.0)
    table["tax"] = np.where(won, table["amount"] * 0.19, rng.choice(table.loc[won, "amount"], len(table)))
    found = outcome_leaks.telling(table.assign(spent=past), ["tax", "spent", "visits"], won, table["amount"])
    assert found == ["tax"]
