"""What the touchpoints know: how good the linkage is, whom each touchpoint can name, what of it is personal."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from helpers.checks import Check, check
from helpers.customers.kinds import NOT_GIVEN
from helpers.customers.linkage import MOST_SHARED, Linkage, entities
from helpers.messages import Message, count, message, percent

if TYPE_CHECKING:
    import ibis

    from helpers.contracts.findings import TableReport

THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99)
ALL_TOUCHPOINTS = "all touchpoints"
MOST_CROWDED = 0.05  # share of records whose e-mail or phone too many records share
PERSONAL = {
    "name": "names a person or firm",
    "email": "reaches a person",
    "phone": "reaches a person",
    "address": "says where a person lives or works",
    "customer_id": "stands for a person in every other table",
    "contact_id": "stands for a person in the system it comes from",
}
OPEN = ("touchpoint", "department", "buying_role")
OPEN_TO_ALL, UNKNOWN = "groups of enough people may be shown", "not in the contract: treated as personal"

GOOD = message("touchpoints.good", "precision {precision}, recall {recall}, {source}")
WANTED = message("touchpoints.wanted", "precision {precision}, recall {recall}")
MEASURED = message("touchpoints.measured", "measured")
BY_MODEL = message("touchpoints.by_model", "by the model")
NOTHING = message("touchpoints.nothing", "nothing to link")
TRY_OTHERS = message(
    "touchpoints.try_others",
    "Look at the other thresholds below; where none is good enough, the records hold too little in common.",
)
SHARED = message("touchpoints.shared", "{values} of {field} in {records}")
CROWDED = message("touchpoints.crowded", "Shared by more than {most} records, so no evidence: {shared}.")
AT_MOST = message("touchpoints.at_most", "at most {share}")
NOT_CROWDED = message("touchpoints.not_crowded", "No e-mail or phone is shared by too many records.")
FIND_OUT = message(
    "touchpoints.find_out",
    "Find out who types these values: a till that demands an e-mail gets a wrong one. {crowded}",
)


@dataclass(frozen=True)
class Quality:
    """How well records were linked, as shares of pairs; None where nothing can tell.

    `precision`, `recall`: against customer numbers that the records carry themselves, over `labelled_pairs`;
    `estimated_precision`, `estimated_recall`: by the model's own probabilities.
    """

    precision: float | None
    recall: float | None
    labelled_pairs: int
    estimated_precision: float | None
    estimated_recall: float | None

    @property
    def metrics(self) -> dict[str, float]:
        """The numbers that are known, under the names that run.json uses."""
        named = {f"linkage.{name}": value for name, value in vars(self).items()}
        return {name: float(value) for name, value in named.items() if value is not None}


def check_linkage(judged: Quality, min_precision: float, min_recall: float) -> Check:
    """Ask whether links are right and found: by the customer numbers where there are any, else by the model."""
    measured = judged.precision is not None and judged.recall is not None
    precision = judged.precision if measured else judged.estimated_precision
    recall = judged.recall if measured else judged.estimated_recall
    name = "same person found again"
    threshold = WANTED(precision=percent(min_precision), recall=percent(min_recall))
    if precision is None or recall is None:
        return check(name, value=NOTHING(), threshold=threshold)
    source = MEASURED() if measured else BY_MODEL()
    return check(
        name,
        review=precision < min_precision or recall < min_recall,
        value=GOOD(precision=percent(precision), recall=percent(recall), source=source),
        threshold=threshold,
        advice=TRY_OTHERS(),
    )


def records_of(reports: "Iterable[TableReport]") -> pd.DataFrame:
    """The accepted rows of the study's contacts table, without rows where it has none."""
    found = [report.plain.to_pandas() for report in reports if report.table == "contacts"]
    return found[0] if found else pd.DataFrame({"contact_id": pd.Series(dtype="string")})


def several_people(reports: "Iterable[TableReport]") -> set[str]:
    """The customers behind whom several people stand: organizations, by the study's customers table."""
    for report in reports:
        if report.table == "customers" and "kind" in report.given:
            table = report.plain
            return set(table.filter(table.kind == "organization").customer_id.to_pandas())
    return set()


def quality(linkage: Linkage, organizations: set[str], threshold: float | None = None) -> Quality:
    """Measure a linkage, by default at its own threshold.

    Records of one consumer's number are one person. An organization has several people: two of its records may
    be one or not, so such pairs are left out; but records of two different numbers are never the same.
    """
    threshold = linkage.threshold if threshold is None else threshold
    entity = entities(linkage.records["contact_id"], linkage.pairs, threshold)
    known = linkage.records.assign(entity=entity).dropna(subset=["customer_id"])
    person = known[~known["customer_id"].isin(organizations)]
    same = _pairs(person, ["customer_id"])
    linked_same = _pairs(person, ["customer_id", "entity"])
    linked_other = _pairs(known, ["entity"]) - _pairs(known, ["customer_id", "entity"])
    judged = linked_same + linked_other
    probability = linkage.pairs["probability"]
    above, everything = probability[probability >= threshold], probability.sum()
    return Quality(
        precision=linked_same / judged if judged else None,
        recall=linked_same / same if same else None,
        labelled_pairs=same,
        estimated_precision=above.mean() if len(above) else None,
        estimated_recall=above.sum() / everything if everything else None,
    )


