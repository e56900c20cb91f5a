"""Days without orders: inside the data, before `as_of`, or before all others; months in place of days; files cut off."""

import math
from bisect import bisect_right
from datetime import date, timedelta
from itertools import accumulate

import ibis

from helpers.contracts import exchanged_days
from helpers.contracts.checked import CORRECT_THEM, Checked, one_row, share, where_line
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import Message, Template, Value, count, message, number, verbatim

A_DAY = message("coverage.a_day", "{rows} rows")
GAP = message(
    "coverage.gap",
    "no order is dated between {last} and {first}, {days}; there are {orders} a day otherwise. A file may be missing.",
)
BRING_IT = message(
    "coverage.bring_it",
    "Bring the orders of these days. If the business stood still: `{keep}`.",
)
STRAY = message(
    "coverage.stray",
    "{rows} dated {first} to {last} lie {days} before the next: a year may be mistyped, or they are from another system.",
)
LEAVE_OUT = message(
    "coverage.leave_out",
    "Correct the dates, or add to transactions: `{line}`. If they are right: `{keep}`.",
)
ENDS = message(
    "coverage.ends",
    "the last order is of {last}, {days} before as_of ({as_of}); there are {orders} a day before. Who bought until then "
    "looks like a customer who left.",
)
SET_AS_OF = message(
    "coverage.set_as_of",
    "If the export ends there, write in the study file: `{line}`. If nothing was sold since: `{keep}`.",
)
WEEKS = message(
    "coverage.weeks",
    "all {rows} are dated a Monday: they say the week of a purchase, or sum one up, and not its day.",
)
MONTHS = message(
    "coverage.months",
    "all {rows} are dated the first of a month: they say the month of a purchase, or sum one up, and not its day.",
)
BRING_DAYS = message(
    "coverage.bring_days",
    "Export a row per order with its day, since how often somebody buys is told by days. If they are right: `{keep}`.",
)
SOME_OFFSETS = message(
    "coverage.some_offsets",
    "{some} of {all} times in {column} say how far they are from UTC, the others do not: those are read as local in {zone}.",
)
OTHERS_IN_UTC = message(
    "coverage.others_in_utc",
    "If the others are in UTC, add to transactions: `{line}`. If they are local: `{keep}`.",
)
CUT = message(
    "coverage.cut",
    "{file} holds exactly {rows}, a number at which exports end: the rest may be missing.",
)
EXPORT_PARTS = message(
    "coverage.export_parts",
    "Look whether the last orders are there, or export month by month. If it is whole: `{keep}`.",
)

