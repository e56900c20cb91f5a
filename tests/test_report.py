"""What readers see, without a browser: sentences, tables, figures, pages and indexes as text."""

import re
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import nbformat
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_page import EVIL, FACTS, NAME, PAGE, PAGES, STUDY, line_figure, table_html, write_run

from helpers import paths
from helpers.checks import check
from helpers.clv.customer_value import per_head
from helpers.errors import StudyError
from helpers.inference.intervals import Interval
from helpers.messages import about, between, count, estimate, mean, message, money, percent, points, signed
from helpers.pages import figures, groups, run_wording, stored_checks, svg, tables, wording
from helpers.pages.records import PIXELS, Table, column, marks_as_pixels
from helpers.site import render, shell
from helpers.views import customer_value, customer_value_answers

# ---- sentences


@pytest.mark.parametrize(
    ("value", "currency", "said"),
    [
        (1_234_567_890, "VND", "1.23 billion VND"),
        (-1_500_000, "VND", "−1.50 million VND"),
        (45_230.4, "VND", "45,230 VND"),
        (35.171, "USD", "35.17 USD"),
        (45_230.4, "USD", "45,230 USD"),
        (999_999.7, "USD", "1.00 million USD"),
        (999_960_000, "VND", "1.00 billion VND"),
        (123_456_789, "VND", "123 million VND"),
        (-0.004, "USD", "0.00 USD"),
        (0, "VND", "0 VND"),
    ],
)
def test_money(value, currency, said):
    assert wording.money(value, currency) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.1234, "12.3 %"),
        (0.0004, "less than 0.1 %"),
        (0, "0 %"),
        (1, "100 %"),
        (0.99999, "more than 99.9 %"),
        (-0.02, "−2.0 %"),
        (-0.0002, "−0.02 %"),
        (round(-0.00104 / 0.001) * 0.001 * (1 - 1e-15), "−0.1 %"),
    ],
)
def test_percent_never_rounds_to_none_or_all(share, said):
    assert wording.percent(share) == said


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            estimate(Interval(832_869, 815_320, 0, 852_110), money, currency="VND"),
            "833 thousand VND (815 to 852 thousand VND)",
        ),
        (
            between(Interval(1.84e9, 1.61e9, 0, 2.09e9), money, currency="VND"),
            "between 1.61 and 2.09 billion VND",
        ),
        (
            between(Interval(1.84e9, 0.61e9, 0, 3.09e9), money, currency="VND"),
            "between 600 million VND and 3.1 billion VND",
        ),
        (estimate(Interval(35.168, 33.1, 0, 37.25), money, currency="USD"), "35.17 USD (33.10 to 37.25 USD)"),
        (estimate(Interval(0.87, 0.23, 0, 1.512), percent), "87 % (23 to 151 %)"),
        (estimate(Interval(0.619, 0.598, 0, 0.641), percent), "61.9 % (59.8 to 64.1 %)"),
        (between(Interval(21_872, 18_632, 0, 25_092), count), "between 18,600 and 25,100"),
        (estimate(Interval(5, 5, 5, 5), money, currency="VND"), "5 VND (5 to 5 VND)"),
    ],
)
def test_numbers_carry_the_digits_that_their_interval_justifies(said, words):
    assert wording.say(said) == words


def test_a_mean_beside_its_interval_has_the_digits_of_the_interval():
    worth = message("t.justified", "{mean} each, {interval}; {other} in all, {signed}")
    ends = Interval(832_869.4, 815_320, 832_000, 852_110)
    told = worth(
        mean=money(ends.mean, "VND"),
        interval=between(ends, money, currency="VND"),
        other=money(832_868, "VND"),
        signed=signed(money(ends.mean, "VND")),
    )
    assert wording.say(told) == (
        "833 thousand VND each, between 815 and 852 thousand VND; 832,868 VND in all, +833 thousand VND"
    )


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        (853_084.0, "VND", "853 thousand VND"),
        (40_123.0, "USD", "40,100 USD"),
        (-143_098.0, "VND", "−143 thousand VND"),
        (9_302.0, "USD", "9,300 USD"),
        (44.57, "USD", "44.57 USD"),
        (0.0, "USD", "0 USD"),
        (1_234_567.0, "VND", "1.23 million VND"),
    ],
)
def test_an_estimate_without_its_interval_is_said_in_three_digits(amount, currency, said):
    assert wording.say(about(money(amount, currency))) == said


