"""What all pages share: the templates' environment, and writing a page whole or not at all."""

import os
from functools import cache
from pathlib import Path

import jinja2

from helpers.errors import StudyError
from helpers.pages import wording

HERE = Path(__file__).parent
TEMPLATE = HERE / "template"
LARGEST_PAGE = 1_000_000  # bytes
# A figure that may be wider than the screen: it scrolls, by keyboard too.
SCROLLS = 'class="figure-drawings" role="region" aria-label="Figure, scrolls sideways" tabindex="0"'


@cache
def environment() -> jinja2.Environment:
    """Return the environment of the page templates: everything is escaped, an unknown name is an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"day": wording.day, "plain": wording.plain, "unbroken": wording.unbroken}
    made.globals |= {
        "css": (HERE / "style.css").read_text(encoding="utf-8"),
        "interval_note": wording.unbroken(wording.INTERVAL_NOTE),
    }
    return made


def fill(template: str, **values) -> str:
    """Return a template of template/ filled with values."""
    return environment().get_template(template).render(**values)


def write(text: str, target: Path) -> Path:
    """Write a page beside its place and move it there: a reader never sees half of one.

    StudyError where the page would be larger than 1 MB.
    """
    size = len(text.encode())
    if size > LARGEST_PAGE:
        raise StudyError(
            f"{target.name} would be {size / 1e6:.1f} MB; a page stays under 1 MB. "
            "Show fewer rows in its tables, or fewer figures."
        )
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return target
