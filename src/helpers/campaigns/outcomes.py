"""Join a campaign's assignments to the ledger: what every assigned customer did before and in the window."""

from datetime import date
from statistics import NormalDist

import ibis
import numpy as np
import pandas as pd

from helpers.campaigns import lots
from helpers.campaigns.alike import drawn_together
from helpers.errors import CannotAnswer, StudyError
from helpers.inference.intervals import UPPER
from helpers.study.year import YEAR_WINDOW

REACH = NormalDist().inv_cdf(UPPER)  # standard errors on each side of a 90 % interval


def pick_campaign(campaigns: pd.DataFrame, campaign_id: str = "") -> pd.DataFrame:
    """Return the rows of one campaign; an empty `campaign_id` takes the one with the most customers."""
    sizes = campaigns.groupby("campaign_id").customer_id.nunique().sort_values(ascending=False, kind="stable")
    if sizes.empty:
        raise CannotAnswer(
            "No row of the table campaigns lies on or before as_of, so nothing is known of what they brought. State a later "
            "as_of, or leave the table out."
        )
    chosen = campaign_id or sizes.index[0]
    if chosen not in sizes.index:
        known = ", ".join(f"{name} ({size:,} customers)" for name, size in sizes.items())
        raise StudyError(f"There is no campaign_id {chosen!r}. Campaigns in the table: {known}.")
    return lots.told_design(campaigns[campaigns.campaign_id == chosen].reset_index(drop=True))


