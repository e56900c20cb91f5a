"""The sentence that a draft says where nothing tells which table a file is: what to do with this one, or what each needs."""

import re
from pathlib import Path

from helpers.commands.drafting import (
    arm_counts,
    by_shape,
    column_types,
    period_values,
    rows_of_times,
    shape_words,
    words,
    yes_or_no,
)
from helpers.contracts import date_formats
from helpers.contracts.checked import sql_name, sql_text
from helpers.study.table_columns import TABLES

ASKED = ("transactions", "subscriptions", "leads", "campaigns", "experiment_units", "panel", "surveys")
_BEFORE_AFTER = (
    "{before} and {after} seem to be one measure before and after: name the column that says who was treated as arm of "
    "experiment_units, with the parameters `unit_outcomes: [{after}]` and `unit_before: {before}` (36)"
)
_SIDES = (
    ("control", "treatment"),
    ("control", "test"),
    ("ctrl", "test"),
    ("c", "t"),
    ("a", "b"),
    ("before", "after"),
)
_UNITS, _DONE = {"impressions", "visitors", "users", "units"}, {"clicks", "conversions", "orders"}
_OF_PAIRS = re.compile(
    r"^(pair|pairs|match|matched set|set|block|twin|paar|couple|pareja)( id| no| number)?$"
)
_OF_UNITS = re.compile(
    r"^(id|subject|person|patient|member|customer|user|participant|respondent)( id| no| number)?$"
)
_OF_WALLET = re.compile(
    r"\bwallet\b|category spend|(total|all|overall) spend|spend (in all|with others|elsewhere)"
)
MANY = 20  # different numbers of an outcome
MOST_SERIES = 30
MOST_SHOWN = 6
SAID = re.compile(
    r"conver|bought|purchas|respon|churn|revenue|visit|call|admit|success|got|gave|won|won$|result|outcome|renew|retain|click"
    r"|subscri|sign ?up|return"
)


def sentence(values: dict[str, list[str]], parts: tuple[Path, ...]) -> str:
    """Return the way out for a file of these columns, which lies in these parts."""
    return (
        days_in_cells(values)
        or _arms_in_files(parts)
        or _arms_side_by_side(values)
        or _many_tests(values)
        or rows_of_times.switching(values)
        or _rates_alone(values)
        or _shares_of_customers(values)
        or _series(values)
        or _arm_not_named(values)
        or _marks(values)
        or _groups_of_numbers(values)
        or _pairs(values)
        or _any()
    )


def days_in_cells(values: dict[str, list[str]]) -> str:
    """The sentence on a column whose cells hold several days; "" where none does."""
    name = next((one for one, texts in values.items() if date_formats.in_lists(texts)), "")
    return (
        f"{name} holds several days in a cell ({max(values[name], key=len)[:40]}): export a row for each of them, with its "
        "own amount, or a row for each contract, with started_at and ended_at"
        if name
        else ""
    )


def _any() -> str:
    need = "; ".join(f"{name} ({', '.join(TABLES[name].required)})" for name in ASKED)
    return (
        "nothing tells which table this is; transactions stands here only as a beginning. The tables, and what each must "
        f"have: {need}. What is already counted per customer (how often, how long ago, months so far) has lost its days: "
        "export the rows that it was counted from"
    )


def _arms_in_files(parts: tuple[Path, ...]) -> str:
    names = [part.stem for part in parts]
    if not 2 <= len(names) <= by_shape.MOST_ARMS or not any(map(shape_words.STRICT_CONTROL.search, names)):
        return ""
    return (
        f"the files seem to be the arms of a test ({', '.join(names)}): write them into one, with a column arm that says "
        "which a row is of, and draft again"
    )


