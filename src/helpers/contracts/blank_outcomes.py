"""Outcomes of a test that are blank for some units: in most exports who bought nothing has no amount, which is 0."""

import re

import ibis

from helpers.contracts.checked import Checked, columns_line, one_row, share, sql_name, sql_text
from helpers.contracts.findings import STOP, Finding
from helpers.messages import count, message, verbatim
from helpers.study.study import parameters_for

TEST_PAGE = "31_experiment"  # its parameter unit_outcomes names the outcomes
NOTHING = {"no", "false", "n"}  # how a column with words says that nothing was done, in any case
MOST_WORDS = 100  # different values among which such a word is looked for
BLANK = message(
    "blank_outcomes.blank",
    "the outcome {column} is blank for {units} ({share}): an outcome must be known of every unit.",
)
FILL = message(
    "blank_outcomes.fill",
    "If blank means that nothing was done or bought: add to experiment_units `{line}`. If it is not known, leave those "
    "units out with `{leave_out}`, which is fair only where arms lack it equally often.",
)
LEAVE_OUT = message(
    "blank_outcomes.leave_out",
    "Nobody has a 0, so blank may mean not known. Then add to experiment_units `{leave_out}`, which is fair only where arms "
    "lack it equally often. If it means that nothing was done or bought: `{line}`.",
)
MOSTLY = 0.5  # of the units: who was measured are seldom fewer
BOUGHT = re.compile(
    r"spen[dt]|paid|pay|revenue|amount|sales|value|umsatz|order|purchas|basket|profit|margin", re.IGNORECASE
)


def findings(checked: Checked) -> list[Finding]:
    """Name the outcomes that are blank for some units, each with the line that fills them."""
    if checked.table != "experiment_units":
        return []
    rows = checked.report.accepted
    named = parameters_for(checked.study, TEST_PAGE).get("unit_outcomes", [])
    named = [name for name in dict.fromkeys(named) if name in rows.columns]
    return [found for name in named if (found := _of(checked, name))]


def _of(checked: Checked, name: str) -> Finding | None:
    rows = checked.report.accepted
    blank = _is_blank(rows[name])
    number = rows[name] if rows[name].type().is_numeric() else rows[name].try_cast("float64")
    seen = one_row(rows, rows=rows.count(), blank=blank.sum(), least=number.min(), most=number.max())
    if not seen["blank"] or seen["blank"] == seen["rows"]:
        return None
    if rows[name].type().is_string():
        values = rows.select(name).distinct().limit(MOST_WORDS).to_pyarrow()[name].to_pylist()
        words = sorted(word for word in values if word and word.casefold() in NOTHING)
        nothing = sql_text(words[0]) if words else "'0'"
        filled = f"coalesce(nullif(trim({sql_name(name)}), ''), {nothing})"
    else:
        filled = f"coalesce({sql_name(name)}, 0)"
    units = count(seen["blank"], "unit")
    told = BLANK(column=verbatim(name), units=units, share=share(seen["blank"], seen["rows"]))
    line = columns_line(f'"{name}"' if ":" in name or "," in name else name, filled)
    left_out = f"where: ['{sql_name(name)} IS NOT NULL']"
    few = seen["blank"] < MOSTLY * seen["rows"]
    measured = (
        few and not BOUGHT.search(name) and seen["least"] is not None and 0 < seen["least"] < seen["most"]
    )
    todo = (LEAVE_OUT if measured else FILL)(line=verbatim(line), leave_out=verbatim(left_out))
    return checked.finding("blank_outcomes", STOP, told, units, threshold=count(0), todo=todo)


def _is_blank(column: ibis.Value) -> ibis.Value:
    missing = column.isnull()
    return missing | (column.strip() == "") if column.type().is_string() else missing
