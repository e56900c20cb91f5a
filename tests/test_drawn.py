"""What a figure shows can be read on hover and taken along as CSV: the same marks, their intervals, dates and names."""

import csv
import io
import itertools
import re
from datetime import date

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sample_page import EVIL, FACTS, NAME, PAGE, PAGES, STUDY

from helpers.inference.intervals import Interval
from helpers.messages import message
from helpers.pages import drawn, figures, flow_picture
from helpers.pages.records import MIME, Figure, drawing
from helpers.pages.shown import figure_of, record_of
from helpers.site import data_files, render

TITLE, ALT = message("t.drawn_title", "Coupons pay"), message("t.drawn_alt", "One dot.")


def told(fig) -> list[list[str]]:
    fig.draw_without_rendering()
    return drawn.table(fig)


def titles(fig) -> list[str]:
    return re.findall(r"<title>(.*?)</title>", figures.figure_html(fig, "t", "a"), flags=re.S)


def test_dots_are_listed_with_name_value_and_interval():
    fig, ax = figures.axes()
    figures.dots(ax, ["Coupon", EVIL], [Interval(5.0, 1, 5, 9), Interval(-2.0, -6, -2, 2)])
    figures.money_axis(ax.xaxis, "VND", "Gain")
    figures.zero_line(ax, "x")
    assert told(fig) == [
        ["Gain (VND)", "y", "low", "high"],
        ["5", "Coupon", "1", "9"],
        ["-2", EVIL, "-6", "2"],
    ]
    assert titles(fig)[0] == "Gain (VND): 5 (1 to 9)\nCoupon" and "<script>" not in titles(fig)[1]


def test_an_interval_is_told_of_its_own_series_and_arrows_of_nothing():
    fig, ax = figures.axes()
    figures.pairs(ax, ["Loyal"], [120.0], [Interval(150, 100, 150, 200)], ("last year", "ahead"), str)
    rows = [row for row in told(fig) if "Loyal" in row]
    assert rows == [["last year", "120", "Loyal", "", ""], ["ahead", "150", "Loyal", "100", "200"]]
    fig, ax = figures.axes()
    usual, wide = Interval(5, 1, 5, 9), Interval(8, -900, 8, 900)
    figures.dots(ax, ["a", "b", "c"], [usual, usual, wide])
    figures.cut_too_wide(ax, [usual, usual, wide])
    assert [row[:2] for row in told(fig)[1:]] == [["5", "a"], ["5", "b"], ["8", "c"]]


def test_bars_by_date_and_series_are_listed_and_reference_lines_are_not():
    fig, ax = figures.axes()
    days = pd.to_datetime(["2026-01-01", "2026-02-01"])
    ax.bar(days, [2.0, 3.0], width=20, label="Revenue")
    ax.plot([0, 1], [5, 6], color=figures.PALETTE["muted"])
    ax.axhline(2, color=figures.PALETTE["bad"])
    figures.date_axis(ax.xaxis)
    assert told(fig)[1:] == [["Revenue", "2026-01-01", "2"], ["Revenue", "2026-02-01", "3"]]
    assert titles(fig)[1] == "Revenue\n1 February 2026\n3"


def test_a_band_and_vertical_lines_are_the_intervals_of_their_points():
    fig, (left, right) = figures.axes(ncols=2)
    left.plot([1, 2, 3], [2, 3, 4], color=figures.PALETTE["model"])
    figures.band(left, [1, 2, 3], [1, 2, 3], [3, 4, 5])
    right.vlines([1, 2], [0, 1], [4, 5], color=figures.PALETTE["bad"])
    right.plot([1, 2], [2, 3], "o", color=figures.PALETTE["bad"])
    rows = told(fig)
    assert rows[0] == ["Panel", "x", "y", "low", "high"]
    assert rows[1:4] == [["1", "1", "2", "1", "3"], ["1", "2", "3", "2", "4"], ["1", "3", "4", "3", "5"]]
    assert rows[4:] == [["2", "1", "2", "0", "4"], ["2", "2", "3", "1", "5"]]


def test_a_grid_and_a_flow_say_their_fields():
    fig, ax = figures.axes()
    figures.heat(ax, pd.DataFrame([[1.0, np.nan], [0.25, 0.5]], index=["a", "b"], columns=["c", "d"]))
    assert told(fig) == [["Row", "Column", "Share"], ["a", "c", "1"], ["b", "c", "0.25"], ["b", "d", "0.5"]]
    assert titles(fig)[1] == "Row: b\nColumn: c\nShare: 25.0 %"
    fig, ax = figures.axes()
    counts = pd.DataFrame([[40, 3], [20, 30]], ["old", "new"], ["old", "new"])
    flow_picture.draw(ax, counts.where(counts > 9), counts.sum(axis=1), counts.sum(axis=0), 93)
    assert [row[2] for row in told(fig)[1:]] == ["40", "20", "30"], "three people are too few to be listed"


