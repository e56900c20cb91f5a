"""What customers received: windows of contacts, the likelihood on rows by triple and windows, and what the page may use."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import ibis
import mailed
import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest
import seasonal
import xarray as xr

from helpers.clv import (
    bg_nbd,
    contact_effect,
    contact_lots,
    contact_rows,
    contact_waves,
    contacts,
    day_columns,
    days_found,
    mbg_nbd,
    nbd,
    pareto_nbd,
    purchase_density,
    purchase_models,
    season,
    season_likelihood,
)
from helpers.clv.array_libraries import NUMPY
from helpers.clv.cnbd import Cnbd
from helpers.clv.customer_groups import Design
from helpers.clv.distinct import distinct_rows
from helpers.clv.half_months import half_month
from helpers.clv.purchase_parameters import Parameters
from helpers.clv.season_clock import Clock
from helpers.errors import StudyError
from helpers.inference.compiled import density_of
from helpers.inference.intervals import Interval
from helpers.inference.mode_search import prepared
from helpers.pages.wording import say
from helpers.views import purchase_model as view

END = date(2023, 9, 30)
DAYS = 28
COIN, DEATH = (0.8, 7.0, 0.9, 3.0), (0.8, 7.0, 0.7, 50.0)
THETA = {
    nbd: COIN[:2],
    bg_nbd: COIN,
    mbg_nbd: COIN,
    pareto_nbd: DEATH,
    Cnbd(3, at_once=False): (2.4, 8.0, 0.9, 3.0),
    Cnbd(2, at_once=True): (1.7, 8.0, 0.9, 3.0),
}
PEAK = np.log(np.where(np.isin(np.arange(24), (21, 22)), 3.1, 0.8))
BETA = 0.35


def ledger_of(orders: pd.DataFrame) -> ibis.Table:
    """Orders as purchases of one unit of money."""
    return ibis.memtable(orders.assign(order_date=orders["order_date"].dt.date, kind="purchase", revenue=1.0))


def summary_of(orders: pd.DataFrame, end: date) -> pd.DataFrame:
    """The summary with the day of the last purchase."""
    found = seasonal.summary_of(orders, end)
    last = found["first_date"] + pd.to_timedelta(np.rint(found["t_x"] * 7), unit="D")
    return found.assign(last_date=last)


def sent_to(orders: pd.DataFrame, seed: int, each: int = 3) -> pd.DataFrame:
    """Contacts at random: `each` per customer on average, some twice in a month, some before the first purchase."""
    rng = np.random.default_rng(seed)
    ids, start = orders["customer_id"].unique(), orders["order_date"].min()
    who = rng.choice(ids, each * len(ids))
    day = start + pd.to_timedelta(rng.integers(-20, (pd.Timestamp(END) - start).days + 1, len(who)), unit="D")
    return pd.DataFrame({"customer_id": who, "day": day, "campaign": "", "by_lot": False})


@pytest.fixture(scope="module")
def base():
    """A small base with a strong peak, its calendar, and contacts."""
    shop = seasonal.shop(3, 4.0, END, customers=60)
    return shop.orders, seasonal.calendar_of(shop.orders, END), sent_to(shop.orders, 5)


def exposed_of(base, module):
    orders, calendar, sent = base
    summary = summary_of(orders, END)
    own = {"module": module, "mailing_days": DAYS}
    return contact_rows.exposed(ledger_of(orders), summary, sent, calendar, **own)


def compiled(module, exposed):
    """The log-likelihood on rows and its gradient as a function of theta, log s and the effect."""
    data = purchase_models.likelihood_data(exposed.rows)
    data |= season_likelihood.data_of(module, exposed.rows, exposed.calendar, 7.0) | exposed.data(7.0)
    theta, log_season, effect = pt.dvector("theta"), pt.dvector("log_season"), pt.dscalar("effect")
    parts = [theta[k] for k in range(len(module.PARAMETERS))]
    total = purchase_models.log_likelihood(module, parts, data, log_season, mailing=effect)
    slopes = pytensor.grad(total, [theta, log_season, effect])
    return pytensor.function([theta, log_season, effect], [total, *slopes], mode="FAST_COMPILE")


@pytest.fixture(scope="module")
def lives(base):
    """Of each customer on their own: every day's half-month, whether a contact lies 1 to DAYS days before it, purchases."""
    orders, _, sent = base
    found = []
    for customer, own in orders[orders["order_date"] <= np.datetime64(END)].groupby("customer_id"):
        days = np.arange(
            own["order_date"].min().to_datetime64(),
            np.datetime64(END) + np.timedelta64(1, "D"),
            dtype="datetime64[D]",
        )
        got = sent.loc[sent["customer_id"] == customer, "day"].to_numpy().astype("datetime64[D]")
        ago = (days[:, None] - got[None, :]).astype(int)
        bought = np.unique(own["order_date"].to_numpy().astype("datetime64[D]"))
        exposed = ((ago >= 1) & (ago <= DAYS)).any(axis=1)
        found.append((half_month(days), exposed, (bought - days[0]).astype(int)))
    return found


