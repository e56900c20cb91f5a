"""What checking needs of a study's tables, whoever opens them."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import ibis


class ReadableTables(Protocol):
    """The tables of a study that are there, each read with the contract's names and types."""

    @property
    def files(self) -> dict[str, Path]:
        """The file of each table."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the contract's tables that are there."""

    def given(self, name: str) -> tuple[str, ...]:
        """The contract columns that the file of a table brings."""

    def read(self, name: str) -> "ibis.Table":
        """A table of the contract's columns, and beside them the helper columns of contracts.columns."""
