"""What notebooks hand each other and the reader: tables, posteriors, metrics, checks, the answer.

A notebook calls `start` once, then reads, saves and records through the `Page` it gets, and ends with
`page.finish()`. Names of artifacts stand in notebooks/catalogue.yaml; a name that is not there is refused.
"""

import json
import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers import paths
from helpers.checks import Check
from helpers.errors import StudyError
from helpers.files import private_folder, read_json, replace, unedited
from helpers.inference import monte_carlo
from helpers.inference.intervals import Interval, interval
from helpers.messages import Message, Value, from_record, message, paragraph
from helpers.pages import drafts, pseudonyms, stored_checks, wording
from helpers.pages.ending import Ending
from helpers.pages.exports import for_spreadsheets
from helpers.pages.records import Cards, Figure, Table
from helpers.pages.shown import align_texts, display
from helpers.study import labels
from helpers.study.catalogue import load_catalogue, needed, writer
from helpers.study.study import PSEUDONYMS, Study, load_study

EVERY_CHECK = "every check"
_REQUIRED: Any = object()

DO = message("page.do", "What to do: {said}")
MOST_DOUBTS = 2  # said beside a number that is quoted; the page itself has them all


def start(notebook: str, study: str, run_dir: str = "") -> "Page":
    """Open a notebook's page in a study; an empty `run_dir` means a draft, opened by hand."""
    loaded = load_study(study)
    folder = Path(run_dir) if run_dir else paths.DRAFTS / loaded.name
    page = Page(notebook=notebook, study=loaded, folder=folder, is_draft=not run_dir)
    wording.LABELS.set(labels.names(loaded.labels, page.coded()))
    align_texts()
    if page.is_draft:
        page.add(drafts.otherwise(loaded, notebook, vars(sys.modules["__main__"])))
    return page


