"""What a lead is worth: what customers of its channel earned so far, times the chance of winning it, less the cost.

The worth of a new customer is counted, not modelled: the mean cumulative margin per customer won, month by month, among
those known for that month (so that young customers count where they can), discounted, and partially pooled over channels.
Months that a young channel has not lived yet follow the profile of all channels.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.clv.contribution_margin import margin_share
from helpers.customers import concentration
from helpers.customers.lead_chances import STEP, Hazards, discounted, scores_and_sums
from helpers.customers.lead_scores import FIRST
from helpers.customers.leads import Funnel
from helpers.inference import monte_carlo
from helpers.inference.intervals import Interval, interval
from helpers.inference.pooling import pool
from helpers.messages import listing, message, plain
from helpers.study.year import MONTH

if TYPE_CHECKING:
    import ibis

PAYS = 0.5  # a lead is too dear where the chance that it pays is below this
FEWEST = 5  # customers of a channel who have lived a month, for the month to be known
BOOTSTRAPS = 400
WIDER, QUARTER = 0.25, 3
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
    "Months that a channel's customers have not lived yet are estimated from the other channels' months, those beyond "
    "{months} from the last ones known. Set `value_months` lower to count only what has been seen.",
)


def customers_won(found: Funnel) -> pd.DataFrame:
    """The leads that were won and whose customer is known, once per customer."""
    known = found.leads["won_at"].notna() & found.leads["customer_id"].notna()
    return found.leads[known].drop_duplicates("customer_id")


def order_lines(ledger: "ibis.Table | None", margin: float) -> tuple[pd.DataFrame | None, float, str]:
    """The lines of the ledger (None without orders: customer_id, order_date, revenue, margin), the margin used, its source.

    A line without a margin counts with the whole base's share of revenue, or with `margin` where the data bring none.
    """
    if ledger is None:
        return None, margin, ""
    rate, source = margin_share(ledger, margin)
    lines = ledger.select("customer_id", "order_date", "revenue", "margin").to_pandas()
    return lines.assign(margin=lines["margin"].fillna(rate * lines["revenue"])), rate, source


def margins_by_month(
    won: pd.DataFrame, lines: pd.DataFrame | None, as_of: date, months: int
) -> tuple[np.ndarray, np.ndarray]:
    """Margin of each won lead's customer in each month since the win, and whether that month is over at `as_of`.

    won: customer_id, won_at. lines: customer_id, order_date, margin; without any no month is known. Both results (leads,
    months).
    """
    if lines is None:
        return np.zeros((len(won), months)), np.zeros((len(won), months), bool)
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
) -> np.ndarray | None:  # fmt: skip
    """Draw the discounted mean margin of a customer won, per channel: (draws, channels); None where nothing is known.

    Bayesian bootstrap of the customers of a channel; a month that fewer than FEWEST of them have lived counts with the
    channel's level times the profile over the months of all channels, widened (`_unlived`); then partial pooling of the
    channels (`pooling.pool`). A channel with fewer customers has no estimate.
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
        return None
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


def check_months(known: pd.Series, months: int) -> Check | None:
    """Ask whether every channel's customers have lived all the months that count; None where nobody's are known."""
    if not known.any():
        return None
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
    curves: dict[str, np.ndarray], worth: np.ndarray | None, found: Funnel, more_cost: pd.Series, days: float,
    annual_discount_rate: float, cost_per_open_lead: float, seed: int = 1,
) -> pd.DataFrame | None:  # fmt: skip
    """Value of a new lead per channel: channel, leads, won (within `days`), worth (of a customer), ceiling, cost, gain.

    ceiling, the most a lead may cost: discounted chance of a win x (worth - what winning still costs) - cost of working it.
    cost: mean cost of a lead so far (missing where the table has none); gain: the chance that the ceiling is above it
    (missing where leads cost nothing: then there is nothing to compare). None without worth.
    """
    if worth is None:
        return None
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
        gain = float(np.mean(ceiling > paid)) if paid > 0 else np.nan
        size = int((found.leads["channel"] == channel).sum())
        won = interval(curves[channel][:, steps - 1])
        rows.append((channel, size, won, interval(each), interval(ceiling), paid, gain))
    return pd.DataFrame(rows, columns=["channel", "leads", "won", "worth", "ceiling", "cost", "gain"])


def metrics(value: pd.DataFrame | None) -> dict[str, Interval]:
    """Worth and ceiling of `by_channel` under the names of run.json."""
    if value is None:
        return {}
    worth = {f"customer_worth.{row.channel}": row.worth for row in value.itertuples()}
    return worth | {f"lead_ceiling.{row.channel}": row.ceiling for row in value.itertuples()}


@dataclass(frozen=True)
class Costs:
    """The channels whose leads probably cost more than they may, those that do not, and those whose cost is not known."""

    dear: list[str]
    fine: list[str]
    unknown: list[str]


def costs(value: pd.DataFrame | None) -> Costs:
    """Sort the channels of `by_channel` by whether their leads cost more than they may."""
    if value is None:
        return Costs([], [], [])
    known, pays = value["gain"].notna(), value["gain"] >= PAYS
    parts = (value.loc[rows, "channel"] for rows in (known & ~pays, known & pays, ~known))
    return Costs(*map(list, parts))


