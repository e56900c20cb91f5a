"""Loyalty: Net Promoter Score, repurchase and renewal rates, and what keeping customers costs."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.clv import renewal_counts
from helpers.errors import StudyError
from helpers.inference.intervals import Interval, interval
from helpers.messages import count, message, plain
from helpers.study.year import YEAR_WINDOW

if TYPE_CHECKING:
    import ibis

REACHED = 0.95  # share of draws in which half of the tickets are closed, from which the median is known
NO_ANSWERS = (
    "customer_id",
    "asked_at",
    "score",
)  # the columns of surveys and tickets, where the study has none
NO_TICKETS = ("customer_id", "opened_at", "closed_at", "topic", "severity", "cost")
SCALES = {"0-10": (0, 10), "1-10": (1, 10)}
CLASSES = ("detractor", "passive", "promoter")
ANY_ALIKE = 20  # answers from which one score for all is no answer
ANY_ZERO = 200  # answers from which a scale of 0-10 without a single 0 is worth a question
NO_ZERO = message(
    "loyalty.no_zero",
    "No answer is 0: was the question asked on a scale from 1 to 10? Then state `survey_scale` as 1-10.",
)
ALL_ALIKE = message(
    "loyalty.all_alike",
    "All {answers} are {score}: was only one kind exported, or is it what the form fills in? Bring the answers as given.",
)
ANSWERS_FROM = message("loyalty.answers_from", "answers from {low} to {high}")


def check_scale(scores: pd.Series, scale: str) -> Check | None:
    """Ask whether the scores are those of the scale; None where there are none.

    StudyError for an unknown scale, scores outside it, scores that are not whole numbers, or scores that never pass 5
    or 7: those are of another scale, and promoters (9 and 10) cannot be told.
    """
    if scale not in SCALES:
        raise StudyError(f"survey_scale is {scale!r}; allowed: {', '.join(SCALES)}.")
    if scores.empty:
        return None
    low, high = SCALES[scale]
    outside = scores[(scores < low) | (scores > high)]
    if len(outside):
        raise StudyError(
            f"{len(outside):,} scores lie outside the scale {scale}; first: {_first(outside)}. "
            "State the scale of the question as `survey_scale`, or set these rows aside in the study file."
        )
    broken = scores[scores % 1 != 0]
    if len(broken):
        raise StudyError(
            f"{len(broken):,} scores are not whole numbers; first: {_first(broken)}. They "
            "are means or rescaled: bring the answers as they were given."
        )
    if len(scores) >= 20 and scores.max() in (5, 7):
        raise StudyError(
            f"No score is above {scores.max():g}: this looks like another scale, on which promoters (9 and 10) "
            "do not exist. Bring answers on a scale of 0 to 10; a rescaled one would not be a Net Promoter Score."
        )
    odd = scale == "0-10" and len(scores) >= ANY_ZERO and scores.min() >= 1
    seen = ANSWERS_FROM(low=plain(scores.min()), high=plain(scores.max()))
    alike = len(scores) >= ANY_ALIKE and scores.nunique() == 1
    told = ALL_ALIKE(answers=count(len(scores), "answer"), score=plain(scores.min())) if alike else NO_ZERO()
    return check("scale of the scores", fail=alike, review=odd, value=seen, threshold=scale, advice=told)


def answers_to(surveys: pd.DataFrame | None, question: str) -> pd.DataFrame:
    """The answers to the one question whose text holds `question`, in capitals or not.

    Where no question is stated, or only one, all answers are to it. StudyError where several are stated and none or more
    than one of them is meant. No answers where the study has no surveys.
    """
    if surveys is None:
        return pd.DataFrame(columns=list(NO_ANSWERS))
    asked = surveys["question"] if "question" in surveys else pd.Series(pd.NA, surveys.index, dtype="string")
    texts = sorted(asked.dropna().unique())
    if len(texts) <= 1 and (asked.isna().all() or asked.notna().all()):
        return surveys
    meant = [text for text in texts if question.casefold() in text.casefold()]
    if len(meant) != 1:
        raise StudyError(
            f"{len(meant)} questions of surveys hold {question!r}; name a part of one that the others lack. They ask: "
            f"{'; '.join(texts)}{'; or nothing is stated' if asked.isna().any() else ''}."
        )
    return surveys[asked == meant[0]]


def classify(scores: pd.Series) -> pd.Series:
    """Name each score: detractor (up to 6), passive (7, 8), promoter (9, 10)."""
    return pd.cut(scores, [-np.inf, 6, 8, np.inf], labels=list(CLASSES)).astype(str)


def latest_answers(surveys: pd.DataFrame, until: date, days: int) -> pd.DataFrame:
    """Return each customer's latest answer in the `days` up to `until`: customer_id, asked_at, score, class."""
    asked = pd.to_datetime(surveys["asked_at"])
    inside = (asked.dt.date <= until) & (asked.dt.date > until - timedelta(days=days))
    latest = (
        surveys[inside]
        .assign(asked_at=asked[inside])
        .sort_values("asked_at")
        .drop_duplicates("customer_id", keep="last")
    )
    return (
        latest[["customer_id", "asked_at", "score"]]
        .assign(**{"class": classify(latest["score"])})
        .reset_index(drop=True)
    )


