"""Figures that other libraries print for their own examples."""

import numpy as np
import pandas as pd
import pytest
from known import buying
from scipy import special

from helpers.campaigns import lots, verdict
from helpers.clv import pareto_nbd
from helpers.clv.purchase_expectations import discounted_expected_purchases


def test_a_customer_of_the_readme_of_clvtools():
    """Customer 1 of the apparel data, no repeat purchase in 40 weeks, at the parameters printed there (to 4 digits)."""
    its = buying(pareto_nbd, (0.7867, 5.3356, 0.3574, 11.6316))
    rows = pd.DataFrame({"x": [0], "t_x": [0.0], "T": [40.0]})
    assert special.expit(-its.log_odds_dropped(rows)).item() == pytest.approx(0.3571358, rel=2e-4)
    assert its.expected(rows, 39.85714).item() == pytest.approx(0.2212240, rel=2e-4)
    assert discounted_expected_purchases(its, rows, 0.1).item() == pytest.approx(0.05848369, rel=2e-4)


@pytest.mark.parametrize(
    ("control", "variation", "chance", "risk"),
    [((49, 100), (51, 100), 0.6114, 0.0193), ((10, 1000), (20, 1000), 0.9672, 7.0e-5)],
)
def test_chance_and_risk_of_gbstats(control, variation, chance, risk):
    """Chance to win and risk of gbstats .8, which takes rates as normal; here they have uniform priors."""
    rng = np.random.default_rng(1)
    rates = [rng.beta(1 + won, 1 + size - won, 400_000) for won, size in (control, variation)]
    (decision,) = verdict.decide(np.column_stack(rates), ["control", "new"], 2000, drawn=lots.RANDOMIZED)
    assert decision.chance_above == pytest.approx(chance, abs=0.003)
    assert decision.expected_loss == pytest.approx(risk, rel=0.1, abs=1e-6)
    assert verdict.chance_to_win(*variation, *control) == pytest.approx(chance, abs=0.003)
