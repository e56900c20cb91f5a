"""What follows a ticket or a survey answer, compared with similar customers (landmark analysis), summed up."""

from dataclasses import dataclass

import pandas as pd

from helpers.checks import Check, check
from helpers.inference import monte_carlo
from helpers.inference.intervals import Interval, interval
from helpers.loyalty import landmark
from helpers.messages import estimate, message, points

ANY = "any ticket"
STATES = {"closed": "closed by the landmark", "open": "still open", "repeated": "repeated"}
CLOSE_SOONER = message(
    "consequences.close_sooner",
    "Look at the worst kind first; a test with faster handling for half of the tickets, drawn by lot, would say what "
    "closing them sooner is worth.",
)
NOT_BELOW = message("consequences.not_below", "not clearly below 0")


@dataclass(frozen=True)
class TicketEffects:
    """Changes in the share who buy again per kind of ticket, and what `tickets` tickets cost in customers.

    table: ticket, purchases, bought_again, without, difference (intervals). lost: customers who did not come back in time.
    """

    table: pd.DataFrame
    tickets: int

    @property
    def differences(self) -> dict[str, Interval]:
        """The change per kind of ticket."""
        return dict(zip(self.table["ticket"], self.table["difference"], strict=True))

    @property
    def any_ticket(self) -> Interval | None:
        """The change after any ticket; None where too few purchases were followed by one."""
        return self.differences.get(ANY)

    @property
    def worst(self) -> tuple[str, Interval] | None:
        """The kind of ticket with the largest loss, where one is worse than tickets in general."""
        if not self.differences:
            return None
        name = min(self.differences, key=lambda one: self.differences[one].mean)
        return None if name == ANY else (name, self.differences[name])

    @property
    def lost(self) -> Interval | None:
        """Customers who did not come back in time because of the tickets, never below 0; None where that is not known."""
        one = self.any_ticket
        if one is None:
            return None
        ends = (one.mean, one.p95, one.p50, one.p05)
        return Interval(
            *(monte_carlo.through(end, lambda one: max(-one, 0.0) * self.tickets) for end in ends)
        )

    @property
    def metrics(self) -> dict[str, float | Interval | None]:
        """The numbers under the names of run.json."""
        effects: dict[str, float | Interval | None] = {
            f"ticket_effect.{name}": one for name, one in self.differences.items()
        }
        return effects | {"tickets.customers_lost": self.lost and self.lost.mean}


def ticket_effects(
    units: pd.DataFrame, kind: pd.Series, tickets: int, smallest: int, draws: int = 500, seed: int = 1
) -> TicketEffects:
    """Compare purchases with a ticket, by state at the landmark and by severity, with those without.

    units: as from `landmark.after_orders`; kind per customer_id; tickets: how many there were. Cases of fewer than
    `smallest` purchases, and those nobody can be compared with, are left out.
    """
    columns = ["ticket", "purchases", "bought_again", "without", "difference"]
    if units.empty:
        return TicketEffects(pd.DataFrame(columns=columns), tickets)
    none, strata = units["state"] == "no ticket", landmark.strata(units, kind)
    cases = {ANY: ~none} | {said: units["state"] == state for state, said in STATES.items()}
    severities = sorted(units["severity"].dropna().unique())
    cases |= {f"severity: {name}": units["severity"] == name for name in severities}
    rows = []
    for name, case in cases.items():
        if case.sum() >= max(smallest, 1):
            one = landmark.compare(units, case, none, strata, draws=draws, seed=seed)
            rows += (
                [(name, one.size, *map(interval, (one.exposed, one.expected, one.difference)))] if one else []
            )
    return TicketEffects(pd.DataFrame(rows, columns=columns), tickets)


def check_tickets(effects: TicketEffects) -> Check | None:
    """Ask whether customers buy on after a ticket; None where too few purchases were followed by one to compare."""
    ticket = effects.any_ticket
    if ticket is None:
        return None
    value = estimate(ticket, points)
    name = "customers buy on after a ticket"
    worse = monte_carlo.below(ticket.p95, 0.0)
    return check(name, review=worse, value=value, threshold=NOT_BELOW(), advice=CLOSE_SOONER())


@dataclass(frozen=True)
class Promoters:
    """Promoters against comparable detractors: difference in the chance to buy again, and lift in purchases."""

    again: Interval
    lift: Interval

    def reaches(self, claimed: float) -> bool | None:
        """Whether the lift is as large as claimed; None where that cannot be decided."""
        if self.lift.p05 >= claimed:
            return True
        return False if self.lift.p95 < claimed else None

    @property
    def metrics(self) -> dict[str, Interval]:
        """The intervals under the names of run.json."""
        return {"promoters.repurchase_difference": self.again, "promoters.purchases_lift": self.lift}


def promoters(
    units: pd.DataFrame, kind: pd.Series, smallest: int, draws: int = 500, seed: int = 1
) -> Promoters | None:
    """Compare what promoters and detractors bought after their answer; None where too few can be followed.

    units: as from `landmark.after_answers`; kind per customer_id.
    """
    yes, no = (units["class"] == name for name in ("promoter", "detractor"))
    if min(yes.sum(), no.sum()) < max(smallest, 1):
        return None
    strata = landmark.strata(units, kind)
    again = landmark.compare(units, yes, no, strata, "bought", draws, seed)
    count = landmark.compare(units, yes, no, strata, "purchases", draws, seed)
    if again is None or count is None or (count.expected <= 0).any():
        return None
    return Promoters(interval(again.difference), interval(count.exposed / count.expected - 1))
