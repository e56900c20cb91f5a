"""Which questions a study cannot answer, and why."""

from helpers.runs.plan import why_not
from helpers.study.catalogue import Entry

ENTRY = Entry("13_needs", "Needs", "What?", tables=("transactions",), columns=("transactions.category",))


def said(**tables):
    return str(why_not(ENTRY, {"13_needs": ENTRY}, tables, {}, {}) or "")


def test_a_missing_table_is_named():
    assert said() == "needs transactions"


def test_a_missing_column_is_named():
    assert said(transactions={"columns": ["customer_id"]}) == "needs the column category of transactions"


def test_with_both_it_can_answer():
    assert said(transactions={"columns": ["customer_id", "category"]}) == ""


def test_a_parameter_is_asked_for_only_where_its_table_is_what_is_read():
    ways, asks = ("campaigns | experiment_units",), ("experiment_units.unit_outcomes | unit_counts",)
    entry = Entry("31_test", "Test", "What?", tables=ways, asks=asks)

    def say(tables, **given):
        return str(why_not(entry, {"31_test": entry}, {one: {} for one in tables}, {}, {}, given) or "")

    assert say(["experiment_units"]).startswith(
        "needs the parameter unit_outcomes or unit_counts (`python -m"
    )
    assert say(["experiment_units"], unit_outcomes=[]) == say(["experiment_units"])
    assert say(["experiment_units"], unit_counts={"units": "n"}) == ""
    assert say(["campaigns", "experiment_units"]) == ""
    assert say([]) == "needs campaigns or experiment_units"


def test_a_table_may_need_another_beside_it_and_a_column_may_say_what_a_parameter_would():
    ways = ("campaigns | units", "transactions | units")
    entry = Entry("31_test", "Test", "What?", tables=ways, asks=("units.period",))

    def say(*tables, columns=()):
        found = {one: {"columns": columns} for one in tables}
        return str(why_not(entry, {"31_test": entry}, found, {}, {}) or "")

    assert say() == "needs campaigns or units", "one way out is said once"
    assert say("campaigns") == "needs transactions or units"
    assert say("transactions") == "needs campaigns or units"
    assert say("campaigns", "transactions") == say("units", columns=("period",)) == ""
    assert say("units").startswith("needs the parameter period")


def test_one_column_or_another_will_do():
    entry = Entry("15_share", "Share", "What?", columns=("customers.category_spend | surveys.question",))
    say = lambda **tables: str(why_not(entry, {"15_share": entry}, tables, {}, {}) or "")  # noqa: E731
    bare, asked = {"columns": ["customer_id"]}, {"columns": ["customer_id", "question"]}
    assert say(customers=bare, surveys=asked) == ""
    assert (
        say(customers=bare)
        == "needs the column category_spend of customers or the column question of surveys"
    )
