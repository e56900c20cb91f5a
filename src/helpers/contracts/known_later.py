"""What nobody knew on `as_of`: dates after it, and leads that are won because a date is expected."""

import functools
import operator
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import ibis

from helpers.contracts.checked import Checked, one_row, quoted, share, sql_name, sql_text
from helpers.contracts.findings import PASS, REVIEW, STOP, Finding, TableReport, at_row, keep
from helpers.messages import count, listing, message, paragraph, verbatim
from helpers.study.study import parameters_for

if TYPE_CHECKING:
    from helpers.study.study import Study

OF_COUNT = message("known_later.of_count", "{column} of {count}")
AFTER = message(
    "known_later.after",
    "of {rows}, {listed} lies after as_of ({as_of}). Nobody knew them then: they count as not happened yet.",
)
IF_EXPECTED = message(
    "known_later.if_expected",
    "If an expected date stands there, map the date on which it happened. To say that it is right: `{keep}`.",
)
NEARLY_ALL_WON = message(
    "known_later.nearly_all_won",
    "{won} of {leads} leads have a won_at: it may be the expected date of open and lost ones too.",
)
MAP_WON = message(
    "known_later.map_won", "Map won_at so that only won leads have it. If all were won: `{keep}`."
)
MAP_WON_BY = message(
    "known_later.map_won_by",
    "Map won_at so that only won leads have it: `{line}`. If all were won: `{keep}`.",
)

NOT_BEGUN = message(
    "known_later.not_begun",
    "all assignments of {campaigns} lie after as_of ({as_of}): their rows are left out, and no page speaks of them.",
)
STILL_OPEN = message(
    "known_later.still_open",
    "the days that count of {campaigns} end after as_of ({as_of}): what it brought is known in part only.",
)
WAIT = message(
    "known_later.wait",
    "Run the study again with orders that reach further. If they do, state their last day as as_of; else: `{keep}`.",
)

LATER = {
    "leads": ("mql_at", "sql_at", "won_at", "lost_at"),
    "tickets": ("closed_at",),
    "campaigns": ("exposed_at", "redeemed_at"),
    "transactions": ("paid_at",),
}
TEST_PAGE = "31_experiment"  # its parameter outcome_days says how long orders count
MARK = "_later_{}"
FEWEST, NEARLY_ALL = 20, 0.95
MOST_STAGES = 50
WON = r"\bwon\b|gewonnen|gagn|ganad|thành công|chốt|ชนะ|สำเร็จ|^customer$|converted|closed.?won"
LOST = r"\blost\b|verloren|perdu|perdid|thất bại|mất|แพ้|ไม่สำเร็จ|disqualified"


def as_known(study: "Study", report: TableReport, given: tuple[str, ...]) -> ibis.Table:
    """Return the accepted rows with dates after `as_of` blank; beside each a mark of the rows where it was not."""
    rows = report.accepted
    columns = [name for name in LATER.get(report.table, ()) if name in given]
    marks = {MARK.format(name): (rows[name].date() > study.as_of).fill_null(False) for name in columns}
    marked = rows.mutate(**marks)
    blank = {name: ibis.ifelse(marked[MARK.format(name)], None, marked[name]) for name in columns}
    return marked.mutate(**blank) if columns else rows


def findings(checked: Checked) -> list[Finding]:
    """Count the dates after `as_of`; for leads also whether nearly all are won."""
    found = []
    rows = checked.report.accepted
    marks = {
        name: rows[MARK.format(name)]
        for name in LATER.get(checked.table, ())
        if MARK.format(name) in rows.columns
    }
    if marks:
        seen = one_row(rows, rows=rows.count(), **{name: mark.sum() for name, mark in marks.items()})
        later = {name: seen[name] for name in marks if seen[name]}
        if later:
            found.append(_later(checked, later, seen["rows"], functools.reduce(operator.or_, marks.values())))
    found += _not_over(checked) if checked.table == "campaigns" else []
    return found + (_all_won(checked) if checked.table == "leads" else [])


