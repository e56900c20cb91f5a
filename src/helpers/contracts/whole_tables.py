"""All checks of what no single row shows, per table and across tables."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from helpers.contracts import (
    again,
    amount_levels,
    amounts,
    arms_told,
    blank_outcomes,
    bundles,
    changed_ids,
    contract_chains,
    coupon_lists,
    currencies,
    customers_named,
    damaged_ids,
    design_not_said,
    discounts,
    document_prefixes,
    drafted,
    ended_contracts,
    fees,
    file_names,
    gift_cards,
    grouped_rows,
    hidden_rows,
    identifiers,
    known_later,
    lacking_columns,
    line_kinds,
    masked_ids,
    merged_ids,
    mixed_taxes,
    no_pieces,
    order_numbers,
    other_names,
    other_totals,
    overlaps,
    own_names,
    part_payments,
    payouts,
    rates,
    repeated_header,
    repeats,
    running_sums,
    scales,
    serial_days,
    shared_numbers,
    single_orders,
    structured_ids,
    tax_lines,
    taxes,
    thin_weeks,
    time_coverage,
    tips,
    total_rows,
    twin_columns,
    unit_prices,
    unknown_money,
    unknown_status,
    unread_rates,
    unread_sheets,
    unread_sums,
    unused_columns,
    whole_orders,
    zero_rows,
)
from helpers.contracts.checked import Checked
from helpers.contracts.findings import TableReport

if TYPE_CHECKING:
    from helpers.contracts.readable import ReadableTables
    from helpers.study.study import Study

_OF_A_TABLE = (
    drafted,
    lacking_columns,
    unread_sheets,
    hidden_rows,
    file_names,
    repeated_header,
    identifiers,
    shared_numbers,
    structured_ids,
    damaged_ids,
    merged_ids,
    amounts,
    amount_levels,
    unit_prices,
    currencies,
    rates,
    unread_rates,
    running_sums,
    repeats,
    order_numbers,
    time_coverage,
    serial_days,
    total_rows,
    tax_lines,
    other_totals,
    unused_columns,
    whole_orders,
    unread_sums,
    discounts,
    taxes,
    unknown_status,
    known_later,
    blank_outcomes,
    arms_told,
    design_not_said,
    contract_chains,
    ended_contracts,
    fees,
    scales,
    customers_named,
    single_orders,
    changed_ids,
    grouped_rows,
    own_names,
    gift_cards,
    coupon_lists,
    bundles,
    document_prefixes,
    line_kinds,
    masked_ids,
    mixed_taxes,
    no_pieces,
    other_names,
    part_payments,
    payouts,
    thin_weeks,
    tips,
    twin_columns,
    again,
    unknown_money,
    zero_rows,
)


def with_findings(
    study: "Study", source: "ReadableTables", reports: dict[str, TableReport], lines: dict, today: date
) -> dict[str, TableReport]:
    """Return the reports with their findings; `lines` holds per table all rows that meet `where`, typed."""
    tables = {name: Checked(study, source, report, lines[name], today) for name, report in reports.items()}
    across = overlaps.findings(tables)
    first = next(iter(tables), None)
    across |= {first: [*drafted.open_lines(tables[first]), *across[first]]} if first else {}
    return {
        name: replace(
            reports[name],
            findings=(*(found for part in _OF_A_TABLE for found in part.findings(one)), *across[name]),
        )
        for name, one in tables.items()
    }
