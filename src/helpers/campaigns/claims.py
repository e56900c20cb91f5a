"""Claims that others make about campaigns and customers, answered with the probability that ours reach them."""

from datetime import date

import ibis
import numpy as np
import pandas as pd

from helpers.campaigns.campaign_worth import Worth, chance_of
from helpers.errors import StudyError
from helpers.inference import monte_carlo
from helpers.inference.intervals import ERROR, interval
from helpers.messages import Message, message, percent
from helpers.study.year import YEAR_WINDOW

MEANING = {
    "conversion": "more assigned customers who buy in the window (best campaign)",
    "purchases": "more purchases up to the end of what was seen (best campaign)",
    "order_value": "more margin per purchase (best campaign)",
    "retention": "more customers still active at the end of what was seen (best campaign)",
    "satisfied_spend": "more revenue from satisfied customers (9 or 10) than from the others, in the 90 days after",
    "new_customer_cost_ratio": "times a new customer costs what keeping one costs",
    "top_fifth_share": "share of revenue that the best fifth of customers bring",
    "lead_conversion": "more leads that become customers",
    "qualified_leads": "more qualified leads",
}
RECORDED = message(
    "claims.recorded",
    "customers won in the last year, against retention activities: these are recorded for {recorded} of those who bought, "
    "and for the others nothing is counted",
)
TIMES = ("new_customer_cost_ratio",)  # a number of times; all others are shares
UNMEASURED = {
    "lead_conversion": "needs a randomized campaign on leads",
    "qualified_leads": "needs a randomized campaign on leads",
}
OF_CAMPAIGNS = ("conversion", "purchases", "order_value", "retention")
NO_LOTS = "needs a campaign whose arms are said to be drawn by lot"
DRAWS = 2000


def check_names(claims: dict) -> None:
    """Refuse claims that nobody here can measure, naming those that exist, and values that are no numbers."""
    for name, value in claims.items():
        if name not in MEANING:
            raise StudyError(f"claimed_lifts: unknown claim {name!r}. There is: {', '.join(MEANING)}.")
        if float(value) <= 0:
            raise StudyError(f"claimed_lifts.{name} is {value}: write a rise of 24 % as 0.24.")


def answer(claims: dict, measured: dict[str, tuple[np.ndarray, str | Message]]) -> pd.DataFrame:
    """Return one row per claim: claim, meaning, claimed, ours (Interval or None), chance, chance_mcse, of,
    times.

    of: which of ours, or why not; times: whether it is a number of times and no share.
    """
    rows = []
    for name, claimed in claims.items():
        untold = NO_LOTS if name in OF_CAMPAIGNS else "the table it needs is not in this study"
        draws, source = measured.get(name, (None, UNMEASURED.get(name, untold)))
        chance = None if draws is None else chance_of(draws >= float(claimed))
        ours = None if draws is None else interval(draws)
        error = np.nan if chance is None else monte_carlo.error_of(chance)
        rows.append((name, MEANING[name], float(claimed), ours, chance, error, source))
    names = ["claim", "meaning", "claimed", "ours", "chance", f"chance{ERROR}", "of"]
    told = pd.DataFrame(rows, columns=names)
    return told.assign(times=told["claim"].isin(TIMES))


def metrics(told: pd.DataFrame) -> dict[str, float | None]:
    """Return the probabilities of `answer` under the names of run.json; None where a claim cannot be answered."""
    return {
        f"claim.{row.claim}": None if row.ours is None else monte_carlo.known(row.chance, row.chance_mcse)
        for row in told.itertuples()
    }


def known(
    name: str, found: tuple[np.ndarray, str | Message] | None
) -> dict[str, tuple[np.ndarray, str | Message]]:
    """Put a measure under its name; nothing where it could not be measured."""
    return {name: found} if found else {}


def from_campaigns(
    made: list[Worth], units: dict[str, pd.DataFrame], controls: dict[str, str], seed: int = 1
) -> dict:
    """Draws of the campaigns' relative lifts, each of the campaign where it is largest on average."""
    rng = np.random.default_rng(seed)
    found: dict[str, tuple[np.ndarray, str | Message]] = {}
    for one in made:
        own, control = units[one.campaign], controls[one.campaign]
        bought = own.groupby("arm")["converted"].agg(["sum", "size"])
        rate, base = (
            rng.beta(1 + bought.loc[arm, "sum"], 1 + bought.loc[arm, "size"] - bought.loc[arm, "sum"], DRAWS)
            for arm in (one.arm, control)
        )
        lifts = {
            "conversion": rate / base - 1,
            "purchases": sum(one.purchases.values()) / sum(one.control.values()),
            "order_value": one.order_value,
            "retention": one.active / one.control_active,
        }
        for name, draws in lifts.items():
            if name not in found or np.median(draws) > np.median(found[name][0]):
                found[name] = (draws, f"{one.campaign}: {one.arm}")
    return found