def test_a_time_zone_is_marked_whole():
    assert wording.marked("local in Asia/Ho_Chi_Minh.") == "local in <code>Asia/Ho_Chi_Minh</code>."


def test_differences_of_shares_have_the_digits_of_their_interval():
    wide, narrow = Interval(-0.268, -0.382, -0.268, -0.159), Interval(-0.092, -0.113, -0.092, -0.071)
    assert wording.say(estimate(wide, points)) == "−27 percentage points (−38 to −16 percentage points)"
    assert wording.say(estimate(narrow, points)) == "−9.2 percentage points (−11.3 to −7.1 percentage points)"


def test_means_in_a_picture_have_the_digits_of_their_intervals():
    _fig, ax = figures.axes()
    figures.dots(ax, ["Champions"], [Interval(9.06e9, 7.4e9, 9.0e9, 10.7e9)])
    figures.write_means(ax, [Interval(9.06e9, 7.4e9, 9.0e9, 10.7e9)], figures.short)
    assert [text.get_text() for text in ax.texts] == ["9.1B"]
    ax.set_xlim(0, 11e9)  # room enough on both sides
    figures.write_means(ax, [Interval(9.06e9, 7.4e9, 9.0e9, 10.7e9)], figures.short)
    assert len(ax.texts) == 2 and ax.get_xlim() == (0, 11e9)


def test_between_says_a_shared_unit_once():
    dong = lambda value: wording.money(value, "VND")  # noqa: E731
    assert wording.between(Interval(1.3e6, 1.2e6, 1.3e6, 1.45e6), dong) == "between 1.20 and 1.45 million VND"
    assert wording.between(Interval(1e6, 9e5, 1e6, 1.2e6), dong) == "between 900,000 VND and 1.20 million VND"
    assert wording.between(Interval(0.0, -0.02, 0, 0.031), wording.percent) == "between −2.0 and 3.1 %"
    assert wording.estimate(Interval(35.17, 33.1, 35, 37.25)) == "35.2 (33.1 to 37.2)"


@given(st.floats(0, 1))
def test_probability_says_words_and_a_number_that_agree(p):
    said = wording.probability(p)
    assert said.endswith("%)")
    assert ("almost impossible" in said) == (p < 0.01)


def test_words_for_probabilities_counts_and_notes():
    assert wording.probability(0.96) == "very likely (96 %)"
    assert wording.probability(0.004) == "almost impossible (less than 1 %)"
    assert wording.count(1, "customer") == "1 customer"
    assert wording.count(2357, "customer") == "2,357 customers"
    assert wording.signed(0.02, wording.percent) == "+2.0 %"
    assert wording.points(-0.012) == "−1.2 percentage points"
    assert (
        wording.points(0.0004) == "+0.04 percentage points"
        and wording.points(8e-6) == "+0.0 percentage points"
    )
    fine = Interval(0.00047, -0.00052, 0.00049, 0.00136)
    said = wording.say(between(fine, points))
    assert said == "between −0.05 and +0.14 percentage points"
    coarse = wording.say(between(Interval(-0.0082, -0.0139, -0.0082, -0.0024), points))
    assert coarse == "between −1.4 and −0.2 percentage points"
    assert wording.interval_note().startswith("Intervals are 90\u00a0% equal-tailed:")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_a_number_is_not_said(bad):
    for say in (wording.percent, wording.count, wording.number, wording.probability):
        with pytest.raises(ValueError, match="cannot be said"):
            say(bad)
    with pytest.raises(ValueError, match="not a probability"):
        wording.probability(1.2)


# ---- tables


def test_table_has_caption_scopes_and_no_style():
    df = pd.DataFrame({"Segment": ["A", "B"], "Customers": [1200, 30], "Share": [0.5, 0.0001]})
    text = table_html(df, "Caption", formats={"Share": "percent"})
    ElementTree.fromstring(text)
    assert "<caption><span>Caption</span></caption>" in text
    assert text.count('scope="col"') == 3 and text.count('scope="row"') == 2
    assert "style" not in text and 'id="' not in text and '<td class="num">1,200</td>' in text
    assert 'role="region"' in text
    assert text.count("tabindex") == 1 and 'class="scroll-hint" hidden="" tabindex="0"' in text, (
        "a stop on phones only"
    )
    assert "less than 0.1\u00a0%" in text


