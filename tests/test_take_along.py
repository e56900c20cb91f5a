"""What a reader takes along: the report in one file and a workbook of its tables."""

import re
import shutil

import pandas as pd
import pytest
import python_calamine
from nbformat.v4 import new_code_cell, new_notebook, new_output, writes
from sample_page import EVIL, NAME, PAGES, write_run

from helpers.errors import StudyError
from helpers.inference.intervals import Interval
from helpers.messages import message
from helpers.pages.records import MIME, Table, column
from helpers.pages.shown import record_of
from helpers.site import pdf, render, whole, workbook

CAPTION = message("t.take_along", "Money per segment")


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("along")
    run = write_run(folder)
    run_dir = folder / "demo" / "runs" / "one"
    frame = pd.DataFrame(
        {
            "segment": ["=1+1", "Lost", "Few"],
            "customers": [812, 40, 7],
            "share": [
                Interval(0.5, 0.4, 0.5, 0.6),
                Interval(0.1, 0.05, 0.1, 0.2),
                Interval(0.2, 0.1, 0.2, 0.3),
            ],
        }
    )
    columns = {
        "segment": "Segment",
        "customers": column("Customers", "count"),
        "share": column("Share", "percent"),
    }
    record = record_of(Table(frame, CAPTION(), columns, "customers"), "VND", 10)
    output = new_output("display_data", data={MIME: record, "text/html": ""})
    executed = run_dir / "executed" / "12_rfm_segments.ipynb"
    executed.write_text(writes(new_notebook(cells=[new_code_cell("x", outputs=[output])])), encoding="utf-8")
    render.render_index(run_dir, run)
    return run_dir


def test_one_file_has_all_pages_and_every_link_leads_somewhere(run_dir):
    text = (run_dir / whole.NAME).read_text(encoding="utf-8")
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    links = re.findall(r' href="([^"]*)"', text)
    inside = [one[1:] for one in links if one.startswith("#")]
    assert set(inside) <= set(ids) and {entry.notebook for entry in PAGES} <= set(inside)
    assert [one for one in links if not one.startswith(("#", "data:", "http"))] == []
    assert set(re.findall(r"url\\(#([^)]+)\\)", text)) <= set(ids)
    assert text.count("<h1>") == len(PAGES) + 1 and EVIL not in text  # the checks, too
    assert f'href="{whole.NAME}"' in (run_dir / "index.html").read_text(encoding="utf-8")


def test_a_report_beyond_its_size_is_refused(run_dir, monkeypatch):
    monkeypatch.setattr(whole, "LARGEST", 1000)
    with pytest.raises(StudyError, match="Show fewer rows"):
        whole.write(run_dir, [NAME], title="t", as_of="d", stamp="s")


def test_a_web_server_may_read_the_workbook_as_it_may_the_pages(run_dir):
    modes = {
        name: (run_dir / name).stat().st_mode & 0o777 for name in (workbook.NAME, whole.NAME, "index.html")
    }
    assert len(set(modes.values())) == 1 and (run_dir / "run.json").stat().st_mode & 0o777 == 0o600, modes


def test_the_workbook_has_numbers_as_numbers_and_no_formula(run_dir):
    book = python_calamine.CalamineWorkbook.from_path(run_dir / workbook.NAME)
    assert book.sheet_names == ["12_rfm_segments"]
    rows = book.get_sheet_by_name("12_rfm_segments").to_python()
    at = next(row for row, cells in enumerate(rows) if cells[0] == "Money per segment")
    assert rows[at + 1] == ["Segment", "Customers", "Share", "Share, low", "Share, high"]
    assert rows[at + 2] == ["=1+1", 812.0, 0.5, 0.4, 0.6], "a text, not its sum"
    assert rows[at + 3] == ["Lost", *["\u2013"] * 4], (
        "without it the total less the others is the number of the next"
    )
    assert rows[at + 4] == ["Few", *["\u2013"] * 4], "small groups without numbers"


@pytest.mark.skipif(not any(map(shutil.which, pdf.BROWSERS)), reason="no browser on this machine")
def test_the_executive_page_is_printed_where_a_browser_is_there(run_dir):
    made = pdf.write(run_dir)
    assert made is not None and made.name == pdf.NAME and made.read_bytes().startswith(b"%PDF")
    assert made.stat().st_mode & 0o077 == 0, "for the owner only"


def test_without_a_browser_or_a_page_there_is_no_pdf(run_dir, monkeypatch, tmp_path):
    assert pdf.write(tmp_path) is None
    monkeypatch.setattr(pdf, "BROWSERS", ("no-such-browser",))
    assert pdf.write(run_dir) is None
    monkeypatch.setattr(pdf, "BROWSERS", ("false",))  # a browser that fails
    assert pdf.write(run_dir) is None
