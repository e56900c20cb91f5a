"""What pages call things that come from data: labels of the study, readable names for codes, and no raw id on a page."""

from pathlib import Path

import pandas as pd
import pytest

from helpers import languages
from helpers.errors import StudyError
from helpers.messages import message
from helpers.pages import figures, shown, wording
from helpers.pages.records import Figure, Table, drawing
from helpers.study import labels

CODES = {"coupon_10": "10 % coupon"}
BEST = message("test.best", "{arm} won.")


@drawing
def _names(names):
    fig, ax = figures.axes()
    ax.set_yticks(range(len(names)), names)
    return fig


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("coupon_2026_03", "coupon, March 2026"),
        ("winback_2025", "winback, 2025"),
        ("phin_coffee", "phin coffee"),
        ("cà_phê", "cà phê"),
        ("store", "store"),
        ("a_b@example.com x", "a_b@example.com x"),
        ("A-10_7 b", "A-10_7 b"),
    ],
)
def test_a_code_is_made_readable_and_other_text_is_left_alone(value, name):
    assert labels.readable(value) == name


def test_a_label_may_be_one_text_or_one_per_language():
    given = {"tea": {"en": "Tea", "vi": "Trà"}, "capsules": "Capsules", "thai_only": {"th": "ชา"}}
    assert labels.names(given, ["phin_coffee"], "vi") == {
        "phin_coffee": "phin coffee", "tea": "Trà", "capsules": "Capsules"}  # fmt: skip
    assert labels.names(given)["tea"] == "Tea"


WRONG = [
    7,
    "",
    None,
    {"fr": "thé"},
    {},
    {"en": None},
    {"en": "Tea", "vi": None},
    {"en": ["Tea"]},
    {"en": " "},
    {"en": {}},
]


@pytest.mark.parametrize("wrong", [*({"tea": one} for one in WRONG), ["tea"]])
def test_a_wrong_label_is_refused_with_the_form_that_is_right(wrong):
    with pytest.raises(StudyError, match=r"Spring coupon"):
        labels.read_labels(wrong, Path("demo.yaml"))


def test_sentences_tables_and_figures_say_the_label():
    with wording.labelled(CODES):
        assert wording.say(BEST(arm="coupon_10")) == "10 % coupon won."
        table = shown.html_of(shown.record_of(Table(_frame(), BEST(arm="coupon_10"))))
        assert "coupon_10" not in table and table.replace("\u00a0", " ").count("10 % coupon") >= 2
        record = shown.record_of(
            Figure(_names, {"names": ["coupon_10"]}, BEST(arm="coupon_10"), BEST(arm="coupon_10"))
        )
        assert "10\u00a0% coupon" in shown.html_of(record) and "coupon_10" not in shown.html_of(record)
        assert record["data"] == {"map": [["names", ["coupon_10"]]]}
        assert wording.say(BEST(arm="a and coupon_10")) == "a and 10 % coupon won."
    assert wording.say(BEST(arm="coupon_10")) == "coupon_10 won."


def test_a_changed_label_draws_a_figure_again():
    figure = Figure(_names, {"names": ["coupon_10"]}, BEST(arm="a"), BEST(arm="a"))
    with wording.labelled(CODES):
        record = shown.record_of(figure)
        assert shown.is_current(record, {})
    assert not shown.is_current(record, {})


def _frame() -> pd.DataFrame:
    return pd.DataFrame({"arm": ["coupon_10"]})


def test_code_in_advice_is_shown_as_code_and_nothing_else_is_let_through():
    assert wording.marked("Raise `tune` & <b>") == "Raise <code>tune</code> &amp; &lt;b&gt;"


def test_a_list_of_values_and_a_trait_with_its_value_bear_their_labels():
    with wording.labelled({"Hue": "Huế", "tea": "trà", "region": "tỉnh thành"}), languages.speaking("vi"):
        assert wording.label("Hue, tea") == "Huế, trà" and wording.label("Hue, milk") == "Hue, milk"
        assert wording.named("region: Hue") == "tỉnh thành: Huế"
