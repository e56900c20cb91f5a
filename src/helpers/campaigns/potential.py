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

COLUMNS = ("Tier", "Customers", "Gap to peers", "Shown gain", "P(gain > 0)", "Share shown")


def by_tier(known: Knowledge, people: pd.DataFrame, gain: np.ndarray, tiers: pd.DataFrame) -> pd.DataFrame:
    """Per tier: customers the campaign can speak about, mean gap to peers, mean gain from each one's best arm.

    gain: expected gain, (customers, treated arms), as `targeting.score` gives it; who gains from no arm is left alone and
    gains nothing. tiers: the artifact value_tiers (customer_id, tier, expected_value, potential_value). "Share shown":
    the gain over the gap, missing where there is no gap. Customers without a tier are left out.
    """
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
