"""What a simulation found with one seed, kept beside the suite's results: a table of many seeds goes on where it stopped."""

import json
import os
from collections.abc import Callable, Iterable

import pandas as pd
from suites import RESULTS, commit, state_of_code


def rows(name: str, seeds: Iterable[int], simulate: Callable[[int], dict]) -> dict[int, dict]:
    """What `simulate(seed)` found, by seed; seeds that this code has simulated are read, unless FRESH=1.

    SEEDS=10 takes the first ten only, to see that a table is right; the counts of a whole table are then not judged.
    """
    path, code = RESULTS / f"seeds_{name}.jsonl", state_of_code()
    done = {}
    if path.exists() and not os.environ.get("FRESH"):
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        done = {line["seed"]: line["found"] for line in lines if line["code"] == code}
    found = {}
    for seed in list(seeds)[: int(os.environ.get("SEEDS", "0")) or None]:
        if seed not in done:
            done[seed] = simulate(seed)
            path.parent.mkdir(exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                made = {"seed": seed, "found": done[seed], "code": code, "commit": commit()}
                file.write(json.dumps(made) + "\n")
        found[seed] = done[seed]
    return found


def table(name: str, seeds: Iterable[int], simulate: Callable[[int], dict]) -> pd.DataFrame:
    """`rows` as a table, which is printed."""
    kept = rows(name, seeds, simulate)
    found = pd.DataFrame.from_dict(kept, orient="index").rename_axis("seed")
    print(f"\n{name}\n" + found.to_string(float_format="{:.3f}".format))
    return found


def inside_counts(found: pd.Series, of: int = 60, least: int = 49, most: int = 59) -> bool:
    """Whether a 90 % interval held the truth as often as it should; a part of the seeds is not judged."""
    print(f"inside {int(found.sum())} of {len(found)}")
    return len(found) < of or least <= found.sum() <= most
