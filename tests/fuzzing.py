"""How many examples the fuzzers try, with which seed: HELPERS_FUZZ=10000 and HELPERS_SEED=7, printed by each."""

import os
import time
from collections import Counter
from collections.abc import Callable

import faults
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

EXAMPLES = int(os.environ.get("HELPERS_FUZZ", "150"))
SEED = int(os.environ.get("HELPERS_SEED", "1"))
SLOW_SECONDS = 5  # of the processor: a busy machine is no fault


def fuzz(
    what: str, strategy: SearchStrategy, attempt: Callable[..., str], examples: int = EXAMPLES
) -> Counter:
    """Try `attempt` on examples; it returns how an example ended, and raises where that is a fault. Prints the counts.

    An example that takes more than SLOW_SECONDS is a fault, too.
    """
    ended: Counter = Counter()

    @seed(SEED)
    @settings(
        max_examples=examples,
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
    counts = ", ".join(f"{number:,} {how}" for how, number in sorted(ended.items()))
    faults.counted(f"{what}: {sum(ended.values()):,} examples, seed {SEED}: {counts}; tracebacks 0, hangs 0")
    return ended
