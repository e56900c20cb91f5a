"""Build and fit any purchase model on the distinct (x, t_x, T) of a base; the one place that knows them all."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from helpers.clv import (
    bg_nbd,
    cohorts,
    mbg_nbd,
    nbd,
    pareto_nbd,
    priors,
    purchase_density,
    season,
    season_likelihood,
)
from helpers.clv.array_libraries import PYTENSOR, Theta
from helpers.clv.cnbd import Cnbd
from helpers.clv.contact_rows import Exposed
from helpers.clv.customer_groups import Cells, Design, cells_of, design_of
from helpers.clv.distinct import LOG_GAPS, check_summary, customers_in, distinct_rows
from helpers.clv.model_interfaces import PurchaseModel
from helpers.clv.priors import Walk, covariate_priors
from helpers.clv.purchase_parameters import Parameters
from helpers.clv.time_units import DAYS_PER
from helpers.errors import StudyError
from helpers.inference import monte_carlo, sampler
from helpers.inference.intervals import interval

if TYPE_CHECKING:
    import xarray as xr

MODELS: dict[str, PurchaseModel] = {
    "nbd": nbd,
    "bg_nbd": bg_nbd,
    "mbg_nbd": mbg_nbd,
    "pareto_nbd": pareto_nbd,
}
MOST_STAGES = 6
REGULAR = {"bg_cnbd": "bg_nbd", "mbg_cnbd": "mbg_nbd"}  # families of k = 2, 3, ... and their model of k = 1
RHYTHMS: dict[str, PurchaseModel] = {
    f"{family}_{k}": Cnbd(k, at_once=family == "mbg_cnbd")
    for family in REGULAR
    for k in range(2, MOST_STAGES + 1)
}
MIN_REPEAT_BUYERS = 50
MAILING = "mailing_effect"  # the log factor on the rate in windows after contacts


def model_named(name: str) -> PurchaseModel:
    """Return a purchase model by its name ("bg_nbd", "mbg_cnbd_3"); an unknown one is refused with those that exist."""
    if name in MODELS or name in RHYTHMS:
        return (MODELS | RHYTHMS)[name]
    raise StudyError(f"There is no purchase model {name!r}. Models: {', '.join([*MODELS, *RHYTHMS])}.")


def likelihood_data(rows: pd.DataFrame, cells: Cells | None = None) -> dict[str, np.ndarray]:
    """What the likelihood reads of distinct rows: x, t_x, T, counts n; each distinct x with its count; the cell of both.

    Without `cells` the base has one set of parameters and no cell is read.
    """
    data = {name: rows[name].to_numpy(dtype=float) for name in ("x", "t_x", "T", "n")}
    of = np.zeros(len(rows), dtype=np.int64) if cells is None else cells.of
    pairs, where = np.unique(np.column_stack([of, data["x"]]), axis=0, return_inverse=True)
    data |= {"distinct_x": pairs[:, 1], "n_of_x": np.bincount(where.ravel(), weights=data["n"])}
    if cells is None:
        return data
    return data | {
        "cell": of,
        "cell_of_x": pairs[:, 0].astype(np.int64),
        "group_of_cell": cells.group,
        "z": cells.z,
    }


def log_likelihood(
    module: PurchaseModel,
    theta: Theta,
    data: dict,
    log_pace: TensorVariable | None = None,
    *,
    mailing: TensorVariable | None = None,
) -> TensorVariable:
    """The log-likelihood of a base as a PyTensor scalar: sum over distinct rows of n times the row's term.

    What depends on x alone is evaluated once per distinct x (of a cell). theta: tuple in the order of
    module.PARAMETERS, scalars or one value per cell; data: `likelihood_data`, as arrays or tensors. log_pace: of
    each kind of day, where the data has a calendar. mailing: what contacts do, see `season_likelihood.rest`.
    """
    x, t_x, T, n, distinct_x, n_of_x = (pt.as_tensor(values) for values in list(data.values())[:6])
    at_x, at_row = theta, theta
    if "cell" in data:
        at_x, at_row = (tuple(v[data[where]] for v in theta) for where in ("cell_of_x", "cell"))
    # Sums of products, not dot: numba compiles `pt.dot` several times slower.
    by_x = (n_of_x * module.log_likelihood_x(at_x, distinct_x, PYTENSOR)).sum()
    if log_pace is not None:
        by_cell = module.LIFETIME == pareto_nbd.LIFETIME
        return by_x + season_likelihood.rest(module, theta if by_cell else at_row, data, log_pace, mailing)
    return by_x + (n * module.log_likelihood_row(at_row, x, t_x, T, PYTENSOR)).sum()


def build(
    name: str,
    summary: pd.DataFrame,
    time_unit: str,
    design: Design | None = None,
    calendar: season.Calendar | None = None,
    *,
    exposed: Exposed | None = None,
    around_mode: bool = False,
) -> pm.Model:
    """Define a purchase model on a customer summary (columns x, t_x, T and those of the design): priors, likelihood.

    design: groups and covariates; None takes the groups of the column `group`, where the summary has it. calendar: the
    days of the same customers, from which a season is estimated; exposed: what the same customers received, which may change
    their rate; around_mode: the scales of season and drift are data, see `season.prior`.
    """
    module, design = model_named(name), design or design_of(summary)
    check(summary)
    with pm.Model(coords={"group": list(design.groups), "covariate": list(design.covariates)}) as model:
        groups = _walk(design, scale_given=around_mode) if design.years else bool(design.groups)
        theta = module.priors(DAYS_PER[time_unit], pm.Data("prior_width", 1.0), groups)
        data = {
            key: pm.Data(key, values)
            for key, values in _data(name, summary, design, time_unit, calendar, exposed).items()
        }
        if design.groups:
            theta = tuple(value[data["group_of_cell"]] for value in theta)
        elif design.covariates:
            theta = tuple(value + 0 * data["group_of_cell"] for value in theta)
        if design.covariates:
            rate, drop_out = ((effect * data["z"]).sum(axis=1) for effect in covariate_priors())
            theta = module.shifted(theta, rate, drop_out, PYTENSOR)
        mailing = None if exposed is None else pm.Normal(MAILING, 0.0, priors.MAILING)
        log_pace = None if exposed is None else pt.zeros(len(exposed.calendar.kinds[0]))
        if calendar is not None:
            log_pace = season.prior(scale_given=around_mode, data=data, effects=calendar.effects)
        total = log_likelihood(module, theta, data, log_pace, mailing=mailing)
        pm.Potential("log_likelihood", total)
    return model


def _walk(design: Design, *, scale_given: bool) -> Walk:
    """Declare the step of the drift between cohorts, as data or with its prior."""
    step = pm.Data("walk_step", cohorts.STEP) if scale_given else pm.HalfNormal("walk_step", cohorts.STEP)
    return Walk(design.years, step)


def _data(
    name: str,
    summary: pd.DataFrame,
    design: Design,
    time_unit: str,
    calendar: season.Calendar | None,
    exposed: Exposed | None,
) -> dict[str, np.ndarray]:
    rows = distinct_rows(summary, design.columns) if exposed is None else exposed.rows
    data = likelihood_data(rows, cells_of(rows, design) if design.groups or design.covariates else None)
    calendar = calendar if exposed is None else exposed.calendar
    if calendar is None:
        return data
    data |= season_likelihood.data_of(model_named(name), rows, calendar, DAYS_PER[time_unit])
    return data if exposed is None else data | exposed.data(DAYS_PER[time_unit])


def check(summary: pd.DataFrame) -> None:
    """Refuse a summary that no purchase model can read, or with too few repeat buyers to say anything."""
    check_summary(summary)
    repeat_buyers = customers_in(summary[summary["x"] > 0])
    if repeat_buyers < MIN_REPEAT_BUYERS:
        raise StudyError(
            f"{repeat_buyers} repeat buyers; a purchase model needs at least {MIN_REPEAT_BUYERS}. "
            "Take a longer period or a larger base: with fewer the answer would be the prior's."
        )


_READY: dict = {}  # compiled models of this process, whose data is exchanged: compiling takes longer than many fits


def fit(
    name: str,
    summary: pd.DataFrame,
    time_unit: str,
    *,
    design: Design | None = None,
    calendar: season.Calendar | None = None,
    exposed: Exposed | None = None,
    prior_width: float = 1.0,
    **sampling: Any,
) -> "xr.DataTree":
    """Fit a purchase model and return its posterior as a DataTree; sampling: draws, tune, chains, seed, method.

    design, calendar, exposed: as in `build`; with a calendar of less than a year the season is drawn from its prior, one for
    each draw. prior_width stretches the priors' standard deviations, to see how much they decide.
    """
    check(summary)
    design = design or design_of(summary)
    estimated = calendar if calendar is not None and calendar.structure == season.ESTIMATED else None
    # With contacts and no season the number of kinds of days is a constant of the compiled model.
    contacts = exposed and (len(exposed.calendar.kinds[0]) if estimated is None else 0)
    days = estimated and estimated.effects
    data = _data(name, summary, design, time_unit, estimated, exposed) | {"prior_width": prior_width}
    written = purchase_density.serves(model_named(name), time_unit, data)
    key = name, time_unit, design.groups, design.covariates, design.years, days, contacts, written
    grid = None if estimated is None else season.scale_grid()
    held = cohorts.step_values() if design.years else None

    def define(*, around_mode: bool = False) -> pm.Model:
        return build(name, summary, time_unit, design, estimated, exposed=exposed, around_mode=around_mode)

    if written:
        sampling["around_by_hand"] = purchase_density.by_hand(model_named(name), time_unit, design)
    tree = sampler.fit_shared(_READY, key, define, data, grid=grid, held=held, **sampling)
    tree.attrs.update(
        purchase_model=name, time_unit=time_unit, customers=customers_in(summary), design=design.text()
    )
    return (
        tree if calendar is None else season_likelihood.with_season(tree, calendar, sampling.get("seed", 1))
    )


def parameters(tree: "xr.DataTree") -> Parameters:
    """Take a fitted model's parameters out of its posterior, of one that knows no contacts: see `contact_effect`."""
    if MAILING in tree["posterior"]:
        raise ValueError("The fit knows what customers received, which forecasts by these parameters do not.")
    return rates_without_contacts(tree)


