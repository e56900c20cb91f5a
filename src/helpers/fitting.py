"""Sample a PyMC model and say whether the sample can be trusted (R-hat, effective sample size, divergences)."""

from dataclasses import dataclass

import arviz as az
import numpy as np
import nutpie
import pymc as pm

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
    def summary(self) -> str:
        """The three numbers in one line."""
        return f"R-hat {self.max_rhat:.3f}, ESS {self.min_ess:.0f}, {self.divergences} divergences"


THRESHOLD = f"R-hat <= {MAX_RHAT}, ESS >= {MIN_ESS}, 0 divergences"
ADVICE = "Do not use these numbers. Raise `tune` and `draws`; if that does not help, the model does not fit this data."


def fit(
    model: pm.Model,
    *,
    draws: int = 1000,
    tune: int = 1000,
    chains: int = 2,
    seed: int = 1,
    target_accept: float = 0.8,
):
    """Draw from a model's posterior with NUTS (nutpie) and return an ArviZ DataTree.

    The initial points are the prior's, jittered; chains run side by side on the machine's cores. target_accept: nearer
    to 1 means smaller steps, for posteriors with narrow corners.
    """
    return sample(
        compiled(model), draws=draws, tune=tune, chains=chains, seed=seed, target_accept=target_accept
    )


def compiled(model: pm.Model):
    """Compile a model once for many fits: `exchange` gives it other data."""
    return nutpie.compile_pymc_model(model)


def exchange(ready, data: dict):
    """A compiled model with other values for what it holds as pm.Data; what its formula does not use is passed over."""
    known = {variable.name for variable in ready.shared_var_keys}
    return ready.with_data(**{name: value for name, value in data.items() if name in known})


def sample(
    ready, *, draws: int = 1000, tune: int = 1000, chains: int = 2, seed: int = 1, target_accept: float = 0.8
):
    """Draw from the posterior of a compiled model; arguments and result as in `fit`."""
    return nutpie.sample(
        ready,
        draws=draws,
        tune=tune,
        chains=chains,
        seed=seed,
        target_accept=target_accept,
        progress_bar=False,
        save_warmup=False,
    )


def diagnose(tree, var_names: list[str] | None = None) -> Diagnostics:
    """Return the worst R-hat, the smallest effective sample size and the divergences of a posterior."""
    posterior = tree["posterior"].to_dataset()
    names = var_names or list(posterior.data_vars)
    rhat = az.rhat(tree, var_names=names)
    bulk, tail = (az.ess(tree, var_names=names, method=method) for method in ("bulk", "tail"))
    return Diagnostics(
        max_rhat=_extreme(rhat, np.max),
        min_ess=min(_extreme(bulk, np.min), _extreme(tail, np.min)),
        divergences=int(tree["sample_stats"]["diverging"].sum()),
    )


def check_sampling(page, tree, name: str = "sampling") -> None:
    """Record on a notebook's page whether a posterior passed its gate."""
    gate = diagnose(tree)
    page.check(name, gate.verdict, value=gate.summary, threshold=THRESHOLD, advice=ADVICE)


def flat_draws(tree, name: str) -> np.ndarray:
    """Return a parameter's draws with chains joined: shape (draws, ...)."""
    values = tree["posterior"][name].to_numpy()
    return values.reshape(-1, *values.shape[2:])


def _extreme(tree, pick) -> float:
    dataset = tree.to_dataset() if hasattr(tree, "to_dataset") else tree
    return float(pick([pick(values.to_numpy()) for values in dataset.data_vars.values()]))
