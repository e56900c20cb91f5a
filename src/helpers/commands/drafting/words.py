"""How exports call the contract's columns, in English, Vietnamese, Thai, German, French and Spanish."""

import re
import unicodedata
from functools import cache

from helpers.commands.drafting import further_words, order_words

# table | column | names, the likeliest first. Latin letters are written without accents. A word in front of `*`
# means that the name alone is meant, not as a part of a longer one.
_WORDS = """
customers customer_id transactions.customer_id
customers kind kind|customer type|loai khach|ประเภทลูกค้า|kundenart|kundentyp|type de client
  |tipo de cliente
customers acquired_at acquired at|customer since|registered at|registration date|signup date|sign up date
  |joined at|join date|joined*|member since|created at|date created|ngay dang ky|ngay tao|วันที่สมัคร|kunde seit
  |registriert am|client depuis|date d inscription|fecha de alta|fecha de registro
customers channel channel|acquisition channel|acquisition source|source*|kenh|ช่องทาง|kanal|canal
contacts contact_id contact id|record id contact
contacts customer_id transactions.customer_id
contacts name full name|contact name|name*|ho ten|ชื่อ*|nom*|nombre*
contacts email email|e mail|อีเมล|correo
contacts phone phone|mobile|telephone|so dien thoai|dien thoai|เบอร์โทร|telefon|telephone|telefono
contacts address address|dia chi|ที่อยู่|adresse|direccion
leads lead_id lead id|lead*|do not modify lead*|deal name|opportunity name
  |mql id|lead number|lead no|prospect id|deal id|opportunity id|ma co hoi|รหัสลีด|lead nr|lead nummer
leads created_at created at|inquiry*|enquiry*|inquiry date|anfrage*|anfragedatum|first contact*
  |engage date*|engagement date*|date entered*|request date*|requested at*|first seen*
  |lead created*|created time|creation time|first contact date|create date|created date|created*
  |date created|lead date
  |submitted at|ngay tao|วันที่สร้าง|erstellt am|angelegt am|date de creation|fecha de creacion
  |application date|applied on|applied at|date applied|quote date|quoted on|quoted at|quotation date|antragsdatum
  |angebotsdatum
  |fecha cotizacion|fecha de cotizacion|fecha solicitud|fecha de solicitud|date du devis|date de la demande|ngay bao gia
leads channel lead source|original source|channel|kanal*|kenh*|canal*|source*|utm source|origin*|nguon*|แหล่งที่มา|quelle*
  |herkunft*|leadquelle*  |origine*|origen*|utm campaign|campaign name*|campaign*
leads mql_at mql at|mql date|became a marketing qualified lead date
leads sql_at sql at|sql date|became a sales qualified lead date|qualified on|qualifiziert am
  |qualified*|qualified at|qualified date
leads won_at won at|won time|became a customer date|gewonnen um|gagne le|ganado el|ganho em
  |vinto il|became customer*|became customer at|signed*|signed at
  |lead converted*|converted date|won on|won date|date won|gewonnen am|converted at|conversion date
  |funded on|funded at|funded date|funding date|disbursed on|disbursed at|policy issued|issue date|issued on|issued at
  |bound on
  |bound at|bind date|fecha emision|fecha de emision|date d emission|ausstellungsdatum
leads lost_at lost at|lost time|lost on|lost date|date lost|disqualified on|disqualifiziert am|verloren am|verloren um
  |perdu le|perdido el|perdido em|perso il
leads won won|converted|is won|is converted|gewonnen|gagne|ganado|ganho|vinto|convertido
leads customer_id customer id|account id|company id|converted account id|ma khach hang|รหัสลูกค้า
  |kundennummer|kundennr
subscriptions customer_id transactions.customer_id
subscriptions started_at started at|activated at|start date|subscription start|contract start|started*|start*
  |begins at|ngay bat dau|วันที่เริ่ม|วันเริ่มต้น|vertragsbeginn|beginn*|startdatum|date de debut|debut*
  |fecha de inicio|inicio*|fecha inicio|date debut|period start|valid from|service start
  |gultig ab|valable du|valido desde|hieu luc tu|eintritt*|eintrittsdatum|beitritt*|beitrittsdatum|aufnahmedatum
  |mitglied seit|member since|membership start|date joined|joined on|joined*
  |date d adhesion|fecha de alta|fecha de ingreso
subscriptions ended_at ended at|end date|subscription end|contract end|expires at|expired at|expiration date
  |cancelled at|canceled at|ended*|cancelled on|canceled on|cancelled*|canceled*|cancel date|cancelled date
  |cancellation date
  |ended on|end*|terminated at|terminated on|termination date|churned on|churn date|closed at
  |closed on|expired on|expiry date|gekundigt am|beendet am|kundigungsdatum|resilie le|date de resiliation|fecha de baja
  |fecha de cancelacion|ngay huy|วันที่ยกเลิก
  |churned at|ngay ket thuc|วันที่สิ้นสุด|vertragsende|ende*|enddatum|date de fin|fin*|fecha de fin
  |austritt*|austrittsdatum|kundigung zum|membership end|date left|left on|left*
  |fecha fin|date fin|period end|valid until|valid to|service end|gultig bis|valable jusqu au|valido hasta|hieu luc den
subscriptions period period*|billing period|billing interval|interval*|ky*|รอบบิล|zeitraum*
  |abrechnungszeitraum|periode*|periodo*
subscriptions fee fee*|monthly fee|unit amount*|price*|mrr*|phi*|ค่าบริการ|gebuhr|preis*|prix*|precio*|cuota*
  |monatsgebuhr|monatspreis|monatsbeitrag|tarif mensuel|prix mensuel|cuota mensual|precio mensual|phi thang|phi hang thang
  |jahresbeitrag|mitgliedsbeitrag|beitrag*|beitrag pro jahr|beitrag pro monat|jahresgebuhr|jahrespreis|annual fee
  |yearly fee|membership fee|annual dues
  |dues*|cotisation*|cotisation annuelle|cuota anual
  |ค่าบริการรายเดือน|monthly price|monthly amount|monthly charge|monthly charges|plan price
subscriptions plan plan*|plan name|plan code|plan id|tariff*|goi*|แพ็กเกจ|tarif*|formule*|tarifa*|beitragsgruppe
  |beitragsklasse
  |mitgliedsart|membership type|membership level|type d adhesion
campaigns campaign_id campaign id|campaign*|campaign name|ma chien dich|แคมเปญ|kampagne|campagne|campana
campaigns customer_id transactions.customer_id
campaigns arm arm|variant*|treatment|test group|experiment group|nhom thu nghiem|กลุ่มทดลอง|testgruppe
  |groupe de test|grupo de prueba|group*|gruppe*|groupe*|grupo*|nhom*|กลุ่ม*
campaigns assigned_at assigned at|assignment date|sent at|send date|send time|sent*|sent date|date sent|mail date|mailed at
  |mailed on|mailing date|contact date|contacted at|drop date*|versanddatum|date envoi
  |gesendet am|versendet am|envoye le|date d envoi|enviado el|fecha de envio|ngay gui|วันที่ส่ง
campaigns exposed exposed|mailed*|contacted*|was mailed|was contacted|received*
experiment_units unit_id unit id|user id|visitor id|customer id|subject id
experiment_units arm arm|variant|treatment|test group|experiment group
panel unit unit|region|province|shop|store|tinh|จังหวัด|filiale|magasin|tienda|cua hang|chi nhanh|khu vuc|สาขา|sucursal
panel period period|month|week|thang|เดือน|monat|mois|mes
panel outcome outcome|revenue|sales|doanh thu|ยอดขาย|umsatz|ventas
panel treated_from treated from|treatment start|treated at
activities customer_id transactions.customer_id
activities at at*|activity date|date*|ngay*|วันที่|datum*|fecha*
activities kind kind|activity type|activity kind|activity
activities cost cost
activities channel channel
surveys customer_id transactions.customer_id
surveys asked_at asked at|answered at|answered on|responded on|date answered|response date
  |survey date|submitted at|submit date|end date|responded at|date*
  |ngay khao sat|วันที่ตอบ|ngay*|datum*|befragt am|fecha*
surveys score score|nps|nps score|how likely|likely to recommend
  |recommend us|weiterempfehlung|rating|diem*|คะแนน|bewertung|punkte|note*|puntuacion|nota*
surveys question question|cau hoi|คำถาม|frage|pregunta
tickets ticket_id ticket id|conversation id|request id|ticket number|ticket no|case number|case id|ma phieu|ticket nr
  |ticketnummer
tickets customer_id customer id|account name|contact name|requester id|requester email|requester|contact id|customer email
  |account id|customer|user id|user email
  |ma khach hang|รหัสลูกค้า|kundennummer|kundennr|numero client|id cliente|khach hang*|ลูกค้า*|kunde*|client*|cliente*
tickets opened_at opened at|date time opened|created at|conversation started at|date opened|opened date|created date
  |created*|ngay mo|ngay tao
  |opened*|opened on|open date|created on|date created|submitted at|received at|received on|reported at
  |geoffnet am|ouvert le|abierto el|created time|creation date|started at
  |วันที่เปิด|erstellt am|eroffnet am|date d ouverture|fecha de apertura
tickets closed_at closed at|date time closed|last closed at|closed time|solved at|resolved at|resolved time|date closed
  |closed*|closed on|closed date
  |close date|resolved*|resolved on|solved*|solved on|date resolved|resolution date|completed at
  |ferme le|resolu le|cerrado el|ngay dong|วันที่ปิด|geschlossen am
  |gelost am|date de cloture|fecha de cierre
tickets topic topic|case reason|subject*|category|conversation tags|chu de|หัวข้อ|thema|sujet|tema
tickets severity severity|priority|muc do|ความสำคัญ|prioritat|priorite|prioridad
tickets cost cost
exchange_rates date date
exchange_rates currency currency|currency code
exchange_rates rate rate|exchange rate|fx rate|conversion rate|mid rate|rate to base|rate to eur|rate to usd|rate to gbp
  |eur rate|usd rate|ty gia|อัตราแลกเปลี่ยน|kurs|wechselkurs|taux|tipo de cambio
calendar date date*|day*|from*|ngay*|วันที่|datum*|tag*|von*|jour*|fecha*|dia*
calendar until until*|to*|end date|last day|den ngay|ถึงวันที่|bis*|fin*|hasta*
calendar name name*|event*|occasion*|measure*|su kien|ten*|ชื่อ*|เหตุการณ์|ereignis|anlass|evenement*|evento*
calendar value value*|level*|gia tri|ค่า|wert*|valeur*|valor*
"""
PRICES = (
    "unit price|price each|item price|item cost|price|don gia|gia ban|ราคาต่อหน่วย|ราคา|einzelpreis|stuckpreis|preis"
    "|prix unitaire|prix|pu|precio unitario|precio"
)
# What the number of a record is called that came in and was won or not.
OF_RECORDS = (
    "record id|record id contact|contact id|record number|application id|application number|application no|application"
    "|quote id|quote number|quote no|quote|quotation id|quotation number|antragsnummer|antrag nr|antrag id|angebotsnummer"
    "|id cotizacion|cotizacion|numero de cotizacion|id solicitud|solicitud|numero de solicitud|id devis|numero de devis"
    "|devis|ma bao gia"
)
# The two sides of an account.
SIDES = {
    "debit": "debit*|debit amount|gross debit"
    "|amount debit|debits*|soll*|sollbetrag|debe*|cargo*|no*|phat sinh no|ps no|เดบิต",
    "credit": "credit*|credit amount|gross credit"
    "|amount credit|credits*|haben*|habenbetrag|haber*|abono*|co*|phat sinh co|ps co|เครดิต",
}
# What a contract costs, where the file is one of contracts already.
FEES = "amount*|monthly amount|amount paid|total*|betrag*|montant*|importe*|so tien*|จำนวนเงิน*"
# A column with such a word is a part of the money, or of a person, and not what the longer name ends with.
_OTHER = re.compile(
    r"\b(tax|taxes|vat|discount|shipping|freight|refund|refunded|fee|fees|tip|rate|count|status|updated|modified|cancelled"
    r"|delivery|due|ship|steuer|mwst|rabatt|versand|porto|gebuhr|thue|giam|phi|hoan|tva|remise|livraison|frais|iva|impuesto"
    r"|descuento|envio)\b|" + further_words.OTHER
)
# The day on which somebody was born, which is no day of an order.
BORN = re.compile(r"\b(birth\w*|born|dob|geburts\w*|naissance|nacimiento|ngay sinh)\b|วันเกิด")
LANGUAGES = {  # words that only one language writes in a header: its time zone and currency, as a first guess
    "vi": r"\b(ngay|khach|hang|tien|hoa don|so luong|thanh|tong|ma)\b",
    "th": r"[\u0e01-\u0e5b]",
    "de": r"\b(kund\w*|datum|betrag|umsatz|beleg\w*|menge|rechnung\w*|bestell\w*|artikel\w*|filiale|wahrung)\b",
    "fr": r"\b(client|montant|commande|facture|quantite|magasin|prix|numero)\b",
    "es": r"\b(fecha|cliente|importe|pedido|factura|cantidad|tienda|precio)\b",
    **further_words.HEADERS,
}
_UNPARTED = re.compile(
    r"[\u0e01-\u0e5b\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
)  # scripts that do not part words

