"""Was the assignment what it claims to be? Asked before any effect is computed."""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from helpers.campaigns.alike import ALIKE, Alike, check_alike, compare, drawn_together
from helpers.checks import LEAST, VERDICTS, Check, check
from helpers.errors import StudyError
from helpers.messages import Message, count, decimals, message, percent, plain

PAST = ["pre_revenue", "pre_purchase_days"]  # known of every customer with orders
FAR_APART = 0.5  # standard deviations between arms' dates of assignment beyond which seasons are compared
COSTS = ("contact_cost", "incentive_cost")
# The questions that every page on a campaign asks before any effect.
ASSIGNMENT = (
    "Sample ratio",
    ALIKE,
    "Customers in two arms",
    "Controls who were treated",
    "Assigned after the outcome",
    "Arms at the same time",
    "Costs stated",
)


LOST_ON_THE_WAY = message(
    "assignment.lost_on_the_way",
    "Customers were lost or added on the way to an arm: find out where before reading any effect.",
)
NO_PLAN = message(
    "assignment.no_plan",
    "No planned_share is given, so equal shares were assumed: state them, in that column of campaigns or, for "
    "experiment_units, in the parameter planned_shares.",
)
NOT_QUITE = message(
    "assignment.not_quite",
    "The arms are nearly equal, and further from it than chance goes: units were lost or added on the way to one. If they "
    "were planned so, state planned_share, in that column of campaigns or, for experiment_units, in the parameter "
    "planned_shares.",
)
AT_MOST_SHARE = message("assignment.at_most_share", "0; at most {bound}")
AT_MOST = message("assignment.at_most", "at most {bound}")
TWICE = message(
    "assignment.twice",
    "These customers count in the arm they were first assigned to. Mend what assigns them twice.",
)
TREATED_CONTROLS = message(
    "assignment.treated_controls",
    "Treated controls pull every effect towards zero: true effects are larger than shown.",
)
AFTER_OUTCOME = message(
    "assignment.after_outcome",
    "Exposed or redeemed before being assigned: the arm may have been chosen after the outcome.",
)
WINDOWS = message("assignment.windows", "windows in days: {windows}")
APART = message("assignment.apart", "assigned {apart} standard deviations apart")
OTHER_DAYS = message(
    "assignment.other_days",
    "The arms are not compared over the same days: give them one window, or compare those assigned together.",
)
NO_COSTS = message(
    "assignment.no_costs",
    "No contact_cost or incentive_cost is given, so gains are before costs: fill them in (0 for none).",
)
SMALLEST = 1e-300  # a p value is never 0
P_VALUE = message("assignment.p_value", "p = {p}")
COST_COLUMNS = message("assignment.cost_columns", "1 or 2 columns")
STILL_OPEN = message(
    "assignment.still_open",
    "The window is still open for some: the effect so far, not the effect of the whole window.",
)
FEW_BUYERS = message(
    "assignment.few_buyers",
    "In arm {arm} few have an amount: how large it is on average is guessed with the help of the other arms.",
)
FEW_CONVERTED = message(
    "assignment.few_converted", "In arm {arm} few did what was asked, so its share is unsure."
)
OF_CAMPAIGN = message("assignment.of_campaign", "{campaign}: {advice}")
FEWEST_BUYERS = 30
NEAR = 0.1  # how far from equal shares arms may lie that were hardly planned so
SUSPECT, BROKEN = 0.01, 0.001  # p values of the sample ratio below which it is asked about, and refused


def planned_shares(campaign: pd.DataFrame) -> pd.Series | None:
    """Return the planned share of each arm, or None when the campaign states none."""
    if "planned_share" not in campaign or campaign.planned_share.isna().all():
        return None
    if "stratum" in campaign:
        return _within_strata(campaign)
    per_arm = campaign.groupby("arm").planned_share.agg(["min", "max"])
    changed = per_arm[~np.isclose(per_arm["min"], per_arm["max"])]
    if len(changed) or per_arm.isna().any(axis=None):
        arm = changed.index[0] if len(changed) else per_arm.index[per_arm["min"].isna()][0]
        raise StudyError(
            f"planned_share of arm {arm!r} is missing or differs between its rows: give one share per arm."
        )
    shares = per_arm["min"]
    if abs(shares.sum() - 1) > 0.005 or (shares <= 0).any():
        raise StudyError(
            f"planned_share is {shares.to_dict()}, which adds up to {shares.sum():.3f}: shares are above 0 "
            "and add up to 1 over all planned arms. Is an arm missing from the table?"
        )
    return shares / shares.sum()


