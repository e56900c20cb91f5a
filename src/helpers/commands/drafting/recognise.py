"""Which table a file is, and which of its columns are the contract's, by their names and values."""

import re
from dataclasses import dataclass, field

from helpers.commands.drafting import (
    arm_counts,
    by_shape,
    by_values,
    column_types,
    controls,
    numbered,
    period_values,
    shape_words,
    stages,
    words,
)
from helpers.contracts import amount_words
from helpers.contracts.checked import sql_name
from helpers.study.table_columns import TABLES
from helpers.tables import wide_panels

# The tables in the order they are tried; of some, one of these columns must be there beside those the contract demands.
_ASKED: dict[str, tuple[str, ...]] = {
    "campaigns": (),
    "tickets": (),
    "subscriptions": ("ended_at", "period", "fee", "plan"),
    "leads": ("created_at", "won"),
    "transactions": (),
    "surveys": (),
    "activities": (),
    "exchange_rates": (),
    "panel": (),
    "experiment_units": (),
    "calendar": (),
    "contacts": ("name", "email", "phone", "address"),
    "customers": tuple(column.name for column in TABLES["customers"].columns if column.name != "customer_id"),
}
_CUSTOMERS = re.compile(r"customer|client|kunde|khach|ลูกค้า", re.I)  # in a file's name
FEWEST_PERIODS = 3  # columns of a customer's sales
FEW = 5  # values of a column that is rather no customer's where another may be
EVER = "'1900-01-01'"  # the day of rates without one
# No goods:
OF_DOCUMENTS = re.compile(
    r"(document|transaction|invoice|billing|order|payment|beleg)s? (category|type|class)"
)
SENT, ONLY_DATE = "'sent'", "the only column with dates"
NO_CONTROL = (
    "no column says who was left alone; if some were, by lot, add a row for each of them, with an arm of their own, and "
    "name the arm here; without them only 36 compares, with customers who were not chosen"
)
PLURALS, CARDS = ("guests", "customers", "clients", "kunden"), ("card", "loyalty")


@dataclass(frozen=True)
class Recognised:
    """A file's table, the origin of each contract column it brings, and what is doubtful about some of them."""

    table: str
    columns: dict[str, str]
    doubts: dict[str, str] = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        """The columns the contract demands that no column of the file seems to be."""
        return [name for name in TABLES[self.table].required if name not in self.columns]


def recognise(values: dict[str, list[str]], stem: str, gaps: frozenset[str] = frozenset()) -> Recognised:
    """Return what a file is: the first table all of whose columns are there, that of its name before the others.

    values: {column: distinct values as text}; gaps: columns that are mostly blank.
    Where no table fits, it is taken for the one it is named after, or for transactions, with columns missing.
    """
    wide = None if stem in TABLES else _sales_by_period(values)
    if wide:
        return wide
    told = _told(long(values), stem)
    if told.table != "panel" and wide_panels.periods(list(values)):
        told = _told(values, stem)  # other tables are read with the columns that they have
    if (
        told.table == "transactions"
        and told.missing == ["amount"]
        and (kinds := numbered.by_kind(values, told.columns, gaps))
    ):
        doubt = "the sum of these columns, where each holds what was bought of one kind"
        return Recognised(told.table, told.columns | {"amount": kinds}, told.doubts | {"amount": doubt})
    return told


def _sales_by_period(values: dict[str, list[str]]) -> Recognised | None:
    """Sales with a row per customer and a column per month or year, where nothing says who was treated."""
    periods = wide_panels.periods(list(values))
    rest = {column: texts for column, texts in values.items() if column not in periods}
    customer = guess("customers", rest).columns.get("customer_id")
    if len(periods) < FEWEST_PERIODS or not customer or words.plain(customer) in shape_words.NAMES["unit"]:
        return None
    treated = {"treated_from", "treated"} & set(guess("panel", rest).columns)
    if treated or len(values[customer]) < by_shape.FEWEST_IDS:
        return None
    columns = {
        "customer_id": customer,
        "order_time": wide_panels.COLUMN_NAMES,
        "amount": wide_panels.SALES[1],
    }
    return Recognised(
        "transactions", columns, {"order_time": "a column per period: only its first day is known"}
    )


