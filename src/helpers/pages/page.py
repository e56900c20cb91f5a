"""What notebooks hand each other and the reader: tables, posteriors, metrics, checks, the answer.

A notebook calls `start` once, then reads, saves and records through the `Page` it gets, and ends with
`page.finish()`. Names of artifacts stand in notebooks/catalogue.yaml; a name that is not there is refused.
"""

import json
import math
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from helpers import paths
from helpers.errors import StudyError
from helpers.inference.intervals import Interval, interval
from helpers.study.catalogue import load_catalogue
from helpers.study.study import Study, load_study

VERDICTS = ("PASS", "REVIEW", "FAIL")
OWNER_ONLY = 0o600


@dataclass(frozen=True)
class Check:
    """A statement about the data or a model with its number, its threshold and what to do."""

    name: str
    verdict: str
    value: float | str | None
    threshold: float | str | None
    advice: str


def start(notebook: str, study: str, run_dir: str = "") -> "Page":
    """Open a notebook's page in a study; an empty `run_dir` means a draft, opened by hand."""
    loaded = load_study(study)
    folder = Path(run_dir) if run_dir else paths.DRAFTS / loaded.name
    return Page(notebook=notebook, study=loaded, folder=folder, is_draft=not run_dir)


@dataclass
class Page:
    """One notebook's hand-over: where it reads and saves, and what it records for its page and run.json."""

    notebook: str
    study: Study
    folder: Path
    is_draft: bool
    _answer: list[str] = field(default_factory=list)
    _facts: dict[str, str] = field(default_factory=dict)
    _metrics: dict[str, float] = field(default_factory=dict)
    _checks: list[Check] = field(default_factory=list)

    # ---- artifacts
    def read(self, name: str):
        """Return the table artifact `name` as a pandas DataFrame."""
        import pandas as pd  # noqa: PLC0415 (kept out of the runner's start-up)

        return pd.read_parquet(self._find(name, "parquet"))

    def open(self, name: str):
        """Return the table artifact `name` as an Ibis table on the study's engine, nothing loaded yet."""
        from helpers import tables  # noqa: PLC0415

        return tables.open_artifact(self.study, self._find(name, "parquet"))

    def read_posterior(self, name: str):
        """Return the posterior artifact `name` as an ArviZ DataTree."""
        import arviz as az  # noqa: PLC0415

        # Loaded whole: an open NetCDF file could not be replaced by a rerun.
        return az.from_netcdf(self._find(name, "nc")).load()

    def published(self, name: str):
        """Return the table artifact `name` of the study's last published run, or None where there is none.

        For what one run keeps for the next, such as cut points; never for results of this run.
        """
        import pandas as pd  # noqa: PLC0415

        home = paths.BUILD / self.study.name if self.is_draft else self.folder.parent.parent
        path = home / "latest" / "artifacts" / _writer(name) / f"{name}.parquet"
        return pd.read_parquet(path) if path.is_file() else None

    def has(self, name: str) -> bool:
        """Say whether the artifact `name` is there, for what a notebook can do without."""
        return self._locate(name, "parquet") is not None or self._locate(name, "nc") is not None

    def save(self, name: str, table) -> Path:
        """Write a DataFrame or an Ibis table as the artifact `name` (Parquet; on Spark a folder of such files)."""
        path = self._target(name, "parquet")
        if hasattr(table, "to_pandas"):
            from helpers import tables  # noqa: PLC0415

            return _replace(path, lambda partial: tables.write(table, partial))
        return _replace(path, lambda partial: table.to_parquet(partial, index=False))

    def save_posterior(self, name: str, tree) -> Path:
        """Write an ArviZ DataTree as the artifact `name` (NetCDF)."""
        path = self._target(name, "nc")
        return _replace(path, lambda partial: tree.to_netcdf(partial, engine="h5netcdf"))

    def export(self, name: str, table) -> Path:
        """Write a list that carries customer ids to exports/NAME.csv, readable by the owner only."""
        path = self.folder / "exports" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _replace(path, lambda partial: table.to_csv(partial, index=False))

    def reservations(self) -> list[dict]:
        """The checks of the study's earlier notebooks that are REVIEW or FAIL, FAIL first, with their notebook."""
        found = []
        for notebook in load_catalogue():
            path = next(
                (
                    p
                    for folder in self._folders()
                    if (p := folder / "artifacts" / notebook / "page.json").is_file()
                ),
                None,
            )
            if path and notebook < self.notebook:
                checks = json.loads(path.read_text(encoding="utf-8"))["checks"]
                found += [check | {"notebook": notebook} for check in checks if check["verdict"] != "PASS"]
        return sorted(found, key=lambda check: check["verdict"])

    # ---- what the page and run.json say
    def answer(self, sentence: str) -> None:
        """State the notebook's answer in one sentence; it is shown first on the page."""
        self._answer.append(sentence)

    def facts(self, facts: dict[str, str]) -> None:
        """State what stands beside every answer of the run, such as the data window."""
        self._facts.update(facts)

    def metric(self, name: str, value: float) -> None:
        """Record one number for run.json; a number that is not finite is refused."""
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(
                f"Metric {name} is {number}; only finite numbers reach a page. Mend what computes it."
            )
        self._metrics[name] = number

    def quantity(self, name: str, draws) -> Interval:
        """Record draws of a quantity as NAME.mean, .p05, .p50, .p95 and return its interval."""
        summary = interval(draws)
        for key, value in summary.metrics(name).items():
            self.metric(key, value)
        return summary

    def metrics(self, values: dict[str, float]) -> None:
        """Record several numbers at once."""
        for name, value in values.items():
            self.metric(name, value)

    def check(self, name: str, verdict: str, *, value=None, threshold=None, advice: str = "") -> None:
        """Record a check as PASS, REVIEW or FAIL with its number, its threshold and what to do."""
        if verdict not in VERDICTS:
            raise ValueError(f"Verdict {verdict!r} of check {name!r} is not one of {', '.join(VERDICTS)}.")
        if verdict != "PASS" and not advice:
            raise ValueError(f"Check {name!r} says {verdict}: it needs `advice`, what the reader should do.")
        self._checks.append(Check(name, verdict, _plain(value), _plain(threshold), advice))

    @property
    def failed(self) -> list[str]:
        """The checks recorded so far that are FAIL: an answer that rests on them is withheld (`wording.withheld`)."""
        return [check.name for check in self._checks if check.verdict == "FAIL"]

    def say(self, sentence: str) -> None:
        """Put a sentence built from numbers (Markdown) where the cell stands."""
        from IPython.display import Markdown, display  # noqa: PLC0415

        display(Markdown(sentence))

    def show(self, fig, *, title: str, alt: str, caption: str | None = None) -> None:
        """Show a figure: its title states the finding, `alt` says in a sentence what is seen."""
        from helpers.pages import figures  # noqa: PLC0415

        figures.show(fig, title=title, alt=alt, caption=caption)

    def table(self, df, *, caption: str, **options) -> None:
        """Show a table with its caption; options are those of `helpers.pages.tables.show`."""
        from helpers.pages import tables as report_tables  # noqa: PLC0415

        options = {"currency": self.study.currency, "minimum": self.study.min_group_size} | options
        report_tables.show(df, caption=caption, **options)

    def finish(self) -> None:
        """Write page.json: the runner counts a notebook as done only when this ran, in its last cell."""
        record = {
            "notebook": self.notebook,
            "finished": True,
            "answer": self._answer,
            "facts": self._facts,
            "metrics": self._metrics,
            "checks": [asdict(check) for check in self._checks],
        }
        path = self._own() / "page.json"
        text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
        _replace(path, lambda partial: partial.write_text(text, encoding="utf-8"))
        worst = [f"{c.verdict}: {c.name}" for c in self._checks if c.verdict != "PASS"]
        print(f"{len(self._metrics)} metrics and {len(self._checks)} checks recorded. " + "; ".join(worst))

    # ---- where things are
    def _folders(self) -> list[Path]:
        return [self.folder, paths.BUILD / self.study.name / "latest"] if self.is_draft else [self.folder]

    def _own(self) -> Path:
        folder = self.folder / "artifacts" / self.notebook
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

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
        candidates = [folder / "artifacts" / _writer(name) / f"{name}.{ending}" for folder in self._folders()]
        return next((path for path in candidates if path.exists()), None)

    def _find(self, name: str, ending: str) -> Path:
        path = self._locate(name, ending)
        if path is None:
            raise StudyError(
                f"{self.notebook} needs {name!r}, which notebook {_writer(name)} makes: run that one first, "
                f"or run the whole study with `python -m helpers report {self.study.name}`."
            )
        return path


