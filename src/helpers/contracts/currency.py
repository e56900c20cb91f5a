"""Amounts in the study's currency: by the latest exchange rate on or before the order's local date."""

import ibis

from helpers.contracts.rules import Facts

FILLED = ("currency",)  # columns of transactions that have values though no file brings them


def convert(lines: ibis.Table, facts: Facts) -> ibis.Table:
    """Return transactions with `order_date`, `currency` (the study's where blank), `rate` and `revenue`.

    `revenue` is amount x rate, null where the amount or a rate is missing. A rate holds from its date until
    the next one of its currency. Also `_currency_known` and `_rate`, which the rules on currencies use.
    """
    lines = lines.mutate(
        order_date=lines.order_time.date(),
        currency=lines.currency.upper().fill_null(facts.currency),
    )
    rates = facts.others.get("exchange_rates")
    if rates is None:
        lines = lines.mutate(_rate=ibis.null("float64"), _currency_known=ibis.literal(False))
    else:
        lines = _with_rates(lines, rates, facts.currency)
    rate = ibis.ifelse(lines.currency == facts.currency, 1.0, lines["_rate"])
    return lines.mutate(rate=rate, revenue=lines.amount * rate)


def _with_rates(lines: ibis.Table, rates: ibis.Table, own: str) -> ibis.Table:
    """Join each distinct (currency, day) to its rate first: far fewer than the lines."""
    rates = rates.select(rate_currency=rates.currency.upper(), since=rates.date, _rate=rates.rate)
    until = rates.since.lead().over(group_by=rates.rate_currency, order_by=rates.since)
    rates = rates.mutate(until=until)
    days = lines.filter(lines.currency != own).select("currency", "order_date").distinct()
    rated = days.inner_join(
        rates,
        [
            days.currency == rates.rate_currency,
            days.order_date >= rates.since,
            (days.order_date < rates.until) | rates.until.isnull(),
        ],
    ).select(on_currency="currency", on_date="order_date", _rate="_rate")
    joined = lines.left_join(
        rated, [lines.currency == rated.on_currency, lines.order_date == rated.on_date]
    ).drop("on_currency", "on_date")
    known = rates.select(_known="rate_currency").distinct()
    joined = joined.left_join(known, joined.currency == known["_known"])
    return joined.mutate(_currency_known=joined["_known"].notnull()).drop("_known")
