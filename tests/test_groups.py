"""Groups with partially pooled parameters, and covariates on purchase rate and drop-out."""

from datetime import date

import known
import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest

from helpers.clv import (
    bg_nbd,
    customer_groups,
    customer_value,
    gamma_gamma,
    purchase_expectations,
    purchase_models,
    simulate,
)
from helpers.clv.distinct import distinct_rows
from helpers.clv.simulated_histories import simulate_histories
from helpers.errors import StudyError
from helpers.inference import sampler

THETA = {"bg_nbd": (0.6, 5.0, 0.8, 2.5), "mbg_nbd": (0.6, 5.0, 0.8, 2.5), "nbd": (0.4, 12.0)}
THETA["pareto_nbd"] = (0.55, 10.6, 0.6, 11.7)
FEW = {"draws": 500, "tune": 500, "chains": 2, "seed": 1}


def base(module, theta, customers: int, seed: int = 1) -> pd.DataFrame:
    T = np.random.default_rng(seed).integers(20, 60, customers).astype(float)
    x, t_x = simulate_histories(module, theta, T, seed=seed)
    return pd.DataFrame({"x": x, "t_x": np.where(x > 0, np.maximum(np.round(t_x, 3), 1e-3), 0.0), "T": T})


def total(module, theta, data) -> float:
    return float(
        pytensor.function([], purchase_models.log_likelihood(module, theta, data), mode="FAST_COMPILE")()
    )


@pytest.mark.parametrize("name", purchase_models.MODELS)
def test_likelihood_of_groups_and_covariates_is_that_of_their_customers(name):
    module, theta = purchase_models.MODELS[name], THETA[name]
    whole = base(module, theta, 200).assign(group=["a", "b"] * 100, web=np.arange(200) % 3 == 0)
    design = customer_groups.design_of(whole, ("web",))
    rows = distinct_rows(whole, design.columns)
    where = customer_groups.cells_of(rows, design)
    of_group = tuple(np.array([one, 1.3 * one]) for one in theta)
    effects = np.array([0.4]), np.array([-0.3])
    of_cell = module.shifted(
        tuple(one[where.group] for one in of_group), *(where.z @ effect for effect in effects), cells_numpy()
    )
    together = total(
        module, tuple(pt.as_tensor(one) for one in of_cell), purchase_models.likelihood_data(rows, where)
    )
    its = purchase_models.Parameters(
        module, design, tuple(one[None] for one in of_group), *(e[None] for e in effects)
    )
    assert purchase_expectations.pointwise_log_likelihood(its, whole).sum() == pytest.approx(
        together, rel=1e-10
    )
    one_by_one = 0.0
    for (group, web), part in whole.groupby(["group", "web"]):
        z = (float(web) - design.centre[0]) / design.scale[0]
        own = tuple(one[int(group == "b")] for one in of_group)
        own = module.shifted(own, 0.4 * z, -0.3 * z, cells_numpy())
        one_by_one += total(
            module, own, purchase_models.likelihood_data(distinct_rows(part.drop(columns="group")))
        )
    assert one_by_one == pytest.approx(together, rel=1e-10)


def cells_numpy():
    from helpers.clv.array_libraries import NUMPY  # noqa: PLC0415

    return NUMPY


@pytest.mark.slow(seeds="1")
def test_groups_keep_their_own_parameters_and_a_small_one_borrows():
    shops = base(bg_nbd, (0.5, 10.0, 0.8, 2.4), 900, 1).assign(group="consumer")
    firms = base(bg_nbd, (2.0, 6.0, 0.3, 5.0), 400, 2).assign(group="organization")
    few = base(bg_nbd, (0.5, 10.0, 0.8, 2.4), 12, 3).assign(group="public body")
    tree = purchase_models.fit("bg_nbd", pd.concat([shops, firms, few], ignore_index=True), "week", **FEW)
    rate = purchase_models.parameter_draws(tree)[0] / purchase_models.parameter_draws(tree)[1]
    low, high = np.quantile(rate, [0.005, 0.995], axis=0)
    assert low[0] < 0.05 < high[0] and low[1] < 2 / 6 < high[1]
    assert high[0] < low[1]
    assert high[2] - low[2] > high[0] - low[0]
    assert {"bg_nbd.r.consumer", "bg_nbd.b.organization"} <= set(purchase_models.parameter_means(tree))
    assert sampler.diagnose(tree).max_rhat < 1.05


