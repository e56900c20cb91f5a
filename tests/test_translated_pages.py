"""Every page of a finished report in Vietnamese and Thai: no English is left, and the numbers are those of the English."""

import html
import json
import math
import re
import shutil
import zipfile
from pathlib import Path

import pytest
import read_pages
import translated
import yaml
from matplotlib.text import Text
from playwright.sync_api import sync_playwright

from helpers import paths
from helpers.languages import LANGUAGES, speaking
from helpers.messages import Message, Value, from_record
from helpers.pages import drawn, svg, wording
from helpers.pages.records import MIME
from helpers.site import legend, render
from helpers.site.run_record import RunRecord
from helpers.study import labels
from helpers.study.catalogue import load_catalogue
from helpers.study.study import load_study
from helpers.study.table_columns import TABLES

OTHERS = [one for one in LANGUAGES if one != "en"]
MOST_VALUES = 12  # texts of the data itself, such as names of products without a label: excepted, and counted


def texts_alone(fig, alt: str) -> str:
    """What a drawing says, without drawing it."""
    svg._text_as_it_is(fig)
    said = [text.get_text() for text in fig.findobj(Text)]
    said += [
        label.get_text()
        for ax in fig.axes
        for axis in (ax.xaxis, ax.yaxis)
        for label in axis.get_ticklabels()
    ]
    said += sorted({mark.series for mark in drawn.marks(fig)})
    inner = "".join(f"<text>{html.escape(one)}</text>" for one in said if one)
    return f'<svg role="img" aria-label="{html.escape(alt)}">{inner}</svg>'


def rendered(run: Path, language: str, folder: Path, only: str = "") -> dict[str, str]:
    """{file: text} of all pages of a finished run in a language, or of one page, rendered into a folder."""
    record = RunRecord.read(run / "run.json")
    record.language = language
    study = load_study(record.study_file)
    pages = {
        name: json.loads((run / "artifacts" / name / "page.json").read_text(encoding="utf-8"))
        for name, result in record.notebooks.items()
        if result.status in ("ok", "reused")
    }
    coded = (value for page in pages.values() for value in page.get("names", []))
    record.labels = labels.names(study.labels, coded, language)
    facts = {name: fact for page in pages.values() for name, fact in page["facts"].items()}
    entries = [load_catalogue()[name] for name in pages]
    for part in ("artifacts", "executed"):
        (folder / part).symlink_to(run / part)
    shutil.copytree(run / "exports", folder / "exports")
    for name, page in pages.items():
        if only not in ("", name):
            continue
        executed = run / "executed" / f"{name}.ipynb"
        render.render_page(executed, page, facts, study, entries, folder / f"{name}.html", run=record)
    if not only:
        render.render_index(folder, record)
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.html"))}


@pytest.fixture(scope="module")
def said(small_report, tmp_path_factory):
    """{language: (folder, {file: text})} of the small report's pages, each language rendered when it is asked for."""
    made: dict[str, tuple[Path, dict[str, str]]] = {}

    def of(language: str) -> tuple[Path, dict[str, str]]:
        if language not in made:
            folder = tmp_path_factory.mktemp(language)
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(svg, "drawings", texts_alone)
                made[language] = folder, rendered(small_report, language, folder)
        return made[language]

    return of


def values_of_the_data(run: Path) -> frozenset[str]:
    """Names that the company gave: they stay as they are where the study has no label for them."""
    study = yaml.safe_load((paths.REPORTS / "demo.yaml").read_text(encoding="utf-8"))
    coded = {
        name for file in run.glob("artifacts/*/page.json") for name in json.loads(file.read_text())["names"]
    }
    columns = {
        line.split(",")[1]
        for line in (run / "exports" / "columns.csv").read_text(encoding="utf-8").split("\n")[1:-1]
    }
    names = {
        name for table in TABLES.values() for name in (table.name, *(column.name for column in table.columns))
    }
    return frozenset({study["title"], "VND", "THB", "USD", *coded, *columns, *names})


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_is_left_on_any_page(said, small_report, language):
    _, pages = said(language)
    known = values_of_the_data(small_report)
    left = {
        (name, text)
        for name, page in pages.items()
        for text in translated.texts(page)
        if translated.left_in_english(text, language, known)
    }
    assert "report.html" in pages and len(pages) > 20
    assert len(left) <= MOST_VALUES, sorted(left)


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_of_a_page_is_that_of_the_english_page(said, small_report, language):
    english, theirs = said("en")[1], said(language)[1]
    known = values_of_the_data(small_report)
    same = {
        (name, text)
        for name, page in theirs.items()
        for text in translated.said_as_in_english(page, english[name], known)
    }
    assert len(same) <= MOST_VALUES, sorted(same)


@pytest.mark.parametrize("language", OTHERS)
def test_every_letter_of_every_page_is_in_a_font_that_comes_along(said, language):
    letters = {
        letter
        for page in said(language)[1].values()
        for text in translated.texts(page)
        for letter in text
        if not letter.isspace()
    }
    own = translated.own_letters(letters, language)
    assert len(own) > 60 and not own - translated.in_fonts(language)
    assert not letters - {*map(chr, own)} - translated.EVERYWHERE