def test_text_from_data_is_shown_not_run():
    text = table_html(pd.DataFrame({EVIL: [EVIL], "n": [1]}), EVIL, notes=[EVIL])
    assert "<script" not in text and text.count("&lt;script&gt;") == 5


def test_small_groups_are_named_without_numbers():
    df = pd.DataFrame(
        {
            "Segment": list("ABCD"),
            "Customers": [1200, 7, 40, 60],
            "Revenue": [5e6, 123_456.0, 98_765.0, 5.5e6],
        }
    )
    text = table_html(df, "c", formats={"Revenue": "money"}, currency="VND", group_size="Customers")
    assert text.count('<td class="num">–</td>') == 4 and ">B</th>" in text
    assert not re.search("123,456|98,765|40", text), "C hides B: the total less the others would tell it"
    assert "1,200" in text and "60" in text and "2 groups are named without numbers" in text


def test_a_group_is_hidden_wherever_it_is_shown():
    """The next smallest group differs by its money from table to table; what one hides, all do."""
    small = pd.DataFrame(
        {"Segment": list("ABCD"), "Customers": [7, 40, 60, 500], "Revenue": [100.0, 1, 90, 800]}
    )
    even = small.assign(Revenue=[100.0, 90.0, 90.0, 800.0])
    columns = {"Segment": "Segment", "Customers": "Customers", "Revenue": column("Revenue", "money")}
    records = [
        tables.record(Table(one, message("t.c", "c")(), columns, "Customers", currency="VND"))
        for one in (small, even)
    ]
    assert [sum(one["groups"]["hidden"]) for one in records] == [3, 2]
    with groups.agreed(groups.agreement([one["groups"] for one in records])):
        pages = [tables.table_html(one) for one in records]
    assert [page.count("–") for page in pages] == [6, 6]
    assert "90" not in pages[1]


def test_money_columns_have_one_unit():
    df = pd.DataFrame({"Segment": ["A", "B"], "Revenue": [1.5e9, 2.4e8]})
    text = table_html(df, "c", formats={"Revenue": "money"}, currency="VND")
    assert "Revenue (million\u00a0VND)" in text and "1,500" in text and "240" in text
    with pytest.raises(ValueError, match=r"Revenue.*currency"):
        table_html(df, "c", formats={"Revenue": "money"})


def test_money_of_one_kind_has_one_unit_in_a_table_and_each_customers_its_own():
    quarters = pd.DataFrame({"Quarter": ["Q1", "Q2"], "All": [4.9e9, 10.6e9], "New": [1_497e6, 48e6]})
    quarters["Each"] = [2.4e6, 3.1e6]
    money = dict.fromkeys(("All", "New", "Each"), "money")
    text = table_html(quarters, "c", formats=money, currency="VND")
    assert "All (million\u00a0VND)" in text and "New (million\u00a0VND)" in text
    assert "4,900" in text and "48" in text and "Each (thousand\u00a0VND)" in text
    won = pd.DataFrame(
        {"Channel": ["fair"], "Cost": [138_032.0], "Value": [Interval(23.7e6, 18.3e6, 23e6, 29.7e6)]}
    )
    text = table_html(won, "c", formats={"Cost": "money", "Value": "money"}, currency="VND")
    assert "Cost (thousand\u00a0VND)" in text and "23,700 (18,300 to 29,700)" in text and "138.0" in text
    few = table_html(won[["Channel", "Cost"]], "c", formats={"Cost": "money"}, currency="USD")
    assert "Cost (USD)" in few and "138,032" in few


def test_intervals_in_tables_have_the_digits_that_they_justify():
    df = pd.DataFrame(
        {
            "Step": ["a", "b"],
            "Change": [Interval(4.04e9, 3.43e9, 4e9, 4.62e9), Interval(2.3e6, 1.9e6, 2.3e6, 2.6e6)],
            "Share": [Interval(0.053, -0.186, 0.05, 0.362), Interval(0.12, -0.0004, 0.12, 0.05)],
            "Times": [Interval(109.4, 95.89, 109, 122.59), Interval(0.12, -0.01, 0.12, 0.31)],
        }
    )
    kinds = {"Change": "money", "Share": "percent", "Times": "number"}
    text = table_html(df, "c", formats=kinds, currency="VND").replace("\u00a0", " ")
    assert "4,040 (3,430 to 4,620)" in text and "2.3 (1.9 to 2.6)" in text
    assert "5 % (−19 to 36 %)" in text and "(−0.04 to 5.0 %)" in text and "and 0 %" not in text
    assert "109 (96 to 123)" in text and "0.12 (−0.01 to 0.31)" in text


