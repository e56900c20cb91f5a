"""Files that are written whole or not at all, JSON, and hashes."""

import ast
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers.errors import StudyError

OWNER_ONLY = 0o600


def digest(value: Any) -> str:
    """A short hash of anything JSON can say."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def text_sha256(path: Path) -> str:
    """The SHA-256 of a small file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def code_sha256(path: Path) -> str:
    """The SHA-256 of what a Python file computes: comments, docstrings, messages, error texts and drawings are left out.

    A page's words and figures are rendered from its records, so none of them changes a result. SyntaxError as Python has it.
    """
    tree = _WithoutWords().visit(ast.parse(path.read_text(encoding="utf-8")))
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


class _WithoutWords(ast.NodeTransformer):
    """Takes out of a syntax tree what only people read: texts, and the bodies of functions marked `@drawing`."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return ast.Pass() if is_text else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if any(isinstance(mark, ast.Name) and mark.id == "drawing" for mark in node.decorator_list):
            node.body = [ast.Pass()]
        return self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                part.value = ""
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "message" and len(node.args) == 2:
            node.args[1] = ast.Constant("")
        return self.generic_visit(node)


def read_json(path: Path) -> Any:
    """What a JSON file says, or None when it is missing or not whole."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_json(path: Path, value: Any) -> None:
    """Write JSON in one step: a reader sees the old file or the new one."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=str)
    write_text(path, text)


def write_text(path: Path, text: str) -> Path:
    """Write a text in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def replace(path: Path, write: Callable[[Path], Any]) -> Path:
    """Let `write` make a file or a folder beside `path`, for the owner only, then move it into place.

    A reader never sees half a file. StudyError where it cannot be written; what was there before is unchanged then.
    """
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
