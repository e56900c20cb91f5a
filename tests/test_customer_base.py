"""Kinds, lifecycle and revenue: by hand, and on random ledgers, where everyone has exactly one state."""

from datetime import date, timedelta

import ibis
import known
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.contracts.table_rules import BUYING_ROLES
from helpers.customers import kinds, lifecycle, revenue
from helpers.errors import StudyError
from helpers.pages.wording import say
from helpers.views import customer_base, customer_revenue

AS_OF = date(2024, 12, 31)
RULES = lifecycle.Rules(lapse_days=100, frequent_purchases=4, loyal_days=300)


def ledger_of(rows):
    """A ledger of (customer, days before AS_OF, revenue, kind of line, channel, category)."""
    rows = [
        (*row, "purchase", "web", "tea")[: max(len(row), 6)][:6] if len(row) == 3 else row for row in rows
    ]
    frame = pd.DataFrame(rows, columns=["customer_id", "days", "revenue", "kind", "channel", "category"])
    frame["order_date"] = [AS_OF - timedelta(days=int(days)) for days in frame.pop("days")]
    frame = frame.astype(dict.fromkeys(["customer_id", "kind", "channel", "category"], "string"))
    frame = frame.assign(quantity=2.0, margin=frame["revenue"] / 2)
    return ibis.memtable(frame).mutate(order_date=ibis._.order_date.cast("date"))


def book_of(rows, customers=None, level="customer"):
    ledger = ledger_of(rows)
    base = kinds.base(ledger.select("customer_id").distinct().to_pandas()["customer_id"], customers, level)
    return kinds.by_account(ledger, base), base


def states_of(rows, at=AS_OF, rules=RULES):
    book, base = book_of(rows)
    found = lifecycle.states(lifecycle.purchase_days(book), {kinds.NOT_GIVEN: rules}, at, 365)
    return lifecycle.everyone(kinds.accounts(base), found, at)


def bought(customer, *days):
    return [(customer, day, 10.0) for day in days]


# ---- kinds
def test_departments_and_branches_find_the_firm_above_them():
    ids = pd.Series(["firm", "branch", "desk", "alone", "orphan"], dtype="string")
    parents = pd.Series([None, "firm", "branch", None, "nobody"], dtype="string")
    head, in_circle = kinds.heads(ids, parents)
    assert head.tolist() == ["firm", "firm", "firm", "alone", "orphan"]
    assert not in_circle.any()


def test_a_firm_that_is_its_own_parent_or_in_a_circle_is_flagged_and_its_own_account():
    ids = pd.Series(["self", "a", "b", "below", "fine"], dtype="string")
    parents = pd.Series(["self", "b", "a", "a", None], dtype="string")
    head, in_circle = kinds.heads(ids, parents)
    assert in_circle.tolist() == [True, True, True, True, False]
    assert head.tolist() == ids.tolist()


CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["F", "F1", "P", "never"],
        "parent_id": [None, "F", None, None],
        "kind": ["organization", "organization", "consumer", "consumer"],
        "subkind": ["user", None, None, None],
    }
)


def test_the_level_decides_what_one_customer_is():
    rows = [*bought("F", 5), *bought("F1", 5, 9), *bought("P", 3), *bought("unlisted", 2)]
    book, base = book_of(rows, CUSTOMERS)
    assert len(kinds.accounts(base)) == 5
    assert set(base.loc[base["customer_id"] == "unlisted", "kind"]) == {kinds.NOT_GIVEN}
    book, base = book_of(rows, CUSTOMERS, "firm")
    owners = kinds.accounts(base)
    assert owners.loc["F", "customers_in_account"] == 2
    spent = revenue.per_customer(book, None, AS_OF)
    assert spent.to_dict() == {"F": 30.0, "P": 10.0, "unlisted": 10.0}
    table = kinds.summary(owners, owners["kind"], spent).set_index("group")
    assert table["customers"].to_dict() == {"organization": 1, "consumer": 2, "not given": 1}
    assert table["buyers"].to_dict() == {"organization": 1, "consumer": 1, "not given": 1}
    assert table["share"].sum() == pytest.approx(1)
    with pytest.raises(StudyError, match="customer or firm"):
        kinds.base(base["customer_id"], CUSTOMERS, "contact")


def test_kinds_are_named_in_the_words_of_the_field():
    assert kinds.kind_name("organization", "distributor") == "commercial: distributor"
    assert kinds.kind_name("organization", "government") == "government"
    assert kinds.kind_name("organization", kinds.NOT_GIVEN) == "organization"
    assert kinds.kind_name("consumer", "person") == "consumer"


