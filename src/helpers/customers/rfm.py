"""Recency, frequency and monetary value: measured, scored from 1 to 5, and named without overlap.

Everything up to the names is an Ibis expression, so it runs where the ledger is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.customers.segment_names import NO_PURCHASE, SEGMENTS
from helpers.errors import StudyError
from helpers.inference import small_groups
from helpers.messages import Message, count, message, percent

LEVELS = 5

# One name per cell: rows are the recency score, columns the FM score (frequency and monetary together).
GRID = {
    5: ("New", "Potential loyalists", "Potential loyalists", "Champions", "Champions"),
    4: ("Promising", "Potential loyalists", "Potential loyalists", "Loyal", "Loyal"),
    3: ("About to sleep", "About to sleep", "Need attention", "Loyal", "Loyal"),
    2: ("Hibernating", "Hibernating", "At risk", "At risk", "Cannot lose"),
    1: ("Lost", "Lost", "At risk", "At risk", "Cannot lose"),
}
QUIET = ("Cannot lose", "At risk")  # bought well, silent for long
NOT_YET = "Not yet a customer"

QUINTILES = message("rfm.quintiles", "quintiles of this run")
KEPT = message("rfm.kept", "kept from the run that took them on {day}")
STATED = message("rfm.stated", "{source}; {measures} as the study states")
REPORT_ERROR = message("rfm.report_error", "Report this as an error.")
COARSE = message(
    "rfm.coarse",
    "Many customers share one value: read the segments as coarser than they look, or give own cut points.",
)
KEEP = message(
    "rfm.keep", "The quintiles move: set cut_points to kept, so that one run can be compared with the next."
)
SCORES = message("rfm.scores", "recency {r}, frequency {f}, monetary {m}")
FOUR_OF_FIVE = message("rfm.four_of_five", "at least 4 of 5")
SHORT_HISTORY = message("rfm.short_history", "too little history")
NAMED_ALIKE = message("rfm.named_alike", "{share} of the customers named alike")
AT_LEAST = message("rfm.at_least", "at least {share}")
STEADY = 0.8  # share of customers who keep their segment under an earlier date's cut points


@dataclass(frozen=True)
class CutPoints:
    """The four upper ends between the five scores of each measure, in days, purchase days and money."""

    recency: tuple[float, ...]
    frequency: tuple[float, ...]
    monetary: tuple[float, ...]

    def __post_init__(self) -> None:
        for measure, cuts in vars(self).items():
            if len(cuts) != LEVELS - 1 or list(cuts) != sorted(cuts):
                raise StudyError(
                    f"{measure}_cuts is {list(cuts)}: give {LEVELS - 1} numbers in rising order, "
                    "or an empty list to take the quintiles of this study."
                )


def measure(ledger: ibis.Table, as_of: date, window_days: int) -> ibis.Table:
    """Measure recency, frequency and monetary value of every customer in the ledger up to `as_of`.

    One row per customer: `recency_days` from the last purchase to `as_of` (null without a kept purchase),
    `frequency` as purchase days and `monetary` as revenue less returns, both in the `window_days` that end
    with `as_of`. A customer who bought only before the window has frequency and monetary 0.
    """
    if window_days < 1:
        raise StudyError(f"rfm_window_days is {window_days}: give at least 1 day.")
    known = ledger.filter(ledger.order_date <= as_of)
    bought = known.kind == "purchase"
    in_window = known.order_date > as_of - timedelta(days=window_days)
    return known.group_by("customer_id").agg(
        recency_days=ibis.literal(as_of).delta(known.order_date.max(where=bought), unit="day"),
        frequency=known.order_date.nunique(where=bought & in_window),
        monetary=known.revenue.sum(where=in_window).fill_null(0.0),
    )


def quintiles(rfm: ibis.Table) -> CutPoints:
    """Take the cut points that split those who bought in the window into fifths.

    Where many customers share a value, two cut points coincide and a score in between stays empty.
    Days and purchase days are whole numbers, money is rounded to six digits: the cut points can be copied.
    """
    shares = [level / LEVELS for level in range(1, LEVELS)]
    buyers = rfm.filter(rfm.frequency > 0)
    row = buyers.agg(
        customers=buyers.count(),
        recency=buyers.recency_days.quantile(shares),
        frequency=buyers.frequency.quantile(shares),
        monetary=buyers.monetary.quantile(shares),
    ).to_pandas()
    if row.customers[0] == 0:
        raise StudyError("Nobody bought in the RFM window: lengthen rfm_window_days or move as_of.")
    return CutPoints(
        recency=tuple(int(np.floor(value)) for value in row.recency[0]),
        frequency=tuple(int(np.floor(value)) for value in row.frequency[0]),
        monetary=tuple(float(f"{value:.6g}") for value in row.monetary[0]),
    )


@dataclass(frozen=True)
class Ruler:
    """The cut points to score with, where they come from in words, and for which window and currency they hold."""

    cuts: CutPoints
    source: Message
    taken_on: str | None
    window_days: int
    currency: str

    def kept(self, as_of: date) -> pd.DataFrame:
        """Return one row, to be used again by a later run; cut points that were kept keep their first day."""
        row = {name: list(map(float, values)) for name, values in vars(self.cuts).items()}
        taken_on = self.taken_on or str(as_of)
        its = {"window_days": self.window_days, "currency": self.currency, "taken_on": taken_on}
        return pd.DataFrame([row | its])


def ruler(
    measured: ibis.Table,
    stated: dict,
    cut_points: str,
    before: pd.DataFrame | None,
    window_days: int,
    currency: str,
) -> Ruler:
    """Return the cut points to score with.

    stated: per measure four numbers, or none. What is not stated is taken from `before` (`Ruler.kept` of an earlier run with
    the same window and currency) when `cut_points` is "kept", otherwise from this data's quintiles.
    """
    if cut_points not in ("new", "kept"):
        raise StudyError(
            f"cut_points is {cut_points!r}; it can be 'new' (quintiles) or 'kept' (of the last run)."
        )
    found, source, taken_on = quintiles(measured), QUINTILES(), None
    if cut_points == "kept" and before is not None:
        row = before.iloc[0]
        if (row["window_days"], row["currency"]) == (window_days, currency):
            measures = ("recency", "frequency", "monetary")
            found, taken_on = CutPoints(*(tuple(map(float, row[name])) for name in measures)), row["taken_on"]
            source = KEPT(day=taken_on)
    given = {name: tuple(values) for name, values in stated.items() if values}
    if given:
        source = STATED(source=source, measures=", ".join(given))
    return Ruler(CutPoints(**(vars(found) | given)), source, taken_on, window_days, currency)


def agreement(
    ledger: ibis.Table, measured: ibis.Table, cuts: CutPoints, earlier: date, window_days: int
) -> float | None:
    """The share of customers whose segment would be the same with the quintiles of an earlier date.

    1 when the cut points say the same; None where the data does not cover the window before that date.
    """
    first = ledger.order_date.min().to_pandas()
    if pd.Timestamp(first) > pd.Timestamp(earlier) - pd.Timedelta(days=window_days):
        return None
    old = quintiles(measure(ledger, earlier, window_days))
    left = score(measured, cuts).select("customer_id", now="segment")
    right = score(measured, old).select("customer_id", then="segment")
    both = left.join(right, "customer_id")
    return float((both.now == both.then).mean().to_pandas())


def score(rfm: ibis.Table, cuts: CutPoints) -> ibis.Table:
    """Add the scores r, f, m (5 is best), fm (the mean of f and m, halves up) and the segment's name.

    A value equal to a cut point counts to the lower side: equal customers always get equal scores.
    Customers without a kept purchase score 0 and are named so.
    """
    has_purchase = rfm.recency_days.notnull()
    scores = {
        "r": LEVELS - _above(rfm.recency_days, cuts.recency),
        "f": 1 + _above(rfm.frequency, cuts.frequency),
        "m": 1 + _above(rfm.monetary, cuts.monetary),
    }
    scored = rfm.mutate(**{name: has_purchase.ifelse(value, 0) for name, value in scores.items()})
    scored = scored.mutate(fm=(scored.f + scored.m + 1) // 2)
    cells = [
        ((scored.r == r) & (scored.fm == fm), name)
        for r, names in GRID.items()
        for fm, name in enumerate(names, start=1)
    ]
    return scored.mutate(segment=ibis.cases(*cells, else_=NO_PURCHASE))


def segment_name(r: int, f: int, m: int) -> str:
    """Name the segment of three scores from 1 to 5."""
    return GRID[r][(f + m + 1) // 2 - 1]


def summarise(scored: ibis.Table, smallest: int) -> pd.DataFrame:
    """Count customers and add up money per segment, in the order of SEGMENTS; empty segments are left out.

    Customers who kept no purchase are no segment, and a row only where there are `smallest` of them: other pages count
    without them, so that a total here would tell how many they are.

    Columns: segment, customers, monetary, share_of_customers, share_of_money, median recency_days, frequency, and in
    words who they are and where_to_begin.
    """
    table = (
        scored.group_by("segment")
        .agg(
            customers=scored.count(),
            monetary=scored.monetary.sum(),
            recency_days=scored.recency_days.median(),
            frequency=scored.frequency.mean(),
        )
        .to_pandas()
        .set_index("segment")
    )
    if NO_PURCHASE in table.index and table.customers[NO_PURCHASE] < smallest:
        table = table.drop(index=NO_PURCHASE)
    table = table.reindex([name for name in SEGMENTS if name in table.index]).reset_index()
    table["share_of_customers"] = table.customers / table.customers.sum()
    table["share_of_money"] = table.monetary / table.monetary.sum()
    table[["who", "where_to_begin"]] = [SEGMENTS[name] for name in table["segment"]]
    return table


@dataclass(frozen=True)
class Fields:
    """The grid of recency (rows, 5 first) and FM (columns): names of segments, customers and their money.

    Fields of too few customers have a name only.
    """

    names: pd.DataFrame
    customers: pd.DataFrame
    monetary: pd.DataFrame


def fields(customers: pd.DataFrame, smallest: int) -> Fields:
    """Count customers and add up money in each field of the grid; customers: one row each with r, fm and monetary."""
    names = pd.DataFrame.from_dict(GRID, orient="index", columns=range(1, LEVELS + 1))
    placed = customers[customers["r"] > 0].groupby(["r", "fm"])["monetary"].agg(["size", "sum"])
    sizes, money = (placed[of].unstack().reindex(index=names.index, columns=names.columns) for of in placed)
    placed = placed.assign(segment=[names.loc[place] for place in placed.index])
    segments = customers.groupby("segment")["monetary"].agg(customers="size", monetary="sum")
    unnamed = segments.index[withheld(segments, smallest)]
    out = small_groups.hidden(
        placed["size"],
        placed["sum"],
        minimum=smallest,
        within=placed["segment"],
        also=placed["segment"].isin(unnamed),
    )
    shown = pd.Series(~out, placed.index).unstack().reindex_like(sizes).fillna(False).astype(bool)
    return Fields(names, sizes.where(shown), money.where(shown))


@dataclass(frozen=True)
class Moves:
    """Customers by segment at two dates: rows are the earlier segment, columns the later one."""

    counts: pd.DataFrame

    @property
    def stayed(self) -> float:
        """The share of those known at the earlier date who are in the same segment."""
        known = self.counts.drop(index=NOT_YET, errors="ignore")
        same = sum(known.loc[name, name] for name in known.index.intersection(known.columns))
        return float(same / max(1, known.to_numpy().sum()))

    def shares(self, smallest: int) -> pd.DataFrame:
        """Shares of each earlier segment; fields of few customers are missing (`small_groups.hidden_fields`)."""
        out = small_groups.hidden_fields(self.counts, smallest)
        return self.counts.div(self.counts.sum(axis=1), axis=0).mask(out)

    def largest(self, n: int, smallest: int) -> pd.DataFrame:
        """The n largest moves from one segment to another: columns from, to, customers."""
        shown = self.counts.mask(small_groups.hidden_fields(self.counts, smallest))
        flows = shown.rename_axis(index="from", columns="to").stack().rename("customers").reset_index()
        flows = flows[(flows["from"] != flows["to"]) & flows["customers"].notna()]
        return flows.nlargest(n, "customers").reset_index(drop=True)


def migration(earlier: ibis.Table, later: ibis.Table) -> Moves:
    """Count customers by segment at two dates.

    Both must be scored with the same cut points, so that a move is the customer's and not the ruler's.
    """
    before = earlier.select("customer_id", before=earlier.segment)
    both = later.left_join(before, "customer_id").select("before", after=later.segment)
    counts = both.group_by(["before", "after"]).agg(customers=both.count()).to_pandas()
    matrix = counts.fillna({"before": NOT_YET}).pivot_table(
        index="before", columns="after", values="customers", fill_value=0, aggfunc="sum"
    )
    rows = [name for name in (*SEGMENTS, NOT_YET) if name in matrix.index]
    columns = [name for name in SEGMENTS if name in matrix.columns]
    return Moves(matrix.reindex(index=rows, columns=columns).astype(int))


def visible(segments: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Return the segments that may be shown one by one, the last first, numbered anew."""
    return segments[~withheld(segments, smallest)].iloc[::-1].reset_index(drop=True)


