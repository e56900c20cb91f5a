"""What the executive page says beside its actions: what moved the value, whether to quote it, and whom to call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from helpers.messages import (
    Message,
    Value,
    between,
    count,
    estimate,
    listing,
    mean,
    message,
    money,
    paragraph,
    plain,
    probability,
    signed,
)
from helpers.pages.digits import step_of
from helpers.views.executive_actions import doubted

if TYPE_CHECKING:
    from helpers.campaigns.next_actions import Plan, Unproven
    from helpers.campaigns.repeat_list import Lists
    from helpers.customers.campaigns_and_leads import OpenLeads
    from helpers.customers.five_questions import Lapses, Movement
    from helpers.customers.who_is_named import AtStake

UNPROVEN = message("actions.unproven", "**Do not send to everyone again:**")
UNDECIDED = message(
    "actions.undecided", "{name} ({arm}): undecided, it may pay or lose, and its test is too small to tell."
)
TOO_EARLY = message("actions.too_early", "{name} ({arm}): too early to judge, it may still pay or lose.")
NO_VERDICT = message("actions.no_verdict", "{name} ({arm}): no verdict, as checks of its page failed.")
LOSES = message(
    "actions.loses", "{name} ({arm}): most likely it loses; that it pays within {months} months is {chance}."
)
LOST_SO_FAR = message(
    "actions.lost_so_far", "{name} ({arm}): most likely it has lost so far; that it has paid is {chance}."
)
LEADS = "14_lead_funnel"
UNLIKELY = 0.1  # to pay: it has most likely lost
FILES = message("actions.files", "**Whom to call, and which list is for what** (one customer, one action):")
OFFERED = message(
    "actions.offered",
    "`repeat_list.csv`: {named} for the offers proven to pay, to contact or to leave alone as each is marked.",
)
CALLED = message(
    "actions.called",
    "`call_list.csv`: call the {called} that it marks contact, from the top of the list, and leave the {held} marked "
    "control alone to compare; lots decided which.",
)
LAPSED_SINCE = message(
    "actions.lapsed_since", "They are of the {gone} who lapsed since {earlier} (page “Customer base”)."
)
LAPSED_BUT = message(
    "actions.lapsed_but",
    "They are of the {gone} who lapsed since {earlier} (page “Customer base”); the other {mailed} are in the "
    "list above.",
)
SOME_LAPSED = message(
    "actions.some_lapsed",
    "`call_list.csv`: of the {gone} who lapsed since {earlier} (page “Customer base”) call those whom it marks as contact: "
    "half, drawn by lot.",
)
STAKE = message(
    "actions.stake",
    "The segment “{segment}” ({customers}) gets no action of its own: nothing is proven for it alone. It brought {past} of "
    "margin in the last year; {ahead} is ahead over {months} months.",
)
STAKE_LISTED = message(
    "actions.stake_listed",
    "Of these customers {listed} are named in `repeat_list.csv`, for an action that is proven.",
)
LIST_OF_CALLS = message(
    "actions.list_of_calls",
    "`win_back_list.csv` of the page “Customer segments”: a test for only {left} of its {listed}, those not in "
    "`call_list.csv`.",
)
LISTS = message(
    "actions.lists",
    "`win_back_list.csv` of the page “Customer segments”: a test for only {left} of its {listed}, those in neither of "
    "`repeat_list.csv` and `call_list.csv`.",
)
OPEN = message("actions.open", "`lead_priority.csv`: call the {leads} still open, from the top of the list.")
OPEN_WORTH = message("actions.open_worth", "They are worth {worth} in all, counting wins within {days} days.")
OPEN_WORTH_DOUBTED = message(
    "actions.open_worth_doubted",
    "They are worth {worth} in all, counting wins within {days} days and taking their chances as scored. {doubts}.",
)
SETTLE = message(
    "actions.settle",
    "**May this be quoted?** Not what rests on a check that failed: {failed}. All else, with its interval and day.",
)
QUOTE = message(
    "actions.quote",
    "**May this be quoted?** Yes, with its interval and its day. No check failed; {checks} to review, on the page “All "
    "checks of this report”.",
)
QUOTE_ROUGHLY = message(
    "actions.quote_roughly",
    "**May this be quoted?** The value only as a rough size, with its interval, its day and the review above. No check "
    "failed; {checks} to review, on the page “All checks of this report”.",
)
QUOTE_ALL = message(
    "actions.quote_all",
    "**May this be quoted?** Yes, with its interval and its day: every check of every page passed.",
)
MAILINGS = message(
    "actions.mailings",
    "**What changes if the mailings stop.** The value counts on mailings to many as in the last twelve months, whether they "
    "paid or not: one more of those is in it already. An offer to customers who had hardly bought is not, and adds to it.",
)
ITEM = message("actions.item", "- {said}")
HARDLY = message("actions.hardly", "hardly anything")
# ---- what moved the value
GREW = message(
    "actions.grew",
    "Since {earlier} it grew from {start} to {end}; as forecasts have erred so far, the change lies {change}.",
)
FELL = message(
    "actions.fell",
    "Since {earlier} it fell from {start} to {end}; as forecasts have erred so far, the change lies {change}.",
)
MAY_HAVE_GROWN = message(
    "actions.may_have_grown",
    "Since {earlier} the estimate rose from {start} to {end}. Whether the value grew is not sure: as forecasts have "
    "erred so far, the change lies {change}.",
)
MAY_HAVE_FALLEN = message(
    "actions.may_have_fallen",
    "Since {earlier} the estimate fell from {start} to {end}. Whether the value fell is not sure: as forecasts have "
    "erred so far, the change lies {change}.",
)
STEPS = message(
    "actions.steps",
    "What moved it: {new} by new customers, {lapsed} by those who have probably gone since, {others} by all others.",
)
NO_NEW_STEPS = message(
    "actions.no_new_steps",
    "What moved it: {lapsed} by those who have probably gone since, {others} by all others.",
)


def moved(found: Movement | None, currency: str) -> Message | None:
    """Say how the value ahead moved since the comparison date, in the digits that its interval justifies, and how sure."""
    if found is None:
        return None

    def told(amount: float, of: Callable[..., Value] = money) -> Value:
        return mean(replace(found.worth, mean=amount), of, currency=currency)

    def change(amount: float) -> Value | Message:
        if abs(amount) < step_of(found.worth.p05, found.worth.p95) / 2:
            return HARDLY()
        return told(amount, lambda value, **options: signed(money(value, **options)))

    rose, fell = (GREW, FELL) if found.is_sure else (MAY_HAVE_GROWN, MAY_HAVE_FALLEN)
    went = (rose if found.grew else fell)(
        earlier=date.fromisoformat(found.earlier),
        start=told(found.start),
        end=told(found.end),
        change=between(found.change, money, currency=currency),
    )
    steps = {"lapsed": change(found.lapsed), "others": change(found.others)}
    by = STEPS(new=change(found.new), **steps) if found.new else NO_NEW_STEPS(**steps)
    return paragraph([went, by])


def quotable(failed: Sequence[str], reservations: int, *, doubted: bool = False) -> Message:
    """Say whether numbers may be quoted; failed: checks of other pages that failed, of `reservations` that did not pass.

    doubted: whether one of these is of the value itself.
    """
    if failed:
        return SETTLE(failed=listing(list(failed)))
    if not reservations:
        return QUOTE_ALL()
    return (QUOTE_ROUGHLY if doubted else QUOTE)(checks=count(reservations, "check"))


def files(*said: Message | None) -> list[Message]:
    """Items of a list: which file is for whom, and what to do with it; nothing where there is none."""
    known = [ITEM(said=one) for one in said if one is not None]
    return [FILES(), *known] if known else []


def offered(lists: Lists) -> Message | None:
    """Say whom the list of proven repeats names."""
    return OFFERED(named=count(lists.named, "customer")) if lists.named else None


def call(lapsed: Lapses | None, lists: Lists, earlier: date) -> Message | None:
    """Say who of those who lapsed is called."""
    if lapsed is None or lists.mailed == lapsed.gone:
        return None
    known = {"gone": count(lapsed.gone, "customer"), "earlier": earlier}
    if lists.to_call is None:
        return SOME_LAPSED(**known)
    called = CALLED(called=count(lists.to_call, "customer"), held=count(lists.held or 0))
    of = LAPSED_BUT(mailed=count(lists.mailed), **known) if lists.mailed else LAPSED_SINCE(**known)
    return paragraph([called, of])


def call_leads(
    leads: OpenLeads | None, currency: str, reservations: Sequence[Mapping[str, Any]] = ()
) -> Message | None:
    """Say which leads to call, and what they are worth; reservations: the checks that did not pass, of all pages."""
    if leads is None:
        return None
    told = [OPEN(leads=count(leads.number, "lead"))]
    if leads.worth is not None:
        doubts = doubted([one for one in reservations if one["notebook"] == LEADS])
        worth = {"worth": estimate(leads.worth, money, currency=currency), "days": plain(leads.days)}
        told.append(OPEN_WORTH_DOUBTED(**worth, doubts=doubts) if doubts else OPEN_WORTH(**worth))
    return paragraph(told)


def at_stake(found: AtStake | None, currency: str) -> Message | None:
    """Say of the segment that lost most why it is no action, and what it brought and will bring."""
    if found is None:
        return None
    said = STAKE(
        segment=found.segment,
        customers=count(found.customers, "customer"),
        past=money(found.past, currency),
        ahead=estimate(found.ahead, money, currency=currency),
        months=plain(found.months),
    )
    listed = [STAKE_LISTED(listed=count(found.on_list))] if found.on_list else []
    return paragraph([said, *listed])


def not_told(mailed: bool | None, unanswered: Sequence[Message]) -> list[Message]:
    """Items of a list: what this study's report cannot tell; mailed: whether the value has mailings that go on."""
    said = [*([MAILINGS()] if mailed else []), *unanswered]
    return [ITEM(said=one) for one in said]


def lists(found: Lists) -> Message | None:
    """Say who of the win-back list is left for it; None where that may not be told, or it overlaps with no other."""
    said = LISTS if found.named else LIST_OF_CALLS
    return None if found.left is None else said(listed=count(found.quiet, "customer"), left=count(found.left))


def unproven(plan: Plan) -> Message | None:
    """Name the campaigns that were tried by lot and have proven nothing, each with whether it is undecided or loses."""
    return paragraph([UNPROVEN(), *map(_not_proven, plan.unproven)]) if plan.unproven else None


def _not_proven(one: Unproven) -> Message:
    said = {"name": one.name, "arm": one.arm}
    if one.chance is None:
        return NO_VERDICT(**said)
    if one.chance >= UNLIKELY:
        return (TOO_EARLY if one.months is None else UNDECIDED)(**said)
    chance = probability(one.chance)
    if one.months is None:
        return LOST_SO_FAR(**said, chance=chance)
    return LOSES(**said, chance=chance, months=plain(one.months))
