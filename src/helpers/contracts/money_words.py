"""How exports call columns of money beside the amount, of goods and of cards: refunds, fees, discounts, what is owed."""

import re

REFUND = re.compile(
    r"refund|returned|^returns?( amount| value| total)?$|credited|credit.?(note|memo)|gutschrift"
    r"|erstatt|rembours|reembols|devoluc|hoàn (tiền|trả)|tiền hoàn|คืนเงิน"
)
# What stands beside such money: which payment, when, why, by whom.
NO_MONEY = re.compile(
    r"\b(ids?|no|nr|num|number|ref|reference|code|date|day|time|at|on|reason|by|status|type|days|note)\b\.?$|nummer$|datum$"
    r"|^(ngày|lý do|mã|số (phiếu|đơn)|วันที่|เลขที่)"
)
DISPUTE = re.compile(r"disput|charge.?back|litige|retrocargo|rücklast|tranh chấp|ข้อพิพาท")
WON = re.compile(r"\bwon\b|in (your|our) favou?r|gewonnen|gagnée?\b|\bganad[oa]|thắng|ชนะ")
DUE = re.compile(
    r"(balance|amount).?due|due.?(amount|balance)|outstanding|open.?(amount|balance)|^unpaid( amount)?$"
    r"|offener? (betrag"
    r"|posten)|restbetrag|reste à payer|solde dû|(saldo|importe) pendiente|còn (nợ|phải thu)|công nợ|ค้างชำระ|ยอดค้าง"
)
# Of these, what is certainly left of the amount, and never the amount itself.
LEFT = re.compile(r"outstanding|open|unpaid|balance|rest|offen|reste|solde|saldo|pendiente|còn|công nợ|ค้าง")
FEE = re.compile(
    r"(^|[^a-z])(fees?|gebühr(en)?|frais|comisi[oó]n(es)?|cargos? por|comiss[aã]o|commission|provision|phí|hoa hồng)"
    r"([^a-z]|$)|ค่าธรรมเนียม"
)
# Parts of an amount that no customer paid in money, or that go back later.
OTHERWISE = re.compile(
    r"trade.?in\b|part.?exchange|inzahlungnahme|\breprise\b|parte de pago|thu cũ|cash.?back|\brückvergütung"
    r"|(paid|pay|payment|redeemed|used|bezahlt|eingelöst|payé|pagado|thanh toán|đổi)\W*"
    r"(by|with|in|per|mit|en|par|con|bằng)?\W*(voucher|gift.?card|store.?credit|loyalty|points?|miles|gutschein|punkte|bons?|vales?|puntos|điểm)\b"
    r"|(voucher|gift.?cards?|store.?credits?|wallet|gutscheine?)\W*(amount|value|paid|payment|used|redeemed|applied|wert|betrag)"
    r"|(loyalty|reward|points?|miles|punkte|puntos)\W*(points?)?\W*(amount|value|discount|payment|redemption|wert|betrag)"
    r"|(giá trị|tiền) (điểm|voucher)|เครดิตเงินคืน"
)
DISCOUNT = re.compile(
    r"discount|rabatt|nachlass|skonto|remise|réduction|descuento|giảm giá|chiết khấu|khuyến mãi|ส่วนลด"
    r"|coupon (amount|value)|voucher"
)
PERCENT = re.compile(r"%|percent|pct|\brate\b|prozent|pourcent|porcentaje|phần trăm|เปอร์เซ็นต์")
GROSS = re.compile(
    r"\bgross\b|\bsub.?total\b|zwischensumme|sous.total|tiền hàng"
    r"|before discount|undiscounted|list price|vor rabatt|avant remise|antes de descuento|trước giảm"
    r"|ก่อนหักส่วนลด|ก่อนลด"
)
# What stands beside a total that is made up of it: the parts say what the total holds.
SUBTOTAL = re.compile(r"sub.?total|zwischensumme|sous.total|tiền hàng|shipping|versandkosten|phí vận chuyển")
PRODUCT = re.compile(
    r"product|\bitems?\b|\bsku\b|article|artikel|produ[ik]t|description|bezeichnung|producto|sản phẩm|mặt hàng"
    r"|hàng hóa|สินค้า"
)
GIFT = re.compile(
    r"gift.?(card|voucher|certificate)|store.?credit|gutschein|geschenkkarte|(carte|chèque).?cadeau|bon d'achat"
    r"|tarjeta.?(de )?regalo|vale.?regalo|(thẻ|phiếu) quà|บัตรของขวัญ|บัตรกำนัล"
)
VOUCHER = re.compile(
    GIFT.pattern + r"|\b(e-?)?vouchers?\b|\bgift ?cert|\bgc redem|wertgutschein"
    r"|wertbon|\bbon$|\bvales?\b|\bbono\b|phiếu mua hàng"
    r"|คูปองเงินสด|แลกบัตร"
)
# Of files, and tables in one.
RETURNS = re.compile(
    r"refund|return|credit.?(note|memo)|charge.?back|gutschrift|retour|storno|erstattung|rembours|avoir|devoluc|reembols"
    r"|trả.?hàng|hoàn.?tiền|(phieu|don).?tra|tra.?hang|hoan.?tien|คืน(สินค้า|เงิน)"
)
