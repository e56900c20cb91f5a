"""Study files and the catalogue: what is read, and how a wrong one is refused."""

from datetime import date

import pytest
import tiny

from helpers import paths
from helpers.commands import drafts
from helpers.errors import StudyError
from helpers.runs import plan
from helpers.study import catalogue, strict_yaml, study
from helpers.study.parameters import Parameter, notebook_parameters
from helpers.study.source_address import SourceAddress

GOOD = f"""
title: {{title}}
as_of: {{as_of}}
timezone: Europe/Berlin
currency: EUR
source: {paths.DATA}/cdnow
"""


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    """A folder of tiny notebooks with a catalogue."""
    return tiny.project(tmp_path_factory.mktemp("project")).options.notebooks


@pytest.fixture
def load(tmp_path, notebooks):
    """Load a study whose file says the lines given."""

    def read(*lines, title="A shop", as_of="2024-06-30", file="shop.yaml"):
        path = tmp_path / file
        path.write_text(GOOD.format(title=title, as_of=as_of) + "\n".join(lines) + "\n", encoding="utf-8")
        return study.load_study(path, notebooks)

    return read


# ---- the project's own files
@pytest.mark.parametrize("name", ["demo", "cdnow"])
def test_the_projects_studies_are_right(name):
    loaded = study.load_study(name)
    assert loaded.name == name
    assert study.load_study(f"reports/{name}.yaml") == loaded


def test_the_cdnow_study_is_the_published_split():
    loaded = study.load_study("cdnow")
    assert (loaded.as_of, loaded.holdout_days, loaded.time_unit) == (date(1998, 6, 30), 273, "week")
    assert loaded.tables["transactions"].columns["customer_id"] == "masterid"


# ---- YAML's own readings
def test_dates_numbers_and_no_are_what_was_written(load):
    loaded = load(
        'compare_to: "2024-03-31"',
        "tables: {transactions: {columns: {customer_id: 007, order_id: no, channel: on, category: 1.10}}}",
        title="1.10",
    )
    assert loaded.title == "1.10"
    assert (loaded.as_of, loaded.compare_to) == (date(2024, 6, 30), date(2024, 3, 31))
    columns = loaded.tables["transactions"].columns
    assert columns == {"customer_id": "007", "order_id": "no", "channel": "on", "category": "1.10"}


def test_table_options_are_read(load):
    spec = load(
        "tables:",
        "  transactions:",
        "    path: orders.csv",
        "    amount: quantity * price",
        '    delimiter: ";"',
        '    decimal: ","',
        "    where: [\"code <> 'POSTAGE'\"]",
        "    rules: {no_customer_id: reject}",
    ).tables["transactions"]
    assert spec.columns == {"amount": "quantity * price"}
    assert (spec.path, spec.delimiter, spec.decimal) == ("orders.csv", ";", ",")
    assert spec.where == ("code <> 'POSTAGE'",)
    assert spec.rules == {"no_customer_id": "reject"}


@pytest.mark.parametrize(
    ("text", "days"),
    [("39 weeks", 273), ("180 days", 180), ("1 week", 7), ("6 months", 182), ("1 year", 366)],
)
def test_a_holdout_is_days(load, text, days):
    assert (
        load(f"holdout: {text}").holdout_days == days
    )  # 2024-06-30 is a month's last day: 2023-12-31, 2023-06-30


@pytest.mark.parametrize(("as_of", "days"), [("2024-05-15", 30), ("2024-03-31", 31), ("2024-03-30", 30)])
def test_months_count_back_in_the_calendar(load, as_of, days):
    assert load("holdout: 1 month", as_of=as_of).holdout_days == days


@pytest.mark.parametrize(
    ("line", "value"),
    [("parameters: {number: 24}", 24), ('parameters: {number: "24"}', 24), ("parameters: {number: -3}", -3)],
)
def test_parameters_get_their_declared_type(load, line, value):
    assert load(line).parameters == {"number": value}


def test_a_notebook_gets_the_studys_parameters_then_its_own(load, notebooks):
    loaded = load("parameters: {number: 2}", "overrides: {12_double: {number: 3}}")
    assert study.parameters_for(loaded, "01_first", notebooks) == {"number": 2}
    assert study.parameters_for(loaded, "12_double", notebooks) == {"number": 3}


