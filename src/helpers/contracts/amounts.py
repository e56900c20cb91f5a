"""Amounts a thousand or a hundred times too small or large, and the distribution of order values."""

import re
from typing import TYPE_CHECKING

from helpers.contracts import minor_units
from helpers.contracts.checked import Checked, one_row, share, sql_name, yaml_line
from helpers.contracts.findings import PASS, REVIEW, STOP, Finding, keep
from helpers.messages import Value, count, message, number, verbatim
from helpers.study.table_columns import ROW

if TYPE_CHECKING:
    import ibis

ROUNDED_OFF = message(
    "amounts.rounded_off",
    "{some} of {all} values of {column} are written like {example}: a spreadsheet has cut their last digits.",
)
EXPORT_DIGITS = message(
    "amounts.export_digits",
    "Export them with all their digits, as numbers of two decimals. To leave it: `{keep}`.",
)
IN_THOUSANDS = message(
    "amounts.in_thousands", "the column {column} is named as thousands, and is read as it stands."
)
IN_MILLIONS = message(
    "amounts.in_millions", "the column {column} is named as millions, and is read as it stands."
)
TIMES = message("amounts.times", "{times} times")
ADD_IF_SO = message("amounts.add_if_so", "If it is, add to {table}: `{line}`. If not: `{keep}`.")
ADD_IF_THEY_ARE = message(
    "amounts.add_if_they_are", "If they are, add to {table}: `{line}`. If not: `{keep}`."
)
THREE_DIGITS = message(
    "amounts.three_digits",
    "{some} of {all} values of {column} that are not 0 have exactly three digits after the sign {sign}, but {currency} has "
    "{decimals} decimals: they may be a thousand times larger.",
)
PARTS_THOUSANDS = message(
    "amounts.parts_thousands",
    "If it parts thousands, add to {table}: `{line}`. If it is the decimal sign: `{other}`.",
)
DECIMAL_ELSEWHERE = message(
    "amounts.decimal_elsewhere",
    "{others} others have one or two digits after it, so that it is the decimal sign there: look where the former come "
    "from. If all are right: `{keep}`.",
)
HAVE_DECIMALS = message(
    "amounts.have_decimals",
    "{odd} of {all} values of {column} have decimals, but {currency} has none: they may be in another currency, or in "
    "thousands or millions.",
)
IF_RIGHT = message("amounts.if_right", "If they are right, add to the table: `{keep}`.")
IF_THOUSANDS = message(
    "amounts.if_thousands",
    "If they are in thousands, add to transactions: `{line}`. If they are right, add to the table: `{keep}`.",
)
ORDER_VALUES = message(
    "amounts.order_values",
    "of {orders} order values above 0, 5 % are below {low}, half below {middle}, 95 % below {high} {currency}.",
)
ABOUT = message("amounts.about", "{number} {currency}")
NAMED_CENTS = message(
    "amounts.named_cents",
    "all {orders} order values are whole numbers, half of them above {middle} {currency}: the column {column} is named as "
    "cents.",
)
MAYBE_CENTS = message(
    "amounts.maybe_cents",
    "all {orders} order values are whole numbers, half of them above {middle} {currency}: they may be cents.",
)
TOO_SMALL = message(
    "amounts.too_small",
    "half of the {orders} order values are below {middle} {currency}, less than the smallest money in use ({least}): they "
    "may be in thousands, or in another currency.",
)

MONEY: tuple[str, ...] = (
    "amount",
    "list_price",
    "margin",
    "cost",
    "fee",
    "acquisition_cost",
    "category_spend",
    "contact_cost",
)
MONEY += ("incentive_cost",)
FEWEST = 10
CENTS = r"(^|[^a-z])(cents?|centimes?|céntimos?|pence|minor( units?)?|satang|xu)([^a-z]|$)"
UNITS = {  # words in a column's name: how many times the amounts are to be taken
    1_000_000: r"millions?\b|\bmio\b|\bmill\b|millones|triệu|ล้าน",
    1000: r"thousands?\b|\bin k\b|\bk€|\bt€|\bteur\b|\bkeur\b|\btsd\b|tausend|milliers|\bmiles\b"
    r"|nghìn|ngàn|พัน|\b1[.,' ]?000(\b|đ)",
}
SMALL = 100  # typical amounts below it may be in thousands, in a currency without decimals whose smallest note is not known
TYPICAL_CENTS = 1000  # in large units, half of all order values above this, all whole, look like cents


