"""What the page on customer segments shows and says."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import Message, Value, between, count, message, money, paragraph, percent
from helpers.pages import figures, wording
from helpers.pages.lines import lines
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.customers.rfm import Fields, Moves, Ruler

FIELD_SIGNS = 11  # characters of a line in a field of the grid
WINDOW = message("rfm.window", "the {days} days to {as_of}")

# ---- the ruler
CUT_POINTS = message("rfm.cut_points", "Upper ends between the five scores: {source}")
COPY = message(
    "rfm.copy", "To copy: 12_rfm_segments: {{rfm_window_days: {days}, recency_cuts: {recency}, "
    "frequency_cuts: {frequency}, monetary_cuts: {monetary}}}"
)  # fmt: skip
# ---- segments
MEANINGS = message("rfm.meanings", "What the segments mean")
SEGMENTS = message("rfm.segments", "Customers and money in {window}")
RICHEST_FIELDS = message(
    "rfm.richest_fields", "The grid of recency and of frequency with money: {segment} brought most, {money}"
)
FIELDS = message(
    "rfm.fields", "Grid of five rows of recency and five columns of frequency and money, with the name of the segment, "
    "customers and money in each field."
)  # fmt: skip
FIELDS_NOTE = message(
    "rfm.fields_note", "In each field: segment, customers, money ({currency}) in {window}. The deeper, the more money. "
    "Fields of fewer than {smallest} customers have a name only."
)  # fmt: skip
SILENT = message("rfm.silent", "Days silent: from the last purchase, the median of the segment.")
NO_PURCHASE_KEPT = message("rfm.no_purchase_kept", "no purchase kept")
MOST_MONEY = message("rfm.most_money", "{segment}: {customers} of customers, {money} of the money")
PAIRED_BARS = message("rfm.paired_bars", "Paired bars of the shares of money and customers per segment.")
LEFT_OUT = message(
    "rfm.left_out",
    "Money is revenue less returns in {window}. Segments of fewer than {smallest} are left out.",
)
# ---- concentration
BEST_FIFTH = message(
    "rfm.best_fifth", "Share of the best fifth of each kind in {window}, with 90 % intervals"
)
NO_MARGIN = message("rfm.no_margin", "margin not known, or not above 0")
EIGHTY_TWENTY = message(
    "rfm.eighty_twenty",
    "The best 20 % of customers bring {share} of the money; the best {needed} bring 80 % of it",
)
CURVES = message(
    "rfm.curves", "Curves of the share of money against the share of customers, from the best customer down, for all and by "
    "kind, above the diagonal of equal shares."
)  # fmt: skip
THICK_BAR = message(
    "rfm.thick_bar",
    "Thick bar: 90 % interval for all customers, {interval}. Straight line: everyone brings the same.",
)
# ---- discounts
HABITS = message("rfm.habits", "Customers by the share they buy at a discount, in {window}")
HABITS_NOTE = message(
    "rfm.habits_note", "Discount: mean on what was bought below list price. Margin: share of revenue."
)
DEAL_SHARE = message("rfm.deal_share", "{share} of what was sold, at list prices, went at a discount.")
# ---- moves
STAYED = message(
    "rfm.stayed", "{share} of the customers known on {earlier} are in the same segment on {as_of}"
)
GRID = message(
    "rfm.grid",
    "Grid of earlier against present segment, deeper in colour where more of the earlier segment went.",
)
GRID_ROWS = message(
    "rfm.grid_rows", "Each row adds up to all customers of the earlier segment. Fields in per cent; those of fewer than "
    "{smallest} customers are hidden, and others without which subtraction would tell these: blank is not zero."
)  # fmt: skip
SEGMENT_ON = message("rfm.segment_on", "segment on {day}")
LARGEST = message("rfm.largest", "The largest move since {earlier}: {customers} from {before} to {now}.")
LARGEST_MOVES = message("rfm.largest_moves", "Largest moves from {earlier} to {as_of}")
# ---- answers
HOLDS = message(
    "rfm.holds",
    "The segment {segment} holds {share} of the {customers} customers and brought {money} of the money in {window}.",
)
BROUGHT = message(
    "rfm.brought", "The best 20 % of those who bought brought {share} of the money, {interval}."
)
MONETARY_IN = message("rfm.monetary_in", "Monetary value, {currency}")
CALL_QUIET = message(
    "rfm.call_quiet",
    "Offer half of the {customers} who have gone quiet, drawn by lot, a reason to come back: `win_back_list.csv` names "
    "them. Leave out whom the lists of the page “Executive summary” name already (`repeat_list.csv`, `call_list.csv`). "
    "Whether more of that half comes back says what the offer is worth.",
)
TREAT_BY_LOT = message(
    "rfm.treat_by_lot",
    "Give half of each segment, drawn by lot, what its name suggests: only the other half says what it added.",
)
FEW_QUIET = message("rfm.few_quiet", "Fewer than {smallest} customers who used to buy well have gone quiet.")
QUIET = message(
    "rfm.quiet",
    "{customers} customers who used to buy well have gone quiet; they still brought {money} in that time. What is ahead "
    "of them is on the page “Customer value”; what an offer adds to that, only the half left alone tells.",
)


def window(days: int, as_of: date) -> Message:
    """Say the days in which purchases and money are counted."""
    return WINDOW(days=str(days), as_of=as_of)


def cut_points(ruler: Ruler) -> Table:
    """The upper ends between the scores, with the line that fixes them in a study file."""
    frame = pd.DataFrame(vars(ruler.cuts), index=["1st", "2nd", "3rd", "4th"]).T
    monetary = MONETARY_IN(currency=ruler.currency)
    frame.index = pd.Index(
        ["Recency, days", "Frequency, purchase days", monetary], name="Measure", dtype=object
    )
    lines = {name: str(list(values)) for name, values in vars(ruler.cuts).items()}
    copy = COPY(days=str(ruler.window_days), **lines)
    columns = {"Measure": column("Measure")} | {name: column(name, "each") for name in frame}
    return Table(frame, CUT_POINTS(source=ruler.source), columns, notes=[copy])


def meanings(segments: pd.DataFrame) -> Table:
    """Who the customers of each segment are, and where to begin with them."""
    columns = {"segment": "Segment", "who": "Who they are", "where_to_begin": "Where to begin"}
    return Table(segments, MEANINGS(), columns)


def segment_table(segments: pd.DataFrame, window: Message) -> Table:
    """How many customers each segment has and what they bring."""
    columns = {
        "segment": "Segment",
        "customers": column("Customers", "count"),
        "share_of_customers": column("Share of customers", "percent"),
        "monetary": column("Money", "money"),
        "share_of_money": column("Share of money", "percent"),
        "recency_days": column("Days silent", "count"),
    }
    return Table(segments, SEGMENTS(window=window), columns, "customers", [SILENT()], NO_PURCHASE_KEPT())


def grid(fields: Fields, first: pd.Series, window: Message, currency: str, smallest: int) -> Figure:
    """The grid of segments with customers and money; first: the segment that brought most."""
    title = RICHEST_FIELDS(segment=first["segment"], money=money(first["monetary"], currency))
    caption = FIELDS_NOTE(currency=currency, window=window, smallest=smallest)
    return Figure(_fields, vars(fields) | {"currency": currency}, title, FIELDS(), caption)


@drawing
def _fields(names, customers, monetary, currency: str):
    fig, ax = figures.axes(height=4.8)
    told = names.map(wording.named)

    def say(row: int, place: int) -> tuple[str | Value, ...]:
        scores = (str(names.index[row]), str(names.columns[place]))
        sums = (count(customers.iat[row, place]), money(monetary.iat[row, place], currency))
        return (told.iat[row, place], *scores, *sums)

    texts = [[_field(*cell) for cell in zip(*row, strict=True)] for row in _rows(told, customers, monetary)]
    heading = ("Segment", "Recency", "Frequency and money", "Customers", "Money")
    figures.grid(ax, monetary, texts, heading, say)
    ax.set(xlabel="frequency and money, score", ylabel="recency, score")
    return fig


def _rows(*tables: pd.DataFrame):
    """The rows of tables side by side."""
    return zip(*(table.to_numpy().tolist() for table in tables), strict=True)


def _field(name: str, customers: float, monetary: float) -> str:
    """What stands in a field: the name in lines, and below it customers and money, where there are enough."""
    named = lines(name, FIELD_SIGNS)
    known = not math.isnan(customers)
    return "\n".join([*named, wording.count(customers), figures.short(monetary)] if known else named)


def segment_shares(segments: pd.DataFrame, first: pd.Series, window: Message, smallest: int) -> Figure:
    """Money and customers per segment, as shares of all; segments: those that may be shown."""
    title = MOST_MONEY(
        segment=first["segment"],
        customers=percent(first["share_of_customers"]),
        money=percent(first["share_of_money"]),
    )
    caption = LEFT_OUT(window=window, smallest=smallest)
    return Figure(_paired_bars, {"segments": segments}, title, PAIRED_BARS(), caption)


@drawing
def _paired_bars(segments):
    fig, ax = figures.axes(height=4.6)
    for what, shift, color in (("money", 0.2, "accent"), ("customers", -0.2, "neutral")):
        widths, label = segments[f"share_of_{what}"], f"share of {what}"
        ax.barh(segments.index + shift, widths, 0.36, color=figures.PALETTE[color], label=label)
    ax.set_yticks(segments.index, segments["segment"])
    figures.percent_axis(ax.xaxis)
    figures.legend(ax)
    return fig


def best_fifth(shares: pd.DataFrame, window: Message) -> Table:
    """What the best fifth of each kind brings, and how many it takes for 80 %."""
    columns = {
        "kind": "Kind",
        "customers": column("Customers", "count"),
        "revenue": column("Best 20 %: revenue", "percent"),
        "margin": column("Best 20 %: margin", "percent"),
        "holding_80": column("80 % of revenue takes", "percent"),
    }
    return Table(shares, BEST_FIFTH(window=window), columns, "customers", missing=NO_MARGIN())


def concentration(curves: dict[str, pd.DataFrame], shares: pd.DataFrame) -> Figure:
    """Share of money against share of customers, for all and by kind."""
    top = shares["revenue"].iloc[0]
    title = EIGHTY_TWENTY(share=percent(top.mean), needed=percent(shares["holding_80"].iloc[0], 0))
    return Figure(
        _lorenz, {"curves": curves, "top": top}, title, CURVES(), THICK_BAR(interval=between(top, percent))
    )


@drawing
def _lorenz(curves, top: Interval):
    fig, ax = figures.axes(width=5.4)
    for (name, curve), color in zip(curves.items(), figures.SERIES, strict=False):
        ax.plot(curve["customers"], curve["money"], color=color, label=name)
    ax.plot([0, 1], [0, 1], color=figures.PALETTE["muted"], linewidth=1)
    ax.plot([0.2, 0.2], [top.p05, top.p95], color=figures.PALETTE["bad"], linewidth=3)
    figures.percent_axis(ax.xaxis, "customers, the best first")
    figures.percent_axis(ax.yaxis, "revenue")
    figures.legend(ax)
    return fig


def habits(table: pd.DataFrame, window: Message) -> Table | None:
    """Customers by how much they buy at a discount; None where nobody's habits are known."""
    if table.empty:
        return None
    kinds = {"Revenue": "money", "Share of revenue": "percent", "Discount": "percent", "Margin": "percent"}
    columns = {name: column(name, kinds.get(name, "")) for name in table}
    return Table(table, HABITS(window=window), columns, "Customers", [HABITS_NOTE()], within="Kind")


