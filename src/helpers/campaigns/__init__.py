"""Measure what a campaign changed: first the assignment is checked, then the effect, then the decision."""
