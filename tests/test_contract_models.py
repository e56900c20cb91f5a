"""The renewal models against published maxima, lifetimes and simulated contracts."""

from datetime import date

import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import optimize, special

from helpers.clv import bdw, renewal_counts, renewal_models, sbg
from helpers.clv.array_libraries import NUMPY
from helpers.errors import StudyError
from helpers.inference.sampler import flat_draws

REGULAR, HIGH_END = (0.704, 1.182), (0.668, 3.806)


def counts_of(percent_alive, customers: float) -> pd.DataFrame:
    """Counts per age of a cohort whose share still subscribed after each year is given in percent."""
    alive = np.asarray(percent_alive, dtype=float) / 100 * customers
    return pd.DataFrame({"age": np.arange(1, len(alive)), "renewed": alive[1:], "lost": -np.diff(alive)})


@pytest.fixture(scope="module")
def survivors(real_data):
    return pd.read_csv(real_data / "sbg_survival.csv")


def maximum(module, cells, start=None):
    """Maximum of the log-likelihood that the PyMC model uses, found in log parameters."""
    theta = [pt.dscalar() for _ in module.PARAMETERS]
    columns = (cells[name].to_numpy(float) for name in ("age", "renewed", "lost"))
    total = renewal_models.log_likelihood(module, tuple(theta), *columns)
    value = pytensor.function(theta, [total, *pytensor.grad(total, theta)], mode="FAST_COMPILE")

    def negative(log_theta):
        out = [float(v) for v in value(*np.exp(log_theta))]
        return -out[0], -np.array(out[1:]) * np.exp(log_theta)

    found = optimize.minimize(negative, np.zeros(len(theta)), jac=True, method="BFGS", options={"gtol": 1e-6})
    return np.exp(found.x), -found.fun


@pytest.mark.parametrize(
    ("column", "published", "log_likelihood", "at_12", "lifetime"),
    [
        ("regular_pct_alive", REGULAR, -1680.27, 0.170, 3.695),
        ("high_end_pct_alive", HIGH_END, -1611.16, 0.378, 5.922),
    ],
)
def test_sbg_maximum_is_the_published_one(survivors, column, published, log_likelihood, at_12, lifetime):
    theta, best = maximum(sbg, counts_of(survivors[column][:8], 1000))
    assert theta == pytest.approx(published, abs=6e-4)
    assert best == pytest.approx(log_likelihood, abs=0.006)
    assert renewal_models.survival(sbg, theta, [12])[0, 0] == pytest.approx(at_12, abs=5e-4)
    assert renewal_models.expected_lifetime(sbg, theta, 0.1)[0] == pytest.approx(lifetime, abs=5e-4)


def test_four_renewals_of_the_high_end_are_the_published_ones(survivors):
    cells = counts_of(survivors["high_end_pct_alive"][:5], 1000)
    theta, best = maximum(sbg, cells)
    assert theta == pytest.approx((1.281, 7.790), rel=1e-3)
    assert renewal_models.survival(sbg, theta, [12])[0, 0] == pytest.approx(0.307, abs=5e-4)
    with_pace, better = maximum(bdw, cells)
    assert with_pace == pytest.approx((0.259, 1.723, 1.584), rel=2e-3)
    assert renewal_models.survival(bdw, with_pace, [12])[0, 0] == pytest.approx(0.389, abs=5e-4)
    assert better > best


def test_lifetimes_are_the_published_ones():
    # The parameters are published with three digits: a lifetime follows to 3 in 10,000.
    for theta, published in ((REGULAR, 3.695), (HIGH_END, 5.922)):
        assert renewal_models.expected_lifetime(sbg, theta, 0.1)[0] == pytest.approx(published, rel=3e-4)
    residual = [renewal_models.residual_lifetime(sbg, REGULAR, n, 0.1)[0] for n in range(5)]
    assert residual == pytest.approx([2.964, 4.103, 4.870, 5.442, 5.894], rel=3e-4)


