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
    clauses,
    count,
    estimate,
    listing,
    mean,
    message,
    money,
    paragraph,
    percent,
    plain,
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

UNPROVEN = message(
    "actions.unproven",
    "**Do not send to everyone again:** {campaigns}. Their tests have not shown that they pay.",
)
ARM = message("actions.arm", "{name} ({arm})")
ARM_LOSES = message("actions.arm_loses", "{name} ({arm}: {chance} sure to pay within {months} months)")
ARM_LOST = message(
    "actions.arm_lost",
    "{name} ({arm}: {chance} sure to have paid, with the time after its window)",
)
LEADS = "14_lead_funnel"
UNLIKELY = 0.1  # to pay: said beside its name
CALL = message("actions.call", "**Whom to call:** {whom}.")
LAPSED_ONES = message(
    "actions.lapsed_ones",
    "{called} of the {gone} who lapsed since {earlier}, drawn by lot, in the order of `call_list.csv`",
)
HELD = message(
    "actions.held_lapsed",
    "{held} more in that list are left alone, to compare. Who counts as lapsed, the page “Customer base” says.",
)
SOME_LAPSED = message(
    "actions.some_lapsed",
    "of the {gone} who lapsed since {earlier} those whom `call_list.csv` marks as contact: half, drawn by lot",
)
MAILED = message(
    "actions.mailed",
    "{mailed} of those who lapsed get the offer in `repeat_list.csv` instead, or stay its control group.",
)
STAKE = message(
    "actions.stake",
    "{segment} ({customers}) is no action of its own: nothing is proven for it alone. It brought {past} of margin in the "
    "last year; {ahead} is ahead over {months} months.",
)
STAKE_LISTED = message(
    "actions.stake_listed",
    "Of these customers {listed} are named in `repeat_list.csv`, for an action that is proven.",
)
LIST_OF_CALLS = message(
    "actions.list_of_calls",
    "**One customer, one action:** of the {listed} in `win_back_list.csv` of the page “Customer segments”, {left} are "
    "not in `call_list.csv`. Use that list for these only.",
)
LISTS = message(
    "actions.lists",
    "**One customer, one action:** of the {listed} in `win_back_list.csv` of the page “Customer segments”, {left} are "
    "neither in `repeat_list.csv` nor in `call_list.csv`. Use that list for these only.",
)
OPEN = message("actions.open", "the {leads} still open, in the order of `lead_priority.csv`")
OPEN_WORTH = message(
    "actions.open_worth", "The leads are worth {worth} in all, counting wins within {days} days."
)
OPEN_WORTH_DOUBTED = message(
    "actions.open_worth_doubted",
    "The leads are worth {worth} in all, counting wins within {days} days. {doubts}.",
)
SETTLE = message(
    "actions.settle",
    "**May this be quoted?** Not what rests on a check that failed: {failed}. All else, with its interval.",
)
QUOTE = message(
    "actions.quote",
    "**May this be quoted?** Yes, with its interval. No check failed; {checks} to review, on the page “All checks of this "
    "report”.",
)
QUOTE_ROUGHLY = message(
    "actions.quote_roughly",
    "**May this be quoted?** The value only as a rough size, with its interval and the review above. No check failed; "
    "{checks} to review, on the page “All checks of this report”.",
)
QUOTE_ALL = message(
    "actions.quote_all",
    "**May this be quoted?** Yes, with its intervals: every check of every page passed.",
)
MAILINGS = message(
    "actions.mailings",
    "**What changes if the mailings stop.** The value takes it that mailings to many go on as in the last twelve months, "
    "those that did not pay among them. Repeating one of those adds nothing on top; a letter to customers who had hardly "
    "bought does.",
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


def call(
    lapsed: Lapses | None,
    leads: OpenLeads | None,
    lists: Lists,
    earlier: date,
    currency: str,
    reservations: Sequence[Mapping[str, Any]] = (),
) -> Message | None:
    """Say whom to call first, and which lists name them; reservations: the checks that did not pass, of all pages."""
    whom = [OPEN(leads=count(leads.number, "lead"))] if leads else []
    told = []
    if lapsed and lists.mailed != lapsed.gone:
        known = {"gone": count(lapsed.gone, "customer"), "earlier": earlier}
        if lists.to_call is None:
            whom.append(SOME_LAPSED(**known))
        else:
            whom.append(LAPSED_ONES(called=count(lists.to_call), **known))
            told.append(HELD(held=count(lists.held or 0)))
        told += [MAILED(mailed=count(lists.mailed))] if lists.mailed else []
    if not whom:
        return None
    if leads and leads.worth is not None:
        doubts = doubted([one for one in reservations if one["notebook"] == LEADS])
        worth = {"worth": estimate(leads.worth, money, currency=currency), "days": plain(leads.days)}
        told.append(OPEN_WORTH_DOUBTED(**worth, doubts=doubts) if doubts else OPEN_WORTH(**worth))
    return paragraph([CALL(whom=clauses(whom)), *told])


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
    """Name the campaigns that were tried by lot and have proven nothing."""
    arms = [
        _unlikely(one)
        if one.chance is not None and one.chance < UNLIKELY
        else ARM(name=one.name, arm=one.arm)
        for one in plan.unproven
    ]
    return UNPROVEN(campaigns=listing(arms)) if arms else None


def _unlikely(one: Unproven) -> Message:
    said = {"name": one.name, "arm": one.arm, "chance": percent(one.chance or 0.0, 0)}
    return ARM_LOST(**said) if one.months is None else ARM_LOSES(**said, months=plain(one.months))
