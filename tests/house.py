"""The measures that keep notebooks and helpers readable: their goals, their values now, and where they are missed.

    python tests/house.py             every measure with its goal and its value, and a table by notebook
    python tests/house.py --list WORD each place that misses a goal, of the lines with WORD in them (or of all)
    python tests/house.py --tighten   lower the ceilings in house_ceilings.json to the values now

A measure that misses its goal has a ceiling: it may only get better, and who makes it better lowers the ceiling.
What is counted is defined in `house_cells.py`, `house_source.py` and `house_views.py`; tests/test_house.py
holds it. After a conflict in house_ceilings.json take either side and run `--tighten` again.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import house_cells as cells
import house_source as source
import house_views as views

CEILINGS = Path(__file__).with_name("house_ceilings.json")
LONGEST_CELL, SHORT_CELL = 12, 5
FEWEST_ANALYSES, FEW_ANALYSES = 3, {"01_data_quality": 1, "51_executive_summary": 1}
notebooks = cache(cells.read_all)


@dataclass(frozen=True)
class Measure:
    """One number with its goal; `value` counts it, `places` lists where it comes from."""

    name: str
    goal: float
    value: Callable[[], float]
    places: Callable[[], list[str]] = list
    at_least: bool = False

    @property
    def now(self) -> float:
        value = round(float(self.value()), 1)
        return int(value) if value.is_integer() else value

    def misses(self, limit: float) -> bool:
        """Whether the value now is worse than a limit."""
        return self.now < limit if self.at_least else self.now > limit

    @property
    def shown_goal(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.goal:g}"


def none_of(name: str, places: Callable[[], list[str]], most: int = 0) -> Measure:
    """A measure that counts places."""
    return Measure(name, most, lambda: len(places()), places)


# ---- over all cells
def all_cells() -> list[tuple[cells.Notebook, int, cells.Cell]]:
    return [(book, number, cell) for book in notebooks() for number, cell in enumerate(book.cells, start=1)]


def share(holds: Callable[[cells.Notebook, cells.Cell], bool]) -> float:
    """Per cent of code cells for which something holds."""
    return 100 * statistics.fmean(holds(book, cell) for book, _, cell in all_cells())


def places(count: Callable[[cells.Notebook, cells.Cell], int]) -> list[str]:
    """A line per thing counted in a cell."""
    return [
        f"{book.name}, code cell {number}: {cell.source.strip().splitlines()[0][:60]}"
        for book, number, cell in all_cells()
        if not cell.is_parameters
        for _ in range(count(book, cell))
    ]


def texts_of(find: Callable[[cells.Cell], list[str]]) -> list[str]:
    """A line per sentence in a cell."""
    return [
        f"{book.name}, code cell {number}: {text[:90]!r}"
        for book, number, cell in all_cells()
        if not cell.is_parameters
        for text in find(cell)
    ]


def too_long(_: cells.Notebook, cell: cells.Cell) -> bool:
    return cell.lines > LONGEST_CELL and not cell.is_imports


def conditionals(book: cells.Notebook) -> int:
    return sum(cell.conditionals for cell in book.own)


def presentation() -> float:
    return 100 * sum(book.presentation for book in notebooks()) / sum(book.lines for book in notebooks())


def split_figures() -> list[str]:
    return [book.name for book in notebooks() for _ in range(book.split_figures)]


def unnamed_analyses() -> list[str]:
    """Notebooks whose cells name too few of the models and comparisons they make."""
    return [
        f"{book.name}: {book.named_analyses} calls with arguments"
        for book in notebooks()
        if book.named_analyses < FEW_ANALYSES.get(book.name, FEWEST_ANALYSES)
    ]


MEASURES = (
    Measure("median lines of a code cell", 4, lambda: statistics.median(c.lines for _, _, c in all_cells())),
    Measure(
        "code cells of at most 5 lines, %",
        70,
        lambda: share(lambda _, c: c.lines <= SHORT_CELL),
        at_least=True,
    ),
    none_of("code cells above 12 lines", lambda: places(too_long)),
    Measure("lines that are presentation, %", 20, presentation),
    Measure(
        "conditionals, mean of notebooks",
        2,
        lambda: statistics.fmean(map(conditionals, notebooks())),
        lambda: places(lambda _, cell: cell.conditionals),
    ),
    Measure("conditionals, most in a notebook", 4, lambda: max(map(conditionals, notebooks()))),
    none_of("f-strings with words in cells", lambda: texts_of(lambda cell: cell.fstrings)),
    none_of("sentences in cells", lambda: texts_of(lambda cell: cell.sentences)),
    none_of("figures across cells", split_figures),
    Measure(
        "code cells that show something, %",
        60,
        lambda: share(lambda book, cell: book.shows(cell)),
        lambda: places(lambda book, cell: not book.shows(cell)),
        at_least=True,
    ),
    Measure(
        "code cells right after code, %",
        40,
        lambda: share(lambda _, cell: cell.after_code),
        lambda: places(lambda _, cell: cell.after_code),
    ),
    none_of("notebooks that hide their analysis", unnamed_analyses),
    none_of("semicolons in cells", lambda: places(lambda _, cell: cell.joined)),
    none_of("files beside the packages", source.files_beside_packages, most=8),
    none_of("imports against the direction", source.against_the_direction),
    none_of("circles of packages", source.package_circles),
    none_of("circles of modules", source.module_circles),
    none_of("foreign imports of views", views.foreign_imports),
    none_of("fits, groupings, selections in views", views.work),
    none_of("verdicts and thresholds in views", views.judgements),
    none_of("functions below views with a page", source.functions_with_a_page),
    none_of("functions above 60 lines", source.long_functions),
    none_of("functions of more than 8 parameters", source.wide_functions),
    none_of("modules under another name", source.renamed_modules),
)


# ---- ceilings
def ceilings() -> dict[str, float]:
    return json.loads(CEILINGS.read_text(encoding="utf-8")) if CEILINGS.is_file() else {}


def tighten() -> list[str]:
    """Write the values now as ceilings of the measures that miss their goal; those that got worse stay and are told."""
    before, is_new = ceilings(), not CEILINGS.is_file()
    after, worse = {}, []
    for measure in MEASURES:
        if not measure.misses(measure.goal):
            continue
        limit = before.get(measure.name, measure.now if is_new else measure.goal)
        if measure.misses(limit):
            worse.append(f"{measure.name}: {measure.now:g}, allowed {limit:g}")
        if measure.name in before or is_new:
            after[measure.name] = limit if measure.misses(limit) else measure.now
    CEILINGS.write_text(json.dumps(after, indent=1) + "\n", encoding="utf-8")
    return worse


# ---- printing
def table(rows: list[tuple], right: int) -> str:
    """Rows as columns of equal width, the first `right` columns aligned left."""
    texts = [[f"{one:g}" if isinstance(one, float | int) else str(one) for one in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    return "\n".join(
        "  ".join(
            text.ljust(width) if place < right else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in texts
    )


def overview() -> list[tuple]:
    limits = ceilings()
    return [
        ("measure", "goal", "now", "ceiling", ""),
        *(
            (m.name, m.shown_goal, m.now, limits.get(m.name, ""), "missed" if m.misses(m.goal) else "")
            for m in MEASURES
        ),
    ]


def by_notebook() -> list[tuple]:
    head = ["notebook", "cells", "median", "short%", ">12", "present%", "if", "f-strings", "sentences"]
    head += ["split", "show%", "after%", "analysis"]
    return [tuple(head), *map(_row, notebooks())]


def _row(book: cells.Notebook) -> tuple:
    def per_cent(holds: Callable[[cells.Cell], bool]) -> int:
        return round(100 * statistics.fmean(map(holds, book.cells)))

    return (
        book.name,
        len(book.cells),
        statistics.median(cell.lines for cell in book.cells),
        per_cent(lambda cell: cell.lines <= SHORT_CELL),
        sum(too_long(book, cell) for cell in book.own),
        round(100 * book.presentation / book.lines),
        conditionals(book),
        sum(len(cell.fstrings) for cell in book.own),
        sum(len(cell.sentences) for cell in book.own),
        book.split_figures,
        per_cent(book.shows),
        per_cent(lambda cell: cell.after_code),
        book.named_analyses,
    )


def listed(word: str) -> Iterator[str]:
    for measure in MEASURES:
        yield from (line for place in measure.places() if word in (line := f"{measure.name}: {place}"))


def main(arguments: list[str]) -> int:
    """Run the command line; 1 when a ceiling was to be raised."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", nargs="?", const="", metavar="WORD", help="list the places counted")
    parser.add_argument("--tighten", action="store_true", help="lower the ceilings to the values now")
    options = parser.parse_args(arguments)
    if options.list is not None:
        print("\n".join(listed(options.list)))
        return 0
    worse = tighten() if options.tighten else []
    print(table(overview(), right=2), table(by_notebook(), right=1), sep="\n\n")
    if worse:
        print("\nWorse than its ceiling, which stays:", *worse, sep="\n  ")
    return int(bool(worse))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
