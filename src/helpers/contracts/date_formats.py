"""How dates and times are written, from examples: order of day and month, clock, month names, eras, serial numbers."""

import re
from datetime import UTC, date, datetime

from helpers.contracts.digits import ascii_digits
from helpers.contracts.proposals import Proposal

EXCEL, UNIX, UNIX_MS = "excel", "unix", "unix_ms"  # beside strftime's codes, as `date_format`
MOST_LISTED = 500  # days of lists that are looked at
WEEK, QUARTER = "week", "quarter"  # 2025-W07, KW 7/2025; Q1 2025: their first days
BUDDHIST = "buddhist"
ERAS = {BUDDHIST: 543}  # years to take off
# Names of the months, January first: English, German, French, Spanish, Vietnamese, Thai.
_NAMES = """
january february march april may june july august september october november december
jan feb mar apr may jun jul aug sep oct nov dec
jan. feb. mar. apr. may. jun. jul. aug. sept. oct. nov. dec.
januar februar märz april mai juni juli august september oktober november dezember
jänner feber mär apr mai jun jul aug sept okt nov dez
jän. febr. mrz apr. mai. jun. jul. aug. sep. okt. nov. dez.
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
janv. févr. mars. avr. mai. juin. juil. août. sept. oct. nov. déc.
janv févr mars avr mai juin juil aout sept oct nov déc
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
ene feb mar abr may jun jul ago sep oct nov dic
ene. feb. mar. abr. may. jun. jul. ago. sept. oct. nov. dic.
มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม
ม.ค. ก.พ. มี.ค. เม.ย. พ.ค. มิ.ย. ก.ค. ส.ค. ก.ย. ต.ค. พ.ย. ธ.ค.
tháng_một tháng_hai tháng_ba tháng_tư tháng_năm tháng_sáu tháng_bảy tháng_tám tháng_chín tháng_mười \
tháng_mười_một tháng_mười_hai
"""
MONTHS = {
    name.replace("_", " "): f"{month:02}"
    for names in _NAMES.strip().splitlines()
    for month, name in enumerate(names.split(), start=1)
} | {
    f"{word}{month}": f"{month:02}"
    for word in ("tháng ", "tháng 0", "thg ", "thg", "th")
    for month in range(1, 13)
}
_ALTERNATIVES = "|".join(name.replace(".", r"\.") for name in sorted(MONTHS, key=len, reverse=True))
# One month's name, the longest that fits, not inside a longer word (mar in martes). RE2 and Java read it alike.
MONTH_NAME = rf"(?:^|[^\p{{L}}\p{{M}}])({_ALTERNATIVES})(?:$|[^\p{{L}}\p{{M}}])"
_MONTH_NAME = re.compile(rf"(?:^|[\W\d_])({_ALTERNATIVES})(?:$|[\W\d_])")
# A week or a quarter with its year, in either order; a month has no such word.
_PERIODS = {
    WEEK: r"(?:kw|cw|wk|w|week|woche|kalenderwoche|sem|semaine|semana|tuần|สัปดาห์(?:ที่)?)\.? ?",
    QUARTER: r"(?:q|qtr|quarter|quartal|trimestre|trim|quý|ไตรมาส(?:ที่)?)\.? ?",
}
_YEAR_WORD = r"(?:(?:năm|of|de|del|ปี) )?"
_DAYS = (("%Y", "%m", "%d"), ("%d", "%m", "%Y"), ("%m", "%d", "%Y"), ("%d", "%m", "%y"), ("%m", "%d", "%y"))
_CLOCKS = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p", "%I:%M:%S%p", "%I:%M%p")
_CLOCKS_BEHIND = ("%p %I:%M:%S", "%p %I:%M", "%p%I:%M:%S", "%p%I:%M")  # as in Korean, Japanese and Chinese
HALVES = {"AM": "오전|午前|上午", "PM": "오후|午後|下午"}
_BETWEEN = {"de", "del", "ngày", "năm", "of", "年", "月", "日", "พ", "ศ", "วันท"}  # words that stand in dates
_WEEKDAY = re.compile(  # English, German, French, Spanish; `_all` reads the rest of the text without it
    r"^(mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|mié|jue|vie|sáb|dom)\w*(?=[,. ])",
    re.I,
)
_CLOCK_WORD = re.compile(r" ?(Uhr|uhr|hs?\.?|hrs?\.?|น\.)$")  # behind a time of day
_YEARS = (1950, 2100)
_AFTER_1990 = 631152000  # seconds since 1970
_SERIALS = (20000, 80000)  # October 1954 to January 2119


def propose(texts: list[str], today: date | None = None) -> Proposal | None:
    """Return the settings by which all of `texts` are dates, or None where none of the usual ways fits.

    Two choices where day and month cannot be told apart. `{}` means ISO, which needs no setting.
    """
    texts = [tidy(text) for text in texts if text.strip()]
    if not texts:
        return None
    return (
        _serial(texts, today or date.today())
        or _period(texts)
        or _iso(texts, today)
        or _written(texts, today)
    )


