"""A small executed notebook with everything a page may meet, and its run, made without a kernel."""

import json
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import nbformat
import numpy as np
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.inference.intervals import Interval
from helpers.messages import message
from helpers.pages import figures, tables
from helpers.pages.records import Table, column
from helpers.site import render
from helpers.site.run_record import NotebookResult, RunRecord
from helpers.study.catalogue import Entry

NAME = "24_customer_value"
EVIL = "<script>document.title = 'run'</script>"
STUDY = SimpleNamespace(name="demo", title="A coffee & tea roaster", as_of=date(2026, 6, 30), currency="VND")
PAGES = [
    Entry("12_rfm_segments", "Who are our best customers?", "Which groups are there?"),
    Entry(NAME, "What is each customer worth?", "What will our customers bring?"),
    Entry("51_executive_summary", "What should we do?", "What do we know?"),
]
FACTS = {"Data window": "1 January 2024 to 30 June 2026", "Revenue left out": "1.8 %"}
CHECKS = [
    {"name": "Sample", "verdict": "PASS", "value": 1.002, "threshold": 1.01, "advice": ""},
    {"name": "Hold-out", "verdict": "REVIEW", "value": 0.137, "threshold": 0.1, "advice": f"Look {EVIL}."},
    {"name": "Spend", "verdict": "FAIL", "value": 0.31, "threshold": "below 0.2", "advice": "Do not use it."},
]
PAGE = {
    "notebook": NAME,
    "finished": True,
    "answer": [
        "We will earn 1.84 billion VND, between 1.61 and 2.09 billion VND.",
        f"Also {EVIL}.",
    ],
    "action": [f"Repeat the coupon {EVIL}."],
    "facts": FACTS,
    "metrics": {},
    "checks": CHECKS,
}


def line_figure() -> str:
    fig, ax = figures.axes()
    months = np.arange(24)
    for name, factor in (("actual", 1), ("model", 1.05), ("baseline", 2)):
        ax.plot(months, 1e6 * factor * months, color=figures.PALETTE[name], label=name.capitalize())
    figures.money_axis(ax.yaxis, "VND", "Margin")
    figures.label_line_ends(ax)
    return figures.figure_html(fig, "The model is right", "Two lines rise, a third above.", "Read it.")


def dot_figure() -> str:
    fig, ax = figures.axes(height=2.4)
    figures.dots(ax, ["Coupon", "Letter <b>"], [Interval(5.0, 1, 5, 9), Interval(-2.0, -6, -2, 2)])
    figures.zero_line(ax, "x")
    return figures.figure_html(fig, "The coupon pays", "One interval right of zero, one across it.")


def table_html(df, caption, *, formats=None, notes=(), missing=None, group_size=None, currency=None) -> str:
    """The HTML of a table by way of its record, which has gone through JSON."""
    formats = formats or {}
    frame = (df if isinstance(df.index, pd.RangeIndex) else df.reset_index()).rename(columns=str)
    columns = {
        name: column(name, formats.get(name, ""))
        for name in [*frame.columns, *(formats.keys() - set(frame.columns))]
    }
    shown = Table(
        frame,
        message("t.caption", caption)(),
        columns,
        group_size,
        [message("t.note", one)() for one in notes],
        message("t.missing", missing)() if missing else None,
        currency,
    )
    return tables.table_html(json.loads(json.dumps(tables.record(shown))))


def table() -> str:
    df = pd.DataFrame({"Segment": ["Champions", EVIL], "Customers": [812, 7], "Revenue": [1.2e9, 8.8e8]})
    return table_html(
        df, "Revenue per segment", formats={"Revenue": "money"}, currency="VND", group_size="Customers"
    )


def executed_notebook():
    shown = [line_figure(), table(), dot_figure()]
    html = [new_output("display_data", data={"text/html": one}) for one in shown]
    noise = [
        new_output("stream", name="stdout", text="printed noise"),
        new_output("stream", name="stderr", text="UserWarning: careful"),
        new_output("execute_result", data={"text/html": "<table><td>customer 00042</td></table>"}),
        new_output("display_data", data={"text/html": "<div>customer 00043</div>", "text/plain": "x"}),
        new_output("error", ename="ValueError", evalue="secret", traceback=["secret"]),
    ]
    sentence = new_output("display_data", data={"text/markdown": f"They hold **49 %** {EVIL}"})
    return new_notebook(
        cells=[
            new_markdown_cell(
                "# What a customer is worth\n\n**Question.** How much?\n\n|word|unit|\n|-|-:|\n|T|1|"
            ),
            new_code_cell("study: str = 'demo'", outputs=noise),
            new_markdown_cell(f"## Half of it\n\nText, {EVIL} and ![a picture](http://example.com/x.png)."),
            new_code_cell("secret_code()", outputs=[*html[:2], sentence]),
            new_markdown_cell("### Detail\n\n## Half of it"),
            new_code_cell("more()", outputs=html[2:]),
        ]
    )


def write_run(folder, name="one", status="ok", reason="") -> RunRecord:
    """Write a run of the sample with its pages under folder/demo/runs/NAME and return its record."""
    run_dir = folder / "demo" / "runs" / name
    (run_dir / "executed").mkdir(parents=True)
    executed = run_dir / "executed" / f"{NAME}.ipynb"
    nbformat.write(executed_notebook(), executed)
    run = RunRecord(
        run=name, study="demo", study_file="reports/demo.yaml", title=STUDY.title, as_of="2026-06-30",
        started=f"2026-11-22T13:55:0{len(name) % 10}+00:00", finished="2026-11-22T14:05:00+00:00",
        versions={"python": "3.12.3", "pymc": "6.0.1"}, status=status, reason=reason,
    )  # fmt: skip
    for entry in PAGES:
        page = PAGE | {"notebook": entry.notebook}
        its = {name: page[name] for name in ("checks", "answer", "facts")}
        run.notebooks[entry.notebook] = NotebookResult("ok", **its)
        render.render_page(executed, page, FACTS, STUDY, PAGES, run_dir / f"{entry.notebook}.html", run=run)
    run.notebooks["14_lead_funnel"] = NotebookResult("cannot answer", "needs leads")
    if status == "failed":
        run.notebooks[NAME] = replace(run.notebooks[NAME], status="failed", reason=reason)
    run.write(run_dir / "run.json")
    return run
