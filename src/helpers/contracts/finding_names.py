"""What is counted and judged of whole tables: the names a study may keep under `rules`, and what each means."""

FINDINGS: dict[str, tuple[str, str]] = {
    # name: (tables, or all; what it says)
    "left_to_check": ("all", "lines of the study file that still say CHECK"),
    "unknown_values": ("all", "values of a column that its list in `known_values` does not have"),
    "columns_lacking": ("all", "files of one table of which some lack columns"),
    "sheets_unread": ("all", "sheets of a workbook that look like the one that is read"),
    "columns_not_judged": ("all", "more unused columns than are looked at"),
    "header_repeated": ("all", "rows that hold the names of the columns again"),
    "ids_spoilt": ("all", "ids that a spreadsheet has rounded or replaced (4.01E+12, #NAME?)"),
    "ids_structured": ("all", "ids that are whole records, such as JSON"),
    "ids_split": (
        "all",
        "ids that are one when case, blanks, invisible marks and leading zeros do not count",
    ),
    "ids_never_meet": ("all", "two tables whose customer ids are never, or hardly ever, the same"),
    "digits_after_mark": ("all", "numbers with three digits after the decimal sign: it may part thousands"),
    "no_decimals_in_currency": ("transactions subscriptions", "decimals in a currency that has none"),
    "amounts_in_cents": ("transactions", "whole numbers that look like cents, or are named so"),
    "amounts_too_small": (
        "transactions subscriptions",
        "amounts named as thousands, or below the smallest banknote of the currency",
    ),
    "order_values": ("transactions", "the distribution of order values"),
    "order_total_repeated": ("transactions", "orders all of whose lines have the same amount: their total"),
    "same_order_twice": ("transactions", "order ids that stand in several rows with other totals"),
    "same_row_twice": ("transactions", "rows that differ in a row number or a time of export only"),
    "order_id_reused": ("transactions", "order ids that several customers or days share"),
    "free_orders": ("transactions", "orders whose amount is 0"),
    "gift_cards": ("transactions", "gift cards sold, and orders paid by them"),
    "unread_status": (
        "transactions subscriptions",
        "columns that say void, failed, test, or return of a positive amount",
    ),
    "unknown_status": ("transactions", "values of a status that are known neither as a sale nor as none"),
    "total_rows": (
        "transactions",
        "rows that add up other rows: grand totals, subtotals, an order's own total",
    ),
    "other_total": ("transactions", "unused columns with a total, or what was paid, below the amounts"),
    "unread_refunds": ("transactions", "unused columns with refunded or disputed money"),
    "unread_discounts": (
        "transactions",
        "unused columns with discounts beside an amount that may be before them",
    ),
    "unread_taxes": ("transactions", "taxes in the amount, or unused columns of them"),
    "money_not_paid": ("transactions", "unused columns with money that is not paid yet"),
    "unread_fees": ("transactions", "unused columns with fees"),
    "customer_in_first_row": (
        "transactions",
        "rows that leave out the customer because a row above names them",
    ),
    "one_customer": ("transactions", "one id that many orders, or most returns, go to: guests, or the shop"),
    "own_names": (
        "transactions",
        "customers or sellers called as the company itself, its staff, samples or tests are",
    ),
    "currencies_added_up": ("transactions subscriptions", "an unused column with several currencies"),
    "other_currency": (
        "transactions subscriptions",
        "an unused column with one currency that is not the study's",
    ),
    "days_without_orders": ("transactions", "long stretches without orders inside the data"),
    "stray_dates": ("transactions", "a few rows dated long before all others"),
    "ends_before_as_of": ("transactions", "data that end long before as_of"),
    "offsets_in_some": ("transactions", "times of which only some say how far they are from UTC"),
    "days_up_to_twelve": ("transactions", "dates of which none lies after the 12th of a month"),
    "months_in_place_of_days": ("transactions", "orders that are all dated the first of a month"),
    "export_cut_off": ("transactions", "as many rows as some systems export at most"),
    "amounts_negative": ("transactions", "sales written with a minus"),
    "amounts_on_two_levels": (
        "transactions",
        "months, countries or shops whose amounts are many times the others'",
    ),
    "one_amount_huge": ("transactions", "one row that holds more money than all others"),
    "unit_price": ("transactions", "an amount that is the price of one piece"),
    "rates_upside_down": ("transactions", "exchange rates that say the reciprocal"),
    "rates_too_old": ("transactions", "exchange rates much older than the orders"),
    "order_id_unread": ("transactions", "an unused column that numbers orders, where none is mapped"),
    "order_id_of_lines": ("transactions", "order ids that number each line"),
    "order_under_two_ids": ("transactions", "orders that stand under a second number"),
    "money_unknown": ("transactions", "rows set aside whose amount cannot be read"),
    "known_later": ("leads tickets campaigns transactions", "dates after as_of, which nobody knew then"),
    "all_won": ("leads", "leads that are nearly all won: the date may be an expected one"),
    "drawn_in_groups": (
        "experiment_units",
        "units whose groups (stores, households) have one arm each, and no cluster",
    ),
    "other_shares": (
        "experiment_units",
        "counts per arm whose shares differ between strata that are not stated",
    ),
    "one_arm": ("experiment_units", "a test of one arm only"),
    "blank_outcomes": ("experiment_units", "outcomes that are blank for some units"),
    "empty_stratum": ("experiment_units", "strata in which nobody has one of the arms"),
    "other_scale": ("surveys", "answers on another scale than 0 to 10"),
    "running_total": ("panel", "outcomes that never fall: running totals"),
    "free_contracts": ("subscriptions", "contracts that cost nothing or are named as trials"),
    "fees_of_a_year": ("subscriptions", "fees 10 to 12 times those of the same plan"),
    "ended_without_day": (
        "subscriptions tickets",
        "rows without an end, though a status or a column of days says that they ended",
    ),
    "contracts_follow_on": ("subscriptions", "contracts that begin soon after the customer's last one ended"),
}


def finding_names(table: str) -> tuple[str, ...]:
    """Return the names of the findings that a table may have."""
    return tuple(name for name, (tables, _) in FINDINGS.items() if tables == "all" or table in tables.split())
