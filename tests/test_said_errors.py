"""What is wrong with a study's file is said in its language; what was written there stays as it is."""

import pytest
import translated

from helpers import cli
from helpers.languages import speaking
from helpers.site import error_texts, failures
from helpers.study.study import language_of

RIGHT = 'title: Shop\nas_of: "2026-06-30"\ntimezone: UTC\ncurrency: VND\nsource: demo\nlanguage: {language}\n'
WRONG = {
    "unknown key": ("currency:", "currenzy:", ["'currenzy'", "'currency'", "tables, notebooks"]),
    "no date": ('"2026-06-30"', "30.6.2026", ["'30.6.2026'", "as_of"]),
    "given twice": ("timezone:", "title: x\ntimezone:", ["'title'"]),
    "no zone": ("UTC", "Asia/Ho_Chi_Min", ["'Asia/Ho_Chi_Minh'"]),
    "an empty value": ("UTC", "", ["timezone"]),
}


@pytest.mark.parametrize("language", ["vi", "th"])
@pytest.mark.parametrize("case", WRONG)
def test_check_says_what_is_wrong_in_the_language_of_the_file(tmp_path, capsys, language, case):
    before, after, kept = WRONG[case]
    study = tmp_path / "shop.yaml"
    study.write_text(RIGHT.format(language=language).replace(before, after, 1))
    assert cli.main(["check", str(study)]) == 2
    said = capsys.readouterr().err
    names = frozenset({"shop.yaml", "Asia/Ho_Chi_Minh", "UTC", *kept})
    assert [one for one in kept if one not in said] == []
    left = said.replace(str(study), "").split(": ")[1]
    assert translated.left_in_english(left.split("'")[0], language, names) == ""


def test_a_study_that_asks_for_no_language_is_answered_in_english(tmp_path, capsys):
    study = tmp_path / "shop.yaml"
    study.write_text(RIGHT.replace("language: {language}\n", "").replace("UTC", "Mars"))
    assert cli.main(["check", str(study)]) == 2
    assert "unknown timezone 'Mars'. Write a name like" in capsys.readouterr().err
    assert language_of(study) == "en" and language_of(tmp_path / "none.yaml") == "en"


def test_every_error_is_found_by_its_own_sentence():
    sentences = error_texts.templates()
    assert len(sentences) > 100
    with speaking("vi"):
        for one in sentences:
            filled = error_texts._GAP.sub("Q7", one).replace("{{", "{").replace("}}", "}")
            assert error_texts.in_language(filled) != filled, one


def test_why_a_notebook_cannot_answer_is_said_in_the_language_of_its_page():
    reason = "Arm control has 2 clusters, and a cluster was drawn as one, so nothing tells the campaign from the cluster. "
    reason += "At least 5 per arm are needed, 20 are better"  # stored without its full stop
    with speaking("vi"):
        said = failures.refused(reason)
    assert (
        said.startswith("Nhánh control có 2 cụm")
        and said.endswith("20")
        and failures.refused(reason) == reason
    )


def test_what_stands_in_an_error_is_left_as_it_was_typed():
    with speaking("th"):
        said = error_texts.in_language(
            "a.yaml: labels is {key}: write one line per value, such as `coupon_2026_03: Spring coupon`."
        )
        assert "{key}" in said and "`coupon_2026_03: Spring coupon`" in said and "write" not in said
        assert error_texts.in_language("nobody wrote this, or that") == "nobody wrote this, or that"
