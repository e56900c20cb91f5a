"""Files made from the public documents of exports: customers, orders and revenue to the cent, by `new` alone or nearly."""

import pytest
from drafted import EXPORTS, expected, outcome, studies_in

from helpers import cli
from helpers.commands.drafting import mappings

MOST_EDITS = 2


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.grid  # one system after another, each drafted and checked: a minute and more in all
@pytest.mark.parametrize("name", expected())
def test_what_an_export_holds_comes_out_to_the_cent(name):
    wanted = expected()[name]
    found = outcome(EXPORTS / f"{name}.csv", wanted.get("edits", []))
    assert not found.refused
    assert (found.known, found.table) == (wanted.get("known", ""), wanted.get("table", "transactions"))
    assert list(found.came_out) == wanted["came_out"] and found.edits <= MOST_EDITS


def test_without_a_column_of_its_signature_an_export_is_not_known():
    by_title = {one.title: one for one in mappings.load_all()}
    for title in [wanted["known"] for wanted in expected().values() if "known" in wanted]:
        columns = tuple(names[0] for names in by_title[title].signature)
        assert by_title[title].fits(columns)
        assert not any(by_title[title].fits(columns[:k] + columns[k + 1 :]) for k in range(len(columns)))


def test_a_year_that_the_file_does_not_hold_is_asked_for():
    refused = outcome(EXPORTS / "datev.csv").refused
    assert "YEAR-" in refused and "order_time" in refused


def test_a_kind_of_document_that_nobody_listed_stops_the_run(tmp_path):
    text = (EXPORTS / "sap_billing.csv").read_text(encoding="utf-8")
    (tmp_path / "sap.csv").write_text(text.replace(";L2;", ";F2;").replace(";IV;", ";ZF2;"), encoding="utf-8")
    assert "'ZF2' (× 1)" in outcome(tmp_path / "sap.csv").refused


def test_totals_of_campaigns_name_no_customer_and_it_is_said(tmp_path):
    with studies_in(tmp_path) as reports:
        assert cli.main(["new", "totals", "--from", str(EXPORTS / "mailchimp.csv")]) == 0
        text = (reports / "totals.yaml").read_text(encoding="utf-8")
    assert "customer_id: WHICH_COLUMN" in text and "Totals per campaign, day or product do not serve" in text


def test_the_table_beside_the_exports_holds_each_and_every_one_is_right():
    rows = [line.split(" | ") for line in (EXPORTS / "README.md").read_text(encoding="utf-8").splitlines()]
    right = {row[0].removeprefix("| "): row[-1] for row in rows if len(row) == 7}
    assert {name: right.get(name) for name in expected()} == dict.fromkeys(expected(), "yes |")
