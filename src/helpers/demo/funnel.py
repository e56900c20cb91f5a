"""The truth about leads: conversion of each stage and the chance of a win by a day, per channel, from the hazards."""

import numpy as np

from .story import Story
from .world import LEAD_CHANNELS, MONTH

STAGE_DAYS = 365
WIN_DAYS = (30, 90, 180)


def conversion(story: Story) -> dict:
    """Per channel: the chance to advance within a year of entering a stage, and to be won within 30, 90, 180 days.

    Averaged over the leads' own speed-ups (first answer, size), among those who come to the stage; no chance is drawn.
    """
    table = story.leads[story.leads["created"] < story.world.last_day + 1]
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
