"""What the touchpoints know: how good the linkage is, whom each touchpoint can name, what of it is personal."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from helpers.customers.linkage import MOST_SHARED, Linkage, entities
from helpers.pages import wording

if TYPE_CHECKING:
    from helpers.contracts.findings import TableReport

THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99)
NOT_GIVEN, NO_CONTACTS = "not given", "this study has no contacts"
PERSONAL = {
    "name": "names a person or firm",
    "email": "reaches a person",
    "phone": "reaches a person",
    "address": "says where a person lives or works",
    "customer_id": "stands for a person in every other table",
    "contact_id": "stands for a person in the system it comes from",
}
OPEN = ("touchpoint", "department", "buying_role")


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

    def metrics(self) -> dict[str, float]:
        """The numbers that are known, under the names that run.json uses."""
        named = {f"linkage.{name}": value for name, value in vars(self).items()}
        return {name: float(value) for name, value in named.items() if value is not None}

    def verdict(self, min_precision: float, min_recall: float) -> tuple[str, str]:
        """PASS or REVIEW with what it rests on: the customer numbers where there are any, else the model."""
        measured = self.precision is not None and self.recall is not None
        precision = self.precision if measured else self.estimated_precision
        recall = self.recall if measured else self.estimated_recall
        if precision is None or recall is None:
            return "PASS", "nothing to link"
        passed = precision >= min_precision and recall >= min_recall
        source = "measured" if measured else "by the model"
        text = f"precision {wording.percent(precision)}, recall {wording.percent(recall)}, {source}"
        return "PASS" if passed else "REVIEW", text


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
    """What other thresholds would give: a row each with links, entities, largest entity and quality."""
    if linkage.records.empty:
        return pd.DataFrame([{"Threshold": NO_CONTACTS, "Records linked": 0}])
    rows = []
    for threshold in sorted({*THRESHOLDS, linkage.threshold}):
        found = entities(linkage.records["contact_id"], linkage.pairs, threshold)
        judged = quality(linkage, organizations, threshold)
        rows.append(
            {
                "Threshold": f"{threshold:g}" + (", used here" if threshold == linkage.threshold else ""),
                "Records linked": int(found.duplicated(keep=False).sum()),
                "People and firms": found.nunique(),
                "Precision": judged.precision,
                "Recall": judged.recall,
                "Precision, by the model": judged.estimated_precision,
                "Recall, by the model": judged.estimated_recall,
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


def coverage(records: pd.DataFrame, revenue: pd.Series, whole: float) -> pd.DataFrame:
    """Say per touchpoint how many records it holds, whom they name, and the revenue of those it can name.

    records: result of `named`. revenue: per customer_id. whole: all revenue, that of unnamed customers included.
    The last row is all touchpoints together. Without revenue there is no column for its share.
    """
    place = records["touchpoint"].fillna(NOT_GIVEN)
    parts = [*records.groupby(place), ("all touchpoints", records)]
    rows = [
        {
            "Touchpoint": name,
            "Records": len(part),
            "People and firms": part["entity"].nunique(),
            "With a number": part["customer_id"].notna().mean(),
            "After linking": part["known_as"].notna().mean(),
        }
        | (
            {"Share of revenue": revenue.reindex(part["known_as"].dropna().unique()).sum() / whole}
            if whole
            else {}
        )
        for name, part in parts
        if len(part)
    ]
    return pd.DataFrame(rows) if rows else pd.DataFrame([{"Touchpoint": NO_CONTACTS, "Records": 0}])


def crowded(linkage: Linkage) -> tuple[float, str]:
    """The share of records with an e-mail or phone that too many share, and a sentence on them."""
    table = linkage.shared[linkage.shared["field"].isin(["email", "phone"]) & (linkage.shared["values"] > 0)]
    said = [
        f"{wording.count(row.values_, 'value')} of {row.field} in {wording.count(row.records, 'record')}"
        for row in table.rename(columns={"values": "values_"}).itertuples()
    ]
    share = table["records"].sum() / max(1, len(linkage.records))
    if not said:
        return 0.0, "No e-mail or phone is shared by too many records."
    text = f"Shared by more than {MOST_SHARED['email']} records, so no evidence: {wording.listing(said)}."
    return min(float(share), 1.0), text


def personal_columns(contacts: pd.DataFrame) -> pd.DataFrame:
    """Say of every column of the contacts table whether it is personal; a column nobody explained is."""
    columns = ["Column", "Personal", "Why"]
    if contacts.columns.tolist() == ["contact_id"] and contacts.empty:
        return pd.DataFrame([("none", "no", NO_CONTACTS)], columns=columns)
    rows = [
        (column, "no", "groups of enough people may be shown")
        if column in OPEN
        else (column, "yes", PERSONAL.get(column, "not in the contract: treated as personal"))
        for column in contacts.columns
    ]
    return pd.DataFrame(rows, columns=columns)


def _pairs(records: pd.DataFrame, together: list[str]) -> int:
    """How many pairs of records agree on these columns."""
    sizes = records.groupby(together).size()
    return int((sizes * (sizes - 1) // 2).sum())
