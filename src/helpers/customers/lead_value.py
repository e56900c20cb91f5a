"""What a lead is worth: what customers of its channel earned so far, times the chance of winning it, less the cost.

The worth of a new customer is counted, not modelled: the mean cumulative margin per customer won, month by month, among
those known for that month (so that young customers count where they can), discounted, and partially pooled over channels.
Months that a young channel has not lived yet follow the profile of all channels.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.customers.lead_chances import STEP, Hazards, discounted, mean_scores
from helpers.customers.leads import Funnel
from helpers.errors import StudyError
from helpers.inference.intervals import Interval, interval
from helpers.inference.pooling import pool
from helpers.messages import listing, message, plain
from helpers.study.year import MONTH

PAYS = 0.5  # a lead is too dear where the chance that it pays is below this
FEWEST = 5  # customers of a channel who have lived a month, for the month to be known
BOOTSTRAPS = 400
WIDER, QUARTER = 0.25, 3
FIRST = 5  # the share of the open leads to call first: one in so many
ADVICE = message(
    "leads.cost_advice",
    "Lower the bid, or look whether these customers earn it back later than in the months counted here.",
)
TOO_DEAR = message("leads.too_dear", "{channels}")
NONE_TOO_DEAR = message("leads.none_too_dear", "none too dear")
NO_CHANNEL = message("leads.no_channel", "no channel")
CHANNEL_MONTHS = message("leads.channel_months", "{channel} ({known} of {months} months)")
ALL_KNOWN = message("leads.all_known", "all known")
MONTHS_EACH = message("leads.months_each", "{months} months in each channel")
ESTIMATED = message(
    "leads.estimated",
    "Months that a channel's customers have not lived yet are estimated from the other channels' months, and those beyond "
    "{months} from the last ones known: set value_months lower to count only what has been seen.",
)


def customers_won(found: Funnel) -> pd.DataFrame:
    """The leads that were won and whose customer is known, once per customer."""
    known = found.leads["won_at"].notna() & found.leads["customer_id"].notna()
    return found.leads[known].drop_duplicates("customer_id")


def margins_by_month(
    won: pd.DataFrame, lines: pd.DataFrame, as_of: date, months: int
) -> tuple[np.ndarray, np.ndarray]:
    """Margin of each won lead's customer in each month since the win, and whether that month is over at `as_of`.

    won: customer_id, won_at. lines: customer_id, order_date, margin. Both results (leads, months).
    """
    day = pd.to_datetime(won["won_at"]).dt.normalize().reset_index(drop=True)
    age = (pd.Timestamp(as_of) + pd.Timedelta(days=1) - day).dt.days.to_numpy()
    over = age[:, None] >= np.ceil((np.arange(months) + 1) * MONTH)
    row_of = pd.Series(np.arange(len(won)), won["customer_id"].to_numpy())
    own = lines[lines["customer_id"].isin(row_of.index)]
    rows = row_of[own["customer_id"]].to_numpy()
    since = (pd.to_datetime(own["order_date"]) - day.iloc[rows].set_axis(own.index)).dt.days.to_numpy()
    month = np.floor(since / MONTH).astype(int)
    inside = (month >= 0) & (month < months)
    money = np.zeros((len(won), months))
    np.add.at(money, (rows[inside], month[inside]), own["margin"].to_numpy()[inside])
    return np.where(over, money, 0.0), over


def customer_worth(
    money: np.ndarray, over: np.ndarray, channel: np.ndarray, channels: list[str], annual_discount_rate: float,
    draws: int = 1000, seed: int = 1,
) -> np.ndarray:  # fmt: skip
    """Draw the discounted mean margin of a customer won, per channel: (draws, channels).

    Bayesian bootstrap of the customers of a channel; a month that fewer than FEWEST of them have lived counts with the
    channel's level times the profile over the months of all channels, widened (`_unlived`); then partial pooling of the
    channels (`pooling.pool`). A channel with fewer customers has no estimate. StudyError when none has one.
    """
    rng = np.random.default_rng(seed)
    discount = (1 + annual_discount_rate) ** (-(np.arange(money.shape[1]) + 0.5) / 12)
    sums, sizes = (np.zeros((len(channels), BOOTSTRAPS, money.shape[1])) for _ in range(2))
    for place, name in enumerate(channels):
        rows = np.flatnonzero((channel == name) & over[:, 0])
        weights = rng.standard_exponential((BOOTSTRAPS, len(rows)))
        sums[place], sizes[place] = weights @ money[rows], weights @ over[rows]
    lived = np.array([over[channel == name].sum(axis=0) >= FEWEST for name in channels])
    some = lived[:, 0]
    if not some.any():
        raise StudyError(
            "No channel has five customers known for a month or more: the worth of a lead cannot be told. Fill "
            "customer_id of the won leads, or bring a longer period."
        )
    sums, sizes = (np.where(lived[:, None, :], of, 0.0) for of in (sums, sizes))
    own = np.divide(sums, sizes, out=np.zeros_like(sums), where=sizes > 0)
    total = np.where(lived[:, None, :], own, _unlived(sums, sizes, lived, rng)) @ discount
    means = np.where(some, total.mean(axis=1), 0.0)
    errors = np.where(some, total.std(axis=1), np.inf)
    return pool(means, errors, draws, seed, least_scale=abs(means[some].mean())).effects


def _unlived(sums: np.ndarray, sizes: np.ndarray, lived: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a month would bring in each channel: its level times the common profile, shape (channels, draws, months).

    Level and profile are those of a table of independent rows and columns (fitted in turn, as by Poisson regression).
    Months that no channel has lived go on at the mean of the last QUARTER that one has. Draws differ by WIDER in the
    logarithm, since a young channel's customers need not follow the profile.
    """
    known = lived.any(axis=0)
    profile = np.ones((sums.shape[1], sums.shape[2]))
    for _ in range(20):
        level = _ratio(sums.sum(axis=2), (sizes * profile).sum(axis=2))
        profile[:, known] = _ratio(sums.sum(axis=0), (sizes * level[:, :, None]).sum(axis=0))[:, known]
    profile[:, ~known] = profile[:, known][:, -QUARTER:].mean(axis=1, keepdims=True)
    wider = np.exp(rng.normal(-(WIDER**2) / 2, WIDER, level.shape))
    return (level * wider)[:, :, None] * profile


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros_like(above), where=np.abs(below) > 0)


