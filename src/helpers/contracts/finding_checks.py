"""What was found about whole tables, as checks and tables: masked for pages, in full for the owner's exports."""

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from helpers.checks import Check, check
from helpers.contracts.findings import PASS, SAID, Finding, TableReport
from helpers.messages import Message, message, verbatim

# What holds where a finding passes: the check's name on pages.
HOLDS = {
    "left_to_check": message("holds.left_to_check", "{table}: no line of the study file says CHECK"),
    "unknown_values": message("holds.unknown_values", "{table}: values are among those known"),
    "columns_not_judged": message("holds.columns_not_judged", "{table}: every unused column was looked at"),
    "header_repeated": message("holds.header_repeated", "{table}: no row holds the names of the columns"),
    "columns_lacking": message("holds.columns_lacking", "{table}: files of one table do not overlap"),
    "ids_spoilt": message("holds.ids_spoilt", "{table}: ids are whole"),
    "ids_split": message("holds.ids_split", "{table}: ids are written in one way"),
    "ids_never_meet": message("holds.ids_never_meet", "{table}: ids meet those of another table"),
    "digits_after_mark": message(
        "holds.digits_after_mark", "{table}: decimal and thousands signs are told apart"
    ),
    "no_decimals_in_currency": message(
        "holds.no_decimals_in_currency", "{table}: amounts have the currency's decimals"
    ),
    "amounts_in_cents": message("holds.amounts_in_cents", "{table}: amounts are not in cents"),
    "amounts_too_small": message("holds.amounts_too_small", "{table}: amounts are not in thousands"),
    "order_values": message("holds.order_values", "{table}: order values"),
    "order_total_repeated": message(
        "holds.order_total_repeated", "{table}: an order's total is counted once"
    ),
    "same_order_twice": message("holds.same_order_twice", "{table}: an order is there once"),
    "same_row_twice": message("holds.same_row_twice", "{table}: a row is there once"),
    "order_in_several_rows": message(
        "holds.order_in_several_rows", "{table}: an order stands in one row, or its rows have its number"
    ),
    "order_id_reused": message("holds.order_id_reused", "{table}: an order id is one order"),
    "free_orders": message("holds.free_orders", "{table}: few orders are free"),
    "gift_cards": message("holds.gift_cards", "{table}: gift cards are counted once"),
    "rows_are_coupons": message("holds.rows_are_coupons", "{table}: rows are orders, not coupons"),
    "paid_otherwise": message(
        "holds.paid_otherwise", "{table}: no part of an amount was paid by points, vouchers or goods"
    ),
    "unread_status": message("holds.unread_status", "{table}: no status is unread"),
    "unknown_status": message("holds.unknown_status", "{table}: every status is known"),
    "total_rows": message("holds.total_rows", "{table}: no row adds up others"),
    "other_total": message("holds.other_total", "{table}: no other total says less"),
    "unread_refunds": message("holds.unread_refunds", "{table}: no refund is unread"),
    "unread_discounts": message("holds.unread_discounts", "{table}: no discount is unread"),
    "unread_taxes": message("holds.unread_taxes", "{table}: no taxes are unread"),
    "money_not_paid": message("holds.money_not_paid", "{table}: no column says that money is owed"),
    "unread_fees": message("holds.unread_fees", "{table}: no fee is unread"),
    "tips_in_amount": message(
        "holds.tips_in_amount", "{table}: no tips or service charges are in the amount"
    ),
    "amount_after_fees": message("holds.amount_after_fees", "{table}: amounts are what customers paid"),
    "part_payments": message("holds.part_payments", "{table}: an order's payments are one order"),
    "document_prefixes": message("holds.document_prefixes", "{table}: order numbers are those of sales"),
    "taxes_mixed": message("holds.taxes_mixed", "{table}: amounts are alike in taxes"),
    "lines_no_goods": message("holds.lines_no_goods", "{table}: lines are goods"),
    "bundles_twice": message("holds.bundles_twice", "{table}: a bundle's parts are counted once"),
    "amounts_rounded": message("holds.amounts_rounded", "{table}: amounts have all their digits"),
    "ids_of_several": message("holds.ids_of_several", "{table}: a customer id is one person"),
    "ids_in_one_cell": message("holds.ids_in_one_cell", "{table}: a cell names one customer"),
    "ids_masked": message("holds.ids_masked", "{table}: customer ids are not masked"),
    "customers_split": message(
        "holds.customers_split", "{table}: an e-mail address or phone number is one customer"
    ),
    "ids_merged": message("holds.ids_merged", "{table}: merged customers are counted once"),
    "left_in_part": message("holds.left_in_part", "{table}: orders are left out as a whole"),
    "ids_changed": message("holds.ids_changed", "{table}: customers keep their ids"),
    "nobody_again": message("holds.nobody_again", "{table}: customers come back"),
    "rates_unread": message("holds.rates_unread", "{table}: no exchange rates are unread"),
    "amount_running": message("holds.amount_running", "{table}: amounts are of each order"),
    "thin_weeks": message("holds.thin_weeks", "{table}: no two weeks lack most of their orders"),
    "amount_twice_named": message("holds.amount_twice_named", "{table}: one column bears the amount's name"),
    "one_customer": message("holds.one_customer", "{table}: no customer is a stand-in for many"),
    "own_names": message(
        "holds.own_names", "{table}: no customer is the company itself, and no seller a test"
    ),
    "currencies_added_up": message("holds.currencies_added_up", "{table}: amounts are in one currency"),
    "other_currency": message("holds.other_currency", "{table}: amounts are in the study's currency"),
    "days_without_orders": message(
        "holds.days_without_orders", "{table}: no long stretch of days is without orders"
    ),
    "stray_dates": message("holds.stray_dates", "{table}: no date lies long before all others"),
    "ends_before_as_of": message("holds.ends_before_as_of", "{table}: the data reach as_of"),
    "ids_structured": message("holds.ids_structured", "{table}: ids are names or numbers, not whole records"),
    "sheets_unread": message("holds.sheets_unread", "{table}: no other sheet has the same columns"),
    "offsets_in_some": message(
        "holds.offsets_in_some", "{table}: all times say how far they are from UTC, or none"
    ),
    "customer_in_first_row": message(
        "holds.customer_in_first_row", "{table}: each row names its customer, not the first of several"
    ),
    "months_in_place_of_days": message(
        "holds.months_in_place_of_days", "{table}: orders are dated by days, not by months"
    ),
    "days_up_to_twelve": message("holds.days_up_to_twelve", "{table}: day and month of dates are told apart"),
    "export_cut_off": message("holds.export_cut_off", "{table}: the number of rows is no limit of an export"),
    "amounts_negative": message("holds.amounts_negative", "{table}: sales are positive"),
    "amounts_on_two_levels": message(
        "holds.amounts_on_two_levels", "{table}: months and places have amounts of one size"
    ),
    "one_amount_huge": message("holds.one_amount_huge", "{table}: no row holds most of the money"),
    "unit_price": message("holds.unit_price", "{table}: amounts are of all pieces"),
    "rates_of_another": message(
        "holds.rates_of_another", "{table}: exchange rates are in the study's currency"
    ),
    "rates_upside_down": message(
        "holds.rates_upside_down", "{table}: exchange rates are the right way round"
    ),
    "rates_too_old": message("holds.rates_too_old", "{table}: exchange rates are as new as the orders"),
    "order_id_unread": message("holds.order_id_unread", "{table}: no column of order numbers is unused"),
    "order_id_of_lines": message("holds.order_id_of_lines", "{table}: order ids do not number lines"),
    "order_under_two_ids": message("holds.order_under_two_ids", "{table}: no order stands under two numbers"),
    "rows_hidden": message("holds.rows_hidden", "{table}: no row is hidden in the spreadsheet"),
    "file_of_a_part": message("holds.file_of_a_part", "{table}: no file is called a part"),
    "file_unread": message("holds.file_unread", "{table}: no file of returns is left unread"),
    "no_pieces": message("holds.no_pieces", "{table}: what has an amount has pieces"),
    "amount_elsewhere": message("holds.amount_elsewhere", "{table}: amounts stand in one column"),
    "days_since_1904": message("holds.days_since_1904", "{table}: dates count from the right day"),
    "amounts_again": message("holds.amounts_again", "{table}: no kind of row repeats earlier amounts"),
    "sale_hours_later": message("holds.sale_hours_later", "{table}: no sale stands again some hours later"),
    "most_taken_back": message("holds.most_taken_back", "{table}: most of what was bought is not taken back"),
    "money_unknown": message("holds.money_unknown", "{table}: money set aside is known"),
    "known_later": message("holds.known_later", "{table}: nothing is known too early"),
    "campaign_not_over": message("holds.campaign_not_over", "{table}: every campaign is over on as_of"),
    "all_won": message("holds.all_won", "{table}: lost leads are there too"),
    "drawn_in_groups": message(
        "holds.drawn_in_groups", "{table}: units were drawn one by one, or clusters are stated"
    ),
    "other_shares": message(
        "holds.other_shares", "{table}: arms have the same shares everywhere, or strata are stated"
    ),
    "arms_alike": message("holds.arms_alike", "{table}: no arm is written in two ways"),
    "small_arm": message("holds.small_arm", "{table}: every arm has units to compare"),
    "in_two_arms": message("holds.in_two_arms", "{table}: every unit stands in one arm"),
    "counted_again": message("holds.counted_again", "{table}: every unit is counted once"),
    "one_arm": message("holds.one_arm", "{table}: there are arms to compare"),
    "blank_outcomes": message("holds.blank_outcomes", "{table}: the outcome of every unit is known"),
    "empty_stratum": message("holds.empty_stratum", "{table}: every stratum has every arm"),
    "other_scale": message("holds.other_scale", "{table}: answers are from 0 to 10"),
    "running_total": message("holds.running_total", "{table}: the outcome is of each period"),
    "free_contracts": message("holds.free_contracts", "{table}: every contract has its price"),
    "fees_of_a_year": message("holds.fees_of_a_year", "{table}: fees are of one period"),
    "ended_without_day": message("holds.ended_without_day", "{table}: what has ended has its end"),
    "contracts_follow_on": message(
        "holds.contracts_follow_on", "{table}: contracts do not follow on each other"
    ),
}

