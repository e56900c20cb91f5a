"""What the page on value tiers answers: the tiers, their sum, referrals, and what to do."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import (
    Message,
    about,
    between,
    count,
    day,
    message,
    money,
    paragraph,
    people,
    percent,
)

if TYPE_CHECKING:
    from helpers.clv.common_error import Stated
    from helpers.customers.tiers import Certainty, Movement
    from helpers.inference.intervals import Interval

from helpers.views.value_tiers import how_sure, tenths_stayed

REFERRALS = message(
    "value_tiers.referrals",
    "{referrers} have referred others, who are worth {value}. That value is named for who referred them and stays that of "
    "the referred: the two must not be added.",
)
# ---- answers
TOGETHER = message(
    "tiers.together", "All customers together are worth {equity} by the value page: {intervals}."
)
ANSWER_TIERS = message(
    "value_tiers.answer_tiers",
    "Keep the {valuable} Most Valuable customers: they hold {share} of the value ahead, {interval}. {growable} are "
    "most likely Most Growable, which is a guess and no list to spend on: test an offer on half of them, drawn by lot.",
)
ANSWER_NONE_GROWABLE = message(
    "value_tiers.answer_none_growable",
    "Keep the {valuable} Most Valuable customers: they hold {share} of the value ahead, {interval}. Nobody is most likely "
    "Most Growable, yet {expected} are to be expected: nobody can say who, so test on all rather than pick.",
)
ANSWER_NO_LESS = message(
    "value_tiers.answer_no_less",
    "Nobody is most likely a Migrator or Below Zero: by what is recorded, there is nobody to serve at less cost or to stop "
    "spending on.",
)
ANSWER_LESS = message(
    "value_tiers.answer_less",
    "Serve {migrators} at less cost (Migrator) and stop spending on {below} (Below Zero).",
)
ANSWER_STABLE = message(
    "value_tiers.answer_stable",
    "Since {day}, {valuable} of the Most Valuable and {growable} of the Most Growable have stayed in their tier.",
)
ANSWER_STABLE_IN_ALL = message(
    "value_tiers.answer_stable_in_all", "{stayed} of the customers are in the same tier as on {day}."
)
KEEP_AND_TEST = message(
    "tiers.keep_and_test",
    "Serve the Most Valuable first and give them no discount that they did not ask for. Try an offer on half of the Most "
    "Growable, drawn by lot, before you spend on all.",
)


def referrals(referrers: int, value: float, currency: str, minimum: int) -> Message | None:
    """Say what the customers are worth whom others have referred; None where nobody has, or few."""
    if referrers < minimum:
        return None
    return REFERRALS(referrers=count(referrers, "customer"), value=about(money(value, currency)))


# ---- answers
def together(total: Stated, currency: str) -> Message:
    """What all tiers are worth together, with both intervals."""
    return TOGETHER(
        equity=money(total.interval.mean, currency), intervals=total.both(money, currency=currency)
    )


def answers(
    overview: pd.DataFrame,
    held: dict[str, Interval],
    sure: Certainty,
    moves: Movement,
    earlier: date,
    minimum: int,
) -> list[Message]:
    """Whom to keep, to grow and to serve at less cost, how sure that is, and how many stayed since an earlier date."""
    valuable, growable, _, migrators, below = overview["customers"]
    row = overview.iloc[1]
    share = {
        "share": percent(overview["share_of_value"].iloc[0], 0),
        "interval": between(held["Most Valuable"], percent, places=0),
    }
    known = {"valuable": people(valuable, minimum), **share}
    some = growable > 0 or row["expected_number"] < 1
    first = (
        ANSWER_TIERS(growable=people(growable, minimum), **known)
        if some
        else ANSWER_NONE_GROWABLE(expected=count(row["expected_number"]), **known)
    )
    less = {"migrators": people(migrators, minimum, "customer"), "below": people(below, minimum, "customer")}
    kept, grown = moves.tenths("Most Valuable"), moves.tenths("Most Growable")
    stable = (
        ANSWER_STABLE_IN_ALL(stayed=percent(moves.stayed), day=day(earlier))
        if kept is None or grown is None
        else ANSWER_STABLE(valuable=tenths_stayed(kept), growable=tenths_stayed(grown), day=day(earlier))
    )
    served = ANSWER_LESS(**less) if migrators + below else ANSWER_NO_LESS()
    return [first, paragraph([how_sure(sure), served]), stable]


def to_do() -> Message:
    """What to do with the tiers that matter most."""
    return KEEP_AND_TEST()
