"""How exports call who sold and who bought, and names that are no customer's: guests, staff, samples, the company."""

import re

from helpers.contracts import further_status_words

# Columns that name who sold: a person called Demo has made no test order.
SELLER = re.compile(
    r"\b(sales ?(person|rep|man|woman|agent|representative|associate|assistant)|seller|cashier|agent|advisor|clerk"
    r"|staff"
    r"|employee|operator|server|barista|waiter|handled|served|created|entered|owner|user|rep)\b"
    r"|verkäufer|kassierer|berater|mitarbeiter|bediener|vendeu[rs]|caissi|conseiller|vendedor|cajer|empleado|asesor"
    r"|nhân viên|thu ngân|người (bán|tạo|lập)|พนักงาน|ผู้ขาย|แคชเชียร์"
)
# Columns that name the customer, and names that are no customer's: the company itself, its staff, samples, tests.
NAMED = re.compile(
    r"^((the |billing |shipping |bill.?to |ship.?to |sold.?to )?(customer|client|company|account|buyer|name|bill.?to"
    r"|ship.?to|sold.?to)( (full )?name)?|kunden?(name)?|firma|firmenname|client|nom( du)?( client)?|société"
    r"|raison sociale"
    r"|cliente|nombre( del?)?( cliente)?|empresa|razón social|(tên )?(khách( hàng)?|công ty)|(ชื่อ)?(ลูกค้า|บริษัท))$"
)
_OWN = (
    r"inter.?company|internal|in-?house|employees?|staff|samples?|demo|dummy|test(er|s|ing)?|house account|own use"
    r"|write.?offs?|mitarbeiter|personalkauf|personalverkauf|eigenverbrauch|eigenbedarf|intern|konzernintern|muster"
    r"|employés?|personnel|interne|échantillons?|essai|empleados?|interno|muestras?|prueba|nhân viên|nội bộ|hàng mẫu"
    r"|khách thử|พนักงาน|ภายใน|ตัวอย่าง|ทดสอบ"
)
_USE = r"accounts?|customers?|clients?|orders?|sales?|purchases?|use|users?|transfers?|shop|store|kunden?|verkauf|clientes?"
OWN = rf"^({_OWN})( ?[0-9]*|[@+(/:._-].*| ({_USE})\b.*)$|[_(/:-] ?({_OWN})\)?$"
ALL_OWN = rf"^({_OWN})( (account|customer|orders?|sales?|kunde|client|cliente))?s?$"
GUEST = re.compile(
    r"^(guest|walk.?in( customer)?|unknown|anonym\w*|none|n/?a|no customer|cash( customer| sale)?|counter"
    r"|retail customer"
    r"|misc\w*"
    r"|gast|laufkunde|barverkauf|unbekannt|invité|client de passage|comptoir|inconnu|invitado|mostrador|cliente general"
    r"|público general|khách lẻ|khách vãng lai|vãng lai|ลูกค้าทั่วไป|ลูกค้าหน้าร้าน|-+|0+|9{3,}|x+|test.*|"
    + further_status_words.GUEST
    + r")$"
)