def _within_strata(campaign: pd.DataFrame) -> pd.Series:
    """Planned shares over all strata, from those of each: a share may differ between strata, not within one."""
    sizes, arms, planned = campaign["stratum"].value_counts(), set(campaign["arm"]), {}
    for name, rows in campaign.groupby("stratum"):
        shares = planned_shares(rows.drop(columns="stratum"))
        if shares is None or not set(shares.index) >= arms:
            raise StudyError(
                f"Stratum {name!r} does not plan every arm: state planned_share of each of them there."
            )
        planned[name] = shares * sizes[name]
    total = pd.DataFrame(planned).sum(axis=1)
    return total / total.sum()


def drawn(units: pd.DataFrame) -> pd.Series:
    """How many were drawn into each arm: units, or clusters where those were drawn as one, whatever their sizes."""
    if not drawn_together(units):
        return units["arm"].value_counts().sort_index()
    return units.groupby("cluster")["arm"].first().value_counts().sort_index()


def sample_ratio(
    counts: pd.Series, shares: pd.Series | None = None, lots: pd.Series | None = None
) -> tuple[float, pd.DataFrame]:
    """Test customers per arm against the planned shares (equal shares when None): p value and table.

    Pearson's chi-square with (arms - 1) degrees of freedom; the table has arm, customers, share, planned. lots: how
    many were drawn (`drawn`), where those are not the customers.
    """
    planned = pd.Series(1 / len(counts), counts.index) if shares is None else shares.reindex(counts.index)
    tested = counts if lots is None else lots.reindex(counts.index)
    test = stats.chisquare(tested, planned * tested.sum())
    table = pd.DataFrame({"customers": counts, "share": counts / counts.sum(), "planned": planned})
    return max(float(test.pvalue), SMALLEST), table.rename_axis("arm").reset_index()


def nearly_equal(lots: pd.Series) -> bool:
    """Whether all arms are within a tenth of equal ones, as hardly anybody plans them."""
    return bool((lots * len(lots) / lots.sum()).between(1 - NEAR, 1 + NEAR).all())


def check_sample_ratio(p_value: float, *, has_plan: bool, near: bool = False) -> Check:
    """Judge the p value of `sample_ratio`: FAIL below .001, REVIEW below .01.

    Without a plan only arms that are nearly equal (`near`, see `nearly_equal`) and yet not can fail it.
    """
    lost = p_value < BROKEN and (has_plan or near)
    return check(
        "Sample ratio",
        fail=lost,
        review=not has_plan or p_value < SUSPECT,
        value=P_VALUE(p=plain(p_value)),
        threshold=f"p >= {SUSPECT}",
        advice=LOST_ON_THE_WAY() if has_plan else NOT_QUITE() if lost else NO_PLAN(),
    )


def check_assignment(
    campaign: pd.DataFrame,
    units: pd.DataFrame,
    control: str,
    found: Alike,
    shares: pd.Series | None = None,
) -> list[Check]:
    """Check the assignment of one campaign (raw rows, and one row per customer): a check per question.

    found: how alike the arms were (`alike.compare`). shares: planned ones where the rows have none. What a table
    does not say (exposure, times of assignment, windows) is not asked.
    """
    shares = planned_shares(campaign) if shares is None else shares
    lots = drawn(units)
    p_value, _ = sample_ratio(lots, shares)
    checks = [check_sample_ratio(p_value, has_plan=shares is not None, near=nearly_equal(lots))]
    checks += [check_alike(found)]
    checks += [_several_arms(campaign)]
    checks += [_exposed_controls(units, control)] if events_told(campaign) else []
    checks += [_before_assignment(campaign)] if "assigned_at" in campaign else []
    checks += [_same_time(units, control)] if "assigned_date" in units else []
    checks += [_costs_stated(campaign)] if "campaign_id" in campaign else []
    checks += [_open_windows(units)] if "window_closed" in units else []
    return [*checks, _converters(units)]


def check_lots(
    units: dict[str, pd.DataFrame], campaigns: dict[str, pd.DataFrame], controls: dict[str, str]
) -> list[Check]:
    """Ask of every campaign the questions in ASSIGNMENT (`check_assignment`).

    One check per question, that of the campaign which answers worst; its advice names the campaign.
    """
    worst: dict[str, Check] = {}
    for name, own in units.items():
        found = compare(own, controls[name], PAST, [])
        for one in check_assignment(campaigns[name], own, controls[name], found):
            if one.name not in ASSIGNMENT:
                continue
            if one.name not in worst or VERDICTS.index(one.verdict) < VERDICTS.index(worst[one.name].verdict):
                advice = OF_CAMPAIGN(campaign=name, advice=one.advice) if one.advice else None
                worst[one.name] = replace(one, advice=advice)
    return list(worst.values())


