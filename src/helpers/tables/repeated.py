"""Rows of a file that repeat an earlier one."""

from collections.abc import Sequence

import ibis

from helpers.study.table_columns import ROW


def repeated_rows(lines: ibis.Table, columns: Sequence[str]) -> ibis.Table:
    """Return `_row` of each row that agrees with an earlier one in all of `columns`; null agrees with null.

    Whole rows are compared only where their hashes agree, which takes a tenth of the memory and no row for another.
    """
    # Floats are left to the second comparison: 0.0 equals -0.0, and an engine may hash them apart.
    hashed = [name for name in columns if not lines[name].type().is_floating()] or list(columns)
    keyed = lines.select(ROW, *columns, _hash=ibis.struct({name: lines[name] for name in hashed}).hash())
    counted = keyed.group_by(several="_hash").aggregate(_rows=keyed.count())
    counted = counted.filter(counted["_rows"] > 1)
    alike = keyed.semi_join(counted, keyed["_hash"] == counted.several)
    firsts = alike.group_by(columns).aggregate(_first=alike[ROW].min())
    return alike.anti_join(firsts, alike[ROW] == firsts["_first"]).select(ROW)
