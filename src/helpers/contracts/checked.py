"""A checked table as the checks of whole tables read it."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from helpers.contracts.date_formats import EXCEL, QUARTER, UNIX, UNIX_MS, WEEK
from helpers.contracts.findings import KEEP, Finding, TableReport
from helpers.contracts.shallow import as_written
from helpers.messages import Message, Value, message, money, percent, verbatim
from helpers.study.table_columns import TABLES

if TYPE_CHECKING:
    import ibis

    from helpers.contracts.readable import ReadableTables
    from helpers.study.study import Study, TableSpec


COUNTED = (EXCEL, UNIX, UNIX_MS, WEEK, QUARTER)  # no codes of SQL
NOT_IN_SQL = re.compile("%[zZaAbB]")  # offsets, and names that stand in several languages
HALF_A_CENT = 0.005
MOST_JUDGED = 200  # unused columns: each is looked at by a dozen checks
WIDE, MOST_CELLS = (
    400,
    40_000_000,
)  # columns from which the judged ones are copied, and how many cells at most
NEAR, DAY = 3, 86_400  # days between the nights or parts of one order, and a day in seconds
OF_FILE = message("finding.of_file", "{file}: {found}")
CORRECT_THEM = message("finding.correct_them", "Correct them in the file. If they are right: `{keep}`.")


@dataclass(frozen=True)
class Checked:
    """A table's report, all its rows that meet `where` (typed, broken and later ones included), and the day of the check."""

    study: "Study"
    source: "ReadableTables"
    report: TableReport
    lines: "ibis.Table"
    today: date

    @property
    def table(self) -> str:
        """The table's name in the contract."""
        return self.report.table

    @property
    def spec(self) -> "TableSpec | None":
        """How the study reads the table, None where it does not say."""
        return self.study.tables.get(self.table)

    def setting(self, key: str) -> Any:
        """One setting of the table, None where it is not stated."""
        return getattr(self.spec, key, None)

    @cached_property
    def unused(self) -> dict[str, int]:
        """Columns of the file that the study does not read, at most MOST_JUDGED, with about how many values each has."""
        names, raw = self.source.unused(self.table)[:MOST_JUDGED], self.source.file_lines(self.table)
        if not names:
            return {}
        if len(raw.columns) > WIDE and self.report.rows * len(names) < MOST_CELLS:
            self.source.keep_at_hand(self.table, names)
        counts = one_row(raw, **{f"n{i}": raw[name].approx_nunique() for i, name in enumerate(names)})
        return {name: counts[f"n{i}"] or 0 for i, name in enumerate(names)}

    @cached_property
    def orders(self) -> "ibis.Table":
        """One row per order id: its purchase lines' number, amounts, days and customers, and the sum of all its lines."""
        lines = self.report.accepted
        lines = lines.filter(lines.order_id.notnull() & lines.revenue.notnull())
        bought = lines.revenue >= 0
        orders = lines.group_by("order_id").aggregate(
            lines=bought.sum(),
            money=lines.revenue.sum(where=bought),
            net=lines.revenue.sum(),
            low=lines.amount.min(where=bought),
            high=lines.amount.max(where=bought),
            top=lines.revenue.max(where=bought),
            first=lines.order_date.min(where=bought),
            last=lines.order_date.max(where=bought),
            until=lines.order_date.max(),
            at=lines.order_time.min(where=bought),
            one=lines.customer_id.min(where=bought),
            other=lines.customer_id.max(where=bought),
        )
        # A row per night or part, each with one amount, is one order too.
        span = (
            orders["last"].cast("timestamp").epoch_seconds()
            - orders["first"].cast("timestamp").epoch_seconds()
        ) / DAY
        nights = (orders.low == orders.high) & (orders.high > 0) & (span <= NEAR * (orders.lines - 1))
        whole = (orders.one == orders.other) & ((span == 0) | nights)
        return orders.mutate(several=orders.lines > 1, whole=whole).cache()

    @cached_property
    def customers(self) -> "ibis.Table":
        """One row per customer of transactions: rows, sales, free ones, what was bought, what went back, the largest."""
        lines = self.report.accepted
        return (
            lines.group_by("customer_id")
            .aggregate(
                rows=lines.count(),
                sales=(lines.revenue > 0).sum(),
                free=(lines.revenue.abs() < HALF_A_CENT).sum(),
                bought=lines.revenue.sum(where=lines.revenue > 0).fill_null(0.0),
                back=-lines.revenue.sum(where=lines.revenue < 0).fill_null(0.0),
                high=lines.revenue.max(),
                first=lines.order_date.min(),
                last=lines.order_date.max(),
            )
            .cache()
        )

    @property
    def filtered(self) -> list[str]:
        """The columns of the file that the study reads in `where` alone."""
        unused = set(self.source.unused(self.table))
        return [name for name in self.source.unused(self.table, filtered=True) if name not in unused]

    @cached_property
    def _counted(self) -> dict[str, dict[str, int]]:
        return {}

    def counted(self, column: str) -> dict[str, int]:
        """{value: rows} of one of the file's columns, as text."""
        if column not in self._counted:
            seen = self.source.counted(self.table, column).to_pyarrow()
            self._counted[column] = dict(
                zip(seen["value"].to_pylist(), seen["rows"].to_pylist(), strict=True)
            )
        return self._counted[column]

    def values(self, column: str) -> list[str]:
        """The different values of one of the file's columns, as text."""
        return list(self.counted(column))

    def has(self, *columns: str) -> bool:
        """Whether the file brings all of these contract columns."""
        return set(columns) <= set(self.report.given)

    def file_column(self, column: str) -> str | None:
        """The file's column that a contract column is; None where the file brings none, or the study an expression."""
        origin = self.origin(column) if self.has(column) else None
        return origin if origin in self.source.columns(self.table) else None

    def columns(self, kind: str) -> list[str]:
        """The contract columns of a type that the file brings."""
        return [one.name for one in TABLES[self.table].columns if one.type == kind and self.has(one.name)]

    def origin(self, column: str) -> str:
        """The file's column, or the expression, that a contract column comes from."""
        return self.source.origins(self.table)[column]

    def sql(self, column: str) -> str:
        """The same as SQL: a name is quoted where it must be."""
        origin = self.origin(column)
        return sql_name(origin) if origin in self.source.columns(self.table) else f"({origin})"

    def text_sql(self, column: str) -> str:
        """A column of the file as SQL of its text without outer blanks, as `values` shows it."""
        raw = self.source.file_lines(self.table)[column]
        if not raw.type().is_string():
            return f"CAST({sql_name(column)} AS VARCHAR)"
        padded = one_row(self.source.file_lines(self.table), any=raw.re_search(r"^\s|\s$").any())["any"]
        return f"trim({sql_name(column)})" if padded else sql_name(column)

    def day_sql(self, column: str) -> str | None:
        """The day of a date column as SQL, a text like 2026-06-30; None where the file's format has no SQL that yields it.

        What stands in the file decides: not the study's time zone.
        """
        name, origin = self.sql(column), self.origin(column)
        own = self.spec.date_formats.get(origin) if self.spec else None
        written = own or self.setting("date_format")
        if self.setting("years") or written in COUNTED or NOT_IN_SQL.search(written or ""):
            return None
        text = f"CAST({name} AS VARCHAR)"
        return (
            f"strftime(try_strptime({text}, {sql_text(written)}), '%Y-%m-%d')"
            if written
            else f"left({text}, 10)"
        )

    def finding(self, name: str, verdict: str, told: Message, value: Value | Message, **more: Any) -> Finding:
        """A finding on this table, as the study keeps it where it says so."""
        of_file = OF_FILE(file=verbatim(self.report.file), found=told)
        found = Finding(name, self.table, verdict, of_file, value, **more)
        return found.kept() if self.spec and self.spec.rules.get(name) == KEEP else found

    def money(self, value: float | None) -> Value:
        """Money in the study's currency."""
        return money(value or 0.0, self.study.currency)


