"""Measure how time and memory of `value_ours.py` grow with the customers, and draw it into benchmarks/growth.svg.

Run as `python benchmarks/growth.py [CUSTOMERS ...]`, on a machine with nothing else to do. Every size is one run in a fresh
process, around the mode, with 1,000 draws; what was measured before is kept in .work/growth.json.
"""

import json
import sys

import inputs
import matplotlib.pyplot as plt
import run

SIZES = [10_000, 100_000, 1_000_000, 10_000_000]
DRAWS = 1000
OURS, PEER = "#1f5f8b", "#b3541e"


def main() -> None:
    """Measure the sizes asked for (default: all) and draw every size that was ever measured."""
    kept = inputs.WORK / "growth.json"
    measured = json.loads(kept.read_text()) if kept.exists() else {}
    for customers in [int(one) for one in sys.argv[1:]] or SIZES:
        inputs.lines(customers)
        measured[str(customers)] = run.run(
            sys.executable, ["value_ours.py", str(customers), "laplace", str(DRAWS)]
        )
        kept.write_text(json.dumps(measured, indent=1))
        print(customers, measured[str(customers)], flush=True)
    draw({int(size): one for size, one in measured.items()}, peer())


def peer() -> dict[int, dict]:
    """What the side-by-side runs measured of the peer, by customers."""
    kept = inputs.WORK / "results.json"
    results = json.loads(kept.read_text()) if kept.exists() else {}
    named = {size: results.get(f"value_{size}_laplace") for size in SIZES}
    return {size: one["runs"][0][1] for size, one in named.items() if one}


def draw(ours: dict[int, dict], theirs: dict[int, dict]) -> None:
    """Seconds and peak memory against customers, both axes logarithmic."""
    plt.rcParams["svg.fonttype"] = "none"
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for ax, what, title in zip(axes, ("seconds", "gib"), ("seconds", "peak GiB"), strict=True):
        for found, color, name in ((ours, OURS, "this project"), (theirs, PEER, "PyMC-Marketing")):
            sizes = sorted(found)
            ax.plot(sizes, [found[size][what] for size in sizes], "o-", color=color, label=name)
            for size in sizes:
                mark = "> " if "stopped" in found[size] and what == "seconds" else ""
                text = (
                    f"{mark}{found[size][what]:.2g}" if what == "gib" else f"{mark}{found[size][what]:,.0f}"
                )
                ax.annotate(text, (size, found[size][what]), (0, 7), textcoords="offset points", ha="center")
        ax.set(xscale="log", yscale="log", xlabel="customers", title=title)
        ax.margins(0.15, 0.2)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].legend(frameon=False)
    figure.savefig(inputs.HERE / "growth.svg", facecolor="white", metadata={"Date": None})


if __name__ == "__main__":
    main()