def nps(classes: pd.Series, draws: int = 1000, seed: int = 1) -> np.ndarray:
    """Draw the Net Promoter Score, promoters less detractors in per cent of all, -100 to 100: (draws,).

    Of those who would answer, given those who did: multinomial with Jeffreys's prior, Dirichlet(.5, .5, .5).
    """
    counts = classes.value_counts().reindex(list(CLASSES), fill_value=0).to_numpy()
    shares = np.random.default_rng(seed).dirichlet(counts + 0.5, draws)
    return 100 * (shares[:, 2] - shares[:, 0])


def nps_by(answers: pd.DataFrame, group: pd.Series, draws: int = 1000, seed: int = 1) -> pd.DataFrame:
    """Net Promoter Score per group: group, answers, promoters, detractors (shares), nps (Interval); largest group first.

    group: a label per row of the answers; rows without one are left out.
    """
    rows = []
    for name, size in group.value_counts().items():
        own = answers.loc[(group == name).to_numpy(), "class"]
        shares = [float((own == one).mean()) for one in ("promoter", "detractor")]
        rows.append((str(name), size, *shares, interval(nps(own, draws, seed))))
    return pd.DataFrame(rows, columns=["group", "answers", "promoters", "detractors", "nps"])


@dataclass(frozen=True)
class Recommending:
    """The Net Promoter Score of a year, from how many answers, and which share of those who bought gave one.

    nps: weighted to those who bought, where `of_base`; else, and as `plain`, of those who answered. None from fewer
    answers than `fewest`; answered_share None without buyers.
    """

    nps: Interval | None
    plain: Interval | None
    of_base: bool
    answers: int
    answered_share: float | None
    fewest: int = 1

    @property
    def metrics(self) -> dict[str, float | Interval | None]:
        """The numbers under the names of run.json."""
        shown = {"nps": self.nps, "nps.answers": self.answers, "nps.answered_share": self.answered_share}
        return shown | ({"nps.of_those_who_answered": self.plain} if self.of_base else {})


def recommending(
    answers: pd.DataFrame,
    buyers: int,
    of_base: np.ndarray | None = None,
    draws: int = 1000,
    seed: int = 1,
    fewest: int = 1,
) -> Recommending:
    """Sum up the latest answers (`latest_answers`); buyers: customers who bought in that time.

    of_base: draws of the score weighted to them (`weighting.weighted`). fewest: answers from which a score is told.
    """
    enough = len(answers) >= max(fewest, 1)
    plain = interval(nps(answers["class"], draws, seed)) if enough else None
    score = plain if of_base is None or plain is None else interval(of_base)
    share = len(answers) / buyers if buyers else None
    return Recommending(score, plain, score is not plain, len(answers), share, fewest)


def nps_by_quarter(
    surveys: pd.DataFrame, as_of: date, smallest: int, draws: int = 1000, seed: int = 1
) -> pd.DataFrame:
    """`nps_by` per quarter of all answers up to `as_of`, in their order; quarters of few answers are left out."""
    asked = pd.to_datetime(surveys["asked_at"])
    quarter = asked.dt.to_period("Q")[asked.dt.date <= as_of]
    classes = pd.DataFrame({"class": classify(surveys["score"])}).loc[quarter.index]
    found = nps_by(classes, quarter.dt.strftime("%Y Q%q"), draws, seed).sort_values("group")
    return found[found["answers"] >= smallest]


