"""What the page on the share of customer shows and says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    count,
    decimals,
    estimate,
    listing,
    message,
    money,
    paragraph,
    percent,
    points,
    signed,
)
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.customers.cross_sell import Steps
    from helpers.customers.holdings import Holding, Referring
    from helpers.customers.share import Known
    from helpers.customers.share_survey import Agreement

# ---- what is known
KNOWN = message(
    "share.known",
    "{customers} bought in the last 365 days; for {known} of them the category spend is known, "
    "{surveyed} of these from the "
    "survey. {agreement} {above} of those bought more here than they are said to spend at all: their "
    "estimate is too low, and "
    "their share is taken as it comes out.",
)
TWICE = message(
    "share.twice", "{customers} are known twice; the middle one's answer gives {ratio} times what is stated."
)
# ---- share and elsewhere
BY_KIND = message("share.by_kind", "Share of category spend in the last 365 days, with 90 % intervals")
STAND_FOR = message(
    "share.stand_for",
    "Those whose spend is known stand for the fifth of their kind, by revenue, in which they are.",
)
MOST = message(
    "share.most",
    "Of all that customers of the kind “{kind}” spend in the category, {share} comes here; "
    "{elsewhere} a year goes elsewhere.",
)
RESTS_ON = message(
    "share.rests_on",
    "That rests on what {known} of these {customers} customers are said to spend, which may err: quote it as an order of "
    "size.",
)
LITTLE = message(
    "share.little",
    "{little} of the customers buy less than a fifth of the category here; the fifth with most "
    "elsewhere hold {fifth} of that "
    "money",
)
LINES = message(
    "share.lines",
    "Share of customers by the share of their category spend that comes here, a line per kind.",
)
LEFT = message("share.left", "Customers whose category spend is known. Left: most is bought elsewhere.")
# ---- breadth and steps
BREADTH = message(
    "share.breadth", "Categories bought in the last 365 days, and a running subscription as one more"
)
STEPPED = message(
    "share.stepped",
    "Of {customers} customers of both years, {added} added a category that was new to them. In the "
    "categories they had, {up} "
    "spent over {step} more per purchase day than the usual customer's change ({usual}), {down} so much less.",
)
ADDITIONS = message("share.additions", "The additions that happen most often, with 90 % intervals")
ADDITIONS_NOTE = message(
    "share.additions_note",
    "Of those who bought the first but not the second in the year before: the share who bought the "
    "second in the last year. "
    "Nothing says that an offer would add more.",
)
# ---- staying
STAY = message(
    "share.stay",
    "Coming back, holders of several products against one: {told}",
)
AMONG_ALL = message("share.among_all", "{difference} among all")
AMONG_COMPARABLE = message("share.among_comparable", "{difference} among comparable ones")
NOTHING = message("share.nothing", "nothing can be compared")
STAY_ALT = message(
    "share.stay_alt",
    "Difference in the share who bought again in the next year between holders of several products "
    "and of one, plainly and among comparable customers, with 90 % intervals.",
)
STAY_CAPTION = message(
    "share.stay_caption",
    "Right of the line: holders of several products came back more often. A product is a category "
    "bought in the year before, "
    "or a subscription running then.",
)
# ---- referrals
MARGIN_EACH = message(
    "share.margin_each",
    "Margin of the last 365 days per customer, referred and others of the same kinds, with 90 % intervals",
)
BROUGHT = message(
    "share.brought",
    "{referrers} brought {referred}, who earned {margin} of margin in the last year; a tenth of the "
    "referrers account for {best} of it. Their list is `referrers.csv`.",
)
BROUGHT_IN_ALL = message(
    "share.brought_in_all",
    "{referrers} brought {referred}, who earned {margin} of margin in the last year. Their list is `referrers.csv`.",
)
# ---- answers
STAY_ONLY = message("share.stay_only", "{stay}.")
ONE_ONLY = message(
    "share.one_only",
    "{single} of the customers hold one product only; {added} of those who bought in both years added one.",
)
NO_YEAR_BEFORE = message(
    "share.no_year_before",
    "{single} of the customers hold one product only; who added one is not known, as the data do not hold the year before.",
)
REFERRED = message(
    "share.referred",
    "{stay}. {referrers} referred others, who brought {margin} of margin in the last year.",
)
VISIT = message(
    "share.visit",
    "Visit first those who buy most elsewhere, and offer half of them, drawn by lot, what they do not buy here: only that "
    "says what comes over.",
)


def known(found: Known, agreement: Agreement | None) -> Message:
    """Say of how many the category spend is known, and from where."""
    twice = ""
    if agreement:
        twice = TWICE(customers=count(agreement.customers, "customer"), ratio=decimals(agreement.ratio, 2))
    return KNOWN(
        customers=count(found.customers, "external customer"),
        known=percent(found.known_share, 0),
        surveyed=percent(found.surveyed_share, 0),
        agreement=twice,
        above=percent(found.above_one),
    )


def by_kind(kinds: pd.DataFrame) -> Table:
    """The share of category spend per kind of customer, and what it leaves elsewhere."""
    columns = {
        "kind": "Kind",
        "customers": column("Customers", "count"),
        "known": column("Known", "count"),
        "share": column("Share of customer", "percent"),
        "elsewhere_each": column("Elsewhere, each", "money", each=True),
        "elsewhere_all": column("Elsewhere, all", "money"),
    }
    return Table(kinds, BY_KIND(), columns, "known", [STAND_FOR()])


def most_elsewhere(kind: pd.Series, currency: str) -> Message:
    """Say of one kind which share comes here, what goes elsewhere, and of how many that is known."""
    share, elsewhere = (
        estimate(kind["share"], percent, places=0),
        estimate(kind["elsewhere_all"], money, currency=currency),
    )
    rests_on = RESTS_ON(known=count(kind["known"]), customers=count(kind["customers"]))
    return paragraph([MOST(kind=kind["kind"], share=share, elsewhere=elsewhere), rests_on])


def spread(parts: dict, little: float, fifth: float) -> Figure:
    """Customers by the share of their category spend that comes here; parts: shares of customers "
    "per tenth and kind."""
    title = LITTLE(little=percent(little, 0), fifth=percent(fifth, 0))
    return Figure(_tenths, {"parts": parts}, title, LINES(), LEFT())


