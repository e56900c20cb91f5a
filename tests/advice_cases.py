"""A small case for each sentence that proposes a line: files and a study that make it, and what else it asks for."""

import json
from datetime import date, datetime, timedelta
from io import BytesIO

from advice_support import Case
from findings_support import COLUMNS, orders, sale
from workbook_support import workbook

from helpers.contracts import (
    amount_levels,
    amounts,
    arms_told,
    blank_outcomes,
    changed_ids,
    contract_chains,
    currencies,
    customers_named,
    design_not_said,
    ended_contracts,
    grouped_rows,
    identifiers,
    known_later,
    lacking_columns,
    order_numbers,
    other_totals,
    rates,
    repeated_header,
    repeats,
    shared_numbers,
    structured_ids,
    tax_lines,
    time_coverage,
    total_rows,
    unit_prices,
    unknown_money,
    unread_sheets,
    unread_sums,
    whole_orders,
)

ORDERS = orders(400)
TWO_LINES = [order | {"line": line} for order in ORDERS for line in (0, 1)]
FEW = ORDERS[:120]


def rated(**rates: str) -> dict:
    """A file of exchange rates."""
    return {
        "exchange_rates.csv": [
            {"date": "2024-12-01", "currency": code, "rate": rate} for code, rate in rates.items()
        ]
    }


RATES, DEAR = rated(VND="0.00004", EUR="1.1", USD="0.9"), rated(VND="25000")
HEAD = "customer_id,order_time,amount"


def book(*names: str, unseen=()) -> bytes:
    """A workbook whose sheets are all the same; `unseen` rows of the first are hidden."""
    sheet = [list(sale(FEW[0])), *(list(sale(o, Total=o["amount"]).values()) for o in FEW)]
    workbook(made := BytesIO(), dict.fromkeys(names, sheet), unseen=unseen)
    return made.getvalue()


def of_sales(
    finding,
    proposes,
    part=None,
    row=lambda order: {},
    some=FEW,
    *,
    spec=None,
    columns=None,
    files=None,
    **more,
):
    """A case over transactions: a row per order, changed by `row`; `files` are others beside it."""
    rows = [sale(order) | row(order) for order in some]
    said = {"columns": COLUMNS | (columns or {})} | (spec or {})
    return Case(finding, _named(proposes), {"transactions.csv": rows} | (files or {}), part, said, **more)


def of_rows(finding, proposes, rows, part=None, table="transactions", **more):
    """A case over a file of a table, with the rows as they stand."""
    return Case(finding, _named(proposes), {f"{table}.csv": rows}, part, table=table, **more)


def of_values(finding, proposes, column, texts, **more):
    """A case over transactions whose one column holds these texts."""
    plain = {"customer_id": "1", "order_time": "2026-01-05", "amount": "5"}
    return of_rows(finding, proposes, [plain | {column: text} for text in texts], **more)


def of_text(proposes, text, name="transactions.csv", **more):
    """A case over a file that cannot be read as the study says."""
    return Case("", _named(proposes), {name: text}, **more)


def _named(proposes) -> tuple[str, ...]:
    return (proposes,) if isinstance(proposes, str) else proposes


def every(number: int, values: dict, others: dict | None = None):
    """Change every n-th order, and the others in another way."""
    return lambda order: values if order["number"] % number == 0 else others or {}


