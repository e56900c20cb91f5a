"""What the data say about the study itself: its last day, currency, time zone and hold-out."""

import re
from datetime import date

from helpers.commands.drafting import files, further_words, words
from helpers.commands.drafting.draft import CHECK, Draft, TableDraft
from helpers.contracts import number_formats
from helpers.study.table_columns import TABLES
from helpers.tables import zones
from helpers.tables.source import Source

_OF_LANGUAGE = {
    "vi": ("Asia/Ho_Chi_Minh", "VND"),
    "th": ("Asia/Bangkok", "THB"),
    "de": ("Europe/Berlin", "EUR"),
    "fr": ("Europe/Paris", "EUR"),
    "es": ("Europe/Madrid", "EUR"),
} | {spoken: place[:2] for spoken, place in further_words.PLACES.items()}
_OF_SIGN = {
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "đ": "VND",
    "₫": "VND",
    "฿": "THB",
    "¥": "JPY",
    "₹": "INR",
    "vnđ": "VND",
    "rp": "IDR", "rp.": "IDR", "rm": "MYR", "₩": "KRW", "₱": "PHP", "r$": "BRL", "zł": "PLN", "kč": "CZK", "ft": "HUF",
    "₺": "TRY",
    "บาท": "THB", "円": "JPY", "元": "CNY", "원": "KRW", "us$": "USD", "a$": "AUD", "s$": "SGD", "sfr.": "CHF", "fr.": "CHF",
    "￥": "JPY", "￦": "KRW", "₽": "RUB", "руб": "RUB", "руб.": "RUB", "tl": "TRY", "nt$": "TWD", "hk$": "HKD", "₴": "UAH",
    "lei": "RON",
}  # fmt: skip
_OF_OFFSET = {  # the busiest zone of each offset, where the times bear one
    "+0700": "Asia/Ho_Chi_Minh", "+0800": "Asia/Singapore", "+0900": "Asia/Tokyo", "+0530": "Asia/Kolkata",
    "+0100": "Europe/Berlin", "+0200": "Europe/Berlin", "+0000": "Europe/London", "-0500": "America/New_York",
    "-0400": "America/New_York", "-0600": "America/Chicago", "-0700": "America/Denver", "-0800": "America/Los_Angeles",
    "+1000": "Australia/Sydney", "+1100": "Australia/Sydney",
}  # fmt: skip
_OF_CURRENCY = {"VND": "Asia/Ho_Chi_Minh", "THB": "Asia/Bangkok", "JPY": "Asia/Tokyo", "INR": "Asia/Kolkata"}
_OF_CURRENCY |= {
    "GBP": "Europe/London",
    "IDR": "Asia/Jakarta",
    "MYR": "Asia/Kuala_Lumpur",
    "PHP": "Asia/Manila",
}
_OF_CURRENCY |= {"KRW": "Asia/Seoul", "SGD": "Asia/Singapore", "CHF": "Europe/Zurich", "PLN": "Europe/Warsaw"}
_NAMED = {"Eastern": "America/New_York", "Central": "America/Chicago", "Mountain": "America/Denver"}
_NAMED |= {"Pacific": "America/Los_Angeles"}
SHORT = 56  # days of orders below which no third is held out


def currency(tables: list[TableDraft]) -> tuple[str, str]:
    """Return the currency and why: a column of codes, a sign beside amounts, a code in a name, the header's language."""
    for table in tables:
        values = table.export.layout.values
        own = (
            next((name for name in table.mapping.currency if name in values), None) if table.mapping else None
        )
        own = own or table.settings["columns"].get("currency")
        if own in table.export.layout.gaps and not table.mapping:
            continue  # what a few rows say is not the currency of the others
        codes = [text.upper() for text in values.get(own or "", []) if re.fullmatch(r"[A-Za-z]{3}", text)]
        if codes:
            several = (
                f"{CHECK}the column {own} has {', '.join(codes[:5])}"
                if len(codes) > 1
                else f"the column {own} says it"
            )
            likely = ["USD", *codes] if "USD" in codes else codes
            return next((code for code in _named_rate(tables) if code in codes), likely[0]), several
    for table in tables:
        origin = table.settings["columns"].get("amount") or table.settings["columns"].get("fee") or ""
        sign = table.settings.get("currency_sign") or ""
        code = _of_sign(sign, tables) or (sign if re.fullmatch("[A-Z]{3}", sign) else "")
        if code:
            return code, f"amounts bear the sign {sign}"
        named = re.search(
            r"\b(USD|EUR|GBP|VND|THB|JPY|CHF|AUD|SGD|INR|IDR|MYR|PHP|KRW|KWD|PLN|CAD|NZD|HKD|TWD|CNY)\b",
            origin,
        )
        if named:
            return named[1], f"the name of the column {origin} says it"
        sign = next((sign for sign in _OF_SIGN if not sign.isalpha() and sign in origin), None)
        if sign:
            return _OF_SIGN[sign], f"the name of the column {origin} says it"
        signs = number_formats.signs_of(table.export.layout.values.get(origin, [])[:50])
        if signs and (code := _of_sign(signs[0], tables)):
            return code, f"amounts bear the sign {signs[0]}"
    spoken = language(tables)
    if spoken:
        return _OF_LANGUAGE[spoken][1], f"{CHECK}guessed by the language of the columns"
    return "EUR", f"{CHECK}nothing in the data says it"