# ---- what is refused, and what the error names
@pytest.mark.parametrize(
    ("lines", "named"),
    [
        (["hold_out: 39 weeks"], "'hold_out'.*'holdout'"),
        (["holdout: 39"], "39 weeks"),
        (["holdout: half a year"], "half a year"),
        (["holdout:"], "holdout is empty"),
        (["country: Vietnam"], "'Vietnam'; it is the code of two letters.*VN.*Leave it out"),
        (["compare_to: 2024-06-30"], "not before"),
        (["compare_to: 31.3.2024"], "1998-06-30"),
        (["compare_to: 2024-02-30"], "2024-02-30"),
        (["time_unit: weeks"], "day, week, month"),
        (["min_group_size: 0"], "1 or more"),
        (["notebooks: [12_dubble]"], "12_double"),
        (["notebooks: 12_double"], "list"),
        (["parameters: {numbr: 3}"], "'number'"),
        (["parameters: {number: 007}"], "whole number"),
        (["parameters: {number: 2.5}"], "whole number"),
        (["parameters: {number: yes}"], "whole number"),
        (["parameters: {number: [1]}"], "one value"),
        (["parameters: {run_dir: x}"], "run_dir"),
        (["parameters: [number]"], "name: value"),
        (["overrides: {12_dubble: {number: 1}}"], "12_double"),
        (["tables: {transaction: {path: a.csv}}"], "transactions"),
        (["tables: {transactions: {file: a.csv}}"], "path"),
        (["tables: {transactions: {columns: {custmer_id: id}}}"], "customer_id"),
        (["title: Twice"], "line 7: 'title' is given twice"),
        (["~: x"], "line 7: a key must be a name"),
        (["labels: {null: x}"], "line 7: a key must be a name"),
        (["parameters: {? : 1}"], "line 7: a key must be a name"),
        (["tables: {'': {}}"], "line 7: a key must be a name"),
        (["parameters:", "\tnumber: 1"], "line 8.*tab"),
        (["parameters: {number: 1"], "line"),
        (["- a list"], "line"),
    ],
)
def test_a_wrong_study_is_refused_by_name(load, lines, named):
    with pytest.raises(StudyError, match=f"(?s){named}"):
        load(*lines)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (
            "parameters: {window_days: 30}",
            "`window_days` is now `activity_window_days` in 11_customer_base, .* and `loyalty_window_days` in 41_",
        ),
        ("parameters: {scale: log}", "`outcome_scale` in 33_quasi_experiment and `survey_scale` in 41_"),
        ("overrides: {31_experiment: {window_days: 30}}", "now `outcome_days` in 31_experiment\\.$"),
        ("overrides: {25_value_tiers: {draws: 100}}", "now `prediction_draws` in 25_value_tiers\\.$"),
        ("notebooks: [[]]", r"notebooks: unknown notebook '\[\]'"),
        ("overrides: {51_executive_summary: {window_days: 30}}", "unknown parameter 'window_days'"),
        (
            "parameters: {spend_family: weibull}",
            r"spend_family \(31_experiment\) is 'weibull'.*auto, lognormal, gamma",
        ),
        (
            "parameters: {fit: mcmc}",
            r"\(21_purchase_model, 22_spend_model, 23_renewal_model\) is 'mcmc'.*nuts, laplace",
        ),
        (
            "overrides: {12_rfm_segments: {cut_points: old}}",
            r"cut_points \(12_rfm_segments\) is 'old'.*new, kept",
        ),
        ("parameters: {models: [nbd, bgnbd]}", "is 'bgnbd'.*nbd, bg_nbd"),
        ("parameters: {occasion: week}", "an empty text, month, year"),
        ("parameters: {claimed_lifts: {convertion: 0.2}}", "is 'convertion'.*conversion"),
        ("parameters: {margin: 30}", "above 0, up to 1"),
        ("parameters: {certainty: 0.5}", "above 0.5, below 1"),
        ("parameters: {horizon_months: 0.5}", "at least 1, up to 120"),
    ],
)
def test_old_names_and_values_that_are_not_allowed_are_refused_before_anything_runs(tmp_path, line, named):
    path = tmp_path / "shop.yaml"
    path.write_text(GOOD.format(title="A shop", as_of="2024-06-30") + line + "\n", encoding="utf-8")
    with pytest.raises(StudyError, match=named):
        study.load_study(path)


