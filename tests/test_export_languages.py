"""Exports of orders with headers, dates and amounts of many languages: `new` alone brings out the business."""

import pytest
from drafted import outcome
from findings_support import orders

ORDERS = orders(240)


def dotted(number: float) -> str:
    return f"{number:,.2f}".translate(str.maketrans(",.", ".,"))


def halves(day) -> str:
    return f"{day.year}. {day.month}. {day.day}. {'오전' if day.hour < 12 else '오후'} {day.hour % 12 or 12}:{day.minute:02}"


def wide(text: str) -> str:
    return text.translate(str.maketrans("0123456789,", "０１２３４５６７８９，"))


def era(day) -> str:
    return f"令和{day.year - 2018}年{day.month}月{day.day}日"


def day(pattern: str):
    return lambda when: when.strftime(pattern)


# name: (encoding, delimiter, header, day, amount, decimals, sale, no sale); the header's columns as in `file`.
FILES = {
    "japanese": ("cp932", ",", "注文番号,顧客番号,注文日,商品名,数量,金額,ステータス",
                 day("%Y年%m月%d日"),
                 lambda x: f"{x:,.0f}円", 0, "完了", "キャンセル"),
    "japanese era": ("utf-8", ",", "受注番号,会員番号,売上日,品名,数量,合計金額,状態",
                     era, lambda x: wide(f"{x:,.0f}"), 0, "発送済み",
                     "返品"),
    "korean": ("cp949", ",", "주문번호,고객번호,주문일시,상품명,수량,결제금액,주문상태",
               halves, lambda x: f"{x:,.0f}원", 0, "배송완료",
               "취소"),
    "russian": ("cp1251", ";", "Номер заказа;Код клиента;Дата заказа;Товар;Количество;Сумма;Статус", day("%d.%m.%Y"),
                lambda x: f"{dotted(x)} руб.", 2, "Выполнен", "Отменен"),
    "turkish": ("cp1254", ";", "Sipariş No;Müşteri No;Sipariş Tarihi;Ürün;Adet;Tutar;Durum",
                day("%d.%m.%Y"), lambda x: f"{dotted(x)} TL", 2, "Tamamlandı", "İptal edildi"),
    "polish": ("iso8859_2", ";", "Numer zamówienia;Numer klienta;Data zamówienia;Produkt;Ilość;Kwota;Status",
               day("%Y-%m-%d"), lambda x: f"{x:.2f} zł".replace(".", ","), 2, "Zrealizowane", "Anulowane"),
    "italian": ("utf-8", ";", "Numero ordine;Codice cliente;Data ordine;Prodotto;Quantità;Importo;Stato",
                day("%d/%m/%Y"), lambda x: f"€ {dotted(x)}", 2, "Completato", "Annullato"),
    "portuguese": ("cp1252", ";", "Número do pedido;Código do cliente;Data do pedido;Produto;Quantidade;Valor;Situação",
                   day("%d/%m/%Y"), lambda x: f"R$ {dotted(x)}", 2, "Concluído", "Cancelado"),
    "dutch": ("utf-8", ";", "Bestelnummer;Klantnummer;Besteldatum;Product;Aantal;Bedrag;Status", day("%d-%m-%Y"), dotted, 2,
              "Voltooid", "Geannuleerd"),
    "chinese": ("gb18030", ",", "订单号,客户编号,下单时间,商品名称,数量,实付金额,订单状态", day("%Y-%m-%d %H:%M:%S"),
                lambda x: f"{x:.2f}", 2, "已完成", "已取消"),
    "taiwanese": ("big5", ",", "訂單編號,會員編號,訂單日期,商品名稱,數量,訂單金額,訂單狀態", day("%Y/%m/%d"),
                  lambda x: f"NT${x:,.0f}", 0, "已完成", "已取消"),
    "indonesian": ("utf-8", ",", "Nomor Pesanan,Kode Pelanggan,Tanggal Pesanan,Produk,Jumlah,Total,Status",
                   day("%d-%m-%Y"), lambda x: f"Rp{x:,.0f}".replace(",", "."), 0, "Selesai", "Dibatalkan"),
    "by values alone": ("utf-8", ";", "Númrið;Kundanr;Dagur;Vøra;Nøgd;Upphædd;Støða", day("%d.%m.%Y"), dotted, 2, "Liðugt",
                        ""),
}  # fmt: skip
FAST = ("korean", "by values alone")


def file(name: str) -> tuple[str, tuple]:
    """The text of a file, and the customers, orders and revenue that are true."""
    _, mark, header, on, worth, decimals, good, none = FILES[name]
    scale = 1 if decimals else 100
    lines, kept = [header], []
    for order in ORDERS:
        is_sale = not none or order["number"] % 11
        amount = round(order["amount"] * scale, decimals)
        kept += [(order["who"], amount)] if is_sale else []
        cells = [
            order["number"],
            f"K{order['who']:03}",
            on(order["when"]),
            "ABC"[order["number"] % 3],
            1,
            worth(amount),
        ]
        lines.append(mark.join(f'"{one}"' for one in (*cells, good if is_sale else none)))
    return "\n".join(lines), (len({who for who, _ in kept}), len(kept), round(sum(one for _, one in kept), 2))


@pytest.mark.grid
@pytest.mark.parametrize(
    "name", [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in FILES]
)
def test_a_language_needs_no_edit(tmp_path, name):
    text, true = file(name)
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(FILES[name][0]))
    assert outcome(path).came_out == true
