"""Amounts in several columns of a row: one per month, read as rows; one per kind of goods, drafted as their sum."""

import pytest
from findings_support import COLUMNS, found, one, orders, own_cache, sale, shop, transactions, write  # noqa: F401

from helpers.commands.drafting import files, recognise

ORDERS = orders(200, customers=60)
MONTHS = sorted({order["when"].strftime("%Y-%m") for order in ORDERS})
WIDE = {"customer_id": "Customer", "order_time": "column_names", "amount": "amount"}


def wide(blank: str = "", name=lambda month: month) -> list[dict]:
    """A row per customer, with a column per month."""
    made = {}
    for order in ORDERS:
        row = made.setdefault(
            order["who"], {"Customer": f"C{order['who']}", "City": "Hue"} | dict.fromkeys(MONTHS, 0.0)
        )
        row[order["when"].strftime("%Y-%m")] += order["amount"]
    return [
        {
            name(key) if key in MONTHS else key: (f"{v:.2f}" if v else blank) if key in MONTHS else v
            for key, v in row.items()
        }
        for row in made.values()
    ]


def recognised(folder, rows) -> recognise.Recognised:
    write(folder, rows, "export.csv")
    layout = files.looked_at(folder / "export.csv")
    return recognise.recognise(layout.values, "export", layout.gaps)


@pytest.mark.grid
@pytest.mark.parametrize("blank", ["", "0.00", "-"])
def test_a_column_per_month_is_drafted_and_read_as_a_row_for_each_amount(tmp_path, blank):
    rows = wide(blank)
    drafted = recognised(tmp_path, rows)
    assert (drafted.table, drafted.columns) == ("transactions", WIDE)
    report = transactions(tmp_path, shop(tmp_path, rows, columns=drafted.columns))
    each = {(order["who"], order["when"].strftime("%Y-%m")) for order in ORDERS}
    assert report.used == len(each) and not report.rejected.count().execute()
    assert report.money_used == pytest.approx(sum(order["amount"] for order in ORDERS), abs=0.5)
    assert found(report)["months_in_place_of_days"] == "REVIEW"


@pytest.mark.parametrize(
    "row",
    [
        {"Region": "{}", "2024-01": "5", "2024-02": "6", "2024-03": "7"},
        {"Customer": "{}", "2024-01": "5", "2024-02": "6", "2024-03": "7", "treated_from": "2024-02"},
    ],
    ids=["regions", "somebody was treated"],
)
def test_a_panel_is_no_table_of_sales(tmp_path, row):
    rows = [
        {
            key: value.format(f"unit {n}") if n % 2 or key != "treated_from" else ""
            for key, value in row.items()
        }
        for n in range(60)
    ]
    assert recognised(tmp_path, rows).columns.get("order_time") != "column_names"


@pytest.mark.grid
@pytest.mark.parametrize("blank", ["", "0", "0.00"])
def test_a_column_per_kind_of_goods_is_drafted_as_their_sum(tmp_path, blank):
    kinds = ["Coffee", "Tea", "Mugs"]
    rows = []
    for order in ORDERS:
        plain = sale(order)
        money = dict.fromkeys(kinds, blank) | {kinds[order["number"] % 3]: plain.pop("Total")}
        rows.append(plain | money | {"Points": order["number"] % 7})
    drafted = recognised(tmp_path, rows)
    assert (
        drafted.columns["amount"] == "coalesce(Coffee * 1, 0) + coalesce(Tea * 1, 0) + coalesce(Mugs * 1, 0)"
    )
    report = transactions(
        tmp_path, shop(tmp_path, rows, columns=COLUMNS | {"amount": drafted.columns["amount"]})
    )
    assert report.money_used == pytest.approx(sum(order["amount"] for order in ORDERS))


def test_days_in_one_cell_are_called_that(tmp_path):
    rows = [
        {"Customer": f"C{n}", "Fee": "20.00", "Paid": "2025-01, 2025-02, 2025-03"[: 7 + 9 * (n % 3)]}
        for n in range(60)
    ]
    content = shop(tmp_path, rows, columns={"customer_id": "Customer", "order_time": "Paid", "amount": "Fee"})
    broken = [
        result.advice
        for result in transactions(tmp_path, content).results
        if result.rule == "unreadable_order_time"
    ]
    assert "A cell holds several days (2025-01, 2025-02, 2025-03)" in broken[0]
