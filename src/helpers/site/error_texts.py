"""Errors for the analyst in the language of a study: found by the English sentence that they were written with.

An error is English where it is raised. Its sentence, read from the source with {1}, {2} for what stands in it, is the key
of its translation (context: error); what stands in it may be such a sentence again, or a word of the project's own.
"""

import ast
import re
from collections.abc import Container, Iterable, Iterator
from functools import cache

from helpers import languages, paths

CONTEXT = "error"
FOLDERS = ("study", "tables", "contracts", "runs", "commands")  # what a command may raise
ANALYSES = ("clv", "customers", "campaigns", "loyalty")  # of which pages say why a notebook cannot answer
CANNOT_ANSWER = {"CannotAnswer"}
ERRORS = {"StudyError", *CANNOT_ANSWER}
PARTS = ("No file {1}",)  # sentences that stand in others
NAMED = (  # what stands in sentences and is no name of a file, a key or a column
    'a date like "1998-06-30"',
    "a list",
    "a mapping",
    "a number like 0.10",
    "a text",
    "a whole number like 24, of at most 18 digits",
    "artifact",
    "column",
    "date or time",
    "each value",
    "empty",
    "key",
    "notebook",
    "parameter",
    "study",
    "table",
    "true or false",
)
_GAP = re.compile(r"\{(\d+)\}")
_WORDS = re.compile(r"[A-Za-z]{2}")


def templates() -> list[str]:
    """The sentences of all errors that a study's files and tables may raise, sorted."""
    return sorted({one for one in _all() if _WORDS.search(_GAP.sub("", one))})


def in_language(text: str) -> str:
    """An error in the language that is spoken; the English where nobody translated its sentence."""
    return text if languages.is_english() else _said(text, within=False)


def _said(text: str, *, within: bool) -> str:
    """within: of what stands in another sentence, which may be a list, and is not parted at its commas."""
    if text in NAMED:
        return languages.translated(text)
    for pattern, template in _patterns():
        has_words = bool(_WORDS.search(_GAP.sub("", template)))
        if (has_words or not within) and (found := pattern.fullmatch(text)):
            said = languages.translated(template, CONTEXT)
            gaps = {number: _said(found[f"g{number}"], within=has_words) for number in _GAP.findall(template)}
            if said != template or any(gap != found[f"g{number}"] for number, gap in gaps.items()):
                return _filled(said, gaps)
    return text


def _filled(template: str, gaps: dict[str, str]) -> str:
    return _GAP.sub(lambda gap: gaps[gap[1]], template.replace("{{", "{").replace("}}", "}"))


@cache
def _patterns() -> list[tuple[re.Pattern, str]]:
    """Each sentence as a pattern, those with the most words of their own first."""
    own = {one: len(_GAP.sub("", one)) for one in _all()}
    return [(_pattern(one), one) for one in sorted(own, key=lambda one: -own[one])]


def _pattern(template: str) -> re.Pattern:
    parts = _GAP.split(template)  # text, number, text, number, ...
    known: set[str] = set()
    written = []
    for place, part in enumerate(parts):
        if place % 2 == 0:
            written.append(re.escape(part.replace("{{", "{").replace("}}", "}")))
        elif part not in known:
            known.add(part)
            written.append(f"(?P<g{part}>.*?)")
    return re.compile("".join(written), re.S)


@cache
def _all() -> tuple[str, ...]:
    written = (*_raised(FOLDERS, ERRORS), *_raised(ANALYSES, CANNOT_ANSWER))
    return (*PARTS, *dict.fromkeys(written))


def _raised(folders: Iterable[str], errors: Container[str]) -> Iterator[str]:
    """The sentences with which these errors are raised in the modules of these packages."""
    for file in (
        file for name in folders for file in sorted((paths.SOURCES / "helpers" / name).rglob("*.py"))
    ):
        yield from _of(ast.parse(file.read_text(encoding="utf-8")), errors)


def _of(tree: ast.AST, errors: Container[str]) -> Iterator[str]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        named = isinstance(call.func, ast.Name) and call.func.id in errors
        if named and call.args and (text := _template(call.args[0])):
            yield text


def _template(written: ast.expr) -> str:
    """A literal text, or one with gaps, as a sentence with {1}, {2}; empty for anything else."""
    if isinstance(written, ast.Constant) and isinstance(written.value, str):
        return _escaped(written.value)
    if not isinstance(written, ast.JoinedStr):
        return ""
    text, gaps = "", 0
    for part in written.values:
        if isinstance(part, ast.Constant):
            text += _escaped(str(part.value))
        else:
            gaps += 1
            text += f"{{{gaps}}}"
    return text


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
