"""Each table's rules, in the order in which rows are set aside."""

from collections.abc import Callable
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
from helpers.study.table_columns import COPY, TABLES, Contract

KINDS = ("consumer", "organization")
RELATIONS = ("external", "internal")
BUYING_ROLES = ("user", "influencer", "decider", "buyer", "gatekeeper")
ACTIVITIES = ("service", "retention", "acquisition")
DRAWN = ("randomized", "not_randomized", "unknown")  # how the arms of a campaign were


def rule_names(table: str) -> dict[str, bool]:
    """Return the names of all rules of a table, each with whether the study may say `keep`."""
    contract = TABLES[table]
    given = tuple(column.name for column in contract.columns)
    everything = dict.fromkeys(TABLES)
    return {rule.name: rule.keepable for rule in rules_of(contract, given, Facts(date.max, "", everything))}


def rules_of(contract: Contract, given: tuple[str, ...], facts: Facts) -> list[Rule]:
    """Return the rules of a table for the columns given, in the order in which rows are set aside."""
    rules = []
    for column in contract.columns:
        if column.required:
            rules.append(missing(column.name, contract))
        if column.type not in ("id", "text"):
            rules.append(unreadable(column.name, column.type, keepable=not column.required))
    if contract.happens_at:
        rules += [future(contract.happens_at, facts.today), placeholder(contract.happens_at)]
    rules += _OWN[contract.name](facts)
    needed = {
        rule.name: {rule.column, *rule.show} & {column.name for column in contract.columns} for rule in rules
    }
    return [rule for rule in rules if needed[rule.name] <= set(given)]


def _transactions(facts: Facts) -> list[Rule]:
    def foreign(t):
        return t.currency.notnull() & (t.currency != facts.currency)

    return [
        Rule(
            "negative_quantity",
            "quantity",
            "with a negative quantity but an amount that is not negative",
            lambda t: (t.quantity < 0) & (t.amount >= 0),
            ("quantity", "amount"),
            "A return has a negative amount; these are often stock corrections.",
            keepable=True,
        ),
        Rule(
            "duplicate_line",
            "order_id",
            "that repeat an earlier row in every column",
            lambda t: t[COPY],
            ("order_id", "amount"),
            "Two equal lines of one order may be a double export, or may be meant.",
            keepable=True,
        ),
        Rule(
            "unknown_currency",
            "currency",
            "in a currency the table exchange_rates does not have",
            lambda t: foreign(t) & ~t["_currency_known"],
            ("currency", "amount"),
            "Add the currency's rates to exchange_rates.",
        ),
        Rule(
            "no_exchange_rate",
            "currency",
            "before the first exchange rate of their currency",
            lambda t: foreign(t) & t["_currency_known"] & t.order_time.notnull() & t["_rate"].isnull(),
            ("currency", "order_time"),
            "Add earlier rates to exchange_rates.",
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
            "of customers who are entered with two kinds",
            two_kinds,
            ("customer_id", "kind"),
            "Nobody can be a consumer and an organization at once: give them two numbers, or one kind.",
        ),
        repeated("duplicate_customer_id", ("customer_id",), "whose customer_id stands in an earlier row"),
        one_of("unknown_kind", "kind", KINDS),
        one_of("unknown_relation", "relation", RELATIONS),
        Rule(
            "own_parent",
            "parent_id",
            "of customers that are their own parent",
            lambda t: t.parent_id == t.customer_id,
            ("customer_id",),
            keepable=True,
        ),
        stranger(
            "unknown_parent", "parent_id", "whose parent_id is no customer", ("customer_id", "parent_id")
        ),
        stranger(
            "unknown_referrer",
            "referred_by",
            "whose referred_by is no customer",
            ("customer_id", "referred_by"),
        ),
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
            "of customers who are in two arms of one campaign",
            two_arms,
            ("campaign_id", "customer_id", "arm"),
            "Who got two treatments says nothing about either.",
        ),
        repeated("duplicate_assignment", ("campaign_id", "customer_id"), "that assign a customer again"),
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
        repeated("duplicate_lead_id", ("lead_id",), "whose lead_id stands in an earlier row"),
        Rule(
            "won_and_lost",
            "won_at",
            "that are both won and lost",
            lambda t: t.won_at.notnull() & t.lost_at.notnull(),
            ("lead_id", "won_at", "lost_at"),
        ),
        *(
            before(f"{at}_before_created", at, "created_at", keepable=False)
            for at in ("mql_at", "sql_at", "won_at", "lost_at")
        ),
        before("sql_at_before_mql", "sql_at", "mql_at", keepable=False),
        before("won_at_before_sql", "won_at", "sql_at", keepable=False),
        outside("negative_cost", "cost", 0, None),
    ]


def _subscriptions(facts: Facts) -> list[Rule]:
    ended = before("ended_before_started", "ended_at", "started_at", keepable=False)
    return [ended, outside("negative_fee", "fee", 0, None), *unknown_customer(facts)]


def _tickets(facts: Facts) -> list[Rule]:
    return [
        repeated("duplicate_ticket_id", ("ticket_id",), "whose ticket_id stands in an earlier row"),
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
        repeated("duplicate_contact_id", ("contact_id",), "whose contact_id stands in an earlier row"),
        one_of("unknown_buying_role", "buying_role", BUYING_ROLES),
        *unknown_customer(facts),
    ],
    "leads": _leads,
    "subscriptions": _subscriptions,
    "campaigns": _campaigns,
    "experiment_units": lambda facts: [
        repeated("duplicate_unit_id", ("unit_id",), "whose unit_id stands in an earlier row"),
        one_of("unknown_assigned", "assigned", DRAWN, keepable=False),
    ],
    "panel": lambda facts: [
        repeated("duplicate_period", ("unit", "period"), "that repeat a unit's period"),
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
            "with a rate of zero or less",
            lambda t: t.rate <= 0,
            ("currency", "rate"),
        ),
        repeated("duplicate_rate", ("date", "currency"), "that repeat a currency's day"),
    ],
    "calendar": lambda facts: [
        repeated("duplicate_calendar_day", ("date", "name"), "that repeat a day of a name"),
        Rule(
            "until_before_date",
            "until",
            "with until before date",
            lambda t: t.until < t.date,
            ("until", "date"),
        ),
    ],
}
