"""What a study's parameters name in its tables is asked for before anything runs."""

import re
from dataclasses import replace

import pytest
import tables_support
import yaml

from helpers import contracts, tables
from helpers.commands import checking
from helpers.contracts import named
from helpers.errors import StudyError
from helpers.runs.inputs import check_inputs
from helpers.study.catalogue import load_catalogue
from helpers.study.parameters import notebook_parameters

UNITS = (
    "unit_id,arm,bought,age",
    *(f"{i},{'mail' if i % 2 else 'none'},{i % 3 == 0:d},{20 + i}" for i in range(12)),
)
RIGHT = {"unit_outcomes": ["bought"], "control_arm": "none", "unit_covariates": ["age"]}


def of(folder, **parameters):
    tables_support.write(folder, *UNITS, name="experiment_units.csv")
    study = replace(tables_support.study(folder), parameters=parameters, notebooks=("31_experiment",))
    return study, lambda: contracts.check(study, tables.open_source(study))


def test_what_is_there_is_not_refused(tmp_path):
    others = {"draws": 200, "seed": 1, "margin": 0.3, "look": [1, 2], "certainty": 0.9, "unit_weights": ""}
    study, reports = of(tmp_path, **RIGHT, planned_shares={"mail": 0.5, "none": 0.5}, **others)
    named.refuse_unknown(study, reports())


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"unit_outcomes": ["boguht"]}, "parameters.unit_outcomes names 'boguht', .*: experiment_units has .*bought"),
        ({"unit_covariates": ["age", "size"]}, "unit_covariates names 'size'"),
        ({"unit_outcome_kinds": {"gain": "money"}}, "unit_outcome_kinds names 'gain'"),
        ({"control_arm": "nobody"}, "control_arm names 'nobody', .*column arm of experiment_units holds mail, none"),
        ({"planned_shares": {"mail": 0.5, "nine": 0.5}}, "planned_shares names 'nine'"),
    ],
)  # fmt: skip
def test_a_name_that_is_not_there_is_refused_before_anything_runs(tmp_path, wrong, says):
    study, reports = of(tmp_path, **(RIGHT | wrong))
    with pytest.raises(StudyError, match=says):
        named.refuse_unknown(study, reports())
    with pytest.raises(StudyError, match=says):
        check_inputs(study, tmp_path / "build")
    own = replace(study, parameters={}, overrides={"31_experiment": RIGHT | wrong})
    with pytest.raises(StudyError, match=r"overrides\.31_experiment"):
        named.refuse_unknown(own, reports())


def test_an_outcome_that_reads_as_a_loss_is_refused_before_anything_runs(tmp_path):
    tables_support.write(
        tmp_path, UNITS[0].replace("bought", "churned"), *UNITS[1:], name="experiment_units.csv"
    )
    study = tables_support.study(tmp_path)
    reports = contracts.check(study, tables.open_source(study))
    loss = RIGHT | {"unit_outcomes": ["churned"]}
    with pytest.raises(StudyError, match=r"'churned', which reads as a loss.*kept: \"churned IN"):
        named.refuse_unknown(replace(study, parameters=loss), reports)
    named.refuse_unknown(replace(study, parameters=loss | {"unit_value": -50}), reports)
    named.refuse_unknown(
        replace(study, parameters=loss | {"unit_outcome_kinds": {"churned": "money"}}), reports
    )


@pytest.mark.parametrize(
    ("values", "words"), [(("Won", "Lost"), "'Lost', 'Won'"), (("$0.00", "$1,250.00"), r"'\$0.00'")]
)
def test_an_outcome_of_words_is_refused_with_the_line_that_counts_them(tmp_path, values, words):
    lines = [f'{i},{"mail" if i % 2 else "none"},"{values[i % 3 == 0]}",{20 + i}' for i in range(12)]
    tables_support.write(tmp_path, UNITS[0], *lines, name="experiment_units.csv")
    study = replace(tables_support.study(tmp_path), parameters=RIGHT)
    reports = contracts.check(study, tables.open_source(study))
    with pytest.raises(StudyError, match=f"'bought', which holds {words}.*currency_sign.*done: "):
        named.refuse_unknown(study, reports)


def test_a_campaign_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    lines = [f"spring,c{i},{'mail' if i % 2 else 'none'},2010-03-01" for i in range(6)]
    tables_support.write(tmp_path, "campaign_id,customer_id,arm,assigned_at", *lines, name="campaigns.csv")
    study = replace(tables_support.study(tmp_path), parameters={"campaign_id": "sprnig"})
    reports = contracts.check(study, tables.open_source(study))
    with pytest.raises(StudyError, match=r"names 'sprnig', .* campaign_id of campaigns holds spring"):
        named.refuse_unknown(study, reports)


def test_check_says_who_cannot_answer_and_what_it_asks_for(tmp_path, capsys):
    study, _ = of(tmp_path)
    assert checking.check(study) == 0
    said = capsys.readouterr().out
    assert "31_experiment cannot answer: needs the parameter unit_outcomes or unit_counts" in said
    assert "and the parameter control_arm (`python -m helpers list 31_experiment` explains them)" in said
    study, _ = of(tmp_path, **RIGHT)
    checking.check(study)
    assert "cannot answer" not in capsys.readouterr().out


def test_every_parameter_that_is_asked_for_is_one_of_a_notebook():
    catalogue = load_catalogue()
    declared = {name: set(notebook_parameters(name)) for name in catalogue}
    for name in {*named.COLUMNS, *named.VALUES}:
        assert any(name in own for own in declared.values()), name
    for entry in catalogue.values():
        for asked in entry.asks:
            table, _, names = asked.partition(".")
            assert any(table in ways for ways in entry.tables)
            assert {one.strip() for one in names.split("|")} <= declared[entry.notebook]


@pytest.mark.parametrize("name", ["won", "Won"])
def test_a_date_that_is_named_like_a_flag_is_no_flag_where_the_study_reads_it_as_a_date(tmp_path, name):
    lines = (
        f"lead_id,created_at,{name}",
        "a,2010-01-05,2010-02-01",
        "b,2010-01-06,",
        "c,2010-01-07,2010-03-01",
    )
    tables_support.write(tmp_path, *lines, name="leads.csv")
    study = tables_support.study(tmp_path, leads={"columns": {"won_at": name}})
    [report] = contracts.check(study, tables.open_source(study))
    contracts.refuse([report])
    assert "won" not in report.given and report.accepted.won_at.count().to_pyarrow().as_py() == 2


@pytest.mark.parametrize("name", ["outcome", "Deal's outcome"])
def test_words_of_a_flag_are_read_by_the_expression_that_the_refusal_offers(tmp_path, name):
    rows = ("a,Closed Won", "b,Closed Lost", "c,yes", "d,")
    tables_support.write(tmp_path, f"lead_id,{name}", *rows, name="leads.csv")
    study = tables_support.study(tmp_path, leads={"columns": {"won": name}})
    with pytest.raises(StudyError, match="which words mean yes: of `won: ") as refused:
        contracts.refuse(contracts.check(study, tables.open_source(study)))
    line = re.search(r"`(won: .*?\))`?\"`", str(refused.value))[0].strip("`")
    said = yaml.safe_load(line.replace("'Closed Lost', ", ""))
    study = tables_support.study(tmp_path, leads={"columns": said})
    [report] = contracts.check(study, tables.open_source(study))
    contracts.refuse([report])
    assert report.accepted.won.sum().to_pyarrow().as_py() == 2