def deal_share(share: float, *, known: bool) -> Message | None:
    """Say how much of what was sold went at a discount; None without list prices."""
    return DEAL_SHARE(share=percent(share)) if known else None


def moves(moves: Moves, as_of: date, earlier: date, smallest: int) -> Figure:
    """From which segment to which, as shares of the earlier one."""
    title = STAYED(share=percent(moves.stayed, 0), earlier=earlier, as_of=as_of)
    data = {"shares": moves.shares(smallest), "as_of": as_of, "earlier": earlier}
    return Figure(_grid, data, title, GRID(), GRID_ROWS(smallest=smallest))


@drawing
def _grid(shares, as_of: date, earlier: date):
    fig, ax = figures.axes(height=4.8)
    figures.heat(ax, shares)
    named = {"xlabel": wording.say(SEGMENT_ON(day=as_of)), "ylabel": wording.say(SEGMENT_ON(day=earlier))}
    ax.set(**named)
    return fig


def largest_moves(moves: Moves, as_of: date, earlier: date, smallest: int) -> Table:
    """The largest moves between segments, with their numbers."""
    caption = LARGEST_MOVES(earlier=earlier, as_of=as_of)
    return Table(moves.largest(8, smallest), caption, {"from": "From", "to": "To", "customers": "Customers"})


