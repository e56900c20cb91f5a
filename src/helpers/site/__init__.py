"""Executed notebooks to HTML: pages, the index of a run, the overview of all studies."""
