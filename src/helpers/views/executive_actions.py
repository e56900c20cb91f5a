"""What the executive page says to do: cards of proven actions, tests worth running, and what moved the value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    Template,
    Value,
    between,
    count,
    estimate,
    listing,
    mean,
    message,
    money,
    percent,
    plain,
)
from helpers.pages import stored_checks
from helpers.pages.records import Card, Cards

if TYPE_CHECKING:
    from helpers.campaigns.next_actions import Action, Plan

DO = message(
    "actions.do",
    "What to do: what is proven to pay, the largest gain first. Gains are after costs, on top of the value",
)
TEST = message(
    "actions.test",
    "What to test: not proven, so no advice. Run one at a time: a customer can be in several",
)
NONE_PROVEN = message(
    "actions.none_proven",
    "No action is proven yet: nothing that this study holds was tried on customers drawn by lot.",
)
# ---- the action in one sentence
SENTENCES = {
    "repeat": message(
        "actions.repeat",
        "Repeat {name} ({arm}) for customers chosen as last time, when {customers} had it.",
    ),
    "repeat now": message(
        "actions.repeat_now",
        "Repeat {name} ({arm}) for the {customers} customers who are like the {then} who had it.",
    ),
    "repeat for most": message(
        "actions.repeat_for_most",
        "Repeat {name} ({arm}) for {customers} customers like the {then} who had it, and leave {held} more alone "
        "to compare.",
    ),
    "stop": message("actions.stop", "Do not repeat {name} ({arm})."),
    "list": message("actions.list", "Contact the {customers} customers on the list for the next campaign."),
    "list of one arm": message(
        "actions.list_of_arm", "Send {arm} to the {customers} customers on the list for the next campaign."
    ),
}
AGAIN = message("actions.again", "Try {name} ({arm}) again on {customers} customers, with a control group.")
AGAIN_LIST = message(
    "actions.again_list",
    "Send the next campaign to the {customers} customers on its list, as a test with a control group.",
)
AGAIN_LIST_OF_ARM = message(
    "actions.again_list_of_arm",
    "Send {arm} to the {customers} customers on the list for the next campaign, as a test with a control group.",
)
AGAIN_LIST_ONLY = message(
    "actions.again_list_only",
    "As a test only, send {arm} to the {customers} customers on the next list; for everyone, as in {name}, it has not "
    "proven to pay.",
)
KEEP = message(
    "actions.keep",
    "Offer half of the {customers} customers in {name}, drawn by lot, a reason to buy again, and compare the halves.",
)
KEEP_ANY = message(
    "actions.keep_any",
    "Offer half of the {customers} customers, drawn by lot, a reason to buy again, and compare the halves.",
)
DRAW = message(
    "actions.draw",
    "Test {name} ({arm}) on {customers} customers: half of them, drawn by lot, are left alone. Last time nobody drew lots.",
)
# ---- the money
ADDS = message("actions.adds", "adds {gain} after costs")
ADDS_IN = message("actions.adds_in", "adds {gain} in {months} months")
ADDS_AS_MANY = message("actions.adds_as_many", "adds {gain} in {months} months for as many")
SAVES = message("actions.saves", "saves {gain} in {months} months")
MAY_ADD = message("actions.may_add", "may add {gain} after costs")
MAY_ADD_IN = message("actions.may_add_in", "may add {gain} in {months} months, after costs")
BREAK_EVEN = message("actions.break_even", "worth up to {worth} a customer if 1 more in 100 stays a year")
SEEMED = message("actions.seemed", "the half contacted might add {gain} after costs")
# ---- how sure
NOBODY_DREW = message("actions.nobody_drew", "not drawn by lot: no proof")
SURE = message("actions.sure", "{chance} sure to pay")
VERY_SURE = message("actions.very_sure", "more than {chance} sure to pay")
SURE_TO_LOSE = message("actions.sure_to_lose", "{chance} sure to lose")
VERY_SURE_TO_LOSE = message("actions.very_sure_to_lose", "more than {chance} sure to lose")
COSTS = message("actions.costs", "costs {cost} (offers as far as used), {sure}")
COSTS_TO_TRY = message("actions.costs_to_try", "costs {cost}, {sure}")
SEEN = message(
    "actions.seen", "cost not known; finds a rise from {base} to {raised} who buy in {months} months"
)
DOUBTED = message("actions.doubted", "to review: {checks}")
MOST_DOUBTED = 3  # checks that are named beside an action; all stand where it folds open
MORE = message("actions.more", "{checks} more")
# ---- what folds open
WHOM = message("actions.whom", "For whom")
OFFER = message("actions.offer", "What to offer")
COST = message("actions.cost", "What it costs")
BRINGS = message("actions.brings", "What it is expected to add")
SIZE = message("actions.size", "How many")
LENGTH = message("actions.length", "How long")
LIKE_THOSE = message(
    "actions.like_those",
    "As many as last time, {customers}, chosen as they were then: too few others are like them to be counted here",
)
LIKE_THEN = message(
    "actions.like_then",
    "{customers}, named in the list `repeat_list.csv` of the exports (role contact). They are of the same kinds and "
    "channels, and ordered as often and as long ago, as those who had it on their day. Who had it already is left out",
)
ELSEWHERE = message(
    "actions.elsewhere", "{group}, and so are {customers} like them who get another offer that adds more"
)
SPARED = message("actions.spared", "Whom to leave alone")
HELD = message(
    "actions.held",
    "{customers}, drawn by lot, in the same list (role control): only they can show what the repeat added",
)
LISTED = message("actions.listed", "{customers}, named in the list `next_campaign_list.csv` of the exports")
NOBODY = message("actions.nobody", "Nobody: what would be spent on as many customers as last time is kept")
IN_HALVES = message("actions.in_halves", "{customers}, half of them in the control group")
ENOUGH = message(
    "actions.enough",
    "{customers} contacted and as many not: with fewer, a gain as large as the one seen so far would likely stay unproven",
)
COSTS_ALL = message(
    "actions.costs_all",
    "{cost}, or {each} a customer contacted: the contact, and the incentive of those who redeem it",
)
SUITS = message("actions.suits", "{offer}: what the page “Customer segments” says suits them")
COSTS_AT_MOST = message(
    "actions.costs_at_most",
    "Not known. It pays below {worth} a customer of the half contacted for each point by which it raises their yearly "
    "retention: what they would bring more over {over} months",
)
WITHIN = message("actions.within", "{gain}, {interval}, counted over {months} months and after costs")
SO_FAR = message("actions.so_far", "{gain}, {interval}, after costs")
FOLLOW = message("actions.follow", "{months} months, in which {base} of them buy without an offer")
HALF_LEFT_ALONE = message(
    "actions.half_left_alone", "{customers}: half of them contacted and half left alone, drawn by lot"
)
SEEMED_TO = message(
    "actions.seemed_to",
    "{gain} from the half contacted, {interval}, after costs, if nothing unseen had chosen those of last time. That is what "
    "the test would tell",
)
AS_BEFORE = message(
    "actions.as_before", "As long as last time, and then as long as the page on campaign value follows it"
)
SAME_AS_THEN = message(
    "actions.same_as_then", "Customers, prices or the season are other than when it was tried."
)
LARGEST_SAID = 0.99
# ---- what moved the value

type Facts = list[tuple[Message, Message | Value]]


def actions(plan: Plan, currency: str) -> list[Cards]:
    """Cards of what is proven, and of the tests to run; where nothing is proven the first says so."""
    proven = [_proven(one, currency) for one in plan.actions]
    ways = {"keep": _segment, "draw": _draw}
    failed = {one.arm: one.name for one in reversed(plan.unproven)}  # for everyone
    tests = [
        ways[one.kind](one, currency) if one.kind in ways else _again(one, failed.get(one.arm), currency)
        for one in plan.tests
    ]
    cards = [Cards(DO(), proven, none=NONE_PROVEN())]
    return cards + ([Cards(TEST(), tests, proven=False)] if tests else [])


def _proven(action: Action, currency: str) -> Card:
    fields = {
        "name": action.name,
        "arm": action.arm,
        "customers": count(action.customers),
        "then": count(action.then or 0),
        "held": count(action.held),
    }
    more = (
        "list of one arm"
        if action.kind == "list" and action.arm
        else "repeat for most"
        if action.held
        else "repeat now"
        if action.then
        else action.kind
    )
    told = SENTENCES[more]
    used = {name: value for name, value in fields.items() if "{" + name + "}" in told.text}
    whom = LIKE_THEN if action.then else {"repeat": LIKE_THOSE, "list": LISTED}.get(action.kind)
    group = whom(customers=count(action.customers, "customer")) if whom else NOBODY()
    if action.elsewhere:
        group = ELSEWHERE(group=group, customers=count(action.elsewhere))
    spared = [(SPARED(), HELD(customers=count(action.held, "customer")))] if action.held else []
    facts: Facts = [(WHOM(), group), *spared, *_money(action, currency)]
    as_many = ADDS_IN if action.then else ADDS_AS_MANY
    adds = {"stop": SAVES, "repeat": as_many}.get(action.kind, ADDS)
    return _card(action, told(**used), _within(adds, action, currency), _sure(action, currency), facts)


def _within(said: Template, action: Action, currency: str) -> Message:
    """A sentence of an action's gain, with the months it is counted over where the sentence names them."""
    months = {"months": plain(action.months or 0.0)} if "{months}" in said.text else {}
    return said(gain=_gain(action, currency), **months)