CLOCK, OFFSET = r"\d{1,2}:\d{2}", r"(Z|UTC|GMT|[+-]\d{2}:?\d{2})$"
FEWEST, RARE = 50, 0.01  # orders; share of the rows that may be stray
A_WEEK, FAR, MANY = 6, 3, 20  # days; times the second longest stretch; orders that are expected in it
LONGER, BY_CHANCE, AROUND = (
    1.5,
    0.02,
    42,
)  # times the next stretch; how likely chance leaves one; days on each side
SHORTEST, SHORTEST_END, TIMES = 10, 60, 2  # days; how many times the longest gap that chance leaves
LIMITS = (65_534, 65_535, 65_536, 1_048_574, 1_048_575, 1_048_576)  # of old and new spreadsheets
YEAR, SHIFT, CLOSING = 365, 20, 35  # days between two such stretches, more or less, and of one at most
SHOWN = 20  # stretches that are looked at
ROUND, THOUSAND = 500, 1000  # limits of programs are multiples of one, or one less than those of the other


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions."""
    if checked.table != "transactions":
        return []
    return [*_cut(checked), *_days(checked), *_offsets(checked)]


def is_limit(rows: int) -> bool:
    """Whether exports end at a number of rows: at round ones, with or without the header, or where a spreadsheet is full."""
    first = str(rows - 1)  # a total, or the header, below a limit: 501, 1,001, 5,001, 10,001
    counted_on = rows > ROUND and first.strip("0") in ("1", "2", "5")
    round_one = rows % ROUND == 0 or (rows + 1) % THOUSAND == 0
    return rows in LIMITS or counted_on or (rows >= ROUND and round_one)


def _cut(checked: Checked) -> list[Finding]:
    """A number of rows at which exports and spreadsheets end."""
    rows = checked.report.rows
    if not is_limit(rows):
        return []
    told = CUT(file=verbatim(checked.report.file), rows=count(rows, "row"))
    todo = EXPORT_PARTS(keep=keep("export_cut_off"))
    return [checked.finding("export_cut_off", REVIEW, told, count(rows, "row"), todo=todo)]


def _days(checked: Checked) -> list[Finding]:
    lines = checked.report.accepted
    # An order of many lines is one event: those who bought on a day are counted, whatever their rows.
    counts = {"rows": lines.count(), "buyers": lines.customer_id.nunique()}
    days = lines.group_by(day=lines.order_date).aggregate(**counts)
    days = days.mutate(before=days.day.lag().over(order_by=days.day))
    days = days.mutate(gap=days.day.delta(days.before, unit="day")).cache()
    day = days.day
    sums = {
        "days": days.count(),
        "rows": days.rows.sum(),
        "buyers": days.buyers.sum(),
        "first": day.min(),
        "last": day.max(),
    }
    starts = {"late": day.day().max(), "weekday": day.day_of_week.index().max()}
    seen = one_row(days, **sums, **starts, gap=days.gap.max())
    if (seen["rows"] or 0) < FEWEST or seen["first"] == seen["last"]:
        return []
    if seen["late"] == 1:
        return [_periods(checked, seen, MONTHS)]
    if seen["weekday"] == 0:  # Mondays alone
        return [_periods(checked, seen, WEEKS)]
    # Of n orders at random over D days the longest gap is about D ln(n) / n.
    usual = ((seen["last"] - seen["first"]).days + 1) * math.log(seen["days"]) / seen["days"]
    found = exchanged_days.findings(checked, seen)
    if (seen["gap"] or 0) > A_WEEK:
        gaps = days.order_by(ibis.desc("gap")).limit(SHOWN).to_pyarrow().to_pylist()
        long = [gap for gap in gaps if (gap["gap"] or 0) > max(SHORTEST, TIMES * usual)]
        long = long or (gaps[:1] if _stands_out(gaps, seen) else _against_its_time(days, seen))
        closed = [gap for gap in long if _is_yearly(gap, long) or _at_year_end(gap)]
        found += [_gap(checked, days, gap, seen) for gap in long if gap not in closed][:3]
    after = (checked.study.as_of - seen["last"]).days
    if after > max(SHORTEST_END, TIMES * usual):
        found.append(_ends(checked, seen, after))
    return found


def _stands_out(gaps: list[dict], seen: dict) -> bool:
    """Whether the longest stretch is far longer than any other, in a business of many orders: a week's file is missing."""
    a_day = seen["rows"] / ((seen["last"] - seen["first"]).days + 1)
    stretches = [gap["gap"] for gap in gaps if gap["gap"]]  # before the first day there is none
    return len(stretches) > 1 and stretches[0] >= FAR * stretches[1] and a_day * stretches[0] >= MANY


def _against_its_time(days: ibis.Table, seen: dict) -> list[dict]:
    """A week or more without orders that chance does not leave, by the weeks around it, and that no other comes near."""
    rows = days.order_by("day").to_pyarrow().to_pylist()
    dates, sums = [one["day"] for one in rows], [0, *accumulate(one["buyers"] for one in rows)]

    def until(day: date) -> int:
        """Those who bought up to a day, counted on each of their days."""
        return sums[bisect_right(dates, day)]

    around = timedelta(days=AROUND)
    expected = [
        ((until(one["day"] + around) - until(one["before"] - around)) / (2 * AROUND) * (one["gap"] - 1), one)
        for one in rows[1:]
    ]
    if len(expected) == 1:
        return []
    (most, gap), (second, _) = sorted(expected, key=lambda one: -one[0])[:2]
    chance = seen["buyers"] * math.exp(-most)  # of orders at random, how many such stretches there are
    odd = gap["gap"] > A_WEEK + 1 and chance < BY_CHANCE and most >= LONGER * second
    return [gap] if odd and until(gap["before"]) > RARE * seen["buyers"] else []


