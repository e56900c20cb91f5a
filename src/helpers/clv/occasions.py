"""Purchases at fixed occasions (once a month, once a year): histories from the ledger, and BG/BB's forecast of them."""

import calendar
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.clv import bg_bb
from helpers.clv.purchase_comparison import Contest, Forecast
from helpers.errors import StudyError
from helpers.messages import message, number

if TYPE_CHECKING:
    import xarray as xr

NOT_BELOW = message("occasions.not_below", "not below {crps}")
LESS_WELL = message(
    "occasions.less_well",
    "Purchases come at occasions: the values of the other pages rest on a model that forecasts them less well.",
)
OCCASIONS = ("month", "year")
KEY = ["x", "t_x", "n"]
KEY_IN_CONTEST = "bg_bb"


def histories(ledger: ibis.Table, customer_ids: pd.Series, end: date, occasion: str) -> pd.DataFrame:
    """Return x, t_x and n of customers at the whole occasions up to `end`: a row per id, in their order.

    An occasion is a calendar month or year; one that has not ended by `end` is left out. The occasion of the first purchase
    makes the customer and is not counted. Who came during the occasion that is left out has n = 0.
    """
    last = _whole(end, occasion)
    bought = ledger.filter((ledger.kind == "purchase") & (ledger.order_date <= end))
    number = bought.order_date.year()
    if occasion == "month":
        number = number * 12 + bought.order_date.month() - 1
    bought = bought.mutate(occasion=number.cast("int64")).filter(lambda t: t.occasion <= last)
    found = bought.group_by("customer_id").agg(
        first=bought.occasion.min(), latest=bought.occasion.max(), seen=bought.occasion.nunique()
    )
    found = found.to_pandas().set_index("customer_id").reindex(customer_ids)
    found = found.fillna({"first": last, "latest": last, "seen": 1}).astype("int64")
    return pd.DataFrame(
        {"x": found["seen"] - 1, "t_x": found["latest"] - found["first"], "n": last - found["first"]}
    )


def forecast(
    ledger: ibis.Table,
    customer_ids: pd.Series,
    cut: date,
    as_of: date,
    occasion: str,
    *,
    seed: int = 1,
    **sampling: Any,
) -> Forecast:
    """What BG/BB, fitted on the whole occasions up to `cut`, forecasts for those up to `as_of`, as a contest takes it.

    It counts occasions with a purchase: equal to purchases where nobody buys twice within one. sampling: as `bg_bb.fit`.
    """
    ahead = _whole(as_of, occasion) - _whole(cut, occasion)
    if ahead < 1:
        raise StudyError(
            f"The hold-out from {cut} to {as_of} holds no whole {occasion}: choose a longer one."
        )
    seen = histories(ledger, customer_ids, cut, occasion)
    tree = bg_bb.fit(seen[seen["n"] > 0], seed=seed, **sampling)
    rows = seen.drop_duplicates(KEY)[KEY].reset_index(drop=True)
    place = pd.MultiIndex.from_frame(rows).get_indexer(pd.MultiIndex.from_frame(seen))
    return Forecast(f"{bg_bb.TITLE}, once a {occasion}", simulate(tree, rows, ahead, seed=seed), place)


def forecasts(
    ledger: ibis.Table, before: pd.DataFrame, cut: date, as_of: date, occasion: str, **sampling: Any
) -> dict[str, Forecast]:
    """The `forecast` for the customers of a summary as a contest takes it: by its key, none where there is no occasion."""
    if not occasion:
        return {}
    return {KEY_IN_CONTEST: forecast(ledger, before["customer_id"], cut, as_of, occasion, **sampling)}


def simulate(tree: "xr.DataTree", rows: pd.DataFrame, ahead: int, *, seed: int = 1) -> np.ndarray:
    """Simulated purchases of each history at the next `ahead` occasions, one per draw: shape (rows, draws)."""
    rng = np.random.default_rng(seed)
    theta = tuple(draws[None, :] for draws in bg_bb.parameter_draws(tree))
    alpha, beta, gamma, delta = theta
    x, t_x, n = (rows[name].to_numpy()[:, None] for name in KEY)
    known = np.maximum(n, 1)  # before the first occasion, being active at it is P(not leaving) alone
    alive = np.where(n > 0, bg_bb.p_alive(theta, x, t_x, known), delta / (gamma + delta))
    active = rng.random(alive.shape) < alive
    leaving = rng.beta(gamma, np.broadcast_to(delta + n + 1, alive.shape))
    until = np.minimum(rng.geometric(np.maximum(leaving, 1e-12)), ahead) * active
    return rng.binomial(until, rng.beta(alpha + x, beta + n - x))


def check_occasions(contest: Contest) -> Check | None:
    """Ask for a review where BG/BB forecast better than the best of the other models; None where it was not asked."""
    if KEY_IN_CONTEST not in contest.scores:
        return None
    ours, theirs = contest.scores[KEY_IN_CONTEST].crps, contest.winner.crps
    not_below = NOT_BELOW(crps=f"{theirs:.4g}")
    return check(
        "purchases at occasions",
        review=ours < theirs,
        value=number(ours, 4),
        threshold=not_below,
        advice=LESS_WELL(),
    )


def _whole(day: date, occasion: str) -> int:
    """The number of the last occasion that has ended by `day`."""
    if occasion not in OCCASIONS:
        raise StudyError(f"The occasion {occasion!r} is not known; it can be {' or '.join(OCCASIONS)}.")
    last_of_month = day.day == calendar.monthrange(day.year, day.month)[1]
    if occasion == "month":
        return day.year * 12 + day.month - 1 - (not last_of_month)
    return day.year - (not (last_of_month and day.month == 12))
