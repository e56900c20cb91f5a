"""One self-contained HTML page per notebook: the answer first, then checks, data, and the prose without code.

Of a notebook's outputs a reader sees what was shown on purpose: figures (`page.show`), tables (`page.table`)
and Markdown (`display(Markdown(...))`). Code, printed text, warnings and whatever a cell merely evaluates to
(which may carry customer ids) stay in executed/, where the analyst reads them.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from helpers.checks import VERDICTS
from helpers.languages import translated
from helpers.messages import Message, from_record, listing, message
from helpers.pages import run_wording, stored_checks, wording
from helpers.pages.records import MIME, PIXELS, marks_as_pixels
from helpers.pages.shown import figure_of, html_of, is_current
from helpers.site import changes, figure_groups
from helpers.site.catalogue import templates
from helpers.site.data_files import DataFiles, without_links
from helpers.site.glossary import Glossary
from helpers.site.index import CHECKS, render_index, render_overview
from helpers.site.page_links import linked
from helpers.site.paragraphs import in_language
from helpers.site.prose import Prose
from helpers.site.run_record import SUMMARY, RunRecord
from helpers.site.shell import LARGEST_PAGE, fill, said, said_check, spoken, write
from helpers.study.catalogue import read_notebook

__all__ = ["render_index", "render_overview", "render_page"]

NOT_TO_BE_USED = message(
    "render.not_to_be_used", "Not to be used, because of {checks}: show what was computed all the same"
)
FIGURE_LEFT_OUT = message(
    "render.figure_left_out",
    "A figure is left out here: beside a table of this report it would tell a number of too few people.",
)
LIFTED = message("render.lifted", "The picture stands at the top of this page.")
Cell = dict[str, Any]  # of a notebook, as its file has it
OURS = ('<figure class="figure">', '<figure class="table">')
# Tags of cells that decide where a reader finds them; the notebook keeps its own order.
ONLY_IF_SHOWN = "only-if-shown"  # of a section's heading cell: left out where nothing is shown
NOT_ON_PAGE = "not-on-page"  # of prose between steps that show a reader nothing
ON_TOP = "on-top"  # of a cell whose output stands right under the answer
WORDS = "words"  # of the cell with the glossary, which stands at the end
# Folded under "How this was worked out": the whole section of a heading cell, or any other cell.
METHOD = "method"
REST_IS_METHOD = "rest-is-method"  # of prose: all but its first paragraph is folded there
FIRST = "first"  # of a section's heading cell: before all other sections of the page
SCREEN_ONLY = "screen-only"  # of a section's heading cell: left out in print


def render_page(
    executed: Path,
    page: dict,
    facts: dict,
    study,
    pages: list,
    target: Path,
    *,
    run: RunRecord | None = None,
    kept: Sequence[RunRecord] = (),
) -> Path:
    """Write the page of one executed notebook to `target` and return it.

    `page` is the notebook's page.json, `facts` what stands beside every answer of the run, `pages` the
    catalogue entries (notebook, title, question) of all pages of the run in their order, `run` what its run.json
    says so far, `kept` the study's whole runs, oldest first. StudyError where the page would be larger than 1 MB.
    """
    draw = partial(_drawn, executed, page, facts, study, pages, target, run, kept)
    with spoken(run) if run else nullcontext():
        text, data = draw()
        if len(text.encode()) > LARGEST_PAGE:
            with marks_as_pixels():
                text, data = draw()
        data.write(target.parent)
        return write(text, target)


def _drawn(
    executed: Path,
    page: dict,
    facts: dict,
    study,
    pages: list,
    target: Path,
    run: RunRecord | None,
    kept: Sequence[RunRecord],
) -> tuple[str, DataFiles]:
    """The page, and the numbers of its figures, which are written beside it."""
    cells = read_notebook(executed)["cells"]
    names = [entry.notebook for entry in pages]
    place = names.index(page["notebook"]) if page["notebook"] in names else None
    entry = pages[place] if place is not None else None
    in_language(cells)
    heading, opening = _opening(cells)
    top, body, method, words = _places(_without_empty_sections(cells))
    prose = Prose(glossary=Glossary.of("\n".join(cell["source"] for cell in words)).with_common())
    introduction = prose(opening) if opening else ""
    start = len(prose.headings)
    data = DataFiles(page["notebook"])
    on_top = _html(top, prose, data)
    in_body = [(SCREEN_ONLY in _tags(section[0]), _html(section, prose, data)) for section in body]
    contents = [one for one in prose.headings[start:] if one.level <= 3]
    folded = _html(method, prose, data)
    used = {prose.glossary.id(term): Prose()(entry) for term, entry in prose.glossary.used.items()}
    doubts = [one for one in page["answer"][1:] if stored_checks.is_doubt(one)]  # beside the number
    checks = sorted(map(said_check, page["checks"]), key=lambda check: VERDICTS.index(check["verdict"]))
    text = fill(
        "page.html.j2",
        study=study,
        answer=[(said(one), stored_checks.is_doubt(one)) for one in (*page["answer"][:1], *doubts)],
        more=[said(one) for one in page["answer"][1:] if one not in doubts],
        action=[said(sentence) for sentence in page.get("action", [])],
        heading=heading or (translated(entry.title) if entry else page["notebook"]),
        question=translated(entry.question) if entry else "",
        open_checks=[check for check in checks if check["verdict"] != "PASS"],
        passed=[check for check in checks if check["verdict"] == "PASS"],
        facts=_facts(facts, run),
        contents=contents if len(contents) > 1 else [],
        introduction=introduction,
        summary=page["notebook"] == SUMMARY,
        top=on_top,
        withheld=said(_withheld(page).record()) if page.get("withheld") else "",
        changed=changes.shown(run, kept) if run and page["notebook"] == SUMMARY else None,
        sections=[(only, html) for only, html in in_body if html.strip()],
        method=folded,
        words=_html(words, Prose(), data),
        terms=used,
        before=pages[place - 1] if place else None,
        after=pages[place + 1] if place is not None and place + 1 < len(pages) else None,
        **_dates(run, page["notebook"], target.parent.name),
    )
    text = linked(text, _others(page["notebook"], pages, run))
    if page.get("withheld"):  # what is not to be used is not handed out as numbers
        text, data.texts = without_links(text), {}
    return text, data


def _facts(facts: dict, run: RunRecord | None) -> dict[str, str]:
    """What stands beside the answer, and of a run how old its data was."""
    told = {name: said(fact) for name, fact in facts.items()}
    return run_wording.with_age(told, run.as_of, run.finished) if run else told


def _dates(run: RunRecord | None, notebook: str, folder: str) -> dict[str, str]:
    """What a page says of its day: of the numbers, of the run, and on the summary how old they were."""
    if run is None:
        return {"stood": "", "old": "", "stamp": run_wording.stamp(folder, None, None)}
    return {
        "stood": run_wording.run_dates(run.as_of, run.finished),
        "old": run_wording.old(run.as_of, run.finished) if notebook == SUMMARY else "",
        "stamp": run_wording.stamp(folder, run.finished, run.versions),
    }


def _others(notebook: str, pages: list, run: RunRecord | None) -> dict[str, str]:
    """The files of a run's other pages by their titles in its language; without a run only the notebooks'."""
    found = {translated(one.title): f"{one.notebook}.html" for one in pages if one.notebook != notebook}
    return found | ({translated("All checks of this report"): CHECKS} if run else {})


def _withheld(page: dict) -> Message:
    """Why what the page shows is folded away: the checks for which it withholds its answer."""
    return NOT_TO_BE_USED(checks=listing([stored_checks.QUOTED(name=name) for name in page["withheld"]]))


def _opening(cells: list[Cell]) -> tuple[str, str]:
    """Take the notebook's first cell out of its body: its H1, and the Markdown below that."""
    if not cells or cells[0]["cell_type"] != "markdown":
        return "", ""
    found = re.match(r"\s*# +(.+?)\s*(?:\n|$)", cells[0]["source"])
    if not found:
        return "", ""
    return found[1], cells.pop(0)["source"][found.end() :].strip()