def _again(action: Action, for_everyone: str | None, currency: str) -> Card:
    """The card of a test; for_everyone: the campaign that has not proven that the arm of the list pays for all."""
    customers = count(action.customers)
    if action.name:
        sentence = AGAIN(name=action.name, arm=action.arm, customers=customers)
    elif action.arm and for_everyone:
        sentence = AGAIN_LIST_ONLY(arm=action.arm, customers=customers, name=for_everyone)
    elif action.arm:
        sentence = AGAIN_LIST_OF_ARM(arm=action.arm, customers=customers)
    else:
        sentence = AGAIN_LIST(customers=customers)
    size = (
        ENOUGH(customers=customers) if action.name else LISTED(customers=count(action.customers, "customer"))
    )
    facts = [(SIZE(), size), (LENGTH(), AS_BEFORE()), *_money(action, currency)]
    adds = _within(MAY_ADD_IN if action.months else MAY_ADD, action, currency)
    return _card(action, sentence, adds, _sure(action, currency), facts)


def _draw(action: Action, currency: str) -> Card:
    customers, gain = count(action.customers, "customer"), _gain(action, currency)
    sentence = DRAW(name=action.name, arm=action.arm, customers=count(action.customers))
    facts: Facts = [
        (SIZE(), HALF_LEFT_ALONE(customers=customers)),
        (LENGTH(), AS_BEFORE()),
        (COST(), _costs(action.cost or 0.0, action.customers / 2, currency)),
    ]
    if action.gain is not None:
        interval = between(action.gain, money, currency=currency)
        facts.append((BRINGS(), SEEMED_TO(gain=_mean(action.gain, currency), interval=interval)))
    sure = (
        COSTS_TO_TRY(cost=money(action.cost, currency), sure=NOBODY_DREW()) if action.cost else NOBODY_DREW()
    )
    return _card(action, sentence, SEEMED(gain=gain), sure, facts)


