"""The pictures of the value page: each returns what `page.show` takes, figure, claim, alt text, caption."""

import textwrap

import numpy as np
import pandas as pd

from helpers.inference.intervals import Interval
from helpers.pages import figures, wording


def by_tenth(forecast: pd.Series, actual: pd.Series, bias: float, currency: str) -> dict:
    """Forecast and actual revenue of ten groups of equal size, from the highest forecast to the lowest."""
    rank = forecast.rank(method="first", ascending=False)
    tenth = np.ceil(10 * rank / len(forecast)).astype(int)
    sums = pd.DataFrame({"model": forecast, "actual": actual}).groupby(tenth).sum()
    fig, ax = figures.axes(height=3.2)
    for shift, name in ((-0.2, "model"), (0.2, "actual")):
        ax.bar(sums.index + shift, sums[name], width=0.38, color=figures.PALETTE[name], label=name)
    ax.set(xlabel="tenth of customers, by forecast (1: the highest)", xticks=range(1, 11))
    figures.money_axis(ax.yaxis, currency, "revenue in the hold-out")
    figures.legend(ax)
    best = wording.percent(sums["actual"].iloc[0] / actual.sum(), 0)
    direction = "less" if bias < 0 else "more"
    claim = (
        f"We would have forecast {wording.percent(abs(bias))} {direction} revenue than came; "
        f"the tenth forecast highest brought {best} of it"
    )
    alt = f"Paired bars: forecast and actual revenue of ten groups, from highest to lowest forecast. {claim}."
    return {"fig": fig, "title": claim, "alt": alt}


def equity(draws: np.ndarray, total: Interval, horizon_months: float, currency: str) -> dict:
    """Draws of customer equity with the 90 % interval shaded."""
    fig, ax = figures.axes(height=2.6)
    ax.hist(draws, bins=40, color=figures.PALETTE["model"])
    ax.axvspan(total.p05, total.p95, color=figures.PALETTE["model"], alpha=0.15, linewidth=0)
    figures.money_axis(ax.xaxis, currency, "customer equity")
    ax.set(yticks=[], ylabel="plausibility")
    say = lambda value: wording.money(value, currency)  # noqa: E731
    claim = f"Today's customers are worth {say(total.mean)} over {horizon_months:g} months, {wording.between(total, say)}"
    alt = f"Histogram of customer equity over the posterior draws. {claim}."
    return {"fig": fig, "title": claim, "alt": alt, "caption": "Shaded: the 90 % interval."}


def one_by_one(customers: pd.DataFrame, currency: str) -> dict:
    """Expected value of customers in rising order with the band of their own money; columns mean, p05, p95."""
    ranked = customers.sort_values("mean", ignore_index=True)
    ranked.index = (ranked.index + 0.5) / len(ranked)
    fiftieths = ranked.groupby(np.floor(50 * ranked.index) / 50 + 0.01)[["mean", "p05", "p95"]].mean()
    fig, ax = figures.axes(height=3.4)
    figures.band(ax, fiftieths.index, fiftieths["p05"], fiftieths["p95"])
    ax.plot(fiftieths.index, fiftieths["mean"], color=figures.PALETTE["model"])
    figures.percent_axis(ax.xaxis, "customers, from the lowest to the highest expected value")
    figures.money_axis(ax.yaxis, currency, "value of one customer")
    low, middle, high = (
        wording.money(ranked.loc[0.95:, name].median(), currency) for name in ("p05", "mean", "p95")
    )
    claim = f"A customer among the best 5 % is expected to bring {middle}, but it may well be {low} or {high}"
    alt = f"Expected value of customers in rising order with a wide band, their 90 % predictive intervals. {claim}."
    caption = (
        "Line: expected value. Band: where a customer's actual money lies with 90 % probability. "
        "Means over 2 % of customers."
    )
    return {"fig": fig, "title": claim, "alt": alt, "caption": caption}


def concentration(curve: pd.DataFrame, held: str, holders: str) -> dict:
    """Lorenz curve of expected value, the most valuable customers first; columns customers, money."""
    fig, ax = figures.axes(width=5.4, height=3.4)
    ax.plot(curve["customers"], curve["money"], color=figures.PALETTE["model"])
    ax.plot([0, 1], [0, 1], color=figures.PALETTE["muted"], linewidth=1)
    figures.percent_axis(ax.xaxis, "customers, the most valuable first")
    figures.percent_axis(ax.yaxis, "expected value")
    claim = f"The best 20 % of customers hold {held} of the expected value; 80 % of it is held by {holders}"
    alt = f"Curve of the share of value against the share of customers, well above the diagonal of equal shares. {claim}."
    return {"fig": fig, "title": claim, "alt": alt}


def walk(start: float, steps: pd.DataFrame, labels: tuple[str, str], currency: str) -> dict:
    """Bridge from equity at one date to equity at the next; steps: Change by step, labels: the names of the two ends."""
    fig, ax = figures.axes(height=3.4)
    end = start + steps["Change"].sum()
    names, level = [labels[0], *steps.index, labels[1]], start
    levels = start + steps["Change"].cumsum()
    ax.bar(0, start, color=figures.PALETTE["model"])
    for place, change in enumerate(steps["Change"], start=1):
        ax.bar(place, change, bottom=level, color=figures.PALETTE["good" if change >= 0 else "bad"])
        level += change
    ax.bar(len(names) - 1, end, color=figures.PALETTE["model"])
    ax.set_ylim(1.05 * min(0, start, levels.min()), 1.05 * max(0, start, levels.max()))
    ax.set_xticks(range(len(names)), [_lines(name) for name in names])
    figures.money_axis(ax.yaxis, currency, "expected equity")
    say = lambda value: wording.money(value, currency)  # noqa: E731
    moved = "grew" if end >= start else "fell"
    claim = (
        f"Equity {moved} from {say(start)} to {say(end)}; new customers brought {say(steps['Change'].iloc[0])}, "
        f"those who lapsed took {say(abs(steps['Change'].iloc[-1]))}"
    )
    alt = f"Bridge of bars from equity at the first date over the steps to equity today. {claim}."
    caption = "Sums of customers' expected values; by chance of the simulation they differ a little from the total above."
    return {"fig": fig, "title": claim, "alt": alt, "caption": caption}


def _lines(name: str) -> str:
    """A step's name in short lines, a new one after each comma."""
    return ",\n".join(textwrap.fill(part, 11) for part in name.split(", "))