def test_covariate_effects_are_found():
    design = customer_groups.Design((), ("web",), (0.5,), (0.5,))
    its = purchase_models.Parameters(
        bg_nbd,
        design,
        tuple(np.array([[v]]) for v in (1.2, 6.0, 0.6, 2.4)),
        np.array([[0.4]]),
        np.array([[-0.5]]),
    )
    who = pd.DataFrame({"web": [0.0, 1.0] * 900})
    T = np.full(1800, 52.0)
    x, t_x = simulate_histories(bg_nbd, its.at(who), T[None], seed=4)
    summary = (
        who.assign(x=x[0], t_x=np.round(t_x[0], 2), T=T).query("x == 0 or t_x > 0").reset_index(drop=True)
    )
    tree = purchase_models.fit(
        "bg_nbd", summary, "week", design=customer_groups.design_of(summary, ("web",)), **FEW
    )
    for name, truth in (("rate_effect", 0.4), ("drop_out_effect", -0.5)):
        low, high = np.quantile(sampler.flat_draws(tree, name), [0.005, 0.995])
        assert low < truth < high and low * high > 0
    factors = purchase_models.effect_table(tree).iloc[0]
    assert factors["covariate"] == "web yes, not no"
    assert factors["purchase_rate"].mean == pytest.approx(np.exp(0.4 / 0.5), rel=0.3)


def test_the_effect_of_a_covariate_is_told_for_a_step_that_can_be_read():
    base = pd.DataFrame({"web": [0, 1, 1, 0, 1], "size": [1.0, 2.0, 9.0, 4.0, 4.0], "from": list("aabbb")})
    steps = customer_groups.design_of(base, ("web", "size", "from")).steps
    assert list(steps) == ["web yes, not no", "size, per 2.76", "from a, not the most frequent"]
    assert steps["web yes, not no"] == pytest.approx(1 / np.sqrt(0.6 * 0.4)) and steps["size, per 2.76"] == 1


@pytest.mark.slow(seeds="1")
def test_spend_of_groups_is_found_and_reaches_value():
    rng = np.random.default_rng(5)
    parts = []
    for group, (p, q, v) in {"consumer": (6.0, 4.0, 15.0), "organization": (3.0, 6.0, 500.0)}.items():
        x = rng.geometric(0.3, 500)
        mean = rng.gamma(p * x) / (x * rng.gamma(q, 1 / v, 500))
        parts.append(pd.DataFrame({"x": x, "monetary_value": mean, "group": group}))
    tree = gamma_gamma.fit(pd.concat(parts, ignore_index=True), **FEW)
    means = {
        name: draws for name, draws in zip(("p", "q", "v"), gamma_gamma.parameter_draws(tree), strict=True)
    }
    mean = means["p"] * means["v"] / (means["q"] - 1)
    low, high = np.quantile(mean, [0.005, 0.995], axis=0)
    assert low[0] < 30 < high[0] and low[1] < 300 < high[1]


