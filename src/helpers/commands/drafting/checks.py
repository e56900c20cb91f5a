"""What the checks of a drafted study propose: their lines taken into the draft, each with CHECK."""

import re

import ibis
import yaml

from helpers import contracts
from helpers.commands.drafting import (
    arm_counts,
    by_shape,
    column_types,
    shape_words,
    stages,
    treatment_flag,
    words,
)
from helpers.commands.drafting.by_shape import MOST_ARMS, ROW_NUMBER
from helpers.commands.drafting.draft import CHECK, Draft, TableDraft, change
from helpers.contracts.checked import sql_name
from helpers.contracts.findings import PASS, STOP, Finding, TableReport
from helpers.contracts.outcome_words import BEFORE
from helpers.errors import StudyError
from helpers.study.study import Study, TableSpec
from helpers.study.table_columns import TABLES
from helpers.tables.source import Source

# Findings whose first line is what most files need; the others ask for a decision that the reader alone can take.
TAKEN = (
    "unread_status", "unread_refunds", "order_total_repeated", "ids_structured", "ids_split", "ids_never_meet",
    "digits_after_mark", "no_decimals_in_currency", "same_order_twice", "currencies_added_up", "other_currency",
    "contracts_follow_on", "ended_without_day", "total_rows", "ids_merged",
    "order_id_reused", "ids_of_several",
)  # fmt: skip
# What is told by the rows of sales alone.
OF_SALES = ("order_total_repeated", "same_order_twice", "order_in_several_rows", "order_id_reused")
# Taken where a column's name says so, and the check stops.
SURE = (
    "amounts_too_small", "amounts_in_cents", "drawn_in_groups", "other_shares", "counted_again",
    "blank_outcomes", "tips_in_amount",
    "amount_after_fees", "bundles_twice", "rates_unread", "amount_running",
    "order_in_several_rows",
)  # fmt: skip
# The share of an arm that has one value, and how much more rarely another arm has one.
ALONE, APART = 0.97, 0.2
NEARLY_ALL, RUNNING = 0.9, 2  # numbers run on where their range is no larger than so many times their count
FEWEST_ORDERS, SEVERAL_KINDS = (
    20,
    3,
)  # orders of three kinds of goods and more tell whether orders are there twice
# What exports write on an order's first line only.
_OF_FIRST_LINES = ("no_customer_id", "no_order_time", "no_amount")
KEYS = {*TableSpec.__dataclass_fields__, "amount", "ids", "currency"}


def propose(draft: Draft, study: Study, source: Source) -> tuple[bool, str]:
    """Take into the draft what checking it proposes; return whether it changed, and what stops the check."""
    try:
        reports = contracts.check(study, source)
    except StudyError as error:
        return _from_refusal(draft, str(error)), str(error)
    changed, told_apart = False, set[str]()
    tables = {table.table: table for table in draft.tables}
    for report in reports:
        judged_first = any(one.name == "unread_status" and one.verdict != PASS for one in report.findings)
        for found in report.findings:
            if judged_first and found.name in OF_SALES:
                continue  # asked again when rows that are no sale are gone
            if (found.name in TAKEN and found.verdict != PASS) or (
                found.name in SURE and found.verdict == STOP
            ):
                named = re.search(r"add to (\w+): `", found.advice)  # of two tables, the one to change
                table = tables.get(named[1] if named else "", tables[report.table])
                changed |= _take(draft, table, found, told_apart)
        changed |= _as_histories(tables[report.table], report)
        changed |= _has_equal_pieces(tables[report.table], report, source)
        changed |= _without_customer(tables[report.table], report) | _in_several_rows(
            tables[report.table], report, source
        )
        changed |= _says_the_arm(tables[report.table], source)
        changed |= treatment_flag.settle(tables[report.table], source)
    return changed, ""


def lines_of(text: str) -> list[dict]:
    """The settings that a sentence proposes between backticks, in its order."""
    found = []
    for said in re.findall(r"`([^`]+)`", text):
        try:
            line = yaml.load("{" + said + "}", Loader=yaml.BaseLoader)
        except yaml.YAMLError:
            continue
        if isinstance(line, dict) and line and set(line) <= KEYS and all(line.values()):
            found.append(line)
    return found


def _take(draft: Draft, table: TableDraft, found: Finding, told_apart: set[str]) -> bool:
    """Take a finding's line into a table; columns by which this round leaves rows out already are judged again first."""
    lines = [line for line in lines_of(found.advice) if line != {"rules": {found.name: "keep"}}]
    if not lines or lines[0] == {"keep_latest": "row"}:  # two payments or lines look so too
        return False
    wanted = str(lines[0].get("where", ""))
    columns = {name for name in table.export.layout.columns if wanted and sql_name(name) in wanted}
    if columns & told_apart:
        return False
    told_apart |= columns
    line, why = lines[0], f"{CHECK}{found.name}: {found.sentence.partition(': ')[2][:160]}"
    study_wide = {key: line.pop(key) for key in ("ids", "currency") if key in line}
    changed = any(draft.settings.get(key) != value for key, value in study_wide.items())
    draft.settings |= study_wide
    draft.why |= dict.fromkeys(study_wide, why)
    return change(table, line, why) or changed


