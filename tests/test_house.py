"""Notebooks and helpers keep to the house's measures, or at least get no worse (`python tests/house.py` prints them)."""

import ast
import json
from collections import Counter

import house
import house_cells
import house_source
import pytest
from house_cells import Cell, Notebook, has_words

from helpers import paths


def test_no_module_gives_a_name_twice():
    """The second of two constants of one name takes the first one's place wherever it is used."""
    twice = []
    for path in sorted(paths.SOURCES.rglob("*.py")):
        body = ast.parse(path.read_text("utf-8")).body
        targets = [one for node in body if isinstance(node, ast.Assign) for one in node.targets]
        names = Counter(one.id for one in targets if isinstance(one, ast.Name))
        twice += [f"{path.name}: {name}" for name, times in names.items() if times > 1]
    assert not twice


@pytest.mark.parametrize("measure", house.MEASURES, ids=lambda measure: measure.name)
def test_measure(measure):
    """A measure reaches its goal; one that does not yet keeps its ceiling exactly."""
    ceiling, now = house.ceilings().get(measure.name), measure.now
    if ceiling is None:
        assert not measure.misses(measure.goal), (
            f"{measure.name}: {now}, goal {measure.shown_goal}.\n" + "\n".join(measure.places()[:40])
        )
        return
    assert not measure.misses(ceiling), (
        f"{measure.name}: {now}, worse than {ceiling}, which it had: see `python tests/house.py --list`."
    )
    assert now == ceiling and measure.misses(measure.goal), (
        f"{measure.name}: {now}, better than {ceiling}: keep it with `python tests/house.py --tighten`."
    )


def test_every_ceiling_belongs_to_a_measure():
    assert set(house.ceilings()) <= {measure.name for measure in house.MEASURES}


def test_tighten_lowers_and_never_raises(tmp_path, monkeypatch):
    values = {"down": 5.0, "up": 5.0, "new": 0.0}
    measures = [house.Measure(name, 1, lambda name=name: values[name]) for name in values]
    monkeypatch.setattr(house, "MEASURES", measures)
    monkeypatch.setattr(house, "CEILINGS", tmp_path / "ceilings.json")
    assert house.tighten() == [] and house.ceilings() == {"down": 5, "up": 5}
    values |= {"down": 3.0, "up": 6.0, "new": 2.0}
    assert house.tighten() == ["up: 6, allowed 5", "new: 2, allowed 1"]
    assert house.ceilings() == {"down": 3, "up": 5}
    values |= {"down": 1.0, "up": 4.0, "new": 0.0}
    assert house.tighten() == [] and house.ceilings() == {"up": 4}


# ---- how it is counted
def notebook(*sources: str) -> Notebook:
    return Notebook("x", [Cell(PARAMETERS, is_parameters=True), *(Cell(source) for source in sources)])


PARAMETERS = "seed: int = 1  # random seed"
IMPORTS = """
from helpers.campaigns import staggered
from helpers.pages import figures, wording
from helpers.views import quasi_experiment as view
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the mean effect", True),
        ("Median days to close", True),
        ("of it we go on", False),
        ("holdout.revenue_coverage.share", False),
        ("won_within_0_days by channel", False),
    ],
)
def test_words_are_words_and_names_are_none(text, expected):
    assert has_words(text) is expected


def test_sentences_are_found_in_fstrings_and_in_plain_texts():
    cell = Cell(
        'a = f"{x} lies above {y} by chance alone"\nb = {"one two three": f"{x:.2f} {y}"}', False, False
    )
    assert (len(cell.fstrings), cell.sentences) == (1, ["one two three"])
    assert Cell('f"x {", ".join(names)}"').sentences == []


def test_conditionals_in_every_disguise():
    source = """
if a:
    pass
elif b:
    pass
c = 1 if d else 2
e = (1, 2)[d > 1]
d and print(1)
f = [g for g in h if g]
i = {"x": 1}["x"]
"""
    assert Cell(source).conditionals == 5


def test_lines_of_presentation():
    presented = {
        "result = staggered.overall(data, seed)": 0,
        "page.add(view.event_study(result))": 1,
        "page.add(view.event_study(staggered.event_study(data)))": 0,
        "fig, ax = figures.axes()\nax.plot(x, y)\nax.set(\n    xlim=(0, 1),\n)": 5,
        "caption = short": 1,
        'page.metric("effect", result.mean)': 0,
        'page.check("agree", value=1, advice="Look at the donors first.")': 1,
        "for x in y:\n    page.say(x)\n    page.show(x)": 3,
        "for x in y:\n    page.say(x)\n    z = x": 1,
        "for x in y:\n    z = x": 0,
    }
    counted = {source: notebook(IMPORTS, source).presentation for source in presented}
    assert counted == presented


def test_what_shows_something():
    shows = {
        "page.add(view.event_study(result))": True,
        "result.head()": True,
        'page.read("panel").head()': True,
        "result": True,
        "x = 1": False,
        'page.save("panel", x)': False,
        'page.metric("x", 1)': False,
        "figures.zero_line(a)": False,
    }
    for source, expected in shows.items():
        book = notebook(IMPORTS, source)
        assert book.shows(book.cells[-1]) is expected, source


def test_figures_across_cells():
    begun = "fig, ax = figures.axes()"
    assert notebook(IMPORTS, begun, "page.show(fig)").split_figures == 1
    assert notebook(IMPORTS, begun, "ax.plot(x)\npage.show(fig)", "fig").split_figures == 1
    assert notebook(IMPORTS, begun + "\npage.show(fig)", begun + "\npage.show(fig)").split_figures == 0


def test_an_analysis_is_named_by_its_arguments():
    sources = [
        "staggered.a(data, seed)",
        "staggered.b(data, base=1)",
        "staggered.c(data)",
        "view.d(data, base=1)",
    ]
    assert notebook(IMPORTS, *sources).named_analyses == 2


def test_cells_count_as_formatted_whatever_the_file_looks_like(tmp_path):
    path = tmp_path / "11_x.ipynb"
    source = "# fmt: off\nx = 1; y = f(" + ", ".join(f"argument_{i}={i}" for i in range(9)) + ")"
    template = '{"cells": [%s], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    cell = '{"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": null, "source": %s}'
    path.write_text(template % (cell % json.dumps(source)))
    assert house_cells.read(path).cells[0].lines == 13
    assert house_cells.read(path).cells[0].joined == 1


def test_circles():
    assert house_source.circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == ["b <-> c"]
