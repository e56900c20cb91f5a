"""How the arms of a test were drawn, where the study does not say it: by groups, or with other shares in each stratum.

Units that were drawn by stores and are counted one by one tell more than they know; strata with other shares of the arms,
read together, pass for an effect. Neither leaves a trace in the numbers.
"""

import math
import re

import numpy as np
import pandas as pd

from helpers.contracts.checked import Checked, columns_line, one_row, sql_text, where_line
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import count, message, verbatim
from helpers.study.study import parameters_for
from helpers.study.table_columns import TABLES

ONE_ARM_EACH = message(
    "design_not_said.one_arm_each",
    "of {units}, those with one value of {column} ({groups}) all have one arm: they were drawn as one, so one by one they "
    "tell less than their number.",
)
SAY_CLUSTER = message(
    "design_not_said.say_cluster",
    "The group is the unit of error then: add to experiment_units `{line}`. If the arms were drawn unit by unit, and "
    "{column} only tells what an arm got: `{keep}`.",
)
_PLACES_AND_PARTIES = (
    "store|stores|shop|shops|branch|outlet|site|city|town|village|region|district|province|state|county|country|zip|postal|"
    "postcode|market|dma|geo|school|class|classroom|clinic|hospital|ward|team|office|firm|company|account|household|hh|family|"
    "haushalt|foyer|hogar|familie|famille|familia|firma|empresa|entreprise|"
    "customer|client|user|member|session|device|cluster|block|filiale|stadt|ort|kunde|magasin|ville|tienda|ciudad|cliente"
)
OTHER_SHARES = message(
    "design_not_said.other_shares",
    "the shares of the arms differ between the {strata} of {column}: read together, what differs between them would pass "
    "for an effect of the arms.",
)
SAY_STRATUM = message(
    "design_not_said.say_stratum",
    "To compare the arms within each: add to experiment_units `{line}`. To add the rows up as they are: `{keep}`.",
)
ONE_ARM = message(
    "design_not_said.one_arm",
    "all {units} have the arm {arm}: where nobody was left alone, nothing can be compared.",
)
BRING_OTHERS = message(
    "design_not_said.bring_others",
    "Bring units that were left alone, or had something else, or leave this table out of the study.",
)
NOBODY = message(
    "design_not_said.nobody",
    "the stratum {stratum} has nobody in the arm {arm} ({empty} of {strata} lack an arm): nothing can be compared there.",
)
LEAVE_OUT = message(
    "design_not_said.leave_out",
    "Join it to another stratum, or leave it out: add to experiment_units `{line}`.",
)
GROUPS = re.compile(rf"(^| )({_PLACES_AND_PARTIES})(id)?( |$)")  # words in names of what is drawn as one
BY_CHANCE = math.log(1e-9)  # how unlikely it must be that no group has two arms
UNEVEN = 1e-6  # p value of equal shares in all strata
MOST_COLUMNS, MOST_COUNTS, MOST_NAMED = 100, 5_000, 50
TEST_PAGE = "31_experiment"  # its parameter unit_counts names the columns of counts


def findings(checked: Checked) -> list[Finding]:
    """Name the column by whose groups the arms were drawn, or that of the strata of counts, where the study does not."""
    if checked.table != "experiment_units":
        return []
    if alone := _one_arm(checked):
        return alone
    if checked.has("stratum"):
        return _empty_strata(checked) + ([] if checked.has("cluster") else _of_units(checked))
    counts = parameters_for(checked.study, TEST_PAGE).get("unit_counts", {})
    if counts.get("units", "") in checked.report.accepted.columns:
        return _of_counts(checked, counts["units"], counts.get("conversions", ""))
    return [] if checked.has("cluster") else _of_units(checked)


def _one_arm(checked: Checked) -> list[Finding]:
    rows = checked.report.accepted
    seen = one_row(rows, units=rows.count(), arms=rows.arm.nunique(), arm=rows.arm.max())
    if seen["arms"] != 1:
        return []
    told = ONE_ARM(units=count(seen["units"], "unit"), arm=verbatim(str(seen["arm"])))
    return [checked.finding("one_arm", STOP, told, count(1, "arm"), threshold=count(2), todo=BRING_OTHERS())]


def _empty_strata(checked: Checked) -> list[Finding]:
    """The strata in which somebody is missing: nobody was given one of the arms."""
    rows = checked.report.accepted
    rows = rows.filter(rows.arm.notnull()).mutate(stratum=rows.stratum.fill_null("none"))
    found = rows.group_by(["stratum", "arm"]).aggregate(units=rows.count()).to_pandas()
    sizes = found.pivot_table(index="stratum", columns="arm", values="units")
    empty = sizes[sizes.isna().any(axis=1)]
    if empty.empty or sizes.shape[1] < 2:
        return []
    told = NOBODY(
        stratum=verbatim(str(empty.index[0])),
        arm=verbatim(str(empty.columns[empty.iloc[0].isna()][0])),
        empty=count(len(empty)),
        strata=count(len(sizes)),
    )
    names = ", ".join(sql_text(str(one)) for one in empty.index[:MOST_NAMED])
    where = f"{checked.sql('stratum')} NOT IN ({names})"
    line = verbatim(where_line(where))
    return [
        checked.finding(
            "empty_stratum", STOP, told, count(len(empty)), threshold=count(0), todo=LEAVE_OUT(line=line)
        )
    ]