def lowest_and_highest(quarters: pd.DataFrame) -> tuple[float, float] | None:
    """The lowest and the highest mean of `nps_by_quarter`; None where there is no quarter."""
    levels = [one.mean for one in quarters["nps"]]
    return (min(levels), max(levels)) if levels else None


def purchase_days(ledger: "ibis.Table | None") -> pd.DataFrame:
    """The distinct purchase days of the ledger: customer_id, order_date; none without orders."""
    if ledger is None:
        return pd.DataFrame(
            {"customer_id": pd.Series(dtype=str), "order_date": pd.Series(dtype="datetime64[ns]")}
        )
    bought = ledger.filter(ledger.kind == "purchase")
    return bought.select("customer_id", "order_date").distinct().to_pandas()


def rate(successes: float, tries: float, draws: int = 1000, seed: int = 1) -> np.ndarray:
    """Draw a share from counts with Jeffreys's prior, Beta(.5, .5): (draws,)."""
    return np.random.default_rng(seed).beta(successes + 0.5, tries - successes + 0.5, draws)


def per_hundred(tickets: int, purchases: int, draws: int = 1000, seed: int = 1) -> Interval | None:
    """Tickets per hundred purchase days; None without any."""
    return interval(100 * rate(tickets, max(purchases, tickets), draws, seed)) if purchases else None


def repurchase(days: pd.DataFrame, as_of: date, window: int = YEAR_WINDOW) -> tuple[int, int]:
    """Count who bought in the `window` days before the last `window` days, and those of them who bought in the last.

    days: customer_id, order_date. This is repurchase, not retention: somebody who pauses has not left.
    """
    when = pd.to_datetime(days["order_date"]).dt.date
    start = as_of - timedelta(days=window)
    before = set(days["customer_id"][(when <= start) & (when > start - timedelta(days=window))])
    after = set(days["customer_id"][(when > start) & (when <= as_of)])
    return len(before), len(before & after)


def renewals(
    subscriptions: pd.DataFrame | None, as_of: date, days: int = YEAR_WINDOW, period: str = ""
) -> tuple[int, int]:
    """Count the renewals that fell due in the `days` up to `as_of`, and those that were made.

    period: month, quarter or year, where contracts do not say it. (0, 0) without contracts, or where nothing says it.
    """
    if subscriptions is None or subscriptions.empty or not (period or subscriptions["period"].notna().any()):
        return 0, 0
    period, start = renewal_counts.period_of(subscriptions, period), as_of - timedelta(days=days)
    now = renewal_counts.contracts_at(subscriptions, as_of, period)
    then = renewal_counts.contracts_at(renewal_counts.as_known_on(subscriptions, start), start, period)
    made = int(now["renewals"].sum() - then["renewals"].sum())
    return made + int(now["lost"].sum() - then["lost"].sum()), made


@dataclass(frozen=True)
class Kept:
    """Repurchase of `were` earlier buyers, of whom `came_back`, and renewal of `due` contracts; None of nobody."""

    were: int
    came_back: int
    repurchase: Interval | None
    due: int
    renewal: Interval | None

    @property
    def metrics(self) -> dict[str, Interval | None]:
        """The intervals under the names of run.json."""
        return {"repurchase_rate": self.repurchase, "renewal_rate": self.renewal}


def kept(
    days: pd.DataFrame,
    subscriptions: pd.DataFrame | None,
    as_of: date,
    window: int = YEAR_WINDOW,
    draws: int = 1000,
    seed: int = 1,
    period: str = "",
) -> Kept:
    """Return who came back and what was renewed in the `window` days up to `as_of` (see `repurchase`, `renewals`)."""
    were, came_back = repurchase(days, as_of, window)
    due, made = renewals(subscriptions, as_of, window, period)
    renewed = interval(rate(made, due, draws, seed)) if due else None
    again = interval(rate(came_back, were, draws, seed)) if were else None
    return Kept(were, came_back, again, due, renewed)


