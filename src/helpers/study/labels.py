"""What pages call things that come from data: the study's `labels`, and readable names for the rest."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from helpers import languages
from helpers.errors import StudyError
from helpers.languages import LANGUAGES

Labels = Mapping[str, str | Mapping[str, str]]  # a value of the data: its name, or one per language
CODED = re.compile(r"[^\W_]+(_[^\W_]+)+")  # coupon_2026_03, phin_coffee
MONTH = re.compile(r" (20\d\d) (0[1-9]|1[0-2])$")
YEAR = re.compile(r" (20\d\d)$")


def read_labels(given: Any, path: Path) -> dict[str, str | dict[str, str]]:
    """Check the `labels` of a study file; StudyError naming the value where one is not text."""
    if not isinstance(given, dict):
        raise StudyError(
            f"{path}: labels is {given!r}: write one line per value, such as `coupon_2026_03: Spring coupon`."
        )
    return {str(value): _label(str(value), label, path) for value, label in given.items()}


def _label(value: str, label: Any, path: Path) -> str | dict[str, str]:
    if isinstance(label, str) and label.strip():
        return label.strip()
    texts = list(label.values()) if isinstance(label, dict) and set(label) <= set(LANGUAGES) else []
    if texts and all(isinstance(text, str) and text.strip() for text in texts):
        return {language: text.strip() for language, text in label.items()}
    raise StudyError(
        f"{path}: labels: {value} is {label!r}: give a name, or one per language, such as "
        f"{{en: Spring coupon, vi: ..., th: ...}} (languages: {', '.join(LANGUAGES)})."
    )


def readable(value: str) -> str:
    """Return a coded value as words: "coupon_2026_03" is "coupon, March 2026"; any other text stays as it is."""
    if not CODED.fullmatch(value):
        return value
    words = value.replace("_", " ")
    if found := MONTH.search(words):
        return f"{words[: found.start()]}, {languages.month(date(int(found[1]), int(found[2]), 1))}"
    return YEAR.sub(lambda found: f", {languages.year(date(int(found[1]), 1, 1))}", words)


def names(labels: Labels, coded: Iterable[str] = (), language: str = "en") -> dict[str, str]:
    """Map each value of the data to what pages call it; `coded`: values of the data without a label of their own."""
    with languages.speaking(language):
        made = {value: readable(value) for value in coded}
    for value, label in labels.items():
        told = label if isinstance(label, str) else label.get(language) or label.get("en")
        made |= {value: told} if told else {}
    return made
