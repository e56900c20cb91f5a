"""The pictures of the field: each holds its numbers, leaves small groups out, and is drawn for a phone, too."""

import re
from datetime import date
from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd
import pytest
from panels_support import MONTHS, paths, rows_of

from helpers.campaigns import alike, outcomes, panel, panel_shown, twins
from helpers.clv.customer_value import EVERYONE, Value, per_year, worth_showing
from helpers.customers import concentration, lead_value, leads, return_rates, rfm
from helpers.inference.intervals import Interval
from helpers.pages import drawn, figures, narrow, svg, wording
from helpers.pages.lines import lines
from helpers.pages.records import Figure, decode, drawing_at
from helpers.pages.shown import figure_of, record_of
from helpers.views import (
    campaign_value,
    customer_base,
    customer_value,
    experiment_balance,
    experiment_course,
    lead_funnel,
    lead_worth,
    quasi_synthetic,
    rfm_segments,
    value_tiers,
)

WINDOW = rfm_segments.window(365, pd.Timestamp("2026-06-30"))
AHEAD = customer_value.months(24)


def drawn_again(figure: Figure):
    """The drawing from the figure's record, as a page makes it."""
    record = record_of(figure)
    return drawing_at(record["figure"])(**decode(record["data"]))


def looked_at(figure: Figure | None) -> tuple[str, list[list[str]]]:
    """The HTML and the table of a figure; it has a drawing for phones."""
    assert figure is not None
    text, table = figure_of(record_of(figure))
    assert "has-narrow" in text and "<title>" in text
    return text, table


# ---- marks


def test_pairs_print_both_values_and_list_them():
    fig, ax = figures.axes()
    ends = [Interval(20, 15, 20, 26), Interval(5, 1, 5, 9)]
    figures.pairs(ax, ["a", "b"], [10, 30], ends, ("past", "ahead"), lambda value: f"{value:g}")
    fig.draw_without_rendering()
    assert {text.get_text() for text in ax.texts} == {"10", "20", "30", "5"}
    rows = drawn.table(fig)
    assert rows[0] == ["Series", "x", "y", "low", "high"]
    assert ["past", "10", "a", "", ""] in rows and ["ahead", "5", "b", "1", "9"] in rows


def test_numbers_beside_dots_stand_clear_of_the_names_on_a_phone():
    fig, ax = figures.axes()
    names = ["Need attention", "Champions"]
    second = [Interval(285e6, 213e6, 285e6, 370e6), Interval(9.1e9, 7.3e9, 9.1e9, 10.9e9)]
    figures.pairs(ax, names, [178e6, 6e9], second, ("past", "ahead"), figures.short)
    fig.set_layout_engine("constrained")
    assert narrow.lay_out(fig)
    assert min(text.get_window_extent().x0 for text in ax.texts) >= ax.get_window_extent().x0


def test_the_name_of_an_upright_axis_stays_inside_a_low_figure():
    for lay_out in (narrow.upright_names, narrow.lay_out):
        fig, ax = figures.axes(height=1.3)
        ax.plot([1, 2], [1, 2])
        ax.set_ylabel("quarter of the first purchase: customers")
        fig.set_layout_engine("constrained")
        lay_out(fig)
        fig.draw_without_rendering()
        box = ax.yaxis.label.get_window_extent()
        assert fig.bbox.y0 <= box.y0 and box.y1 <= fig.bbox.y1


@pytest.mark.parametrize(("fits", "hints"), [(True, 0), (False, 1)])
def test_a_figure_without_a_drawing_for_phones_scrolls_by_keyboard(monkeypatch, fits, hints):
    monkeypatch.setattr(narrow, "lay_out", lambda fig: fits)
    fig, ax = figures.axes()
    ax.plot([1, 2], [1, 2])
    assert svg.drawings(fig, "A line").count('class="scroll-hint"') == hints


def test_of_two_falls_in_a_row_the_numbers_stand_apart_on_a_phone():
    fig, ax = figures.axes(height=3.4)
    names = ["then", "won", "lapsed", "less active", "now"]
    figures.steps(ax, names, 998e6, [304e6, -45.5e6, -37.6e6], figures.short)
    assert narrow.lay_out(fig)
    fig.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[place + 1 :])


