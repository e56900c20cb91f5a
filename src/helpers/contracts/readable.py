"""What checking needs of a study's tables, whoever opens them."""

from collections.abc import Iterable
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

    def columns(self, name: str) -> tuple[str, ...]:
        """The names of the columns of a table's file."""

    def file_lines(self, name: str) -> "ibis.Table":
        """The file's own columns and `_row`."""

    def keep_at_hand(self, name: str, columns: Iterable[str]) -> None:
        """Copy some columns of a wide file, so that questions about them are not asked of all the others."""

    def texts(self, name: str, columns: Iterable[str]) -> "ibis.Table":
        """`_row` and some of the file's columns as text."""

    def counted(self, name: str, column: str) -> "ibis.Table":
        """Each different text of a column as `value`, with the number of its `rows`."""

    def numbers(self, name: str, columns: Iterable[str]) -> "ibis.Table":
        """`_row` and some of the file's columns as numbers."""

    def origins(self, name: str) -> dict[str, str]:
        """For each contract column that is there the file's column or the expression it comes from."""

    def unused(self, name: str, *, filtered: bool = False) -> tuple[str, ...]:
        """The columns of the file that the study does not read; `filtered`: or in `where` alone."""

    def number_columns(self, name: str, column: str) -> tuple[str, ...]:
        """The file's text columns that a contract column reads as numbers."""

    def unread_sheets(self, name: str) -> dict[str, int]:
        """{sheet: rows} of the table's workbooks that are not read and have the columns of the one that is."""

    def hidden_rows(self, name: str) -> dict[str, list[int]]:
        """{file: places of its rows that the sheet does not show} of the table's workbooks."""

    def lacking(self, name: str) -> dict[str, tuple[str, ...]]:
        """{file: columns of the table's other files that it lacks}."""

    def given(self, name: str) -> tuple[str, ...]:
        """The contract columns that the file of a table brings."""

    def read(self, name: str) -> "ibis.Table":
        """A table of the contract's columns, and beside them the helper columns of study.table_columns."""
