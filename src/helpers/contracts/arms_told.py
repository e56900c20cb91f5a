"""Arms of a test that its rows tell wrongly: one arm under several names, of hardly anybody, a unit in two, counts twice.

Each passes for an arm, or for units, of its own: nothing that is computed of them shows it.
"""

import difflib
import re

import numpy as np
import pandas as pd

from helpers.contracts.checked import Checked, columns_line, one_row, sql_name, sql_text, where_line
from helpers.contracts.findings import STOP, Finding, keep
from helpers.messages import count, listing, message, verbatim
from helpers.study.study import parameters_for

TEST_PAGE = "31_experiment"  # its parameter unit_counts names the columns of counts
ONE_ARM_TWICE = message(
    "arms_told.one_arm_twice",
    "arms that differ only in how they are written: {names}. Each counts as one of its own.",
)
SAY_ONE = message(
    "arms_told.say_one",
    "To read them as one: add to experiment_units `{line}`. If they are different arms: `{keep}`.",
)
HARDLY_ANYBODY = message(
    "arms_told.hardly_anybody", "the arm {arm} has {units} of {all}, too few to compare."
)
LIKE_ANOTHER = message(
    "arms_told.like_another",
    "It is written nearly as {other}: to count it there, add to experiment_units `{line}`. Or leave it out: `{leave_out}`.",
)
LEAVE_OUT = message("arms_told.leave_out", "To leave it out: add to experiment_units `{line}`.")
TWO_ARMS = message(
    "arms_told.two_arms",
    "{units} of {all} of {column} stand in more than one arm, and hardly any stands in several rows otherwise: they "
    "got what both arms got.",
)
FIRST_STANDS = message(
    "arms_told.first_stands",
    "To count each in the arm of its first row: `{line}` under experiment_units in place of row_number, and `{aside}`. If "
    "arms were drawn anew for each row: `{keep}`.",
)
SAME_UNITS = message(
    "arms_told.same_units",
    "{column} has {kinds}, and each arm has the same units in all of them: they would be counted {kinds_again}.",
)
SINCE_THE_START = message(
    "arms_told.since_the_start",
    "no arm's units or conversions ever fall from one {column} to the next ({kinds}): they seem to be counted from the "
    "start each time, and would be added up.",
)
READ_ONE = message(
    "arms_told.read_one",
    "To read one of them: add to experiment_units `{line}`. If each counts units of its own: `{keep}`.",
)
TIMES = message("arms_told.times", "{times} times")
FEWEST = 4  # units of an arm
NEARLY = 0.8  # likeness of two names from which one is hardly more than a slip of the other
MOST_IN_TWO = 0.2  # share of units in two arms beyond which arms are drawn anew for each row
BY_CHANCE = 10  # steps that all go up, in one of a thousand cases by chance
MOST_ROWS = 5_000


def findings(checked: Checked) -> list[Finding]:
    """Name what passes for an arm, or for units, of its own; the first that is found, as it changes the others."""
    if checked.table != "experiment_units":
        return []
    counts = parameters_for(checked.study, TEST_PAGE).get("unit_counts", {})
    if counts.get("units", "") in checked.report.accepted.columns:
        return _written_alike(checked, {}) or _counted_again(checked, counts)
    rows = checked.report.accepted.group_by("arm").aggregate(units=lambda t: t.count()).to_pandas()
    sizes = {
        str(arm): int(units) for arm, units in zip(rows["arm"], rows["units"], strict=True) if pd.notna(arm)
    }
    return _written_alike(checked, sizes) or _hardly_anybody(checked, sizes) or _in_two_arms(checked)


def _written_alike(checked: Checked, sizes: dict[str, int]) -> list[Finding]:
    arms = sizes or dict.fromkeys(
        checked.report.accepted.select("arm").distinct().to_pandas()["arm"].dropna(), 1
    )
    groups: dict[str, list[str]] = {}
    for arm in sorted(arms, key=lambda one: (-arms[one], one)):
        groups.setdefault(re.sub(r"(?<=\w)[\s_-]+(?=\w)", "", arm.strip()).casefold(), []).append(arm)
    several = [names for names in groups.values() if len(names) > 1]
    if not several:
        return []
    told = ONE_ARM_TWICE(names=listing([" = ".join(names) for names in several]))
    line = verbatim(
        columns_line("arm", _renamed(checked, {one: names[0] for names in several for one in names[1:]}))
    )
    todo = SAY_ONE(line=line, keep=keep("arms_alike"))
    value = count(sum(len(names) - 1 for names in several), "arm")
    return [checked.finding("arms_alike", STOP, told, value, threshold=count(0), todo=todo)]


