"""The fictional coffee roaster: simulated on first use, its truth kept apart from what it exports."""

from .files import ensure

__all__ = ["ensure"]
