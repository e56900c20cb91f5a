"""Cases of advice on columns beside the amount, on names, scores and fees; and on rows that are no sale."""

from datetime import date, datetime, timedelta

from advice_cases import FEW, NO_ORDER, RATES, book, every, of_lines, of_rows, of_sales
from advice_support import Case
from findings_support import COLUMNS, orders, sale

from helpers.contracts import (
    again,
    amount_levels,
    bundles,
    coupon_lists,
    currencies,
    damaged_ids,
    discounts,
    document_prefixes,
    fees,
    file_names,
    gift_cards,
    hidden_rows,
    line_kinds,
    masked_ids,
    merged_ids,
    mixed_taxes,
    no_pieces,
    other_names,
    own_names,
    part_payments,
    payouts,
    repeats,
    running_sums,
    scales,
    serial_days,
    single_orders,
    taxes,
    thin_weeks,
    tips,
    twin_columns,
    unknown_status,
    unread_rates,
    unread_sums,
    unused_columns,
    zero_rows,
)


def status(column: str, good: str, bad: str):
    """A column that says something of every sixth order."""
    return every(6, {column: bad}, {column: good})


# ---- what no column of the study says
STATUS = [
    of_sales("unread_status", "unused.leave_out", unused_columns, row=status("Status", "paid", "voided")),
    of_sales("unread_status", "unused.leave_out_unpaid", unused_columns, row=status("Status", "Paid", "Unpaid")),
    of_sales("unread_status", "unused.take_off", unused_columns, row=status("Type", "Invoice", "Credit note")),
    of_sales("unread_status", "unused.refunded_part", unused_columns, row=status("Status", "paid", "partially_refunded")),
    of_sales("unread_refunds", "unused.take_refunds_off", unread_sums,
             row=lambda o: {"Amount Refunded": "3" if o["number"] % 5 == 0 else ""}),
    of_sales("unread_refunds", "unused.leave_disputes_out", unread_sums,
             row=lambda o: {"Disputed Amount": f"{o['amount']:.2f}" if o["number"] % 5 == 0 else ""}),
    of_sales("unread_refunds", "unused.take_pieces_off", unread_sums,
             row=lambda o: {"Qty": 3, "Returned Qty": o["number"] % 3}, columns={"quantity": "Qty"}),
    of_sales("money_not_paid", "unused.count_paid", unread_sums,
             row=lambda o: {"Balance due": f"{o['amount'] / 2 if o['number'] % 5 == 0 else 0:.2f}"}),
    of_sales("paid_otherwise", "unused.take_otherwise_off", unread_sums, row=every(4, {"Trade-in value": "9.50"})),
    of_sales("unread_fees", "unused.after_fees", unread_sums, row=lambda o: {"Fee": f"{0.03 * o['amount']:.2f}"}),
    of_sales("unread_discounts", "unused.take_discounts_off", unread_sums, columns={"amount": "Gross Amount"},
             row=lambda o: {"Gross Amount": o["amount"], "Discount": f"{0.1 * o['amount']:.2f}"}),
    of_sales("unread_discounts", "unused.take_percent_off", unread_sums, columns={"amount": "Gross Amount"},
             row=lambda o: {"Gross Amount": o["amount"], "Discount %": "10"}),
    of_sales("unknown_status", "unknown_status.leave_out", unknown_status, row=status("Status", "paid", "Q7")),
    of_sales("gift_cards", "gift_cards.not_the_sale", gift_cards, row=status("Art", "Tea", "Gift card"),
             columns={"category": "Art"}),
    of_sales("gift_cards", "gift_cards.map_it", gift_cards,
             row=lambda o: {"Paid by": f"Gift card {o['number']}" if o["number"] % 4 == 0 else "Cash"}),
    of_sales("gift_cards", "gift_cards.not_the_paid", gift_cards, row=status("Paid by", "Cash", "Gift card")),
    of_sales("gift_cards", "gift_cards.not_alone", gift_cards, spec={"where": ["Line = '0'"]},
             row=lambda o: {"Invoice": o["number"] // 2, "Line": o["number"] % 2,
                            "Item": "Gift card" if o["number"] % 4 == 0 else "Tea"}),
    of_sales("gift_cards", "gift_cards.not_the_use", gift_cards,
             row=lambda o: {"Item": "Voucher", "Total": "-20.00"} if o["number"] % 10 == 0 else {"Item": "Tea"}),
]  # fmt: skip

