"""How much of a customer's potential value a randomized campaign has shown, beside what their peers suggest.

Potential value by treatment is actual value + max over arms of (effect - cost), which is causal; what peers are worth is
not. It counts one campaign and the days it was followed: what repeating it would add is not known.
"""

import numpy as np
import pandas as pd

from helpers.campaigns import targeting
from helpers.campaigns.targeting import Knowledge
from helpers.customers.tiers import TIERS
from helpers.inference.intervals import interval

COLUMNS = ("tier", "customers", "gap", "gain", "chance", "share")
GROWABLE = "Most Growable"


def by_tier(
    known: Knowledge, people: pd.DataFrame, gain: np.ndarray, tiers: pd.DataFrame | None
) -> pd.DataFrame | None:
    """Per tier: customers the campaign can speak about, mean gap to peers, mean gain from each one's best arm.

    gain: expected gain, (customers, treated arms), as `targeting.score` gives it; who gains from no arm is left alone and
    gains nothing. tiers: the artifact value_tiers (customer_id, tier, expected_value, potential_value), or None, for which
    there is nothing to say. Columns: tier, customers, gap, gain (Interval), chance (that the gain is above zero), share (the
    gain over the gap, missing where there is no gap). Customers without a tier are left out.
    """
    if tiers is None:
        return None
    own = tiers.set_index("customer_id").reindex(people["customer_id"])
    place = pd.Index(TIERS).get_indexer(own["tier"])
    gap = (own["potential_value"] - own["expected_value"]).to_numpy(dtype=float)
    best = np.where(gain.max(axis=1) > 0, gain.argmax(axis=1) + 1, 0)
    sums = targeting.totals(known, people, best, place, len(TIERS))
    rows = []
    for number, tier in enumerate(TIERS):
        members = place == number
        if not members.any():
            continue
        each, wanted = sums[:, number] / members.sum(), gap[members].mean()
        chance = float((each > 0).mean())
        share = each.mean() / wanted if wanted > 0 else np.nan
        rows.append((tier, int(members.sum()), wanted, interval(each), chance, share))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def metrics(shown: pd.DataFrame | None) -> dict[str, float]:
    """The mean gain per tier under the names of run.json; shown: `by_tier`."""
    if shown is None:
        return {}
    gains = zip(shown["tier"], shown["gain"], strict=True)
    return {f"potential.shown.{tier}": gain.mean for tier, gain in gains}


def growable(shown: pd.DataFrame | None) -> pd.Series | None:
    """The row of the Most Growable in `by_tier`; None where the campaign cannot speak about them."""
    if shown is None:
        return None
    rows = shown[(shown["tier"] == GROWABLE) & shown["share"].notna()]
    return None if rows.empty else rows.iloc[0]
