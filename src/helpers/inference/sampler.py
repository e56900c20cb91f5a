"""Sample a PyMC model and say whether the sample can be trusted (R-hat, effective sample size, divergences)."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pymc as pm

from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.inference import laplace
from helpers.inference.compiled import Density, density_of, starts
from helpers.inference.time_limit import time_limit
from helpers.messages import Message, message

if TYPE_CHECKING:
    import xarray as xr

METHODS = ("nuts", "laplace")
MAX_RHAT = 1.01
MIN_ESS = 400


@dataclass(frozen=True)
class Diagnostics:
    """The gate of a posterior: worst R-hat, smallest effective sample size (bulk or tail), divergences."""

    max_rhat: float
    min_ess: float
    divergences: int

    @property
    def passed(self) -> bool:
        """Whether R-hat <= 1.01, effective sample size >= 400 and there is no divergence."""
        return self.max_rhat <= MAX_RHAT and self.min_ess >= MIN_ESS and self.divergences == 0

    @property
    def verdict(self) -> str:
        """PASS, or FAIL: numbers from a sample that did not converge are not to be used."""
        return "PASS" if self.passed else "FAIL"

    @property
    def summary(self) -> Message:
        """The three numbers in one line."""
        ess, divergences = f"{self.min_ess:.0f}", str(self.divergences)
        return FOUND(rhat=f"{self.max_rhat:.3f}", ess=ess, divergences=divergences)


@dataclass(frozen=True)
class Compiled:
    """A model that is ready to be sampled: its density, and where chains start as a function of a seed."""

    density: Density
    starts: Callable


GATE = message("sampler.gate", "R-hat <= {rhat}, ESS >= {ess}, 0 divergences")
FOUND = message("sampler.found", "R-hat {rhat}, ESS {ess}, {divergences} divergences")
INSTEAD = message("sampler.instead", "{found}; sampled with NUTS, because laplace did not pass: {refused}")
ADVICE = message(
    "sampler.advice",
    "Do not use these numbers. Raise `tune` and `draws`; if that does not help, the model does not fit this data.",
)


@time_limit()
def fit(
    model: pm.Model, *, method: str = "nuts", initvals: dict | None = None, **sampling: Any
) -> "xr.DataTree":
    """Draw from a model's posterior and return an ArviZ DataTree; sampling: as in `sample`.

    initvals: where NUTS starts, by variable, for posteriors with several equal modes. method: "nuts", or "laplace" around
    the mode (helpers.inference.laplace), which falls back to NUTS where its gate does not pass; the tree's attributes say
    which it was, and `check_sampling` says it on the page.
    """
    return _by(method, lambda: model, lambda: sample(compiled(model, initvals), **sampling), sampling)


@time_limit()
def fit_shared(
    ready: dict,
    key: Hashable,
    build: Callable[..., pm.Model],
    data: dict,
    *,
    method: str = "nuts",
    grid: "laplace.Grid | None" = None,
    **sampling: Any,
) -> "xr.DataTree":
    """Fit a model that is compiled once and kept in `ready` under `key`; arguments and result as in `fit`.

    build() defines the model, and build(around_mode=True) that for a fit around the mode with a grid, see `laplace.fit`; data:
    the values of its pm.Data. Around the mode nothing is compiled.
    """

    def nuts() -> "xr.DataTree":
        if key not in ready:
            ready[key] = compiled(build())
        return sample(exchange(ready[key], data), **sampling)

    def model() -> pm.Model:
        with build() if grid is None else build(around_mode=True) as built:
            pm.set_data({name: value for name, value in data.items() if name in built})
        return built

    return _by(method, model, nuts, sampling | {"grid": grid})


def compiled(model: pm.Model, initvals: dict | None = None) -> Compiled:
    """Compile a model once for many fits: `exchange` gives it other data; initvals: where chains start, by variable."""
    density = density_of(model)
    density.compiled  # noqa: B018 (compiles now)
    return Compiled(density, starts(density, initvals))


def exchange(ready: Compiled, data: dict) -> Compiled:
    """Give a compiled model other values for what it holds as pm.Data; what its formula does not use is passed over."""
    ready.density.exchange(data)
    return ready


def sample(
    ready: Compiled,
    *,
    draws: int = 1000,
    tune: int = 1000,
    chains: int = 2,
    seed: int = 1,
    target_accept: float = 0.8,
    adaptation: str = "diag",
) -> "xr.DataTree":
    """Draw from the posterior of a compiled model with NUTS (nutpie) and return an ArviZ DataTree.

    The initial points are the prior's, jittered; chains run side by side on the machine's cores. target_accept: nearer
    to 1 means smaller steps, for posteriors with narrow corners. adaptation: nutpie's mass matrix, "low_rank" for strongly
    correlated parameters.
    """
    import nutpie  # noqa: PLC0415 (it brings ArviZ's figures along: two seconds that a fit around the mode saves)

    density = ready.density
    size = len(density.start)
    vectors = nutpie.sample(
        nutpie.compiled_pyfunc.from_pyfunc(
            size,
            density.function,
            lambda *_: lambda vector: {"vector": vector},
            [np.dtype("float64")],
            [(size,)],
            ["vector"],
            make_initial_point_fn=ready.starts,
        ),
        draws=draws,
        tune=tune,
        chains=chains,
        seed=seed,
        target_accept=target_accept,
        adaptation=adaptation,
        progress_bar=False,
        save_warmup=False,
    )
    tree = density.tree(vectors["posterior"]["vector"].to_numpy())
    tree["sample_stats"] = vectors["sample_stats"]
    return tree


def diagnose(tree: "xr.DataTree", var_names: list[str] | None = None) -> Diagnostics:
    """Return the worst R-hat, the smallest effective sample size and the divergences of a posterior."""
    import arviz as az  # noqa: PLC0415

    posterior = tree["posterior"].to_dataset()
    names = var_names or [str(name) for name in posterior.data_vars]
    rhat = az.rhat(tree, var_names=names)
    bulk, tail = (az.ess(tree, var_names=names, method=method) for method in ("bulk", "tail"))
    return Diagnostics(
        max_rhat=_extreme(rhat, np.max),
        min_ess=min(_extreme(bulk, np.min), _extreme(tail, np.min)),
        divergences=int(tree["sample_stats"]["diverging"].sum()),
    )


def check_sampling(tree: "xr.DataTree", name: str = "sampling") -> Check:
    """Ask whether a posterior passed its gate, and say when NUTS stood in for `laplace`."""
    if "laplace" in tree.attrs:
        return check(name, value=tree.attrs["laplace"], threshold=tree.attrs["laplace_threshold"])
    gate, refused = diagnose(tree), tree.attrs.get("laplace_refused")
    value = INSTEAD(found=gate.summary, refused=str(refused)) if refused else gate.summary
    threshold = GATE(rhat=str(MAX_RHAT), ess=str(MIN_ESS))
    return check(name, fail=not gate.passed, value=value, threshold=threshold, advice=ADVICE())


def flat_draws(tree: "xr.DataTree", name: str) -> np.ndarray:
    """Return a parameter's draws with chains joined: shape (draws, ...)."""
    values = tree["posterior"][name].to_numpy()
    return values.reshape(-1, *values.shape[2:])


