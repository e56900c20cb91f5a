"""Words for payments and orders that are no revenue, in English, Vietnamese, Thai, German, French and Spanish."""

import re
import unicodedata

from helpers.contracts import further_status_words, people_words
from helpers.messages import message

VOID, PARTLY, UNPAID, TEST = "void", "partly", "unpaid", "test"
MOVED, BACK, DRAFT, STAGE, SENT = "moved", "back", "draft", "stage", "sent"
EVENT, POINTS, OLDER = "event", "points", "older"
PLANNED, INACTIVE = "planned", "inactive"
MEANINGS = {
    VOID: message("status.void", "void, failed, cancelled or refunded"),
    PARTLY: message("status.partly", "refunded in part"),
    UNPAID: message("status.unpaid", "not paid yet"),
    TEST: message("status.test", "a test, or the company's own"),
    MOVED: message("status.moved", "a move of money that is no sale"),
    BACK: message("status.back", "a return or credit note, whose amount should be negative"),
    DRAFT: message("status.draft", "a draft or an offer, no order yet"),
    STAGE: message("status.stage", "an order, delivery, deposit or payment beside its invoice"),
    SENT: message(
        "status.sent", "a sample, a replacement or an exchange: goods that were sent, and not sold"
    ),
}
MEANINGS |= {
    OLDER: message("status.older", "an earlier version of a row"),
    EVENT: message("status.event", "something else than a purchase, such as a visit or a registration"),
    POINTS: message("status.points", "points of a loyalty programme, which are no money"),
    PLANNED: message("status.planned", "planned or forecast, and not sold"),
    INACTIVE: message("status.inactive", "marked as not valid or not active"),
}
CERTAIN = (
    VOID,
    TEST,
    MOVED,
    BACK,
    DRAFT,
    STAGE,
    EVENT,
    POINTS,
    OLDER,
    PLANNED,
)  # such rows are no revenue, whatever else is true

