"""Orders counted wrongly by their numbers: a line's number inside the id, an id that is not mapped, one order under two."""

import re

from helpers.contracts.checked import DAY, NEAR, Checked, columns_line, one_row, share
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import count, message, verbatim
from helpers.study.table_columns import ROW

NUMBERED = message(
    "order_numbers.numbered",
    "{ids} in order_id end in a number of their line, and are {fewer} without it, each of one customer and day: every line "
    "counts as an order.",
)
VERSIONS = message(
    "order_numbers.versions",
    "{ids} in order_id end in the number of a version, and are {fewer} without it, each of one customer: every version "
    "counts as an order.",
)
LAST_VERSION = message(
    "order_numbers.last_version",
    "To keep each order's last row, add to transactions: `{line}`. If each is an order: `{keep}`.",
)
CUT_OFF = message(
    "order_numbers.cut_off", "If they are, add to transactions: `{line}`. If each is an order: `{keep}`."
)
NOT_READ = message(
    "order_numbers.not_read",
    "the study does not read the column {column}, which holds {orders} in {rows}: an order of several lines counts several "
    "times.",
)
MAP_IT = message(
    "order_numbers.map_it", "If it numbers orders, add to transactions: `{line}`. If not: `{keep}`."
)
TWINS = message(
    "order_numbers.twins",
    "{twins} of {orders} orders have the customer, the time and the amount of another order with another number, {money} in "
    "all: the same order from two systems.",
)
LEAVE_ONE = message(
    "order_numbers.leave_one",
    "Leave one system's orders out, by a `where` on what tells them apart. If they are different orders: `{keep}`.",
)

