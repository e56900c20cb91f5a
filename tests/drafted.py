"""What `new` makes of exports: `python tests/drafted.py` prints it for tests/exports, and for the folder CRM_CASES names.

A file's row holds the edits of the draft that it takes, and customers, orders and revenue as they come out.
"""

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from helpers import cli, contracts, paths, tables
from helpers.errors import StudyError
from helpers.study.study import load_study

EXPORTS = Path(__file__).parent / "exports"
CASES = EXPORTS / "cases.yaml"


@dataclass(frozen=True)
class Outcome:
    """What came of a file: `came_out` is customers, orders and revenue, or the rows used of a table that is not orders."""

    known: str
    table: str
    edits: int
    came_out: tuple[float, ...]
    refused: str = ""

    @property
    def said(self) -> tuple[str, str, str]:
        """Customers, orders and revenue as cells of a table."""
        if len(self.came_out) == 3:
            return tuple(f"{one:,.2f}".removesuffix(".00") for one in self.came_out)
        return ("", f"{self.came_out[0]:,} rows of {self.table}" if self.came_out else "", "")


def expected() -> dict[str, dict]:
    """What must come out of each file of tests/exports."""
    return yaml.safe_load((EXPORTS / "expected.yaml").read_text(encoding="utf-8"))


@contextlib.contextmanager
def studies_in(folder: Path) -> Iterator[Path]:
    """Let drafts be written to a folder of its own."""
    before, paths.REPORTS = paths.REPORTS, folder / "reports"
    paths.REPORTS.mkdir(exist_ok=True)
    try:
        yield paths.REPORTS
    finally:
        paths.REPORTS = before


def outcome(source: Path, edits: list[list[str]] = [], name: str = "drafted") -> Outcome:  # noqa: B006 (never changed)
    """Draft a study from a file or folder, change its text by `edits`, and return what its check uses."""
    with tempfile.TemporaryDirectory() as place, studies_in(Path(place)) as reports:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            assert cli.main(["new", name, "--from", str(source)]) == 0
        known = printed.getvalue().partition("known as ")[2].partition("\n")[0]
        path = reports / f"{name}.yaml"
        for there, instead in edits:
            text = path.read_text(encoding="utf-8")
            assert there in text, f"the draft of {source.name} does not say {there!r}"
            path.write_text(text.replace(there, instead), encoding="utf-8")
        try:
            return _came_out(path, known, len(edits))
        except StudyError as error:
            return Outcome(known, "", len(edits), (), str(error))


def _came_out(path: Path, known: str, edits: int) -> Outcome:
    study = load_study(path)
    reports = contracts.check(study, tables.open_source(study), today=max(date.today(), study.as_of))
    contracts.refuse(reports)
    by_table = {report.table: report for report in reports}
    orders = by_table.get("transactions")
    if orders is None:
        return Outcome(known, reports[0].table, edits, (reports[0].used,))
    rows = orders.accepted
    count = rows.order_id.nunique().execute() if "order_id" in orders.given else orders.used
    money = round(rows.revenue.sum().execute(), 2)
    return Outcome(known, "transactions", edits, (rows.customer_id.nunique().execute(), count, money))


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def of_exports() -> str:
    """The table of tests/exports."""
    rows = []
    for name, wanted in expected().items():
        found = outcome(EXPORTS / f"{name}.csv", wanted.get("edits", []))
        known = found.known or "not known, recognised"
        right = "yes" if list(found.came_out) == wanted["came_out"] else f"no: {found.refused or wanted}"
        rows.append([name, known, str(found.edits), *found.said, right])
    return table(["file", "known as", "edits", "customers", "orders", "revenue", "right"], rows)


def of_cases(folder: Path) -> str:
    """The table of the folder that CRM_CASES names, with what came out before there was `check` of its kind."""
    rows = []
    for name, case in yaml.safe_load(CASES.read_text(encoding="utf-8")).items():
        found = outcome(folder / name, case.get("edits", []))
        verdict = f"stops: {found.refused.splitlines()[0][:90]}" if found.refused else "runs"
        rows.append([name, case["before"], verdict, *found.said, str(found.edits)])
    return table(["case", "before", "now", "customers", "orders", "revenue", "edits"], rows)


HEAD = """\
# What `new` makes of exports

Written by `python tests/drafted.py`. The files are made from public documents (`expected.yaml` says what must come out). An
edit is a piece of the draft's text that a person replaces before the check passes. A time zone or currency that the file
does not say stays a guess, marked CHECK, and changes none of these numbers.
"""
CASES_HEAD = """
## The folder that CRM_CASES names

*Before* is what came out before anything of the kind was looked for (its README, `cases.yaml`).
"""


def main() -> None:
    """Print the tables; write them into tests/exports/README.md where CRM_CASES names a folder."""
    text = HEAD + "\n" + of_exports() + "\n"
    if "CRM_CASES" in os.environ:
        text += CASES_HEAD + "\n" + of_cases(Path(os.environ["CRM_CASES"])) + "\n"
        (EXPORTS / "README.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
