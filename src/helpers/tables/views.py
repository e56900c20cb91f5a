"""Views of a database that stand for a study's tables: read only where they read the database's own tables.

A view is a program that came with the database. It is resolved through all views that it reads; each may use the
database's own tables and the functions of `allowed_sql`, those over several rows too.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from helpers.errors import StudyError
from helpers.tables import allowed_sql

if TYPE_CHECKING:
    import ibis

# The rows are (schema, name, definition; null for a table, empty for a view that is not told).
_IN_SCHEMA = """SELECT t.table_schema, t.table_name,
CASE WHEN upper(t.table_type) LIKE '%VIEW%' THEN coalesce(v.view_definition, '') END FROM information_schema.tables t
LEFT JOIN information_schema.views v ON v.table_schema = t.table_schema AND v.table_name = t.table_name
WHERE lower(t.table_schema) NOT IN ('information_schema', 'pg_catalog', 'mysql', 'sys', 'performance_schema')"""
_CATALOGUES = {
    "duckdb": """SELECT schema_name, table_name,
CASE WHEN contains(sql, 'GENERATED ALWAYS') THEN sql END FROM duckdb_tables() WHERE NOT internal
UNION ALL SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal""",
    "postgres": """SELECT schemaname, tablename, NULL FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') UNION ALL SELECT schemaname, matviewname, NULL FROM pg_matviews
UNION ALL SELECT schemaname, viewname, coalesce(definition, '') FROM pg_views
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')""",
    "sqlite": """SELECT 'main', name, CASE WHEN type = 'view' THEN sql WHEN sql LIKE '%virtual%' THEN 'VIRTUAL' END
FROM sqlite_master WHERE type IN ('table', 'view')""",
}
_OWN_FUNCTIONS = "SELECT function_name FROM duckdb_functions() WHERE NOT internal"
_BUILT_IN = "SELECT function_name FROM duckdb_functions() WHERE internal"  # operators are functions too: `+`
_OF_THE_ENGINE = {
    "duckdb": {"main", "system", "pg_catalog"},
    "postgres": {"pg_catalog"},
}  # where functions lie
MOST_VIEWS = 200  # that one view may read, counted as often as each is read
DEEPEST = 30  # views by way of views
_DIALECTS = {"mssql": "tsql", "pyspark": "spark"}
_ALSO: tuple[type, ...] = (exp.AggFunc, exp.RowNumber, exp.Exists, exp.Any, exp.All)  # over rows
_ALSO += (exp.StrToDate, exp.TsOrDsToDate, exp.TsOrDsToTimestamp, exp.Rank, exp.DenseRank, exp.Ntile)
_ASK_THE_CLOCK = {
    "date",
    "time",
    "datetime",
    "julianday",
    "unixepoch",
    "strftime",
}  # without a time, SQLite's say now
_CLOCK_WORDS = {"now", "today", "tomorrow", "yesterday"}
_OF_VIEWS = """datetime iif ifnull group_concat julianday rank dense_rank percent_rank ntile total to_char to_date unixepoch
date_format str_to_date convert_tz date time row_number""".split()  # noqa: SIM905


@dataclass(frozen=True)
class _Catalogue:
    """What a database holds, in small letters: schemas, tables, views with their definitions, functions of its own.

    A name has one definition per schema that has a view of it; shadowed: own functions under the names of built-in ones.
    """

    schemas: frozenset[str]
    tables: frozenset[str]
    views: dict[str, list[str]]
    functions: frozenset[str]
    shadowed: frozenset[str]
    dialect: str


def refuse_strange(con: "ibis.BaseBackend", names: list[str], shown: str) -> None:
    """Raise StudyError where one of these names is a view that uses more than the database's tables and listed functions.

    `shown` is the database's address as it may be shown. A database that does not tell its views' definitions is
    taken to hold tables.
    """
    catalogue = _catalogue(con)
    for name in names:
        _check(name.casefold(), catalogue, (), shown, {})


def _catalogue(con: "ibis.BaseBackend") -> _Catalogue:
    asked = _CATALOGUES.get(con.name, _IN_SCHEMA)
    try:
        rows = con.con.execute(asked).fetchall() if con.name in _CATALOGUES else con.raw_sql(asked).fetchall()
    except Exception:  # every driver has its own errors
        rows = []
        with suppress(Exception):  # or else the connection answers nothing more
            con.con.rollback()
    own, built_in = (_functions(con, asked) for asked in (_OWN_FUNCTIONS, _BUILT_IN))
    views: dict[str, list[str]] = {}
    for _, name, text in rows:
        if text is not None:
            views.setdefault(str(name).casefold(), []).append(text)
    return _Catalogue(
        frozenset(str(schema).casefold() for schema, _, _ in rows),
        frozenset(str(name).casefold() for _, name, text in rows if text is None),
        views,
        own,
        own & built_in,
        _DIALECTS.get(con.name, con.name),
    )


def _functions(con: "ibis.BaseBackend", asked: str) -> frozenset[str]:
    found = con.con.execute(asked).fetchall() if con.name == "duckdb" else []
    return frozenset(str(name).casefold() for (name,) in found)