def test_steps_lead_from_the_start_to_the_end_each_with_its_number():
    fig, ax = figures.axes()
    figures.steps(ax, ["then", "won, new", "lost", "now"], 100.0, [30.0, -50.0], figures.short)
    fig.draw_without_rendering()
    assert [text.get_text() for text in ax.texts] == ["100", "+30", "−50", "80"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["then", "won,\nnew", "lost", "now"]
    boxes = [text.get_window_extent() for text in ax.texts]
    assert all(box.y1 <= fig.bbox.y1 for box in boxes)


def test_a_skewed_axis_keeps_small_amounts_apart_and_an_even_one_is_left_alone():
    fig, (skewed, even) = figures.axes(ncols=2)
    figures.skewed_axis(skewed.yaxis, 10.0)
    figures.skewed_axis(even.yaxis, 0.0)
    for ax in (skewed, even):
        ax.plot([1, 2, 3], [5, 100, 100_000])
        figures.money_axis(ax.yaxis, "VND", "value")
    fig.draw_without_rendering()
    places = skewed.transAxes.inverted().transform(skewed.transData.transform([(1, 5), (2, 100), (3, 1e5)]))[
        :, 1
    ]
    assert np.diff(places).min() > 0.15 and even.get_yscale() == "linear"
    assert all("10^" not in label.get_text() for label in skewed.get_yticklabels())


# ---- 12


@pytest.fixture(scope="module")
def scored():
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"r": rng.integers(1, 6, 900), "fm": rng.integers(1, 6, 900)})
    table = table.assign(monetary=100.0 * table["fm"]).query("not (r == 5 and fm == 1)")
    few = pd.DataFrame({"r": [5, 5, 0], "fm": [1, 1, 0], "monetary": [7.0, 7.0, 1.0]})
    table = pd.concat([table, few], ignore_index=True)
    return table.assign(
        segment=[
            rfm.GRID[r][fm - 1] if r else rfm.NO_PURCHASE
            for r, fm in zip(table["r"], table["fm"], strict=True)
        ]
    )


def test_the_grid_of_segments_holds_every_customer_once_and_no_small_field(scored):
    fields = rfm.fields(scored, 10)
    assert fields.names.loc[5, 5] == "Champions" and list(fields.names.index) == [5, 4, 3, 2, 1]
    truth = scored[scored["r"] > 0].groupby(["r", "fm"]).size().unstack().reindex_like(fields.customers)
    shown = fields.customers.notna()
    assert (fields.customers[shown] == truth[shown]).sum().sum() == shown.sum().sum()
    assert not shown.loc[5, 1] and not fields.monetary.notna().loc[5, 1], "two are too few"
    assert (~shown).sum().sum() >= 2, "hidden alone it is the total less the others"
    first = pd.Series({"segment": "Loyal", "monetary": 12345.0})
    text, table = looked_at(rfm_segments.grid(fields, first, WINDOW, "VND", 10))
    assert len(table) == 1 + shown.sum().sum() and table[0] == [
        "Segment",
        "Recency",
        "Frequency and money",
        "Customers",
        "Money",
    ]
    assert ["Champions", "5", "5"] in [row[:3] for row in table] and ["New", "5", "1"] not in [
        row[:3] for row in table
    ]
    assert ">New</text>" in text and text.count(">Champions</text>") == 4


# ---- 24


def test_past_and_ahead_leave_small_segments_out():
    value = [Interval(mean, 0.9 * mean, mean, 1.1 * mean) for mean in (9e6, 6e6, 3e6, 2e6)]
    table = pd.DataFrame(
        {
            "segment": ["all", "Loyal", "New", "Rare"],
            "customers": [459, 400, 9, 50],
            "current": [6.5e6, 4e6, 1e6, 1.5e6],
            "value": value,
        }
    ).assign(mean=[one.mean for one in value])
    table.loc[0, "segment"] = EVERYONE
    table = per_year(table.assign(horizon_months=24.0))
    shown, everyone = worth_showing(table, 10), table.iloc[0]
    figure = customer_value.past_and_ahead(shown, everyone, AHEAD, "VND")
    text, rows = looked_at(figure)
    title = wording.say(figure.title)
    assert title.startswith("All customers brought 6.50 million VND of margin in the last year")
    assert "4.50 million VND a year is expected" in title  # 9 million over two years
    assert len(rows) == 3 and "New" not in text and "Rare" not in text
    assert ">4M</text>" in text and ">3M</text>" in text  # of Loyal, both per year
    assert customer_value.past_and_ahead(worth_showing(table, 1000), everyone, AHEAD, "VND") is None