def months_known(over: np.ndarray, channel: np.ndarray, channels: list[str]) -> pd.Series:
    """How many of the months counted at least FEWEST customers of each channel have lived."""
    return pd.Series({name: int((over[channel == name].sum(axis=0) >= FEWEST).sum()) for name in channels})


def check_months(known: pd.Series, months: int) -> Check:
    """Ask whether every channel's customers have lived all the months that count."""
    short = known[known < months]
    names = [
        CHANNEL_MONTHS(channel=name, known=plain(size), months=plain(months)) for name, size in short.items()
    ]
    return check(
        "months known of every channel",
        review=len(short) > 0,
        value=listing(names) if names else ALL_KNOWN(),
        threshold=MONTHS_EACH(months=plain(months)),
        advice=ESTIMATED(months=plain(int(known.max()))),
    )


def cost_after(won: pd.DataFrame, customers: pd.DataFrame | None, channels: list[str]) -> pd.Series:
    """What winning cost beyond the lead's own cost, mean per won lead and channel; 0 where acquisition_cost is unknown."""
    if customers is None or customers.get("acquisition_cost", pd.Series(dtype=float)).notna().sum() == 0:
        return pd.Series(0.0, channels)
    cost = won["customer_id"].map(
        customers.drop_duplicates("customer_id").set_index("customer_id")["acquisition_cost"]
    )
    more = (cost - won["cost"].fillna(0.0)).clip(lower=0).dropna()
    mean = more.groupby(won["channel"].loc[more.index]).mean()
    return mean.reindex(channels).fillna(more.mean() if len(more) else 0.0)