@dataclass
class Page:
    """One notebook's hand-over: where it reads and saves, and what it records for its page and run.json."""

    notebook: str
    study: Study
    folder: Path
    is_draft: bool
    about: str = ""  # the campaign or outcome of the page: its checks carry it to pages that quote them
    _answer: list[Message | str] = field(default_factory=list)
    _action: list[Message] = field(default_factory=list)
    _withheld: list[str] = field(default_factory=list)
    _facts: dict[str, Any] = field(default_factory=dict)
    _names: list[str] = field(default_factory=list)
    _metrics: dict[str, float] = field(default_factory=dict)
    _mcse: dict[str, float] = field(default_factory=dict)
    _checks: list[Check] = field(default_factory=list)
    _exports: list[dict[str, Any]] = field(default_factory=list)

    # ---- artifacts
    def read(self, name: str, default: Any = _REQUIRED) -> Any:
        """Return the table artifact `name` as a pandas DataFrame, or `default`, where one is given and it is not there."""
        import pandas as pd  # noqa: PLC0415 (kept out of the runner's start-up)

        path = self._find(name, "parquet", default)
        return pd.read_parquet(path) if path else default

    def open(self, name: str, default: Any = _REQUIRED) -> Any:
        """Return the table artifact `name` as an Ibis table on the study's engine, nothing loaded (default: as `read`)."""
        from helpers import tables  # noqa: PLC0415

        path = self._find(name, "parquet", default)
        return tables.open_artifact(self.study, path) if path else default

    def read_posterior(self, name: str, default: Any = _REQUIRED) -> Any:
        """Return the posterior artifact `name` as an ArviZ DataTree (default: as `read`)."""
        import arviz as az  # noqa: PLC0415

        path = self._find(name, "nc", default)
        # Loaded whole: an open NetCDF file could not be replaced by a rerun.
        return az.from_netcdf(path).load() if path else default

    def published(self, name: str):
        """Return the table artifact `name` of the study's last published run, or None where there is none.

        For what one run keeps for the next, such as cut points; never for results of this run.
        """
        import pandas as pd  # noqa: PLC0415

        path = self._home() / "latest" / "artifacts" / writer(name) / f"{name}.parquet"
        return pd.read_parquet(unedited(path)) if path.is_file() else None

    def save(self, name: str, table) -> Path | None:
        """Write a DataFrame or an Ibis table as the artifact `name` (Parquet; on Spark a folder of such files).

        None, a table that the study does not have, is not written. Messages in a DataFrame are written as the text they
        have today.
        """
        path = self._target(name, "parquet")
        if table is None:
            return None
        if hasattr(table, "to_pandas"):
            from helpers import tables  # noqa: PLC0415

            return replace(path, lambda partial: tables.write(table, partial))
        told = table.map(lambda cell: wording.say(cell) if isinstance(cell, Message | Value) else cell)
        return replace(path, lambda partial: told.to_parquet(partial, index=False))

    def save_posterior(self, name: str, tree) -> Path:
        """Write an ArviZ DataTree as the artifact `name` (NetCDF)."""
        path = self._target(name, "nc")
        return replace(path, lambda partial: tree.to_netcdf(partial, engine="h5netcdf"))

    def export(self, name: str, table) -> Path | None:
        """Write a list that carries customer ids to exports/NAME.csv, readable by the owner only, safe in a spreadsheet.

        With pseudonyms in place of the ids where the study says `export_ids: pseudonyms`; run.json records what was written.
        A table that is None is not written.
        """
        if table is None:
            return None
        path = self.folder / "exports" / f"{name}.csv"
        private_folder(path.parent)
        if self.study.export_ids == PSEUDONYMS:
            table = pseudonyms.replaced(table, pseudonyms.key_of(self._home()))
        columns = [str(one) for one in table]
        self._exports.append(
            {"list": name, "rows": len(table), "columns": columns, "ids": self.study.export_ids}
        )
        safe = for_spreadsheets(table)
        return replace(path, lambda partial: safe.to_csv(partial, index=False))

    def reservations(self) -> list[dict]:
        """The checks of the study's earlier notebooks that are REVIEW or FAIL, FAIL first, with their notebook."""
        found = []
        for notebook in load_catalogue():
            if notebook < self.notebook:
                checks = self._record_of(notebook).get("checks", [])
                found += [check | {"notebook": notebook} for check in checks if check["verdict"] != "PASS"]
        return sorted(found, key=lambda check: check["verdict"])

    # ---- what the page shows
    def add(self, *shown: Figure | Table | Cards | Message | Check | Iterable | None) -> None:
        """Show figures, tables and sentences where the cell stands, and record checks; None and lists are welcome."""
        for one in shown:
            if isinstance(one, Check):
                self._checks.append(one)
            elif isinstance(one, Figure | Table | Cards | Message):
                display(one, self.study.currency, self.study.min_group_size)
            elif one is not None:
                self.add(*one)

    # ---- what the page and run.json say
    def answer(
        self,
        *said: Message | str | None,
        rests_on: Iterable[str] | str = (),
        of: str | Iterable[str] = (),
        instead: Message | None = None,
    ) -> None:
        """State the notebook's answer, shown first on the page; None says nothing.

        It is withheld, and the reason said instead, where a check it `rests_on` failed (names, or EVERY_CHECK recorded so
        far), or where a page that wrote an artifact `of` withheld its own answer. After it comes what those pages ask to be
        reviewed. instead: stands after the reason; then the rest of the page stands too, as it does not rest on this.
        """
        failed, elsewhere = self._failures(rests_on, of)
        if not failed and not elsewhere:
            known = [one for one in said if one is not None]
            doubts = [
                doubt for one in ([of] if isinstance(of, str) else of) if known for doubt in self._doubts(one)
            ]
            self._answer += [*known, *(one for one in doubts if one not in self._answer)]
            return
        names = [*failed, *(name for names in elsewhere.values() for name in names)]
        if instead is None:
            self._withheld += [name for name in dict.fromkeys(names) if name not in self._withheld]
        told = [stored_checks.no_answer(failed, elsewhere), *([instead] if instead else [])]
        self._answer += [one for one in told if one not in self._answer]

    def repeat(self, pages: Mapping[str, Message | None], instead_of: Iterable[Any] = ()) -> None:
        """State a sentence per artifact, or what its page answers first, unless one of `instead_of` is known."""
        for of, own in pages.items() if all(one is None for one in instead_of) else ():
            if said := self._record_of(writer(of)).get("answer"):
                self.answer(own or from_record(said[0]), of=of)

    def action(self, *said: Message | None) -> None:
        """State what to do about the answer, shown right under it; None says nothing, nor does a page without an answer."""
        self._action += [one for one in said if one is not None]

    def _doubts(self, of: str) -> list[Message]:
        """What the page that wrote the artifact `of` asks to be reviewed: a doubt goes where its number is quoted."""
        notebook = writer(of)
        open_ones = [one for one in self._record_of(notebook).get("checks", []) if one["verdict"] == "REVIEW"]
        told = [stored_checks.doubt(one) for one in open_ones[:MOST_DOUBTS]]
        if not told:
            return []
        return [stored_checks.DOUBTED(title=load_catalogue()[notebook].title, advice=paragraph(told))]

    def quote[Said](
        self, said: Said, of: str | Iterable[str] = (), rests_on: Iterable[str] | str = ()
    ) -> Said | Message:
        """Return what this page shows, or the reason why it withholds it; arguments as in `answer`.

        For what is said of another page's artifact, and for a figure whose headline is an answer.
        """
        failed, elsewhere = self._failures(rests_on, of)
        return (
            said
            if said is None or (not failed and not elsewhere)
            else stored_checks.no_answer(failed, elsewhere)
        )

    def _failures(
        self, rests_on: Iterable[str] | str, of: str | Iterable[str]
    ) -> tuple[list[str], dict[str, list[str]]]:
        """The failed checks of this page that count, and those of other pages by their title."""
        failed = [name for name in self.failed if rests_on == EVERY_CHECK or name in set(rests_on)]
        elsewhere, told = {}, set(failed)
        for artifact in [of] if isinstance(of, str) else of:
            if names := [name for name in self.withheld(artifact) if name not in told]:
                elsewhere[load_catalogue()[writer(artifact)].title] = names
                told |= set(names)
        return failed, elsewhere

    def withheld(self, artifact: str) -> list[str]:
        """The failed checks for which the page that wrote `artifact` withheld its answer; empty where it answers."""
        return list(self._record_of(writer(artifact)).get("withheld", []))

    def facts(self, facts: Mapping[str, Any]) -> None:
        """State what stands beside every answer of the run, such as the data window."""
        self._facts.update(facts)

    def names(self, values: Iterable[str]) -> None:
        """Name values of the data that pages call by a readable name where the study has no label for them."""
        self._names = sorted(set(values))
        wording.LABELS.set(labels.names(self.study.labels, self._names))

    def coded(self) -> list[str]:
        """The values that an earlier notebook named."""
        return [value for name in load_catalogue() for value in self._record_of(name).get("names", [])]

    def metric(self, name: str, value: float) -> None:
        """Record one number for run.json, with its Monte Carlo error where it has one; what is not finite is refused."""
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(
                f"Metric {name} is {number}; only finite numbers reach a page. Mend what computes it."
            )
        self._metrics[name] = number
        if (error := monte_carlo.error_of(value)) is not None:
            self._mcse[name] = error

    def quantity(self, name: str, draws) -> Interval:
        """Record draws of a quantity as NAME.mean, .p05, .p50, .p95 and return its interval."""
        summary = interval(draws)
        for key, value in summary.metrics(name).items():
            self.metric(key, value)
        return summary

    def metrics(self, values: Mapping[str, float | Interval | None]) -> None:
        """Record several numbers at once: an Interval as NAME.mean, .p05, .p50, .p95; None is left out."""
        for name, value in values.items():
            if value is None:
                continue
            several = value.metrics(name) if isinstance(value, Interval) else {name: value}
            for key, one in several.items():
                self.metric(key, one)

    @property
    def failed(self) -> list[str]:
        """The checks recorded so far that are FAIL."""
        return [check.name for check in self._checks if check.verdict == "FAIL"]

    def finish(self) -> Ending:
        """Write page.json: the runner counts a notebook as done only when this ran, in its last cell.

        Returns what that cell shows in JupyterLab: the answer and the checks.
        """
        record = {
            "notebook": self.notebook,
            "finished": True,
            "answer": [wording.record(sentence) for sentence in self._answer],
            "action": [] if self._withheld else [wording.record(one) for one in self._action],
            "withheld": self._withheld,
            "facts": {name: wording.record(fact) for name, fact in self._facts.items()},
            "names": self._names,
            "metrics": self._metrics,
            "mcse": self._mcse,
            "checks": [stored_checks.stored(check, self.about) for check in self._checks],
            "exports": self._exports,
        }
        text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
        replace(self._own() / "page.json", lambda partial: partial.write_text(text, encoding="utf-8"))
        told = self._answer + ([] if self._withheld else [DO(said=one) for one in self._action])
        return Ending(told, self._checks, len(self._metrics))

    # ---- where things are
    def _home(self) -> Path:
        """The study's folder among all reports."""
        return paths.BUILD / self.study.name if self.is_draft else self.folder.parent.parent

    def _folders(self) -> list[Path]:
        return [self.folder, paths.BUILD / self.study.name / "latest"] if self.is_draft else [self.folder]

    def _own(self) -> Path:
        return private_folder(self.folder / "artifacts" / self.notebook)

    def _target(self, name: str, ending: str) -> Path:
        entry = load_catalogue().get(self.notebook)
        if entry is None:
            raise StudyError(
                f"Notebook {self.notebook} is not in notebooks/catalogue.yaml, so it cannot save {name!r}: "
                "give it an entry with `writes`."
            )
        if name not in entry.writes:
            raise StudyError(
                f"{self.notebook} saves {name!r}, but its entry in notebooks/catalogue.yaml writes "
                f"{', '.join(entry.writes) or 'nothing'}: add it there."
            )
        return self._own() / f"{name}.{ending}"

    def _locate(self, name: str, ending: str) -> Path | None:
        """The file of artifact `name`: in this run; for a draft in the drafts, then in the latest run."""
        candidates = [folder / "artifacts" / writer(name) / f"{name}.{ending}" for folder in self._folders()]
        return next((path for path in candidates if path.exists()), None)

    def _record_of(self, notebook: str) -> dict[str, Any]:
        """What another notebook recorded (its page.json): in this run; for a draft in the drafts, then in the latest run."""
        files = (folder / "artifacts" / notebook / "page.json" for folder in self._folders())
        return next((found for file in files if (found := read_json(file))), {})

    def _to_run(self) -> list[str]:
        """The notebooks that this one cannot do without and that have left nothing yet, in their order."""
        catalogue = load_catalogue()
        chain = needed([self.notebook], catalogue)
        return [name for name in chain if name != self.notebook and not self._record_of(name)]

    def _find(self, name: str, ending: str, default: Any = _REQUIRED) -> Path | None:
        path = self._locate(name, ending)
        if path is None and default is _REQUIRED:
            chain = " > ".join([*self._to_run(), self.notebook])
            raise StudyError(
                f"{self.notebook} needs {name!r}, which {writer(name)} makes. Run {chain}, in this order, or the whole "
                f"study with `python -m helpers report {self.study.name}`."
            )
        return unedited(path) if path and self.is_draft and path.is_file() else path
