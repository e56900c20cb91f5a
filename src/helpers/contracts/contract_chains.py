"""Contracts that begin soon after the same customer's last one ended: renewals that look like a loss and a new start."""

from dataclasses import replace
from typing import TYPE_CHECKING

import ibis

from helpers.contracts.checked import Checked, one_row, share
from helpers.contracts.findings import PASS, REVIEW, Finding, LeftOut, TableReport, keep
from helpers.messages import Message, count, message, verbatim
from helpers.study.year import YEAR_WINDOW

if TYPE_CHECKING:
    from helpers.study.study import Study

JOINED = message("chains.joined", "joined to the contract after it (joined_within: {days})")
FOLLOW_ON = message(
    "chains.follow_on",
    "{ended} ended; {near} begin within half a period (at least {least}) of the last day of the same customer's contract "
    "before, {far} within two periods. Loss per renewal is {apart} as they stand, {joined_near} if the former are one "
    "contract, {joined_far} if the latter are.",
)
NO_LOSS = message(
    "chains.no_loss",
    "If an upgrade or a short pause is no loss, add to subscriptions: `{line}`, or more. If it is: `{keep}`.",
)
LOSS = message("chains.loss", "{share} ({lost} of {contracts} lost)")
FROM_TO = message("chains.from_to", "{low} to {high}")

DAYS = {"month": 30, "quarter": 91, "year": YEAR_WINDOW}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
LEAST_DAYS = 7
NEAR, FAR = 0.5, 2.0  # periods within which a contract follows on
LOW = 0.02  # contracts that follow on above this share of those that ended ask for a review


def joined(study: "Study", report: TableReport) -> TableReport:
    """Return the report with contracts joined as `joined_within` says, those that became part of another counted.

    A contract is joined to the one before it when it begins on the last day of that one or within the stated days after,
    both have the same period, and no other contract of the customer runs or ran longer. A chain of them is one contract:
    the first's start, everything else of the last.
    """
    spec = study.tables.get(report.table)
    days = spec.joined_within if spec else None
    if report.table != "subscriptions" or not days:
        return report
    chains = _chains(report.accepted, lambda rows: ibis.literal(days))
    rows = chains.filter(chains["_last"]).mutate(started_at=chains["_begun"])
    rows = rows.drop("_gap", "_follows", "_chain", "_begun", "_last").cache()
    used = rows.count().execute()
    left = LeftOut(JOINED(days=count(days, "day")), report.used - used, None)
    return replace(report, accepted=rows, used=used, left_out=(*report.left_out, left))


