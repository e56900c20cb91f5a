"""What the columns of a run's lists mean, in the language of its pages: exports/COLUMNS.md.

The lists themselves are for other programs: their columns have the same English names in every language.
"""

import csv
import re
from pathlib import Path

from helpers.files import private_text
from helpers.languages import translated
from helpers.messages import message
from helpers.pages.wording import say

NAME = "COLUMNS.md"
HEADING = message("legend.heading", "What the columns of these lists mean")
NOTE = message(
    "legend.note",
    "Money is in the currency of the study. The names of columns are the same in every language, so that other programs can "
    "read the lists.",
)
LIST_COLUMNS = {
    "about": "whether the number of different values is estimated",
    "advice": "what to do",
    "age_days": "days since the lead was created",
    "announced": "whether the end of the contract is announced",
    "arm": "arm of the campaign",
    "breadth": "number of categories bought",
    "campaign_id": "campaign, as the data names it",
    "category_spend": "spend in the category in a year, here and elsewhere",
    "chance_positive": "probability that contacting this customer gains more than it costs",
    "channel": "channel",
    "cohort": "group of contracts by their start",
    "column": "column of the file",
    "contact_id": "number of the contact record",
    "contacts": "number of contacts noted down",
    "customer_id": "number of the customer",
    "customers_in_entity": "customer numbers of the same person or firm",
    "distinct": "number of different values",
    "elsewhere": "spent elsewhere in a year",
    "entity": "person or firm that the record belongs to",
    "examples": "values as the file writes them",
    "expected_cost": "expected cost of contacting this customer",
    "expected_gain": "expected gain from contacting this customer",
    "expected_purchases": "purchases expected in the horizon",
    "expected_renewals": "renewals expected in the horizon",
    "expected_value": "expected value over the horizon",
    "fee": "fee per period",
    "filled": "share of rows that have a value",
    "first_year": "first year of the dates",
    "fm": "score of frequency and money, 1 to 5",
    "f": "score of frequency, 1 to 5",
    "frequency": "purchase days in the window",
    "group": "needs group",
    "growth": "potential value less expected value",
    "horizon_months": "months ahead that are counted",
    "kind": "kind of customer",
    "known_as": "customer numbers under which the person is known",
    "largest": "largest value",
    "last_year": "last year of the dates",
    "lead_id": "number of the lead",
    "likeliest": "probability of the group",
    "m": "score of money, 1 to 5",
    "margin": "margin",
    "mean": "expected value over the horizon",
    "missing_roles": "roles of the buying centre that nobody is noted for",
    "monetary": "money in the window",
    "more_patterns": "number of other patterns",
    "most_frequent": "most frequent value",
    "name": "name of the finding",
    "next_renewal": "date of the next renewal",
    "offers": "number of proven offers whose earlier customers this one is like",
    "p05": "5 % of the forecasts lie below",
    "p50": "half of the forecasts lie below",
    "p95": "95 % of the forecasts lie below",
    "p_active": "probability that the contract is active",
    "p_alive": "probability that the customer still buys",
    "p_negative": "probability that the value is below 0",
    "p_no_purchase": "probability of no purchase in the horizon",
    "p_no_renewal": "probability of no renewal in the horizon",
    "p_renews_next": "probability that the next renewal comes",
    "patterns": "patterns of the values, 9 for a digit and x for a letter",
    "potential_value": "what the customer could be worth",
    "q05": "5 % of the numbers lie below",
    "q50": "half of the numbers lie below",
    "q95": "95 % of the numbers lie below",
    "r": "score of recency, 1 to 5",
    "read_as": "column of the contract that it is read as",
    "recency_days": "days since the last purchase",
    "referral_value": "value from referred customers",
    "referred": "number of customers referred",
    "renewals": "renewals so far",
    "revenue": "revenue",
    "role": "whether the customer is contacted or held back to compare with",
    "score": "probability that the lead is won",
    "segment": "segment",
    "sentence": "what was found",
    "share": "share of customer",
    "smallest": "smallest value",
    "source": "where the number comes from",
    "stage": "stage of the lead",
    "started": "day on which the contract started",
    "table": "table",
    "threshold": "what is allowed",
    "tier": "value tier",
    "touchpoint": "touchpoint of the record",
    "value": "value",
    "verdict": "verdict",
}
OF_GROUP = message("legend.of_group", "probability of the group {group}")
OF_TIER = message("legend.of_tier", "probability of the tier {tier}")


def write(run_dir: Path) -> Path | None:
    """Write exports/COLUMNS.md and return it; None where a run has no lists."""
    lists = sorted((run_dir / "exports").glob("*.csv"))
    if not lists:
        return None
    parts = [f"# {say(HEADING())}", say(NOTE())]
    for file in lists:
        rows = [f"- `{name}`: {told}" for name in _columns(file) if (told := _meaning(name))]
        parts += [f"## {file.name}", "\n".join(rows)] if rows else []
    return private_text(run_dir / "exports" / NAME, "\n\n".join(parts) + "\n")


def _columns(file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="") as lines:
        return next(csv.reader(lines), [])


def _meaning(name: str) -> str:
    """What a column holds; empty for one that no notebook of the project writes."""
    if name in LIST_COLUMNS:
        return translated(LIST_COLUMNS[name])
    if group := re.fullmatch(r"p_(.+)", name):
        return say(OF_GROUP(group=group[1]))
    return say(OF_TIER(tier=name)) if name[:1].isupper() else ""
