"""What SQL of a study may say: one row's columns, literals, operators and the functions of a list, nothing else.

Study files travel between people. A function that reads files, asks the clock, draws by chance or is fetched from
elsewhere is refused by its name, before an engine sees it.
"""

import re

import sqlglot
from sqlglot import exp

from helpers.errors import StudyError
from helpers.study.strict_yaml import NO_TEXT

LONGEST = 10_000  # characters of an expression
DEEPEST = 40  # brackets within brackets
MOST_LEVELS = 100  # operators and functions within each other; AND and OR in a row are one
LARGEST_VALUE = 1_000_000  # characters that one value can become, where a column brings COLUMN of them
COLUMN = 100

_WRITTEN = """abs age array_extract array_length ascii case cast cbrt ceil chr coalesce concat concat_ws contains date_add
date_diff date_part date_sub date_trunc day dayname dayofmonth dayofweek dayofyear divide ends_with epoch epoch_ms exp
extract fdiv floor format greatest hour if ifnull instr isfinite isinf isnan isodow isoyear json_extract json_extract_string
last_day least left length list_contains list_extract list_value ln log log10 log2 lower lpad ltrim make_date
make_timestamp md5 minute mod month monthname nfc_normalize nullif nvl ord position power prefix printf quarter
regexp_extract regexp_full_match regexp_matches regexp_replace regexp_split_to_array replace reverse right round rpad
rtrim second sha256 sign split_part sqrt starts_with str_split strftime strip_accents strlen strptime strpos substr
substring suffix timezone to_days to_hours to_minutes to_months to_seconds to_timestamp to_weeks to_years translate trim
trunc try try_cast try_strptime typeof unicode upper week weekday weekofyear year"""
_CLASSES = """Abs And ArrayContains ArraySize Array Ascii Cast TryCast Cbrt Ceil Chr Coalesce Concat ConcatWs Contains
DateAdd DateDiff DateFromParts DateSub Day DayOfMonth DayOfWeek DayOfWeekIso DayOfYear Dayname EndsWith Exp
Extract Floor Greatest Hour If IsInf IsNan JSONExtract JSONExtractScalar LastDay Least Left Length Ln Log Lower MD5 Minute
Mod Month Monthname Nullif Or Pad Pow Quarter RegexpExtract RegexpFullMatch RegexpILike RegexpLike RegexpReplace
RegexpSplit Replace Reverse Right Round SHA2 Second Sign Split SplitPart Sqrt StartsWith StrPosition StrToTime Substring
TimeToStr TimeToUnix TimestampTrunc DateTrunc ToDays Translate Trim Trunc Try Typeof Unicode UnixToTime Upper Week
WeekOfYear Year Xor Case Timestamp Date TimestampFromParts Collate Glob Format"""
_NODES = """Column Identifier Literal Boolean Null Paren DataType DataTypeParam ByteString Interval IntervalSpan Var In
Between Tuple Bracket Slice AtTimeZone Not Neg Like ILike SimilarTo Is Escape DPipe EQ NEQ GT GTE LT LTE NullSafeEQ
NullSafeNEQ Add Sub Mul Div IntDiv BitwiseAnd BitwiseOr BitwiseXor BitwiseNot BitwiseLeftShift BitwiseRightShift
JSONPath JSONPathRoot JSONPathKey JSONPathSubscript JSONPathSelector"""
_TYPES = """BOOLEAN TINYINT SMALLINT INT BIGINT INT128 UTINYINT USMALLINT UINT UBIGINT UINT128 FLOAT DOUBLE DECIMAL VARCHAR
CHAR NCHAR NVARCHAR TEXT DATE TIME TIMETZ TIMESTAMP TIMESTAMPTZ TIMESTAMPNTZ TIMESTAMPLTZ TIMESTAMP_S TIMESTAMP_MS
TIMESTAMP_NS DATETIME INTERVAL JSON UNKNOWN ARRAY LIST"""

_CLOCK = (
    exp.CurrentDate,
    exp.CurrentTimestamp,
    exp.CurrentTime,
    exp.CurrentDatetime,
    exp.Localtime,
    exp.Localtimestamp,
)
_CLOCK_NAMES = {"now", "today", "get_current_timestamp", "get_current_time", "transaction_timestamp", "age"}
_INSTEAD = {
    "to_date": "strptime",
    "str_to_date": "strptime",
    "to_char": "strftime",
    "date_format": "strftime",
}
_INSTEAD |= {"iff": "if", "isnull": "IS NULL"}
_UNBOUND = r"\d{4}|\*|\{[^}]*\{"  # a width of thousands, or one that a value gives
_CHANCE = (exp.Rand, exp.Randn, exp.Uuid)
_CHANCE_NAMES = {"uuid", "uuidv4", "uuidv7", "gen_random_uuid", "setseed", "nextval", "currval"}


def _of(names: str) -> frozenset[type]:
    return frozenset(getattr(exp, name) for name in names.split())


NAMES = tuple(_WRITTEN.split())
FUNCTIONS = _of(_CLASSES)
NODES = _of(_NODES) | FUNCTIONS


def read(text: str, where: str) -> exp.Expr | None:
    """Parse an expression and return it under its SELECT, or None where it is no SQL; StudyError where it is too large."""
    if re.search(NO_TEXT, text):
        raise StudyError(
            f"{where}: {text[:60]!r} holds control characters or half a character: write it again."
        )
    if len(text) > LONGEST or _depth(text) > DEEPEST:
        raise StudyError(
            f"{where}: an expression has at most {LONGEST:,} characters and {DEEPEST} brackets within brackets; "
            f"{text[:60]!r}... has more. Make the column in the file, and name it under `columns`."
        )
    try:
        trees = sqlglot.parse(f"SELECT {text}", read="duckdb")
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError):
        return None
    tree = trees[0] if len(trees) == 1 else None
    if tree is not None and _levels(tree) > MOST_LEVELS:
        raise StudyError(
            f"{where}: {text[:60]!r}... is more than {MOST_LEVELS} steps within each other. Write a list as `IN (...)`, or "
            "make the column in the file."
        )
    return tree