def findings(checked: Checked) -> list[Finding]:
    """Count the contracts that follow on, and say the loss per renewal without and with joining them."""
    if checked.table != "subscriptions" or not checked.has("ended_at"):
        return []
    rows = checked.report.accepted
    near, far = (_chains(rows, _periods(share_of)).cache() for share_of in (NEAR, FAR))
    counts = [one_row(table, n=table["_follows"].sum())["n"] or 0 for table in (near, far)]
    if not counts[1]:
        return []
    apart, joined_near, joined_far = (
        _loss(checked.study, one) for one in (rows, _as_one(near), _as_one(far))
    )
    ended = one_row(rows, n=(rows.ended_at.date() < checked.study.as_of).sum())["n"] or 0
    told = FOLLOW_ON(
        ended=count(ended, "contract"),
        near=count(counts[0]),
        least=count(LEAST_DAYS, "day"),
        far=count(counts[1]),
        apart=_said(apart),
        joined_near=_said(joined_near),
        joined_far=_said(joined_far),
    )
    days = max(LEAST_DAYS, _usual_period(rows) // 2)
    todo = NO_LOSS(line=verbatim(f"joined_within: {days} days"), keep=keep("contracts_follow_on"))
    settled = checked.setting("joined_within")
    verdict = REVIEW if counts[1] > LOW * max(ended, 1) and not settled else PASS
    value = FROM_TO(low=share(*apart[:2]), high=share(*joined_far[:2]))
    return [checked.finding("contracts_follow_on", verdict, told, value, threshold=share(LOW, 1), todo=todo)]


def _said(loss: tuple[int, int, int]) -> Message:
    lost, due, contracts = loss
    return LOSS(share=share(lost, due), lost=count(lost), contracts=count(contracts, "contract"))


def _usual_period(rows) -> int:
    """Days of the most frequent period."""
    seen = rows.period.value_counts(name="n").drop_null("period").to_pyarrow().to_pylist()
    names = [one["period"] for one in sorted(seen, key=lambda one: -one["n"])]
    return DAYS.get(names[0] if names else "month", DAYS["month"])


def _periods(number: float):
    """A function of the contracts: the days of so many periods, at least a week."""

    def days(rows):
        known = (
            (rows.period == name, max(LEAST_DAYS, int(number * length))) for name, length in DAYS.items()
        )
        return ibis.cases(*known, else_=max(LEAST_DAYS, int(number * DAYS["month"])))

    return days


def _chains(rows, within):
    """The contracts with `_follows`, the number of their chain, its first day, and whether they are its last."""
    order = [rows.started_at, rows.ended_at, rows["_row"]]
    earlier = ibis.window(group_by=rows.customer_id, order_by=order, preceding=(None, 1))
    whole = ibis.window(group_by=rows.customer_id, order_by=order)
    end = ibis.coalesce(rows.ended_at.date(), ibis.date("9999-12-31"))
    rows = rows.mutate(_gap=_days(rows.started_at.date(), end.lag().over(whole)), _end=end)
    longest = rows["_end"].max().over(earlier)
    same = rows.period.fill_null("") == rows.period.fill_null("").lag().over(whole)
    is_longest = rows["_end"].lag().over(whole) == longest
    follows = (rows["_gap"] >= 0) & (rows["_gap"] <= within(rows)) & same & is_longest
    rows = rows.mutate(_follows=follows.fill_null(False)).drop("_end")
    so_far = ibis.cumulative_window(
        group_by=rows.customer_id, order_by=[rows.started_at, rows.ended_at, rows["_row"]]
    )
    rows = rows.mutate(_chain=ibis.ifelse(rows["_follows"], 0, 1).sum().over(so_far))
    order = [rows.started_at, rows.ended_at, rows["_row"]]
    chain = ibis.window(group_by=[rows.customer_id, rows["_chain"]])
    after = ibis.window(group_by=[rows.customer_id, rows["_chain"]], order_by=order)
    return rows.mutate(
        _begun=rows.started_at.min().over(chain), _last=rows["_row"].lead().over(after).isnull()
    )


def _as_one(chains):
    last = chains.filter(chains["_last"])
    return last.mutate(started_at=last["_begun"])


def _days(later, earlier):
    return later.delta(earlier, unit="day")


def _loss(study, rows) -> tuple[int, int, int]:
    """(contracts lost, renewals that fell due, contracts) up to `as_of`, by whole periods as the renewal model counts."""
    months = ibis.cases(*((rows.period == name, count) for name, count in MONTHS.items()), else_=1)
    as_of = ibis.date(study.as_of)
    end = rows.ended_at.date()
    last = ibis.ifelse(end.isnull() | (end > as_of), as_of, end)
    begun = rows.started_at.date()
    due, renewals = _whole(begun, as_of, months), _whole(begun, last, months)
    lost = end.notnull() & (renewals < due)
    row = one_row(rows, lost=lost.sum(), renewals=renewals.sum(), n=rows.count())
    return row["lost"] or 0, (row["lost"] or 0) + int(row["renewals"] or 0), row["n"]


def _whole(begun, until, months):
    """Whole periods from a day to another; the last day of a month completes every month begun later in a month."""
    ends = (until + ibis.interval(days=1)).day() == 1
    short = (until.day() < begun.day()) & ~ends
    between = (until.year() - begun.year()) * 12 + until.month() - begun.month() - ibis.ifelse(short, 1, 0)
    return (between / months).floor().cast("int64")