def test_an_end_next_to_zero_is_a_number_and_a_sentence_begins_large():
    growth = Interval(0.039, -0.0004, 0.039, 0.081)
    assert wording.percent(-0.0) == "0 %"
    assert wording.say(between(growth, percent)) == "between −0.04 and 8.1 %"
    assert (
        wording.say(mean(Interval(35_258, 3_000, 35_000, 68_000), money, currency="VND")) == "35 thousand VND"
    )
    held = message("test.held", "{group} holds half.")
    assert wording.sentence(held(group="espresso beans")) == "Espresso beans holds half."
    assert wording.sentence(held(group="iPhone")) == "iPhone holds half."
    assert wording.sentence(held(group="lines.csv")) == "lines.csv holds half."


def test_gaps_and_infinity_name_their_column():
    gaps = pd.DataFrame({"Segment": ["A", "B"], "Lift": [1.0, None]})
    with pytest.raises(ValueError, match=r"'Lift' has 1 gaps"):
        table_html(gaps, "c")
    assert "– means: no control group" in table_html(gaps, "c", missing="no control group")
    with pytest.raises(ValueError, match=r"'Lift' holds a number that is not finite"):
        table_html(pd.DataFrame({"Lift": [np.inf]}), "c", missing="x")
    with pytest.raises(ValueError, match=r"'Lift' holds"):
        table_html(pd.DataFrame({"Lift": [Interval(1.0, 0, 1, np.nan)]}), "c")


def test_table_refuses_what_it_cannot_show():
    df = pd.DataFrame({"a": [1]})
    with pytest.raises(ValueError, match="'b' is not in"):
        table_html(df, "c", formats={"b": "count"})
    with pytest.raises(ValueError, match="'x' of column 'a' is not one of"):
        table_html(df, "c", formats={"a": "x"})
    with pytest.raises(ValueError, match="caption"):
        table_html(df, " ")


# ---- figures


def test_figure_is_named_described_and_follows_the_scheme():
    text = line_figure()
    ElementTree.fromstring(text)
    assert '<strong class="figure-title">The model is right</strong>' in text
    assert text.count('role="img" aria-label="Two lines rise, a third above."') == 2  # wide and narrow
    assert "var(--ink, var(--jp-ui-font-color1" in text and "var(--fig-accent" in text
    assert ">Baseline</text>" in text  # text stays text
    assert "<style" not in text and "<metadata" not in text and len(text) < 40_000


def test_figures_are_the_same_every_time_and_share_no_id():
    first, again = line_figure(), line_figure()
    fig, ax = figures.axes()
    ax.plot([1, 2], [3, 4])
    other = figures.figure_html(fig, "Another", "One line.")
    assert first == again
    ids = [re.findall(r' id="([^"]+)"', text) for text in (first, other)]
    assert len(set(ids[0])) == len(ids[0])
    assert not set(ids[0]) & set(ids[1])


def test_a_grid_of_shares_follows_the_scheme_and_shows_names_as_they_are():
    shares = pd.DataFrame([[1.0, 0.0], [0.25, np.nan]], index=[EVIL, "b"], columns=["x", "y"])
    fig, ax = figures.axes()
    figures.heat(ax, shares)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [EVIL, "b"]
    assert ax.yaxis_inverted() and list(ax.get_yticks()) == [0.5, 1.5], "the first row stands at the top"
    text = figures.figure_html(fig, "Shares", "A grid.")
    ElementTree.fromstring(text)
    assert "<script>" not in text
    wide = text.split('class="figure-narrow"')[0]
    assert [number for number in ("100", "0", "25") if f">{number}</text>" not in wide] == []
    assert re.findall(r"(?:fill|stroke): ?#[0-9a-f]{6}", wide) == [], "no colour of its own"
    assert "fill: var(--fig-accent" in wide


