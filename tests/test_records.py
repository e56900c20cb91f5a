"""Messages, records of figures and tables, and that words and looks change without a kernel."""

import json
import re
from datetime import date
from textwrap import dedent

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import tiny

from helpers import paths
from helpers.files import code_sha256
from helpers.inference.intervals import Interval
from helpers.messages import (
    between,
    count,
    estimate,
    from_record,
    listing,
    message,
    money,
    number,
    percent,
    signed,
)
from helpers.pages import figures, shown
from helpers.pages.records import Figure, Table, decode, drawing, encode
from helpers.pages.wording import say
from helpers.runs import runner
from helpers.site import catalogue, shell
from helpers.study.catalogue import read_notebook

BROUGHT = message("test.brought", "{segment} brought {money}, {share}; {moves} since {day}: {others}.")


def brought():
    return BROUGHT(
        segment="Champions",
        money=between(Interval(1.3e6, 1.2e6, 1.3e6, 1.45e6), money, currency="VND"),
        share=estimate(Interval(0.5, 0.4, 0.5, 0.61), percent),
        moves=signed(count(1200, "customer")),
        day=date(2026, 6, 30),
        others=listing(["Loyal", number(3.14159), 7]),
    )


# ---- messages
def test_a_message_says_its_typed_fields():
    assert say(brought()) == (
        "Champions brought between 1.20 and 1.45 million VND, 50 % (40 to 61 %); +1,200 customers since "
        "30 June 2026: Loyal, 3.14 and 7."
    )


def test_a_message_goes_through_json_and_is_said_in_the_words_of_today():
    stored = json.loads(json.dumps(brought().record()))
    assert say(from_record(stored)) == say(brought())
    assert say(from_record(stored), {"test.brought": "{money} by {segment}"}) == (
        "between 1.20 and 1.45 million VND by Champions"
    )
    asks_for_more = {"test.brought": "{segment} {unheard_of}"}
    assert say(from_record(stored), asks_for_more) == say(brought()), "then in the words it was stored with"


@pytest.mark.parametrize("fields", [{}, {"a": "x", "b": "y"}, {"b": "y"}])
def test_a_gap_without_a_field_and_a_field_without_a_gap_are_refused(fields):
    with pytest.raises(TypeError, match="has the fields a"):
        message("test.one", "{a}")(**fields)


def test_a_number_without_its_kind_is_refused():
    with pytest.raises(TypeError, match="say what it is"):
        message("test.one", "{a}")(a=0.5)


def test_every_message_of_the_project_has_a_name_of_its_own():
    templates = catalogue.templates()
    assert len(templates) > 30
    assert templates["rfm.brought"].startswith("The best 20 %")


def test_only_the_clock_is_called_today():
    """A report is read long after the day it stands on: its numbers stand for that day and never for "today"."""
    said = {name for name, text in catalogue.templates().items() if re.search(r"\btoday\b", text, re.I)}
    assert said == {"rule.today_is"}
    for notebook in paths.NOTEBOOKS.glob("*.ipynb"):
        prose = [
            cell["source"] for cell in read_notebook(notebook)["cells"] if cell["cell_type"] == "markdown"
        ]
        assert not re.search(r"\btoday\b", "\n".join(prose), re.I), notebook.name


# ---- records
def test_data_of_a_figure_comes_back_as_it_was():
    frame = pd.DataFrame({"share": [0.1, np.nan], "segment": ["a", "b"]}, index=pd.Index([3, 5], name="row"))
    given = {
        "frame": frame,
        "series": pd.Series([1, 2], index=["x", "y"], name="n"),
        "days": pd.to_datetime(["2026-01-01", "2026-02-01"]).to_numpy(),
        "grid": np.arange(6.0).reshape(2, 3),
        "interval": Interval(1.0, 0.5, 1.0, np.inf),
        "day": date(2026, 6, 30),
        "names": ["a", None, True, 3],
        7: {"nested": brought()},
    }
    found = decode(json.loads(json.dumps(encode(given), sort_keys=True)))  # as Jupyter stores it
    pd.testing.assert_frame_equal(found["frame"], frame)
    pd.testing.assert_series_equal(found["series"], given["series"])
    assert (found["days"] == given["days"]).all() and found["grid"].tolist() == given["grid"].tolist()
    assert (found["interval"], found["day"], found["names"]) == (
        given["interval"],
        given["day"],
        given["names"],
    )
    assert found[7] == {"nested": brought()}


def test_what_cannot_be_stored_is_refused_by_name():
    with pytest.raises(TypeError, match="object cannot be stored"):
        encode({"a": object()})