def events_told(campaign: pd.DataFrame) -> list[str]:
    """Which of exposed and redeemed the rows of a campaign or of experiment_units say anything about."""
    return [name for name in ("exposed", "redeemed") if {name, f"{name}_at"} & set(campaign)]


def _share(name: str, share: float, bound: float, advice: Message) -> Check:
    """PASS at zero, REVIEW up to the bound, FAIL above it."""
    threshold = AT_MOST_SHARE(bound=percent(bound, 0)) if bound else percent(0.0, 0)
    return check(
        name, fail=share > bound, review=share > 0, value=percent(share), threshold=threshold, advice=advice
    )


def _several_arms(campaign: pd.DataFrame) -> Check:
    share = (campaign.groupby("customer_id").arm.nunique() > 1).mean()
    return _share("Customers in two arms", share, 0.01, TWICE())


def _exposed_controls(units: pd.DataFrame, control: str) -> Check:
    controls = units[units.arm == control]
    share = (controls.exposed | controls.redeemed).mean()
    return _share("Controls who were treated", share, 0.05, TREATED_CONTROLS())


def _before_assignment(campaign: pd.DataFrame) -> Check:
    events = [name for name in ("exposed_at", "redeemed_at") if name in campaign]
    assigned = pd.to_datetime(campaign.assigned_at)
    early = np.zeros(len(campaign), dtype=bool)
    for name in events:
        event = pd.to_datetime(campaign[name])
        is_day = event == event.dt.normalize()  # a date without its time
        early |= (event < assigned.dt.normalize().where(is_day, assigned)).to_numpy()
    return _share("Assigned after the outcome", early.mean(), 0.0, AFTER_OUTCOME())


def _same_time(units: pd.DataFrame, control: str) -> Check:
    """Arms are compared over the same days: other windows or seasons would pass for effects."""
    windows = units.groupby("arm").window_days.median()
    days = (
        (units.assigned_date - units.assigned_date.min())
        .dt.days.groupby(units.arm)
        .agg(["mean", "var", "size"])
    )
    spread = np.sqrt((days["var"] + days.loc[control, "var"]) / 2)
    gaps = ((days["mean"] - days.loc[control, "mean"]).abs() / spread.where(spread > 0, np.inf)).drop(control)
    apart = float(gaps.max())
    expected = max(0.1, 3 * np.sqrt(1 / days.loc[control, "size"] + 1 / days.loc[gaps.idxmax(), "size"]))
    several = windows.nunique() > 1
    lengths = ", ".join(f"{arm} {length:g}" for arm, length in windows.items())
    return check(
        "Arms at the same time",
        fail=several or (apart > expected and apart > FAR_APART),
        review=apart > expected,
        value=WINDOWS(windows=lengths) if several else APART(apart=decimals(apart, 2)),
        threshold=AT_MOST(bound=decimals(expected, 2)),
        advice=OTHER_DAYS(),
    )


def _costs_stated(campaign: pd.DataFrame) -> Check:
    told = [name for name in COSTS if name in campaign and campaign[name].notna().any()]
    return check(
        "Costs stated",
        review=not told,
        value=count(len(told), "column"),
        threshold=COST_COLUMNS(),
        advice=NO_COSTS(),
    )


def _open_windows(units: pd.DataFrame) -> Check:
    share = float(1 - units.window_closed.mean())
    return check(
        "Windows not yet over",
        review=share != 0,
        value=percent(share),
        threshold=percent(0),
        advice=STILL_OPEN(),
    )


def _converters(units: pd.DataFrame) -> Check:
    fewest = units.groupby("arm").converted.sum()
    spent = "revenue" in units and units.loc[units["converted"].astype(bool), "revenue"].nunique() > 1
    advice = FEW_BUYERS if spent else FEW_CONVERTED
    return check(
        "Buyers in the smallest arm",
        review=fewest.min() < FEWEST_BUYERS,
        value=count(int(fewest.min()), "buyer"),
        threshold=LEAST(number=count(FEWEST_BUYERS, "buyer")),
        advice=advice(arm=str(fewest.idxmin())),
    )
