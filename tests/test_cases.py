"""Small invented files in the shape of real exports, in the folder CRM_CASES: what comes out of each, to the cent."""

import os
from datetime import date
from pathlib import Path

import pytest
from findings_support import applied, check, found, one, study

from helpers import contracts
from helpers.errors import StudyError

SALES = {"customer_id": "Customer", "order_time": "Date", "order_id": "Invoice", "amount": "Sales"}
BILLS = {
    "customer_id": "Mã khách hàng",
    "order_time": "Ngày",
    "order_id": "Mã hóa đơn",
    "amount": "Tổng tiền",
}
SHOPIFY = {"customer_id": "Email", "order_time": "Created at", "order_id": "Name", "amount": "Total"}
STRIPE = {"customer_id": "Customer ID", "order_time": "\"Created date (UTC)\" || 'Z'", "order_id": "id"}
STRIPE |= {"amount": "Converted Amount"}
WOO = {
    "customer_id": "Email (Billing)", "order_time": "Order Date", "order_id": "Order Number", "amount": "Order Total Amount",
}  # fmt: skip
DEALS = {
    "lead_id": "Record ID",
    "created_at": "Create Date",
    "won_at": "Close Date",
    "channel": "Original Source",
}
REVENUE, CUSTOMERS = 144_219.66, 250


@pytest.fixture(scope="module")
def cases(tmp_path_factory) -> Path:
    folder = os.environ.get("CRM_CASES")
    if not folder:
        pytest.skip("CRM_CASES names no folder of cases")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield Path(folder)


def came_out(report) -> tuple[int, int, float]:
    """Customers, orders and revenue of the used rows."""
    rows = report.accepted
    orders = rows.order_id.nunique().execute() if "order_id" in report.given else report.used
    return rows.customer_id.nunique().execute(), orders, round(report.money_used, 2)


# case: (transactions, currency, the finding, its verdict, what comes out once its line is applied)
LINES = {
    "vn_dots": ({"path": "hoadon.csv", "columns": BILLS}, "VND", "digits_after_mark", "stop", 143_548_000),
    "vn_mixed": ({"path": "hoadon.csv", "columns": BILLS}, "VND", "digits_after_mark", "stop", 194_548_000),
    "woo_total_repeated": (
        {"path": "woo-orders.csv", "columns": WOO},
        "USD",
        "order_total_repeated",
        "stop",
        REVENUE,
    ),
    "excel_lost_zeros": ({"path": "sales.csv", "columns": SALES}, "USD", "ids_split", "REVIEW", REVENUE),
    "edited_orders": (
        {"path": "orders.csv", "columns": SALES},
        "USD",
        "same_order_twice",
        "stop",
        142_263.84,
    ),
}


@pytest.mark.parametrize("case", LINES)
def test_one_line_brings_out_the_true_business(cases, tmp_path, case):
    spec, currency, name, verdict, revenue = LINES[case]
    content = study(cases / case, currency, transactions=spec)
    report = check(tmp_path, content)["transactions"]
    assert found(report)[name] == verdict
    report = check(tmp_path, applied(content, one(report, name)))["transactions"]
    contracts.refuse([report])
    assert came_out(report) == (CUSTOMERS, 1019, revenue)


def test_spoilt_ids_are_refused(cases, tmp_path):
    content = study(cases / "excel_sci_ids", transactions={"path": "sales.csv", "columns": SALES})
    with pytest.raises(StudyError, match=r"only 5 different values.*export it again"):
        contracts.refuse([check(tmp_path, content)["transactions"]])


def test_two_tables_whose_ids_differ_in_length(cases, tmp_path):
    content = study(cases / "salesforce_ids", transactions={"path": "transactions.csv"})
    finding = one(check(tmp_path, content)["customers"], "ids_never_meet")
    assert (finding.verdict, str(finding.value)) == ("stop", "0.0 %")
    assert "left(customer_id, 15)" in finding.advice
    content["tables"]["transactions"]["columns"] = {"customer_id": "left(customer_id, 15)"}
    reports = check(tmp_path, content)
    kinds = reports["customers"].accepted.select("customer_id", "kind")
    year = reports["transactions"].accepted.filter(lambda t: t.order_date > date(2025, 6, 30))
    by_kind = (
        year.join(kinds, "customer_id")
        .group_by("kind")
        .aggregate(money=lambda t: t.revenue.sum())
        .to_pandas()
    )
    money = by_kind.set_index("kind")["money"]
    assert money["organization"] / money.sum() == pytest.approx(0.705, abs=0.0005)


