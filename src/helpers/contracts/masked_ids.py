"""Customer ids that were masked, as phones and names in marketplaces' exports: several people share one."""

from helpers.contracts.checked import Checked, one_row, share
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import count, message, verbatim

MASKED = message(
    "masked_ids.masked",
    "{masked} of {ids} ids in {column} are masked ({pattern} in place of letters or digits): different customers may have "
    "become one.",
)
MAP_WHOLE = message(
    "masked_ids.map_whole",
    "Map a column that names customers whole, or export it unmasked. If each is one customer: `{keep}`.",
)

MASK = r"[*•●＊#█]{2,}|\S[xX]{4,}\S|^[xX]{3,}\S*\d|…|\*[^ ]*@"
LEAST = 0.05


def findings(checked: Checked) -> list[Finding]:
    """Judge the customers of transactions by how their ids are written."""
    if checked.table != "transactions" or not checked.has("customer_id"):
        return []
    each = checked.customers
    hit = each.customer_id.re_search(MASK)
    seen = one_row(each, ids=each.count(), masked=hit.sum())
    if not seen["masked"] or seen["masked"] < LEAST * seen["ids"]:
        return []
    shown = (
        each.filter(hit)
        .order_by(each.rows.desc(), "customer_id")
        .limit(2)
        .to_pyarrow()["customer_id"]
        .to_pylist()
    )
    told = MASKED(
        masked=count(seen["masked"]),
        ids=count(seen["ids"], "id"),
        column=verbatim(checked.origin("customer_id")),
        pattern=verbatim("***"),
    )
    todo, value = MAP_WHOLE(keep=keep("ids_masked")), share(seen["masked"], seen["ids"])
    return [
        checked.finding(
            "ids_masked", REVIEW, told, value, threshold=share(LEAST, 1), todo=todo, examples=tuple(shown)
        )
    ]
