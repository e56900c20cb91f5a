"""What is known of leads, and the truth: conversion of each stage and the chance of a win by a day, from the hazards."""

from datetime import date

import numpy as np
import pandas as pd

from helpers.demo.tables import stamps
from helpers.demo.world import LEAD_CHANNELS, World
from helpers.study.year import MONTH, YEAR_WINDOW

STAGE_DAYS = YEAR_WINDOW
WIN_DAYS = (30, 90, 180)


def known(world: World, leads: pd.DataFrame) -> pd.DataFrame:
    """One row per lead of `people.leads` created up to `as_of`, with the dates that have come by then and its attributes."""
    table, end = leads[leads["created"] < world.last_day + 1], world.last_day + 1
    stages = {
        stage: table[stage].where(table[stage] < end).to_numpy() for stage in ("mql", "sql", "won", "lost")
    }
    return pd.DataFrame(
        {
            "lead_id": [f"L{number:06d}" for number in table.index + 1],
            "created_at": stamps(world, table["created"]),
            "channel": table["channel"].to_numpy(),
            **{f"{stage}_at": stamps(world, day) for stage, day in stages.items()},
            "cost": table["cost"].to_numpy(),
            "industry": table["industry"].to_numpy(),
            "employees": table["employees"].to_numpy(),
            "response_hours": table["response_hours"].to_numpy(),
        }
    )


def conversion(world: World, leads: pd.DataFrame, until: date | None = None) -> dict:
    """Per channel: the chance to advance within a year of entering a stage, and to be won within 30, 90, 180 days.

    Averaged over the own speed-ups (first answer, size) of the leads created up to `until` (default: `as_of`), for a stage
    among those who come to it; no chance is drawn.
    """
    table = leads[leads["created"] < world.day(until or world.as_of) + 1]
    help_ = np.exp(
        -0.12 * np.log(table["response_hours"] / 6) + 0.10 * np.log(table["employees"] / 12)
    ).to_numpy()
    truth: dict = {"stage_days": STAGE_DAYS}
    for channel, (_, _, hazards) in LEAD_CHANNELS.items():
        own = help_[(table["channel"] == channel).to_numpy()]
        advance = np.array([rate for rate, _ in hazards]) * own[:, None] / MONTH
        leave = advance + np.array([rate for _, rate in hazards]) / MONTH
        within = advance / leave * (1 - np.exp(-leave * STAGE_DAYS))
        reached = np.cumprod(np.column_stack([np.ones(len(own)), within[:, :-1]]), axis=1)
        stages = (within * reached).sum(axis=0) / reached.sum(axis=0)
        ever = np.prod(advance / leave, axis=1)
        won = {str(days): float((ever * _sum_below(leave, days)).mean()) for days in WIN_DAYS}
        truth[channel] = {
            "stages": dict(zip(("lead", "MQL", "SQL"), stages.tolist(), strict=True)),
            "won": won,
        }
    return truth


def _sum_below(rate: np.ndarray, days: float) -> np.ndarray:
    """The chance that exponential times with these rates (leads x 3, distinct) add up to less than `days`."""
    rate = rate * (1 + 1e-6 * np.arange(rate.shape[1]))  # equal rates would divide by zero
    others = [
        np.prod([rate[:, j] / (rate[:, j] - rate[:, i]) for j in range(3) if j != i], axis=0)
        for i in range(3)
    ]
    return 1 - sum(weight * np.exp(-rate[:, i] * days) for i, weight in enumerate(others))