def by_purchase(module, theta, log_season, effect, lives) -> float:
    """The log-likelihood of every customer on their own, purchase by purchase and day by day."""
    total = 0.0
    for half, exposed, at in lives:
        rate = log_season[half] + effect * exposed
        passed = np.concatenate([[0.0], np.exp(rate[1:]).cumsum()]) / 7
        total += rate[at[1:]].sum()
        if module.STAGES > 1:
            total += (module.STAGES - 1) * sum(np.log(passed[b] - passed[a]) for a, b in pairwise(at))
        x = float(len(at) - 1)
        total += module.log_likelihood_x(theta, x, NUMPY)
        if module is pareto_nbd:
            total += pareto_row(theta, x, at[-1], passed)
        else:
            total += module.log_likelihood_row(theta, x, passed[at[-1]], passed[-1], NUMPY)
    return float(total)


def pareto_row(theta, x, last, passed) -> float:
    """The Pareto/NBD by quadrature of every single day since the last purchase, ten nodes each."""
    r, alpha, s, beta = theta
    age = np.arange(len(passed)) / 7
    quiet = lambda y: -(r + x) * np.log1p(np.interp(y, age, passed) / alpha) - s * np.log1p(y / beta)  # noqa: E731
    nodes, weights = np.polynomial.legendre.leggauss(10)
    at = age[last:-1, None] + (nodes + 1) / 14
    odds = (np.exp(quiet(at) - quiet(age[-1])) * s / (beta + at) * weights).sum() / 14
    return quiet(age[-1]) + np.log1p(odds) - x * np.log(alpha)


@pytest.mark.parametrize("effect", [0.0, 0.7])
def test_pareto_odds_with_contacts_are_those_of_single_days(base, lives, effect):
    exposed = exposed_of(base, pareto_nbd)
    season_of_all = np.tile(season.log_profile(np.zeros(23), NUMPY) + PEAK, (1, 1))
    clock = Clock(END, exposed.calendar.days, 7.0, season_of_all, np.zeros(1))
    none = np.zeros((1, 0))
    theta = tuple(np.full((1, 1), value) for value in DEATH)
    its = Parameters(pareto_nbd, Design(), theta, none, none, "week", clock)
    pace = np.exp(season_of_all)
    t_x, T = its.spans(exposed.rows)
    t_x, T = (
        of + np.expm1(effect) * pace @ days.T / 7 for of, days in ((t_x, exposed.before), (T, exposed.whole))
    )
    odds = contact_effect.log_odds_dropped(its, clock, exposed, np.expm1([effect]), t_x)[0]
    rows, (r, alpha, s, beta) = exposed.rows, DEATH
    alive = -r * np.log1p(T[0] / alpha) - s * np.log1p(rows["T"] / beta) - rows["x"] * np.log(alpha + T[0])
    found = float(rows["n"] @ (alive + np.logaddexp(0, odds)))
    exact = 0.0
    for half, mailed_on, at in lives:
        rate = PEAK[half] + effect * mailed_on
        passed = np.concatenate([[0.0], np.exp(rate[1:]).cumsum()]) / 7
        exact += pareto_row(DEATH, float(len(at) - 1), at[-1], passed)
    assert found == pytest.approx(exact, rel=1e-10)
    if not effect:
        assert odds == pytest.approx(its.log_odds_dropped(rows)[0], abs=1e-8)