def by_channel(
    curves: dict[str, np.ndarray], worth: np.ndarray, found: Funnel, more_cost: pd.Series, days: float,
    annual_discount_rate: float, cost_per_open_lead: float, seed: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """Value of a new lead per channel: channel, leads, won (within `days`), worth (of a customer), ceiling, cost, gain.

    ceiling, the most a lead may cost: discounted chance of a win x (worth - what winning still costs) - cost of working it.
    cost: mean cost of a lead so far (missing where the table has none); gain: the chance that the ceiling is above it.
    """
    rng = np.random.default_rng(seed)
    steps = int(days / STEP)
    cost = found.leads.groupby("channel")["cost"].mean() if "cost" in found.leads else pd.Series(dtype=float)
    rows = []
    for number, channel in enumerate(found.channels):
        by_step = np.diff(curves[channel][:, :steps], axis=1, prepend=0.0)
        chance = discounted(by_step, annual_discount_rate)
        each = worth[:, number]
        ceiling = rng.choice(chance, len(each)) * (each - more_cost[channel]) - cost_per_open_lead
        paid = float(cost.get(channel, np.nan))
        gain = float(np.mean(ceiling > paid)) if np.isfinite(paid) else np.nan
        size = int((found.leads["channel"] == channel).sum())
        won = interval(curves[channel][:, steps - 1])
        rows.append((channel, size, won, interval(each), interval(ceiling), paid, gain))
    return pd.DataFrame(rows, columns=["channel", "leads", "won", "worth", "ceiling", "cost", "gain"])


def metrics(value: pd.DataFrame) -> dict[str, Interval]:
    """Worth and ceiling of `by_channel` under the names of run.json."""
    worth = {f"customer_worth.{row.channel}": row.worth for row in value.itertuples()}
    return worth | {f"lead_ceiling.{row.channel}": row.ceiling for row in value.itertuples()}


def too_dear(value: pd.DataFrame) -> list[str]:
    """The channels whose leads probably cost more than they may."""
    return list(value.loc[(value["gain"] < PAYS) & value["cost"].notna(), "channel"])


def check_cost(dear: list[str]) -> Check:
    """Ask whether there are channels whose leads are `too_dear`."""
    return check(
        "leads cost less than they may",
        review=bool(dear),
        value=TOO_DEAR(channels=listing(dear)) if dear else NONE_TOO_DEAR(),
        threshold=NO_CHANNEL(),
        advice=ADVICE(),
    )


def artifact(value: pd.DataFrame, **stated: object) -> pd.DataFrame:
    """The table `by_channel` as plain columns: NAME_mean, _p05, _p50, _p95 for won, worth, ceiling; and what is stated."""
    flat = value[["channel", "leads", "cost", "gain"]].copy()
    for name in ("won", "worth", "ceiling"):
        flat = flat.join(pd.DataFrame([one.columns(f"{name}_") for one in value[name]], value.index))
    return flat.assign(**stated)


def score_open(
    hazards: Hazards, found: Funnel, open_leads: pd.DataFrame, worth: np.ndarray, more_cost: pd.Series, days: float,
    annual_discount_rate: float, cost_per_open_lead: float,
) -> pd.DataFrame:  # fmt: skip
    """Every open lead: lead_id, channel, stage, age_days (in the stage), score, value (expected, in money)."""
    rows = open_leads["lead"].to_numpy()
    channel = found.leads["channel"].to_numpy()[rows]
    each = pd.Series(worth.mean(axis=0), found.channels)[channel].to_numpy() - more_cost[channel].to_numpy()
    soon = mean_scores(hazards, open_leads, days, annual_discount_rate)
    return pd.DataFrame(
        {
            "lead_id": found.leads["lead_id"].to_numpy()[rows],
            "channel": channel,
            "stage": np.array(found.names)[open_leads["stage"]],
            "age_days": open_leads["age"].to_numpy(),
            "score": mean_scores(hazards, open_leads, days),
            "value": soon * each - cost_per_open_lead,
        }
    )


@dataclass(frozen=True)
class OpenLeads:
    """All open leads together: `by_stage` (stage, leads, score, days, value), their number, worth and expected wins.

    `first_share`: the share of the expected wins among the fifth of them with the highest worth.
    """

    by_stage: pd.DataFrame
    leads: int
    worth: float
    wins: float
    first_share: float

    @property
    def metrics(self) -> dict[str, float]:
        """The totals under the names of run.json."""
        totals = {"open.worth": self.worth, "open.expected_wins": self.wins}
        return totals | {"open.top_fifth_share_of_wins": self.first_share}


def open_leads(scores: pd.DataFrame, found: Funnel) -> OpenLeads:
    """Sum up `score_open`: per stage the leads, their mean score, median days in the stage and worth together."""
    groups = scores.groupby("stage").agg(
        leads=("score", "size"), score=("score", "mean"), days=("age_days", "median"), value=("value", "sum")
    )
    by_stage = groups.reindex(found.names).dropna().reset_index()
    first = scores.nlargest(max(1, len(scores) // FIRST), "value")["score"].sum()
    wins = float(scores["score"].sum())
    share = float(first / wins) if len(scores) else 0.0
    return OpenLeads(by_stage, len(scores), float(scores["value"].sum()), wins, share)
