"""Arms that were drawn within strata with other shares: weights by which every arm has the strata of all units.

A weighted mean of an arm is then the mean over strata of its means there, by the strata's sizes (post-stratification).
"""

import pandas as pd


def weights(units: pd.DataFrame) -> pd.Series:
    """Return a weight per unit, 1 on average in every arm; 1 for all without the column stratum, or with equal shares."""
    if "stratum" not in units:
        return pd.Series(1.0, units.index)
    arm, stratum = units["arm"].astype(str), units["stratum"].astype(str)
    of_all = stratum.map(stratum.value_counts(normalize=True))
    of_arm = stratum.groupby([arm, stratum]).transform("size") / arm.map(arm.value_counts())
    return (of_all / of_arm).astype(float)
