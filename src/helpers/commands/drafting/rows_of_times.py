"""What was done with units at times, or since a day: the sentences that say how such files are read as tests."""

import re
from collections.abc import Callable
from datetime import date, datetime

from helpers.commands.drafting import (
    by_shape,
    column_types,
    period_values,
    shape_words,
    words,
    yes_or_no,
)
from helpers.contracts import date_formats
from helpers.contracts.checked import sql_name, sql_text
from helpers.tables import wide_panels

_MONEY = re.compile(r"spen[dt]|revenue|amount|sales|umsatz|orders|purchas|visits", re.IGNORECASE)
NOTHING_SAYS = "nothing says who was treated since when"
MOST_COLUMNS = 8  # of rows that are times of a unit


def untreated_note(columns: dict[str, str], values: dict[str, list[str]], who: str = "") -> str:
    """The sentence of a drafted panel in which nothing says who was treated since when; who: a condition that says who."""
    unit, period = columns.get("unit", "unit"), columns.get("period", "")
    across = unit == wide_panels.COLUMN_NAMES
    names = [name for name in values if name != period] if across else values.get(unit, [])
    own = next((name for name in values if name == period or f'"{name}"' in period), "")
    since = max(values.get(own, []), default="2025-01-01").removesuffix(".0")
    since = since if own == period else f"{since[:4]}-01-01"  # an expression makes days of its values
    one = names[0] if names else "A"
    who = who or f"{'unit' if across else unit} = '{one}'"
    case = f"treated_from: CASE WHEN {who} THEN '{since}' END"
    return (
        f"{NOTHING_SAYS}, so only a test by region (37) is planned. For what a change brought (33), "
        f"add a column that says it, or such a line under columns: {case}"
    )


def switching(values: dict[str, list[str]]) -> str:
    """The sentence on rows that are a unit at a time, with a column of a few words that may have been drawn for each."""
    day = _first(values, lambda name, texts: column_types.is_time(texts[: column_types.TRIED]))
    rest = {name: texts for name, texts in values.items() if name != day}
    arm = by_shape.arm_of(rest) or _first(
        rest,
        lambda name, texts: len(set(texts)) == 2 and not by_shape.is_number(texts) and not _is_unit(name),
    )
    done = [
        name for name, texts in rest.items() if by_shape.is_number(texts) and not yes_or_no.is_flag(texts)
    ]
    done = [name for name in done if name != arm and not by_shape.id_of({name: rest[name]})]
    units = [name for name in rest if name not in (arm, *done) and len(set(rest[name])) >= 2]
    if not day or not arm or not done or not units or by_shape.id_of(rest) or len(values) > MOST_COLUMNS:
        return ""
    columns = f"columns: {{unit_id: row_number, arm: {sql_name(arm)}, stratum: {sql_name(units[0])}}}"
    return (
        f"if {arm} was drawn by lot for each {units[0]} and time, each row is a unit of a test: experiment_units with "
        f"`{columns}` and the parameter `unit_outcomes: [{done[-1]}]`. Times drawn together, as the hours of a day, are "
        f"a cluster: name them, such as `cluster: {sql_name(units[0])} || ' ' || left({sql_name(day)}, 10)`"
    )


def since_a_day(values: dict[str, list[str]], day: str, customer: str) -> str:
    """The sentence on customers of whom some joined on a day, and what they spent before and after; "" for others."""
    spent = [name for name, texts in values.items() if _MONEY.search(name) and by_shape.is_number(texts)]
    if len(spent) < 2:
        return ""
    arm = f"CASE WHEN {sql_name(day)} IS NULL THEN 'not' ELSE 'since' END"
    earlier = f", `unit_earlier: [{', '.join(spent[:-2])}]`" if spent[2:] else ""
    return (
        f"if each row is a customer, and {day} says since when some take part: experiment_units with `columns: {{unit_id: "
        f'{sql_name(customer)}, arm: "{arm}"}}`, and the parameters `unit_outcomes: [{sql_name(spent[-1])}]`, `unit_before: '
        f"{sql_name(spent[-2])}`{earlier}, `control_arm: not`, `assigned: {{test: not_randomized}}` (36)"
    )


def beside_periods(values: dict[str, list[str]], customer: str) -> str:
    """The sentence on customers with a column per period and one that may say what was done with them; "" for others."""
    periods = wide_panels.periods(list(values))
    rest = {name: texts for name, texts in values.items() if name not in periods and name != customer}
    arm = by_shape.arm_of(rest) or _first(
        rest, lambda name, texts: words.plain(name) in shape_words.NAMES["arm"] and yes_or_no.is_flag(texts)
    )
    if not arm:
        return ""
    day = _first(rest, lambda name, texts: period_values.are_periods(texts, least=1) and len(set(texts)) == 1)
    since = _day(rest[day][0]) if day else max(periods.values())
    after = [name for name, first in periods.items() if first >= since]
    before = sorted((name for name in periods if name not in after), key=lambda name: periods[name])
    before = before if since in periods.values() else before[:-1]  # it began within the last of them
    total = " + ".join(map(sql_name, after))
    return (
        f"if {arm} says what was done with each customer, it is a test: experiment_units with `columns: {{unit_id: "
        f"{sql_name(customer)}, arm: {sql_name(arm)}, after: {sql_text(total)}}}`, and the parameters `unit_outcomes: "
        f"[after]`, `unit_covariates: [{', '.join(map(sql_name, before))}]` and control_arm; after is the time since then"
    )


def _is_unit(name: str) -> bool:
    return words.plain(name) in (*shape_words.NAMES["unit"], "zone", "sku", "product", "line", "machine")


def _day(text: str) -> date:
    proposal = date_formats.propose([text])
    way = proposal.choices[0].get("date_format", "") if proposal and proposal.choices else ""
    return datetime.strptime(text, way).date() if "%" in way else date.fromisoformat(text[:10])


def _first(values: dict[str, list[str]], fits: Callable[[str, list[str]], bool]) -> str:
    return next((name for name, texts in values.items() if texts and fits(name, texts)), "")
