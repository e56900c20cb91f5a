"""The time that one fit may take, which a run sets from its study: beyond it the fit ends with a sentence."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from helpers.errors import StudyError

VARIABLE = "HELPERS_FIT_MINUTES"  # environment variable; without it a fit takes as long as it takes
AGAIN = 5.0  # seconds: where a library swallows the error, it is raised again


@contextmanager
def time_limit() -> Iterator[None]:
    """Raise StudyError in the block when the minutes are over; a limit inside another one is the outer one's."""
    minutes = float(os.environ.get(VARIABLE) or 0)
    is_main = threading.current_thread() is threading.main_thread()
    if not minutes or not is_main or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        raise StudyError(
            f"A fit took longer than {minutes:g} minutes, the study's `fit_minutes`. Raise it in the study file, or "
            "fit less: `fit: laplace`, fewer draws, a smaller `judged_on`."
        )

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, 60 * minutes, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
