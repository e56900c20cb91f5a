"""Which leads were won and lost, where a column names the stage of each; and days told by a year, month and day apart."""

import re

from helpers.commands.drafting import words
from helpers.contracts import date_formats
from helpers.contracts.checked import sql_name, sql_text

_STAGE = re.compile(
    r"\b(stage|status|state|phase|event|step|schritt|ereignis|evenement|evento"
    r"|su kien|buoc|outcome|result|statut|etape|etapa|estado|situacion|resultado|ergebnis|trang thai"
    r"|tinh trang|giai doan|ket qua)\b|สถานะ|ขั้นตอน|ผลลัพธ์"
)
_DEAL_WON = re.compile(
    r"^(closed?[ -]*)?(won|gewonnen|gagnee?|ganad[oa]|ganh[oa]|vint[oa]|wygran[ae]|выигран\w*)$"
)  # said of no order
_WON = re.compile(
    rf"{_DEAL_WON.pattern}|^(converted|konvertiert|convertie?|convertid[oa]|da chot|chot don"
    r"|da chuyen doi|thanh cong|da mua)$|^ปิดการขาย|^ชนะ$|^สำเร็จ$"
)
_LOST = re.compile(
    r"^(closed?[ -]*)?(lost|verloren|perdue?|perdid[oa]|pers[oa]|przegran[ae]|проигран\w*)$"
    r"|^(unqualified|disqualified|rejected|abgelehnt|rechazad[oa]"
    r"|that bai|da mat|khong mua|tu choi)$|^แพ้$|^ไม่สำเร็จ$|^ปฏิเสธ$"
)
# What companies call it themselves, where no stage is called won: "Contract signed", "Order placed".
_OWN_WON = re.compile(
    r"\b(contract|signed|sold|sale|purchased?|bought|ordered|order placed|paid|became customer|customer|subscribed|enrolled"
    r"|funded|disbursed|bound|issued|emitida|policiert|ausgezahlt"
    r"|vertrag|unterschrieben|auftrag|gekauft|kunde|contrat|signe|vendu|achat|contrato|firmado|vendido|compra|ky hop dong)\b"
)
_NOT_YET = re.compile(r"\b(sent|requested|offer|draft|pending|discussed|lost|no|not|in|negotiation)\b")
_OWN_LOST = re.compile(
    r"\b(put aside|set aside|no interest|not interested|refused|declined|dropped|withdrawn|dead|gave up|no deal"
    r"|absage|abgesagt"
    r"|kein interesse|refus|rechazado|descartado)\b"
)
_CLOSED = re.compile(
    r"^((date )?closed( date| at| on)?|clos(e|ing) date|decision date|decided (at|on)|entscheidungsdatum"
    r"|abschlussdatum|abgeschlossen am|geschlossen am|date de cloture"
    r"|fecha de cierre|ngay (dong|chot)|วันที่ปิด(การขาย)?)$"
)
_PARTS = (
    "year*|jahr*|annee*|ano*|nam*|ปี*",
    "month*|monat*|mois*|mes*|thang*|เดือน*",
    "day*|tag*|jour*|dia*|ngay*|วัน*|day of month|dayofmonth*",
)
_STAGES = {
    "mql_at": re.compile(r"^(mql|marketing[ -]qualified.*)$"),
    "sql_at": re.compile(r"^(sql|sales[ -](qualified|accepted).*)$"),
}
_ISO = re.compile(r"\d{4}-\d\d-\d\d([ T]|$)")
_FEW = 50  # stages
_ERAS = {"令和|R": 2018, "平成|H": 1988, "昭和|S": 1925}  # the year before each of Japan's
_ERA_DAY = re.compile(rf"({'|'.join(_ERAS)}) ?([0-9]{{1,2}}|元)[年./-] ?[0-9]{{1,2}}[月./-] ?[0-9]{{1,2}}日?")
_MOST = ((1900, 2700), (1, 12), (1, 31))


def ends(values: dict[str, list[str]]) -> dict[str, str]:
    """Return `won_at` and `lost_at`, or `won`, as the stages of leads and the day on which they were closed say; or nothing.

    An expected day is none: without a day on which a lead was closed its stage alone says whether it was won.
    """
    for stage, texts in values.items():
        if not _STAGE.search(words.plain(stage)):
            continue
        won, lost = _of_stages(texts)
        if not won:
            continue
        closed = next((name for name in values if _CLOSED.fullmatch(words.plain(name))), None)
        if closed is None:
            return {"won": _is_one_of(stage, won)}
        found = {"won_at": won} | ({"lost_at": lost} if lost else {})
        return {
            name: f"CASE WHEN {_is_one_of(stage, those)} THEN {sql_name(closed)} END"
            for name, those in found.items()
        }
    return {}