def rates_without_contacts(tree: "xr.DataTree") -> Parameters:
    """A fitted model's parameters, those of the rate outside of windows where it knows contacts."""
    design = Design.of_text(tree.attrs["design"])
    theta = tuple(draws.reshape(len(draws), -1) for draws in parameter_draws(tree))
    none = np.zeros((len(theta[0]), 0))
    effects = ("rate_effect", "drop_out_effect") if design.covariates else ()
    rate, drop_out = [sampler.flat_draws(tree, name) for name in effects] or [none, none]
    module = model_named(tree.attrs["purchase_model"])
    unit = tree.attrs.get("time_unit", "")
    return Parameters(module, design, theta, rate, drop_out, unit, season_likelihood.clock_of(tree))


def parameter_draws(tree: "xr.DataTree") -> tuple[np.ndarray, ...]:
    """The model's parameters in the order of module.PARAMETERS: arrays of shape (draws,), or (draws, groups)."""
    module = model_named(tree.attrs["purchase_model"])
    return tuple(sampler.flat_draws(tree, parameter) for parameter in module.PARAMETERS)


def parameter_means(tree: "xr.DataTree") -> dict[str, float]:
    """Posterior means under the names MODEL.PARAMETER, or MODEL.PARAMETER.GROUP, as run.json has them."""
    found: dict[str, float] = {}
    its = parameters(tree)
    for parameter, draws in zip(its.module.PARAMETERS, its.theta, strict=True):
        for place, own in enumerate(draws.T):
            label = f".{its.design.groups[place]}" if its.design.groups else ""
            found[f"{tree.attrs['purchase_model']}.{parameter}{label}"] = monte_carlo.mean(own)
    return found


def effect_table(tree: "xr.DataTree") -> pd.DataFrame:
    """What covariates do, per step that a name says: factors on the purchase rate and on the odds (or rate) of drop-out."""
    its = parameters(tree)
    steps = its.design.steps
    factors = [
        [interval(np.exp(effect[:, k] * size)) for k, size in enumerate(steps.values())]
        for effect in (its.rate_effect, its.drop_out_effect)
    ]
    columns = ("covariate", "purchase_rate", "drop_out")
    return pd.DataFrame(dict(zip(columns, (list(steps), *factors), strict=True)))


def gaps_term(module: PurchaseModel, rows: pd.DataFrame) -> np.ndarray:
    """What the gaps add to a customer's log-likelihood, (k - 1) times the sum of their logarithms: shape (rows,)."""
    if module.STAGES == 1:
        return np.zeros(len(rows))
    if LOG_GAPS not in rows:
        raise StudyError(
            f"{module.TITLE} is compared by the gaps between purchases, and the summary has no column {LOG_GAPS}, the sum "
            "of their logarithms per customer: make it with purchase_history.customer_summary."
        )
    return (module.STAGES - 1) * (rows[LOG_GAPS] / rows["n"]).to_numpy(dtype=float)