def test_large_figures_become_pixels():
    fig, ax = figures.axes()
    ax.scatter(*np.random.default_rng(1).normal(size=(2, 20_000)), s=2)
    text = figures.figure_html(fig, "A cloud", "A round cloud.")
    assert "data:image/png" in text and len(text) < svg.LARGEST


def test_dollars_in_names_are_no_formula():
    fig, ax = figures.axes()
    ax.bar(["$5 or $10", "B_1"], [1, 2])
    assert "$5 or $10" in figures.figure_html(fig, "t", "a")


@pytest.mark.parametrize("missing", ["title", "alt"])
def test_a_figure_needs_title_and_alt(missing):
    texts = {"title": "t", "alt": "a"} | {missing: " "}
    with pytest.raises(ValueError, match=missing):
        figures.figure_html(figures.axes()[0], **texts)


def test_jupyter_does_not_show_a_figure_by_itself():
    import matplotlib.pyplot as plt  # noqa: PLC0415

    figures.axes()
    assert not plt.get_fignums()


# ---- pages


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    folder = tmp_path_factory.mktemp("build")
    run = write_run(folder)
    (folder / "demo" / "latest").symlink_to("runs/one")
    render.render_index(folder / "demo" / "runs" / "one", run)
    render.render_overview(folder)
    return folder


@pytest.fixture(scope="module")
def page(build):
    return (build / "demo" / "latest" / f"{NAME}.html").read_text(encoding="utf-8")


def test_page_puts_answer_checks_and_data_first(page):
    places = [
        page.index(text)
        for text in (
            "<h1>",
            "1.84",
            "What to do</h2>",
            ">FAIL<",
            ">REVIEW<",
            "1 check passed",
            "Half of it</h2>",
        )
    ]
    assert places == sorted(places)
    assert "<h1>What a customer is worth</h1>" in page and 'lang="en"' in page
    assert "What will our customers bring?" in page and FACTS["Data window"] in page
    assert (
        "Intervals are 90" in page and "Run one, made 22 November 2026, 14:05 UTC, with Python 3.12.3" in page
    )


def test_page_shows_no_code_noise_ids_or_errors(page):
    for hidden in ("secret", "printed noise", "careful", "customer 0004", "parameters", "example.com"):
        assert hidden not in page
    assert "<script" not in page and "&lt;script&gt;" in page


def test_page_is_one_file_with_distinct_ids(page):
    assert not re.findall(r'(?:src|href)="(?:https?:)?//|@import|url\((?!#)', page)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(set(ids)) == len(ids)
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(ids) and {"half-of-it", "detail"} <= links
    assert len(page.encode()) < 1_000_000


def test_pages_lead_to_each_other(page):
    assert (
        'rel="prev" href="12_rfm_segments.html"' in page
        and 'rel="next" href="51_executive_summary.html"' in page
    )
    assert 'href="index.html"' in page


def test_page_beyond_one_megabyte_is_refused_and_nothing_is_left(tmp_path, build):
    executed = build / "demo" / "latest" / "executed" / f"{NAME}.ipynb"
    long = PAGE | {"answer": ["long " * 300_000]}
    with pytest.raises(StudyError, match="1 MB"):
        render.render_page(executed, long, FACTS, STUDY, PAGES, tmp_path / "x.html")
    assert not list(tmp_path.iterdir())


def test_a_large_page_is_drawn_again_in_pixels_with_its_drawings_for_phones(tmp_path, build, monkeypatch):
    executed = build / "demo" / "latest" / "executed" / f"{NAME}.ipynb"
    drawn, seen = render._drawn, []
    monkeypatch.setattr(render, "LARGEST_PAGE", 100_000)
    monkeypatch.setattr(render, "_drawn", lambda *given: (seen.append(PIXELS.get()), drawn(*given))[1])
    render.render_page(executed, PAGE, FACTS, STUDY, PAGES, tmp_path / "small.html")
    render.render_page(
        executed, PAGE | {"answer": ["long " * 30_000]}, FACTS, STUDY, PAGES, tmp_path / "large.html"
    )
    assert seen == [False, False, True]
    with marks_as_pixels():
        text = line_figure()
    assert text.count("<image") == 2 and 'class="figure-narrow"' in text and "<image" not in line_figure()


