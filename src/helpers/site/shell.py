"""What all pages share: the templates' environment, and writing a page whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.filters import do_mark_safe

from helpers import languages
from helpers.checks import VERDICTS
from helpers.errors import StudyError
from helpers.files import write_text
from helpers.messages import from_record
from helpers.pages import fonts, wording
from helpers.pages.records import scroll_hint
from helpers.site.catalogue import templates
from helpers.site.run_record import RunRecord

HERE = Path(__file__).parent
TEMPLATE = HERE / "template"
# A page shows its own text, style and pictures: no script runs, nothing is asked for, whatever text stands in it.
SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
LARGEST_PAGE = 1_000_000  # bytes


@cache
def environment() -> jinja2.Environment:
    """Return the environment of the page templates: everything is escaped, an unknown name is an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(languages.translated, _plural, newstyle=True)  # type: ignore[attr-defined]
    made.filters |= {
        "day": wording.day,
        "told": told,
        "begun": wording.begun,
        "marked": _marked,
        "translated": languages.translated,
    }
    made.globals |= {
        "verdicts": VERDICTS,
        "security_policy": SECURITY_POLICY,
        "scroll_hint": lambda: do_mark_safe(scroll_hint()),
        "css": (HERE / "style.css").read_text(encoding="utf-8"),
    }
    return made


def _marked(text: Any) -> str:
    return do_mark_safe(wording.marked(str(text)))  # escaped there


def told(check: dict[str, Any], part: str) -> str:
    """The value or the threshold of a check that `said_check` has said: what was no message is said here."""
    text = check[part] if part in check.get("said", {}) else wording.plain(check[part])
    return wording.unbroken(text.replace("<=", "≤").replace(">=", "≥"))


def _plural(one: str, several: str, n: int) -> str:
    return languages.translated(one if n == 1 else several)


def fill(template: str, **values) -> str:
    """Return a template of template/ filled with values."""
    here = languages.language()
    values |= {"language": here, "fonts": fonts.css(here), "interval_note": wording.interval_note()}
    return environment().get_template(template).render(**values)


@contextmanager
def spoken(run: RunRecord) -> Iterator[None]:
    """Say what is said inside the block in the language of a run, with its names for values of the data."""
    with languages.speaking(run.language), wording.labelled(run.labels):
        yield


def said(stored: Any) -> str:
    """Return the text of a stored message or value in today's words; a text stays as it is."""
    return wording.sentence(from_record(stored), templates())


def said_again(stored: Any) -> Any:
    """Return a stored message or value with the text it has today."""
    return stored | {"text": said(stored)} if isinstance(stored, dict) else stored


def said_check(stored: dict[str, Any]) -> dict[str, Any]:
    """Return a stored check with its messages said in today's words."""
    told = {name: said(one) for name, one in stored.get("said", {}).items()}
    of = {"about": wording.say(stored["about"])} if "about" in stored else {}
    return stored | told | of


def write(text: str, target: Path) -> Path:
    """Write a page beside its place and move it there: a reader never sees half of one.

    StudyError where the page would be larger than 1 MB.
    """
    size = len(text.encode("utf-8", "replace"))
    if size > LARGEST_PAGE:
        raise StudyError(
            f"{target.name} would be {size / 1e6:.1f} MB; a page stays under 1 MB. "
            "Show fewer rows in its tables, or fewer figures."
        )
    return write_text(target, text)
