"""Feasts and the company's own calendar in the operational clock: dates, likelihood, forecasts, what the page says."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest
import seasonal
from test_season import COIN, DEATH, THETA, parameters_of, pareto_row

from helpers.clv import (
    bg_nbd,
    day_columns,
    days_found,
    feasts,
    own_calendar,
    pareto_nbd,
    purchase_models,
    season,
    season_likelihood,
)
from helpers.clv.array_libraries import NUMPY
from helpers.clv.cnbd import Cnbd
from helpers.clv.distinct import distinct_rows
from helpers.clv.season_clock import Clock
from helpers.clv.simulate import Posterior, simulate
from helpers.errors import StudyError
from helpers.pages import stored_checks
from helpers.pages.wording import say
from helpers.study import country

END = date(2024, 3, 31)
PRICES = pd.DataFrame(
    {
        "date": ["2022-01-01", "2023-01-01", "2024-01-01", "2023-07-03", "2023-10-02", "2024-02-05"],
        "until": ["2022-12-31", "2023-12-31", "2024-06-30", "2023-07-16", "2023-10-08", "2024-02-11"],
        "name": ["price"] * 3 + ["closed"] * 3,
        "value": [1.0, 1.1, 1.3, 1, 1, 1],
    }
)


@pytest.fixture(scope="module")
def base():
    """A small base with a peak, and what is known of its days: Tet, Black Friday, prices, closed weeks."""
    orders = seasonal.shop(3, 2.0, END, customers=40).orders
    first = orders["order_date"].min().date()
    known = day_columns.known_on(END, first, "VN", PRICES)
    plain = seasonal.calendar_of(orders, END)
    calendar = season.Calendar(*(getattr(plain, name) for name in ("end", "days", "bought", "gaps")),
                               known.standing_on(first, END))  # fmt: skip
    return orders, plain, calendar


def expected_columns(days: pd.DatetimeIndex) -> np.ndarray:
    """Tet and the three closed weeks by hand, in code of their own: shape (days, 2)."""
    tet = [
        pd.Timestamp(day) for day in ("2022-02-01", "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17")
    ]
    to_tet = np.array([min((one - day).days for one in tet if one >= day) for day in days])
    closed = np.zeros(len(days))
    for row in PRICES[PRICES["name"] == "closed"].itertuples():
        closed[(days >= row.date) & (days <= row.until)] = 1.0
    return np.column_stack([to_tet <= 21, closed])


@pytest.mark.parametrize(
    ("code", "name", "days"),
    [
        ("VN", "Lunar New Year", ["2023-01-22", "2024-02-10", "2025-01-29"]),
        ("TH", "Songkran", ["2023-04-13", "2024-04-13", "2025-04-13"]),
        ("DE", "Easter", ["2023-04-09", "2024-03-31", "2025-04-20"]),
        ("GB", "Easter", ["2023-04-09", "2024-03-31", "2025-04-20"]),
        ("US", "Easter", ["2023-04-09", "2024-03-31", "2025-04-20"]),
        ("GR", "Easter", ["2023-04-16", "2024-05-05", "2025-04-20"]),
        ("TR", "Eid al-Fitr", ["2023-04-21", "2024-04-10", "2025-03-30"]),
        ("KR", "Mid-Autumn", ["2023-09-29", "2024-09-17", "2025-10-06"]),
        ("JP", "Black Friday", ["2023-11-24", "2024-11-29", "2025-11-28"]),
    ],
)
def test_feasts_fall_on_their_days(code, name, days):
    found = {one.name: one for one in feasts.of_country(code, date(2024, 1, 1), date(2025, 12, 31))}
    assert found[name].on.astype(str).tolist() == days


def test_a_feast_is_bought_for_three_weeks_and_black_friday_for_one():
    songkran, friday = (
        next(one for one in feasts.of_country("TH", END, END) if one.name == name)
        for name in ("Songkran", "Black Friday")
    )
    days = np.arange("2024-01-01", "2025-01-01", dtype="datetime64[D]")
    assert days[songkran.values(days) > 0][[0, -1]].astype(str).tolist() == ["2024-03-23", "2024-04-13"]
    assert days[friday.values(days) > 0][[0, -1]].astype(str).tolist() == ["2024-11-25", "2024-12-02"]
    assert feasts.of_country("", END, END) == ()


def test_a_country_is_a_code_whose_feasts_are_known():
    assert country.checked("VN", "country") == "VN"
    with pytest.raises(
        StudyError, match=r"country is 'Vietnam'; it is the code of two letters .*VN.*Leave it out"
    ):
        country.checked("Vietnam", "country")


def test_columns_are_those_of_the_days(base):
    _, plain, calendar = base
    days = pd.date_range(END - timedelta(days=plain.days), END)
    names = [one.name for one in calendar.others.about]
    assert names == ["Lunar New Year", "Black Friday", "closed", "price"]
    assert calendar.others.estimated.tolist() == [True, False, True, True]
    assert [one.times for one in calendar.others.about][:3] == [2, 2, 3]
    expected = expected_columns(days)
    expected[(days < "2023-07-03") | (days > "2024-02-11"), 1] = (
        28 / 224
    )  # where the table does not reach, its mean
    assert calendar.others.fitted[:, :2] == pytest.approx(expected)
    assert not calendar.others.values[: calendar.others.seen, 1].any()  # Black Friday: too rarely seen
    price = calendar.others.fitted[:, 2]
    assert price.mean() == pytest.approx(0, abs=1e-12)
    assert len(np.unique(price.round(9))) == 3


@pytest.mark.grid  # compiles each model anew
@pytest.mark.parametrize(
    "module", [bg_nbd, pareto_nbd, Cnbd(3, at_once=False)], ids=lambda module: module.TITLE
)
def test_the_compressed_form_is_that_of_single_purchases_day_by_day(base, module):
    orders, _, calendar = base
    rows = distinct_rows(seasonal.summary_of(orders, END))
    data = purchase_models.likelihood_data(rows) | season_likelihood.data_of(module, rows, calendar, 7.0)
    vector = pt.dvector("theta, log s, effects")
    many, half = len(module.PARAMETERS), season.HALF_MONTHS
    parts = [vector[k] for k in range(many)]
    columns = pt.as_tensor(data["day_columns"])
    pace = vector[many : many + half][data["half_month"]] + (columns * vector[many + half :]).sum(axis=1)
    total = purchase_models.log_likelihood(module, parts, data, pace)
    value = pytensor.function([vector], [total, pytensor.grad(total, vector)], mode="FAST_COMPILE")
    rng = np.random.default_rng(1)
    at = np.concatenate([THETA[module], rng.normal(0, 0.3, half), [0.6, -0.8, 0.2]])
    days = pd.date_range(END - timedelta(days=calendar.days), END)
    of_day = 2 * (days.month - 1) + (days.day > 15)
    shared = calendar.others.fitted

    def exact(at: np.ndarray) -> float:
        log_pace = at[many : many + half][of_day] + shared @ at[many + half :]
        return by_purchase(module, at[:many], log_pace, orders)

    found, slope = value(at)
    assert found == pytest.approx(exact(at), rel=1e-10)
    for place in (0, many - 1, many + 2, many + half, many + half + 1, many + half + 2):
        step = 1e-3 * np.eye(len(at))[place]
        rough, fine = ((exact(at + h * step) - exact(at - h * step)) / (2 * h * 1e-3) for h in (1.0, 0.5))
        assert slope[place] == pytest.approx((4 * fine - rough) / 3, rel=1e-6, abs=1e-6)
    at[many + half :] = 0.0
    log_season = at[many : many + half]
    plain = base[1]
    without = purchase_models.likelihood_data(rows) | season_likelihood.data_of(module, rows, plain, 7.0)
    bare = purchase_models.log_likelihood(module, at[:many], without, pt.as_tensor(log_season)).eval(
        mode="FAST_COMPILE"
    )
    assert value(at)[0] == pytest.approx(float(bare), rel=1e-10)


def by_purchase(module, theta, log_pace, orders) -> float:
    """The log-likelihood of every customer on their own, purchase by purchase, with a pace for every single day."""
    pace, origin, total = np.exp(log_pace), orders["order_date"].min(), 0.0
    for _, own in orders[orders["order_date"] <= np.datetime64(END)].groupby("customer_id"):
        days = np.sort((own["order_date"] - origin).dt.days.unique())
        passed = pace.cumsum() / 7
        x = float(len(days) - 1)
        total += log_pace[days[1:]].sum() + module.log_likelihood_x(theta, x, NUMPY)
        if module.STAGES > 1:
            total += (module.STAGES - 1) * np.log(np.diff(passed[days])).sum()
        if module is pareto_nbd:
            total += pareto_row(theta, x, days, pace)
        else:
            spans = passed[days[-1]] - passed[days[0]], passed[-1] - passed[days[0]]
            total += module.log_likelihood_row(theta, x, *spans, NUMPY)
    return float(total)


def test_without_columns_the_likelihood_reads_what_it_read(base):
    _, plain, _ = base
    data = plain.data(7.0)
    assert not {"half_month", "day_columns"} & set(data)
    assert data["before_panel"].shape[1] == season.HALF_MONTHS
    assert day_columns.NOTHING.standing_on(date(2022, 1, 1), END) is None
    assert plain.of_day.tolist() == season.half_month(
        np.datetime64(END) - np.arange(plain.days, -1, -1)
    ).tolist()  # fmt: skip


def clock(others, effects, draws=3000) -> Clock:
    its = parameters_of(bg_nbd, draws=draws).clock
    return Clock(
        END, 800, 7.0, its.log_season, its.log_level, True, 0.0, np.tile(effects, (draws, 1)), others
    )


@pytest.mark.parametrize("theta", [COIN, DEATH], ids=["coin", "death"])
def test_forecasts_run_on_the_days_of_the_coming_feasts(base, theta):
    module = bg_nbd if theta is COIN else pareto_nbd
    effects = np.array([1.0, 0.4, -0.5, 0.1])
    its = parameters_of(module, draws=3000)
    own = clock(base[2].others, effects)
    its = type(its)(its.module, its.design, its.theta, its.rate_effect, its.drop_out_effect, "week", own)
    days = pd.date_range(END + timedelta(days=1), END + timedelta(days=400))
    half = 2 * (days.month - 1) + (days.day > 15)
    pace = np.exp(
        own.log_season[0][half] + base[2].others.at(days.to_numpy().astype("datetime64[D]")) @ effects
    )
    assert own.pace(1, 400)[0] == pytest.approx(pace)
    assert own.ahead_at(400 / 7)[0] == pytest.approx(pace.sum() / 7)
    assert expected_columns(days)[:, 0] == pytest.approx(
        base[2].others.at(days.to_numpy().astype("datetime64[D]"))[:, 0]
    )
    ends, paces = own.runs_ahead(400 / 7)
    assert (np.diff(ends, prepend=0) * paces[0]).sum() == pytest.approx(pace.sum() / 7)
    rows = pd.DataFrame({"x": [3, 9], "t_x": [52.0, 70.0], "T": [60.0, 74.0], "n": 1})
    made = simulate(Posterior(its, None), rows, 52.2, seed=5).purchases.mean(axis=1)
    assert made == pytest.approx(its.expected(rows, 52.2).mean(axis=0), rel=0.09, abs=0.03)


def test_what_was_seen_too_rarely_keeps_its_prior_spread_and_leaves_the_past_alone(base):
    others = base[2].others
    effects = others.drawn(np.tile([0.5, 0.1, 0.2], (4000, 1)), seed=1)
    assert effects[:, 1].std() == pytest.approx(day_columns.SCALE, rel=0.05)
    assert effects[:, [0, 2, 3]].std() < 1
    assert (effects[:, 0] == 0.5).all()
    short = others.unseen()
    assert not short.values[: short.seen].any()
    assert not short.estimated.any()
    again = day_columns.DayColumns.of_dataset(others.dataset())
    assert (again.about, again.start, again.end) == (others.about, others.start, others.end)
    assert (again.values == others.values).all()


def test_the_table_beyond_its_last_day_is_not_zero():
    days = np.arange("2022-01-01", "2027-01-01", dtype="datetime64[D]")
    closed, price = own_calendar.of_table(PRICES)
    assert (closed.is_level, price.is_level) == (False, True)
    assert (closed.step, price.step > 0.05) == (0.0, True)
    own = closed.values(days, closed.last)
    assert own[: (closed.first - date(2022, 1, 1)).days] == pytest.approx(closed.listed.mean())
    assert (closed.after(closed.last), price.after(price.last)) == ("mean", "last")
    assert own[-1] == pytest.approx(closed.listed.mean())
    assert price.values(days, price.last)[-1] == 1.3
    assert price.values(days, date(2023, 6, 30))[-1] == 1.1  # as known half a year before
    weekly = pd.DataFrame(
        {"date": pd.date_range("2022-01-03", "2023-12-31", freq="14D"), "name": "mail", "value": 1}
    )
    (mail,) = own_calendar.of_table(weekly)
    later = mail.values(days, mail.last)
    assert mail.after(mail.last) == "year"
    assert later[days > np.datetime64(mail.last)][:364].sum() == mail.listed[-364:].sum()
    assert later[days > np.datetime64(mail.last)][364:728].sum() == mail.listed[-364:].sum()
    assert own_calendar.of_table(None) == ()


def test_an_earlier_day_knew_the_calendar_no_further_ahead():
    known = day_columns.known_on(END, date(2022, 4, 2), "", PRICES)
    then = known.standing_on(date(2022, 4, 2), date(2023, 9, 30))
    assert [one.until for one in then.about] == ["2023-08-12", "2023-12-30"]
    assert [one.name for one in then.about if one.estimated] == []
    assert then.values[-1, 1] == then.values[(date(2023, 12, 31) - date(2022, 4, 2)).days, 1]


def test_the_page_says_what_each_does_and_what_is_not_known(base):
    others = base[2].others
    rng = np.random.default_rng(1)
    effects = others.drawn(rng.normal([0.6, -0.5, 0.1], 0.05, (2000, 3)), seed=1)
    its = Clock(END, 800, 7.0, np.zeros((2000, 24)), np.zeros(2000), True, 0.0, effects, others)
    found = days_found.found(its, 365 / 7, others)
    said = [say(one) for one in found.said]
    assert "Lunar New Year" in said[0]
    assert "1.83 (1.68 to 1.98) times as often as they would at that time of the year without it" in said[0]
    assert "has been seen 2 times in the data, too rarely" in said[1]
    assert "on its days" in said[2]
    assert "higher" in said[3]
    seen, reaches = found.checks
    assert (seen.verdict, reaches.verdict) == ("REVIEW", "REVIEW")
    assert "Black Friday" in say(seen.advice)
    assert "last value of price stands after" in say(reaches.advice)
    day = date(2024, 1, 31)
    known = replace(found, not_judged=(), first=day, last=day)
    kept = [stored_checks.stored(one) for one in known.checks]
    assert [one["verdict"] for one in kept] == ["PASS", "PASS"], "a page can keep what has no list to say"
    assert found.metrics["days.Lunar New Year"].mean == pytest.approx(np.exp(effects[:, 0]).mean())
    without = Clock(END, 800, 7.0, np.zeros((5, 24)), np.zeros(5))
    assert days_found.found(without, 52.0, None).checks == []


def test_a_fit_finds_the_feast_and_its_posterior_keeps_the_days(tmp_path):
    tet = feasts.of_country("VN", date(2021, 1, 1), date(2025, 1, 1))[0]
    shop = seasonal.shop(
        1, 1.0, END, customers=1200, also=lambda days: np.where(tet.values(days) > 0, 2.5, 1.0)
    )
    plain = seasonal.calendar_of(shop.orders, END)
    first = shop.orders["order_date"].min().date()
    others = day_columns.known_on(END, first, "VN").standing_on(first, END)
    calendar = season.Calendar(plain.end, plain.days, plain.bought, plain.gaps, others)
    summary = seasonal.summary_of(shop.orders, END)
    tree = purchase_models.fit("bg_nbd", summary, "week", calendar=calendar, method="laplace", draws=200)
    its = purchase_models.parameters(tree)
    factor = np.exp(its.clock.effects).mean(axis=0)
    assert 1.7 < factor[0] < 3.3
    assert np.exp(its.clock.effects[:, 1]).std() > 0.2  # Black Friday, seen twice
    tree.to_netcdf(tmp_path / "posterior.nc", engine="h5netcdf")
    import arviz as az  # noqa: PLC0415

    again = season_likelihood.clock_of(az.from_netcdf(tmp_path / "posterior.nc").load())
    assert again.others.about == others.about
    assert again.ahead(52.2) == pytest.approx(its.clock.ahead(52.2))


def test_mailings_that_lie_in_the_forecast_are_repeated_ones(base):
    others = base[2].others
    mailings = replace(others, about=tuple(replace(one, mailing_days=28) for one in others.about))
    clock = Clock(END, 800, 7.0, np.zeros((1, 24)), np.zeros(1), others=mailings)
    seen = np.arange(len(others.values))[:, None] < others.seen
    gone = replace(mailings, values=np.ones_like(others.values) * seen)
    assert days_found.repeats_mailings(clock, 365 / 7)
    assert not days_found.repeats_mailings(replace(clock, others=gone), 365 / 7), "long ago, and not again"
    assert not days_found.repeats_mailings(replace(clock, others=others), 365 / 7), "a feast is no mailing"
    assert not days_found.repeats_mailings(replace(clock, others=None), 365 / 7)
    assert not days_found.repeats_mailings(None, 365 / 7)
