"""Columns whose name says a time zone, such as "Created (UTC)": not read as local time in silence."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import ibis

from helpers.contracts.proposals import line
from helpers.errors import StudyError
from helpers.study.table_columns import Contract
from helpers.tables import times
from helpers.tables.values import Written

# What exports write behind a column's name, and a zone that keeps this time.
_ABBREVIATIONS = {
    "utc": "UTC", "gmt": "UTC", "zulu": "UTC", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles",
    "mst": "America/Denver", "mdt": "America/Denver", "cst": "America/Chicago", "cdt": "America/Chicago",
    "est": "America/New_York", "edt": "America/New_York", "cet": "Europe/Berlin", "cest": "Europe/Berlin",
    "bst": "Europe/London", "ict": "Asia/Bangkok", "sgt": "Asia/Singapore", "jst": "Asia/Tokyo", "kst": "Asia/Seoul",
    "aest": "Australia/Sydney", "aedt": "Australia/Sydney",
}  # fmt: skip
_OFFSET = re.compile(r"(?:utc|gmt|[(\[]) ?([+-])0?(\d{1,2})(?::?00)?(?![:\d])", re.I)
_INDIA = re.compile(r"(?:utc|gmt|[(\[]) ?[+]0?5:?30\b", re.I)


def named_in(name: str) -> str | None:
    """The time zone that a column's name states, such as UTC in `created_at_utc` or `Date (GMT+7)`; None for none."""
    if _INDIA.search(name):
        return "Asia/Kolkata"
    offset = _OFFSET.search(name)
    if offset:
        sign, hours = offset.groups()
        return f"Etc/GMT{'-' if sign == '+' else '+'}{int(hours)}" if int(hours) else "UTC"
    full = next(
        (zone for zone in re.findall(r"[A-Z]\w+/\w+(?:/\w+)?", name) if zone in available_timezones()), None
    )
    if full:
        return full
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    last = words[-1] if words else ""
    in_brackets = re.search(r"[(\[]\s*([A-Za-z]+)\s*[)\]]", name)
    found = in_brackets[1].lower() if in_brackets and in_brackets[1].lower() in _ABBREVIATIONS else last
    if found in ("utc", "gmt") or (in_brackets and found in _ABBREVIATIONS):
        return _ABBREVIATIONS[found]
    return None


def refuse_named(
    file: str, contract: Contract, origins: dict[str, str], lines: ibis.Table, written: Written
) -> None:
    """Raise StudyError for a column of times without offsets whose name states another zone than the study's."""
    doubtful = {}
    for column in contract.columns:
        origin = origins.get(column.name)
        zone = named_in(origin) if origin and column.type == "time" else None
        if zone and not written.times(column.name).get("written_in") and _differ(zone, written.zone):
            doubtful[column.name] = (origin, zone)
    if not doubtful:
        return
    counts = {
        name: times.has_no_offset(lines[origin], written.date_format(name)).sum()
        for name, (origin, _) in doubtful.items()
    }
    found = lines.aggregate(**counts).to_pyarrow().to_pylist()[0]
    doubtful = {name: one for name, one in doubtful.items() if found[name]}
    if doubtful:
        shown = ", ".join(f"{origin!r}" for origin, _ in doubtful.values())
        zones = {name: zone for name, (_, zone) in doubtful.items()}
        raise StudyError(
            f"{file}: the name of the column {shown} says a time zone, and the study's is {written.zone}. Add to the table "
            f"in the study file {line({'timezones': zones})} to have these times moved to {written.zone}, or "
            f"{line({'timezones': dict.fromkeys(zones, written.zone)})} if they are local already."
        )


def _differ(one: str, other: str) -> bool:
    """Whether two zones keep different times in winter or summer."""
    days = (datetime(2025, 1, 15), datetime(2025, 7, 15))
    return any(
        day.replace(tzinfo=ZoneInfo(one)).utcoffset() != day.replace(tzinfo=ZoneInfo(other)).utcoffset()
        for day in days
    )
