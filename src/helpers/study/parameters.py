"""What a notebook's parameters cell declares, and whether a study's values are such parameters.

A help text may end, after its last `;`, in what a value can be: "one of: a, b" (for a list or mapping each
element or key; "empty or one of: a, b" allows the empty text as well) or bounds, "above 0, up to 1".
"""

import ast
import io
import operator
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.errors import StudyError
from helpers.study import strict_yaml
from helpers.study.catalogue import notebook_path, parameters_cell, read_notebook

RESERVED = ("study", "run_dir")  # parameters that only the runner sets
RENAMED = {  # old name: {notebook: the name that took its place}
    "certain": {"13_needs_segments": "membership_probability"},
    "certainty": {"32_uplift_targeting": "advice_certainty"},
    "covariates": {
        "14_lead_funnel": "lead_attributes",
        "21_purchase_model": "customer_covariates",
        "23_renewal_model": "subscription_covariates",
    },
    "draws": {
        "12_rfm_segments": "bootstrap_draws",
        "15_share_of_customer": "bootstrap_draws",
        "24_customer_value": "prediction_draws",
        "25_value_tiers": "prediction_draws",
        "35_next_campaign": "prediction_draws",
        "41_loyalty_and_service": "bootstrap_draws",
    },
    "follow_days": {"32_uplift_targeting": "follow_up_days", "41_loyalty_and_service": "repurchase_days"},
    "horizon_months": {"21_purchase_model": "forecast_months"},
    "margin": {"23_renewal_model": "fee_margin"},
    "model": {"23_renewal_model": "renewal_model"},
    "scale": {"33_quasi_experiment": "outcome_scale", "41_loyalty_and_service": "survey_scale"},
    "window_days": {
        "11_customer_base": "activity_window_days",
        "12_rfm_segments": "rfm_window_days",
        "13_needs_segments": "needs_window_days",
        "31_experiment": "outcome_days",
        "41_loyalty_and_service": "loyalty_window_days",
    },
}
CHOICE = re.compile(r"; (?P<empty>empty or )?one of: (?P<names>[\w-]+(?:, [\w-]+)*)$")
BOUNDS = {"at least": operator.ge, "above": operator.gt, "up to": operator.le, "below": operator.lt}
LIMIT = rf"(?:{'|'.join(BOUNDS)}) -?\d+(?:\.\d+)?"
LIMITS = re.compile(rf"; ({LIMIT}(?:, {LIMIT})?)$")


@dataclass(frozen=True)
class Parameter:
    """One line of a notebook's parameters cell: `name: type = default  # help`."""

    name: str
    type: str
    default: object
    help: str

    @property
    def allowed(self) -> tuple[str, ...]:
        """The texts that the help allows ("" where it says empty); none where every text is allowed."""
        found = CHOICE.search(self.help)
        return (*([""] if found["empty"] else []), *found["names"].split(", ")) if found else ()

    @property
    def limits(self) -> str:
        """The bounds that the help states, such as "above 0, up to 1"; empty without any."""
        found = LIMITS.search(self.help)
        return found[1] if found else ""

    def refuses(self, value: Any) -> str:
        """Say what is wrong with a value of the right type: the value, and what is allowed; empty when nothing is."""
        for one in value if isinstance(value, (list, dict)) else [value]:
            if self.allowed and one not in self.allowed:
                names = ", ".join(name or "an empty text" for name in self.allowed)
                return f"{one!r}; it can be one of: {names}"
            for limit in self.limits.split(", ") if self.limits else ():
                bound, _, number = limit.rpartition(" ")
                if not BOUNDS[bound](one, float(number)):
                    return f"{one}; it must be {self.limits}"
        return ""


Declared = Mapping[str, Mapping[str, Parameter]]  # {notebook: {name: Parameter}}


def notebook_parameters(notebook: str | Path, folder: Path | None = None) -> dict[str, Parameter]:
    """Read by AST what a notebook declares in its cell tagged `parameters`, as {name: Parameter}."""
    path = notebook_path(notebook, folder)
    source = parameters_cell(read_notebook(path), path)["source"]
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise StudyError(
            f"{path}: the parameters cell is not Python ({error.msg}, line {error.lineno})."
        ) from error
    comments = _comments(source)
    parameters = {}
    for node in statements:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name) or node.value is None:
            raise StudyError(
                f"{path}: line {node.lineno} of the parameters cell is {ast.unparse(node)!r}; "
                "every line must read `name: type = literal  # help`."
            )
        try:
            default = ast.literal_eval(node.value)
        except ValueError as error:
            raise StudyError(f"{path}: parameter {node.target.id!r} has no literal default.") from error
        name, kind = node.target.id, ast.unparse(node.annotation)
        parameters[name] = Parameter(name, kind, default, comments.get(node.end_lineno or node.lineno, ""))
    return parameters


def checked(values: Mapping[str, object], declared: Declared, where: str) -> dict:
    """Give a study's values the types of the parameters that the `declared` notebooks have.

    StudyError on a name that none of them has (an old one is answered with the new), a value of another type, and one
    that the help text does not allow.
    """
    found = {}
    for name, value in values.items():
        havers = {
            notebook: own[name] for notebook, own in declared.items() if name in own and name not in RESERVED
        }
        if not havers:
            raise _no_such_parameter(name, declared, where)
        parameter = next(iter(havers.values()))
        found[name] = strict_yaml.convert(value, parameter.type, f"{where}.{name}")
        if wrong := parameter.refuses(found[name]):
            raise StudyError(f"{where}.{name} ({', '.join(havers)}) is {wrong}.")
    return found


def _no_such_parameter(name: str, declared: Declared, where: str) -> StudyError:
    moved = [
        f"`{new}` in {notebook}" for notebook, new in RENAMED.get(name, {}).items() if notebook in declared
    ]
    if moved:
        listed = " and ".join([", ".join(moved[:-1]), moved[-1]] if moved[:-1] else moved)
        return StudyError(f"{where}: `{name}` is now {listed}.")
    known = sorted({one for own in declared.values() for one in own if one not in RESERVED})
    return strict_yaml.unknown("parameter", name, known, where)


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}
