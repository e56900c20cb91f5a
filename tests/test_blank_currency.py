"""A column of currency codes that is blank in some rows: what it says is said of those rows alone."""

import pytest
from findings_support import COLUMNS, applied, found, one, orders, own_cache, sale, shop, transactions, write  # noqa: F401
from test_new import drafted, reports  # noqa: F401

ORDERS = orders(240)


def rows(filled: int) -> list[dict]:
    """Sales of which so many of 240 say that they are in dong."""
    return [sale(order, Currency="VND" if place < filled else None) for place, order in enumerate(ORDERS)]


@pytest.mark.grid
@pytest.mark.parametrize(("filled", "verdict"), [(1, "REVIEW"), (40, "stop")])
def test_some_rows_in_another_currency_are_counted_and_converted_by_the_line(tmp_path, filled, verdict):
    content = shop(tmp_path, rows(filled), columns=COLUMNS)
    finding = one(transactions(tmp_path, content), "other_currency")
    assert (finding.verdict, f"{filled} row" in finding.sentence) == (verdict, True)
    assert "every row" not in finding.sentence
    content = applied(content, finding)
    assert "currency" not in {*content} or content["currency"] == "USD"
    write(tmp_path, [{"date": "2024-12-01", "currency": "VND", "rate": "0.5"}], "exchange_rates.csv")
    report = transactions(tmp_path, content)
    assert "other_currency" not in found(report)
    true = sum(order["amount"] * (0.5 if place < filled else 1) for place, order in enumerate(ORDERS))
    assert report.accepted.revenue.sum().execute() == pytest.approx(true)


def test_a_column_that_is_full_says_every_row(tmp_path):
    finding = one(transactions(tmp_path, shop(tmp_path, rows(240), columns=COLUMNS)), "other_currency")
    assert finding.verdict == "stop" and "every row" in finding.sentence


def test_one_filled_row_changes_no_currency_of_a_draft(tmp_path, reports):  # noqa: F811
    write(tmp_path, rows(1), "sales.csv")
    study, _ = drafted(reports, tmp_path / "sales.csv")
    assert study.currency == "EUR"  # as where nothing says it
