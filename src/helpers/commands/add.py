"""A new notebook with its view, both copied from the template, and its entry in the catalogue."""

import keyword
import re

from helpers import paths
from helpers.errors import StudyError
from helpers.study.catalogue import load_catalogue

ENTRY = """
{name}:
  title: {title}
  question: What does it answer?
  tables: [transactions]
  reads: [ledger]
"""
WRITTEN = """\
Written: notebooks/{name}.ipynb and src/helpers/views/{topic}.py, which work as they are, and an entry in
notebooks/catalogue.yaml. Next:
  1. In notebooks/catalogue.yaml, say what it answers, which tables it needs, what it reads and writes.
  2. Put its line into the table of notebooks/README.md.
  3. Replace what notebook and view say; `python -m helpers report demo --only {name}` runs it.
CONTRIBUTING.md goes on from there."""


def add_notebook(name: str) -> int:
    """Write notebooks/NAME.ipynb, its view and its catalogue entry; StudyError for a name that will not do."""
    topic = name[3:]
    _refuse(name, topic)
    view = paths.SOURCES / "helpers" / "views" / "template.py"
    target = view.with_name(f"{topic}.py")
    if target.exists():
        raise StudyError(f"There is a view src/helpers/views/{topic}.py: choose another topic than {topic}.")
    own = {
        'start(\\"template\\"': f'start(\\"{name}\\"',
        "from helpers.views import template as view": f"from helpers.views import {topic} as view",
        "views/template.py": f"views/{topic}.py",
    }
    notebook = (paths.NOTEBOOKS / "template.ipynb").read_text(encoding="utf-8")
    for old, new in own.items():
        notebook = notebook.replace(old, new)
    (paths.NOTEBOOKS / f"{name}.ipynb").write_text(notebook, encoding="utf-8")
    messages = view.read_text(encoding="utf-8").replace('"template.', f'"{topic}.')
    target.write_text(messages, encoding="utf-8")
    with paths.CATALOGUE.open("a", encoding="utf-8") as file:
        file.write(ENTRY.format(name=name, title=topic.replace("_", " ").capitalize()))
    print(WRITTEN.format(name=name, topic=topic))
    return 0


def _refuse(name: str, topic: str) -> None:
    """Refuse a name that is none for a notebook and its view, runs too early, or is taken."""
    if not re.fullmatch(r"\d\d_[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or keyword.iskeyword(topic):
        raise StudyError(
            f"A notebook cannot be called {name!r}: two digits, which say when it runs, and small words, "
            "such as 26_my_question."
        )
    if name[:2] <= "01":
        raise StudyError(
            f"{name} would run before the ledger is written by 01_data_quality: choose a number from 02 on."
        )
    taken = [one for one in load_catalogue() if one[:2] == name[:2] or one[3:] == topic]
    if taken:
        raise StudyError(f"{taken[0]} has that number or topic: choose another than {name}.")