def test_index_has_every_question_with_answer_badges_and_gaps(build):
    text = (build / "demo" / "latest" / "index.html").read_text(encoding="utf-8")
    assert "Cannot be answered yet: needs leads." in text
    assert f'href="{NAME}.html"' in text and "1 REVIEW" in text and "1.84" in text
    assert "not up to date" not in text and len(text.encode()) < 1_000_000


def test_what_a_page_withholds_is_folded_away_with_its_reason(tmp_path):
    run = write_run(tmp_path, "one")
    executed = tmp_path / "demo" / "runs" / "one" / "executed" / f"{NAME}.ipynb"
    text = render.render_page(
        executed, PAGE | {"withheld": ["sampling"]}, FACTS, STUDY, PAGES, tmp_path / "x.html", run=run
    ).read_text(encoding="utf-8")
    summary = text.index("Not to be used, because of “sampling”")
    assert text.index('<details class="withheld">') < summary < text.index("<figure")
    assert 'aria-label="On this page"' not in text


def test_what_another_page_asks_to_be_reviewed_bears_a_badge(tmp_path, build):
    executed = build / "demo" / "latest" / "executed" / f"{NAME}.ipynb"
    doubt = stored_checks.DOUBTED(title="Future purchases", advice="Look again.")
    page = PAGE | {"answer": [wording.record(doubt), "Equity grew."], "checks": []}
    text = render.render_page(executed, page, FACTS, STUDY, PAGES, tmp_path / "x.html").read_text("utf-8")
    assert '<p><span class="verdict review">REVIEW</span> The page “Future purchases”' in text
    assert "<p>Equity grew.</p>" in text
    run = write_run(tmp_path, "doubted")
    run.notebooks[NAME] = replace(
        run.notebooks[NAME], answer=["Equity grew.", wording.record(doubt)], checks=[]
    )
    index = render.render_index(tmp_path / "demo" / "runs" / "doubted", run).read_text("utf-8")
    assert '<p class="badges"><span class="verdict review">REVIEW of another page</span>' in index
    card = index[index.index("REVIEW of another page") - 90 :][:90]
    assert "1 REVIEW" not in card, "the page whose check it is counts it"


def test_the_doubt_and_what_to_do_stand_before_the_rest_of_the_answer(tmp_path, build):
    executed = build / "demo" / "latest" / "executed" / f"{NAME}.ipynb"
    doubt = wording.record(stored_checks.DOUBTED(title="Future purchases", advice="Look again."))
    page = PAGE | {"answer": ["Equity grew.", "By a lot.", doubt], "action": ["Keep them."], "checks": []}
    text = render.render_page(executed, page, FACTS, STUDY, PAGES, tmp_path / "x.html").read_text("utf-8")
    places = [text.index(said) for said in ("Equity grew.", "Look again.", "Keep them.", "By a lot.")]
    assert places == sorted(places) and text.count("Look again.") == 1


def test_cells_are_placed_by_their_tags(tmp_path):
    cells = [
        nbformat.v4.new_markdown_cell("# What?"),
        nbformat.v4.new_markdown_cell(
            "## The words\n\n- **Equity**: what is ahead.", metadata={"tags": ["words"]}
        ),
        nbformat.v4.new_markdown_cell(
            "## Found\n\nEquity grew.\n\nBy a bootstrap.", metadata={"tags": ["rest-is-method"]}
        ),
        nbformat.v4.new_markdown_cell("Drawn anew.", metadata={"tags": ["method"]}),
        nbformat.v4.new_markdown_cell("Read on."),
        nbformat.v4.new_markdown_cell("## The model\n\nIt is fitted.", metadata={"tags": ["method"]}),
        nbformat.v4.new_markdown_cell("First of all.", metadata={"tags": ["on-top"]}),
        nbformat.v4.new_markdown_cell("## The end\n\nGone in print.", metadata={"tags": ["screen-only"]}),
        nbformat.v4.new_markdown_cell("## Limits\n\nNot known.", metadata={"tags": ["first"]}),
    ]
    path = tmp_path / "x.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    text = render.render_page(path, PAGE, FACTS, STUDY, PAGES, tmp_path / "x.html").read_text(
        encoding="utf-8"
    )
    order = ["First of all.", "Checks that need attention", "Not known.", ">Found</h2>", "Read on.", "Gone in print.",
             "How this was worked out", ">Found</h3>", "By a bootstrap.", "Drawn anew.", "It is fitted.", ">The words</h2>",
             "popover id="]  # fmt: skip
    assert sorted(order, key=text.index) == order
    assert 'popovertarget="term-equity">Equity</button> grew' in text
    assert 'class="section screen-only"' in text
    assert text.index('<span class="stamp">Run ') < text.index("First of all."), (
        "printed, no foot takes a sheet"
    )


