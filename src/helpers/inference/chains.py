"""Chains of NUTS (nutpie) that stop at a number of draws, are looked at, and go on from where they are.

Each chain is a sampler of its own, with its own seed and start, so that its draws are the same whatever the others do. One
that has its draws waits inside the function that nutpie calls with each of them until somebody has looked.
"""

from collections.abc import Callable
from threading import Condition
from typing import Any

import numpy as np
import xarray as xr

from helpers.inference.compiled import Density
from helpers.inference.progress import watched

MOST = 8  # times as many draws as were asked for
LEAST_MORE, MOST_MORE = 1.25, 2.0  # times as many draws, from one look to the next
SPARE = 1.1  # times the draws that the share so far would need: effective draws are an estimate
STATISTICS = ("diverging", "logp", "energy", "n_steps", "step_size", "mean_tree_accept")


def draw_until(
    share: Callable[[xr.DataTree], float],
    density: Density,
    starts: list[np.ndarray],
    *,
    draws: int,
    max_draws: int,
    tune: int,
    seed: int,
    **settings: Any,
) -> tuple[xr.DataTree, np.ndarray]:
    """Draw `draws` times from each start, and more until `share` of what is needed is 1: up to 8 times and `max_draws`.

    How many more follows from the share that was reached, a quarter more at the least and twice as many at the most.
    Returns the tree and the vectors it comes from, shape (chains, draws, parameters). draws and max_draws: of one chain,
    after `tune` steps of warm-up, which are not kept. settings: nutpie's.
    """
    most = max(draws, min(max_draws, draws * MOST))
    seeds = [int(value) for value in np.random.SeedSequence(seed).generate_state(len(starts))]
    settings |= {"draws": most, "tune": tune}
    chains: list[Chain] = []
    with watched() as tell:

        def look() -> None:
            made, missed = sum(one.made for one in chains), sum(one.divergences for one in chains)
            tell(made, len(chains) * (tune + draws), missed)

        try:
            for start, own in zip(starts, seeds, strict=True):
                chains.append(Chain(density, start, tune + draws, seed=own, **settings))
            while True:
                drawn = [chain.drawn(draws, look) for chain in chains]
                vectors = np.concatenate([one for one, _ in drawn])
                tree = density.tree(vectors)
                tree["sample_stats"] = _statistics([statistics for _, statistics in drawn])
                if draws >= most or (reached := share(tree)) >= 1:
                    return tree, vectors
                more = min(max(SPARE / max(reached, 1e-9), LEAST_MORE), MOST_MORE)
                draws = min(int(np.ceil(more * draws)), most)
                for chain in chains:
                    chain.go_on(tune + draws)
        finally:
            for chain in chains:
                chain.end()


class Chain:
    """One chain of nutpie, in a thread of its own: it waits when it has made `until` draws, warm-up included."""

    def __init__(self, density: Density, start: np.ndarray, until: float, **settings: Any):
        import nutpie  # noqa: PLC0415 (it brings ArviZ's figures along: two seconds that a fit around the mode saves)

        self.made, self.until, self.waits, self.changed = 0, until, False, Condition()
        shape, kind = (len(start),), np.dtype("float64")
        model = nutpie.compiled_pyfunc.from_pyfunc(
            len(start),
            density.function,
            lambda *_: self._take,
            [kind],
            [shape],
            ["vector"],
            make_initial_point_fn=lambda _: start,
        )
        self.divergences = 0
        quiet = {"progress_bar": False, "progress_callback": self._note, "progress_rate": 500}
        self.sampler = nutpie.sample(
            model, chains=1, cores=1, save_warmup=False, blocking=False, **quiet, **settings
        )

    def drawn(self, draws: int, look: Callable[[], None]) -> tuple[np.ndarray, xr.Dataset]:
        """Wait for the chain; return its first `draws` vectors, shape (1, draws, parameters), with nutpie's statistics.

        `look` is called again and again meanwhile.
        """
        while not self.waits and not self._is_finished():
            look()
            with self.changed:
                self.changed.wait_for(lambda: self.waits, timeout=0.05)
        trace = self.sampler.inspect() if self.waits else self.sampler.wait()
        vectors = trace["posterior"]["vector"].to_numpy()[:, :draws]
        return vectors, trace["sample_stats"].to_dataset().isel(draw=slice(draws))

    def go_on(self, until: float) -> None:
        """Let the chain go on until it has made so many draws, warm-up included."""
        with self.changed:
            self.until, self.waits = until, False
            self.changed.notify_all()

    def end(self) -> None:
        """Let go of the chain, wherever it is."""
        self.go_on(np.inf)
        self.sampler.cancel()

    def _note(self, progress: list[Any]) -> None:
        self.divergences = progress[0].divergences

    def _is_finished(self) -> bool:
        try:
            return self.sampler.is_finished
        except TimeoutError:  # nutpie's answer while it is busy
            return False

    def _take(self, vector: np.ndarray) -> dict[str, np.ndarray]:
        with self.changed:
            if self.made >= self.until:  # all draws until here are in the trace
                self.waits = True
                self.changed.notify_all()
                self.changed.wait_for(lambda: self.made < self.until)
            self.made += 1
        return {"vector": vector}


def _statistics(found: list[xr.Dataset]) -> xr.DataTree:
    joined = {name: np.concatenate([one[name].to_numpy() for one in found]) for name in STATISTICS}
    return xr.DataTree(xr.Dataset({name: (("chain", "draw"), values) for name, values in joined.items()}))