def _sections(cells: list[Cell], marks: tuple[str, ...]) -> list[list[Cell]]:
    """The cells in sections, each begun by a heading cell that starts with one of `marks`."""
    sections: list[list[Cell]] = [[]]
    for cell in cells:
        if cell["cell_type"] == "markdown" and cell["source"].startswith(marks):
            sections.append([])
        sections[-1].append(cell)
    return [section for section in sections if section]


def _places(cells: list[Cell]) -> tuple[list[Cell], list[list[Cell]], list[Cell], list[Cell]]:
    """The cells that stand on top, the sections of the body, and the cells under the method and in the glossary."""
    moved = {name: [cell for cell in cells if name in _tags(cell)] for name in (ON_TOP, WORDS)}
    gone = {id(cell) for cell in moved[WORDS]}
    body, method = [], []
    for section in _sections(_with_lifted_named(cells), ("# ", "## ")):
        left = [cell for cell in section if id(cell) not in gone]
        if METHOD in _tags(section[0]):
            method += left
            continue
        stay, folded = _set_apart(left)
        if stay:
            body.append(stay)
        if folded:
            method += [*_named_after(section[0]), *folded]
    body.sort(key=lambda section: FIRST not in _tags(section[0]))
    return moved[ON_TOP], body, method, moved[WORDS]