def test_one_page_lists_all_checks_failed_ones_first_with_links(tmp_path):
    folder = tmp_path / "demo" / "runs" / "one"
    run = write_run(tmp_path, "one")
    render.render_index(folder, run)
    text = (folder / "checks.html").read_text(encoding="utf-8")
    assert re.findall(r'verdict (\w+)">', text)[:1] == ["fail"]
    assert len(re.findall(r"<tr><td>", text)) == len(run.checks)
    assert f'<a href="{NAME}.html">' in text and EVIL not in text
    assert 'href="checks.html"' in (folder / "index.html").read_text(encoding="utf-8")
    run.notebooks.clear()
    render.render_index(folder, run)
    assert "<tr><td>" not in (folder / "checks.html").read_text(encoding="utf-8")


def test_what_a_check_found_keeps_its_numbers_whole_and_its_signs_as_they_are_written():
    stored = stored_checks.stored(
        check("sampling", value="14.8 % too low", threshold="R-hat <= 1.01, ESS >= 400")
    )
    said = shell.said_check(stored)
    assert shell.told(said, "value") == "14.8\u00a0% too low"
    assert shell.told(said, "threshold") == "R-hat ≤ 1.01, ESS ≥ 400"


def test_index_says_when_it_is_stale_and_what_failed(tmp_path):
    reason = f"Traceback\nValueError: {EVIL}"
    run = write_run(tmp_path, "failing", "failed", reason)
    folder = tmp_path / "demo" / "runs" / "failing"
    text = render.render_index(folder, run).read_text(encoding="utf-8")
    assert f"({NAME}) failed:" in text and "ValueError. What it says" in text and "Traceback" not in text
    assert "ValueError: &lt;" not in text, "an error's words may hold values of rows"
    run = write_run(tmp_path, "one")
    stale = replace(run, status="failed", reason=reason, finished="2026-11-23T06:05:00+00:00")
    text = render.render_index(tmp_path / "demo" / "runs" / "one", run, stale).read_text(encoding="utf-8")
    assert "The run of 23 November 2026, 06:05 UTC did not finish" in text and "<script" not in text


def test_overview_shows_studies_and_failures(tmp_path):
    write_run(tmp_path, "one")
    run = write_run(tmp_path, "failing", "failed", f"{NAME} failed: {EVIL}")
    (tmp_path / "demo" / "latest").symlink_to("runs/one")
    render.render_index(tmp_path / "demo" / "runs" / "failing", run)
    text = render.render_overview(tmp_path).read_text(encoding="utf-8")
    assert 'href="demo/runs/failing/index.html"' in text
    assert "demo/latest/index.html" in text and "As of 30 June 2026, made 22 November 2026" in text
    assert "did not finish" in text and "&lt;script&gt;" in text and "<script" not in text
    assert "latest/index.html" in (tmp_path / "demo" / "index.html").read_text(encoding="utf-8")


def test_overview_without_any_study(tmp_path):
    assert "No study has been run yet" in render.render_overview(tmp_path).read_text(encoding="utf-8")


def test_rendering_loads_no_modelling_package():
    heavy = ("pymc", "arviz", "pandas", "matplotlib", "nbformat")
    code = f"import sys, helpers.site.render; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_drawing_figures_again_loads_no_modelling_package():
    views = sorted(
        f"helpers.views.{path.stem}" for path in (paths.SOURCES / "helpers/views").glob("[a-z]*.py")
    )
    heavy = ("pymc", "numba", "scipy", "sklearn", "ibis", "nbformat")
    code = f"import sys, {', '.join(views)}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert len(views) > 20 and done.stdout.strip() == "[]"