@drawing
def _line(values):
    fig, ax = figures.axes()
    ax.plot(values)
    return fig


def test_a_figure_is_drawn_again_from_its_record():
    title, alt = message("test.rises", "It rises by {share}"), message("test.line", "One line.")
    figure = Figure(_line, {"values": np.array([1.0, 2.0])}, title(share=percent(1.0)), alt())
    record = json.loads(json.dumps(shown.record_of(figure)))
    html = shown.html_of(record)
    assert 'aria-label="One line. It rises by 100 %."' in html and "<svg" in html
    assert shown.html_of(record, {"test.rises": "Up {share}"}).count("Up 100\u00a0%") == 1
    assert shown.is_current(record, {}) and not shown.is_current(record, {"test.rises": "Up {share}"})
    with pytest.raises(TypeError, match="mark it with @drawing"):
        shown.record_of(Figure(_line.__wrapped__, {}, title(share=percent(1.0)), alt()))


def test_what_a_user_set_for_matplotlib_changes_no_picture():
    rises, line = message("test.user_rises", "It rises")(), message("test.user_line", "One line.")()
    record = shown.record_of(Figure(_line, {"values": np.array([1.0, 2.0])}, rises, line))
    with mpl.rc_context(
        {"font.size": 66, "axes.facecolor": "red", "lines.linewidth": 9, "axes.labelsize": 50}
    ):
        own = shown.figure_of(record)
    assert own == shown.figure_of(record)


def test_cells_of_a_table_may_be_messages():
    frame = pd.DataFrame({"Arm": ["a"], "Said": [brought()], "Gain": [signed(money(5, "EUR"))]})
    record = json.loads(json.dumps(shown.record_of(Table(frame, message("test.caption", "Caption")()))))
    assert "+5.00\u00a0EUR" in shown.html_of(record) and "Champions brought" in shown.html_of(record)


# ---- nothing runs again for words
CODE = '''
"""A module."""
from helpers.messages import message
SAID = message("a.b", "It was {share}.")

def half(x: float) -> float:
    """Return the half."""
    if x < 0:
        raise ValueError(f"{x} is below zero.")  # a comment
    return x / 2

@drawing
def picture(x):
    return axes(x)

HEADINGS = {"share": column("Share")}
'''


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("# a comment", "# another", True),
        ("Return the half.", "Halve it.", True),
        ("It was {share}.", "{share} it was.", True),
        ("is below zero", "must not be below zero", True),
        ("return axes(x)", "return axes(x, width=3)", True),
        ("x / 2", "x / 3", False),
        ('column("Share")', 'column("Part")', False),  # a heading is stored in the record
        ('"a.b"', '"a.c"', False),
        ("x < 0", "x <= 0", False),
    ],
)
def test_a_modules_hash_sees_code_and_not_words(tmp_path, old, new, same):
    before, after = tmp_path / "before.py", tmp_path / "after.py"
    before.write_text(dedent(CODE))
    after.write_text(dedent(CODE).replace(old, new))
    assert after.read_text() != before.read_text()
    assert (code_sha256(before) == code_sha256(after)) is same


def test_changed_words_are_rendered_again_and_start_no_kernel(tmp_path, monkeypatch):
    project = tiny.project(tmp_path, ("01_first", "12_double"))
    record = {"message": "tiny.it_is", "template": "It is {n}.", "fields": {"n": "3"}, "text": "It is 3."}
    project.write("12_double", work=f'value = {record!r}\nsave("doubled", 1)')
    path = project.options.notebooks / "12_double.ipynb"
    path.write_text(
        path.read_text()
        .replace('[\\"It is \\" + str(value) + \\".\\"]', "[value]")
        .replace('{\\"value\\": value}', "{}")
    )
    words = {"tiny.it_is": "It is {n}."}
    monkeypatch.setattr(catalogue, "templates", lambda: words)
    for module in (shell, __import__("helpers.runs.publish", fromlist=["publish"])):
        monkeypatch.setattr(module, "templates", lambda: words)
    assert project.report() == runner.DONE
    assert "It is 3." in (project.home / "latest" / "12_double.html").read_text()
    words["tiny.it_is"] = "{n} it is."
    assert project.report() == runner.DONE
    assert set(project.statuses().values()) == {"reused"}
    assert "3 it is." in (project.home / "latest" / "12_double.html").read_text()
    assert "3 it is." in (project.home / "latest" / "index.html").read_text()
    assert project.run()["notebooks"]["12_double"]["answer"][0]["text"] == "3 it is."