@pytest.mark.grid
@pytest.mark.parametrize("module", list(THETA), ids=lambda module: module.TITLE)
def test_the_compressed_form_is_that_of_single_purchases(base, lives, module):
    theta = np.array(THETA[module])
    found, slope, of_season, of_effect = compiled(module, exposed_of(base, module))(theta, PEAK, BETA)
    assert found == pytest.approx(by_purchase(module, theta, PEAK, BETA, lives), rel=1e-10)
    for vector, its_slope, at in (
        (theta, slope, lambda v: by_purchase(module, v, PEAK, BETA, lives)),
        (PEAK, of_season, lambda v: by_purchase(module, theta, v, BETA, lives)),
        (np.array([BETA]), of_effect[None], lambda v: by_purchase(module, theta, PEAK, v[0], lives)),
    ):
        place = len(vector) - 1
        step = np.zeros(len(vector))
        step[place] = 1e-3 * vector[place]
        rough, fine = (
            (at(vector + h * step) - at(vector - h * step)) / (2 * h * step[place]) for h in (1.0, 0.5)
        )
        assert its_slope[place] == pytest.approx((4 * fine - rough) / 3, rel=1e-6, abs=1e-6)


@pytest.mark.grid
@pytest.mark.parametrize("module", list(THETA), ids=lambda module: module.TITLE)
def test_without_an_effect_the_likelihood_is_todays(base, module):
    orders, calendar, _ = base
    theta, rows = np.array(THETA[module]), distinct_rows(summary_of(orders, END))
    data = purchase_models.likelihood_data(rows) | season_likelihood.data_of(module, rows, calendar, 7.0)
    total = purchase_models.log_likelihood(module, theta, data, pt.as_tensor(PEAK))
    today = pytensor.function([], total, mode="FAST_COMPILE")()
    assert compiled(module, exposed_of(base, module))(theta, PEAK, 0.0)[0] == pytest.approx(
        float(today), rel=1e-10
    )


@pytest.mark.grid
@pytest.mark.parametrize("module", list(THETA), ids=lambda module: module.TITLE)
@pytest.mark.parametrize("seasonal", [False, True])
def test_what_was_received_is_in_the_density_by_hand(base, module, seasonal, monkeypatch):
    monkeypatch.setattr(purchase_models, "MIN_REPEAT_BUYERS", 10)
    orders, calendar, _ = base
    name = next(
        name for name, one in (purchase_models.MODELS | purchase_models.RHYTHMS).items() if one == module
    )
    summary, exposed = summary_of(orders, END), exposed_of(base, module)
    model = purchase_models.build(
        name, summary, "week", None, calendar if seasonal else None, exposed=exposed, around_mode=True
    )
    plain = prepared(model)
    ours = density_of(model, purchase_density.by_hand(module, "week", Design())).function()
    rng, gaps = np.random.default_rng(5), []
    for _ in range(3):
        vector = plain.density.start + rng.normal(0, 0.3, len(plain.density.start))
        (value, slope), (found, its) = plain.gradient(vector), ours(vector)
        assert its == pytest.approx(slope, rel=1e-8, abs=1e-8 * np.abs(slope).max())
        gaps.append(value - found)
    assert np.ptp(gaps) < 1e-9 * abs(value)


def test_rows_are_told_apart_by_what_was_received(base):
    orders, calendar, sent = base
    exposed, none = exposed_of(base, bg_nbd), exposed_of((orders, calendar, sent[:0]), bg_nbd)
    plain = distinct_rows(summary_of(orders, END))
    assert len(none.rows) == len(plain) <= len(exposed.rows)
    assert exposed.rows["n"].sum() == plain["n"].sum()
    assert none.bought == 0
    assert not none.whole.any()


def test_windows_overlap_into_one_and_leave_out_the_contacts_own_day():
    sent = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "a", "stranger"],
            "day": pd.to_datetime(["2023-01-01", "2023-01-20", "2023-01-05", "2023-03-01", "2023-01-01"]),
        }
    )
    windows = contacts.windows_of(sent, ["a", "b"], date(2023, 1, 1), 28)
    assert windows.who.tolist() == [0, 0, 1]
    assert windows.start.tolist() == [0, 59, 4]
    assert windows.end.tolist() == [47, 87, 32]
    who, day = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 1, 47, 48, 4, 5])
    assert windows.within(who, day).tolist() == [False, True, True, False, False, True]
    one_kind = np.zeros(100, dtype=int)
    assert windows.days(who, day, one_kind, 1)[:, 0].tolist() == [0, 1, 47, 47, 0, 1]


