"""How many examples the fuzzers try, with which seed: HELPERS_FUZZ=10000 and HELPERS_SEED=7, printed at the end.

A fuzzer is a test in PIECES, each with a seed of its own, so that an interrupted run goes on.
"""

import os
import time
from collections import Counter
from collections.abc import Callable

import faults
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

EXAMPLES = int(os.environ.get("HELPERS_FUZZ", "150"))
SEED = int(os.environ.get("HELPERS_SEED", "1"))
SLOW_SECONDS = 5  # of the processor: a busy machine is no fault
PIECES = 20 if EXAMPLES >= 1000 else 1
in_pieces = pytest.mark.parametrize("piece", range(PIECES))


def fuzz(
    what: str, strategy: SearchStrategy, attempt: Callable[..., str], piece: int, share: float = 1.0
) -> Counter:
    """Try `attempt` on a piece of the examples; it returns how an example ended, and raises where that is a fault.

    share: the part of EXAMPLES that this fuzzer tries in all its pieces. An example that takes more than SLOW_SECONDS is
    a fault, too. Counts and seed are printed at the end.
    """
    ended: Counter = Counter()

    @seed(100 * SEED + piece)
    @settings(
        max_examples=max(10, round(share * EXAMPLES / PIECES)),
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def one(example: object) -> None:
        began = time.process_time()
        ended[attempt(example)] += 1
        took = time.process_time() - began
        assert took < SLOW_SECONDS, f"{took:.1f} s for {str(example)[:200]!r}"

    one()
    counts = {how.replace(" ", "_"): number for how, number in sorted(ended.items())}
    faults.tallied(
        f"fuzzed {what}, seed {SEED}", examples=sum(ended.values()), **counts, tracebacks=0, hangs=0
    )
    return ended
