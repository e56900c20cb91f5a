"""Order numbers whose letters say that a row is an offer, or takes a sale back: QUO-17 and CN-4 beside INV-92."""

from helpers.contracts.checked import Checked, one_row, share, sql_text, where_line, yaml_line
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import Message, clauses, count, message, verbatim

SAID = message(
    "prefixes.said",
    "order numbers that begin with {prefixes} look like offers or drafts, or like credit notes of positive amounts, beside "
    "those with {others}.",
)
A_PREFIX = message("prefixes.a_prefix", "{prefix} ({rows}, {money})")
LEAVE_OUT = message(
    "prefixes.leave_out",
    "If they are, add to transactions: `{line}`. If all are sales: `{keep}`.",
)

PREFIX = r"^([A-Za-z]{1,8})[-_/ .#]*[0-9]"
OFFERS = {
    "QUO", "QUOTE", "QT", "QTE", "QU", "EST", "PF", "PROF", "PROFORMA", "PRO", "PI", "ANG", "AG", "DEV",
    "PRES", "COT", "BG", "DRAFT", "DR", "OFF", "OFFER", "OFERTA", "PRE",
}  # fmt: skip
NOTES = {
    "CN", "CRN", "CM", "CR", "CRED", "GS", "GU", "AV", "AVOIR", "NC", "NDC", "SCN", "RET", "RTN", "RMA",
    "REF", "RF", "REFUND", "STORNO", "ST", "KOR", "CREDIT", "RETURN", "SR",
}  # fmt: skip
SALES = {
    "INV", "IN", "I", "SI", "RE", "RG", "R", "FA", "F", "FAC", "FC", "FT", "FV", "HD", "IV", "TI", "SAL",
    "SALE", "S", "VT", "SO", "INVOICE", "RNG", "TAX", "REC", "FACT", "FAK", "BILL", "B",
}  # fmt: skip


def findings(checked: Checked) -> list[Finding]:
    """Judge the letters before the order numbers of transactions, where most are those of invoices."""
    if checked.table != "transactions" or not checked.has("order_id"):
        return []
    lines = checked.report.accepted
    lines = lines.filter(lines.revenue > 0)
    text = lines.order_id
    if not one_row(lines, any=text.re_search("^[A-Za-z]").any())["any"]:
        return []
    groups = lines.group_by(prefix=text.re_extract(PREFIX, 1).upper()).aggregate(
        rows=lines.count(), money=lines.revenue.sum()
    )
    seen = groups.order_by(groups.rows.desc(), "prefix").limit(50).to_pyarrow().to_pylist()
    most = seen[0]
    odd = [one for one in seen[1:] if one["prefix"] in OFFERS | NOTES]
    if most["prefix"] not in SALES or not odd:
        return []
    parts: list[Message] = [
        A_PREFIX(
            prefix=verbatim(one["prefix"]), rows=count(one["rows"], "row"), money=checked.money(one["money"])
        )
        for one in odd
    ]
    told = SAID(prefixes=clauses(parts), others=verbatim(most["prefix"]))
    todo = LEAVE_OUT(line=verbatim(_line(checked, odd)), keep=keep("document_prefixes"))
    value = share(sum(one["money"] for one in odd), checked.report.money_used or 0.0)
    return [checked.finding("document_prefixes", REVIEW, told, value, threshold=share(0, 1), todo=todo)]


def _line(checked: Checked, odd: list[dict]) -> str:
    """Offers are left out; credit notes taken off."""
    prefix = f"upper(regexp_extract({checked.sql('order_id')}, '{PREFIX}', 1))"
    amount, lines = checked.sql("amount"), []
    for names, is_note in ((NOTES, True), (OFFERS, False)):
        listed = ", ".join(sql_text(one["prefix"]) for one in odd if one["prefix"] in names)
        if listed and is_note:
            lines.append(
                yaml_line("amount", f"CASE WHEN {prefix} IN ({listed}) THEN -abs({amount}) ELSE {amount} END")
            )
        elif listed:
            lines.append(where_line(f"coalesce({prefix}, '') NOT IN ({listed})"))
    return ", ".join(lines)