def findings(checked: Checked) -> list[Finding]:
    """Judge the money columns of a table; for transactions also the order values."""
    found = []
    for column in checked.columns("number"):
        if column in MONEY:
            found += _digits(checked, column)
    money = {"transactions": "amount", "subscriptions": "fee"}.get(checked.table)
    if money and checked.has(money):
        found += _in_large_units(checked, money)
    if money and checked.has(money) and not any(one.verdict == STOP for one in found):
        found += _decimals(checked, money)
    if checked.table == "transactions":
        found += _values(checked, sure=not found)
    return found


def _in_large_units(checked: Checked, column: str) -> list[Finding]:
    """An amount whose column is named as thousands or millions."""
    origin = checked.file_column(column)
    if origin is None:
        return []
    name = origin.casefold().replace("_", " ")
    times = next((number for number, words in UNITS.items() if re.search(words, name)), None)
    if times is None:
        return []
    line = yaml_line("amount", f"{sql_name(origin)} * {times}")
    if column != "amount":
        line = f"columns: {{{yaml_line(column, f'{sql_name(origin)} * {times}')}}}"
    told = (IN_THOUSANDS if times == 1000 else IN_MILLIONS)(column=verbatim(origin))
    todo = ADD_IF_SO(table=verbatim(checked.table), line=verbatim(line), keep=keep("amounts_too_small"))
    return [checked.finding("amounts_too_small", STOP, told, TIMES(times=times), todo=todo)]


def _digits(checked: Checked, column: str) -> list[Finding]:
    """Text numbers whose decimal sign may be a thousands sign: 449.000 where 449,000 is meant."""
    sign = checked.setting("decimal") or "."
    columns = checked.source.number_columns(checked.table, column)
    if (
        not columns
        or checked.setting("thousands") == sign
        or minor_units.decimals(checked.study.currency) == 3
    ):
        return []
    mark = re.escape(sign)
    found = []
    for name in columns:
        texts = checked.source.counted(checked.table, name)
        text = texts.value
        nonzero = text.re_search("[1-9]")
        in_threes = rf"^\D*[1-9]\d{{0,2}}({mark}\d{{3}})+\D*$"
        three = nonzero & text.re_search(in_threes)
        small = nonzero & text.re_search(r"^\D*\d{1,3}\D*$") & ~text.contains(sign)
        finer = text.re_search(rf"{mark}\d{{4,}}")
        decimals = text.re_search(rf"^[^{mark}]*{mark}\d{{1,2}}\D*$")
        rounded = text.re_search(r"\d[eE]\+\d+$")
        kinds = {"filled": nonzero, "three": three, "small": small, "finer": finer, "decimals": decimals}
        kinds |= {"rounded": rounded}
        seen = one_row(texts, **{kind: texts.rows.sum(where=has) for kind, has in kinds.items()})
        if seen["rounded"]:
            found.append(_rounded_off(checked, name, seen))
        if not seen["three"] or seen["finer"]:
            continue
        always = (
            seen["three"] + (seen["small"] or 0) == seen["filled"] and seen["three"] * 2 >= seen["filled"]
        )
        stated = checked.setting("decimal") is not None
        if not always and (stated or seen["three"] < 0.01 * seen["filled"]):
            continue
        shown = _first_texts(checked, name, in_threes)
        verdict = STOP if always and seen["three"] >= FEWEST and not stated else REVIEW
        found.append(_of_digits(checked, name, sign, seen, verdict, shown))
    return found