def sql_name(column: str) -> str:
    """A column's name as SQL."""
    return column if re.fullmatch(r"[A-Za-z_]\w*", column) else '"' + column.replace('"', '""') + '"'


def sql_text(value: str) -> str:
    """A text as SQL."""
    return "'" + value.replace("'", "''") + "'"


def yaml_line(key: str, text: str) -> str:
    """`key: text` as a line of YAML, with quotes where the text needs them."""
    plain = (
        re.fullmatch(r"[A-Za-z_][\w ()/*+.-]*", text) and ": " not in text
    )  # a comma ends a value inside braces
    return f"{key}: {text}" if plain else f"{key}: '" + text.replace("'", "''") + "'"


def where_line(condition: str) -> str:
    """The line that keeps the rows of which a condition is true."""
    return f"where: [{quoted(condition)}]"


def columns_line(column: str, expression: str) -> str:
    """The line that reads a contract column by an expression."""
    return f"columns: {{{column}: {quoted(expression)}}}"


def quoted(text: str) -> str:
    """A text in the double quotes of YAML."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def one_row(table: "ibis.Table", **sums: object) -> dict:
    """One row of aggregates; nothing is None but what has no rows."""
    asked = table.aggregate(**sums)
    con = asked.get_backend()
    if con.name != "duckdb":
        return asked.to_pyarrow().to_pylist()[0]
    with as_written():
        sql = con.compile(asked)
    row = con.raw_sql(sql).fetchall()[0]  # planned once, not twice as on its way to Arrow
    return dict(zip(sums, row, strict=True))


def share(part: float, whole: float) -> Value:
    """A share, with a decimal where it is small."""
    one = part / whole if whole else 0.0
    return percent(one, 0 if one >= 0.1 else 1)
