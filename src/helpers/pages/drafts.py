"""What a notebook opened by hand is told: where its first cell is not what the study's report runs with."""

from collections.abc import Mapping
from typing import Any

from helpers.messages import Message, message
from helpers.study.study import Study, parameters_for

OTHERWISE = message(
    "draft.otherwise",
    "The report of {study} runs this notebook with {report}; the first cell here has {cell}. For a draft with the report's "
    "values: `python -m helpers open {notebook} {study}`.",
)


def otherwise(study: Study, notebook: str, cell: Mapping[str, Any]) -> Message | None:
    """Which parameters the study sets to other values than stand in the notebook's names (`cell`); None where none does."""
    given = parameters_for(study, notebook)
    other = [name for name, value in given.items() if name in cell and cell[name] != value]
    if not other:
        return None
    its, here = (", ".join(f"{name} = {values[name]!r}" for name in other) for values in (given, cell))
    return OTHERWISE(study=study.name, report=its, cell=here, notebook=notebook)
