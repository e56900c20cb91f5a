"""Amounts of which some include taxes and others do not, as a column beside them says."""

import re

from helpers.contracts import status_words
from helpers.contracts.checked import Checked, share, sql_name, sql_text, yaml_line
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import clauses, count, message, verbatim
from helpers.study.table_columns import ROW

MIXED = message(
    "mixed_taxes.mixed",
    "the column {column} says that some amounts include taxes and others do not: {values}. They are added up as they "
    "stand.",
)
A_VALUE = message("mixed_taxes.a_value", "{value} {rows}, {money}")
READ_ALIKE = message(
    "mixed_taxes.read_alike",
    "Divide those with taxes by 1 and the rate: `{line}` where it is 20 %. If all amounts are alike: `{keep}`.",
)

ABOUT = re.compile(
    r"(tax|vat|gst|mwst|ust|tva|iva|btw|ndс|ндс|kdv|thuế|ภาษี|税).*(incl|mode|type|basis|treatment|enthalten"
    r"|inbegriffen|inclu|gồm|รวม|込)"
    r"|(incl|enth)\w*.*(tax|vat|gst|mwst|ust|tva|iva|btw)|^(price|amount|total) (type|basis|mode|kind)$|^(preisart"
    r"|betragsart)$"
    r"|^net+o?\b.{0,4}\b(gross|brut+o)$|^(gross|brut+o)\b.{0,4}\bnet+o?$|^tax(es)? included$|税区分"
)
WITH = re.compile(
    r"^(gross|incl\w*( (tax|vat|gst))?|brutto|ttc|bruto|tax incl\w*|税込み?|inkl\w*|with (tax|vat)|inclusive)\.?$"
)
WITHOUT = re.compile(
    r"^(net|netto|excl\w*( (tax|vat|gst))?|ht|neto|tax excl\w*|税抜き?|exkl\w*|without (tax|vat)|exclusive)\.?$"
)
LEAST = 0.01  # share of the rows with the rarer


def findings(checked: Checked) -> list[Finding]:
    """Judge the unused columns of transactions that are named as saying whether taxes are included."""
    if checked.table != "transactions":
        return []
    names = [
        name
        for name, n in checked.unused.items()
        if 1 < n < 6 and ABOUT.search(status_words.composed(name).strip())
    ]
    return [one for name in names if (one := _of(checked, name))][:1]


def _of(checked: Checked, name: str) -> Finding | None:
    values = checked.values(name)
    texts = {value: status_words.composed(value).strip() for value in values}
    having = [one for one, text in texts.items() if WITH.search(text) or text in status_words.TRUE]
    lacking = [one for one, text in texts.items() if WITHOUT.search(text) or text in status_words.FALSE]
    if not having or not lacking:
        return None
    rows = checked.source.texts(checked.table, [name]).rename(_at=ROW)
    lines = checked.report.accepted
    both = lines.inner_join(rows, lines[ROW] == rows["_at"])
    groups = both.group_by(value=both[name]).aggregate(rows=both.count(), money=both.revenue.sum())
    seen = {one["value"]: one for one in groups.to_pyarrow().to_pylist() if one["value"] in values}
    total = sum(one["rows"] for one in seen.values())
    parts = [sum(seen[one]["rows"] for one in side if one in seen) for side in (having, lacking)]
    if min(parts) < LEAST * total:
        return None
    said = [
        A_VALUE(
            value=verbatim(repr(one)),
            rows=count(seen[one]["rows"], "row"),
            money=checked.money(seen[one]["money"]),
        )
        for one in (*having, *lacking)
        if one in seen
    ]
    amount, listed = checked.sql("amount"), ", ".join(map(sql_text, having))
    line = yaml_line(
        "amount", f"CASE WHEN {sql_name(name)} IN ({listed}) THEN {amount} / 1.2 ELSE {amount} END"
    )
    told = MIXED(column=verbatim(name), values=clauses(said))
    todo = READ_ALIKE(line=verbatim(line), keep=keep("taxes_mixed"))
    value = share(min(parts), total)
    return checked.finding("taxes_mixed", REVIEW, told, value, threshold=share(LEAST, 1), todo=todo)
