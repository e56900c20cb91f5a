"""A study's tables on the engine, with the contract's names and types."""

from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import ibis
from sqlglot import exp

from helpers.contracts.normalised import normalised
from helpers.errors import StudyError
from helpers.study.parts import parts_of
from helpers.study.table_columns import (
    COPY,
    GIVEN,
    LEFT_OUT,
    ROW,
    TABLES,
    UNKNOWN,
    WHICH,
    WRITTEN,
    Column,
    Contract,
)
from helpers.tables import (
    attributes,
    differing,
    engine,
    expressions,
    failing,
    headers,
    spark,
    stage_rows,
    values,
    wide_panels,
    workbooks,
    zones,
)
from helpers.tables.file_columns import FileColumns
from helpers.tables.headers import cleaned
from helpers.tables.repeated import repeated_rows
from helpers.tables.text_files import joined, to_parquet

_CONDITIONS = ("boolean", "varchar", "string", "null", "void", "none")  # text may say true or false
ROW_NUMBER = "row_number"  # in `columns` of a study: the number of the row, for files without an id

if TYPE_CHECKING:
    from helpers.study.study import Study, TableSpec


@dataclass(frozen=True)
class Source(FileColumns):
    """Where a study's tables are: the folder, the file of each table, and the engine (Ibis) they open on."""

    study: "Study"
    folder: Path
    files: dict[str, Path]
    on_spark: bool = False

    @cached_property
    def con(self) -> ibis.BaseBackend:
        """The Ibis backend."""
        return spark.connect() if self.on_spark else engine.connect(folders=[self.folder])

    def close(self) -> None:
        """End a Spark application of our own: a run's notebooks are others, and would wait for its workers."""
        if self.on_spark and "con" in self.__dict__:
            spark.release(self.con)

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the contract's tables that are there."""
        return tuple(self.files)

    def given(self, name: str) -> tuple[str, ...]:
        """Return the contract columns that the file of table `name` brings, directly or by an expression."""
        return tuple(column for column in self._origins(name) if column in _names(TABLES[name]))

    def read(self, name: str) -> ibis.Table:
        """Return table `name` as an Ibis table of contract columns, typed; absent ones are null.

        Attributes of the tables that may bring them follow. Beside them stand `_row` (1 is the first row),
        `_copy` (an identical row came before), `_left_out` (0, or the number of the first
        condition of `where` the row does not meet), `_unknown` (a value that condition needs is missing), and
        for columns with values that could not be read `COLUMN__given`, the text that stood there.
        Raises StudyError for a file that cannot be split into rows, missing required or unknown columns.
        """
        contract, file, spec = TABLES[name], self.files[name], self._spec(name)
        raw, origins = self._raw(name), self._origins(name)
        columns = [column for column in raw.columns if column != ROW]
        text_columns = [column for column in columns if raw[column].type().is_string()]
        number_columns = [column for column in columns if raw[column].type().is_numeric()]
        written = self._written(name)

        parsed = {
            target: expressions.parse(origin, columns, f"{file.name}, column {target}")
            for target, origin in origins.items()
            if origin not in (*columns, ROW)
        }
        conditions = [
            expressions.parse(text, columns, f"{file.name}, where") for text in (spec.where if spec else ())
        ]
        lines, used = raw, {}
        trees = {}
        for key, tree in [*parsed.items(), *enumerate(conditions)]:
            gives_number = key in _names(contract) and contract.column(key).type == "number"
            trees[key], numbers = expressions.with_numbers(tree, text_columns, gives_number)
            used[key] = numbers
            for column in numbers:
                number = values.as_number(raw[column], **written.numbers)
                lines = lines.mutate(**{expressions.NUMBER.format(column): number})
            trees[key], texts = expressions.with_texts(trees[key], number_columns)
            written_out = {expressions.TEXT.format(column): values.as_given(raw[column]) for column in texts}
            lines = lines.mutate(**written_out) if written_out else lines
        if trees:
            lines = self._computed(name, lines, trees, len(conditions))
        else:
            lines = lines.mutate(**{LEFT_OUT: ibis.literal(0), UNKNOWN: ibis.literal(False)})
        stands = {one: attributes.VALUE.format(one) if one in parsed else origins[one] for one in origins}
        lines = values.with_careful(lines, contract, stands, written)
        # Rows are looked up by joins throughout: Spark compares NOT IN row against row.
        copy = "copy of an earlier row"
        copies = repeated_rows(raw, self._compared(name)).select(**{copy: ROW})
        lines = lines.left_join(copies, lines[ROW] == copies[copy])

        typed: dict[str, ibis.Value] = {}
        for wanted in contract.columns:
            typed |= self._from_column(lines, stands.get(wanted.name), wanted, written)
            if used.get(wanted.name):
                typed |= self._said_of(used[wanted.name], lines, typed, wanted)
        direct = {column: origin for column, origin in origins.items() if origin in columns}
        zones.refuse_named(file.name, contract, direct, lines, written)
        typed |= attributes.columns(file.name, contract, lines, origins, columns, written)
        found = lines.select(
            **typed,
            **{
                ROW: lines[ROW],
                COPY: lines[copy].notnull(),
                LEFT_OUT: lines[LEFT_OUT],
                UNKNOWN: lines[UNKNOWN],
            },
            **self._version(name, lines),
        )
        return stage_rows.one_per_lead(found) if spec and spec.row_per else found

    # ---- files
    def _spec(self, name: str) -> "TableSpec | None":
        return self.study.tables.get(name)

    @cached_property
    def _opened(self) -> dict:
        return {}

    @cached_property
    def _lacking(self) -> dict:
        return {}

    def _raw(self, name: str) -> ibis.Table:
        """The file's own columns and `_row`."""
        if name not in self._opened:
            opened = self._open(name)
            headers.refuse_too_wide(self.files[name], len(opened.columns) - 1)
            made = self._as_rows(opened) if name == "panel" else opened
            self._opened[name] = wide_panels.sales(opened) if self._is_wide(name) else made
        return self._opened[name]

    def _is_wide(self, name: str) -> bool:
        """Whether the study reads sales from a column per period."""
        spec = self._spec(name)
        return (
            name == "transactions"
            and spec is not None
            and spec.columns.get("order_time") == wide_panels.COLUMN_NAMES
        )

    def _as_rows(self, panel: ibis.Table) -> ibis.Table:
        """A panel with a row per unit and period, also where its file has a column per period, or per unit."""
        spec, own = self._spec("panel"), [column for column in panel.columns if column != ROW]
        if spec is None or spec.columns.get("unit") != wide_panels.COLUMN_NAMES or "column_names" in own:
            in_a_column = spec is not None and spec.columns.get("period", "period") != "period"
            return panel if in_a_column else wide_panels.long(panel)
        texts = [*(text for name, text in spec.columns.items() if name != "unit"), *spec.where]
        named = [one for text in texts for one in ([text] if text in own else expressions.named_in(text))]
        folded = {one.casefold() for one in [*named, *spec.columns]}
        return wide_panels.from_units(panel, [column for column in own if column.casefold() in folded])

    def _copies(self, name: str, parts: list[Path]) -> list[Path]:
        """The files as Parquet; where the second or a later one is refused, that all are read as the first was is said."""
        copies: list[Path] = []
        try:
            for part in parts:
                copies.append(to_parquet(part, self._spec(name)))
        except StudyError as error:
            if not copies:
                raise
            raise StudyError(
                f"{error} All files of one table are read alike, and {parts[0].name} was read as the study says: if "
                f"{part.name} is written otherwise, save it like the others instead."
            ) from error
        return copies

    def _open(self, name: str) -> ibis.Table:
        """The table's files as one, with the number of each row, from 1 through all of them."""
        file, parts = self.files[name], parts_of(self.files[name])
        copies = parts
        if any(part.suffix != ".parquet" for part in parts):
            copies = self._copies(name, parts)
            file = joined(file, parts, copies)
        for part in copies:
            if not part.stat().st_size:
                raise StudyError(
                    f"{part.name} is empty: export it again, with a header and at least one row."
                )
        if len(copies) > 1 and not self.on_spark:
            self._lacking[name] = differing.lacking(
                self.files[name], TABLES[name], self._spec(name), parts, copies
            )
        parts = copies if file.is_dir() or file == self.files[name] else [file]
        if self.on_spark:
            return spark.open_parquet(self.con, file, name)
        several = file.is_dir() or len(parts) > 1
        try:
            table = self.con.read_parquet(
                [str(part) for part in parts],
                table_name=f"{name} file",
                file_row_number=True,
                filename=several,
                union_by_name=bool(self._lacking.get(name)),
            )
        except duckdb.Error as error:
            raise StudyError(
                f"{file.name} is not a Parquet file that can be read ({str(error).splitlines()[0]}). Export it again."
            ) from None
        if several:
            order = ibis.row_number().over(order_by=["filename", "file_row_number"])
            return table.mutate(**{ROW: order + 1}).drop("filename", "file_row_number").cache()
        table = table.mutate(**{ROW: table.file_row_number + 1}).drop("file_row_number")
        # A view's columns are no expressions: each of many questions about thousands of columns is composed quickly.
        return self.con.create_view(f"{name} rows", table, overwrite=True)

    def unread_sheets(self, name: str) -> dict[str, int]:
        """Return {sheet: rows} of a table's workbooks that are not read and have the columns of the one that is."""
        return workbooks.unread_sheets(parts_of(self.files[name]), self._spec(name))

    def hidden_rows(self, name: str) -> dict[str, list[int]]:
        """Return {file: places of its rows that the sheet does not show} of a table's workbooks."""
        return workbooks.hidden_rows(parts_of(self.files[name]), self._spec(name))

    def lacking(self, name: str) -> dict[str, tuple[str, ...]]:
        """Return {file: columns of other files that it lacks} where the files of a table differ; they are blank there."""
        self._raw(name)
        return self._lacking.get(name, {})

    def _origins(self, name: str) -> dict[str, str]:
        """For each contract column that is there: the file's column or the expression it comes from."""
        contract, spec, file = TABLES[name], self._spec(name), self.files[name].name
        columns = [column for column in self._raw(name).columns if column != ROW]
        stated = {column: _own(origin, columns) for column, origin in spec.columns.items()} if spec else {}
        undecided = [column for column, origin in stated.items() if origin == WHICH]
        if undecided:
            raise StudyError(_not_said(file, undecided, columns))
        numbered = [
            one for one, origin in stated.items() if origin == ROW_NUMBER and ROW_NUMBER not in columns
        ]
        stated |= dict.fromkeys(numbered, ROW)
        if name == "panel" and stated.get("unit") == wide_panels.COLUMN_NAMES and "unit" in columns:
            stated |= {"unit": "unit", "outcome": "outcome"}
        if self._is_wide(name) and "order_time" in columns:
            stated |= {one: one for one in wide_panels.SALES}
        unknown = [column for column in stated if column not in _names(contract)]
        if unknown and not contract.attributes:
            raise StudyError(
                f"{file}: the study maps {', '.join(unknown)}, which the table {name} does not have. "
                f"Its columns are {', '.join(_names(contract))}."
            )
        own = [
            column
            for column in _names(contract)
            if column in columns and not _tells_when(column, stated, contract)
        ]
        origins = {column: column for column in own} | stated
        missing = [column for column in contract.required if column not in origins]
        if missing:
            raise StudyError(_missing(file, name, missing, columns))
        return origins

    # ---- values
    @property
    def _dialect(self) -> str:
        return spark.DIALECT if self.on_spark else "duckdb"

    @property
    def _errors(self) -> tuple[type[Exception], ...]:
        return spark.errors() if self.on_spark else (duckdb.Error,)

    def _run(self, sql: str) -> list:
        """Run a statement and fetch what it returns."""
        return self.con._session.sql(sql).collect() if self.on_spark else self.con.raw_sql(sql).fetchall()

    def _computed(self, name: str, lines: ibis.Table, trees: dict, conditions: int) -> ibis.Table:
        """`lines` with one column per expression, and the number of the first condition not met."""
        sql = {key: tree.sql(dialect=self._dialect) for key, tree in trees.items()}
        self._try(name, lines, sql)
        quoted = partial(_quoted, dialect=self._dialect)
        wanted = [
            f"({text}) AS {quoted(attributes.VALUE.format(key))}"
            for key, text in sql.items()
            if isinstance(key, str)
        ]
        met = [sql[place] for place in range(conditions)]
        broken = " ".join(f"WHEN ({text}) IS NOT TRUE THEN {place + 1}" for place, text in enumerate(met))
        unknown = " ".join(f"WHEN ({text}) IS NOT TRUE THEN ({text}) IS NULL" for text in met)
        wanted.append(f"{f'CASE {broken} ELSE 0 END' if met else '0'} AS {LEFT_OUT}")
        wanted.append(f"{f'CASE {unknown} ELSE FALSE END' if met else 'FALSE'} AS {UNKNOWN}")
        view = f"{name}_lines"
        inner = self.con.compile(lines)
        self._run(
            f"CREATE OR REPLACE TEMP VIEW {quoted(view)} AS SELECT *, {', '.join(wanted)} FROM ({inner})"
        )
        return spark.open_view(self.con, view) if self.on_spark else self.con.table(view)

    def _try(self, name: str, lines: ibis.Table, sql: dict) -> None:
        """Run each expression once, so that an error names it."""
        inner = self.con.compile(lines)
        for key, text in sql.items():
            try:
                tried = f"({text})" if isinstance(key, str) else f"CASE WHEN ({text}) THEN 1 END"
                # Not count(): of a constant it is the number of rows, and the constant itself is never worked out.
                kinds = self._run(f"SELECT any_value({tried}) IS NULL, max(typeof(({text}))) FROM ({inner})")
            except self._errors as error:
                stands = f"columns, {key}" if isinstance(key, str) else "where"
                raise failing.refusal(self.files[name].name, stands, error, text) from None
            if not isinstance(key, str) and str(kinds[0][1]).lower().strip('"') not in _CONDITIONS:
                raise StudyError(
                    f"{self.files[name].name}: {text} under `where` is no condition, which holds or does not. Write what "
                    "must hold, such as `quantity > 0`."
                )

    def _from_column(
        self, lines: ibis.Table, stands: str | None, contract_column: Column, written: values.Written
    ) -> dict:
        """A contract column read from the column of `lines` where it stands; None: it is absent."""
        name, kind = contract_column.name, contract_column.type
        if stands is None:
            types = {"id": "string", "text": "string", "number": "float64", "date": "date", "flag": "boolean"}
            return {name: ibis.null(types.get(kind, values.MICROSECONDS))}
        column, text = lines[stands], values.CAREFUL.format(name)
        typed = values.typed(column, kind, name, written, lines[text] if text in lines.columns else None)
        if kind == "id" and self.study.ids == "normalised":
            return {name: normalised(typed), WRITTEN.format(name): typed}
        if values.is_native(column, kind):
            return {name: typed}
        return {name: typed, GIVEN.format(name): ibis.ifelse(typed.isnull(), _shown(column), None)}

    def _said_of(self, numbers: list[str], lines: ibis.Table, typed: dict, contract_column: Column) -> dict:
        """What an expression gives, beside it what stood where a number that it reads is none."""
        unread = [
            ibis.ifelse(lines[expressions.NUMBER.format(name)].isnull(), _shown(lines[name]), None)
            for name in numbers
        ]
        given = GIVEN.format(contract_column.name)
        return {given: ibis.coalesce(*unread, *([typed[given]] if given in typed else []))}


