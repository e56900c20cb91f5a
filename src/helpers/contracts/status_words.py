"""Words for payments and orders that are no revenue, in English, Vietnamese, Thai, German, French and Spanish."""

import re

VOID, PARTLY, UNPAID, TEST, MOVED = (
    "void, failed, cancelled or refunded",
    "refunded in part",
    "not paid yet",
    "a test, or the company's own",
    "a move of money that is no sale",
)
CERTAIN = (VOID, TEST, MOVED)  # such rows are no revenue, whatever else is true

_WORDS = {
    UNPAID: r"unpaid|not paid|pending|awaiting|on.?hold|incomplete|authori[sz]ed$|unbezahlt|nicht bezahlt|ausstehend|^offen$"
    r"|impay|non pay|en attente|pendiente|no pagad|impagad|chưa thanh toán|chờ|ค้างชำระ|รอชำระ|ยังไม่ชำระ|past.?due|overdue",
    PARTLY: r"part.*(refund|return)|teil.*(erstatt|retour)|(rembours|reembols).*parti?[ec]l|parti?[ec]l.*(rembours|reembols)"
    r"|hoàn.*một phần|คืนเงินบางส่วน",
    VOID: r"void|fail|declin|reject|expired|cancel|refund|charge.?back|disput|revers|returned|abandon|denied|blocked"
    r"|storn|abgelehnt|fehlgeschlagen|abgebrochen|erstattet|rückerstatt|retourn|ungültig"
    r"|annul|échou|echou|refus|rembours|litige|échec|retourné|rechazad|fallid|anulad|reembols|devuel|devoluci|disputa"
    r"|thất bại|từ chối|hủy|huỷ|hoàn tiền|hoàn trả|trả hàng|tranh chấp|ยกเลิก|ล้มเหลว|ปฏิเสธ|คืนเงิน|คืนสินค้า|โมฆะ",
    TEST: r"\btest(s|ing)?\b|\bstaff\b|employee|\binternal\b|\bdummy\b|\bdemo\b|mitarbeiter|personalkauf|\bintern\b"
    r"|testbestell|employé|\binterne\b|\bessai\b|empleado|\binterno\b|\bprueba|nhân viên|nội bộ|dùng thử|đơn thử"
    r"|พนักงาน|ทดสอบ|ภายใน",
    MOVED: r"withdraw|\btransfer|pay.?out|currency conversion|bank deposit|top.?up|reserve|auszahlung|überweisung|abhebung"
    r"|umrechnung|virement|retrait|retiro|transferencia|rút tiền|chuyển tiền|ถอนเงิน|โอนเงิน",
}
_PATTERNS = {group: re.compile(words) for group, words in _WORDS.items()}
_NOT = re.compile(
    r"^(no|not|none|non|never|un|nein|kein\w*|nicht|sans|sin|không|chưa|ไม่)\b|^ไม่|^un(refund|cancel|disput)"
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
DELIVERY = re.compile(r"fulfil|shipp|deliver|liefer|versand|livraison|expédi|envío|entrega|giao|vận|จัดส่ง")
REFUND = re.compile(r"refund|returned|erstatt|rembours|reembols|devoluc|hoàn (tiền|trả)|tiền hoàn|คืนเงิน")
DISPUTE = re.compile(r"disput|charge.?back|litige|retrocargo|rücklast|tranh chấp|ข้อพิพาท")
FEE = re.compile(
    r"(^|[^a-z])(fees?|gebühr(en)?|frais|comisi[oó]n(es)?|commission|provision|phí|hoa hồng)([^a-z]|$)|ค่าธรรมเนียม"
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
    for group, pattern in _PATTERNS.items():
        if not pattern.search(text):
            continue
        if group != UNPAID and _NOT.search(text):
            return None
        if (group == MOVED and METHOD.search(name)) or (group == UNPAID and DELIVERY.search(name)):
            return None
        return group
    return None


def group_of_name(column: str) -> str | None:
    """What a column means by its name: `Cancelled at`, `is_test`."""
    return group_of(column.replace("_", " "), "")
