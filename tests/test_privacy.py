"""What a run publishes does not bound what it hides, and the audit that says so finds planted leaks."""

import json

import pandas as pd
import privacy_audit

from helpers.inference import small_groups
from helpers.messages import count, message
from helpers.pages import groups, shown, tables
from helpers.pages.records import Table, column

CAPTION = message("t.privacy", "Customers and revenue per segment")
COLUMNS = {"segment": "Segment", "customers": "Customers", "revenue": column("Revenue", "money")}
SEGMENTS = pd.DataFrame(
    {
        "segment": ["New", "Promising", "Loyal", "Lost"],
        "customers": [4, 15, 200, 900],
        "revenue": [900.0, 1500.0, 90_000.0, 80_000.0],
    }
)


def record(frame=SEGMENTS, **options):
    made = tables.record(Table(frame, CAPTION(), COLUMNS, "customers", currency="EUR", **options))
    return json.loads(json.dumps(made))


def found(*records, told=()):
    """The leaks in these tables and messages, hidden as a run hides them."""
    with groups.agreed(groups.agreement([one["groups"] for one in records])):
        return privacy_audit.judge([("page", one) for one in records], [*records, *told])


def test_hidden_numbers_stay_open():
    hidden, leaks = found(record())
    assert (hidden, leaks) == (4, [])
    frame = SEGMENTS.assign(kind=["a", "a", "b", "b"])
    assert found(record(frame, within="kind"))[1] == []


def test_the_audit_finds_a_group_that_is_hidden_alone(monkeypatch):
    def alone(sizes, sums=None, *, minimum, **_):
        return (pd.DataFrame(sizes) < minimum).any(axis=1).to_numpy()

    monkeypatch.setattr(small_groups, "hidden", alone)
    hidden, leaks = found(record())
    assert hidden == 2 and len(leaks) == 2
    assert "New') is 4, known to be 4 to 4" in leaks[0]


def test_the_audit_finds_a_sentence_that_names_what_a_table_hides():
    says = message("t.says", "{segment} holds {customers}.")
    told = shown.record_of(says(segment="Promising", customers=count(15, "customer")))
    _, leaks = found(record(), told=[told])
    assert len(leaks) == 2 and "known to be 4 to 4" in leaks[0], "one sentence tells both"


def test_the_audit_finds_two_tables_that_hide_different_groups():
    other = SEGMENTS.assign(revenue=[900.0, 10.0, 950.0, 8000.0])
    records = [record(), record(other)]
    assert [one["groups"]["hidden"] for one in records] == [
        [True, True, False, False],
        [True, True, True, False],
    ]
    assert found(*records)[1] == []
    _, leaks = privacy_audit.judge([("page", one) for one in records], records)
    assert len(leaks) == 1 and "Loyal') is 200, known to be 200 to 200" in leaks[0], (
        "one shows what the other hides"
    )


def test_a_part_below_the_minimum_is_left_out_with_another():
    frame = SEGMENTS.assign(open=[1, 3, 12, 40])
    columns = {**COLUMNS, "open": column("Open", "count")}
    made = tables.record(
        Table(frame.assign(customers=50), CAPTION(), columns, "customers", currency="EUR", parts=["open"])
    )
    assert made["table"][3]["cells"] == [None, None, None, 40]
    assert made["table"][2]["cells"] == frame["revenue"].tolist()
    assert "Numbers below 10" in tables.table_html(made)
