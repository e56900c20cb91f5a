"""What a run publishes does not bound what it hides, and the audit that says so finds planted leaks."""

import json
from datetime import date

import numpy as np
import pandas as pd
import privacy_audit
import pytest

from helpers.clv import spend_fit, spend_history
from helpers.customers import concentration, kinds
from helpers.inference import small_groups
from helpers.messages import count, message, people
from helpers.pages import groups, shown, tables
from helpers.pages.records import MIME, Table, column
from helpers.pages.wording import say
from helpers.site import figure_groups, render
from helpers.site.data_files import DataFiles
from helpers.site.prose import Prose
from helpers.site.recorded_tables import agreement
from helpers.site.run_record import RunRecord
from helpers.views import customer_base, customer_revenue, customer_value_walk, value_tier_answers

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


def found(*records, told=(), rows=()):
    """The leaks in these tables, messages and rows of files, hidden as a run hides them."""
    agreed = groups.agreement([one["groups"] for one in records])
    return privacy_audit.judge([published(records, agreed, told, rows)])


def published(records, agreed=frozenset(), told=(), rows=()):
    with groups.agreed(agreed):
        tables = [("page", one, groups.left_out(one["groups"])) for one in records]
    return privacy_audit.Published(tables, [*records, *told], [[*rows]])


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


@pytest.mark.parametrize(
    "row",
    [
        ["Promising", "15"],
        ["Revenue", "Promising", "1500"],
        ["promising", f"{15 / 1119:.10g}"],
        ["2026-01", f"{1500 / 172_400:.10g}", "Promising"],
    ],
)
def test_the_audit_finds_a_figures_file_that_names_what_a_table_hides(row):
    assert found(record(), rows=[["x", "y"], ["Loyal", "200"], ["Promising", "7.5"]])[1] == []
    assert found(record(), rows=[["Loyal", "3"], ["Promising", "15"]])[1] == [], (
        "a place on an axis, as others show"
    )
    _, leaks = found(record(), rows=[row])
    assert len(leaks) == 2, "both hidden groups follow, one from the other"


def test_the_audit_finds_what_two_reports_tell_together():
    grown = record(SEGMENTS.assign(customers=[14, 15, 230, 950], revenue=[5e3, 15e2, 1e5, 9e4]))
    first = published([record()])
    assert privacy_audit.judge([first])[1] == []
    _, leaks = privacy_audit.judge([first, published([grown])])
    assert "New') is 4, known to be 4 to 4" in leaks[0], "the unchanged Promising is shown by the second"
    agreed = groups.agreement([grown["groups"]], groups.agreement([record()["groups"]]))
    assert privacy_audit.judge([first, published([grown], agreed)])[1] == []


def test_a_group_that_grew_does_not_tell_what_it_was_beside_one_that_did_not():
    frame = SEGMENTS.assign(customers=[7, 4, 6, 900], revenue=[700.0, 400.0, 650.0, 80_000.0])
    before, now = record(frame), record(frame.assign(customers=[7, 4, 12, 905]))
    hid = groups.agreement([before["groups"]])
    stays = groups.agreement([now["groups"]], hid)
    assert ("Loyal", 12) in stays
    assert privacy_audit.judge([published([before], hid), published([now], stays)])[1] == []
    alone = groups.agreement([now["groups"]])
    _, leaks = privacy_audit.judge([published([before], hid), published([now], alone)])
    assert any("Loyal') is 6, known to be 6 to 6" in one for one in leaks)
    everybody = record(frame.assign(customers=[8, 5, 12, 905]))
    assert ("Loyal", 12) not in groups.agreement([everybody["groups"]], hid), "no sum is known of those alone"


def test_the_audit_finds_two_tables_that_hide_different_groups():
    other = SEGMENTS.assign(revenue=[900.0, 10.0, 950.0, 8000.0])
    records = [record(), record(other)]
    assert [one["groups"]["hidden"] for one in records] == [
        [True, True, False, False],
        [True, True, True, False],
    ]
    assert found(*records)[1] == []
    _, leaks = privacy_audit.judge([published(records)])
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


def test_what_a_dash_means_is_not_said_of_parts_that_are_hidden():
    frame = SEGMENTS.assign(open=[1, 3, 12, 40], customers=50, days=[1.0, 2.0, 3.0, 4.0])
    columns = {**COLUMNS, "days": column("Days", "number"), "open": column("Open", "count")}

    def page(table):
        said = Table(
            table, CAPTION(), columns, "customers", currency="EUR", parts=["open"], missing="not yet"
        )
        return tables.table_html(tables.record(said))

    assert "not yet" not in page(frame) and "Numbers below 10" in page(frame)
    assert "– means: not yet" in page(frame.assign(days=[1.0, None, 3.0, 4.0]))


def run_of(home, run, number, *records, as_of="2026-06-30", hidden=None):
    """A whole run of the study in `home` whose one notebook showed these tables."""
    folder = home / "runs" / run
    (folder / "executed").mkdir(parents=True)
    outputs = [{"data": {MIME: one}} for one in records]
    text = json.dumps({"cells": [{"cell_type": "code", "outputs": outputs}]})
    (folder / "executed" / "12_rfm_segments.ipynb").write_text(text)
    made = RunRecord(
        run,
        "demo",
        "demo.yaml",
        "Demo",
        as_of,
        "2026-07-01",
        status="ok",
        number=number,
        whole=True,
        hidden=hidden,
    )
    made.write(folder / "run.json")
    return folder


