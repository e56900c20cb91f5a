"""JSON is read as the rows it holds, nested values as JSON; what holds none is refused with a way out."""

import codecs
import gzip
import json

import pytest
from formats_support import checked, load, totals
from tables_support import rows, study

from helpers import cli, paths, tables
from helpers.errors import StudyError
from helpers.study import parts
from helpers.study.study import load_study

ORDERS = [
    {"id": 1, "customer_id": {"$oid": "007"}, "order_time": {"$date": "2010-12-01T00:00:00Z"}, "amount": 12.5},
    {"id": 2, "customer_id": "8", "order_time": "2010-12-02", "amount": "6", "note": 'a "b",\nc', "buyer": None},
]  # fmt: skip
ORDERS[0]["buyer"] = {"mail": "é@a.de"}
LINES = "\n".join(map(json.dumps, ORDERS))
WAYS = {
    "transactions.jsonl": LINES.encode(),
    "transactions.ndjson": LINES.encode("utf-16"),
    "transactions.json": codecs.BOM_UTF8 + json.dumps(ORDERS, indent=2, ensure_ascii=False).encode(),
    "transactions [1].json": json.dumps({"orders": ORDERS, "next": None}).encode(),
    "transactions.csv.gz": gzip.compress(LINES.encode()),
}
REFUSED = {
    "[]": "rows of named values",
    "[1, 2]": "rows of named values",
    "{}": "rows of named values",
    '[{"a": 1}, 2]': "rows of named values",
    "a,b\n1,2": "rows of named values",
    '[{"a": 1}, {"a"': "is damaged or not whole",
    '{"a": 1}\n{"a": \n{"a": 3}': "is damaged or not whole",
    '[{"a": 1, "a": 2}]': "the key 'a' stands twice in one row",
    '[{"A": 1, "a": 2}]': '`rename_columns: {2: "a 2"}`',
    '{"orders": [{"a": 1}], "buyers": [{"b": 1}]}': "holds the lists orders, buyers",
}


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setattr(paths, "REPORTS", tmp_path_factory.mktemp("reports"))


def read(folder, name: str, **spec):
    return tables.open_source(study(folder, transactions={"path": name, **spec})).read("transactions")


@pytest.mark.parametrize("name", WAYS)
def test_rows_of_json_are_read_as_text(tmp_path, name):
    (tmp_path / name).write_bytes(WAYS[name])
    found = read(
        tmp_path, name, columns={"category": "json_extract_string(buyer, '$.mail')", "channel": "note"}
    )
    told = rows(found, "customer_id", "amount", "category", "channel")
    assert told == [("007", 12.5, "é@a.de", None), ("8", 6.0, None, 'a "b",\nc')]


@pytest.mark.parametrize("text", REFUSED)
def test_what_holds_no_rows_is_refused_with_a_way_out(tmp_path, text):
    (tmp_path / "orders.json").write_text(text)
    with pytest.raises(StudyError) as error:
        read(tmp_path, "orders.json")
    assert REFUSED[text] in str(error.value)


def test_settings_of_text_are_none_of_json_and_notes_beside_tables_are_left_out(tmp_path):
    (tmp_path / "orders.json").write_bytes(WAYS["transactions.json"])
    with pytest.raises(StudyError, match="is JSON and has no `delimiter`"):
        read(tmp_path, "orders.json", delimiter=";")
    assert parts.tables_in(tmp_path) == [tmp_path / "orders.json"]
    (tmp_path / "orders.csv").write_text("a,b\n1,2\n")
    assert parts.tables_in(tmp_path) == [tmp_path / "orders.csv"]


def test_a_study_is_drafted_from_files_of_json(tmp_path):
    whole = [
        {
            "number": 100 + n,
            "client": f"C{n % 9}",
            "created_at": f"2026-03-{n % 28 + 1:02}",
            "total": n + 0.25,
        }
        for n in range(60)
    ]
    for name, part in (("orders_1.jsonl", whole[:30]), ("orders_2.jsonl", whole[30:])):
        (tmp_path / name).write_text("\n".join(map(json.dumps, part)))
    assert cli.main(["new", "drafted", "--from", str(tmp_path)]) == 0
    drafted = load_study(paths.REPORTS / "drafted.yaml").tables["transactions"]
    assert drafted.path == "orders_*.jsonl"
    report = checked(load(tmp_path, tmp_path, {"path": drafted.path, "columns": drafted.columns}))
    assert totals(report) == (9, 60, 1785.0)