def _told(values: dict[str, list[str]], stem: str) -> Recognised:
    named = [stem] if stem in TABLES else []
    named += ["customers"] if not named and _CUSTOMERS.search(stem) else []
    first = [stem] if stem in TABLES else []
    counts = {} if first else arm_counts.of_arms(values)
    for table in (*first, *(one for one in _ASKED if one not in first)):
        if table == "subscriptions" and table not in first and by_shape.recommends(values):
            continue  # the two days are those on which an answer began and ended
        if table in ("panel", "customers") and table not in named and (orders := _orders(values, table)):
            return orders
        if table == "customers" and table not in named and not counts:
            shape = by_shape.told(values)
            if shape and by_shape.is_test_beyond_doubt(shape, values):
                return Recognised(shape.table, shape.columns, shape.doubts)
        found = guess(table, values)
        if found.doubts.get("customer_id", "").startswith(by_values.GUESSED) and (
            panel := by_shape.treated_panel(values)
        ):
            return Recognised(panel.table, panel.columns, panel.doubts)
        beside = _ASKED[table]
        if not found.missing and (
            table in named or not beside or any(one in found.columns for one in beside)
        ):
            return found
    sends = guess("campaigns", values)
    if sends.missing == ["arm"] and sends.columns["campaign_id"] in values:
        return Recognised("campaigns", sends.columns | {"arm": SENT}, sends.doubts | {"arm": NO_CONTROL})
    if counts:
        return Recognised("experiment_units", *arm_counts.columns(values, counts))
    found = guess(first[0] if first else "transactions", values)
    dated = _with_only_date(found, values)
    shape = by_shape.told(values) if found.missing else None
    if not shape and {"customer_id", "amount"} <= set(found.missing) and not first:
        shape = by_shape.any_panel(values)
    if shape and (shape.table == first[0] if first else _lacks(found) or _is_test(shape, dated, values)):
        return Recognised(shape.table, shape.columns, shape.doubts)
    return dated


def _orders(values: dict[str, list[str]], instead: str) -> Recognised | None:
    """A file of numbered orders whose day has no known name, or, in place of a panel, whose customer has none."""
    found = _with_only_date(guess("transactions", values), values)
    numbered = len(values.get(found.columns.get("order_id", ""), [])) >= by_shape.FEWEST_IDS
    nobody = instead == "panel" and found.missing == ["customer_id"]
    return found if numbered and (not found.missing or nobody) else None


def _is_test(shape: by_shape.Shape, orders: Recognised, values: dict[str, list[str]]) -> bool:
    """Whether what looks like orders is a test: no day stands in it, or an arm is named as one; some arm is a control."""
    return by_shape.has_control(shape, values) and bool(orders.missing or by_shape.is_named_arm(shape))


def _lacks(found: Recognised) -> bool:
    """Whether no order table is told: who bought and how much are not both there."""
    return len({"customer_id", "amount"} & set(found.missing)) > 0


def _with_only_date(found: Recognised, values: dict[str, list[str]]) -> Recognised:
    """Where the time of a row is missing and one column of the file alone holds dates, that column, whatever its name."""
    happens_at = TABLES[found.table].happens_at
    free = [
        own
        for own, texts in values.items()
        if own not in found.columns.values() and texts and column_types.is_time(texts[: column_types.TRIED])
        if not words.BORN.search(words.plain(own))
    ]
    if happens_at not in found.missing or len(free) != 1:
        return found
    columns = found.columns | {happens_at: free[0]}
    return Recognised(found.table, columns, found.doubts | {happens_at: ONLY_DATE})