def _of_counts(checked: Checked, units: str, conversions: str) -> list[Finding]:
    """A row per arm and stratum: the column that tells an arm's rows apart, where the arms' shares differ by it.

    A column that tells those who converted from the others is none.
    """
    from scipy.stats import chi2_contingency  # noqa: PLC0415 (half a second that every other check saves)

    table = checked.report.plain.limit(MOST_COUNTS).to_pandas()
    if not table["arm"].duplicated().any():
        return []
    counts = pd.to_numeric(table[units], errors="coerce")
    rate = pd.to_numeric(table[conversions], errors="coerce") / counts if conversions in table else None
    for name in (one for one in table if one not in {"unit_id", "arm", units, conversions}):
        sizes = pd.crosstab(table[name].astype(str), table["arm"])
        if len(sizes) < 2 or not (sizes == 1).all(axis=None):
            continue
        if rate is not None and set(rate.groupby(table[name]).apply(set).map(tuple)) == {(0.0,), (1.0,)}:
            continue
        by = counts.groupby([table[name].astype(str), table["arm"]]).sum().unstack()
        p_value = chi2_contingency(by).pvalue if (by > 0).all(axis=None) else 1.0
        if p_value < UNEVEN:
            told = OTHER_SHARES(strata=count(len(by), "value"), column=verbatim(name))
            line = verbatim(columns_line("stratum", name))
            todo = SAY_STRATUM(line=line, keep=keep("other_shares"))
            return [
                checked.finding("other_shares", STOP, told, count(len(by)), threshold=count(1), todo=todo)
            ]
    return []


def _of_units(checked: Checked) -> list[Finding]:
    rows = checked.report.accepted
    contract = {column.name for column in TABLES[checked.table].columns}
    names = [name for name in rows.columns if name not in contract and not name.startswith("_")]
    named = [name for name in names if rows[name].type().is_string() or GROUPS.search(_plain(name))]
    named = named[:MOST_COLUMNS]
    if not named:
        return []
    counted = {f"n{place}": rows[name].nunique() for place, name in enumerate(named)}
    sizes = one_row(rows, rows=rows.count(), arms=rows["arm"].nunique(), **counted)
    groups = {name: sizes[f"n{place}"] or 0 for place, name in enumerate(named)}
    fitting = [name for name in named if (sizes["arms"] or 0) < groups[name] < (sizes["rows"] or 0)]
    # Where a city's stores all have one arm, the city was drawn: the fewest groups first.
    fitting.sort(key=lambda name: (not GROUPS.search(_plain(name)), groups[name]))
    return next(([found] for name in fitting if (found := _of_column(checked, name))), [])


def _of_column(checked: Checked, name: str) -> Finding | None:
    rows = checked.report.accepted
    rows = rows.filter(rows[name].notnull() & rows["arm"].notnull())
    each = rows.group_by(name).aggregate(units=rows.count(), arms=rows["arm"].nunique())
    sizes = each.group_by("units").aggregate(groups=each.count(), arms=each["arms"].max()).to_pandas()
    arms = rows.group_by("arm").aggregate(units=rows.count()).to_pandas()["units"]
    if sizes["arms"].max() > 1 or len(arms) < 2 or not _unlikely(sizes, arms):
        return None
    groups = count(int(sizes["groups"].sum()), "value")
    told = ONE_ARM_EACH(units=count(int(arms.sum()), "unit"), groups=groups, column=verbatim(name))
    line = verbatim(columns_line("cluster", name))
    todo = SAY_CLUSTER(line=line, column=verbatim(name), keep=keep("drawn_in_groups"))
    verdict = STOP if GROUPS.search(_plain(name)) else REVIEW
    value = count(int(sizes["groups"].sum()), "group")
    return checked.finding("drawn_in_groups", verdict, told, value, threshold=count(0), todo=todo)


def _unlikely(sizes: pd.DataFrame, arms: pd.Series) -> bool:
    """Whether units drawn one by one would hardly ever leave every group with one arm.

    sizes: how many `groups` have so many `units`; arms: units in each.
    """
    shares = np.log(arms / arms.sum())
    one_arm = [np.logaddexp.reduce(units * shares) for units in sizes["units"]]
    return float(sizes["groups"] @ one_arm) < BY_CHANCE


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]+", " ", name.casefold())
