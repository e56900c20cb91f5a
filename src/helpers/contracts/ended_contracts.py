"""Contracts and tickets without an end that a column calls ended, or for which it holds a day: they count as running."""

import re

from helpers.contracts.checked import Checked, one_row, share, sql_name, sql_text, where_line, yaml_line
from helpers.contracts.evidence import is_time
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import count, listing, message, verbatim
from helpers.study.table_columns import ROW

NO_END = message(
    "ended.no_end",
    "{count} of {all} contracts have no end, though the column {column} says that they have ended ({values}): they count as "
    "running.",
)
THEIR_DAY = message(
    "ended.their_day",
    "If it is the day of their end, add to subscriptions: `{line}`. To leave them out, add to subscriptions: `{where}`. If "
    "they run: `{keep}`.",
)
DAY_IN = message(
    "ended.day_in",
    "Their day may stand in {column}: map it as `ended_at`, alone or by `coalesce`. To leave them out, add to "
    "subscriptions: `{where}`. If they run: `{keep}`.",
)
MAP_DAY = message(
    "ended.map_day",
    "Map the day on which they ended as `ended_at`. To leave them out, add to subscriptions: `{where}`. If they run: "
    "`{keep}`.",
)
NO_ENDS = message(
    "ended.no_ends",
    "no row has {end}, though the column {column} holds days in {count} of {all}: all count as running or open.",
)
ARE_ENDS = message(
    "ended.are_ends", "If it is the day of the end, add to {table}: `{line}`. If none has ended: `{keep}`."
)

ENDED = re.compile(
    r"cancel|expire|terminat|inactive|churn|\bended\b|\bclosed\b|lapsed|gekündigt|beendet|abgelaufen|storniert|inaktiv|résili"
    r"|expiré|annulé|terminé|inactif|baja|inactiv[oa]|finalizad|vencid|đã (hủy|huỷ|kết thúc)|hết hạn|ngừng|ยกเลิก|สิ้นสุด|หมดอายุ"
)
STILL = re.compile(
    r"pending|not |nicht |non |will |at.period.end|scheduled|sẽ |chưa |ไม่|รอ"
)  # runs until then
DAY = re.compile(
    r"cancel|end|churn|until|stop|left|leav|quit|expir|terminat|clos|künd|ende|résili|fin|baja|hủy|huỷ|kết thúc|ยกเลิก|สิ้นสุด"
    r"|หมดอายุ|solved|done|complet|gelöst|erledigt|cerrad|đóng|ปิด"
)
OTHER_DAY = re.compile(r"trial|next|renew|first|due")  # the end of something else, or one that is expected
ENDS = {"subscriptions": "ended_at", "tickets": "closed_at"}
FEW, HARM = 50, 0.02  # values of a status; share of the contracts from which on the run stops


def findings(checked: Checked) -> list[Finding]:
    """Judge subscriptions and tickets by the unused columns that say which of them have ended, or when."""
    if checked.table not in ENDS:
        return []
    statuses = checked.unused if checked.table == "subscriptions" else {}
    few = [name for name, count in statuses.items() if 0 < count <= FEW]
    said = [found for name in few for found in _status(checked, name)]
    told = any(ENDED.search(value.casefold()) for name in few for value in checked.values(name))
    return said or ([] if told or checked.has(ENDS[checked.table]) else _unread_days(checked))


def _unread_days(checked: Checked) -> list[Finding]:
    """The column of days, named as those of an end, that nothing reads while no row has one."""
    days = _days(checked)
    if not days:
        return []
    end, rows = ENDS[checked.table], checked.report.used
    texts = checked.source.texts(checked.table, days[:1]).rename(_at=ROW)
    texts = texts.semi_join(checked.report.accepted, texts["_at"] == checked.report.accepted[ROW])
    filled = one_row(texts, n=texts[days[0]].count())["n"]
    if not filled:
        return []  # the study leaves them out
    told = NO_ENDS(end=verbatim(end), column=verbatim(days[0]), count=count(filled), all=count(rows, "row"))
    line = verbatim(f"columns: {{{yaml_line(end, days[0])}}}")
    todo = ARE_ENDS(table=verbatim(checked.table), line=line, keep=keep("ended_without_day"))
    value = share(filled, rows)
    return [checked.finding("ended_without_day", STOP, told, value, threshold=share(0, 1), todo=todo)]


def _days(checked: Checked) -> list[str]:
    """Unused columns of days whose name is one of an end."""
    named = [
        one for one in checked.unused if DAY.search(one.casefold()) and not OTHER_DAY.search(one.casefold())
    ]
    return [one for one in named if is_time(checked, one)]


def _status(checked: Checked, name: str) -> list[Finding]:
    """The contracts without an end whose value in one column says that they have ended."""
    values = [one for one in checked.values(name) if _has_ended(one)]
    if not values:
        return []
    rows = checked.report.accepted
    running = rows.filter(rows.ended_at.isnull())
    texts = checked.source.texts(checked.table, [name]).rename(_at=ROW)
    said = running.semi_join(texts.filter(texts[name].isin(values)), running[ROW] == texts["_at"])
    count, total = one_row(said, n=said.count())["n"], one_row(rows, n=rows.count())["n"]
    return [_found(checked, name, values, count, total)] if count else []


def _has_ended(value: str) -> bool:
    text = value.casefold().replace("_", " ")
    return ENDED.search(text) is not None and STILL.search(text) is None


def _found(checked: Checked, name: str, values: list[str], ended: int, total: int) -> Finding:
    told = NO_END(
        count=count(ended),
        all=count(total),
        column=verbatim(name),
        values=listing([verbatim(repr(one)) for one in values[:4]]),
    )
    days = _days(checked)
    condition = f"coalesce({sql_name(name)}, '') NOT IN ({', '.join(map(sql_text, values))})"
    said = {"where": verbatim(where_line(condition)), "keep": keep("ended_without_day")}
    if days and not checked.has("ended_at"):
        todo = THEIR_DAY(**said, line=verbatim(f"columns: {{{yaml_line('ended_at', days[0])}}}"))
    elif days:
        todo = DAY_IN(**said, column=verbatim(days[0]))
    else:
        todo = MAP_DAY(**said)
    verdict = STOP if ended > HARM * total else REVIEW
    value, threshold = share(ended, total), share(HARM, 1)
    return checked.finding("ended_without_day", verdict, told, value, threshold=threshold, todo=todo)