def _period(texts: list[str]) -> Proposal | None:
    """Weeks or quarters with their year: 2025-W07, KW 7/2025, Q1 2025."""
    for name, word in _PERIODS.items():
        number = r"0?[1-4]" if name == QUARTER else r"\d{1,2}"
        pattern = rf"\d{{4}}[-/. ]?{word}{number}|{word}{number}[-/., ]+{_YEAR_WORD}\d{{4}}"
        pattern += rf"|{number}\.? ?{word}[-/., ]*{_YEAR_WORD}\d{{4}}"
        if all(re.fullmatch(pattern, text, re.I) for text in texts):
            return Proposal(({"date_format": name},), f"{texts[0]} is a {name} of a year")
    return None


def in_lists(texts: list[str]) -> bool:
    """Whether most values are lists of days or months, as of those that somebody paid: 2025-01, 2025-02."""
    parts = [re.split(r"\s*[,;|\n]\s*", text.strip()) for text in texts]
    lists = [part for part in parts if len(part) > 1]
    days = [day for part in parts for day in part if day]
    return 2 * len(lists) > len(texts) > 0 and bool(days) and propose(days[:MOST_LISTED]) is not None


def tidy(text: str) -> str:
    """The text with one plain blank between its parts, digits as 0 to 9, and AM and PM without dots."""
    text = re.sub(r"[\s\u00a0\u202f\u2009]+", " ", ascii_digits(text.strip()))
    for half, names in HALVES.items():
        text = re.sub(names, half, text)
    text = re.sub(r" ?(?:GMT|UTC)([+-])(\d{1,2})$", lambda found: f" {found[1]}{found[2]:0>2}00", text)
    return re.sub(r"(?i)\b([ap])\. ?m\.?(?=$|\W)", r"\1m", text)


def _serial(texts: list[str], today: date) -> Proposal | None:
    """Numbers that count days or seconds, or digits without marks; seconds that end far ahead are numbers of orders."""
    if not all(re.fullmatch(r"\d+([.,]\d+)?", text) for text in texts):
        return None
    pointed = [text.replace(",", ".") for text in texts]
    whole, lengths = [float(text) for text in pointed], {len(text.partition(".")[0]) for text in pointed}
    if lengths == {5} and all(_SERIALS[0] <= number <= _SERIALS[1] for number in whole):
        why = f"numbers like {texts[0]} count days, as spreadsheets do"
        return Proposal(({"date_format": EXCEL},), why)
    ahead = datetime(today.year + 3, 1, 1, tzinfo=UTC).timestamp()
    for name, scale in ((UNIX, 1), (UNIX_MS, 1000)):
        if all(_AFTER_1990 * scale <= number < ahead * scale for number in whole):
            unit = "seconds" if scale == 1 else "milliseconds"
            return Proposal(({"date_format": name},), f"numbers like {texts[0]} count {unit} since 1970, UTC")
    formats = {8: ("%Y%m%d", "%d%m%Y", "%m%d%Y"), 4: ("%Y",), 6: ("%Y%m",), 14: ("%Y%m%d%H%M%S",)}
    fitting = [one for one in formats.get(next(iter(lengths)), ()) if len(lengths) == 1 and _all(texts, one)]
    if not fitting and all(re.fullmatch(r"(19|20)\d\d(0[1-9]|[1-4]\d|5[0-3])", text) for text in texts):
        return Proposal(({"date_format": WEEK},), f"numbers like {texts[0]} are a year and a week")
    return Proposal(tuple({"date_format": one} for one in fitting[:2])) if fitting else None


def _iso(texts: list[str], today: date | None) -> Proposal | None:
    if not all(
        re.fullmatch(
            r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?", t
        )
        for t in texts
    ):
        return None
    return (
        Proposal(({},))
        if not _is_buddhist([int(text[:4]) for text in texts], today)
        else _buddhist({}, texts)
    )


def _buddhist(settings: dict, texts: list[str]) -> Proposal:
    return Proposal((settings | {"years": BUDDHIST},), f"{texts[0]} has a year of the Buddhist era")


def _is_buddhist(years: list[int], today: date | None) -> bool:
    """Whether nearly all years lie after this one and are plausible less 543; one of 2062 is a slip."""
    now = (today or date.today()).year
    late = sum(1 for year in years if now + 50 < year and 1950 <= year - ERAS[BUDDHIST] <= now + 1)
    return late > 0.9 * len(years)


def _is_far(years: list[int], today: date | None) -> bool:
    """Whether nearly all years of two digits lie ahead in our era, and soon behind in the Buddhist one: 69 is 2026."""
    now = (today or date.today()).year
    late = sum(
        1 for year in years if 2000 + year > now + 20 and now - 20 <= year + 2500 - ERAS[BUDDHIST] <= now + 1
    )
    return late > 0.9 * len(years)


