"""Small studies over files written for one test."""

from datetime import date
from pathlib import Path

from helpers.study.source_address import SourceAddress
from helpers.study.study import Study, TableSpec

TODAY = date(2012, 6, 1)
HEADER = "customer_id,order_time,amount"


def study(
    folder, *, as_of=date(2010, 12, 31), holdout_days=None, compare_to=None, zone="Europe/London", **tables
):
    """A study over `folder`, its tables given as TableSpec or as their fields."""
    specs = {name: TableSpec(**spec) if isinstance(spec, dict) else spec for name, spec in tables.items()}
    return Study(
        name="small",
        path=Path("small.yaml"),
        title="A small study",
        as_of=as_of,
        holdout_days=holdout_days,
        compare_to=compare_to,
        timezone=zone,
        currency="GBP",
        time_unit="week",
        source=SourceAddress.of(str(folder)),
        tables=specs,
        notebooks=None,
        parameters={},
        overrides={},
    )


def write(folder, *lines: str, name="transactions.csv", encoding="utf-8"):
    """Write a file of these lines."""
    (folder / name).write_bytes(("\n".join(lines) + "\n").encode(encoding))


def rows(table, *columns: str) -> list[tuple]:
    """The table's rows in the order of the file, as tuples of these columns."""
    found = table.order_by("_row").to_pyarrow().to_pylist()
    return [tuple(row[column] for column in columns) for row in found]