def test_series_is_the_hypergeometric_formula():
    alpha, beta = REGULAR
    for n, d in ((0, 0.1), (3, 0.1), (11, 0.02)):
        exact = (
            (beta + n)
            / (alpha + beta + n)
            * special.hyp2f1(1, beta + n + 1, alpha + beta + n + 1, 1 / (1 + d))
        )
        assert renewal_models.residual_lifetime(sbg, REGULAR, n, d)[0] == pytest.approx(exact, rel=1e-7)


def test_bdw_with_c_1_is_sbg_and_losses_and_renewals_sum_to_one():
    ages = np.arange(1.0, 60)
    both = [m.log_renewal(t, ages, NUMPY) for m, t in ((sbg, HIGH_END), (bdw, (*HIGH_END, 1.0)))]
    assert both[0] == pytest.approx(both[1], abs=1e-10)
    for module, theta in ((sbg, HIGH_END), (bdw, (0.259, 1.723, 1.584)), (bdw, (0.2, 3.0, 0.4))):
        kept, lost = module.log_renewal(theta, ages, NUMPY), module.log_loss(theta, ages, NUMPY)
        assert np.exp(kept) + np.exp(lost) == pytest.approx(1, abs=1e-12)
        assert np.cumsum(kept) == pytest.approx(module.log_survival(theta, ages, NUMPY), abs=1e-9)


@pytest.mark.parametrize("module", [sbg, bdw])
def test_latent_probabilities_give_the_renewal_probabilities(module):
    """The renewal probability at an age is the mean of (1 - theta)^pace over those who came to it."""
    theta = (0.7, 2.5, 1.4)[: len(module.PARAMETERS)]
    for n in (0, 1, 5):
        a, b = module.latent(theta, np.array(float(n)))
        own = special.betaincinv(a, b, (np.arange(20_000) + 0.5) / 20_000)
        expected = ((1 - own) ** module.pace(theta, np.array(n + 1.0))).mean()
        assert expected == pytest.approx(np.exp(module.log_renewal(theta, n + 1.0, NUMPY)), abs=2e-4)


def test_counts_keep_the_likelihood_of_every_single_contract():
    contracts = simulated(np.random.default_rng(1), 300, 1.0, 4.0, oldest=9)
    cells = renewal_cells(contracts)
    assert cells[["renewed", "lost"]].to_numpy().sum() == (contracts["renewals"] + contracts["lost"]).sum()
    for module, theta in ((sbg, (0.9, 3.0)), (bdw, (0.9, 3.0, 1.3))):
        n = contracts["renewals"].to_numpy(float)
        per_contract = module.log_survival(theta, n, NUMPY)
        per_contract = per_contract + np.where(contracts["lost"], module.log_loss(theta, n + 1, NUMPY), 0)
        kept, lost = (
            f(theta, cells["age"].to_numpy(float), NUMPY) for f in (module.log_renewal, module.log_loss)
        )
        counted = (cells["renewed"] * kept + cells["lost"] * lost).sum()
        assert counted == pytest.approx(per_contract.sum(), rel=1e-10)


def renewal_cells(contracts, by=()):
    return renewal_counts.renewal_cells(contracts, by)


def simulated(rng, size, alpha, beta, c=1.0, oldest=12):
    """Contracts of ages up to `oldest`, each seen from its start."""
    theta = rng.beta(alpha, beta, size)
    life = np.ceil((np.log(rng.random(size)) / np.log1p(-theta)) ** (1 / c))  # (1-theta)^(t^c) = u
    due = rng.integers(1, oldest + 1, size)
    return pd.DataFrame({"renewals": np.minimum(life - 1, due).astype(int), "lost": life <= due})


# ---- fitted
SMALL = {"draws": 500, "tune": 500, "chains": 2, "seed": 1}