def check_cost(found: Costs) -> Check | None:
    """Ask whether there are channels whose leads are too dear; None where no channel's cost is known."""
    if not found.dear and not found.fine:
        return None
    return check(
        "leads cost less than they may",
        review=bool(found.dear),
        value=TOO_DEAR(channels=listing(found.dear)) if found.dear else NONE_TOO_DEAR(),
        threshold=NO_CHANNEL(),
        advice=ADVICE(),
    )


def artifact(value: pd.DataFrame | None, **stated: object) -> pd.DataFrame | None:
    """The table `by_channel` as plain columns: NAME_mean, _p05, _p50, _p95 for won, worth, ceiling; and what is stated."""
    if value is None:
        return None
    flat = value[["channel", "leads", "cost", "gain"]].copy()
    for name in ("won", "worth", "ceiling"):
        flat = flat.join(pd.DataFrame([one.columns(f"{name}_") for one in value[name]], value.index))
    return flat.assign(**stated)


def score_open(
    hazards: Hazards, found: Funnel, open_leads: pd.DataFrame, worth: np.ndarray | None, more_cost: pd.Series, days: float,
    annual_discount_rate: float, cost_per_open_lead: float,
) -> "Scored":  # fmt: skip
    """Score every open lead; worth: draws of what a customer of each channel earns, None where that is not known."""
    rows = open_leads["lead"].to_numpy()
    channel = found.leads["channel"].to_numpy()[rows]
    score, wins = scores_and_sums(hazards, open_leads, days)
    scores = pd.DataFrame(
        {
            "lead_id": found.leads["lead_id"].to_numpy()[rows],
            "channel": channel,
            "stage": np.array(found.names)[open_leads["stage"]],
            "age_days": open_leads["age"].to_numpy(),
            "score": score,
        }
    )
    if worth is None:
        return Scored(scores.sort_values("score", ascending=False), wins, None)
    more = more_cost[channel].to_numpy()
    each = pd.Series(worth.mean(axis=0), found.channels)[channel].to_numpy() - more
    by_draw = (
        worth[np.arange(hazards.draws) % len(worth)][:, pd.Index(found.channels).get_indexer(channel)] - more
    )
    soon, sums = scores_and_sums(hazards, open_leads, days, annual_discount_rate, by_draw)
    table = scores.assign(value=soon * each - cost_per_open_lead).sort_values("value", ascending=False)
    return Scored(table, wins, sums - cost_per_open_lead * len(table))


@dataclass(frozen=True)
class Scored:
    """Open leads, best first: `table` has lead_id, channel, stage, age_days (in it), score and, with worth, value (money).

    wins, worth: what is expected of all under each draw of the chances and of what a customer earns, (draws,); worth is
    None where a customer's is.
    """

    table: pd.DataFrame
    wins: np.ndarray
    worth: np.ndarray | None

    def artifact(self, **stated: object) -> pd.DataFrame:
        """The table with what is `stated`, and the interval of what all are worth: all_mean, all_p05, all_p50, all_p95."""
        known = {} if self.worth is None else interval(self.worth).columns("all_")
        return self.table.assign(**known, **stated)


@dataclass(frozen=True)
class OpenLeads:
    """All open leads together: `by_stage` (stage, leads, score, days, value), their number, worth and expected wins.

    `first_share`: the share of the expected wins among the fifth of them that is called first, by worth, or by score where
    worth is None: what a customer brings is not known.
    """

    by_stage: pd.DataFrame
    leads: int
    worth: float | None
    wins: float
    first_share: float

    @property
    def metrics(self) -> dict[str, float | None]:
        """The totals under the names of run.json."""
        totals = {"open.worth": self.worth, "open.expected_wins": self.wins}
        return totals | {"open.top_fifth_share_of_wins": self.first_share}


def open_leads(scored: Scored, found: Funnel) -> OpenLeads:
    """Sum up `score_open`: per stage the leads, their mean score, median days in the stage and worth together."""
    scores = scored.table
    by = "value" if "value" in scores else "score"
    sums = {"leads": ("score", "size"), "score": ("score", "mean"), "days": ("age_days", "median")}
    groups = scores.groupby("stage").agg(**sums, **({"value": ("value", "sum")} if by == "value" else {}))
    by_stage = groups.reindex(found.names).dropna().reset_index()
    first = scores.nlargest(max(1, len(scores) // FIRST), by)["score"].sum()
    wins = monte_carlo.by_draw(scores["score"].sum(), scored.wins)
    share = float(first / wins) if len(scores) else 0.0
    worth = None if scored.worth is None else monte_carlo.by_draw(scores["value"].sum(), scored.worth)
    return OpenLeads(by_stage, len(scores), worth, wins, share)


def by_tenth(scores: pd.DataFrame, smallest: int) -> pd.DataFrame | None:
    """Worth per open lead in ten equal groups by that worth (`concentration.by_tenth`); None where worth is not known."""
    known = "value" in scores and len(scores) >= smallest
    return concentration.by_tenth(scores["value"], smallest) if known else None
