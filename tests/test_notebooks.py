"""Every notebook: how it is built, that the catalogue tells the truth about it, and that it runs."""

import ast
import html
import itertools
import json
import re
from pathlib import Path

import nbformat
import pandas as pd
import papermill
import privacy_audit
import pytest
import read_pages

from helpers import paths
from helpers.campaigns import arm_counts, claims, cut_off, experiment, panel
from helpers.clv import occasions, purchase_models, renewal_counts, renewal_models
from helpers.customers import kinds
from helpers.inference import sampler
from helpers.loyalty import measures
from helpers.site.run_record import SUMMARY
from helpers.study.catalogue import code_of, load_catalogue, page_calls, read_notebook
from helpers.study.parameters import RENAMED, RESERVED, notebook_parameters

NOTEBOOKS = sorted(path.stem for path in paths.NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
# The demo's leads have dates, so that what stands in for 14 is left out there.
RUN = [name for name in NOTEBOOKS if not load_catalogue()[name].instead_of]
ALL = [*NOTEBOOKS, *(path.stem for path in paths.NOTEBOOKS.glob("template.ipynb"))]
TOO_SMALL = "37_geo_test"  # few regions sell every month to 600 customers; run whole in test_without_orders
DOUBTS = (
    "page.doubted",
    "page.doubt",
    "page.doubt_found",
    "value_tiers.how_sure",
    "value_tiers.how_sure_of",
    "quasi.no_lots",
    "no_control.not_drawn",
    "experiment.not_decided",
)
READS = ("read", "open", "read_posterior")
SAVES = ("save", "save_posterior")


@pytest.fixture(params=ALL)
def notebook(request) -> tuple[str, dict]:
    """A notebook's name and content."""
    return request.param, read_notebook(paths.NOTEBOOKS / f"{request.param}.ipynb")


def code(content: dict) -> list[dict]:
    return [cell for cell in content["cells"] if cell["cell_type"] == "code"]


def prose(content: dict) -> list[dict]:
    return [cell for cell in content["cells"] if cell["cell_type"] == "markdown"]


# ---- what a stranger sees
def test_one_h1_first_and_once(notebook):
    _, content = notebook
    first, *others = [re.findall(r"^# .+", cell["source"], re.M) for cell in content["cells"]]
    assert content["cells"][0]["cell_type"] == "markdown"
    assert len(first) == 1 and content["cells"][0]["source"].startswith("# ")
    assert not any(
        found
        for cell, found in zip(content["cells"][1:], others, strict=True)
        if cell["cell_type"] == "markdown"
    )


def test_it_says_what_to_do(notebook):
    """Its page has an action right after the answer; the executive page has cards, and the template a place for one."""
    name, content = notebook
    code = "".join(cell["source"] for cell in content["cells"] if cell["cell_type"] == "code")
    assert ("page.action(" in code) != (name == SUMMARY)


def test_headings_do_not_skip_a_level(notebook):
    _, content = notebook
    levels = [len(mark) for cell in prose(content) for mark in re.findall(r"^(#+) ", cell["source"], re.M)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_about_half_of_it_is_prose_and_it_is_short(notebook):
    _, content = notebook
    assert 25 <= len(content["cells"]) <= 40
    assert len(prose(content)) >= len(content["cells"]) * 0.25


def test_prose_that_ends_with_a_colon_is_followed_by_what_it_announces(notebook):
    name, content = notebook
    cells = [] if name == SUMMARY else content["cells"]  # whose figures are placed between its answers
    for before, after in itertools.pairwise(cells):
        source, tags = "".join(after["source"]), after["metadata"].get("tags", [])
        if before["cell_type"] == "markdown" and "".join(before["source"]).rstrip().endswith(":"):
            assert "page.add(" in source and "on-top" not in tags, "".join(before["source"])


def test_no_machinery_in_the_code(notebook):
    _, content = notebook
    tree = code_of(content)
    forbidden = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Try)
    assert not [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, forbidden)]
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not {"CI", "warnings"} & names
    assert not {"filterwarnings", "simplefilter", "environ"} & attributes
    assert not [
        line for cell in code(content) for line in cell["source"].splitlines() if line.startswith(("%", "!"))
    ]


