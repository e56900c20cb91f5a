"""The Net Promoter Score of the base: answers weighted so that kinds and activity count as among those who bought.

Who answers is chosen by themselves: the faithful do more often. Kind and activity are known of the silent ones too, so each
cell of both counts as many as it has in the base (post-stratification). What else differs between them is not known.
"""

import numpy as np
import pandas as pd

from helpers.loyalty.measures import nps

ACTIVE = (1, 3)  # purchase days in the window, the upper end of the first classes; more is the last class
FEWEST = 10  # answers of a cell; smaller ones join the nearest cell


def base(days: pd.DataFrame, kind: pd.Series, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Those who bought after `since` up to `until`: customer_id, kind (missing where unknown), active (class, from 0).

    days: customer_id, order_date, distinct. kind: a name per customer_id.
    """
    when = pd.to_datetime(days["order_date"])
    bought = days["customer_id"][(when > since) & (when <= until)].value_counts()
    active = np.searchsorted(ACTIVE, bought.to_numpy())
    return pd.DataFrame({"customer_id": bought.index, "kind": bought.index.map(kind), "active": active})


def weighted(
    answers: pd.DataFrame, people: pd.DataFrame, draws: int = 1000, seed: int = 1
) -> np.ndarray | None:
    """Draw the Net Promoter Score of `people` (of `base`) from the answers of those among them: (draws,).

    None where kinds are not known, or nobody of the base answered often enough for two cells to be told apart.
    """
    if people["kind"].isna().all():
        return None
    cells = people.assign(kind=people["kind"].fillna("").astype(str)).set_index("customer_id")
    own = answers[answers["customer_id"].isin(cells.index)]
    asked = cells.loc[own["customer_id"]].assign(klass=own["class"].to_numpy())
    sizes = cells.groupby(["kind", "active"]).size().rename("people").reset_index()
    said = asked.groupby(["kind", "active"]).size().rename("answers").reset_index()
    table = (
        sizes.merge(said, how="left")
        .fillna({"answers": 0})
        .sort_values(["kind", "active"], ignore_index=True)
    )
    table["cell"] = _joined(table)
    if table["cell"].nunique() < 2:
        return None
    of = table.set_index(["kind", "active"])["cell"]
    cell = of.loc[list(zip(asked["kind"], asked["active"], strict=True))].to_numpy()
    weight = table.groupby("cell")["people"].sum() / table["people"].sum()
    each = [nps(asked["klass"][cell == one], draws, seed + place) for place, one in enumerate(weight.index)]
    return np.asarray(weight @ np.array(each))


def _joined(table: pd.DataFrame) -> np.ndarray:
    """A number per row of kind and activity; cells of fewer than FEWEST answers join the next, of their kind if they can."""
    cells = [[row] for row in range(len(table))]
    answers, kinds = table["answers"].to_numpy(), table["kind"].to_numpy()
    while len(cells) > 1:
        sizes = [answers[rows].sum() for rows in cells]
        place = int(np.argmin(sizes))
        if sizes[place] >= FEWEST:
            break
        near = [one for one in (place - 1, place + 1) if 0 <= one < len(cells)]
        same = [one for one in near if kinds[cells[one][0]] == kinds[cells[place][0]]]
        other = min(same or near, key=lambda one: sizes[one])
        cells[min(place, other)] += cells.pop(max(place, other))
    number = np.zeros(len(table), int)
    for one, rows in enumerate(cells):
        number[rows] = one
    return number
