"""A campaign that was not drawn by lot, ready to be compared: who was contacted, who else there was, both one period
earlier.

Where the campaign names an arm that was left alone (is_control), that arm is the comparison. Else it is everybody outside
the campaign who was a customer on that day, each with a day drawn from those of the contacted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import ibis
import numpy as np
import pandas as pd

from helpers.campaigns import covariate_table, lots, trial
from helpers.campaigns.pre_period import history
from helpers.campaigns.trial import Trial
from helpers.errors import CannotAnswer, StudyError

OUTSIDE = "not contacted"
KINDS = ("kind", "relation")
PEOPLE = (*KINDS, "channel")  # attributes of customers that are compared where they are there
FEWEST = 30  # contacted who had ordered before the control period, below which it is not looked at


@dataclass(frozen=True)
class Observed:
    """A campaign without lots: `test` has two arms, those left alone first; `before` the same units one period earlier.

    before: None where nothing is known of that time. outside: whether the comparison was taken from outside the campaign.
    elsewhere: share of each arm that was in another campaign at the time, None where that is not known.
    """

    test: Trial
    before: Trial | None
    outside: bool = False
    elsewhere: pd.Series | None = None

    @property
    def arm(self) -> str:
        """The arm that was contacted."""
        return self.test.arms[1]

    @property
    def treated(self) -> np.ndarray:
        """Whether each unit was contacted."""
        return (self.test.units["arm"] == self.arm).to_numpy(bool)


def pick(campaigns: pd.DataFrame, campaign_id: str = "", tried: pd.DataFrame | None = None) -> str:
    """Return the campaign asked for, or the largest that was not drawn by lot, whose lots were refuted, or that says
    nothing.

    tried: the artifact campaign_effect, which says whether the arms of a randomized campaign were alike before.
    CannotAnswer where all were drawn by lot.
    """
    sizes = (
        campaigns.groupby("campaign_id")["customer_id"].nunique().sort_values(ascending=False, kind="stable")
    )
    if campaign_id:
        if campaign_id not in sizes.index:
            raise StudyError(
                f"There is no campaign {campaign_id!r}: the table has {', '.join(map(str, sizes.index))}."
            )
        return campaign_id
    drawn = {name: lots.how_drawn(rows) for name, rows in campaigns.groupby("campaign_id")}
    refuted = set() if tried is None else set(tried.loc[~tried["alike"].astype(bool), "campaign_id"])
    for ask in (
        lambda name: drawn[name] == lots.NOT_RANDOMIZED,
        lambda name: name in refuted,
        lambda name: drawn[name] == lots.UNKNOWN,
    ):
        if found := [str(name) for name in sizes.index if ask(name)]:
            return found[0]
    raise CannotAnswer(
        f"The arms of all campaigns ({', '.join(map(str, sizes.index))}) were drawn by lot, "
        f"so 31 reads them. To look at one of them here, name it (campaign_without_lots)."
    )


def refuse_lots(rows: pd.DataFrame, tried: pd.DataFrame | None = None) -> None:
    """CannotAnswer where the units' arms were drawn by lot, unless they were not alike before (`tried`, see `pick`)."""
    refuted = tried is not None and bool((~tried["alike"].astype(bool)).any())
    if lots.how_drawn(rows) == lots.RANDOMIZED and not refuted:
        raise CannotAnswer(
            "The arms of this test were drawn by lot, so they are compared as they are (31). This page is for campaigns "
            "that nobody drew lots for."
        )


def from_orders(
    campaigns: pd.DataFrame,
    ledger: ibis.Table,
    customers: pd.DataFrame | None,
    *,
    arm: str = "",
    traits: list[str],
    pre_period_days: int,
    seed: int = 1,
    **options: Any,
) -> Observed:
    """Join one campaign to the ledger, and once more with every day of assignment moved back by the window.

    campaigns: the rows of all campaigns; options: campaign_id, as_of, margin_share and window_days of `trial.from_orders`.
    arm: the contacted one, the largest if empty. traits: further columns of customers known before.
    """
    own = campaigns[campaigns["campaign_id"] == options["campaign_id"]]
    rows, outside = _two_arms(own, arm), False
    first = _first_orders(ledger)
    if rows["arm"].nunique() == 1:
        others = _of_their_kinds(_others(rows, own, first, customers, seed), rows, customers)
        rows, outside = pd.concat([rows, others], ignore_index=True), True
    test = _joined(rows, ledger, customers, traits, pre_period_days, options)
    ends = pd.Timedelta(days=test.days or 0)
    earlier = rows.assign(assigned_at=pd.to_datetime(rows["assigned_at"]) - ends)
    known = earlier["customer_id"].map(first) < earlier["assigned_at"].dt.normalize()
    earlier = earlier[known]
    before = None
    if earlier.groupby("arm")["customer_id"].nunique().reindex(test.arms, fill_value=0).min() >= FEWEST:
        before = _joined(earlier, ledger, customers, traits, pre_period_days, options)
    return Observed(test, before, outside, _elsewhere(campaigns, test))


