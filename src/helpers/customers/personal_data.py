"""Which personal data a study used: what stands for a person, what reaches one, what says something of one."""

import pandas as pd

STANDS_FOR = ("customer_id", "contact_id", "lead_id", "parent_id", "referred_by")
REACHES = ("name", "email", "phone", "address")
NONE = "nothing"


def used(columns: pd.DataFrame) -> pd.DataFrame:
    """Return a row per table with a column that stands for a person; columns: `column_profiles.profiles`.

    Columns: table, people (different values of the first such column), stands_for, reaches, says: names of columns.
    """
    rows = []
    for table, own in columns.groupby("table", sort=False):
        called = own.set_index("read_as")["column"]
        ids = [name for name in STANDS_FOR if name in called.index]
        if not ids:
            continue
        people = int(own.loc[own["read_as"] == ids[0], "distinct"].iloc[0])
        reaches = [name for name in REACHES if name in called.index]
        says = [name for name in called.index if name not in (*ids, *reaches)]
        named = [", ".join(str(one) for one in called[part]) or NONE for part in (ids, reaches, says)]
        rows.append((table, people, *named))
    return pd.DataFrame(rows, columns=["table", "people", "stands_for", "reaches", "says"])
