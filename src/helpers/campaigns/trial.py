"""A randomized campaign ready to be analysed, from assignments and orders or from a table of units with outcomes."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import ibis
import pandas as pd

from helpers import contracts, tables
from helpers.campaigns import (
    alike,
    arm_counts,
    clusters,
    covariate_table,
    experiment,
    lots,
    outcome_leaks,
    ratios,
    unit_outcomes,
)
from helpers.campaigns.assignment import planned_shares
from helpers.campaigns.lots import TEST, UNKNOWN
from helpers.campaigns.outcomes import control_arm, outcomes, pick_campaign
from helpers.campaigns.pre_period import TRAITS, traits
from helpers.campaigns.unit_outcomes import MONEY, POINTS
from helpers.errors import CannotAnswer, StudyError
from helpers.messages import Message, count, message
from helpers.study.study import Study
from helpers.study.year import YEAR_WINDOW

LITTLE = 10  # money per unit below which whole units of it say too little
KINDS = ("kind", "channel")  # attributes of customers by which effects may differ
DAYS = message("trial.days", "the {days} from the assignment")
WHOLE_TEST = message("trial.whole_test", "the time of the test")


@dataclass(frozen=True)
class Trial:
    """A campaign with its units, one row each.

    arms: control first. units: unit_id, arm, converted, revenue, margin, exposed, redeemed, contact_cost,
    incentive_cost, the traits, and with orders the columns of `outcomes.outcomes`. numeric, named: traits known
    before the assignment. shares: planned share per arm, None where there is no plan. assignments: rows of the
    table as given. days: how many days the outcomes cover, None where unknown. note: where the outcomes come from and
    what they count, where a table brings them. drawn: how arms were (`lots.how_drawn`). handled: what was done with gaps and
    codes of the covariates. measure: money, points or number, how the outcome is said. outcome: its column, and done: that
    which says who converted, with units.
    others: customers of the study outside the test, None where unknown. telling: covariates that gave the outcome away.
    """

    name: str
    arms: list[str]
    units: pd.DataFrame
    numeric: list[str]
    named: list[str]
    shares: pd.Series | None
    assignments: pd.DataFrame
    days: int | None = None
    unit: str = "customer"
    note: Message | None = None
    drawn: str = UNKNOWN
    measure: str = MONEY
    outcome: str = ""
    done: str = ""
    handled: list[Message] = field(default_factory=list)
    others: int | None = None
    telling: tuple[str, ...] = ()

    @property
    def control(self) -> str:
        """The arm that is left alone."""
        return self.arms[0]

    @property
    def by_lot(self) -> bool:
        """Whether its arms are said to have been drawn by lot: without, nothing it shows is advice."""
        return self.drawn == lots.RANDOMIZED

    @property
    def is_share(self) -> bool:
        """Whether the outcome is what each unit did or did not do; a rate of each unit is no share of units."""
        return self.measure == POINTS and bool(self.units["revenue"].isin([0.0, 1.0]).all())

    @property
    def is_ratio(self) -> bool:
        """Whether the outcome is one sum over another, so that a unit's `revenue` is its part in its arm's ratio."""
        return "per" in self.units

    @property
    def tells_who(self) -> bool:
        """Whether a share of units did what is counted: not where all did, or where an amount below 0 counts as done."""
        lost = self.outcome == self.done and bool((self.units["revenue"] < 0).any())
        return not lost and not bool(self.units["converted"].all())

    def family(self, asked: str, *, counted: bool = False) -> str:
        """The family of spend: what was asked, but means by their standard errors for a ratio and for counts per arm."""
        return experiment.NORMAL if counted or self.is_ratio else asked

    def currency(self, of_study: str) -> str:
        """What amounts are counted in: the study's currency, or conversions, or the outcome itself."""
        return {MONEY: of_study, POINTS: "conversions"}.get(self.measure, self.outcome)

    @property
    def say_so(self) -> str:
        """The line of a study that says the arms were drawn by lot."""
        return lots.line_of([self.name])

    @property
    def span(self) -> Message:
        """What the outcomes cover, in words."""
        return DAYS(days=count(self.days, "day")) if self.days else WHOLE_TEST()

    @property
    def net(self) -> pd.Series:
        """Margin less contact and incentive of each unit."""
        return self.units["margin"] - self.units["contact_cost"] - self.units["incentive_cost"]

    @property
    def brings_little(self) -> bool:
        """Whether a unit brings so little that amounts per unit need digits after the point."""
        return bool(self.net.abs().mean() < LITTLE)


