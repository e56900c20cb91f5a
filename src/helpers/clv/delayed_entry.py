"""Contracts that the data knows only from some day on: what came before is not seen, and those lost by then are missing.

Counted from its start, such a contract looks as if it had been renewed in spite of every loss that left no trace. A
contract that is known from its entry on was active there: only renewal dates after it count, and the likelihood of sBG
and BdW is exact (delayed entry, left truncation).
"""

from datetime import date

import pandas as pd

from helpers.checks import Check, check
from helpers.clv.renewal_counts import MONTHS_PER
from helpers.errors import StudyError
from helpers.messages import count, day, message, percent

EARLY = 2  # periods before the first recorded end in which earlier contracts should have had losses
SURPRISE = 0.01  # probability of no loss among them below which contracts are missing
FEWEST_ENDS, ONE_DATE = 10, 0.95  # of so many ends this share on one date: a snapshot

ALL_KNOWN = message("entry.all_known", "no earlier loss is missing")
MISSING = message(
    "entry.missing",
    "{early} began more than two periods before the first recorded end, {first}, and none was lost until then; of later "
    "ones {share} were lost within two periods",
)
KNOWN = message("entry.known", "lost as later contracts are")
STATE_IT = message(
    "entry.state_it",
    "Contracts that ended before {first} are probably not in the table, so renewal looks better than it is: set "
    "`observed_from` to the day from which the table holds every contract, or fill the column `known_from`.",
)


def with_entry(subscriptions: pd.DataFrame, observed_from: str) -> pd.DataFrame:
    """Return the table with entered_at, the day from which a contract is known, without those that ended before it.

    It is the last of its start, its known_from (where the table has that column) and `observed_from` (a date, or empty).
    """
    entered = pd.to_datetime(subscriptions["started_at"])
    if "known_from" in subscriptions:
        known = pd.to_datetime(subscriptions["known_from"])
        entered = entered.where(known.isna() | (known < entered), known)
    if observed_from:
        try:
            since = pd.Timestamp(date.fromisoformat(observed_from))
        except ValueError:
            raise StudyError(
                f"observed_from is {observed_from!r}; allowed: a date such as 2024-01-01, or empty."
            ) from None
        entered = entered.where(entered >= since, since)
    ended = pd.to_datetime(subscriptions["ended_at"])
    return subscriptions.assign(entered_at=entered)[~(ended < entered.dt.normalize())]


def check_snapshot(subscriptions: pd.DataFrame) -> None:
    """Refuse contracts whose losses nearly all have one date, and which are taken to be known from their start."""
    ended = pd.to_datetime(subscriptions["ended_at"]).dt.normalize().dropna()
    late = pd.to_datetime(subscriptions["entered_at"]) > pd.to_datetime(subscriptions["started_at"])
    if len(ended) < FEWEST_ENDS or late.any():
        return
    most = ended.value_counts()
    if most.iloc[0] / len(ended) >= ONE_DATE:
        when = most.index[0].date()
        raise StudyError(
            f"{most.iloc[0]:,} of {len(ended):,} ends are on {when}: this is a snapshot, which knows who was lost lately, "
            "but not who was lost before, so neither a hold-out nor renewal by age can be read from it. Give `ended_at` of "
            "all contracts, also of those lost earlier; or, from two snapshots, set `observed_from` to the day of the "
            "first, so that only renewals after it count."
        )


def check_entry(subscriptions: pd.DataFrame, as_of: date, period: str) -> Check:
    """Ask whether contracts that began long before the first recorded end had losses like later ones.

    Only contracts known from their start are looked at. If they were lost as later ones within EARLY periods, that none
    was has the probability (1 - share)^contracts.
    """
    whole = subscriptions[
        pd.to_datetime(subscriptions["entered_at"]) <= pd.to_datetime(subscriptions["started_at"])
    ]
    started, ended = (pd.to_datetime(whole[name]) for name in ("started_at", "ended_at"))
    span = pd.DateOffset(months=EARLY * MONTHS_PER[period])
    first = ended.min()
    name = "contracts known from their start"
    if pd.isna(first):
        return check(name, value=ALL_KNOWN(), threshold=KNOWN())
    early = int((started + span < first).sum())
    later = (started >= first) & (started + span <= pd.Timestamp(as_of))
    share = float((ended < started + span)[later].mean()) if later.any() else 0.0
    missing = early > 0 and (1 - share) ** early < SURPRISE
    when = day(first.date())
    found = MISSING(early=count(early, "contract"), first=when, share=percent(share))
    value = found if missing else ALL_KNOWN()
    return check(name, review=bool(missing), value=value, threshold=KNOWN(), advice=STATE_IT(first=when))