# ---- how numbers and dates are written
WRITTEN = [
    of_values("unreadable_amount", "advice.which_comma", "amount", ["1,234", "5,678"]),
    of_values("unreadable_amount", "advice.which_point", "amount", ["449.000 đ", "25.000 đ"]),
    of_values("unreadable_amount", "advice.if_amounts", "amount", ["1.234,50", "7,5"]),
    of_values("unreadable_amount", "advice.sides", "amount", ["1,449.93 CR", "71.85 DR", "9.90"]),
    of_values("unreadable_amount", "amount_words.in_words", "amount", ["12k", "1.5M", "900"]),
    of_values("unreadable_amount", "amount_words.by_sign", "amount", ["$12.50", "€9.10"], bring=RATES),
    of_values("unreadable_order_time", "advice.periods_of_a_year", "order_time", ["2026-W05", "2025-W52"]),
    of_values("unreadable_order_time", "advice.ambiguous", "order_time", ["01/02/2026", "03/04/2026"]),
    of_values("unreadable_order_time", "advice.days_counted", "order_time", ["46023", "46024"]),
    of_values("unreadable_order_time", "advice.seconds_counted", "order_time", ["1767603100", "1767703100"]),
    of_values("unreadable_order_time", "advice.milliseconds_counted", "order_time", ["1767603100000"]),
    of_values("unreadable_order_time", "advice.buddhist_year", "order_time", ["30/01/2569", "28/02/2569"]),
    of_values("unreadable_order_time", "advice.month_named", "order_time", ["5 January 2026", "7 March 2026"]),
    of_values("unreadable_order_time", "advice.year_first", "order_time", ["20260105", "20260131"]),
    of_values("unreadable_order_time", "advice.day_first", "order_time", ["30/01/2026", "28/02/2026"]),
    of_values("unreadable_order_time", "advice.month_first", "order_time", ["01/30/2026", "02/28/2026"]),
    of_values("unreadable_paid_at", "advice.says_may_differ", "paid_at", ["01/30/2026", "02/28/2026"],
              spec={"date_format": "%Y-%m-%d"}, fill={"COLUMN": "paid_at"}),
]  # fmt: skip