def test_a_date_of_2062_is_named_and_cannot_be_as_of(cases, tmp_path):
    columns = {"order_time": "date", "amount": "total"}
    content = study(cases / "future_typo", transactions={"path": "sales.csv", "columns": columns})
    with pytest.raises(StudyError, match="as_of is 2062-12-05, but today is"):
        check(tmp_path, content | {"as_of": "2062-12-05"})
    with pytest.raises(StudyError, match=r"row 500 \(order_time 2062-12-05"):
        contracts.refuse([check(tmp_path, content)["transactions"]])


def test_two_currencies_are_refused_until_mapped(cases, tmp_path):
    columns = {
        "customer_id": "Customer",
        "order_time": "Order Date",
        "order_id": "Order ID",
        "amount": "Total",
    }
    content = study(cases / "order_currency", transactions={"path": "orders.csv", "columns": columns})
    finding = one(check(tmp_path, content)["transactions"], "currencies_added_up")
    assert (finding.verdict, "USD 924 rows and JPY 95 rows" in finding.sentence) == ("stop", True)
    mapped = check(tmp_path, applied(content, finding))["transactions"]
    assert {result.rule: result.rows for result in mapped.results if result.stops} == {"unknown_currency": 95}


def test_shopify_comes_out_by_the_drafted_lines(cases, tmp_path):
    spec = {
        "path": "orders_export_1.csv", "columns": SHOPIFY, "date_format": "%Y-%m-%d %H:%M:%S %z",
        "where": ["Total IS NOT NULL"], "rules": {"no_customer_id": "reject"},
    }  # fmt: skip
    content = study(cases / "shopify", transactions=spec)
    report = check(tmp_path, content)["transactions"]
    samples = {"free_orders": "REVIEW"}  # those of influencers, by their tag
    assert found(report) == samples | {
        "ids_split": "REVIEW",
        "unread_status": "stop",
        "unread_refunds": "stop",
    }
    content = applied(applied(content, one(report, "unread_refunds")), one(report, "ids_split"))
    for _ in range(4):
        report = check(tmp_path, content)["transactions"]
        if "unread_status" not in found(report):
            break
        content = applied(content, one(report, "unread_status"))
    contracts.refuse([report])
    assert came_out(report)[2] == 143_543.11


def test_stripe_comes_out_by_the_drafted_lines(cases, tmp_path):
    content = study(cases / "stripe", transactions={"path": "unified_payments.csv", "columns": STRIPE})
    report = check(tmp_path, content)["transactions"]
    assert found(report)["unread_status"] == "stop"
    for finding in [f for f in report.findings if f.name == "unread_refunds"]:
        content = applied(content, finding)
    for _ in range(4):
        report = check(tmp_path, content)["transactions"]
        if "unread_status" not in found(report):
            break
        content = applied(content, one(report, "unread_status"))
    contracts.refuse([report])
    assert came_out(report)[2] == 117_358.08


def test_deals_know_no_future(cases, tmp_path):
    content = study(cases / "hubspot", transactions={"path": "transactions.csv"}) | {"as_of": "2026-01-31"}
    content["tables"]["leads"] = {"path": "deals.csv", "columns": DEALS}
    report = check(tmp_path, content)["leads"]
    assert found(report)["all_won"] == "stop"
    report = check(tmp_path, applied(content, one(report, "all_won")))["leads"]
    contracts.refuse([report])
    assert "won_at of 22" in one(report, "known_later").sentence
    assert report.plain.won_at.count().execute() == 113


def test_contracts_are_counted_joined_and_apart(cases, tmp_path):
    report = check(tmp_path, study(cases / "subs_upgrade"))["subscriptions"]
    finding = one(report, "contracts_follow_on")
    assert finding.verdict == "REVIEW"
    assert "9.9 %" in finding.sentence
    assert "3.7 % (215 of 400 contracts lost)" in finding.sentence


def test_free_orders_and_gift_cards_are_named(cases, tmp_path):
    content = study(cases / "refunds", transactions={"path": "orders.csv", "columns": {"order_time": "date"}})
    report = check(tmp_path, content)["transactions"]
    assert "3 of 13 orders come to 0" in one(report, "free_orders").sentence
    assert "gift cards" in one(report, "gift_cards").sentence


def test_a_text_column_called_revenue_is_an_attribute(cases, tmp_path):
    reports = check(tmp_path, study(cases / "attr_revenue"))
    assert reports["customers"].plain.columns[-1] == "revenue"
    assert came_out(reports["transactions"]) == (CUSTOMERS, 1019, REVENUE)
