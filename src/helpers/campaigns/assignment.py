"""Was the assignment what it claims to be? Asked before any effect is computed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.errors import StudyError

FAR_APART = 0.5  # standard deviations between arms' dates of assignment beyond which seasons are compared
COSTS = ("contact_cost", "incentive_cost")
# The questions that every page on a campaign asks before any effect.
ASSIGNMENT = (
    "Sample ratio",
    "Customers in two arms",
    "Controls who were treated",
    "Assigned after the outcome",
    "Arms at the same time",
    "Costs stated",
)


@dataclass(frozen=True)
class Finding:
    """One check of an experiment, as `page.check` takes it."""

    name: str
    verdict: str
    value: float | str
    threshold: float | str
    advice: str = ""


def planned_shares(campaign: pd.DataFrame) -> pd.Series | None:
    """Return the planned share of each arm, or None when the campaign states none."""
    if "planned_share" not in campaign or campaign.planned_share.isna().all():
        return None
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


def sample_ratio(counts: pd.Series, shares: pd.Series | None = None) -> tuple[float, pd.DataFrame]:
    """Test customers per arm against the planned shares (equal shares when None): p value and table.

    Pearson's chi-square with (arms - 1) degrees of freedom; the table has arm, customers, share, planned.
    """
    planned = pd.Series(1 / len(counts), counts.index) if shares is None else shares.reindex(counts.index)
    test = stats.chisquare(counts, planned * counts.sum())
    table = pd.DataFrame({"customers": counts, "share": counts / counts.sum(), "planned": planned})
    return float(test.pvalue), table.rename_axis("arm").reset_index()


def sample_ratio_finding(p_value: float, *, has_plan: bool) -> Finding:
    """Judge the p value of `sample_ratio`: FAIL below .001, REVIEW below .01; without a plan nothing can fail it."""
    verdict = "REVIEW" if p_value < 0.01 or not has_plan else "PASS"
    verdict = "FAIL" if p_value < 0.001 and has_plan else verdict
    advice = "Customers were lost or added on the way to an arm: find out where before reading any effect."
    if not has_plan:
        advice = (
            "No planned_share is given, so equal shares were assumed: state them, in that column of "
            "campaigns or, for experiment_units, in the parameter planned_shares."
        )
    return Finding("Sample ratio", verdict, p_value, "p >= 0.01", "" if verdict == "PASS" else advice)


def balance(units: pd.DataFrame, control: str, covariates: list[str]) -> pd.DataFrame:
    """Compare each arm's covariate means with the control's, in standard deviations pooled over both.

    Columns: arm, covariate, control_mean, arm_mean, difference (standardised), expected (three standard
    errors of a difference that is chance alone, or 0.1 if that is more: the bound for the check).
    """
    base, rows = units[units.arm == control], []
    for arm, group in units[units.arm != control].groupby("arm"):
        bound = max(0.1, 3 * np.sqrt(1 / len(base) + 1 / len(group)))
        for name in covariates:
            low, high = base[name].astype(float), group[name].astype(float)
            spread = np.sqrt((low.var(ddof=0) + high.var(ddof=0)) / 2)
            gap = high.mean() - low.mean()
            rows.append((arm, name, low.mean(), high.mean(), gap / spread if spread > 0 else 0.0, bound))
    return pd.DataFrame(
        rows, columns=["arm", "covariate", "control_mean", "arm_mean", "difference", "expected"]
    )


def check_assignment(
    campaign: pd.DataFrame,
    units: pd.DataFrame,
    control: str,
    covariates: tuple[str, ...] = ("pre_revenue", "pre_purchase_days"),
    shares: pd.Series | None = None,
) -> list[Finding]:
    """Check the assignment of one campaign (raw rows, and one row per customer): a finding per question.

    covariates: numbers known before the assignment. shares: planned ones where the rows have none. What a table
    does not say (exposure, times of assignment, windows) is not asked.
    """
    shares = planned_shares(campaign) if shares is None else shares
    p_value, _ = sample_ratio(units.arm.value_counts().sort_index(), shares)
    findings = [sample_ratio_finding(p_value, has_plan=shares is not None)]
    findings += [_balance_finding(units, control, list(covariates))] if covariates else []
    findings += [_several_arms(campaign)]
    findings += [_exposed_controls(units, control)] if events_told(campaign) else []
    findings += [_before_assignment(campaign)] if "assigned_at" in campaign else []
    findings += [_same_time(units, control)] if "assigned_date" in units else []
    findings += [_costs_stated(campaign)] if "campaign_id" in campaign else []
    findings += [_open_windows(units)] if "window_closed" in units else []
    return [*findings, _converters(units)]


def events_told(campaign: pd.DataFrame) -> list[str]:
    """Which of exposed and redeemed the rows of a campaign or of experiment_units say anything about."""
    return [name for name in ("exposed", "redeemed") if {name, f"{name}_at"} & set(campaign)]


def _balance_finding(units: pd.DataFrame, control: str, covariates: list[str]) -> Finding:
    table = balance(units, control, covariates)
    worst = table.loc[(table.difference.abs() / table.expected).idxmax()]
    verdict = "PASS" if abs(worst.difference) <= worst.expected else "REVIEW"
    advice = f"Arm {worst.arm} differed in {worst.covariate} before the campaign: was it assigned at random?"
    return Finding(
        "Balance before the campaign",
        verdict,
        round(float(worst.difference), 3),
        f"at most {worst.expected:.2f} standard deviations",
        "" if verdict == "PASS" else advice,
    )


def _share_finding(name: str, share: float, bound: float, advice: str) -> Finding:
    """PASS at zero, REVIEW up to the bound, FAIL above it."""
    verdict = "PASS" if share == 0 else "REVIEW" if share <= bound else "FAIL"
    return Finding(
        name, verdict, float(share), f"0; at most {bound:.0%}", "" if verdict == "PASS" else advice
    )


def _several_arms(campaign: pd.DataFrame) -> Finding:
    share = (campaign.groupby("customer_id").arm.nunique() > 1).mean()
    advice = "These customers count in the arm they were first assigned to. Mend what assigns them twice."
    return _share_finding("Customers in two arms", share, 0.01, advice)


def _exposed_controls(units: pd.DataFrame, control: str) -> Finding:
    controls = units[units.arm == control]
    share = (controls.exposed | controls.redeemed).mean()
    advice = "Treated controls pull every effect towards zero: true effects are larger than shown."
    return _share_finding("Controls who were treated", share, 0.05, advice)


def _before_assignment(campaign: pd.DataFrame) -> Finding:
    events = [name for name in ("exposed_at", "redeemed_at") if name in campaign]
    assigned = pd.to_datetime(campaign.assigned_at)
    early = np.zeros(len(campaign), dtype=bool)
    for name in events:
        event = pd.to_datetime(campaign[name])
        is_day = event == event.dt.normalize()  # a date without its time
        early |= (event < assigned.dt.normalize().where(is_day, assigned)).to_numpy()
    advice = "Exposed or redeemed before being assigned: the arm may have been chosen after the outcome."
    return _share_finding("Assigned after the outcome", early.mean(), 0.0, advice)


def _same_time(units: pd.DataFrame, control: str) -> Finding:
    """Arms are compared over the same days: other windows or seasons would pass for effects."""
    windows = units.groupby("arm").window_days.median()
    days = units.assign(days=(units.assigned_date - units.assigned_date.min()).dt.days)
    gaps = balance(days, control, ["days"])
    worst = gaps.loc[gaps.difference.abs().idxmax()]
    apart = abs(worst.difference)
    if windows.nunique() > 1:
        said = ", ".join(f"{arm} {length:g}" for arm, length in windows.items())
        verdict, value = "FAIL", f"windows in days: {said}"
    else:
        verdict = "PASS" if apart <= worst.expected else "REVIEW" if apart <= FAR_APART else "FAIL"
        value = f"assigned {apart:.2f} standard deviations apart"
    advice = "The arms are not compared over the same days: give them one window, or compare those assigned together."
    return Finding(
        "Arms at the same time",
        verdict,
        value,
        f"at most {worst.expected:.2f}",
        "" if verdict == "PASS" else advice,
    )


def _costs_stated(campaign: pd.DataFrame) -> Finding:
    told = [name for name in COSTS if name in campaign and campaign[name].notna().any()]
    advice = (
        "No contact_cost or incentive_cost is given, so gains are before costs: fill them in (0 for none)."
    )
    return Finding(
        "Costs stated", "PASS" if told else "REVIEW", len(told), "1 or 2 columns", "" if told else advice
    )


def _open_windows(units: pd.DataFrame) -> Finding:
    share = 1 - units.window_closed.mean()
    advice = "The window is still open for some: the effect so far, not the effect of the whole window."
    return Finding(
        "Windows not yet over",
        "PASS" if share == 0 else "REVIEW",
        float(share),
        0.0,
        "" if share == 0 else advice,
    )


def _converters(units: pd.DataFrame) -> Finding:
    fewest = units.groupby("arm").converted.sum()
    verdict = "PASS" if fewest.min() >= 30 else "REVIEW"
    advice = f"Arm {fewest.idxmin()} has few buyers: its spend is guessed with the help of the other arms."
    return Finding(
        "Buyers in the smallest arm", verdict, int(fewest.min()), 30, "" if verdict == "PASS" else advice
    )
