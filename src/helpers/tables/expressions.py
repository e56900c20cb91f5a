"""SQL expressions of a study file (`quantity * price`, `stock_code <> 'POST'`) over a file's own columns."""

import difflib

from sqlglot import exp

from helpers.errors import StudyError
from helpers.tables import allowed_sql
from helpers.tables.headers import cleaned

NUMBER = "number of {}"  # the column that holds a text column's values as numbers
TEXT = "text of {}"  # the column that holds a number column's values as text
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.Abs, exp.Round)
_OF_TEXT = (
    exp.Left, exp.Right, exp.Substring, exp.DPipe, exp.Concat, exp.Pad, exp.StrToTime, exp.RegexpExtract, exp.RegexpReplace,
    exp.RegexpLike, exp.RegexpFullMatch, exp.Replace, exp.Trim, exp.Lower, exp.Upper, exp.ILike, exp.Like, exp.Length,
    exp.SplitPart, exp.StartsWith,
)  # fmt: skip
_NOT_OF_ONE_ROW = (exp.Star, exp.Subquery, exp.AggFunc, exp.Window, exp.Alias)
_TRANSPARENT = (exp.Paren, exp.Coalesce, exp.If, exp.Case)


def parse(text: str, columns: list[str], where: str) -> exp.Expression:
    """Return the expression with its identifiers as the file writes them; `where` says where it stands.

    Raises StudyError for SQL that is not one expression over one row, for functions that are not on the list
    (`allowed_sql`), and for a column the file has not.
    """
    tree = allowed_sql.read(text, where)
    if tree is not None:
        allowed_sql.refuse_functions(tree, text, where, suggest(text, columns))
    alone = (
        isinstance(tree, exp.Select) and len(tree.expressions) == 1 and set(_filled(tree)) == {"expressions"}
    )
    if tree is None or not alone or tree.find(*_NOT_OF_ONE_ROW) or len([*tree.find_all(exp.Query)]) > 1:
        near = suggest(text, columns)
        meant = f" Did you mean the column {near!r}?" if near else ""
        raise StudyError(
            f"{where}: {text!r} is not an SQL expression over the columns of one row.{meant} Such an expression is "
            "`quantity * price` or `stock_code <> 'POST'`. Text stands in single quotes, a name with blanks in "
            "double quotes."
        )
    allowed_sql.refuse_others(tree.expressions[0], text, where)
    names = {name.casefold(): name for name in columns}
    for column in tree.find_all(exp.Column):
        name = names.get(column.name.casefold()) or names.get(cleaned(column.name).casefold())
        if name is None or column.table:
            raise StudyError(
                f"{where}: {text!r} names the column {column.sql()!r}, but {known(column.name, columns)}"
            )
        column.set("this", exp.to_identifier(name, quoted=True))
    return tree.expressions[0]


def named_in(text: str) -> list[str]:
    """The columns that an SQL expression names, in small letters; none where it is no SQL."""
    tree = allowed_sql.read(text, "expression")
    return [column.name.casefold() for column in tree.find_all(exp.Column)] if tree is not None else []


def needed_in(text: str) -> set[str]:
    """The columns, in small letters, that an expression reads without a word on what holds where they are missing."""
    tree = allowed_sql.read(text, "expression")
    if tree is None:
        return set()
    allowed = {
        column.name.casefold()
        for node in tree.find_all(exp.Coalesce, exp.Is)
        for column in node.find_all(exp.Column)
    }
    return {column.name.casefold() for column in tree.find_all(exp.Column)} - allowed


def known(name: str, columns: list[str]) -> str:
    """The sentence that says which columns the file has, the nearest first."""
    close = suggest(name, columns)
    hint = f" Did you mean {close!r}?" if close else ""
    return f"the file has {', '.join(columns)}.{hint}"


def suggest(name: str, columns: list[str]) -> str | None:
    """The column whose name is nearest to `name`, or nothing when none is near."""
    plain = {column.casefold().replace(" ", "_").replace("-", "_"): column for column in columns}
    short = name.casefold().replace("_", "")
    same = next((column for key, column in plain.items() if key.replace("_", "") == short), None)
    near = difflib.get_close_matches(name.casefold(), list(plain), n=1, cutoff=0.6)
    return same or (plain[near[0]] if near else None)


def with_numbers(
    tree: exp.Expression, text_columns: list[str], gives_number: bool
) -> tuple[exp.Expression, list[str]]:
    """Point text columns that are used as numbers to their number columns; return the tree and their names.

    A column is a number in arithmetic, beside a number in a comparison, a coalesce or a CASE, and at the top of an
    expression that gives a number; otherwise it stays text. So `quantity > 0` compares numbers and `code <> '0'` text.
    """
    tree = tree.copy()
    used = []
    for column in list(tree.find_all(exp.Column)):
        if column.name in text_columns and _is_number(column, gives_number):
            used.append(column.name)
            column.set("this", exp.to_identifier(NUMBER.format(column.name), quoted=True))
    return tree, list(dict.fromkeys(used))


def with_texts(tree: exp.Expression, number_columns: list[str]) -> tuple[exp.Expression, list[str]]:
    """Point number columns that are used as text (left(year, 4)) to their text columns; return the tree and their names."""
    tree = tree.copy()
    used = []
    for column in list(tree.find_all(exp.Column)):
        if column.name in number_columns and _is_text(column):
            used.append(column.name)
            column.set("this", exp.to_identifier(TEXT.format(column.name), quoted=True))
    return tree, list(dict.fromkeys(used))


def _is_text(node: exp.Expression) -> bool:
    parent = node.parent
    if isinstance(parent, exp.Cast):
        return parent.to.this in exp.DataType.TEXT_TYPES
    of_all = isinstance(parent, exp.DPipe | exp.Concat)
    return isinstance(parent, _OF_TEXT) and (of_all or node.arg_key == "this")


def _is_number(node: exp.Expression, gives_number: bool) -> bool:
    parent = node.parent
    if parent is None or isinstance(parent, exp.Select):
        return gives_number
    if isinstance(parent, _COMPARISONS):
        others = [child for child in parent.iter_expressions() if child is not node]
        if any(other.is_string for other in others):
            return False
        inequality = isinstance(parent, exp.GT | exp.GTE | exp.LT | exp.LTE)
        return inequality or any(other.is_number for other in others)
    if isinstance(parent, _ARITHMETIC):
        return True
    if any(other.is_number for other in _beside(node)):
        return True
    return isinstance(parent, _TRANSPARENT) and _is_number(parent, gives_number)


def _beside(node: exp.Expression) -> list[exp.Expression]:
    """What may stand in the place of a node: the other values of its coalesce, greatest, least, CASE or IF."""
    parent = node.parent
    if isinstance(parent, exp.Coalesce | exp.Greatest | exp.Least):
        return [child for child in parent.iter_expressions() if child is not node]
    if isinstance(parent, exp.If) and node is parent.this:
        return []  # a condition
    whole = parent.parent if isinstance(parent, exp.If) and isinstance(parent.parent, exp.Case) else parent
    if not isinstance(whole, exp.If | exp.Case) or node is whole.this:
        return []
    ends = [
        one
        for part in (whole, *whole.args.get("ifs", []))
        for one in map(part.args.get, ("true", "false", "default"))
    ]
    return [one for one in ends if one is not None and one is not node]


def _filled(tree: exp.Expression) -> list[str]:
    return [key for key, value in tree.args.items() if value]
