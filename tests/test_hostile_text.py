"""Text from strangers in every place where text can enter: it stays text, on pages, in pictures, in spreadsheets."""

import csv
import io
import itertools
import json
import re
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import faults
import nbformat
import pandas as pd
import pytest
import python_calamine
import sample_page
from hostile import TEXTS
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sample_page import NAME, PAGE, table_html

from helpers.files import write_text
from helpers.languages import LANGUAGES
from helpers.messages import message
from helpers.pages import exports, figures
from helpers.pages.records import MIME, Table, column
from helpers.pages.shown import record_of
from helpers.site import failures, render, shell, whole, workbook
from helpers.site.run_record import NotebookResult
from helpers.study.catalogue import Entry

pytestmark = pytest.mark.faults

SOME = [text for text in TEXTS if text.strip() and "\ud800" not in text]
FORMULA = re.compile(r"^[\s\ufeff\u200b]*[=+\-@＝＋－＠]")
NUMBER = re.compile(r"[+-]?[\d.,]+([eE][+-]?\d+)?")


def test_no_cell_of_an_export_is_a_formula_in_any_country(tmp_path):
    table = pd.DataFrame(
        {"=1+1": pd.Series(TEXTS, dtype=object), "amount": [-1.5 * n for n in range(len(TEXTS))]}
    )
    text = exports.for_spreadsheets(table).to_csv(index=False)
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    cells += [
        cell.strip('"') for mark in ";\t|" for line in re.split(r"[\r\n]", text) for cell in line.split(mark)
    ]
    formulas = [cell for cell in cells if FORMULA.match(cell) and not NUMBER.fullmatch(cell.split(",")[0])]
    faults.counted(
        f"{len(TEXTS)} hostile texts in an export: {len(cells):,} cells read four ways, formula cells {len(formulas)}"
    )
    assert formulas == []
    again = pd.read_csv(io.StringIO(text), keep_default_na=False)
    assert again["amount"].tolist() == table["amount"].tolist()


@pytest.mark.parametrize("number", ["-12.5", "+3", "1e17", "-1,5", "007", "1e-3"])
def test_text_that_is_a_number_stays_one(number):
    assert exports.for_spreadsheets(pd.DataFrame({"a": [number]}))["a"].tolist() == [number]


def test_pictures_are_xml_whatever_their_labels_say():
    for start in range(0, len(SOME), 12):
        labels = list(dict.fromkeys(SOME[start : start + 12]))
        fig, ax = figures.axes()
        ax.barh(labels, range(len(labels)))
        ax.plot([0, 1], [0, 1], label=labels[0])
        ax.text(0.5, 0.5, labels[-1])
        ax.legend()
        found = figures.figure_html(fig, labels[0], labels[0], labels[-1])
        for one in re.findall(r"<svg class=.*?</svg>", found, re.S):
            root = ElementTree.fromstring(one)
            assert {child.tag for child in root.iter()} <= SVG
            ids = [child.get("id") for child in root.iter() if child.get("id")]
            assert len(ids) == len(set(ids)) and all(re.fullmatch(r"f[0-9a-f]{8}-\d+", one) for one in ids)


TAGS = (
    "svg",
    "title",
    "g",
    "path",
    "text",
    "tspan",
    "use",
    "defs",
    "clipPath",
    "rect",
    "image",
    "linearGradient",
    "stop",
)
SVG = {f"{{http://www.w3.org/2000/svg}}{name}" for name in TAGS}


def test_a_label_like_an_attribute_is_drawn_as_it_is():
    fig, ax = figures.axes()
    ax.barh(['x id="abc', "url(#p)", "#22272e;"], [1, 2, 3])
    found = figures.figure_html(fig, "t", 'a "quoted" alt')
    for label in ('x id="abc', "url(#p)", "#22272e;"):
        assert label in [text for one in svgs(found) for text in one.itertext()]


def svgs(text: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(one) for one in re.findall(r"<svg class=.*?</svg>", text, re.S)]