def test_mailing_days_below_one_are_refused():
    with pytest.raises(StudyError, match=r"mailing_days is 0: .* 1 or more"):
        contacts.windows_of(pd.DataFrame({"customer_id": [], "day": []}), [], END, 0)


# ---- what lots tell
def campaign(made: dict[str, list[int]], **columns) -> tuple[pd.DataFrame, ibis.Table]:
    """A campaign of 1 March 2023 by arm, and a ledger in which its customers bought so often in the 28 days after it."""
    rows, orders = [], []
    for arm, counts in made.items():
        for place, times in enumerate(counts):
            name = f"{arm}{place}"
            rows.append({"customer_id": name, "arm": arm, "is_control": arm == "left"})
            days = [pd.Timestamp("2023-01-01"), *pd.date_range("2023-03-02", periods=times)]
            # On the day itself, and after the 28 days: neither counts.
            days += [pd.Timestamp("2023-03-01"), pd.Timestamp("2023-03-30")]
            orders += [{"customer_id": name, "order_date": day} for day in days]
    table = pd.DataFrame(rows).assign(campaign_id="spring", assigned_at=pd.Timestamp("2023-03-01 09:00"))
    return table.assign(**({"assigned": "randomized"} | columns)), ledger_of(pd.DataFrame(orders))


def test_lots_tell_the_ratio_of_means_with_its_error():
    made = {"mailed": [0, 1, 2, 3] * 10, "left": [0, 1, 1, 1] * 10}
    (found,) = contact_lots.tried(*campaign(made), END, DAYS)
    treated, left = (np.array(made[arm]) for arm in ("mailed", "left"))
    assert found.log_ratio == pytest.approx(np.log(1.5 / 0.75))
    exact = treated.var() / 40 / 1.5**2 + left.var() / 40 / 0.75**2
    assert found.error == pytest.approx(np.sqrt(exact))
    assert (found.closed, found.reached) == (date(2023, 3, 29), 40)
    assert contact_lots.together((found,))[0] == pytest.approx(np.log(2), abs=0.02)


def test_lots_within_strata_are_compared_within_them_and_clusters_err_together():
    made = {"mailed": [4] * 30 + [1] * 10, "left": [4] * 10 + [1] * 30}
    strata = ["often"] * 30 + ["seldom"] * 10 + ["often"] * 10 + ["seldom"] * 30
    (plain,) = contact_lots.tried(*campaign(made), END, DAYS)
    (within,) = contact_lots.tried(*campaign(made, stratum=strata), END, DAYS)
    assert plain.log_ratio > 0.5
    assert within.log_ratio == pytest.approx(0.0, abs=1e-12)
    pairs = {"mailed": [0, 0, 2, 2] * 10, "left": [1, 1, 0, 0] * 10}
    (single,) = contact_lots.tried(*campaign(pairs), END, DAYS)
    (drawn,) = contact_lots.tried(*campaign(pairs, cluster=np.repeat(np.arange(40), 2)), END, DAYS)
    assert drawn.error == pytest.approx(single.error * np.sqrt(2))


@pytest.mark.parametrize(
    ("columns", "until"),
    [({"assigned": "not_randomized"}, END), ({"is_control": False}, END), ({}, date(2023, 3, 28))],
    ids=["chosen", "no control", "not over"],
)
def test_what_no_lots_tell_is_not_taken_for_an_effect(columns, until):
    made = {"mailed": [2] * 20, "left": [1] * 20}
    assert contact_lots.tried(*campaign(made, **columns), until, DAYS) == ()


def test_too_few_purchases_tell_no_ratio():
    assert contact_lots.tried(*campaign({"mailed": [1] * 9, "left": [1] * 20}), END, DAYS) == ()


def test_of_campaigns_and_activities_the_control_and_services_are_no_contacts():
    table, _ = campaign({"mailed": [0] * 3, "left": [0] * 2})
    calls = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "at": pd.to_datetime(["2023-05-01 10:00", "2023-05-02 11:00", "2024-01-01 09:00"]),
            "kind": ["retention", "service", "acquisition"],
        }
    )
    found = contacts.received(table, calls, END)
    assert found["customer_id"].tolist() == ["mailed0", "mailed1", "mailed2", "a"]
    assert found["by_lot"].tolist() == [True, True, True, False]
    assert found["day"].dt.hour.eq(0).all()
    none = contacts.received(table[:0], None, END)
    assert none.empty
    assert contact_waves.waves(none, BOUGHT, WON, END, mailing_days=DAYS) == ()
    assert contact_lots.tried(None, BOUGHT, END, DAYS) == ()


