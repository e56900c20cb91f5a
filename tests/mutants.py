"""Whether the fast tests notice a wrong sign: 200 small faults in contracts, ledger and value arithmetic, drawn by seed.

    python tests/mutants.py              the draw of SEED=1, 200 of them; at most 5 % may survive
    python tests/mutants.py WORD ...     measure only the test files with one of these words in their names

A mutant is one module with one operator, condition or number changed (`places`). It runs the tests that reach its line, as
`covered.py` found them, shortest first, until one fails. What was killed with the same source is not run again (MINUTES=4
stops after four). Each mutant is a fork of a process that has the libraries loaded, and changes no file.
"""

import ast
import copy
import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import covered
import kept_results
from coverage import CoverageData

NUMBER = 200
MOST_SURVIVE = 0.05
NOTICED, SURVIVES = "passed", "failed"  # outcomes as tests have them
SECONDS = 60  # of the processor, for the tests of one mutant; one that takes longer hangs, and is noticed
MOST_TESTS = 60  # functions, the shortest
RESULTS = kept_results.RESULTS / "faults" / "mutants.jsonl"
LOADED = (
    "numpy",
    "pandas",
    "pyarrow",
    "duckdb",
    "ibis",
    "sqlglot",
    "scipy.stats",
    "xarray",
    "pytest",
    "yaml",
    "nbformat",
)
VALUE = """actual_value contribution_margin customer_value equity_bridge predictive_money renewal_value portfolio acquisition
expectations spend_history""".split()  # noqa: SIM905
COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
REPLACED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def targets() -> list[Path]:
    """The modules that are changed."""
    tables = [covered.HELPERS / "tables" / f"{name}.py" for name in ("ledger", "ledger_totals", "values")]
    value = [covered.HELPERS / "clv" / f"{name}.py" for name in VALUE]
    return [*sorted((covered.HELPERS / "contracts").glob("*.py")), *tables, *value]


