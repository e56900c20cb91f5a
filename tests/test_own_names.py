"""Names and words that say a row is no sale: the company itself, its staff, samples, replacements, what went back."""

import unicodedata

import pytest
import yaml
from findings_support import COLUMNS, applied, found, one, orders, own_cache, sale, shop, transactions  # noqa: F401

from helpers.contracts import status_words
from helpers.contracts.status_words import BACK, SENT, TEST, UNPAID, VOID

ORDERS = orders(240)
SAID = {
    VOID: "Hoàn hàng|Đã hoàn hàng|Trả lại|Zurückgesendet|Rückläufer|CHARGED_BACK|Chargeback|ยกเลิกแล้ว|ถูกยกเลิก|ส่งคืน|Devuelto"
    "|Remboursé|Renvoyé|Huỷ|Đã hủy|Retoure|Return|退款",
    UNPAID: "Gemahnt|2. Mahnung|Inkasso|In collections|Dunning|Quá hạn|Relancée",
    SENT: "Replacement|Sample|Free sample|Ersatzlieferung|Échantillon|Muestra|Hàng mẫu|สินค้าตัวอย่าง|Exchanged|Đổi hàng",
    TEST: "Intercompany|Internal|Employee order",
}


@pytest.mark.parametrize("group", SAID)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_words_of_a_status_are_known_in_any_unicode_form(group, form):
    for word in SAID[group].split("|"):
        assert status_words.group_of(unicodedata.normalize(form, word), "Order_status") == group, word


def test_the_same_words_elsewhere_mean_something_else():
    assert status_words.group_of("Sample", "Product") is None
    assert status_words.group_of("Hoàn hàng", "Order type") == BACK
    assert status_words.group_of("Demo", "Salesperson") is None
    assert status_words.group_of("Demo", "Order type") == TEST
    assert status_words.group_of("Huy", "Nhân viên") is None
    assert status_words.group_of("Huy", "Trạng thái") == VOID
    assert status_words.group_of("Internal", "User type") == TEST
    assert status_words.group_of("Credit", "Payment status") is None


def in_where(content: dict, finding) -> dict:
    """The study file with the condition that `check` writes out for the owner."""
    [example] = finding.examples
    content["tables"]["transactions"] |= yaml.safe_load(example.strip("`"))
    return content


@pytest.mark.grid
@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("Customer", "Intercompany"),
        ("Customer", "A shop"),
        ("Customer name", "Sample"),
        ("Customer name", "Nhân viên"),
    ],
)
def test_a_customer_that_is_the_company_itself_stops(tmp_path, column, name):
    rows = [
        sale(order)
        | {"Customer name": f"Person {order['who']}"}
        | ({column: name} if order["who"] % 10 == 0 else {})
        for order in ORDERS
    ]
    content = shop(tmp_path, rows, columns=COLUMNS)
    report = transactions(tmp_path, content)
    assert found(report) == {"own_names": "stop"}
    assert name not in str(one(report, "own_names").told), "names are for the owner's terminal alone"
    report = transactions(tmp_path, in_where(content, one(report, "own_names")))
    assert not found(report)
    true = sum(order["amount"] for order in ORDERS if order["who"] % 10)
    assert report.accepted.revenue.sum().execute() == pytest.approx(true)


def test_a_seller_called_demo_asks_and_is_never_left_out_unasked(tmp_path):
    rows = [sale(order, Salesperson="Demo" if order["who"] % 4 == 0 else "Anna") for order in ORDERS]
    report = transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))
    assert found(report) == {"own_names": "REVIEW"}
    assert "may be people of that name" in one(report, "own_names").sentence


def test_people_and_firms_of_like_names_are_customers(tmp_path):
    names = (
        "Testa Marco",
        "Samplers Ltd",
        "Demos Trading",
        "Internet Shop",
        "Stafford",
        "Internal Medicine",
        "Musterhaus",
    )
    rows = [sale(order) | {"Customer name": names[order["who"] % 6]} for order in ORDERS]
    assert not found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS)))


@pytest.mark.grid
@pytest.mark.parametrize("word", ["Replacement", "Sample"])
def test_goods_sent_and_not_sold_ask(tmp_path, word):
    rows = [sale(order, **{"Order type": word if order["who"] % 20 == 0 else "Sale"}) for order in ORDERS]
    content = shop(tmp_path, rows, columns=COLUMNS)
    report = transactions(tmp_path, content)
    assert found(report) == {"unread_status": "REVIEW"}
    assert not found(transactions(tmp_path, applied(content, one(report, "unread_status"))))
