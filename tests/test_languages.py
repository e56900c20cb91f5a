"""Pages in Vietnamese and Thai: catalogues, numbers, dates and money as they are written there, figures, prose."""

import re
import string
import warnings
from datetime import date

import pandas as pd
import pytest
import tiny
from babel.messages.catalog import Catalog
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from helpers import languages
from helpers.checks import check
from helpers.commands import translations
from helpers.inference.intervals import Interval
from helpers.languages import LANGUAGES, LOCALE, MESSAGES, PROSE, catalogue, speaking
from helpers.messages import between, count, decimals, estimate, listing, message, money, percent, probability
from helpers.pages import figures, fonts, shown, stored_checks, wording
from helpers.pages.lines import lines
from helpers.pages.records import Figure, Table, column, drawing
from helpers.pages.wording import say
from helpers.runs import runner
from helpers.site import extraction, paragraphs, shell, words
from helpers.study import labels
from helpers.study.study import load_study

OTHERS = [one for one in LANGUAGES if one != "en"]


def entries(language, domain):
    return [one for one in catalogue(language, domain) if one.id and translations._is_said(one)]


def first(text):
    return text if isinstance(text, str) else text[0]


# ---- the catalogues
@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_gaps_of_the_english(language):
    def gaps(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    found = entries(language, MESSAGES)
    sentences = [one for one in found if one.context]
    wrong = [one.context for one in sentences if gaps(first(one.id)) != gaps(first(one.string))]
    assert len(sentences) > 30 and not wrong
    in_shell = [one for one in found if "%(" in first(one.id)]
    assert all(
        sorted(re.findall(r"%\(\w+\)s", first(one.id))) == sorted(re.findall(r"%\(\w+\)s", first(one.string)))
        for one in in_shell
    )


@pytest.mark.parametrize("language", OTHERS)
def test_prose_keeps_its_marks_and_code(language):
    for one in entries(language, PROSE):
        assert one.string.count("**") == one.id.count("**"), one.id
        assert sorted(re.findall("`[^`]+`", one.string)) == sorted(re.findall("`[^`]+`", one.id)), one.id


def test_what_pages_say_is_found_in_the_source():
    wanted = extraction.wanted(MESSAGES)
    assert wanted.get("The segment {segment} brought {share} of the money.", "x") is None
    found = {(one.context, first(one.id)) for one in wanted if one.id}
    assert (None, "Share of customers") in found  # the heading of a column
    assert (None, "customers, the best first") in found  # an axis
    assert {(None, "Plain gain"), (None, "Pooled")} <= found  # a heading, whichever a condition takes
    assert {(None, "spend of buyers"), (None, "outcome of single units")} <= found  # constants of a module
    assert (None, "Skip to the answer") in found  # the shell
    assert (None, "Who are our best customers, and who is slipping away?") in found
    assert ("noun", "{n} customer") in found and any(context == "wording.between" for context, _ in found)


def test_words_of_results_are_words_of_the_source():
    source = "".join(
        file.read_text(encoding="utf-8") for file in extraction._sources() if file.name != "words.py"
    )
    said = re.sub(r'"\s*\n\s*"', "", source)
    months = {f"{date(2026, n, 1):%B}" for n in range(1, 13)} | {
        f"{date(2026, n, 1):%b}" for n in range(1, 13)
    }
    absent = [one for one in words.WORDS if one not in said and one not in months]
    assert len(absent) < len(words.WORDS) / 5, absent


def test_the_count_of_translations_tells_translated_from_outdated():
    kept, today = Catalog(locale="vi"), Catalog()
    kept.add("old", string="cũ")
    kept.add("same", string="như nhau")
    kept.add("same", string="khác", context="a.b")
    for text in ("same", "new"):
        today.add(text)
    assert translations.counts(kept, today) == (1, 2)


# ---- numbers, money, dates
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("vi", ["1.234,5", "1,23 tỷ ₫", "35,17 US$", "12,3%", "từ 1,20 đến 1,45 triệu ₫", "30 tháng 6 năm 2026"]),
        ("th", ["1,234.5", "1,230 ล้านบาท", "35.17 ดอลลาร์สหรัฐ", "12.3%", "ระหว่าง 1.20 ถึง 1.45 ล้านบาท", "30 มิถุนายน 2569"]),
    ],
)  # fmt: skip
def test_numbers_money_and_dates_are_written_as_there(language, said):
    home = {"vi": "VND", "th": "THB"}[language]
    between_two = between(Interval(1.3e6, 1.2e6, 1.3e6, 1.45e6), money, currency=home)
    with speaking(language):
        found = [
            wording.decimals(1234.5, 1),
            wording.money(1_234_000_000, home),
            wording.money(35.17, "USD"),
            wording.percent(0.123),
            say(between_two),
            wording.day(date(2026, 6, 30)),
        ]
    assert found == said


def test_english_is_as_it_was():
    assert wording.money(1_234_000_000, "VND") == "1.23 billion VND"
    assert wording.day(date(1998, 6, 30)) == "30 June 1998" and languages.currency_unit("VND") == "VND"
    assert say(count(1, "customer")) == "1 customer" and say(count(2357, "customer")) == "2,357 customers"


