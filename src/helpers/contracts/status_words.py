"""Words for payments and orders that are no revenue, in English, Vietnamese, Thai, German, French and Spanish."""

import re

from helpers.messages import message

VOID, PARTLY, UNPAID, TEST = "void", "partly", "unpaid", "test"
MOVED, BACK, DRAFT = "moved", "back", "draft"
MEANINGS = {
    VOID: message("status.void", "void, failed, cancelled or refunded"),
    PARTLY: message("status.partly", "refunded in part"),
    UNPAID: message("status.unpaid", "not paid yet"),
    TEST: message("status.test", "a test, or the company's own"),
    MOVED: message("status.moved", "a move of money that is no sale"),
    BACK: message("status.back", "a return or credit note, whose amount should be negative"),
    DRAFT: message("status.draft", "a draft or an offer, no order yet"),
}
CERTAIN = (VOID, TEST, MOVED, BACK, DRAFT)  # such rows are no revenue, whatever else is true

# Documents that take a sale back, and the same words where a column says the kind of row and not its state.
_NOTE = (
    r"credit.?(note|memo)|^gutschrift|rechnungsgutschrift|stornorechnung|rechnungskorrektur|^note de cr[ée]dit$|\bavoir\b"
    r"|nota de (crédito|credito|abono)|^abono$|factura rectificativa|hàng bán (bị )?trả lại|phiếu trả hàng|giảm giá hàng bán"
    r"|ใบลดหนี้|ใบรับคืน|nota di credito|creditnota|creditfactuur"
)
_TAKEN_BACK = (
    r"^credit$|^crédit$|^((sales?|customer|product|payment|partial|full|order).)?(refund|return)s?$|^retoure$|^rückgabe$|^rücksendung$"
    r"|^(rück)?erstattung$|^retour( client)?$|^remboursement$|^devoluci[oó]n( de venta)?$|^reembolso$"
    r"|^trả hàng$|^khách trả hàng$"
    r"|^hoàn (tiền|trả|hàng)$|^คืน(สินค้า|เงิน)$|^รับคืน(สินค้า)?$|^reso$|^rimborso$|^retournering$"
)
KIND = re.compile(
    r"\b(type|kind|class|doc(ument)?|transaction|event|record|movement|operation)\b|\bart$|(beleg|vorgangs|buchungs|umsatz|auftrags|geschäfts|rechnungs|dokumenten)art$|vorgang|typ$|\btyp\b"
    r"|tipo|nature|loại|nghiệp vụ|ประเภท|ชนิด"
)
_WORDS = {
    DRAFT: r"^(checkout.?)?draft( order| invoice)?$|^(quote|quotation|estimate|pro.?forma( invoice)?)$"
    r"|^abandoned( cart| checkout)?$"
    r"|^(angebot|entwurf|kostenvoranschlag|devis|brouillon|presupuesto|borrador|cotización|báo giá|(bản )?nháp|đơn nháp"
    r"|ใบเสนอราคา|ฉบับร่าง|ร่าง|preventivo|bozza|offerte|concept)$",
    BACK: _NOTE,
    UNPAID: r"unpaid|not paid|pending|awaiting|on.?hold|incomplete|authori[sz]ed$|unbezahlt|nicht bezahlt|ausstehend|^offen$"
    r"|impay|non pay|en attente|pendiente|no pagad|impagad|chưa thanh toán|chờ|ค้างชำระ|รอชำระ|ยังไม่ชำระ|past.?due|overdue",
    PARTLY: r"part.*(refund|return)|teil.*(erstatt|retour)|(rembours|reembols).*parti?[ec]l|parti?[ec]l.*(rembours|reembols)"
    r"|hoàn.*một phần|คืนเงินบางส่วน",
    VOID: r"void|fail|declin|reject|expired|cancel|refund|charge.?back|disput|revers|returned|abandon|denied|blocked"
    r"|delet|fraud|\bspam\b|\btrash(ed)?\b|chargeback|bounced|written.?off|dishono|unsuccessful|removed"
    r"|storn|abgelehnt|fehlgeschlagen|abgebrochen|erstattet|rückerstatt|retourn|ungültig|gelöscht|betrug|rücklastschrift|widerruf|geplatzt"
    r"|annul|échou|echou|refus|rembours|litige|échec|retourné|supprimé|fraude|abandonné|rechazad|fallid|anulad|reembols|devuel|devoluci|disputa|eliminad|borrad[oa]|vencid|caducad|estornad|rimbors|fallit|terugbet|mislukt"
    r"|thất bại|từ chối|hủy|huỷ|hoàn tiền|hoàn trả|trả hàng|tranh chấp|đã (xóa|xoá)|gian lận"
    r"|không thành công|bom hàng|không giao được"
    r"|ยกเลิก|ล้มเหลว|ไม่สำเร็จ|ลบแล้ว|ตีกลับ|ปฏิเสธ|คืนเงิน|คืนสินค้า|โมฆะ|nicht erfolgreich|non abouti",
    TEST: r"\btest(s|ing)?\b|\bstaff\b|employee|\binternal\b|\bdummy\b|\bdemo\b|mitarbeiter|personalkauf|\bintern\b"
    r"|testbestell|employé|\binterne\b|\bessai\b|empleado|\binterno\b|\bprueba|nhân viên|nội bộ|dùng thử|đơn thử"
    r"|พนักงาน|ทดสอบ|ภายใน",
    MOVED: r"withdraw|\btransfer|pay.?out|currency conversion|bank deposit|top.?up|reserve|auszahlung|überweisung|abhebung"
    r"|umrechnung|virement|retrait|retiro|transferencia|rút tiền|chuyển tiền|ถอนเงิน|โอนเงิน",
}
_PATTERNS = {group: re.compile(words) for group, words in _WORDS.items()}
_GOES_BACK = re.compile(_TAKEN_BACK)
_NOT = re.compile(
    r"^(no|not|none|non|never|un|nein|kein\w*|nicht|sans|sin|không|chưa|ไม่)\b|^ไม่|^un(refund|cancel|disput)"
)
_NO_SUCCESS = re.compile(
    r"(không|ไม่|nicht|not|non|no)[ -]?(thành công|สำเร็จ|erfolgreich|successful|abouti|exitos|delivered|zugestellt|livré)"
)
TRUE = ("true", "t", "yes", "y", "1", "ja", "oui", "sí", "si", "có", "ใช่", "x", "wahr", "vrai", "verdadero")
FALSE = ("false", "f", "no", "n", "0", "nein", "non", "không", "ไม่", "falsch", "faux", "falso")
PAID = re.compile(
    r"^(is.?)?(paid|captured|succeeded|success|successful|live.?mode|completed|valid|bezahlt|payée?|pagado"
    r"|đã thanh toán|ชำระแล้ว)$"
)
METHOD = re.compile(
    r"method|gateway|zahlart|zahlungsart|moyen|modo|forma|phương thức|hình thức|วิธี|channel|provider|tender"
)
PAYMENT = re.compile(r"pay|card|tender|zahl|karte|paiement|pago|thanh toán|ชำระ|trả tiền")
DELIVERY = re.compile(r"fulfil|shipp|deliver|liefer|versand|livraison|expédi|envío|entrega|giao|vận|จัดส่ง")
REFUND = re.compile(
    r"refund|returned|^returns?( amount| value| total)?$|credited|credit.?(note|memo)|gutschrift"
    r"|erstatt|rembours|reembols|devoluc|hoàn (tiền|trả)|tiền hoàn|คืนเงิน"
)
DISPUTE = re.compile(r"disput|charge.?back|litige|retrocargo|rücklast|tranh chấp|ข้อพิพาท")
FEE = re.compile(
    r"(^|[^a-z])(fees?|gebühr(en)?|frais|comisi[oó]n(es)?|commission|provision|phí|hoa hồng)([^a-z]|$)|ค่าธรรมเนียม"
)
DISCOUNT = re.compile(
    r"discount|rabatt|nachlass|skonto|remise|réduction|descuento|giảm giá|chiết khấu|khuyến mãi|ส่วนลด"
    r"|coupon (amount|value)|voucher"
)
GROSS = re.compile(
    r"\bgross\b|\bsub.?total\b|zwischensumme|sous.total|tiền hàng"
    r"|before discount|undiscounted|list price|vor rabatt|avant remise|antes de descuento|trước giảm"
    r"|ก่อนหักส่วนลด|ก่อนลด"
)
GIFT = re.compile(
    r"gift.?(card|voucher|certificate)|store.?credit|gutschein|geschenkkarte|(carte|chèque).?cadeau|bon d'achat"
    r"|tarjeta.?(de )?regalo|vale.?regalo|(thẻ|phiếu) quà|บัตรของขวัญ|บัตรกำนัล"
)
GUEST = re.compile(
    r"^(guest|walk.?in( customer)?|unknown|anonym\w*|none|n/?a|no customer|cash( customer| sale)?|counter|retail customer"
    r"|misc\w*"
    r"|gast|laufkunde|barverkauf|unbekannt|invité|client de passage|comptoir|inconnu|invitado|mostrador|cliente general"
    r"|público general|khách lẻ|khách vãng lai|vãng lai|ลูกค้าทั่วไป|ลูกค้าหน้าร้าน|-+|0+|9{3,}|x+|test.*)$"
)


def group_of(value: str, column: str) -> str | None:
    """What a value of a column means for revenue, None where it means nothing."""
    text, name = value.casefold().replace("_", " ").strip(), column.casefold()
    if _GOES_BACK.search(text) and KIND.search(name.replace("_", " ")) and not PAYMENT.search(name):
        return BACK
    for group, pattern in _PATTERNS.items():
        if not pattern.search(text):
            continue
        if group != UNPAID and _NOT.search(text) and not _NO_SUCCESS.search(text):
            return None
        if group == BACK and (METHOD.search(name) or PAYMENT.search(name)):
            return None
        if (group == MOVED and METHOD.search(name)) or (group == UNPAID and DELIVERY.search(name)):
            return None
        return group
    return None


def group_of_name(column: str) -> str | None:
    """What a column means by its name: `Cancelled at`, `is_test`."""
    return group_of(column.replace("_", " "), "")
