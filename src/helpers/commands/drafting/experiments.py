"""The parameters that a drafted test needs: how arms were drawn, the control, the outcomes, and what was known before."""

import json
import re

from helpers.commands.drafting import (
    arm_counts,
    beside_outcomes,
    by_shape,
    column_types,
    controls,
    pages_asked,
    yes_or_no,
)
from helpers.commands.drafting.draft import CHECK, TableDraft
from helpers.commands.drafting.written import WORDS_OF_YAML
from helpers.contracts.checked import sql_name
from helpers.contracts.outcome_words import BEFORE
from helpers.study.table_columns import TABLES

MARGIN = "margin: 0.30"
MARGIN_SAID = "margin as a share of revenue, since the data bring none"
LEFT, LEFT_SAID = "margin: 1", "margin: 1, since the outcome is what is left of revenue already"
ASSIGNED_SAID = (
    "assigned: randomized, if the arms were drawn by lot; not_randomized, if not; without, no verdict"
)
UNITS_SAID = (
    "unit_outcomes: who converted, then the money; unit_covariates: only what was known before the assignment"
)
KINDS_SAID = "unit_outcome_kinds: what the outcome measures; per COLUMN: its sum over that column's sum"
BEFORE_SAID = (
    "unit_before: the outcome in the time before the assignment; unit_earlier: only those of unit_covariates that were "
    "known before that time began (36, without lots)"
)
COUNTS_SAID = (
    "unit_counts: the columns of units and conversions; for money sum and sum_of_squares (of each unit's money) as well, "
    "since a sum alone says nothing of how sure its mean is"
)
WEIGHTS_SAID = (
    " (rows count alike; if one stands for as many as {weight} says, add under columns `weighted: {outcome} * {weight}` "
    "and read it by `unit_outcomes: [weighted]` and `unit_outcome_kinds: {{weighted: per {weight}}}`)"
)
WEIGHTS = re.compile(
    r"(^|[_ .])(p?weights?|p?wgt|p?wt|ipw|iptw|gewicht|gewichtung|poids|trong so)$", re.IGNORECASE
)
FURTHER = {"unit_outcome_kinds": KINDS_SAID, "unit_before": BEFORE_SAID}
KNOWN = re.compile(  # who somebody is, and no outcome
    r"(^|[_ .])(age|alter|âge|edad|tuổi|tuoi|sex|gender|geschlecht|income|education|educ|tenure|zip|plz|birth\w*"
    r"|height|married|children|kids|family|hh_?size)([_ .]|$)",
    re.IGNORECASE,
)
CONVERTED = re.compile(  # what counts as done, the nearest to a purchase first
    r"conver|konver|came.?back|reactivat|bought|purchas|order|target|respon|redeem|retain|retention|subscri|churn|visit|click"
    r"|donat|^gave$|voted|join|sign.?up|regist|install|activat|upgrad|renew|^won$|paid|accepted|enrol|attend|call.?back|^call$|^got|kauf|bestell|achet|achat|compra|pedido|mua|ซื้อ|reagier|^y$",
    re.IGNORECASE,
)
MONEY = re.compile(
    r"spen[dt]|revenue|amount|sales|value|money|umsatz|gmv|profit|margin|earning|gewinn|doanh.?thu|ยอดขาย|chiffre|ingreso",
    re.IGNORECASE,
)
CHANGE = re.compile(r"change|diff|delta|growth", re.IGNORECASE)  # against another time
MARGINS = re.compile(r"profit|margin|earning|gewinn", re.IGNORECASE)  # what is left of revenue already
NAMED = re.compile(  # an outcome by its name alone
    r"(^|[_ .])(y|outcome|response|target|label|result|kpi|metric|dependent|dv)([_ .]?\d*)$", re.IGNORECASE
)
AFTER = re.compile(  # what is known only after the assignment, or says no more than the arm
    r"after|later|expos|open|click|sessions?$|cart|basket|duration|time.?on|landing|total|sum_|rounds|seen|viewed|visit|timestamp|planned|redeem|date|time\b|conver"
    r"|received|complied|deliver|impress|pageview|page_view|bounce|unsubscri|(^|[_ .])(took|taken|used|usage|uptake|attended"
    r"|completed|participated|watched|played|read)([_ .]|$)",
    re.IGNORECASE,
)
RATE = re.compile(r"rate|share|ratio|quote|anteil|taux|tasa", re.IGNORECASE)
DONE_WITH = re.compile(
    r"^(got|gets|get|with|has|sent|offered|given|free)[_ .]|offer|discount|coupon|treat", re.IGNORECASE
)
OF_THE_ARM = re.compile(
    r"expos|received|complied|deliver|treated|planned", re.IGNORECASE
)  # says no more than the arm
OF_SENDS = (
    "read as a test with its own outcomes, since no file has orders; with orders, make it the table campaigns, and what "
    "those assigned bought is the outcome"
)
OF_CUSTOMERS = (
    "read as leads that were won or not, since no file has orders; with orders, make it the table customers"
)
MOST = 20  # campaigns named in a draft
MOST_NAMES = 200  # kinds of a covariate that is no number