def test_a_number_stands_at_its_dot_and_not_at_the_end_of_an_interval():
    _fig, ax = figures.axes()
    figures.pairs(ax, ["a"], [5.0], [Interval(2.0, 0.0, 2.0, 9.0)], ("before", "after"), str)
    assert {text.get_text(): text.xy for text in ax.texts} == {"5.0": (5.0, 0), "2.0": (2.0, 0)}


@pytest.mark.parametrize(
    ("middle", "largest", "even"), [(300.0, 1e6, 100.0), (300.0, 900.0, 0.0), (0.0, 5.0, 0.0)]
)
def test_values_far_apart_ask_for_steps_of_ten(middle, largest, even):
    customers = pd.DataFrame({"mean": [middle] * 9 + [largest], "p95": [middle] * 9 + [largest]})
    assert Value(customers, {}).even_up_to == even


def test_every_number_on_hover_is_a_number_a_reader_knows():
    """No power of ten, no code, no gap on hover."""
    fig, ax = figures.axes()
    ax.set_yscale("log")
    ax.plot([1, 2], [0.00005, 1e9])
    text = figures.figure_html(fig, "t", "a")
    assert not re.search(r"<title>[^<]*(e-0|mathdefault|nan)", text)


@pytest.mark.parametrize("value", [999.6, 999_600, 0.00004, 1e-9, -999.7, 99.96, 1e15, 0.0, 12_345.6])
def test_no_axis_speaks_in_powers_of_ten(value):
    assert "e" not in figures.short(value)
    assert "e" not in wording.number(value)


def test_a_rounded_number_takes_the_next_unit():
    assert (figures.short(999.6), figures.short(999_600), figures.short(999.4)) == ("1k", "1M", "999")


# ---- 11


def test_cohorts_come_back_as_they_were_made_and_unfinished_quarters_are_blank():
    """Twenty customers a quarter; of the first cohort 12 come back one quarter later and 3 two quarters later."""
    rows = [(f"{q}-{i}", f"2025-{3 * q + 2:02d}-10") for q in range(4) for i in range(20)]
    rows += [(f"0-{i}", "2025-05-20") for i in range(12)] + [(f"0-{i}", "2025-08-20") for i in range(3)]
    rows += [(f"1-{i}", "2025-08-20") for i in range(11)]
    days = ibis.memtable(pd.DataFrame(rows, columns=["customer_id", "order_date"])).mutate(
        order_date=ibis._.order_date.cast("date")
    )
    found = return_rates.triangle(days, date(2025, 9, 1), 10)  # the month of September is whole
    assert list(found.shares.index) == ["2025 Q1", "2025 Q2"] and list(found.customers) == [20, 20]
    assert found.shares.loc["2025 Q1", 1] == 0.6 and np.isnan(found.shares.loc["2025 Q1", 2]), (
        "three are too few"
    )
    assert np.isnan(found.shares.loc["2025 Q2", 1]), "it tells the three by subtraction"
    text, table = looked_at(customer_base.returning(found, 10))
    assert table[1:] == [["2025 Q1: 20", "1", "0.6"]] and "2025 Q1: 20" in text
    assert return_rates.triangle(days, date(2025, 9, 30), 21) is None
    assert return_rates.triangle(days, date(2025, 4, 30), 10) is None, "no quarter is over"


# ---- 14, 25