def _named_rate(tables: list[TableDraft]) -> list[str]:
    """The currencies in the name of the column of exchange rates: `Rate to EUR`."""
    origins = [one.settings["columns"].get("rate", "") for one in tables if one.table == "exchange_rates"]
    return [code for origin in origins for code in re.findall("[A-Z]{3}", origin.upper().replace("RATE", ""))]


def _of_sign(sign: str, tables: list[TableDraft]) -> str:
    """The currency of a sign, "" where it is not known: that of the yen is also written for the yuan."""
    code = _OF_SIGN.get(sign.casefold(), "")
    return "CNY" if code == "JPY" and language(tables) in ("zh", "zh_tw") else code


def language(tables: list[TableDraft]) -> str | None:
    """The language of the columns' names, None where it is English or none."""
    return words.language([name for table in tables for name in table.export.layout.columns])


def timezone(tables: list[TableDraft], code: str) -> tuple[str, str]:
    """Return the time zone and why: the offset of times, the currency, the header's language."""
    for table in tables:
        for name, origin in table.settings["columns"].items():
            texts = table.export.layout.values.get(origin, [])
            offsets = [
                match[1].replace(":", "")
                for text in texts
                if (match := re.search(r"([+-]\d\d:?\d\d)$", text.strip()))
            ]
            kind = next((one.type for one in TABLES[table.table].columns if one.name == name), "")
            if kind == "time" and texts and len(offsets) > len(texts) / 2 and offsets[-1] in _OF_OFFSET:
                zone = _OF_OFFSET[offsets[-1]]
                return zone, f"{CHECK}times of {origin} say {offsets[-1]}; a place that keeps it"
    for table in tables:
        own = next(
            (name for name in table.export.layout.columns if words.plain(name) in ("time zone", "timezone")),
            None,
        )
        said = table.export.layout.values.get(own or "", [])
        stated = [_NAMED.get(text.split()[0]) or zones.named_in(f"({text})") for text in said]
        place = next((one for one in stated if one), None)
        if place:
            return place, f"{CHECK}the column {own} says {', '.join(said[:3])}"
    spoken = language(tables)
    if code in _OF_CURRENCY or spoken:
        zone = _OF_CURRENCY.get(code) or _OF_LANGUAGE[spoken or ""][0]
        return (
            zone,
            f"{CHECK}guessed by the {'currency' if code in _OF_CURRENCY else 'language of the columns'}",
        )
    return (
        "UTC",
        f"{CHECK}where the business lives, such as Europe/Berlin; times without an offset are local there",
    )


def days(draft: Draft, source: Source, today: date) -> None:
    """Set `as_of`, never after today, and `holdout`, a third of the orders' days in whole weeks."""
    spans = {table.table: _span(source, table.table, today) for table in draft.tables}
    spans = {table: span for table, span in spans.items() if span["last"]}
    if not spans:
        draft.settings["as_of"] = today
        draft.why["as_of"] = f"{CHECK}no table has dates: value is stated at the end of this day"
        return
    leading = [name for name in ("transactions", "subscriptions") if name in spans]
    table = (
        leading[0]
        if leading
        else max(spans, key=lambda name: (bool(TABLES[name].happens_at), spans[name]["last"]))
    )
    last = spans[table]["last"]
    later = spans[table]["later"]
    draft.settings["as_of"] = last
    draft.why["as_of"] = f"{CHECK}the last day of {table}" + (
        f"; {later:,} later than today are left aside" if later else ""
    )
    if any(files.is_large(part) for one in draft.tables for part in one.export.parts):
        draft.why["as_of"] += " in those parts of the file that were read"
    draft.why["as_of"] += ": value is stated at its end"
    if "transactions" in spans and (last - spans["transactions"]["first"]).days >= SHORT:
        first = spans["transactions"]["first"]
        weeks = round((last - first).days / 21)
        draft.settings["holdout"] = f"{weeks} weeks"
        draft.why["holdout"] = f"{CHECK}the last third of {first} to {last}, on which forecasts are tested"


def _span(source: Source, table: str, today: date) -> dict:
    """The first and last day on which something happens in a table up to today, and the rows dated after it."""
    lines, given = source.read(table), source.given(table)
    lines = lines.filter(lines._left_out == 0)  # payments and cancelled orders have days too
    names = [one.name for one in TABLES[table].columns if one.type in ("time", "date") and one.name in given]
    if not names:
        return {"last": None}
    happens_at = TABLES[table].happens_at or names[0]
    sums: dict[str, object] = {}
    for name in names:
        day = lines[name].date() if lines[name].type().is_timestamp() else lines[name]
        known = (day <= today) & (day > date(1970, 1, 1))
        sums |= {f"first {name}": day.min(where=known), f"last {name}": day.max(where=known)}
        sums |= {f"later {name}": (day > today).sum()}
    row = lines.aggregate(**sums).to_pyarrow().to_pylist()[0]
    last = max((day for name in names if (day := row[f"last {name}"])), default=None)
    return {"first": row[f"first {happens_at}"], "last": last, "later": row[f"later {happens_at}"] or 0}