def _writer(name: str) -> str:
    """The notebook that writes artifact `name`."""
    catalogue = load_catalogue()
    for notebook, entry in catalogue.items():
        if name in entry.writes:
            return notebook
    known = sorted(artifact for entry in catalogue.values() for artifact in entry.writes)
    raise StudyError(
        f"No notebook writes {name!r}. Artifacts in notebooks/catalogue.yaml: {', '.join(known)}."
    )


def _replace(path: Path, write) -> Path:
    """Write beside the target, for the owner only, then move it into place: a reader never sees half a file."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        write(partial)
        for part in partial.rglob("*") if partial.is_dir() else [partial]:
            part.chmod(OWNER_ONLY | (0o100 if part.is_dir() else 0))
        if path.is_dir():
            shutil.rmtree(path)
        os.replace(partial, path)
    except Exception as error:
        # The engine's own error when the disk is full: named here, so that DuckDB is not loaded for a text file.
        if not isinstance(error, OSError) and type(error).__name__ != "IOException":
            raise
        raise StudyError(
            f"{path} could not be written ({error}); what was there before is unchanged."
        ) from error
    finally:
        if partial.is_dir():
            shutil.rmtree(partial)
        partial.unlink(missing_ok=True)
    return path


def _plain(value):
    """A number or a text as JSON knows it."""
    if value is None or isinstance(value, str):
        return value
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"A check's value is {number}; only finite numbers reach a page.")
    return number
