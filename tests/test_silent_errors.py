"""What no single row shows is counted and judged, in several shapes and languages; each proposed line is applied."""

import unicodedata
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from findings_support import (  # noqa: F401
    COLUMNS,
    applied,
    check,
    found,
    one,
    orders,
    own_cache,
    shop,
    study,
    transactions,
    write,
)

from helpers import contracts
from helpers.commands import checking
from helpers.errors import StudyError
from helpers.messages import percent
from helpers.study.study import load_study


def sale(order: dict, **more) -> dict:
    """An order as a row of a plain export."""
    plain = {
        "Customer": f"C{order['who']:04}", "Date": order["when"], "Invoice": order["number"],
        "Total": f"{order['amount']:.2f}",
    }  # fmt: skip
    return plain | more


def total(rows=None) -> float:
    return sum(order["amount"] for order in rows or orders())


def plain(folder, rows, **more):
    return shop(folder, rows, columns=COLUMNS, **more)


def test_a_clean_export_asks_for_nothing_and_shows_its_order_values(tmp_path):
    report = transactions(tmp_path, plain(tmp_path, [sale(order) for order in orders()]))
    assert found(report) == {}
    values = one(report, "order_values")
    assert values.verdict == "PASS"
    assert "240 order values" in values.sentence
    assert "half below" in values.sentence
    assert report.money_used == pytest.approx(total())


# ---- ids
@pytest.mark.grid
@pytest.mark.parametrize(
    ("in_orders", "in_customers"),
    [
        (lambda n: f"0015f0000{n:06}AAQ", lambda n: f"0015f0000{n:06}"),
        (lambda n: f"CUS-{n:05}", lambda n: f"{n:05}"),
        (lambda n: f"U{n}@EXAMPLE.COM", lambda n: f"u{n}@example.com"),
        (lambda n: f"{n:05}", str),
    ],
)
def test_ids_that_never_meet_stop_and_the_line_lets_them_meet(tmp_path, in_orders, in_customers):
    content = plain(tmp_path, [sale(order, Customer=in_orders(order["who"])) for order in orders()])
    write(
        tmp_path,
        [{"customer_id": in_customers(n), "kind": "consumer"} for n in range(1, 61)],
        "customers.csv",
    )
    report = check(tmp_path, content)["customers"]
    finding = one(report, "ids_never_meet")
    assert finding.verdict == "stop"
    assert all(len(example.split(", ")) == 2 for example in finding.examples)
    assert in_customers(1) not in finding.sentence + " ".join(finding.masked)
    table = "customers" if "to customers:" in finding.advice else "transactions"
    changed = applied(content, replace(finding, table=table))
    assert one(check(tmp_path, changed)["customers"], "ids_never_meet").value == percent(1, 0)


def test_tables_of_other_people_stop_without_a_line_and_may_be_kept(tmp_path):
    content = plain(tmp_path, [sale(order) for order in orders()])
    write(
        tmp_path,
        [{"customer_id": f"Firm {n * 97}", "kind": "organization"} for n in range(1, 61)],
        "customers.csv",
    )
    report = check(tmp_path, content)["customers"]
    with pytest.raises(StudyError, match="ids_never_meet: keep"):
        contracts.refuse([report])
    content["tables"]["customers"] = {"rules": {"ids_never_meet": "keep"}}
    contracts.refuse(list(check(tmp_path, content).values()))


@pytest.mark.grid
@pytest.mark.parametrize(
    ("spoilt", "pattern"),
    [
        (lambda n: f"{4e12 + n * 1e7:.2E}", "9.99E+99"),
        (lambda n: f"{4e12 + n * 1e7:.2E}".replace(".", ","), "9,99E+99"),
        (lambda n: f"40100000000{n:04}0000", None),
        (lambda n: "#NAME?" if n % 2 else f"C{n}", None),
    ],
)
def test_ids_that_a_spreadsheet_spoilt_stop(tmp_path, spoilt, pattern):
    content = plain(tmp_path, [sale(order, Customer=spoilt(order["who"])) for order in orders()])
    finding = one(transactions(tmp_path, content), "ids_spoilt")
    assert finding.verdict == "stop"
    assert finding.examples
    assert pattern is None or finding.masked[0].startswith(pattern)


