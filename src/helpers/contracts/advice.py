"""The line to add to the study file when a file's numbers or dates are written another way."""

import re

from helpers.contracts import date_formats, number_formats
from helpers.contracts.checked import yaml_line
from helpers.contracts.proposals import Proposal, line
from helpers.messages import Message, Template, Value, message, verbatim

SEVERAL_SIGNS = message(
    "advice.several_signs",
    "The amounts bear several signs ({signs}): export the currency as a column of its own, and map it as `currency`.",
)
WHICH_COMMA = message("advice.which_comma", "Say which the comma is: {one} or {other}.")
WHICH_POINT = message("advice.which_point", "Say which the point is: {one} or {other}.")
IF_AMOUNTS = message("advice.if_amounts", "If they are amounts, add to the table: {line}.")
SAYS = message("advice.says", "The study file says {stated}: correct it, or the values.")
SAYS_MAY_DIFFER = message(
    "advice.says_may_differ",
    "The study file says {stated}: correct it, or the values. One column may differ: `{line}`.",
)
SIDES = message(
    "advice.sides",
    "{back} and {own} behind amounts are the sides of an account. If {back} takes a sale back, add to transactions: "
    "`{line}`; if {own} does, exchange the two.",
)
RETURNS = message("advice.returns", "If they are returns, add to transactions: `{line}`.")
NUMBER_LIKE = message(
    "advice.number_like", "A number is written like 1234.5, without letters or a currency sign."
)
DATE_LIKE = message(
    "advice.date_like",
    "A date is written like 2010-12-31, a time 2010-12-31 14:05; or state the table's `date_format`. Where some have the "
    "day first and some the month, or some a time and some none, export them in one way.",
)
AMBIGUOUS = message(
    "advice.ambiguous",
    "These dates are ambiguous: add to the table {day_first} if the day comes first, {month_first} if the month does.",
)
DAYS_COUNTED = message(
    "advice.days_counted",
    "Numbers like {example} count days, as spreadsheets do: add to the table {line}.",
)
SECONDS_COUNTED = message(
    "advice.seconds_counted", "Numbers like {example} count seconds since 1970, UTC: add to the table {line}."
)
MILLISECONDS_COUNTED = message(
    "advice.milliseconds_counted",
    "Numbers like {example} count milliseconds since 1970, UTC: add to the table {line}.",
)
COUNTED = {
    date_formats.EXCEL: DAYS_COUNTED,
    date_formats.UNIX: SECONDS_COUNTED,
    date_formats.UNIX_MS: MILLISECONDS_COUNTED,
}
PERIODS_OF_A_YEAR = message(
    "advice.periods_of_a_year",
    "{example} is a {period} of a year: add to the table {line}, which reads its first day.",
)
WORDS_OF_PERIODS = {
    date_formats.WEEK: message("advice.week", "week"),
    date_formats.QUARTER: message("advice.quarter", "quarter"),
}
BUDDHIST_YEAR = message(
    "advice.buddhist_year", "{example} has a year of the Buddhist era: add to the table {line}."
)
MONTH_NAMED = message("advice.month_named", "The month is named: add to the table {line}.")
YES_WORDS = message(
    "advice.yes_words",
    "Say under columns which words mean yes: of `{line}` keep those, and leave out the others.",
)
SEVERAL_DAYS = message(
    "advice.several_days",
    "A cell holds several days ({example}): export a row for each of them, with its own amount.",
)
YEAR_FIRST = message("advice.year_first", "The year comes first: add to the table {line}.")
DAY_FIRST = message("advice.day_first", "The day comes first: add to the table {line}.")
MONTH_FIRST = message("advice.month_first", "The month comes first: add to the table {line}.")
TWO_WAYS = message(
    "advice.two_ways",
    "{advice} Other rows are written in another way, which that does not read: rather export all in one way.",
)

_NUMBER_SETTINGS = ("decimal", "thousands", "currency_sign", "negative", "grouping")
_DATE_SETTINGS = ("date_format", "years")
FEW = 0.05  # of the dates of a column may be written in another way without that being said
SIDE = re.compile(r"(-?[\d,]*\.?\d+) ?(cr|dr)?\.?", re.IGNORECASE)
MOST_WORDS = 8  # that are offered to choose from
SETTINGS = (*_NUMBER_SETTINGS, *_DATE_SETTINGS)


def for_values(kind: str, examples: list[str], stated: dict[str, str | None]) -> Message | None:
    """Return the sentence with the exact line for values of a type that could not be read.

    `examples` are distinct unreadable values (the more, the surer), `stated` the formats the study states
    already. What the values cannot decide (01/02/2010) is asked, not guessed.
    """
    if kind == "number":
        return _number(examples, _given(stated, _NUMBER_SETTINGS))
    if kind in ("time", "date"):
        return _date(examples, _given(stated, _DATE_SETTINGS))
    return None


def for_words(column: str, origin: str, examples: list[str]) -> Message:
    """Return the sentence with the expression that reads a file's column as a flag: the analyst keeps the right words."""
    words = ", ".join(
        "'" + one.replace("'", "''") + "'" for one in sorted(filter(str.strip, examples))[:MOST_WORDS]
    )
    name = origin if origin.isidentifier() else '\\"' + origin + '\\"'
    return YES_WORDS(line=verbatim(f'{column}: "{name} IN ({words})"'))


def for_returns(amount: str, quantity: str) -> Message:
    """Return the sentence with the expression that makes the amount of negative pieces negative; of two SQL texts."""
    return RETURNS(
        line=verbatim(
            yaml_line("amount", f"CASE WHEN {quantity} * 1 < 0 THEN -abs({amount}) ELSE {amount} END")
        )
    )