# ---- days on which many were mailed
WON = pd.DataFrame({"customer_id": range(100), "first_date": pd.Timestamp("2022-01-01")})


# One purchase each in the year before, the first ten of them nine more.
BOUGHT = ledger_of(
    pd.DataFrame(
        [
            {"customer_id": who, "order_date": pd.Timestamp("2022-12-01") + pd.Timedelta(days=day)}
            for who in range(100)
            for day in range(10 if who < 10 else 1)
        ]
        + [{"customer_id": who, "order_date": pd.Timestamp("2022-01-01")} for who in range(100)]
    )
)


def mailing(day: str, share: float, *, by_lot: bool = False) -> pd.DataFrame:
    """A mailing to a share of the hundred customers."""
    told = {"day": pd.Timestamp(day), "campaign": "spring" if by_lot else "", "by_lot": by_lot}
    return pd.DataFrame({"customer_id": range(int(100 * share))} | told)


def test_a_wave_is_the_share_of_the_bases_purchases_and_comes_again_a_year_later():
    """Of 190 purchases the first forty made 130, the first thirty 120; the year before the second sees no more."""
    sent = pd.concat([mailing("2023-02-01", 0.4), mailing("2023-02-11", 0.3), mailing("2023-06-01", 0.02)])
    (wave,) = contact_waves.waves(sent, BOUGHT, WON, END, mailing_days=DAYS)
    days = pd.date_range("2023-01-01", "2025-12-31").to_numpy().astype("datetime64[D]")
    value = pd.Series(wave.values(days, END), pd.DatetimeIndex(days))
    assert value[:"2023-02-01"].eq(0).all()
    assert value["2023-02-02":"2023-03-01"].eq(0.68).all()
    assert value["2023-03-02":"2023-03-11"].eq(0.63).all()
    assert value["2023-03-12":"2024-01-31"].eq(0).all(), "two of a hundred in June are no wave"
    assert (value["2024-01-31":"2025-01-28"].to_numpy() == value["2023-02-01":"2024-01-30"].to_numpy()).all()
    then = pd.Series(wave.values(days, date(2023, 2, 5)), pd.DatetimeIndex(days))
    assert then["2023-02-06":"2023-03-01"].eq(0.68).all(), "what was sent works on"
    assert then["2023-03-02":"2023-12-31"].eq(0).all(), "the second was not known"


def test_mailings_that_follow_each_customers_own_silence_are_in_no_wave():
    """Whoever has been silent for 60 days is written to: of a base of 2,000 never a twentieth on one day."""
    shop = mailed.shop(1, 1.0, "silence", customers=2000)
    summary = summary_of(shop.orders, mailed.AS_OF)
    sent = contacts.received(shop.campaigns, None, mailed.AS_OF)
    assert len(sent) > 2000
    own = contact_waves.waves(sent, ledger_of(shop.orders), summary, mailed.AS_OF, mailing_days=DAYS)
    assert all((wave.contacts["day"] < pd.Timestamp("2022-06-01")).all() for wave in own)