ID = re.compile(
    r"(order|invoice|receipt|transaction|ticket|sale|basket|check|bill|payment|confirmation|reservation|booking|folio|voucher"
    r"|stay|trip)s?[ _.-]?(id|no|nr|number|num|code|ref(erence)?|#)?$"
    r"|^(order|invoice)?(id|no|number|#)$"
    r"|(bestell|auftrags|rechnungs|beleg|bon)[ _-]?(nr|nummer|id)|n[°ºo]\.? ?(de )?(commande|facture|pedido|factura)"
    r"|(numéro|número|num) (de )?(commande|facture|pedido|factura)|mã (đơn|hóa đơn|hoá đơn)|số (đơn|hóa đơn|hoá đơn|ct)"
    r"|เลขที่|หมายเลข(คำสั่งซื้อ|ใบเสร็จ)|(注文|受注|伝票|取引|予約|订单|訂單|预订)(番号|id|no|号|编号|編號)|(주문|예약|거래)번호"
    r"|номер (заказа|чека|брони)|(numer|nr) (zamówienia|rezerwacji|paragonu)|sipariş (no|numarası)|rezervasyon no"
    r"|(nomor|no) (pesanan|faktur|nota)|numero (ordine|prenotazione)|(ordernummer|bestelnummer|boekingsnummer)"
    r"|رقم (الطلب|الفاتورة|الحجز)"
)
LINE = r"[-_./#:]\d{1,2}$"  # 1001-1, 1001-2
VERSION = r"[-_./ (]+(?i:v|ver|rev|version)[-_. ]?\d{1,2}[)]?$"  # 1001-v2, 1001 rev.1
FEWEST, OFTEN = 20, 0.02
FEW = 5  # orders of several versions


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions."""
    if checked.table != "transactions":
        return []
    if not checked.has("order_id"):
        return _not_read(checked)
    return [*_numbered(checked), *_twins(checked)]


def _not_read(checked: Checked) -> list[Finding]:
    """An unused column named as an order's number that several rows of one customer and day share.

    Or of days one after the other, each with the same amount: the nights of a stay, with what all cost on each. Or of
    several customers, who have its whole amount each.
    """
    lines = checked.report.accepted.mutate(
        _day=lambda t: t.order_date.cast("timestamp").epoch_seconds() // DAY
    )
    rows = max(checked.report.used, 1)
    for name, different in checked.unused.items():
        if not ID.search(name.casefold().strip()) or not 0.02 * rows < different < 0.95 * rows:
            continue
        texts = checked.source.texts(checked.table, [name]).rename(_at=ROW)
        both = lines.select(ROW, "customer_id", "order_date", "revenue", "_day")
        both = both.inner_join(texts, both[ROW] == texts["_at"])
        both = both.filter(both[name].notnull())
        each = both.group_by(name).aggregate(
            rows=both.count(), who=both.customer_id.nunique(), days=both.order_date.nunique(),
            span=both["_day"].max() - both["_day"].min(), spread=both.revenue.max() - both.revenue.min(),
        )  # fmt: skip
        nights = (each.spread == 0) & (each.span <= NEAR * (each.rows - 1))
        seen = one_row(
            each, ids=each.count(), rows=each.rows.sum(), several=(each.rows > 1).sum(),
            whole=((each.days == 1) & ((each.who == 1) | (each.spread == 0)) | (each.who == 1) & nights).sum(),
        )  # fmt: skip
        if (seen["several"] or 0) < FEWEST or seen["whole"] < 0.9 * seen["ids"]:
            continue
        told = NOT_READ(
            column=verbatim(name),
            orders=count(seen["ids"], "different value"),
            rows=count(seen["rows"], "row"),
        )
        line = verbatim(columns_line("order_id", name))
        todo = MAP_IT(line=line, keep=keep("order_id_unread"))
        value = share(seen["ids"], seen["rows"])
        return [checked.finding("order_id_unread", STOP, told, value, threshold=share(1, 1), todo=todo)]
    return []


def _numbered(checked: Checked) -> list[Finding]:
    orders = checked.orders
    numbered = orders.order_id.re_search(LINE)
    versions = orders.order_id.re_search(VERSION)
    seen = one_row(orders, ids=orders.count(), numbered=numbered.sum(), versions=versions.sum())
    if (seen["versions"] or 0) >= FEW:
        return _versions(checked, orders, seen)
    if (seen["numbered"] or 0) < max(FEWEST, 0.9 * seen["ids"]):
        return []
    each = orders.mutate(start=orders.order_id.re_replace(LINE, "")).group_by("start").aggregate(
        ids=lambda t: t.count(), low=lambda t: t.one.min(), high=lambda t: t.other.max(),
        first=lambda t: t["first"].min(), last=lambda t: t["last"].max(),
    )  # fmt: skip
    same = (each.low == each.high) & (each["first"] == each["last"])
    several = each.ids > 1
    found = one_row(each, fewer=each.count(), several=several.sum(), same=(several & same).sum())
    if (found["several"] or 0) < FEWEST or found["same"] < 0.95 * found["several"]:
        return []
    told = NUMBERED(ids=count(seen["ids"], "id"), fewer=count(found["fewer"]))
    name = checked.sql("order_id")
    said = f"regexp_replace(CAST({name} AS VARCHAR), '{LINE}', '')"
    todo = CUT_OFF(line=verbatim(columns_line("order_id", said)), keep=keep("order_id_of_lines"))
    value = share(found["fewer"], seen["ids"])
    return [checked.finding("order_id_of_lines", STOP, told, value, threshold=share(1, 1), todo=todo)]


def _versions(checked: Checked, orders, seen: dict) -> list[Finding]:
    """Order ids of which some are later versions of others: INV-7-v1 and INV-7-v2."""
    each = orders.mutate(start=orders.order_id.re_replace(VERSION, "")).group_by("start").aggregate(
        ids=lambda t: t.count(), low=lambda t: t.one.min(), high=lambda t: t.other.max()
    )  # fmt: skip
    several = each.ids > 1
    found = one_row(
        each, fewer=each.count(), several=several.sum(), same=(several & (each.low == each.high)).sum()
    )
    if (found["several"] or 0) < FEW or found["same"] < 0.95 * found["several"]:
        return []
    told = VERSIONS(ids=count(seen["ids"], "id"), fewer=count(found["fewer"]))
    said = f"regexp_replace(CAST({checked.sql('order_id')} AS VARCHAR), '{VERSION}', '')"
    line = f"{columns_line('order_id', said)}, keep_latest: row"
    todo = LAST_VERSION(line=verbatim(line), keep=keep("order_id_of_lines"))
    value = share(found["fewer"], seen["ids"])
    return [checked.finding("order_id_of_lines", STOP, told, value, threshold=share(1, 1), todo=todo)]


def _twins(checked: Checked) -> list[Finding]:
    """Orders that another number repeats to the second and the cent, where rows bear times of day."""
    orders = checked.orders.filter(checked.orders.money > 0)
    orders = orders.select(who=orders.one, at=orders.at, money=orders.money.round(2))
    timed = orders["at"].cast("string").re_search(r"[T ]\d{2}:\d{2}:\d{2}") & (
        orders["at"].hour() + orders["at"].minute() > 0
    )
    groups = orders.filter(timed).group_by("who", "at", "money").aggregate(ids=lambda t: t.count())
    again = groups.filter(groups.ids > 1)
    seen = one_row(again, twins=(again.ids - 1).sum(), money=(again.money * (again.ids - 1)).sum())
    total = one_row(checked.orders, orders=checked.orders.count())["orders"] or 0
    if (seen["twins"] or 0) <= max(FEWEST / 2, OFTEN * total):
        return []
    told = TWINS(twins=count(seen["twins"]), orders=count(total), money=checked.money(seen["money"]))
    todo = LEAVE_ONE(keep=keep("order_under_two_ids"))
    value = share(seen["twins"], total)
    return [checked.finding("order_under_two_ids", REVIEW, told, value, threshold=share(OFTEN, 1), todo=todo)]