# ---- money beside the amount
MONEY = [
    of_sales("other_currency", "currencies.say_which", currencies, row=every(4, {"Cur": "EUR"}, {"Cur": ""}), bring=RATES),
    of_rows("other_currency", "currencies.say_all",
            [{"customer_id": n, "started_at": "2026-01-05", "fee": "5", "Cur": "EUR" if n % 2 else ""} for n in range(20)],
            currencies, "subscriptions"),
    of_sales("unread_discounts", "discounts.take_off", discounts,
             row=lambda o: {"Discount": f"{o['amount'] / 7:.2f}" if o["number"] % 3 else "0"}),
    of_sales("unread_taxes", "taxes.read_net", taxes, columns={"amount": "Gross"},
             row=lambda o: {"Gross": f"{1.2 * o['amount']:.2f}", "Net": f"{o['amount']:.2f}"}),
    of_sales("own_names", "own_names.leave_them_out", own_names, row=every(10, {"Customer": "Intercompany"})),
    of_sales("amounts_on_two_levels", "finding.correct_them", amount_levels, spec={"date_format": "%d %B %Y"},
             row=lambda o: {"Date": f"{o['when']:%d %B %Y}",
                            "Total": f"{o['amount'] * (100 if o['when'].month == 3 else 1):.2f}"}),
]  # fmt: skip

# ---- scores, running totals, fees
ASKED = [{"customer_id": n % 40, "asked_at": "2026-03-01", "score": 1 + n % 5} for n in range(120)]
RUNNING = [{"unit": f"S{unit}", "period": date(2025, month, 1), "outcome": unit + 10 * month}
           for unit in range(6) for month in range(1, 13)]  # fmt: skip
PRICED = [{"customer_id": n, "started_at": "2025-01-05", "fee": 120 if n % 10 == 0 else 12, "plan": "Basic"}
          for n in range(100)]  # fmt: skip
SCALES = [
    of_rows("other_scale", "scales.bring_to_ten", ASKED, scales, "surveys"),
    of_rows("running_total", "scales.each_period", RUNNING, scales, "panel"),
    of_rows("fees_of_a_year", "fees.one_period", PRICED, fees, "subscriptions"),
    of_rows("free_contracts", "fees.leave_trials", [one | {"fee": one["customer_id"] % 5} for one in PRICED],
            fees, "subscriptions"),
]  # fmt: skip


# ---- rows and amounts that are no sale, or no whole one
def of_kinds(*kinds: str) -> list[dict]:
    """Orders of a line of goods and one of each of these kinds."""
    return [sale(o, **{"Line type": kind}) for o in FEW for kind in ("Product", *kinds)]


PARTS = [sale(o, Parent=parent) | {"Total": total} for o in FEW
         for parent, total in (("", "30"), ("SET-1", "10"), ("SET-1", "20"))]  # fmt: skip
PAYMENTS = [sale(o, Kind=kind, **{"Order no": f"A{o['number']}"}) | {"Invoice": f"{kind[0]}{o['number']}"}
            for o in FEW for kind in ("Deposit", "Final payment")]  # fmt: skip