def from_units(
    table: pd.DataFrame,
    *,
    outcomes: Mapping[str, str],
    covariates: list[str],
    before: str,
    earlier: list[str],
    arm: str = "",
    control: str,
    **options: Any,
) -> Observed:
    """Read the table experiment_units; options: margin_share, value and contact_cost of `trial.as_told`.

    before: the column that holds the outcome in the period before the assignment, itself a covariate; earlier: those of the
    covariates that were known before that period began. Without either there is no negative control.
    """
    own = table.drop(columns="stratum", errors="ignore")
    if before and before in {*earlier}:
        raise StudyError(
            f"unit_before is {before!r}, which unit_earlier names too: it was not known before itself."
        )
    known = [*covariates, *([before] if before and before not in covariates else [])]
    if wrong := [name for name in earlier if name not in known]:
        raise StudyError(
            f"unit_earlier names {', '.join(wrong)}, which unit_covariates does not: name them there, too."
        )
    strata = ["stratum"] if "stratum" in table and table["stratum"].nunique() > 1 else []
    if strata:
        own = own.assign(stratum_told=table["stratum"])
        known, earlier = [*known, "stratum_told"], [*earlier, "stratum_told"] if earlier else earlier
    found = trial.as_told(own, outcomes=dict(outcomes), covariates=known, control=control, **options)
    if found.is_ratio:
        raise CannotAnswer(
            f"{found.outcome} is a ratio of sums, which is read for arms drawn by lot (31) only. Name one column in "
            "unit_outcomes, without unit_outcome_kinds."
        )
    test = _arm_of(found, arm)
    if not before or not earlier:
        return Observed(test, None)
    kinds = {before: list(outcomes.values())[-1]}
    past = trial.as_told(own, outcomes=kinds, covariates=earlier, control=control, **options)
    return Observed(test, _arm_of(past, test.arms[1]))


def _two_arms(own: pd.DataFrame, arm: str) -> pd.DataFrame:
    """The rows of the contacted arm and, where one is marked, of that left alone; what was planned does not count."""
    own = own.drop(columns=["planned_share", "stratum"], errors="ignore")
    marked = (
        own["is_control"].fillna(False).astype(bool) if "is_control" in own else pd.Series(False, own.index)
    )
    controls = sorted(own.loc[marked, "arm"].unique())
    treated = own.loc[~own["arm"].isin(controls), "arm"].value_counts()
    if len(controls) > 1 or treated.empty:
        raise StudyError(
            f"Arms marked as control: {', '.join(controls)}. One at most is left alone, and another one is contacted."
        )
    if arm and arm not in treated.index:
        raise StudyError(f"There is no contacted arm {arm!r}: there is {', '.join(map(str, treated.index))}.")
    chosen = arm or str(treated.index[0])
    return own[own["arm"].isin([chosen, *controls])].reset_index(drop=True)


def _first_orders(ledger: ibis.Table) -> pd.Series:
    bought = ledger.filter(ledger.kind == "purchase")
    first = bought.group_by("customer_id").agg(first=bought.order_date.min()).to_pandas()
    return pd.to_datetime(first.set_index("customer_id")["first"])


