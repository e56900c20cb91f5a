"""Cut points that are kept, deal-proneness, and concentration by kind."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
import yaml

from helpers import paths
from helpers.customers import concentration, deals, rfm
from helpers.errors import StudyError
from helpers.pages.page import start
from helpers.pages.wording import say
from helpers.runs import runner
from helpers.runs.run import Options

AS_OF = date(2024, 12, 31)
RNG = np.random.default_rng(4)


def ledger_of(rows, columns):
    frame = pd.DataFrame(rows, columns=columns)
    frame["order_date"] = [AS_OF - timedelta(days=int(days)) for days in frame.pop("days")]
    return ibis.memtable(frame).mutate(order_date=ibis._.order_date.cast("date"))


def shoppers(days=800, seed=4):
    """200 customers with 5 purchases each, spread over so many days."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"{i % 200:03d}", d, v, "purchase") for i, (d, v) in enumerate(rng.random((1000, 2)) * [days, 90])
    ]
    return ledger_of(rows, ["customer_id", "days", "revenue", "kind"])


# ---- cut points
def test_kept_cut_points_are_used_again_and_keep_their_first_day():
    january, july = shoppers(seed=1), shoppers(seed=2)
    first = rfm.measure(january, AS_OF, 365)
    nothing_stated = {"recency": [], "frequency": [], "monetary": []}
    new = rfm.ruler(first, nothing_stated, "kept", None, 365, "EUR")
    assert (new.cuts, say(new.source)) == (rfm.quintiles(first), "quintiles of this run")
    kept = new.kept(date(2024, 1, 31))
    second = rfm.measure(july, AS_OF, 365)
    assert rfm.quintiles(second) != new.cuts
    again = rfm.ruler(second, nothing_stated, "kept", kept, 365, "EUR")
    assert again.cuts == new.cuts
    assert say(again.source) == "kept from the run that took them on 2024-01-31"
    assert again.kept(AS_OF).equals(kept)
    own = rfm.ruler(second, nothing_stated | {"recency": [1, 2, 3, 4]}, "kept", kept, 365, "EUR")
    assert (own.cuts.recency, own.cuts.monetary) == ((1, 2, 3, 4), new.cuts.monetary)
    assert say(own.source).endswith("recency as the study states")


@pytest.mark.parametrize(
    ("window", "currency", "wish"), [(90, "EUR", "kept"), (365, "VND", "kept"), (365, "EUR", "new")]
)
def test_cut_points_of_another_window_or_currency_are_not_used(window, currency, wish):
    measured = rfm.measure(shoppers(), AS_OF, 365)
    cuts = rfm.CutPoints((1, 2, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4))
    kept = rfm.Ruler(cuts, rfm.QUINTILES(), None, 365, "EUR").kept(AS_OF)
    assert rfm.ruler(measured, {}, wish, kept, window, currency).cuts == rfm.quintiles(measured)
    with pytest.raises(StudyError, match="cut_points is 'old'"):
        rfm.ruler(measured, {}, "old", kept, 365, "EUR")


def test_agreement_of_cut_points_at_two_dates():
    ledger = shoppers()
    measured, earlier = rfm.measure(ledger, AS_OF, 300), AS_OF - timedelta(days=90)
    old = rfm.quintiles(rfm.measure(ledger, earlier, 300))
    assert rfm.agreement(ledger, measured, old, earlier, 300) == 1.0
    odd = rfm.CutPoints((1, 2, 3, 4), (7, 8, 9, 10), (1, 2, 3, 4))
    assert rfm.agreement(ledger, measured, odd, earlier, 300) < 0.5
    assert rfm.agreement(ledger, measured, old, earlier, 750) is None, "the data does not reach that far back"


@pytest.mark.slow
def test_the_next_run_takes_the_cut_points_of_the_published_one(tmp_path):
    lines = [f"c{i % 40},2024-{1 + i % 12:02d}-{1 + i % 27:02d},{10 + (i * 37) % 91}" for i in range(400)]
    (tmp_path / "transactions.csv").write_text("\n".join(["customer_id,order_time,amount", *lines]) + "\n")
    study = tmp_path / "shop.yaml"
    content = {
        "title": "Shop",
        "as_of": "2024-11-30",
        "timezone": "UTC",
        "currency": "EUR",
        "source": str(tmp_path),
    }
    content |= {
        "notebooks": ["01_data_quality", "12_rfm_segments"],
        "overrides": {"12_rfm_segments": {"bootstrap_draws": 50}},
    }
    content["overrides"]["12_rfm_segments"]["cut_points"] = "kept"
    found = []
    for as_of in ("2024-10-31", "2024-12-31"):
        study.write_text(yaml.safe_dump(content | {"as_of": as_of}))
        assert runner.report([str(study)], Options(build=tmp_path / "build")) == runner.DONE
        latest = tmp_path / "build" / "shop" / "latest"
        found.append(pd.read_parquet(latest / "artifacts" / "12_rfm_segments" / "rfm_cut_points.parquet"))
    pd.testing.assert_frame_equal(*found)
    assert found[1]["taken_on"][0] == "2024-10-31"


