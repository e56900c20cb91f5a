"""What makes a row wrong: one rule, one Ibis expression that is true for the bad rows.

Days are compared as dates, never as timestamps, so that every engine counts alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from helpers.study.table_columns import GIVEN, Contract

if TYPE_CHECKING:
    import ibis

KNOWN = "_known_{}"  # beside a column that must name a customer: whether it does
FIRST_DAY = date(1970, 1, 2)  # dates before it are placeholders: 1900-01-01, 1970-01-01
KINDS_OF_VALUE = {
    "number": "that is not a number",
    "time": "that is not a date or time",
    "date": "that is not a date",
    "flag": "that is neither true nor false",
}


@dataclass(frozen=True)
class Rule:
    """A rule of one table.

    `rows` completes "12 rows ..."; `bad` takes the table and returns a boolean column; `show` are the columns
    that make a bad row understood; `why` says what is wrong about them; `keepable` rows may be used as they
    are when the study says so. `of_customers`: the column must name a customer, and `bad` reads what `with_known` adds.
    """

    name: str
    column: str
    rows: str
    bad: Callable
    show: tuple[str, ...] = ()
    why: str = ""
    keepable: bool = False
    of_customers: bool = False


@dataclass(frozen=True)
class Facts:
    """What rules compare with: the clock's day, the study's currency, the accepted rows of other tables."""

    today: date
    currency: str
    others: dict


# ---- rules that several tables share
def missing(column: str, contract: Contract) -> Rule:
    """The required value is not there."""
    show = tuple(name for name in contract.required if name != column)
    why = "What nobody can be named for cannot be counted for a customer." if column == "customer_id" else ""
    given = GIVEN.format(column)

    def bad(t: "ibis.Table") -> "ibis.Value":
        return t[column].isnull() & t[given].isnull() if given in t.columns else t[column].isnull()

    return Rule(f"no_{column}", column, f"without {column}", bad, show, why)


def unreadable(column: str, kind: str, *, keepable: bool) -> Rule:
    """The value is there but is not of the column's type."""
    given = GIVEN.format(column)
    return Rule(
        f"unreadable_{column}",
        column,
        f"with a value {KINDS_OF_VALUE[kind]}",
        lambda t: (
            t[column].isnull() & t[given].notnull() if given in t.columns else t[column].isnull() & False
        ),
        keepable=keepable,
    )


def future(column: str, today: date) -> Rule:
    """The row lies after the clock's today."""
    why = f"Today is {today}; day and month may be exchanged, or the clock of the system is wrong."
    return Rule(
        "future_date", column, "dated in the future", lambda t: t[column].date() > today, (column,), why
    )


def placeholder(column: str) -> Rule:
    """The row's date is one that systems write for a date they do not know."""
    why = "Systems write 1900-01-01 or 1970-01-01 for a date they do not know."
    bad = lambda t: t[column].date() < FIRST_DAY  # noqa: E731
    return Rule("placeholder_date", column, f"dated before {FIRST_DAY}", bad, (column,), why)


def repeated(name: str, columns: tuple[str, ...], rows: str, keepable: bool = False) -> Rule:
    """A row after the first one with the same values in `columns`."""
    return Rule(name, columns[0], rows, lambda t: _place(t, columns) > 0, columns, keepable=keepable)


def before(name: str, column: str, earlier: str, keepable: bool = True) -> Rule:
    """`column` lies on a day before `earlier`."""
    bad = lambda t: t[column].date() < t[earlier].date()  # noqa: E731
    return Rule(name, column, f"with {column} before {earlier}", bad, (column, earlier), keepable=keepable)


def one_of(name: str, column: str, allowed: tuple[str, ...], keepable: bool = True) -> Rule:
    """A value outside a fixed list."""
    rows = f"whose {column} is none of {', '.join(allowed)}"
    return Rule(name, column, rows, lambda t: t[column].notin(allowed), (column,), keepable=keepable)


def outside(name: str, column: str, low: float | None, high: float | None, keepable: bool = False) -> Rule:
    """A number below `low` or above `high`."""
    rows = (
        f"whose {column} is below {low:g}"
        if high is None
        else f"whose {column} is not between {low:g} and {high:g}"
    )

    def bad(t: "ibis.Table") -> "ibis.Value":
        return t[column] < low if high is None else (t[column] < low) | (t[column] > high)

    return Rule(name, column, rows, bad, (column,), keepable=keepable)


def unknown_customer(facts: Facts) -> list[Rule]:
    """The customer is not in the table customers (no rule without that table)."""
    if "customers" not in facts.others:
        return []
    return [
        stranger("unknown_customer", "customer_id", "whose customer_id is not in customers", ("customer_id",))
    ]


def stranger(name: str, column: str, rows: str, show: tuple[str, ...]) -> Rule:
    """`column` names somebody who is no customer."""
    return Rule(
        name,
        column,
        rows,
        lambda t: t[column].notnull() & ~t[KNOWN.format(column)],
        show,
        keepable=True,
        of_customers=True,
    )


def with_known(lines: "ibis.Table", rules: list[Rule], customers: "ibis.Table | None") -> "ibis.Table":
    """`lines` with a flag for each column that must name a customer, found by a join with the table `customers`.

    Not by NOT IN, which Spark compares row against row.
    """
    columns = [rule.column for rule in rules if rule.of_customers]
    if customers is None:  # such rules stand only where the table is there
        return lines
    for column in columns:
        known = KNOWN.format(column)
        ids = customers.select(**{known: "customer_id"}).drop_null().distinct()
        lines = lines.left_join(ids, lines[column] == ids[known])
        lines = lines.mutate(**{known: lines[known].notnull()})
    return lines


def _place(t: "ibis.Table", columns: tuple[str, ...]) -> "ibis.Value":
    """How many rows with the same values in `columns` come before the row."""
    import ibis  # noqa: PLC0415 (reading a study file needs the names only)

    return ibis.row_number().over(group_by=[t[column] for column in columns], order_by=t["_row"])
