"""Daily panels in which shops are closed on Sundays and feasts, rows that are missing, and long ones drawn small."""

import numpy as np
import pandas as pd
import pytest
from panels_support import rows_of

from helpers.campaigns import (
    broken_cells,
    closed_periods,
    headline,
    panel,
    staggered,
    treatment_starts,
    twins,
)
from helpers.campaigns.panel_shown import Outcome
from helpers.errors import CannotAnswer
from helpers.pages.wording import say
from helpers.views import quasi_experiment, quasi_synthetic

DAYS = pd.date_range("2025-01-06", periods=140, freq="D")
FEAST = pd.Timestamp("2025-04-18")
START = "2025-05-04"  # a Sunday


def shops(seed, units=14, effect=0.1, treated=4):
    """Daily takings with a weekday's rhythm, +10 % in some shops from a Sunday on."""
    rng = np.random.default_rng(seed)
    week = np.array([1.2, 1.0, 1.0, 1.1, 1.4, 1.7, 1.0])[DAYS.day_of_week]
    made = np.exp(rng.normal(6, 0.4, (units, 1)) + np.log(week) + rng.normal(0, 0.03, (units, len(DAYS))))
    made[:treated, DAYS >= START] *= np.exp(effect)
    return rows_of(made.round(2), [START] * treated + [None] * (units - treated), DAYS)


def closed(rows):
    """The rows on which nobody was open."""
    return (rows["period"].dt.day_of_week == 6) | (rows["period"] == FEAST)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("zeros", [True, False])
def test_closed_days_are_left_out_whether_they_are_zeros_or_no_rows(seed, zeros):
    rows = shops(seed)
    shut = rows.assign(outcome=rows["outcome"].mask(closed(rows), 0.0)) if zeros else rows[~closed(rows)]
    data, checks = panel.prepare(shut)
    found = {one.name: one for one in checks}
    assert data.scale == "log" and data.whole == 6 and len(data.periods) == 140 - 20 - 1
    assert found["Closed periods"].verdict == ("REVIEW" if zeros else "PASS")
    assert (
        found["Even periods"].verdict == "REVIEW" and found["Units with gaps"].verdict == "PASS"
    )  # the feast
    assert data.periods[data.start.min()] == pd.Timestamp("2025-05-05"), "Sunday's start is Monday's"
    effect = staggered.overall(data, 0).interval
    assert effect.p05 < 0.1 < effect.p95 and effect.p95 - effect.p05 < 0.08
    assert broken_cells.find(data).cells.empty


def test_a_shop_that_lives_on_sundays_keeps_them_and_one_that_takes_little_does_not():
    rows = shops(3)
    airport = closed(rows) & (rows["unit"] == "u05")
    shut = rows.assign(outcome=rows["outcome"].mask(closed(rows) & ~airport, 0.0))
    assert len(closed_periods.find(shut).periods) == 21 and closed_periods.find(shut).share < 0.02
    much = shut.assign(outcome=shut["outcome"].mask(airport, 8 * rows["outcome"]))
    assert closed_periods.find(much).periods.empty


def test_what_is_often_nothing_is_not_closed_and_a_stray_row_costs_its_day_alone():
    rows = shops(4)
    rare = rows.assign(outcome=np.random.default_rng(1).poisson(0.06, len(rows)).astype(float))
    assert closed_periods.find(rare).periods.empty
    stray = pd.concat([rows, rows[:1].assign(period=pd.Timestamp("2024-01-01"), outcome=50.0)])
    data, checks = panel.prepare(stray)
    assert len(data.units) == 14 and {one.name: one for one in checks}["Units with gaps"].verdict == "PASS"
    one_day = rows[~((rows["period"] == DAYS[30]) & (rows["unit"] < "u07"))]
    assert len(panel.prepare(one_day)[0].units) == 14, "half of the units lack one day: the day goes"
    one_shop = rows[~((rows["period"] == DAYS[30]) & (rows["unit"] == "u07"))]
    assert len(panel.prepare(one_shop)[0].units) == 13, "one unit lacks it: the unit goes"


def test_a_treatment_that_stops_again_is_no_failure_and_closed_days_do_not_stop_one():
    rows = shops(5).drop(columns="treated_from")
    on = rows["unit"].lt("u04") & (rows["period"] >= START)
    shut = rows.assign(treated=on & ~closed(rows), outcome=rows["outcome"].mask(closed(rows), 0.0))
    assert panel.prepare(shut)[0].start.min() == len(DAYS[(DAYS < START) & (DAYS.day_of_week < 6)]) - 1
    with pytest.raises(CannotAnswer, match="stops again"):
        treatment_starts.since_when(rows.assign(treated=on & (rows["period"] < "2025-05-20")))


def test_long_panels_of_days_are_told_by_weeks_and_drawn_in_means():
    data, _ = panel.prepare(shops(6))
    by_week = staggered.event_study(data, 0, 21).set_index("since")["estimate"]
    assert list(by_week.index) == [-21, -14, -7, 0, 7, 14]
    assert np.mean([by_week[k].value for k in (0, 7, 14)]) == pytest.approx(
        staggered.overall(data, 0).value, abs=0.02
    )
    whole = twins.all_gaps(data.on_scale(headline.choose(data, "log", "takings").scale), demean=True)
    assert whole.drawn is whole and whole.gap.shape == (4, 140)
    long = twins.Gaps(
        whole.units * 6, whole.periods, np.tile(whole.starts, 6), *[np.tile(whole.gap, (6, 1))] * 3, 0
    )
    assert long.drawn.gap.size <= twins.MOST_POINTS and len(long.drawn.periods) == long.drawn.gap.shape[1]
    first = long.drawn.starts[0]
    assert long.drawn.periods[first] == whole.periods[whole.starts[0]]
    assert long.drawn.gap[0, first] == pytest.approx(whole.gap[0, whole.starts[0] :][:3].mean())
    # the pictures say that their points are means, and short ones do not
    shown = Outcome("takings", False, "EUR", data.scale)
    events = staggered.as_shown(data, staggered.event_study(data, 0, 21))
    study = quasi_experiment.event_study(events, events["effect"].iloc[-1], shown)
    assert "Each point is the mean of 7 periods." in say(study.caption)
    short = quasi_experiment.event_study(
        events.assign(since=range(len(events))), events["effect"].iloc[-1], shown
    )
    assert "mean of" not in say(short.caption)
    assert "Each point is the mean of 3 periods, and the band" in say(
        quasi_synthetic.gaps(long, shown).caption
    )
    assert "mean of" not in say(quasi_synthetic.gaps(whole, shown).caption)
