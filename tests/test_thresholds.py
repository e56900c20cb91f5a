"""A share that a check wants says on which side of it the found one is to lie."""

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "helpers"
BARE = re.compile(r"threshold=(?:percent|share)\((?!0)|value, threshold = .*, (?:percent|share)\(")


@pytest.mark.parametrize("part", ["campaigns", "clv", "customers", "inference", "loyalty"])
def test_no_check_wants_a_bare_share(part):
    found = [path.name for path in (SOURCE / part).rglob("*.py") if BARE.search(path.read_text())]
    assert not found, "say at least or at most: helpers.checks.LEAST, MOST"


@pytest.mark.parametrize(
    "line", ["value=x, threshold=percent(most)", "value, threshold = a(), share(LOW, 1)"]
)
def test_a_bare_share_is_seen(line):
    assert BARE.search(line) and not BARE.search("threshold=percent(0)")