def _without_customer(table: TableDraft, report: TableReport) -> bool:
    """Orders of nobody are set aside, as the only rule that a draft settles, and rows of nothing (a second header)."""
    broken = {result.rule: result.rows for result in report.results if result.stops}
    if _are_further_lines(report, broken):
        aside = {one: "reject" for one in _OF_FIRST_LINES if one in broken}
        why = f"{CHECK}{broken['no_amount']:,} rows have no amount: an order's first line holds it for all; set aside"
        return change(table, {"rules": aside}, why)
    rows = broken.get("no_customer_id", 0)
    if table.table == "surveys" and rows > NEARLY_ALL * report.rows > 0:  # sent to nobody by name
        why = f"{CHECK}no answer names a customer: each row is one"
        return change(table, {"columns": {"customer_id": ROW_NUMBER}}, why)
    if not rows or any(found.name == "customer_in_first_row" for found in report.findings):
        return False
    rules = [f"no_{name}" for name in TABLES[table.table].required if broken.get(f"no_{name}") == rows]
    said = "hold nothing that is needed" if len(rules) > 1 else "name no customer"
    return change(table, {"rules": dict.fromkeys(rules, "reject")}, f"{CHECK}{rows:,} rows {said}: set aside")


def _has_equal_pieces(table: TableDraft, report: TableReport, source: Source) -> bool:
    """Equal lines of an order are pieces of it where orders are hardly ever there twice as a whole, as at a till."""
    rows = next((one.rows for one in report.results if one.rule == "duplicate_line" and one.stops), 0)
    if not rows or "category" not in report.given:
        return False
    lines = source.read(table.table)
    own = [name for name in ("order_id", "category", "amount", "quantity") if name in report.given]
    pieces = lines.group_by(own).aggregate(times=lines.count())
    orders = pieces.group_by("order_id").aggregate(kinds=pieces.count(), least=pieces.times.min())
    of_all = (
        pieces.aggregate(kinds=pieces.count(), twice=(pieces.times > 1).sum()).to_pyarrow().to_pylist()[0]
    )
    large = orders.filter(orders.kinds >= SEVERAL_KINDS)
    by_chance = (of_all["twice"] / max(of_all["kinds"], 1)) ** large.kinds
    seen = large.aggregate(
        orders=large.count(), whole=(large.least > 1).sum(), chance=by_chance.sum()
    ).to_pyarrow().to_pylist()[0]  # fmt: skip
    whole, chance = seen["whole"] or 0, seen["chance"] or 0.0
    if seen["orders"] < FEWEST_ORDERS or whole > 1.25 * chance + 0.01 * seen["orders"]:
        return False
    why = f"{CHECK}{rows:,} rows repeat a line of their order, hardly an order as a whole: pieces of the same goods"
    return change(table, {"rules": {"duplicate_line": "keep"}}, why)


def _are_further_lines(report: TableReport, broken: dict[str, int]) -> bool:
    """Whether the rows without an amount are lines of orders that have theirs in another row."""
    rows = broken.get("no_amount", 0)
    if not rows or "order_id" not in report.given or not set(broken) <= set(_OF_FIRST_LINES):
        return False
    lacking = report.rejected.filter(report.rejected.rules.contains("no_amount"))
    return bool(lacking.semi_join(report.accepted, "order_id").count().execute() == rows)


def _in_several_rows(table: TableDraft, report: TableReport, source: Source) -> bool:
    """A unit of a test that stands in several rows is a cluster of them."""
    rows = next((one.rows for one in report.results if one.rule == "duplicate_unit_id" and one.stops), 0)
    unit = table.settings["columns"].get("unit_id", "")
    if not rows or unit == ROW_NUMBER:
        return False
    why = (
        f"{CHECK}it stands in several rows ({rows:,} more); if they are copies of one, export each unit once"
    )
    lines = source.read(table.table)
    asked = {name: lines[name].nunique() for name in table.export.layout.columns if name in lines.columns}
    if asked and _has_days(table):
        each = lines.group_by("unit_id").aggregate(
            **{name: one for name, one in asked.items() if name != "unit_id"}
        )
        most = each.aggregate(
            **{name: each[name].max() for name in each.columns if name != "unit_id"}
        ).execute()
        table.changing |= {name for name in most.columns if most[name].iloc[0] > 1}
    table.settings["columns"]["unit_id"] = ROW_NUMBER
    table.why["columns", "unit_id"] = f"{CHECK}each row is a unit"
    if "cluster" in table.settings["columns"] and _have_one_arm(lines, "cluster"):
        return True
    return change(table, {"columns": {"cluster": unit}}, why)


