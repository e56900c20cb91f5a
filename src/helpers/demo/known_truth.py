"""What the simulator knows about the demo company, for pages that compare an estimate with it."""

import json

import pandas as pd

from helpers.study.source_address import DEMO


def truth(study, name: str):
    """Return truth `name` of the demo company (a DataFrame, or a dict), None for any other study."""
    if study.source.kind != DEMO:
        return None
    from helpers.tables import open_source  # noqa: PLC0415 (the reader of tables knows the simulator, not the reverse)

    folder = open_source(study).folder.parent / "truth"
    table = folder / f"{name}.parquet"
    return pd.read_parquet(table) if table.is_file() else json.loads((folder / f"{name}.json").read_text())
