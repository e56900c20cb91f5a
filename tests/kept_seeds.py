"""A simulation under many seeds, each kept at once: a table goes on where it stopped (see kept_results.py)."""

import ast
import inspect
import os
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import kept_results
import pandas as pd
import suites

from helpers.files import code_sha256, digest, file_sha256
from helpers.runs.fingerprints import imported_modules, modules_hash


@cache
def state_of_code(test: Path) -> str:
    """A digest of what this file computes with: it and the files beside it that it imports, the helpers of these, the lock.

    Words, comments and drawings are left out, and so is what only keeps results. Of files that run notebooks, all code.
    """
    keeping = {Path(__file__), Path(kept_results.__file__), Path(suites.__file__)}
    files, helpers, waiting = set(), set(), {test}
    while waiting:
        file = waiting.pop()
        files.add(file)
        tree = ast.parse(file.read_text(encoding="utf-8"))
        helpers |= imported_modules(tree)
        nodes = list(ast.walk(tree))
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
        beside = {test.with_name(f"{name}.py") for name in names}
        waiting |= {own for own in beside if own.is_file()} - files - keeping
    if "helpers.runs" in helpers:
        return suites.state_of_code()
    lock = file_sha256(suites.ROOT / "requirements.txt")
    return digest([sorted(map(code_sha256, files)), modules_hash(frozenset(helpers)), lock])[:16]


def rows(name: str, seeds: Iterable[int], simulate: Callable[[int], dict]) -> dict[int, dict]:
    """What `simulate(seed)` found, by seed; seeds that this code has simulated are read, unless FRESH=1.

    SEEDS=10 takes the first ten only, to see that a table is right; the counts of a whole table are then not judged.
    """
    every = list(seeds)
    path = kept_results.RESULTS / "seeds" / f"{name}.jsonl"
    source = inspect.getsourcefile(getattr(simulate, "func", simulate))
    code, done = state_of_code(Path(str(source))), {}
    if not os.environ.get("FRESH"):
        done = {line["seed"]: line["found"] for line in kept_results.read(path) if line["code"] == code}
    made = {"of": len(every), "code": code, "commit": kept_results.commit()}
    for seed in every[: suites.first_seeds()]:
        if seed not in done:
            done[seed] = kept_results.rounded(simulate(seed))
            kept_results.keep_seed(path, {"seed": seed, "found": done[seed]} | made)
    return {seed: done[seed] for seed in every[: suites.first_seeds()]}


def table(name: str, seeds: Iterable[int], simulate: Callable[[int], dict]) -> pd.DataFrame:
    """`rows` as a table, of which the figures are printed."""
    found = rows(name, seeds, simulate)
    print(f"\n{name}, {len(found)} seeds: {kept_results.figures(list(found.values()))}")
    return pd.DataFrame.from_dict(found, orient="index").rename_axis("seed")


def counted(name: str, seeds: Iterable[int], simulate: Callable[[int], dict]) -> pd.DataFrame:
    """`rows` as a table of true and false, of which the counts are printed."""
    found = pd.DataFrame.from_dict(rows(name, seeds, simulate), orient="index").rename_axis("seed")
    print(f"{name}: {', '.join(f'{key} {int(one.sum())}' for key, one in found.items())} of {len(found)}")
    return found


def within(count: pd.Series, least: int, most: int, of: int) -> bool:
    """Whether a count over all `of` seeds lies between two bounds; a part of the seeds is not judged."""
    return len(count) < of or least <= count.sum() <= most


def inside_counts(found: pd.Series, of: int = 60, least: int = 49, most: int = 59) -> bool:
    """Whether a 90 % interval held the truth as often as it should; a part of the seeds is not judged."""
    print(f"inside {int(found.sum())} of {len(found)}")
    return len(found) < of or least <= found.sum() <= most