def _arms_side_by_side(values: dict[str, list[str]]) -> str:
    columns, has_periods = list(values), bool(period_values.of(values)[0])
    plain = {words.plain(name): name for name in columns}
    for one, other in _SIDES:
        if len(one) == 1 and has_periods:
            continue  # series that bear letters
        if len(one) > 1 and one != "before" and {one, other} <= set(plain):
            return (
                f"each column seems to hold the units of an arm ({plain[one]}, {plain[other]}): write a row per unit, with "
                "the columns arm and outcome, and draft again"
            )
        for key, name in plain.items():
            parts = key.split()
            beside = plain.get(" ".join([*parts[:-1], other])) if parts[-1:] == [one] and parts[1:] else None
            beside = beside or (
                plain.get(" ".join([other, *parts[1:]])) if parts[:1] == [one] and parts[1:] else None
            )
            if beside and one == "before":
                return _BEFORE_AFTER.format(before=name, after=beside)
            if beside:
                return (
                    f"the arms of a test stand side by side ({name}, {beside}): export a row per arm, with the columns arm, "
                    "units and conversions; of an amount its sum and sum_of_squares, which is units * (mean^2 + variance)"
                )
    second = next((name for name in columns if name.endswith("2") and name[:-1] in columns), "")
    return _BEFORE_AFTER.format(before=second[:-1], after=second) if second else ""


def _many_tests(values: dict[str, list[str]]) -> str:
    """Counts per arm of many tests in one file."""
    test = next(
        (
            name
            for name in values
            if re.search(r"test|experiment", words.plain(name)) and "id" in words.plain(name)
        ),
        "",
    )
    plain = {words.plain(name) for name in values}
    if not test or not plain & _UNITS or not plain & _DONE:
        return ""
    one = next(iter(values[test]), "1")
    return (
        f"rows seem to count the arms of many tests, told apart by {test}: read one at a time, as experiment_units with "
        f"`columns: {{unit_id: row_number, arm: ...}}`, `where: [\"{test} = '{one}'\"]` and the parameter unit_counts"
    )


def _arm_not_named(values: dict[str, list[str]]) -> str:
    """Units of which a column says yes or no, and others may say how they were treated."""
    flags = [name for name, texts in values.items() if yes_or_no.is_flag(texts)]
    done = next((name for name in reversed(flags) if SAID.search(words.plain(name))), "")
    numbers = [name for name, texts in values.items() if len(set(texts)) > MANY and by_shape.is_number(texts)]
    done = done or next((name for name in reversed(numbers) if not _is_name(name)), "")
    few = [
        name for name, texts in values.items() if name != done and 2 <= len(set(texts)) <= by_shape.MOST_ARMS
    ]
    few = few if done in flags else [name for name in few if not by_shape.is_number(values[name])]
    dated = any(column_types.is_time(texts[: column_types.TRIED]) for texts in values.values() if texts)
    if not done or not few or dated:
        return ""
    unit = next((name for name in values if _is_name(name) and name not in few), "")
    cluster = f", cluster: {sql_name(unit)}" if unit and done not in flags else ""
    columns = f"columns: {{unit_id: row_number, arm: {sql_name(few[0])}{cluster}}}"
    return (
        f"if rows are people or visits and one column says what was done with each ({', '.join(few[:MOST_SHOWN])}), it is a "
        f"test: experiment_units with `{columns}` and the parameter `unit_outcomes: [{done}]`, where {done} is what came of "
        "it. If nothing was done with anybody, no page answers: export the orders, contracts or leads behind it"
    )


def _is_name(column: str) -> bool:
    """Whether a column names or numbers units, places or people."""
    plain = words.plain(column)
    return bool(_OF_UNITS.search(plain)) or plain in shape_words.NAMES["unit"]


def _marks(values: dict[str, list[str]]) -> str:
    """Columns that hold an x, or nothing: of whom something was done with, and who did something."""
    marked = [
        name
        for name, texts in values.items()
        if len(set(texts)) == 1 and texts[0].strip().casefold() in yes_or_no.YES
    ]
    if len(marked) < 2:
        return ""
    first, last = marked[0], marked[-1]
    arm = f"CASE WHEN {sql_name(first)} = {sql_text(values[first][0])} THEN 'yes' ELSE 'no' END"
    done = f"CASE WHEN {sql_name(last)} = {sql_text(values[last][0])} THEN 1 ELSE 0 END"
    columns = f'columns: {{unit_id: row_number, arm: "{arm}", done: "{done}"}}'
    return (
        f"{first} and {last} hold {values[first][0]} or nothing: if nothing means no, and {first} says what was done with "
        f"whom, it is a test: experiment_units with `{columns}`, the parameter `unit_outcomes: [done]` and `control_arm: "
        '"no"`'
    )