def test_no_outputs_are_kept(notebook):
    _, content = notebook
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code(content))
    assert "papermill" not in content["metadata"]


def test_it_is_a_valid_notebook(notebook):
    name, _ = notebook
    nbformat.validate(nbformat.read(paths.NOTEBOOKS / f"{name}.ipynb", as_version=4))


def test_the_last_cell_finishes_the_page(notebook):
    _, content = notebook
    assert content["cells"][-1]["source"].rstrip().endswith("page.finish()")


def test_the_page_is_the_notebooks_own(notebook):
    name, content = notebook
    starts = [
        node
        for node in ast.walk(code_of(content))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "start"
    ]
    assert [ast.unparse(node) for node in starts] == [f"start('{name}', study, run_dir)"]


# ---- parameters
def test_the_parameters_cell_is_second_and_reads_alike_everywhere(notebook):
    name, content = notebook
    assert content["cells"][1]["metadata"].get("tags") == ["parameters"]
    declared = notebook_parameters(name)
    assert list(declared)[:2] == list(RESERVED)
    assert all(parameter.help for parameter in declared.values())
    inspected = papermill.inspect_notebook(paths.NOTEBOOKS / f"{name}.ipynb")
    assert list(inspected) == list(declared)
    for parameter in declared.values():
        seen = inspected[parameter.name]
        assert (seen["inferred_type_name"], seen["help"]) == (parameter.type, parameter.help)
        assert ast.literal_eval(seen["default"]) == parameter.default


def test_every_parameter_has_its_type(notebook):
    name, _ = notebook
    for parameter in notebook_parameters(name).values():
        kind = parameter.type.partition("[")[0]
        allowed = {
            "float": (int, float),
            "int": (int,),
            "str": (str,),
            "bool": (bool,),
            "list": (list,),
            "dict": (dict,),
        }
        assert isinstance(parameter.default, allowed[kind]), parameter


