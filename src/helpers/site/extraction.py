"""Everything pages can say, read from its source: what a language's catalogues have to hold.

Sentences come with their name as context; short texts (headings, names of checks, axes, legends, titles of pages, words
that results bring along) without; counted nouns as a singular and a plural; and the notebooks' prose by paragraph.
"""

import ast
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file

from helpers import paths
from helpers.checks import VERDICTS
from helpers.languages import NOUN, PROSE
from helpers.site import error_texts
from helpers.site.catalogue import templates
from helpers.site.paragraphs import paragraphs
from helpers.site.words import WORDS
from helpers.study.catalogue import load_catalogue, notebook_path

HELPERS = paths.SOURCES / "helpers"
FIRST = {
    "column",
    "Column",
    "check",
    "rename_axis",
    "set_xlabel",
    "set_ylabel",
    "translated",
}  # calls whose first argument a page shows
AXES = {"percent_axis": 1, "count_axis": 1, "points_axis": 1, "change_axis": 2, "money_axis": 2, "axis": 3}
NAMED = {"label", "xlabel", "ylabel"}  # keywords of what a figure writes
SHELL = {"_": None, "ngettext": (1, 2)}


def wanted(domain: str) -> Catalog:
    """Return all texts of a domain, in their order, without a translation."""
    catalogue = Catalog()
    if domain == PROSE:
        for text, notebook in _prose():
            catalogue.add(text, locations=[(notebook, 0)])
        return catalogue
    for name, template in templates().items():
        catalogue.add(template, context=name)
    for template in error_texts.templates():
        catalogue.add(template, context=error_texts.CONTEXT)
    for noun, plural in sorted(_nouns()):
        catalogue.add((f"{{n}} {noun}", f"{{n}} {plural}"), context=NOUN)
    for text in dict.fromkeys(_texts()):
        catalogue.add(text)
    return catalogue


def _texts() -> Iterator[str]:
    yield from VERDICTS
    for entry in load_catalogue().values():
        yield from (entry.title, entry.question)
    for file in sorted((HELPERS / "site" / "template").glob("*.j2")):
        for _, said, _, _ in extract_from_file("jinja2.ext:babel_extract", file, SHELL):
            yield from [said] if isinstance(said, str) else said
    yield from sorted({text for file in _sources() for text in _shown(_tree(file))})
    yield from (*WORDS, *error_texts.NAMED)


def _sources() -> list[Path]:
    inside = {file: file.relative_to(HELPERS).parts for file in HELPERS.rglob("*.py")}
    return sorted(file for file, parts in inside.items() if not {"demo", "languages"} & {*parts})


@cache
def _tree(file: Path) -> ast.AST:
    return ast.parse(file.read_text(encoding="utf-8"))


def _shown(tree: ast.AST) -> Iterator[str]:
    """Texts that a module writes into tables, figures and checks."""
    constants = dict(_constants(tree))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = _name(call)
        place = AXES.get(name, 0 if name in FIRST else None)
        given = [call.args[place]] if place is not None and len(call.args) > place else []
        given += [word.value for word in call.keywords if word.arg in NAMED]
        if name in ("Table", "table"):
            given += [value for word in call.keywords for value in _values(word.value)]
        yield from (text for one in given for text in _may_be(one, constants))
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(_is_columns(target) for target in node.targets):
            yield from (text for value in _values(node.value) for text in _may_be(value, constants))


def _constants(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The texts that a module gives a name to, one or several at a time."""
    for node in getattr(tree, "body", []):
        if isinstance(node, ast.Assign):
            target, value = (
                [*one.elts] if isinstance(one, ast.Tuple) else [one] for one in (node.targets[0], node.value)
            )
            pairs = zip(target, value, strict=False)
            yield from ((one.id, _text(said)) for one, said in pairs if isinstance(one, ast.Name))


def _may_be(node: ast.expr, constants: Mapping[str, str]) -> Iterator[str]:
    """The texts that an expression may be: a literal, a constant of its module, or both sides of a condition."""
    if isinstance(node, ast.IfExp):
        yield from (*_may_be(node.body, constants), *_may_be(node.orelse, constants))
    elif text := constants.get(node.id, "") if isinstance(node, ast.Name) else _text(node):
        yield text


def _is_columns(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id.lower().endswith(("columns", "headings"))


def _values(node: ast.expr) -> list[ast.expr]:
    """The values of the dictionaries in an expression."""
    return [value for one in ast.walk(node) if isinstance(one, ast.Dict) for value in one.values]


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _nouns() -> set[tuple[str, str]]:
    """The nouns that are counted, with their plural."""
    found = set()
    for file in _sources():
        for call in (node for node in ast.walk(_tree(file)) if isinstance(node, ast.Call)):
            noun, plural = ([*map(_text, call.args[1:3]), "", ""] if _name(call) == "count" else ["", ""])[:2]
            if noun:
                found.add((noun, plural or noun + "s"))
    return found


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _prose() -> Iterator[tuple[str, str]]:
    for notebook in load_catalogue():
        cells = json.loads(notebook_path(notebook).read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            if cell["cell_type"] == "markdown":
                yield from ((text, notebook) for text in paragraphs("".join(cell["source"])))