# Documents that take a sale back, and the same words where a column says the kind of row and not its state.
_NOTE = (
    r"credit.?(note|memo)(?! (issued|created|applied))"
    r"|^gutschrift|rechnungsgutschrift|stornorechnung|rechnungskorrektur|^note de cr[ée]dit$"
    r"|\bavoir\b"
    r"|nota de (crédito|credito|abono)|^abono$|factura rectificativa|hàng bán (bị )?trả lại|phiếu trả hàng"
    r"|giảm giá hàng bán"
    r"|ใบลดหนี้|ใบรับคืน|nota di credito|creditnota|creditfactuur"
)
_TAKEN_BACK = (
    r"^credit$|^crédit$|^(payment |card |customer )?(charge.?backs?|reversals?|clawbacks?)$|^đã hoàn$"
    r"|^rück(lastschrift|buchung)$|^rejet de prélèvement$|^(devolución de recibo|contracargo|retrocesión)$"
    r"|^((sales?|customer|product|payment|full|order).)?(refund|return)s?$|^retoure$"
    r"|^rückgabe$|^rücksendung$"
    r"|^(rück)?erstattung$|^retour( client)?$|^remboursement$|^devoluci[oó]n( de venta)?$|^reembolso$"
    r"|^trả (lại )?hàng( bán)?$|^khách trả (lại )?hàng$"
    r"|^(đã |bị |đang )?hoàn (tiền|trả|hàng)( về)?$|^(đã )?trả lại$|^(ส่ง|รับ|ขอ|ถูก)?คืน(แล้ว|สินค้า|เงิน)*$"
    r"|^reso$|^rimborso$|^retournering$|^restituit[oa]$|^renvoyée?$|^rückläufer$|^zurück(gesendet|gesandt|geschickt"
    r"|gegeben|gekommen|genommen)?$|^(đa |da )?hoan (tien|tra|hang)$|^sent back$|^退(款|货|貨)$"
)
_NO_STATE_OF_GOODS = re.compile(r"^cr[eé]dit$")
_CANCELLED = re.compile(
    r"^(đa |da )?huy( đon| don)?$|^取消$"
)  # written without marks: elsewhere it is a name
_GOODS_SENT = (
    r"^((free|product|warranty|order)[ -])?(samples?|replacements?|exchanged?|re-?shipments?|re-?ship(ped)?|warranty)$"
    r"|^(waren)?muster$|^(ersatz|nach|garantie)lieferung$|^umtausch$|^umgetauscht$|^garantie$|^échantillons?$"
    r"|^échange[ée]?$"
    r"|^remplacement$|^muestras?$|^(re)?cambio$|^reemplazo$|^reposición$|^garantía$|^(hàng |tặng )?mẫu( thử)?$"
    r"|^(đã )?đổi (hàng|trả)$|^(đổi |hàng )?bảo hành$|^(สินค้า)?ตัวอย่าง$|^เปลี่ยน(สินค้า)?$|^(เคลม|รับประกัน)$"
    r"|^campion[ei]$|^sostituzione$|^(monster|vervanging|omruiling)$"
)
KIND = re.compile(
    r"\b(type|kind|class|doc(ument)?|transaction|event|record|movement|operation)\b|\bart$|(beleg|vorgangs|buchungs"
    r"|umsatz|auftrags|geschäfts|rechnungs|dokumenten)art$|vorgang|typ$|\btyp\b"
    r"|tipo|nature|loại|nghiệp vụ|ประเภท|ชนิด" + "|" + further_status_words.KIND
)
_WORDS = {
    DRAFT: r"^(checkout.?|auto.?)?draft( order| invoice)?$|^(sales )?(quote|quotation|estimate"
    r"|pro.?forma( invoice)?)( sent)?$"
    r"|^abandoned( cart| checkout)?$"
    r"|^(angebot|entwurf|kostenvoranschlag|devis|brouillon|presupuesto|borrador|cotización|báo giá|(bản )?nháp|đơn nháp"
    r"|ใบเสนอราคา|ฉบับร่าง|ร่าง|preventivo|bozza|offerte|concept)$",
    BACK: _NOTE,
    UNPAID: r"unpaid|^((gift|donation|recurring).)?pledges?$|^promised?$"
    r"|not paid|pending|awaiting|on.?hold|incomplete|payment.?due|not.?settled|\bqueued\b|\bunbilled\b"
    r"|requires (payment|action|confirmation)|authori[sz]ed$|unbezahlt|nicht bezahlt|ausstehend|^offen$"
    r"|\bgemahnt|mahnung|mahnstufe|inkasso|(in|to) collections?$|\bdunning|zahlungserinnerung"
    r"|^relancée?$|recouvrement"
    r"|en mora\b|nhắc nợ|quá hạn|เกินกำหนด|ทวงถาม"
    r"|impay|non pay|en attente|pendiente|no pagad|impagad|chưa thanh toán|chờ|ค้างชำระ|รอชำระ|ยังไม่ชำระ|past.?due"
    r"|overdue",
    PARTLY: r"part.*(refund|return)|teil.*(erstatt|retour)|(rembours|reembols).*parti?[ec]l|parti?[ec]l.*(rembours"
    r"|reembols)"
    r"|hoàn.*một phần|คืนเงินบางส่วน",
    VOID: r"void|fail|declin|reject|expired|cancel|refund|charged?.?back|disput|revers|returned|abandon|denied|blocked"
    r"|^((payment|transaction|charge|system)?.?error|erreur( de paiement)?|error de pago|skipped|uncollectible|missed"
    r"|(late )?no.?show"
    r"|rto( .*)?|return(ed|ing)? to (origin|sender|seller|shop).*|undelivered|not delivered|lost( in transit)?|lapsed"
    r"|timed?.?out"
    r"|rolled back|withdrawn|aborted|duplicate|(zahlungs)?fehler|nicht zustellbar|nicht erschienen|verfallen|verloren"
    r"|non livrée?"
    r"|perdue?|no entregad[oa]|perdid[oa]|no presentad[oa]|no se presentó|lỗi|thất lạc|không đến|ผิดพลาด|สูญหาย"
    r"|ไม่มาตามนัด)$"
    r"|delet|fraud|\bspam\b|\btrash(ed)?\b|chargeback|bounced|written.?off|dishono|unsuccessful|removed"
    r"|^(is )?(excluded?|ignored?)( from .*)?( flag)?\??$"
    r"|storn|abgelehnt|fehlgeschlagen|abgebrochen|erstattet|rückerstatt|retourn|ungültig|gelöscht|betrug"
    r"|rücklastschrift|widerruf|geplatzt"
    r"|annul|échou|echou|refus|rembours|litige|échec|retourné|supprimé|fraude|abandonné|devolvid|rechazad|denegad|fallid|anulad"
    r"|reembols|devuel|devoluci|disputa|eliminad|borrad[oa]|vencid|caducad|estornad|rimbors|fallit|terugbet|mislukt"
    r"|thất bại|từ chối|hủy|huỷ|hoàn tiền|hoàn trả|trả hàng|tranh chấp|đã (xóa|xoá)|gian lận"
    r"|không thành công|bom hàng|không giao được"
    r"|ยกเลิก|ล้มเหลว|ไม่สำเร็จ|ลบแล้ว|ตีกลับ|ปฏิเสธ|คืนเงิน|คืนสินค้า|โมฆะ|nicht erfolgreich|non abouti",
    SENT: _GOODS_SENT,
    TEST: r"(training|practice|schulungs|trainings|übungs).?mod(e|us)|mode formation|\bsandbox\b"
    r"|\binter.?company\b|konzernintern"
    r"|\btest(s|ing)?\b|\bstaff[0-9]*\b|employee|\binternal\b|\bdummy\b|\bdemo\b|mitarbeiter|personalkauf|\bintern\b"
    r"|testbestell|employé|\binterne\b|\bessai\b|empleado|\binterno\b|\bprueba|nhân viên|nội bộ|dùng thử|đơn thử"
    r"|พนักงาน|ทดสอบ|ภายใน",
    MOVED: r"^((vendor|supplier|purchase)s?.(bill|invoice|credit|order|receipt|refund)|bill"
    r"|(general )?journal( entry)?|expense"
    r"|eingangsrechnung|facture (d'achat|fournisseur)|factura de (compra|proveedor)|mua hàng|opening balance"
    r"|(service|selling|stripe|processing|platform|payment|transaction) fees?)$|withdraw|\btransfer|pay.?out"
    r"|currency conversion|bank deposit|top.?up|reserve|auszahlung|überweisung|abhebung"
    r"|umrechnung|virement|retrait|retiro|transferencia|rút tiền|chuyển tiền|ถอนเงิน|โอนเงิน",
}
# Documents of one sale: where invoices stand in the same column, the others count it again.
# What programs of websites and memberships write beside purchases, where a column says what happened.
HAPPENED = re.compile(
    r"\b(events?|action|activity|activities|kind|type|operation|event name)\b|ereignis|aktion|hành động|sự kiện"
    r"|เหตุการณ์"
)
_EVENT = re.compile(
    r"^(page|screen|item|product|list|content|ad)?[ -]?views?(ed)?([ -](item|page|product|cart|content|list"
    r"|promotion).*)?$"
    r"|^(user |customer |account )?(log|sign|opt)(ged|ned)?[ -]?(in|up|out|on|off)$|^(add(ed)?|remov(ed?)) (to"
    r"|from) ?(the )?(cart|basket|wishlist).*$"
    r"|^(add(ed)?[ -]?to[ -]?(cart|wishlist)|(begin|began|initiated?|started?)[ -]?checkout|checkout[ -](started"
    r"|initiated|begun))$"
    r"|^(add|added)( payment| shipping)? info$|^(site |product )?search(ed)?$|^(session|visit|trial)[ -]?(start"
    r"|started|ended|begin|began)?$"
    r"|^first[ -](visit|open)$|^scroll$|^(ad |email |link )?click(ed)?$|^(email|push|sms"
    r"|newsletter)[ -]?(open(ed)?|sent|click(ed)?|deliver(ed)?|bounced?)$"
    r"|^(new )?(user |account |customer |profile )?(registration|registered|created|activated|verified|updated"
    r"|closed|deleted|password reset)$"
    r"|^(account|profile)[ -](created|closed|deleted|updated|verified)$|^(un)?subscribe(d)?$|^(subscription"
    r"|membership|plan)[ -](cancell?ed|cancell?ation|paused|expired)$"
    r"|^((class|pass|session|voucher|pack|credit|membership)[ -])?(redemption|redeem(ed)?|check[ -]?in|attendance"
    r"|attended|visits?|booking used)$"
    r"|^(einlösung|eingelöst|besuch|utilisation( de séance)?|visite|passage|canje|canjeado|visita|asistencia"
    r"|sử dụng buổi|lượt tập"
    r"|ใช้สิทธิ์|来店|来館|チケット利用|이용|출석|посещение|списание|wizyta|kullanım|presença|bezoek|kunjungan|زيارة)$"
    r"|^(app |first )?(install(ed)?|open(ed)?|launch(ed)?)$|^(churn(ed)?|registrierung|anmeldung|abmeldung"
    r"|kündigung|inscription|connexion"
    r"|registro|inicio de sesión|đăng (ký|nhập)|xem( trang)?|สมัคร|เข้าสู่ระบบ)$"
)
_POINTS = re.compile(
    r"^(loyalty|reward|bonus)s?[ -]?(points?|earned|redeemed|redemption|accrual|adjustment)|\bpoints?[ -](earned"
    r"|redeemed|redemption|accrual|accrued|expired|adjust\w*|award\w*|bonus)"
    r"|^(earn|redeem)(ed)? points?$"
    r"|^((loyalty|reward|bonus) )?(points|miles)$|^điểm( thưởng)?$|^แต้ม$|^puntos$"
    r"|^(bonus)?punkte|tích điểm|đổi điểm|สะสมแต้ม|แลกแต้ม|ポイント(付与|利用)|积分"
    r"|포인트 ?적립"
)
INVOICE = re.compile(
    r"^((sales?|customer|tax|pos).?)?(invoice|sale|receipt)s?$|^cash sale$|^sales receipt$|^(ausgangs)?rechnung$"
    r"|^verkauf$"
    r"|^facture( client)?$|^vente$|^factura( de venta)?$|^venta$|^hóa đơn( bán hàng)?$|^bán hàng$|^ใบแจ้งหนี้$"
    r"|^ใบกำกับภาษี$|^ขาย$"
)
SALE = re.compile(
    r"^((online|in.?store|retail|product|member|regular|new|pos|class|pack|plan)[ -]?)?(sales?|purchased?|purchases"
    r"|sold|charges?"
    r"|top.?ups?|recharges?|donations?)$|^(verkäufe|kauf|einkauf|aufladung|spende|ventes|achat|don|ventas|compra|recarga|donación"
    r"|bán( lẻ)?|mua( hàng)?|nạp( tiền)?|ขาย|ซื้อ|เติมเงิน|売上|購入|販売|판매|구매|продажа|покупка|sprzedaż|zakup|satış|venda"
    r"|verkoop|aankoop|vendita|acquisto|penjualan|pembelian|بيع|شراء)$"
)
TOP_UP = re.compile(r"top.?up")  # the sale of a telephone company, and a move of money in a purse
BESIDE = re.compile(
    r"^((sales|customer|web).?)?orders?( confirmation)?$|^(customer |invoice )?payments?( received)?$"
    r"|^deposit( invoice)?$"
    r"|^(delivery note|packing slip|item fulfil?lment|shipment|sales?.?(order )?(line|item)s?|line item|tender)$"
    r"|^down.?payment( invoice)?$"
    r"|^(auftrag|auftragsbestätigung|bestellung|lieferschein|zahlung|zahlungseingang|anzahlung|anzahlungsrechnung"
    r"|abschlagsrechnung)$"
    r"|^((bon de )?commande|bon de livraison|acompte|facture d'acompte|paiement|règlement|encaissement)$"
    r"|^(pedido( de venta)?|albarán|remito|remisión|anticipo|pago|cobro|recibo)$"
    r"|^(đơn (đặt )?hàng|phiếu (thu|xuất( kho)?|giao( hàng)?)|thu tiền|đặt cọc)$"
    r"|^(ใบสั่ง(ซื้อ|ขาย)|ใบส่งของ|รับชำระ(เงิน)?|มัดจำ)$"
)
# An invoice that is less the deposits beside it: then these are a part of what was sold.
LESS_DEPOSIT = re.compile(
    r"less|minus|\bfinal\b|balance|remain|abzüglich|abzgl|schluss|rest|moins|solde|reste|final|saldo|menos|còn lại"
    r"|tất toán|ส่วนที่เหลือ"
)
DEPOSIT = re.compile(r"deposit|payment|anzahlung|abschlag|acompte|anticipo|đặt cọc|มัดจำ")
# Columns that say by a letter or a word which way the money goes: Dr/Cr, Soll/Haben, Sale/Return, Is Return.
SIDE = re.compile(
    r"^(dr ?/? ?cr|cr ?/? ?dr|d ?/? ?c|s ?/? ?h|soll ?/? ?haben.*|debits? ?(/|or)? ?credits?( (flag|indicator|code"
    r"|type))?"
    r"|credits? ?(/|or)? ?debits?( (flag|indicator|code|type))?"
    r"|shkzg|s ?/? ?h.?kz|d.?c.?(ind|indicator|flag|code|mark)|drcr|crdr"
    r"|débit ?/? ?crédit|debe ?/? ?haber|nợ ?/? ?có"
    r"|sales? ?(/|or) ?returns?|sale return( (flag|indicator|code))?|vorzeichen|signe?|signo)$"
)
CHANCE = re.compile(
    r"probability|likelihood|win chance|wahrscheinlich|probabilit|probabilidad|xác suất|ความน่าจะเป็น"
)
OTHER_SIDE = re.compile(
    r"^(cr?|credit|crédit|crédito|h|haben|haber|có|dr?|debit|débit|s|soll|debe|nợ|r|ret|rtn|returns?|refund|sales?|-"
    r"|\+)$"
)
# Where a column tells what was sold from what was planned: Actual and Budget, Ist and Plan.
SOLD = re.compile(
    r"^(actuals?|real(i[sz]ed)?|ist|ist-?werte?|réel|réalisé|reali[sz]ad[oa]|thực (tế|hiện)|จริง|実績|实际|факт)$"
)
PLAN = re.compile(
    r"^(budget(ed)?|forecast(ed)?|plan(ned)?|targets?|outlook|estimated?|soll|planung|prognose|hochrechnung|budgété|prévu"
    r"|prévision(nel)?|presupuest(o|ado)|previst[oa]|pronóstico|kế hoạch|dự (báo|kiến)|ngân sách|แผน|งบประมาณ|คาดการณ์"
    r"|予算|予測|计划|预算|план)( ?v?[0-9]{0,4})$"
)
# Flags of rows that count: `valid_flag` N, `Active` 0.
VALID = re.compile(
    r"^(is )?(row |record |order |sale )?(valid|active|enabled|aktiv|gültig|actif|valide|activ[oa]|válid[oa]|hiệu lực)"
    r"( (flag|ind|indicator|yn|row|record|order|sale))?\??$"
)
# Columns that are filled for what went back: Return Date, Refund reason, Is Return.
WENT_BACK = re.compile(
    r"^(replaced|superseded) by( order)?( (id|no|number))?$|^ersetzt durch$|^remplacée? par$|^reemplazad[oa] por$"
    r"|^thay bằng( đơn)?$"
    r"|^(return|refund|cancell?ation|cancel|rma"
    r"|void)( request(ed)?)?"
    r" (date|day|time|reason|id|no|number|on|at)$|^(rückgabe|retouren?|storno|erstattungs?) ?(datum|grund|nr|nummer)$"
    r"|^(date|motif) (de |du |d')?(retour|remboursement|annulation)$|^(fecha|motivo) de (devoluci[oó]n|reembolso"
    r"|cancelaci[oó]n|anulaci[oó]n)$"
    r"|^(ngày|lý do) (trả( hàng)?|hoàn( tiền| hàng)?|hủy|huỷ)( đơn)?$|^(วันที่|เหตุผล)(การ)?(คืน|ยกเลิก).*$"
)
IS_BACK = re.compile(
    r"^(is )?(a )?(return|refund|credit note|retoure|gutschrift|retour|avoir|devolución|trả hàng)( flag)?\??$"
)
LESS = re.compile(
    r"refund|return|cancel|retour|zurück|storn|rembours|annul|devuel|cancelad|trả|hủy|hoàn|คืน|ยกเลิก"
)
PIECES = re.compile(
    r"\b(qty|quantity|quantities|units|pieces|menge|anzahl|stück|quantité|cantidad|số lượng|sl)\b|จำนวน"
)
STATE = re.compile(
    r"\bstatus\b|(^|order |invoice |payment |transaction |sale |current )state( id)?$|zustand|[a-zäöü]+status$"
    r"|\bstatut\b|\bétat\b|\bestado\b"
    r"|situación|trạng thái|tình trạng|สถานะ" + "|" + further_status_words.STATE
)
NO_STATE = re.compile(
    r"fulfil|shipp|deliver|customer|member|client|contact|subscri|consent|opt|email|e-mail|tax|marital|stock|invent"
    r"|loyal|risk|vip"
    r"|liefer|versand|kunden|livraison|expédi|envío|entrega|giao|vận|จัดส่ง|khách|ลูกค้า|lead|account"
    + "|"
    + further_status_words.NO_STATE
)
GOOD = re.compile(
    r"\b(paid|complet\w*|closed?|fulfil\w*|ship\w*|deliver\w*|process\w*|success\w*|succeeded|captured|settled"
    r"|cleared|confirmed"
    r"|approved|accepted|done|finished|invoiced|billed|posted|sent|ready|received|in transit|picked\w*|packed|active"
    r"|valid|ok|normal"
    r"|live|open|new|partial\w* (shipped|delivered)|sales? order|sold|won|finali[sz]ed|released|collected|dispatched"
    r"|accept\w*|enabled|checked[ -]?out|checked[ -]?in|stayed)\b"
    r"|bezahlt|abgeschlossen|versendet|versandt|geliefert|erledigt|bestätigt|verbucht|fertig|in bearbeitung"
    r"|zugestellt|aktiv|gebucht"
    r"|payée?|livré|expédié|termin|valid|accepté|confirmé|encaiss|préparation|en cours|factur"
    r"|pagad|completad|enviad|entregad|confirmad|procesad|cobrad|finalizad|en proceso"
    r"|hoàn (thành|tất)|đã (giao|thanh toán|nhận|xác nhận|gửi|thu|duyệt|ghi sổ|xong|đóng)|đang (giao|xử lý"
    r"|vận chuyển)|thành công|đã xuất|chờ giao"
    r"|สำเร็จ|จัดส่ง|ชำระแล้ว|ชำระเงินแล้ว|เสร็จ|ยืนยัน|ส่งแล้ว|ได้รับ|อนุมัติ" + "|" + further_status_words.GOOD
)
_PATTERNS = {
    group: re.compile("|".join(filter(None, (words, getattr(further_status_words, group.upper(), "")))))
    for group, words in _WORDS.items()
}
_GOES_BACK = re.compile(f"{_TAKEN_BACK}|{further_status_words.GOES_BACK}")
_NOT = re.compile(
    r"^(no|not|none|non|never|un|nein|kein\w*|nicht|sans|sin|không|chưa|ไม่)\b|^ไม่|^un(refund|cancel|disput)"
)
_NO_SUCCESS = re.compile(
    r"(không|ไม่|nicht|not|non|no)[ -]?(thành công|สำเร็จ|erfolgreich|successful|abouti|exitos|delivered|zugestellt"
    r"|livré)"
    r"|no.?show|^no (entregad|presentad|se present)|^non livré|^nicht (zustellbar|erschienen)|^không đến|^ไม่มาตามนัด"
)
TRUE = (
    "true", "t", "yes", "y", "1", "tyes", "✓", "✔", "✔️", "☑", "✅", "●", "•", "on", "checked", "ja", "oui", "sí", "si", "có",
    "ใช่", "x", "wahr", "vrai", "verdadero", "sim", "verdadeiro", "sì", "vero", "да", "истина", "tak", "prawda", "evet",
    "igen", "ano", "áno", "ναι", "نعم", "はい", "예", "네", "是", "ya", "đúng", "kyllä",
)  # fmt: skip
FALSE = (
    "false", "f", "no", "n", "0", "tno", "✗", "✘", "❌", "☐", "off", "unchecked", "nein", "non", "không", "ไม่", "falsch",
    "faux", "falso", "não", "nao", "нет", "ложь", "nie", "fałsz", "hayır", "nee", "nej", "nei", "nem", "ne", "όχι", "لا",
    "いいえ", "아니오", "아니요", "否", "tidak", "sai", "khong", "không phải", "ไม่ใช่", "ei",
)  # fmt: skip
WITH_REVERSALS = {"y", "n", "c"}  # of a flag `Cancelled`: C is the document that takes the other back
PAID = re.compile(
    r"^(is.?)?(paid|captured|succeeded|success|successful|live.?mode|completed|valid|bezahlt|payée?|pagado"
    r"|đã thanh toán|ชำระแล้ว)$"
)
CURRENT = re.compile(
    r"^((is|row|version|record).)?(current|latest|newest)(.(version|row|record|revision))?(.(flag|ind|indicator))?$"
    r"|^(is.)?last.(version|row|record|revision)$"
    r"|^aktuell$|^(ist.)?(aktuell|gültig)(e version)?$|^actuel(le)?$|^version actuelle$|^versión actual$|^vigente$"
)
WHY = re.compile(r"\b(tags?|reason|purpose|note|remark|label)s?\b|grund|zweck|motif|motivo|lý do|เหตุผล")
METHOD = re.compile(
    r"method|gateway|zahlart|zahlungsart|moyen|modo|forma|phương thức|hình thức|วิธี|channel|provider|tender"
)
PAYMENT = re.compile(r"pay|card|tender|zahl|karte|paiement|pago|thanh toán|ชำระ|trả tiền")
DELIVERY = re.compile(r"fulfil|shipp|deliver|liefer|versand|livraison|expédi|envío|entrega|giao|vận|จัดส่ง")


