"""Advice is tested: each line that a sentence proposes is taken out of it as printed, put into the study, and helps."""

import pytest
from advice_beside_cases import CASES as BESIDE
from advice_cases import CASES as OTHERS
from advice_support import applied, files_of, holds, lines_of, look, look_again, proposals
from findings_support import own_cache  # noqa: F401

# What proposes a line by the letter of the source, and why no case applies it.
WITHOUT_A_CASE = {
    "identifiers.became": "says what a line in the study has done",
    "window.not_met": "names a condition of the study",
    "advice.yes_words": "a person chooses among its words; tests/test_named.py does",
    "outcome_words.no_number": "names a parameter; tests/test_named.py and tests/test_unit_outcomes.py follow its line",
    "outcome_words.counts_loss": "names a parameter; tests/test_unit_outcomes.py follows the line",
    "outcome_words.upside_down": "names a parameter; tests/test_named.py and tests/test_unit_outcomes.py follow both lines",
    "refusal.histories": "its second line names the company's own stages; tests/test_stage_rows.py follows both",
    "contents.": "the line is for a database that is no file of tables; tests/test_databases.py reads one",
}
CASES = [*OTHERS, *BESIDE]
SET_ASIDE = "rules: {{{}: reject}}"  # stands beside every other way out of a rule: two cases try it


def _of_rows(case) -> bool:
    return any(name.startswith("refusal.") for name in case.proposes)


def _called(case) -> str:
    return f"{'+'.join(case.proposes)}-{case.finding or 'refused'}"


def test_every_sentence_that_proposes_a_line_has_a_case():
    cased = {name for case in CASES for name in case.proposes}
    assert not sorted(proposals().keys() - cased - WITHOUT_A_CASE.keys()), "write a case in advice_cases.py"
    assert not sorted((cased | WITHOUT_A_CASE.keys()) - proposals().keys()), (
        "no sentence proposes these any more"
    )
    assert not sorted(cased & WITHOUT_A_CASE.keys())


@pytest.mark.parametrize("case", [case for case in CASES if not case.part], ids=_called)
def test_a_line_for_a_file_or_a_row_helps(tmp_path, case):
    _helps(tmp_path, case)


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if case.part], ids=_called)
def test_a_line_for_a_whole_table_helps(tmp_path, case):
    _helps(tmp_path, case)


def _helps(tmp_path, case):
    files_of(case, tmp_path)
    before = look(tmp_path, case.content, case)
    assert case.finding in before.asked or (not case.finding and before.refused), (
        before.asked,
        before.refused,
    )
    sentence = before.sentence(case.finding)
    assert all(holds(name, sentence, before.asked.get(case.finding)) for name in case.proposes), sentence
    ways = [one for one in lines_of(sentence) if one[1] != SET_ASIDE.format(case.finding) or _of_rows(case)]
    assert ways, f"no line to add: {sentence}"
    files_of(case, tmp_path, case.bring)
    for place, lines in ways:
        content = applied(case.content, case.table, place, case.filled(lines))
        if content == case.content:
            continue  # a line that the study says already
        keeps = lines == f"rules: {{{case.finding}: keep}}" and case.part
        after = look_again(tmp_path, content, case, before) if keeps else look(tmp_path, content, case)
        assert not after.refused, f"{lines}: {after.refused}"
        assert case.finding not in after.asked, f"{lines}: {after.asked[case.finding]}"