@drawing
def _tenths(parts):
    fig, ax = figures.axes(height=3.2)
    for (kind, heights), color in zip(parts.items(), figures.SERIES, strict=False):
        middles = [0.05 + place / 10 for place in range(len(heights))]
        ax.plot(middles, heights, marker="o", color=color, label=kind)
    figures.percent_axis(ax.xaxis, "share of category spend that comes here (100 % and more together)")
    figures.percent_axis(ax.yaxis, "customers")
    figures.legend(ax)
    return fig


def breadth(table: pd.DataFrame) -> Table:
    """Customers by the number of products they hold."""
    columns = {
        "breadth": "Products",
        "customers": column("Customers", "count"),
        "share_of_customers": column("Share", "percent"),
        "revenue_each": column("Revenue each", "money", each=True),
    }
    return Table(table, BREADTH(), columns, "customers")


def stepped(steps: Steps, added: Interval | None, step: float) -> Message | None:
    """Say how many added a category and how many stepped up or down in value; nothing where nobody bought in both years."""
    if added is None:
        return None
    return STEPPED(
        customers=steps.customers,
        added=estimate(added, percent, places=0),
        up=percent(steps.up_rate, 0),
        step=percent(step, 0),
        usual=signed(percent(steps.usual, 0)),
        down=percent(steps.down_rate, 0),
    )


def additions(offers: pd.DataFrame) -> Table:
    """The categories that customers of another category add most often."""
    columns = {
        "has": "Bought",
        "adds": "Added",
        "customers": column("Customers", "count"),
        "added": column("Who added it", "count"),
        "rate": column("Share", "percent0"),
    }
    return Table(offers, ADDITIONS(), columns, "customers", [ADDITIONS_NOTE()])


def staying(held: Holding) -> Message:
    """Say how holders of several products differ from holders of one in coming back."""
    both = ((AMONG_ALL, held.plain), (AMONG_COMPARABLE, held.comparable))
    told = [among(difference=estimate(one, points)) for among, one in both if one]
    return STAY(told=listing(told or [NOTHING()]))


def holders(held: Holding) -> Figure:
    """The difference in coming back, plainly and among comparable customers."""
    both = {"all customers": held.plain, "comparable customers": held.comparable}
    data = {"differences": {name: one for name, one in both.items() if one}}
    return Figure(_differences, data, staying(held), STAY_ALT(), STAY_CAPTION())


@drawing
def _differences(differences):
    fig, ax = figures.axes(height=2.2)
    figures.dots(ax, list(differences), list(differences.values()))
    figures.zero_line(ax, "x")
    figures.points_axis(ax.xaxis, "more who bought again in the next year")
    return fig


def margin_each(compare: dict[str, tuple[int, Interval]]) -> Table:
    """Margin of referred customers and of others of the same kinds."""
    rows = [(name, size, one) for name, (size, one) in compare.items()]
    frame = pd.DataFrame(rows, columns=["Customers", "Number", "Margin each"])
    columns = {"Customers": "Customers", "Number": "Number", "Margin each": column("Margin each", "money")}
    return Table(frame, MARGIN_EACH(), columns, "Number")


def brought(found: Referring, currency: str, smallest: int) -> Message | None:
    """Say how many referred others, and what those earned; None where they are few, and not of a tenth that is few."""
    if min(found.referrers, found.referred) < smallest:
        return None
    told = {
        "referrers": count(found.referrers, "customer"),
        "referred": count(found.referred, "other"),
        "margin": money(found.margin, currency),
    }
    if found.referrers < 10 * smallest:
        return BROUGHT_IN_ALL(**told)
    return BROUGHT(**told, best=percent(found.best_tenth, 0))


def answers(
    most: Message,
    single: float,
    added: Interval | None,
    held: Holding,
    found: Referring,
    *,
    currency: str,
    smallest: int,
) -> list[Message]:
    """The share and what goes elsewhere; breadth; staying and referrals, where these are not of few."""
    held_one = percent(single, 0)
    one_only = (
        NO_YEAR_BEFORE(single=held_one)
        if added is None
        else ONE_ONLY(single=held_one, added=estimate(added, percent, places=0))
    )
    if min(found.referrers, found.referred) < smallest:
        return [most, one_only, STAY_ONLY(stay=staying(held))]
    referrers, margin = count(found.referrers, "customer"), money(found.margin, currency)
    return [most, one_only, REFERRED(stay=staying(held), referrers=referrers, margin=margin)]


def to_do() -> Message:
    """What to do about what is bought elsewhere."""
    return VISIT()
