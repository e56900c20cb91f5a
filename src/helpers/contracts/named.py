"""What the parameters of a study name in its tables, columns and values, is there: asked before anything runs."""

from collections.abc import Iterator

from helpers.contracts.findings import TableReport
from helpers.contracts.outcome_words import is_loss, no_number, upside_down, words_in
from helpers.contracts.table_rules import DRAWN
from helpers.errors import StudyError
from helpers.study.study import Study
from helpers.study.table_columns import TABLES

COLUMNS = {  # parameters that name columns of a table: a text, a list, or the keys of a mapping
    "unit_outcomes": "experiment_units",
    "unit_outcome_kinds": "experiment_units",
    "unit_covariates": "experiment_units",
    "unit_counts": "experiment_units",
    "unit_score": "experiment_units",
    "unit_before": "experiment_units",
    "unit_earlier": "experiment_units",
    "customer_traits": "customers",
    "lead_attributes": "leads",
    "after_outcome": "leads",
    "customer_covariates": "customers",
    "subscription_covariates": "subscriptions",
    "unit_weights": "panel",
}
VALUES = {  # parameters that name values of a column
    "campaign_id": ("campaigns", "campaign_id"),
    "campaign_without_lots": ("campaigns", "campaign_id"),
    "control_arm": ("experiment_units", "arm"),
    "planned_shares": ("experiment_units", "arm"),
}
OF_LOTS = {
    "campaigns": "test",
    "experiment_units": "test",
    "panel": "panel",
}  # what `assigned` calls it, but campaigns
PER = "per "  # of unit_outcome_kinds: clicks per impressions
MOST = 30  # that are listed
MOST_VALUES = 100  # of an outcome among which words are looked for


def refuse_unknown(study: Study, reports: list[TableReport]) -> None:
    """Raise StudyError with a sentence per parameter that names a column or a value which its table does not have.

    A parameter whose table the study does not bring is passed over: the notebook that needs it says so.
    """
    tables = {report.table: report for report in reports}
    sentences = [
        sentence
        for where, given in {"parameters": study.parameters, **_overrides(study)}.items()
        for name, value in given.items()
        for sentence in _wrong(f"{where}.{name}", name, value, tables)
    ]
    sentences += [
        str(upside_down(one))
        for one in _alone(study.parameters)
        if "experiment_units" in tables and is_loss(one)
    ]
    sentences += _drawn(study.parameters.get("assigned"), tables)
    if units := tables.get("experiment_units"):
        sentences += _worded(study.parameters, units)
    if sentences:
        raise StudyError("\n".join(dict.fromkeys(sentences)))


def _drawn(said: object, tables: dict[str, TableReport]) -> Iterator[str]:
    """A sentence per campaign that `assigned` names and no table has, and per word that it cannot be."""
    campaigns = tables.get("campaigns")
    if not isinstance(said, dict) or not set(OF_LOTS) & set(tables):
        return
    there = set(OF_LOTS.values())
    if campaigns:
        ids = campaigns.plain.select("campaign_id").distinct().to_pandas()["campaign_id"].dropna()
        there |= set(map(str, ids))
    is_whole = not (campaigns and any(one.rows for one in campaigns.left_out))  # none begins after as_of
    for name, word in said.items():
        if str(name) not in there and is_whole:
            shown = ", ".join(sorted(there)[:MOST])
            yield f"parameters.assigned names {name!r}, which is not there: name one of {shown}."
        if word not in DRAWN:
            yield f"parameters.assigned of {name} is {word!r}: it can be one of {', '.join(DRAWN)}."


def _overrides(study: Study) -> dict[str, dict]:
    return {f"overrides.{notebook}": own for notebook, own in study.overrides.items()}


def _worded(given: dict, units: TableReport) -> Iterator[str]:
    """A sentence per outcome of units that holds words other than yes and no."""
    rows = units.accepted
    for name in map(str, given.get("unit_outcomes") or []):
        if name in rows.columns and rows[name].type().is_string():
            some = rows.select(name).distinct().order_by(name).limit(MOST_VALUES).to_pandas()[name]
            if words := words_in(some):
                yield str(no_number(name, words))


def _alone(given: dict) -> list[str]:
    """The outcome of units that decides by itself and counts as a gain: an amount may be negative, and is read later."""
    asked, kinds = given.get("unit_outcomes") or [], given.get("unit_outcome_kinds") or {}
    counts = len(asked) == 1 and not kinds.get(asked[0]) and float(given.get("unit_value") or 0) >= 0
    return [str(asked[0])] if counts else []


def _wrong(where: str, name: str, value: object, tables: dict[str, TableReport]) -> Iterator[str]:
    table, column = VALUES.get(name, (COLUMNS.get(name, ""), ""))
    asked = [value] if isinstance(value, str) else list(value) if isinstance(value, list | dict) else []
    asked = list(value.values()) if name == "unit_counts" and isinstance(value, dict) else asked
    if name == "unit_outcome_kinds" and isinstance(value, dict):  # what a ratio divides by
        asked += [str(kind)[len(PER) :].strip() for kind in value.values() if str(kind).startswith(PER)]
    if table not in tables:
        return
    report = tables[table]
    if column:
        found = report.accepted.select(column).distinct().to_pandas()[column].dropna()
        there, what = sorted(map(str, found)), f"column {column} of {table} holds"
    else:
        there, what = (
            [one for one in report.plain.columns if one in report.given or _own(one, table)],
            f"{table} has",
        )
    for one in asked:
        if one and one not in there:
            shown = ", ".join(there[:MOST]) + (" and more" if len(there) > MOST else "")
            yield f"{where} names {one!r}, which is not there: {what} {shown or 'nothing'}. Correct it in {where}."


def _own(column: str, table: str) -> bool:
    """Whether a column is one that the file brings beyond the contract's."""
    return column not in {one.name for one in TABLES[table].columns}