def _with_lifted_named(cells: list[Cell]) -> list[Cell]:
    """The cells without those that stand on top: below prose that speaks of one, a link leads there."""
    left = []
    for before, cell in zip([None, *cells], cells, strict=False):
        if ON_TOP not in _tags(cell):
            left.append(cell)
        elif before and before["cell_type"] == "markdown":
            link = f"[{wording.say(LIFTED(), templates())}](#picture)"
            left.append(before | {"source": link})
    return left


def _set_apart(section: list[Cell]) -> tuple[list[Cell], list[Cell]]:
    """What a section's reader finds in it, and what is folded away as method."""
    stay, folded = [], []
    for cell in section:
        tags, told = _tags(cell), cell["source"].split("\n\n")
        first = 2 if told[0].startswith("#") else 1  # a heading goes with the paragraph below it
        if METHOD in tags:
            folded.append(cell)
        elif REST_IS_METHOD in tags and told[first:]:
            stay.append(cell | {"source": "\n\n".join(told[:first])})
            folded.append(cell | {"source": "\n\n".join(told[first:])})
        else:
            stay.append(cell)
    return stay, folded


def _named_after(section: Cell) -> list[Cell]:
    """A heading, as a cell, that says which section what follows was folded away from; none without its heading."""
    if not section["source"].startswith("## ") or WORDS in _tags(section):
        return []
    return [section | {"source": "#" + section["source"].partition("\n")[0]}]


def _tags(cell: Cell) -> list[str]:
    return cell["metadata"].get("tags", [])


def _without_empty_sections(cells: list[Cell]) -> list[Cell]:
    """Take out the prose of sections tagged only-if-shown whose code shows nothing: the study lacks what they are about."""
    gone = []
    for section in _sections(cells, ("#",)):
        tagged = ONLY_IF_SHOWN in _tags(section[0])
        outputs = [output for cell in section for output in cell.get("outputs", [])]
        if tagged and not any(output["output_type"] == "display_data" for output in outputs):
            gone += [id(cell) for cell in section if cell["cell_type"] == "markdown"]
    for_analysts = [id(cell) for cell in cells if NOT_ON_PAGE in _tags(cell)]
    return [cell for cell in cells if id(cell) not in {*gone, *for_analysts}]


def _html(cells: list[Cell], prose: Prose, data: DataFiles) -> str:
    """The HTML of some of a notebook's cells, as readers see them."""
    parts = []
    for cell in cells:
        if cell["cell_type"] == "markdown":
            parts.append(prose(cell["source"]))
        elif cell["cell_type"] == "code":
            parts += [_for_readers(output, prose, data) for output in cell["outputs"]]
    return "".join(parts)


def _for_readers(output: Mapping[str, Any], prose: Prose, data: DataFiles) -> str:
    if output["output_type"] != "display_data":
        return ""
    shown = "".join(output["data"].get("text/html", ""))  # a file may have it line by line
    if MIME in output["data"]:
        return _from_record(output["data"][MIME], shown, prose, data)
    if shown.startswith(OURS):
        return shown
    markdown = "".join(output["data"].get("text/markdown", ""))
    return prose(markdown) if markdown else ""


def _from_record(record, shown: str, prose: Prose, data: DataFiles) -> str:
    """What a reader sees of a record, in the words and the look of today."""
    if "sentence" in record:
        return prose(wording.sentence(from_record(record["sentence"]), templates()))
    if "figure" in record:
        if figure_groups.is_left_out(record):
            return prose(wording.say(FIGURE_LEFT_OUT(), templates()))
        as_it_was = "drawn" in record and not PIXELS.get() and is_current(record, templates())
        return data.link(*((shown, record["drawn"]) if as_it_was else figure_of(record, templates())))
    return html_of(record, templates())
