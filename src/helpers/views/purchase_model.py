"""The pictures of the purchase model's page: each returns what `page.show` takes, figure, claim, alt text, caption."""

from datetime import date

import numpy as np
import pandas as pd

from helpers.clv.holdout_scores import randomized_pit
from helpers.clv.purchase_models import Parameters
from helpers.clv.simulated_histories import simulate_histories
from helpers.inference.intervals import LOWER, UPPER
from helpers.pages import figures, wording

COLOURS = [figures.PALETTE[name] for name in ("model", "violet", "good", "ochre")]
MOST = 7  # counts from here on are drawn as one
PMF_DRAWS = 200


def frequencies(x: pd.Series) -> dict:
    """Customers by number of repeat purchases."""
    counts = x.clip(upper=10).value_counts().reindex(range(11), fill_value=0)
    fig, ax = figures.axes(height=3.0)
    ax.bar(counts.index, counts.to_numpy(), color=figures.PALETTE["actual"])
    ax.set(xlabel="repeat purchases (10: ten or more)", xticks=range(11))
    figures.count_axis(ax.yaxis, "customers")
    one_time = wording.percent(float((x == 0).mean()))
    claim = f"{one_time} of the {wording.count(len(x))} customers have bought on one day only"
    alt = f"Bars: customers by number of repeat purchases, from 0 to 10 or more. {claim}."
    return {"fig": fig, "title": claim, "alt": alt}


def prior_purchases(shares: pd.DataFrame, actual: pd.Series) -> dict:
    """Repeat purchases of a first year under the priors (p05, p50, p95 per class of counts), and as they were."""
    fig, ax = figures.axes(height=3.0)
    places = np.arange(len(shares))
    ax.vlines(places, shares["p05"], shares["p95"], color=figures.PALETTE["model"], alpha=0.35, linewidth=9)
    ax.plot(places, shares["p50"], "_", color=figures.PALETTE["model"], markersize=16)
    ax.plot(places, actual, "o", color=figures.PALETTE["actual"])
    ax.set(xticks=places, xticklabels=shares.index, xlabel="repeat purchases in the first year")
    figures.percent_axis(ax.yaxis, "share of customers")
    inside = actual.between(shares["p05"], shares["p95"])
    claim = (
        f"Before any data the model finds almost every base possible; what was seen lies within its beliefs in "
        f"{inside.sum()} of {len(inside)} classes"
        if actual.notna().any()
        else "Before any data the model finds almost every base possible"
    )
    alt = "Bars: 90 % of what the priors expect of the share of customers per class of first-year repeat purchases"
    caption = "Bars: 90 % of the bases that the priors can imagine, a dash at their median. Dots: this base."
    return {"fig": fig, "title": claim, "alt": f"{alt}; dots: the base. {claim}.", "caption": caption}


def tracking(
    weeks: pd.DataFrame, course: np.ndarray, cut: date, title: str, model: str, *, seed: int = 1
) -> dict:
    """Repeat purchases of the base over time, cumulative and per week; course: draws of the expected cumulative number.

    The weekly band holds the chance of single purchases too: Poisson around each draw.
    """
    fig, (top, bottom) = figures.axes(height=5.4, nrows=2, sharex=True)
    weekly = np.diff(course, axis=1, prepend=0.0)
    seen = np.random.default_rng(seed).poisson(np.maximum(weekly, 0))
    panels = ((top, course, course, weeks["actual"].cumsum()), (bottom, weekly, seen, weeks["actual"]))
    for ax, line, band, actual in panels:
        figures.band(ax, weeks["week_end"], *np.quantile(band, [LOWER, UPPER], axis=0))
        ax.plot(weeks["week_end"], line.mean(axis=0), color=figures.PALETTE["model"], label=model)
        ax.plot(weeks["week_end"], actual, ".", color=figures.PALETTE["actual"], label="actual")
        ax.axvline(pd.Timestamp(cut), color=figures.PALETTE["muted"], linewidth=1)
    figures.count_axis(top.yaxis, "repeat purchases so far")
    figures.count_axis(bottom.yaxis, "repeat purchases per week")
    figures.date_axis(bottom.xaxis)
    figures.label_line_ends(top)
    figures.label_line_ends(bottom)
    low, high = np.quantile(seen, [LOWER, UPPER], axis=0)
    later = (pd.to_datetime(weeks["week_end"]) > pd.Timestamp(cut)).to_numpy()
    inside = int(weeks["actual"].between(low, high)[later].sum())
    alt = f"Two panels by week, cumulative and single: actual repeat purchases as dots, {model} as a line with its band"
    caption = (
        "The model has seen only what lies left of the vertical line. The upper band is the uncertainty about its "
        "parameters; the lower one also holds chance: were all weeks alike, nine in ten would lie inside. Of the "
        f"{wording.count(later.sum(), 'week')} right of the line {wording.count(inside)} do; the model knows no seasons, "
        "and ups and downs of weeks may cancel in the total."
    )
    return {"fig": fig, "title": title, "alt": f"{alt}. {title}.", "caption": caption}


