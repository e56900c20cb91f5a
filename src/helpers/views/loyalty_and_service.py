"""What the page on loyalty and service shows and says."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    between,
    count,
    decimals,
    estimate,
    message,
    money,
    percent,
    points,
)
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.loyalty.consequences import TicketEffects
    from helpers.loyalty.measures import Kept, Recommending

# ---- coming back
RATES = message("loyalty.rates", "Coming back in the {days} days to {as_of}, with 90 % intervals")
RATES_NOTE = message(
    "loyalty.rates_note",
    "Counted: customers who bought in the year before, and renewals that fell due in the last year. The renewal page "
    "says which subscribers will stay.",
)
ACTIVITIES = message("loyalty.activities", "What was done for customers, and its cost")
NOTHING_SPENT = message("loyalty.nothing_spent", "What keeping customers costs is not recorded here.")
KEEPING = message(
    "loyalty.keeping",
    "Keeping customers cost {retention} in calls and offers{each}, and service {service}. Who was called is chosen, so this "
    "does not say what a call achieves.",
)
EACH = message("loyalty.each", ", {each} per customer who came back")
NOBODY_BEFORE = message(
    "loyalty.nobody_before",
    "Nobody is known to have bought in the year before the last one: who comes back is not known.",
)
NEITHER = message(
    "loyalty.neither", "The study brings neither orders nor contracts: who comes back is not known."
)
# ---- tickets
TICKETS_ALONE = message(
    "loyalty.tickets_alone", "The study brings no orders: what tickets do to the next purchase is not told."
)
OPENED = message("loyalty.opened", "{tickets} were opened in the {days} days to {as_of}.")
HALF_CLOSED = message(
    "loyalty.half_closed",
    "{tickets} were opened in the {days} days to {as_of}; half of them were closed within {close} days.",
)
NO_TABLE = message(
    "loyalty.no_table", "The study brings no table of tickets: what they do to the next purchase is not told."
)
NONE_OPENED = message("loyalty.none_opened", "No ticket was opened in the {days} days to {as_of}.")
NOT_YET = message("loyalty.not_yet", "not known yet")
TOPICS = message("loyalty.topics", "Tickets of the {days} days to {as_of}, with 90 % intervals of the median")
CONTRASTS = message(
    "loyalty.contrasts", "Share who bought again within {days} days of the landmark, with 90 % intervals"
)
NO_TICKETS = message(
    "loyalty.no_tickets",
    "Fewer than {smallest} purchases were followed by a ticket: what tickets do cannot be told",
)
CHANGES = message(
    "loyalty.changes", "After a ticket the share who buy again differs by {change} from similar customers'"
)
CHANGES_WORST = message(
    "loyalty.changes_worst",
    "After a ticket the share who buy again differs by {change} from similar customers'; most after “{worst}”, by {least}",
)
DIFFERS_MOST = message(
    "loyalty.differs_most", "The share who buy again differs most after “{worst}”, by {least}"
)
EFFECTS_ALT = message(
    "loyalty.effects_alt",
    "Change in the share who buy again for each kind of ticket, a dot with its 90 % interval, with a line at no "
    "change.",
)
EFFECTS_CAPTION = message(
    "loyalty.effects_caption",
    "Compared with similar customers' purchases without a ticket. Left of the line: fewer buy again.",
)
# ---- answers
SENTENCE = message("loyalty.sentence", "{claim}.")
AT_STAKE = message(
    "loyalty.at_stake",
    "At {tickets} in the last {days} days that is about {lost} who did not come back in time, {interval}. {recommend}",
)
RECOMMEND = message("loyalty.recommend", "NPS is {score} from {answers}. {promoters}")
CAME_BACK = message("loyalty.came_back", "Of those who bought the year before, {repurchase} bought again.")
CAME_BACK_RENEWED = message(
    "loyalty.came_back_renewed",
    "Of those who bought the year before, {repurchase} bought again, and {renewal} of due contracts were renewed.",
)
NOTHING = message(
    "loyalty.nothing",
    "In the days looked at nobody answered, opened a ticket or had bought before: nothing can be told.",
)
RENEWED = message("loyalty.renewed", "Of due contracts, {renewal} were renewed.")
CLOSE_FIRST = message(
    "loyalty.close_first",
    "Test whether closing tickets sooner helps, “{worst}” first: faster handling for half of them, drawn by lot. That it "
    "does is not shown here, as nobody drew lots.",
)


def rates(kept: Kept, days: int, as_of: date, *, brought: bool = True) -> Table | Message:
    """How many came back, and how many contracts were renewed; brought: whether the study has orders or contracts."""
    if not brought:
        return NEITHER()
    if not kept.repurchase and not kept.renewal:
        return NOBODY_BEFORE()
    rows = [("Repurchase", kept.were, kept.repurchase)] if kept.repurchase else []
    rows += [("Renewal of contracts", kept.due, kept.renewal)] if kept.renewal else []
    frame = pd.DataFrame(rows, columns=["Rate", "Counted", "Share"])
    columns = {"Rate": "Rate", "Counted": "Counted", "Share": column("Share", "percent")}
    return Table(frame, RATES(days=str(days), as_of=as_of), columns, "Counted", [RATES_NOTE()])


def activities(spent: pd.DataFrame) -> Table | None:
    """What was done for customers, and what it cost."""
    if spent.empty:
        return None
    columns = {
        "kind": "Activity",
        "number": column("Number", "count"),
        "customers": column("Customers", "count"),
        "cost": column("Cost", "money"),
        "each": column("Cost each", "money"),
    }
    return Table(spent, ACTIVITIES(), columns, "customers")


def keeping(costs: dict[str, float], currency: str) -> Message:
    """Say what keeping and serving customers cost."""
    if not costs:
        return NOTHING_SPENT()
    per_kept = costs.get("retention_cost_per_kept")
    return KEEPING(
        retention=money(costs["retention_cost"], currency),
        each="" if per_kept is None else EACH(each=money(per_kept, currency)),
        service=money(costs["service_cost"], currency),
    )


def topics(table: pd.DataFrame, days: int, as_of: date, *, brought: bool) -> Table | Message:
    """Tickets by topic, with the time to close them; brought: whether the study has a table of them."""
    if not brought:
        return NO_TABLE()
    if table.empty:
        return NONE_OPENED(days=str(days), as_of=as_of)
    columns = {
        "topic": "Topic",
        "tickets": column("Tickets", "count"),
        "close_days": column("Median days to close", "decimals1"),
        "open": column("Open", "count"),
    }
    if table["cost"].notna().any():
        columns["cost"] = column("Cost", "money")
    return Table(
        table, TOPICS(days=str(days), as_of=as_of), columns, "tickets", missing=NOT_YET(), parts=["open"]
    )


def contrasts(effects: TicketEffects, days: int) -> Table | None:
    """Who bought again, by what had come of the purchase."""
    if effects.table.empty:
        return None
    columns = {
        "ticket": "Ticket",
        "purchases": column("Purchases", "count"),
        "bought_again": column("Bought again", "percent"),
        "without": column("Without a ticket", "percent"),
        "difference": column("Difference", "points"),
    }
    return Table(effects.table, CONTRASTS(days=str(days)), columns, "purchases")


def opened(
    tickets: int, to_close: Interval | None, days: int, as_of: date, *, orders: bool
) -> Message | None:
    """Say how many tickets were opened, and how soon half of them were closed; None where orders tell what they do."""
    if orders:
        return None
    said = {"tickets": count(tickets, "ticket"), "days": str(days), "as_of": as_of}
    if to_close is None:
        return OPENED(**said)
    return HALF_CLOSED(**said, close=estimate(to_close, decimals, places=1))


def ticket_claim(effects: TicketEffects, smallest: int) -> Message:
    """Say what a ticket changes, and which kind is worst, with their intervals."""
    if effects.any_ticket is None:
        return NO_TICKETS(smallest=smallest)
    change = estimate(effects.any_ticket, points)
    if effects.worst is None:
        return CHANGES(change=change)
    name, least = effects.worst
    return CHANGES_WORST(change=change, worst=name, least=estimate(least, points))


def ticket_effects(
    effects: TicketEffects, smallest: int, *, brought: bool, orders: bool = True
) -> Figure | Message | None:
    """The change in the share who buy again, per kind of ticket; None where the study has no table of them (brought)."""
    if not brought:
        return None
    if not orders:
        return TICKETS_ALONE()
    if not effects.differences:
        return SENTENCE(claim=ticket_claim(effects, smallest))
    data, title = {"effects": dict(effects.differences)}, ticket_claim(effects, smallest)
    if effects.worst is not None:
        name, least = effects.worst
        title = DIFFERS_MOST(worst=name, least=estimate(least, points))
    return Figure(_effects, data, title, EFFECTS_ALT(), EFFECTS_CAPTION())


def if_brought(told: Any, *tables: Any) -> Any:
    """What a section shows where the study brings one of these tables, else nothing: `not_brought` says what lacks."""
    return told if any(table is not None for table in tables) else None


def not_brought(
    score: Message,
    topics: Table | Message,
    effects: Figure | Message | None,
    *,
    surveys: bool,
    brought: bool,
    orders: bool,
) -> list[Table | Figure | Message | None]:
    """What the study lacks, each once, where the sections that would tell it are left out.

    score, topics, effects: what `score`, `topics` and `ticket_effects` say of it; brought: whether there are tickets.
    """
    lacking = ((surveys, score), (brought, topics), (orders, effects))
    return [said for is_there, said in lacking if not is_there]


@drawing
def _effects(effects):
    fig, ax = figures.axes(height=1.2 + 0.42 * max(len(effects), 1))
    figures.dots(ax, list(effects), list(effects.values()))
    figures.zero_line(ax, "x")
    figures.points_axis(ax.xaxis, "change in the share who buy again")
    return fig


def answers(
    effects: TicketEffects,
    found: Recommending,
    promoters: Message | None,
    kept: Kept,
    said_of_score: Message,
    *,
    days: int,
    smallest: int,
    alone: Message | None = None,
) -> list[Message]:
    """What a ticket changes; what that costs in customers, and whether they would recommend; whether they come back.

    Nothing is said of what nobody was asked, bought or opened. alone: what is said of tickets where no orders tell it.
    """
    said = [alone or SENTENCE(claim=ticket_claim(effects, smallest))] if effects.tickets else []
    if found.nps is not None:
        nps, answered = estimate(found.nps, decimals, places=0), count(found.answers, "answer")
        recommend = RECOMMEND(score=nps, answers=answered, promoters=promoters or "")
        said.append(_at_stake(effects, days, recommend))
    elif found.answers:
        said.append(said_of_score)
    if kept.repurchase and kept.renewal:
        renewal = estimate(kept.renewal, percent, places=0)
        said.append(
            CAME_BACK_RENEWED(repurchase=estimate(kept.repurchase, percent, places=0), renewal=renewal)
        )
    elif kept.repurchase:
        said.append(CAME_BACK(repurchase=estimate(kept.repurchase, percent, places=0)))
    elif kept.renewal:
        said.append(RENEWED(renewal=estimate(kept.renewal, percent, places=0)))
    return said or [NOTHING()]


def _at_stake(effects: TicketEffects, days: int, recommend: Message) -> Message:
    """Whether customers would recommend, after what tickets cost in customers where that is known."""
    if effects.lost is None:
        return recommend
    lost, at_stake = count(effects.lost.mean, "customer"), between(effects.lost, decimals, places=0)
    tickets = count(effects.tickets, "ticket")
    return AT_STAKE(tickets=tickets, days=str(days), lost=lost, interval=at_stake, recommend=recommend)


def to_do(effects: TicketEffects) -> Message | None:
    """What to do about tickets; None where no kind of them is known to keep customers from buying."""
    if effects.worst is None or effects.worst[1].p95 >= 0:
        return None
    return CLOSE_FIRST(worst=effects.worst[0])