def _rounded_off(checked: Checked, name: str, seen: dict) -> Finding:
    """Amounts that a spreadsheet has written with an exponent, and cut to a few digits."""
    told = ROUNDED_OFF(
        some=count(seen["rounded"]),
        all=count(seen["filled"]),
        column=verbatim(name),
        example=verbatim(_first_texts(checked, name, r"\d[eE]\+\d+$")[0]),
    )
    todo, value = EXPORT_DIGITS(keep=keep("amounts_rounded")), share(seen["rounded"], seen["filled"])
    return checked.finding("amounts_rounded", REVIEW, told, value, threshold=share(0, 1), todo=todo)


def _first_texts(checked: Checked, name: str, pattern: str) -> list[str]:
    """The first three values of a column that a pattern finds, as they stand in the file."""
    texts = checked.source.texts(checked.table, [name])
    return texts.filter(texts[name].re_search(pattern)).order_by(ROW).limit(3).to_pyarrow()[name].to_pylist()


def _of_digits(checked: Checked, name: str, sign: str, seen: dict, verdict: str, shown: list[str]) -> Finding:
    currency = checked.study.currency
    told = THREE_DIGITS(
        some=count(seen["three"]),
        all=count(seen["filled"]),
        column=verbatim(name),
        sign=verbatim(f"`{sign}`"),
        currency=currency,
        decimals=minor_units.decimals(currency),
    )
    if seen["decimals"]:  # the same sign cannot part thousands there
        todo = DECIMAL_ELSEWHERE(others=count(seen["decimals"]), keep=keep("digits_after_mark"))
    else:
        line = 'thousands: "."' if sign == "." else 'decimal: ".", thousands: ","'
        todo = PARTS_THOUSANDS(
            table=verbatim(checked.table),
            line=verbatim(line),
            other=verbatim(f'decimal: "{sign}", rules: {{digits_after_mark: keep}}'),
        )
    return checked.finding(
        "digits_after_mark",
        verdict,
        told,
        share(seen["three"], seen["filled"]),
        threshold=share(0, 1),
        todo=todo,
        examples=tuple(map(repr, shown)),
    )


def _decimals(checked: Checked, column: str) -> list[Finding]:
    """Decimals in a currency that has none."""
    currency = checked.study.currency
    if minor_units.decimals(currency):
        return []
    lines = _as_written(checked, column)
    amount = lines[column]
    own = lines.currency == currency if "currency" in lines.columns else amount.notnull()
    odd = own & (((amount.abs() + 0.5) % 1 - 0.5).abs() > 1e-6)
    thousands = own & (((amount.abs() * 1000 + 0.5) % 1 - 0.5).abs() > 1e-3)
    typical = amount.abs().quantile(0.5, where=own & (amount != 0))
    seen = one_row(lines, odd=odd.sum(), all=own.sum(), finer=thousands.sum(), typical=typical)
    if not seen["odd"]:
        return []
    shown = lines.filter(odd).order_by("_row").limit(3).to_pyarrow()[column].to_pylist()
    told = HAVE_DECIMALS(
        odd=count(seen["odd"]), all=count(seen["all"]), column=verbatim(column), currency=currency
    )
    kept = keep("no_decimals_in_currency")
    todo = IF_RIGHT(keep=kept)
    small = seen["typical"] is not None and seen["typical"] < minor_units.SMALLEST.get(currency, SMALL)
    if column == "amount" and small and not seen["finer"]:
        todo = IF_THOUSANDS(line=verbatim(yaml_line(column, f"{checked.sql(column)} * 1000")), keep=kept)
    return [
        checked.finding(
            "no_decimals_in_currency", REVIEW, told, share(seen["odd"], seen["all"]), threshold=share(0, 1),
            todo=todo, examples=tuple(f"{one:g}" for one in shown),
        )
    ]  # fmt: skip