def _check(
    name: str, catalogue: _Catalogue, above: tuple[str, ...], shown: str, known: dict[str, int]
) -> int:
    """Check one view and those it reads, and return how many views are read by it; a table is what it is.

    known: those that were checked, with what was returned.
    """
    if name not in catalogue.views or name in above:
        return 0
    if name in known:
        return known[name]
    through = f", by way of {' and '.join(above[1:])}" if above[1:] else ""
    where = f"The view {(above or (name,))[0]} of {shown}{through}"
    if len(above) >= DEEPEST:
        raise _refused(
            f"The view {above[0]} of {shown}", name, f"is more than {DEEPEST} views away from it", ""
        )
    read = 1
    for text in catalogue.views[name]:
        tree = _parsed(text, catalogue.dialect, where, name)
        _refuse_functions(tree, text, catalogue, where, name)
        for table in _tables(tree):
            found = table.name.casefold()
            is_own = found in catalogue.tables or found in catalogue.views
            schema = table.db.casefold()
            if not (isinstance(table.this, exp.Identifier) and is_own and schema in {"", *catalogue.schemas}):
                raise _refused(where, name, f"reads {table.sql(catalogue.dialect)!r}", "")
            read += _check(found, catalogue, (*above, name), shown, known)
            if read > MOST_VIEWS:
                raise _refused(where, name, f"reads more than {MOST_VIEWS} views", "")
    known[name] = read
    return read


def _refuse_functions(tree: exp.Expr, text: str, catalogue: _Catalogue, where: str, name: str) -> None:
    if (strange := _strange_function(tree, catalogue)) is not None:
        called = allowed_sql.name_of(strange, text)
        raise _refused(where, name, f"calls {called!r}", allowed_sql.way_out(strange))
    if catalogue.shadowed:
        own = sorted(catalogue.shadowed)[0]
        raise _refused(
            where, name, f"may use {own!r}, which the database defines anew", f"Drop its macro {own}."
        )
    if tree.find(exp.TableSample):
        raise _refused(where, name, "draws rows by chance (SAMPLE)", "")
    if any(found.args.get("recursive") for found in tree.find_all(exp.With)):
        raise _refused(where, name, "calls itself (WITH RECURSIVE)", "")


def _tables(tree: exp.Expr) -> list[exp.Table]:
    """The tables and views that a query reads; what a WITH above it defines is none, a name inside its own definition is."""
    if isinstance(tree, exp.Create):  # of a table, whose computed columns were looked through
        return []
    return [table for table in tree.find_all(exp.Table) if table.db or not _is_defined_above(table)]


def _is_defined_above(table: exp.Table) -> bool:
    node, within = table.parent, None
    while node is not None:
        if isinstance(node, exp.CTE):
            within = node
        elif found := node.args.get("with_"):
            before = found.expressions
            if within is not None and within.parent is found:
                before = before[: [id(one) for one in before].index(id(within))]
            if any(one.alias.casefold() == table.name.casefold() for one in before):
                return True
        node = node.parent
    return False


def _parsed(text: str, dialect: str, where: str, name: str) -> exp.Expr:
    if len(text) > 10 * allowed_sql.LONGEST:
        raise _refused(where, name, "is too long to be looked through", "")
    try:
        trees = sqlglot.parse(text, read=dialect)
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError):
        trees = []
    tree = trees[0] if len(trees) == 1 else None
    is_view = isinstance(tree, exp.Create) and tree.kind != "TABLE"
    query = tree.expression if is_view and tree is not None else tree
    if not isinstance(query, exp.Query | exp.Create):
        raise _refused(where, name, "is written in SQL that cannot be looked through", "")
    return query


def _strange_function(tree: exp.Expr, catalogue: _Catalogue) -> exp.Expr | None:
    """The first function that is not listed, asks the clock, or is one that came with the database, by name or place."""
    engines = _OF_THE_ENGINE.get(catalogue.dialect, set())
    for node in tree.find_all(exp.Func):
        names = {node.name} if isinstance(node, exp.Anonymous) else set(node.sql_names())
        names = {name.casefold() for name in names}
        place = node.parent.this.name.casefold() if isinstance(node.parent, exp.Dot) else ""
        if names & catalogue.functions or (place and place not in engines):
            return node
        if _asks_the_clock(node, names):
            return node
        is_listed = isinstance(node, exp.Anonymous) and node.name.casefold() in _OF_VIEWS
        if not (is_listed or isinstance(node, _ALSO) or allowed_sql.is_allowed(node)):
            return node
    return None


def _asks_the_clock(node: exp.Expr, names: set[str]) -> bool:
    """Whether a function's words say now, or it is one of SQLite's that says now where no column and no day is given."""
    words = [one.name.casefold().strip() for one in node.find_all(exp.Literal) if one.is_string]
    given = node.find(exp.Column) or any(word[:1].isdigit() for word in words)
    return bool(_CLOCK_WORDS & set(words)) or bool(names & _ASK_THE_CLOCK and not given)


def _refused(where: str, name: str, what: str, way_out: str) -> StudyError:
    return StudyError(
        f"{where} is not read, because {name} {what}. A view may read the database's own tables and use arithmetic, "
        f"conditions, sums over rows and the functions {', '.join(allowed_sql.NAMES)}. {way_out} Or write what "
        f"the view gives into a table of its own: CREATE TABLE {name}_rows AS SELECT * FROM {name}, and "
        f"make {name} a view of that."
    )
