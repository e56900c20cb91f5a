"""Campaign value's tables and checks for the page."""

from dataclasses import replace

import numpy as np
import pandas as pd

from helpers.campaigns import assignment, campaign_worth
from helpers.campaigns.campaign_worth import Worth
from helpers.campaigns.phase_expectations import Course
from helpers.campaigns.phases import Design
from helpers.checks import Check
from helpers.inference.intervals import interval
from helpers.pages import wording

LARGEST_SHARE = 0.20  # of an arm's margin
SEVERITY = ("PASS", "REVIEW", "FAIL")
PAST = ([-1, 0, 1, 3, 6, np.inf], ["0", "1", "2-3", "4-6", "7 or more"])


def label(one: Worth) -> str:
    """Name an arm with its campaign."""
    return f"{one.campaign}: {one.arm}"


def overview(
    units: dict[str, pd.DataFrame], gaps: dict[str, float], identified: dict[str, bool]
) -> pd.DataFrame:
    """Return one row per campaign: its size, its dates, and whether it was followed long enough."""
    rows = [
        {
            "Campaign": name,
            "Customers": len(own),
            "Assigned": own["assigned_date"].min().date(),
            "Window, days": int(own["window_days"].median()),
            "Days after recovery": int((own["days_2"] + own["days_3"]).median()),
            "Typical gap, days": gaps[name],
            "What lasts": "identified" if identified[name] else "not identified",
        }
        for name, own in units.items()
    ]
    return pd.DataFrame(rows)


def check_lots(
    units: dict[str, pd.DataFrame], campaigns: dict[str, pd.DataFrame], controls: dict[str, str]
) -> list[Check]:
    """Ask of every campaign what the page on the experiment asks of its assignment (`ratio.check_assignment`).

    One finding per question, that of the campaign which answers worst; its advice names the campaign.
    """
    found = [
        (SEVERITY.index(one.verdict), name, one)
        for name, own in units.items()
        for one in assignment.check_assignment(campaigns[name], own, controls[name])
        if one.name in assignment.ASSIGNMENT
    ]
    worst = {}
    for severity, name, one in found:
        if one.name not in worst or severity > worst[one.name][0]:
            worst[one.name] = (severity, name, one)
    return [
        replace(one, advice=f"{name}: {one.advice}" if one.advice else "") for _, name, one in worst.values()
    ]