def test_value_of_two_groups_is_that_of_each_alone():
    design = customer_groups.Design(("a", "b"))
    theta = [(0.24, 4.4, 0.8, 2.4), (2.0, 6.0, 0.3, 5.0)]
    money = [(6.25, 3.74, 15.44), (3.0, 6.0, 500.0)]
    draws, terms = 3000, customer_value.Terms(12, 0.1, 0.3)
    both = simulate.Posterior(
        known.buying(bg_nbd, zip(*theta, strict=True), draws, design),
        known.spending(zip(*money, strict=True), draws, design),
    )
    one = pd.DataFrame({"x": [2, 0], "t_x": [30.0, 0.0], "T": [38.0, 38.0], "monetary_value": [20.0, 0.0]})
    whole = pd.concat([one.assign(group="a"), one.assign(group="b")], ignore_index=True)
    ours = customer_value.predict_value(both, whole, terms, "week").customers["mean"].to_numpy()
    for k in (0, 1):
        alone = simulate.Posterior(known.buying(bg_nbd, theta[k], draws), known.spending(money[k], draws))
        single = customer_value.predict_value(alone, one, terms, "week").customers["mean"].to_numpy()
        assert ours[2 * k : 2 * k + 2] == pytest.approx(single, rel=0.12)


@pytest.mark.parametrize(
    ("column", "names"),
    [([1.0, None] * 5, "missing for 5"), ([3.0] * 10, "is 3.0 for every customer"), (None, "no covariate")],
)
def test_a_covariate_that_cannot_serve_is_refused(column, names):
    summary = pd.DataFrame({"x": 1, "t_x": 1.0, "T": 2.0}, index=range(10))
    summary = summary if column is None else summary.assign(age=column)
    with pytest.raises(StudyError, match=names):
        customer_groups.design_of(summary, ("age",))


def test_text_covariates_and_unknown_groups():
    summary = pd.DataFrame({"channel": ["web", "web", "shop", "fair"], "group": ["a", "a", "b", "b"]})
    design = customer_groups.design_of(summary, ("channel",))
    assert design.covariates == ("channel=fair", "channel=shop") and design.groups == ("a", "b")
    assert customer_groups.Design.of_text(design.text()) == design
    with pytest.raises(StudyError, match="not on c"):
        customer_groups.cells_of(summary.assign(group="c"), design)


def test_customers_known_before_the_data_are_groups_of_their_own():
    summary = pd.DataFrame({"customer_id": ["a", "b", "c", "d"]})
    customers = pd.DataFrame({"customer_id": ["a", "b", "c"], "kind": ["firm", "person", "firm"]})
    won = pd.to_datetime(["2023-05-01", "2024-01-01", None])
    begins = date(2024, 1, 1)
    told = customer_groups.described(summary, customers.assign(acquired_at=won), "kind", begins=begins)
    assert told["group"].tolist() == ["firm, known before the data", "person", "firm", "not given"]
    alone = customer_groups.described(summary, customers.assign(acquired_at=won), "", begins=begins)
    assert alone["group"].tolist() == ["known before the data", "won since", "won since", "won since"]
    late = customers.assign(acquired_at=pd.Timestamp("2024-06-01"))
    assert "group" not in customer_groups.described(summary, late, "", begins=begins)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"monetary_value": [np.nan, 5.0]}, "monetary_value is missing or negative for 1 of 2"),
        ({"monetary_value": [0.0, -5.0]}, "monetary_value is missing or negative for 1 of 2"),
        ({"group": ["a", "c"]}, "There are no terms for the group c; there are for a, b"),
    ],
)
def test_what_has_no_value_is_refused(change, says):
    posterior = simulate.Posterior(
        known.buying(bg_nbd, THETA["bg_nbd"], 10), known.spending((6.25, 3.74, 15.44), 10)
    )
    own = customer_value.Terms(12, 0.1, 0.3)
    terms = customer_value.Terms(12, 0.1, 0.3, groups={"a": own, "b": own})
    summary = pd.DataFrame(
        {"x": [0, 2], "t_x": [0.0, 3.0], "T": [5.0, 5.0], "monetary_value": [0.0, 5.0], "group": "a"}
    )
    with pytest.raises(StudyError, match=says):
        customer_value.predict_value(posterior, summary.assign(**change), terms, "week")
    with pytest.raises(StudyError, match="cost_per_month is nan"):
        customer_value.Terms(12, 0.1, 0.3, cost_per_month=float("nan"))