def test_leads_are_counted_once_in_each_stage_they_came_to():
    reached = np.array(
        [[5.0, 6, 7]] * 30 + [[5, 6, np.nan]] * 20 + [[5, np.nan, np.nan]] * 40 + [[1, 6, 7]] * 9
    )
    lost = np.array([np.nan] * 30 + [9.0] * 20 + [9.0] * 25 + [np.nan] * 15 + [np.nan] * 9)
    frame = pd.DataFrame({"channel": ["web"] * 99})
    found = leads.Funnel(
        frame, ("created_at", "mql_at", "won_at"), reached, lost, 2.0, pd.Timestamp("2025-01-01")
    )
    passed = found.passed(10)
    assert passed.stages.loc["lead"].tolist() == [90, 50, 25, 15]
    assert passed.stages.loc["MQL"].tolist() == [50, 30, 20, 0] and passed.leakiest == "MQL"
    text, table = looked_at(lead_funnel.passed(passed))
    assert ["went on", "50", "lead"] in table and ">50</text>" in text
    few = found.passed(16).stages.loc["lead"]
    assert np.isnan(few["open"]) and np.isnan(few["lost"]) and few["advanced"] == 50, (
        "one of both tells the other"
    )
    looked_at(lead_funnel.passed(found.passed(16)))
    assert list(found.passed(51).stages.index) == ["lead"] and np.isnan(
        found.passed(51).stages.loc["lead", "advanced"]
    )
    assert found.passed(91) is None


def test_tenths_fall_and_their_lift_is_over_the_mean():
    values = pd.Series(np.arange(100.0))
    found = concentration.by_tenth(values, 10)
    assert list(found["part"]) == list(range(1, 11)) and found["mean"].iloc[0] == 94.5
    assert found["lift"].iloc[0] == pytest.approx(94.5 / 49.5)
    assert len(concentration.by_tenth(values, 30)) == 3, "no group smaller than may be shown"
    assert concentration.by_tenth(-values, 10)["lift"].isna().all()
    _, table = looked_at(value_tiers.by_tenth(found, value_tiers.months(24), "VND"))
    assert len(table) == 11
    looked_at(value_tiers.by_tenth(concentration.by_tenth(-values, 10), value_tiers.months(24), "VND"))
    assert lead_value.by_tenth(pd.DataFrame({"score": [0.5] * 50}), 10) is None
    looked_at(lead_worth.by_tenth(lead_value.by_tenth(pd.DataFrame({"value": values}), 10), "VND"))


# ---- 31