def other_thresholds(linkage: Linkage, organizations: set[str]) -> pd.DataFrame:
    """What other thresholds would give, a row each; none without records.

    Columns: threshold, is_used, records linked, entities, precision, recall, and both by_model; those that nothing can
    tell are not there.
    """
    if linkage.records.empty:
        return pd.DataFrame()
    rows = []
    for threshold in sorted({*THRESHOLDS, linkage.threshold}):
        found = entities(linkage.records["contact_id"], linkage.pairs, threshold)
        judged = quality(linkage, organizations, threshold)
        rows.append(
            {
                "threshold": threshold,
                "is_used": threshold == linkage.threshold,
                "linked": int(found.duplicated(keep=False).sum()),
                "entities": found.nunique(),
                "precision": judged.precision,
                "recall": judged.recall,
                "estimated_precision": judged.estimated_precision,
                "estimated_recall": judged.estimated_recall,
            }
        )
    return pd.DataFrame(rows).dropna(axis=1, how="all")


def named(linkage: Linkage) -> pd.DataFrame:
    """The records with `known_as`: their customer number, else the only one among the records linked to them.

    `customers_in_entity` above 1 means: one person under several numbers, or a false link.
    """
    records = linkage.records
    numbers = records.groupby("entity")["customer_id"]
    distinct = numbers.transform("nunique")
    only = numbers.transform("first").where(distinct == 1)
    return records.assign(known_as=records["customer_id"].fillna(only), customers_in_entity=distinct)


def several_numbers(records: pd.DataFrame) -> pd.DataFrame:
    """The records (`named`) of those who have more than one customer number, one entity after the other."""
    return records[records["customers_in_entity"] > 1].sort_values(["entity", "contact_id"])


def counts(records: pd.DataFrame) -> dict[str, float]:
    """How many records stand for how many people and firms, under the names that run.json uses."""
    return {
        "linkage.records": len(records),
        "linkage.entities": records["entity"].nunique(),
        "linkage.entities_with_several_numbers": several_numbers(records)["entity"].nunique(),
    }


def spent(ledger: "ibis.Table | None") -> pd.Series:
    """Return revenue per customer_id; of nobody where there is no ledger."""
    if ledger is None:
        return pd.Series(dtype="float64", name="revenue")
    sums = ledger.group_by("customer_id").aggregate(revenue=ledger.revenue.sum())
    return sums.to_pandas().set_index("customer_id")["revenue"]


def coverage(records: pd.DataFrame, revenue: pd.Series, anonymous: float) -> pd.DataFrame:
    """Say per touchpoint how many records it holds, whom they name, and the revenue of those it can name.

    records: result of `named`. revenue: per customer_id (`spent`). anonymous: revenue of unnamed customers. Columns:
    touchpoint, records, entities, with_number, after_linking (shares of records) and, where there is revenue,
    share_of_revenue (of all of it, anonymous included). The last row is all touchpoints together.
    """
    whole = revenue.sum() + anonymous
    place = records["touchpoint"].fillna(NOT_GIVEN)
    parts = [*records.groupby(place), (ALL_TOUCHPOINTS, records)]
    rows = [
        {
            "touchpoint": name,
            "records": len(part),
            "entities": part["entity"].nunique(),
            "with_number": part["customer_id"].notna().mean(),
            "after_linking": part["known_as"].notna().mean(),
        }
        | (
            {"share_of_revenue": revenue.reindex(part["known_as"].dropna().unique()).sum() / whole}
            if whole
            else {}
        )
        for name, part in parts
        if len(part)
    ]
    return pd.DataFrame(rows)


def share_of_revenue(known: pd.DataFrame) -> float:
    """The share of revenue of those whom all touchpoints together can name (`coverage`); 0 where nobody can tell."""
    return float(known["share_of_revenue"].iloc[-1]) if "share_of_revenue" in known else 0.0


@dataclass(frozen=True)
class Crowded:
    """The share of records whose e-mail or phone too many share, and which values these are."""

    share: float
    values: Message


def crowded(linkage: Linkage) -> Crowded:
    """Count the records with an e-mail or phone that too many share."""
    table = linkage.shared[linkage.shared["field"].isin(["email", "phone"]) & (linkage.shared["values"] > 0)]
    shared = [
        SHARED(values=count(values, "value"), field=field, records=count(records, "record"))
        for field, values, records in zip(table["field"], table["values"], table["records"], strict=True)
    ]
    share = table["records"].sum() / max(1, len(linkage.records))
    if not shared:
        return Crowded(0.0, NOT_CROWDED())
    return Crowded(min(float(share), 1.0), CROWDED(most=MOST_SHARED["email"], shared=shared))


def check_crowded(crowd: Crowded) -> Check:
    """Ask whether e-mail and phone are people's own."""
    return check(
        "own e-mail and phone",
        review=crowd.share > MOST_CROWDED,
        value=percent(crowd.share),
        threshold=AT_MOST(share=percent(MOST_CROWDED, 0)),
        advice=FIND_OUT(crowded=crowd.values),
    )


def personal_columns(contacts: pd.DataFrame) -> pd.DataFrame:
    """Say of every column of the contacts table whether it is personal, and why; a column nobody explained is."""
    rows = [
        (column, column not in OPEN, OPEN_TO_ALL if column in OPEN else PERSONAL.get(column, UNKNOWN))
        for column in (contacts.columns if len(contacts) else ())
    ]
    return pd.DataFrame(rows, columns=["column", "is_personal", "why"])


def _pairs(records: pd.DataFrame, together: list[str]) -> int:
    """How many pairs of records agree on these columns."""
    sizes = records.groupby(together).size()
    return int((sizes * (sizes - 1) // 2).sum())