def compared(campaigns: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Return the rows of each campaign that can be compared with its control, and how its arms were drawn, by its name.

    Left out are campaigns of one arm and those whose arms were not drawn by lot; StudyError where none is left.
    """
    arms = campaigns.groupby("campaign_id")["arm"].nunique()
    rows = {str(name): pick_campaign(campaigns, name) for name in arms.index[arms > 1]}
    drawn = {name: lots.how_drawn(own) for name, own in rows.items()}
    kept = {name: word for name, word in drawn.items() if word != lots.NOT_RANDOMIZED}
    if not kept:
        single = ", ".join(map(str, arms.index[arms < 2])) or "none"
        raise CannotAnswer(
            f"No campaign has a control drawn by lot. One arm only: {single}; not drawn by lot: "
            f"{', '.join(drawn) or 'none'}. 36 compares those with others alike. Draw the next campaign's arms by lot, "
            f"and leave a control group alone."
        )
    return {name: rows[name] for name in kept}, kept


def control_arm(campaign: pd.DataFrame) -> str:
    """Return the one arm that is marked as control and compared with the others."""
    arms = sorted(campaign.arm.unique())
    marked = "is_control" in campaign
    controls = sorted(campaign.arm[campaign.is_control.fillna(False).astype(bool)].unique()) if marked else []
    if len(arms) < 2:
        raise CannotAnswer(
            f"Campaign {campaign.campaign_id.iloc[0]} has one arm only ({arms[0]}): without a control "
            "nothing can be compared here; 36 compares it with customers outside the campaign. Draw the next campaign's "
            "arms by lot, and leave a control group alone."
        )
    if not controls:
        raise CannotAnswer(
            f"None of the arms {', '.join(arms)} is marked as control. If one was left alone, say so under columns of "
            f"campaigns, such as `is_control: \"arm = '{arms[0]}'\"`; if none was, 36 compares the campaign with customers "
            "outside it."
        )
    if len(controls) > 1:
        raise StudyError(
            f"Of the arms {', '.join(arms)}, {len(controls)} are marked as control: "
            "set is_control to true for the rows of exactly one arm."
        )
    if not campaign.is_control[campaign.arm == controls[0]].fillna(False).all():
        raise StudyError(
            f"Some rows of arm {controls[0]} are marked as control and some are not: mark all or none."
        )
    return controls[0]


def outcomes(
    campaign: pd.DataFrame,
    ledger: ibis.Table,
    *,
    as_of: date,
    margin_share: float,
    pre_period_days: int = YEAR_WINDOW,
    window_days: int = 0,
) -> pd.DataFrame:
    """Return one row per customer with what happened before and after the assignment.

    campaign: rows of one campaign; the first row of a customer counts. ledger: the ledger artifact.
    The window is [local date of assignment, + window days); `window_days` 0 takes the campaign's own.
    The pre-period is the `pre_period_days` before that date. Customers without orders have zeros.

    Columns: customer_id, arm, assigned_date, window_days, window_closed, converted (bought for more than
    nothing in the window), revenue and margin in the window (of purchases, net of returns matched to them; margin
    is `margin_share` of revenue where the ledger has none), returns (unmatched ones in the window,
    negative, not netted), after_margin (from the end of the window to `as_of`), pre_revenue,
    pre_purchase_days, exposed, redeemed (a cost of the incentive tells where no redeemed_at does), contact_cost,
    incentive_cost (0 unless redeemed).
    """
    units = campaign.sort_values("assigned_at", kind="stable").drop_duplicates("customer_id").copy()
    units["assigned_date"] = pd.to_datetime(units.assigned_at).dt.normalize()
    if window_days:
        units["window_days"] = window_days
    if "window_days" not in units or units.window_days.isna().any():
        raise StudyError(
            "The campaign does not say how long its window is: fill window_days in the table campaigns, "
            "or give the parameter outcome_days."
        )
    units["window_days"] = units.window_days.astype(int)
    ends = units.assigned_date + pd.to_timedelta(units.window_days, unit="D")
    units["window_closed"] = ends <= pd.Timestamp(as_of) + pd.Timedelta(days=1)
    if not (units.assigned_date <= pd.Timestamp(as_of)).any():
        raise StudyError(f"Nobody was assigned on or before as_of ({as_of}): the campaign has not begun.")

    bought = _purchases(units, ledger, as_of, margin_share, pre_period_days)
    units = units.merge(bought, on="customer_id", how="left")
    money = ["revenue", "margin", "returns", "after_margin", "pre_revenue", "pre_purchase_days"]
    units[money] = units[money].astype(float).fillna(0.0)
    units["converted"] = units.revenue > 0
    for column, event in {"exposed": "exposed_at", "redeemed": "redeemed_at"}.items():
        units[column] = units[event].notna() if event in units else False
    for cost in ("contact_cost", "incentive_cost"):
        units[cost] = units[cost].astype(float).fillna(0.0) if cost in units else 0.0
    if "redeemed_at" in units and units.redeemed_at.notna().any():
        units["incentive_cost"] = units.incentive_cost.where(units.redeemed, 0.0)
    else:  # nobody noted when: a cost says that it was redeemed
        units["redeemed"] = units.incentive_cost > 0
    columns = ["customer_id", "arm", "assigned_date", "window_days", "window_closed", "converted", *money]
    return units[[*columns, "exposed", "redeemed", "contact_cost", "incentive_cost"]]


def course(units: pd.DataFrame, ledger: ibis.Table | None, as_of: date) -> pd.DataFrame | None:
    """Add up revenue per assigned customer week by week from the assignment, for each arm.

    None where units have no date of assignment, or there are no orders.

    Columns: one per arm; index: full weeks since the assignment, from 0, as far as all were followed.
    Plain cumulative means of purchases, for a picture of what follows the window.
    """
    if ledger is None or "assigned_date" not in units:
        return None
    weeks = max(((pd.Timestamp(as_of) - units.assigned_date.max()).days + 1) // 7, 0)
    lines, day = _since_assignment(units, ledger, as_of)
    inside = (lines.kind == "purchase") & (day >= 0) & (day < 7 * weeks)
    table = (
        lines.filter(inside).group_by("arm", week=(day // 7 + 1).cast("int64")).agg(money=lines.revenue.sum())
    )
    sizes = units.arm.value_counts().sort_index()
    table = table.to_pandas().pivot_table(index="week", columns="arm", values="money", aggfunc="sum")
    return table.reindex(index=range(weeks + 1), columns=sizes.index).fillna(0.0).cumsum() / sizes


def course_of_difference(
    units: pd.DataFrame, ledger: ibis.Table | None, control: str, as_of: date
) -> dict[str, pd.DataFrame] | None:
    """How far each arm's revenue per customer lies ahead of control's, week by week, with its 90 % interval.

    None where `course` is, and where customers were drawn together (their spread is that of clusters). A table per arm, by
    full weeks since the assignment: difference of plain cumulative means, low and high (normal, variances unequal).
    """
    if ledger is None or "assigned_date" not in units or drawn_together(units):
        return None
    weeks = max(((pd.Timestamp(as_of) - units.assigned_date.max()).days + 1) // 7, 0)
    lines, day = _since_assignment(units, ledger, as_of)
    inside = (lines.kind == "purchase") & (day >= 0) & (day < 7 * weeks)
    each = (
        lines.filter(inside)
        .group_by("arm", "customer_id", week=(day // 7 + 1).cast("int64"))
        .agg(money=lines.revenue.sum())
    )
    so_far = each.money.sum().over(ibis.cumulative_window(group_by=each.customer_id, order_by=each.week))
    each = each.mutate(more=each.money * (2 * so_far - each.money))  # by which the square of the sum grows
    sums = each.group_by("arm", "week").agg(money=each.money.sum(), squares=each.more.sum()).to_pandas()
    sizes = units.arm.value_counts()
    grid = pd.MultiIndex.from_product([sizes.index, range(weeks + 1)], names=["arm", "week"])
    total = sums.set_index(["arm", "week"]).reindex(grid, fill_value=0.0).groupby("arm").cumsum()
    n = total.index.get_level_values("arm").map(sizes).to_numpy(float)
    mean = (total["money"] / n).unstack("arm")
    error = ((total["squares"] / n - (total["money"] / n) ** 2) / (n - 1)).clip(lower=0).unstack("arm")
    found = {}
    for arm in [name for name in sizes.index.sort_values() if name != control]:
        ahead, reach = mean[arm] - mean[control], REACH * np.sqrt(error[arm] + error[control])
        found[arm] = pd.DataFrame({"difference": ahead, "low": ahead - reach, "high": ahead + reach})
    return found


def _since_assignment(units: pd.DataFrame, ledger: ibis.Table, as_of: date) -> tuple[ibis.Table, ibis.Value]:
    """Join assigned customers to their ledger lines: the lines, and their days since the assignment."""
    assigned = ibis.memtable(
        pd.DataFrame(
            {
                "customer_id": units.customer_id.astype("string"),
                "arm": units.arm.astype("string"),
                "assigned_date": units.assigned_date.dt.date,
                "window_days": units.window_days,
            }
        )
    ).mutate(assigned_date=ibis._.assigned_date.cast("date"))
    lines = ledger.filter(ledger.order_date <= as_of).inner_join(assigned, "customer_id")
    return lines, lines.order_date.delta(lines.assigned_date, unit="day")


def _purchases(
    units: pd.DataFrame, ledger: ibis.Table, as_of: date, margin_share: float, pre_period_days: int
) -> pd.DataFrame:
    """Sum each assigned customer's ledger lines before and in the window, on the ledger's engine."""
    lines, day = _since_assignment(units, ledger, as_of)
    purchase, inside = lines.kind == "purchase", (day >= 0) & (day < lines.window_days)
    before = purchase & (day < 0) & (day >= -pre_period_days)
    margin = ibis.coalesce(lines.margin, lines.revenue * margin_share)
    return (
        lines.group_by("customer_id")
        .agg(
            revenue=lines.revenue.sum(where=purchase & inside),
            margin=margin.sum(where=purchase & inside),
            returns=lines.revenue.sum(where=(lines.kind == "return") & inside),
            after_margin=margin.sum(where=purchase & (day >= lines.window_days)),
            pre_revenue=lines.revenue.sum(where=before),
            pre_purchase_days=lines.order_date.nunique(where=before),
        )
        .to_pandas()
    )