def _as_written(checked: Checked, column: str) -> "ibis.Table":
    """The accepted rows with the amounts that the file has: an order's total that its lines share is put together again."""
    lines = checked.report.accepted
    if column != "amount" or not checked.setting("amount_per"):
        return lines
    shared = lines.filter(lines.order_id.notnull())
    keys = [name for name in ("order_id", "currency") if name in lines.columns]
    totals = shared.group_by(keys).aggregate(amount=shared.amount.sum(), _row=shared[ROW].min())
    names = [column, ROW, *keys]
    return totals.select(names).union(lines.filter(lines.order_id.isnull()).select(names))


def _values(checked: Checked, *, sure: bool) -> list[Finding]:
    """The distribution of order values, and where their digits are `sure`, whether they look like cents or thousands."""
    lines = checked.report.accepted
    orders = lines.filter(lines.revenue > 0).select(value=lines.revenue)
    if checked.has("order_id"):
        alone = lines.filter((lines.revenue > 0) & lines.order_id.isnull()).select(value=lines.revenue)
        named = checked.orders.filter(checked.orders.money > 0)
        orders = named.select(value=named.money).union(alone)
    at = {f"q{point}": orders.value.quantile(point / 100) for point in (5, 50, 95)}
    seen = one_row(
        orders, orders=orders.count(), low=orders.value.min(), high=orders.value.max(), **at,
        whole=(orders.value % 1 == 0).sum(), tens=(orders.value % 10 == 0).sum(),
    )  # fmt: skip
    if not seen["orders"]:
        return []
    low, middle, high = (_rounded(seen[key]) for key in ("q5", "q50", "q95"))
    currency = checked.study.currency
    told = ORDER_VALUES(orders=count(seen["orders"]), low=low, middle=middle, high=high, currency=currency)
    extremes = (f"{seen['low']:,.2f}", f"{seen['high']:,.2f}")
    value = ABOUT(number=middle, currency=currency)
    found = [checked.finding("order_values", PASS, told, value, examples=extremes)]
    return found + (_cents(checked, seen) + _too_small(checked, seen) if sure else [])


def _cents(checked: Checked, seen: dict) -> list[Finding]:
    currency, origin = checked.study.currency, checked.file_column("amount")
    if not minor_units.decimals(currency) or seen["whole"] < seen["orders"]:
        return []
    named = origin and re.search(CENTS, origin.casefold().replace("_", " "))
    large = currency in minor_units.LARGE_UNIT and seen["orders"] >= 100 and seen["q50"] >= TYPICAL_CENTS
    if not named and not (large and seen["tens"] < 0.6 * seen["orders"]):
        return []
    said = {"orders": count(seen["orders"]), "middle": _rounded(seen["q50"]), "currency": currency}
    told = NAMED_CENTS(**said, column=verbatim(origin)) if origin and named else MAYBE_CENTS(**said)
    todo = ADD_IF_THEY_ARE(
        table=verbatim("transactions"),
        line=verbatim(yaml_line("amount", f"{checked.sql('amount')} / 100")),
        keep=keep("amounts_in_cents"),
    )
    verdict = STOP if named else REVIEW
    return [checked.finding("amounts_in_cents", verdict, told, _rounded(seen["q50"]), todo=todo)]


def _too_small(checked: Checked, seen: dict) -> list[Finding]:
    currency = checked.study.currency
    least = minor_units.SMALLEST.get(currency, 0)
    if seen["q50"] >= least:
        return []
    middle = _rounded(seen["q50"])
    told = TOO_SMALL(orders=count(seen["orders"]), middle=middle, currency=currency, least=least)
    line = yaml_line("amount", f"{checked.sql('amount')} * 1000")
    todo = IF_THOUSANDS(line=verbatim(line), keep=keep("amounts_too_small"))
    return [checked.finding("amounts_too_small", REVIEW, told, middle, threshold=count(least), todo=todo)]


def _rounded(value: float) -> Value:
    """A number to two digits: a page shows no single order's value."""
    number_of_two = float(f"{value:.2g}")
    return count(number_of_two) if number_of_two >= 10 else number(number_of_two, 2)
