"""Rows, columns and files that stand beside the sales: each is named, and a shop without them is left in peace."""

from datetime import timedelta

import pytest
from advice_beside_cases import REPEATED, WHOSE
from advice_cases import every, of_lines, of_sales
from advice_support import files_of, look
from findings_support import COLUMNS, found, orders, own_cache, sale, shop, transactions  # noqa: F401

from helpers.contracts import (
    customers_named,
    file_names,
    line_kinds,
    people_words,
    time_coverage,
    unread_rates,
    unused_columns,
)

ORDERS = orders(400)


@pytest.mark.grid
@pytest.mark.parametrize("case", [*REPEATED, *WHOSE], ids=lambda case: "+".join(case.proposes))
def test_what_stands_beside_the_sales_is_named(tmp_path, case):
    files_of(case, tmp_path)
    assert case.finding in look(tmp_path, case.content, case).asked


def test_a_shop_of_many_kinds_of_orders_asks_for_nothing(tmp_path):
    rows = [
        sale(o, Source=("web", "shop", "phone")[o["number"] % 3], Box=("small", "large")[o["number"] % 2])
        | {"Total": "15.00" if o["number"] % 4 else f"{o['amount']:.2f}"}
        for o in ORDERS
    ]
    assert found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))) == {}


def test_rates_of_amounts_that_are_converted_ask_for_nothing(tmp_path):
    case = of_sales(
        "rates_unread", (), unread_rates, row=every(4, {"Exchange rate": 25000}, {"Exchange rate": 1})
    )
    files_of(case, tmp_path)
    assert not look(tmp_path, case.content, case).asked


@pytest.mark.grid
@pytest.mark.parametrize(
    ("column", "good", "odd", "is_asked"),
    [("Scenario", "Actual", "Budget", True), ("Version", "Ist", "Plan", True), ("Replaced by", "", "1007", True),
     ("Plan", "Gold", "Budget", False), ("Active", "1", "0", True), ("valid_flag", "Y", "N", True),
     ("Exclude from reporting", "", "x", True), ("Tender", "Card", "Points", True), ("Tax excluded", "no", "yes", False),
     ("Probability", "100%", "50%", True), ("Gift type", "Cash", "Pledge", True), ("SHKZG", "S", "H", True)],
)  # fmt: skip
def test_plans_rows_that_do_not_count_and_points_are_no_sales(tmp_path, column, good, odd, is_asked):
    case = of_sales("unread_status", (), unused_columns, row=every(7, {column: odd}, {column: good}))
    files_of(case, tmp_path)
    assert ("unread_status" in look(tmp_path, case.content, case).asked) == is_asked


@pytest.mark.parametrize("name", ["C0000", "Some till"])
def test_a_code_that_stands_for_nobody_is_named_however_it_is_called(tmp_path, name):
    rows = [sale(o) | ({"Customer": name} if o["number"] % 8 == 0 else {}) for o in ORDERS]
    assert found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))) == {"one_customer": "REVIEW"}


def test_codes_and_words_for_nobody_are_no_customers_ids():
    for text in ("c0000", "k99999", "0123456789", "1000000", "pos-000"):
        assert customers_named.CODE.search(text), text
    for text in ("laufkundschaft", "pos-default", "público en general", "cpd", "guest@shop.example"):
        assert people_words.GUEST.search(text), text
    for text in ("c1000", "10", "100", "c0012", "k19999", "123456", "postmaster"):
        assert not customers_named.CODE.search(text) and not people_words.GUEST.search(text), text


def test_a_line_that_is_no_sale_is_named_in_a_column_that_the_study_reads(tmp_path):
    rows = [sale(o, Item="Opening balance" if o["number"] % 9 == 0 else "Tea") for o in ORDERS]
    columns = COLUMNS | {"category": "Item"}
    assert found(transactions(tmp_path, shop(tmp_path, rows, columns=columns))) == {
        "lines_no_goods": "REVIEW"
    }


def test_products_are_no_balances_and_no_tests():
    for text in ("Saldovortrag", "Test product - do not ship", "internal", "Testartikel", "b/f"):
        assert line_kinds._kind(text), text
    for text in ("Test strips", "Covid test kit", "internal hard drive", "Demo tape", "New Balance shoes"):
        assert line_kinds._kind(text) is None, text


def test_earlier_versions_of_orders_are_no_sales(tmp_path):
    rows = [sale(o, **{"Is current": "NY"[o["number"] % 5 > 0]}) for o in ORDERS]
    assert found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))) == {"unread_status": "stop"}


def test_orders_of_two_days_leave_nothing_to_compare_a_stretch_with(tmp_path):
    first = ORDERS[0]["when"]
    rows = [sale(o | {"when": first + timedelta(days=8 * (o["number"] % 2))}) for o in ORDERS[:80]]
    assert "days_without_orders" not in found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS)))


@pytest.mark.grid
@pytest.mark.parametrize(
    ("days", "number", "asked"), [(5, 900, False), (16, 900, True), (7, 6000, True), (10, 1100, True)]
)
def test_half_a_month_or_a_busy_week_without_orders_is_a_hole(tmp_path, days, number, asked):
    begins = ORDERS[0]["when"] + timedelta(days=150)
    rows = [sale(o) for o in orders(number) if not begins <= o["when"] < begins + timedelta(days=days)]
    seen = found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS)))
    assert seen == ({"days_without_orders": "REVIEW"} if asked else {})


@pytest.mark.parametrize(
    ("month", "first", "last", "asked"), [(2, 1, 19, False), (12, 20, 31, False), (12, 12, 31, True)]
)
def test_a_closing_of_every_february_or_about_christmas_is_no_hole(tmp_path, month, first, last, asked):
    rows = [sale(o) for o in orders(900) if not (o["when"].month == month and first <= o["when"].day <= last)]
    case = of_lines("days_without_orders", (), rows, time_coverage)
    files_of(case, tmp_path)
    assert ("days_without_orders" in look(tmp_path, case.content, case).asked) == asked


def test_names_of_files_that_say_they_are_a_part():
    for stem in (
        "orders_part1",
        "orders 2 of 3",
        "sales-page-4",
        "orders - germany only",
        "top_customers",
        "last 30 days",
        "orders_paid",
        "offene Rechnungen",
    ):
        assert file_names._PART.search(stem), stem
    for stem in (
        "orders",
        "orders_12_de_2025",
        "part-00000-c1",
        "topshop orders",
        "orders 2025-2026 (2)",
        "top shop",
    ):
        assert file_names._PART.search(stem) is None, stem


def test_exports_end_at_round_numbers_and_where_a_spreadsheet_is_full():
    ends = (500, 501, 999, 1000, 1001, 1500, 4999, 9_999, 10_000, 10_001, 30_000, 65_535, 1_048_575)
    assert all(map(time_coverage.is_limit, ends))
    assert not any(map(time_coverage.is_limit, (250, 499, 502, 998, 1019, 1250, 6919, 7001, 9873, 144_219)))
