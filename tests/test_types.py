"""What may be called from elsewhere says what it takes and gives; whether that is true is what mypy checks."""

import ast

import pytest

from helpers import paths

HELPERS = paths.ROOT / "src" / "helpers"
PACKAGES = (
    "study",
    "contracts",
    "tables",
    "inference",
    "clv",
    "customers",
    "campaigns",
    "loyalty",
    "runs",
    "commands",
)
FILES = sorted(file for name in PACKAGES for file in (HELPERS / name).glob("*.py")) + sorted(
    HELPERS.glob("*.py")
)


def public_functions(tree, of_class=False):
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node, of_class=True)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            given = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
            given += [one for one in (node.args.vararg, node.args.kwarg) if one]
            yield node, given[1:] if of_class and given and given[0].arg in ("self", "cls") else given


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(HELPERS)))
def test_public_functions_are_annotated(file):
    for function, given in public_functions(ast.parse(file.read_text(encoding="utf-8"))):
        bare = [one.arg for one in given if one.annotation is None]
        assert not bare and function.returns, (
            f"line {function.lineno}, {function.name}: {bare or 'its result'}"
        )
