"""Files that are written whole or not at all, JSON, hashes, and what to say where a file cannot be written."""

import ast
import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from helpers.errors import StudyError

OWNER_ONLY = 0o600
PARTIAL = ".{name}.{pid}.partial"  # beside what is being written
MOST_REMEMBERED = 2000  # files
_CLONE = 0x40049409  # Linux: the same blocks under two names, until one of them is written to
_WAYS_OUT = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "the disk's quota is used up: free some space",
    errno.EFBIG: "the file would be larger than is allowed here: raise that limit",
    errno.EROFS: "the disk is read-only: put the project where it can be written",
    errno.EACCES: "you may not write or read there: give yourself the right, or use another folder",
    errno.EISDIR: "a folder stands where a file should: move it away",
    errno.ENOTDIR: "a file stands where a folder should: move it away",
    errno.EEXIST: "a file stands where a folder should: move it away",
    errno.ELOOP: "links lead to each other in a circle: remove them",
    errno.EINVAL: "a pipe or a device stands where a file should: move it away",
    errno.EPERM: "you may not write or read there: give yourself the right, or use another folder",
}


def digest(value: Any) -> str:
    """A short hash of anything JSON can say."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's content, read in blocks; OSError for a pipe or a device, which may never end."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no file", str(path))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    """What a JSON file says, or None when it is missing, no file, not whole or nested without end."""
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError, RecursionError):
        return None


def write_json(path: Path, value: Any) -> None:
    """Write JSON in one step, for the owner only: what an error said may hold values of the data."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=str)
    write_text(path, text, mode=OWNER_ONLY)


def sealed(value: dict) -> dict:
    """The same with its own hash, so that `unsealed` notices when it was edited."""
    return value | {"seal": digest(json.loads(json.dumps(value, default=str)))}


def unsealed(value: Any) -> dict | None:
    """What was sealed; None for anything else, and where it was edited since."""
    if not isinstance(value, dict) or "seal" not in value:
        return None
    content = {key: one for key, one in value.items() if key != "seal"}
    return content if digest(content) == value["seal"] else None


class Remembered:
    """What was read from files, kept on the disk by the hash of their content: an unchanged file is not read again.

    Only for what follows from the content alone, and is JSON. by: the files of the code that reads it; after a change of
    one all is read anew.
    """

    def __init__(self, path: Path, *by: Path) -> None:
        self.path, self.version = path, digest([file_sha256(one) for one in by])
        stored = unsealed(read_json(path)) or {}
        same = stored.get("version") == self.version and isinstance(stored.get("kept"), dict)
        self.kept: dict[str, Any] = stored["kept"] if same else {}
        self.stored = len(self.kept)

    def of(self, file: Path, read: Callable[[Path], Any]) -> Any:
        """What `read` makes of a file, from memory where the content is known."""
        sha = file_sha256(file)
        if sha not in self.kept:
            self.kept[sha] = read(file)
        return self.kept[sha]

    def save(self) -> None:
        """Write the memory for the next process, where it grew; where that cannot be, the next one reads again."""
        if len(self.kept) > self.stored:
            newest = dict([*self.kept.items()][-MOST_REMEMBERED:])
            with suppress(OSError, StudyError):
                private_text(self.path, json.dumps(sealed({"version": self.version, "kept": newest})))
            self.stored = len(self.kept)


def left_by_run(run: Path, notebook: str, name: str) -> bool | None:
    """Whether the file `name` of a run is what the notebook left there; None where its keys.json does not say."""
    keys = read_json(run / "keys.json")
    entry = unsealed(keys.get(notebook)) if isinstance(keys, dict) else None
    known = entry["files"].get(name) if entry and isinstance(entry.get("files"), dict) else None
    return None if known is None else file_sha256(run / name) == known


def private_folder(path: Path) -> Path:
    """Make a folder, and what is missing above it, for the owner only, whatever the umask says."""
    missing = [one for one in (path, *path.parents) if not one.is_dir()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    path.chmod(0o700)
    return path


def private_text(path: Path, text: str) -> Path:
    """Write a text in one step, for the owner only."""
    private_folder(path.parent)
    return replace(path, lambda partial: partial.write_text(text, encoding="utf-8", errors="replace"))


def copy(source: Path, target: Path) -> None:
    """Copy a file or a folder, so that an edit of one leaves the other; where the disk can, the blocks are shared."""
    if source.is_dir():
        shutil.copytree(source, target, copy_function=lambda one, other: copy(Path(one), Path(other)))
        return
    with source.open("rb") as given, target.open("xb") as made:
        try:
            fcntl.ioctl(made, _CLONE, given.fileno())
        except OSError:
            shutil.copyfileobj(given, made, 1 << 20)
    shutil.copystat(source, target)


def sweep_partials(folder: Path) -> None:
    """Remove, in a folder and below it, what processes left half-written that have ended."""
    for path in folder.rglob(".*.partial"):
        pid = path.name.split(".")[-2]
        if pid.isdecimal() and not _is_alive(int(pid)):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True


def explained(error: Exception) -> str:
    """What to say of a file or a disk that failed: which file, why, and the way out."""
    if not isinstance(error, OSError):
        return f"The engine could not go on ({str(error).splitlines()[0]}). Is the disk full?"
    where = " and ".join(str(name) for name in (error.filename, error.filename2) if name) or "A file"
    why = _WAYS_OUT.get(error.errno or 0, f"{error.strerror or error}: see to it")
    return f"{where}: {why}, then run again. What was published is unchanged."


def write_text(path: Path, text: str, mode: int | None = None) -> Path:
    """Write a text in one step: a reader sees the old or the new one. Without a mode, the umask says who may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(PARTIAL.format(name=path.name, pid=os.getpid()))
    try:
        partial.write_text(text, encoding="utf-8", errors="replace")
        if mode is not None:
            partial.chmod(mode)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def replace(path: Path, write: Callable[[Path], Any], *, private: bool = True) -> Path:
    """Let `write` make a file or a folder beside `path`, then move it into place.

    It is for the owner only, or, where it is a part of a page and not private, for whom the umask says. A reader never
    sees half a file. StudyError where it cannot be written; what was there before is unchanged then.
    """
    partial = path.with_name(PARTIAL.format(name=path.name, pid=os.getpid()))
    try:
        write(partial)
        for part in (partial, *partial.rglob("*")) if private else ():
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


def unedited(path: Path) -> Path:
    """An artifact's path; StudyError where a run left another file there."""
    run = path.parents[2]
    if left_by_run(run, path.parent.name, path.relative_to(run).as_posix()) is False:
        raise StudyError(
            f"{path} was edited since the run that wrote it, so it is not read: run the study again, or remove that file."
        )
    return path