def test_no_failure_tells_a_row(tmp_path):
    told = [
        "cell 12: ValueError: could not convert string to float: 'anna@example.com'",
        "24_customer_value failed: cell 3: KeyError: 'C0004213'.",
        "cell 2: StudyError: orders.csv: 3 rows break unreadable_amount (first anna@example.com, 12,50).",
        "orders.csv: 3 rows have no readable amount (first 'anna@example.com', C0004213)",
        "anna@example.com is no number",
        "A page could not be rendered (ValueError: anna@example.com).",
    ]
    for reason in told:
        said = failures.for_readers(reason)
        assert "anna" not in said and "C0004213" not in said and "12,50" not in said, said
    assert failures.for_readers("the kernel died in cell 3 (killed by SIGKILL)").startswith(
        "the kernel died in cell 3"
    )
    run = sample_page.write_run(tmp_path, "failing", "failed", told[0])
    text = render.render_index(tmp_path / "demo" / "runs" / "failing", run).read_text(encoding="utf-8")
    assert "anna" not in text and "cell 12: ValueError" in text


def test_half_characters_are_written_as_question_marks(tmp_path):
    assert write_text(tmp_path / "x.html", "a\ud800b").read_text(encoding="utf-8") == "a?b"


def test_no_cell_of_the_workbook_is_a_formula_and_every_text_is_in_it(tmp_path):
    (tmp_path / "executed").mkdir()
    texts = [*TEXTS, "x" * 40_000]
    output = new_output("display_data", data={MIME: recorded(texts)})
    notebook = new_notebook(cells=[new_code_cell("x", outputs=[output])])
    (tmp_path / "executed" / f"{NAME}.ipynb").write_text(json.dumps(notebook))
    path = workbook.write(tmp_path, [Entry(NAME, texts[0], texts[1])])
    with zipfile.ZipFile(path) as archive:
        xml = [archive.read(one) for one in archive.namelist() if one.endswith((".xml", ".rels"))]
    tags = [child.tag.rpartition("}")[2] for part in xml for child in ElementTree.fromstring(part).iter()]
    formulas = tags.count("f") + tags.count("hyperlink") + tags.count("ddeLink")
    sheet = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    found = {str(cell) for row in sheet.to_python() for cell in row}
    lost = (
        {one.replace("\ud800", "?")[: workbook.LONGEST_CELL] for one in texts if one.strip()} - found - UNSAID
    )
    faults.counted(
        f"{len(texts)} hostile texts in a workbook: formula cells {formulas}, texts lost {len(lost)}"
    )
    assert (formulas, lost) == (0, set())


UNSAID = {"\ufffe", "a\r\nb"}  # no XML can hold the first; a spreadsheet's lines end with \n


def test_the_report_in_one_file_says_what_its_pages_say(tmp_path):
    """Its links are led within the file in tags only, never in text that looks like one."""
    texts = ['x id="abc"', 'href="index.html"', "url(#p)", 'x for="y" id="z"', "<a href=b>"]
    run_dir = hostile_pages(tmp_path, texts * 2, "en")[0].parent
    page, report = ((run_dir / name).read_text(encoding="utf-8") for name in (f"{NAME}.html", whole.NAME))
    main = re.search(r"<main.*</main>", page, re.S)[0]
    said, again = (
        {line.strip() for line in re.split(r"<[a-zA-Z/!][^<>]*>", text)} for text in (main, report)
    )
    assert said <= again, said - again


# ---- in a browser
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


AT_ONCE = 50
FILES = (f"{NAME}.html", "index.html", "checks.html", whole.NAME)
HOSTILE = """() => window.hostile === undefined && document.scripts.length === 0
  && !document.querySelector('iframe, object, form, base')"""
WIDTH = "() => document.documentElement.scrollWidth - innerWidth"