def test_names_of_columns_stand_level_where_they_have_room():
    few = ["phin coffee", "tea and gift sets", "Quý 2 năm 2026", "a", "b"]
    many = [f"Potential loyalists {n}" for n in range(12)]
    for names, turned in ((few, 0), (many, 30)):
        fig, ax = figures.axes()
        figures.heat(ax, pd.DataFrame(np.full((2, len(names)), 0.5), index=["x", "y"], columns=names))
        labels = ax.get_xticklabels()
        assert [" ".join(one.get_text().split()) for one in labels] == names
        assert {one.get_rotation() for one in labels} == {turned}
        fig.draw_without_rendering()
        level = [one.get_window_extent() for one in labels] if not turned else []
        assert all(left.x1 < right.x0 for left, right in itertools.pairwise(level))


def test_at_most_200_marks_speak_and_a_cloud_is_a_picture_only():
    fig, ax = figures.axes()
    ax.plot(np.arange(500), np.arange(500))
    assert 100 < len(titles(fig)) <= drawn.MOST_HOVERED and len(told(fig)) == 501
    fig, ax = figures.axes()
    ax.scatter(*np.random.default_rng(1).normal(size=(2, 3000)))
    assert told(fig) == []


def test_a_text_stands_where_its_mark_is():
    fig, ax = figures.axes()
    ax.bar(["x", "y"], [1, 2])
    text = figures.figure_html(fig, "t", "a").split("figure-narrow")[0]
    rects = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"><title>', text)
    (left, top, width, height), (other_left, other_top, _, other_height) = (map(float, one) for one in rects)
    assert other_left > left + width and other_top < top and other_height > 1.5 * height
    assert abs(top + height - other_top - other_height) < 1, "both stand on zero"


# ---- the files of a page


@drawing
def _bars(names):
    fig, ax = figures.axes()
    ax.bar(names, range(1, len(names) + 1))
    return fig


@pytest.fixture
def page(tmp_path):
    """Render a page of two figures, one of them as it was shown, and return it."""

    def make(names, withheld=()):
        records = [record_of(Figure(_bars, {"names": names}, TITLE(), ALT())) for _ in range(2)]
        html, records[1]["drawn"] = figure_of(records[1])
        shown = [{MIME: records[0], "text/html": ""}, {MIME: records[1], "text/html": html}]
        cells = [new_code_cell("x", outputs=[new_output("display_data", data=one)]) for one in shown]
        path = tmp_path / "x.ipynb"
        nbformat.write(new_notebook(cells=[new_markdown_cell("# A page"), *cells]), path)
        record = PAGE | {"withheld": list(withheld)}
        return render.render_page(path, record, FACTS, STUDY, PAGES, tmp_path / f"{NAME}.html")

    return make


def test_each_figure_leads_to_its_numbers_safe_in_a_spreadsheet(page):
    made = page(["=1+1", "a"])
    assert data_files.linked(made) == [f"data/{NAME}-1.csv", f"data/{NAME}-2.csv"]
    first, second = ((made.parent / name).read_text(encoding="utf-8") for name in data_files.linked(made))
    assert [*csv.reader(io.StringIO(first))] == [["x", "y"], ["'=1+1", "1"], ["a", "2"]]
    assert second == first
    assert data_files.linked(page(["a"])) and "data/" not in data_files.without_links(made.read_text())


def test_what_is_withheld_is_not_handed_out(page):
    page(["a"])
    made = page(["a"], withheld=["Spend"])
    assert not data_files.linked(made) and not [*made.parent.glob("data/*.csv")]


def test_a_page_is_copied_with_its_files_and_a_changed_file_is_noticed(page, tmp_path):
    made = page(["a", "b"])
    (tmp_path / "next").mkdir()
    data_files.copy_page(made, tmp_path / "next" / made.name)
    assert data_files.sha256(tmp_path / "next" / made.name) == data_files.sha256(made)
    file = tmp_path / "next" / data_files.linked(made)[0]
    file.write_text("x,y\n", encoding="utf-8")
    assert data_files.sha256(tmp_path / "next" / made.name) != data_files.sha256(made)
    file.unlink()
    assert data_files.sha256(tmp_path / "next" / made.name) is None


def test_a_day_is_the_day_of_the_drawing():
    fig, ax = figures.axes()
    ax.plot([date(2026, 6, 30), date(2026, 7, 1)], [1, 2])
    assert [row[0] for row in told(fig)[1:]] == ["2026-06-30", "2026-07-01"]


def test_a_count_is_told_in_full_where_its_axis_is_short():
    fig, ax = figures.axes()
    ax.bar([0, 1], [1996, 12])
    figures.count_axis(ax.yaxis, "customers")
    assert titles(fig) == ["0\ncustomers: 1,996", "1\ncustomers: 12"]
