"""Amounts a thousand or a hundred times too small or large, and the distribution of order values."""

import re

from helpers.contracts import minor_units
from helpers.contracts.checked import Checked, one_row, share, sql_name, yaml_line
from helpers.contracts.findings import PASS, REVIEW, STOP, Finding

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
    origin = checked.origin(column)
    if origin not in checked.source.columns(checked.table):
        return []
    name = origin.casefold().replace("_", " ")
    times = next((number for number, words in UNITS.items() if re.search(words, name)), None)
    if times is None:
        return []
    line = yaml_line("amount", f"{sql_name(origin)} * {times}")
    if column != "amount":
        line = f"columns: {{{yaml_line(column, f'{sql_name(origin)} * {times}')}}}"
    text = f"the column {origin} is named as {'thousands' if times == 1000 else 'millions'}, and is read as it stands."
    todo = f"If it is, add to {checked.table}: `{line}`. If not: `rules: {{amounts_too_small: keep}}`."
    return [checked.finding("amounts_too_small", STOP, text, f"{times:,} times", advice=todo)]


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
    texts = checked.source.texts(checked.table, columns)
    mark = re.escape(sign)
    found = []
    for name in columns:
        text = texts[name]
        nonzero = text.re_search("[1-9]")
        three = nonzero & text.re_search(rf"^\D*[1-9]\d{{0,2}}({mark}\d{{3}})+\D*$")
        small = nonzero & text.re_search(r"^\D*\d{1,3}\D*$") & ~text.contains(sign)
        finer = text.re_search(rf"{mark}\d{{4,}}")
        decimals = text.re_search(rf"^[^{mark}]*{mark}\d{{1,2}}\D*$")
        if not one_row(texts, three=three.any())["three"]:
            continue  # as nearly always: one pass is enough
        seen = one_row(
            texts,
            filled=nonzero.sum(),
            three=three.sum(),
            small=small.sum(),
            finer=finer.sum(),
            decimals=decimals.sum(),
        )
        if not seen["three"] or seen["finer"]:
            continue
        always = seen["three"] + seen["small"] == seen["filled"] and seen["three"] * 2 >= seen["filled"]
        stated = checked.setting("decimal") is not None
        if not always and (stated or seen["three"] < 0.01 * seen["filled"]):
            continue
        shown = texts.filter(three).order_by("_row").limit(3).to_pyarrow()[name].to_pylist()
        verdict = STOP if always and seen["three"] >= FEWEST and not stated else REVIEW
        found.append(_of_digits(checked, name, sign, seen, verdict, shown))
    return found


def _of_digits(checked: Checked, name: str, sign: str, seen: dict, verdict: str, shown: list[str]) -> Finding:
    currency = checked.study.currency
    every = seen["three"] == seen["filled"]
    number = f"all {seen['filled']:,}" if every else f"{seen['three']:,} of {seen['filled']:,}"
    called = "comma" if sign == "," else "point"
    text = (
        f"{number} values of {name} that are not 0 have exactly three digits after the {called}, "
        f"but {currency} has {minor_units.decimals(currency) or 'no'} decimals: they may be a thousand times larger."
    )
    other = "," if sign == "." else "."
    line = f'`thousands: "{sign}"`' if sign == "." else f'`decimal: "{other}", thousands: "{sign}"`'
    todo = (
        f"If it parts thousands, add to {checked.table}: {line}. If it is the decimal sign: "
        f'`decimal: "{sign}", rules: {{digits_after_mark: keep}}`.'
    )
    if seen["decimals"]:  # the same sign cannot part thousands there
        todo = (
            f"{seen['decimals']:,} others have one or two digits after it, so that it is the decimal sign there: look where "
            "the former come from. If all are right: `rules: {digits_after_mark: keep}`."
        )
    value = share(seen["three"], seen["filled"])
    return checked.finding(
        "digits_after_mark",
        verdict,
        text,
        value,
        threshold="0 %",
        advice=todo,
        examples=tuple(map(repr, shown)),
    )