def _not_said(file: str, undecided: list[str], columns: list[str]) -> str:
    return (
        f"{file}: the study does not say which column is {', '.join(undecided)}. Write a column's name in place of {WHICH}: "
        f"the file has {', '.join(columns)}."
    )


def _missing(file: str, name: str, missing: list[str], columns: list[str]) -> str:
    guesses = {column: expressions.suggest(column, columns) or "NAME_IN_THE_FILE" for column in missing}
    if name == "panel" and {"period", "outcome"} & set(missing):
        file = f"{file} has no columns named like periods (2024-01-31, 2024-01, Jan 2024, 2024, 2024-Q1 or 2024-W05), and"
    line = ", ".join(f"{column}: {guess}" for column, guess in guesses.items())
    return (
        f"{file} has no column {' and no column '.join(missing)}, which the table {name} needs. The file has "
        f"{', '.join(columns)}. Add to the table in the study file: `columns: {{{line}}}`."
    )


def _own(origin: str, columns: list[str]) -> str:
    """The file's column that a study names, also where it writes the name in decomposed form or with a line break."""
    return clean if origin not in columns and (clean := cleaned(origin)) in columns else origin


def _tells_when(flag: str, stated: dict[str, str], contract: Contract) -> bool:
    """Whether a file's column named like a flag is read as a date: `won_at: won` leaves no won of true and false."""
    kinds = {column.name: column.type for column in contract.columns}
    read_as = {kinds.get(column) for column, origin in stated.items() if origin == flag and column != flag}
    return kinds[flag] == "flag" and bool(read_as & {"time", "date"})


def _quoted(name: str, dialect: str) -> str:
    return exp.to_identifier(name, quoted=True).sql(dialect=dialect)


def _names(contract: Contract) -> tuple[str, ...]:
    return tuple(column.name for column in contract.columns)


def _shown(column: ibis.Value) -> ibis.Value:
    """What the file says, for the reader: a number that is not finite is blank."""
    return values.as_given(column)
