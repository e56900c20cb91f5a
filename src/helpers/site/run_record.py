"""What run.json says of a run and its notebooks, as types: written by the runner, read by index pages and `compare`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from helpers.files import read_json, sealed, unsealed, write_json
from helpers.languages import ENGLISH
from helpers.messages import Message

FAILED, INTERRUPTED = "failed", "interrupted"
SUMMARY = "51_executive_summary"


@dataclass
class NotebookResult:
    """How one notebook ended (ok, reused, failed, cannot answer) and what it recorded.

    mcse: the Monte Carlo standard errors of those metrics that rest on draws. checks: name, verdict, value, threshold,
    advice, and under `said` the messages among these. answer and facts: messages with the text they had. exports: the lists
    with ids that were written, each with its rows, columns, and what stands for the ids. told: the reason as a message,
    where it is the project's own words and no error's.
    """

    status: str
    reason: str = ""
    told: dict[str, Any] | None = None
    seconds: float = 0.0
    parameters: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    mcse: dict[str, float] = field(default_factory=dict)
    checks: list[dict[str, Any]] = field(default_factory=list)
    answer: list[Any] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    exports: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `asdict` wrote; keys of other versions are passed over."""
        return cls(**_known(cls, stored))


@dataclass
class RunRecord:
    """One run of a study: what was asked, on which data and versions, how it ended, and its notebooks' results.

    number: 1 for the study's first run, counted on whatever the clock says; whole: nothing the study asks for is left out;
    labels: what its pages call values of the data; language: what they are written in; told: the reason as a message, where
    it is the project's own words. hidden: the groups (name, size) that no page gives a number of; None where not noted.
    """

    run: str
    study: str
    study_file: str
    title: str
    as_of: str
    started: str
    finished: str | None = None
    seed: int | None = None
    versions: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    currency: str = ""
    language: str = ENGLISH
    status: str = "running"
    reason: str = ""
    told: dict[str, Any] | None = None
    number: int = 0
    whole: bool = False
    hidden: list[tuple[str, float]] | None = None
    notebooks: dict[str, NotebookResult] = field(default_factory=dict)

    def ended(self, status: str, reason: Message) -> None:
        """Note how the run ended, and why."""
        self.status, self.reason, self.told = status, str(reason), reason.record()

    @property
    def place(self) -> tuple[int, str]:
        """What puts the runs of a study in their order."""
        return self.number, self.started

    @property
    def is_unfinished(self) -> bool:
        """Whether the run failed or was interrupted."""
        return self.status in (FAILED, INTERRUPTED)

    @property
    def checks(self) -> list[dict[str, Any]]:
        """The checks of all notebooks."""
        return [check for result in self.notebooks.values() for check in result.checks]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `write` wrote; keys of other versions are passed over."""
        results = {name: NotebookResult.from_json(one) for name, one in stored.get("notebooks", {}).items()}
        return cls(**_known(cls, stored) | {"notebooks": results})

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Read a run.json, or return None where it is missing, not whole, no run's, or was edited since it was written."""
        stored = read_json(path)
        if isinstance(stored, dict) and "seal" in stored:
            stored = unsealed(stored)
        try:
            return cls.from_json(stored) if isinstance(stored, dict) else None
        except (TypeError, AttributeError, ValueError):  # of another shape
            return None

    def write(self, path: Path) -> None:
        """Write run.json in one step."""
        write_json(path, sealed(asdict(self)))


def _known(kind: type, stored: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {name: value for name, value in stored.items() if name in names}
