"""What proposes a line for a study file, found in the source; and such a line, put into a study as its sentence says."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import yaml
from findings_support import TODAY, check, study, write

from helpers import contracts, tables
from helpers.contracts import checking, whole_tables
from helpers.contracts.findings import PASS, Refused
from helpers.errors import StudyError
from helpers.messages import Message
from helpers.paths import SOURCES
from helpers.study.study import Study, TableSpec, load_study
from helpers.study.table_columns import TABLES

LAYERS = ("contracts", "tables")  # whose sentences are about what a study says of its files
TABLE_KEYS = {*(one.name for one in fields(TableSpec)), "amount"}
SPAN = re.compile(r"`([^`]+)`")
BARE = re.compile(r"\{(line|one|other|day_first|month_first)\}")  # gaps whose value brings its own backticks
GAP = re.compile(r"\{[^{}]*\}")


# ---- what proposes a line
@cache
def proposals() -> dict[str, str]:
    """{name: text}: messages by their names, other sentences by module, function and number; gaps in braces."""
    found: dict[str, str] = {}
    for layer in LAYERS:
        for path in sorted((SOURCES / "helpers" / layer).glob("*.py")):
            found |= dict(_texts(path))
    return found


def _proposes(text: str, *, template: bool = False) -> bool:
    """Whether a text holds `key: value` between backticks; of a template, also a gap that may hold it."""
    spans = SPAN.findall(text)
    if any(re.search(r"\w\}*: ", span) for span in spans):
        return True
    gaps = any(re.fullmatch(r"\{\w+\}", span) for span in spans) or BARE.search(SPAN.sub("", text))
    return template and bool(gaps)


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """The texts of a module, no docstrings: templates by their names, others by the function they stand in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    templates = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and _is_template(one)]
    for one in templates:
        if _proposes(one.args[1].value, template=True):
            yield one.args[0].value, one.args[1].value
    for scope in tree.body:
        name, number = f"{path.stem}.{getattr(scope, 'name', '')}", 0
        skipped = {id(part) for one in ast.walk(scope) for part in _no_sentences(one)}
        for one in ast.walk(scope):
            if id(one) in skipped or not (text := _text(one)) or not _proposes(text):
                continue
            number += 1
            yield f"{name}#{number}" if number > 1 else name, text


