"""What the command line tells about notebooks and sentences."""

from helpers import paths
from helpers.commands.columns import columns
from helpers.site.catalogue import templates
from helpers.study import strict_yaml
from helpers.study.catalogue import Entry, load_catalogue
from helpers.study.parameters import RESERVED, notebook_parameters


def show(notebook: str | None = None) -> int:
    """Print the notebooks with their questions, or one notebook's parameters, tables and artifacts."""
    catalogue = load_catalogue()
    if notebook is None:
        width = max(len(name) for name in catalogue)
        for name, entry in catalogue.items():
            print(f"{name:<{width}}  {entry.question}")
        print("\n`python -m helpers list NOTEBOOK` shows what one reads and writes, and its parameters.")
        return 0
    if notebook not in catalogue:
        raise strict_yaml.unknown("notebook", notebook, catalogue, str(paths.CATALOGUE))
    _show_one(catalogue[notebook])
    return 0


def _show_one(entry: Entry) -> None:
    print(f"{entry.title}: {entry.question}\n")
    for label, names in (
        ("tables needed", (*entry.tables, *entry.columns)),
        ("asks for", entry.asks),
        ("reads", entry.reads),
        ("reads if there", entry.reads_if_there),
        ("writes", entry.writes),
    ):
        print(f"{label + ':':<16}{', '.join(names) or 'none'}")
    parameters = [p for p in notebook_parameters(entry.notebook).values() if p.name not in RESERVED]
    rows = [("parameter", "type", "default", "meaning")]
    rows += [(p.name, p.type, repr(p.default), p.help) for p in parameters]
    print("\n" + columns(rows))
    print("\nSet them in a study file under `parameters`, or for this notebook alone under `overrides`.")


def messages() -> int:
    """Print the catalogue of messages: a line each, the name, a tab, and the English template."""
    for name, template in templates().items():
        print(f"{name}\t{template}")
    return 0
