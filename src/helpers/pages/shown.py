"""Records and their HTML: the same for the cell that shows something and for the page that is rendered later."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from helpers import paths
from helpers.files import digest, file_sha256
from helpers.languages import is_english
from helpers.messages import Message, from_record, message
from helpers.pages import cards, tables, wording
from helpers.pages.records import MIME, Cards, Figure, Table, decode, drawing_at, encode

TEXTS = ("title", "alt", "caption")
SEEN = message("shown.seen", "{alt}. {title}.")  # what is seen, and what it shows
PLAIN = (
    "names",
    "name",
    "array",
    "dtype",
    "times",
    "time",
    "date",
)  # of encoded data: no values that people read
Templates = Mapping[str, str]
# JupyterLab sets every cell of a table to the right; pages have a style of their own.
IN_A_CELL = "<style>.table :is(th, td):not(.num) { text-align: left; }</style>"


def record_of(
    shown: Figure | Table | Cards | Message, currency: str | None = None, minimum: int = 10
) -> dict[str, Any]:
    """Return what is shown as JSON, with nothing formatted."""
    if isinstance(shown, Table):
        return tables.record(shown, currency, minimum)
    if isinstance(shown, Cards):
        return cards.record(shown)
    if isinstance(shown, Message):
        return {"sentence": wording.record(shown)}
    address = getattr(shown.draw, "address", None)
    if address is None:
        raise TypeError(f"{shown.draw} draws a figure: mark it with @drawing, so that it can be drawn again.")
    texts = {name: wording.record(text) for name in TEXTS if (text := getattr(shown, name)) is not None}
    data = encode(dict(shown.data))
    return {"figure": address, "data": data, "look": look(address), "labels": labels_in(data, texts), **texts}


def figure_of(record: Mapping[str, Any], templates: Templates | None = None) -> tuple[str, list[list[Any]]]:
    """Return the HTML of a figure's record and the table of what it shows, drawn anew."""
    import matplotlib as mpl  # noqa: PLC0415 (loaded where something is drawn)

    from helpers.pages import drawn, figures, fonts  # noqa: PLC0415

    title, alt, caption = (wording.sentence(from_record(record.get(name, "")), templates) for name in TEXTS)
    with mpl.rc_context():
        mpl.rcdefaults()  # what a user set for Matplotlib changes no picture
        mpl.rcParams["font.family"] = fonts.families()
        figure = drawing_at(record["figure"])(**decode(_labelled(record["data"])))
        seen = wording.say(SEEN(alt=alt.rstrip("."), title=title.rstrip(".")))
        text = figures.figure_html(figure, title, seen, caption or None)
        return text, drawn.table(figure)


def html_of(record: Mapping[str, Any], templates: Templates | None = None) -> str:
    """Return the HTML of a figure's, a table's or cards' record; figures are drawn anew."""
    if "cards" in record:
        return cards.cards_html(record, templates)
    if "table" in record:
        return tables.table_html(record, templates)
    return figure_of(record, templates)[0]


def display(shown: Figure | Table | Cards | Message, currency: str, minimum: int) -> None:
    """Show it under the cell, with its record beside the HTML."""
    from IPython.display import display as show  # noqa: PLC0415 (not needed to build a page)

    record = record_of(shown, currency, minimum)
    if isinstance(shown, Message):
        show({MIME: record, "text/markdown": wording.sentence(shown)}, raw=True)
        return
    if "figure" in record:
        text, record["drawn"] = figure_of(record)
    else:
        text = (IN_A_CELL if isinstance(shown, Table) else "") + html_of(record)
    show({MIME: record, "text/html": text}, raw=True)


def align_texts() -> None:
    """Let cells show a plain DataFrame with its texts on the left; IPython sets every column to the right."""
    from IPython import get_ipython  # noqa: PLC0415 (where pages are rendered there is none)

    if shell := get_ipython():
        for module in ("pandas", "pandas.core.frame"):
            shell.display_formatter.formatters["text/html"].for_type_by_name(module, "DataFrame", _texts_left)


def _texts_left(frame: Any) -> str:
    import pandas as pd  # noqa: PLC0415 (pages are rendered without it)

    first = frame.index.nlevels + 1
    numeric = [pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes]
    texts = [str(place) for place, is_number in enumerate(numeric, start=first) if not is_number]
    name = "-".join(["texts", *texts])
    rules = ", ".join(f".{name} :is(th, td):nth-child({place})" for place in texts)
    style = f"<style>{rules} {{ text-align: left; }}</style>" if texts else ""
    return f'{style}<div class="{name}">{frame._repr_html_()}</div>'


def is_current(record: Mapping[str, Any], templates: Templates) -> bool:
    """Whether a figure's stored HTML still is what would be drawn: same drawing code, same words; cells draw in English."""
    said = [record[name] for name in TEXTS if name in record]
    same_words = all(templates.get(name, text) == text for name, text in _templates_in(said))
    same_labels = record.get("labels", {}) == labels_in(record["data"], said)
    return is_english() and same_words and same_labels and record["look"] == look(record["figure"])


def labels_in(*told: Any) -> dict[str, str]:
    """The labels of today for the texts in what is stored."""
    labels = wording.LABELS.get()
    return {text: labels[text] for text in sorted(set(_texts(told))) if text in labels}


def _texts(stored: Any) -> Iterator[str]:
    if isinstance(stored, str):
        yield stored
    elif isinstance(stored, list | tuple):
        for one in stored:
            yield from _texts(one)
    elif isinstance(stored, Mapping):
        yield from _texts(list(stored.values()))


def _labelled(stored: Any) -> Any:
    """Stored data of a figure with each text under its label; messages say theirs themselves."""
    if isinstance(stored, str):
        return wording.label(stored)
    if isinstance(stored, list):
        return [_labelled(one) for one in stored]
    if isinstance(stored, Mapping) and "said" not in stored:
        return {name: one if name in PLAIN else _labelled(one) for name, one in stored.items()}
    return stored


@cache
def look(address: str) -> str:
    """The hash of what decides how a figure looks: the modules of pages and the view that draws it."""
    view = paths.SOURCES.joinpath(*address.partition(":")[0].split(".")).with_suffix(".py")
    files = [*sorted(Path(__file__).parent.rglob("*.py")), view]
    return digest([file_sha256(file) for file in files if file.is_file()])


def _templates_in(said: Any) -> list[tuple[str, str]]:
    if isinstance(said, list):
        return [pair for one in said for pair in _templates_in(one)]
    if isinstance(said, dict) and "message" in said:
        return [(said["message"], said["template"]), *_templates_in(list(said["fields"].values()))]
    return []