def withheld(segments: pd.DataFrame, smallest: int) -> np.ndarray:
    """Whether each segment stays without numbers, see `small_groups.hidden`; segments: columns customers and monetary."""
    return small_groups.hidden(segments["customers"], segments["monetary"], minimum=smallest)


def richest(segments: pd.DataFrame, smallest: int) -> pd.Series:
    """Return the segment that brought most, of those that may be shown."""
    shown = visible(segments, smallest)
    return (shown if len(shown) else segments).sort_values("monetary").iloc[-1]


def where_to_begin(segment: str) -> str:
    """What suits a segment; empty for another group of customers."""
    return SEGMENTS.get(segment, ("", ""))[1]


def quiet(customers: pd.DataFrame) -> pd.DataFrame:
    """Return those who used to buy well and have gone quiet, the highest value first."""
    chosen = customers[customers["segment"].isin(QUIET)]
    return chosen.sort_values("monetary", ascending=False)


def check_segments(customers: pd.DataFrame) -> list[Check]:
    """Ask whether everybody has one segment, and whether the scores separate people."""
    unnamed = (~customers["segment"].isin(list(SEGMENTS))).sum() + customers["customer_id"].duplicated().sum()
    levels = customers.loc[customers["r"] > 0, ["r", "f", "m"]].nunique()
    used = SCORES(**{name: int(levels[name]) for name in ("r", "f", "m")})
    named = "every customer in exactly one segment"
    return [
        check(
            named,
            fail=unnamed > 0,
            value=count(int(unnamed), "customer"),
            threshold=count(0, "customer"),
            advice=REPORT_ERROR(),
        ),
        check(
            "scores in use",
            review=levels.min() < LEVELS - 1,
            value=used,
            threshold=FOUR_OF_FIVE(),
            advice=COARSE(),
        ),
    ]


def check_ruler(stable: float | None, its: Ruler) -> Check:
    """Ask whether customers would be named alike by an earlier date's cut points; stable: see `agreement`."""
    moved = stable is not None and stable < STEADY and its.taken_on is None
    value = SHORT_HISTORY() if stable is None else NAMED_ALIKE(share=percent(stable, 0))
    threshold = AT_LEAST(share=percent(STEADY, 0))
    return check("cut points hold", review=moved, value=value, threshold=threshold, advice=KEEP())


def _above(value: ibis.Value, cuts: Sequence[float]) -> ibis.Value:
    """How many of the cut points lie below a value."""
    return sum(((value > cut).ifelse(1, 0) for cut in cuts), ibis.literal(0))
