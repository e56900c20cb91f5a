"""Each table's rules, in the order in which rows are set aside."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date

from helpers.contracts.rules import (
    Facts,
    Rule,
    before,
    future,
    missing,
    one_of,
    outside,
    placeholder,
    repeated,
    stranger,
    unknown_customer,
    unreadable,
)
from helpers.messages import message, verbatim
from helpers.study.table_columns import COPY, TABLES, Contract

NEGATIVE_QUANTITY = message(
    "rule.negative_quantity", "with a negative quantity but an amount that is not negative"
)
STOCK = message("rule.stock", "A return has a negative amount; these are often stock corrections.")
EVERY_COLUMN = message("rule.every_column", "that repeat an earlier row in every column")
TWO_EQUAL = message("rule.two_equal", "Two equal lines of one order may be a double export, or may be meant.")
NO_RATES = message("rule.no_rates", "in a currency the table exchange_rates does not have")
ADD_RATES = message(
    "rule.add_rates",
    "Add the currency's rates to exchange_rates. What is no currency, such as points, is left out by `where`.",
)
BEFORE_RATES = message("rule.before_rates", "before the first exchange rate of their currency")
ADD_EARLIER_RATES = message("rule.add_earlier_rates", "Add earlier rates to exchange_rates.")
TWO_KINDS = message("rule.two_kinds", "of customers who are entered with two kinds")
ONE_KIND = message(
    "rule.one_kind",
    "Nobody can be a consumer and an organization at once: give them two numbers, or one kind.",
)
OWN_PARENT = message("rule.own_parent", "of customers that are their own parent")
TWO_ARMS = message("rule.two_arms", "of customers who are in two arms of one campaign")
TWO_TREATMENTS = message("rule.two_treatments", "Who got two treatments says nothing about either.")
ASSIGN_AGAIN = message("rule.assign_again", "that assign a customer again")
WON_AND_LOST = message("rule.won_and_lost", "that are both won and lost")
REPEAT_PERIOD = message("rule.repeat_period", "that repeat a unit's period")
RATE_ZERO = message("rule.rate_zero", "with a rate of zero or less")
REPEAT_DAY = message("rule.repeat_day", "that repeat a currency's day")
REPEAT_NAME = message("rule.repeat_name", "that repeat a day of a name")
UNTIL_BEFORE = message("rule.until_before", "with until before date")

KINDS = ("consumer", "organization")
RELATIONS = ("external", "internal")
BUYING_ROLES = ("user", "influencer", "decider", "buyer", "gatekeeper")
ACTIVITIES = ("service", "retention", "acquisition")
DRAWN = ("randomized", "not_randomized", "unknown")  # how the arms of a campaign were
SEVERAL_TIMES = message(
    "rule.several_times",
    "If a unit was in the test several times, such as a customer with several sends, each time is a row of its own: write "
    "{line}, where COLUMN names the unit.",
)


def rule_names(table: str) -> dict[str, bool]:
    """Return the names of all rules of a table, each with whether the study may say `keep`."""
    contract = TABLES[table]
    given = tuple(column.name for column in contract.columns)
    everything = dict.fromkeys(TABLES)
    return {rule.name: rule.keepable for rule in rules_of(contract, given, Facts(date.max, "", everything))}


def rules_of(
    contract: Contract, given: Collection[str], facts: Facts, stated: Collection[str] = ()
) -> list[Rule]:
    """Return the rules of a table for the columns given, in the order in which rows are set aside.

    stated: rules that the study file names; without order ids two equal rows are a repeat only where it says so.
    """
    rules = []
    for column in contract.columns:
        if column.required:
            rules.append(missing(column.name, contract))
        if column.type not in ("id", "text"):
            rules.append(unreadable(column.name, column.type, keepable=not column.required))
    if contract.happens_at:
        rules += [future(contract.happens_at, facts.today), placeholder(contract.happens_at)]
    rules += _OWN[contract.name](facts)
    if "order_id" not in given and "duplicate_line" in stated:
        rules = [_of_no_order(rule) if rule.name == "duplicate_line" else rule for rule in rules]
    needed = {
        rule.name: {rule.column, *rule.show} & {column.name for column in contract.columns} for rule in rules
    }
    return [rule for rule in rules if needed[rule.name] <= set(given)]


def _of_no_order(rule: Rule) -> Rule:
    """A rule that shows the order's number, for a file that has none."""
    return replace(rule, column="customer_id", show=("customer_id", "amount"))


def _transactions(facts: Facts) -> list[Rule]:
    def foreign(t):
        return t.currency.notnull() & (t.currency != facts.currency)

    return [
        Rule(
            "negative_quantity",
            "quantity",
            NEGATIVE_QUANTITY(),
            lambda t: (t.quantity < 0) & (t.amount >= 0),
            ("quantity", "amount"),
            STOCK(),
            keepable=True,
        ),
        Rule(
            "duplicate_line",
            "order_id",
            EVERY_COLUMN(),
            lambda t: t[COPY],
            ("order_id", "amount"),
            TWO_EQUAL(),
            keepable=True,
        ),
        Rule(
            "unknown_currency",
            "currency",
            NO_RATES(),
            lambda t: foreign(t) & ~t["_currency_known"],
            ("currency", "amount"),
            ADD_RATES(),
        ),
        Rule(
            "no_exchange_rate",
            "currency",
            BEFORE_RATES(),
            lambda t: foreign(t) & t["_currency_known"] & t.order_time.notnull() & t["_rate"].isnull(),
            ("currency", "order_time"),
            ADD_EARLIER_RATES(),
        ),
    ]


