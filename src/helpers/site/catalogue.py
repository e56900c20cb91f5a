"""All sentences of the project by name, read from its source without importing anything."""

import ast
from functools import cache
from pathlib import Path

from helpers import paths
from helpers.errors import StudyError
from helpers.files import Remembered


@cache
def templates() -> dict[str, str]:
    """Return {name: English template} of every `message("name", "template")` in the helpers, sorted by name.

    StudyError where two messages share a name.
    """
    found: dict[str, str] = {}
    kept = Remembered(paths.cache_folder() / "sentences.json", Path(__file__))
    for file in sorted((paths.SOURCES / "helpers").rglob("*.py")):
        for name, template in kept.of(file, _in_file):
            if name in found:
                raise StudyError(f"{file}: two messages are named {name!r}; a message's name is its own.")
            found[name] = template
    kept.save()
    return dict(sorted(found.items()))


def _in_file(file: Path) -> list[tuple[str, str]]:
    text = file.read_text(encoding="utf-8")
    return _defined(ast.parse(text)) if "message(" in text else []


def _defined(tree: ast.AST) -> list[tuple[str, str]]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "message"]
    both = [[ast.literal_eval(one) for one in call.args] for call in named if len(call.args) == 2]
    return [(name, template) for name, template in both]
