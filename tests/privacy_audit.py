"""Whether the numbers that a run publishes bound a hidden one: an integer program per hidden count, a linear one per sum.

    python tests/privacy_audit.py reports/build/demo/latest        what the run published
    python tests/privacy_audit.py reports/build/demo/latest 200    as if its tables had been made with that minimum

What is known to the attacker: every number of every table as its page and its workbook give it, the total of every table
that has a hidden row (some page has nearly always said it), that a group of one name and size is one group wherever it
is shown, in this report and in the whole one before it (whatever its day), and every number that a sentence, a caption or
a file of a figure's numbers gives beside the name of a hidden group: itself, or as a share of its total, as an interval of
its rounding. A hidden count must be able to be anything from 0 to the minimum, a hidden sum 20 % less or more.
Where all groups of a total are hidden nothing more could be: what the total alone tells of them is not counted.
"""

import csv
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from helpers.pages import groups
from helpers.site import figure_groups, recorded_tables
from helpers.site.run_record import RunRecord

ROUNDED = {"money": 0.005, "percent": 0.0005, "count": 0.5}  # of a number that is said, by kind


@dataclass
class Program:
    """Numbers that are not known, each with its truth, and what is known of them: sums, and the numbers that were given."""

    names: list[tuple] = field(default_factory=list)
    truth: list[float] = field(default_factory=list)
    places: dict[tuple, int] = field(default_factory=dict)
    sums: list[tuple[list[int], float]] = field(default_factory=list)
    given: dict[int, tuple[float, float]] = field(default_factory=dict)

    def number(self, name: tuple, truth: float) -> int:
        """The place of a number; one name and truth are one number, wherever it is."""
        key = (*name, round(truth, 6))
        if key not in self.places:
            self.places[key] = len(self.names)
            self.names.append(key)
            self.truth.append(truth)
        return self.places[key]

    def learn(self, place: int, value: float, rounding: float) -> None:
        """Take it that a number was told where it, or its share of a total, is what was told."""
        truth = self.truth[place]
        for total in [1.0, *{total for members, total in self.sums if place in members and truth != total}]:
            if truth and total and abs(truth / total - value) <= rounding:
                ends = sorted(total * (value + sign * rounding) for sign in (-1, 1))
                self.given[place] = (ends[0], ends[1])

    def range_of(self, place: int, *, whole: bool) -> tuple[float, float]:
        """The least and the most that a number may be."""
        members = {place}
        while True:  # only what hangs together with it
            linked = [one for one in self.sums if members & set(one[0])]
            wider = members.union(*(one[0] for one in linked))
            if wider == members:
                break
            members = wider
        order = sorted(members)
        rows = [np.isin(order, one[0]).astype(float) for one in linked]
        known = [one[1] for one in linked]
        some_negative = any(self.truth[one] < 0 for one in order)
        low = [self.given.get(one, (-np.inf if some_negative else 0, 0))[0] for one in order]
        high = [self.given.get(one, (0, np.inf))[1] for one in order]
        goal = (np.array(order) == place).astype(float)
        rules = (
            [LinearConstraint(np.array(rows), np.array(known) - 1e-6, np.array(known) + 1e-6)] if rows else []
        )
        kinds = np.full(len(order), int(whole))
        ends = [
            milp(sign * goal, integrality=kinds, bounds=Bounds(low, high), constraints=rules)
            for sign in (1, -1)
        ]
        return tuple(
            sign * one.fun if one.success else sign * -np.inf for sign, one in zip((1, -1), ends, strict=True)
        )


@dataclass(frozen=True)
class Published:
    """What a report gives away: its tables as (page, record, which rows are left out), all records, files as rows."""

    tables: list[tuple[str, Mapping, list[bool]]]
    told: list[Mapping] = field(default_factory=list)
    files: list[list[list[str]]] = field(default_factory=list)


def published(run_dir: Path, minimum: int | None = None) -> Published:
    """Read a run; minimum: hide the groups of its tables anew, by this one; sentences and files are then passed over."""
    notebooks = sorted(path.stem for path in run_dir.glob("executed/*.ipynb"))
    records = {
        name: list(recorded_tables.records_of(run_dir / "executed" / f"{name}.ipynb")) for name in notebooks
    }
    tables = [(name, one) for name, found in records.items() for one in found if one.get("groups")]
    agreed = recorded_tables.agreement(run_dir, notebooks)
    if minimum is not None:
        for _, one in tables:
            one["groups"] |= {"minimum": minimum, "hidden": groups.small(one["groups"], minimum)}
        agreed = groups.agreement([one["groups"] for _, one in tables])
    with groups.agreed(agreed):
        shown = [(name, one, groups.left_out(one["groups"])) for name, one in tables]
    if minimum is not None:
        return Published(shown)
    files = [csv.reader(path.read_text("utf-8").splitlines()) for path in sorted(run_dir.glob("data/*.csv"))]
    told = [one for found in records.values() for one in found]
    run = RunRecord.read(run_dir / "run.json")
    labels = run.labels if run else {}
    return Published(shown, told, [figure_groups.unlabelled(list(file), labels) for file in files])


