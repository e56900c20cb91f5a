"""The tables a study may bring, and what makes a row wrong."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from helpers.contracts.finding_names import finding_names
from helpers.contracts.findings import REVIEW, STOP, Finding, LeftOut, RuleResult, TableReport, refuse
from helpers.contracts.table_rules import rule_names
from helpers.study.table_columns import TABLES, Column, Contract

if TYPE_CHECKING:
    from helpers.contracts.readable import ReadableTables
    from helpers.study.study import Study

__all__ = [
    "REVIEW",
    "STOP",
    "TABLES",
    "Column",
    "Contract",
    "Finding",
    "LeftOut",
    "RuleResult",
    "TableReport",
    "check",
    "finding_names",
    "refuse",
    "rule_names",
]


def check(
    study: "Study", source: "ReadableTables", tables: Iterable[str] | None = None, today: date | None = None
) -> list[TableReport]:
    """Check a study's tables and return one report each; see helpers.contracts.checking."""
    from .checking import check as run  # noqa: PLC0415 (reading a study file needs the names only, not the engine)

    return run(study, source, tables, today)
