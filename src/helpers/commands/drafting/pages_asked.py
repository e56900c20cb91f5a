"""The parameters that drafted leads, surveys, subscriptions and panels are best read with, and why."""

import json
import re

from helpers.commands.drafting import by_shape
from helpers.commands.drafting.draft import TableDraft
from helpers.study.table_columns import TABLES

AFTER = re.compile(
    r"reason|closed?\b|closing|lost|won\b|win\b|contract|onboard|welcome|invoice|first[ _]order|grund|lý do|lydo|เหตุผล",
    re.IGNORECASE,
)
RECOMMEND = re.compile(r"recommend|empfehl|recomend|recommand|giới thiệu|แนะนำ", re.IGNORECASE)
LEADS_SAID = "after_outcome: all columns that somebody fills in when a lead is won, lost or closed"
SURVEYS_SAID = "recommend_question: words of the one question that asks for recommendation"
SCALE_SAID = "survey_scale: 0-10 if the question could be answered with 0"
FEES_SAID = "fee_margin: what is left of a fee, as a share of it"
PERIOD_SAID = "period: how long a contract runs before it is renewed: month, quarter or year"
PERIODS = {
    "year": re.compile(r"year|annual|jahr|annuel|anual|nam|năm|ปี", re.I),
    "quarter": re.compile(r"quarter|quartal", re.I),
}
LOGARITHM = re.compile(r"(log|ln|l)[_ .]|log[A-Z(]|ln[A-Z(]|lemp$")  # of a column's name, its beginning
LOG_SAID = "outcome_scale: level, since the column's name says that it is a logarithm already; auto, if not"
DAYS_SAID = (
    "outcome_days: for how many days from the assignment on orders count, as no column window_days says it"
)
PANEL_SAID = "outcome_name: what the panel measures, in words; outcome_is_money: true, if it is in the study's currency"

WEIGHT = re.compile(
    r"(^|[_ .])(weights?|customers?|pop|population|households|inhabitants|members|subscribers|accounts|einwohner|kunden)$",
    re.IGNORECASE,
)
WEIGHT_SAID = "unit_weights: by what units count; leave it out, if each counts alike"


def parameters(tables: list[TableDraft]) -> tuple[list[str], list[str]]:
    """Return the parameters as lines of YAML, and what each means; for a table that is not there none."""
    parts, said = [], []
    for table in tables:
        for line, why in _OF.get(table.table, lambda _: [])(table):
            parts.append(line)
            said.append(why)
    return parts, said


def _leads(table: TableDraft) -> list[tuple[str, str]]:
    own = {*table.settings["columns"].values(), *(column.name for column in TABLES["leads"].columns)}
    late = [name for name in table.export.layout.columns if name not in own and AFTER.search(name)]
    return [(f"after_outcome: {json.dumps(late, ensure_ascii=False)}", LEADS_SAID)]


def _campaigns(table: TableDraft) -> list[tuple[str, str]]:
    own = table.settings["columns"]
    return [("outcome_days: 30", DAYS_SAID)] if "window_days" not in own else []


def _surveys(table: TableDraft) -> list[tuple[str, str]]:
    values, columns = table.export.layout.values, table.settings["columns"]
    asked = sorted(set(filter(None, values.get(columns.get("question", ""), []))))
    found = next((RECOMMEND.search(text) for text in asked if RECOMMEND.search(text)), None)
    made = []
    if len(asked) > 1:
        words = found[0] if found else asked[0]
        made.append((f"recommend_question: {json.dumps(words, ensure_ascii=False)}", SURVEYS_SAID))
    scores = {text.strip() for text in values.get(columns.get("score", ""), []) if text and text.strip()}
    up_to_ten = scores & {"6", "7", "8", "9", "10"}  # five stars are brought to it by a line of `check`
    if up_to_ten and not scores & {"0", "0.0"} and "1" in scores:
        made.append(('survey_scale: "1-10"', SCALE_SAID))
    return made


def _subscriptions(table: TableDraft) -> list[tuple[str, str]]:
    columns = table.settings["columns"]
    made = [("fee_margin: 0.30", FEES_SAID)] if "fee" in columns else []
    if "period" in columns:
        return made
    named = (one for one, words in PERIODS.items() if words.search(columns.get("fee", "")))
    return [*made, (f"period: {next(named, 'month')}", PERIOD_SAID)]


def _panel(table: TableDraft) -> list[tuple[str, str]]:
    outcome = table.settings["columns"].get("outcome", "outcome")
    name = outcome.replace("_", " ") if outcome != "outcome" else "the outcome"
    made = [(f"outcome_name: {json.dumps(name, ensure_ascii=False)}, outcome_is_money: false", PANEL_SAID)]
    made += [("outcome_scale: level", LOG_SAID)] if LOGARITHM.match(outcome) else []
    values, used = table.export.layout.values, {*table.settings["columns"].values(), "outcome"}
    weights = [name for name, texts in values.items() if name not in used and _is_weight(name, texts)]
    return made + [
        (f"unit_weights: {json.dumps(name, ensure_ascii=False)}", WEIGHT_SAID) for name in weights[:1]
    ]


def _is_weight(name: str, texts: list[str]) -> bool:
    return (
        bool(WEIGHT.search(name))
        and by_shape.is_number(texts)
        and all(float(text) > 0 for text in texts if by_shape.NUMBER.fullmatch(text.strip()))
    )


_OF = {
    "campaigns": _campaigns,
    "leads": _leads,
    "surveys": _surveys,
    "subscriptions": _subscriptions,
    "panel": _panel,
}
