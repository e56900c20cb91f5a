"""Spend that does not vary is a model, too: a file without money, and one price per customer for ever."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml

from helpers.clv import gamma_gamma, spend_history
from helpers.pages.wording import say
from helpers.runs import runner
from helpers.runs.run import Options

QUICK = {"draws": 300, "tune": 300, "fit": "laplace"}


def base(amounts: np.ndarray, seed: int = 1) -> pd.DataFrame:
    """Order lines over two years of customers who each pay their own amount, every time."""
    rng, lines = np.random.default_rng(seed), []
    for name, (rate, amount) in enumerate(zip(rng.gamma(1.5, 1 / 60, len(amounts)), amounts, strict=True)):
        days = (
            rng.uniform(0, 500) + np.append(0, rng.exponential(1 / rate, rng.geometric(0.15))).cumsum()
        ).astype(int)
        when = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.unique(days[days < 730]), unit="D")
        lines.append(pd.DataFrame({"customer_id": f"c{name}", "order_time": when, "amount": amount}))
    return pd.concat(lines, ignore_index=True)


def spend_of(amounts: np.ndarray, days: np.ndarray, noise: float = 0.0) -> pd.DataFrame:
    """The columns of `lognormal_spend.log_summary`."""
    squares = noise**2 * np.maximum(days - 1, 0)
    return pd.DataFrame({"spend_days": days, "mean_log": np.log(amounts), "squares": squares})


def test_what_does_not_vary_is_seen():
    days, own = np.tile([1, 2, 5], 40), np.random.default_rng(1).gamma(3, 10, 120)
    alike = spend_history.steadiness(spend_of(np.full(120, 25.0), days))
    assert alike.same_for_each and alike.amount == pytest.approx(25)
    assert "counts purchases" in say(alike.said("EUR")[0])
    each = spend_history.steadiness(spend_of(own, days))
    assert each.same_for_each and each.amount is None
    assert "only customers differ" in say(each.said("EUR")[0])
    usual = spend_history.steadiness(spend_of(own, days, 0.4))
    once = spend_history.steadiness(spend_of(own, np.ones(120)))
    assert not usual.same_for_each and not once.same_for_each and usual.said("EUR") == []


@pytest.mark.parametrize("amount", [25.0, 0.1])
def test_one_amount_is_expected_of_everyone(amount):
    x = np.tile([0, 1, 2, 5], 60)
    summary = pd.DataFrame({"x": x, "monetary_value": np.where(x > 0, amount, 0.0)})
    tree = gamma_gamma.fit(summary, steady=True, method="laplace", draws=300)
    assert "laplace" in tree.attrs
    theta = gamma_gamma.parameters(tree).theta
    for own in (0, 5):
        expected = gamma_gamma.expected_spend(theta, own, amount)
        assert expected.mean() == pytest.approx(amount, rel=0.01) and expected.std() < 0.01 * amount
    assert gamma_gamma.dependence(summary).correlation == 0
    assert spend_history.spread(gamma_gamma.repeat_spend(summary), 10).customers.sum() == 180


def test_ones_own_price_is_trusted_at_once():
    own, x = np.random.default_rng(2).gamma(3, 10, 400), np.tile([1, 2, 5, 9], 100)
    summary = pd.DataFrame({"x": x, "monetary_value": own})
    tree = gamma_gamma.fit(summary, steady=True, method="laplace", draws=300)
    expected = gamma_gamma.expected_spend([one for one in gamma_gamma.parameters(tree).theta], x, own)
    assert np.abs(expected / own - 1).max() < 0.02


@pytest.mark.slow  # six notebooks, for what the tests above say of the models they fit
@pytest.mark.parametrize("kind", ["one amount", "one price per customer"])
def test_a_study_without_money_runs_through(tmp_path, kind):
    rng = np.random.default_rng(3)
    amounts = np.full(500, 1.0) if kind == "one amount" else rng.gamma(3, 10, 500).round(2)
    base(amounts).to_csv(tmp_path / "transactions.csv", index=False)
    study = {
        "title": kind,
        "as_of": "2024-12-31",
        "timezone": "UTC",
        "currency": "EUR",
        "source": str(tmp_path),
    }
    names = ["01_data_quality", "21_purchase_model", "22_spend_model", "24_customer_value", "25_value_tiers"]
    study |= {"holdout": "26 weeks", "notebooks": [*names, "51_executive_summary"]}
    study["overrides"] = {
        "21_purchase_model": QUICK | {"models": ["bg_nbd"]},
        "22_spend_model": QUICK,
        "24_customer_value": {"prediction_draws": 200},
        "25_value_tiers": {"prediction_draws": 200},
    }
    (tmp_path / "steady.yaml").write_text(yaml.safe_dump(study))
    assert runner.report([str(tmp_path / "steady.yaml")], Options(build=tmp_path / "build")) == runner.DONE
    run = json.loads((tmp_path / "build" / "steady" / "latest" / "run.json").read_text())["notebooks"]
    assert {one["status"] for one in run.values()} == {"ok"}
    assert ("counts purchases" in json.dumps(run["22_spend_model"])) == (kind == "one amount")
    assert ("counts purchases" in json.dumps(run["24_customer_value"])) == (kind == "one amount")
