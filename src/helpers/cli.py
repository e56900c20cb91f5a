"""The command line, `python -m helpers`: report, check, list, open, lab, new, add, messages, translations, compare."""

import argparse
import os
import sys
from contextlib import suppress

from helpers import languages, paths
from helpers.commands import checking, compare, drafts, listing, new, terminal
from helpers.commands.add import add_notebook
from helpers.errors import StudyError
from helpers.files import explained
from helpers.runs import recover, runner
from helpers.runs.run import Options
from helpers.site.failures import in_language
from helpers.study.study import language_of, load_study

# What DuckDB raises where the disk or the memory does not suffice: named here, so that it is not loaded for nothing.
ENGINE_ERRORS = ("IOException", "OutOfMemoryException")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return 0 done, 1 a notebook failed, 2 study or data wrong, 3 a check says FAIL."""
    with terminal.plain():
        return _run(arguments)


def _run(arguments: list[str] | None) -> int:
    asked = _parser().parse_args(arguments)
    if not os.path.exists(os.curdir):  # the folder of the terminal was removed
        os.chdir(paths.ROOT)
    try:
        with suppress(
            OSError
        ):  # what an earlier command left; where nothing can be written, this one says so if it matters
            recover.settle_all(paths.BUILD)
        return asked.command(asked)
    except StudyError as error:
        with languages.speaking(_language(asked)):
            print(in_language(error), file=sys.stderr)
        return runner.STUDY_WRONG
    except Exception as error:
        if not isinstance(error, OSError) and type(error).__name__ not in ENGINE_ERRORS:
            raise
        print(explained(error), file=sys.stderr)
        return runner.NOTEBOOK_FAILED
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return runner.NOTEBOOK_FAILED


def _language(asked: argparse.Namespace) -> str:
    """The language in which a command answers: the one asked for, else the (first) study's."""
    named = getattr(asked, "study", None) or []
    names = [named] if isinstance(named, str) else named
    return getattr(asked, "language", "") or (language_of(names[0]) if names else languages.ENGLISH)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m helpers", description="Customer value reports from notebooks."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    _add_report(commands)

    check = commands.add_parser("check", help="check the tables against their contracts, and run nothing")
    check.add_argument("study")
    check.set_defaults(command=lambda asked: checking.check(load_study(asked.study)))

    show = commands.add_parser("list", help="show the notebooks, or the parameters of one")
    show.add_argument("notebook", nargs="?")
    show.set_defaults(command=lambda asked: listing.show(asked.notebook))

    draft = commands.add_parser("open", help="make a draft of a notebook with a study's parameters")
    draft.add_argument("notebook")
    draft.add_argument("study")
    draft.add_argument("--fresh", action="store_true", help="replace a draft that was edited")
    draft.set_defaults(
        command=lambda asked: drafts.make(asked.notebook, load_study(asked.study), fresh=asked.fresh)
    )

    start = commands.add_parser("new", help="draft a study from exported files")
    start.add_argument("name")
    start.add_argument("--from", dest="files", required=True, nargs="+", metavar="FILE", help="or a folder")
    start.set_defaults(command=lambda asked: new.new_study(asked.name, asked.files))

    work = commands.add_parser("lab", help="open JupyterLab on a map of the notebooks")
    work.add_argument(
        "arguments",
        nargs=argparse.REMAINDER,
        metavar="-- ARGUMENT",
        help="JupyterLab's own, such as -- --no-browser",
    )
    work.set_defaults(command=_lab)

    add = commands.add_parser(
        "add", help="start a notebook and its view from the template, with an entry in the catalogue"
    )
    add.add_argument("name", help="such as 26_my_question")
    add.set_defaults(command=lambda asked: add_notebook(asked.name))

    words = commands.add_parser("messages", help="print every sentence that pages can say, by name")
    words.set_defaults(command=lambda asked: listing.messages())

    told = commands.add_parser("translations", help="say how much of that is translated, per language")
    told.add_argument(
        "--update", action="store_true", help="bring the catalogues in src/helpers/locale/ in line"
    )
    told.set_defaults(command=_translations)

    two = commands.add_parser("compare", help="say what differs between two runs")
    two.add_argument("before", help="STUDY (its latest run), STUDY/ID, or a run's folder")
    two.add_argument("now")
    two.set_defaults(command=lambda asked: compare.compare(asked.before, asked.now))
    return parser


def _add_report(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    report = commands.add_parser("report", help="run what has changed and publish the report")
    report.add_argument(
        "study", nargs="*", help="name or file of a study; all in reports/ when none is given"
    )
    report.add_argument("--jobs", type=_count, default=1, metavar="N", help="notebooks at once (default 1)")
    report.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NOTEBOOK",
        help="this notebook and those it reads from",
    )
    report.add_argument("--fresh", action="store_true", help="execute everything, also what has not changed")
    report.add_argument("--strict", action="store_true", help="exit with 3 when a check says FAIL")
    report.add_argument(
        "--language",
        choices=languages.LANGUAGES,
        default="",
        help="of the pages, where it is not the study's; nothing is executed again for it",
    )
    report.set_defaults(command=_report)


def _report(asked: argparse.Namespace) -> int:
    options = Options(
        jobs=asked.jobs,
        only=tuple(asked.only),
        fresh=asked.fresh,
        strict=asked.strict,
        language=asked.language,
    )
    return runner.report(asked.study, options)


def _lab(asked: argparse.Namespace) -> None:
    from helpers.commands.lab import lab  # noqa: PLC0415

    lab([one for one in asked.arguments if one != "--"])


def _translations(asked: argparse.Namespace) -> int:
    from helpers.commands import translations  # noqa: PLC0415 (reads every source)

    return translations.show(update=asked.update)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)