def top_fifth_share(ledger: ibis.Table, seed: int = 1) -> tuple[np.ndarray, str | Message]:
    """Draw the share of revenue that the best fifth of customers bring (Bayesian bootstrap over customers)."""
    bought = ledger.filter(ledger.kind == "purchase")
    revenue = bought.group_by("customer_id").agg(revenue=bought.revenue.sum())
    revenue = np.sort(revenue.revenue.to_pandas().to_numpy(float))[::-1]
    rng, draws = np.random.default_rng(seed), np.empty(200)
    for i in range(len(draws)):
        weights = rng.standard_exponential(len(revenue))
        ranked = np.cumsum(weights) / weights.sum()
        money = np.cumsum(weights * revenue)
        draws[i] = np.interp(0.2, ranked, money) / money[-1]
    return draws, "all customers with a purchase"


def cost_ratio(
    customers: pd.DataFrame | None,
    activities: pd.DataFrame | None,
    ledger: ibis.Table,
    as_of: date,
    seed: int = 1,
) -> tuple[np.ndarray, str | Message] | None:
    """Draw how many times winning a customer costs what keeping one costs a year; None where costs are not known.

    Winning: acquisition_cost per customer won in the last year. Keeping: cost of retention activities in the last year
    per customer who bought in it.
    """
    if customers is None or activities is None:
        return None
    begin = pd.Timestamp(as_of) - pd.Timedelta(days=YEAR_WINDOW)
    won = (
        customers[pd.to_datetime(customers["acquired_at"]) > begin]
        if "acquired_at" in customers
        else customers
    )
    kept = activities[(activities["kind"] == "retention") & (pd.to_datetime(activities["at"]) > begin)]
    if "acquisition_cost" not in won or not won["acquisition_cost"].notna().any() or not len(kept):
        return None
    recent = ledger.filter((ledger.kind == "purchase") & (ledger.order_date > begin.date()))
    buyers = pd.Index(recent.select("customer_id").distinct().to_pandas()["customer_id"])
    per_buyer = kept.groupby("customer_id")["cost"].sum().reindex(buyers, fill_value=0.0).to_numpy(float)
    cost = won["acquisition_cost"].dropna().to_numpy(float)
    rng = np.random.default_rng(seed)
    draws = np.array([_mean(cost, rng) / max(_mean(per_buyer, rng), 1e-9) for _ in range(400)])
    recorded = percent(float((per_buyer > 0).mean()), 0)
    return draws, RECORDED(recorded=recorded)


def satisfied_spend(
    surveys: pd.DataFrame, ledger: ibis.Table, as_of: date, days: int = 90, seed: int = 1
) -> tuple[np.ndarray, str | Message] | None:
    """Draw the lift of revenue in the days after a survey, scores 9 and 10 against the others; None with few answers.

    Who is satisfied differs in more than satisfaction: this describes, and says nothing of cause. Each customer's last
    answer with `days` of follow-up counts.
    """
    asked = surveys.assign(
        day=pd.to_datetime(surveys["asked_at"]).dt.normalize(), score=surveys["score"].astype(float)
    )
    asked = asked[asked["day"] <= pd.Timestamp(as_of) - pd.Timedelta(days=days)]
    asked = asked.sort_values("day").drop_duplicates("customer_id", keep="last")
    happy = (asked["score"] >= 9).to_numpy()
    if min(happy.sum(), (~happy).sum()) < 30:
        return None
    table = ibis.memtable(
        pd.DataFrame({"customer_id": asked["customer_id"].astype("string"), "day": asked["day"].dt.date})
    ).mutate(day=ibis._.day.cast("date"))
    lines = ledger.filter(ledger.kind == "purchase").inner_join(table, "customer_id")
    since = lines.order_date.delta(lines.day, unit="day")
    spent = (
        lines.filter((since > 0) & (since <= days)).group_by("customer_id").agg(revenue=lines.revenue.sum())
    )
    spent = spent.to_pandas().set_index("customer_id")["revenue"]
    revenue = asked["customer_id"].map(spent).fillna(0.0).to_numpy(float)
    rng = np.random.default_rng(seed)
    draws = np.array([_mean(revenue[happy], rng) / _mean(revenue[~happy], rng) - 1 for _ in range(400)])
    return draws, "answers to surveys as they are, not a cause; the loyalty page compares like with like"


def _mean(values: np.ndarray, rng: np.random.Generator) -> float:
    weights = rng.standard_exponential(len(values))
    return float(weights @ values / weights.sum())
