"""What the page on quasi-experiments answers, and what it says to do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import Message, between, count, listing, message, paragraph, probability, signed
from helpers.views.quasi_words import NO_INTERVAL, change_of, span_of

if TYPE_CHECKING:
    from helpers.campaigns.panel_shown import Outcome

ANSWER = message(
    "quasi.answer",
    "{what} in {where}: {outcome} {change}, {interval}. Told by {design}; {verdict}.",
)
CHANCE = message(
    "quasi.chance",
    "That it rose at all is {chance}, and per unit and period it is {change} ({interval}).",
)
CHANCE_FELL = message(
    "quasi.chance_fell",
    "That it fell at all is {chance}, and per unit and period it is {change} ({interval}).",
)
SMALLEST = message(
    "quasi.smallest",
    "Against units not yet treated, an effect had to be about {smallest} to be told from chance with these units.",
)
NO_LOTS = message("quasi.no_lots", "Nobody drew lots: the last section says what would make this wrong.")
BY_LOT = message(
    "quasi.by_lot",
    "The study says that lots decided which units were treated, and when: other causes then differ between them by chance "
    "alone.",
)
DRAW_NEXT = message(
    "quasi.draw_next",
    "Before you extend it, read on the page “Geo test” whether a test by region can find such a change. Where it can, start "
    "it next in places drawn by lot; where it cannot, no test by region will settle this.",
)
MOST_NAMED = 6  # treated units that are named in the answer
UNITS = message("quasi.units", "{units} treated")


def answers(
    designs: pd.DataFrame,
    smallest: float | None,
    verdict: Message,
    outcome: Outcome,
    what: str,
    treated: Sequence[str],
    *,
    by_lot: bool = False,
) -> list[Message]:
    """The effect by the design that answers (the first row), how sure it is, and what nobody can know.

    what: what was introduced, in words; treated: the units in which it was, by lot or not.
    """
    first = designs.iloc[0]
    effect, per_period = first["effect"], first["per_period"]
    told = math.isfinite(per_period.p95)
    rose = effect.mean > 0
    chance = first["chance_above"] if rose else 1 - first["chance_above"]
    lots = BY_LOT() if by_lot else NO_LOTS()
    return [
        ANSWER(
            what=f"{what[0].upper()}{what[1:]}",
            where=listing(treated)
            if len(treated) <= MOST_NAMED
            else UNITS(units=count(len(treated), "unit")),
            outcome=outcome.name,
            change=change_of(effect, outcome),
            design=first["design"],
            interval=span_of(effect, outcome),
            verdict=verdict,
        ),
        (CHANCE if rose else CHANCE_FELL)(
            chance=probability(chance),
            change=signed(outcome.amount(per_period.mean)),
            interval=between(per_period, outcome.amount) if told else NO_INTERVAL(),
        ),
        paragraph([*([SMALLEST(smallest=outcome.change(smallest))] if smallest is not None else []), lots]),
    ]


def to_do() -> Message:
    """What to do next with a change that was not drawn by lot."""
    return DRAW_NEXT()
