"""A file of returns beside the orders: both as one table, in which the amounts of the former are taken off."""

from dataclasses import replace
from pathlib import Path

from helpers.commands.drafting import column_types
from helpers.commands.drafting.draft import CHECK, TableDraft
from helpers.commands.drafting.files import Export
from helpers.contracts.checked import sql_name
from helpers.contracts.money_words import NO_MONEY, RETURNS
from helpers.study.table_columns import TABLES, WHICH

# Of a table's settings, those that do not say how values are written:
_OWN = ("path", "columns", "rules", "known_values")
_ALIKE = 0.5  # of the values of a column, those that are ids of orders


def together(one: TableDraft, other: TableDraft, folder: Path) -> TableDraft | None:
    """Orders and their returns as one table where nothing is left to guess; None elsewhere.

    The returns must have a column of their own, a day, an amount, and the order or the customer that they belong to.
    """
    back = [table for table in (one, other) if _is_called_so(table)]
    if len(back) != 1:
        return None
    orders = other if back[0] is one else one
    columns = _columns(orders, back[0])
    path = _path((*orders.export.parts, *back[0].export.parts), folder)
    if not columns or not path:
        return None
    values = back[0].export.layout.values | orders.export.layout.values
    parts = tuple(sorted((*orders.export.parts, *back[0].export.parts)))
    export = Export(parts, path, replace(orders.export.layout, values=values))
    why = f"{CHECK}{back[0].export.path} holds returns: their amounts are taken off"
    said = {
        ("columns", name): why
        for name, text in columns.items()
        if text != orders.settings["columns"].get(name)
    }
    settings = orders.settings | {"path": path, "columns": columns}
    return replace(orders, export=export, settings=settings, why=orders.why | said)


def _is_called_so(table: TableDraft) -> bool:
    return all(RETURNS.search(part.name.split(".")[0].casefold()) for part in table.export.parts)


def _are_written_alike(*tables: TableDraft) -> bool:
    """Whether no setting of one contradicts the other's, and dates have one format: numbers may need none in one of them."""
    one, other = ({k: v for k, v in table.settings.items() if k not in _OWN} for table in tables)
    same = all(other.get(key, value) == value for key, value in one.items())
    return same and all(
        one.get(key) == other.get(key) for key in ("date_format", "date_formats", "years", "delimiter")
    )


def _path(parts: tuple[Path, ...], folder: Path) -> str:
    """What stands for these files and no other: {orders.csv,refunds.csv}."""
    names = sorted(part.name for part in parts)
    alike = {part.parent for part in parts} == {folder} and not any(
        set("{},*?[") & set(name) for name in names
    )
    return f"{{{','.join(names)}}}" if alike else ""


def _columns(orders: TableDraft, back: TableDraft) -> dict[str, str]:
    """The columns of both as expressions; none where something is not certain."""
    own, theirs = orders.settings["columns"], back.settings["columns"]
    if not orders.is_complete or orders.settings.get("where") or not _are_written_alike(orders, back):
        return {}
    values, known = back.export.layout.values, set(orders.export.layout.columns)
    alone = [name for name in values if name not in known]
    marks = [name for name in alone if name not in back.export.layout.gaps]
    ids = set(orders.export.layout.values.get(own.get("order_id", ""), []))
    order = next(
        (one for one, texts in values.items() if texts and len(ids & set(texts)) >= _ALIKE * len(texts)), ""
    )
    days = [one for one in alone if values[one] and column_types.is_time(values[one])]
    day = (days or [theirs.get("order_time", "")])[0]
    money = [
        one for one in alone if one != order and values[one] and column_types.is_a("number", "", values[one])
    ]
    money = [one for one in money if not NO_MONEY.search(one.casefold().replace("_", " "))]
    amount = theirs["amount"] if theirs.get("amount") in values else money[0] if len(money) == 1 else ""
    customer = theirs.get("customer_id", "")
    if not marks or not {day, amount} <= set(values) or not (order or customer in values):
        return {}
    found = {"order_id": order, "order_time": day, "customer_id": customer if customer in values else ""}
    read = {name: _either(found.get(name, ""), text, known) for name, text in own.items()}
    base = _sql(own["amount"], known)
    taken = f"CASE WHEN {sql_name(marks[0])} IS NOT NULL THEN -abs({sql_name(amount)}) ELSE coalesce({base}, NULL) END"
    read["amount"] = f"coalesce(-abs({sql_name(amount)}), {base})" if amount in alone else taken
    kinds = {column.name: column.type for column in TABLES["transactions"].columns}
    blank = {name for name in own if kinds[name] == "text"}
    return (
        {name: own[name] if name in blank else text for name, text in read.items()}
        if WHICH not in read.values()
        else {}
    )


def _either(name: str, origin: str, known: set[str]) -> str:
    """The column of the returns where it is filled, else that of the orders; `coalesce` says that a file may lack it."""
    base = _sql(origin, known)
    if name == origin:
        return origin
    return f"coalesce({sql_name(name)}, {base})" if name and name not in known else f"coalesce({base}, NULL)"


def _sql(origin: str, known: set[str]) -> str:
    return sql_name(origin) if origin in known else f"({origin})"