def computing(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree that compute: no annotation, no sentence, no error's text, nothing drawn, no bare text."""
    for node in ast.iter_child_nodes(tree):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_message = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("message", "StudyError")
        if is_text or is_message or isinstance(node, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.FunctionDef):
            yield from computing_in(node.body)
            for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
                yield default
                yield from computing(default)
        elif isinstance(node, ast.AnnAssign):
            if node.value:
                yield node.value
                yield from computing(node.value)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from computing_in(node.orelse)
        else:
            yield node
            yield from computing(node)


def computing_in(body: list[ast.stmt]) -> Iterator[ast.AST]:
    yield from computing(ast.Module(body, []))


def changed(node: ast.AST) -> str | None:
    """Change a node in place and say how; None where it is of no kind that is changed."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        before, node.ops[0] = node.ops[0], COMPARED[type(node.ops[0])]()
        return f"{type(before).__name__} to {type(node.ops[0]).__name__}"
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in REPLACED:
        before, node.op = node.op, REPLACED[type(node.op)]()
        return f"{type(before).__name__} to {type(node.op).__name__}"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert | ast.USub):
        before, node.op = node.op, ast.UAdd() if isinstance(node.op, ast.USub) else node.op
        if isinstance(before, ast.USub):
            return "USub to UAdd"
        node.operand = ast.UnaryOp(before, node.operand)
        return f"{type(before).__name__} twice"
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        node.test = ast.UnaryOp(ast.Not(), node.test)
        return "condition negated"
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        node.value = not node.value
        return f"to {node.value}"
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        node.value += 1
        return f"{node.value - 1:g} to {node.value:g}"
    return None


def places(path: Path) -> list[tuple[str, int]]:
    """(module's path in the helpers, the number of a node that can be changed), of one module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    name = path.relative_to(covered.HELPERS).as_posix()
    return [(name, place) for place, node in enumerate(computing(tree)) if changed(_copied(node))]


def _copied(node: ast.AST) -> ast.AST:
    """A node that may be changed without the tree it stands in."""
    made = copy.copy(node)
    if isinstance(made, ast.Compare):
        made.ops = list(made.ops)
    return made


def mutant(name: str, place: int) -> tuple[ast.Module, int, str]:
    """The changed tree, its line, and what was changed."""
    tree = ast.parse((covered.HELPERS / name).read_text(encoding="utf-8"))
    node = list(computing(tree))[place]
    line, before = getattr(node, "lineno", 0), ast.unparse(node)
    how = changed(node)
    return ast.fix_missing_locations(tree), line, f"{how}: {before[:70]}"


class _Changed(importlib.abc.MetaPathFinder):
    """Imports one module from a changed tree."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.module = "helpers." + name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.path, self.tree = str(covered.HELPERS / name), tree

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self.module:
            return None
        loader = importlib.machinery.SourceFileLoader(fullname, self.path)
        loader.get_code = lambda _: compile(self.tree, self.path, "exec")  # type: ignore[method-assign]
        return importlib.util.spec_from_file_location(fullname, self.path, loader=loader)


def seconds_of_tests() -> dict[str, float]:
    """{test file::test: seconds} of those that passed when they were measured; the slowest of its parameters."""
    found: dict[str, float] = {}
    for report in covered.KEPT.glob("test_*.xml"):
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            name = f"{report.stem}::{case.get('name', '').partition('[')[0]}"
            failed = any(child.tag in ("failure", "error", "skipped") for child in case)
            took = float(case.get("time", 0)) if not failed else float("inf")
            found[name] = found.get(name, 0) + took
    return {name: took for name, took in found.items() if took != float("inf")}


def tests_of(data: CoverageData, name: str, line: int, seconds: dict[str, float]) -> list[str]:
    """The tests that reach a line, shortest first; for a line that is read at import, those that reach its module."""
    by_line = data.contexts_by_lineno(str(covered.HELPERS / name))
    reached = set(by_line.get(line, [])) - {""}
    reached = reached or {one for found in by_line.values() for one in found} - {""}
    known = {one.replace(".", "::", 1) for one in reached}
    return sorted(known & set(seconds), key=seconds.__getitem__)[:MOST_TESTS]


def survives(name: str, tree: ast.Module, tests: list[str]) -> bool:
    """Whether all of these tests pass on a changed module."""
    pid = os.fork()
    if pid == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        sys.meta_path.insert(0, _Changed(name, tree))
        import pytest  # noqa: PLC0415 (loaded before the fork)

        chosen = [f"tests/{one.partition('::')[0]}.py::{one.partition('::')[2]}" for one in tests]
        os._exit(int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *chosen])))
    return os.waitpid(pid, 0)[1] == 0


def known_results() -> dict[str, dict]:
    """What is known of mutants, by their key."""
    return {line["key"]: line for line in kept_results.read(RESULTS)}


def main(arguments: list[str]) -> int:
    """Run the draw and print how many survive; 1 where more do than may. arguments: words of the test files to measure."""
    for test in filter(covered.is_due, covered.test_files(arguments)):
        covered.measure(test)
    covered.combined()
    seed, number = int(os.environ.get("SEED") or 1), int(os.environ.get("MUTANTS") or NUMBER)
    drawn = random.Random(seed).sample([one for path in targets() for one in places(path)], number)
    known, began, minutes = known_results(), time.monotonic(), float(os.environ.get("MINUTES") or "inf")
    for library in LOADED:
        importlib.import_module(library)
    data = CoverageData(str(covered.KEPT / "all"))
    data.read()
    seconds, done, commit = seconds_of_tests(), {}, kept_results.commit()
    os.chdir(covered.ROOT)
    for name, place in drawn:
        tree, line, how = mutant(name, place)
        key = hashlib.sha256(f"{name} {ast.unparse(tree)}".encode()).hexdigest()[:16]
        was = known.get(key)
        if was is None or was["outcome"] != NOTICED:
            if time.monotonic() - began > 60 * minutes:
                print(
                    f"stopped after {minutes:g} minutes, {len(done)} of {number} done: run it again, and it goes on"
                )
                return 1
            tests = tests_of(data, name, line, seconds)
            outcome = SURVIVES if not tests or survives(name, tree, tests) else NOTICED
            was = {"key": key, "place": f"{name}:{line}", "how": how, "tests": len(tests), "outcome": outcome}
            known[key] = was | {"commit": commit}
            kept_results.write(RESULTS, [*known.values()])
        done[key] = known[key]
    kept_results.write(RESULTS, [*done.values()])  # what is drawn no more goes
    kept_results.write_table()
    alive = [one for one in done.values() if one["outcome"] == SURVIVES]
    for one in sorted(alive, key=lambda one: one["place"]):
        print(f"  survives  {one['place']}  {one['how']}  ({one['tests']} tests reach it)")
    share = len(alive) / max(1, len(done))
    print(
        f"mutants: {len(done)} of seed {seed}, survive {len(alive)} ({share:.1%}, at most {MOST_SURVIVE:.0%})"
    )
    return int(share > MOST_SURVIVE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
