"""What exports of orders call their columns in eleven more languages: Japanese to Arabic."""

# language | column | names, the likeliest first. A word in front of `*` is a whole name, not a part of a longer one.
NAMES = """
ja customer_id 注文者メールアドレス|注文者id|顧客番号|顧客id|顧客コード|会員番号|会員id|会員コード|お客様番号
  |お客様コード|お客様id
  |得意先コード|得意先番号|取引先コード
  |購入者id|ユーザーid
  |顧客*|会員*|お客様*|得意先*|取引先*|購入者*|メールアドレス*|顧客名|得意先名|お名前*|氏名*|電話番号*
ja order_time 注文日時|注文日|受注日時|受注日|購入日時|購入日|売上日|取引日|販売日|伝票日付|請求日|計上日|日付*|日時*
ja amount 売上金額|合計金額|購入金額|注文金額|請求金額|税込金額|税抜金額|支払金額|総額|小計*|合計*|売上高*|売上*|金額
ja order_id 注文番号|注文id|受注番号|受注id|伝票番号|取引番号|取引id|請求書番号|レシート番号|注文no|受注no|伝票no
  |オーダー番号
ja quantity 数量|個数|点数
ja category カテゴリ|カテゴリー|商品カテゴリ|分類|部門|商品名|品名|商品*|商品コード
ja channel チャネル|販売経路|店舗*|店舗名
ja price 単価|販売価格|価格*|税込単価|税抜単価
ja currency 通貨
ko customer_id 고객번호|고객 번호|고객id|고객 id|고객코드|고객 코드|회원번호|회원 번호|회원id|회원 id|구매자id
  |구매자 id|거래처코드
  |고객*|회원*|구매자*|거래처*|이메일*|고객명|회원명|구매자명|주문자*|주문자명|주문자 이메일|주문자 id|주문자 아이디
  |구매자 이메일|거래처명|휴대폰*|연락처*|전화번호*
ko order_time 주문일시|주문 일시|주문일자|주문 일자|주문일|주문 날짜|구매일시|구매일|결제일시|결제일|판매일자|판매일
  |거래일자|거래일
  |매출일자|매출일|일자*|날짜*|일시*
ko amount 결제금액|결제 금액|총 결제금액|주문금액|주문 금액|총 주문금액|판매금액|매출금액|구매금액|총 금액|총금액
  |합계금액|합계*|매출액*
  |금액
ko order_id 주문번호|주문 번호|주문id|주문 id|거래번호|전표번호|영수증번호|송장번호
ko quantity 수량|주문수량
ko category 카테고리|상품 카테고리|분류|상품명|상품*|품목*|품명|상품코드
ko channel 채널|판매채널|매장*|지점*
ko price 단가|판매가|상품가격|가격*
ko currency 통화
ru customer_id код клиента|номер клиента|id клиента|код покупателя|id покупателя|код контрагента|клиент*|покупатель*
  |заказчик*
  |контрагент*|email*|e mail*|телефон*|фио*|имя клиента
ru order_time дата заказа|дата и время заказа|дата покупки|дата продажи|дата документа|дата счета|дата оплаты
  |дата создания|дата*
ru amount сумма заказа|сумма продажи|сумма оплаты|итоговая сумма|общая сумма|итого*|всего*|сумма|выручка*|стоимость*
ru order_id номер заказа|заказ*|код заказа|id заказа|номер документа|номер чека|номер счета|чек*|документ*
ru quantity количество|кол во
ru category категория|товарная группа|группа товаров|товар*|номенклатура*|наименование*|артикул*
ru channel канал|канал продаж|магазин*|склад*
ru price цена за единицу|цена за шт|цена*
ru currency валюта
it customer_id codice cliente|id cliente|numero cliente|cod cliente|cliente*|acquirente*|ragione sociale|nome cliente
  |email*
it order_time data ordine|data dell ordine|data acquisto|data vendita|data fattura|data documento|data scontrino
  |data e ora|data*
it amount totale ordine|importo totale|importo ordine|importo netto|totale fattura|totale documento|totale*|importo*
  |fatturato*
  |ricavo*
it order_id numero ordine|id ordine|n ordine|codice ordine|ordine*|numero fattura|n fattura|numero documento|scontrino*
it quantity quantita|qta|pezzi*
it category categoria|categoria prodotto|reparto*|prodotto*|articolo*|descrizione*
it channel canale|canale di vendita|negozio*|punto vendita
it price prezzo unitario|prezzo*
it currency valuta
pl customer_id numer klienta|nr klienta|id klienta|kod klienta|klient*|kupujacy*|login kupujacego|e mail kupujacego
  |email kupujacego|nabywca*|kontrahent*|nazwa klienta
  |email*
pl order_time data zamowienia|data zakupu|data sprzedazy|data faktury|data wystawienia|data zlozenia zamowienia
  |data transakcji|data*
pl amount wartosc zamowienia|kwota zamowienia|wartosc brutto|wartosc netto|kwota brutto|kwota netto|suma*|razem*|kwota
  |wartosc
pl order_id numer zamowienia|nr zamowienia|id zamowienia|zamowienie*|numer faktury|nr faktury|numer paragonu
  |nr paragonu|faktura*
pl quantity ilosc|liczba sztuk|sztuk*|szt*
pl category kategoria|grupa towarowa|produkt*|towar*|nazwa produktu
pl channel kanal sprzedazy|kanal*|sklep*
pl price cena jednostkowa|cena jedn|cena*
pl currency waluta
tr customer_id müşteri no|müşteri numarası|müşteri kodu|müşteri id|cari kodu|üye no|müşteri*|alıcı*|cari*|üye*
  |müşteri adı|e posta*
tr order_time sipariş tarihi|satış tarihi|fatura tarihi|işlem tarihi|satın alma tarihi|tarih*
tr amount sipariş tutarı|faturalanacak tutar|ödenecek tutar|toplam tutar|genel toplam|fatura tutarı|satış tutarı
  |net tutar|toplam*|tutar*|ciro*
tr order_id sipariş no|sipariş numarası|sipariş id|sipariş*|fatura no|fatura numarası|fiş no|belge no|işlem no
tr quantity adet*|miktar*
tr category kategori|ürün grubu|ürün*|ürün adı|stok adı
tr channel satış kanalı|kanal*|mağaza*|şube*
tr price birim fiyat|birim fiyatı|satış fiyatı|fiyat*
tr currency para birimi|döviz
pt customer_id codigo do cliente|id do cliente|numero do cliente|cod cliente|cpf do cliente|cpf*|cliente*|comprador*
  |nome do cliente
  |email*|e mail*
pt order_time data do pedido|data da encomenda|data da compra|data da venda|data da fatura|data de emissao
  |data de criacao|data e hora
  |data*
pt amount valor do pedido|valor total|total do pedido|total da encomenda|valor da venda|valor liquido|valor pago
  |total*|valor*
  |montante*|faturamento*
pt order_id numero do pedido|n do pedido|id do pedido|pedido*|numero da encomenda|n da encomenda|encomenda*
  |numero da fatura|nota fiscal
pt quantity quantidade|qtd*|qtde*
pt category categoria|categoria do produto|produto*|artigo*|descricao*
pt channel canal de venda|canal*|loja*
pt price preco unitario|valor unitario|preco*
pt currency moeda
nl customer_id klantnummer|klantnr|klant nr|klant id|klantcode|debiteurnummer|debiteur*|klant*|klantnaam|koper*
  |afnemer*|e mailadres*
nl order_time besteldatum|orderdatum|aankoopdatum|verkoopdatum|factuurdatum|transactiedatum|datum en tijd|datum*
nl amount orderbedrag|totaalbedrag|factuurbedrag|bestelbedrag|bedrag incl btw|bedrag excl btw|totaal*|bedrag*|omzet*
nl order_id bestelnummer|bestelnr|ordernummer|ordernr|bestelling*|factuurnummer|factuurnr|factuur*|bonnummer
  |transactienummer
nl quantity aantal*|hoeveelheid*
nl category categorie|productgroep|artikelgroep|artikel*|omschrijving*
nl channel verkoopkanaal|kanaal*|winkel*|filiaal*
nl price stuksprijs|prijs per stuk|verkoopprijs|prijs*
nl currency valuta|munt
zh customer_id 客户编号|客户id|客户编码|客户代码|会员编号|会员id|会员号|会员卡号|买家id|买家会员名|用户id|顾客编号
  |客户*|会员*|买家*|顾客*
  |用户*|客户名称|买家昵称|手机号*|邮箱*|客戶編號|客戶id|客戶代碼|會員編號|會員id|買家id|買家帳號|顧客編號|客戶*|會員*
  |買家*|顧客*|客戶名稱
  |手機號碼*|電子郵件*
zh order_time 下单时间|下单日期|订单时间|订单日期|订单创建时间|订单付款时间|付款时间|支付时间|购买时间|购买日期
  |交易时间|交易日期|销售日期
  |成交时间|日期*|时间*|下單時間|下單日期|訂單時間|訂單日期|訂單成立時間|付款時間|購買日期|交易日期|銷售日期|時間*
zh amount 实付金额|订单金额|实收金额|支付金额|付款金额|应付金额|订单总额|订单总价|总金额|合计金额|销售额|销售金额
  |成交金额|总价*|合计*|金额
  |買家實際支付金額|訂單金額|實付金額|付款金額|應付金額|訂單總額|訂單總金額|總金額|合計金額|銷售額|銷售金額|總價*
  |總計*|合計*|金額
zh order_id 订单号|订单编号|订单id|订单序号|交易号|交易编号|单据编号|单号*|小票号|訂單號|訂單編號|訂單id|訂單序號
  |交易編號|單號*|發票號碼
zh quantity 数量|商品数量|购买数量|件数|數量|購買數量|件數
zh category 类别|分类|品类|商品类别|商品分类|类目|商品名称|商品标题|商品*|品名|類別|分類|品類|商品類別|商品名稱
zh channel 渠道|销售渠道|店铺*|门店*|店铺名称|渠道來源|通路*|銷售通路|店鋪*|門市*
zh price 单价|价格*|商品单价|售价*|單價|價格*|商品單價|售價*
zh currency 币种|货币|幣別|幣種
id customer_id kode pelanggan|id pelanggan|nomor pelanggan|no pelanggan|kode customer|pelanggan*|pembeli*
  |nama pelanggan|nama pembeli
  |username pembeli
id order_time tanggal pesanan|tanggal pembayaran|waktu pesanan dibuat|tanggal transaksi|tanggal pembelian|tanggal penjualan
  |tanggal faktur|tanggal order
  |waktu pembayaran|waktu transaksi|tanggal*|tgl*|waktu*
id amount total bayar|total pembayaran|total pesanan|total harga|total penjualan|nilai transaksi|jumlah bayar
  |grand total|subtotal*|total*
  |omzet*
id order_id nomor pesanan|no pesanan|id pesanan|kode pesanan|pesanan*|nomor faktur|no faktur|nomor invoice
  |no transaksi|no nota|nota*
id quantity jumlah barang|kuantitas|jumlah*|qty
id category kategori|kategori produk|nama produk|nama barang|produk*|barang*
id channel saluran*|kanal*|toko*|cabang*
id price harga satuan|harga jual|harga*
id currency mata uang
ar customer_id رقم العميل|كود العميل|رمز العميل|معرف العميل|رقم الزبون|رقم العضوية|العميل*|اسم العميل|الزبون*
  |اسم الزبون|المشتري*
  |اسم المشتري|البريد الالكتروني*|البريد الإلكتروني*|رقم الجوال*|رقم الهاتف*|جوال العميل|هاتف العميل
ar order_time تاريخ الطلب|تاريخ الشراء|تاريخ البيع|تاريخ الفاتورة|تاريخ العملية|تاريخ الإنشاء|تاريخ الدفع|وقت الطلب
  |التاريخ*|تاريخ*
ar amount إجمالي الطلب|اجمالي الطلب|إجمالي الفاتورة|المبلغ الإجمالي|صافي المبلغ|مبلغ الطلب|قيمة الطلب|مبلغ الفاتورة|الإجمالي*
  |الاجمالي*|المجموع*|المبلغ*|القيمة*
ar order_id رقم الطلب|رقم الفاتورة|رقم العملية|رقم الإيصال|رقم المرجع
ar quantity الكمية*|عدد القطع
ar category الفئة*|التصنيف*|القسم*|المنتج*|اسم المنتج|الصنف*
ar channel قناة البيع|القناة*|الفرع*|المتجر*
ar price سعر الوحدة|السعر*
ar currency العملة*
"""
# Words that only one of these languages writes in a header, without accents.
HEADERS = {
    "ja": r"[\u3040-\u30ff]|注文|受注|顧客番号|得意先|売上|伝票",
    "ko": r"[\uac00-\ud7a3]",
    "ru": r"заказ|клиент|сумма|дата|кол во|количество|товар|покупател",
    "it": r"\b(codice|ordine|importo|totale|quantita|prezzo|fattura|prodotto|negozio|qta|stato)\b",
    "pl": r"\b(numer|nr|klient\w*|zamowieni\w*|kwota|ilosc|cena|wartosc|sprzedazy|sklep|faktur\w*)\b",
    "tr": r"\b(siparis|musteri|tarihi?|tutari?|adet|urun|fiyati?|toplam|fatura numarasi|durum)\b",
    "pt": r"\b(numero do|codigo do|pedido|encomenda|data d[ao]|quantidade|qtd|preco|situacao|loja|valor|produto)\b",
    "nl": r"\b(klant\w*|bestel\w*|aantal|bedrag|prijs|totaalbedrag|stuksprijs|factuur\w*|winkel|omzet)\b",
    "zh": r"订单|客户|会员|买家|数量|单价|金额|下单|商品名称|商品标题",
    "zh_tw": r"訂單|客戶|會員|買家|數量|單價|下單|商品名稱",
    "ar": r"[\u0621-\u064a]",
    "id": r"\b(pelanggan|tanggal|tgl|pesanan|harga|jumlah|faktur|barang|pembeli|produk|bayar|kuantitas)\b",
}
# Where nothing else says it: the time zone, the currency and the country of most who write so.
PLACES = {
    "ja": ("Asia/Tokyo", "JPY", "JP"),
    "ko": ("Asia/Seoul", "KRW", "KR"),
    "ru": ("Europe/Moscow", "RUB", "RU"),
    "it": ("Europe/Rome", "EUR", "IT"),
    "pl": ("Europe/Warsaw", "PLN", "PL"),
    "tr": ("Europe/Istanbul", "TRY", "TR"),
    "pt": ("America/Sao_Paulo", "BRL", "BR"),
    "nl": ("Europe/Amsterdam", "EUR", "NL"),
    "zh": ("Asia/Shanghai", "CNY", "CN"),
    "zh_tw": ("Asia/Taipei", "TWD", "TW"),
    "ar": ("Asia/Riyadh", "SAR", "SA"),
    "id": ("Asia/Jakarta", "IDR", "ID"),
}
# Parts of the money or of a person, as in `words`: such a column is not what the longer name ends with.
OTHER = (
    r"税額|消費税|送料|手数料|割引|値引|返金|返品|ポイント|配送|更新|キャンセル日|원가|할인|배송|세금|부가세"
    r"|수수료|환불|취소|포인트"
    r"|скидк|доставк|налог|ндс|комисси|возврат|\b(sconto|spedizione|imposta|rimborso|commission[ei]|rabat"
    r"|dostaw[ay]|podatek|zwrot"
    r"|prowizja|indirim|kargo|kdv|iade|komisyon|desconto|frete|imposto|reembolso|taxa|korting|verzending|btw"
    r"|terugbetaald"
    r"|diskon|ongkir|ongkos|pajak|biaya|komisi)\b|运费|税|优惠|折扣|ضريبة|خصم|شحن|توصيل|رسوم|استرجاع|退款|手续费|佣金|積分|积分|運費|折扣|優惠|手續費"
)
