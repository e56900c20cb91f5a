"""A file of returns beside the orders: drafted as one table, its amounts taken off, its customers those of their orders."""

import pytest
from findings_support import applied, check, found, one, orders, own_cache, study, write  # noqa: F401

from helpers.commands.drafting import files, returns
from helpers.commands.drafting.draft import table_of
from helpers.study import parts

ORDERS = orders(120, customers=40)
BACK = ORDERS[::10]
SALES = [
    {
        "Order": f"O{o['number']}",
        "Customer": f"C{o['who']}",
        "Order Date": o["when"].date(),
        "Total": o["amount"],
    }
    for o in ORDERS
]
KINDS = {
    "the order alone": lambda o: {"Refund ID": f"R{o['number']}", "Order": f"O{o['number']}", "Refund Date": "2026-06-01",
                                  "Refund Amount": o["amount"]},
    "below zero": lambda o: {"Refund": f"R{o['number']}", "Order No": f"O{o['number']}", "Refunded at": "2026-06-01",
                             "Refunded": -o["amount"]},
    "the same columns, and a reason": lambda o: {"Customer": f"C{o['who']}", "Order": f"O{o['number']}", "Reason": "broken",
                                                 "Order Date": "2026-06-01", "Total": o["amount"]},
}  # fmt: skip


def drafted(folder, back: list[dict]):
    write(folder, SALES, "orders.csv")
    write(folder, back, "refunds.csv")
    given = [str(folder / name) for name in ("orders.csv", "refunds.csv")]
    place, exports = files.exports(given)
    return returns.together(*(table_of(export, BACK[0]["when"].date()) for export in exports), place)


@pytest.mark.grid
@pytest.mark.parametrize("kind", KINDS)
def test_returns_are_drafted_and_taken_off_with_the_customer_of_their_order(tmp_path, kind):
    made = drafted(tmp_path, [KINDS[kind](order) for order in BACK])
    assert made.settings["path"] == "{orders.csv,refunds.csv}"
    assert "refunds.csv holds returns" in made.why["columns", "amount"]
    report = check(tmp_path, study(tmp_path, transactions=made.settings))["transactions"]
    assert (report.used, report.set_aside) == (132, 0) and "columns_lacking" not in found(report)
    left = sum(order["amount"] for order in ORDERS) - sum(order["amount"] for order in BACK)
    assert report.money_used == pytest.approx(left)
    assert report.accepted.customer_id.nunique().execute() == 40


@pytest.mark.grid
@pytest.mark.parametrize(
    "row",
    [
        lambda o: {"Order": f"O{o['number']}", "Refund Date": "01.06.2026", "Refund Amount": o["amount"]},
        lambda o: {"Product": "Mug", "Refund Date": "2026-06-01", "Refund Amount": o["amount"]},
        lambda o: {
            "Order": f"O{o['number']}",
            "Refund Date": "2026-06-01",
            "Goods": 5,
            "Shipping cost": o["amount"],
        },
    ],
    ids=["other dates", "of nobody", "two amounts"],
)
def test_what_is_not_certain_is_not_drafted_but_named(tmp_path, row):
    assert drafted(tmp_path, [row(order) for order in BACK]) is None
    content = study(tmp_path, transactions={"path": "orders.csv", "columns": {
        "customer_id": "Customer", "order_time": "Order Date", "order_id": "Order", "amount": "Total"}})  # fmt: skip
    said = one(check(tmp_path, content)["transactions"], "file_unread")
    assert said.verdict == "REVIEW" and "path: '{orders.csv,refunds.csv}'" in said.advice


def test_returns_with_the_columns_of_the_orders_are_named(tmp_path):
    write(tmp_path, SALES, "orders.csv")
    write(tmp_path, SALES[:9], "returns.csv")
    columns = {"customer_id": "Customer", "order_time": "Order Date", "amount": "Total"}
    spec = {"path": "{orders,returns}.csv", "columns": columns, "rules": {"duplicate_line": "keep"}}
    said = one(check(tmp_path, study(tmp_path, transactions=spec))["transactions"], "file_unread")
    assert said.verdict == "REVIEW" and "returns.csv is called as returns" in said.sentence


def test_a_list_in_braces_stands_for_its_files_alone(tmp_path):
    for name in ("a.csv", "b.csv", "c.csv", "a2.csv"):
        (tmp_path / name).write_text("x\n1\n")
    assert [one.name for one in parts.parts_of(tmp_path / "{a,c}.csv")] == ["a.csv", "c.csv"]
    assert [one.name for one in parts.parts_of(tmp_path / "{a*,c}.csv")] == ["a.csv", "a2.csv", "c.csv"]