def test_what_an_earlier_report_hid_stays_hidden_over_several(tmp_path):
    grown = SEGMENTS.assign(customers=[14, 15, 200, 900])
    run_of(tmp_path, "one", 1, record(), hidden=[("New", 4.0), ("Promising", 15.0)])
    second = run_of(tmp_path, "two", 2, record(grown), as_of="2026-07-31")
    hidden = agreement(second, ["12_rfm_segments"])
    assert ("Promising", 15) in hidden and ("New", 4) in hidden
    run_of(tmp_path, "three", 3, record(grown), as_of="2026-08-31", hidden=sorted(hidden))
    fourth = run_of(tmp_path, "four", 4, record(grown), as_of="2026-09-30")
    assert hidden == agreement(fourth, ["12_rfm_segments"]), "what no table hides by itself any more, either"


def test_what_a_run_of_the_same_day_hid_stays_hidden(tmp_path):
    first = run_of(tmp_path, "one", 1, record())
    grown = SEGMENTS.assign(customers=[14, 15, 200, 900])
    second = run_of(tmp_path, "two", 2, record(grown))
    pages = ["12_rfm_segments"]
    assert agreement(first, pages) == {("New", 4), ("Promising", 15)}
    assert ("Promising", 15) in agreement(second, pages), "shown now, it would tell the New of before"
    assert ("New", 14) in agreement(second, pages)
    (first / "executed" / "12_rfm_segments.ipynb").write_text("{")
    assert agreement(second, pages) == frozenset(), "a file that is not whole says nothing, and stops nothing"


def test_a_figure_that_would_tell_a_hidden_number_is_left_out(tmp_path):
    drawn = [["Segment", "share of customers"], ["Loyal", 200 / 1119], ["Promising", 15 / 1119]]
    figure = {
        "figure": "some:drawing",
        "drawn": drawn,
        "labels": {"Promising": "Newly won", "Loyal": "Regulars"},
    }
    drawn[:] = [[figure["labels"].get(cell, cell) for cell in row] for row in drawn]
    harmless = figure | {"drawn": [["Segment", "points"], ["Loyal", 3], ["Promising", 15]]}
    folder = run_of(tmp_path, "one", 1, record(), figure, harmless)
    executed = {"12_rfm_segments": folder / "executed" / "12_rfm_segments.ipynb"}
    silent = figure_groups.telling(executed, agreement(folder, [*executed]))
    assert silent == {"12_rfm_segments": [figure_groups.key(figure)]}
    with figure_groups.left_out(silent["12_rfm_segments"]):
        assert figure_groups.is_left_out(figure) and not figure_groups.is_left_out(harmless)
        said = render._from_record(figure, "the picture", Prose(), DataFiles("12_rfm_segments"))
    assert "left out" in said and "the picture" not in said
    assert not figure_groups.is_left_out(figure)


def test_sentences_tell_nothing_of_a_few():
    lapsed = message("t.lapsed", "Some lapsed.")()
    window = customer_base.window(365, date(2026, 6, 30))
    few, many = pd.Series([900.0] * 9), pd.Series([900.0] * 10)
    assert customer_revenue.won_back(lapsed, few, window, "EUR", 10) == lapsed
    assert "brought 9,000 EUR" in say(customer_revenue.won_back(lapsed, many, window, "EUR", 10))
    assert value_tier_answers.referrals(9, 900.0, "EUR", 10) is None
    assert customer_value_walk.lapsed(95, 100, 1.0, 2.0, currency="EUR", smallest=10) is None
    assert [say(people(n, 10, "contract")) for n in (0, 1, 10)] == [
        "0 contracts",
        "fewer than 10 contracts",
        "10 contracts",
    ]
    owners = pd.DataFrame({"kind": ["organization"] * 3 + ["consumer"] * 20})
    told = kinds.organizations(owners, pd.Series(100.0, owners.index), 10)
    assert told.few and "what they bring is not told" in say(customer_base.organizations(told, 10))
    assert not kinds.organizations(owners, pd.Series(100.0, owners.index), 3).few


def test_what_the_best_customers_bring_is_told_of_enough_of_them():
    values = [1000.0] + [1.0] * 199
    curve = concentration.lorenz(values, smallest=10)
    assert (
        curve["customers"].tolist()[:2] == [0.0, 0.05]
        and concentration.lorenz(values)["customers"][1] == 0.01
    )
    assert concentration.customers_holding(values, 0.8) == 1 / 200
    assert concentration.customers_holding(values, 0.8, smallest=10) == 10 / 200
    buyers = pd.DataFrame({"monetary_value": np.append(np.geomspace(1, 50, 99), 9000.0)})
    spent = spend_history.spread(buyers, smallest=10)
    assert spent.edges[-1] < 50 and spent.edges[0] > 1, "neither the least nor the largest amount is an end"
    assert spent.rare_share == 0.1 and spent.customers.sum() == pytest.approx(100)


def test_quantiles_with_few_customers_beyond_are_left_out(monkeypatch):
    monkeypatch.setattr(spend_fit.gamma_gamma, "parameters", lambda tree: None)
    monkeypatch.setattr(spend_fit.gamma_gamma, "simulated_means", lambda *_: np.arange(1.0, 101))
    buyers = pd.DataFrame({"monetary_value": np.arange(1.0, 101)})
    assert spend_fit.replicated(None, buyers, 10).quantiles["level"].tolist() == [0.25, 0.5, 0.75]
    assert len(spend_fit.replicated(None, buyers, 5).quantiles) == 5