def hostile_pages(folder: Path, texts: list[str], language: str) -> list[Path]:
    """A page, the index, the checks and the whole report, with these texts wherever data, a study or notebook can put it."""
    run = sample_page.write_run(folder, "hostile")
    run.language, run.labels = language, dict(itertools.pairwise(texts))
    where = folder / "demo" / "runs" / "hostile"
    facts = dict(zip(texts, texts[::-1], strict=True))
    checks = [
        {"name": one, "verdict": "FAIL", "value": one, "threshold": one, "advice": one} for one in texts
    ]
    fig, ax = figures.axes()
    ax.barh(list(dict.fromkeys(texts[:8])), range(len(set(texts[:8]))))
    shown = [
        table_html(pd.DataFrame({texts[0] or "x": texts, "Other": texts[::-1]}), texts[1], notes=[texts[2]]),
        figures.figure_html(fig, texts[3], texts[4], texts[5]),
    ]
    outputs = [new_output("display_data", data={"text/html": one}) for one in shown]
    outputs += [new_output("display_data", data={"text/markdown": one}) for one in texts]
    outputs.append(new_output("display_data", data={"text/html": "", MIME: recorded(texts)}))
    cells = [
        new_markdown_cell("# What it is worth"),
        new_code_cell("more()", outputs=outputs),
        *map(new_markdown_cell, texts),
    ]
    nbformat.write(new_notebook(cells=cells), where / "executed" / f"{NAME}.ipynb")
    study = SimpleNamespace(**vars(sample_page.STUDY) | {"title": texts[0]})
    entries = [Entry(one.notebook, texts[6], texts[7]) for one in sample_page.PAGES]
    page = PAGE | {"answer": texts, "facts": facts, "checks": checks}
    target = where / f"{NAME}.html"
    render.render_page(where / "executed" / f"{NAME}.ipynb", page, facts, study, entries, target, run=run)
    run.title, run.status, run.reason = texts[0], "failed", texts[1]
    run.notebooks[NAME] = NotebookResult("failed", texts[2], checks=checks, answer=texts, facts=facts)
    render.render_index(where, run, run)
    return [where / name for name in FILES]


def recorded(texts: list[str]) -> dict:
    """The record of a table with these texts as values, heading, caption and note, as a notebook hands it on."""
    frame = pd.DataFrame({"a": pd.Series(texts, dtype=object), "n": [float(n) for n in range(len(texts))]})
    caption, note = (message(f"t.{n}", "{text}")(text=text or "x") for n, text in enumerate(texts[:2]))
    return record_of(
        Table(frame, caption, {"a": texts[2] or "x", "n": column("N", "count")}, None, [note]), "VND", 10
    )


@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium on this machine")
def test_in_a_browser_nothing_runs_nothing_is_fetched_and_nothing_breaks_out(tmp_path):
    ran = fetched = broken = pages = 0
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for batch, start in enumerate(range(0, len(SOME), AT_ONCE)):
            texts = (SOME[start : start + AT_ONCE] + SOME)[:AT_ONCE]
            language = LANGUAGES[batch % len(LANGUAGES)]
            for path in hostile_pages(tmp_path / str(start), texts, language):
                asked: list[str] = []
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.on("request", lambda request, asked=asked: asked.append(request.url))
                page.goto(path.as_uri())
                page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
                for width in (1280, 390):
                    page.set_viewport_size({"width": width, "height": 900})
                    pages += 1
                    ran += not page.evaluate(HOSTILE)
                    if page.evaluate(WIDTH) > 0:
                        broken += 1
                        print(path, width, page.evaluate(WIDTH))
                fetched += len([url for url in asked if not url.startswith(("data:", "file:"))]) + (
                    asked.count(path.as_uri()) != 1
                )
                page.close()
        browser.close()
    faults.counted(
        f"{len(SOME)} hostile texts on {pages} pages, in three languages, in labels, the report in one file and the list of "
        f"checks too: executed {ran}, fetched {fetched}, layout broken {broken}"
    )
    assert (ran, fetched, broken) == (0, 0, 0)
    assert len(SOME) >= 200


@pytest.mark.parametrize("template", ["layout.html.j2", "redirect.html.j2"])
def test_every_page_carries_a_policy(template):
    text = (shell.TEMPLATE / template).read_text(encoding="utf-8")
    assert 'http-equiv="Content-Security-Policy" content="{{ security_policy }}"' in text
    assert "default-src 'none'" in shell.SECURITY_POLICY
