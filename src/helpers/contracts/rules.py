"""What makes a row wrong: one rule, one Ibis expression that is true for the bad rows.

Days are compared as dates, never as timestamps, so that every engine counts alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from helpers.messages import Message, Template, Value, message, plain, verbatim
from helpers.study.table_columns import GIVEN, Contract

if TYPE_CHECKING:
    import ibis

KNOWN = "_known_{}"  # beside a column that must name a customer: whether it does
FIRST_DAY = date(1970, 1, 2)  # dates before it are placeholders: 1900-01-01, 1970-01-01
NOT_READ = {
    "number": message("rule.no_number", "with a value that is not a number"),
    "time": message("rule.no_time", "with a value that is not a date or time"),
    "date": message("rule.no_date", "with a value that is not a date"),
    "flag": message("rule.no_flag", "with a value that is neither true nor false"),
}
WITHOUT = message("rule.without", "without {column}")
NOBODY = message("rule.nobody", "What nobody can be named for cannot be counted for a customer.")
IN_FUTURE = message("rule.in_future", "dated in the future")
TODAY_IS = message(
    "rule.today_is", "Today is {today}; day and month may be exchanged, or the clock of the system is wrong."
)
BEFORE_FIRST = message("rule.before_first", "dated before {day}")
PLACEHOLDER = message(
    "rule.placeholder", "Systems write 1900-01-01 or 1970-01-01 for a date they do not know."
)
BEFORE = message("rule.before", "with {column} before {earlier}")
NONE_OF = message("rule.none_of", "whose {column} is none of {allowed}")
TOO_LOW = message("rule.too_low", "whose {column} is below {low}")
OUTSIDE = message("rule.outside", "whose {column} is not between {low} and {high}")
NOT_AMONG = message("rule.not_among", "whose {column} is not in customers")
NO_CUSTOMER = message("rule.no_customer", "whose {column} is no customer")
EARLIER_ROW = message("rule.earlier_row", "whose {column} stands in an earlier row")


@dataclass(frozen=True)
class Rule:
    """A rule of one table.

    `rows` completes "12 rows ..."; `bad` takes the table and returns a boolean column; `show` are the columns
    that make a bad row understood; `why` says what is wrong about them; `keepable` rows may be used as they
    are when the study says so. `of_customers`: the column must name a customer, and `bad` reads what `with_known` adds.
    """

    name: str
    column: str
    rows: Message
    bad: Callable
    show: tuple[str, ...] = ()
    why: Message | None = None
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
    why = NOBODY() if column == "customer_id" else None
    given = GIVEN.format(column)

    def bad(t: "ibis.Table") -> "ibis.Value":
        return t[column].isnull() & t[given].isnull() if given in t.columns else t[column].isnull()

    return Rule(f"no_{column}", column, WITHOUT(column=verbatim(column)), bad, show, why)


def unreadable(column: str, kind: str, *, keepable: bool) -> Rule:
    """The value is there but is not of the column's type."""
    given = GIVEN.format(column)
    return Rule(
        f"unreadable_{column}",
        column,
        NOT_READ[kind](),
        lambda t: (
            t[column].isnull() & t[given].notnull() if given in t.columns else t[column].isnull() & False
        ),
        keepable=keepable,
    )


def future(column: str, today: date) -> Rule:
    """The row lies after the clock's today."""
    bad = lambda t: t[column].date() > today  # noqa: E731
    why = TODAY_IS(today=_iso(today))
    return Rule("future_date", column, IN_FUTURE(), bad, (column,), why)


def placeholder(column: str) -> Rule:
    """The row's date is one that systems write for a date they do not know."""
    bad = lambda t: t[column].date() < FIRST_DAY  # noqa: E731
    rows = BEFORE_FIRST(day=_iso(FIRST_DAY))
    return Rule("placeholder_date", column, rows, bad, (column,), PLACEHOLDER())


def repeated(
    name: str,
    columns: tuple[str, ...],
    rows: Message | None = None,
    keepable: bool = False,
    why: Message | None = None,
) -> Rule:
    """A row after the first one with the same values in `columns`."""
    rows = rows or EARLIER_ROW(column=verbatim(columns[0]))
    return Rule(name, columns[0], rows, lambda t: _place(t, columns) > 0, columns, why, keepable)


def before(name: str, column: str, earlier: str, keepable: bool = True) -> Rule:
    """`column` lies on a day before `earlier`."""
    bad = lambda t: t[column].date() < t[earlier].date()  # noqa: E731
    rows = BEFORE(column=verbatim(column), earlier=verbatim(earlier))
    return Rule(name, column, rows, bad, (column, earlier), keepable=keepable)


def one_of(name: str, column: str, allowed: tuple[str, ...], keepable: bool = True) -> Rule:
    """A value outside a fixed list."""
    rows = NONE_OF(column=verbatim(column), allowed=verbatim(", ".join(allowed)))
    return Rule(name, column, rows, lambda t: t[column].notin(allowed), (column,), keepable=keepable)


def outside(name: str, column: str, low: float, high: float | None, keepable: bool = False) -> Rule:
    """A number below `low` or above `high`."""
    said = {"column": verbatim(column), "low": plain(low)}
    rows = TOO_LOW(**said) if high is None else OUTSIDE(**said, high=plain(high))

    def bad(t: "ibis.Table") -> "ibis.Value":
        return t[column] < low if high is None else (t[column] < low) | (t[column] > high)

    return Rule(name, column, rows, bad, (column,), keepable=keepable)


def unknown_customer(facts: Facts) -> list[Rule]:
    """The customer is not in the table customers (no rule without that table)."""
    if "customers" not in facts.others:
        return []
    return [stranger("unknown_customer", "customer_id", ("customer_id",), NOT_AMONG)]


def stranger(name: str, column: str, show: tuple[str, ...], rows: Template = NO_CUSTOMER) -> Rule:
    """`column` names somebody who is no customer."""
    return Rule(
        name,
        column,
        rows(column=verbatim(column)),
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
    if columns:
        lines = lines.view()  # a relation of its own: Ibis would add to the joins that made the lines
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


def _iso(when: date) -> Value:
    """A day as files write it."""
    return verbatim(when.isoformat())
