"""Which questions a study cannot answer, and why."""

from helpers.catalogue import Entry
from helpers.plan import why_not

ENTRY = Entry("13_needs", "Needs", "What?", tables=("transactions",), columns=("transactions.category",))


def said(**tables):
    return why_not(ENTRY, {"13_needs": ENTRY}, tables, {}, {})


def test_a_missing_table_is_named():
    assert said() == "needs transactions"


def test_a_missing_column_is_named():
    assert said(transactions={"columns": ["customer_id"]}) == "needs the column category of transactions"


def test_with_both_it_can_answer():
    assert said(transactions={"columns": ["customer_id", "category"]}) == ""