def keeping_costs(spent: pd.DataFrame, came_back: int) -> dict[str, float]:
    """What keeping and serving customers cost, from `spending`, also per customer who came back; empty without costs."""
    cost = spent.set_index("kind")["cost"]
    if not (cost > 0).any():
        return {}
    retention, service = float(cost.get("retention", 0.0)), float(cost.get("service", 0.0))
    each = {"retention_cost_per_kept": retention / came_back} if came_back else {}
    return {"retention_cost": retention, "service_cost": service} | each


def spending(activities: pd.DataFrame | None, as_of: date, days: int = YEAR_WINDOW) -> pd.DataFrame:
    """What was done for customers in the `days` up to `as_of`, per kind: kind, number, customers, cost, each."""
    columns = ["kind", "number", "customers", "cost", "each"]
    if activities is None:
        return pd.DataFrame(columns=columns)
    when = pd.to_datetime(activities["at"]).dt.date
    inside = activities[(when <= as_of) & (when > as_of - timedelta(days=days))]
    table = inside.groupby("kind").agg(
        number=("kind", "size"), customers=("customer_id", "nunique"), cost=("cost", "sum")
    )
    return table.assign(each=table["cost"] / table["number"]).reset_index()[columns]


def close_days(tickets: pd.DataFrame, as_of: date, draws: int = 1000, seed: int = 1) -> Interval | None:
    """Median days from opening to closing a ticket, open ones censored: Kaplan-Meier under the Bayesian bootstrap.

    None where it is not known yet: no ticket was closed, or too few for half of them to be closed within the days seen.
    """
    opened = pd.to_datetime(tickets["opened_at"])
    closed = pd.to_datetime(tickets["closed_at"])
    if not closed.notna().any():
        return None
    end = closed.fillna(pd.Timestamp(as_of) + pd.Timedelta(days=1))
    days = ((end - opened) / pd.Timedelta(days=1)).clip(lower=0).to_numpy()
    order = np.argsort(days, kind="stable")
    days, done = days[order], closed.notna().to_numpy()[order]
    weights = np.random.default_rng(seed).standard_exponential((draws, len(days)))
    at_risk = weights[:, ::-1].cumsum(axis=1)[:, ::-1]
    left = np.cumprod(1 - done * weights / at_risk, axis=1)
    half = left <= 0.5
    reached = half.any(axis=1)
    return interval(days[half.argmax(axis=1)[reached]]) if np.mean(reached) >= REACHED else None


def in_days(tickets: pd.DataFrame, as_of: date, days: int) -> pd.DataFrame:
    """The tickets opened in the `days` up to `as_of`."""
    opened = pd.to_datetime(tickets["opened_at"]).dt.date
    return tickets[(opened > as_of - timedelta(days=days)) & (opened <= as_of)]


def opened(tickets: pd.DataFrame, *, brought: bool) -> dict[str, int]:
    """How many tickets there are and how many are open, under the names of run.json; nothing where no table brought any."""
    return (
        {"tickets": len(tickets), "tickets.open": int(tickets["closed_at"].isna().sum())} if brought else {}
    )


def by_topic(tickets: pd.DataFrame, as_of: date, draws: int = 500, seed: int = 1) -> pd.DataFrame:
    """Tickets by topic, the most frequent first: topic, tickets, close_days (median, Interval), open, cost (or NaN)."""
    rows = []
    for name, own in tickets.assign(topic=tickets["topic"].fillna("not stated")).groupby("topic"):
        closing = close_days(own, as_of, draws, seed)
        cost = own["cost"].sum(min_count=1)  # unknown of none, not 0
        rows.append((name, len(own), closing, own["closed_at"].isna().sum(), cost))
    table = pd.DataFrame(rows, columns=["topic", "tickets", "close_days", "open", "cost"])
    return table.sort_values("tickets", ascending=False, ignore_index=True)


def measures(rows: list[tuple]) -> pd.DataFrame:
    """The artifact `loyalty`: measure, group, size, mean, p05, p50, p95, from (measure, group, size, Interval or None)."""
    known = [
        {"measure": measure, "group": group, "size": int(size), **one.columns()}
        for measure, group, size, one in rows
        if one is not None
    ]
    return pd.DataFrame(known, columns=["measure", "group", "size", "mean", "p05", "p50", "p95"])


def _first(scores: pd.Series) -> str:
    """The first three scores, for an error."""
    return ", ".join(f"{one:g}" for one in scores.head(3))