def test_allowed_values_are_read(tmp_path):
    path = tmp_path / "shop.yaml"
    line = 'parameters: {occasion: "", models: [nbd], margin: 1, survey_scale: 1-10, claimed_lifts: {retention: 0.2}}'
    path.write_text(GOOD.format(title="A shop", as_of="2024-06-30") + line + "\n", encoding="utf-8")
    assert study.load_study(path).parameters == {
        "occasion": "",
        "models": ["nbd"],
        "margin": 1.0,
        "survey_scale": "1-10",
        "claimed_lifts": {"retention": "0.2"},
    }


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("timezone: Europe/Berlin", "timezone: Europe/Berlim", "Europe/Berlin"),
        ("timezone: Europe/Berlin", "timezone: CET+1", "CET\\+1"),
        ("currency: EUR", "currency: €", "three-letter"),
        (f"source: {paths.DATA}/cdnow", "source: cdnew", "no folder"),
        ("as_of: 2024-06-30\n", "", "as_of"),
        ("as_of: 2024-06-30", "as_of: 30/06/2024", "1998-06-30"),
        ("as_of: 2024-06-30", "as_of: 20240630", "1998-06-30"),
    ],
)
def test_wrong_basics_are_refused_by_name(tmp_path, notebooks, old, new, named):
    path = tmp_path / "shop.yaml"
    path.write_text(GOOD.format(title="A shop", as_of="2024-06-30").replace(old, new), encoding="utf-8")
    with pytest.raises(StudyError, match=named):
        study.load_study(path, notebooks)


def test_other_encodings_and_empty_files_are_refused(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_bytes("title: Café".encode("cp1252"))
    with pytest.raises(StudyError, match="UTF-8"):
        study.load_study(path)
    path.write_text("")
    with pytest.raises(StudyError, match="key: value"):
        study.load_study(path)


def test_a_study_that_does_not_exist_names_those_that_do():
    with pytest.raises(StudyError, match=r"(?s)'demmo'.*'demo'"):
        study.load_study("demmo")


@pytest.mark.parametrize("name", ["my shop", "index.html", ".cache", "..", "x" * 121])
def test_a_file_name_that_cannot_name_a_folder_is_refused(load, name):
    with pytest.raises(StudyError, match=r"letters, digits.*at most 120 bytes"):
        load(file=f"{name}.yaml")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fit_minutes: 100001", "fit_minutes is 100001; it must be 1 or more, and at most 100,000"),
        ("tables: {subscriptions: {joined_within: 100000 days}}", "of at most five digits"),
    ],
)
def test_numbers_without_bounds_are_refused(load, line, said):
    with pytest.raises(StudyError, match=said):
        load(line)


@pytest.mark.parametrize("options", ["customers=1000001", "seed=" + "9" * 5000, "customers=-1", "size=3"])
def test_a_simulated_company_is_no_larger_than_a_machine_holds(options):
    with pytest.raises(StudyError, match=r"at most 1,000,000 customers and numbers of at most 9 digits"):
        SourceAddress.of(f"demo?{options}")


# ---- the catalogue
@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("01_a: {title: A, question: B, wrties: [x]}", "'writes'"),
        ("01_a: {title: A}", "question"),
        ("a: {title: A, question: B}", "NN_topic"),
        ("01_a: {title: A, question: B, reads: [x]}", "unknown artifact 'x'"),
        (
            "01_a: {title: A, question: B, writes: [x]}\n02_b: {title: A, question: B, writes: [x]}",
            "one must",
        ),
        (
            "01_a: {title: A, question: B, reads: [x]}\n02_b: {title: A, question: B, writes: [x]}",
            "lower numbers",
        ),
    ],
)
def test_a_wrong_catalogue_is_refused_by_name(tmp_path, text, named):
    path = tmp_path / "catalogue.yaml"
    path.write_text(text)
    with pytest.raises(StudyError, match=named):
        catalogue.load_catalogue(path)