def parameters(tables: list[TableDraft]) -> tuple[str, str]:
    """Return the parameters of a draft as one line of YAML, and why; both empty where none is needed."""
    parts, said = [], []
    earning = [table for table in tables if table.table == "transactions" or _brings_money(table)]
    if earning and not any({"margin", "cost"} & set(table.settings["columns"]) for table in tables):
        own = [name for table in earning if table.table == "experiment_units" for name in _free(table)[1]]
        is_left = any(map(MARGINS.search, own))
        parts.append(LEFT if is_left else MARGIN)
        said.append(LEFT_SAID if is_left else MARGIN_SAID)
    names = [name for table in tables for name in _campaigns(table)]
    if names:
        words = ", ".join(f"{_text(name)}: unknown" for name in dict.fromkeys(names))
        parts.append(f"assigned: {{{words}}}")
        said.append(ASSIGNED_SAID)
    units = [table for table in tables if table.table == "experiment_units"]
    if units:
        own = _of_units(units[0])
        parts += own
        by_count = bool(_counts(units[0]))
        said.append(
            COUNTS_SAID if by_count else UNITS_SAID + _others_said(units[0]) + _weights_said(units[0])
        )
        said += [why for begin, why in FURTHER.items() if any(line.startswith(begin) for line in own)]
    others, why = pages_asked.parameters(tables)
    parts += others
    said += why
    return (f"{{{', '.join(parts)}}}" if parts else ""), f"{CHECK}{'; '.join(said)}"


def of_sends(table: TableDraft) -> TableDraft:
    """Campaign sends that bring their own outcome as a test of their own, for a study without orders; others as they are."""
    columns, values = table.settings["columns"], table.export.layout.values
    free = {name: texts for name, texts in values.items() if name not in columns.values()}
    done = [name for name, texts in free.items() if _is_response(name, texts)]
    if table.table != "campaigns" or not table.is_complete or not done:
        return table
    customer, campaign = columns["customer_id"], columns["campaign_id"]
    kept = {name: columns[name] for name in ("arm", "assigned", "stratum", "cluster") if name in columns}
    units = {"unit_id": customer}
    if len(set(values.get(campaign, []))) > 1:  # lots were drawn in each, for the same customers
        units = {"unit_id": by_shape.ROW_NUMBER, "stratum": campaign, "cluster": customer}
    why = {("columns", name): CHECK for name in units}
    why["columns", "arm"] = f"{CHECK}{table.why.get(('columns', 'arm'), '').removeprefix(CHECK)}"
    settings = table.settings | {"columns": units | kept}
    return TableDraft("experiment_units", table.export, settings, why, [f"{CHECK}{OF_SENDS}"])


def of_customers(table: TableDraft) -> TableDraft:
    """A file of customers alone, with a column that says who responded, as leads without dates; others as they are."""
    values = table.export.layout.values
    if table.table != "customers" or not (shape := by_shape.leads(values)):
        return table
    columns = {**shape.columns, "lead_id": table.settings["columns"]["customer_id"]}
    settings = {**{key: value for key, value in table.settings.items() if key != "rules"}, "columns": columns}
    why = {("columns", name): f"{CHECK}{shape.doubts.get(name, '')}" for name in columns}
    return TableDraft("leads", table.export, settings, why, [f"{CHECK}{OF_CUSTOMERS}"])


def _campaigns(table: TableDraft) -> list[str]:
    """The campaigns (or the test) of which the draft has to say how arms were drawn."""
    columns = table.settings["columns"]
    if "assigned" in columns or table.table not in ("campaigns", "experiment_units"):
        return []
    if table.table == "experiment_units":
        return ["test"]
    return sorted(set(filter(None, table.export.layout.values.get(columns.get("campaign_id", ""), []))))[
        :MOST
    ]