SUMMER = datetime(2025, 7, 1), datetime(2025, 7, 29)
NO_SALES = [
    of_lines("bundles_twice", "bundles.leave_out", PARTS, bundles),
    of_lines("lines_no_goods", "line_kinds.leave_out", of_kinds("VAT 20%", "Discount", "Shipping"), line_kinds),
    of_lines("lines_no_goods", "line_kinds.if_goods", of_kinds("Shipping"), line_kinds),
    of_sales("ids_masked", "masked_ids.map_whole", masked_ids, row=lambda o: {"Customer": f"09{o['who']:02}*****1"}),
    of_sales("taxes_mixed", "mixed_taxes.read_alike", mixed_taxes, columns={"amount": "Order Total"},
             row=lambda o: {"Order Total": o["amount"], "VAT included": ("yes", "no")[o["number"] % 2]}),
    of_sales("customers_split", "other_names.read_it", other_names,
             row=lambda o: {"E-mail": f"a{o['who']}@example.com",
                            "Customer": f"C{o['who']}" if o["number"] % 4 else f"G{o['number']}"}),
    of_sales("part_payments", "part_payments.export_orders", part_payments, row=status("Kind", "Full payment", "Deposit")),
    of_lines("part_payments", "part_payments.map_order", PAYMENTS, part_payments),
    of_sales("amount_after_fees", "payouts.read_gross", payouts,
             row=lambda o: {"Commission": f"{0.1 * o['amount']:.2f}",
                            "Goods total": f"{o['amount'] + round(0.1 * o['amount'], 2):.2f}"}),
    of_sales("amount_after_fees", "payouts.read_gross", payouts, columns={"amount": "Net payout"},
             row=lambda o: {"Net payout": o["amount"], "Service Fee": f"{0.1 * o['amount']:.2f}", "Total": ""}),
    of_sales("amount_after_fees", "payouts.map_price", payouts, columns={"amount": "Payout"},
             row=lambda o: {"Payout": o["amount"]}),
    of_sales("document_prefixes", "prefixes.leave_out", document_prefixes,
             row=lambda o: {"Invoice": f"{('INV', 'INV', 'INV', 'QUO', 'CN')[o['number'] % 5]}-{o['number']}"}),
    of_sales("thin_weeks", "thin_weeks.bring_them", thin_weeks,
             some=[o for o in orders(1600) if not SUMMER[0] < o["when"] < SUMMER[1] or o["number"] % 8 == 0]),
    of_sales("tips_in_amount", "tips.take_off", tips, row=lambda o: {"Tip": f"{0.1 * o['amount']:.2f}"}),
    of_sales("amount_twice_named", ("twin_columns.twin", "twin_columns.read_other"), twin_columns,
             row=lambda o: {"Total.1": f"{0.9 * o['amount']:.2f}"}),
    of_sales("amount_twice_named", "twin_columns.read_sum", twin_columns, columns={"amount": "Price 1"},
             row=lambda o: {"Price 1": f"{0.4 * o['amount']:.2f}", "Price 2": f"{0.6 * o['amount']:.2f}"}),
    of_sales("rows_are_coupons", "coupon_lists.export_orders", coupon_lists, spec=NO_ORDER,
             row=lambda o: {"Coupon code": f"SAVE{o['number']}", "Expires at": o["when"].date()}),
]  # fmt: skip


# ---- rows that repeat others, and what stands outside of the rows
def repeated(kind: str, sign: int = 1, **later) -> list[dict]:
    """Orders, and half of them again under numbers of their own, a time later."""
    again_of = [o | {"number": o["number"] + 9000, "when": o["when"] + timedelta(**later)} for o in FEW[::2]]
    return [sale(o, Kind="1") for o in FEW] + [
        sale(o, Kind=kind) | {"Total": f"{sign * o['amount']:.2f}"} for o in again_of
    ]


