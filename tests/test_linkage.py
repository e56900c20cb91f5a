"""The same person found again: on hand-made records, on the simulated company's truth, on what real exports hold."""

import numpy as np
import pandas as pd
import pytest

from helpers import demo, tables
from helpers.customers import linkage, touchpoints
from helpers.pages import wording

COLUMNS = ["contact_id", "customer_id", "name", "email", "phone", "address", "touchpoint"]


def records(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


def crowd(number: int) -> list[tuple]:
    """People who have nothing in common, so that agreement is rare."""
    names = [first + last for first in ("An", "Bo", "Chi", "Du") for last in ("ka", "mi", "nu", "ro", "sy")]
    return [
        (
            f"Z{i:04d}",
            None,
            f"{names[i % 20]} {names[(i // 20) % 20]} {names[(i * 7) % 20]}{i}",
            f"p{i}@example.com",
            f"09{i:08d}",
            f"{i} {names[(i * 3) % 20]} street {i % 17}",
            "web",
        )
        for i in range(number)
    ]


def entity_of(found: linkage.Linkage) -> dict:
    return found.records.set_index("contact_id")["entity"].to_dict()


def test_one_letter_apart_is_what_the_distance_says():
    rng, pairs = np.random.default_rng(1), []
    for _ in range(4000):
        text = "".join(rng.choice(list("abกข"), rng.integers(0, 12)))
        other, place = list(text), int(rng.integers(0, len(text) + 1))
        for _ in range(int(rng.integers(1, 3))):
            other[place : place + int(rng.integers(0, 3))] = rng.choice(list("abกข"), rng.integers(0, 3))
        pairs.append((text, "".join(other)))
        pairs.append(
            (text, text[: place - 1] + text[place:][:1] + text[place - 1 : place] + text[place + 1 :])
        )
    words = pd.DataFrame(pairs, columns=["word_l", "word_r"])
    con = tables.connect().con
    con.register("words", words)
    plain = "damerau_levenshtein(word_l, word_r) <= 1"
    found = con.execute(f"SELECT {linkage.one_apart('word')} AS asked, {plain} AS plain FROM words").df()
    assert (found["asked"] == found["plain"]).all()
    long = words["word_l"].str.len().clip(upper=words["word_r"].str.len()) >= linkage.LONG
    assert found["plain"][long].mean() > 0.2 and (~found["plain"][long]).mean() > 0.1


# ---- by hand
def test_spelling_order_and_formats_do_not_part_a_person():
    rows = [
        ("A1", None, "Nguyễn Văn Đức", "duc@example.net", "+84 912 345 678", "12 Lê Lợi, Huế", "web"),
        ("A2", None, "DUC VAN NGUYEN", None, "0912.345.678", "số 12 đường Le Loi, Hue", "store"),
        ("A3", None, "Nguyen Duc", "DUC@example.net ", None, None, "e-mail"),
        ("B1", None, "Trần Thị Mai", None, "0912 345 678", "12 Lê Lợi, Huế", "store"),
    ]
    entity = entity_of(linkage.link(records(*rows, *crowd(300))))
    assert entity["A1"] == entity["A2"] == entity["A3"] == "A1"
    assert sum(one == "A1" for one in entity.values()) == 3, (
        "somebody else of the household is not the same person"
    )
    assert len(set(entity.values())) == 1 + 1 + 300


def test_a_placeholder_in_5000_records_links_nobody_and_is_told():
    rows = [
        (key, number, name, "khongco@example.com", phone, place, at)
        for key, number, name, _, phone, place, at in crowd(5000)
    ]
    found = linkage.link(records(*rows))
    assert found.records["entity"].nunique() == 5000
    crowded = touchpoints.crowded(found)
    assert crowded.share == 1.0
    assert "1 value of email in 5,000 records" in wording.say(crowded.values)
    assert touchpoints.check_crowded(crowded).verdict == "REVIEW"


@pytest.mark.parametrize("rows", [[], crowd(1), crowd(2)])
def test_tables_too_small_to_link_stay_as_they_are(rows):
    found = linkage.link(records(*rows))
    assert found.records["entity"].tolist() == [row[0] for row in rows]
    judged = touchpoints.check_linkage(touchpoints.quality(found, set()), 0.98, 0.95)
    assert (judged.verdict, wording.say(judged.value)) == ("PASS", "nothing to link")
    assert touchpoints.other_thresholds(found, set()).empty == (not rows)
    assert touchpoints.coverage(touchpoints.named(found), pd.Series(dtype=float), 0.0).empty == (not rows)


def test_a_table_of_ids_only_links_nobody():
    found = linkage.link(pd.DataFrame({"contact_id": ["a", "b"], "loyalty_points": [1, 2]}))
    assert found.records["entity"].tolist() == ["a", "b"]


def test_entities_are_what_is_linked_directly_or_through_others():
    pairs = pd.DataFrame({"left": ["a", "b", "d"], "right": ["b", "c", "e"], "probability": [0.95, 0.9, 0.5]})
    ids = pd.Series(["e", "d", "c", "b", "a"])
    assert linkage.entities(ids, pairs, 0.9).tolist() == ["e", "d", "a", "a", "a"]
    assert linkage.entities(ids, pairs, 0.5).tolist() == ["d", "d", "a", "a", "a"]
    assert linkage.entities(ids, pairs, 0.99).nunique() == 5


def made(rows, pairs=()) -> linkage.Linkage:
    """A linkage of (contact_id, customer_id, entity), as if it had been found."""
    table = pd.DataFrame(rows, columns=["contact_id", "customer_id", "entity"]).assign(touchpoint="web")
    scored = pd.DataFrame(pairs, columns=["left", "right", "probability"])
    return linkage.Linkage(table, scored, pd.DataFrame(), pd.DataFrame(), 0.9, False)


def test_quality_counts_pairs_and_leaves_colleagues_out():
    rows = [
        ("a", "C1", 0),
        ("b", "C1", 0),
        ("c", "C1", 0),
        ("d", "C2", 0),
        ("e", "F1", 0),
        ("f", "F1", 0),
        ("g", None, 0),
    ]
    pairs = [("a", "b", 0.99), ("b", "d", 0.99), ("e", "f", 0.99), ("f", "g", 0.8), ("c", "g", 0.2)]
    found = touchpoints.quality(made(rows, pairs), organizations={"F1"})
    assert found.labelled_pairs == 3
    assert found.recall == pytest.approx(1 / 3)  # a-b of a-b, a-c, b-c
    assert found.precision == pytest.approx(1 / 3)  # a-b is right, a-d and b-d are wrong, e-f is not judged
    assert found.estimated_precision == pytest.approx(0.99)
    assert found.estimated_recall == pytest.approx(2.97 / 3.97)


def test_a_number_is_passed_on_only_where_it_is_the_only_one():
    found = touchpoints.named(
        made([("a", "C1", 1), ("b", None, 1), ("c", "C2", 2), ("d", "C3", 2), ("e", None, 2)])
    )
    assert found["known_as"].fillna("-").tolist() == ["C1", "C1", "C2", "C3", "-"]
    assert (found["customers_in_entity"] == [1, 1, 2, 2, 2]).all()


def test_coverage_counts_revenue_of_whom_a_touchpoint_can_name():
    found = touchpoints.named(made([("a", "C1", 1), ("b", None, 1), ("c", "C2", 2)]))
    found["touchpoint"] = ["store", "web", None]
    table = touchpoints.coverage(found, pd.Series({"C1": 30.0, "C2": 10.0}), anonymous=60.0)
    table = table.set_index("touchpoint")
    assert table["share_of_revenue"].to_dict() == {
        "store": 0.3,
        "web": 0.3,
        "not given": 0.1,
        "all touchpoints": 0.4,
    }
    assert table.loc["web", ["with_number", "after_linking"]].tolist() == [0, 1]


def test_a_column_nobody_explained_is_personal():
    contacts = pd.DataFrame([("A", "1 May", "web")], columns=["name", "birthday", "touchpoint"])
    table = touchpoints.personal_columns(contacts).set_index("column")
    assert table["is_personal"].to_dict() == {"name": True, "birthday": True, "touchpoint": False}
    assert touchpoints.personal_columns(contacts.head(0)).empty


# ---- the simulated company
def against_truth(folder, threshold: float = 0.95) -> tuple[linkage.Linkage, float, float]:
    """Link the company's records and return precision and recall over all pairs of the truth."""
    found = linkage.link(pd.read_parquet(folder / "tables" / "contacts.parquet"), threshold)
    truth = pd.read_parquet(folder / "truth" / "contacts.parquet").set_index("contact_id")["entity"]
    records = found.records.assign(true=truth.reindex(found.records["contact_id"]).to_numpy())
    right, linked, same = (pairs(records, by) for by in (["entity", "true"], ["entity"], ["true"]))
    return found, right / linked, right / same


def pairs(records, by) -> int:
    sizes = records.groupby(by).size()
    return int((sizes * (sizes - 1) // 2).sum())


@pytest.fixture(scope="module")
def small_company(tmp_path_factory):
    return demo.ensure(customers=1000, seed=5, folder=tmp_path_factory.mktemp("demo"))


def test_people_and_firms_are_found_again(small_company):
    found, precision, recall = against_truth(small_company)
    assert found.learned
    assert precision >= 0.98
    assert recall >= 0.93, "in a small company chance counts; the full one is held to .95"
    customers = pd.read_parquet(small_company / "tables" / "customers.parquet")
    measured = touchpoints.quality(
        found, set(customers.loc[customers["kind"] == "organization", "customer_id"])
    )
    assert measured.precision == pytest.approx(precision, abs=0.02)
    assert measured.recall == pytest.approx(recall, abs=0.04), "customer numbers tell what the truth tells"
    assert found.weights.groupby("field")["share"].sum().round(9).eq(1).all()
    weights = found.weights.set_index(["field", "agreement"])["weight"]
    assert weights["email", "the same"] > weights["name", "the same words"] > 5
    assert weights["name", "another name"] < -5


def test_contacts_hold_what_makes_linking_hard(small_company):
    contacts = pd.read_parquet(small_company / "tables" / "contacts.parquet")
    truth = pd.read_parquet(small_company / "truth" / "contacts.parquet")
    assert list(truth["contact_id"]) == list(contacts["contact_id"])
    both = contacts.merge(truth, on="contact_id", suffixes=("", "_true"))
    stated = both["customer_id"].notna()
    assert (both.loc[stated, "customer_id"] == both.loc[stated, "customer_id_true"]).all()
    assert 0.4 < stated.mean() < 0.8
    role = both["buying_role"].notna()
    assert (both.loc[role, "buying_role"] == both.loc[role, "buying_role_true"]).all()
    named = both[both["sort"] == "person"].groupby("entity")["name"].nunique()
    assert (named > 1).mean() > 0.2, "the same person is written in several ways"
    addresses = (
        both[both["sort"] == "person"].dropna(subset=["address"]).groupby("address")["entity"].nunique()
    )
    assert (addresses > 1).sum() >= 5, "several people live at one address"
    assert both["touchpoint"].nunique() == 4
    assert not contacts["email"].dropna().str.contains("gmail|yahoo").any(), (
        "invented people write from reserved domains"
    )


@pytest.mark.slow(seeds="companies 1 and 2")
@pytest.mark.parametrize("seed", [1, 2])
def test_the_full_company_meets_its_numbers(seed, tmp_path):
    _, precision, recall = against_truth(demo.ensure(customers=8000, seed=seed, folder=tmp_path))
    assert precision >= 0.98
    assert recall >= 0.95