def _decimals(checked: Checked, column: str) -> list[Finding]:
    """Decimals in a currency that has none."""
    currency = checked.study.currency
    if minor_units.decimals(currency):
        return []
    lines = checked.report.accepted
    amount = lines[column]
    own = lines.currency == currency if "currency" in lines.columns else amount.notnull()
    odd = own & (((amount.abs() + 0.5) % 1 - 0.5).abs() > 1e-6)
    seen = one_row(lines, odd=odd.sum(), all=own.sum())
    if not seen["odd"]:
        return []
    shown = lines.filter(odd).order_by("_row").limit(3).to_pyarrow()[column].to_pylist()
    text = (
        f"{seen['odd']:,} of {seen['all']:,} values of {column} have decimals, but {currency} has none: they may be in "
        "another currency, or in thousands or millions."
    )
    todo = "If they are right, add to the table: `rules: {no_decimals_in_currency: keep}`."
    if column == "amount":
        line = yaml_line(column, f"{checked.sql(column)} * 1000")
        todo = f"If they are in thousands, add to transactions: `{line}`. {todo}"
    return [
        checked.finding(
            "no_decimals_in_currency", REVIEW, text, share(seen["odd"], seen["all"]), threshold="0 %",
            advice=todo, examples=tuple(f"{one:g}" for one in shown),
        )
    ]  # fmt: skip


def _values(checked: Checked, *, sure: bool) -> list[Finding]:
    """The distribution of order values, and where their digits are `sure`, whether they look like cents or thousands."""
    lines = checked.report.accepted
    lines = lines.filter(lines.revenue > 0)
    if checked.has("order_id"):
        named = lines.filter(lines.order_id.notnull())
        orders = named.group_by("order_id").aggregate(value=named.revenue.sum()).select("value")
        alone = lines.filter(lines.order_id.isnull()).select(value=lines.revenue)
        orders = orders.union(alone).cache()
    else:
        orders = lines.select(value=lines.revenue)
    at = {f"q{point}": orders.value.quantile(point / 100) for point in (5, 50, 95)}
    seen = one_row(
        orders, orders=orders.count(), low=orders.value.min(), high=orders.value.max(), **at,
        whole=(orders.value % 1 == 0).sum(), tens=(orders.value % 10 == 0).sum(),
    )  # fmt: skip
    if not seen["orders"]:
        return []
    names = {"q5": "5 % are below", "q50": "half below", "q95": "95 % below"}
    quantiles = ", ".join(f"{words} {_rounded(seen[key])}" for key, words in names.items())
    text = f"of {seen['orders']:,} order values above 0, {quantiles} {checked.study.currency}."
    value = f"{_rounded(seen['q50'])} {checked.study.currency}"
    extremes = (f"smallest {seen['low']:,.2f}", f"largest {seen['high']:,.2f}")
    found = [checked.finding("order_values", PASS, text, value, examples=extremes)]
    return found + (_cents(checked, seen) + _too_small(checked, seen) if sure else [])


def _cents(checked: Checked, seen: dict) -> list[Finding]:
    currency, origin = checked.study.currency, checked.origin("amount")
    plain = origin in checked.source.columns(checked.table)
    if not minor_units.decimals(currency) or seen["whole"] < seen["orders"] or not plain:
        return []
    named = re.search(CENTS, origin.casefold().replace("_", " "))
    large = currency in minor_units.LARGE_UNIT and seen["orders"] >= 100 and seen["q50"] >= TYPICAL_CENTS
    if not named and not (large and seen["tens"] < 0.6 * seen["orders"]):
        return []
    text = f"all {seen['orders']:,} order values are whole numbers, half of them above {_rounded(seen['q50'])} {currency}: "
    text += f"the column {origin} is named as cents." if named else "they may be cents."
    todo = (
        f"If they are, add to transactions: `{yaml_line('amount', sql_name(origin) + ' / 100')}`. If not: "
        "`rules: {amounts_in_cents: keep}`."
    )
    verdict = STOP if named else REVIEW
    return [checked.finding("amounts_in_cents", verdict, text, _rounded(seen["q50"]), advice=todo)]


def _too_small(checked: Checked, seen: dict) -> list[Finding]:
    currency = checked.study.currency
    least = minor_units.SMALLEST.get(currency, 0)
    if seen["q50"] >= least:
        return []
    text = (
        f"half of the {seen['orders']:,} order values are below {_rounded(seen['q50'])} {currency}, less than the smallest "
        f"money in use ({least:,}): they may be in thousands, or in another currency."
    )
    origin = checked.sql("amount")
    todo = (
        f"If they are in thousands, add to transactions: `{yaml_line('amount', origin + ' * 1000')}`. If they are right: "
        "`rules: {amounts_too_small: keep}`."
    )
    value, threshold = _rounded(seen["q50"]), f"{least:,}"
    return [checked.finding("amounts_too_small", REVIEW, text, value, threshold=threshold, advice=todo)]


def _rounded(value: float) -> str:
    """A number to two digits: a page shows no single order's value."""
    number = float(f"{value:.2g}")
    return f"{number:,.0f}" if number >= 10 else f"{number:g}"