REPEATED = [
    of_lines("amounts_again", "again.if_back", repeated("2", days=3), again),
    of_lines("order_in_several_rows", "orders_repeated.if_one",
             [sale(o, Touch=place) for o in FEW for place in range(1 + o["number"] % 3)], repeats, NO_ORDER),
    of_lines("sale_hours_later", "again.leave_one", repeated("1", hours=7), again),
    of_lines("most_taken_back", "again.leave_payments_out",
             repeated("1", -1, days=3) + repeated("1", -1, days=9)[120:], again),
    of_sales("amount_elsewhere", "twin_columns.read_both", twin_columns, columns={"amount": "Sum USD"}, bring=RATES,
             row=lambda o: {"Sum USD": "0" if o["number"] % 4 == 0 else o["amount"],
                            "Sum EUR": o["amount"] if o["number"] % 4 == 0 else ""}),
    of_sales("no_pieces", "no_pieces.leave_out", no_pieces, columns={"quantity": "Pieces"},
             row=every(6, {"Pieces": "0"}, {"Pieces": "2"})),
    of_sales("days_since_1904", "serial_days.later_base", serial_days, spec={"date_format": "excel"},
             row=lambda o: {"Date": f"{(o['when'] - datetime(1904, 1, 1)).days}"}),
    Case("rows_hidden", ("hidden_rows.save_seen",), {"transactions.xlsx": book("All", unseen=(3, 9))}, hidden_rows,
         {"columns": COLUMNS, "path": "transactions.xlsx"}),
    Case("file_of_a_part", ("file_names.export_all",), {"orders_part1.csv": [sale(o) for o in FEW]}, file_names,
         {"columns": COLUMNS, "path": "orders_part1.csv"}),
    of_sales("file_unread", "file_names.read_too", file_names,
             files={"refunds.csv": [sale(o) | {"Total": -o["amount"]} for o in FEW[:9]]}),
    Case("file_unread", ("file_names.with_minus",),
         {"all/orders.csv": [sale(o) for o in FEW],
          "all/returns.csv": [sale(o) | {"Date": o["when"].date()} for o in FEW[:9]]},
         file_names, {"columns": COLUMNS, "path": "all/*.csv", "rules": {"order_id_reused": "keep"}}),
    of_sales("free_orders", "zero_rows.leave_out", zero_rows,
             every(6, {"Kind": "Expire", "Total": "0.00"}, {"Kind": "Earn"})),
]  # fmt: skip


# ---- whose order it is, and what the amount is
def running(of: str) -> list[dict]:
    """Orders whose amount is the sum up to them: of all rows, or of the customer's."""
    sums: dict = {}
    made = []
    for o in sorted(FEW, key=lambda one: one["when"]):
        key = o["who"] % 9 if of == "customer" else 0
        sums[key] = sums.get(key, 0) + o["amount"]
        made.append(
            sale(
                o,
                **{
                    "Customer": f"C{o['who'] % 9}",
                    "Total": f"{sums[key]:.2f}",
                    "Money in": f"{o['amount']:.2f}",
                },
            )
        )
    return [row | {"Money in": ""} for row in made] if of == "customer" else made


OLD = [
    {"customer_id": f"C{n}", "acquired_at": "2024-01-05", "Merged into": f"C{n + 1}" if n % 6 == 0 else ""}
    for n in range(60)
]
WHOSE = [
    of_sales("ids_merged", ("merged_ids.merged", "merged_ids.read_new")[1:], merged_ids,
             row=lambda o: {"Customer": f"X{o['who']}" if o["number"] % 7 == 0 else f"C{o['who']}",
                            "customer_merged_into": f"C{o['who']}" if o["number"] % 7 == 0 else ""}),
    of_rows("ids_merged", "merged_ids.write_new", OLD, merged_ids, "customers"),
    of_sales("nobody_again", "single_orders.map_another", single_orders, row=lambda o: {"Customer": f"v{o['number']}"}),
    of_sales("nobody_again", "single_orders.export_orders", single_orders,
             row=lambda o: {"Customer": f"v{o['number']}", "Orders": 1 + o["number"] % 5}),
    of_sales("ids_split", "damaged_ids.mend", damaged_ids,
             row=lambda o: {"Customer": f"{('Jürgen', 'JÃ¼rgen', 'J&uuml;rgen')[o['number'] % 3]} {o['who'] % 20}"}),
    of_sales("rates_unread", "unread_rates.convert", unread_rates,
             row=lambda o: {"Exchange rate": "0.04" if o["number"] % 4 == 0 else "1",
                            "Total": f"{o['amount'] * (25 if o['number'] % 4 == 0 else 1):.2f}"}),
    of_lines("amount_running", "running_sums.read_step", running("all"), running_sums),
    of_lines("amount_running", "running_sums.map_another", running("customer"), running_sums),
]  # fmt: skip

CASES = [*STATUS, *MONEY, *SCALES, *NO_SALES, *REPEATED, *WHOSE]
