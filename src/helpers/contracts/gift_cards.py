"""Gift cards: money that is counted when the card is sold and again when it is used."""

import re

from helpers.contracts import status_words
from helpers.contracts.checked import Checked, sql_text
from helpers.contracts.findings import PASS, REVIEW, Finding, keep
from helpers.messages import clauses, count, message, verbatim
from helpers.study.table_columns import ROW

SELL = message("gift_cards.sell", "{rows} of category sell gift cards, {money}")
SAY_SO = message("gift_cards.say_so", "{rows} say so in {column}, {money}")
TWICE = message("gift_cards.twice", "{parts}: a card sold and what is bought with it are counted twice.")
NOT_THE_SALE = message(
    "gift_cards.not_the_sale",
    "To count what is bought with a card, and not its sale, add to transactions: `{line}`. To keep both: `{keep}`.",
)
MAP_IT = message(
    "gift_cards.map_it",
    "Map the column that tells a card's sale from its use, and leave one of them out with `where`. To keep both: `{keep}`.",
)

FEW = 5000


def findings(checked: Checked) -> list[Finding]:
    """Judge the categories of transactions, and its unused columns, by the words for gift cards."""
    if checked.table != "transactions":
        return []
    sold = _sold(checked) if checked.has("category") else None
    used = []
    for name, different in checked.unused.items():
        if different <= FEW and (one := _named(checked, name)):
            used.append(one)
    if not sold and not used:
        return []
    parts, todo = [], MAP_IT(keep=keep("gift_cards"))
    if sold:
        parts.append(SELL(rows=count(sold["rows"], "row"), money=checked.money(sold["money"])))
        condition = (
            f"coalesce({checked.sql('category')}, '') NOT IN ({', '.join(map(sql_text, sold['values']))})"
        )
        line = 'where: ["' + condition.replace('"', '\\"') + '"]'
        todo = NOT_THE_SALE(line=verbatim(line), keep=keep("gift_cards"))
    parts += [
        SAY_SO(
            rows=count(one["rows"], "row"), column=verbatim(one["name"]), money=checked.money(one["money"])
        )
        for one in used
    ]
    told = TWICE(parts=clauses(parts))
    rows = (sold["rows"] if sold else 0) + sum(one["rows"] for one in used)
    settled = any(
        re.search(status_words.GIFT, condition.casefold()) for condition in checked.setting("where") or ()
    )
    verdict = PASS if settled and not sold else REVIEW
    found = count(rows, "row")
    return [checked.finding("gift_cards", verdict, told, found, threshold=count(0), todo=todo)]


def _sold(checked: Checked) -> dict | None:
    lines = checked.report.accepted
    lines = lines.filter(lines.revenue > 0)
    values = (
        lines.group_by("category")
        .aggregate(rows=lines.count(), money=lines.revenue.sum())
        .filter(lambda t: t.category.notnull())
    )
    return _sum(
        values.filter(values.category.lower().re_search(status_words.GIFT.pattern)).to_pyarrow().to_pylist(),
        "category",
    )


def _named(checked: Checked, name: str) -> dict | None:
    values = [value for value in checked.values(name) if status_words.GIFT.search(value.casefold())]
    if not values:
        return None
    texts = checked.source.texts("transactions", [name]).rename(_at=ROW)
    texts = texts.filter(texts[name].isin(values))
    lines = checked.report.accepted.select(ROW, "revenue").filter(lambda t: t.revenue > 0)
    both = lines.inner_join(texts, lines[ROW] == texts["_at"])
    values = (
        both.group_by(name).aggregate(rows=both.count(), money=both.revenue.sum()).to_pyarrow().to_pylist()
    )
    found = _sum(values, name)
    return found and found | {"name": name}


def _sum(values: list[dict], column: str) -> dict | None:
    if not values:
        return None
    rows, money = (sum(one[key] or 0 for one in values) for key in ("rows", "money"))
    return {"rows": rows, "money": money, "values": [one[column] for one in values]}