def by_frequency(x: np.ndarray, actual: np.ndarray, forecasts: dict[str, np.ndarray]) -> dict:
    """Mean purchases in the hold-out by purchases before it; forecasts: {title: expected count of every customer}."""
    groups = pd.DataFrame({"actual": actual} | forecasts).groupby(np.minimum(x, MOST)).mean()
    fig, ax = figures.axes(height=3.2)
    ax.plot(groups.index, groups["actual"], "o", color=figures.PALETTE["actual"], label="actual")
    for colour, title in zip(COLOURS, forecasts, strict=False):
        ax.plot(groups.index, groups[title], color=colour, label=title)
    ax.set(
        xlabel=f"repeat purchases before the hold-out ({MOST}: {MOST} or more)",
        ylabel="purchases in the hold-out, mean",
    )
    figures.label_line_ends(ax)
    first = next(iter(forecasts))
    worst = (groups[first] - groups["actual"]).abs().idxmax()
    who = f"{worst} or more" if worst == MOST else f"{worst}"
    made, expected = (wording.decimals(groups.loc[worst, column], 2) for column in ("actual", first))
    claim = f"{first} is furthest off at {who} repeat purchases: {expected} forecast, {made} made"
    alt = (
        f"Mean purchases in the hold-out by purchases before it, actual as dots, forecasts as lines. {claim}."
    )
    return {"fig": fig, "title": claim, "alt": alt}


def counts(its: Parameters, summary: pd.DataFrame, *, seed: int = 1) -> dict:
    """Customers by repeat purchases in the time the model was fitted on, actual against bases it would simulate."""
    its, x, module = its.thinned(PMF_DRAWS), summary["x"].to_numpy(), its.module
    T = np.broadcast_to(summary["T"].to_numpy(), (its.draws, len(summary)))
    simulated, _ = simulate_histories(module, its.at(summary), T, seed=seed)
    per_base = np.array([np.bincount(np.minimum(row, MOST), minlength=MOST + 1) for row in simulated])
    actual = np.bincount(np.minimum(x, MOST), minlength=MOST + 1)
    low, high = np.quantile(per_base, [LOWER, UPPER], axis=0)
    fig, ax = figures.axes(height=3.0)
    places = np.arange(MOST + 1)
    ax.bar(places, actual, color=figures.PALETTE["grid"])
    ax.vlines(places, low, high, color=figures.PALETTE["model"], linewidth=3)
    ax.plot(places, per_base.mean(axis=0), "o", color=figures.PALETTE["model"])
    ax.set(xlabel=f"repeat purchases before the hold-out ({MOST}: {MOST} or more)", xticks=places)
    figures.count_axis(ax.yaxis, "customers")
    inside = int(((actual >= low) & (actual <= high)).sum())
    claim = f"{module.TITLE} reproduces {inside} of the {MOST + 1} frequencies of the base it was fitted on"
    alt = f"Bars: customers by frequency; dots with 90 % intervals: bases simulated by the model. {claim}."
    return {
        "fig": fig,
        "title": claim,
        "alt": alt,
        "caption": "Bars: the base. Dots and lines: simulated bases, mean and 90 %.",
    }


def pit(simulated: np.ndarray, row_of: np.ndarray, actual: np.ndarray, model: str, *, seed: int = 1) -> dict:
    """Where what happened fell in each customer's own forecast: flat when the forecasts' spread is right."""
    values = randomized_pit(simulated, row_of, actual, seed)
    shares = np.histogram(values, bins=10, range=(0, 1))[0] / len(values)
    fig, ax = figures.axes(height=2.8)
    ax.bar(np.arange(10) + 0.5, shares, width=0.96, color=figures.PALETTE["model"])
    ax.axhline(0.1, color=figures.PALETTE["ink"], linewidth=1)
    ax.set(
        xlabel="tenth of the customer's own forecast that the outcome fell into", xticks=np.arange(10) + 0.5
    )
    ax.set_xticklabels([str(k) for k in range(1, 11)])
    figures.percent_axis(ax.yaxis, "share of customers")
    low, high = (wording.percent(value) for value in (shares.min(), shares.max()))
    claim = (
        f"Between {low} and {high} of the customers fell into each tenth of what {model} forecast for them"
    )
    alt = "Ten bars, share of customers by the tenth of their own forecast the outcome fell into, with a line at 10 %."
    caption = (
        "Ten bars at 10 % would be perfect. High bars at both ends: intervals too narrow; in the middle: too wide; on the "
        "right: more was bought than forecast. Counts are whole, so ties are broken at random."
    )
    return {"fig": fig, "title": claim, "alt": alt, "caption": caption}
