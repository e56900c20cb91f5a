"""Two weeks with far fewer orders than any others: an export that was cut, or days that have not been loaded yet."""

from datetime import timedelta

from helpers.contracts.checked import Checked, one_row, share
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import count, message, verbatim

THIN = message(
    "thin_weeks.thin",
    "the 14 days from {first} to {last} hold {rows}, the fewest of all; in the middle there are {usual} in as many "
    "days. Some may be missing.",
)
BRING_THEM = message(
    "thin_weeks.bring_them",
    "Export these days again, or end the study before them by `as_of`. If so little was sold: `{keep}`.",
)

LENGTH = 14  # days
FEWEST_SPANS, USUAL = 12, 40  # spans, and rows in the middle one, of which something can be told
LOW, LOWER = 0.25, 0.5  # of the middle span; of the lowest one that is not near
YEAR = 26  # spans
NEAR = 2  # spans beside it may lack orders too
BEFORE = 6  # spans before it: a shop that has just begun sells little, and lacks nothing


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions by their rows in spans of two weeks, counted back from the last day."""
    if checked.table != "transactions" or not checked.has("order_time"):
        return []
    lines = checked.report.accepted
    days = lines.group_by(day=lines.order_date).aggregate(rows=lines.count())
    edge = one_row(days, first=days.day.min(), last=days.day.max(), rows=days.rows.sum())
    if not edge["rows"] or (edge["last"] - edge["first"]).days < LENGTH * FEWEST_SPANS:
        return []
    counted = {one["day"]: one["rows"] for one in days.to_pyarrow().to_pylist()}
    number = ((edge["last"] - edge["first"]).days + 1) // LENGTH
    ends = [edge["last"] - timedelta(days=LENGTH * place) for place in range(number)]
    spans = [sum(counted.get(end - timedelta(days=back), 0) for back in range(LENGTH)) for end in ends]
    usual = sorted(spans)[len(spans) // 2]
    least = min(spans)
    at = spans.index(least)
    others = [rows for place, rows in enumerate(spans) if abs(place - at) > NEAR]
    before = sorted(spans[at + 1 : at + 1 + BEFORE])
    if usual < USUAL or not 0 < least < LOW * usual or least >= LOWER * min(others):
        return []
    if len(before) <= NEAR or least >= LOW * before[len(before) // 2]:
        return []
    if any(abs(abs(place - at) - YEAR) <= 1 and rows < LOWER * usual for place, rows in enumerate(spans)):
        return []  # as a year before or after: a closing, or a season
    end = ends[at]
    told = THIN(
        first=verbatim((end - timedelta(days=LENGTH - 1)).isoformat()),
        last=verbatim(end.isoformat()),
        rows=count(least, "row"),
        usual=count(usual, "row"),
    )
    todo, value = BRING_THEM(keep=keep("thin_weeks")), share(least, usual)
    return [checked.finding("thin_weeks", REVIEW, told, value, threshold=share(LOW, 1), todo=todo)]