def audit(run_dir: Path, minimum: int | None = None) -> tuple[int, list[str]]:
    """How many numbers a run hides, and those of them that what it publishes bounds too closely, in words."""
    before = recorded_tables.run_before(run_dir)
    own = published(run_dir, minimum)
    number, leaks = judge([own])
    if before and minimum is None:
        leaks += judge([own, published(run_dir.parents[1] / "runs" / before.run)])[1]
    return number, leaks


def judge(reports: list[Published]) -> tuple[int, list[str]]:
    """`audit` of reports that may be read together; of several, groups that are not small may be known more closely."""
    counts, money, hidden = Program(), Program(), []
    tables = [one for report in reports for one in report.tables]
    for page, record, out in tables:
        found = record["groups"]
        for column in range(len(found["sizes"][0]) if found["sizes"] else 0):
            places = _known(
                counts, page, found, [one[column] for one in found["sizes"]], out, ("count", column)
            )
            hidden += [(counts, *one, found["minimum"], page) for one in places]
        for column in range(len(found["sums"][0]) if found["sums"] else 0):
            places = _known(
                money, page, found, [one[column] for one in found["sums"]], out, ("sum", page, column)
            )
            hidden += [(money, *one, found["minimum"], page) for one in places]
    names = {program.names[place][-2] for program, place, *_ in hidden}
    told = [record for report in reports for record in report.told]
    files = [file for report in reports for file in report.files]
    for name, value, rounding in [*_beside_names(told, names), *_in_files(files, tables)]:
        for program in (counts, money):
            for place, key in enumerate(program.names):
                if key[-2] == name:
                    program.learn(place, value, rounding)
    leaks = [
        told
        for program, place, alone, few, *of in hidden
        if not alone and (told := _bounded(program, place, *of, strictly=few or len(reports) == 1))
    ]
    return len(hidden), leaks


def _known(
    program: Program, page: str, found: Mapping, values: list[float], out: list[bool], kind: tuple
) -> list[tuple[int, bool, bool]]:
    """Put a column's rows into a program: what is shown is given, a total that has hidden rows is known.

    Returned: the place of each hidden number, whether all groups of its total are hidden, and whether its group is small.
    """
    within = found["within"] or [""] * len(values)
    hidden = []
    for part in dict.fromkeys(within):
        rows = [row for row, of in enumerate(within) if of == part and not found["total"][row]]
        places = [program.number((*kind, found["labels"][row]), values[row]) for row in rows]
        for row, place in zip(rows, places, strict=True):
            if not out[row]:
                program.given[place] = (values[row], values[row])
            elif values[row]:
                few = min(found["sizes"][row]) < found["minimum"]
                hidden.append((place, all(out[one] or not values[one] for one in rows), few))
        if any(out[row] for row in rows):
            program.sums.append((places, sum(values[row] for row in rows)))
    return hidden


def _bounded(program: Program, place: int, minimum: int, page: str, *, strictly: bool) -> str:
    """Say how closely a hidden number is known; empty where it is not. Not strictly: where it has as much room at all."""
    whole, truth = program.names[place][0] == "count", program.truth[place]
    low, high = program.range_of(place, whole=whole)
    wanted = (0, minimum) if whole else tuple(sorted((0.8 * truth, 1.2 * truth)))
    has_room = high - low >= (wanted[1] - wanted[0]) / (1 if whole else 2) - 1e-5
    if (low <= wanted[0] + 1e-5 and high >= wanted[1] - 1e-5) or (not strictly and has_room):
        return ""
    return f"{page}: {program.names[place][:-1]} is {truth:g}, known to be {low:g} to {high:g}"


def _beside_names(told: list[Mapping], names: set[str]) -> Iterator[tuple[str, float, float]]:
    """(name of a hidden group, number, its rounding) of each number that a message gives together with the name."""
    for record in told:
        for said in _messages(record):
            fields = list(said["fields"].values())
            called = {one for one in fields if isinstance(one, str)} & names
            for value in (one for one in fields if isinstance(one, dict) and "kind" in one):
                number = value["value"]
                if isinstance(number, int | float):
                    rounding = ROUNDED.get(value["kind"], 0.0) * (
                        abs(number) if value["kind"] == "money" else 1
                    )
                    yield from ((name, number, rounding) for name in called)


def _in_files(
    files: list[list[list[str]]], tables: list[tuple[str, Mapping, list[bool]]]
) -> Iterator[tuple[str, float, float]]:
    """The same of each number that a file of a figure tells of a hidden group, see `figure_groups.told`."""
    for _, record, out in tables:
        for rows in files:
            for name, number in figure_groups.told(rows, record["groups"], out):
                yield name, number, figure_groups.EXACT * abs(number)


def _messages(stored: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(stored, dict):
        if "message" in stored and "fields" in stored:
            yield stored
        for one in stored.values():
            yield from _messages(one)
    elif isinstance(stored, list):
        for one in stored:
            yield from _messages(one)


if __name__ == "__main__":
    count, leaks = audit(Path(sys.argv[1]), *map(int, sys.argv[2:3]))
    print(f"{count} hidden numbers, {len(leaks)} bounded too closely", *leaks, sep="\n")
    sys.exit(bool(leaks))