def _brings_money(table: TableDraft) -> bool:
    """Whether the drafted outcome of a test is money, or what one of its arms' counts sums up."""
    if table.table != "experiment_units":
        return False
    values = table.export.layout.values
    if counts := _counts(table):
        return _is_of_money(counts)
    done = _free(table)[1]
    return len(done) > 1 or any(_kind(name, values[name]) == "money" for name in done)


def _is_of_money(counts: dict[str, str]) -> bool:
    """Whether what counts of arms sum up is money: a sum is called so, a mean may be of anything."""
    by_mean = counts.get("sum_of_squares") == arm_counts.SQUARES
    return "sum" in counts and (not by_mean or bool(MONEY.search(counts["sum"])))


def _counts(table: TableDraft) -> dict[str, str]:
    """The columns that count the units of arms and those who converted; {} where rows are units."""
    if table.settings["columns"].get("unit_id") != by_shape.ROW_NUMBER:
        return {}
    return arm_counts.of_arms(table.export.layout.values) or table.counts


def _free(table: TableDraft) -> tuple[list[str], list[str]]:
    """The columns of a test that the contract does not know, and those of them that are drafted as outcomes."""
    known = {column.name for column in TABLES["experiment_units"].columns}
    used = {*table.settings["columns"].values(), *known}
    arm = table.settings["columns"].get("arm", "")  # an expression names its column
    others = [name for name in table.export.layout.columns if name not in used and f'"{name}"' not in arm]
    return others, _outcomes(others, table.export.layout.values)


def _others_said(table: TableDraft) -> str:
    """The columns that may be outcomes, too, as the end of a sentence; empty where there are none."""
    values, (others, done) = table.export.layout.values, _free(table)
    late = [
        name
        for name in others
        if name not in done and not BEFORE.search(name) and not OF_THE_ARM.search(name)
    ]
    unsure = done and not any(one.search(done[-1]) for one in (CONVERTED, MONEY, NAMED, AFTER))
    found = [
        name
        for name in late
        if (unsure or AFTER.search(name) or CONVERTED.search(name) or MONEY.search(name))
        and (yes_or_no.is_flag(values.get(name, [])) or by_shape.is_number(values.get(name, [])))
    ]
    said = f" (other columns that may be outcomes: {', '.join(found[:MOST])})" if found else ""
    return said + _factors_said(table, late) + _ratio_said(done, found)


def _factors_said(table: TableDraft, columns: list[str]) -> str:
    """How two things that were done with units are read together, as the end of a sentence; empty where one was."""
    arm, values = table.settings["columns"].get("arm", ""), table.export.layout.values
    if not yes_or_no.is_flag(values.get(arm, [])):
        return ""
    other = next(
        (name for name in columns if DONE_WITH.search(name) and yes_or_no.is_flag(values.get(name, []))), ""
    )
    if not other:
        return ""
    return f" (if {other} was drawn, too, read all combinations as arms: `arm: {sql_name(arm)} || ' ' || {sql_name(other)}`)"


def _ratio_said(done: list[str], columns: list[str]) -> str:
    """How money per session is read, as the end of a sentence; empty where no column counts occasions."""
    over = next((name for name in columns if beside_outcomes.OCCASIONS.search(name)), "")
    if len(done) != 1 or not over or not MONEY.search(done[0]):
        return ""
    return f" (per {over} is another question than per unit: `unit_outcome_kinds: {{{_text(done[0])}: per {over}}}`)"


def _weights_said(table: TableDraft) -> str:
    """How a column of weights is to be read, as the end of a sentence; empty where there is none."""
    values, (others, done) = table.export.layout.values, _free(table)
    found = [name for name in others if name not in done and _is_weight(name, values.get(name, []))]
    return WEIGHTS_SAID.format(weight=found[0], outcome=done[0]) if found and done else ""


def _is_weight(name: str, texts: list[str]) -> bool:
    return bool(WEIGHTS.search(name)) and by_shape.is_number(texts) and not yes_or_no.is_flag(texts)


