"""Were the arms alike before? One joint test over everything known before the assignment, whatever its scale.

Numbers enter by their ranks, names by an indicator per kind, what is missing by a flag. The distance between the arms is
that of Mahalanobis (Hansen and Bowers 2008), its p value from assigning the arms anew, within strata and by clusters where
they were drawn so; for many units from its chi-square limit. Many covariates are one test, so they raise no false alarm.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.campaigns.encoding import OTHER, RARE
from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.inference import monte_carlo
from helpers.messages import decimals, message, plain

PERMUTED = (
    20_000  # units (or clusters) up to which the arms are assigned anew; beyond, the chi-square limit holds
)
PERMUTATIONS, ENOUGH, AT_ONCE = 4999, 25, 100  # at most so many; stop when so many lie beyond; in one product
BROKEN, SUSPECT = 0.001, 0.05  # p values below which arms are refused, and asked about
TRIFLING = 0.02  # standard deviations: a difference so small changes nothing, however sure it is
SAME = 1e-9  # spread of a column below which it is the same for everyone
MISSING = "{}: missing"
NOT_ALIKE = message(
    "alike.not_alike",
    "These arms were not alike before: no verdict. Most apart: arm {arm} in {covariate}, {difference} standard deviations. "
    "If that is known only after the assignment, leave it out. If the arms' shares were planned by a column, name it under "
    "columns as stratum. Otherwise the page on campaigns without a control group compares them with others alike.",
)
LOOK_AT = message(
    "alike.look_at",
    "Most apart before the campaign: arm {arm} in {covariate}, {difference} standard deviations. The model adjusts for it; "
    "ask how the arms were drawn.",
)
NO_COVARIATES = message(
    "alike.no_covariates",
    "Whether the arms were alike before could not be looked at, as nothing is known of that time that could differ between "
    "them: only their sizes were tested.",
)
NOT_LOOKED_AT = message("alike.not_looked_at", "could not be looked at")
JOINT_P = message("alike.joint_p", "joint p = {p}")
AT_LEAST = message("alike.at_least", "p >= {suspect}")
ALIKE = "Arms alike before"


@dataclass(frozen=True)
class Alike:
    """How alike arms were: the joint p value (None without covariates) and the differences (see `compare`)."""

    p_value: float | None
    differences: pd.DataFrame

    @property
    def refutes_lots(self) -> bool:
        """Whether arms drawn by lot would hardly ever lie so far apart, and a difference is large enough to matter."""
        if self.p_value is None or self.differences.difference.abs().max() < TRIFLING:
            return False
        return self.p_value < BROKEN

    def furthest(self, most: int = 15) -> pd.DataFrame:
        """The differences of the covariates in which some arm lies furthest from control, the furthest first."""
        size = self.differences["difference"].abs().groupby(self.differences["covariate"]).max()
        names = list(size.nlargest(most).index)
        shown = self.differences[self.differences["covariate"].isin(names)]
        return shown.sort_values("covariate", key=lambda column: column.map(names.index), kind="stable")

    @property
    def worst(self) -> pd.Series:
        """The difference that is largest against what chance allows."""
        return self.differences.loc[(self.differences.difference.abs() / self.differences.expected).idxmax()]


def columns_of(units: pd.DataFrame, numeric: list[str], named: list[str]) -> pd.DataFrame:
    """Turn covariates into columns with mean 0 and spread 1: ranks, indicators of kinds, and flags of what is missing.

    A kind that fewer than 5 % of the units have counts as `other`. Columns that are the same for everyone are left out.
    """
    made = {}
    for name in numeric:
        values = units[name].astype(float)
        made[name] = values.rank().fillna(values.rank().mean())
        made[MISSING.format(name)] = values.isna().astype(float)
    for name in named:
        kind = units[name].astype(object).where(units[name].notna(), "missing").astype(str)
        shares = kind.value_counts(normalize=True)
        kind = kind.where(kind.isin(shares.index[shares >= RARE]), OTHER)
        for one in sorted(kind.unique())[: kind.nunique() - (kind.nunique() == 2)]:
            made[f"{name}: {one}"] = (kind == one).astype(float)
    columns = pd.DataFrame(made, index=units.index)
    spread = columns.std(ddof=0)
    kept = spread.index[spread > SAME]
    return (columns[kept] - columns[kept].mean()) / spread[kept]


def compare(units: pd.DataFrame, control: str, numeric: list[str], named: list[str], seed: int = 1) -> Alike:
    """Test whether arms differ in what was known before; units: arm, the covariates, stratum and cluster where drawn so.

    differences: arm, covariate, control_mean, arm_mean, difference (of ranks, in standard deviations; within strata),
    expected (three standard errors: what chance allows at these sizes).
    """
    columns, stratum = columns_of(units, numeric, named), _stratum(units)
    within = columns - columns.groupby(stratum).transform("mean")
    # What a stratum says is alike by the lots themselves.
    columns = columns[within.columns[within.std(ddof=0) > SAME]]
    if columns.empty:
        return Alike(None, _differences(units, columns, control, numeric))
    arm = units["arm"].astype(str)
    table = columns.assign(arm=arm, stratum=stratum)
    if drawn_together(units):
        table = table.groupby(units["cluster"]).agg(
            {name: "mean" for name in columns} | {"arm": "first", "stratum": "first"}
        )
    x = table[list(columns)].to_numpy(float)
    p_value = _joint(x, pd.factorize(table["arm"])[0], pd.factorize(table["stratum"])[0], seed)
    return Alike(p_value, _differences(units, columns, control, numeric))


def check_alike(found: Alike) -> Check:
    """Judge `compare`: FAIL below .001, unless no difference reaches .02 standard deviations; REVIEW below .05."""
    if found.p_value is None:
        return check(
            ALIKE, review=True, value=NOT_LOOKED_AT(), threshold=AT_LEAST(suspect=plain(SUSPECT)),
            advice=NO_COVARIATES(),
        )  # fmt: skip
    worst = found.worst
    fail = found.refutes_lots
    said = NOT_ALIKE if fail else LOOK_AT
    return check(
        ALIKE,
        fail=fail,
        review=found.p_value < SUSPECT,
        value=JOINT_P(p=plain(found.p_value)),
        threshold=AT_LEAST(suspect=plain(SUSPECT)),
        advice=said(
            arm=str(worst.arm), covariate=str(worst.covariate), difference=decimals(worst.difference, 3)
        ),
    )


def drawn_together(units: pd.DataFrame) -> bool:
    """Say whether clusters (branches of a firm, stores) were drawn as one: nobody in a cluster has another arm."""
    return "cluster" in units and bool((units.groupby("cluster")["arm"].nunique() == 1).all())


def refuse_empty_strata(units: pd.DataFrame) -> None:
    """StudyError where arms were drawn within strata and a stratum has nobody in some arm."""
    if "stratum" not in units:
        return
    sizes = pd.crosstab(units["stratum"], units["arm"])
    for stratum, row in sizes[(sizes == 0).any(axis=1)].iterrows():
        raise StudyError(
            f"Stratum {stratum!r} has nobody in arm {row.index[row == 0][0]!r}: nothing can be compared there. Leave it out "
            "(`where` of the table), or join it to another stratum."
        )


def _joint(x: np.ndarray, arm: np.ndarray, stratum: np.ndarray, seed: int) -> float:
    """The p value of sums per arm against what assigning anew within strata gives."""
    from scipy import stats  # noqa: PLC0415 (the only use)

    groups = [np.flatnonzero(stratum == one) for one in range(stratum.max() + 1)]
    x = x.copy()
    treated = arm.max()  # every arm but one: the last follows from the others
    variance = np.zeros((treated * x.shape[1], treated * x.shape[1]))
    for rows in groups:
        x[rows] -= x[rows].mean(axis=0)
        sizes = np.bincount(arm[rows], minlength=treated + 1)[:treated].astype(float)
        within = x[rows].T @ x[rows] / max(len(rows) - 1, 1)
        variance += np.kron(np.diag(sizes) - np.outer(sizes, sizes) / len(rows), within)
    inverse = np.linalg.pinv(variance, rcond=1e-9, hermitian=True)

    def distance(arms: np.ndarray) -> np.ndarray:
        sums = np.concatenate([(arms == one).astype(float) @ x for one in range(treated)], axis=1)
        return ((sums @ inverse) * sums).sum(axis=1)

    own = float(distance(arm[None, :])[0])
    if len(x) > PERMUTED:
        return float(stats.chi2.sf(own, np.linalg.matrix_rank(variance, rtol=1e-9, hermitian=True)))
    rng, beyond, drawn = np.random.default_rng(seed), 0, 0
    while drawn < PERMUTATIONS:
        size = min(AT_ONCE, PERMUTATIONS - drawn)
        arms = np.tile(arm, (size, 1))
        for rows in groups:
            arms[:, rows] = rng.permuted(arms[:, rows], axis=1)
        beyond += int((distance(arms) >= own * (1 - 1e-12)).sum())
        drawn += size
        if beyond >= ENOUGH:  # the p value is known well enough (Besag and Clifford 1991)
            break
    p_value = (beyond + 1) / (drawn + 1)
    return monte_carlo.known(p_value, np.sqrt(p_value * (1 - p_value) / (drawn + 1)))


def _differences(
    units: pd.DataFrame, columns: pd.DataFrame, control: str, numeric: list[str]
) -> pd.DataFrame:
    """One row per treated arm and column: raw means, and the difference in standard deviations within strata."""
    shown = columns.copy()
    stratum, arm = _stratum(units), units["arm"].astype(str)
    shown = shown - shown.groupby(stratum).transform("mean") if stratum.nunique() > 1 else shown
    raw = pd.DataFrame(
        {name: units[name].astype(float) if name in numeric else _raw(columns[name]) for name in columns}
    )
    means, centred, sizes = raw.groupby(arm).mean(), shown.groupby(arm).mean(), arm.value_counts()
    if drawn_together(units):
        sizes = units.groupby(arm)["cluster"].nunique()
    rows = [
        (one, name, means.loc[control, name], means.loc[one, name],
         centred.loc[one, name] - centred.loc[control, name],
         3 * np.sqrt(1 / sizes[control] + 1 / sizes[one]))
        for one in sorted(set(arm) - {control})
        for name in columns
    ]  # fmt: skip
    names = ["arm", "covariate", "control_mean", "arm_mean", "difference", "expected"]
    return pd.DataFrame(rows, columns=names)


def _raw(column: pd.Series) -> pd.Series:
    """An indicator's 0 and 1 again."""
    return (column > 0).astype(float)


def _stratum(units: pd.DataFrame) -> pd.Series:
    return units["stratum"].astype(str) if "stratum" in units else pd.Series("all", units.index)
