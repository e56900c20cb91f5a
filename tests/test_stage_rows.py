"""Leads told by a row per change of their stage are read as a row per lead, and drafted so."""

from datetime import date, datetime

import pytest
from tables_support import rows, study, write
from test_new import checked, drafted, reports  # noqa: F401 (a fixture)

from helpers import contracts, tables
from helpers.errors import StudyError

COLUMNS = {
    "created_at": "changed",
    "won_at": "CASE WHEN stage = 'Won' THEN changed END",
    "lost_at": "CASE WHEN stage = 'Lost' THEN changed END",
}
LINES = (
    "lead_id,stage,changed,channel,size,account",
    "a,Demo,09/02/2010,web,7,",
    "a,New,03/02/2010,web,5,",
    "b,New,10/01/2010,,,",
    "b,Lost,11/11/2010,fair,9,",
    "a,Won,01/03/2010,web,7,A1",
    "c,New,05/05/2010,ads,1,",
    "c,Test,06/05/2010,ads,1,",
)
ONE_EACH = [
    ("b", date(2010, 1, 10), None, date(2010, 11, 11), "fair", None, None),
    ("a", date(2010, 2, 3), date(2010, 3, 1), None, "web", 5, "A1"),
    ("c", date(2010, 5, 5), None, None, "ads", 1, None),
]


def read(folder, **settings):
    write(folder, *LINES, name="leads.csv")
    spec = {"columns": COLUMNS | {"customer_id": "account"}, "date_format": "%d/%m/%Y"}
    made = study(folder, leads=spec | settings)
    source = tables.open_source(made)
    names = ["lead_id", "created_at", "won_at", "lost_at", "channel", "size", "customer_id"]
    found = rows(source.read("leads"), *names)
    days = [tuple(one.date() if isinstance(one, datetime) else one for one in row) for row in found]
    return made, source, sorted(days, key=lambda row: row[1])


def test_rows_of_a_lead_are_one_with_the_day_of_each_stage(tmp_path):
    made, source, found = read(tmp_path, row_per="stage")
    assert found == ONE_EACH
    (report,) = contracts.check(made, source)
    contracts.refuse([report])
    assert report.rows == 3


def test_rows_that_are_left_out_tell_nothing(tmp_path):
    *_, found = read(tmp_path, row_per="stage", where=("stage <> 'Won'",))
    assert [row[2] for row in found if row[0] == "a"] == [None, date(2010, 3, 1)]


def test_without_the_setting_it_is_proposed_and_no_rows_are_to_be_set_aside(tmp_path):
    made, source, _ = read(tmp_path)
    with pytest.raises(StudyError, match=r"add to leads: `row_per: stage`") as refused:
        contracts.refuse(contracts.check(made, source))
    assert "reject" not in str(refused.value)


@pytest.mark.grid
@pytest.mark.parametrize(
    "header", ["lead_id,stage,changed_at,source", "Opportunity ID,To Stage,Created Date,Lead Source"]
)
def test_a_history_of_stages_is_drafted(reports, tmp_path, header):  # noqa: F811
    days = [f"2024-0{1 + i % 5}-{10 + i % 9}" for i in range(60)]
    lines = [f"L{i},New,{day},web" for i, day in enumerate(days)]
    lines += [
        f"L{i},{'Closed Won' if i % 3 else 'Closed Lost'},{day[:6]}9-01,web"
        for i, day in enumerate(days[:40])
    ]
    write(tmp_path, header, *lines, name="history.csv")
    made, _ = drafted(reports, tmp_path / "history.csv")
    leads = checked(made)["leads"].accepted.to_pandas()
    assert len(leads) == 60 and (leads["won_at"].count(), leads["lost_at"].count()) == (26, 14)
    assert leads["created_at"].max().month == 5