def _customers(facts: Facts) -> list[Rule]:
    def two_kinds(t):
        import ibis  # noqa: PLC0415

        window = ibis.window(group_by=[t.customer_id])
        return t.customer_id.notnull() & (t.kind.min().over(window) != t.kind.max().over(window))

    return [
        Rule(
            "two_kinds",
            "kind",
            TWO_KINDS(),
            two_kinds,
            ("customer_id", "kind"),
            ONE_KIND(),
        ),
        repeated("duplicate_customer_id", ("customer_id",)),
        one_of("unknown_kind", "kind", KINDS),
        one_of("unknown_relation", "relation", RELATIONS),
        Rule(
            "own_parent",
            "parent_id",
            OWN_PARENT(),
            lambda t: t.parent_id == t.customer_id,
            ("customer_id",),
            keepable=True,
        ),
        stranger("unknown_parent", "parent_id", ("customer_id", "parent_id")),
        stranger("unknown_referrer", "referred_by", ("customer_id", "referred_by")),
        outside("negative_cost", "acquisition_cost", 0, None),
    ]


def _campaigns(facts: Facts) -> list[Rule]:
    def two_arms(t):
        import ibis  # noqa: PLC0415

        window = ibis.window(group_by=[t.campaign_id, t.customer_id])
        return t.arm.min().over(window) != t.arm.max().over(window)

    return [
        Rule(
            "two_arms",
            "arm",
            TWO_ARMS(),
            two_arms,
            ("campaign_id", "customer_id", "arm"),
            TWO_TREATMENTS(),
        ),
        repeated("duplicate_assignment", ("campaign_id", "customer_id"), ASSIGN_AGAIN()),
        *unknown_customer(facts),
        one_of("unknown_assigned", "assigned", DRAWN, keepable=False),
        before("exposed_before_assigned", "exposed_at", "assigned_at"),
        before("redeemed_before_assigned", "redeemed_at", "assigned_at"),
        outside("share_out_of_range", "planned_share", 0, 1),
        outside("negative_cost", "contact_cost", 0, None),
        outside("negative_incentive", "incentive_cost", 0, None),
    ]


def _leads(facts: Facts) -> list[Rule]:
    return [
        missing("created_at", TABLES["leads"]),
        repeated("duplicate_lead_id", ("lead_id",)),
        Rule(
            "won_and_lost",
            "won_at",
            WON_AND_LOST(),
            lambda t: t.won_at.notnull() & t.lost_at.notnull(),
            ("lead_id", "won_at", "lost_at"),
        ),
        *(
            before(f"{at}_before_created", at, "created_at", keepable=False)
            for at in ("mql_at", "sql_at", "won_at", "lost_at")
        ),
        before("sql_at_before_mql", "sql_at", "mql_at", keepable=False),
        before("won_at_before_mql", "won_at", "mql_at", keepable=False),
        before("won_at_before_sql", "won_at", "sql_at", keepable=False),
        outside("negative_cost", "cost", 0, None),
    ]


def _subscriptions(facts: Facts) -> list[Rule]:
    ended = before("ended_before_started", "ended_at", "started_at", keepable=False)
    return [ended, outside("negative_fee", "fee", 0, None), *unknown_customer(facts)]


def _tickets(facts: Facts) -> list[Rule]:
    return [
        repeated("duplicate_ticket_id", ("ticket_id",)),
        before("closed_before_opened", "closed_at", "opened_at"),
        outside("negative_cost", "cost", 0, None),
        *unknown_customer(facts),
    ]


def _activities(facts: Facts) -> list[Rule]:
    return [
        one_of("unknown_activity", "kind", ACTIVITIES),
        outside("negative_cost", "cost", 0, None),
        *unknown_customer(facts),
    ]


_OWN: dict[str, Callable[[Facts], list[Rule]]] = {
    "transactions": _transactions,
    "customers": _customers,
    "contacts": lambda facts: [
        repeated("duplicate_contact_id", ("contact_id",)),
        one_of("unknown_buying_role", "buying_role", BUYING_ROLES),
        *unknown_customer(facts),
    ],
    "leads": _leads,
    "subscriptions": _subscriptions,
    "campaigns": _campaigns,
    "experiment_units": lambda facts: [
        repeated(
            "duplicate_unit_id",
            ("unit_id",),
            why=SEVERAL_TIMES(line=verbatim("`columns: {unit_id: row_number, cluster: COLUMN}`")),
        ),
        one_of("unknown_assigned", "assigned", DRAWN, keepable=False),
    ],
    "panel": lambda facts: [
        repeated("duplicate_period", ("unit", "period"), REPEAT_PERIOD()),
    ],
    "activities": _activities,
    "surveys": lambda facts: [
        outside("score_out_of_range", "score", 0, 10),
        *unknown_customer(facts),
    ],
    "tickets": _tickets,
    "exchange_rates": lambda facts: [
        Rule(
            "rate_not_positive",
            "rate",
            RATE_ZERO(),
            lambda t: t.rate <= 0,
            ("currency", "rate"),
        ),
        repeated("duplicate_rate", ("date", "currency"), REPEAT_DAY()),
    ],
    "calendar": lambda facts: [
        repeated("duplicate_calendar_day", ("date", "name"), REPEAT_NAME()),
        Rule(
            "until_before_date",
            "until",
            UNTIL_BEFORE(),
            lambda t: t.until < t.date,
            ("until", "date"),
        ),
    ],
}
