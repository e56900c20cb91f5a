"""The tables of the lead page: stages, speed, value and the open leads, in its words."""

from functools import partial

import numpy as np
import pandas as pd

from helpers.customers.lead_chances import median_days
from helpers.customers.leads import Funnel
from helpers.inference.intervals import interval
from helpers.pages import wording

ROUND = partial(wording.percent, places=0)


def stage_table(stages: dict, found: Funnel) -> pd.DataFrame:
    """Conversion of each stage (columns, as intervals) per channel (rows), with the channel's leads."""
    table = {"Leads": sizes(found)}
    for stage in found.names:
        table[f"From {stage}"] = [interval(stages[channel, stage]) for channel in found.channels]
    return pd.DataFrame(table, index=pd.Index(found.channels, name="Channel"))


def speed_table(
    curves: dict[str, np.ndarray], found: Funnel, soon: dict, late: dict, days: tuple[int, int]
) -> pd.DataFrame:
    """Chance of a win within both numbers of days and the median days to it, per channel."""
    table = {
        "Leads": sizes(found),
        f"Won in {days[0]} days": [soon[name] for name in found.channels],
        f"Won in {days[1]} days": [late[name] for name in found.channels],
        "Median days to a win": [interval(median_days(curves[name])) for name in found.channels],
    }
    return pd.DataFrame(table, index=pd.Index(found.channels, name="Channel"))


def value_table(value: pd.DataFrame) -> pd.DataFrame:
    """What `lead_value.by_channel` found, with the page's headings."""
    shown = value[["channel", "leads", "worth", "ceiling", "cost", "gain"]]
    return shown.set_axis(
        ["Channel", "Leads", "Customer worth", "Lead may cost", "Lead costs", "Chance it pays"],
        axis="columns",
    )


def open_table(scores: pd.DataFrame, found: Funnel) -> pd.DataFrame:
    """The open leads by stage: number, mean score, median days in the stage, worth together."""
    groups = scores.groupby("stage").agg(
        leads=("score", "size"), score=("score", "mean"), days=("age_days", "median"), value=("value", "sum")
    )
    table = groups.reindex(found.names).dropna().reset_index()
    return table.set_axis(
        ["Stage", "Open leads", "Mean score", "Median days in it", "Worth together"], axis="columns"
    )


def sizes(found: Funnel) -> pd.Series:
    """The leads of each channel, in the order of the channels."""
    return found.leads["channel"].value_counts()[found.channels]


def answer_speed(ratio: np.ndarray | None, column: str) -> str:
    """Say what goes along with an answer in half the time."""
    if ratio is None:
        return f"The leads carry no usable column `{column}`: response speed cannot be looked at."
    times = wording.estimate(interval(ratio), partial(wording.decimals, places=2))
    chance = wording.probability(float(np.mean(ratio > 1)))
    return (
        f"Leads answered in half the time advance at {times} times the rate of the others; the chance that they advance "
        f"faster is {chance}."
    )