def test_lots_give_a_wave_its_prior_as_known_on_the_day():
    lots = tuple(contact_lots.Tried(name, date(2023, 3, 1), 0.26, 0.1, 40) for name in ("spring", "smaller"))
    sent = pd.concat([mailing("2023-02-01", 0.4, by_lot=True), mailing("2023-08-01", 0.3)])
    by_lot, other = contact_waves.waves(sent, BOUGHT, WON, END, mailing_days=DAYS, tried=lots)
    assert by_lot.tried == lots[:1], "what other mailings did is not what these do"
    assert (by_lot.name, other.name) == (contact_waves.BY_LOT, contact_waves.OTHERS)
    assert by_lot.prior(date(2023, 2, 28)) == other.prior(END) == (0.0, contact_waves.SCALE)
    centre, scale = by_lot.prior(END)
    assert centre == pytest.approx(0.26 * 0.9, abs=0.01)
    assert scale == pytest.approx(0.1 * np.sqrt(0.9), rel=0.05)
    known = day_columns.known_on(END, date(2022, 1, 1), waves=(by_lot, other))
    columns = known.standing_on(date(2022, 1, 1), END)
    assert known.without_mailings.standing_on(date(2022, 1, 1), END) is None
    assert columns.estimated.tolist() == [True, False], "one mailing alone cannot be told from the season"
    assert columns.prior == (pytest.approx([centre]), [day_columns.HELD]), (
        "no fit changes what lots have told"
    )
    assert columns.fitted.mean() == pytest.approx(0, abs=1e-12)
    drawn = columns.drawn(np.full((4000, 1), 9.0), seed=1)
    assert drawn[:, 0].mean() == pytest.approx(centre, abs=0.01)
    assert drawn[:, 0].std() == pytest.approx(scale, rel=0.1)
    assert drawn[:, 1].std() == pytest.approx(contact_waves.SCALE, rel=0.1)
    calendar = seasonal.calendar_of(
        pd.DataFrame({"customer_id": 1, "order_date": [WON.first_date[0]] * 2}), END
    )
    data = replace(calendar, others=columns).data(7.0)
    assert (data["effect_centre"], data["effect_scale"]) == (pytest.approx([centre]), [day_columns.HELD])


def test_the_page_says_what_is_in_the_forecast():
    about = [
        day_columns.About("mailings", estimated=seen, times=1, mailing_days=DAYS, by_lot=by_lot)
        for by_lot, seen in ((True, True), (False, True), (False, False))
    ]
    factor = Interval(1.3, 1.1, 1.3, 1.5)
    by_lot, other, rare = (say(days_found.DayEffect(one, factor, None).said) for one in about)
    assert "drawn by lot** are in the forecast" in by_lot
    assert "1.30 (1.10 to 1.50) times as often" in by_lot
    assert "in the 28 days after one, beside those whom the lots left alone" in by_lot
    assert "as a matter of days" in other
    assert "last twelve months" in other
    assert "too rare in the data to tell what they do" in rare


# ---- the fit beside the forecast
@pytest.fixture(scope="module")
def fitted():
    """A shop whose contacts double the rate, by chance: the fit without contacts, and what knowing them finds."""
    shop = mailed.shop(2, 2.0, "chance", customers=700)
    ledger, summary = ledger_of(shop.orders), summary_of(shop.orders, mailed.AS_OF)
    calendar = seasonal.calendar_of(shop.orders, mailed.AS_OF)
    sent = contacts.received(shop.campaigns, None, mailed.AS_OF)
    quick = {"method": "laplace", "draws": 100, "chains": 2}
    tree = purchase_models.fit("bg_nbd", summary, "week", calendar=calendar, **quick)
    given = (tree, ledger, summary)
    found = contact_effect.sensitivity(*given, sent, calendar, 52.0, mailing_days=DAYS, **quick)
    none = contact_effect.sensitivity(*given, sent[:0], calendar, 52.0, mailing_days=DAYS, **quick)
    return found, none


def test_a_fit_finds_what_contacts_do_and_says_why_it_is_not_in_the_forecast(fitted):
    found, none = fitted
    assert none is None
    assert found.factor.p05 < 2.0 < found.factor.p95
    assert found.factor.p05 > 1.4
    assert found.rows > found.triples
    assert 0.2 < found.received.share < 0.35
    assert abs(found.moved) < 0.06, "the contacts of the last year made again are those the forecast rests on"
    received, said = map(say, found.said(10))
    assert "were within 28 days of a contact" in received
    assert "It is not in the forecast" in said
    assert "BG/NBD" in said
    assert found.check.verdict == "PASS"
    assert replace(found, expected=1.2 * found.without).check.verdict == "REVIEW"
    few = replace(found.received, contacted=3)
    assert "fewer than 10 of the 700 customers" in say(few.said(10))
    assert view.contacts(None, 10) == []
    assert view.contacts(found, 10)[2].verdict == "PASS"


def test_no_forecast_is_made_from_the_fit_with_contacts():
    posterior = xr.Dataset({purchase_models.MAILING: (("chain", "draw"), np.zeros((1, 2)))})
    with pytest.raises(ValueError, match="which forecasts by these parameters do not"):
        purchase_models.parameters(xr.DataTree.from_dict({"posterior": posterior}))