def _is_template(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "message" and len(call.args) == 2


def _no_sentences(node: ast.AST) -> Iterator[ast.AST]:
    """What below a node is no text of its own: parts of one, templates, docstrings."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Call) and _is_template(node)):
        yield from (one for one in ast.walk(node) if one is not node and not isinstance(one, ast.JoinedStr))
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value)
            if isinstance(part, ast.Constant)
            else "{" + ast.unparse(part.value)[:20].replace("`", "") + "}"
            for part in node.values
        )
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def holds(name: str, sentence: str, said: Message | None) -> bool:
    """Whether a printed sentence holds a proposal: its message, or its text between what its gaps hold."""
    if name in names_in(said):
        return True
    parts = GAP.split(re.sub(r"\{[^{}]*\{[^{}]*\}[^{}]*\}", "{}", proposals()[name]))
    return re.search(".*?".join(map(re.escape, parts)), sentence, re.DOTALL) is not None


# ---- a case
@dataclass(frozen=True)
class Case:
    """Files and a study that make a sentence, and its name: a finding, a rule, or "" where the files cannot be read.

    `proposes` names the proposals that the sentence holds; `part` the checks of whole tables that are asked (none: the
    rules alone); `fill` what a person writes for a placeholder; `bring` files that the sentence asks for beside its line.
    """

    finding: str
    proposes: tuple[str, ...]
    files: dict[str, Any]
    part: Any = None
    spec: dict[str, Any] = field(default_factory=dict)
    table: str = "transactions"
    study: dict[str, Any] = field(default_factory=dict)
    fill: dict[str, str] = field(default_factory=dict)
    bring: dict[str, list[dict]] = field(default_factory=dict)
    specs: dict[str, dict] = field(default_factory=dict)

    @property
    def content(self) -> dict:
        """What the study file says, without its folder."""
        return study("", **{self.table: self.spec}, **self.specs) | self.study

    def filled(self, lines: str) -> str:
        """Lines with what a person writes for their placeholders."""
        for placeholder, written in self.fill.items():
            lines = lines.replace(placeholder, written)
        return lines


@dataclass(frozen=True)
class Seen:
    """What a check said: {finding or rule: its message}, by name; or the sentence that refused to read."""

    asked: dict[str, Message]
    refused: str = ""
    judged: tuple = ()

    def sentence(self, name: str) -> str:
        """What was printed of a finding or rule; of what cannot be read, the refusal."""
        return str(self.asked[name]) if name else self.refused


def look(folder: Path, content: dict, case: Case) -> Seen:
    """What checking says of a case's table, with only the checks of the case; of a file that is refused, the refusal."""
    content = content | {"source": str(folder)}
    parts = (case.part,) if case.part else ()
    with (
        mock.patch.object(whole_tables, "_OF_A_TABLE", parts),
        mock.patch.object(whole_tables, "with_findings", wraps=whole_tables.with_findings) as made,
    ):
        try:
            if not case.finding:
                said = _study(folder, content)
                tables.open_source(said).read(case.table)
                return Seen({})
            reports = check(folder, content, today=TODAY)
        except StudyError as error:
            return Seen({}, str(error))
    return Seen(_asked(reports[case.table], case), judged=made.call_args.args)


def look_again(folder: Path, content: dict, case: Case, before: Seen) -> Seen:
    """What is said of the same rows where the study keeps a finding: rows and rules are not read again."""
    said = _study(folder, content | {"source": str(folder)})
    checking._allowed(said, case.table)
    with mock.patch.object(whole_tables, "_OF_A_TABLE", (case.part,) if case.part else ()):
        reports = whole_tables.with_findings(said, *before.judged[1:])
    return Seen(_asked(reports[case.table], case))


def _study(folder: Path, content: dict) -> Study:
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return load_study(path)


def _asked(report, case: Case) -> dict[str, Message]:
    """What asks for something, or only says what the case is about."""
    said = [one for one in report.findings if one.verdict != PASS or names_in(one.todo) & {*case.proposes}]
    found = {one.name: one.in_full for one in said}
    found |= {one.rule: one.todo for one in report.results if one.stops}
    try:
        contracts.refuse([report])
    except Refused as refused:
        found |= {one.name: one for one in refused.told}
    return found


def names_in(value: Any) -> set[str]:
    """The names of a message and of those in its fields."""
    if isinstance(value, list):
        return {name for one in value for name in names_in(one)}
    if not isinstance(value, Message):
        return set()
    return {value.name, *names_in(list(value.fields.values()))}


# ---- a line
def lines_of(sentence: str) -> list[tuple[str, str]]:
    """(where it belongs, the lines) of each way out in a sentence; lines with a comma between them are one way."""
    found: list[tuple[str, str]] = []
    end = -1
    for span in SPAN.finditer(sentence):
        if not re.search(r"^\w+: ", span[1]):
            continue
        if end >= 0 and sentence[end : span.start()] == ", ":
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{span[1]}")
        else:
            place = "`tables`" if sentence[span.end() :].startswith(" under `tables`") else ""
            found.append((place or _place(sentence[: span.start()]), span[1]))
        end = span.end()
    return found


def _place(before: str) -> str:
    """Where a sentence says that a line belongs: a table's name, `the table`, `the study file`, or nothing."""
    places = "|".join(TABLES)
    before = re.sub(rf"({places}|the table) in the study file", r"\1", before)
    said = re.findall(rf"(?:to|in|under) ({places}|the table|the study file|`tables`)(?!\w)", before)
    return said[-1] if said else ""


def applied(content: dict, table: str, place: str, lines: str) -> dict:
    """The study file's content with these lines where the sentence says that they belong."""
    content = yaml.safe_load(yaml.safe_dump(content))
    for line in lines.split("\n"):
        try:  # one line may hold several settings
            said = yaml.safe_load(f"{{{line}}}")
        except yaml.YAMLError:
            said = yaml.safe_load(line)
        own = content["tables"].setdefault(place if place in TABLES else table, {})
        target = content
        if (
            place in TABLES or place == "the table" or set(said) <= {*own, "path", "rules"}
        ):  # what is there already is corrected
            target = own
        elif place == "`tables`":
            target = content["tables"]
        elif not place and set(said) <= TABLE_KEYS:
            target = own
        for key, value in said.items():
            _put(target, key, value)
    return content


def _put(target: dict, key: str, value: Any) -> None:
    if isinstance(value, dict):
        target[key] = target.get(key, {}) | value
    elif isinstance(value, list):  # a condition that is written anew takes the place of the old one
        target[key] = [*(one for one in target.get(key, []) if f"({one})" not in value[0]), *value]
    else:
        target[key] = value


def files_of(case: Case, folder: Path, more: dict | None = None) -> None:
    """Write a case's files: rows, lines of text, or bytes."""
    for name, what in (case.files if more is None else more).items():
        (folder / name).parent.mkdir(exist_ok=True)
        if isinstance(what, bytes):
            (folder / name).write_bytes(what)
        elif isinstance(what, str):
            (folder / name).write_text(what, encoding="utf-8")
        else:
            write(folder, what, name)
