"""Totals of stays and payments that several rows repeat, packs that are used up, ids that change, disputes that were won."""

from datetime import datetime, timedelta

import pytest
from findings_support import COLUMNS, applied, found, one, orders, own_cache, sale, shop, transactions  # noqa: F401

from helpers import cli, paths
from helpers.errors import StudyError
from helpers.study.study import load_study
from helpers.tables import encodings, headers

ORDERS = orders(400, customers=100)
TRUE = round(sum(order["amount"] for order in ORDERS), 2)
CHANGED = datetime(2025, 9, 1)
NO_ID = {name: column for name, column in COLUMNS.items() if name != "order_id"}


def nights(order: dict) -> list[dict]:
    """A stay's total on each of its nights."""
    days = [order["when"].replace(hour=12) + timedelta(days=n) for n in range(order["number"] % 3 + 1)]
    return [sale(order) | {"Date": day} for day in days]


def of_two(order: dict) -> list[dict]:
    """A payment in full, by each of the two whom it is for."""
    others = [{"Customer": f"S{order['who']}"}] if order["number"] % 3 == 0 else []
    return [sale(order), *(sale(order) | one_more for one_more in others)]


def revenue(report) -> float:
    return round(report.accepted.revenue.sum().execute(), 2)


@pytest.mark.parametrize("lines", [nights, of_two])
def test_a_total_that_nights_or_two_people_repeat_stops_and_is_counted_once(tmp_path, lines):
    rows = [line | {"Folio No": line["Invoice"]} for order in ORDERS for line in lines(order)]
    content = shop(
        tmp_path, [{key: row[key] for key in row if key != "Invoice"} for row in rows], columns=NO_ID
    )
    report = transactions(tmp_path, content)
    assert found(report)["order_id_unread"] == "stop"
    content = applied(content, one(report, "order_id_unread"))
    if lines is nights:
        report = transactions(tmp_path, content)
        assert found(report) == {"order_total_repeated": "stop"}
        assert revenue(transactions(tmp_path, applied(content, one(report, "order_total_repeated")))) == TRUE


@pytest.mark.parametrize(("sold", "used"), [("Purchase", "Redemption"), ("Sale", "Lesson taken")])
def test_packs_that_are_used_up_are_sold_once(tmp_path, sold, used):
    rows = [sale(order) | {"Type": sold} for order in ORDERS]
    rows += [
        sale(order) | {"Type": used, "Total": "5.00", "Invoice": f"U{order['number']}"} for order in ORDERS
    ]
    content = shop(tmp_path, rows, columns=COLUMNS)
    told = found(report := transactions(tmp_path, content))
    name = next(name for name in ("unread_status", "unknown_status") if name in told)
    assert repr(used) in one(report, name).sentence
    assert revenue(transactions(tmp_path, applied(content, one(report, name)))) == TRUE


def test_ids_that_change_ask_and_disputes_that_were_won_stay(tmp_path):
    won = {True: "won", False: "lost"}
    rows = []
    for order in ORDERS:
        later = {"Customer": f"N{order['who'] * 7 % 1009}"} if order["when"] >= CHANGED else {}
        odd = order["number"] % 10 == 0
        disputed = {"Disputed amount": order["amount"], "Dispute outcome": won[order["number"] % 20 == 0]}
        rows.append(sale(order) | later | (disputed if odd else dict.fromkeys(disputed, "")))
    content = shop(tmp_path, rows, columns=COLUMNS)
    report = transactions(tmp_path, content)
    assert found(report) == {"ids_changed": "REVIEW", "unread_status": "stop"}
    assert "bought before 2025-09" in one(report, "ids_changed").sentence
    report = transactions(tmp_path, applied(content, one(report, "unread_status")))
    assert report.used == len(ORDERS) - sum(order["number"] % 20 == 10 for order in ORDERS)


def test_customers_keep_their_ids_where_some_always_go_on(tmp_path):
    content = shop(tmp_path, [sale(order) for order in ORDERS], columns=COLUMNS)
    assert found(transactions(tmp_path, content)) == {}


