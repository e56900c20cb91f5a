"""Studies written as an analyst writes them, run with the lines that the refusals name."""

import json
import re
from datetime import date

import yaml

from helpers import contracts, tables
from helpers.errors import StudyError
from helpers.study.study import TableSpec, load_study

KEYS = {*TableSpec.__dataclass_fields__, "amount"}
TODAY = date(2026, 11, 26)


def load(
    home,
    source,
    table: dict,
    *,
    name="transactions",
    zone="Asia/Ho_Chi_Minh",
    currency="USD",
    as_of="2026-06-30",
):
    """A study file over `source` with this table, as the reader of study files returns it."""
    said = {
        "title": "Formats",
        "as_of": as_of,
        "timezone": zone,
        "currency": currency,
        "source": str(source),
        "tables": {name: table},
    }
    path = home / "formats.yaml"
    path.write_text(yaml.safe_dump(json.loads(json.dumps(said)), allow_unicode=True), encoding="utf-8")
    return load_study(path)


def checked(study):
    """The report on the study's first table; StudyError where it cannot be run."""
    reports = contracts.check(study, tables.open_source(study), today=TODAY)
    contracts.refuse(reports)
    return reports[0]


def lines_of(message: str) -> list[dict]:
    """The settings of a table that a message proposes between backticks, in its order."""
    found = []
    for text in re.findall(r"`([^`]+)`", message):
        try:
            said = yaml.safe_load("{" + text + "}")
        except yaml.YAMLError:
            continue
        if isinstance(said, dict) and said and set(said) <= KEYS and None not in said.values():
            found.append(said)
    return found


def follow(home, source, table: dict, choose=lambda found: found[0], **said):
    """Apply the line that each refusal names until the study runs: (its report, the messages on the way).

    Fails where a message comes twice, since then its line has not helped.
    """
    messages = []
    for _ in range(9):
        try:
            return checked(load(home, source, table, **said)), messages
        except StudyError as error:
            message = str(error)
        assert message not in messages, f"in a circle: {message}"
        messages.append(message)
        found = lines_of(message)
        assert found, f"no line to add: {message}"
        for key, value in choose(found).items():
            table = table | {key: table.get(key, {}) | value if isinstance(value, dict) else value}
    raise AssertionError(f"no end: {messages}")


def totals(report) -> tuple[int, int, float]:
    """Customers, orders and revenue of a report on transactions."""
    used = report.accepted
    row = used.aggregate(
        customers=used.customer_id.nunique(), orders=used.order_id.nunique(), revenue=used.revenue.sum()
    )
    found = row.to_pyarrow().to_pylist()[0]
    return found["customers"], found["orders"], round(found["revenue"], 2)
