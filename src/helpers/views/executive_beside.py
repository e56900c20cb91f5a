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
    percent,
    plain,
    signed,
)
from helpers.views.executive_actions import doubted

if TYPE_CHECKING:
    from helpers.campaigns.next_actions import Plan, Unproven
    from helpers.customers.campaigns_and_leads import OpenLeads
    from helpers.customers.five_questions import Lapses, Movement
    from helpers.customers.who_is_named import AtStake, Lists

UNPROVEN = message(
    "actions.unproven",
    "**Do not send to everyone again** what its test has not shown to pay: {campaigns}.",
)
ARM = message("actions.arm", "{name} ({arm})")
ARM_LOSES = message(
    "actions.arm_loses", "{name} ({arm}, with a chance of {chance} to pay within {months} months)"
)
ARM_LOST = message("actions.arm_lost", "{name} ({arm}, with a chance of {chance} to have paid so far)")
LEADS = "14_lead_funnel"
UNLIKELY = 0.1  # to pay: said beside its name
CALL = message(
    "actions.call",
    "**Whom to call:** the {leads}, in the order of the list `lead_priority.csv`. And draw by lot half of the {gone} who "
    "lapsed since {earlier}; call those in the order of `lapsed_customers.csv`.",
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
LISTS = message(
    "actions.lists",
    "**One customer can be on several lists:** of the {named} in `repeat_list.csv`, {overlaps}. Repeat what is proven, and "
    "leave these out of the other lists.",
)
ALSO_LAPSED = message("actions.also_lapsed", "{customers} are in `lapsed_customers.csv`")
ALSO_QUIET = message(
    "actions.also_quiet", "{customers} are in `win_back_list.csv` of the page “Customer segments”"
)
OPEN = message("actions.open", "{leads} still open")
OPEN_WORTH = message(
    "actions.open_worth", "The leads are worth {worth} in all, counting wins within {days} days."
)
OPEN_WORTH_DOUBTED = message(
    "actions.open_worth_doubted",
    "The leads are worth {worth} in all, counting wins within {days} days. {doubts}.",
)
CALL_LAPSED = message(
    "actions.call_lapsed",
    "**Whom to call:** draw by lot half of the {gone} who lapsed since {earlier}; call those in the order of the list "
    "`lapsed_customers.csv`.",
)
CALL_LEADS = message(
    "actions.call_leads",
    "**Whom to call:** the {leads}, in the order of the list `lead_priority.csv`.",
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

    def change(amount: float) -> Value:
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
    earlier: date,
    currency: str,
    reservations: Sequence[Mapping[str, Any]] = (),
) -> Message | None:
    """Say whom to call first, and which lists name them; reservations: the checks that did not pass, of all pages."""
    known = {"gone": count(lapsed.gone, "customer"), "earlier": earlier} if lapsed else {}
    if leads is None:
        return CALL_LAPSED(**known) if known else None
    known["leads"] = OPEN(leads=count(leads.number, "lead"))
    whom = CALL(**known) if lapsed else CALL_LEADS(**known)
    if leads.worth is None:
        return whom
    doubts = doubted([one for one in reservations if one["notebook"] == LEADS])
    worth = {"worth": estimate(leads.worth, money, currency=currency), "days": plain(leads.days)}
    told = OPEN_WORTH_DOUBTED(**worth, doubts=doubts) if doubts else OPEN_WORTH(**worth)
    return paragraph([whom, told])


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


def lists(found: Lists | None) -> Message | None:
    """Say how the lists of customers overlap and which goes first; None where they do not."""
    if found is None:
        return None
    told = [(found.lapsed, ALSO_LAPSED), (found.quiet, ALSO_QUIET)]
    overlaps = [said(customers=count(number)) for number, said in told if number]
    return LISTS(named=count(found.named, "customer"), overlaps=listing(overlaps)) if overlaps else None


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
