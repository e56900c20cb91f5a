"""Every kind of density that the project compiles, on small data made from a seed; as a program it prints a digest of each.

A digest is of values and slopes at 200 points, to the last bit: the same for two runs, two caches, two processes.
"""

import hashlib
import sys
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pymc as pm
import seasonal
import test_by_hand
import test_experiment
import test_uplift
from test_drift_suite import drifting

from helpers.campaigns import encoding, experiment, uplift
from helpers.clv import bg_bb, cohorts, customer_groups, gamma_gamma, lognormal_spend, purchase_models
from helpers.inference.compiled import density_of

END = date(2023, 9, 30)
POINTS = 200


def base(customers: int = 300) -> pd.DataFrame:
    """A customer base with what purchase and spend models read, two groups and one covariate."""
    rng = np.random.default_rng(1)
    T = rng.integers(180, 364, customers) / 7
    x = rng.negative_binomial(1, 0.25, customers)
    t_x = np.where(x > 0, np.ceil(T * rng.beta(2, 1.5, customers) * 7) / 7, 0.0)
    known = {"x": x, "t_x": t_x, "T": T, "monetary_value": rng.gamma(6, 5, customers)}
    return pd.DataFrame(
        known | {"group": rng.choice(["a", "b"], customers), "size": rng.normal(size=customers)}
    )


def purchase(name: str) -> pm.Model:
    return purchase_models.build(name, base().drop(columns="group"), "week")


def described() -> pm.Model:
    summary = base()
    return purchase_models.build("pareto_nbd", summary, "week", customer_groups.design_of(summary, ("size",)))


def drift() -> pm.Model:
    rows = drifting(1, customers=400)
    rows = rows.assign(group=cohorts.labels(rows["first_date"], "first_year"))
    return purchase_models.build("mbg_nbd", rows, "week", customer_groups.design_of(rows, (), "first_year"))


def with_season(name: str) -> pm.Model:
    orders = seasonal.shop(3, 4.0, END, customers=200).orders
    summary, calendar = seasonal.summary_of(orders, END), seasonal.calendar_of(orders, END)
    return purchase_models.build(name, summary, "week", customer_groups.design_of(summary), calendar)


def spend(groups: tuple[str, ...]) -> pm.Model:
    return gamma_gamma.build(base(), groups)


def lognormal(*, dependent: bool) -> pm.Model:
    rng = np.random.default_rng(6)
    days = rng.geometric(0.3, 300)
    logs = rng.normal(3, 0.8, 300)
    its = pd.DataFrame(
        {"spend_days": days, "h": rng.normal(-2, 0.8, 300), "w": 1 / (days + 0.5), "mean_log": logs}
    )
    its["squares"] = np.where(days > 1, rng.chisquare(np.maximum(days - 1, 1)), 0.0)
    return lognormal_spend.build(lognormal_spend.likelihood_data(its, ()), (), dependent)


def occasions() -> pm.Model:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 6, 200)
    return bg_bb.build(pd.DataFrame({"x": x, "t_x": np.where(x > 0, np.minimum(x + 1, 6), 0), "n": 6}))


def trial() -> pm.Model:
    units, *_ = test_experiment.simulate_units(400, (1.0, 1.5), (1.0, 1.1))
    return experiment.build(experiment.prepare(units, "control", ["pre_revenue"], "auto"))


def gains() -> pm.Model:
    units, _ = test_uplift.simulate(400)
    encoder = encoding.make_encoder(units, ["recent", "past"], ["channel"])
    return uplift.build(uplift.prepare(units, encoder.encode(units), encoder.columns, test_uplift.ARMS))


DENSITIES: dict[str, Callable[[], pm.Model | tuple[pm.Model, Callable]]] = {
    **{
        name: lambda name=name: purchase(name)
        for name in (*purchase_models.MODELS, "bg_cnbd_2", "mbg_cnbd_3")
    },
    "groups and covariates": described,
    "drift of cohorts": drift,
    **{f"season of {name}": lambda name=name: with_season(name) for name in ("bg_nbd", "pareto_nbd")},
    "gamma-gamma": lambda: spend(()),
    "gamma-gamma, groups": lambda: spend(("a", "b")),
    "log-normal": lambda: lognormal(dependent=False),
    "log-normal, dependent": lambda: lognormal(dependent=True),
    "bg_bb": occasions,
    "experiment": trial,
    "uplift": gains,
    **{f"{name} by hand": case for name, case in test_by_hand.CASES.items()},
}


def digest(made: pm.Model | tuple[pm.Model, Callable]) -> str:
    """Values and slopes of a model's compiled density around its start, as one short number."""
    density = density_of(*made) if isinstance(made, tuple) else density_of(made)
    function, rng = density.function(), np.random.default_rng(1)
    found = [function(density.start + rng.normal(0, 0.3, len(density.start))) for _ in range(POINTS)]
    return hashlib.sha256(
        b"".join(np.float64(value).tobytes() + slope.tobytes() for value, slope in found)
    ).hexdigest()[:16]


def main(names: list[str]) -> None:
    for name in names or DENSITIES:
        print(f"{digest(DENSITIES[name]())} {name}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