def _of_each_row(table: TableDraft, lines: ibis.Table) -> set[str]:
    """The columns of words or running numbers with another value in each row: they name the units."""
    values, used = table.export.layout.values, table.settings["columns"]
    free = [name for name in values if name in lines.columns and name not in {*used, *used.values()}]
    free = [name for name in free if not BEFORE.search(name) and _may_name(values[name])]
    asked = {f"n{place}": lines[name].nunique() for place, name in enumerate(free)}
    found = lines.aggregate(rows=lines.count(), **asked).execute().iloc[0]
    return {name for place, name in enumerate(free) if found[f"n{place}"] == found["rows"]}


def _may_name(texts: list[str]) -> bool:
    if len(texts) < by_shape.FEWEST_IDS or not by_shape.is_number(texts):
        return len(texts) >= by_shape.FEWEST_IDS
    numbers = sorted(float(text) for text in texts if text.strip().isdigit())
    return len(numbers) == len(texts) and numbers[-1] - numbers[0] < RUNNING * len(numbers)


def _has_days(table: TableDraft) -> bool:
    """Whether a column holds days: then rows of a unit are times, of which what differs was measured; else persons."""
    values = table.export.layout.values
    return any(
        words.plain(name) in shape_words.NAMES["period"]
        or (column_types.is_a("time", "", texts) and bool(texts) and not by_shape.is_number(texts))
        for name, texts in values.items()
    )


def _have_one_arm(lines: ibis.Table, column: str) -> bool:
    """Whether all rows with one value of a column have one arm."""
    arms = lines.group_by(column).aggregate(arms=lines["arm"].nunique())
    return bool(arms["arms"].max().execute() == 1)


def _says_the_arm(table: TableDraft, source: Source) -> bool:
    """Columns of a test that say no more than the arm, such as the name of the sample, are no covariates."""
    if table.table != "experiment_units" or table.looked:
        return False
    table.looked = True
    lines, values = source.read(table.table), table.export.layout.values
    few = [
        name
        for name in table.export.layout.columns
        if name in lines.columns and 1 < len(set(values.get(name, []))) <= MOST_ARMS
    ]
    found = {name for name in few if name != "arm" and _have_one_arm(lines, name)}
    found |= _of_each_row(table, lines)
    found |= _of_some_arms(lines, [name for name in few if name not in found and name != "arm"])
    table.changing |= found
    own = [name for name in table.export.layout.columns if name in lines.columns and name != "arm"]
    if table.settings["columns"]["unit_id"] == ROW_NUMBER and lines.count().execute() <= arm_counts.MOST_ARMS:
        table.counts = arm_counts.of_rows(lines.to_pandas(), "arm", own)
    return bool(found or table.counts)


def _of_some_arms(lines: ibis.Table, columns: list[str]) -> set[str]:
    """The columns that differ within some arms and are hardly ever another value in another: what those arms got."""
    found = set()
    for name in columns:
        counts = lines.group_by(["arm", name]).aggregate(rows=lines.count()).to_pandas()
        sizes = counts.pivot_table(index="arm", columns=name, values="rows", aggfunc="sum", fill_value=0)
        shares = sizes.div(sizes.sum(axis=1), axis=0)
        enough = len(sizes) > 1 and sizes.sum(axis=1).min() >= by_shape.FEWEST_IDS
        most = shares.max(axis=1).max() if enough else 0.0
        alone = enough and most > ALONE and shares.max(axis=1).min() < most - APART
        found |= {name} if alone or (enough and most == 1 and shares.max(axis=1).min() < 1) else set()
    return found


def _as_histories(table: TableDraft, report: TableReport) -> bool:
    """Leads that stand in several rows, each a change of their stage, are read as a row per lead."""
    broken = {one.rule: one.rows for one in report.results if one.stops}
    columns = table.settings["columns"]
    if "duplicate_lead_id" not in broken or "row_per" in table.settings:
        return False
    told = stages.history(table.export.layout.values, columns)
    if not told:
        return False
    columns.pop("won", None)
    change(table, {"columns": told}, f"{CHECK}the day of the row that tells it")
    return change(table, {"row_per": "stage"}, f"{CHECK}each row is a change of a lead's stage")


def _from_refusal(draft: Draft, message: str) -> bool:
    """Where one table alone is drafted, the lines by which the refusal says it can be read."""
    if len(draft.tables) != 1:
        return False
    lines = [line for line in lines_of(message) if "rules" not in line]
    why = f"{CHECK}without it the file is refused: {message.partition(': ')[2].partition('. ')[0][:120]}"
    return bool(lines) and change(draft.tables[0], lines[0], why)
