"""A draft as the text of a study file: one setting per line, each with its reason."""

import json
import re

from helpers.commands.drafting.draft import Draft, TableDraft

_PLAIN = re.compile(r"[^\W\d_][\w ./()+~-]*", re.ASCII)
WORDS_OF_YAML = ("true", "false", "yes", "no", "null", "on", "off", "y", "n")
AT = 44  # the column where comments begin, where the line is not longer


def text_of(draft: Draft, source: str | None = None) -> str:
    """Return the study file's text; `source` stands in for the folder where a part of the data is looked at."""
    lines = [
        f"# Drafted from the data. Mend what is wrong in lines that say CHECK, then: python -m helpers check {draft.name}"
    ]
    for key, value in draft.settings.items():
        shown = source if source and key == "source" else value
        lines.append(
            _line(
                f"{key}: {shown if key in ('notebooks', 'parameters') else scalar(shown)}", draft.why.get(key)
            )
        )
        if key == "source":
            lines += ["tables:", *(line for table in draft.tables for line in _table(table))]
    return "\n".join(lines) + "\n"


def _table(table: TableDraft) -> list[str]:
    lines = [f"  {table.table}:", *(f"    # {note}" for note in table.notes)]
    for key, value in table.settings.items():
        why = table.why.get(key)
        if isinstance(value, dict) and key in ("columns", "known_values"):
            lines.append(_line(f"    {key}:", why))
            lines += [
                _line(f"      {scalar(k)}: {_value(v)}", table.why.get((key, k))) for k, v in value.items()
            ]
        elif isinstance(value, list):
            lines.append(_line(f"    {key}:", why))
            lines += [_line(f"      - {scalar(one)}", table.why.get((key, one))) for one in value]
        else:
            inner = (
                [table.why[key, k] for k in value if (key, k) in table.why] if isinstance(value, dict) else []
            )
            lines.append(_line(f"    {key}: {_value(value)}", why or "; ".join(dict.fromkeys(inner))))
    return lines


def _line(text: str, why: str | None) -> str:
    return (
        f"{text.ljust(AT)}# {' '.join(why.split())}"
        if why and len(text) < AT
        else f"{text}   # {why}"
        if why
        else text
    )


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(k)}: {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(scalar(one) for one in value) + "]"
    return scalar(value)


def scalar(value: object) -> str:
    """A value as YAML: plain where that is safe, else in the quotes that it holds less of."""
    text = str(value)
    if isinstance(value, int) or (
        _PLAIN.fullmatch(text) and text.casefold() not in WORDS_OF_YAML and text == text.strip()
    ):
        return text
    if text.count('"') > text.count("'") and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return json.dumps(text, ensure_ascii=False)
