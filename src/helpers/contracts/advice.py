"""The line to add to the study file when a file's numbers or dates are written another way."""

import re

from helpers.contracts import date_formats, number_formats
from helpers.contracts.proposals import Proposal, line

_NUMBER_SETTINGS = ("decimal", "thousands", "currency_sign", "negative", "grouping")
_DATE_SETTINGS = ("date_format", "years")
SETTINGS = (*_NUMBER_SETTINGS, *_DATE_SETTINGS)


def for_values(kind: str, examples: list[str], stated: dict[str, str | None]) -> str:
    """Return the sentence with the exact line for values of a type that could not be read.

    `examples` are distinct unreadable values (the more, the surer), `stated` the formats the study states
    already. What the values cannot decide (01/02/2010) is asked, not guessed.
    """
    if kind == "number":
        return _number(examples, _given(stated, _NUMBER_SETTINGS))
    if kind in ("time", "date"):
        return _date(examples, _given(stated, _DATE_SETTINGS))
    return ""


def for_column(kind: str, unread: list[str], everything: list[str], stated: dict[str, str | None]) -> str:
    """Return the sentence for the values of a column that could not be read, beside all of its values.

    Where no line reads the others too, the column is written in two ways, and that is said beside the line.
    """
    together, alone = (for_values(kind, texts, stated) for texts in (everything, unread))
    line_alone, line_together = (re.search(r"`\w+: ", text) for text in (alone, together))
    if not line_alone or line_together or len(everything) <= len(unread):
        return together if line_together else alone
    return f"{alone} Other rows are written in another way, which that does not read: rather export all in one way."


def _with_digits(examples: list[str]) -> list[str]:
    """The examples without words: where most hold digits, those that do."""
    found = [text for text in examples if re.search(r"\d", text)]
    return found if 2 * len(found) > len(examples) else examples


def _alike(examples: list[str]) -> list[str]:
    """Of the examples with digits those with the usual number of groups of digits: times, or days without one."""
    found = _with_digits(examples)
    groups = [len(re.findall(r"\d+", text)) for text in found]
    usual = max(set(groups), key=groups.count) if groups else 0
    return [text for text, count in zip(found, groups, strict=True) if count == usual]


def _given(stated: dict, keys: tuple[str, ...]) -> dict:
    return {key: stated[key] for key in keys if stated.get(key)}


def _number(examples: list[str], stated: dict) -> str:
    proposal = number_formats.propose(_with_digits(examples))
    signs = number_formats.signs_of(examples)
    if len(signs) > 1:
        return (
            f"The amounts bear several signs ({', '.join(signs)}): export the currency as a column of its own, and map "
            "it as `currency`."
        )
    fitting = [
        merged
        for one in (proposal.choices if proposal else ())
        if (merged := _added(one, stated)) is not None
    ]
    if len(fitting) == 2 and not stated and set(fitting[0]) ^ set(fitting[1]) == {"decimal", "thousands"}:
        mark = fitting[0].get("thousands") or fitting[0]["decimal"]
        return f"Say which the {_called(mark)} is: {line(fitting[1])} or {line(fitting[0])}."
    if fitting and fitting[0]:
        return f"If they are amounts, add to the table: {line(fitting[0])}."
    if stated:
        said = ", ".join(f"{key}: {value!r}" for key, value in stated.items())
        return f"The study file says {said}: correct it, or the values."
    return "A number is written like 1234.5, without letters or a currency sign."


def _called(mark: str) -> str:
    return {",": "comma", ".": "point"}.get(mark, f"sign {mark!r}")


def _added(choice: dict, stated: dict) -> dict | None:
    """What a choice adds to what is stated; None where they contradict each other, or nothing is added."""
    if any(choice.get(key, value) != value for key, value in stated.items()):
        return None
    return {key: value for key, value in choice.items() if key not in stated} or None


def _date(examples: list[str], stated: dict) -> str:
    proposal = date_formats.propose(_alike(examples))
    choices = proposal.choices if proposal else ()
    fitting = [merged for one in choices if (merged := _added(one, stated)) is not None]
    if not fitting and stated:
        said = ", ".join(f"{key}: {value!r}" for key, value in stated.items())
        return f"The study file says {said}: correct it, or the values.{_per_column(proposal)}"
    if not fitting:
        return (
            "A date is written like 2010-12-31, a time 2010-12-31 14:05; or state the table's `date_format`. Where "
            "some have the day first and some the month, or some a time and some none, export them in one way."
        )
    lines = [line(choice) for choice in fitting]
    if len(lines) > 1:
        return (
            f"These dates are ambiguous: add to the table {lines[0]} if the day comes first, {lines[1]} if the "
            "month does."
        )
    return f"{_order(proposal, fitting[0])}: add to the table {lines[0]}."


def _per_column(proposal: Proposal | None) -> str:
    if proposal is None or not proposal.settings.get("date_format"):
        return ""
    return f' One column may differ: `date_formats: {{COLUMN: "{proposal.settings["date_format"]}"}}`.'


def _order(proposal: Proposal | None, choice: dict) -> str:
    if proposal and proposal.why:
        return proposal.why[:1].upper() + proposal.why[1:]
    text = choice.get("date_format", "%Y")
    places = {place: text.find(code) for place, code in (("day", "%d"), ("month", "%m"), ("name", "%B"))}
    if places["name"] >= 0:
        return "The month is named"
    if text.startswith("%Y") or places["day"] < 0:
        return "The year comes first"
    return f"The {'day' if places['day'] < places['month'] else 'month'} comes first"