# ---- rows that break a rule
RULES = [
    of_values("no_customer_id", "refusal.correct", "customer_id", ["", "2"]),
    of_rows("negative_quantity", "refusal.correct_or_keep",
            [{"customer_id": "1", "order_time": "2026-01-05", "amount": "5", "quantity": q} for q in ("-1", "2")]),
    of_rows("negative_quantity", "advice.returns",
            [{"customer_id": "1", "order_time": "2026-01-05", "amount": "5", "quantity": q} for q in ("-1", "2")]),
    of_rows("refusal.all_aside", "refusal.all_aside",
            [{"customer_id": c, "order_time": "2026-01-05", "amount": a} for c, a in (("", "5"), ("1", ""), ("1", "5"))]),
    of_rows("duplicate_ticket_id", "refusal.changes",
            [{"ticket_id": n // 2, "customer_id": "1", "opened_at": "2025-01-05"} for n in range(8)], table="tickets"),
    of_rows("duplicate_unit_id", ("rule.several_times", "table_rules."),
            [{"unit_id": n // 2, "arm": "ab"[n // 2 % 2], "clicks": n} for n in range(40)],
            table="experiment_units", fill={"COLUMN": "unit_id"}),
    of_sales("holdout_longer_than_data", "window.a_third", study={"holdout": "2000 days"}),
]  # fmt: skip

# ---- amounts
AMOUNTS = [
    of_sales("amounts_on_two_levels", "levels.correct_months", amount_levels, some=ORDERS,
             row=lambda o: {"Total": f"{o['amount'] * 100:.0f}"} if o["when"].month in (3, 4, 5) else {}),
    of_sales("amounts_on_two_levels", "levels.say_currency", amount_levels, fill={"XXX": "VND"}, bring=RATES,
             row=lambda o: {"Country": "US"} if o["number"] % 5 else {"Country": "VN", "Total": round(o["amount"] * 25000)}),
    of_sales("amounts_negative", "levels.turn_signs", amount_levels, row=lambda o: {"Total": f"-{o['amount']:.2f}"}),
    of_sales("one_amount_huge", "levels.leave_row_out", amount_levels, row=every(500, {"Total": "841234567"}), some=ORDERS),
    of_sales("amounts_too_small", "amounts.add_if_so", amounts, row=lambda o: {"Total in thousands": o["number"]},
             columns={"amount": "Total in thousands"}),
    of_sales("amounts_in_cents", "amounts.add_if_they_are", amounts, row=lambda o: {"cents": round(100 * o["amount"])},
             columns={"amount": "cents"}),
    of_sales("digits_after_mark", "amounts.parts_thousands", amounts, row=lambda o: {"Total": f"{o['number']}.000"[1:]},
             study={"currency": "VND"}),
    of_sales("amounts_rounded", "amounts.export_digits", amounts, row=every(9, {"Total": "4.50E+02"})),
    of_sales("digits_after_mark", "amounts.decimal_elsewhere", amounts,
             row=lambda o: {"Total": f"{o['amount']:.{2 + (o['number'] % 4 == 0)}f}"}),
    of_sales("no_decimals_in_currency", "amounts.if_thousands", amounts, study={"currency": "VND"}),
    of_sales("amounts_too_small", "amounts.if_thousands", amounts, row=lambda o: {"Total": o["number"] % 700 + 20},
             study={"currency": "VND"}),
    of_rows("no_decimals_in_currency", "amounts.if_right",
            [{"customer_id": n, "started_at": "2026-01-05", "fee": f"{n}.5"} for n in range(1, 9)],
            amounts, "subscriptions", study={"currency": "VND"}),
    of_sales("unit_price", "unit_prices.multiply", unit_prices, columns={"amount": "Unit Price"},
             row=lambda o: {"Unit Price": o["amount"], "Qty": o["number"] % 4 + 1, "Total": ""}),
    of_sales("other_total", "other_totals.take_it", other_totals,
             row=lambda o: {"Paid": f"{o['amount'] * (0.8 if o['number'] % 4 == 0 else 1):.2f}"}),
    of_sales("money_unknown", "unknown_money.mend", unknown_money, row=every(10, {"Total": "n. a. 5"}),
             spec={"rules": {"unreadable_amount": "reject"}}),
]  # fmt: skip

# ---- currencies
FEES = [{"customer_id": n, "started_at": "2026-01-05", "fee": "5"} for n in range(1, 9)]
CURRENCIES = [
    of_sales("currencies_added_up", "currencies.map_and_rates", currencies, bring=RATES,
             row=lambda o: {"Cur": "EUR" if o["number"] % 9 == 0 else "USD"}),
    of_rows("currencies_added_up", "currencies.only_one",
            [one | {"Cur": "EUR" if one["customer_id"] % 2 else "USD"} for one in FEES], currencies, "subscriptions"),
    of_rows("other_currency", "currencies.write_it", [one | {"Cur": "EUR"} for one in FEES], currencies, "subscriptions"),
    of_sales("other_currency", "currencies.write_or_convert", currencies, row=lambda o: {"Cur": "EUR"}, bring=RATES),
    of_sales("rates_of_another", "rates.state_it", rates, columns={"currency": "Cur"}, files=rated(EUR="1", USD="0.9"),
             row=lambda o: {"Cur": "USD" if o["number"] % 5 else "EUR"}),
    of_sales("rates_of_another", "rates.bring_own", rates, columns={"currency": "Cur"}, files=rated(EUR="1.2", USD="0.9"),
             row=lambda o: {"Cur": "USD" if o["number"] % 5 else "EUR"}),
    of_sales("rates_upside_down", "rates.turn", rates, columns={"currency": "Cur"}, files=DEAR,
             row=lambda o: {"Cur": "USD"} if o["number"] % 5 else {"Cur": "VND", "Total": f"{o['amount'] * 25000:.0f}"}),
    of_sales("rates_too_old", "rates.bring_later", rates, columns={"currency": "Cur"}, files=rated(EUR="1.1"),
             row=lambda o: {"Cur": "USD" if o["number"] % 5 else "EUR"}),
]  # fmt: skip

# ---- customers
IDS = [
    of_sales("unread_refunds", "whole_orders.on_each_line", unread_sums, some=TWO_LINES,
             row=lambda o: {"SKU": o["line"], "Refunded": "3.00" if o["number"] % 9 == 0 else "0.00"}),
    of_sales("left_in_part", "whole_orders.fill_down", whole_orders, some=TWO_LINES,
             spec={"where": ["coalesce(State, '') <> 'void'"]},
             row=lambda o: {"SKU": o["line"], "State": "" if o["line"] else "void" if o["number"] % 9 == 0 else "paid"}),
    of_sales("ids_changed", "changed_ids.one_system", changed_ids, some=orders(400, customers=100),
             row=lambda o: {"Customer": f"{'N' if o['when'].isoformat() > '2025-09' else 'C'}{o['who']}"}),
    of_sales("ids_of_several", "shared_numbers.join_name", shared_numbers, some=orders(400, customers=100),
             row=lambda o: {"Name": "Eva Noll" if o["who"] % 9 == 0 and o["when"].isoformat() > "2025-09" else "Max Ott"}),
    of_sales("ids_structured", "structured_ids.read_key", structured_ids,
             row=lambda o: {"Customer": json.dumps({"id": o["who"], "orders": o["number"]}).replace('"', '""')}),
    of_sales("ids_structured", "structured_ids.export_name", structured_ids,
             row=lambda o: {"Customer": f"[{o['who']}, {o['number']}]"}),
    of_sales("ids_split", "identifiers.if_the_same", identifiers,
             row=lambda o: {"Customer": f"{o['who']:05}" if o["number"] % 7 else o["who"]}),
    of_sales("ids_split", "identifiers.if_one_phone", identifiers,
             row=lambda o: {"Customer": f"+84 9012345{o['who']:02}" if o["number"] % 2 else f"09012345{o['who'] + 1:02}"}),
    of_sales("ids_of_several", "shared_numbers.join_persons", shared_numbers,
             row=lambda o: {"Customer": o["who"] % 30, "Full name": f"P{o['who']}", "Shop": "AB"[o["who"] // 30 % 2]}),
    of_sales("ids_in_one_cell", "joined_ids.first_one", identifiers,
             row=lambda o: {"Customer": f"C{o['who']};C{o['who'] % 7 + 1}"} if o["number"] % 9 == 0 else {}),
    of_sales("one_customer", "one_customer.leave_it_out", customers_named,
             row=every(4, {"Customer": "Guest"})),
    of_sales("one_customer", "one_customer.map_another", customers_named, row=lambda o: {"Customer": o["who"] % 2}),
    of_sales("total_rows", "total_rows.leave_out", total_rows,
             row=lambda o: {} if o["number"] > 1000 else {"Customer": "Grand total", "Total": "9000"}),
]  # fmt: skip
KINDS = [{"customer_id": f"c{n}", "kind": "consumer"} for n in range(1, 61)]
OVERLAPS = [
    Case("ids_never_meet", ("overlaps.written_alike",), {"transactions.csv": [sale(o) for o in FEW], "customers.csv": KINDS},
         spec={}, table="customers", specs={"transactions": {"columns": COLUMNS}}),
    Case("ids_never_meet", ("overlaps.written_alike_in",),
         {"transactions.csv": [sale(o) | {"Customer": f"CUS-{o['who']}"} for o in FEW],
          "customers.csv": [{"customer_id": n, "kind": "consumer"} for n in range(1, 61)]},
         table="customers", specs={"transactions": {"columns": COLUMNS}}),
    Case("ids_never_meet", ("overlaps.name_alike",),
         {"transactions.csv": [sale(o) for o in FEW],
          "customers.csv": [{"customer_id": f"F{n * 97}", "kind": "consumer"} for n in range(1, 61)]},
         table="customers", specs={"transactions": {"columns": COLUMNS}}),
]  # fmt: skip

# ---- orders that stand twice
LINES = [sale(o) | {"Item": f"P{n}"} for o in FEW for n in range(o["number"] % 3 + 1)]
OWN_LINES = [row | {"Total": 10 + place % 89} for place, row in enumerate(LINES)]
SUMS = [row for o in FEW[:30] for row in (
    *(sale(o) | {"Total": total, "Kind": kind} for total, kind in ((3, "x"), (4, "y"), (7, "all"))),)]  # fmt: skip
SUMS_ONLY = [{key: value for key, value in row.items() if key != "Kind"} for row in SUMS]


def twice(**later) -> list[dict]:
    """Every fifth order stands in a second row with another amount."""
    return [
        sale(o) | {name: o["when"] + days for name, days in late.items()} | ({"Total": "7"} if again else {})
        for o in FEW
        for again in range(1 + (o["number"] % 5 == 0))
        for late in ({name: timedelta(days=2 * again) for name in later},)
    ]


def of_lines(finding, proposes, rows, part, spec=None, **more):
    """A case over transactions with these rows of the file."""
    return Case(
        finding,
        _named(proposes),
        {"transactions.csv": rows},
        part,
        {"columns": COLUMNS} | (spec or {}),
        **more,
    )


NO_ORDER = {"columns": {name: column for name, column in COLUMNS.items() if name != "order_id"}}
REPEATS = [
    of_lines("order_total_repeated", "repeats.if_total", LINES, repeats),
    of_sales("order_id_reused", "repeats.if_different", repeats, row=lambda o: {"Invoice": o["number"] % 50}),
    of_sales("order_id_reused", "repeats.join_orders", repeats,
             row=lambda o: {"Invoice": o["number"] // 2, "Shop": "AB"[o["number"] % 2]}),
    of_lines("order_id_reused", "repeats.leave_shared_out",
             [sale(o) | ({"Customer": f"x{o['who']}", "Credit": "Soft"} if soft else {"Credit": "Hard"})
              for o in FEW for soft in range(1 + (o["number"] % 4 == 0))], repeats),
    of_lines("same_order_twice", "repeats.latest", twice(Changed=True), repeats),
    of_lines("same_order_twice", "repeats.last_row", twice(), repeats),
    of_sales("free_orders", "repeats.if_free", repeats, row=every(3, {"Total": "0"})),
    of_lines("same_row_twice", "repeats.if_repeats",
             [sale(o) | {"Row": n} for n, o in enumerate(FEW + FEW[60:])], repeats),
    of_lines("order_id_of_lines", "order_numbers.cut_off",
             [row | {"Invoice": f"{row['Invoice']}-{row['Item'][1:]}"} for row in OWN_LINES], order_numbers),
    of_lines("order_id_of_lines", "order_numbers.last_version",
             [sale(o) | {"Invoice": f"INV-{o['number']}-v{version}"} for o in FEW
              for version in range(1, 2 + (o["number"] % 6 == 0))], order_numbers),
    of_lines("order_id_unread", "order_numbers.map_it", OWN_LINES, order_numbers, NO_ORDER),
    of_lines("order_under_two_ids", "order_numbers.leave_one",
             [sale(o) | {"Invoice": f"{mark}{o['number']}"} for o in FEW for mark in ("", "POS-")[: 1 + o["number"] % 2]],
             order_numbers),
    of_lines("total_rows", "total_rows.leave_out", SUMS, total_rows),
    of_lines("total_rows", "total_rows.no_line", SUMS_ONLY, total_rows),
    of_lines("total_rows", "tax_lines.leave_out",
             [sale(o) | {"Line": line, "Total": round(o["amount"] * of, 2)} for o in FEW
              for line, of in {"Net": 1, "VAT 20 %": 0.2, "Gross": 1.2}.items()], tax_lines),
    of_lines("header_repeated", "repeated_header.leave_out",
             [*(sale(o) for o in FEW[:60]), {name: name for name in sale(FEW[0])}, *(sale(o) for o in FEW[60:])],
             repeated_header, {"rules": {"unreadable_order_time": "reject", "unreadable_amount": "reject"}}),
    Case("columns_lacking", ("lacking_columns.if_repeats",),
         {"all/1.csv": [sale(o) for o in FEW], "all/2.csv": [sale(o) | {"Note": "x"} for o in FEW[100:]]},
         lacking_columns, {"columns": COLUMNS, "path": "all/*.csv"}),
    Case("sheets_unread", ("unread_sheets.save_each",), {"transactions.xlsx": book("2025", "2026")}, unread_sheets,
         {"columns": COLUMNS, "path": "transactions.xlsx", "sheet": "2025"}),
    of_lines("columns_not_judged", "lacking_columns.export_fewer",
             [sale(FEW[0]) | {f"c{n}": n for n in range(201)}], lacking_columns),
]  # fmt: skip

# ---- days
GROUPED = {o["who"]: o["number"] for o in reversed(FEW)}  # the first order of each customer
EARLY = [o for o in ORDERS if o["when"].day <= 12]
DAYS = [
    of_sales("customer_in_first_row", "grouped.fill_down", grouped_rows, spec={"rules": {"no_customer_id": "reject"}},
             row=lambda o: {} if GROUPED[o["who"]] == o["number"] else {"Customer": ""}),
    of_sales("days_without_orders", "coverage.bring_it", time_coverage,
             some=[o for o in orders(700) if not datetime(2025, 7, 1) <= o["when"] < datetime(2025, 9, 1)]),
    of_sales("stray_dates", "coverage.leave_out", time_coverage, some=ORDERS, row=every(500, {"Date": "2015-03-01 10:00"})),
    of_sales("ends_before_as_of", "coverage.set_as_of", time_coverage,
             some=[o for o in ORDERS if o["when"] < datetime(2025, 12, 1)]),
    of_sales("offsets_in_some", "coverage.others_in_utc", time_coverage, some=ORDERS,
             row=lambda o: {"Date": f"{o['when']:%Y-%m-%dT%H:%M:%S}{'Z' if o['number'] % 3 else ''}"}),
    of_sales("months_in_place_of_days", "coverage.bring_days", time_coverage, some=ORDERS,
             row=lambda o: {"Date": f"{o['when']:%Y-%m}-01"}),
    of_sales("days_up_to_twelve", "exchanged_days.other_way", time_coverage, some=EARLY),
    of_sales("days_up_to_twelve", "exchanged_days.export_text", time_coverage, some=EARLY,
             row=lambda o: {"Date": f"{(o['when'] - datetime(1899, 12, 30)).days}"}, spec={"date_format": "excel"}),
    of_sales("export_cut_off", "coverage.export_parts", time_coverage, some=orders(1000)),
]  # fmt: skip

# ---- leads, contracts, tests
START = date(2025, 9, 1)
LEADS = [{"lead_id": n, "created_at": START + timedelta(days=n), "closed": START + timedelta(days=3 * n + 5)}
         for n in range(90)]  # fmt: skip
CONTRACTS = [row for n in range(60) for row in (
    {"customer_id": n, "started_at": date(2024, 1, 1), "ended_at": date(2024, 3, 1), "period": "month"},
    {"customer_id": n, "started_at": date(2024, 3, 2 + 3 * (n % 2)), "ended_at": "", "period": "month"})]  # fmt: skip
RUNNING = [{"customer_id": n, "started_at": "2025-01-05", "fee": "5", "State": "expired" if n % 4 == 0 else "active"}
           for n in range(60)]  # fmt: skip
UNITS = [{"unit_id": n, "arm": "ab"[n // 10 % 2], "store": f"S{n // 10}"} for n in range(200)]
COUNTS = [{"unit_id": f"{arm}{week}", "arm": arm, "week": week, "n": n} for arm, week, n in
          (("a", "w1", 900), ("b", "w1", 100), ("a", "w2", 500), ("b", "w2", 500))]  # fmt: skip
STRATA = [
    {"unit_id": n, "arm": "a" if n < 50 else "ab"[n % 2], "stratum": "low" if n < 50 else "high"}
    for n in range(150)
]
OTHERS = [
    of_rows("known_later", "known_later.if_expected",
            [one | {"won_at": one["closed"] if one["lead_id"] % 3 == 0 else ""} for one in LEADS], known_later, "leads",
            study={"as_of": "2026-01-31"}),
    of_rows("all_won", "known_later.map_won", LEADS, known_later, "leads", spec={"columns": {"won_at": "closed"}}),
    of_rows("all_won", "known_later.map_won_by",
            [one | {"Phase": ("Won", "Lost", "Open")[one["lead_id"] % 3]} for one in LEADS], known_later, "leads",
            spec={"columns": {"won_at": "closed"}}),
    of_rows("contracts_follow_on", "chains.no_loss", CONTRACTS, contract_chains, "subscriptions"),
    of_rows("ended_without_day", "ended.their_day",
            [one | {"Expired on": "2026-01-05" if one["State"] == "expired" else ""} for one in RUNNING],
            ended_contracts, "subscriptions"),
    of_rows("ended_without_day", "ended.day_in",
            [one | {"ended_at": "", "Expired on": "2026-01-05" if one["State"] == "expired" else ""} for one in RUNNING],
            ended_contracts, "subscriptions"),
    of_rows("ended_without_day", "ended.are_ends",
            [one | {"State": "", "Left on": "2026-01-05" if one["customer_id"] % 4 == 0 else ""} for one in RUNNING],
            ended_contracts, "subscriptions"),
    of_rows("ended_without_day", "ended.map_day", RUNNING, ended_contracts, "subscriptions"),
    of_rows("arms_alike", "arms_told.say_one", [one | {"arm": ("a", "A ", "b")[one["unit_id"] % 3]} for one in UNITS],
            arms_told, "experiment_units"),
    of_rows("small_arm", "arms_told.leave_out", [one | {"arm": "zz" if one["unit_id"] < 2 else one["arm"]} for one in UNITS],
            arms_told, "experiment_units"),
    of_rows("small_arm", "arms_told.like_another",
            [one | {"arm": "lettre" if one["unit_id"] < 2 else ("letter", "none")[one["unit_id"] % 2]} for one in UNITS],
            arms_told, "experiment_units"),
    of_rows("in_two_arms", "arms_told.first_stands",
            [one | {"person": one["unit_id"] % 190, "store": ""} for one in UNITS], arms_told, "experiment_units",
            spec={"columns": {"unit_id": "row_number", "cluster": "person"}}),
    of_rows("counted_again", "arms_told.read_one", [one | {"n": 900} for one in COUNTS], arms_told, "experiment_units",
            study={"parameters": {"unit_counts": {"units": "n"}}}),
    of_rows("drawn_in_groups", "design_not_said.say_cluster", UNITS, design_not_said, "experiment_units"),
    of_rows("other_shares", "design_not_said.say_stratum", COUNTS, design_not_said, "experiment_units",
            study={"parameters": {"unit_counts": {"units": "n"}}}),
    of_rows("blank_outcomes", "blank_outcomes.fill",
            [one | {"paid": one["unit_id"] if one["unit_id"] % 3 else ""} for one in UNITS],
            blank_outcomes, "experiment_units", study={"parameters": {"unit_outcomes": ["paid"]}}),
    of_rows("blank_outcomes", "blank_outcomes.leave_out",
            [one | {"height": one["unit_id"] + 100 if one["unit_id"] % 9 else ""} for one in UNITS],
            blank_outcomes, "experiment_units", study={"parameters": {"unit_outcomes": ["height"]}}),
    of_rows("campaign_not_over", "known_later.wait",
            [{"campaign_id": "mail", "customer_id": n, "arm": "ab"[n % 2], "assigned_at": "2026-01-20", "window_days": 30}
             for n in range(60)], known_later, "campaigns", study={"as_of": "2026-01-31"}),
    of_rows("empty_stratum", "design_not_said.leave_out", STRATA, design_not_said, "experiment_units"),
]  # fmt: skip

# ---- files that cannot be read as the study says
PLAIN = f"{HEAD}\n1,2026-01-05,5\n2,2026-01-06,6.5\n"
WORDS = f"{HEAD},category\n1,2026-01-05,5,Müller Straße\n"
FILES = [
    of_text(("attributes._refuse_twin", "attributes._refuse_twin#2"), "customer_id,Channel\n1,web\n", "customers.csv",
            table="customers"),
    of_text("contents.checked_kind", PLAIN, "transactions.xlsx", bring={"transactions.csv": PLAIN}),
    Case("", ("differing._no_condition",), {"all/1.csv": PLAIN, "all/2.csv": WORDS},
         spec={"path": "all/*.csv", "where": ["category <> 'x'"]}),
    Case("", ("differing._no_column",), {"all/1.csv": f"{HEAD},Cur\n1,2026-01-05,5,USD\n", "all/2.csv": PLAIN},
         spec={"path": "all/*.csv", "columns": {"currency": "Cur"}}),
    of_text("encodings.codec_of", PLAIN.encode("utf-16-le")),
    of_text("encodings.codec_of#2", PLAIN.encode("utf-16"), spec={"encoding": "cp1252"}),
    of_text("encodings.propose", WORDS.encode("cp1252")),
    of_text("encodings._undecodable", WORDS.encode("utf-8"), spec={"encoding": "ascii"}),
    of_text("folder.open_source", PLAIN, "orders.csv"),
    Case("", ("folder.open_source#2",), {"transactions.csv": PLAIN, "transactions.csv.gz": PLAIN}),
    of_text("headers.no_name", f"{HEAD},\n1,2026-01-05,5,odd\n", fill={"A_NAME": "note"}),
    of_text("headers._refuse_other_delimiter", PLAIN.replace(",", "|"), spec={"delimiter": ";"}),
    of_text("headers.refuse_row", f"Sales report\n\n{PLAIN}"),
    of_text("source._missing", PLAIN.replace("amount", "Betrag"), fill={"NAME_IN_THE_FILE": "Betrag"}),
    of_text("text_files._bad_lines", f"{PLAIN}Total: 2 rows\n"),
    of_text("second_tables.refused", f"{PLAIN}\nProduct,Price,Stock\nMug,9.50,3\n"),
    of_text("text_files.", f'{HEAD},product\n1,2026-01-05,5,"Best of\n2,2026-01-06,6.5,TV 32"\n'),
    of_text("text_files.", f'{HEAD},product\n1,2026-01-05,5,"Best of\n2,2026-01-06,6.5,TV\n'),
]  # fmt: skip

CASES = [*WRITTEN, *RULES, *AMOUNTS, *CURRENCIES, *IDS, *OVERLAPS, *REPEATS, *DAYS, *OTHERS, *FILES]