@pytest.mark.parametrize("language", OTHERS)
def test_the_executive_page_fits_its_first_screen_and_two_sheets(small_report, tmp_path, language):
    if not Path(read_pages.CHROMIUM).exists():
        pytest.skip("no browser")
    rendered(small_report, language, tmp_path, only=read_pages.SUMMARY)
    file = tmp_path / f"{read_pages.SUMMARY}.html"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=read_pages.CHROMIUM, args=read_pages.FLAGS)
        page = browser.new_page(viewport=read_pages.LAPTOP)
        page.goto(file.as_uri())
        assert page.evaluate(read_pages.BELOW) == [] and not [*read_pages.printed(browser, file)]


def test_no_line_begins_with_the_sign_of_repetition(said):
    pages = said("th")[1]
    assert any("\u00a0ๆ" in page for page in pages.values())
    assert not [name for name, page in pages.items() if " ๆ" in page or "\nๆ" in page]


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_is_left_in_the_workbook(said, small_report, language):
    folder, _ = said(language)
    known = values_of_the_data(small_report)
    shared = zipfile.ZipFile(folder / "tables.xlsx").read("xl/sharedStrings.xml").decode("utf-8")
    found = {html.unescape(one) for one in re.findall(r"<t\b[^>]*>(.*?)</t>", shared, re.S)}
    assert len(found) > 200
    left = sorted(one for one in found if translated.left_in_english(one, language, known))
    assert len(left) <= MOST_VALUES, left


def test_english_that_is_left_would_be_found():
    page = '<p>Giá trị <strong>revenue per month</strong></p><svg aria-label="Bars"><text>revenue per month</text></svg>'
    left = [translated.left_in_english(text, "vi") for text in translated.texts(page)]
    assert left == ["revenue per", "Bars", "revenue per"]
    assert translated.left_in_english("Pareto/NBD, R-hat 1.004", "vi") == ""
    assert translated.left_in_english("by channel: search", "th") and not translated.left_in_english(
        "ช่องทาง", "th"
    )


# ---- numbers
def told(run: Path) -> list[Value]:
    """Every value that a run's pages say: of answers, facts, checks, sentences, tables and figures."""
    found: list[Value] = []

    def gather(stored) -> None:
        if isinstance(stored, list | tuple):
            for one in stored:
                gather(one)
        elif isinstance(stored, Message):
            gather(list(stored.fields.values()))
        elif isinstance(stored, Value):
            found.append(stored)
        elif isinstance(stored, dict) and (
            "message" in stored or {"kind", "value", "options"} <= stored.keys()
        ):
            gather(from_record(stored))
        elif isinstance(stored, dict):
            gather(list(stored.values()))

    for file in sorted(run.glob("artifacts/*/page.json")):
        gather(json.loads(file.read_text(encoding="utf-8")))
    for file in sorted(run.glob("executed/*.ipynb")):
        for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
            gather(
                [output["data"][MIME] for output in cell.get("outputs", []) if MIME in output.get("data", {})]
            )
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_every_value_of_the_pages_is_the_same_number(small_report, language):
    values = {repr(one): one for one in told(small_report) if one.kind != "verbatim"}.values()
    assert len(values) > 500
    other = []
    for value in values:
        english = wording.say(value)
        with speaking(language):
            theirs = wording.say(value)
        if not translated.same_numbers(english, theirs, language):
            other.append((value, english, theirs))
    assert other == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_numbers_in_the_tables_of_a_page_are_those_of_the_english_page(said, language):
    english, theirs = said("en")[1], said(language)[1]
    other, seen = [], 0
    for name, page in english.items():
        pairs = zip(translated.cells_of(page), translated.cells_of(theirs[name]), strict=True)
        for pair in pairs:
            seen += 1
            if not translated.same_cells(*pair, language):
                other.append((name, *pair))
    assert seen > 3000 and not other


def test_numbers_are_read_as_they_are_written_there():
    read = translated.numbers
    assert read("−1.234,5 triệu ₫ từ 12,3% vào 30 tháng 6 năm 2026", "vi") == [-1234.5e6, 12.3, 30, 2026]
    assert read("1,234 ล้านบาท เมื่อ 30 มิถุนายน 2569", "th") == [1234e6, 30, 2026]
    assert read("1.23 billion VND (1.20 to 1.25 billion VND).", "en") == [1.23e9, 1.2e9, 1.25e9]
    assert translated.same_cells("Below Zero", "Dưới 0", "vi") and translated.same_cells(
        "15.1 (0.8)", "15,081 (762)", "th"
    )
    assert not translated.same_cells("15.1", "15,181", "th") and not translated.same_cells(
        "15.1", "15.2", "th"
    )
    assert not translated.same_cells("15.1", "15.081", "vi")
    assert not translated.same_numbers("12 %", "13%", "vi") and math.isfinite(read("3 ล้าน", "th")[0])


@pytest.mark.parametrize("language", OTHERS)
def test_every_list_is_explained_in_the_language(said, small_report, language):
    folder, _ = said(language)
    told = (folder / "exports" / legend.NAME).read_text(encoding="utf-8")
    assert not [line for line in told.split("\n") if translated.left_in_english(line, language)]
    lists = sorted((small_report / "exports").glob("*.csv"))
    columns = {name for file in lists for name in file.read_text(encoding="utf-8").split("\n")[0].split(",")}
    assert len(lists) > 10 and [name for name in columns if f"- `{name}`: " not in told] == []