def test_a_first_run_finds_nothing_published(tmp_path):
    page = start("12_rfm_segments", "cdnow", str(tmp_path / "cdnow" / "runs" / "1"))
    assert page.published("rfm_cut_points") is None
    assert paths.BUILD not in page.folder.parents


# ---- deals
COLUMNS = ["customer_id", "days", "revenue", "kind", "list_price", "quantity", "margin"]


def test_deal_share_by_hand():
    rows = [
        ("a", 10, 100.0, "purchase", 50.0, 2.0, 40.0),  # full price
        ("a", 20, 80.0, "purchase", 50.0, 2.0, 20.0),  # 20 % off
        ("a", 30, 90.0, "purchase", 100.0, None, 30.0),  # 10 % off, list price of the line
        ("a", 500, 1.0, "purchase", 100.0, 1.0, 1.0),  # before the window
        ("a", 5, -50.0, "return", 50.0, -1.0, None),
        ("b", 10, 99.5, "purchase", 100.0, 1.0, None),  # within rounding
        ("b", 10, 0.0, "returned", 100.0, 1.0, None),
        ("c", 10, 30.0, "purchase", None, 1.0, 3.0),  # no list price
    ]
    table = deals.per_customer(ledger_of(rows, COLUMNS), AS_OF, 365).set_index("customer_id").sort_index()
    assert table.index.tolist() == ["a", "b"]
    assert table["deal_share"].tolist() == pytest.approx([200 / 300, 0])
    assert table["depth"].tolist() == pytest.approx([30 / 200, 0])
    assert table["margin"].iloc[0] == 90.0 and pd.isna(table["margin"].iloc[1])


def test_habits_keep_kinds_apart_and_need_three_lines():
    rows = [("low", i, 60.0, "purchase", 100.0, 1.0, 10.0) for i in range(4)]
    rows += [("full", i, 100.0, "purchase", 100.0, 1.0, 50.0) for i in range(3)]
    rows += [("firm", i, 100.0, "purchase", 100.0, 1.0, 20.0) for i in range(3)]
    rows += [("once", 1, 10.0, "purchase", 100.0, 1.0, 5.0)]
    kind = pd.Series({"low": "consumer", "full": "consumer", "once": "consumer", "firm": "organization"})
    table = deals.habits(deals.per_customer(ledger_of(rows, COLUMNS), AS_OF, 365), kind)
    table = table.set_index(["Kind", "Habit"])
    assert table["Customers"].to_dict() == {
        ("consumer", "Full price"): 1,
        ("consumer", "Mostly discounts"): 1,
        ("organization", "Full price"): 1,
    }
    assert table.loc[("consumer", "Mostly discounts"), ["Discount", "Margin"]].tolist() == pytest.approx(
        [0.4, 1 / 6]
    )
    assert table.loc["consumer", "Share of revenue"].sum() == pytest.approx(1)
    assert deals.habits(deals.per_customer(ledger_of(rows[-1:], COLUMNS), AS_OF, 365), kind).empty


def test_margin_of_a_customer_is_known_only_when_every_line_has_one():
    rows = [("a", 1, 10.0, "purchase", 1.0, 1.0, 4.0), ("a", 2, -2.0, "return", 1.0, 1.0, -1.0)]
    rows += [("b", 1, 10.0, "purchase", 1.0, 1.0, None), ("c", 1, 0.0, "returned", 1.0, 1.0, None)]
    found = deals.margins(ledger_of(rows, COLUMNS), AS_OF, 365)
    assert found["a"] == 3.0
    assert pd.isna(found["b"])
    assert set(found.index) == {"a", "b", "c"}


# ---- concentration by kind
def test_each_kind_has_its_own_concentration():
    revenue = pd.Series([*RNG.pareto(1.6, 300) * 100, *np.full(50, 9000.0), 5.0, *np.full(12, 4.0)])
    money = pd.DataFrame({"revenue": revenue, "margin": revenue / 2})
    kind = pd.Series(["consumer"] * 300 + ["organization"] * 50 + ["not given"] + ["other"] * 12)
    table = concentration.by_kind(money, kind, smallest=10, draws=200).set_index("kind")
    assert list(table.index) == [concentration.ALL, "organization", "consumer"], (
        "a kind of one customer is left out, and the smallest other with it, so that no total tells of them"
    )
    assert table["customers"].tolist() == [363, 50, 300]
    assert table.loc["organization", "revenue"].mean == pytest.approx(0.2)
    assert table.loc["consumer", "revenue"].mean > 0.5
    assert table.loc["consumer", "margin"] == table.loc["consumer", "revenue"], (
        "half of everything is as concentrated"
    )
    money.loc[0, "margin"] = np.nan
    table = concentration.by_kind(money, kind, smallest=10, draws=200).set_index("kind")
    assert table["margin"].notna().to_dict() == {
        concentration.ALL: False,
        "organization": True,
        "consumer": False,
    }