def test_the_difference_from_control_is_that_of_means_with_its_own_error():
    """By hand: week by week, sums of each customer so far, and their spread over all who were assigned."""
    rng = np.random.default_rng(3)
    units = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in range(60)], "arm": ["control", "coupon", "letter"] * 20}
    )
    units = units.assign(assigned_date=pd.Timestamp("2025-01-01"), window_days=28)
    bought = pd.DataFrame(
        {"customer_id": rng.choice(units["customer_id"], 200), "day": rng.integers(0, 70, 200)}
    )
    bought = bought.assign(revenue=rng.integers(1, 50, 200).astype(float), kind="purchase")
    bought["order_date"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(bought["day"], unit="D")
    book = ibis.memtable(bought).mutate(order_date=ibis._.order_date.cast("date"))
    found = outcomes.course_of_difference(units, book, "control", date(2025, 3, 31))
    assert list(found) == ["coupon", "letter"] and found["coupon"].loc[0].tolist() == [0.0, 0.0, 0.0]
    for week in (3, 8):
        sums = bought[bought["day"] < 7 * week].groupby("customer_id")["revenue"].sum()
        money = (
            units.set_index("customer_id")
            .assign(money=sums)["money"]
            .fillna(0.0)
            .groupby(units["arm"].to_numpy())
        )
        mean, error = money.mean(), (money.var(ddof=0) / (money.size() - 1))
        row = found["coupon"].loc[week]
        assert row["difference"] == pytest.approx(mean["coupon"] - mean["control"])
        reach = 1.6448536 * np.sqrt(error["coupon"] + error["control"])
        assert row["high"] - row["difference"] == pytest.approx(reach) == row["difference"] - row["low"]
    together = units.assign(cluster=units["arm"])
    assert outcomes.course_of_difference(together, book, "control", date(2025, 3, 31)) is None
    test = SimpleNamespace(unit="customer", days=28, control="control")
    text, _ = looked_at(experiment_course.ahead(found, "coupon", test, "VND"))
    assert ">coupon</text>" in text and ">letter</text>" in text
    assert experiment_course.ahead(None, "coupon", test, "VND") is None


def test_the_love_plot_shows_the_furthest_covariates_against_chance():
    rows = [
        (arm, f"trait {i}", 0, 0, (0.01 * i if arm == "a" else -0.005), 0.1)
        for i in range(20)
        for arm in "ab"
    ]
    columns = ["arm", "covariate", "control_mean", "arm_mean", "difference", "expected"]
    found = alike.Alike(0.4, pd.DataFrame(rows, columns=columns))
    shown = found.furthest()
    assert shown["covariate"].nunique() == 15 and shown["covariate"].iloc[0] == "trait 19"
    test = SimpleNamespace(control="control")
    text, table = looked_at(experiment_balance.apart(found, test))
    assert ["a", "0.19", "trait 19"] in table and "0.19" in text
    assert experiment_balance.apart(alike.Alike(None, found.differences.iloc[:0]), test) is None


# ---- 33


def test_every_treated_unit_has_its_gap_and_a_shock_leaves_the_band():
    rng = np.random.default_rng(2)
    panel_rows = paths(rng, 20, periods=24, rho=0.0, noise=0.5)
    panel_rows[:2, 16:] += 12.0
    starts = [MONTHS[16], MONTHS[16]] + [None] * 18
    data, _ = panel.prepare(rows_of(panel_rows, starts))
    found = twins.all_gaps(data, demean=True)
    assert len(found.units) == 2 and found.outside == 2 and found.left_out == 0
    assert (
        found.gap.shape == found.low.shape == (2, 24) and (found.low <= 0).all() and (found.high >= 0).all()
    )
    assert twins.all_gaps(data, demean=True, most=1).left_out == 1
    outcome = panel_shown.Outcome("revenue", is_money=True, currency="VND", scale=data.scale)
    text, table = looked_at(quasi_synthetic.gaps(found, outcome))
    assert len(table) == 1 + 2 * 24 and table[1][0] == found.units[0] and found.units[1] in text
    assert quasi_synthetic.gaps(None, outcome) is None


# ---- 34


def test_campaigns_over_the_horizon_show_a_range_where_nothing_is_identified():
    one = Interval(500.0, 100, 500, 900)
    rows = [
        ("spring", "coupon", True, one, one, -100.0, 900.0),
        ("autumn", "letter", False, one, one, -300.0, 700.0),
    ]
    columns = [
        "campaign_id",
        "arm",
        "identified",
        "incremental_clv",
        "gain_to_date",
        "reach_low",
        "reach_high",
    ]
    summary = pd.DataFrame(rows, columns=columns)
    for best, words in ((0, "over 24 months"), (1, "what lasts is not known")):
        figure = campaign_value.over_horizon(summary, summary.iloc[best], 24, "VND")
        assert words in wording.say(figure.title)
    _, table = looked_at(figure)
    assert ["500", "spring (coupon)", "100", "900"] in table
    assert "Arrows" not in wording.say(figure.caption)
    far = pd.concat(
        [summary, summary.assign(gain_to_date=[Interval(4e4, -1e5, 4e4, 3e5)] * 2)], ignore_index=True
    )
    figure = campaign_value.over_horizon(far, far.iloc[0], 24, "VND")
    assert "Arrows" in wording.say(figure.caption), (
        "one that reaches far would leave the others without a length"
    )
    looked_at(figure)


def test_a_legend_that_takes_the_place_of_line_ends_says_their_readable_names():
    with wording.labelled({"coupon_10": "10 % coupon"}):
        _fig, ax = figures.axes()
        for name in ("coupon_10", "control"):
            ax.plot([0, 1], [0, 1], label=name)
        figures.label_line_ends(ax)
        assert narrow.line_ends_above(ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["10 % coupon", "control"]


def test_a_number_and_its_unit_stay_on_one_line_of_a_label():
    for signs in (10, 13, 16, 20):
        told = lines("partner bonus (3 % bonus), 50,000 VND voucher", signs)
        assert any("3 %" in line for line in told) and any("50,000 VND" in line for line in told)
