"""Amounts that are what a marketplace or a processor paid out, after its fees, and not what customers paid."""

import re

from helpers.contracts import money_words, status_words, taxes
from helpers.contracts.checked import Checked, one_row, share, sql_name, yaml_line
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import count, decimals, message, verbatim

AFTER = message(
    "payouts.after",
    "the amount is read from {amount}, which is {gross} less {fee}: {money} of fees are missing on {rows}.",
)
NAMED_WITH = message(
    "payouts.named_with",
    "the amount is read from {amount}, which is named as money paid out: {money} of fees in {fee} may be missing on "
    "{rows}.",
)
NAMED = message(
    "payouts.named",
    "the amount is read from {amount}, which is named as money paid out: it may be less than what customers paid.",
)
READ_GROSS = message(
    "payouts.read_gross",
    "For what customers paid, add to transactions: `{line}`. If revenue is to be after fees: `{keep}`.",
)
MAP_PRICE = message(
    "payouts.map_price",
    "Map the column of what customers paid as amount, or export it. If this is it: `{keep}`.",
)

PAYOUT = re.compile(
    r"pay.?outs?\b|\bproceeds|\bsettle(d|ment)|disburse|\bremit|\bearnings?\b|\b(amount|net|total) received"
    r"|received amount"
    r"|you (earn|receive)|auszahlung|gutgeschrieben|versement|liquidaci[oó]n|\bthực nhận|tiền nhận về|ยอดโอน"
    r"|入金額|振込|정산"
    r"|выплат|accredit|wypłat|hakediş|repasse|uitbetal|到账|结算|penghasilan|pencairan"
)
PAID = re.compile(
    r"gross|price|total|sales?|amount|value|charge|brutto|preis|betrag|umsatz|prix|montant|precio|importe|giá|ราคา"
)
NO_MONEY = re.compile(
    r"rate|percent|pct|%|prozent|\bid\b|number|\bno\b|nummer|code|name|type|status|currency|date|qty|quantity"
)
HARM = 0.02


def findings(checked: Checked) -> list[Finding]:
    """Judge the amount of transactions by its name, and by the columns of fees beside it."""
    if checked.file_column("amount") is None:
        return []
    titles = {name: status_words.composed(name).strip() for name, n in checked.unused.items() if n}
    fees = [
        name for name, title in titles.items() if money_words.FEE.search(title) and not NO_MONEY.search(title)
    ]
    others = [name for name, title in titles.items() if PAID.search(title) and name not in fees]
    others = [name for name in others if not NO_MONEY.search(titles[name])][:12]
    named = PAYOUT.search(status_words.composed(checked.origin("amount"))) is not None
    return _of(checked, fees[:4], others, named=named) if fees or named else []


def _of(checked: Checked, fees: list[str], others: list[str], *, named: bool) -> list[Finding]:
    both = taxes.beside(checked, [*fees, *others])
    fee = sum((both[name].abs().fill_null(0.0) for name in fees), start=both["_amount"] * 0)
    taken = fee > taxes.CENT
    gap = {f"g{place}": (both[name] - both["_amount"] - fee).abs() for place, name in enumerate(others)}
    sums = {key: (value < taxes.CENT).sum(where=taken) for key, value in gap.items()}
    seen = one_row(both, rows=taken.sum(), money=fee.sum(where=taken), all=both["_amount"].sum(), **sums)
    rows = seen["rows"] or 0
    is_whole = [seen[key] and seen[key] >= taxes.NEARLY_ALL * rows for key in gap]
    gross = next((name for name, fits in zip(others, is_whole, strict=True) if fits), None)
    if not named and (gross is None or rows < taxes.FEWEST):
        return []
    kept, told, todo = keep("amount_after_fees"), None, MAP_PRICE(keep=keep("amount_after_fees"))
    said = {
        "amount": verbatim(checked.origin("amount")),
        "fee": verbatim(" and ".join(fees)),
        "money": decimals(seen["money"] or 0.0, 2),
        "rows": count(rows, "row"),
    }
    if gross:
        told = AFTER(**said, gross=verbatim(gross))
        todo = READ_GROSS(line=verbatim(yaml_line("amount", sql_name(gross))), keep=kept)
    elif rows:
        added = " + ".join(f"abs(coalesce({sql_name(name)}, 0))" for name in fees)
        told = NAMED_WITH(**said)
        todo = READ_GROSS(line=verbatim(yaml_line("amount", f"{checked.sql('amount')} + {added}")), keep=kept)
    else:
        told = NAMED(amount=said["amount"])
    sure = gross is not None and seen["money"] > HARM * seen["all"]
    value, threshold = share(seen["money"] or 0.0, seen["all"] or 0.0), share(taxes.SMALL, 1)
    verdict = STOP if sure else REVIEW
    return [checked.finding("amount_after_fees", verdict, told, value, threshold=threshold, todo=todo)]
