"""Which attributes of leads give the outcome away: by being filled, by their values, or because they are an id.

Three outcomes are asked for, won, lost and closed, since an attribute that is filled whenever a lead is closed tells as
much as one that is filled for wins. All comparisons are within channel and time of creation, so that a field of one
channel's form, or of the new form, is no leak. A group of leads gives the outcome away where its odds of the outcome are
significantly more than `FILLING` (`VALUES`) times those of the others: an exact test of a common odds ratio.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import gammaln
from scipy.stats import rankdata

FILLING = 4.0  # odds ratio of an outcome, filled against blank, from which filling alone tells it
VALUES = 20.0  # odds ratio of a value, or several, against the others: no honest attribute is as good
CHANCE = 0.01  # of so many outcomes at an odds ratio of FILLING (VALUES)
COVERS = 0.1  # the least share of an outcome that values of several must cover to be called a leak
TELLING = 0.9  # area under the ROC curve from which one attribute is not believed
NULL_ERRORS = 5  # and standard errors of it from .5
MOST_LEVELS, BINS = 12, 10
USUAL = 0.5  # share of a value that most leads have: the others are told apart from it
CHANNELS, PERIODS, OPEN_PERIODS = 6, 4, 8  # at most
LEADS_EACH, OPEN_EACH = 40, 5  # in a period
FILLED = "filled or blank by the outcome"
TELLS = "gives the outcome away"
ID = "an id"
CALLED_ID = re.compile(
    r"(^|[\W_]|(?<=[a-z])(?=[A-Z]))(id|ids|no|nr|num|number|uuid|guid|code|key)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Outcomes:
    """Which leads were won and lost, by row, and groups of leads alike in channel and time of creation."""

    won: np.ndarray
    lost: np.ndarray
    groups: np.ndarray

    @cached_property
    def asked(self) -> list[np.ndarray]:
        """Won, lost and closed, those that some leads have and others have not."""
        every = (self.won, self.lost, self.won | self.lost)
        return [one for one in every if one.any() and not one.all()]


def outcomes(leads: pd.DataFrame) -> Outcomes:
    """Read outcomes and groups off the table leads; what it has no column of is not told apart."""
    won = leads["won_at"].notna().to_numpy() if "won_at" in leads else np.zeros(len(leads), bool)
    if "won" in leads and leads["won"].notna().any():
        won = leads["won"].astype("boolean").fillna(False).to_numpy(dtype=bool) | won
    lost = leads["lost_at"].notna().to_numpy() if "lost_at" in leads else np.zeros(len(leads), bool)
    channel = leads["channel"] if "channel" in leads else pd.Series("", leads.index)
    largest = channel.fillna("").value_counts().index[:CHANNELS]
    groups = pd.Index(largest).get_indexer(channel.fillna(""))
    created = pd.to_datetime(leads["created_at"]) if "created_at" in leads else pd.Series(pd.NaT, leads.index)
    if created.notna().any():
        day, still = created.astype("int64").to_numpy(), ~(won | lost)
        # Lately few are closed, so that what is filled when a lead is closed looks like a field that is dying out.
        cuts = [*_cuts(day, PERIODS, LEADS_EACH), *_cuts(day[still], OPEN_PERIODS, OPEN_EACH)]
        groups = groups * (PERIODS + OPEN_PERIODS) + np.searchsorted(np.sort(cuts), day)
    return Outcomes(won, lost, np.unique(groups, return_inverse=True)[1])


def _cuts(day: np.ndarray, most: int, each: int) -> np.ndarray:
    """Days that part leads into periods of equal size, `each` or more in one."""
    periods = max(1, min(most, len(day) // each))
    return np.quantile(day, np.arange(1, periods) / periods) if len(day) else np.empty(0)


def why(values: pd.Series, found: Outcomes) -> str:
    """Why an attribute, blank where nothing was said, must not predict: `ID`, `FILLED`, `TELLS`, or nothing."""
    if not values.notna().any():
        return ""
    if _by_filling(values, found, FILLING):
        return FILLED
    return ID if _is_id(values.dropna()) else TELLS if _by_values(values, found) else ""


def gives_away(values: pd.Series, found: Outcomes, filling: float = FILLING) -> bool:
    """Whether a column tells an outcome by its values, or by being filled at odds of more than `filling` to one."""
    return bool(values.notna().any()) and (_by_filling(values, found, filling) or _by_values(values, found))


def _by_filling(values: pd.Series, found: Outcomes, filling: float) -> bool:
    filled = values.notna().to_numpy()
    return any(_tells(filled, outcome, found.groups, filling) for outcome in found.asked)


def _by_values(values: pd.Series, found: Outcomes) -> bool:
    filled = values.notna().to_numpy()
    known = Outcomes(found.won[filled], found.lost[filled], found.groups[filled])
    return any(_by_value(values[filled], outcome, known.groups) for outcome in known.asked)


def _is_id(values: pd.Series) -> bool:
    """Whether numbers are names: called so, or all different and close together or in the order of the rows."""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    number = values.astype(float)
    if not (number % 1 == 0).all() or number.nunique() <= MOST_LEVELS:
        return False
    if CALLED_ID.search(str(values.name)) and not re.match(r"(?i)(number|no|num)[\W_]+of", str(values.name)):
        return True
    if number.nunique() < len(number):
        return False
    rank = np.corrcoef(rankdata(number), np.arange(len(number)))[0, 1]
    return bool(number.max() - number.min() < 3 * len(number) or abs(rank) > 0.98)


def _by_value(values: pd.Series, outcome: np.ndarray, groups: np.ndarray) -> bool:
    """Whether values tell an outcome: by their order, by the one that most leads have, or by those that go with it."""
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    codes = pd.factorize(values.astype(str) if not numeric else values)[0]
    sizes = np.bincount(codes)
    usual = codes == sizes.argmax()
    if (
        sizes.max() >= USUAL * len(codes)
        and sizes.max() < len(codes)
        and _tells(~usual, outcome, groups, VALUES)
    ):
        return True
    if numeric and _tells_by_order(values.to_numpy(dtype=float), outcome, groups, both=True):
        return True
    if numeric and len(sizes) > MOST_LEVELS:
        codes = pd.qcut(values.rank(method="average"), BINS, labels=False, duplicates="drop").to_numpy()
    elif len(sizes) > MOST_LEVELS:
        return False
    share = np.array([outcome[codes == one].mean() for one in range(codes.max() + 1)])
    if _tells_by_order(share[codes], outcome, groups):
        return True
    order = np.argsort(-share, kind="stable")
    for ordered, meant in ((order, outcome), (order[::-1], ~outcome)):
        for last in range(1, len(ordered)):
            inside = np.isin(codes, ordered[:last])
            if (inside & meant).sum() >= COVERS * meant.sum() and _more(inside, meant, groups, VALUES):
                return True
    return False


def _tells(inside: np.ndarray, outcome: np.ndarray, groups: np.ndarray, ratio: float) -> bool:
    """Whether the odds of an outcome differ by more than `ratio` between some leads and the others, either way."""
    return _more(inside, outcome, groups, ratio) or _more(inside, ~outcome, groups, ratio)


def _more(inside: np.ndarray, outcome: np.ndarray, groups: np.ndarray, ratio: float) -> bool:
    """Whether so many outcomes inside have a chance below CHANCE at an odds ratio of `ratio` in all groups."""
    n, m, k, both = len(inside), int(inside.sum()), int(outcome.sum()), int((inside & outcome).sum())
    # An odds ratio that is far lower over all leads ends most comparisons here, quickly.
    if (both + 0.5) * (n - m - k + both + 0.5) < ratio / 3 * (m - both + 0.5) * (k - both + 0.5):
        return False
    size = np.bincount(groups)
    drawn, hits = (np.bincount(groups, of, len(size)).astype(int) for of in (inside, outcome))
    chances = np.ones(1)
    for n, m, k in zip(size.tolist(), drawn.tolist(), hits.tolist(), strict=True):
        if m and n > m and k and n > k:
            chances = np.convolve(chances, _noncentral(n, m, k, ratio))
        else:
            both -= min(m, k) if n in (m, k) else 0
    return bool(chances[max(both, 0) :].sum() < CHANCE)


def _noncentral(n: int, m: int, k: int, ratio: float) -> np.ndarray:
    """Fisher's noncentral hypergeometric distribution of hits (k of n) among m, from 0 on."""
    x = np.arange(min(m, k) + 1)
    rest = n - m - k + x
    with np.errstate(invalid="ignore"):
        log = (
            -gammaln(x + 1) - gammaln(k - x + 1) - gammaln(m - x + 1) - gammaln(rest + 1) + x * np.log(ratio)
        )
    log = np.where(rest < 0, -np.inf, log)
    chances = np.exp(log - log.max())
    return chances / chances.sum()


def _tells_by_order(score: np.ndarray, outcome: np.ndarray, groups: np.ndarray, both: bool = False) -> bool:
    """Whether a score tells an outcome in pairs within the same group; both: whichever way the score goes."""
    above = pairs = variance = 0.0
    for group in np.unique(groups):
        own, hit = score[groups == group], outcome[groups == group]
        hits, others = int(hit.sum()), int((~hit).sum())
        above += rankdata(own)[hit].sum() - hits * (hits + 1) / 2
        pairs += hits * others
        variance += hits * others * (len(hit) + 1) / 12
    if not pairs:
        return False
    area, error = above / pairs, variance**0.5 / pairs
    area = max(area, 1 - area) if both else area
    return area >= max(TELLING, 0.5 + NULL_ERRORS * error)