def test_a_study_runs_what_its_notebooks_need(load, notebooks):
    entries = catalogue.load_catalogue(notebooks / "catalogue.yaml")
    assert plan.select(load("notebooks: [51_sum]"), entries) == ["01_first", "12_double", "51_sum"]
    everything = plan.select(load(), entries)
    assert everything == list(entries)
    needed = plan.closure(("51_sum",), entries, everything, "--only")
    assert needed == ["01_first", "12_double", "21_other", "31_leads", "51_sum"]


def test_every_notebook_waits_for_the_ledger():
    entries = catalogue.load_catalogue()
    for name, entry in entries.items():
        assert name == "01_data_quality" or "01_data_quality" in catalogue.upstream_of(entry, entries)


# ---- parameters cells and drafts
def test_the_parameters_cell_is_read_with_types_defaults_and_meanings(notebooks):
    found = notebook_parameters("12_double", notebooks)
    assert list(found) == ["study", "run_dir", "number"]
    assert found["number"] == Parameter("number", "int", 1, "a number")


def test_a_draft_keeps_types_and_comments(notebooks):
    source = 'study: str = "demo"  # the study file\nnumber: int = 1  # a number\nrun_dir: str = ""'
    changed = drafts.with_values(source, {"study": "shop", "number": 24}, notebooks / "12_double.ipynb")
    assert changed == 'study: str = "shop"  # the study file\nnumber: int = 24  # a number\nrun_dir: str = ""'


def test_names_are_found_in_loops_over_literals():
    source = 'known = {n: page.has(n) for n in ("a", "b")}\nfor m in ["c"]:\n    page.read(m)\npage.finish()'
    found = catalogue.page_calls({"cells": [{"cell_type": "code", "source": source}]})
    assert found == {"has": {"a", "b"}, "read": {"c"}, "finish": set()}


@pytest.mark.parametrize(
    ("text", "kind", "on_spark", "options"),
    [
        ("demo", "demo", False, {}),
        ("pyspark://demo?customers=800&seed=7", "demo", True, {"customers": 800, "seed": 7}),
        ("demo?names=vi", "demo", False, {"names": "vi"}),
        ("data/cdnow", "folder", False, {}),
        ("pyspark://data/cdnow", "folder", True, {}),
        ("postgres://anna:secret@host/shop?sslmode=on", "database", False, {}),
    ],
)
def test_a_source_is_read_once(text, kind, on_spark, options):
    source = SourceAddress.of(text)
    assert (source.kind, source.on_spark, source.options) == (kind, on_spark, options)
    assert source.text == text
    assert "secret" not in f"{source} {source!r}"


def test_a_relative_folder_is_the_projects_or_that_of_a_study_outside_it(tmp_path):
    (tmp_path / "data" / "cdnow").mkdir(
        parents=True
    )  # beside the study, though the project has one of that name
    path = tmp_path / "shop.yaml"
    path.write_text(GOOD.format(title="A shop", as_of="2024-06-30").replace(f"{paths.DATA}/", "data/"))
    assert study.load_study(path).source.folder == tmp_path / "data" / "cdnow"
    assert SourceAddress.of("data/cdnow", paths.REPORTS / "shop.yaml").folder == paths.DATA / "cdnow"


def test_a_database_is_shown_without_its_password():
    assert SourceAddress.of("postgres://anna:secret@host/shop?sslmode=on").shown == "postgres://host/shop"


def test_the_simulated_company_has_a_size_a_seed_and_a_language_of_names_only():
    with pytest.raises(StudyError, match="is not like `demo`"):
        SourceAddress.of("demo?size=3")


def test_a_file_is_read_as_it_is_now_and_what_was_read_is_the_readers(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("a: [1, 2]\n")
    first = strict_yaml.read(path)
    first["a"].append("3")
    assert strict_yaml.read(path) == {"a": ["1", "2"]}
    path.write_text("a: [4]\n")
    assert strict_yaml.read(path) == {"a": ["4"]}