@pytest.mark.parametrize(("later", "asked"), [("Quinn Foster", True), ("Anna Foster", False)])
def test_ids_that_were_given_to_somebody_else_ask_and_a_new_surname_does_not(tmp_path, later, asked):
    named = {False: "Anna Abel", True: later}
    rows = [sale(o) | {"Customer name": named[o["who"] % 9 == 0 and o["when"] >= CHANGED]} for o in ORDERS]
    content = shop(tmp_path, rows, columns=COLUMNS)
    report = transactions(tmp_path, content)
    assert found(report) == ({"ids_of_several": "REVIEW"} if asked else {})
    if asked:
        report = transactions(tmp_path, applied(content, one(report, "ids_of_several")))
        assert report.accepted.customer_id.nunique().execute() == len(
            {(o["who"], o["who"] % 9 == 0 and o["when"] >= CHANGED) for o in ORDERS}
        )


def test_a_refund_on_each_line_and_a_status_on_the_first_alone_stop(tmp_path):
    rows = [
        sale(o) | {"SKU": line, "Refunded": "4.00" if o["number"] % 10 == 0 else "0.00", "State": state}
        for o in ORDERS
        for line, state in enumerate(("void" if o["number"] % 9 == 0 else "paid", ""))
    ]
    rows = [row | {"Total": float(row["Total"]) / 2 + row["SKU"]} for row in rows]
    content = shop(tmp_path, rows, columns=COLUMNS, where=["coalesce(State, '') <> 'void'"])
    report = transactions(tmp_path, content)
    told = found(report)
    assert told["left_in_part"] == "stop" and told["unread_refunds"] in ("stop", "REVIEW")
    assert "is blank on 44 rows of orders" in one(report, "left_in_part").sentence
    assert "on each line of 36 orders" in one(report, "unread_refunds").advice
    content["tables"]["transactions"]["where"] = []
    assert "left_in_part" not in found(transactions(tmp_path, content))


# ---- drafts
def test_a_file_that_gives_several_cards_to_one_customer_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(paths, "REPORTS", tmp_path / "reports")
    paths.REPORTS.mkdir()
    bought = [f"{n},29{n % 20:04},2026-03-{n % 28 + 1:02},{n}.50" for n in range(40)]
    (tmp_path / "receipts.csv").write_text("\n".join(["Receipt No,Card No,Date,Total", *bought]))
    owned = [f"29{n:04},M{n // 2}" for n in range(20)]
    (tmp_path / "cards.csv").write_text("\n".join(["Card No,Member ID", *owned]))
    assert (
        cli.main(["new", "drafted", "--from", str(tmp_path / "receipts.csv"), str(tmp_path / "cards.csv")])
        == 0
    )
    said = "cards.csv gives several Card No to one Member ID"
    assert said in capsys.readouterr().out
    assert said in (paths.REPORTS / "drafted.yaml").read_text()


def test_what_a_second_header_says_is_no_unknown_status(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "REPORTS", tmp_path / "reports")
    paths.REPORTS.mkdir()
    head = "Order ID,Order Status,Cancelation/Return Type,SKU ID,Quantity,SKU Subtotal After Discount,Order Amount"
    rows = [head + ",Created Time,Buyer Username"]
    rows += [
        "Platform unique order ID.,Current order status.,Cancel or return.,SKU.,Sold.,Subtotal.,Paid.,Time.,Nickname."
    ]
    rows += [
        f"57{n:05},{'Canceled' if n % 9 == 0 else 'Completed'},,1,1,{n}.00,{n}.00,{n % 28 + 1:02}/03/2026 10:00:00,u{n % 7}"
        for n in range(1, 80)
    ]
    (tmp_path / "shop.csv").write_text("\n".join(rows))
    assert cli.main(["new", "drafted", "--from", str(tmp_path / "shop.csv")]) == 0
    drafted = load_study(paths.REPORTS / "drafted.yaml")
    assert "Current order status." in drafted.tables["transactions"].known_values["Order Status"]


def test_lines_in_quotes_as_a_whole_are_refused(tmp_path):
    lines = ['"Order;Customer;Total"\n', '"1;C1;5,00"\n', '"2;C2;6,00"\n']
    with pytest.raises(StudyError, match="as a whole"):
        headers.refuse_quoted_lines(tmp_path / "orders.csv", lines)
    headers.refuse_quoted_lines(tmp_path / "orders.csv", [line.replace('"', "") for line in lines])


def test_turkish_letters_that_nearly_fit_another_language_are_turkish():
    lines = ["Sipariş Numarası;Alıcı;Sipariş Statüsü", *(f"{n};Anna Abel;İptal Edildi" for n in range(90))]
    assert encodings.propose("\n".join(lines).encode("cp1254")).choices[0] == {"encoding": "cp1254"}
