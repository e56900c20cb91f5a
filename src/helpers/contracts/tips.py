"""Tips and service charges that an amount holds: they are the staff's, and no revenue."""

import re

from helpers.contracts import status_words, taxes
from helpers.contracts.checked import Checked, one_row, share, sql_name, yaml_line
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import count, decimals, message, verbatim

HELD = message(
    "tips.held",
    "the amount is read from {amount}, which holds the tips or service charges in {column}: "
    "{money} on {rows}.",
)
UNTOLD = message(
    "tips.untold",
    "the study does not read the column {column}: {money} of tips or service charges on {rows}, and nothing in the file "
    "tells whether {amount} holds them.",
)
TAKE_OFF = message(
    "tips.take_off",
    "For revenue without them, add to transactions: `{line}`. If it is to hold them, or does not: `{keep}`.",
)

TIP = re.compile(
    r"\b(tips?|gratuit(y|ies)|trinkgeld(er)?|pourboires?|propinas?|mancia|mance|napiw(ek|ki)|bahşiş|gorjetas?|fooi(en)?)\b"
    r"|\bservice charges?\b|\bcoperto\b|phí phục vụ|ค่าบริการ|サービス料"
    r"|tiền (tip|boa)|ทิป|チップ|봉사료|小费|小費|чаевые"
)
# As tills call the money without tips.
WITHOUT = re.compile(r"gross sales|net sales|goods|ware|products?|items?\b")
HARM = 0.02


def findings(checked: Checked) -> list[Finding]:
    """Judge the unused column of transactions that says tips."""
    if checked.file_column("amount") is None:
        return []
    titles = {name: status_words.composed(name).strip() for name, n in checked.unused.items() if n}
    tips = [name for name, title in titles.items() if TIP.search(title) and not taxes.NO_MONEY.search(title)]
    if not tips:
        return []
    others = [name for name, title in titles.items() if taxes.NET.search(title) or taxes.GROSS.search(title)]
    charged = [name for name, title in titles.items() if taxes.TAX.search(title) and name not in others][:1]
    return _of(checked, tips[0], [name for name in others if name not in tips][:12], charged)


def _of(checked: Checked, tip: str, others: list[str], charged: list[str]) -> list[Finding]:
    both = taxes.beside(checked, [tip, *others, *charged])
    given = both[tip].abs() > taxes.CENT
    tax = both[charged[0]].fill_null(0.0) if charged else 0.0
    sums = {"rows": given.sum(), "money": both[tip].sum(where=given), "all": both["_amount"].sum()}
    for place, name in enumerate(others):
        above, below = both["_amount"] - both[tip] - both[name], both["_amount"] + both[tip] - both[name]
        held = (above.abs() < taxes.CENT) | ((above - tax).abs() < taxes.CENT)
        sums |= {
            f"in{place}": held.sum(where=given),
            f"out{place}": (below.abs() < taxes.CENT).sum(where=given),
        }
    seen = one_row(both, **sums)
    if (seen["rows"] or 0) < taxes.FEWEST or seen["money"] < taxes.SMALL * seen["all"]:
        return []
    enough = taxes.NEARLY_ALL * seen["rows"]
    held = any((seen[f"in{place}"] or 0) >= enough for place in range(len(others)))
    title = status_words.composed(checked.origin("amount"))
    apart = any((seen[f"out{place}"] or 0) >= enough for place in range(len(others)))
    if not held and (apart or WITHOUT.search(title) or re.search(r"sub.?total", title)):
        return []
    told = (HELD if held else UNTOLD)(
        amount=verbatim(checked.origin("amount")),
        column=verbatim(tip),
        money=decimals(seen["money"], 2),
        rows=count(seen["rows"], "row"),
    )
    line = yaml_line("amount", f"{checked.sql('amount')} - coalesce({sql_name(tip)}, 0)")
    todo = TAKE_OFF(line=verbatim(line), keep=keep("tips_in_amount"))
    verdict = STOP if held and seen["money"] > HARM * seen["all"] else REVIEW
    value, threshold = share(seen["money"], seen["all"]), share(taxes.SMALL, 1)
    return [checked.finding("tips_in_amount", verdict, told, value, threshold=threshold, todo=todo)]