def largest(moves: Moves, earlier: date, smallest: int) -> Message | None:
    """Say which move was the largest; None where none may be told."""
    table = moves.largest(1, smallest)
    if table.empty:
        return None
    row = table.iloc[0]
    return LARGEST(
        earlier=earlier, customers=count(row["customers"], "customer"), before=row["from"], now=row["to"]
    )


def to_do(quiet: pd.DataFrame, smallest: int) -> Message:
    """Whom to call, of those who have gone quiet; else how to use the segments."""
    if len(quiet) < smallest:
        return TREAT_BY_LOT()
    return CALL_QUIET(customers=count(len(quiet), "customer"))


def answers(
    first: pd.Series,
    customers: int,
    best: Interval,
    quiet: pd.DataFrame,
    moved: Message | None,
    window: Message,
    *,
    currency: str,
    smallest: int,
) -> list[Message]:
    """The largest segment, the best fifth, who has gone quiet and where most moved; moved: `largest`."""
    quiet_ones = QUIET(customers=count(len(quiet)), money=money(quiet["monetary"].sum(), currency))
    gone = FEW_QUIET(smallest=smallest) if len(quiet) < smallest else quiet_ones
    return [
        HOLDS(
            segment=first["segment"],
            share=percent(first["share_of_customers"]),
            customers=customers,
            money=percent(first["share_of_money"]),
            window=window,
        ),
        BROUGHT(share=percent(best.mean), interval=between(best, percent)),
        paragraph([gone, *([moved] if moved else [])]),
    ]
