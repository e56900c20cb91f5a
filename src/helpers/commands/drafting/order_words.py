"""How exports call the columns of orders, in English, Vietnamese, Thai, German, French and Spanish; read by `words`."""

NAMES = """
transactions customer_id customer id|customer no|customer number|customer code|cust id|cust no|client id
  |client no|user id|member id|account id|account code|contact id|buyer id|shopper id|patient id|masterid*
  |ma khach hang|ma kh*|รหัสลูกค้า|kundennummer|kundennr|kunden nr|kunden id|debitorennummer|debitor
  |numero client|no client|n client|code client|id client|id cliente|codigo cliente|codigo de cliente
  |numero de cliente|n cliente|customer*|client*|user*|member*|account*|buyer*|kunde*|khach hang*|khach*
  |ลูกค้า*|cliente*|acheteur*|comprador*|customer email|billing email|email billing|user email|member email
  |client email|account email|email*|e mail*|email address*
  |so dien thoai|dien thoai|sdt*|เบอร์โทร|เบอร์โทรศัพท์|customer name|ten khach hang|ชื่อลูกค้า
  |kundenname|nom client|nombre cliente|nombre del cliente|phone*
  |account no|account number|acct no|contact name|company name|account name|company*|organization*|name*|partner*
  |sold to party|sold to|auftraggeber
  |beguenstigter zahlungspflichtiger|begunstigter zahlungspflichtiger|zahlungspflichtiger*
  |absender e mail adresse|contact email
  |customer ref|customer reference|customer num|cust number|cust code|cust ref|cust*|client code|client ref
  |acct id|acct*|member no|member number|membership no|membership number|membership id|loyalty id
  |loyalty number|card id|card no|household key|household id|household*|donor id|donor email|donor name|donor*
  |constituent id|purchaser*
  |subscriber id|user pseudo id|loyalty card|loyalty card no|loyalty card number|customer card|card number
  |kundenkarte|carte de fidelite
  |tarjeta cliente|sold to account|ship to account|ship to customer|ship to|consumentennaam
  |consumer name|counterparty*|supporter id|supporter*|household no
  |guest*|shopper reference|customer uuid|client reference|user reference|e mail client|mail client|adresse mail|mail*
  |frequent flyer no|frequent flyer number|msisdn*|subscriber number|donor no|donor number|buyer username|buyer user id
  |card member|card holder|cardholder*|invoice partner display name|other party info
  |policyholder*|policyholder id|guest id|guest name|buyer name|buyer email|payer id|payer*|bill to|sold to customer
  |party*
  |party name|shopper*|person id|profile id|end customer|patient*|student id
  |ma khach|ma hoi vien|ma thanh vien|the thanh vien|hoi vien*|sdt khach|sdt khach hang|ten khach|ma doi tuong
  |ten doi tuong
  |nguoi mua*|ten nguoi mua|tai khoan*
  |รหัสสมาชิก|เลขสมาชิก|หมายเลขสมาชิก|สมาชิก*|รหัสผู้ซื้อ|ชื่อผู้ซื้อ|ผู้ซื้อ*|อีเมล*
  |kundenkonto|kunden nummer|debitornr|debitor nr|debitorennr|debitoren nr|mitgliedsnummer|mitgliedsnr|mitglieds nr
  |mitglied*|kaufer*|kaufer id|kaufername|besteller*|rechnungsempfanger*|geschaftspartner*|e mail adresse|patientennummer
  |no du client|numero du client|reference client|ref client|nom du client|no adherent|numero adherent|adherent*|membre*
  |courriel*|adresse e mail
  |id de cliente|id del cliente|no cliente|no de cliente|num cliente|codigo del cliente|no socio|numero de socio|socio*
  |correo*|correo electronico|usuario*|id usuario|user name|username*|account ref|card code|customer ids|customers*|guests*
  |clients*|kunden*|guest names
  |guest email|guest phone|retailer name|retailer*|backer uid|backer id|backer*
  |customer names|customers id|shopper email|card*|loyalty*
transactions order_time order date|order time|ordered at|order datetime|invoice date|purchase date
  |purchased at|purchased on|ordered on|order placed|placed at|placed on|sold at|sold on|completed at
  |transaction date|transaction time|sale date|sales date|ngay dat hang|ngay mua|ngay ban
  |ngay hoa don|ngay chung tu|ngay tao|ngay dat|ngay lap|ngay xuat|ngay gd|ngay giao dich|ngay*|thoi gian*
  |วันที่สั่งซื้อ|วันที่ขาย|วันที่ซื้อ|วันที่|เวลา*
  |bestelldatum|kaufdatum|buchungstag|rechnungsdatum|belegdatum|buchungsdatum|auftragsdatum|verkaufsdatum|datum*
  |date de commande|date commande|date d achat|date de facture|date facture|date de vente|date vente
  |fecha de pedido|fecha pedido|fecha de compra|fecha de factura|fecha factura|fecha de venta|fecha venta
  |fecha*|date*|datetime*|timestamp*|created at|created date|creation date|created*
  |date created|date added|date ordered|date placed
  |date purchased|time*|day*|tag*
  |invoice created at|invoice created|recharge date|top up date|issue date|date of issue|completion time|date received
  |date of purchase|date of order|date of sale|inv date|trans date|txn date|trx date|txn time|trx time|trans time
  |transaction timestamp|stay date|t dat|business date|voucher date
  |bill date|receipt date|ticket date|check date|posting date|document date|doc date|gift date|donation date|booking date
  |created on|sold date|order created|order created at|order placed date|event time*|date time*
  |ngay hd|ngay ct|ngay lap phieu|ngay lap hoa don|ngay tao don|ngay xuat hoa don|thoi gian ban|thoi gian mua
  |thoi gian tao|gio ban
  |วันที่ทำรายการ|วันที่เอกสาร|วันที่ออกบิล|วันที่ออกใบเสร็จ|วันเวลา*|วัน*
  |bestellt am|gekauft am|verkauft am|bondatum|transaktionsdatum|datum uhrzeit|erstelldatum|erstellt am|zeitpunkt*|zeit*
  |date de facturation|date de la commande|date de la facture|date de la vente|date et heure|date heure|date transaction
  |date de transaction|date ticket|date de creation|jour*
  |fecha del pedido|fecha de emision|fecha emision|fecha y hora|fecha hora|fecha de la venta|fecha de transaccion
  |fecha compra|fecha de creacion|ngay thanh toan|วันที่ชำระเงิน|zahlungsdatum|date de paiement|fecha de pago
  |paid at|payment date|order date time|booked at|booked on|booking time|reserved at|order opened|opened*|opened at
  |checkout date|completed on|closed*|paid date|paid on|date paid|date add|ordered*|sold*|bought*|purchased*
transactions amount amount*|recharge amount|top up amount|current charges|donation*|untaxed amount signed|total signed
  |net amount|line total|line amount|net sales|net revenue|revenue*|sales amount
  |sales*|order total amount|order total|order amount|order value|grand total|total amount|total*
  |total price|line revenue|value*|spend*|turnover*|thanh tien|tong tien|doanh thu|so tien
  |khach phai tra|khach can tra
  |tong thanh toan|thuc thu|tong cong|tri gia|gia tri*|ยอดขาย|ยอดรวม|ยอดสุทธิ|ยอดเงิน|จำนวนเงิน|ราคารวม|มูลค่า
  |รวม*|betrag*|nettobetrag|netto*|net*|umsatz*|nettoumsatz|gesamtbetrag|rechnungsbetrag|gesamtpreis|summe*
  |umsatz ohne soll haben kz|nettowert|net value
  |bruttobetrag|wert*|erlos*|montant*|montant ht|montant net|montant total|chiffre d affaires|ca ht*|ca*
  |total ht|montant ttc|total ttc|valeur*|importe*|importe neto|importe total|monto*|ventas*|venta*
  |ingresos*|facturacion*|valor*|gross sales|gross amount|gross total|gross revenue|gross*|so tien hang|tong tien hang
  |extended price|extended amount|ext price|ext amount|net price*|net amt|total amt|amt*|sales value|sale amount
  |sale total|sold for|ingresos por productos|gesamt*|pledge amount|pledge*|how much would you like to give|how much*
  |amount minor units|amount minor|amount in cents|amount cents|price total|total payment|sum total
  |total paid|amount paid|paid amount|payment amount|transaction amount|transaction value|trans amount|purchase amount
  |purchase value|invoice total|invoice amount|invoice value|bill amount|basket value|total sales|total value|total spend
  |total revenue|item total|subtotal*|gift amount|donation amount|premium amount
  |tong gia tri don hang|gia tri don hang|tong gia tri|gia tri hoa don|tong hoa don|doanh so*|tien thanh toan
  |tien hang|tien*
  |ยอดชำระ|ราคาสุทธิ|รวมเงิน|ยอดสั่งซื้อ|ยอด*|เงิน*
  |gesamtsumme|rechnungssumme|endbetrag|endsumme|warenwert|bestellwert|bestellsumme|auftragswert|auftragssumme|zahlbetrag
  |kaufbetrag|verkaufsbetrag|bruttoumsatz|bruttosumme|nettosumme|gesamtwert|positionsbetrag|zeilenbetrag
  |net a payer|prix total|total net|total commande|total de la commande|total facture|montant commande
  |montant de la commande|montant paye|total paye|somme*|recette*
  |total factura|total neto|monto total|monto neto|monto pagado|total pedido|total del pedido|total venta
  |total de la venta
  |importe pagado|total pagado|total a pagar|importe del pedido|valor total|precio total
  |purchase revenue|event value in usd|event value
  |check total|ticket total|total stay|stay total|room revenue|payout*|net proceeds|proceeds*|amount received
  |net received|settlement amount
  |auszahlungsbetrag|amount total|order sum|money in*|paid in*|credit amount in|gutschrift eur|doc total|document total
  |deal value|deal amount|contract value|amount authorized
  |importe bruto|bruto*|lordo*
  |amount due*|total due*|total amount due*
transactions order_id order id|document no|document number|num*|doc num|order no|order number|no pedido|no de pedido
  |no de factura|no commande
  |no de commande|no factura
  |no facture|order*|invoice no|invoice id|invoice number|invoice*|receipt no|receipt id|receipt number
  |receipt*|basket id|transaction id|transaction no|bill no|ma hoa don|ma don hang|so hoa don|ma don*
  |so chung tu|เลขที่ใบเสร็จ|เลขที่คำสั่งซื้อ|หมายเลขคำสั่งซื้อ|รหัสคำสั่งซื้อ|เลขที่ใบแจ้งหนี้
  |bestellnummer|bestellnr|bestell nr|auftragsnummer|rechnungsnummer|rechnungsnr|belegnummer|belegnr
  |beleg*|rechnung*|numero de commande|numero commande|n commande|commande*|numero de facture|n facture
  |facture*|numero de pedido|n pedido|pedido*|numero de factura|n factura|factura*
  |order ref|order reference|order num|sales order no|sales order|so number|sale id|sales id|sale no|trans id|trans no
  |txn id|txn no|transaction number|transaction ref|transaction reference|purchase id|inv no|inv number|inv*|bill number
  |bill id|bill*|voucher no|voucher number|check no|check number|check id|check*|ticket no|booking id|booking reference
  |booking no
  |reservation id|confirmation number|confirmation no|confirmation id|folio no|folio number|basket*|cart id|doc no
  |doc number|gift id|donation id|payment reference|payment id
  |reference no|reference number
  |booking*|reservation*|sale number|sales number|psp reference|merchant reference|charge id|check number|deal number
  |so hd|ma hd|so ct|ma ct|ma giao dich|so giao dich|so phieu|ma phieu|so don hang|so bill|ma bill|hoa don*|don hang*
  |phieu*
  |เลขที่บิล|เลขที่เอกสาร|หมายเลขออเดอร์|เลขออเดอร์|เลขที่ออเดอร์|รหัสออเดอร์|ออเดอร์*|เลขที่ใบสั่งซื้อ|หมายเลขใบเสร็จ
  |เลขที่รายการ|ใบเสร็จ*|บิล*
  |auftragsnr|auftrags nr|auftrags id|auftrag*|bestell id|bestellung*|rechnungs nr|rechnungs id|beleg nr|bonnummer|bonnr
  |bon nr|bon*|transaktionsnummer|transaktionsnr|transaktions id|vorgangsnummer|vorgangsnr|buchungsnummer
  |no de facture|reference commande|reference de commande|ref commande|id commande|no ticket|no de ticket
  |numero de ticket|numero ticket|numero de la commande|numero de la facture|no piece|numero de piece
  |numero de transaction
  |id transaction
  |no de orden|numero de orden|orden*|id orden|id de pedido|id pedido|number*|folio*|numero de folio|boleta*
  |numero de boleta|document*
  |numero de comprobante|comprobante*|id transaccion|numero de transaccion|ticket*|id*
transactions quantity quantity|qty|units*|pieces*|so luong|sl*|จำนวน*|จำนวนชิ้น|menge|anzahl|stuckzahl
  |stuck*|quantite|qte|cantidad|unidades
transactions category category|product category|product group|product type|department*|nhom hang|danh muc
  |loai hang|nganh hang|หมวดหมู่|ประเภทสินค้า|หมวดสินค้า|warengruppe|kategorie|produktgruppe|categorie
  |famille*|rayon*|categoria|familia*|product name|item name|product*|item*|description*|san pham
  |ten hang|ten san pham|สินค้า|ชื่อสินค้า|artikel|artikelname|bezeichnung|produkt*|produit|article*
  |producto|articulo
transactions channel channel|sales channel|store*|shop*|branch*|source*|kenh ban|kenh*|chi nhanh|cua hang
  |ช่องทาง|สาขา|kanal|vertriebskanal|vertriebsweg|filiale|canal|canal de vente|magasin|canal de venta
  |tienda|sucursal
transactions currency currency|currency code|order currency|tien te|สกุลเงิน|wahrung|devise|moneda|divisa
transactions margin margin*|gross margin|gross profit|profit*|contribution margin|loi nhuan|กำไร
  |deckungsbeitrag|rohertrag|marge*|marge brute|margen*|beneficio*
transactions cost cost*|cogs|cost of goods|line cost|gia von|ต้นทุน|wareneinsatz|einstandskosten|cout*
  |coste*|costo*
transactions paid_at paid at|payment date|date paid|ngay thanh toan|วันที่ชำระเงิน|zahlungsdatum
  |bezahlt am|date de paiement|fecha de pago"""