def _of_units(table: TableDraft) -> list[str]:
    values, columns = table.export.layout.values, table.settings["columns"]
    arms = sorted(set(filter(None, values.get(columns.get("arm", ""), []))))
    control = controls.control_of(arms) or next(iter(arms), "")
    control = controls.LEFT if columns.get("arm", "").startswith("CASE ") else control
    others, done = _free(table)
    counts = _counts(table)
    if counts:
        unsure = set() if "sum_of_squares" in counts else {"sum"}  # alone it says nothing of its mean's error
        named = ", ".join(
            f"{key}: {_text(name)}" for key, name in counts.items() if key not in {"arm", *unsure}
        )
        made = [f"control_arm: {_text(control)}", f"unit_counts: {{{named}}}"]
        if "sum" in counts and "sum" not in unsure and not _is_of_money(counts):
            made.append(f"unit_outcome_kinds: {{{_text(counts['sum'])}: number}}")
        return made
    over = beside_outcomes.occasions(done[0], others, values) if len(done) == 1 else ""
    used = {name for name in others if _is_response(name, values.get(name, []))} | {*done, over}
    used |= table.changing  # such as what was measured day by day, after the assignment
    before = [name for name in others if name not in used and _may_be_known(name, values.get(name, []))]
    made = [f"control_arm: {_text(control)}"] if control else []
    made += [f"unit_outcomes: [{', '.join(map(_text, done))}]"] if done else []
    kind = f"per {over}" if over else _kind(done[0], values[done[0]]) if len(done) == 1 else ""
    made += [f"unit_outcome_kinds: {{{_text(done[0])}: {_text(kind)}}}"] if kind else []
    made += [f"unit_covariates: [{', '.join(map(_text, before))}]"] if before else []
    past, earlier = beside_outcomes.before_and_earlier(done, before, values, BEFORE, MONEY)
    if past and earlier:
        made += [f"unit_before: {_text(past)}", f"unit_earlier: [{', '.join(map(_text, earlier))}]"]
    return made


def _outcomes(others: list[str], values: dict[str, list[str]]) -> list[str]:
    """Who converted, then the money; where no column bears such a name, the last that is a flag or a number."""
    others = [name for name in others if not BEFORE.search(name) and not KNOWN.search(name)]
    named = [name for name in others if _is_response(name, values.get(name, []))]
    kinds = CONVERTED.pattern.split("|")
    rank = {
        name: next(k for k, one in enumerate(kinds) if re.search(one, name, re.IGNORECASE)) for name in named
    }
    flags = sorted(named, key=lambda name: rank[name])[:1]
    money = [name for name in others if MONEY.search(name) and by_shape.is_number(values.get(name, []))]
    money = [name for name in money if not yes_or_no.is_flag(values[name])]
    money = ([name for name in money if not CHANGE.search(name)] or money)[-1:]
    counted = [
        name
        for name in others
        if yes_or_no.is_flag(texts := values.get(name, [])) or by_shape.is_number(texts)
    ]
    by_name = [name for name in counted if NAMED.search(name)][:1]
    after = [name for name in counted if AFTER.search(name) and not OF_THE_ARM.search(name)]
    return flags + money or by_name or (after or counted)[-1:]


def _kind(name: str, texts: list[str]) -> str:
    """What a single outcome measures, where its name says so: money, or a rate of each unit."""
    if yes_or_no.is_flag(texts):
        return ""
    if MONEY.search(name):
        return "money"
    numbers = [float(text) for text in texts if by_shape.NUMBER.fullmatch(text.strip())]
    return "rate" if RATE.search(name) and numbers and 0 <= min(numbers) <= max(numbers) <= 1 else ""


def _is_response(name: str, texts: list[str]) -> bool:
    """Whether a column says who did something, after the assignment."""
    return bool(CONVERTED.search(name)) and not BEFORE.search(name) and yes_or_no.is_flag(texts)


def _may_be_known(name: str, texts: list[str]) -> bool:
    """Whether a column may have been known before: no name of what comes after, no id, no day, more than one value."""
    if len(set(texts)) < 2 or (column_types.is_a("time", "", texts) and not by_shape.is_number(texts)):
        return False
    if _is_weight(name, texts) or CHANGE.search(name):
        return False
    is_id = name.startswith("column ") or by_shape.id_of({name: texts})
    many_names = len(set(texts)) > MOST_NAMES and not by_shape.is_number(texts)
    late = AFTER.search(name) and not BEFORE.search(name)
    return not late and not is_id and not many_names


def _text(value: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_]\w*", value) and value.casefold() not in WORDS_OF_YAML
    return value if plain else json.dumps(value, ensure_ascii=False)