def all_draws(tree: "xr.DataTree") -> dict[str, np.ndarray]:
    """Return the draws of every parameter with chains joined: {name: (draws, ...)}."""
    return {str(name): flat_draws(tree, str(name)) for name in tree["posterior"].data_vars}


def _extreme(tree: "xr.DataTree", pick: Callable) -> float:
    dataset = tree.to_dataset() if hasattr(tree, "to_dataset") else tree
    return float(pick([pick(values.to_numpy()) for values in dataset.data_vars.values()]))


def _by(
    method: str, model: Callable[[], pm.Model], nuts: "Callable[[], xr.DataTree]", sampling: dict
) -> "xr.DataTree":
    if method not in METHODS:
        raise StudyError(f"The fit {method!r} is not known; it can be {' or '.join(METHODS)}.")
    if method == "nuts":
        return nuts()
    try:
        around = {key: sampling[key] for key in ("draws", "chains", "seed", "grid") if key in sampling}
        tree, gate = laplace.fit(model(), **around)
        if gate.passed:
            tree.attrs.update(laplace=gate.summary, laplace_threshold=f"Pareto k <= {gate.k_max:.2f}")
            return tree
        refused = gate.summary
    except laplace.NoModeError as error:
        refused = str(error)
    tree = nuts()
    tree.attrs["laplace_refused"] = refused
    return tree
