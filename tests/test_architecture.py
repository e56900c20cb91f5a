"""The map of the helpers shows what is there: the picture its imports, the table its packages."""

import architecture
from house_source import SOURCE, graph, part_of


def test_the_picture_is_that_of_the_imports():
    current = architecture.PICTURE.read_text(encoding="utf-8") == architecture.picture()
    assert current, "src/helpers/architecture.svg is out of date: run `make picture` and commit it"


def test_the_picture_is_the_same_every_time():
    assert architecture.picture() == architecture.picture()


def test_the_map_names_every_package_and_file():
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    parts = {part_of(name) for name in graph()} - {""}
    named = {part for part in parts if f"`{part}/`" in text or f"`{part}.py`" in text}
    assert named == parts


def test_arrows_that_follow_from_others_are_left_out(monkeypatch):
    imports = {
        "helpers.runs.a": {"helpers.pages.b", "helpers.errors"},
        "helpers.pages.b": {"helpers.errors"},
        "helpers.errors": {"helpers.runs.a"},
    }
    monkeypatch.setattr(architecture, "graph", lambda: imports)
    rows = [("runs",), ("pages",), ("errors",)]
    assert architecture.arrows(rows) == [(0, 1), (1, 2), (2, 0)]
