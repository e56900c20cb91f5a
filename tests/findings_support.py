"""Small shops in the shapes of exports, checked; and the lines that advice proposes, applied to their study files."""

import random
import re
from datetime import date, datetime, timedelta

import pytest
import yaml

from helpers import contracts, tables
from helpers.study.study import load_study

TODAY = date(2026, 11, 26)
COLUMNS = {"customer_id": "Customer", "order_time": "Date", "order_id": "Invoice", "amount": "Total"}
TABLE_KEYS = (
    "columns",
    "where",
    "rules",
    "ignore",
    "keep_latest",
    "amount_per",
    "amount",
    "thousands",
    "decimal",
)
TABLE_KEYS += ("joined_within", "date_format", "delimiter", "encoding")


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory):
    """A cache of their own for the tests of a module that imports this."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def orders(count: int = 240, customers: int = 60) -> list[dict]:
    """Orders of one line each: number, who (1 to customers), when, amount."""
    draw = random.Random(7)
    start = datetime(2025, 1, 2, 0, 30)
    found = []
    for number in range(count):
        when = start + timedelta(minutes=draw.randrange(500 * 24 * 60))
        who = number % customers + 1
        found.append(
            {
                "number": 1000 + number,
                "who": who,
                "when": when,
                "amount": round(draw.lognormvariate(4.5, 1), 2),
            }
        )
    return found


def write(folder, rows: list[dict], name: str = "transactions.csv", delimiter: str = ",") -> None:
    """Write rows as a CSV file, every value in quotes."""
    lines = [delimiter.join(f'"{column}"' for column in rows[0])]
    lines += [delimiter.join(f'"{"" if v is None else v}"' for v in row.values()) for row in rows]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def shop(folder, rows: list[dict], **settings) -> dict:
    """A study file's content over transactions of these rows."""
    write(folder, rows)
    return study(folder, transactions=settings)


def study(folder, currency: str = "USD", **specs) -> dict:
    """A study file's content over the tables in a folder."""
    named = {name: spec for name, spec in specs.items() if spec}
    return {
        "title": "A shop", "as_of": "2026-06-30", "timezone": "Asia/Ho_Chi_Minh", "currency": currency,
        "source": str(folder), "tables": named,
    }  # fmt: skip


def check(folder, content: dict, today: date = TODAY) -> dict:
    """The reports of a study file with this content, by table."""
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    made = load_study(path)
    return {report.table: report for report in contracts.check(made, tables.open_source(made), today=today)}


def found(report) -> dict[str, str]:
    """{name: verdict} of a report's findings that ask for something; of several with one name the gravest."""
    asked = [one for one in report.findings if one.verdict != "PASS"]
    return {one.name: one.verdict for one in sorted(asked, key=lambda one: one.verdict == "stop")}


def one(report, name: str):
    """The gravest finding of that name."""
    return max((f for f in report.findings if f.name == name), key=lambda f: f.verdict == "stop")


def applied(content: dict, finding, which: int = 0) -> dict:
    """The study file with the proposed line number `which` of a finding's advice put into it."""
    lines = [text for text in re.findall(r"`([^`]*)`", finding.advice) if ":" in text]
    try:  # one line may hold two settings
        said = yaml.safe_load(f"{{{lines[which]}}}")
    except yaml.YAMLError:
        said = yaml.safe_load(lines[which])
    content = yaml.safe_load(yaml.safe_dump(content))
    for key, value in said.items():
        target = content if key not in TABLE_KEYS else content["tables"].setdefault(finding.table, {})
        if isinstance(value, dict):
            target[key] = target.get(key, {}) | value
        elif isinstance(value, list):
            target[key] = [*target.get(key, []), *value]
        else:
            if key == "amount":
                target.get("columns", {}).pop("amount", None)
            target[key] = value
    return content


def sale(order: dict, **more) -> dict:
    """A row of an export with the columns COLUMNS, and more."""
    plain = {"Customer": f"C{order['who']}", "Date": order["when"], "Invoice": order["number"]}
    return plain | {"Total": f"{order['amount']:.2f}"} | more


def plain_shop(folder) -> dict:
    """A study file's content over an export that asks for nothing."""
    return shop(folder, [sale(order) for order in orders()], columns=COLUMNS)


def transactions(folder, content):
    """What checking finds of the table transactions."""
    return check(folder, content)["transactions"]