def observed(units: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return purchase days per assigned customer by campaign, arm and phase, nothing modelled."""
    parts = []
    for name, own in units.items():
        mean = own.groupby("arm")[[f"n_{k}" for k in range(4)]].mean()
        made = pd.DataFrame({"Customers": own["arm"].value_counts().reindex(mean.index)})
        made["Window"], made["Recovery"], made["After"] = mean["n_0"], mean["n_1"], mean["n_2"] + mean["n_3"]
        parts.append(made.rename(index=lambda arm, name=name: f"{name}: {arm}"))
    return pd.concat(parts).rename_axis("Campaign and arm").reset_index()


def check_fit(course: Course, design: Design) -> Check:
    """Ask whether the model's purchases, phase by phase, are those that were observed."""
    seen = design.bought / design.customers[:, None]
    whole = np.maximum(seen.sum(axis=1), 0.05)
    off = np.abs(course.purchases.mean(axis=0) - seen).sum(axis=1) / whole
    allowed = np.maximum(0.2, 3 * course.purchases.sum(axis=2).std(axis=0) / whole)
    worst = int(np.argmax(off / allowed))
    fine = bool(off[worst] <= allowed[worst])
    advice = (
        f"The model misses the phases of {': '.join(design.cells[worst])}: compare the plain table first."
    )
    return Check(
        "Phases as the model sees them", "PASS" if fine else "REVIEW", float(off[worst]),
        "20 % or three standard deviations", "" if fine else advice,
    )  # fmt: skip


def check_largest(units: dict[str, pd.DataFrame]) -> Check:
    """Ask whether one customer brought a large part of an arm's margin since the assignment, and report the worst arm."""
    shares = {}
    for name, own in units.items():
        margin = own[[f"margin_{k}" for k in range(4)]].sum(axis=1)
        by_arm = margin.groupby(own["arm"])
        part = by_arm.max() / by_arm.sum().where(by_arm.sum() > 0)
        shares |= {f"{name}: {arm}": share for arm, share in part.dropna().items()}
    worst = max(shares, key=shares.get)
    fine = shares[worst] <= LARGEST_SHARE
    advice = (
        f"One customer brought {wording.percent(shares[worst], 0)} of the margin of {worst}: an error? "
        "The margin of a purchase there is held near that of the other arms."
    )
    share, threshold = wording.percent(shares[worst], 0), f"at most {wording.percent(LARGEST_SHARE, 0)}"
    return Check("Largest customer", "PASS" if fine else "REVIEW", share, threshold, "" if fine else advice)


def by_phase(made: list[Worth]) -> pd.DataFrame:
    """Return money per arm and phase with its interval, a row each: three intervals side by side are too wide."""
    rows = [(label(one), name, interval(draws)) for one in made for name, draws in one.phases.items()]
    return pd.DataFrame(rows, columns=["Campaign and arm", "Phase", "Margin against control"])


def borrowed(made: list[Worth], certainty: float) -> list[Worth]:
    """Pick the arms whose recovery lies below control's, after a rise in the window, with this certainty."""
    return [
        one
        for one in made
        if one.purchases["window"].mean() > 0 and (one.purchases["recovery"] < 0).mean() >= certainty
    ]


def contact_worth(made: list[Worth], certainty: float, money, horizon: str) -> pd.DataFrame:
    """Return what a contact is worth: to date, over the horizon or its range, and the verdict."""
    rows = [
        {
            "Campaign and arm": label(one),
            "Gain to date": interval(one.gain_to_date),
            horizon: wording.estimate(interval(one.incremental), money)
            if one.identified
            else f"not identified: {money(one.reach[0])} to {money(one.reach[1])}",
            "Verdict": campaign_worth.verdict(one, certainty),
        }
        for one in made
    ]
    return pd.DataFrame(rows)


def returns(made: list[Worth]) -> pd.DataFrame:
    """Return cost, return on it, the chance that it pays, and payback, per arm."""
    rows = [
        {
            "Campaign and arm": label(one),
            "Cost": one.cost.mean(),
            "Return on cost": interval(one.roi) if one.cost.min() > 0 else None,
            "P(pays)": campaign_worth.chance_of(one.incremental > 0),
            "P(paid back by now)": campaign_worth.payback(one)[0],
            "Payback, days": campaign_worth.payback(one)[1],
        }
        for one in made
    ]
    return pd.DataFrame(rows)


def harm(units: dict[str, pd.DataFrame], controls: dict[str, str]) -> pd.DataFrame:
    """Return the gain to date of groups by their purchases in the year before, per campaign."""
    parts = []
    for name, own in units.items():
        past = pd.cut(own["pre_purchase_days"], PAST[0], labels=PAST[1]).astype("str")
        parts.append(campaign_worth.by_group(own, controls[name], past).assign(campaign=name))
    table = pd.concat(parts, ignore_index=True)[["campaign", "group", "customers", "effect", "chance_harm"]]
    return table.set_axis(
        ["Campaign", "Purchase days before", "Customers", "Gain to date", "P(harm)"], axis=1
    )


def check_harm(groups: pd.DataFrame, made: list[Worth], certainty: float) -> Check:
    """Ask whether some group loses, or fewer customers stay, with the required certainty."""
    names = groups["Campaign"] + ", customers who bought on " + groups["Purchase days before"]
    names += groups["Purchase days before"].map({"1": " day"}).fillna(" days") + " in the year before"
    chances = dict(zip(names, groups["P(harm)"], strict=True))
    chances |= {
        f"{label(one)}, fewer of whom are still active": campaign_worth.chance_of(one.active < 0)
        for one in made
    }
    worst = max(chances, key=chances.get)
    bad = chances[worst] >= certainty
    advice = f"Most likely harmed: {worst}. Leave them out of the next campaign, or test it on them first."
    chance, threshold = wording.percent(chances[worst]), f"below {wording.percent(certainty)}"
    return Check("Harm", "REVIEW" if bad else "PASS", chance, threshold, advice if bad else "")


def claims_shown(told: pd.DataFrame) -> pd.DataFrame:
    """Return the answered claims for the page; what cannot be answered has gaps."""
    return pd.DataFrame(
        {
            "Claim": told["claim"] + ": " + told["meaning"],
            "Claimed": told["claimed"],
            "Ours": [None if draws is None else interval(draws) for draws in told["ours"]],
            "P(ours reaches it)": told["chance"],
            "Ours is": told["of"],
        }
    )
