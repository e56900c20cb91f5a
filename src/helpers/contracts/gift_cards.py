"""Gift cards: money that is counted when the card is sold and again when it is used."""

import re

from helpers.contracts import status_words
from helpers.contracts.checked import Checked, sql_text
from helpers.contracts.findings import PASS, REVIEW, Finding
from helpers.study.table_columns import ROW

FEW = 5000


def findings(checked: Checked) -> list[Finding]:
    """Judge the categories of transactions, and its unused columns, by the words for gift cards."""
    if checked.table != "transactions":
        return []
    sold = _sold(checked) if checked.has("category") else None
    used = []
    for name, count in checked.unused.items():
        if count <= FEW and (one := _named(checked, name)):
            used.append(one)
    if not sold and not used:
        return []
    parts, lines = [], []
    if sold:
        parts.append(f"{sold['rows']:,} rows of category sell gift cards, {checked.money(sold['money'])}")
        condition = (
            f"coalesce({checked.sql('category')}, '') NOT IN ({', '.join(map(sql_text, sold['values']))})"
        )
        lines.append('`where: ["' + condition.replace('"', '\\"') + '"]`')
    parts += [f"{one['rows']:,} rows say so in {one['name']}, {checked.money(one['money'])}" for one in used]
    text = f"{'; '.join(parts)}: a card sold and what is bought with it are counted twice."
    todo = (
        f"To count what is bought with a card, and not its sale, add to transactions: {' '.join(lines)}. "
        if lines
        else "Map the column that tells a card's sale from its use, and leave one of them out with `where`. "
    )
    rows = (sold["rows"] if sold else 0) + sum(one["rows"] for one in used)
    todo += "To keep both: `rules: {gift_cards: keep}`."
    settled = any(
        re.search(status_words.GIFT, condition.casefold()) for condition in checked.setting("where") or ()
    )
    verdict = PASS if settled and not sold else REVIEW
    return [checked.finding("gift_cards", verdict, text, f"{rows:,} rows", threshold="0", advice=todo)]


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
