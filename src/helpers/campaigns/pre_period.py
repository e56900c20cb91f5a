"""What the orders say of a customer before a day: the traits by which effects may differ."""

import ibis
import pandas as pd

TRAITS = ["pre_revenue", "pre_purchase_days", "days_since_order", "offer_share"]
NAMES = {
    "pre_revenue": "Revenue before",
    "pre_purchase_days": "Purchase days before",
    "days_since_order": "Days since order",
    "offer_share": "Share bought on offer",
    "late_revenue": "Revenue in the last quarter before",
    "late_purchase_days": "Purchase days in the last quarter before",
    "all_revenue": "Revenue since the first order",
    "all_purchase_days": "Purchase days since the first order",
    "days_known": "Days since the first order",
}
ON_OFFER = 0.97  # a line that cost less than this share of its list price was bought on offer


def traits(people: pd.DataFrame, ledger: ibis.Table, pre_period_days: int) -> pd.DataFrame:
    """Return one row per customer of `people` (customer_id, day) with what was known on the morning of that day.

    Columns: customer_id; of the `pre_period_days` before: pre_revenue, pre_purchase_days, and offer_share, the share
    of lines below list price (left out where no line has one); days_since_order, over the whole history (for who
    never ordered: as many days as the earliest order known lies back).
    """
    lines = purchases_before(people, ledger)
    recent = lines.ago <= pre_period_days
    listed = (lines.list_price * lines.quantity).nullif(0)
    on_offer = ((lines.revenue + lines.returned) < ON_OFFER * listed).cast("float64")
    found = (
        lines.group_by("customer_id")
        .agg(
            pre_revenue=lines.revenue.sum(where=recent),
            pre_purchase_days=lines.order_date.nunique(where=recent),
            days_since_order=lines.ago.min(),
            offer_share=on_offer.mean(where=recent),
            longest=lines.ago.max(),
        )
        .to_pandas()
    )
    table = people[["customer_id"]].merge(found, on="customer_id", how="left")
    longest = 0.0 if found.empty else float(found["longest"].max())
    table["days_since_order"] = table["days_since_order"].astype(float).fillna(longest)
    known = TRAITS if found["offer_share"].notna().any() else TRAITS[:-1]
    return table[["customer_id"]].assign(**{name: table[name].astype(float).fillna(0.0) for name in known})


def history(people: pd.DataFrame, ledger: ibis.Table, pre_period_days: int) -> pd.DataFrame:
    """Return more of what was known of each customer of `people` (customer_id, day), for comparisons without lots.

    Columns: customer_id; late_revenue and late_purchase_days, of the last quarter of the pre-period; all_revenue and
    all_purchase_days, of the whole history; days_known, since the first order (0 for who never ordered).
    """
    lines = purchases_before(people, ledger)
    late = lines.ago <= max(pre_period_days // 4, 1)
    found = (
        lines.group_by("customer_id")
        .agg(
            late_revenue=lines.revenue.sum(where=late),
            late_purchase_days=lines.order_date.nunique(where=late),
            all_revenue=lines.revenue.sum(),
            all_purchase_days=lines.order_date.nunique(),
            days_known=lines.ago.max(),
        )
        .to_pandas()
    )
    table = people[["customer_id"]].merge(found, on="customer_id", how="left")
    return table.set_index("customer_id").astype(float).fillna(0.0).reset_index()


def purchases_before(people: pd.DataFrame, ledger: ibis.Table) -> ibis.Table:
    """The purchase lines of `people` before each one's day, with the column ago: days before it."""
    days = ibis.memtable(
        pd.DataFrame(
            {
                "customer_id": people["customer_id"].astype("string"),
                "day": pd.to_datetime(people["day"]).dt.date,
            }
        )
    ).mutate(day=ibis._.day.cast("date"))
    lines = ledger.filter(ledger.kind == "purchase").inner_join(days, "customer_id")
    ago = lines.day.delta(lines.order_date, unit="day")
    return lines.mutate(ago=ago).filter(ago > 0)
