"""What the page on data quality shows of touchpoints: whom they know, by which evidence, and what is personal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import (
    Message,
    message,
    number,
    plain,
)
from helpers.pages.records import Table, column

if TYPE_CHECKING:
    from helpers.customers.touchpoints import Crowded


# ---- touchpoints
THRESHOLDS = message("quality.thresholds", "What another threshold would find; match_threshold sets it")
USED_HERE = message("quality.used_here", "{threshold}, used here")
OTHER = message("quality.other", "{threshold}")
NO_NUMBERS = message("quality.no_numbers", "no customer numbers to judge by")
EVIDENCE = message("quality.evidence", "What counts, and how much")
HOW_OFTEN = message(
    "quality.how_often",
    "How often it is so among records of one person ({how}) and among any two. Shares of a field add up to "
    "100 %. Weight: how many times it doubles the odds.",
)
LEARNED = message("quality.learned", "learned from these records")
ASSUMED = message("quality.assumed", "assumed, because too few records agree")
NEVER = message("quality.never", "never by chance")
TOUCHPOINTS = message("quality.touchpoints", "Whom the touchpoints know")
PERSONAL_DATA = message("quality.personal_data", "Personal data that this study read")
NO_PERSONAL_DATA = message(
    "quality.no_personal_data", "No table of this study has a column that stands for a person."
)
GOES_OUT = {
    "as given": message(
        "quality.goes_out",
        "Pages show groups of at least {smallest} people. Lists in `exports/` carry the numbers of customers as the tables "
        "have them, for the owner of the run only; with `export_ids: pseudonyms` in the study they carry pseudonyms.",
    ),
    "pseudonyms": message(
        "quality.goes_out_as_pseudonyms",
        "Pages show groups of at least {smallest} people. Lists in `exports/` carry pseudonyms, which only the key of this "
        "study can make again, for the owner of the run only.",
    ),
}
PERSONAL = message("quality.personal", "Columns of the contacts table, and which are personal")


def other_thresholds(others: pd.DataFrame, crowd: Crowded) -> Table | None:
    """What other thresholds would find; None where there are no contacts."""
    if others.empty:
        return None
    used = zip(others["threshold"], others["is_used"], strict=True)
    said = [USED_HERE(threshold=plain(at)) if here else OTHER(threshold=plain(at)) for at, here in used]
    columns = {
        "said": "Threshold",
        "linked": "Records linked",
        "entities": "People and firms",
        "precision": column("Precision", "percent"),
        "recall": column("Recall", "percent"),
        "estimated_precision": column("Precision, by the model", "percent"),
        "estimated_recall": column("Recall, by the model", "percent"),
    }
    frame = others.assign(said=said)
    known = {name: head for name, head in columns.items() if name in frame}
    return Table(frame, THRESHOLDS(), known, notes=[crowd.values], missing=NO_NUMBERS())


def evidence(weights: pd.DataFrame, *, learned: bool) -> Table | None:
    """How much each degree of agreement counts; None where nothing was compared."""
    if weights.empty:
        return None
    columns = {
        "field": "Field",
        "agreement": "Two records say",
        "share": column("Of one person", "percent"),
        "chance": column("By chance", "said"),
        "weight": column("Weight", "number"),
    }
    chance = [None if pd.isna(share) else number(share, 2) for share in weights["u"]]
    note = HOW_OFTEN(how=LEARNED() if learned else ASSUMED())
    return Table(weights.assign(chance=chance), EVIDENCE(), columns, notes=[note], missing=NEVER())


def coverage(known: pd.DataFrame) -> Table | None:
    """Whom each touchpoint can name; None where there are no contacts."""
    columns = {
        "touchpoint": "Touchpoint",
        "records": "Records",
        "entities": "People and firms",
        "with_number": column("With a number", "percent"),
        "after_linking": column("After linking", "percent"),
        "share_of_revenue": column("Share of revenue", "percent"),
    }
    there = {name: head for name, head in columns.items() if name in known}
    return Table(known, TOUCHPOINTS(), there, "records", total="all touchpoints") if len(known) else None


def personal_columns(table: pd.DataFrame) -> Table | None:
    """Which columns of the contacts are personal; None where there are no contacts."""
    columns = {"column": "Column", "is_personal": "Personal", "why": "Why"}
    return Table(table, PERSONAL(), columns) if len(table) else None


def personal_data(used: pd.DataFrame, export_ids: str, smallest: int) -> list[Table | Message]:
    """Which personal data the study used, and where of it goes what."""
    if used.empty:
        return [NO_PERSONAL_DATA()]
    columns = {
        "table": "Table",
        "people": column("People or firms", "count"),
        "stands_for": "Stands for a person",
        "reaches": "Reaches a person",
        "says": "Says something of a person",
    }
    goes = GOES_OUT[export_ids](smallest=smallest)
    return [Table(used, PERSONAL_DATA(), columns), goes]
