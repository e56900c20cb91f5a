"""An experiment's tables for the page: what was seen per arm, and the decisions."""

from collections.abc import Callable

import pandas as pd

from helpers.campaigns import design
from helpers.campaigns.verdict import Decision
from helpers.pages import wording

TRAIT_NAMES = {
    "pre_revenue": "Revenue before",
    "pre_purchase_days": "Purchase days before",
    "days_since_order": "Days since order",
    "offer_share": "Share bought on offer",
}
BALANCE_FORMATS = {
    "Arm": "text",
    "Before": "text",
    "Control": wording.number,
    "This arm": wording.number,
    "Difference, sd": lambda value: wording.decimals(value, 2),
    "Chance allows, sd": lambda value: wording.decimals(value, 2),
}
TAIL_FORMATS = {
    "Arm": "text",
    "Buyers": "count",
    "Mean spend": "money",
    "By the model": "money",
    "Mean exceeded": "percent",
    "Largest exceeded": "percent",
}
BORROWED = (
    "Part of the gain was borrowed from the weeks after: decide on the effect over a year, not on the window."
)
NOTHING_SINCE = "Nothing was bought since the window closed: pull-forward cannot be seen yet"
SEEN = {"converted": "Buy", "revenue": "Revenue", "margin": "Margin", "returns": "Unmatched returns"}


def bought(units: pd.DataFrame, arms: list[str]) -> pd.DataFrame:
    """Return what the customers of each arm did in the window: counts, and means per assigned customer."""
    return _means(units, arms, {name: label for name, label in SEEN.items() if name in units})


def money_seen(units: pd.DataFrame) -> list[str]:
    """The headings of money in `bought`."""
    return [label for name, label in SEEN.items() if name in units and name != "converted"]


def balance(table: pd.DataFrame) -> pd.DataFrame:
    """`ratio.balance` with the headings of BALANCE_FORMATS."""
    table = table.assign(covariate=table["covariate"].map(lambda name: TRAIT_NAMES.get(name, name)))
    return table.set_axis(list(BALANCE_FORMATS), axis=1)


def tail(table: pd.DataFrame) -> pd.DataFrame:
    """`experiment.replicate_spend` as the page shows it, with the headings of TAIL_FORMATS."""
    columns = ["arm", "buyers", "mean", "predicted_mean", "mean_tail", "largest_tail"]
    return table[columns].set_axis(list(TAIL_FORMATS), axis=1)


def followed(row: pd.Series, arm: str, money: Callable[[float], str]) -> str:
    """Say what an arm's margin did after the window, compared with control."""
    return (
        f"Since the window closed, {arm} has brought {wording.signed(row['difference'], money)} of margin per customer, "
        f"compared with control (standard error {money(row['standard_error'])})"
    )


def segment_claim(parts: pd.DataFrame, arm: str) -> str:
    """Say which segments' pooled gains lie clearly on one side of zero."""
    gains = [row.segment for row in parts.itertuples() if row.pooled.p05 > 0]
    losses = [row.segment for row in parts.itertuples() if row.pooled.p95 < 0]
    if not gains and not losses:
        return f"In none of {len(parts)} segments is the gain of {arm} clearly different from zero"
    said = [
        f"clearly gains in {len(gains)}" if gains else "",
        f"clearly loses in {len(losses)}" if losses else "",
    ]
    return f"{arm} {' and '.join(part for part in said if part)} of {len(parts)} segments"


def sizes(base: float, change: float) -> pd.DataFrame:
    """Units a test of two arms takes for half, once and twice the change seen of a share, at two powers."""
    rows = []
    for label, part in (("half of it", 0.5), ("what was seen", 1.0), ("twice as much", 2.0)):
        if not 0 < base + part * change < 1 or abs(part * change) < 1e-6:
            continue
        needed = [design.sample_size(base, part * change, power=power) for power in (0.80, 0.85)]
        rows.append((label, part * change, *needed))
    return pd.DataFrame(rows, columns=["To find", "Change", "At 80 % power", "At 85 % power"])


def treated(units: pd.DataFrame, arms: list[str], told: list[str]) -> pd.DataFrame:
    """Return how the campaign reached each arm and what it cost: means per assigned customer.

    told: those of exposed and redeemed that the table says anything about; the others are unknown, not zero.
    """
    names = {name: name.capitalize() for name in told}
    return _means(units, arms, names | {"contact_cost": "Contact", "incentive_cost": "Incentive"})


def decisions(made: list[Decision]) -> pd.DataFrame:
    """Return one row per arm: gain, probabilities, expected loss and the verdict in words."""
    rows = [(d.arm, d.gain, d.chance_above, d.chance_best, d.expected_loss, d.sentence) for d in made]
    names = ["Arm", "Gain", "P(above break-even)", "P(best)", "Expected loss", "Verdict"]
    return pd.DataFrame(rows, columns=names)


def campaign_effect(made: list[Decision], units: pd.DataFrame, campaign_id: str) -> pd.DataFrame:
    """Return the artifact `campaign_effect`, one row per treated arm, best first (see Decision)."""
    sizes = units["arm"].value_counts()
    rows = [
        {
            "campaign_id": campaign_id,
            "arm": d.arm,
            "customers": int(sizes[d.arm]),
            "gain_mean": d.gain.mean,
            "gain_p05": d.gain.p05,
            "gain_p50": d.gain.p50,
            "gain_p95": d.gain.p95,
            "chance_above": d.chance_above,
            "chance_best": d.chance_best,
            "expected_loss": d.expected_loss,
            "verdict": d.verdict,
            "borrowed": d.borrowed,
            "sentence": d.sentence,
        }
        for d in made
    ]
    return pd.DataFrame(rows)


def _means(units: pd.DataFrame, arms: list[str], names: dict[str, str]) -> pd.DataFrame:
    table = units.groupby("arm")[list(names)].mean().loc[arms].rename(columns=names)
    table.insert(0, "Customers", units["arm"].value_counts()[arms])
    return table.rename_axis("Arm").reset_index()