# Units and zones that stand behind a name: `Amount (cents)`, `created_at_utc`, `Total USD`.
_BEHIND = re.compile(
    r"( (in )?(lcy|fcy|utc|gmt|pst|pdt|est|edt|cet|ts|local|local time"
    r"|cents?|centimes?|usd|eur|gbp|vnd|thb|jpy|chf|aud|sgd|inr|kwd|idr"
    r"|myr|php"
    r"|ars|brl|cad|pln|sek|nok|dkk|mxn|twd|krw|hkd|nzd"
    r"|nghin dong|trieu dong|dong|hw|incl? tax|inc tax|ex tax|excl? tax|incl? vat|excl? vat|base|brutto|netto))+$"
)

_WRITTEN = str.maketrans({"đ": "d", "ß": "ss", "º": "o", "°": "o"})


def plain(name: str) -> str:
    """A column's name in small letters without accents, its words parted by blanks: `UnitPrice` is `unit price`."""
    thai = re.search(r"[\u0e01-\u0e5b]", name) is not None  # NFKC takes one of its vowels apart
    name = unicodedata.normalize("NFC", name) if thai else unicodedata.normalize("NFKC", name)
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    text = unicodedata.normalize("NFD", text.casefold().translate(_WRITTEN))
    text = re.sub("[\u0300-\u036f]", "", text)
    return " ".join(re.findall(r"[\w\u0e00-\u0e7f]+", unicodedata.normalize("NFC", text).replace("_", " ")))


