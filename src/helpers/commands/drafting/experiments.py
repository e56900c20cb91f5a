"""The parameters that a drafted test needs: how arms were drawn, the control, the outcomes, and what was known before."""

import json
import re

from helpers.commands.drafting import pages_asked, recognise
from helpers.commands.drafting.draft import CHECK, TableDraft
from helpers.study.table_columns import TABLES

MARGIN = "margin: 0.30"
MARGIN_SAID = "margin as a share of revenue, since the data bring none"
ASSIGNED_SAID = (
    "assigned: randomized, if the arms were drawn by lot; not_randomized, if not; without, no verdict"
)
UNITS_SAID = (
    "unit_outcomes: who converted, then the money; unit_covariates: only what was known before the assignment"
)
CONTROL = re.compile(r"control|no[ _-]|none|hold[ _-]?out|placebo|baseline|kontroll", re.IGNORECASE)
CONVERTED = re.compile(
    r"conver|bought|purchas|order|retain|retention|visit|click|respon|churn|subscri", re.IGNORECASE
)
MONEY = re.compile(r"spen[dt]|revenue|amount|sales|value|money|umsatz|gmv", re.IGNORECASE)
FLAG = {"0", "1", "true", "false", "yes", "no"}
MOST = 20  # campaigns named in a draft


def parameters(tables: list[TableDraft]) -> tuple[str, str]:
    """Return the parameters of a draft as one line of YAML, and why; both empty where none is needed."""
    parts, said = [], []
    if not any({"margin", "cost"} & set(table.settings["columns"]) for table in tables):
        parts.append(MARGIN)
        said.append(MARGIN_SAID)
    names = [name for table in tables for name in _campaigns(table)]
    if names:
        words = ", ".join(f"{_text(name)}: unknown" for name in dict.fromkeys(names))
        parts.append(f"assigned: {{{words}}}")
        said.append(ASSIGNED_SAID)
    units = [table for table in tables if table.table == "experiment_units"]
    if units:
        parts += _of_units(units[0])
        said.append(UNITS_SAID)
    others, why = pages_asked.parameters(tables)
    parts += others
    said += why
    return (f"{{{', '.join(parts)}}}" if parts else ""), f"{CHECK}{'; '.join(said)}"


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


def _of_units(table: TableDraft) -> list[str]:
    values, columns = table.export.layout.values, table.settings["columns"]
    arms = sorted(set(filter(None, values.get(columns.get("arm", ""), []))))
    control = next((arm for arm in arms if CONTROL.match(arm)), arms[0] if arms else "")
    known = {column.name for column in TABLES["experiment_units"].columns}
    others = [name for name in table.export.layout.columns if name not in {*columns.values(), *known}]
    counts = recognise.counts_per_arm(values) if columns.get("unit_id") == "row_number" else {}
    if counts:
        named = ", ".join(f"{key}: {_text(name)}" for key, name in counts.items() if key != "arm")
        return [f"control_arm: {_text(control)}", f"unit_counts: {{{named}}}"]
    flags = [name for name in others if CONVERTED.search(name) and _is_flag(values.get(name, []))]
    money = [name for name in others if MONEY.search(name) and not _is_flag(values.get(name, []))][:1]
    outcomes = flags[:1] + money
    before = [name for name in others if name not in {*flags, *money}]
    made = [f"control_arm: {_text(control)}"] if control else []
    made += [f"unit_outcomes: [{', '.join(map(_text, outcomes))}]"] if outcomes else []
    return made + ([f"unit_covariates: [{', '.join(map(_text, before))}]"] if before else [])


def _is_flag(texts: list[str]) -> bool:
    found = {text.strip().lower() for text in texts if text and text.strip()}
    return bool(found) and found <= FLAG


def _text(value: str) -> str:
    return value if re.fullmatch(r"[A-Za-z_][\w]*", value) else json.dumps(value, ensure_ascii=False)
