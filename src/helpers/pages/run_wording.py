"""What pages say of a run: when it was made, by which versions, why a notebook has no answer, and that a run failed."""

from collections.abc import Mapping
from datetime import date, datetime

from helpers import languages
from helpers.messages import message
from helpers.pages.wording import count, day, filled, listing
from helpers.study.year import YEAR

RUN = message("wording.run", "Run {run}.")
RUN_MADE = message("wording.run_made", "Run {run}, made {when}.")
RUN_WITH = message("wording.run_with", "Run {run}, with {versions}.")
RUN_MADE_WITH = message("wording.run_made_with", "Run {run}, made {when}, with {versions}.")
NOT_YET = message("wording.not_yet", "Cannot be answered yet: {reason}.")
A_TABLE = message("wording.a_table", "a table is missing")
AS_OF = message("wording.as_of", "As of {day}")
AS_OF_MADE = message("wording.as_of_made", "As of {day}, made {when}")
DID_NOT_FINISH = message(
    "wording.did_not_finish", "The run of {when} did not finish. The report before it is shown."
)
NO_REPORT = message("wording.no_report", "The run of {when} did not finish. There is no report yet.")
OLD = message(
    "wording.old",
    "These numbers are of {day}, {age} before this report: quote that day, and run it on newer data before you act.",
)
AGE = message("wording.age", "{age} when this report was made")
OLD_FROM = 45  # days from as_of to the run: a month's report, made two weeks into the next month, is none
VERSIONS = ("Python", "PyMC", "ArviZ")  # the ones a page names; run.json has all


def moment(iso: str | None) -> str:
    """Say a time stamp (ISO) as "22 November 2026, 14:05"; a text that is none stays as it is."""
    try:
        when = datetime.fromisoformat(iso or "")
    except ValueError:
        return str(iso or "")
    return f"{day(when)}, {when:%H:%M %Z}".rstrip()


def stamp(run: str, finished: str | None = None, versions: Mapping[str, str] | None = None) -> str:
    """Say what made a page: run, time, versions, as far as they are known."""
    versions = versions or {}
    known = [f"{name} {versions[name.lower()]}" for name in VERSIONS if name.lower() in versions]
    fields = {"when": moment(finished)} if finished else {}
    fields |= {"versions": listing(known)} if known else {}
    words = {(): RUN, ("when",): RUN_MADE, ("versions",): RUN_WITH}.get(tuple(fields), RUN_MADE_WITH)
    return filled(words, run=run, **fields)


def notebook_status(kind: str, status: str, reason: str) -> str:
    """Say on an index why a notebook has no answer."""
    if kind == "answered":
        return ""
    if kind == "unanswered":
        return filled(NOT_YET, reason=reason or filled(A_TABLE))
    return reason or languages.translated(status.capitalize())


def run_dates(as_of: str, finished: str | None) -> str:
    """Say what a published run stands on and when it was made."""
    stood = day(date.fromisoformat(as_of))
    return filled(AS_OF_MADE, day=stood, when=moment(finished)) if finished else filled(AS_OF, day=stood)


def old(as_of: str, finished: str | None) -> str:
    """Warn of numbers that were old when the report was made (ISO date and time stamp); "" where they were not."""
    age = _age(as_of, finished)
    return filled(OLD, day=day(date.fromisoformat(as_of)), age=age) if age else ""


def with_age(facts: Mapping[str, str], as_of: str, finished: str | None) -> dict[str, str]:
    """Add to what stands beside every page how old the data was when the report was made, where it was old."""
    age = _age(as_of, finished)
    return {**facts, "Age of the data": filled(AGE, age=age)} if age else dict(facts)


def _age(as_of: str, finished: str | None) -> str:
    """How long before the report was made its day was; "" where it was not old."""
    if not finished:
        return ""
    days = (datetime.fromisoformat(finished).date() - date.fromisoformat(as_of)).days
    if days <= OLD_FROM:
        return ""
    months = days / (YEAR / 12)
    if months < 3:
        return count(days, "day")
    return count(round(months), "month") if months < 24 else count(round(months / 12), "year")


def run_failure(when: str, *, published: bool) -> str:
    """Say that a study's newest run did not finish."""
    return filled(DID_NOT_FINISH if published else NO_REPORT, when=moment(when))