def for_sides(origin: str, everything: list[str]) -> Message | None:
    """Return the sentence with the expression that reads 12.50 CR as a credit; None where the amounts end otherwise."""
    ends = [found for text in everything if (found := SIDE.fullmatch(text.strip()))]
    said = {found[2].upper() for found in ends if found[2]}
    if not said or len(ends) < len(everything):
        return None
    name = origin if origin.isidentifier() else f'"{origin}"'
    figure = f"replace(regexp_replace({name}, '[A-Za-z. ]+$', ''), ',', '')"
    text = f"CASE WHEN upper({name}) LIKE '%CR%' THEN -1 ELSE 1 END * TRY_CAST({figure} AS DOUBLE)"
    quoted = text.replace("'", "''")
    return SIDES(back=verbatim("CR"), own=verbatim("DR"), line=verbatim(f"amount: '{quoted}'"))


def for_column(
    kind: str, unread: list[str], everything: list[str], stated: dict[str, str | None]
) -> Message | None:
    """Return the sentence for the values of a column that could not be read, beside all of its values.

    Where no line reads the others too, the column is written in two ways, and that is said beside the line.
    """
    together, alone = (for_values(kind, texts, stated) for texts in (everything, unread))
    line_alone, line_together = (re.search(r"`\w+: ", str(one or "")) for one in (alone, together))
    if alone is None or not line_alone or len(everything) <= len(unread):
        return together if line_together else alone
    if not line_together or (kind in ("time", "date") and _is_written_twice(everything)):
        return TWO_WAYS(advice=alone)
    return together


def _is_written_twice(dates: list[str]) -> bool:
    """Whether no format reads all dates of a column, as where a spreadsheet has read those up to the 12th another way."""
    usual = len(re.findall(r"\d+", _alike(dates)[0]))
    others = [text for text in _with_digits(dates) if len(re.findall(r"\d+", text)) != usual]
    return len(others) > FEW * len(dates) and date_formats.propose(others) is not None


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


def _number(examples: list[str], stated: dict) -> Message:
    proposal = number_formats.propose(_with_digits(examples))
    signs = number_formats.signs_of(examples)
    if len(signs) > 1:
        return SEVERAL_SIGNS(signs=verbatim(", ".join(signs)))
    fitting = [
        merged
        for one in (proposal.choices if proposal else ())
        if (merged := _added(one, stated)) is not None
    ]
    if len(fitting) == 2 and not stated and set(fitting[0]) ^ set(fitting[1]) == {"decimal", "thousands"}:
        one, other = (verbatim(line(choice)) for choice in (fitting[1], fitting[0]))
        return WHICH_COMMA(one=one, other=other)
    if len(fitting) == 2 and not stated and fitting[1] == fitting[0] | {"thousands": "."}:
        one, other = (verbatim(line(choice)) for choice in (fitting[1], {"decimal": "."} | fitting[0]))
        return WHICH_POINT(one=one, other=other)
    if fitting and fitting[0]:
        return IF_AMOUNTS(line=verbatim(line(fitting[0])))
    return SAYS(stated=_said(stated)) if stated else NUMBER_LIKE()


def _said(stated: dict) -> Value:
    return verbatim(", ".join(f"{key}: {value!r}" for key, value in stated.items()))


def _added(choice: dict, stated: dict) -> dict | None:
    """What a choice adds to what is stated; None where they contradict each other, or nothing is added."""
    if any(choice.get(key, value) != value for key, value in stated.items()):
        return None
    return {key: value for key, value in choice.items() if key not in stated} or None


def _date(examples: list[str], stated: dict) -> Message:
    if date_formats.in_lists(examples):
        return SEVERAL_DAYS(example=verbatim(max(examples, key=len)[:40]))
    texts = _alike(examples)
    proposal = date_formats.propose(texts)
    choices = proposal.choices if proposal else ()
    fitting = [merged for one in choices if (merged := _added(one, stated)) is not None]
    if not fitting:
        return _by_hand(proposal, stated)
    lines = [verbatim(line(choice)) for choice in fitting]
    if len(lines) > 1:
        return AMBIGUOUS(day_first=lines[0], month_first=lines[1])
    text = fitting[0].get("date_format", "%Y")
    if period := WORDS_OF_PERIODS.get(text):
        return PERIODS_OF_A_YEAR(example=verbatim(texts[0]), period=period(), line=lines[0])
    seen = BUDDHIST_YEAR if "years" in fitting[0] else COUNTED.get(text)
    return seen(example=verbatim(texts[0]), line=lines[0]) if seen else _order(text)(line=lines[0])


def _by_hand(proposal: Proposal | None, stated: dict) -> Message:
    """What to do where no format fits, or the stated ones contradict what fits."""
    if not stated:
        return DATE_LIKE()
    of_one = proposal.settings.get("date_format") if proposal else None
    if not of_one:
        return SAYS(stated=_said(stated))
    return SAYS_MAY_DIFFER(stated=_said(stated), line=verbatim(f'date_formats: {{COLUMN: "{of_one}"}}'))


def _order(text: str) -> Template:
    """What says which part of a date of this format comes first."""
    places = {place: text.find(code) for place, code in (("day", "%d"), ("month", "%m"), ("name", "%B"))}
    if places["name"] >= 0:
        return MONTH_NAMED
    if text.startswith("%Y") or places["day"] < 0:
        return YEAR_FIRST
    return DAY_FIRST if places["day"] < places["month"] else MONTH_FIRST