def test_roles_known_of_an_account_are_those_of_all_its_contacts():
    _, base = book_of([*bought("F", 5), *bought("P", 3)], CUSTOMERS, "firm")
    contacts = pd.DataFrame(
        {
            "customer_id": ["F", "F1", "P", None],
            "buying_role": ["decider", "user", "buyer", "buyer"],
            "department": ["management", "kitchen", None, None],
        }
    )
    known = kinds.known_roles(contacts, base, pd.Series({"F": 10.0}))
    assert known.index.tolist() == ["F"]
    assert known.loc["F", ["contacts", "departments"]].tolist() == [2, 2]
    assert [role for role in kinds.ROLES if known.loc["F", role]] == ["user", "decider"]
    assert kinds.to_ask_for(known)["missing_roles"].tolist() == ["influencer, buyer, gatekeeper"]
    nobody = kinds.known_roles(None, base[base["kind"] == "consumer"], pd.Series(dtype=float))
    assert len(nobody) == 0
    assert len(kinds.gaps(nobody)) == 0
    assert len(kinds.to_ask_for(nobody)) == 0


def test_the_contract_allows_the_roles_that_are_looked_for():
    assert tuple(kinds.ROLES) == BUYING_ROLES


# ---- lifecycle
def test_states_by_hand():
    rows = [
        *bought("first", 20),
        *bought("two", 20, 60),
        *bought("often", 10, 20, 30, 40),
        *bought("loyal", *range(10, 400, 30)),
        *bought("back", 30, 250, 300),
        *bought("back long ago", 10, 90, 150, 400),
        *bought("gone", 101, 120),
        *bought("at the edge", 100),
        ("sent back", 10, 0.0, "returned", "web", "tea"),
    ]
    assert states_of(rows).to_dict() == {
        "first": "first-time",
        "two": "repeat",
        "often": "frequent",
        "loyal": "loyal",
        "back": "won back",
        "back long ago": "repeat",
        "gone": "lapsed",
        "at the edge": "first-time",
        "sent back": "prospect",
    }


def test_the_same_rules_at_an_earlier_date_see_only_what_was_known_then():
    rows = [*bought("a", 200, 10), *bought("b", 5)]
    before, now = states_of(rows, AS_OF - timedelta(days=60)), states_of(rows)
    assert before.to_dict() == {"a": "lapsed", "b": "prospect"}
    assert now.to_dict() == {"a": "won back", "b": "first-time"}
    moved = lifecycle.flows(before, now)
    assert moved.loc["lapsed", "won back"] == 1 and moved.to_numpy().sum() == 2
    owners = pd.DataFrame({"acquired_at": pd.to_datetime(["2024-01-01", "2024-12-26"])}, index=["a", "b"])
    nothing = pd.DataFrame({"customer_id": [], "state": []})
    known = lifecycle.everyone(owners, nothing, AS_OF - timedelta(days=60))
    assert known.to_dict() == {"a": "prospect", "b": lifecycle.NOT_YET}


def test_rules_come_from_the_data_unless_stated_and_each_customer_counts_once():
    rows = [day for i in range(40) for day in bought(f"slow {i}", 0, 200)]
    rows += bought("quick", *range(0, 400, 2))
    book, _ = book_of(rows)
    days = lifecycle.purchase_days(book)
    rules = lifecycle.derive(days, AS_OF, 365, lifecycle.Rules(0, 0, 0))[kinds.NOT_GIVEN]
    assert rules.lapse_days == 200, "200 short pauses of one customer do not outweigh 40 others"
    assert rules.frequent_purchases == 3
    stated = lifecycle.derive(days, AS_OF, 365, lifecycle.Rules(30, 5, 90))[kinds.NOT_GIVEN]
    assert stated == lifecycle.Rules(30, 5, 90)
    with pytest.raises(StudyError, match="lapse_days is -1"):
        lifecycle.derive(days, AS_OF, 365, lifecycle.Rules(-1, 0, 0))


def test_rules_differ_between_kinds_with_enough_pauses():
    shops = [f"F{i}" for i in range(40)]
    customers = pd.DataFrame({"customer_id": shops, "kind": "organization"})
    rows = [day for shop in shops for day in bought(shop, 0, 20)]
    rows += [day for i in range(40) for day in bought(f"P{i}", 0, 90)]
    book, _ = book_of(rows, customers)
    rules = lifecycle.derive(lifecycle.purchase_days(book), AS_OF, 365, lifecycle.Rules(0, 0, 0))
    assert {kind: one.lapse_days for kind, one in rules.items()} == {"organization": 20, "not given": 90}


@settings(max_examples=20, deadline=None)
@given(known.LINES, st.integers(0, 400))
def test_every_customer_of_any_ledger_has_exactly_one_state(rows, days_ago):
    rows = [*rows, ("buyer", 801, 5.0, "purchase")]
    rows = [
        (c, d, {"returned": 0.0, "return": -v}.get(kind, v), kind, "web", "tea") for c, d, v, kind in rows
    ]
    book, base = book_of(rows)
    days, at = lifecycle.purchase_days(book), AS_OF - timedelta(days=days_ago)
    rules = lifecycle.derive(days, AS_OF, 365, lifecycle.Rules(0, 0, 0))
    state = lifecycle.everyone(kinds.accounts(base), lifecycle.states(days, rules, at, 365), at)
    assert sorted(state.index) == sorted({row[0] for row in rows})
    assert state.isin(list(lifecycle.STATES)).all()


