"""Another table below the first in one file or sheet: told by the names of its columns, refused, left out by one line."""

import pytest
from findings_support import own_cache  # noqa: F401
from tables_support import rows, study, write
from workbook_support import workbook

from helpers import tables
from helpers.commands.drafting import files
from helpers.errors import StudyError

TABLE = ["customer_id,order_time,amount", "1,2024-01-05,5", "2,2024-01-06,6.5"]
STOCK = ["Product,Price,Stock,Shelf", "Mug,9.50,3,A", "Tea,4,7,B"]
BELOW = {  # what stands below, and how many lines of the file that is
    "after a blank line": (["", *STOCK], 3),
    "after a title": (["", "Our stock", *STOCK], 4),
    "at once, and wider": (STOCK, 3),
    "as wide, after commas alone": ([",,", "Product,Price,Stock", "Mug,9.50,3", "Tea,4,7"], 4),
    "after two blank lines": (["", "", "Product,Price,Stock", "Mug,9.50,3"], 2),
}


def read(folder, **spec) -> list[tuple]:
    spec.setdefault("path", "transactions.csv")
    source = tables.open_source(study(folder, transactions=spec))
    return rows(source.read("transactions"), "customer_id", "amount")


@pytest.mark.parametrize("below", BELOW)
def test_it_is_refused_and_the_line_reads_the_table_above(tmp_path, below):
    lines, count = BELOW[below]
    write(tmp_path, *TABLE, *lines)
    with pytest.raises(
        StudyError, match=rf"below line 3 stands another table \(Product.*`footer_rows: {count}`"
    ):
        read(tmp_path)
    assert read(tmp_path, footer_rows=count) == [("1", 5.0), ("2", 6.5)]


@pytest.mark.parametrize("ending", ["Total,,11.5", ",,", "Exported at,2024-02-01,10"])
def test_totals_and_blank_lines_among_rows_are_no_table(tmp_path, ending):
    write(tmp_path, *TABLE[:2], "", TABLE[2], "", ending)
    assert read(tmp_path)[:2] == [("1", 5.0), ("2", 6.5)]


def test_a_text_of_several_lines_is_no_table(tmp_path):
    note = '"Dear Anna,\n\nName, Address, Town\nBonn, 7, 8"'
    write(tmp_path, f"{TABLE[0]},note", f"1,2024-01-05,5,{note}", "2,2024-01-06,6.5,")
    assert read(tmp_path) == [("1", 5.0), ("2", 6.5)]


def test_returns_below_are_not_offered_to_be_left_out_by_a_line(tmp_path):
    write(tmp_path, *TABLE, "", "Returns", "Return No,Customer,Refunded", "7,1,5")
    with pytest.raises(
        StudyError, match="would still count as sales: save it as a file of its own"
    ) as refused:
        read(tmp_path)
    assert "`footer_rows:" not in str(refused.value)


def test_a_sheet_with_another_table_below(tmp_path):
    sheet = [
        [*TABLE[0].split(",")],
        ["1", "2024-01-05", 5],
        ["2", "2024-01-06", 6.5],
        [],
        [None, "Product", "Price"],
    ]
    workbook(tmp_path / "orders.xlsx", {"One": [*sheet, [None, "Mug", 9.5], [None, "Tea", 4]]})
    with pytest.raises(
        StudyError, match=r"below line 4 stands another table \(Product, Price\).*`footer_rows: 3`"
    ):
        read(tmp_path, path="orders.xlsx")
    assert read(tmp_path, path="orders.xlsx", footer_rows=3) == [("1", 5.0), ("2", 6.5)]


def test_a_draft_takes_its_columns_from_the_table_above(tmp_path):
    write(tmp_path, *TABLE, "", *STOCK)
    values = files.looked_at(tmp_path / "transactions.csv").values
    assert values["amount"] == ["5", "6.5"] and values["order_time"] == ["2024-01-05", "2024-01-06"]


def test_a_footer_longer_than_what_is_read_at_first_is_cut_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.tables.headers.TAIL", 64)
    write(tmp_path, *TABLE, "", *STOCK[:1], *(f"Mug {number},9.50,3,A" for number in range(200)))
    assert read(tmp_path, footer_rows=201) == [("1", 5.0), ("2", 6.5)]
