"""Groups and covariates of a base: customers who share both are a cell, with parameters of its own.

Groups (consumers and organizations, acquisition cohorts) have parameters of their own, partially pooled. Covariates
multiply the purchase rate, as in Fader and Hardie (2007, "Incorporating Time-Invariant Covariates"). In the models with a
coin they shift logit(a / (a + b)) at a constant a + b; there it is a exp(g z) and b exp(g' z).
"""

import json
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import pandas as pd

from helpers.clv import cohorts
from helpers.errors import StudyError
from helpers.study.table_columns import TABLES

GROUP = "group"
NOT_GIVEN = "not given"
KNOWN_BEFORE, WON_SINCE = "known before the data", "won since"
EARLY = "first seen early"


@dataclass(frozen=True)
class Design:
    """Which groups and covariates a model has, and how a covariate became a number.

    years: where each group stands in time, where groups are cohorts that drift (`cohorts`); empty where they are pooled.
    groups: labels in order, none for one population. covariates: a name per number; a text column gives one per level
    but its most frequent ("channel=web"). centre, scale: what was subtracted and divided by.
    """

    groups: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    centre: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    years: tuple[float | None, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The summary's columns behind the covariates."""
        return tuple(dict.fromkeys(name.partition("=")[0] for name in self.covariates))

    @property
    def cohorts(self) -> tuple[str, ...]:
        """The groups that are cohorts and drift."""
        return tuple(group for group, year in zip(self.groups, self.years, strict=False) if year is not None)

    @property
    def steps(self) -> dict[str, float]:
        """The step for which each covariate's effect is told, in words, and its size in the model's numbers.

        Yes against no for 0 and 1 (nothing else within 0 and 1 has a variance of m (1 - m)), a value of a text against its
        most frequent one, else a standard deviation.
        """
        found = {}
        for name, centre, scale in zip(self.covariates, self.centre, self.scale, strict=True):
            column, _, level = name.partition("=")
            binary = bool(np.isclose(scale**2, centre * (1 - centre), rtol=1e-9))
            if level:
                found[f"{column} {level}, not the most frequent"] = 1 / scale
            elif binary:
                found[f"{name} yes, not no"] = 1 / scale
            else:
                found[f"{name}, per {scale:.3g}"] = 1.0
        return found

    def text(self) -> str:
        """As text, for a posterior's attributes."""
        return json.dumps(asdict(self))

    @staticmethod
    def of_text(text: str) -> "Design":
        """Read back what `text` wrote."""
        return Design(**{name: tuple(values) for name, values in json.loads(text).items()})


@dataclass(frozen=True)
class Cells:
    """The cell of each row, shape (rows,), and each cell's group and covariates z, shape (cells, covariates)."""

    of: np.ndarray
    group: np.ndarray
    z: np.ndarray


def design_of(summary: pd.DataFrame, covariates: tuple[str, ...] = (), group_by: str = "") -> Design:
    """Return the design of a summary: the labels of its column `group`, where it has one, and these covariates.

    group_by: what the groups are, see `described`; those of `cohorts` drift where there are two or more of them.
    StudyError for a covariate that is not there, misses values or does not vary.
    """
    groups = tuple(sorted(summary[GROUP].unique())) if GROUP in summary else ()
    names, centres, scales = [], [], []
    for covariate in covariates:
        for name, values in _numbers(summary, covariate).items():
            names.append(name)
            centres.append(float(values.mean()))
            scales.append(float(values.std()))
    groups = groups if len(groups) > 1 else ()
    years = tuple(map(cohorts.year_of, groups)) if group_by in cohorts.KINDS else ()
    drift = sum(year is not None for year in years) > 1
    return Design(groups, tuple(names), tuple(centres), tuple(scales), years if drift else ())


def cells_of(rows: pd.DataFrame, design: Design) -> Cells:
    """Return the cells of customers or distinct rows, which have the design's columns; one cell where it is empty."""
    group = np.zeros(len(rows), dtype=np.int64)
    if design.groups:
        group = pd.Index(design.groups).get_indexer(rows[GROUP])
    if (group < 0).any():
        new = sorted(set(rows.loc[group < 0, GROUP].astype("str")))
        known = ", ".join(design.groups)
        raise StudyError(
            f"The model was fitted on the groups {known}, not on {', '.join(new)}: fit it again."
        )
    z = np.array([_number(rows, name) for name in design.covariates]).T.reshape(len(rows), -1)
    z = (z - np.array(design.centre)) / np.array(design.scale)
    table, of = np.unique(np.column_stack([group, z]), axis=0, return_inverse=True)
    return Cells(of.ravel(), table[:, 0].astype(np.int64), table[:, 1:])


def _numbers(summary: pd.DataFrame, covariate: str) -> dict[str, np.ndarray]:
    if covariate not in summary:
        known = [name for name in summary if name != "customer_id"]
        raise StudyError(f"There is no covariate {covariate!r}. Columns: {', '.join(known)}.")
    values = summary[covariate]
    if values.isna().any():
        who = summary.loc[values.isna(), "customer_id"].head(3).tolist() if "customer_id" in summary else []
        raise StudyError(
            f"The covariate {covariate} is missing for {values.isna().sum():,} of {len(values):,} customers "
            f"{f'(first: {who}) ' if who else ''}: fill it in the table customers or leave the covariate out."
        )
    if values.nunique() < 2:
        raise StudyError(
            f"The covariate {covariate} is {values.iloc[0]} for every customer: it explains nothing."
        )
    if pd.api.types.is_numeric_dtype(values):
        return {covariate: values.to_numpy(dtype=float)}
    levels = values.astype("str").value_counts().index[1:]
    return {
        f"{covariate}={level}": (values.astype("str") == level).to_numpy(float) for level in sorted(levels)
    }


def _number(summary: pd.DataFrame, name: str) -> np.ndarray:
    """The column of one covariate by the name it has in a design."""
    column, _, level = name.partition("=")
    values = summary[column]
    return (values.astype("str") == level).to_numpy(float) if level else values.to_numpy(dtype=float)


def known_before(summary: pd.DataFrame) -> int:
    """How many customers were acquired before the first day of the data, see `described`."""
    return int(summary[GROUP].str.contains(KNOWN_BEFORE).sum()) if GROUP in summary else 0


def described(
    summary: pd.DataFrame,
    customers: pd.DataFrame | None,
    group_by: str,
    covariates: tuple[str, ...] = (),
    begins: date | None = None,
    early_until: date | None = None,
) -> pd.DataFrame:
    """Return the summary with `group`, the column `group_by` of the table customers, and with the covariates.

    A group_by of `cohorts` is the time of the first purchase instead of a column.
    Customers without an entry are the group "not given". Customers acquired before the day `begins`, the first of the
    data, have a history cut at the left: what looks like their first purchase is none, so they are groups of their own.
    Customers first seen before `early_until`, and without a known day of acquisition, are groups of their own too.
    There is no group where the study has no customers table, or no such column of the contract; a column nobody has is
    refused, and so is a covariate without the table.
    """
    if group_by in cohorts.KINDS:
        summary, group_by = summary.assign(group=cohorts.labels(summary["first_date"], group_by)), ""
    found = _from_table(summary, customers, group_by, covariates, begins)
    if early_until is None:
        return found
    early = (pd.to_datetime(found["first_date"]) < pd.Timestamp(early_until)).to_numpy()
    if customers is not None and "acquired_at" in customers:
        known = customers.dropna(subset="acquired_at")["customer_id"]
        early = early & ~found["customer_id"].isin(known).to_numpy()
    return found.assign(**{GROUP: _apart(found.get(GROUP), early, EARLY)}) if early.any() else found


def _apart(group: pd.Series | None, who: np.ndarray, label: str) -> np.ndarray:
    """The groups with those of some customers told apart by a label."""
    own = pd.Series(WON_SINCE if group is None else group.to_numpy(), index=range(len(who)))
    return own.where(~who, label if group is None else own + f", {label}").to_numpy()


def _from_table(
    summary: pd.DataFrame,
    customers: pd.DataFrame | None,
    group_by: str,
    covariates: tuple[str, ...],
    begins: date | None,
) -> pd.DataFrame:
    """The summary with what the table customers says of its groups and covariates."""
    wanted = [*([group_by] if group_by else []), *covariates]
    if customers is None:
        if covariates:
            raise StudyError(
                f"The covariates {', '.join(covariates)} need the table customers; this study has none."
            )
        return summary
    optional = [column.name for column in TABLES["customers"].columns]
    unknown = [name for name in wanted if name not in customers and name not in optional]
    if unknown:
        known = ", ".join(name for name in customers if name != "customer_id")
        raise StudyError(f"The table customers has no column {', '.join(unknown)}. Columns: {known}.")
    of = customers.set_index("customer_id").reindex(summary["customer_id"])
    added = {name: of[name].to_numpy() for name in covariates if name in of}
    if GROUP in summary:
        added[GROUP] = summary[GROUP].to_numpy()
    if group_by in of and of[group_by].nunique() > 0:
        added[GROUP] = of[group_by].astype("str").where(of[group_by].notna(), NOT_GIVEN).to_numpy()
    if begins is not None and "acquired_at" in of:
        cut = (pd.to_datetime(of["acquired_at"]) < pd.Timestamp(begins)).to_numpy()
        if cut.any():
            own = pd.Series(added[GROUP]) if GROUP in added else None
            added[GROUP] = _apart(own, cut, KNOWN_BEFORE)
    return summary.assign(**added)


def segment_of(scored: pd.DataFrame | None, customer_ids: pd.Index) -> pd.Series:
    """Return each customer's segment from `scored` (customer_id, segment); "all" where nobody has been scored."""
    if scored is None:
        return pd.Series("all", index=customer_ids)
    return scored.set_index("customer_id")["segment"].reindex(customer_ids)
