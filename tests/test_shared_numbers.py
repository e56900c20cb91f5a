"""One number of several customers or orders, several customers in one cell, and equal pieces of goods in one order."""

import random
from unittest.mock import Mock

import pytest
from findings_support import COLUMNS, applied, found, one, orders, own_cache, sale, shop, transactions  # noqa: F401

from helpers import tables
from helpers.commands.drafting import checks
from helpers.commands.drafting.draft import TableDraft
from helpers.contracts import identifiers, repeats, shared_numbers, whole_tables
from helpers.study.study import load_study

ORDERS = orders(240)
TRUE = round(sum(order["amount"] for order in ORDERS), 2)


@pytest.fixture
def only(monkeypatch):
    """Ask these parts of the check alone."""
    return lambda *parts: monkeypatch.setattr(whole_tables, "_OF_A_TABLE", parts)


# ---- a number that begins anew in each shop
def in_shops(order: dict, **more) -> dict:
    """A row of one of three shops, each of which numbers its customers from 1."""
    who = order["who"] - 1
    return sale(order, Customer=who // 3 + 1, Name=f"Person {who}", Branch="ABC"[who % 3]) | more


@pytest.mark.parametrize("amongst", [{}, {"Land": "DE"}], ids=["alone", "beside another column"])
def test_customers_whose_numbers_begin_anew_in_each_shop_stop_and_are_told_apart(tmp_path, only, amongst):
    only(shared_numbers)
    content = shop(tmp_path, [in_shops(o, **amongst) for o in ORDERS], columns=COLUMNS)
    report = transactions(tmp_path, content)
    assert found(report) == {"ids_of_several": "stop"}
    mended = transactions(tmp_path, applied(content, one(report, "ids_of_several")))
    assert found(mended) == {}
    assert mended.accepted.customer_id.nunique().execute() == 60


@pytest.mark.parametrize(
    "row",
    [
        lambda o: {"Customer": o["who"], "Name": f"Person {o['who']}"},
        lambda o: {"Customer": o["who"], "Name": f"Gift for {o['number']}"},  # whom it is sent to
    ],
    ids=["one name each", "a name per order"],
)
def test_names_that_no_shop_tells_apart_ask_for_nothing(tmp_path, only, row):
    only(shared_numbers)
    rows = [in_shops(o) | row(o) for o in ORDERS]
    assert found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))) == {}


@pytest.mark.grid
@pytest.mark.parametrize(
    "row",
    [
        lambda o: {"Invoice": o["number"] // 2, "Till": "AB"[o["number"] % 2]},
        lambda o: {"Invoice": o["number"] % 60},  # several a day
        lambda o: {"Invoice": o["who"], "Customer": o["who"], "Till": "AB"[o["number"] // 60 % 2]},
    ],
    ids=["per till", "several a year", "one customer on several days"],
)
def test_order_numbers_that_begin_anew_are_joined_where_a_column_tells_them_apart(tmp_path, only, row):
    only(repeats)
    content = shop(tmp_path, [sale(o) | row(o) for o in ORDERS], columns=COLUMNS)
    report = transactions(tmp_path, content)
    assert found(report) == {"order_id_reused": "REVIEW"}
    advice = one(report, "order_id_reused").advice
    assert ("columns: {order_id:" in advice) == ("Till" in advice) == (row(ORDERS[0])["Invoice"] == 500)
    if "Till" in advice:
        mended = transactions(tmp_path, applied(content, one(report, "order_id_reused")))
        assert found(mended) == {}
        assert mended.accepted.order_id.nunique().execute() == len(ORDERS)


def test_order_numbers_that_begin_anew_each_year_are_joined_with_it(tmp_path, only):
    only(repeats)
    seen: dict[int, int] = {}
    rows = []
    for o in sorted(ORDERS, key=lambda o: o["when"]):
        year = o["when"].year
        seen[year] = seen.get(year, 0) + 1
        rows.append(sale(o, Invoice=seen[year]))
    content = shop(tmp_path, rows, columns=COLUMNS)
    report = transactions(tmp_path, content)
    mended = transactions(tmp_path, applied(content, one(report, "order_id_reused")))
    assert found(mended) == {}
    assert mended.accepted.order_id.nunique().execute() == len(ORDERS)


def test_an_order_given_to_two_customers_is_counted_once_by_the_proposed_line(tmp_path, only):
    only(repeats)
    rows = [sale(o, Role="Payer") for o in ORDERS]
    rows += [sale(o, Customer=f"B{o['who']}", Role="Beneficiary") for o in ORDERS[::5]]
    content = shop(tmp_path, rows, columns=COLUMNS)
    report = transactions(tmp_path, content)
    mended = transactions(tmp_path, applied(content, one(report, "order_id_reused")))
    assert found(mended) == {}
    assert round(mended.money_used, 2) == TRUE


# ---- several customers in one cell
@pytest.mark.parametrize(
    ("sign", "often", "verdict"),
    [("; ", 10, "stop"), (",", 61, "REVIEW"), (" & ", 7, "stop"), ("|", 61, "REVIEW")],
)
def test_several_customers_in_one_cell_are_named_and_the_first_is_counted(
    tmp_path, only, sign, often, verdict
):
    only(identifiers)
    rows = [
        sale(o, Customer=f"C{o['who']}" + (f"{sign}C{o['who'] % 9 + 1}" if o["number"] % often == 0 else ""))
        for o in ORDERS
    ]
    content = shop(tmp_path, rows, columns=COLUMNS)
    report = transactions(tmp_path, content)
    assert found(report) == {"ids_in_one_cell": verdict}
    mended = transactions(tmp_path, applied(content, one(report, "ids_in_one_cell")))
    assert found(mended) == {}
    assert mended.accepted.customer_id.nunique().execute() == 60


@pytest.mark.parametrize("name", ["Meyer, Person {}", "Salt & Pepper {}", "A/{}", "Mr and Mrs {}"])
def test_a_sign_inside_a_name_asks_for_nothing(tmp_path, only, name):
    only(identifiers)
    rows = [sale(o, Customer=name.format(o["who"])) for o in ORDERS]
    assert found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))) == {}


# ---- equal lines of an order
def of_a_grocery(*, twice: float = 0.0) -> list[dict]:
    """Lines of a till that writes a line per piece; of a part of the orders, each line stands there again."""
    draw, rows = random.Random(3), []
    for o in ORDERS:
        lines = [
            sale(o, Product=goods, Total=price)
            for goods, price in (("Milk", "1.19"), ("Bread", "2.49"), ("Eggs", "3.29"))
            for _ in range(draw.choice([1, 1, 1, 2]))
        ]
        rows += lines * (2 if draw.random() < twice else 1)
    return rows


@pytest.mark.parametrize("twice", [0.0, 0.3])
def test_equal_pieces_are_drafted_as_they_are_unless_whole_orders_are_there_twice(tmp_path, only, twice):
    only()
    rows = of_a_grocery(twice=twice)
    content = shop(tmp_path, rows, columns=COLUMNS | {"category": "Product"})
    report = transactions(tmp_path, content)
    draft = TableDraft("transactions", Mock(), {"columns": {}})
    source = tables.open_source(load_study(tmp_path / "study.yaml"))
    assert checks._has_equal_pieces(draft, report, source) is not bool(twice)
    assert draft.settings.get("rules") == (None if twice else {"duplicate_line": "keep"})
    if not twice:
        said = content["tables"]["transactions"] | {"rules": draft.settings["rules"]}
        kept = transactions(tmp_path, shop(tmp_path, rows, **said))
        assert round(kept.money_used, 2) == round(sum(float(row["Total"]) for row in rows), 2)