def _at_year_end(gap: dict) -> bool:
    """Whether a stretch lies between the days before Christmas and the second week of January, when many are closed."""
    year = gap["before"].year - (gap["before"].month == 1)
    return date(year, 12, 19) <= gap["before"] <= date(year, 12, 31) and gap["day"] <= date(year + 1, 1, 12)


def _is_yearly(gap: dict, gaps: list[dict]) -> bool:
    """Whether a short stretch comes again a year apart, as closings and feasts of any calendar do."""
    apart = [abs(abs((one["day"] - gap["day"]).days) - YEAR) for one in gaps]
    return gap["gap"] <= CLOSING and min(apart) <= SHIFT


def _offsets(checked: Checked) -> list[Finding]:
    """Times of which some say an offset and others do not: two systems, or two exports, in one column."""
    origin = checked.file_column("order_time")
    stated = checked.setting("timezones") or {}
    if origin is None or "order_time" in stated:
        return []
    texts = checked.source.texts("transactions", [origin])
    said, clock = texts[origin].re_search(OFFSET), texts[origin].re_search(CLOCK)
    if not one_row(texts, any=said.any())["any"]:
        return []  # as nearly always: one look is enough
    seen = one_row(texts, some=(said & clock).sum(), all=clock.sum())
    if not seen["some"] or seen["some"] == seen["all"]:
        return []
    told = SOME_OFFSETS(
        some=count(seen["some"]),
        all=count(seen["all"]),
        column=verbatim(origin),
        zone=verbatim(checked.study.timezone),
    )
    todo = OTHERS_IN_UTC(line=verbatim("timezones: {order_time: UTC}"), keep=keep("offsets_in_some"))
    value = share(seen["some"], seen["all"])
    return [checked.finding("offsets_in_some", REVIEW, told, value, todo=todo)]


def _periods(checked: Checked, seen: dict, said: Template) -> Finding:
    """Rows of weeks, months, quarters or years in place of days."""
    rows = count(seen["rows"], "row")
    told, todo = said(rows=rows), BRING_DAYS(keep=keep("months_in_place_of_days"))
    days = count(seen["days"], "day")
    return checked.finding("months_in_place_of_days", REVIEW, told, days, todo=todo)


def _gap(checked: Checked, days: ibis.Table, gap: dict, seen: dict) -> Finding:
    """One stretch without orders, as a hole, or as the distance of a few stray rows before it."""
    early = one_row(days, rows=days.rows.sum(where=days.day < gap["day"]), first=days.day.min())
    size = count(gap["gap"], "day")
    if early["rows"] <= max(1, RARE * seen["rows"]):
        told = STRAY(
            rows=count(early["rows"], "row"), first=_iso(early["first"]), last=_iso(gap["before"]), days=size
        )
        kept, on = keep("stray_dates"), checked.day_sql("order_time")
        line = where_line(f"{on} >= '{gap['day'].isoformat()}'")
        todo = LEAVE_OUT(line=verbatim(line), keep=kept) if on else CORRECT_THEM(keep=kept)
        return checked.finding("stray_dates", REVIEW, told, size, threshold=count(SHORTEST, "day"), todo=todo)
    told = GAP(last=_iso(gap["before"]), first=_iso(gap["day"]), days=size, orders=_a_day(seen))
    todo = BRING_IT(keep=keep("days_without_orders"))
    return checked.finding(
        "days_without_orders", REVIEW, told, size, threshold=count(SHORTEST, "day"), todo=todo
    )


def _ends(checked: Checked, seen: dict, after: int) -> Finding:
    told = ENDS(
        last=_iso(seen["last"]),
        days=count(after, "day"),
        as_of=_iso(checked.study.as_of),
        orders=_a_day(seen),
    )
    line = verbatim(f'as_of: "{seen["last"].isoformat()}"')
    todo = SET_AS_OF(line=line, keep=keep("ends_before_as_of"))
    value, threshold = count(after, "day"), count(SHORTEST_END, "day")
    return checked.finding("ends_before_as_of", REVIEW, told, value, threshold=threshold, todo=todo)


def _a_day(seen: dict) -> Value | Message:
    rows = seen["rows"] / ((seen["last"] - seen["first"]).days + 1)
    return A_DAY(rows=number(rows, 1)) if rows < 10 else count(rows, "row")


def _iso(day) -> Value:
    return verbatim(day.isoformat())