def _segment(action: Action, currency: str) -> Card:
    worth = _mean(action.worth, currency)
    facts: Facts = [
        *([(OFFER(), SUITS(offer=action.offer))] if action.offer else []),
        (SIZE(), IN_HALVES(customers=count(action.customers, "customer"))),
        (LENGTH(), FOLLOW(months=plain(action.months or 0.0), base=percent(action.base or 0.0, 0))),
        (COST(), COSTS_AT_MOST(worth=worth, over=plain(action.over or 0.0))),
    ]
    customers = count(action.customers)
    sentence = KEEP(customers=customers, name=action.name) if action.name else KEEP_ANY(customers=customers)
    base = action.base or 0.0
    raised = percent(base + (action.change or 0.0), 0)
    seen = SEEN(base=percent(base, 0), raised=raised, months=plain(action.months or 0.0))
    return Card(sentence, BREAK_EVEN(worth=worth), seen, facts, notebook=action.notebook)


def _card(action: Action, sentence: Message, adds: Message, sure: Message, facts: Facts) -> Card:
    """The card of an action that was tried, with what its page doubts."""
    return Card(sentence, adds, sure, facts, _doubts(action), action.notebook, doubted(action.doubts))


def doubted(checks: Sequence[Mapping[str, Any]]) -> Message | None:
    """Name the stored checks to review, of many the first; None without any."""
    names = [stored_checks.quoted(one) for one in checks]
    if not names:
        return None
    if len(names) > MOST_DOUBTED:
        names = [*names[:MOST_DOUBTED], MORE(checks=count(len(names) - MOST_DOUBTED))]
    return DOUBTED(checks=listing(names))


def _gain(action: Action, currency: str) -> Value:
    return estimate(action.gain, money, currency=currency) if action.gain else money(0.0, currency)


def _mean(amount: Interval | None, currency: str) -> Value:
    return mean(amount, money, currency=currency) if amount else money(0.0, currency)


def _sure(action: Action, currency: str) -> Message:
    """What it costs, where that is known, and how sure the gain is."""
    chance = action.chance or 0.0
    words = (VERY_SURE_TO_LOSE, SURE_TO_LOSE) if action.kind == "stop" else (VERY_SURE, SURE)
    very = chance > LARGEST_SAID
    sure = words[0](chance=percent(LARGEST_SAID, 0)) if very else words[1](chance=percent(chance, 0))
    return sure if action.cost is None else COSTS(cost=money(action.cost, currency), sure=sure)


def _money(action: Action, currency: str) -> Facts:
    told: Facts = []
    if action.cost is not None:
        told.append((COST(), _costs(action.cost, action.customers, currency)))
    if action.gain is not None:
        fields = {
            "gain": money(action.gain.mean, currency),
            "interval": between(action.gain, money, currency=currency),
        }
        said = WITHIN(**fields, months=plain(action.months)) if action.months else SO_FAR(**fields)
        told.append((BRINGS(), said))
    return told


def _costs(cost: float, customers: float, currency: str) -> Message:
    """What so many customers cost, and each of them on average."""
    return COSTS_ALL(cost=money(cost, currency), each=money(cost / customers, currency))


def _doubts(action: Action) -> list[Message]:
    return [*map(stored_checks.doubt, action.doubts), SAME_AS_THEN()]
