"""What feasts and the company's own calendar do to purchases, in words, and whether what is coming is known."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from helpers.checks import Check, check
from helpers.clv.day_columns import About, DayColumns
from helpers.clv.season_clock import Clock
from helpers.inference.intervals import Interval, interval
from helpers.messages import Message, count, decimals, estimate, listing, message

FEAST_DOES = message(
    "days.feast_does",
    "**{name}**: in the three weeks up to it active customers buy {factor} times as often as they would at that time of the "
    "year without it.",
)
FEAST_NOTHING = message(
    "days.feast_nothing",
    "**{name}** changes little, as far as the data tells. In the three weeks up to it active customers buy {factor} times "
    "as often as they would without it.",
)
WEEK_DOES = message(
    "days.week_does",
    "**{name}**: in the week around it active customers buy {factor} times as often as they would at that time of the year "
    "without it.",
)
WEEK_NOTHING = message(
    "days.week_nothing",
    "**{name}** changes little, as far as the data tells. In the week around it active customers buy {factor} times as "
    "often as they would without it.",
)
ON_ITS_DAYS = message(
    "days.on_its_days",
    "**{name}**: on its days active customers buy {factor} times as often as on other days of that time of the year.",
)
PER_STEP = message(
    "days.per_step", "**{name}**: where it is {step} higher, active customers buy {factor} times as often."
)
BY_LOT = message(
    "days.by_lot",
    "**Mailings drawn by lot** are in the forecast. Their effect is known from what those mailed bought in the {days} after "
    "one, beside those whom the lots left alone. Were all customers mailed at once, active ones would buy {factor} times as "
    "often. The mailings of the last twelve months are taken to be repeated in the next.",
)
TO_MANY = message(
    "days.to_many",
    "**Other mailings to many at once** are in the forecast as a matter of days, by the share of the purchases that those "
    "mailed make. Were all customers mailed at once, active ones would buy {factor} times as often in the {days} after "
    "it. The mailings of the last twelve months are taken to be repeated in the next.",
)
TO_MANY_RARELY = message(
    "days.to_many_rarely",
    "**Other mailings to many at once** were too rare in the data to tell what they do. Forecasts take it to be possible "
    "that active customers would buy {factor} times as often in the {days} after one to all of them.",
)
SEEN_TOO_RARELY = message(
    "days.seen_too_rarely",
    "**{name}** has been seen {times} in the data, too rarely to tell it from the season. Forecasts take it to be possible "
    "that customers then buy {factor} times as often as usual.",
)
COMES_UNKNOWN = message(
    "days.comes_unknown",
    "No forecast has been tested on {names}: the time before the hold-out held too few of these days. For the weeks "
    "around them plan with both ends of the interval, not with the mean.",
)
ENDS = message("days.ends", "{name} from {since} to {until}")
AFTER = {
    "year": message("days.after_year", "the last year of {name} stands again after {until}"),
    "last": message("days.after_last", "the last value of {name} stands after {until}"),
    "mean": message("days.after_mean", "the mean of {name} stands after {until}"),
}
NOT_COVERED = message(
    "days.not_covered",
    "The table calendar does not reach over all days. Beyond it {assumed}; before its first day its mean stands. Add the "
    "coming days to it, as planned.",
)
REACHES = message("days.reaches", "from {first} to {last}")
NONE_UNKNOWN = message("days.none_unknown", "all seen before the hold-out")


@dataclass(frozen=True)
class DayEffect:
    """What one column does: the factor on purchases of one effect, from its posterior or, where seen too rarely, its prior.

    coming: its first day up to the horizon, None where there is none.
    """

    about: About
    factor: Interval
    coming: date | None

    @property
    def said(self) -> Message:
        """What it does, in a sentence."""
        name, factor = self.about.name, estimate(self.factor, decimals, places=2)
        if self.about.mailing_days:
            others = TO_MANY if self.about.estimated else TO_MANY_RARELY
            mailed = BY_LOT if self.about.by_lot else others
            return mailed(days=count(self.about.mailing_days, "day"), factor=factor)
        if not self.about.estimated:
            return SEEN_TOO_RARELY(name=name, times=count(self.about.times, "time"), factor=factor)
        if self.about.step:
            return PER_STEP(name=name, step=decimals(self.about.step, 2), factor=factor)
        if self.about.until:
            return ON_ITS_DAYS(name=name, factor=factor)
        apart = self.factor.p05 > 1 or self.factor.p95 < 1
        said = (FEAST_DOES, FEAST_NOTHING) if self.about.after_days == 0 else (WEEK_DOES, WEEK_NOTHING)
        return said[not apart](name=name, factor=factor)


@dataclass(frozen=True)
class Days:
    """The effects of a fitted model's columns; first and last: the days that data and forecast reach from and to.

    not_judged: names of those that are coming and had been seen too rarely before the hold-out.
    """

    effects: tuple[DayEffect, ...]
    first: date
    last: date
    not_judged: tuple[str, ...]

    @property
    def said(self) -> list[Message]:
        """A sentence for each."""
        return [one.said for one in self.effects]

    @property
    def checks(self) -> list[Check]:
        """Ask whether what is coming was known when the forecast was judged, and whether the calendar reaches so far."""
        found = []
        if self.effects:
            names = listing(self.not_judged)
            found.append(
                check(
                    "special days tested",
                    review=bool(names),
                    value=names or NONE_UNKNOWN(),
                    threshold=NONE_UNKNOWN(),
                    advice=COMES_UNKNOWN(names=names) if names else None,
                )
            )
        own = [one.about for one in self.effects if one.about.until]
        short = [
            one for one in own if one.until < self.last.isoformat() or one.since > self.first.isoformat()
        ]
        if own:
            ends = [
                ENDS(name=one.name, since=date.fromisoformat(one.since), until=date.fromisoformat(one.until))
                for one in short or own
            ]
            assumed = [AFTER[one.after](name=one.name, until=date.fromisoformat(one.until)) for one in short]
            found.append(
                check(
                    "calendar reaches",
                    review=bool(short),
                    value=listing(ends),
                    threshold=REACHES(first=self.first, last=self.last),
                    advice=NOT_COVERED(assumed=listing(assumed)) if assumed else None,
                )
            )
        return found

    @property
    def metrics(self) -> dict[str, Interval]:
        """The factors under the names of run.json: days.NAME."""
        return {f"days.{one.about.name}": one.factor for one in self.effects}


def repeats_mailings(clock: Clock | None, horizon: float) -> bool:
    """Whether a forecast of so many units ahead has mailings to many in it, as those of the last year are repeated."""
    if clock is None or clock.others is None:
        return False
    coming = clock.others.coming(round(horizon * clock.unit_days))
    return any(one.mailing_days and day for one, day in zip(clock.others.about, coming, strict=True))


def found(clock: Clock, horizon: float, before: DayColumns | None) -> Days:
    """What a fitted model's clock says of its columns; horizon: units ahead; before: the columns up to the hold-out."""
    columns, days = clock.others, round(horizon * clock.unit_days)
    last = clock.end + timedelta(days=days)
    if columns is None:
        return Days((), clock.end, last, ())
    factors = (interval(own) for own in np.exp(clock.effects).T)
    parts = zip(columns.about, factors, columns.coming(days), strict=True)
    effects = tuple(DayEffect(*part) for part in parts)
    known = {one.name for one in before.about if one.estimated} if before else set()
    unjudged = tuple(one.about.name for one in effects if one.coming and one.about.name not in known)
    return Days(effects, columns.start, last, unjudged)