def _renamed(checked: Checked, names: dict[str, str]) -> str:
    """The arm with some names in place of others, as an expression."""
    arm = checked.sql("arm")
    text = f"trim(CAST({arm} AS VARCHAR))"
    cases = " ".join(f"WHEN {text} = {sql_text(one)} THEN {sql_text(other)}" for one, other in names.items())
    return f"CASE {cases} ELSE {text} END"


def _hardly_anybody(checked: Checked, sizes: dict[str, int]) -> list[Finding]:
    large = [arm for arm, units in sizes.items() if units >= FEWEST]
    small = next((arm for arm, units in sizes.items() if units < FEWEST), None)
    if small is None or len(large) < 2:
        return []
    told = HARDLY_ANYBODY(
        arm=verbatim(small), units=count(sizes[small], "unit"), all=count(sum(sizes.values()))
    )
    where = verbatim(where_line(f"{checked.sql('arm')} <> {sql_text(small)}"))
    others = difflib.get_close_matches(small, large, n=1, cutoff=NEARLY)
    todo = LEAVE_OUT(line=where)
    if others:
        line = verbatim(columns_line("arm", _renamed(checked, {small: others[0]})))
        todo = LIKE_ANOTHER(other=verbatim(others[0]), line=line, leave_out=where)
    value = count(sizes[small], "unit")
    return [checked.finding("small_arm", STOP, told, value, threshold=count(FEWEST), todo=todo)]


def _in_two_arms(checked: Checked) -> list[Finding]:
    """Units that were to stand in one row, some of which stand in more, and in two arms."""
    if not checked.has("cluster") or checked.has("stratum"):
        return []
    rows = checked.report.accepted
    rows = rows.filter(rows.cluster.notnull() & rows.arm.notnull())
    each = rows.group_by("cluster").aggregate(rows=rows.count(), arms=rows.arm.nunique())
    seen = one_row(each, all=each.count(), several=(each.rows > 1).sum(), two=(each.arms > 1).sum())
    if not seen["two"] or seen["several"] > MOST_IN_TWO * seen["all"]:
        return []
    column = checked.origin("cluster")
    told = TWO_ARMS(units=count(seen["two"], "value"), all=count(seen["all"]), column=verbatim(column))
    line = verbatim(columns_line("unit_id", column))
    aside = verbatim("rules: {duplicate_unit_id: reject}")
    todo = FIRST_STANDS(line=line, aside=aside, keep=keep("in_two_arms"))
    value = count(seen["two"], "unit")
    return [checked.finding("in_two_arms", STOP, told, value, threshold=count(0), todo=todo)]


def _counted_again(checked: Checked, counts: dict[str, str]) -> list[Finding]:
    """A row per arm and something else, by which the same units are counted again: metrics, or days since the start."""
    table = checked.report.plain.limit(MOST_ROWS).to_pandas()
    units, conversions = counts["units"], counts.get("conversions", "")
    numbers = {
        name: pd.to_numeric(table[name], errors="coerce") for name in (units, conversions) if name in table
    }
    if (
        checked.has("stratum")
        or not table["arm"].duplicated().any()
        or any(one.isna().any() for one in numbers.values())
    ):
        return []
    for name in (one for one in table if one not in {"unit_id", "arm", "stratum", units, conversions}):
        sizes = pd.crosstab(table[name].astype(str), table["arm"])
        if len(sizes) < 2 or not (sizes == 1).all(axis=None):
            continue
        same = bool((numbers[units].groupby(table["arm"]).nunique() == 1).all())
        if not same and not _only_rise(table["arm"], numbers):
            continue
        kinds = list(dict.fromkeys(table[name].astype(str)))
        shown = {"column": verbatim(name), "kinds": count(len(kinds), "value")}
        told = SINCE_THE_START(**shown)
        if same:
            told = SAME_UNITS(kinds_again=TIMES(times=count(len(kinds))), **shown)
        line = where_line(f"CAST({sql_name(name)} AS VARCHAR) = {sql_text(kinds[0 if same else -1])}")
        todo = READ_ONE(line=verbatim(line), keep=keep("counted_again"))
        value = count(len(kinds), "value")
        return [checked.finding("counted_again", STOP, told, value, threshold=count(1), todo=todo)]
    return []


def _only_rise(arm: pd.Series, numbers: dict[str, pd.Series]) -> bool:
    """Whether no number of any arm ever falls from row to row, and too many steps lead upwards for chance."""
    steps = np.concatenate([one.groupby(arm).diff().dropna().to_numpy() for one in numbers.values()])
    return bool(len(steps) >= BY_CHANCE and (steps >= 0).all() and (steps > 0).any())
