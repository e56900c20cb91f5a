"""The pictures of the value tiers' page: each returns what `page.show` takes."""

import numpy as np
import pandas as pd

from helpers.customers.tiers import TIERS
from helpers.pages import figures, wording

COLOURS = dict(
    zip(TIERS, (figures.PALETTE[n] for n in ("good", "accent", "neutral", "ochre", "bad")), strict=True)
)


def sizes(overview: pd.DataFrame) -> dict:
    """Share of customers and share of value ahead of those whose most probable tier it is, as paired bars."""
    fig, ax = figures.axes(height=3.2)
    places = np.arange(len(overview))
    customers = overview["Customers"] / overview["Customers"].sum()
    ax.bar(places - 0.2, customers, width=0.38, color=figures.PALETTE["neutral"], label="of the customers")
    ax.bar(
        places + 0.2,
        overview["Share"],
        width=0.38,
        color=figures.PALETTE["model"],
        label="of the value ahead",
    )
    ax.set_xticks(places, overview["Tier"])
    figures.percent_axis(ax.yaxis, "share")
    figures.legend(ax)
    claim = (
        f"The Most Valuable are {wording.percent(customers[0], 0)} of the customers and "
        f"{wording.percent(overview['Share'].iloc[0], 0)} of the value ahead"
    )
    alt = f"Paired bars per tier: share of customers and share of value. {claim}."
    return {"fig": fig, "title": claim, "alt": alt}


def certainty(chances: pd.DataFrame) -> dict:
    """How sure the tier of each customer is: the probability of the most probable one."""
    best = chances[list(TIERS)].max(axis=1)
    fig, ax = figures.axes(height=2.8)
    ax.hist(best, bins=np.linspace(0, 1, 21), color=figures.PALETTE["model"])
    figures.percent_axis(ax.xaxis, "probability of the customer's most probable tier")
    figures.count_axis(ax.yaxis, "customers")
    claim = f"For {wording.percent((best >= 0.8).mean(), 0)} of the customers the tier is at least 80 % sure"
    alt = f"Histogram of customers by the probability of their most probable tier. {claim}."
    return {"fig": fig, "title": claim, "alt": alt}


def map_of_value(
    expected: pd.Series, growth: pd.Series, likely: pd.Series, minimum: int, currency: str
) -> dict:
    """Mean actual value against mean growth of each tier's customers; the area shows how many; small tiers left out."""
    table = pd.DataFrame({"value": expected, "growth": growth, "tier": likely})
    table = table.groupby("tier").agg(value=("value", "mean"), growth=("growth", "mean"), n=("value", "size"))
    table = table[table["n"] >= minimum]
    fig, ax = figures.axes(height=3.4)
    area = 1500 * table["n"] / table["n"].max() + 60
    ax.scatter(
        table["value"], table["growth"], s=area, color=[COLOURS[tier] for tier in table.index], alpha=0.85
    )
    for tier, row in table.iterrows():
        is_left = row["value"] < table["value"].mean()
        beside = np.sqrt(area[tier] / np.pi) + 5  # the dot's radius in points
        ax.annotate(
            tier,
            (row["value"], row["growth"]),
            xytext=(beside if is_left else -beside, 0),
            textcoords="offset points",
            ha="left" if is_left else "right",
            va="center",
        )
    ax.margins(0.3)
    figures.money_axis(ax.xaxis, currency, "actual value, mean")
    figures.money_axis(ax.yaxis, currency, "growth to what peers are worth, mean")
    top = table["growth"].idxmax()
    claim = (
        f"Most room to grow: {top}, {wording.money(table.loc[top, 'growth'], currency)} a customer on average"
    )
    alt = (
        f"Dots for the tiers: mean actual value against mean growth, larger dots for more customers. {claim}."
    )
    caption = "Who is above the cut of value is Most Valuable, whatever room there is to grow."
    return {"fig": fig, "title": claim, "alt": alt, "caption": caption}