def from_orders(
    campaigns: pd.DataFrame,
    ledger: ibis.Table,
    customers: pd.DataFrame | None,
    *,
    as_of: date,
    margin_share: float,
    campaign_id: str = "",
    pre_period_days: int = YEAR_WINDOW,
    window_days: int | None = 0,
) -> Trial:
    """Join a campaign of the table campaigns to the ledger.

    Outcomes count in the window (see `outcomes.outcomes`); with `window_days` None for as many days as everyone was
    followed, so that what was only pulled forward is taken off again. customers: their kind and
    channel become named traits.
    """
    rows = pick_campaign(campaigns, campaign_id)
    control = control_arm(rows)
    if window_days is None:
        window_days = (as_of - pd.to_datetime(rows["assigned_at"]).max().date()).days + 1
        if window_days < 1:
            raise StudyError(
                f"Some customers are assigned after as_of ({as_of}): nothing is known of them yet."
            )
    period = {"pre_period_days": pre_period_days, "window_days": window_days}
    units = outcomes(rows, ledger, as_of=as_of, margin_share=margin_share, **period)
    people = units[["customer_id"]].assign(day=units["assigned_date"])
    known = traits(people, ledger, pre_period_days)
    units = units.drop(columns=["pre_revenue", "pre_purchase_days"]).merge(known, on="customer_id")
    named = []
    if customers is not None:
        named = [name for name in KINDS if name in customers and customers[name].nunique() > 1]
        units = units.merge(customers[["customer_id", *named]], on="customer_id", how="left")
    first = rows.drop_duplicates("customer_id").set_index("customer_id").reindex(units["customer_id"])
    units = _as_drawn(units, first.set_index(units.index))
    if customers is not None and "parent_id" in customers and "cluster" not in units:
        parent = units["customer_id"].map(customers.set_index("customer_id")["parent_id"])
        if clusters.drawn_together(units["customer_id"], parent, units["arm"]):
            units["cluster"] = parent.where(parent.notna(), units["customer_id"])
    named += ["stratum"] if "stratum" in units else []
    return Trial(
        name=str(rows["campaign_id"].iloc[0]),
        arms=lots.control_first(units["arm"], control),
        units=units.assign(unit_id=units["customer_id"]),
        numeric=[name for name in TRAITS if name in known],
        named=[name for name in named if units[name].nunique() > 1],
        shares=planned_shares(rows),
        assignments=rows,
        days=int(units["window_days"].median()),
        drawn=lots.how_drawn(rows),
        others=None
        if customers is None
        else int((~customers["customer_id"].isin(units["customer_id"])).sum()),
    )


def from_units(
    table: pd.DataFrame,
    *,
    outcomes: list[str] | dict[str, str],
    covariates: list[str],
    control: str = "",
    **options: Any,
) -> Trial:
    """Read a test from the table experiment_units as `as_told` does, less covariates that give the outcome away."""
    arms = _arms(table, control)
    done = unit_outcomes.read(table, outcomes, options.get("value", 0.0))
    telling = outcome_leaks.telling(table, covariates, done.buys, done.amount)
    kept = [name for name in covariates if name not in telling]
    return replace(_of(table, arms, done, kept, **options), telling=tuple(telling))


def as_told(
    table: pd.DataFrame,
    *,
    outcomes: list[str] | dict[str, str],
    covariates: list[str],
    control: str = "",
    **options: Any,
) -> Trial:
    """Read a test from the table experiment_units, whose columns are named by the study.

    outcomes: one or two columns, or what each measures (`unit_outcomes.read`). covariates: columns known before the
    assignment, numbers or names. control: the arm left alone. options: shares planned per arm; margin_share of money; value
    of a conversion in money (0: conversions themselves are the outcome); contact_cost of each unit outside control, unless
    the table has a column of that name.
    """
    arms = _arms(table, control)
    return _of(
        table, arms, unit_outcomes.read(table, outcomes, options.get("value", 0.0)), covariates, **options
    )


