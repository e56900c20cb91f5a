"""How tests and panels call their columns; read by `by_shape`."""

import re
from collections.abc import Callable

_WORDS = {
    "arm": "test group|testgruppe|variante|gruppe|groupe|grupo|nhom|got offer|got letter|got voucher|offered|mailed"
    "|received offer|coupon|voucher|"
    "experiment group|experimental group|treatment group|ab group|arm|variant|variation|treatment"
    "|treatment flg|treated|treat|group|grp|version|condition|cell|bucket|segment|offer|promotion|promo|discount|dose"
    "|assignment|assignmt|assigned arm|assigned group|assigned to|allocation|allocated to|randomized to|randomised to"
    "|study arm|treatment arm|variation name|variant name|experience|combination|ab test|ab variant|test variant|recipe"
    "|letter|brief|lettre|carta|mailing|flyer|reminder|invitation|einladung|gutschein|rabatt|bon|remise|cupon|descuento"
    "|campaign group|drawn|drawn by lot|lottery|selected|invited|ausgelost|gezogen|tire au sort|sorteado|boc tham",
    "unit": "unit|region|region name|regionname|state|state name|city|country|county|location|market|dma|geo|geography"
    "|district|province|area|store|shop|branch|site|zip|municipality|countyreal|fips|stfips|statefip|statefips"
    "|bundesland|landkreis|kreis|stadt|ort|standort|markt|departement|comunidad|provincia"
    "|tinh|filiale|land|pays|pais|loja|negozio|winkel|filial|butik|sklep|regione|regiao|ciudad|cidade|estado|stad|regio"
    "|cua hang|chi nhanh|khu vuc|สาขา|magasin|tienda|sucursal",
    "period": "period|date|day|week|month|quarter|year|time|qtr|yr|year qtr|year month|year week|yearweek|week year|iso week"
    "|calendar week|kalenderwoche|kw|jahr woche|semaine|semana|settimana|mes|mois|mese|maand|tag|woche|monat|jahr|ngay"
    "|thang|nam",
    "outcome": "outcome|y|dep var|depvar|dependent variable|dv|"
    "lemp|cigsale|value|sales|revenue|orders|conversions|visits|visitors|sessions|purchases"
    "|units|gdp"
    "|gdpcap|employment|rate|absatz|umsatz|ventas|ventes",
    "since": "first treat|treated from|treatment start|treat year|treatment year|adoption year|first treated|g|cohort"
    "|treated since|programme start|program start|launch|launch date|launched|rollout|rollout date|roll out|introduced"
    "|intervention start|intervention date|start date|start|ab|seit|depuis|desde|tu ngay",
    "flag": "treated|treatment|treat|d|campaign|promotion|promo|intervention|programme|program|kampagne|aktion"
    "|campagne|campana|chien dich|khuyen mai",
    "post": "post|after|post period|post treatment|after treatment|post launch|after launch",
}
NAMES = {key: listed.split("|") for key, listed in _WORDS.items()}
# The first or last day of a period.
BEGINS_OR_ENDS = re.compile(
    r"(week|month|quarter|day|period|date|hour) ?(end|ending|ends|ended|start|starting|starts|begin|beginning|commencing|of)"
    r"( date)?"
    r"|(week|month|quarter|sales|report|reporting|obs|observation) date"
)
# Words of a column that says since when a unit is treated, whatever else its name says.
SINCE = re.compile(
    r"\b(start|starts|started|starting|since|launch|launched|rollout|begin|begins|began|introduced|introduction|go live"
    r"|treated|treatment|intervention|beginn|seit|einfuhrung|debut|depuis|inicio|desde|bat dau)\b|เริ่ม"
)
PARTLY = (
    "treatment",
    "treated",
    "variant",
    "arm",
    "discount",
    "dose",
    "promotion",
)  # names of arms within longer names
DOUBTFUL = (
    "gutschein",
    "rabatt",
    "bon",
    "remise",
    "cupon",
    "descuento",
    "letter",
    "brief",
    "lettre",
    "carta",
    "mailing",
    "flyer",
    "reminder",
    "invitation",
    "einladung",
    "drawn",
    "drawn by lot",
    "lottery",
    "selected",
    "invited",
    "ausgelost",
    "gezogen",
    "tire au sort",
    "sorteado",
    "boc tham",
    "voucher",
    "coupon",
    "mailed",
    "offered",
    "got offer",
    "got letter",
    "got voucher",
    "received offer",
    "gruppe",
    "groupe",
    "grupo",
    "nhom",
    "segment",
    "offer",
    "promotion",
    "promo",
    "discount",
    "group",
    "grp",
    "condition",
    "cell",
    "bucket",
)
OF_TOOLS = ("bucket", "cell", "condition")  # what tools for tests call arms that bear letters
# What the state of a unit is called while a change is in force there, and before.
IN_FORCE = re.compile(r"live|active|on|launched|rolled out|introduced|started|open|switched|aktiv|eingefuhrt")
NOT_YET = re.compile(
    r"not (yet|live|active|started|launched|introduced)|not yet live|inactive|off|planned|pending|waiting|before|noch nicht"
    r"|geplant|inaktiv"
)
WON = re.compile(
    r"y|won|win|converted|conversion|subscribed|deposit|target|response|responded|bought|outcome|label|sold"
    r"|gewonnen|gagnee?|ganad[oa]|da chot"
)
# A flag that says who is the control, and values that nothing but a control bears.
OF_CONTROL = (
    "is control",
    "control flag",
    "control",
    "in control",
    "control group flag",
    "is holdout",
    "holdout",
    "hold out",
)
STRICT_CONTROL = re.compile(
    r"control|hold[ _-]?out|placebo|kontroll|témoin|contrôle|đối chứng|กลุ่มควบคุม", re.IGNORECASE
)
# Values that a control bears and little else, at their beginning.
LEFT_ALONE = re.compile(
    r"(control|placebo|hold[ _-]?out|regular|usual|business as usual|no treatment|untreated)\b", re.IGNORECASE
)
ONE_ARM = re.compile(
    r"control|treat(ed|ment)|test|kontroll(e|gruppe)|holdout", re.IGNORECASE
)  # the only value of an arm
LETTERED = re.compile(r"((variant|version|group|arm|gruppe|test|cell|bucket)[ _-]*)?[A-F]\d?", re.IGNORECASE)
DESIGN = {  # how units were drawn
    "stratum": ("stratum", "strata", "block", "block id", "blocks", "schicht", "strate", "estrato"),
}
MOST_ARMS = 12


def arm_by_values(values: dict[str, list[str]], is_number: Callable[[list[str]], bool]) -> str:
    """The column whose values alone say that some were left alone ("REGULAR CLASS" beside "SMALL CLASS"); "" for none."""
    few = {
        name: texts
        for name, texts in values.items()
        if 2 <= len(set(texts)) <= MOST_ARMS and not is_number(texts)
    }
    alone = {name: sum(1 for text in set(texts) if LEFT_ALONE.match(text)) for name, texts in few.items()}
    return next((name for name, found in alone.items() if 0 < found < len(set(few[name]))), "")