def test_the_digits_of_every_kind_of_value_are_the_same_in_all_languages():
    interval = Interval(0.5, 0.4123, 0.5, 0.6)
    values = [
        money(1_234_567_890, "VND"), money(-0.5, "USD"), percent(0.0004), percent(0.98765), count(2357, "customer"),
        between(interval, percent), estimate(interval), probability(0.97), listing([count(3), count(4)]),
    ]  # fmt: skip
    for value in values:
        english = re.findall(r"\d+", say(value))
        for language in OTHERS:
            with speaking(language):
                digits = re.findall(r"\d+", say(value))
            in_millions = language == "th" and english == ["1", "23"] and digits == ["1", "230"]
            assert digits == english or in_millions, (value, language)


def test_counted_nouns_have_no_plural_there():
    with speaking("vi"):
        assert (
            say(count(1, "customer")) == "1 khách hàng" and say(count(2357, "customer")) == "2.357 khách hàng"
        )
    with speaking("th"):
        assert say(count(2357, "customer")) == "ลูกค้า 2,357 ราย"


def test_a_short_text_is_found_whatever_its_numbers():
    with speaking("vi"):
        assert languages.translated("Won in 1,090 days") == "Thành công trong 1.090 ngày"
        assert languages.translated("Lost in 90 ways") == "Lost in 90 ways"


# ---- sentences, headings, figures, prose
def test_a_sentence_that_is_not_translated_stays_english_and_one_whose_gaps_changed_too():
    unheard = message("test.unheard", "Nobody translated {this}.")
    with speaking("vi"):
        assert say(unheard(this="that")) == "Nobody translated that."


def test_labels_of_a_study_and_coded_months_are_said_in_the_language():
    given = {"tea": {"en": "tea", "vi": "trà"}, "plain": "Plain"}
    found = labels.names(given, ["coupon_2026_03"], "vi")
    assert (found["tea"], found["plain"]) == ("trà", "Plain")
    assert found["coupon_2026_03"] == "coupon, tháng 3 năm 2026"


def test_a_table_says_headings_units_and_words_in_the_language():
    frame = pd.DataFrame({"segment": ["At risk", "Phở 24"], "money": [1.5e9, 2.5e9]})
    table = Table(
        frame,
        message("test.c", "C")(),
        {"segment": "Segment", "money": column("Money", "money")},
        currency="VND",
    )
    record = shown.record_of(table)
    with speaking("vi"):
        html = shown.html_of(record)
    assert "Phân khúc" in html and "Số tiền (triệu" in html and "1.500" in html
    assert "Có nguy cơ" in html and "Phở 24" in html, "a value of the data stays as it is"


@drawing
def _bars(groups):
    fig, ax = figures.axes()
    ax.barh(groups, [1e6, 2e6], label="actual")
    figures.money_axis(ax.xaxis, "VND", "revenue")
    figures.legend(ax)
    return fig


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("vi", ["doanh thu (₫)", "thực tế", "Có nguy cơ", "2 tr"]),
        ("th", ["รายได้ (ดอง)", "ค่าจริง", "มีความเสี่ยง", "2 ล้าน"]),
    ],
)
def test_a_figure_is_labelled_again_and_measured_with_a_font_that_has_the_letters(language, texts):
    title = message("test.t", "Title")
    record = shown.record_of(Figure(_bars, {"groups": ["At risk", "Lost"]}, title(), title()))
    with speaking(language), warnings.catch_warnings():
        warnings.simplefilter("error")  # a missing glyph
        html = shown.html_of(record)
    assert [text for text in texts if text not in html] == []


def test_thai_labels_are_broken_where_a_word_ends():
    with speaking("th"):
        assert lines("อาจเป็นลูกค้าภักดี", 11) == ["อาจเป็นลูกค้า", "ภักดี"], "marks above take no room"
        assert lines("รายได้ที่มากกว่ากลุ่มควบคุม (บาท)", 12) == ["รายได้ที่มากกว่า", "กลุ่มควบคุม", "(บาท)"]
    with speaking("vi"):
        assert lines("Tiềm năng trung thành", 11) == ["Tiềm năng", "trung thành"]


def test_the_sign_of_repetition_begins_no_line():
    with speaking("th"):
        said = [languages.translated(first(one.id), one.context) for one in entries("th", MESSAGES)]
        assert any("\u00a0ๆ" in one for one in said) and not any(" ๆ" in one for one in said)
        assert lines("กลุ่มต่าง\u00a0ๆ เหมือนกัน", 8) == ["กลุ่มต่าง\u00a0ๆ", "เหมือนกัน"]


@pytest.mark.parametrize(
    ("threshold", "said"),
    [
        (message("test.least", "p >= {p}")(p=decimals(0.05, 2)), "p ≥ 0,05"),
        ("p >= 0.01", "p ≥ 0,01"),
        ("<= 0.63", "≤ 0,63"),
        ("1,235.5", "1.235,5"),
        ("from 2026-06.csv, 1.2.3", "from 2026-06.csv, 1.2.3"),
    ],
)
def test_what_a_check_asks_for_has_the_decimal_sign_of_the_language_once(threshold, said):
    stored = stored_checks.stored(check("Sample ratio", value=0.5, threshold=threshold))
    with speaking("vi"):
        assert shell.told(shell.said_check(stored), "threshold") == said