@cache
def names(table: str) -> dict[str, tuple[str, ...]]:
    """Return for each column of a table the names that exports give it, the likeliest first; its own comes before."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in re.sub(r"\n +", "", order_words.NAMES + _WORDS).strip().splitlines():
        owner, column, listed = entry.split(" ", 2)
        if owner == table:
            other, _, same = listed.partition(".")
            found[column] = names(other)[same] if same and " " not in listed else tuple(listed.split("|"))
    for column, more in (_further() if table == "transactions" else {}).items():
        found[column] = (*found.get(column, ()), *more)
    return found


@cache
def _further() -> dict[str, tuple[str, ...]]:
    """The names of the columns of orders in further languages, by column."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in re.sub(r"\n +", "", further_words.NAMES).strip().splitlines():
        _, column, listed = entry.split(" ", 2)
        found[column] = (*found.get(column, ()), *(_plain_name(name) for name in listed.split("|")))
    return found


def _plain_name(name: str) -> str:
    return plain(name) + "*" * name.endswith("*")


@cache
def prices() -> tuple[str, ...]:
    """The names of the price of one piece, the likeliest first."""
    return (*PRICES.split("|"), *_further()["price"])


def finds(wanted: tuple[str, ...], columns: dict[str, str]) -> list[str]:
    """Return the columns ({plain name: name}) that bear one of the names, the likeliest first, parts of names last."""
    whole = [name.rstrip("*") for name in wanted]
    glued = {_BEHIND.sub("", key).replace(" ", ""): column for key, column in columns.items()}
    glued |= {key.replace(" ", ""): column for key, column in columns.items()}
    exact = [glued[name.replace(" ", "")] for name in whole if name.replace(" ", "") in glued]
    together = f" {' | '.join(columns)} "
    parts = [name for name in wanted if not name.endswith("*") and _holds(together, name)]
    longer = [
        column
        for name in parts
        for key, column in columns.items()
        if _holds(key, name) and not _OTHER.search(key)
    ]
    return list(dict.fromkeys(exact + longer))


def _holds(key: str, name: str) -> bool:
    """Whether a plain name holds another as whole words; some scripts do not part words."""
    return name in key if _UNPARTED.search(name) else f" {name} " in f" {key} "


def language(columns: list[str]) -> str | None:
    """The language whose words most of a header's names bear, None where it is English, or none."""
    keys = [plain(column) for column in columns]
    counts = {name: sum(1 for key in keys if re.search(words, key)) for name, words in LANGUAGES.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] >= max(1, len(keys) / 4) else None