@pytest.mark.slow(seeds="1")
def test_posterior_holds_the_published_maximum(survivors):
    """The priors must not decide what the data knows: both cohorts in one model, partially pooled."""
    cells = pd.concat(
        [
            counts_of(survivors[f"{name}_pct_alive"][:8], 1000).assign(cohort=name).round(0)
            for name in ("regular", "high_end")
        ]
    )
    tree = renewal_models.fit("sbg", cells, "year", **SMALL)
    groups = renewal_models.groups_of(tree)["cohort"].tolist()
    for name, published in (("regular", REGULAR), ("high_end", HIGH_END)):
        theta = renewal_models.parameter_draws(tree, groups.index(name))
        for draws, value in zip(theta, published, strict=True):
            assert np.quantile(draws, 0.1) < value < np.quantile(draws, 0.9)


@pytest.mark.slow(seeds="0 to 7")
def test_bdw_recovers_simulated_cohorts_and_a_covariate():
    """Eight companies of six groups: the effect, c and each first renewal inside their 90 % intervals."""
    rates, held = {"a": 0.75, "b": 0.85, "c": 0.9}, []
    for seed in range(8):
        rng, parts = np.random.default_rng(seed), []
        for cohort, first in rates.items():
            for channel, shift in (("web", 0.0), ("shop", 0.8)):
                mean = special.expit(special.logit(first) + shift)
                size = 1500 if channel == "web" else 1000
                contracts = simulated(rng, size, 4 * (1 - mean), 4 * mean, c=1.4)
                parts.append(contracts.assign(cohort=cohort, channel=channel))
        cells = renewal_cells(pd.concat(parts), ("cohort", "channel"))
        tree = renewal_models.fit("bdw", cells, "month", **SMALL | {"seed": seed})
        assert tree["posterior"]["covariate"].to_numpy().tolist() == ["channel shop, not web"]
        found = {
            "effect": (flat_draws(tree, "effect").ravel(), 0.8),
            "c": (flat_draws(tree, "c").ravel(), 1.4),
        }
        for place, group in renewal_models.groups_of(tree).iterrows():
            alpha, beta, _ = renewal_models.parameter_draws(tree, place)
            shift = 0.8 * (group["channel"] == "shop")
            truth = special.expit(special.logit(rates[group["cohort"]]) + shift)
            found[f"first renewal, {group['cohort']}, {group['channel']}"] = (beta / (alpha + beta), truth)
        assert all(draws.std() < 0.15 for draws, _ in found.values())
        ends = {name: (*np.quantile(draws, [0.05, 0.95]), truth) for name, (draws, truth) in found.items()}
        held.append({name: low <= truth <= high for name, (low, high, truth) in ends.items()})
    table = pd.DataFrame(held)
    print(f"\ninside their 90 % interval, of 8:\n{table.sum().to_string()}")
    assert 0.8 <= table.to_numpy().mean() <= 0.98


# ---- dates
def table(**columns):
    base = {
        "customer_id": ["1"],
        "started_at": ["2025-01-31"],
        "ended_at": [None],
        "period": ["month"],
        "fee": [10.0],
    }
    return pd.DataFrame(base | {name: values for name, values in columns.items()})


def test_renewal_dates_keep_the_day_of_the_month():
    start = np.array(["2024-01-31"] * 4, dtype="M8[D]")
    days = renewal_counts.add_periods(start, np.array([1, 2, 3, 13]), "month")
    assert days.astype(str).tolist() == ["2024-02-29", "2024-03-31", "2024-04-30", "2025-02-28"]
    assert renewal_counts.add_periods(start[:1], np.array([1]), "year").astype(str).tolist() == ["2025-01-31"]
    assert renewal_counts.periods_until(start, days, "month").tolist() == [1, 2, 3, 13]
    assert renewal_counts.periods_until(start, days - renewal_counts.DAY, "month").tolist() == [0, 1, 2, 12]


