"""The mutants are what they are called, and leave out what computes nothing."""

import ast
import copy
import random

import covered
import mutants
import pytest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a < b", "a <= b"),
        ("a == b", "a != b"),
        ("a in b", "a not in b"),
        ("a + b", "a - b"),
        ("a & b", "a | b"),
        ("a and b", "a or b"),
        ("not a", "not not a"),
        ("-a", "+a"),
        ("~a", "~~a"),
        ("b if a else c", "b if not a else c"),
        ("True", "False"),
        ("7", "8"),
    ],
)
def test_a_mutant_is_one_sign_away(before, after):
    tree = ast.parse(before)
    assert mutants.changed(tree.body[0].value)
    assert ast.unparse(tree) == after


def test_what_only_people_read_is_left_as_it_is():
    text = '''
"""A text of 1."""
X: int | None = 3
M = message("m", "one" + "two")
def f(a: int | str = 1) -> int | str:
    """Says 2."""
    if a < 0:
        raise ValueError(1 + 2)
    return f"{a + 1}"
'''
    nodes = [node for node in mutants.computing(ast.parse(text)) if mutants.changed(copy.deepcopy(node))]
    assert sorted(ast.unparse(node).partition(":")[0] for node in nodes) == [
        "0",
        "1",
        "3",
        "a < 0",
        "if a < 0",
    ]


def test_every_mutant_that_is_drawn_is_python_and_another_module():
    paths = mutants.targets()
    assert all(path.is_file() for path in paths)
    drawn = random.Random(1).sample([one for path in paths[:3] for one in mutants.places(path)], 10)
    for name, place in drawn:
        tree, line, how = mutants.mutant(name, place)
        compile(tree, name, "exec")
        assert line and how
        assert ast.unparse(tree) != ast.unparse(
            ast.parse((covered.HELPERS / name).read_text(encoding="utf-8"))
        )


def test_shares_are_of_lines_and_branches_as_coverage_counts_them():
    assert covered.percent([90, 100, 40, 50]) == pytest.approx(100 * 130 / 150)
    assert covered.percent([0, 0, 0, 0]) == 0


def test_test_files_are_those_with_the_word_in_the_order_of_the_words():
    assert [path.name for path in covered.test_files(["_ledger", "_mutants"])] == [
        "test_ledger.py",
        "test_mutants.py",
    ]
    assert len(covered.test_files([])) > 100