def composed(text: str) -> str:
    """A text in lower case and Unicode's composed form, with blanks for underscores; İ is i."""
    return unicodedata.normalize("NFC", text.replace("İ", "i")).casefold().replace("_", " ")


def sells(title: str) -> bool:
    """Whether a column, by its name in lower case, names who sold, and not of which kind they are."""
    return people_words.SELLER.search(title) is not None and KIND.search(title) is None


def group_of(value: str, column: str) -> str | None:
    """What a value of a column means for revenue, None where it means nothing."""
    text, name = composed(value).strip().removeprefix("wc-"), composed(column)
    title = name.strip()
    if _GOES_BACK.search(text) and KIND.search(title) and not PAYMENT.search(name):
        return BACK
    if HAPPENED.search(title) and _EVENT.search(text):
        return EVENT
    if (HAPPENED.search(title) or KIND.search(title) or METHOD.search(title)) and _POINTS.search(text):
        return POINTS
    if STATE.search(title) and (_CANCELLED.search(text) or _GOES_BACK.search(text)):
        return None if _NO_STATE_OF_GOODS.search(text) else VOID
    for group, pattern in _PATTERNS.items():
        if not pattern.search(text):
            continue
        if group != UNPAID and _NOT.search(text) and not _NO_SUCCESS.search(text):
            return None
        if group == SENT and not (KIND.search(title) or STATE.search(title) or WHY.search(title)):
            return None
        if group == TEST and (sells(title) or people_words.NAMED.search(title)):
            return None  # judged by `own_names`
        if group == BACK and (METHOD.search(name) or PAYMENT.search(name)):
            return None
        if (group == MOVED and METHOD.search(name)) or (group == UNPAID and DELIVERY.search(name)):
            return None
        return group
    return None


def group_of_name(column: str) -> str | None:
    """What a column means by its name: `Cancelled at`, `is_test`."""
    return group_of(column.replace("_", " "), "")
