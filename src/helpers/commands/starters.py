"""What one starts from: a notebook from the template."""

import re
from pathlib import Path

from helpers import paths
from helpers.errors import StudyError
from helpers.study.catalogue import load_catalogue


def add_notebook(name: str) -> int:
    """Write notebooks/NAME.ipynb from the template, and its catalogue entry; StudyError for a name that will not do."""
    catalogue = load_catalogue()
    if not re.fullmatch(r"\d\d_[a-z0-9]+(_[a-z0-9]+)*", name):
        raise StudyError(
            f"A notebook cannot be called {name!r}: two digits, which say when it runs, and small words, "
            "such as 26_my_question."
        )
    if name[:2] <= "01":
        raise StudyError(
            f"{name} would run before the ledger is written by 01_data_quality: choose a number from 02 on."
        )
    taken = [one for one in catalogue if one[:2] == name[:2] or one[3:] == name[3:]]
    if taken:
        raise StudyError(f"{taken[0]} has that number or topic: choose another than {name}.")
    template = (paths.NOTEBOOKS / "template.ipynb").read_text(encoding="utf-8")
    target = paths.NOTEBOOKS / f"{name}.ipynb"
    target.write_text(template.replace('start(\\"template\\"', f'start(\\"{name}\\"'), encoding="utf-8")
    title = name[3:].replace("_", " ").capitalize()
    entry = f"\n{name}:\n  title: {title}\n  question: What does it answer?\n  tables: [transactions]\n  reads: [ledger]\n"
    with paths.CATALOGUE.open("a", encoding="utf-8") as file:
        file.write(entry)
    print(
        f"Notebook written: {_shown(target)}, with an entry in {_shown(paths.CATALOGUE)}: say there what it answers,"
    )
    print("what it needs, reads and writes, and put its line into the table of notebooks/README.md.")
    return 0


def _shown(path: Path) -> str:
    return str(path.relative_to(paths.ROOT)) if path.is_relative_to(paths.ROOT) else str(path)