@pytest.mark.parametrize(
    ("ended", "renewals", "lost", "active", "announced"),
    [
        (None, 5, False, True, False),  # renewed on 28 February, 31 March, 30 April, 31 May and 30 June
        ("2025-04-29", 2, True, False, False),  # the last day paid for: not renewed on 30 April
        ("2025-05-10", 3, True, False, False),  # left in the middle of the fourth period
        ("2025-06-30", 5, False, True, True),  # its last day is today
        ("2025-07-15", 5, False, True, True),  # will end: known, but the date has not come
    ],
)
def test_state_of_a_contract(ended, renewals, lost, active, announced):
    state = renewal_counts.contracts_at(table(ended_at=[ended]), date(2025, 6, 30), "month").iloc[0]
    assert (state["renewals"], state["lost"], state["active"], state["announced"]) == (
        renewals,
        lost,
        active,
        announced,
    )
    assert state["active"] == pd.notna(state["next_renewal"])


def test_a_look_back_hides_what_was_not_known():
    ends = pd.Series([None, "2025-03-30", "2025-05-30"])
    three = pd.concat([table(ended_at=[end]) for end in ends], ignore_index=True)
    past = renewal_counts.as_known_on(three, date(2025, 4, 15))
    assert past["ended_at"].notna().tolist() == [False, True, False]
    after = renewal_counts.renewals_after(three, date(2025, 4, 15), date(2025, 6, 30), "month")
    assert after.index.tolist() == [0, 2]
    assert after["due"].tolist() == [3, 3] and after["renewed"].tolist() == [3, 1]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({"started_at": ["2025-07-31"]}, "tenure would be negative"),
        ({"ended_at": ["2025-01-01"]}, "lies before started_at"),
        ({"started_at": [None]}, "started_at is missing"),
    ],
)
def test_broken_contracts_are_refused(rows, says):
    with pytest.raises(StudyError, match=says):
        renewal_counts.check_contracts(table(**rows), date(2025, 6, 30))


def test_periods_are_one_and_known():
    two = pd.concat([table(), table(period=["year"])])
    with pytest.raises(StudyError, match="a model has one period"):
        renewal_counts.period_of(two)
    with pytest.raises(StudyError, match="renewed every year, not every month"):
        renewal_counts.period_of(table(period=["year"]), "month")
    with pytest.raises(StudyError, match="allowed: month"):
        renewal_counts.period_of(table(), "week")
    with pytest.raises(StudyError, match="'fortnight'"):
        renewal_counts.period_of(table(period=["fortnight"]))
    with pytest.raises(StudyError, match="state no period"):
        renewal_counts.period_of(table(period=[None]))
    assert renewal_counts.period_of(table()) == "month"
    assert renewal_counts.period_of(table(period=[None]), "year") == "year"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cohort": "2025"}, "only the value '2025'"),
        ({"channel": "web"}, "leave it out"),
        ({"channel": None}, "missing values"),
        ({"age": -1}, "tenure cannot be negative"),
        ({"lost": 0}, "the prior's"),
    ],
)
def test_counts_that_say_nothing_are_refused(change, says):
    cells = pd.DataFrame({"age": [1, 2], "renewed": [80, 60], "lost": [20, 20]}).assign(**change)
    with pytest.raises(StudyError, match=says):
        renewal_models.build("sbg", cells)


def test_horizons_and_rates_that_cannot_be_meant_are_refused():
    with pytest.raises(StudyError, match=r"write 10 % a year as 0\.10"):
        renewal_models.discount_per_period(10, 1)
    with pytest.raises(StudyError, match="discount is 10"):
        renewal_models.residual_lifetime(sbg, REGULAR, 0, 10)
    with pytest.raises(StudyError, match="state how many periods"):
        renewal_models.expected_lifetime(sbg, REGULAR, 0.0)
    with pytest.raises(StudyError, match="at least one future"):
        renewal_models.residual_lifetime(sbg, REGULAR, 0, 0.1, periods=0)
    with pytest.raises(StudyError, match="sbg, bdw"):
        renewal_models.model_named("sbdw")
