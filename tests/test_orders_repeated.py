"""Orders that stand in several rows, one for each contact before them: named and, by the proposed line, counted once."""

from datetime import timedelta

import pytest
from findings_support import COLUMNS, applied, found, one, orders, own_cache, sale, shop, transactions  # noqa: F401

from helpers.contracts import repeats, whole_tables

ORDERS = orders(160)
TRUE = round(sum(order["amount"] for order in ORDERS), 2)
TOUCHES = ("Search", "Mail", "Social", "Shop")
NAMED = {name: column for name, column in COLUMNS.items() if name != "order_id"}


@pytest.fixture(autouse=True)
def _only_repeats(monkeypatch):
    monkeypatch.setattr(whole_tables, "_OF_A_TABLE", (repeats,))


def joined(row, *, numbered: bool = True) -> list[dict]:
    """The orders once for each of their one to four touches; `row` says what stands beside them."""
    rows = []
    for order in ORDERS:
        for place in range(1 + order["number"] % 4):
            number = order["number"] if numbered else len(rows)
            rows.append(sale(order, Invoice=number) | row(order, place))
    return rows


def written(folder, rows: list[dict], columns: dict) -> dict:
    """A study over these rows, whose file has no number of orders where none is read."""
    kept = [name for name in rows[0] if name != "Invoice" or "order_id" in columns]
    return shop(folder, [{name: row[name] for name in kept} for row in rows], columns=columns)


def judged_and_mended(folder, content: dict) -> None:
    """The rows stop; with the proposed line the money is what was sold, and nothing is asked any more."""
    report = transactions(folder, content)
    assert found(report)["order_in_several_rows"] == "stop"
    mended = transactions(folder, applied(content, one(report, "order_in_several_rows")))
    assert round(mended.money_used, 2) == TRUE
    assert not found(mended)


@pytest.mark.grid
@pytest.mark.parametrize(
    ("row", "columns"),
    [
        (lambda o, place: {"utm_source": TOUCHES[place], "utm_medium": "ab"[place % 2]},
         NAMED | {"channel": "utm_source"}),
        (lambda o, place: {"Touch": "Mail", "Touched": o["when"] - timedelta(days=place, hours=o["who"])}, NAMED),
        (lambda o, place: {"Row": f"{o['number']}{place}", "Campaign": TOUCHES[place]}, NAMED),
        (lambda o, place: {"Campaign": TOUCHES[place]}, COLUMNS),
        (lambda o, place: {"Gruppe": TOUCHES[place]}, NAMED),
        (lambda o, place: {"Land": "DE"}, NAMED),
    ],
    ids=["two", "dated", "row number", "row number as order", "unknown name", "whole rows"],
)  # fmt: skip
def test_an_order_per_contact_is_counted_once_by_the_proposed_line(tmp_path, row, columns):
    judged_and_mended(tmp_path, written(tmp_path, joined(row, numbered=False), columns))


@pytest.mark.grid
@pytest.mark.parametrize("columns", [NAMED, COLUMNS], ids=["without number", "with number"])
def test_goods_joined_to_contacts_are_counted_once(tmp_path, columns):
    rows = [
        row | {"Product": product, "Total": f"{part * float(row['Total']):.4f}"}
        for row in joined(lambda o, place: {"Touchpoint": TOUCHES[place]})
        for product, part in (("Beans", 0.25), ("Cup", 0.75))
    ]
    judged_and_mended(tmp_path, written(tmp_path, rows, columns))


def bought(order: dict, place: int) -> dict:
    """Two or more of one thing on one day, at one of three prices."""
    return {"Date": order["when"].date(), "Total": ("4.90", "9.90", "12.50")[order["number"] % 3]}


@pytest.mark.grid
@pytest.mark.parametrize(
    ("row", "columns"),
    [
        (lambda o, place: bought(o, place) | {"Product": "Bread", "Channel": "Shop"}, NAMED),
        (lambda o, place: bought(o, place) | {"Channel": TOUCHES[(o["number"] + place // 2) % 3]}, NAMED),
        (lambda o, place: {"Passenger": f"{o['number']} {place}"}, NAMED),
        (lambda o, place: {"Seat": f"A{place}", "Channel": "Web"}, NAMED),
        (lambda o, place: {"Channel": TOUCHES[place], "Total": f"{o['amount'] / (1 + o['number'] % 4):.4f}"}, NAMED),
        (lambda o, place: {"Attributed": f"{o['amount']:.2f}", "Channel": TOUCHES[place]},
         NAMED | {"amount": "Attributed"}),
    ],
    ids=["bread twice", "two channels", "passengers", "seats", "parts of the money", "attributed"],
)  # fmt: skip
def test_pieces_of_one_purchase_and_parts_of_its_money_are_left_in_peace(tmp_path, row, columns):
    content = written(tmp_path, joined(row, numbered=False), columns)
    assert "order_in_several_rows" not in found(transactions(tmp_path, content))
