"""Helpers of the Customer Value Notebooks: imported by notebooks, never run by hand."""

import os
import sys
from contextlib import suppress

# `python -m helpers` looks for modules where it is started first: a file random.py beside a study would be run as a program.
with suppress(OSError):
    if sys.argv[:1] == ["-m"] and sys.path[:1] == [os.getcwd()]:
        del sys.path[0]