def test_a_number_and_the_word_that_counts_it_stay_on_one_line():
    with speaking("th"):
        told = wording.marked("ลูกค้า 515 ราย มูลค่า 18,200 ล้านดอง")
    assert told == "ลูกค้า 515\u00a0ราย มูลค่า 18,200\u00a0ล้าน\u2060ดอง"


def test_a_trait_and_its_labelled_value_are_both_said_in_the_language():
    with speaking("vi"), wording.labelled({"paid_social": "quảng cáo mạng xã hội"}):
        assert wording.named("channel: paid_social") == "kênh: quảng cáo mạng xã hội"


@drawing
def _halves():
    fig, ax = figures.axes()
    ax.plot([0, 2.5, 5], [0.25, 0.5, 1.5])
    return fig


def test_plain_ticks_have_the_decimal_comma_of_the_language():
    title = message("test.t", "Title")
    with speaking("vi"):
        html = shown.html_of(shown.record_of(Figure(_halves, {}, title(), title())))
    assert re.search(r">\d,\d+<", html) and not re.search(r">\d\.\d+<", html)


@pytest.mark.parametrize("language", OTHERS)
def test_fonts_come_with_the_page_and_stay_small(language):
    assert fonts.css(language).count("@font-face") == len(fonts.FACES[language]) and not fonts.css("en")
    files = list((LOCALE / "fonts").iterdir())
    assert sum(file.stat().st_size for file in files) <= 400_000
    assert "SIL Open Font License" in (LOCALE / "fonts" / "OFL.txt").read_text(encoding="utf-8")


def letters_of(faces: str) -> set[int]:
    """The letters of unicode ranges as a style sheet writes them: U+0102-0103,U+0110."""
    ends = (one[2:].partition("-") for one in faces.split(","))
    return {letter for low, _, high in ends for letter in range(int(low, 16), int(high or low, 16) + 1)}


@pytest.mark.parametrize("language", OTHERS)
def test_the_fonts_that_come_along_have_every_letter_of_the_translations(language):
    said = {
        letter
        for domain in (MESSAGES, PROSE)
        for one in entries(language, domain)
        for letter in first(one.string)
    }
    own = {
        ord(letter) for letter in said if ord(letter) > 127 and letter not in "φ∫∑≤≥→×·"
    }  # a formula's are everywhere
    own = {letter for letter in own if language == "vi" or 0x0E00 <= letter <= 0x0E7F}
    on_pages = set().union(*(letters_of(face[3]) for face in fonts.FACES[language]))
    with speaking(language):
        files = [font_manager.findfont(family) for family in fonts.families()]
    in_figures = set().union(*(FT2Font(file).get_charmap() for file in files))
    assert len(own) > 50 and not own - on_pages and not own - in_figures


def test_prose_is_found_by_paragraph_and_stays_english_where_it_changed(monkeypatch):
    known = {"The words": "Các từ", "**Tier**: what it is worth.": "**Hạng**: đáng giá bao nhiêu."}
    monkeypatch.setattr(paragraphs, "translated", lambda text, domain: known.get(text, text))
    text = (
        "## The words\n\n- **Tier**: what it\n  is worth.\n- **New**: a changed one.\n\n| a | b |\n|---|---|"
    )
    cell = {"cell_type": "markdown", "source": text}
    with speaking("vi"):
        paragraphs.in_language([cell])
    assert cell["source"] == (
        "## Các từ\n\n- **Hạng**: đáng giá bao nhiêu.\n- **New**: a changed one.\n\n| a | b |\n|---|---|"
    )


def test_another_language_is_rendered_and_nothing_runs_again(tmp_path, capsys):
    project = tiny.project(tmp_path, ("01_first", "12_double"))
    assert project.report() == runner.DONE
    assert '<html lang="en">' in (project.home / "latest" / "12_double.html").read_text()
    assert project.report(language="vi") == runner.DONE
    assert set(project.statuses().values()) == {"reused"}
    for name in ("12_double", "index"):
        page = (project.home / "latest" / f"{name}.html").read_text(encoding="utf-8")
        assert '<html lang="vi">' in page and "Chuyển đến câu trả lời" in page and "tháng 12 năm 2024" in page
    assert project.run()["language"] == "vi"
    told = capsys.readouterr().out
    assert "12_double  không đổi" in told and "2 dùng lại" in told and "Đọc: " in told


def test_a_study_says_its_language_and_another_word_is_refused(tmp_path):
    project = tiny.project(tmp_path, ("01_first",))
    study = project.study
    text = study.read_text()
    study.write_text(text + "language: th\n")
    assert load_study(study, project.options.notebooks).language == "th"
    study.write_text(text + "language: fr\n")
    with pytest.raises(Exception, match="en, vi, th"):
        load_study(study, project.options.notebooks)