def test_every_parameter_is_used(notebook):
    name, content = notebook
    used = {
        node.id
        for node in ast.walk(code_of(content))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    assert set(notebook_parameters(name)) <= used


def test_a_parameter_has_one_type_and_one_meaning_in_every_notebook():
    said = {}
    for name in ALL:
        for parameter in notebook_parameters(name).values():
            said.setdefault(parameter.name, set()).add((parameter.type, parameter.help))
    assert {name: found for name, found in said.items() if len(found) > 1} == {}


ALLOWED = {
    "can_aim": cut_off.CAN_AIM,
    "claimed_lifts": claims.MEANING,
    "customer_level": kinds.LEVELS,
    "cut_points": ("new", "kept"),
    "fit": sampler.METHODS,
    "models": (*purchase_models.MODELS, *purchase_models.REGULAR),
    "occasion": ("", *occasions.OCCASIONS),
    "outcome_scale": panel.SCALES,
    "period": ("", *renewal_counts.MONTHS_PER),
    "renewal_model": ("best", *renewal_models.MODELS),
    "spend_family": experiment.FAMILIES,
    "survey_scale": measures.SCALES,
    "unit_counts": arm_counts.COLUMNS,
}


def test_what_a_help_text_allows_is_what_the_helpers_know():
    found = {p.name: p.allowed for name in ALL for p in notebook_parameters(name).values() if p.allowed}
    assert {name: set(allowed) for name, allowed in found.items()} == {
        name: set(allowed) for name, allowed in ALLOWED.items()
    }


def test_every_bound_is_read_and_every_default_is_allowed(notebook):
    name, _ = notebook
    for parameter in notebook_parameters(name).values():
        states_more = re.search(r"one of|at least|up to \d|above \d|below \d", parameter.help)
        assert bool(states_more) == bool(parameter.allowed or parameter.limits), parameter
        assert parameter.refuses(parameter.default) == ""


def test_a_renamed_parameter_is_gone_and_its_new_name_is_there():
    changelog = (paths.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for old, places in RENAMED.items():
        for name, new in places.items():
            declared = notebook_parameters(name)
            assert old not in declared and new in declared, (old, name)
            assert f"| `{old}` | {name} | `{new}` |" in changelog


# ---- the catalogue
def test_every_notebook_has_its_entry_and_every_entry_its_notebook():
    assert list(load_catalogue()) == NOTEBOOKS


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_catalogue_is_what_the_notebook_reads_and_writes(name):
    entry, calls = load_catalogue()[name], page_calls(read_notebook(paths.NOTEBOOKS / f"{name}.ipynb"))
    read = set().union(*(calls.get(method, set()) for method in READS))
    asked = calls.get("has", set()).union(*(calls.get(f"{method}?", set()) for method in READS))
    saved = set().union(*(calls.get(method, set()) for method in SAVES))
    assert read - asked == set(entry.reads)
    assert asked == set(entry.reads_if_there)
    assert saved == set(entry.writes)
    assert ("reservations" in calls) == entry.reads_checks


# ---- running
def test_every_notebook_runs_on_a_small_company(small_report):
    run = json.loads((small_report / "run.json").read_text())
    reasons = {name: one["reason"] for name, one in run["notebooks"].items() if one["status"] != "ok"}
    assert set(reasons) == {TOO_SMALL}
    assert re.match(r"A test in 1 of \d regions cannot be planned: it needs 10 regions", reasons[TOO_SMALL])
    assert list(run["notebooks"]) == RUN


def test_what_a_check_found_and_wanted_is_said_with_its_unit(small_report):
    """A bare number is read as code; each is a value that says what it is."""
    run = json.loads((small_report / "run.json").read_text())
    checks = [one for notebook in run["notebooks"].values() for one in notebook["checks"]]
    bare = [
        one["name"] for one in checks for part in ("value", "threshold") if isinstance(one[part], int | float)
    ]
    assert checks and bare == []


def test_every_page_has_an_answer_and_metrics(small_report):
    for name in set(RUN) - {TOO_SMALL}:
        page = json.loads((small_report / "artifacts" / name / "page.json").read_text())
        most = (
            4 if name == "31_experiment" else 3
        )  # which also says the response, and what is left up to today
        assert 1 <= sum(one["message"] not in DOUBTS for one in page["answer"]) <= most, name
        assert page["metrics"], name


def test_every_page_is_there_and_under_1_mb(small_report):
    pages = {path.stem: path.stat().st_size for path in Path(small_report).glob("*.html")}
    assert set(pages) == {"index", "checks", "report", *RUN} - {TOO_SMALL}
    assert pages.pop("report") < 8_000_000 and max(pages.values()) < 1_000_000


def test_no_customer_id_reaches_a_page(small_report):
    ids = set(pd.read_parquet(small_report / "artifacts/01_data_quality/ledger.parquet")["customer_id"])
    for path in Path(small_report).glob("*.html"):
        assert not ids & set(re.findall(r"[\w-]+", path.read_text(encoding="utf-8"))), path.name


@pytest.mark.parametrize("minimum", [None, 40])
def test_no_hidden_number_follows_from_what_is_published(small_report, minimum):
    hidden, leaks = privacy_audit.audit(Path(small_report), minimum)
    assert hidden and not leaks


def test_contact_data_stays_off_the_pages(small_report):
    source = json.loads((small_report / "run.json").read_text())
    assert source["notebooks"]["01_data_quality"]["metrics"]["linkage.records"] > 500
    contacts = pd.read_parquet(small_report / "artifacts/01_data_quality/contacts.parquet")
    private = {*contacts["email"].dropna(), *contacts["phone"].dropna(), *contacts["name"].dropna()}
    for path in small_report.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not [value for value in private if value in text], path.name
    listed = pd.read_csv(small_report / "exports" / "same_person_several_numbers.csv")
    assert not {"name", "email", "phone", "address"} & set(listed.columns)


def test_figures_can_be_read_on_a_phone(small_report):
    """In a column of 355 pixels, or 720 where a figure scrolls: panels of 220 pixels, text of 11."""
    poor = []
    for path in sorted(Path(small_report).glob("*.html")):
        text = path.read_text(encoding="utf-8")
        for drawings in re.findall(r'<div class="figure-drawings.*?</svg></div>', text, re.S):
            narrow = '<svg class="figure-narrow"' in drawings
            shown = drawings.rpartition("<svg ")[2]
            width = float(re.search(r'viewBox="0 0 ([\d.]+)', shown)[1])
            panel, sizes = re.search(r'data-panel="(\d+)"', shown)[1], re.findall(r"font: ([\d.]+)px", shown)
            scale = (355 if narrow else 720) / width
            if float(panel) * scale < 220 or min(map(float, sizes), default=8) * scale < 11:
                poor.append(
                    (path.stem, re.search(r'aria-label="(.{60})', shown)[1], panel, sizes and min(sizes))
                )
    assert poor == []


def test_every_page_can_be_read_in_a_browser(small_report):
    """On a laptop and on a phone: nothing cut, nothing over something else, the actions on the first screen, two sheets."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not Path(read_pages.CHROMIUM).exists():
        pytest.skip("no Chromium on this machine")
    run = Path(small_report)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=read_pages.CHROMIUM, args=read_pages.FLAGS)
        found = [*read_pages.printed(browser, run / "51_executive_summary.html")]
        for viewport, scheme in ((read_pages.LAPTOP, "light"), (read_pages.PHONE, "dark")):
            found += read_pages.read(browser, read_pages.pages_of(run), viewport, scheme)
        browser.close()
    assert found == []


SENTENCE = 35  # words, at most


def told(page: str) -> list[str]:
    """The texts of a page as its readers see them: one per paragraph, cell, term; without code and drawings."""
    page = page.replace('<span class="action-', '<br><span class="action-')  # the parts of a card
    text = re.sub(r"<(style|svg|code|title|head)\b.*?</\1>", " ", page, flags=re.S)
    text = re.sub(r"</?(?:strong|em|a|b|i|span|button)\b[^>]*>", "", text)
    return [" ".join(html.unescape(one).split()) for one in re.split(r"<[^>]+>", text) if one.strip()]


def poor_sentences(page: str) -> list[str]:
    """Sentences that are too long, codes of the data, numbers in scientific notation."""
    found = []
    for text in told(page):
        long = [one for one in re.split(r"(?<=[.!?])\s+", text) if len(one.split()) > SENTENCE]
        codes = re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", text)
        found += [*long, *codes, *re.findall(r"\b\d+(?:\.\d+)?e[-+]\d+\b|`", text)]
    return found


def test_pages_speak_in_short_sentences_without_codes(small_report):
    """Every page's own words."""
    pages = {
        path.stem: poor_sentences(path.read_text(encoding="utf-8")) for path in small_report.glob("*.html")
    }
    assert {name: found for name, found in pages.items() if found} == {}


def test_poor_sentences_would_be_found():
    long = " ".join(["word"] * 36) + "."
    page = f"<p>{long}</p><p>Short. <code>a_code</code></p><td>raw_id</td><td>7.2e-05</td><p>a `b`</p>"
    assert poor_sentences(page) == [long, "raw_id", "7.2e-05", "`", "`"]


WHOLE = r"[+−]?\d{1,3}(?:,\d{3})+"  # a number of thousands, to the last one


def too_exact(page: str) -> list[str]:
    """Intervals of large amounts and counts with more digits than they justify."""
    found = []
    for text in told(page):
        for ends in re.finditer(rf"(?<!from )({WHOLE})(?: [A-Z]{{3}})? (?:and|to) ({WHOLE})", text):
            low, high = (
                int(one.replace(",", "").replace("−", "-").replace("+", "")) for one in ends.groups()
            )
            step = next(10**power for power in range(12, -1, -1) if low % 10**power == high % 10**power == 0)
            if abs(high - low) > 1000 * step:
                found.append(ends[0])
    return found


def test_intervals_carry_the_digits_that_they_justify(small_report):
    """Every page: 815,320 to 852,110 is 815 to 852 thousand."""
    pages = {path.stem: too_exact(path.read_text(encoding="utf-8")) for path in small_report.glob("*.html")}
    assert {name: found for name, found in pages.items() if found} == {}


def test_intervals_that_are_too_exact_would_be_found():
    page = "<p>815,320 to 852,110 VND</p><p>815,000 to 852,000</p><td>−1,012 and 4,005</td><td>10,001 to 10,420</td>"
    assert too_exact(page) == ["815,320 to 852,110", "−1,012 and 4,005"]
