"""A table's file as it is: its columns, which of them the study reads, and their values as text or numbers."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
from sqlglot import exp

from helpers.errors import StudyError
from helpers.study.table_columns import ROW, VERSION
from helpers.tables import expressions, values

if TYPE_CHECKING:
    from helpers.study.study import Study, TableSpec

LARGEST_COUNT = 9e15


class FileColumns:
    """What `helpers.tables.Source` tells of the columns of its files; `name` is the table's."""

    if TYPE_CHECKING:
        study: Study
        files: dict[str, Path]

        def _raw(self, name: str) -> ibis.Table: ...
        def _spec(self, name: str) -> TableSpec | None: ...
        def _origins(self, name: str) -> dict[str, str]: ...

    def _written(self, name: str) -> values.Written:
        """How the values of a table are written."""
        return values.Written(self.study.timezone, self._spec(name))

    def columns(self, name: str) -> tuple[str, ...]:
        """Return the names of the file's columns."""
        return tuple(column for column in self._raw(name).columns if column != ROW)

    def file_lines(self, name: str) -> ibis.Table:
        """Return the file's own columns and `_row`."""
        return self._raw(name)

    def keep_at_hand(self, name: str, columns: Iterable[str]) -> None:
        """Copy some of a wide file's columns, so that questions about them are not asked of all the others."""
        self._at_hand[name] = self._raw(name).select(ROW, *columns).cache()

    def _of(self, name: str, columns: Iterable[str]) -> ibis.Table:
        """The file's rows with at least these columns."""
        few = self._at_hand.get(name)
        return few if few is not None and set(columns) <= set(few.columns) else self._raw(name)

    @cached_property
    def _at_hand(self) -> dict[str, ibis.Table]:
        return {}

    def texts(self, name: str, columns: Iterable[str]) -> ibis.Table:
        """Return `_row` and some of the file's columns as text; blanks, and the words for them, are null."""
        columns = list(columns)
        raw = self._of(name, columns)
        return raw.select(ROW, **{column: values.as_given(raw[column]) for column in columns})

    def counted(self, name: str, column: str) -> ibis.Table:
        """Return each different text of a column (see `texts`) as `value`, with the number of its `rows`; no nulls."""
        raw = self._of(name, [column])
        each = raw.group_by(value=raw[column]).aggregate(rows=raw.count())
        each = each.mutate(value=values.as_given(each.value))  # of each value once, not of each row
        each = each.filter(each.value.notnull())
        return each.group_by("value").aggregate(rows=each.rows.sum())

    def numbers(self, name: str, columns: Iterable[str]) -> ibis.Table:
        """Return `_row` and some of the file's columns as numbers, null where they are none."""
        columns, written = list(columns), self._written(name).numbers
        raw = self._of(name, columns)
        return raw.select(ROW, **{column: values.as_number(raw[column], **written) for column in columns})

    def origins(self, name: str) -> dict[str, str]:
        """Return for each contract column that is there the file's column or the expression it comes from."""
        return self._origins(name)

    def unused(self, name: str, *, filtered: bool = False) -> tuple[str, ...]:
        """Return the columns of the file that neither `columns` nor, unless `filtered`, `where` names."""
        spec = self._spec(name)
        named = {*self._origins(name).values(), *(spec.where if spec and not filtered else ())}
        if spec and spec.keep_latest in self.columns(name):
            named.add(spec.keep_latest)
        used = {column for text in named for column in self._named_in(name, text)}
        return tuple(column for column in self.columns(name) if column not in used)

    def number_columns(self, name: str, column: str) -> tuple[str, ...]:
        """Return the file's text columns that contract column `column` reads as numbers."""
        raw, origin = self._raw(name), self._origins(name).get(column)
        named = self._named_in(name, origin) if origin else []
        return tuple(one for one in named if raw[one].type().is_string())

    def _named_in(self, name: str, text: str) -> list[str]:
        """The file's columns that a mapping or an expression names."""
        columns = self.columns(name)
        if text in columns:
            return [text]
        if text == ROW:
            return []
        tree = expressions.parse(text, list(columns), self.files[name].name)
        return list(dict.fromkeys(column.name for column in tree.find_all(exp.Column)))

    def _compared(self, name: str) -> list[str]:
        """The columns in which an equal row must agree: all that the study does not `ignore`."""
        spec = self._spec(name)
        ignored = self._known(name, "ignore", spec.ignore if spec else ())
        return [column for column in self.columns(name) if column not in ignored] or [*self.columns(name)]

    def _version(self, name: str, lines: ibis.Table) -> dict:
        """The column of `keep_latest`: a time, a number or else text, the latest last; `row` is the row's number."""
        spec = self._spec(name)
        if not spec or not spec.keep_latest:
            return {}
        wanted = spec.keep_latest
        if wanted == "row" and "row" not in self.columns(name):
            return {VERSION: lines[ROW]}
        self._known(name, "keep_latest", (wanted,))
        time = values.as_time(lines[wanted], **self._written(name).times(wanted))
        text = values.as_given(lines[wanted])
        number = values.as_number(lines[wanted], **self._written(name).numbers)
        small = ibis.ifelse(number.abs() < LARGEST_COUNT, number, None)  # beyond, thousandths are no int64
        digits = (small * 1000).round().cast("int64").cast("string").lpad(20, "0")
        return {VERSION: ibis.coalesce(time.cast("string"), digits, text)}

    def _known(self, name: str, key: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """`wanted`, each of which is a column of the file."""
        for column in wanted:
            if column not in self.columns(name):
                said = expressions.known(column, list(self.columns(name)))
                raise StudyError(f"{self.files[name].name}: `{key}` names the column {column!r}, but {said}")
        return wanted