def _rates_alone(values: dict[str, list[str]]) -> str:
    """A rate per arm, and no column that counts the units it is of."""
    rate = arm_counts.rate_of(values)
    arm = by_shape.arm_of(values)
    counted = [name for name in values if name not in (rate, arm) and by_shape.is_number(values[name])]
    if not rate or not arm or counted:
        return ""
    return (
        f"{rate} of each {arm} says nothing of how sure it is: add a column with the number of units of each (visitors, "
        "recipients), and draft again"
    )


def _shares_of_customers(values: dict[str, list[str]]) -> str:
    """What customers spend in all, or our share of it, without their orders."""
    own = next((name for name in values if _OF_WALLET.search(words.plain(name))), "")
    if not own:
        return ""
    return (
        f"{own} seems to say what customers spend with all suppliers: a column of the table customers (category_spend, an "
        "amount), and is read beside orders (15): draft again with the orders' file"
    )


def _groups_of_numbers(values: dict[str, list[str]]) -> str:
    """Numbers of units of two groups or more, whose names do not say which was left alone."""
    plain = {words.plain(name): name for name in reversed(values)}
    arm = next((plain[one] for one in shape_words.NAMES["arm"] if one in plain), "")
    unit = next((name for name in values if _OF_UNITS.search(words.plain(name)) and name != arm), "")
    numbers = [name for name in values if name not in (arm, unit) and by_shape.is_number(values[name])]
    if not arm or not numbers or not 2 <= len(set(values[arm])) <= by_shape.MOST_ARMS:
        return ""
    cluster = f", cluster: {sql_name(unit)}" if unit else ""
    repeated = f" ({unit} as the cluster, if each stands in several rows)" if unit else ""
    return (
        f"if {arm} says what was done with each row, it is a test: experiment_units with `columns: {{unit_id: row_number, "
        f"arm: {sql_name(arm)}{cluster}}}`{repeated} and the parameters `unit_outcomes: [{numbers[0]}]` and control_arm"
    )


def _pairs(values: dict[str, list[str]]) -> str:
    """A row per pair or person, and columns that may be what came of its arms."""
    pair = next((name for name in values if _OF_PAIRS.search(words.plain(name))), "")
    numbers = [name for name in values if name != pair and by_shape.is_number(values[name])]
    numbers = [name for name in numbers if len(set(values[name])) > by_shape.FEWEST_UNITS][-2:]
    if not pair or len(numbers) < 2:
        return ""
    line = f"columns: {{unit_id: row_number, arm: arm, stratum: {sql_name(pair)}}}"
    return (
        f"if each row is a {pair}, and {numbers[0]} and {numbers[1]} are what came of its two arms: write a row per arm of "
        f"it, with the columns {pair}, arm and outcome, and read them as experiment_units with `{line}` and the parameter "
        "`unit_outcomes: [outcome]`"
    )


def _series(values: dict[str, list[str]]) -> str:
    plain = {words.plain(name): name for name in values}
    period = next((plain[one] for one in shape_words.NAMES["period"] if one in plain), "")
    rest = [name for name in values if name != period]
    if (
        not period
        or not 2 <= len(rest) <= MOST_SERIES
        or not all(by_shape.is_number(values[name]) for name in rest)
    ):
        return ""
    line = f"columns: {{period: {period}, unit: column_names, outcome: outcome}}"
    return (
        f"a row per {period} and {len(rest)} columns of numbers: if each is a region or a shop ({', '.join(rest[:3])}), it "
        f"is a panel with `{line}`; if they are several measures of one business, nothing can be compared: export a row per "
        "order, with the customer"
    )
