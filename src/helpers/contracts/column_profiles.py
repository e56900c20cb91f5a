"""What each column of a study's files holds: how much is filled, which patterns, which years, how large."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd
from ibis import selectors

from helpers.contracts.checked import MOST_JUDGED
from helpers.contracts.findings import TableReport
from helpers.study.table_columns import ROW, TABLES

if TYPE_CHECKING:
    from helpers.contracts.readable import ReadableTables

MOST_PATTERNS, LONGEST = 3, 30
# Different values of a column beyond which their number is an estimate, to two digits.
MOST_COUNTED = 1_000_000
MOST_ROWS = 10**15  # of a file
EXACT = ("id", "time", "date")  # types whose patterns tell 99 from 999
QUANTILES = {"q05": 0.05, "q50": 0.5, "q95": 0.95}
SHOWN = ["table", "column", "read_as", "filled", "distinct", "about", "patterns", "more_patterns"]
SHOWN += ["first_year", "last_year", *QUANTILES]
VALUES = ["smallest", "largest", "most_frequent"]


def profiles(source: "ReadableTables", reports: Iterable[TableReport], minimum: int) -> pd.DataFrame:
    """Return a row per column of each file, as it stands in the file.

    Columns: table, column, read_as (the contract's column, empty where it is not read), filled (share of rows), distinct,
    about (whether that is an estimate, of more than MOST_COUNTED values), patterns (the most frequent, 9 for a digit and x
    for letters), more_patterns (how many others), first_year and last_year of dates, q05, q50 and q95 of numbers (two
    digits; not of fewer than `minimum` values), and the values smallest, largest, most_frequent, which are for the owner
    only (see `masked`). Years and numbers are those of the rows used or set aside.
    """
    parts = []
    for report in reports:
        one = values(source, report)
        kinds = one["read_as"].map({column.name: column.type for column in TABLES[report.table].columns})
        exact = one.loc[kinds.isin(EXACT), "column"].tolist()
        patterns = _patterns(source.texts(report.table, one["column"]), exact)
        found = [patterns.get(column, ([], 0)) for column in one["column"]]
        one["patterns"] = ["; ".join(common) for common, _ in found]
        one["more_patterns"] = [more for _, more in found]
        few = one["filled"] * report.rows < minimum
        parts.append(one.assign(**{key: one[key].mask(few) for key in QUANTILES}))
    return pd.concat(parts, ignore_index=True)[[*SHOWN, *VALUES]]


def masked(profiles: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the profiles without any value, as pages may show them, by table."""
    return {str(table): rows[SHOWN] for table, rows in profiles.groupby("table", sort=False)}


def values(source: "ReadableTables", report: TableReport) -> pd.DataFrame:
    """Return the profiles of one table without patterns, for the owner's terminal; of unused columns the first only."""
    unused = set(source.unused(report.table)[MOST_JUDGED:])
    columns = [column for column in source.columns(report.table) if column not in unused]
    read_as = {file: name for name, file in source.origins(report.table).items() if file in columns}
    read = _typed(report, read_as)
    about = _about(source, report, columns)
    rows = [
        {"table": report.table, "column": column, "read_as": read_as.get(column, _attribute(report, column))}
        | (about[column] if column in about else _texts(source.counted(report.table, column)))
        | read.get(column, {})
        for column in columns
    ]
    names = ["table", "column", "read_as", "filled", "distinct", "about", *VALUES]
    frame = pd.DataFrame(rows, columns=[*names, "first_year", "last_year", *QUANTILES])
    of = max(
        report.rows, int(frame["filled"].max()) if len(frame) else 1, 1
    )  # a lead may stand in several rows
    return frame.assign(filled=frame["filled"] / of, about=frame["about"].notna())


def _about(source: "ReadableTables", report: TableReport, columns: list[str]) -> dict[str, dict[str, Any]]:
    """What `_texts` says of columns with more different values than are counted one by one: about how many they are."""
    if report.rows <= MOST_COUNTED:
        return {}
    raw = source.file_lines(report.table)
    seen = _one_row(raw, {column: raw[column].approx_nunique() for column in columns})
    many = [column for column in columns if seen[column] > MOST_COUNTED]
    if not many:
        return {}
    texts = source.texts(report.table, many)
    of = {"filled": "count", "smallest": "min", "largest": "max"}
    sums = {f"{column} {key}": getattr(texts[column], name)() for column in many for key, name in of.items()}
    held = _one_row(texts, sums)
    return {
        column: {key: held[f"{column} {key}"] for key in of}
        | {"distinct": int(float(f"{seen[column]:.2g}")), "about": True, "most_frequent": None}
        for column in many
    }


def _attribute(report: TableReport, column: str) -> str:
    """A column that the contract does not name, where it is handed on as it is."""
    return column if column in report.accepted.columns else ""


def _texts(counted: ibis.Table) -> dict[str, Any]:
    """Counts and values of a column as written, numbers in their order; of the most frequent the first in the alphabet."""
    counted = counted.mutate(number=counted.value.try_cast("float64"))
    rarer = (MOST_ROWS - counted.rows).cast("string").lpad(len(str(MOST_ROWS)), "0")
    seen = _one_row(
        counted,
        {
            "filled": counted.rows.sum(),
            "distinct": counted.count(),
            "numbers": counted.number.count(),
            "smallest": counted.value.min(),
            "largest": counted.value.max(),
            "lowest": counted.value.argmin(counted.number),
            "highest": counted.value.argmax(counted.number),
            "first": (rarer + counted.value).min(),  # of the rarity first, then of the alphabet
        },
    )
    first, lowest, highest = (seen.pop(key) for key in ("first", "lowest", "highest"))
    filled = seen.pop("filled") or 0
    if seen.pop("numbers") == seen["distinct"]:
        seen |= {"smallest": lowest, "largest": highest}
    is_each_once = seen["distinct"] == filled  # none is the most frequent
    return seen | {
        "filled": filled,
        "most_frequent": None if is_each_once else first[len(str(MOST_ROWS)) :],
    }


def _typed(report: TableReport, read_as: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Years of dates, and quantiles of numbers, by the file's column."""
    kinds = {one.name: one.type for one in TABLES[report.table].columns}
    wanted = {file: name for file, name in read_as.items() if kinds.get(name) in ("number", "time", "date")}
    if not wanted:
        return {}
    names = sorted(set(wanted.values()))
    lines = ibis.union(report.accepted.select(*names), report.rejected.select(*names))
    sums: dict[str, ibis.Value] = {}
    for name in names:
        value = lines[name]
        sums |= {f"{name} smallest": value.min(), f"{name} largest": value.max()}
        if value.type().is_numeric():
            sums |= {f"{name} {key}": value.quantile(share) for key, share in QUANTILES.items()}
        else:
            sums |= {f"{name} first_year": value.year().min(), f"{name} last_year": value.year().max()}
    seen = _one_row(lines, sums)
    keys = ("smallest", "largest", "first_year", "last_year", *QUANTILES)
    found = {
        column: {key: seen.get(f"{name} {key}") for key in keys if f"{name} {key}" in seen}
        for column, name in wanted.items()
    }
    for one in found.values():
        one |= {key: float(f"{one[key]:.2g}") for key in QUANTILES if one.get(key) is not None}
    return found


def _patterns(texts: ibis.Table, exact: list[str]) -> dict[str, tuple[list[str], int]]:
    """Per column its most frequent patterns, and how many others there are; only `exact` ones tell 99 from 999."""
    long = texts.drop(ROW).pivot_longer(selectors.all(), names_to="column", values_to="value")
    long = long.filter(long.value.notnull())
    digits = long.mutate(value=long.value.translate("012345678", "999999999"))
    few = digits.group_by("column", "value").aggregate(rows=digits.count())  # few, before the slow replacing
    plain = few.value.re_replace(r"\p{N}", "9")
    for sign in "+-":  # an exponent is no letter
        plain = plain.replace(f"9E{sign}9", f"9§{sign}9").replace(f"9e{sign}9", f"9§{sign}9")
    plain = plain.re_replace(r"[\p{L}\p{M}]+", "x").replace("§", "E")
    short = plain.re_replace("9+", "9")
    pattern = ibis.ifelse(few.column.isin(exact), plain, short) if exact else short
    few = few.mutate(pattern=pattern.substr(0, LONGEST))
    counted = few.group_by("column", "pattern").aggregate(rows=few.rows.sum())
    place = ibis.row_number().over(group_by="column", order_by=[counted.rows.desc(), counted.pattern])
    ranked = counted.mutate(place=place, of=counted.count().over(group_by="column"))
    found: dict[str, tuple[list[str], int]] = {}
    ranked = ranked.filter(ranked.place < MOST_PATTERNS).order_by("column", "place")
    for row in ranked.to_pyarrow().to_pylist():
        common, _ = found.get(row["column"], ([], 0))
        found[row["column"]] = ([*common, row["pattern"]], row["of"] - len(common) - 1)
    return found


def _one_row(table: ibis.Table, sums: dict[str, ibis.Value]) -> dict[str, Any]:
    return table.aggregate(**sums).to_pyarrow().to_pylist()[0]