def refuse_functions(tree: exp.Expr, text: str, where: str, column: str | None) -> None:
    """Raise StudyError for the first function that is not on the list; one over several rows is not looked at.

    `column` is the column of the file whose name is nearest to the text.
    """
    for node in tree.find_all(exp.Func):
        if not isinstance(node, exp.AggFunc) and not is_allowed(node):
            raise _refused(node, text, where, column)


def refuse_others(tree: exp.Expr, text: str, where: str) -> None:
    """Raise StudyError for an operator or a type that is not on the list, and for values without a bound."""
    for node in tree.walk():
        if not isinstance(node, exp.Anonymous) and type(node) not in NODES:
            raise _refused(node, text, where)
        if isinstance(node, exp.DataType) and _type(node) not in _TYPES.split():
            raise StudyError(
                f"{where}: {text!r} casts to {node.sql('duckdb')}; allowed are numbers, text, dates, times and true or "
                "false. Make the column in the file, and name it under `columns`."
            )
    if _longest(tree) > LARGEST_VALUE:
        raise StudyError(
            f"{where}: {text!r} can make one value longer than {LARGEST_VALUE:,} characters: replace by shorter texts, and "
            "give lpad and rpad a length in digits."
        )


def is_allowed(node: exp.Expr) -> bool:
    """Whether a function is on the list, with arguments that bound what it can give."""
    name = name_of(node).casefold()
    if name in ("format", "printf"):
        pattern = next(node.iter_expressions(), None)
        return pattern is not None and pattern.is_string and not re.search(_UNBOUND, pattern.name)
    if isinstance(node, exp.Anonymous):
        return name in NAMES and not (name == "age" and len(node.expressions) < 2)  # of one date: up to today
    return type(node) in FUNCTIONS


def way_out(node: exp.Expr) -> str:
    """What to write instead of a function that is not on the list."""
    name = name_of(node).casefold()
    if isinstance(node, _CLOCK) or name in _CLOCK_NAMES:
        return "It asks the clock, and a report must be the same tomorrow: write the date, such as DATE '2026-06-30'."
    if isinstance(node, _CHANCE) or name in _CHANCE_NAMES:
        return "It draws by chance, and a report must be the same again: make the column in the file."
    if instead := _INSTEAD.get(name):
        return f"Write {instead}."
    return "Make the column in the file or the database, and name it under `columns`."


def name_of(node: exp.Expr, text: str = "") -> str:
    """The name of a function or operator as it is written."""
    if isinstance(node, exp.Anonymous):
        return node.name
    if isinstance(node, exp.Func):
        known = [name.lower() for name in node.sql_names()]
        stands = [name for name in known if re.search(rf"\b{name}\b", text.casefold())]
        called = [name for name in re.findall(r"(\w+)\s*\(", text.casefold()) if name not in NAMES]
        return (stands or called or known)[0]
    return node.key


def _type(node: exp.DataType) -> str:
    return node.this.name if isinstance(node.this, exp.DataType.Type) else ""


def _refused(node: exp.Expr, text: str, where: str, column: str | None = None) -> StudyError:
    meant = f" Did you mean the column {column!r}?" if column else ""
    kind = "function" if isinstance(node, exp.Func) else "SQL"
    return StudyError(
        f"{where}: {text!r} uses the {kind} {name_of(node, text)!r}, which a study may not use.{meant} {way_out(node)} "
        "Allowed are the columns of the row, arithmetic, comparisons, AND, OR, NOT, LIKE, IN, BETWEEN, and "
        f"{', '.join(NAMES)}."
    )


def _depth(text: str) -> int:
    """How deep brackets stand within brackets, whatever stands in quotes."""
    depth = deepest = 0
    quote = ""
    for sign in text:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in ")]}":
            depth -= 1
    return deepest


def _levels(tree: exp.Expr) -> int:
    """How many operators and functions stand within each other."""
    deepest, open_nodes = 0, [(tree, 0)]
    while open_nodes:
        node, level = open_nodes.pop()
        deepest = max(deepest, level)
        for child in node.iter_expressions():
            in_a_row = isinstance(node, exp.Connector) and type(child) is type(node)
            open_nodes.append((child, level if in_a_row else level + 1))
    return deepest


def _longest(node: exp.Expr) -> float:
    """The most characters that a value can have, when a column's have COLUMN."""
    if isinstance(node, exp.Column | exp.Connector):
        return COLUMN
    if isinstance(node, exp.Literal):
        return len(node.name)
    of_parts = [_longest(part) for part in node.iter_expressions()]
    if isinstance(node, exp.Pad):
        return of_parts[0] + _whole(node.expression)
    if isinstance(node, exp.Replace | exp.RegexpReplace):
        pattern = node.expression
        into = max(of_parts[2:], default=0)
        is_text = isinstance(node, exp.Replace) and pattern.is_string and pattern.name
        return of_parts[0] * max(1, into / len(pattern.name) if is_text else 1 + into)
    if isinstance(node, exp.TimeToStr):
        return sum(of_parts) + 20 * _longest(node.args["format"])
    if name_of(node).casefold() in ("format", "printf"):
        return 1000 * COLUMN
    return sum(of_parts)


def _whole(node: exp.Expr) -> float:
    return float(node.name) if node.is_int else float("inf")