def long(values: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the columns of a panel with a column per period as they will be read: the others, period and outcome."""
    periods = wide_panels.periods(list(values))
    if not periods:
        return values
    rest = {column: texts for column, texts in values.items() if column not in periods}
    outcomes = [text for column in periods for text in values[column]]
    return {**rest, "period": [day.isoformat() for day in periods.values()], "outcome": outcomes}


def guess(table: str, values: dict[str, list[str]]) -> Recognised:
    """Return for each contract column that a file seems to bring the file's own; a column serves once."""
    plain = {words.plain(column): column for column in reversed(values)}
    known = words.names(table)
    found: dict[str, str] = {}
    doubts: dict[str, str] = {}
    for column in TABLES[table].columns:
        names = (f"{column.name.replace('_', ' ')}*", *known.get(column.name, ()))
        fitting = [
            own
            for own in words.finds(names, plain)
            if own not in found.values() and column_types.is_a(column.type, column.name, values[own])
        ]
        if column.name == "customer_id":  # an account of bookkeeping or a till has few values
            fitting = [own for own in fitting if not _counts_people(own, values[own])]
            fitting.sort(key=lambda own: max(FEW - len(values[own]), 0) if values[own] else 0)
        if column.name == "category":
            fitting = [own for own in fitting if not OF_DOCUMENTS.search(words.plain(own))]
        if fitting:
            found[column.name] = fitting[0]
            if len(fitting) > 1 and column.required:
                doubts[column.name] = f"or {', '.join(fitting[1:4])}"
    _of_table(table, found, doubts, values)
    if table == "subscriptions" and "fee" not in found and {"ended_at", "period", "plan"} & set(found):
        fees = words.finds(tuple(words.FEES.split("|")), plain)
        if fees and column_types.is_a("number", "", values[fees[0]]):
            found["fee"] = fees[0]
    if table == "leads" and not {"won_at", "won"} & set(found):
        found |= {name: text for name, text in stages.ends(values).items() if name not in found}
    if (
        table == "leads"
        and "lead_id" not in found
        and (own := stages.deal_of(values) or _record(found, plain))
    ):
        found["lead_id"] = own
    if table == "transactions":
        _money(found, doubts, plain, values)
        _day(found, doubts, values)
        by_values.fill(found, doubts, values)
    return Recognised(table, found, doubts)


def _of_table(table: str, found: dict, doubts: dict, values: dict[str, list[str]]) -> None:
    """What only panels, sends or exchange rates have; rates without a day hold on every one."""
    if table == "panel":
        _of_panel(found, doubts, values)
    if table == "campaigns":
        controls.add_to(found, values)
    if table == "exchange_rates" and "rate" in found and found.setdefault("date", EVER) == EVER:
        doubts["date"] = "no column says since when: each rate holds on every day"


def _record(found: dict[str, str], plain: dict[str, str]) -> str:
    """The number of a record that says when it came in and whether it was won, so that it is a lead; "" for any other."""
    ends = "created_at" in found and bool({"won_at", "won"} & set(found))
    return next((plain[one] for one in words.OF_RECORDS.split("|") if ends and one in plain), "")


def _counts_people(own: str, texts: list[str]) -> bool:
    """Whether a column named Guests or Customers holds their number, or one named Card the kinds of cards."""
    name = words.plain(own)
    return (name in PLURALS and all(text.isdigit() for text in texts)) or (
        name in CARDS and len(texts) < by_shape.FEWEST_IDS
    )


def _of_panel(found: dict, doubts: dict, values: dict[str, list[str]]) -> None:
    """The day of a panel's period where it stands in parts; since when a unit is treated, or whether it is in a period."""
    text, parts = period_values.of_parts(values)
    if parts and found.get("period") in parts:
        found["period"] = text
        values = {own: texts for own, texts in values.items() if own not in parts}
    elif periods := values.get(found.get("period", "")):
        found["period"] = period_values.as_day(found["period"], periods)
    if doubts.get("outcome"):
        others = [own for own in doubts["outcome"].removeprefix("or ").split(", ") if own in values]
        doubts["outcome"] = f"or {', '.join(others)}" if others else ""
    rest = {own: texts for own, texts in values.items() if own not in found.values()}
    if "treated_from" not in found and (since := by_shape.since_of(rest)):
        found["treated_from"] = since
    if not {"treated_from", "treated"} & set(found) and (treated := by_shape.treated_of(rest)):
        found["treated"] = treated
    if "treated" in found:
        doubts["treated"] = by_shape.EVER


def _day(found: dict, doubts: dict, values: dict[str, list[str]]) -> None:
    """The day of a row where a year, a month and a day stand apart, and no other column holds it."""
    own = values.get(found.get("order_time", ""), [])
    if ("order_time" not in found or not any(len(text) > len("2026") for text in own)) and (
        text := stages.day(values)
    ):
        found["order_time"] = text
        doubts["order_time"] = "a year, a month and a day in columns of their own"
    if "order_time" not in found and (text := stages.day_of_era(values)):
        found["order_time"] = text
        doubts["order_time"] = "years of an era"


def _money(found: dict, doubts: dict, plain: dict[str, str], values: dict[str, list[str]]) -> None:
    """The amount as quantity times price where no column holds it; margins and costs that are no money."""
    parts, own_parts = numbered.amount(values)
    if parts and found.get("amount", own_parts[0]) in own_parts:
        found["amount"] = parts
        doubts["amount"] = "the row's amount in several columns"
        found.pop("list_price", None)
    prices = [
        own
        for own in words.finds(words.prices(), plain)
        if own not in found.values() and column_types.is_a("number", "", values[own])
    ]
    if "amount" not in found and "quantity" in found and prices:
        found["amount"] = f"{sql_name(found['quantity'])} * {sql_name(prices[0])}"
        doubts["amount"] = f"or one of {', '.join(prices[1:])} for the price" if prices[1:] else ""
    elif "amount" not in found and (sides := _sides(found, plain, values)):
        found["amount"] = sides
        doubts["amount"] = (
            "what was sold stands on the side of debit; if it stands on the other, exchange the two"
        )
    elif prices and "amount" not in found and {"customer_id", "order_time"} <= set(found):
        found["amount"] = prices[0]
        doubts["amount"] = "of the whole row? If of one piece: multiply it by the number of pieces"
    elif (
        "amount" not in found
        and {"cost", "list_price"} & set(found)
        and {"customer_id", "order_time"} <= set(found)
    ):
        found["amount"] = found.pop("list_price" if "list_price" in found else "cost")
        doubts["amount"] = (
            "what the customer paid for the row? If it is a list price or the goods' cost, name another column"
        )
    worded = amount_words.expression(found.get("amount", ""), values.get(found.get("amount", ""), []))
    if worded:
        found["amount"] = worded[0]
        doubts["amount"] = ", ".join(f"{word} is taken for {number:,}" for word, number in worded[1].items())
    margin = values.get(found.get("margin", ""), [])
    if margin and all("%" in text or _small(text) for text in margin):
        del found["margin"]  # a share, not money
    if "cost" in found:
        doubts["cost"] = "of the whole line? If of one piece: multiply it by the quantity"


def _sides(found: dict, plain: dict[str, str], values: dict[str, list[str]]) -> str:
    """The amount of a ledger that has debit and credit in columns of their own: one less the other."""
    columns = [words.finds(tuple(words.SIDES[side].split("|")), plain) for side in ("debit", "credit")]
    own = [
        next(
            (
                one
                for one in listed
                if one not in found.values() and column_types.is_a("number", "", values[one])
            ),
            None,
        )
        for listed in columns
    ]
    if None in own or own[0] == own[1]:
        return ""
    return " - ".join(f"coalesce({sql_name(str(one))}, 0)" for one in own)


def _small(text: str) -> bool:
    try:
        return abs(float(text)) <= 1
    except ValueError:
        return False