def _written(texts: list[str], today: date | None) -> Proposal | None:
    named = [with_month_number(text) for text in texts]
    has_names = all(found for _, found in named)
    if not has_names and any(found for _, found in named):
        return None
    plain = [text for text, _ in named]
    fitting, buddhist = [], False
    for date_format in _candidates(plain[0]):
        years = _years(plain, date_format)
        if "%y" in date_format:
            years = [2500 + year for year in years] if _is_far(years, today) else []
        if years and _is_buddhist(years, today):
            moved = [_without_era(text, date_format) for text in plain]
            if _all(moved, date_format.replace("%y", "%Y")):
                fitting.append(date_format)
                buddhist = True
        elif _all(plain, date_format):
            fitting.append(date_format)
    if has_names:
        fitting = [one.replace("%m", "%B") for one in fitting[:1]]
    era = {"years": BUDDHIST} if buddhist else {}
    return Proposal(tuple({"date_format": one} | era for one in fitting[:2])) if fitting else None


def with_month_number(text: str) -> tuple[str, bool]:
    """The text with the name of its month as a two-digit number, and whether it has one."""
    found = _MONTH_NAME.search(text.lower())
    if not found:
        return text, False
    return text[: found.start(1)] + MONTHS[found[1]] + text[found.end(1) :], True


def _candidates(text: str) -> list[str]:
    """The formats of the usual orders that have the marks of `text`."""
    match = re.match(r"(\D*?)(\d{1,4})(\D+?)(\d{1,4})(\D+?)(\d{1,4})(?=$|\D)", text)
    if not match:
        month = re.fullmatch(r"(?:(\d{4})([-/ ])\d{1,2}|\d{1,2}([-/ ])\d{4})", text)
        return [] if not month else [f"%Y{month[2]}%m" if month[1] else f"%m{month[3]}%Y"]
    lead, first, mark, middle, other, last = match.groups()
    lead = _WEEKDAY.sub("%a", lead)
    if set(re.findall(r"[^\W\d_]+", " ".join((lead.replace("%a", ""), mark, other)))) - _BETWEEN:
        return []
    rest = text[match.end() :]
    days = [
        f"{lead}{codes[0]}{mark}{codes[1]}{other}{codes[2]}"
        for codes in _DAYS
        if all(
            len(part) == 4 if code == "%Y" else len(part) <= 2
            for code, part in zip(codes, (first, middle, last), strict=True)
        )
    ]
    zone = re.search(r" ?[+-]\d{2}:?\d{2}$", rest)
    rest, zone_code = (rest[: zone.start()], zone[0][: zone[0][:1] == " "] + "%z") if zone else (rest, "")
    if not re.search(r"\d", rest):
        return [day + rest + zone_code for day in days]
    gap, clocks = re.split(r"\d", rest, maxsplit=1)[0], list(_CLOCKS)
    if half := re.fullmatch("(.*?)([AP]M ?)", gap):
        gap, clocks = half[1], [one for one in _CLOCKS_BEHIND if (" " in one) == half[2].endswith(" ")]
    after = re.search(_CLOCK_WORD, rest)
    word = after[0] if after else ""
    return [day + gap + clock + word + zone_code for day in days for clock in clocks]


def _years(texts: list[str], date_format: str) -> list[int]:
    pattern = year_pattern(date_format)
    found = [match for text in texts if (match := re.match(pattern[0] + pattern[1], text))]
    return [int(match[2]) for match in found] if len(found) == len(texts) else []


def year_pattern(date_format: str) -> tuple[str, str]:
    """(what stands before the year, the year) as patterns of one group each, for a format with %Y or %y."""
    before = re.split("%[Yy]", date_format, maxsplit=1)[0]
    digits = re.sub(r"%[dmHMSIjf]", "\0", before)
    digits = re.sub(r"%[a-zA-Z]", "\1", digits)
    pattern = re.escape(digits).replace("\0", r"\d{1,2}").replace("\1", ".+?").replace(r"\ ", " ")
    return f"^({pattern})", r"(\d{4})" if "%Y" in date_format else r"(\d{2})"


def _without_era(text: str, date_format: str) -> str:
    before, year = year_pattern(date_format)
    era = ERAS[BUDDHIST] - (0 if "%Y" in date_format else 2500)
    return re.sub(before + year, lambda m: m[1] + str(int(m[2]) - era), text, count=1)


def _all(texts: list[str], date_format: str) -> bool:
    if date_format.startswith("%a"):
        texts = [_WEEKDAY.sub("", text).lstrip(",. ") for text in texts]
        date_format = date_format.removeprefix("%a").lstrip(",. ")
    try:
        return all(_YEARS[0] <= datetime.strptime(text, date_format).year < _YEARS[1] for text in texts)
    except ValueError:
        return False
