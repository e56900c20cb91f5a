"""Read YAML as written: every value stays text until the type that is expected decides what it means.

YAML itself reads 1998-06-30 as a date, 007 and 010 as octal numbers, `no` as false and 1.10 as 1.1. Here the
title 1.10 stays "1.10", the column 007 stays "007", and only `convert` makes numbers, dates and booleans.
"""

import ast
import difflib
import math
import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from helpers.errors import StudyError

LONGEST = 500_000  # characters of a file
DEEPEST = 20  # lists and mappings within each other
MOST_VALUES = 50_000
LARGEST_WHOLE = 2**63 - 1  # what engines can count to
NO_TEXT = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]"


class _TextLoader(yaml.BaseLoader):
    """A YAML loader that keeps scalars as text, an empty value as None, and refuses a key given twice."""

    def construct_scalar(self, node: yaml.ScalarNode) -> str | None:
        empty = node.style is None and node.value in ("", "~", "null")
        return None if empty else node.value

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or not self.construct_scalar(key_node):
                raise StudyError(f"line {key_node.start_mark.line + 1}: a key must be a name.")
            if key_node.value in seen:
                line = key_node.start_mark.line + 1
                raise StudyError(f"line {line}: {key_node.value!r} is given twice. Keep one of them.")
            seen.add(key_node.value)
        return super().construct_mapping(node, deep=True)


def read(path: Path) -> dict:
    """Read a YAML file as nested dicts and lists of text (None where a value is empty).

    Raises StudyError naming the file and line when it cannot be read, holds a key twice, or is no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8.") from error
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        content = deepcopy(_loaded(text))
    except yaml.MarkedYAMLError as error:
        raise StudyError(f"{path}, {_explain(error, text)}") from error
    except yaml.YAMLError as error:
        raise StudyError(f"{path} is not valid YAML: {error}") from error
    except StudyError as error:
        raise StudyError(f"{path}, {error}") from error
    if not isinstance(content, dict):
        raise StudyError(f"{path} holds no `key: value` lines; see reports/demo.yaml for an example.")
    return content


@lru_cache(maxsize=8)
def _loaded(text: str) -> Any:
    """What a text holds: the catalogue is read many times in a run, and a study with every command."""
    _refuse_bombs(text)
    return yaml.load(text, Loader=_TextLoader)


def _refuse_bombs(text: str) -> None:
    """Refuse what no study is: a text too large, too deep, with half characters, or that repeats itself without end."""
    if len(text) > LONGEST:
        raise StudyError(f"{len(text):,} characters are more than a study needs ({LONGEST:,}): shorten it.")
    if found := re.search(NO_TEXT, text):
        line = text.count("\n", 0, found.start()) + 1
        raise StudyError(
            f"line {line}: a control character or half a character ({found[0]!a}): write it again."
        )
    depth, held = 0, 0
    open_anchors: list[tuple[str | None, int]] = []
    sizes: dict[str, int] = {}
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            anchor, before = open_anchors.pop()
            sizes |= {anchor: held - before} if anchor else {}
            continue
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes and any(anchor == event.anchor for anchor, _ in open_anchors):
                raise StudyError(
                    f"line {event.start_mark.line + 1}: *{event.anchor} holds itself: write it out."
                )
            held += sizes.get(event.anchor, 1)
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            open_anchors.append((event.anchor, held))
        held += 1
        if isinstance(event, yaml.ScalarEvent) and re.search(NO_TEXT, event.value):
            raise StudyError(
                f"line {event.start_mark.line + 1}: a control character or half a character: write it again."
            )
        if depth > DEEPEST or held > MOST_VALUES:
            raise StudyError(
                f"line {event.start_mark.line + 1}: more than {DEEPEST} levels, or {MOST_VALUES:,} values with what is "
                "repeated: no study needs as many. Write it out in fewer."
            )


def _explain(error: yaml.MarkedYAMLError, text: str) -> str:
    mark = error.problem_mark or error.context_mark
    line = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
    where = f"line {mark.line + 1}: " if mark else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return f"{where}the line begins with a tab. YAML is indented with spaces."
    shown = line.strip()[:80] if not re.search(r"source|@|:/|(?i:pass|secret|token|key)", line) else "..."
    return f"{where}not valid YAML ({error.problem}): {shown!r}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is spelled most like `name`, if one is near."""
    matches = difflib.get_close_matches(name[:100], list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def unknown(kind: str, name: str, known: Iterable[str], where: str) -> StudyError:
    """The error for a name that does not exist: names it, suggests the nearest, lists what exists."""
    known = list(known)
    listed = ", ".join(known)
    if near := nearest(name, known):
        return StudyError(f"{where}: unknown {kind} {name!r}. Did you mean {near!r}? There is: {listed}.")
    if known:
        return StudyError(f"{where}: unknown {kind} {name!r}. There is: {listed}.")
    return StudyError(f"{where}: unknown {kind} {name!r}. There is no {kind} at all.")


def convert(value: object, type_text: str, where: str) -> Any:
    """Turn text (or a list or mapping of it) into the type a parameter is annotated with.

    `type_text` is str, int, float, bool, date, list, dict, list[T] or dict[str, T]. StudyError otherwise.
    """
    return _convert(value, ast.parse(type_text, mode="eval").body, where)


def _convert(value: object, kind: ast.expr, where: str) -> Any:
    name = getattr(kind.value if isinstance(kind, ast.Subscript) else kind, "id", None)
    inner = kind.slice if isinstance(kind, ast.Subscript) else ast.Name("str")
    if value is None:
        raise StudyError(f"{where} is empty: give it a value, or delete the line to keep the default.")
    if name == "list":
        if not isinstance(value, list):
            raise StudyError(f"{where} is {_shown(value)}; a list is needed, like [{_shown(value)}].")
        return [_convert(item, inner, f"{where}[{i}]") for i, item in enumerate(value)]
    if name == "dict":
        if not isinstance(value, dict):
            raise StudyError(f"{where} is {_shown(value)}; a mapping is needed, like {{name: value}}.")
        of = inner.elts[-1] if isinstance(inner, ast.Tuple) else inner
        return {key: _convert(item, of, f"{where}.{key}") for key, item in value.items()}
    if name not in _SCALARS:
        raise StudyError(
            f"{where}: type {ast.unparse(kind)!r} is not one of {', '.join(_SCALARS)}, list, dict."
        )
    if not isinstance(value, str):
        raise StudyError(f"{where} is {_shown(value)}; one value is needed, {_EXPECTED[name]}.")
    try:
        return _SCALARS[name](value)
    except ValueError as error:
        raise StudyError(f"{where} is {value!r}; it must be {_EXPECTED[name]}.") from error


def _integer(text: str) -> int:
    if not re.fullmatch(r"[-+]?(0|[1-9][0-9_]*)", text):
        raise ValueError(text)
    if abs(number := int(text)) > LARGEST_WHOLE:
        raise ValueError(text)
    return number


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number) or re.fullmatch(r"[-+]?0[0-9_]+", text):
        raise ValueError(text)
    return number


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)


_SCALARS: dict[str, Callable[[str], object]] = {
    "str": str,
    "int": _integer,
    "float": _number,
    "bool": _truth,
    "date": _day,
}
_EXPECTED = {
    "str": "a text",
    "int": "a whole number like 24, of at most 18 digits",
    "float": "a number like 0.10",
    "bool": "true or false",
    "date": 'a date like "1998-06-30"',
}


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "empty"
