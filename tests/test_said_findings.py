"""What checking says, in the language of a study: findings, refusals, reasons, the terminal of `check`."""

import re
import string

import pytest
import translated
import yaml
from findings_support import check, one, orders, shop

from helpers import contracts
from helpers.commands import checking
from helpers.contracts.finding_checks import HOLDS, checks
from helpers.contracts.findings import Refused, refuse
from helpers.errors import StudyError
from helpers.languages import speaking
from helpers.messages import count, listing, message, money, percent, verbatim
from helpers.pages import stored_checks
from helpers.pages.wording import say
from helpers.site import failures
from helpers.site.shell import said_check
from helpers.study.study import load_study

OTHERS = ("vi", "th")


def wrong(folder) -> dict:
    """The content of a study with a finding, and with rows that break a rule."""
    rows = [
        {"customer_id": one["who"], "order_time": one["when"], "amount": "" if n < 3 else one["amount"]}
        for n, one in enumerate(orders())
    ]
    rows += [rows[-1] | {"customer_id": ""}] * 2
    return shop(folder, rows)


@pytest.mark.parametrize("language", OTHERS)
def test_what_stops_a_study_is_said_in_its_language(tmp_path, language):
    content = wrong(tmp_path)
    report = check(tmp_path, content)["transactions"]
    with pytest.raises(Refused) as refused:
        refuse([report])
    english = str(refused.value)
    assert "2 rows without customer_id (rule no_customer_id)" in english
    with speaking(language):
        said = failures.in_language(refused.value)
    assert re.findall("`[^`]*`", said) == re.findall("`[^`]*`", english), "what is to be typed stays as it is"
    assert not [line for line in said.split("\n") if translated.left_in_english(line, language)]


def test_check_prints_in_the_language_of_the_study(tmp_path, capsys):
    content = wrong(tmp_path) | {"language": "vi"}
    content["tables"] = {"transactions": {"rules": {"no_customer_id": "reject"}}}
    study = tmp_path / "study.yaml"
    study.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(StudyError, match=r"Không chạy được study\.yaml"):
        checking.check(load_study(study))
    shown = capsys.readouterr().out
    assert "242 dòng" in shown and "đọc là" in shown and "giá trị đơn hàng" in shown


@pytest.mark.parametrize("language", OTHERS)
def test_a_finding_is_a_check_whose_name_is_said_in_the_language(tmp_path, language):
    report = check(tmp_path, wrong(tmp_path))["transactions"]
    assert "order values above 0" in one(report, "order_values").sentence
    stored = [stored_checks.stored(found) for found in checks([report])]
    assert "transactions: order values" in [found["name"] for found in stored]
    with speaking(language):
        names = [said_check(found)["name"] for found in stored]
    assert names and not [name for name in names if translated.left_in_english(name, language)]


def test_every_finding_and_rule_has_the_same_gaps_in_all_of_its_words():
    for name, template in HOLDS.items():
        assert [field for _, field, _, _ in string.Formatter().parse(template.text) if field] == ["table"], (
            name
        )


def test_a_message_in_english_needs_no_page():
    told = message("test.told", "{rows}, {share}, {listed}: {line} for {money}.")
    rows, share = count(1200, "row"), percent(0.00001)
    listed, line = listing([verbatim("a"), count(2), verbatim("c")]), verbatim("x: {y}")
    said = told(rows=rows, share=share, listed=listed, line=line, money=money(1234.5, "EUR"))
    assert str(said) == "1,200 rows, less than 0.1 %, a, 2 and c: x: {y} for 1,234.50 EUR."
    assert say(said) == str(said).replace("1,234.50 EUR", "1,234 EUR")


def test_what_a_reader_may_know_of_an_error_is_said_in_the_language():
    with speaking("vi"):
        said = failures.for_readers("cell 7: ValueError: customer 12 is wrong")
    assert said.startswith("ô 7: ValueError. ") and "customer" not in said


def test_refusing_nothing_is_silent(tmp_path):
    contracts.refuse([])
