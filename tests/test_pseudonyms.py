"""Lists that leave the house: pseudonyms that only the study's key makes, and a record of what was written."""

import stat
from dataclasses import replace

import pandas as pd
import pytest

from helpers.customers import personal_data
from helpers.errors import StudyError
from helpers.pages import page, pseudonyms

LISTED = pd.DataFrame(
    {"customer_id": ["C1", "C2", None], "revenue": [1.0, 2.0, 3.0], "examples": ["a", "b", "c"]}
)


def test_a_pseudonym_is_the_same_in_every_list_of_a_key_and_another_under_another_key(tmp_path):
    key, again = pseudonyms.key_of(tmp_path), pseudonyms.key_of(tmp_path)
    assert key == again and stat.S_IMODE((tmp_path / pseudonyms.KEY).stat().st_mode) == 0o600
    made = pseudonyms.replaced(LISTED, key)
    other = pseudonyms.replaced(pd.DataFrame({"account_id": ["C2"], "lead_id": ["C1"]}), key)
    assert made["customer_id"].tolist()[:2] == [other["lead_id"][0], other["account_id"][0]]
    assert made["customer_id"].isna().tolist() == [False, False, True]
    assert not made["customer_id"].isin(["C1", "C2"]).any() and list(made) == ["customer_id", "revenue"]
    assert pseudonyms.replaced(LISTED, b"another")["customer_id"][0] != made["customer_id"][0]


def test_a_file_that_is_no_key_is_refused(tmp_path):
    (tmp_path / pseudonyms.KEY).write_text("short")
    with pytest.raises(StudyError, match="64 hexadecimal digits: bring it back"):
        pseudonyms.key_of(tmp_path)


@pytest.mark.parametrize("ids", ["as given", "pseudonyms"])
def test_an_export_is_written_as_the_study_asks_and_recorded(tmp_path, ids):
    opened = page.start("12_rfm_segments", "cdnow", str(tmp_path / "home" / "runs" / "one"))
    opened.study = replace(opened.study, export_ids=ids)
    written = pd.read_csv(opened.export("win_back_list", LISTED))
    opened.finish()
    assert ("C1" in set(written["customer_id"])) == (ids == "as given")
    columns = ["customer_id", "revenue", *(["examples"] if ids == "as given" else [])]
    recorded = [{"list": "win_back_list", "rows": 3, "columns": columns, "ids": ids}]
    assert (
        page.read_json(opened.folder / "artifacts" / "12_rfm_segments" / "page.json")["exports"] == recorded
    )


def test_personal_data_is_told_per_table():
    profiles = pd.DataFrame(
        {
            "table": ["contacts"] * 4 + ["panel"],
            "column": ["nr", "mail", "city", "note", "unit"],
            "read_as": ["contact_id", "email", "address", "note", "unit"],
            "distinct": [40, 30, 20, 10, 12],
        }
    )
    told = personal_data.used(profiles)
    assert told.to_dict("records") == [
        {"table": "contacts", "people": 40, "stands_for": "nr", "reaches": "mail, city", "says": "note"}
    ]
    assert personal_data.used(profiles.tail(1)).empty