def test_a_figure_is_laid_out_again_for_a_phone():
    """Panels below each other, long names in lines, names at line ends above, ticks apart."""
    fig, (left, right) = figures.axes(ncols=2, sharey=True)
    names = ["A channel with a very long name", "Another channel whose name is longer still"]
    figures.dots(left, names, [Interval(5.0, 1, 5, 9), Interval(-2.0, -6, -2, 2)])
    right.plot([0, 1], [0, 1], label="what came after the window had closed")
    figures.label_line_ends(right)
    text = figures.figure_html(fig, "Two panels", "Dots and a line.")
    wide, narrow = (float(one) for one in re.findall(r'data-panel="(\d+)"', text))
    assert narrow >= 159 and 'class="figure-drawings has-narrow"' in text
    assert left.get_position().y0 > right.get_position().y1, "below each other"
    assert right.get_legend() is not None and not right.texts and wide > 0


def test_names_that_no_phone_can_hold_leave_the_wide_drawing():
    fig, ax = figures.axes()
    ax.plot([0, 1], [0, 1])
    ax.text(0, 0.5, "x" * 70)
    assert "has-narrow" not in figures.figure_html(fig, "Too long", "A line.")


def test_what_a_customer_is_worth_has_the_digits_of_the_total():
    rows = [
        ("all customers", 7730, 18.181e9, 15.2e9, 21.1e9),
        ("Champions", 737, 9.0629e9, 7.4e9, 10.7e9),
        ("Lost", 2700, 0.2687e9, 0.214e9, 0.332e9),
    ]
    table = pd.DataFrame(rows, columns=["segment", "customers", "mean", "p05", "p95"])
    each = per_head(table.assign(p50=table["mean"], current=1e9))
    html = tables.table_html(tables.record(customer_value.segments(each, customer_value.months(24)), "VND"))
    assert re.findall(r">([\d,]+)</td></tr>", html) == ["2,350", "12,300", "100"]
    said = customer_value_answers.answer_held(each.iloc[0], Interval(0.8, 0.7, 0.8, 0.9), each.head(0), "VND")
    assert "That is 2.35 million VND per customer" in wording.say(said).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("finished", "age"),
    [
        ("2026-08-14T10:00:00+00:00", ""),
        ("2026-08-15T10:00:00+00:00", "46 days"),
        ("2026-11-28T10:00:00+00:00", "5 months"),
        ("2028-07-01T10:00:00+00:00", "2 years"),
        (None, ""),
    ],
)
def test_numbers_that_were_old_when_the_report_was_made_carry_a_warning(finished, age):
    told = run_wording.old("2026-06-30", finished)
    assert (
        told.startswith(f"These numbers are of 30 June 2026, {age} before this report: quote that day")
        if age
        else not told
    )
    facts = run_wording.with_age({"Last order": "then"}, "2026-06-30", finished)
    assert facts.get("Age of the data", "") == (f"{age} when this report was made" if age else "")


def test_the_index_and_the_executive_page_warn_of_old_numbers(tmp_path):
    run = write_run(tmp_path)  # made in November, on June's data
    folder = tmp_path / "demo" / "runs" / "one"
    render.render_index(folder, run)
    warned = [
        page.name
        for page in folder.glob("*.html")
        if "5 months before this report: quote" in page.read_text()
    ]
    assert sorted(warned) == ["51_executive_summary.html", "index.html", "report.html"]


def test_money_beside_intervals_has_the_digits_of_sentences():
    frame = pd.DataFrame({"who": ["a", "b", "c"], "past": [1_714.6e6, 14_893.2e6, 14e6]})
    ahead = [
        Interval(94e6, 35e6, 94e6, 188e6),
        Interval(18.2e9, 15.2e9, 18.2e9, 21.1e9),
        Interval(12e6, 9e6, 12e6, 15e6),
    ]
    columns = {"who": "Who", "past": column("Past", "money")}

    def cells(table):
        return re.findall(r'<td class="num">([^<]*)</td>', tables.table_html(tables.record(table, "VND")))

    beside = Table(frame.assign(ahead=ahead), "Money", columns | {"ahead": column("Ahead", "money")})
    assert cells(beside)[::2] == ["1,710", "14,900", "14"], "as the sentence: 1.71 billion"
    assert cells(Table(frame, "Money", columns)) == ["1,715", "14,893", "14"], "what is counted adds up"