def _not_over(checked: Checked) -> list[Finding]:
    """Campaigns that begin after `as_of`, or whose days that count are not over then."""
    as_of = checked.study.as_of
    stated = parameters_for(checked.study, TEST_PAGE).get("outcome_days") or 0
    own = checked.lines.window_days if checked.has("window_days") and not stated else float(stated)
    lines = checked.lines.filter(checked.lines.campaign_id.notnull() & checked.lines.assigned_at.notnull())
    lines = lines.select(name=lines.campaign_id, day=lines.assigned_at.date(), days=own)
    each = lines.group_by("name").aggregate(
        first=lines.day.min(), last=lines.day.max(), days=lines.days.max()
    )
    rows = each.order_by("first", "name").to_pyarrow().to_pylist()
    later = [one["name"] for one in rows if one["first"] > as_of]
    ends = {one["name"]: one["last"] + timedelta(days=int(one["days"] or 0) - 1) for one in rows}
    still = [name for name, end in ends.items() if end > as_of and name not in later]
    if not later and not still:
        return []
    told = [
        words(campaigns=listing([verbatim(name) for name in names]), as_of=verbatim(as_of.isoformat()))
        for words, names in ((NOT_BEGUN, later), (STILL_OPEN, still))
        if names
    ]
    value, todo = count(len(later) + len(still), "campaign"), WAIT(keep=keep("campaign_not_over"))
    return [
        checked.finding("campaign_not_over", REVIEW, paragraph(told), value, threshold=count(0), todo=todo)
    ]


def _later(checked: Checked, later: dict[str, int], rows: int, mark) -> Finding:
    as_of = checked.study.as_of
    listed = listing([OF_COUNT(column=verbatim(name), count=count(n)) for name, n in later.items()])
    told = AFTER(rows=count(rows, "row"), listed=listed, as_of=verbatim(as_of.isoformat()))
    todo = IF_EXPECTED(keep=keep("known_later"))
    found = checked.report.accepted.filter(mark).order_by("_row").limit(3).to_pyarrow()["_row"].to_pylist()
    verdict = REVIEW if checked.table == "leads" else PASS
    examples = tuple(at_row(row) for row in found)
    value = count(sum(later.values()), "date")
    return checked.finding(
        "known_later", verdict, told, value, threshold=count(0), todo=todo, examples=examples
    )


def _all_won(checked: Checked) -> list[Finding]:
    """Leads nearly all of which are won, and the column that says which ones really are."""
    if not checked.has("won_at"):
        return []
    rows = checked.report.accepted
    mark = MARK.format("won_at")
    won = rows.won_at.notnull() | rows[mark] if mark in rows.columns else rows.won_at.notnull()
    seen = one_row(rows, rows=rows.count(), won=won.sum())
    if (seen["rows"] or 0) < FEWEST or seen["won"] < NEARLY_ALL * seen["rows"]:
        return []
    told = NEARLY_ALL_WON(won=count(seen["won"]), leads=count(seen["rows"]))
    line, kept = _by_stage(checked), keep("all_won")
    todo = MAP_WON_BY(line=verbatim(line), keep=kept) if line else MAP_WON(keep=kept)
    value = share(seen["won"], seen["rows"])
    return [checked.finding("all_won", STOP, told, value, threshold=share(NEARLY_ALL, 1), todo=todo)]


def _case(column: str, checked: Checked, stage: str, values: list[str]) -> str:
    """`column` as the date of won_at where the stage is one of these."""
    date, listed = checked.sql("won_at"), ", ".join(map(sql_text, values))
    text = f"CASE WHEN {sql_name(stage)} IN ({listed}) THEN {date} END"
    return f"{column}: {quoted(text)}"


def _by_stage(checked: Checked) -> str:
    for name, values_there in checked.unused.items():
        if values_there > MOST_STAGES:
            continue
        values = sorted(checked.values(name))
        lost = [value for value in values if re.search(LOST, value.casefold())]
        won = [value for value in values if re.search(WON, value.casefold()) and value not in lost]
        if won:
            lines = [_case("won_at", checked, name, won)]
            if lost and not checked.has("lost_at"):
                lines.append(_case("lost_at", checked, name, lost))
            return f"columns: {{{', '.join(lines)}}}"
    return ""
