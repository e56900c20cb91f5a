"""What is counted in the source: directions of imports, circles, long functions; `house.py` states the goals.

Each measure is a list of findings, one line of text per place that breaks the rule. Imports inside functions count
as those at the top; `importlib.import_module("helpers.x")` counts too, but for the demo, which is found by name.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from helpers import paths

SOURCE = paths.ROOT / "src" / "helpers"
ORDER = (
    ("errors", "paths", "files", "languages", "messages", "checks"),
    ("study",),
    ("contracts",),
    ("tables",),
    ("inference",),
    ("clv", "customers", "campaigns", "loyalty"),
    ("pages",),
    ("views",),
    ("site",),
    ("runs",),
    ("commands",),
    ("cli",),
    ("__main__",),
)
RANK = {part: rank for rank, parts in enumerate(ORDER) for part in parts}
DEMO_READS = {"errors", "paths", "files", "languages", "messages", "checks", "study", "tables", "demo"}
LONGEST_FUNCTION, MOST_PARAMETERS = 60, 8


def module_name(path: Path) -> str:
    """helpers.pages.page for src/helpers/pages/page.py; a package for its __init__.py."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file, or of all code cells of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return ast.parse(text)


@cache
def modules() -> dict[str, ast.Module]:
    """The syntax tree of every module of helpers, by its dotted name."""
    return {module_name(path): parsed(path) for path in sorted(SOURCE.rglob("*.py"))}


def part_of(module: str) -> str:
    """The package or file right under helpers to which a module belongs; empty for helpers itself."""
    return module.split(".")[1] if "." in module else ""


def imports(name: str, tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    """(module, what is taken from it or "", name it gets) of each import; a module taken from a package is a module."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                yield from ((one.name, "", one.asname or "") for one in names)
            case ast.ImportFrom(module, names, level):
                base = name.split(".")[: -level if level and not _is_package(name) else (1 - level or None)]
                origin = ".".join([*base, *([module] if module else [])]) if level else module
                for one in names:
                    inner = f"{origin}.{one.name}"
                    yield (
                        (inner, "", one.asname or "")
                        if inner in modules()
                        else (origin, one.name, one.asname or "")
                    )
            case ast.Call(ast.Attribute(_, called) | ast.Name(called), [ast.Constant(str(one)), *_]):
                if called in ("import_module", "importorskip") and part_of(one) != "demo":
                    yield (one, "", "")


@cache
def _is_package(name: str) -> bool:
    return (SOURCE.parent / name.replace(".", "/") / "__init__.py").is_file()


@cache
def graph() -> dict[str, frozenset[str]]:
    """Which module of helpers imports which."""
    return {
        name: frozenset(module for module, _, _ in imports(name, tree) if module in modules()) - {name}
        for name, tree in modules().items()
    }


# ---- layers
def against_the_direction() -> list[str]:
    """Imports of a later layer; of the demo by anyone but itself; by the demo of more than it may read."""
    found = []
    for name, targets in graph().items():
        for target in sorted(targets):
            mine, other = part_of(name), part_of(target)
            if "demo" in (mine, other):
                allowed = mine == "demo" and other in DEMO_READS
            elif not mine or not other:
                allowed = not other or mine == ""
            elif mine not in RANK or other not in RANK:
                allowed = False  # a package without a place in the order
            else:
                allowed = RANK[other] <= RANK[mine]
            if not allowed:
                found.append(f"{name} imports {target}")
    return found


def circles(edges: dict[str, Iterable[str]]) -> list[str]:
    """Groups of nodes that reach each other, each as one text."""

    def reached(start: str) -> set[str]:
        seen, ahead = set(), [start]
        while ahead:
            new = set(edges.get(ahead.pop(), ())) - seen
            seen |= new
            ahead += new
        return seen

    reach = {node: reached(node) for node in edges}
    groups = {
        frozenset(other for other in reach[node] if node in reach.get(other, ()))
        for node in edges
        if node in reach[node]
    }
    return sorted(" <-> ".join(sorted(group)) for group in groups)


def module_circles() -> list[str]:
    return circles(graph())


def package_circles() -> list[str]:
    edges: dict[str, set[str]] = {}
    for name, targets in graph().items():
        if part_of(name):
            edges.setdefault(part_of(name), set()).update({part_of(t) for t in targets} - {"", part_of(name)})
    return circles(edges)


def files_beside_packages() -> list[str]:
    """The Python files right under helpers."""
    return sorted(path.name for path in SOURCE.glob("*.py"))


def renamed_modules() -> list[str]:
    """Own modules imported under another name; a notebook, and a test of it, may call its view `view`."""
    found = []
    for path, taken_from in own_imports().items():
        for module, taken, renamed in taken_from:
            if not renamed or taken or module not in modules() or renamed == module.rpartition(".")[2]:
                continue
            if not (part_of(module) == "views" and renamed == "view"):
                found.append(f"{path.relative_to(paths.ROOT)}: {module} as {renamed}")
    return found


@cache
def own_imports() -> dict[Path, list[tuple[str, str, str]]]:
    """The imports of every Python file and notebook of the project."""
    files = [
        path for folder in ("src", "tests", "benchmarks") for path in (paths.ROOT / folder).rglob("*.py")
    ]
    files = [path for path in files if ".work" not in path.parts] + [*paths.NOTEBOOKS.glob("*.ipynb")]
    return {
        path: list(imports(module_name(path) if SOURCE in path.parents else "", parsed(path)))
        for path in sorted(files)
    }


# ---- functions
@cache
def functions() -> list[tuple[str, ast.FunctionDef]]:
    """Every function and method of helpers with its dotted name (without its class)."""
    return [
        (f"{name}.{node.name}", node)
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def parameters_of(node: ast.FunctionDef) -> list[str]:
    """All of a function's parameters but self and cls."""
    every = [
        *node.args.posonlyargs,
        *node.args.args,
        *node.args.kwonlyargs,
        node.args.vararg,
        node.args.kwarg,
    ]
    return [one.arg for one in every if one is not None and one.arg not in ("self", "cls")]


def _is_compiled(node: ast.FunctionDef) -> bool:
    return any(
        re.search(r"\b(njit|jit|vectorize|guvectorize)\b", ast.unparse(one)) for one in node.decorator_list
    )


def lines_of(node: ast.FunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    lines = node.end_lineno - node.lineno + 1
    if ast.get_docstring(node, clean=False) is not None:
        lines -= node.body[0].end_lineno - node.body[0].lineno + 1
    return lines


def long_functions() -> list[str]:
    """Functions above 60 lines that numba does not compile."""
    return [
        f"{name} ({lines_of(node)} lines)"
        for name, node in functions()
        if lines_of(node) > LONGEST_FUNCTION and not _is_compiled(node)
    ]


def wide_functions() -> list[str]:
    """Functions of more than 8 parameters that numba does not compile."""
    return [
        f"{name} ({len(parameters_of(node))} parameters)"
        for name, node in functions()
        if len(parameters_of(node)) > MOST_PARAMETERS and not _is_compiled(node)
    ]


def functions_with_a_page() -> list[str]:
    """Functions below the views that take a `page`."""
    return [
        name
        for name, node in functions()
        if "page" in parameters_of(node) and RANK.get(part_of(name), -1) < RANK["views"]
    ]
