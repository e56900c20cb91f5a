"""The pictures of the field: each holds its numbers, leaves small groups out, and is drawn for a phone, too."""

import re

import numpy as np
import pandas as pd
import pytest

from helpers.customers import rfm
from helpers.inference.intervals import Interval
from helpers.pages import drawn, figures, wording
from helpers.pages.records import Figure, decode, drawing_at
from helpers.pages.shown import figure_of, record_of
from helpers.views import customer_value, rfm_segments

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
    figures.pairs(
        ax, ["a", "b"], [10, 30], [Interval(20, 15, 20, 26), Interval(5, 1, 5, 9)], ("past", "ahead"), str
    )
    fig.draw_without_rendering()
    assert {text.get_text() for text in ax.texts} == {"10", "20", "30", "5"}
    rows = drawn.table(fig)
    assert rows[0] == ["Series", "x", "y", "low", "high"]
    assert ["past", "10", "a", "", ""] in rows and ["ahead", "5", "b", "1", "9"] in rows


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
    return pd.concat([table, few], ignore_index=True)


def test_the_grid_of_segments_holds_every_customer_once_and_no_small_field(scored):
    fields = rfm.fields(scored, 10)
    assert fields.names.loc[5, 5] == "Champions" and list(fields.names.index) == [5, 4, 3, 2, 1]
    assert fields.customers.sum().sum() == len(scored) - 3, "two in a small field, one without a purchase"
    assert np.isnan(fields.customers.loc[5, 1]) and np.isnan(fields.monetary.loc[5, 1])
    first = pd.Series({"segment": "Loyal", "monetary": 12345.0})
    text, table = looked_at(rfm_segments.grid(fields, first, WINDOW, "VND", 10))
    assert len(table) == 25 and table[0] == [
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
    from helpers.clv.customer_value import EVERYONE, worth_showing  # noqa: PLC0415

    table.loc[0, "segment"] = EVERYONE
    shown = worth_showing(table, 10)
    figure = customer_value.past_and_ahead(shown, AHEAD, "VND")
    text, rows = looked_at(figure)
    assert wording.say(figure.title).startswith("Loyal: 4.00 million VND of margin in the last year")
    assert len(rows) == 3 and "New" not in text and "Rare" not in text and ">4M</text>" in text
    assert customer_value.past_and_ahead(worth_showing(table, 1000), AHEAD, "VND") is None


@pytest.mark.parametrize(
    ("middle", "largest", "even"), [(300.0, 1e6, 100.0), (300.0, 900.0, 0.0), (0.0, 5.0, 0.0)]
)
def test_values_far_apart_ask_for_steps_of_ten(middle, largest, even):
    from helpers.clv.customer_value import Value  # noqa: PLC0415

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
