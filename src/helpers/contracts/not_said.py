"""What stands in a column where nothing was said: words that forms and exports write, and codes such as -999."""

import re

import numpy as np
import pandas as pd

WORDS = {""} | {
    word.strip()
    for line in """
    na|n a|not available|not applicable|not specified|unspecified|not provided|not stated|not given|not known|not set
    not disclosed|undisclosed|undefined|undetermined|to be determined|tbd|tba|unknown|missing|blank|empty|null|nil|nan|nat
    no answer|no value|no data|not answered|not filled|dont know|don t know|do not know|k a|keine angabe|unbekannt|inconnu
    non renseigné|desconocido|sin especificar|không rõ|không biết|chưa rõ|ไม่ระบุ|ไม่ทราบ
    """.splitlines()
    for word in line.split("|")
}
ASKS = re.compile(r"(please )?(select|choose|pick)( (one|an?|the|your|from|here)\b.*)?")
CODE = re.compile(r"-1|-?(9{2,}|8{2,})")
FEWEST = 3  # of a code


def said(text: pd.Series) -> pd.Series:
    """The column with what says nothing as missing: "Select", "unknown", "n/a", "-", "(blank)"; other types as they are."""
    if text.dtype.kind in "biufM":
        return text
    values = text.dropna().astype(str)
    silent = {value for value in values.unique() if is_silent(value)}
    return text.mask(text.astype("string").isin(silent).fillna(False).astype(bool)) if silent else text


def is_silent(value: str) -> bool:
    """Whether a text says nothing."""
    whole = value.strip().casefold()
    core = re.sub(r"[\W_]+", " ", whole).strip()
    return core in WORDS or whole in WORDS or bool(ASKS.fullmatch(core))


def code_of(values: pd.Series) -> float | None:
    """The value that stands for "missing" among numbers (-999, 9999, -1 among counts): repeated, and far from the rest."""
    sizes = values.value_counts()
    for value in (values.min(), values.max()):
        if not np.isfinite(value) or not CODE.fullmatch(f"{value:.10g}") or sizes[value] < FEWEST:
            continue
        rest = values[values.notna() & (values != value)]
        if rest.nunique() < 2:
            continue
        below = value < 0 <= rest.min()
        low, high = np.quantile(rest, [0.01, 0.99])
        gap = min(abs(value - rest.min()), abs(value - rest.max()))
        if below or (value != -1 and gap > 2 * max(high - low, 1e-12)):
            return float(value)
    return None
