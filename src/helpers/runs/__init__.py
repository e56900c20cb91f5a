"""One run of a study: what has to run, in which order, what is reused, what is published."""

import sys

# Papermill's schemas bring along a grammar of addresses in all the world's letters: 1.3 s to build, and no notebook has one.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