def _others(
    rows: pd.DataFrame, own: pd.DataFrame, first: pd.Series, customers: pd.DataFrame | None, seed: int
) -> pd.DataFrame:
    """Rows for everybody who was a customer (had ordered, or been acquired) on the day, and is in no arm of the campaign."""
    since = first.copy()
    if customers is not None and "acquired_at" in customers:
        known = pd.to_datetime(customers.set_index("customer_id")["acquired_at"])
        since = pd.concat([since, known]).groupby(level=0).min()
    since = since[~since.index.isin(own["customer_id"])].dropna().sort_index()
    days = pd.to_datetime(rows["assigned_at"]).to_numpy()
    drawn = pd.Series(np.random.default_rng(seed).choice(days, len(since)), since.index)
    drawn = drawn[since < drawn.dt.normalize()]
    if len(drawn) < FEWEST:
        raise CannotAnswer(
            f"Campaign {rows['campaign_id'].iloc[0]} names nobody who was left alone (is_control), and "
            f"outside of it "
            f"there were {len(drawn)} customers on its day: nobody to compare with. Leave a control group alone, drawn by "
            f"lot."
        )
    made = pd.DataFrame(
        {"customer_id": drawn.index, "assigned_at": drawn.to_numpy(), "arm": OUTSIDE, "is_control": True}
    )
    same = {name: rows[name].iloc[0] for name in ("campaign_id", "assigned") if name in rows}
    return made.assign(
        **same, **({"window_days": rows["window_days"].median()} if "window_days" in rows else {})
    )


def _of_their_kinds(others: pd.DataFrame, rows: pd.DataFrame, customers: pd.DataFrame | None) -> pd.DataFrame:
    """Those others whose kind and relation somebody contacted has: no firms where only consumers were."""
    if customers is None:
        return others
    for name in [one for one in KINDS if one in customers]:
        kind = customers.drop_duplicates("customer_id").set_index("customer_id")[name]
        others = others[others["customer_id"].map(kind).isin(rows["customer_id"].map(kind).unique())]
    return others


def _joined(
    rows: pd.DataFrame, ledger: ibis.Table, customers: pd.DataFrame | None,
    traits: list[str], pre_period_days: int, options: Mapping[str, Any],
) -> Trial:  # fmt: skip
    """A trial of these rows with everything that orders and the table customers say of the time before."""
    marked = rows.assign(is_control=rows["is_control"].fillna(False).astype(bool))
    test = trial.from_orders(marked, ledger, None, pre_period_days=pre_period_days, **options)
    units = test.units.drop(columns="cluster", errors="ignore")
    people = units[["customer_id"]].assign(day=units["assigned_date"])
    more = history(people, ledger, pre_period_days)
    units = units.merge(more, on="customer_id", how="left")
    numeric = [*test.numeric, *(name for name in more if name != "customer_id")]
    named: list[str] = []
    notes = list(test.handled)
    if customers is not None:
        wrong = [name for name in traits if name not in customers]
        if wrong:
            raise StudyError(
                f"customer_traits names {', '.join(wrong)}; customers has {', '.join(map(str, customers.columns))}."
            )
        wanted = [*(name for name in PEOPLE if name in customers and name not in traits), *traits]
        own = customers.drop_duplicates("customer_id").set_index("customer_id").reindex(units["customer_id"])
        read = covariate_table.read(own.set_index(units.index), wanted)
        units = pd.concat([units, read.table], axis=1)
        numeric, named, notes = [*numeric, *read.numeric], list(read.named), [*notes, *read.notes]
        if "parent_id" in customers and own["parent_id"].notna().any():
            parent = own["parent_id"].set_axis(units.index).astype("string")
            units["cluster"] = parent.fillna(units["customer_id"].astype("string"))
    if "cluster" in test.units and "cluster" not in units:
        units["cluster"] = test.units["cluster"]
    return replace(test, units=units, numeric=numeric, named=named, shares=None, handled=notes)


def _arm_of(found: Trial, arm: str) -> Trial:
    """The trial with one contacted arm beside control: the one asked for, or the largest."""
    sizes = found.units["arm"].value_counts()
    if arm and arm not in found.arms[1:]:
        raise StudyError(f"There is no contacted arm {arm!r}: there is {', '.join(found.arms[1:])}.")
    chosen = arm or str(sizes.reindex(found.arms[1:]).idxmax())
    arms = [found.control, chosen]
    return replace(
        found, arms=arms, units=found.units[found.units["arm"].isin(arms)].reset_index(drop=True), shares=None
    )


def _elsewhere(campaigns: pd.DataFrame, test: Trial) -> pd.Series | None:
    """The share of each arm that was assigned to another campaign in this one's window, or shortly before it began."""
    others = campaigns[campaigns["campaign_id"] != test.name]
    if others.empty:
        return None
    days = test.units.set_index("customer_id")["assigned_date"]
    gap = (pd.to_datetime(others["assigned_at"]).dt.normalize() - others["customer_id"].map(days)).dt.days
    busy = set(others.loc[gap.abs() <= (test.days or 0), "customer_id"])
    return test.units["customer_id"].isin(busy).groupby(test.units["arm"]).mean().reindex(test.arms)