SPLIT = {
    "lost zeros": lambda n, odd: f"{n:05}" if odd else str(n),
    "case": lambda n, odd: f"Guest{n}@Example.com" if odd else f"guest{n}@example.com",
    "blanks": lambda n, odd: f"C {n}\u00a0" if odd else f"C  {n}",
    "zero width": lambda n, odd: f"KH\u200b{n}" if odd else f"KH{n}",
    "Unicode forms": lambda n, odd: unicodedata.normalize("NFD" if odd else "NFC", f"Nguyễn Thị {n}"),
    "full width": lambda n, odd: f"Ｃ{n}" if odd else f"C{n}",
    "apostrophe": lambda n, odd: f"'00{n}" if odd else f"00{n}",
}


@pytest.mark.grid
@pytest.mark.parametrize("way", SPLIT)
def test_ids_written_in_two_ways_are_counted_and_made_one(tmp_path, way):
    rows = [sale(o, Customer=SPLIT[way](o["who"], o["number"] // 60 % 2)) for o in orders()]
    content = plain(tmp_path, rows)
    finding = one(transactions(tmp_path, content), "ids_split")
    assert finding.verdict == "REVIEW"
    assert "120 ids in customer_id are 60" in finding.sentence
    report = transactions(tmp_path, applied(content, finding))
    assert found(report) == {}
    assert report.accepted.customer_id.nunique().execute() == 60
    assert "120 ids in customer_id became 60" in one(report, "ids_split").sentence


def test_ids_normalised_join_two_tables_alike(tmp_path):
    content = plain(tmp_path, [sale(order, Customer=f"c{order['who']}@X.org") for order in orders()])
    write(
        tmp_path, [{"customer_id": f" C{n}@x.ORG", "kind": "consumer"} for n in range(1, 61)], "customers.csv"
    )
    reports = check(tmp_path, content | {"ids": "normalised"})
    assert one(reports["customers"], "ids_never_meet").value == percent(1, 0)
    assert not [name for name in reports["customers"].plain.columns if name.endswith("__written")]


# ---- amounts
@pytest.mark.parametrize("mixed", [False, True])
def test_dotted_thousands_stop_and_one_line_settles_them(tmp_path, mixed):
    amounts = [
        1000 * (20 + order["number"] % 700) + (1_000_000 if mixed and order["number"] % 20 == 0 else 0)
        for order in orders()
    ]
    rows = [sale(o, Total=f"{a:,}".replace(",", ".")) for o, a in zip(orders(), amounts, strict=True)]
    content = plain(tmp_path, rows) | {"currency": "VND"}
    report = transactions(tmp_path, content)
    assert found(report)["digits_after_mark"] == "stop"
    report = transactions(tmp_path, applied(content, one(report, "digits_after_mark")))
    assert found(report) == {}
    assert report.money_used == sum(amounts)


def test_three_digits_in_a_currency_with_three_decimals_or_finer_prices_ask_nothing(tmp_path):
    rows = [sale(o, Total=f"{o['amount']:.3f}") for o in orders()]
    assert found(transactions(tmp_path, plain(tmp_path, rows) | {"currency": "KWD"})) == {}
    rows = [sale(o, Total=f"{o['amount'] / 7:.4f}".rstrip("0")) for o in orders()]
    assert found(transactions(tmp_path, plain(tmp_path, rows))) == {}


def test_some_values_with_three_digits_ask_for_a_review_and_a_stated_sign_settles(tmp_path):
    rows = [sale(o, Total=f"{o['amount']:.{3 if o['number'] % 4 == 0 else 2}f}") for o in orders()]
    content = plain(tmp_path, rows)
    assert found(transactions(tmp_path, content)) == {"digits_after_mark": "REVIEW"}
    content["tables"]["transactions"]["decimal"] = "."
    assert found(transactions(tmp_path, content)) == {}


def test_dotted_unit_prices_inside_an_expression_stop(tmp_path):
    rows = [sale(o, Qty=2, Price=f"{20 + o['number'] % 700}.000") for o in orders()]
    content = shop(tmp_path, rows, columns={**COLUMNS, "amount": "Qty * Price"}) | {"currency": "VND"}
    assert found(transactions(tmp_path, content))["digits_after_mark"] == "stop"


def test_decimals_where_a_currency_has_none_and_amounts_in_thousands(tmp_path):
    content = plain(tmp_path, [sale(o) for o in orders()]) | {"currency": "VND"}
    report = transactions(tmp_path, content)
    assert found(report) == {"no_decimals_in_currency": "REVIEW"}
    rows = [sale(o, Total=20 + o["number"] % 700) for o in orders()]
    content = plain(tmp_path, rows) | {"currency": "VND"}
    report = transactions(tmp_path, content)
    assert found(report) == {"amounts_too_small": "REVIEW"}
    report = transactions(tmp_path, applied(content, one(report, "amounts_too_small")))
    assert found(report) == {}
    assert report.money_used == 1000 * sum(20 + o["number"] % 700 for o in orders())


def test_cents_stop_by_name_and_ask_by_size(tmp_path):
    rows = [sale(o) | {"amount_cents": round(100 * o["amount"])} for o in orders()]
    content = shop(tmp_path, rows, columns={**COLUMNS, "amount": "amount_cents"})
    report = transactions(tmp_path, content)
    assert found(report) == {"amounts_in_cents": "stop"}
    report = transactions(tmp_path, applied(content, one(report, "amounts_in_cents")))
    assert found(report) == {}
    assert report.money_used == pytest.approx(total())
    content = plain(tmp_path, [sale(o, Total=round(100 * o["amount"])) for o in orders()])
    assert found(transactions(tmp_path, content)) == {"amounts_in_cents": "REVIEW"}
    assert found(transactions(tmp_path, content | {"currency": "JPY"})) == {}


# ---- repeats
def lines_of(order: dict) -> list[int]:
    return list(range(order["number"] % 3 + 1))


def test_an_orders_total_on_each_line_stops_and_is_taken_once(tmp_path):
    rows = [sale(o, Artikel=f"P{line}") for o in orders() for line in lines_of(o)]
    content = plain(tmp_path, rows)
    report = transactions(tmp_path, content)
    assert found(report) == {"order_total_repeated": "stop"}
    report = transactions(tmp_path, applied(content, one(report, "order_total_repeated")))
    assert found(report) == {}
    assert report.money_used == pytest.approx(total())
    assert report.used == len(rows)


def test_lines_with_amounts_of_their_own_are_lines(tmp_path):
    rows = [
        sale(o, Total=f"{o['amount'] + line:.2f}", Artikel=f"P{line}")
        for o in orders()
        for line in lines_of(o)
    ]
    assert found(transactions(tmp_path, plain(tmp_path, rows))) == {}


@pytest.mark.grid
@pytest.mark.parametrize("stamp", ["Updated at", "Geändert am", None])
def test_orders_edited_later_are_named_and_their_latest_state_kept(tmp_path, stamp):
    rows = []
    for o in orders():
        when = {stamp: o["when"]} if stamp else {}
        rows.append(sale(o) | when)
        if o["number"] % 5 == 0:
            later = {stamp: o["when"] + timedelta(days=2)} if stamp else {}
            rows.append(sale(o, Total=f"{0.9 * o['amount']:.2f}") | later)
    content = plain(tmp_path, rows)
    finding = one(transactions(tmp_path, content), "same_order_twice")
    assert finding.verdict == ("stop" if stamp else "REVIEW")
    report = transactions(tmp_path, applied(content, finding))
    assert found(report) == {}
    true = sum(float(f"{0.9 * o['amount']:.2f}") if o["number"] % 5 == 0 else o["amount"] for o in orders())
    assert report.money_used == pytest.approx(true)
    assert report.used + sum(left.rows for left in report.left_out) == len(rows)


@pytest.mark.grid
@pytest.mark.parametrize("hides", ["Row", "Exported at"])
def test_overlapping_exports_hidden_by_a_number_or_a_time(tmp_path, hides):
    doubled = orders() + orders()[150:]
    number = lambda place: place if hides == "Row" else f"2026-07-0{1 + place // 240} 08:00:{place % 60:02}"  # noqa: E731
    content = plain(tmp_path, [sale(o) | {hides: number(place)} for place, o in enumerate(doubled)])
    finding = one(transactions(tmp_path, content), "same_row_twice")
    assert finding.verdict == "stop"
    assert "90 of 330 rows" in finding.sentence
    report = transactions(tmp_path, applied(applied(content, finding), finding, 1))
    assert found(report) == {}
    assert report.money_used == pytest.approx(total())


def test_order_numbers_that_begin_again_each_year(tmp_path):
    rows = [sale(o, Invoice=o["number"] % 120) for o in orders()]
    assert found(transactions(tmp_path, plain(tmp_path, rows)))["order_id_reused"] == "REVIEW"


def test_free_orders_and_gift_cards_are_counted(tmp_path):
    rows = [
        sale(
            o,
            Total="0" if o["number"] % 10 == 0 else o["amount"],
            Art="Carte cadeau" if o["number"] % 10 == 1 else "Thé",
        )
        for o in orders()
    ]
    content = shop(tmp_path, rows, columns={**COLUMNS, "category": "Art"})
    report = transactions(tmp_path, content)
    assert "24 of 240 orders come to 0" in one(report, "free_orders").sentence
    assert found(report) == {"gift_cards": "REVIEW"}
    assert found(transactions(tmp_path, applied(content, one(report, "gift_cards")))) == {}


# ---- statuses
STATUSES = [
    ("Financial Status", "paid", "voided"),
    ("Trạng thái", "Hoàn thành", "Đã hủy"),
    ("สถานะ", "สำเร็จ", "ยกเลิกแล้ว"),
    ("Zahlungsstatus", "Bezahlt", "Storniert"),
    ("Statut", "Payée", "Annulée"),
    ("Estado", "Pagado", "Reembolsado"),
    ("Order state", "complete", "Payment_Failed"),
    ("Tags", "vip", "test"),
    ("is_test", "false", "true"),
    ("Cancelled at", "", "2026-01-05 10:00"),
    ("type", "Website Payment", "General Withdrawal"),
]


@pytest.mark.grid
@pytest.mark.parametrize(("column", "good", "bad"), STATUSES)
def test_a_status_that_nobody_reads_stops_and_the_drafted_where_leaves_it_out(tmp_path, column, good, bad):
    rows = [sale(o) | {column: bad if o["number"] % 6 == 0 else good} for o in orders()]
    content = plain(tmp_path, rows)
    report = transactions(tmp_path, content)
    assert found(report) == {"unread_status": "stop"}
    assert "40 rows" in one(report, "unread_status").sentence
    report = transactions(tmp_path, applied(content, one(report, "unread_status")))
    assert found(report) == {}
    assert report.money_used == pytest.approx(sum(o["amount"] for o in orders() if o["number"] % 6))


NO_STATUS = {
    "Payment Method": ("Bank transfer", "Card"),
    "Phương thức thanh toán": ("Chuyển khoản", "Tiền mặt"),
    "Shipping status": ("pending", "delivered"),
    "Refunded": ("no", ""),
    "Product": ("Protest poster", "Testarossa model"),
    "Notes": ("not cancelled", "never returned"),
}


def test_what_only_sounds_like_a_status_asks_nothing(tmp_path):
    rows = [sale(o) | {column: two[o["number"] % 2] for column, two in NO_STATUS.items()} for o in orders()]
    assert found(transactions(tmp_path, plain(tmp_path, rows))) == {}


def test_money_not_paid_yet_asks_for_a_review(tmp_path):
    for column, yes, no in (
        ("Paid", "true", "false"),
        ("Status", "Paid", "Unpaid"),
        ("Tình trạng", "Đã thanh toán", "Chưa thanh toán"),
    ):
        rows = [sale(o) | {column: no if o["number"] % 6 == 0 else yes} for o in orders()]
        assert found(transactions(tmp_path, plain(tmp_path, rows))) == {"unread_status": "REVIEW"}, column


@pytest.mark.grid
@pytest.mark.parametrize("column", ["Amount Refunded", "Refunded_Amount", "Erstattet", "Tiền hoàn"])
def test_refunds_in_a_column_of_their_own_are_taken_off(tmp_path, column):
    back = [round(o["amount"] / 2, 2) if o["number"] % 5 == 0 else "" for o in orders()]
    content = plain(tmp_path, [sale(o) | {column: b} for o, b in zip(orders(), back, strict=True)])
    report = transactions(tmp_path, content)
    assert found(report) == {"unread_refunds": "stop"}
    report = transactions(tmp_path, applied(content, one(report, "unread_refunds")))
    assert found(report) == {}
    assert report.money_used == pytest.approx(total() - sum(b or 0 for b in back))


def test_fees_are_said(tmp_path):
    rows = [sale(o) | {"Fee": f"{0.03 * o['amount']:.2f}"} for o in orders()]
    content = plain(tmp_path, rows)
    report = transactions(tmp_path, content)
    assert found(report) == {"unread_fees": "REVIEW"}
    assert found(transactions(tmp_path, applied(content, one(report, "unread_fees")))) == {}


def test_one_id_for_guests_and_the_shop_itself(tmp_path):
    rows = [sale(o, Customer="Khách lẻ" if o["number"] % 4 == 0 else f"C{o['who']}") for o in orders()]
    assert found(transactions(tmp_path, plain(tmp_path, rows))) == {"one_customer": "REVIEW"}
    shop_itself = [
        sale(o, Customer="me@shop.example", Invoice=f"W{o['number']}", Total=-300) for o in orders(12)
    ]
    report = transactions(tmp_path, plain(tmp_path, [sale(o) for o in orders()] + shop_itself))
    finding = one(report, "one_customer")
    assert finding.verdict == "REVIEW"
    assert "me@shop.example" in finding.examples[0]
    assert "me@shop" not in finding.sentence + finding.advice + finding.masked[0]


# ---- currencies
def rates(currency, rate):
    """One rate, told anew every month."""
    months = pd.date_range("2025-01-01", "2026-06-01", freq="MS")
    return [{"date": f"{month:%Y-%m-%d}", "currency": currency, "rate": rate} for month in months]


def test_currencies_that_are_added_up_stop_until_they_are_mapped(tmp_path):
    rows = [sale(o) | {"Cur": "jpy" if o["number"] % 9 == 0 else "usd"} for o in orders()]
    content = plain(tmp_path, rows)
    report = transactions(tmp_path, content)
    assert found(report) == {"currencies_added_up": "stop"}
    write(tmp_path, rates("JPY", 0.0065), "exchange_rates.csv")
    changed = applied(content, one(report, "currencies_added_up"))
    report = transactions(tmp_path, changed)
    assert found(report) == {}
    assert report.money_used == pytest.approx(
        sum(o["amount"] * (0.0065 if o["number"] % 9 == 0 else 1) for o in orders())
    )


def test_signs_are_currencies_and_a_converted_amount_is_not_added_up(tmp_path):
    rows = [sale(o) | {"Währung": "€" if o["number"] % 2 else "$"} for o in orders()]
    content = plain(tmp_path, rows)
    finding = one(transactions(tmp_path, content), "currencies_added_up")
    write(tmp_path, rates("EUR", 1.1), "exchange_rates.csv")
    assert found(transactions(tmp_path, applied(content, finding))) == {}
    rows = [
        sale(o)
        | {
            "Currency": "eur" if o["number"] % 2 else "usd",
            "Converted Total": o["amount"],
            "Converted Currency": "usd",
        }
        for o in orders()
    ]
    content = shop(tmp_path, rows, columns={**COLUMNS, "amount": "Converted Total"})
    assert found(transactions(tmp_path, content)) == {}


def test_a_file_in_another_currency_stops(tmp_path):
    content = plain(tmp_path, [sale(o) | {"Currency": "EUR"} for o in orders()])
    finding = one(transactions(tmp_path, content), "other_currency")
    assert finding.verdict == "stop"
    assert found(transactions(tmp_path, applied(content, finding))) == {}


# ---- times
def test_as_of_after_today_is_refused_and_a_future_date_is_broken_whatever_as_of(tmp_path):
    rows = [sale(o) for o in orders()]
    rows[7]["Date"] = "2062-12-05"
    rows[9]["Date"] = "2569-03-01"
    content = plain(tmp_path, rows)
    with pytest.raises(StudyError, match=r"as_of is 2062-12-05, but today is 2026-11-26"):
        check(tmp_path, content | {"as_of": "2062-12-05"})
    report = transactions(tmp_path, content)
    future = next(result for result in report.results if result.rule == "future_date")
    assert future.stops
    assert [str(text).split(" (")[0] for text in future.first_three] == ["row 8", "row 10"]


# ---- leads, contracts, unknown money
def leads(known: bool) -> list[dict]:
    day = date(2025, 9, 1)
    stages = ["Gewonnen", "Verloren", "Offen"]
    rows = []
    for n in range(90):
        stage = stages[n % 3]
        closed = day + timedelta(days=3 * n + 5)
        rows.append({"lead_id": n, "created_at": day + timedelta(days=n), "Phase": stage, "closed": closed})
        if known:
            rows[-1]["won_at"] = closed if stage == "Gewonnen" else ""
    return rows


def test_leads_won_after_as_of_count_as_open(tmp_path):
    write(tmp_path, leads(known=True), "leads.csv")
    content = study(tmp_path) | {"as_of": "2026-01-31"}
    report = check(tmp_path, content)["leads"]
    later = [row for row in leads(known=True) if row["won_at"] and row["won_at"] > date(2026, 1, 31)]
    assert found(report) == {"known_later": "REVIEW"}
    assert f"won_at of {len(later)}" in one(report, "known_later").sentence
    won = report.plain.won_at
    assert won.count().execute() == 30 - len(later)
    assert won.max().execute().date() <= date(2026, 1, 31)


def test_campaigns_to_come_and_campaigns_that_run_are_both_named(tmp_path):
    days = {"over": "2026-03-01", "running": "2026-06-20", "to come": "2026-09-01"}
    rows = [
        {"campaign_id": name, "customer_id": n, "arm": "ab"[n % 2], "assigned_at": day, "window_days": 30}
        for name, day in days.items()
        for n in range(20)
    ]
    write(tmp_path, rows, "campaigns.csv")
    finding = one(check(tmp_path, study(tmp_path))["campaigns"], "campaign_not_over")
    assert (
        "assignments of to come lie" in finding.sentence
        and "days that count of running end" in finding.sentence
    )
    assert finding.value.value == 2 and finding.verdict == "REVIEW"


def test_an_expected_date_mapped_as_won_stops_and_the_stage_decides(tmp_path):
    write(tmp_path, leads(known=False), "leads.csv")
    content = study(tmp_path, leads={"columns": {"won_at": "closed"}})
    report = check(tmp_path, content)["leads"]
    assert found(report) == {"all_won": "stop"}
    report = check(tmp_path, applied(content, one(report, "all_won")))["leads"]
    assert found(report) == {}
    assert (report.plain.won_at.count().execute(), report.plain.lost_at.count().execute()) == (30, 30)


def contracts_of(period: str, days: int) -> list[dict]:
    """80 customers: a contract, for every second an upgrade after `days`, for every eighth another beside it."""
    rows, length = [], {"month": 61, "year": 366}[period]
    for n in range(80):
        begun = date(2024, 1, 1) + timedelta(days=n)
        ended = begun + timedelta(days=length)
        rows.append(
            {
                "customer_id": f"S{n}",
                "started_at": begun,
                "ended_at": ended,
                "period": period,
                "plan": "basic",
            }
        )
        if n % 2 == 0:
            again = ended + timedelta(days=days)
            rows.append(
                {
                    "customer_id": f"S{n}",
                    "started_at": again,
                    "ended_at": "",
                    "period": period,
                    "plan": "plus",
                }
            )
        if n % 8 == 0:
            rows.append(
                {
                    "customer_id": f"S{n}",
                    "started_at": begun,
                    "ended_at": "",
                    "period": period,
                    "plan": "second",
                }
            )
    return rows


@pytest.mark.grid
@pytest.mark.parametrize(("period", "days"), [("month", 0), ("month", 9), ("year", 100)])
def test_contracts_that_follow_on_are_counted_and_joined_by_one_line(tmp_path, period, days):
    rows = contracts_of(period, days)
    write(tmp_path, rows, "subscriptions.csv")
    content = study(tmp_path)
    report = check(tmp_path, content)["subscriptions"]
    finding = one(report, "contracts_follow_on")
    assert finding.verdict == "REVIEW"
    assert "30 begin within half a period" in finding.sentence  # 40 upgrades less 10 beside another contract
    joined = check(tmp_path, applied(content, finding))["subscriptions"]
    assert (report.used, joined.used) == (len(rows), len(rows) - 30)
    assert joined.used + sum(left.rows for left in joined.left_out) == joined.rows
    kept = joined.plain.to_pandas()
    whole = kept[kept["customer_id"] == "S2"].iloc[0]
    assert (whole["started_at"].date(), whole["plan"]) == (date(2024, 1, 3), "plus")
    assert len(kept[kept["customer_id"] == "S8"]) == 3
    assert found(joined) == {}


def test_rejected_amounts_that_cannot_be_read_are_unknown(tmp_path, capsys):
    rows = [sale(o, Total="n. a. 5" if o["number"] % 12 == 0 else o["amount"]) for o in orders()]
    content = plain(tmp_path, rows, rules={"unreadable_amount": "reject"})
    report = transactions(tmp_path, content)
    assert found(report) == {"money_unknown": "REVIEW"}
    assert "20 of 240 rows" in one(report, "money_unknown").sentence
    assert checking.check(load_study(tmp_path / "study.yaml")) == 0
    said = capsys.readouterr().out
    assert "unknown  unreadable_amount" in said
    assert "REVIEW  money_unknown" in said


def test_a_finding_may_only_be_kept_and_only_where_it_may_be(tmp_path):
    content = plain(tmp_path, [sale(o) for o in orders()], rules={"ids_split": "reject"})
    with pytest.raises(StudyError, match=r"rules.ids_split is 'reject'; it can be keep"):
        check(tmp_path, content)
    content["tables"]["transactions"]["rules"] = {"all_won": "keep"}
    with pytest.raises(StudyError, match="all_won"):
        check(tmp_path, content)


@pytest.mark.parametrize(
    ("table", "line", "message"),
    [
        ("transactions", {"keep_latest": "Changed"}, "`keep_latest` names the column 'Changed'"),
        ("transactions", {"ignore": ["Rows"]}, "`ignore` names the column 'Rows'"),
        ("transactions", {"amount_per": "line"}, "it can be `order`"),
        ("transactions", {"joined_within": "9 days"}, "a setting of the table subscriptions"),
        ("subscriptions", {"joined_within": "soon"}, "a number of days"),
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path, table, line, message):
    content = plain(tmp_path, [sale(o) for o in orders()])
    write(tmp_path, contracts_of("month", 0), "subscriptions.csv")
    content["tables"][table] = content["tables"].get(table, {}) | line
    with pytest.raises(StudyError) as error:
        check(tmp_path, content)
    assert message in str(error.value)