def _of(
    table: pd.DataFrame,
    arms: list[str],
    done: unit_outcomes.Outcomes,
    covariates: list[str],
    *,
    shares: dict[str, float] | None = None,
    margin_share: float = 1.0,
    value: float = 0.0,
    contact_cost: float = 0.0,
) -> Trial:
    units = pd.DataFrame({"unit_id": table["unit_id"].astype(str), "arm": table["arm"].astype(str)})
    units["converted"], units["revenue"] = done.converted, done.amount
    if not done.converted.equals(done.buys):
        units["buys"] = done.buys
    in_money = done.measure == MONEY
    units["margin"] = done.amount * (margin_share if in_money and not done.by_value else 1.0)
    treated = (units["arm"] != arms[0]).astype(float)
    units["contact_cost"] = (
        _number(table, "contact_cost") if "contact_cost" in table else contact_cost * treated
    )
    units["incentive_cost"] = _number(table, "incentive_cost") if "incentive_cost" in table else 0.0
    if not in_money:
        units[["contact_cost", "incentive_cost"]] = 0.0
    units["exposed"] = _number(table, "exposed").eq(1) if "exposed" in table else False
    # Whoever cost an incentive has redeemed it, where the table does not say who did.
    used = _number(table, "redeemed").eq(1) if "redeemed" in table else units["incentive_cost"] > 0
    units["redeemed"] = used
    known = covariate_table.read(table, covariates)
    units = _as_drawn(pd.concat([units, known.table], axis=1), table)
    if done.per is not None:
        units["revenue"] = units["margin"] = ratios.linearised(units, done.amount, done.per)
        units["per"] = done.per
    return Trial(
        name=TEST,
        arms=arms,
        units=units,
        numeric=known.numeric,
        named=[*known.named, *(["stratum"] if "stratum" in units else [])],
        shares=_planned(shares, arms),
        assignments=table.assign(customer_id=table["unit_id"]),
        unit="unit",
        drawn=lots.how_drawn(table),
        handled=known.notes,
        note=unit_outcomes.note(done, value),
        measure=done.measure,
        outcome=done.names[-1],
        done=done.names[0],
    )


def _as_drawn(units: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Take over stratum and cluster of the rows (blank: one stratum, a cluster of one); no stratum may lack an arm."""
    if "stratum" in rows and rows["stratum"].nunique(dropna=False) > 1:
        units = units.assign(stratum=rows["stratum"].astype("string").fillna("none"))
    if "cluster" in rows and rows["cluster"].notna().any():
        alone = units["unit_id" if "unit_id" in units else "customer_id"].astype("string")
        units = units.assign(cluster=rows["cluster"].astype("string").fillna(alone))
    alike.refuse_empty_strata(units)
    return units


def outcomes_of(
    rows: pd.DataFrame, outcomes: list[str], kinds: dict[str, str], counts: dict[str, str]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the units of a table, from counts per arm where `counts` names them, and what each outcome measures."""
    if counts:
        rows, outcomes = arm_counts.as_units(rows, counts)
        kinds = {outcomes[-1]: MONEY, counts[arm_counts.CONVERSIONS]: unit_outcomes.CONVERSION} | kinds
    return rows, {name: kinds.get(name, "") for name in outcomes}


def uses_units(unit_outcomes: Iterable[str], has_campaigns: bool) -> bool:
    """Say which table is analysed: experiment_units where the study names its outcome, else campaigns with orders."""
    if list(unit_outcomes) or has_campaigns:
        return bool(list(unit_outcomes))
    raise StudyError(
        "This study has no table campaigns joined to orders. To read the table experiment_units, name its columns "
        "in the study: parameters unit_outcomes (or unit_counts), unit_covariates and control_arm."
    )


def read_units(study: Study, accepted: pd.DataFrame | None) -> pd.DataFrame:
    """The accepted rows of the study's table experiment_units: as given, or read here in a study without orders."""
    if accepted is not None:
        return accepted
    reports = contracts.check(study, tables.open_source(study), tables=["experiment_units"])
    if not reports:
        raise StudyError(
            "The study has neither the table campaigns (with transactions) nor experiment_units: "
            "there is no test to read."
        )
    contracts.refuse(reports)
    return reports[0].plain.to_pandas()


def _arms(table: pd.DataFrame, control: str) -> list[str]:
    """The arms of a table of units, control first; refused where one of them is alone or of hardly anybody."""
    arms = lots.arms_of(table["arm"])
    if len(arms) < 2:
        raise CannotAnswer(
            f"The test has one arm only ({arms[0]}): without a control nothing can be compared. Draw the "
            "next test's arms by lot, and leave one alone."
        )
    lots.refuse_small_arms(table["arm"])
    if control not in arms:
        said = f"control_arm is {control!r}" if control else "The study does not say which arm is the control"
        raise StudyError(f"{said}: set control_arm to one of {', '.join(arms)}.")
    return lots.control_first(arms, control)


def _planned(shares: dict[str, float] | None, arms: list[str]) -> pd.Series | None:
    if not shares:
        return None
    if set(shares) != set(arms):
        raise StudyError(
            f"planned_shares names {', '.join(sorted(shares))}; the arms are {', '.join(arms)}: one share for each."
        )
    rows = pd.DataFrame({"arm": list(shares), "planned_share": [float(one) for one in shares.values()]})
    return planned_shares(rows)


def _number(table: pd.DataFrame, name: str) -> pd.Series:
    values = pd.to_numeric(table[name], errors="coerce").astype(float)
    if values.isna().any():
        rows = int(values.isna().sum())
        raise StudyError(
            f"Column {name!r} of experiment_units is no number in {rows:,} of {len(values):,} rows."
        )
    return values
