"""Online Retail, a real export with every trap: notebooks 01, 11 and 12 run on it and their counts come out."""

import json

import pytest
import yaml

from helpers.runs import runner
from helpers.runs.run import Options

NOTEBOOKS = ["01_data_quality", "11_customer_base", "12_rfm_segments"]
COLUMNS = {
    "customer_id": "CustomerID",
    "order_id": "InvoiceNo",
    "order_time": "InvoiceDate",
    "quantity": "Quantity",
    "category": "StockCode",
    "channel": "Country",
}


def run(folder, real_data, **transactions) -> dict:
    """The run.json of the three notebooks with these settings of the transactions table."""
    table = {"path": "online_retail.parquet", "columns": COLUMNS, "amount": "Quantity * UnitPrice"}
    content = {
        "title": "Online Retail",
        "as_of": "2011-12-09",
        "compare_to": "2011-09-09",
        "timezone": "Europe/London",
        "currency": "GBP",
        "source": str(real_data),
        "tables": {"transactions": table | transactions},
        "notebooks": NOTEBOOKS,
        "overrides": {"12_rfm_segments": {"bootstrap_draws": 200}},
    }
    study = folder / "retail.yaml"
    study.write_text(yaml.safe_dump(content))
    assert runner.report([str(study)], Options(build=folder / "build")) == runner.DONE
    record = json.loads((folder / "build" / "retail" / "latest" / "run.json").read_text())
    return {name: record["notebooks"][name] for name in NOTEBOOKS}


@pytest.mark.slow
def test_purchases_with_an_id_are_those_of_public_record(real_data, tmp_path):
    allowed = {"no_customer_id": "reject", "duplicate_line": "keep"}
    notebooks = run(tmp_path, real_data, where=["Quantity > 0", "UnitPrice > 0"], rules=allowed)
    quality, base, segments = (notebooks[name]["metrics"] for name in NOTEBOOKS)
    assert quality["transactions.rows"] == 541_909
    assert quality["transactions.used"] == 397_884
    assert round(quality["revenue.used"], 2) == 8_911_407.90
    assert quality["customers"] == base["customers"] == segments["customers"] == 4_338
    states = [
        value for name, value in base.items() if name.startswith("state.") and name.endswith("customers")
    ]
    named = [
        value
        for name, value in segments.items()
        if name.startswith("segment.") and name.endswith("customers")
    ]
    assert sum(states) == sum(named) == 4_338
    years = [value for name, value in base.items() if name in ("revenue.2010", "revenue.2011")]
    assert sum(years) == pytest.approx(quality["revenue.used"], rel=1e-9)
    last_month = next(
        c for c in notebooks["01_data_quality"]["checks"] if c["name"] == "last month is complete"
    )
    assert last_month["verdict"] == "REVIEW", "December stops on the 9th"


@pytest.mark.slow
def test_returns_cancellations_and_broken_lines_are_told_and_do_not_stop_it(real_data, tmp_path):
    allowed = {"no_customer_id": "reject", "duplicate_line": "reject", "negative_quantity": "reject"}
    notebooks = run(tmp_path, real_data, rules=allowed)
    quality, base, _ = (notebooks[name]["metrics"] for name in NOTEBOOKS)
    broken = json.dumps({name: value for name, value in quality.items() if name.startswith("rejected.")})
    assert quality["rejected.no_customer_id"] <= 135_080, broken
    assert (
        quality["rejected.no_customer_id"]
        + quality["rejected.duplicate_line"]
        + quality["rejected.negative_quantity"]
        == quality["rows_set_aside"]
    )
    assert quality["revenue.anonymous_share"] > 0.1
    assert base["state.prospect.customers"] >= 33, "customers with returns only never bought"
    assert base["customers"] == 4_372
