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
    "duckdb": """SELECT schema_name, table_name, NULL FROM duckdb_tables() WHERE NOT internal
UNION ALL SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal""",
    "postgres": """SELECT schemaname, tablename, NULL FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') UNION ALL SELECT schemaname, matviewname, NULL FROM pg_matviews
UNION ALL SELECT schemaname, viewname, coalesce(definition, '') FROM pg_views
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')""",
    "sqlite": """SELECT 'main', name, CASE WHEN type = 'view' THEN sql WHEN sql LIKE '%virtual%' THEN 'VIRTUAL' END
FROM sqlite_master WHERE type IN ('table', 'view')""",
}
_OWN_FUNCTIONS = "SELECT function_name FROM duckdb_functions() WHERE NOT internal"
_DIALECTS = {"mssql": "tsql", "pyspark": "spark"}
_ALSO: tuple[type, ...] = (exp.AggFunc, exp.RowNumber, exp.Exists, exp.Any, exp.All)  # over rows
_ALSO += (exp.StrToDate, exp.TsOrDsToDate, exp.TsOrDsToTimestamp, exp.Rank, exp.DenseRank, exp.Ntile)
_OF_VIEWS = """datetime iif ifnull group_concat julianday rank dense_rank percent_rank ntile total to_char to_date unixepoch
date_format str_to_date convert_tz date time row_number""".split()  # noqa: SIM905


@dataclass(frozen=True)
class _Catalogue:
    """What a database holds, in small letters: schemas, tables, views with their definitions, functions of its own."""

    schemas: frozenset[str]
    tables: frozenset[str]
    views: dict[str, str]
    functions: frozenset[str]
    dialect: str


def refuse_strange(con: "ibis.BaseBackend", names: list[str], shown: str) -> None:
    """Raise StudyError where one of these names is a view that uses more than the database's tables and listed functions.

    `shown` is the database's address as it may be shown. A database that does not tell its views' definitions is
    taken to hold tables.
    """
    catalogue = _catalogue(con)
    for name in names:
        _check(name.casefold(), catalogue, (), shown)


def _catalogue(con: "ibis.BaseBackend") -> _Catalogue:
    asked = _CATALOGUES.get(con.name, _IN_SCHEMA)
    try:
        rows = con.con.execute(asked).fetchall() if con.name in _CATALOGUES else con.raw_sql(asked).fetchall()
    except Exception:  # every driver has its own errors
        rows = []
        with suppress(Exception):  # or else the connection answers nothing more
            con.con.rollback()
    own = con.con.execute(_OWN_FUNCTIONS).fetchall() if con.name == "duckdb" else []
    found = [(str(schema).casefold(), str(name).casefold(), text) for schema, name, text in rows]
    return _Catalogue(
        frozenset(schema for schema, _, _ in found),
        frozenset(name for _, name, text in found if text is None),
        {name: text for _, name, text in found if text is not None},
        frozenset(str(name).casefold() for (name,) in own),
        _DIALECTS.get(con.name, con.name),
    )


def _check(name: str, catalogue: _Catalogue, above: tuple[str, ...], shown: str) -> None:
    """Check one view and those it reads; a table is what it is."""
    if name not in catalogue.views or name in above:
        return
    through = f", by way of {' and '.join(above[1:])}" if above[1:] else ""
    where = f"The view {(above or (name,))[0]} of {shown}{through}"
    tree = _parsed(catalogue.views[name], catalogue.dialect, where, name)
    strange = _strange_function(tree, catalogue.functions)
    if strange is not None:
        called = allowed_sql.name_of(strange, catalogue.views[name])
        raise _refused(where, name, f"calls {called!r}", allowed_sql.way_out(strange))
    if any(found.args.get("recursive") for found in tree.find_all(exp.With)):
        raise _refused(where, name, "calls itself (WITH RECURSIVE)", "")
    own = {cte.alias.casefold() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        read = table.name.casefold()
        if not isinstance(table.this, exp.Identifier) or (
            table.db and table.db.casefold() not in catalogue.schemas
        ):
            raise _refused(where, name, f"reads {table.sql(catalogue.dialect)!r}", "")
        if read in own and not table.db:
            continue
        if read not in catalogue.tables and read not in catalogue.views:
            raise _refused(where, name, f"reads {table.sql(catalogue.dialect)!r}", "")
        _check(read, catalogue, (*above, name), shown)


def _parsed(text: str, dialect: str, where: str, name: str) -> exp.Expr:
    if len(text) > 10 * allowed_sql.LONGEST:
        raise _refused(where, name, "is too long to be looked through", "")
    try:
        trees = sqlglot.parse(text, read=dialect)
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError):
        trees = []
    tree = trees[0] if len(trees) == 1 else None
    query = tree.expression if isinstance(tree, exp.Create) else tree
    if not isinstance(query, exp.Query):
        raise _refused(where, name, "is written in SQL that cannot be looked through", "")
    return query


def _strange_function(tree: exp.Expr, own: frozenset[str]) -> exp.Expr | None:
    """The first function that is not listed, asks for `now`, or bears the name of one that came with the database."""
    for node in tree.find_all(exp.Func):
        names = {node.name} if isinstance(node, exp.Anonymous) else set(node.sql_names())
        if {name.casefold() for name in names} & own:
            return node
        literal_now = any(
            one.name.casefold().strip() == "now" for one in node.find_all(exp.Literal) if one.is_string
        )
        if isinstance(node, exp.Anonymous) and node.name.casefold() in _OF_VIEWS and not literal_now:
            continue
        if literal_now or not (isinstance(node, _ALSO) or allowed_sql.is_allowed(node)):
            return node
    return None


def _refused(where: str, name: str, what: str, way_out: str) -> StudyError:
    return StudyError(
        f"{where} is not read, because {name} {what}. A view may read the database's own tables and use arithmetic, "
        f"conditions, sums over rows and the functions {', '.join(allowed_sql.NAMES)}. {way_out} Or write what "
        f"the view gives into a table of its own: CREATE TABLE {name}_rows AS SELECT * FROM {name}, and "
        f"make {name} a view of that."
    )
