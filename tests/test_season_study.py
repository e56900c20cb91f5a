"""A shop with a Christmas peak as a study: what 21 says of its forecast, and that 24 and 51 publish what rests on it."""

import json

import numpy as np
import pytest
import seasonal
import yaml
from test_season_suite import DECEMBER, SEPTEMBER

from helpers.runs import runner
from helpers.runs.run import Options

NOTEBOOKS = (
    "01_data_quality",
    "21_purchase_model",
    "22_spend_model",
    "24_customer_value",
    "51_executive_summary",
)
FAST = {"draws": 300, "tune": 300, "fit": "laplace"}


@pytest.mark.slow(seeds="shop 0")
@pytest.mark.parametrize("as_of", [DECEMBER, SEPTEMBER], ids=["december", "september"])
@pytest.mark.parametrize("peak", [2.0, 4.0])
def test_a_shop_that_lives_on_christmas_is_told_what_to_expect(tmp_path, peak, as_of):
    """21 does not fail and asks for care, as the year was not seen twice before its hold-out; the values are published."""
    shop = seasonal.shop(0, peak, as_of)
    usual = np.random.default_rng(1).gamma(3, 10, shop.orders["customer_id"].max() + 1)
    amount = usual[shop.orders["customer_id"]] * np.random.default_rng(2).lognormal(0, 0.3, len(shop.orders))
    orders = shop.orders.rename(columns={"order_date": "order_time"}).assign(amount=amount.round(2))
    orders.assign(customer_id="c" + orders["customer_id"].astype(str)).to_csv(
        tmp_path / "transactions.csv", index=False
    )
    study = {
        "title": "christmas",
        "as_of": str(as_of),
        "timezone": "UTC",
        "currency": "EUR",
        "source": str(tmp_path),
    }
    study |= {"holdout": "26 weeks", "notebooks": list(NOTEBOOKS)}
    study["overrides"] = {
        "21_purchase_model": FAST | {"models": ["bg_nbd"]},
        "22_spend_model": FAST,
        "24_customer_value": {"prediction_draws": 300},
    }
    (tmp_path / "christmas.yaml").write_text(yaml.safe_dump(study))
    assert runner.report([str(tmp_path / "christmas.yaml")], Options(build=tmp_path / "build")) == runner.DONE
    run = json.loads((tmp_path / "build" / "christmas" / "latest" / "run.json").read_text())["notebooks"]
    checks = {
        name: {one["name"]: (one["verdict"], one["value"]) for one in page["checks"]}
        for name, page in run.items()
    }
    for name, its in checks.items():
        print(name, run[name]["status"], its)
    assert {page["status"] for page in run.values()} == {"ok"}
    assert checks["21_purchase_model"]["season"][0] == "REVIEW"
    assert "FAIL" not in {verdict for verdict, _ in checks["21_purchase_model"].values()}
    assert not any(page.get("withheld") for page in run.values())
    equity = run["24_customer_value"]["metrics"]
    print({name: value for name, value in equity.items() if "equity" in name})
    assert any("equity" in name for name in equity)