AGAIN = message("findings.again", "{name} ({number})")
LIKE = message("findings.like", "{sentence} They look like {patterns}. {advice}")


def checks(reports: Iterable[TableReport]) -> list[Check]:
    """Return a check per finding, REVIEW where it asks for one; of several of a kind the names are numbered."""
    met: Counter[tuple[str, str, str]] = Counter()
    found = []
    for one in _all(reports):
        met[one.table, one.name, one.other] += 1
        times, name = met[one.table, one.name, one.other], HOLDS[one.name](table=verbatim(one.table))
        name = AGAIN(name=name, number=verbatim(one.other)) if one.other else name
        found.append(
            check(
                name if times == 1 else AGAIN(name=name, number=times),
                review=one.verdict != PASS,
                value=one.value,
                threshold=one.threshold,
                advice=_advice(one),
            )
        )
    return found


def masked(reports: Iterable[TableReport]) -> pd.DataFrame:
    """Return what pages may show of each finding: table, finding, verdict, sentence; examples are left out."""
    rows = [(one.table, one.name, one.verdict, one.told) for one in _all(reports)]
    return pd.DataFrame(rows, columns=["table", "finding", "verdict", "sentence"])


def in_full(reports: Iterable[TableReport]) -> pd.DataFrame:
    """Return each finding with its examples as the files write them, for exports only."""
    parts = ["table", "name", "verdict", "value", "threshold", "sentence", "advice"]
    rows = [
        [*(str(getattr(one, part) or "") for part in parts), "; ".join(map(str, one.examples))]
        for one in _all(reports)
    ]
    return pd.DataFrame(rows, columns=[*parts, "examples"])


def _all(reports: Iterable[TableReport]) -> list[Finding]:
    """All findings, those that ask for a look first."""
    found = [one for report in reports for one in report.findings]
    return sorted(found, key=lambda one: one.verdict == PASS)


def _advice(finding: Finding) -> Message | None:
    """What was found and what to do; nothing where nothing is to be done."""
    if finding.verdict == PASS:
        return None
    patterns = list(dict.fromkeys(finding.masked))
    if finding.todo is None:
        return finding.told
    if not patterns:
        return SAID(sentence=finding.told, advice=finding.todo)
    return LIKE(sentence=finding.told, patterns=[verbatim(one) for one in patterns], advice=finding.todo)
