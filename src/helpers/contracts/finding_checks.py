"""What was found about whole tables, as checks and tables: masked for pages, in full for the owner's exports."""

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from helpers.checks import Check, check
from helpers.contracts.findings import PASS, Finding, TableReport
from helpers.messages import Message, message

# What holds where a finding passes: the check's name on pages.
HOLDS = {
    "left_to_check": "no line of the study file says CHECK",
    "unknown_values": "values are among those known",
    "ids_spoilt": "ids are whole",
    "ids_split": "ids are written in one way",
    "ids_never_meet": "ids meet those of another table",
    "digits_after_mark": "decimal and thousands signs are told apart",
    "no_decimals_in_currency": "amounts have the currency's decimals",
    "amounts_in_cents": "amounts are not in cents",
    "amounts_too_small": "amounts are not in thousands",
    "order_values": "order values",
    "order_total_repeated": "an order's total is counted once",
    "same_order_twice": "an order is there once",
    "same_row_twice": "a row is there once",
    "order_id_reused": "an order id is one order",
    "free_orders": "few orders are free",
    "gift_cards": "gift cards are counted once",
    "unread_status": "no status is unread",
    "unread_refunds": "no refund is unread",
    "unread_discounts": "no discount is unread",
    "unread_fees": "no fee is unread",
    "one_customer": "no customer is a stand-in for many",
    "currencies_added_up": "amounts are in one currency",
    "other_currency": "amounts are in the study's currency",
    "money_unknown": "money set aside is known",
    "known_later": "nothing is known too early",
    "all_won": "lost leads are there too",
    "ended_without_day": "ended contracts have their end",
    "contracts_follow_on": "contracts do not follow on each other",
}

FOUND = message("findings.found", "{sentence} {advice}")
LIKE = message("findings.like", "{sentence} They look like {patterns}. {advice}")


def checks(reports: Iterable[TableReport]) -> list[Check]:
    """Return a check per finding, REVIEW where it asks for one; the names of several of a kind are numbered."""
    met: Counter[str] = Counter()
    found = []
    for one in _all(reports):
        name = f"{one.table}: {HOLDS[one.name]}"
        met[name] += 1
        found.append(
            check(
                name if met[name] == 1 else f"{name} ({met[name]})",
                review=one.verdict != PASS,
                value=one.value,
                threshold=one.threshold or None,
                advice=_advice(one),
            )
        )
    return found


def masked(reports: Iterable[TableReport]) -> pd.DataFrame:
    """Return what pages may show of each finding: table, finding, verdict, sentence; examples are left out."""
    rows = [(one.table, one.name, one.verdict, one.sentence) for one in _all(reports)]
    return pd.DataFrame(rows, columns=["table", "finding", "verdict", "sentence"])


def in_full(reports: Iterable[TableReport]) -> pd.DataFrame:
    """Return each finding with its examples as the files write them, for exports only."""
    parts = ["table", "name", "verdict", "value", "threshold", "sentence", "advice"]
    rows = [[*(getattr(one, part) for part in parts), "; ".join(one.examples)] for one in _all(reports)]
    return pd.DataFrame(rows, columns=[*parts, "examples"])


def _all(reports: Iterable[TableReport]) -> list[Finding]:
    """All findings, those that ask for a look first."""
    found = [one for report in reports for one in report.findings]
    return sorted(found, key=lambda one: one.verdict == PASS)


def _advice(finding: Finding) -> Message | None:
    """What was found and what to do; nothing where nothing is to be done."""
    if finding.verdict == PASS:
        return None
    patterns = list(dict.fromkeys(finding.masked))
    if not patterns:
        return FOUND(sentence=finding.sentence, advice=finding.advice)
    return LIKE(sentence=finding.sentence, patterns=patterns, advice=finding.advice)
