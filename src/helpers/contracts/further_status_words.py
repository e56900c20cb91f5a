"""Words for payments and orders that are no revenue, in ten languages from Japanese to Indonesian.

Added to those of `status_words`, in small letters.
"""

STATE = (
    r"ステータス|状態|状況|상태|상황|статус|состояни|\bstato\b|\bstan\b|durum|\bsitua[cç][aã]o\b|状态|狀態|\btoestand\b"
    r"|\bstav\b|\bstare\b|állapot|κατάσταση|حالة|\btila\b"
)
NO_STATE = (
    r"حالة (الشحن|التوصيل|العميل)|配送|会員|在庫|배송|회원|доставк|клиент|spedizione|dostawy|kargo|entrega"
    r"|verzend|发货|物流|會員|pengiriman"
)
KIND = r"区分|種別|種類|구분|유형|\bтип\b|вид операции|rodzaj|\btürü?\b|\bsoort\b|类型|類型|類別|\bjenis\b"
VOID = (
    r"キャンセル|取消|返品|返金|失敗|無効|취소|환불|반품|결제 ?실패|отмен|возвра(т|щ)|отказ|аннулир|annullat"
    r"|rimborsat|stornat"
    r"|rifiutat|restituit|anulowan|zwrot|zwrócon|odrzucon|nieudan|\biptal|\biade|başarısız|reddedil|cancelad"
    r"|devolvid|recusad"
    r"|geannuleerd|terugbetaald|geretourneerd|mislukt|geweigerd|已取消|交易关闭|交易關閉|退款|退货|退貨|已关闭"
    r"|已關閉|失败|作废|作廢"
    r"|\b(di)?batal(kan)?\b|dikembalikan|\bgagal|ditolak|zrušen|stornov|avbruten|annullerad|återbetal|makulerad"
    r"|törölve|visszatérít|ακυρ|επιστρ"
    r"|anulat|returnat|rambursat|ملغ|مرتجع|مسترجع|مسترد|مرفوض|peruttu|palautettu|annulleret|refunderet|kansellert|отказан|скасован|поверн"
)
UNPAID = (
    r"بانتظار الدفع|لم يتم الدفع|غير مدفوع|입금 ?전|未払い?|入金待ち|支払い?待ち|未入金|미결제|미입금|입금 ?대기"
    r"|결제 ?대기|не оплачен|ожидает оплат|in attesa"
    r"|non pagat|nieopłacon"
    r"|oczekuj|niezapłacon|ödenmedi|ödeme bekl|bekliyor|aguardando|pendente|não pag|onbetaald|in afwachting|openstaand"
    r"|待付款|未付款|待支付|belum (di)?bayar|menunggu pembayaran|nezaplacen|obetald|függőben|εκκρεμ|neplătit|neachitat"
)
TEST = r"^テスト|テスト(注文|データ)|社内|테스트|사내|тестов|\bprova\b|testow|\bdeneme\b|\bteste\b|测试|測試|內部|内部"
GOES_BACK = (
    r"^(返品|赤伝|返金|반품|환불|возврат( товара)?|reso|nota di (credito|accredito)|zwrot|faktura korygująca"
    r"|korekta|iade"
    r"|iade faturası|devolução|nota de crédito|retour|creditnota|退货单?|退款单?|退貨單?|retur)$"
)
DRAFT = (
    r"^(見積書?|見積り|下書き|견적서?|черновик|коммерческое предложение|preventivo|bozza|oferta|szkic|teklif"
    r"|taslak|orçamento"
    r"|rascunho|offerte|concept|报价单?|草稿|報價單?|penawaran|draf)$"
)
GOOD = (
    r"完了|済み?$|発送|配達|受取|売上|완료|확정|배송중|выполнен|оплачен|доставлен|заверш|отправлен|completat"
    r"|spedit|consegnat|pagat|evas[oa]"
    r"|zrealizowan|odebran|opłacon|zapłacon|wysłan|dostarczon|zakończon|tamamland|teslim edil|ödendi|kargoya|onayland"
    r"|conclu[ií]d|entregue"
    r"|\bpago\b|aprovad|faturad|voltooid|verzonden|betaald|afgerond|geleverd|afgehandeld|已完成|已发货|已付款"
    r"|交易成功|已签收|已收货"
    r"|已出貨|已送達|交易完成|selesai|\btiba\b|dikirim|dibayar|\blunas\b|diterima|dokončen|vyřízen|doručen|levererad"
    r"|skickad|betald|teljesít"
    r"|kiszállít|ολοκληρώθηκε|παραδόθηκε|finalizat|livrat|expediat|مكتمل|تم (التسليم|التنفيذ|الشحن|التوصيل|الدفع)"
    r"|مدفوع|مؤكد|toimitettu|leveret|levert"
)
GUEST = (
    r"一般顧客|一般客|非会員|ゲスト|名無し|비회원|일반고객|손님|розничный (покупатель|клиент)|частное лицо"
    r"|физ\.? ?лицо|гость"
    r"|аноним|cliente (generico|occasionale|al dettaglio|banco|di passaggio)|privato|ospite|klient (detaliczny"
    r"|indywidualny|gotówkowy)|gość"
    r"|perakende( müşteri)?|misafir|nihai tüketici|peşin müşteri|consumidor( final)?|cliente (padrão|balcão"
    r"|avulso)|convidado"
    r"|venda (a dinheiro|ao consumidor)|passant|particulier|losse verkoop|contante verkoop|散客|游客|普通顾客"
    r"|零售客户|散戶|訪客|現金客戶"
    r"|pelanggan (umum|tunai)|tamu|\w* ?(redacted|anonymi[sz]ed|deleted|removed|erased|unregistered"
    r"|default)( ?(user|customer|account|client))?"
    r"|\[?(redacted|deleted|removed)\]?|(pos|retail|default|guest|cash|counter|general|one.?time|sundry) (customer"
    r"|client|sales?|account|buyer|user)s?"
    r"|(deleted|redacted|anonymous|noreply|no-reply|guest|unknown|removed|none|noemail|na|pos)(\+[^@]*)?@.*"
    r"|laufkundschaft|laufkund(e|in)|barkund(e|in)|tageskund(e|in)|sammelkund(e|in)|divers(e|er|es)?( kunden)?|cpd(-kunde)?"
    r"|público en general|venta(s)? al público|client (divers|anonyme)|clients? divers|sundry|over.?the.?counter|walk.?ins?"
    r"|(pos|web|till|shop)[-_ ]?(default|guest|cash)|0{8}-0{4}-0{4}-0{4}-0{12}"
    r"|d41d8cd98f00b204e9800998ecf8427e|da39a3ee5e6b4b0d3255bfef95601890afd80709"
    r"|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855|[\[(<]?(null|nil|nan|undefined|blank|empty|missing"
    r"|not (set|available|provided|given|known|specified)|unspecified|unassigned"
    r"|no (name|e-?mail|phone|id)|keine angabe|ohne angabe|non renseigné|sin (nombre|datos)|không (có|rõ)|ไม่ระบุ)[\])>]?"
)
# Letters of SAP's billing documents beside M, an invoice, and P, a debit memo: what they are.
OF_BILLING = r"(sd )?doc(ument)? ?categ|vbtyp"
CANCELS, CREDITS = ("N", "S"), ("O",)
