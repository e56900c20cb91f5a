"""Groups of contracts that a renewal model tells apart: their cohort, and their covariates as columns of a design."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

COUNTS = ("age", "renewed", "lost")


@dataclass(frozen=True)
class Groups:
    """The distinct groups of cells. place: of every cell, the position of its group; design: groups x covariates.

    labels: of every group, in words; cohorts: their names, and of_cohort the position of every group's; empty without.
    """

    labels: list[str]
    place: np.ndarray
    design: pd.DataFrame
    cohorts: np.ndarray
    of_cohort: np.ndarray


def groups(cells: pd.DataFrame) -> Groups:
    """Tell the groups of cells (columns age, renewed, lost, perhaps cohort, and static covariates)."""
    keys = [column for column in cells.columns if column not in COUNTS]
    found, place = pd.DataFrame(index=[0]), np.zeros(len(cells), int)
    if keys:
        found = cells[keys].drop_duplicates(ignore_index=True)
        place = found.reset_index().merge(cells, how="right")["index"].to_numpy()
    coded = [_coded(found[column], cells, column) for column in keys if column != "cohort"]
    design = pd.concat(coded, axis=1) if coded else pd.DataFrame(index=found.index)
    cohorts, of_cohort = np.array([]), np.array([], dtype=int)
    if "cohort" in keys:
        cohorts, of_cohort = np.unique(found["cohort"], return_inverse=True)
    return Groups([_label(row) for row in found.to_dict("records")], place, design, cohorts, of_cohort)


def _coded(values: pd.Series, cells: pd.DataFrame, name: str) -> pd.DataFrame:
    """A covariate as columns of the design: yes against no, standardised, or one per value but the most frequent."""
    weights = cells["renewed"] + cells["lost"]
    if set(pd.unique(cells[name])) == {0, 1}:
        return pd.DataFrame({f"{name} yes, not no": values.astype(float)})
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        mean = np.average(cells[name], weights=weights)
        deviation = np.sqrt(np.average((cells[name] - mean) ** 2, weights=weights))
        return pd.DataFrame({f"{name}, per {deviation:.3g}": (values - mean) / deviation})
    usual = weights.groupby(cells[name].astype(str)).sum().idxmax()
    levels = sorted(set(values.astype(str)) - {usual})
    return pd.DataFrame({f"{name} {level}, not {usual}": values.astype(str) == level for level in levels})


def _label(row: dict) -> str:
    return (
        ", ".join(str(value) if key == "cohort" else f"{key} {value}" for key, value in row.items()) or "all"
    )