# ---- revenue
def periods(rows, period="month", complete_to=AS_OF, smallest=1):
    book, _ = book_of(rows)
    days = lifecycle.purchase_days(book)
    return book, revenue.by_period(book, days, {kinds.NOT_GIVEN: RULES}, period, complete_to, smallest)


def test_new_existing_and_won_back_revenue_by_hand():
    rows = [
        *bought("a", 366, 20, 10),  # 31 December 2023, 11 and 21 December 2024: won back
        *bought("b", 25, 15),  # new in December
        *bought("c", 60, 12),  # 1 November, 19 December: existing
        ("c", 3, -4.0, "return", "web", "tea"),
    ]
    _, table = periods(rows)
    december = table.set_index("start").loc["2024-12-01"]
    assert december[["new", "existing", "won back"]].tolist() == [20.0, 6.0, 20.0]
    assert (december["revenue"], december["customers"], december["is_complete"]) == (46.0, 3, True)
    assert table["start"].is_monotonic_increasing and len(table) == 13, "months without revenue are there too"
    _, years = periods(rows, "year")
    assert years["new"].tolist() == [10.0, 36.0], "within the year b and c are new"


def test_the_money_of_a_few_is_told_with_that_of_the_most():
    rows = [
        *bought("a", 366, 20, 10),  # won back in December, alone
        *bought("b", 25, 15),
        *bought("d", 25),  # two are new
        *[line for name in "cefg" for line in bought(name, 60, 12)],  # four are existing
    ]
    _, all_told = periods(rows)
    _, table = periods(rows, smallest=2)
    before, december = (one.set_index("start").loc["2024-12-01"] for one in (all_told, table))
    assert december["won back"] == 0.0 and december["existing"] == before["existing"] + before["won back"]
    assert december["new"] == before["new"] and december["revenue"] == before["revenue"]
    assert not table["new_mixed"].iloc[-1]
    _, quarters = periods(rows, "quarter", smallest=3)
    few = revenue.last_quarter(quarters)
    assert quarters["new_mixed"].iloc[-1] and few.new_share is None and few.revenue > 0
    said = say(customer_revenue.monthly_revenue(table, few, "EUR", 5).title)
    assert said.endswith("fewer than 5 customers were new, or were not")


def test_a_period_that_is_not_whole_says_so_and_is_not_compared():
    rows = [*bought("a", *range(0, 800, 10))]
    _, table = periods(rows, "quarter", complete_to=date(2024, 11, 30))
    last = table.iloc[-1]
    assert not last["is_complete"] and pd.isna(last["change"])
    assert revenue.labelled(table, "quarter").iloc[-1] == "2024 Q4, so far"
    assert table["change"].iloc[-2] == pytest.approx(
        table["revenue"].iloc[-2] / table["revenue"].iloc[-6] - 1
    )


@settings(max_examples=12, deadline=None)
@given(known.LINES, st.sampled_from(list(revenue.PERIODS)))
def test_every_period_adds_up_to_the_ledger(rows, period):
    rows = [
        (c, d, {"returned": 0.0, "return": -v}.get(kind, v), kind, "web", "tea") for c, d, v, kind in rows
    ]
    book, table = periods([*rows, ("buyer", 5, 5.0, "purchase", "web", "tea")], period)
    assert table["revenue"].sum() == pytest.approx(book.revenue.sum().execute(), abs=1e-3)
    parts = table[["new", "existing", "won back"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(table["revenue"].to_numpy(), abs=1e-3)


def test_channels_and_pattern_by_hand():
    rows = [
        ("a", 10, 30.0, "purchase", "web", "tea"),
        ("a", 10, 10.0, "purchase", "web", "coffee"),
        ("a", 40, 20.0, "purchase", "store", "tea"),
        ("b", 5, 40.0, "purchase", None, "tea"),
        ("b", 4, -5.0, "return", None, "tea"),
        ("a", 500, 7.0, "purchase", "web", "tea"),
    ]
    book, _ = book_of(rows)
    table = revenue.channels(book, AS_OF, 365).set_index("channel")
    assert table["revenue"].to_dict() == {"web": 40.0, "not given": 35.0, "store": 20.0}
    assert table["purchases"].to_dict() == {"web": 1, "not given": 1, "store": 1}
    assert table.loc["web", "before"] == 7.0
    habit = revenue.pattern(book, lifecycle.purchase_days(book), AS_OF, 365).iloc[0]
    assert habit[["customers", "purchases", "revenue"]].tolist() == [2, 3, 95.0]
    assert habit["purchases_per_customer"] == 1.5 and habit["breadth"] == 1.5
    assert habit["pause"] == (30 + 460) / 2 and habit["lifetime_revenue"] == 102.0 / 2


def test_a_page_says_nothing_of_kinds_that_nobody_entered():
    unknown = kinds.organizations(pd.DataFrame({"kind": [kinds.NOT_GIVEN] * 20}), pd.Series([1.0] * 20), 10)
    assert not unknown.known and customer_base.organizations(unknown, 10) is None
    table, window = pd.DataFrame(), customer_base.window(365, date(2026, 6, 30))
    assert customer_base.kinds(table, 0, window, known=False) is None
