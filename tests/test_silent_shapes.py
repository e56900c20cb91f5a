"""More shapes of exports whose numbers were wrong without a word: each is found, and the line proposed mends it."""

from datetime import datetime

import pytest
from findings_support import (  # noqa: F401
    COLUMNS,
    applied,
    check,
    found,
    one,
    orders,
    own_cache,
    sale,
    shop,
    study,
    transactions,
    write,
)

from helpers.tables import zones

ORDERS = orders(400)
TRUE = round(sum(order["amount"] for order in ORDERS), 2)
MARCH_TO_MAY = (3, 4, 5)


def revenue(report) -> float:
    return round(report.accepted.revenue.sum().execute(), 2)


def in_lines(order: dict) -> list[dict]:
    """One to three lines of an order, which add up to its amount."""
    parts = order["number"] % 3 + 1
    cents = round(order["amount"] * 100)
    each = [cents // parts] * (parts - 1)
    return [sale(order) | {"Total": f"{part / 100:.2f}"} for part in (*each, cents - sum(each))]


def of_country(order: dict) -> dict:
    far = order["who"] % 5 == 0
    total = {"Total": f"{order['amount'] * 25_000:.0f}"} if far else {}
    return sale(order, Country="Vietnam" if far else "United States") | total


SHAPES = {
    "amounts_negative": [sale(o) | {"Total": f"-{o['amount']:.2f}"} for o in ORDERS],
    "amounts_on_two_levels": [
        sale(o) | ({"Total": f"{o['amount'] * 100:.0f}"} if o["when"].month in MARCH_TO_MAY else {}) for o in ORDERS
    ],
    "order_id_of_lines": [
        line | {"Invoice": f"{o['number']}-{place}"}
        for o in ORDERS
        for place, line in enumerate(in_lines(o), start=1)
    ],
}  # fmt: skip


@pytest.mark.grid
@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_stops_and_its_line_brings_out_the_business(tmp_path, name):
    content = shop(tmp_path, SHAPES[name], columns=COLUMNS)
    report = transactions(tmp_path, content)
    assert found(report)[name] == "stop"
    report = transactions(tmp_path, applied(content, one(report, name)))
    assert name not in found(report)
    assert revenue(report) == TRUE
    assert report.accepted.order_id.nunique().execute() == len(ORDERS)


def test_countries_with_amounts_of_their_own_size_stop_and_get_a_currency(tmp_path):
    content = shop(tmp_path, [of_country(order) for order in ORDERS], columns=COLUMNS)
    finding = one(transactions(tmp_path, content), "amounts_on_two_levels")
    assert finding.verdict == "stop" and "'Vietnam' are about 10,000 times" in finding.sentence
    content = applied(content, finding)
    columns = content["tables"]["transactions"]["columns"]
    columns["currency"] = columns["currency"].replace("XXX", "VND")
    write(tmp_path, [{"date": "2024-12-01", "currency": "VND", "rate": "0.00004"}], "exchange_rates.csv")
    assert "amounts_on_two_levels" not in found(transactions(tmp_path, content))


@pytest.mark.grid
@pytest.mark.parametrize("total", [False, True])
def test_the_price_of_one_piece_is_no_amount(tmp_path, total):
    rows = []
    for order in ORDERS:
        pieces = order["number"] % 4 + 1
        row = sale(order, Qty=pieces) | ({"Line total": f"{order['amount'] * pieces:.2f}"} if total else {})
        rows.append({"Unit Price" if key == "Total" else key: value for key, value in row.items()})
    content = shop(tmp_path, rows, columns=COLUMNS | {"amount": "Unit Price"})
    report = transactions(tmp_path, content)
    assert found(report)["unit_price"] == "stop"
    report = transactions(tmp_path, applied(content, one(report, "unit_price")))
    assert revenue(report) == round(sum(o["amount"] * (o["number"] % 4 + 1) for o in ORDERS), 2)


def test_an_order_number_that_is_not_read_stops(tmp_path):
    rows = [line for order in ORDERS for line in in_lines(order)]
    without = {name: column for name, column in COLUMNS.items() if name != "order_id"}
    content = shop(tmp_path, rows, columns=without)
    report = transactions(tmp_path, content)
    assert found(report)["order_id_unread"] == "stop"
    report = transactions(tmp_path, applied(content, one(report, "order_id_unread")))
    assert report.accepted.order_id.nunique().execute() == len(ORDERS)


STRAY = sale(ORDERS[0]) | {"Date": datetime(2015, 3, 1), "Invoice": 1}
HUGE = sale(ORDERS[0]) | {"Total": "841234567", "Invoice": 1}
ASKED = {
    "stray_dates": [*(sale(o) for o in ORDERS), STRAY],
    "one_amount_huge": [*(sale(o) for o in ORDERS), HUGE],
    "ends_before_as_of": [sale(o) for o in ORDERS if o["when"] < datetime(2025, 12, 1)],
    "days_without_orders": [
        sale(o) for o in orders(700) if not datetime(2025, 7, 1) <= o["when"] < datetime(2025, 9, 1)
    ],
    "order_under_two_ids": [
        *(sale(o) for o in ORDERS), *(sale(o) | {"Invoice": f"POS-{o['number']}"} for o in ORDERS[::5])
    ],  # not 500 rows, where exports are cut off
    "export_cut_off": [sale(o) for o in orders(1000)],
}  # fmt: skip


@pytest.mark.grid
@pytest.mark.parametrize("name", ASKED)
def test_a_shape_that_may_be_right_asks_for_a_review(tmp_path, name):
    report = transactions(tmp_path, shop(tmp_path, ASKED[name], columns=COLUMNS))
    assert found(report) == {name: "REVIEW"}


def test_exchange_rates_upside_down_stop_and_old_ones_ask(tmp_path):
    rows = [of_country(order) | {"Cur": "VND" if order["who"] % 5 == 0 else "USD"} for order in ORDERS]
    write(tmp_path, rows)
    write(tmp_path, [{"date": "2024-12-01", "currency": "VND", "rate": "25000"}], "exchange_rates.csv")
    rates = {"path": "exchange_rates.csv"}
    content = study(tmp_path, transactions={"columns": COLUMNS | {"currency": "Cur"}}, exchange_rates=rates)
    report = transactions(tmp_path, content)
    assert found(report) == {"rates_upside_down": "stop", "rates_too_old": "REVIEW"}
    content["tables"]["exchange_rates"]["columns"] = {"rate": "1 / (rate * 1)"}
    assert '`columns: {rate: "1 / (rate * 1)"}`' in one(report, "rates_upside_down").advice
    report = transactions(tmp_path, content)
    assert found(report) == {"rates_too_old": "REVIEW"} and abs(revenue(report) - TRUE) < 1


def test_an_offset_in_brackets_is_a_time_zone():
    assert zones.named_in("created_at (+00:00)") == "UTC"
    assert zones.named_in("Date (+07:00)") == "Etc/GMT-7"
    assert zones.named_in("Time [GMT+5:30]") == "Asia/Kolkata"
    assert zones.named_in("Amount (-12 units)") != "UTC"


def test_leading_zeros_lost_in_one_of_two_tables_are_found(tmp_path):
    def of(who: int) -> str:
        return f"{who:04d}" if who <= 6 else f"K{who:04d}"

    write(tmp_path, [sale(order) | {"Customer": of(order["who"])} for order in ORDERS])
    names = [{"customer_id": of(who).lstrip("0"), "kind": "consumer"} for who in range(1, 61)]
    write(tmp_path, names, "customers.csv")
    content = study(tmp_path, transactions={"columns": COLUMNS}, customers={"path": "customers.csv"})
    finding = one(check(tmp_path, content)["customers"], "ids_never_meet")
    assert finding.verdict == "REVIEW" and "60 are" in finding.advice
    assert found(check(tmp_path, applied(content, finding))["customers"]) == {}


@pytest.mark.grid
@pytest.mark.parametrize("written", ["%d.%m.%Y", "%m/%d/%Y %H:%M"])
@pytest.mark.parametrize("name", ["stray_dates", "amounts_on_two_levels"])
def test_a_line_about_days_reads_them_as_the_file_writes_them(tmp_path, written, name):
    cents = (2025, 3) if name == "amounts_on_two_levels" else ()
    rows = [
        sale(o, Date=o["when"].strftime(written))
        | {"Total": f"{o['amount'] * (100 if (o['when'].year, o['when'].month) == cents else 1):.2f}"}
        for o in ORDERS
    ]
    if not cents:
        rows.append(sale(ORDERS[0], Date=datetime(2015, 12, 31).strftime(written), Invoice="1"))
    content = shop(tmp_path, rows, columns=COLUMNS, date_format=written)
    report = transactions(tmp_path, applied(content, one(transactions(tmp_path, content), name)))
    assert not found(report) and report.accepted.revenue.sum().execute() == pytest.approx(TRUE, abs=0.02)