def _of_stages(texts: list[str]) -> tuple[list[str], list[str]]:
    """The stages that say won, and those that say lost: by the usual words, or by a company's own."""
    plain = {text: words.plain(text) for text in texts}
    won = [text for text, said in plain.items() if _WON.search(said)]
    if not won and len(texts) <= _FEW:
        won = [text for text, said in plain.items() if _OWN_WON.search(said) and not _NOT_YET.search(said)]
    lost = [text for text, said in plain.items() if _LOST.search(said) or (won and _OWN_LOST.search(said))]
    return won, lost


def history(values: dict[str, list[str]], stated: dict[str, str]) -> dict[str, str]:
    """Return what each row tells of a lead where rows are changes of its stage: the dates of coming in and of stages.

    stated: the columns drafted so far; {} where no column holds the day of a change.
    """
    days = [stated.get("created_at", ""), *(name for name in values if name not in stated.values())]
    day = next((name for name in days if _is_time(values.get(name, []))), None)
    if day is None:
        return {}
    for stage, texts in values.items():
        if not _STAGE.search(words.plain(stage)) or not (ended := _of_stages(texts))[0]:
            continue
        told = {
            name: [text for text in texts if pattern.search(words.plain(text))]
            for name, pattern in _STAGES.items()
        } | dict(zip(("won_at", "lost_at"), ended, strict=True))
        cases = {
            name: f"CASE WHEN {_is_one_of(stage, those)} THEN {sql_name(day)} END"
            for name, those in told.items()
            if those
        }
        return {"created_at": day} | cases
    return {}


def _is_time(texts: list[str]) -> bool:
    some = texts[:: max(1, len(texts) // 50)]
    found = date_formats.propose(some) if some else None
    return found is not None or (bool(some) and all(_ISO.match(text) for text in some))


def deal_of(values: dict[str, list[str]]) -> str:
    """Return the column `ID` of a file whose stages are those of deals, "" where it is none: an order is never won."""
    stages = (
        texts for name, texts in values.items() if _STAGE.search(words.plain(name)) and len(texts) <= _FEW
    )
    if not any(_DEAL_WON.search(words.plain(text)) for texts in stages for text in texts):
        return ""
    return next((name for name in values if words.plain(name) in ("id", "record id", "no", "nr")), "")


def _is_one_of(column: str, texts: list[str]) -> str:
    return f"{sql_name(column)} IN ({', '.join(map(sql_text, texts))})"


def day_of_era(values: dict[str, list[str]]) -> str:
    """Return the day of a column that counts years by Japan's eras (令和8年6月30日, R8.6.30), as an expression, or ""."""
    own = next(
        (name for name, texts in values.items() if texts and all(map(_ERA_DAY.fullmatch, texts))), None
    )
    if own is None:
        return ""
    text = sql_name(own)
    before = " ".join(
        f"WHEN regexp_matches({text}, '^({names})') THEN {years}" for names, years in _ERAS.items()
    )
    year = f"CASE {before} END + CAST(replace(regexp_extract({text}, '[0-9]+|元'), '元', '1') AS INTEGER)"
    month, of_month = (
        f"lpad(regexp_extract({text}, '{pattern}', 1), 2, '0')"
        for pattern in ("([0-9]+)[^0-9]+[0-9]+[^0-9]*$", "([0-9]+)[^0-9]*$")
    )
    return f"CAST({year} AS VARCHAR) || '-' || {month} || '-' || {of_month}"


def day(values: dict[str, list[str]]) -> str:
    """Return the day that a year, a month and a day in three columns make, as an expression; "" where they are not there."""
    plain = {words.plain(column): column for column in reversed(values)}
    found = []
    for listed, (least, most) in zip(_PARTS, _MOST, strict=True):
        named = words.finds(tuple(listed.split("|")), plain)
        own = next((name for name in named if _all_between(values[name], least, most)), None)
        if own is None or own in found:
            return ""
        found.append(own)
    year, month, of_month = (f"CAST({sql_name(name)} AS VARCHAR)" for name in found)
    return f"{year} || '-' || lpad({month}, 2, '0') || '-' || lpad({of_month}, 2, '0')"


def _all_between(texts: list[str], least: int, most: int) -> bool:
    return bool(texts) and all(
        re.fullmatch(r"\d{1,4}", text) and least <= int(text) <= most for text in texts
    )
