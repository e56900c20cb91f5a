"""Gift cards: money that is counted when the card is sold and again when it is used."""

import re

from helpers.contracts import money_words, status_words
from helpers.contracts.checked import Checked, one_row, sql_name, sql_text, where_line
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
NOT_ALONE = message(
    "gift_cards.not_alone",
    "An amount is that of a whole order, of which a card may be one line: no `where` leaves the card out alone. Bring an "
    "amount per line, or keep both: `{keep}`.",
)

BACK = message(
    "gift_cards.back",
    "{rows} of negative amounts say in {column} that gift cards or vouchers were used, {money}: they are read as returns of "
    "what was bought.",
)
NOT_THE_USE = message(
    "gift_cards.not_the_use",
    "To count what was bought in full, as where the sale of cards is not counted, add to transactions: `{line}`. If they "
    "are discounts, or cards whose sale is counted: `{keep}`.",
)
NOT_THE_PAID = message(
    "gift_cards.not_the_paid",
    "To leave out what was paid by card, as where the sale of cards is counted, add to transactions: `{line}`. To keep "
    "both: `{keep}`.",
)

FEW, MOST_LISTED = 5000, 20


def findings(checked: Checked) -> list[Finding]:
    """Judge the categories of transactions, and its unused columns, by the words for gift cards."""
    if checked.table != "transactions":
        return []
    sold = _sold(checked) if checked.has("category") else None
    names = [name for name, different in checked.unused.items() if 0 < different <= FEW]
    said: dict[tuple, dict] = {}  # several columns of one product say the same
    for name in [*names, *checked.filtered]:
        if one := _named(checked, name):
            said.setdefault((one["rows"], one["money"], one["pays"]), one)
    return [*_twice(checked, sold, [*said.values()]), *_back(checked, names)]


def _back(checked: Checked, names: list[str]) -> list[Finding]:
    """Cards and vouchers that were used, as negative lines among those of an order: no goods came back."""
    own = checked.file_column("category")
    names = [*([own] if own else []), *names]
    seen = next((one for name in names if (one := _named(checked, name, negative=True))), None)
    if not seen:
        return []
    told = BACK(
        rows=count(seen["rows"], "row"), column=verbatim(seen["name"]), money=checked.money(seen["money"])
    )
    todo = NOT_THE_USE(line=verbatim(_without(seen)), keep=keep("gift_cards"))
    value = count(seen["rows"], "row")
    return [checked.finding("gift_cards", REVIEW, told, value, threshold=count(0), todo=todo)]


def _without(seen: dict) -> str:
    """The condition that leaves the rows of these values out."""
    listed = ", ".join(map(sql_text, seen["values"]))
    return where_line(f"coalesce({sql_name(seen['name'])}, '') NOT IN ({listed})")


def _twice(checked: Checked, sold: dict | None, used: list[dict]) -> list[Finding]:
    """Cards sold and cards used, which count the same money twice; of `used` some columns name products, some payments."""
    if not sold and not used:
        return []
    parts, todo = [], MAP_IT(keep=keep("gift_cards"))
    best = next((one for one in used if not one["pays"]), next(iter(used), None))
    if best and not best["pays"] and _are_whole_orders(checked):
        todo = NOT_ALONE(keep=keep("gift_cards"))
    elif best and len(best["values"]) <= MOST_LISTED:
        proposal = NOT_THE_PAID if best["pays"] else NOT_THE_SALE
        todo = proposal(line=verbatim(_without(best)), keep=keep("gift_cards"))
    if sold:
        parts.append(SELL(rows=count(sold["rows"], "row"), money=checked.money(sold["money"])))
        condition = (
            f"coalesce({checked.sql('category')}, '') NOT IN ({', '.join(map(sql_text, sold['values']))})"
        )
        todo = NOT_THE_SALE(line=verbatim(where_line(condition)), keep=keep("gift_cards"))
    parts += [
        SAY_SO(
            rows=count(one["rows"], "row"), column=verbatim(one["name"]), money=checked.money(one["money"])
        )
        for one in used
    ]
    told = TWICE(parts=clauses(parts))
    rows = (sold["rows"] if sold else 0) + sum(one["rows"] for one in used)
    settled = any(
        re.search(money_words.GIFT, condition.casefold()) for condition in checked.setting("where") or ()
    )
    verdict = PASS if settled and not sold else REVIEW
    found = count(rows, "row")
    return [checked.finding("gift_cards", verdict, told, found, threshold=count(0), todo=todo)]


def _are_whole_orders(checked: Checked) -> bool:
    """Whether the rows used stand for orders of which the file has further lines, which are not used."""
    own = checked.file_column("order_id")
    if own is None:
        return False
    texts, rows = checked.source.texts(checked.table, [own]), checked.report.accepted
    used = texts.semi_join(rows, texts[ROW] == rows[ROW]).select(order=own)
    all_lines = texts.semi_join(used, texts[own] == used.order)
    return one_row(all_lines, n=all_lines.count())["n"] > one_row(used, n=used.count())["n"]


def _sold(checked: Checked) -> dict | None:
    lines = checked.report.accepted
    lines = lines.filter(lines.revenue > 0)
    values = (
        lines.group_by("category")
        .aggregate(rows=lines.count(), money=lines.revenue.sum())
        .filter(lambda t: t.category.notnull())
    )
    return _sum(
        values.filter(values.category.lower().re_search(money_words.GIFT.pattern)).to_pyarrow().to_pylist(),
        "category",
    )


def _named(checked: Checked, name: str, *, negative: bool = False) -> dict | None:
    """The rows of which a column says that gift cards are sold or used; or, of negative amounts, that they were used."""
    title = status_words.composed(name)
    pays = status_words.METHOD.search(title) or status_words.PAYMENT.search(title) or "paid" in title
    words = money_words.VOUCHER if negative or pays else money_words.GIFT
    values = [value for value in checked.values(name) if words.search(status_words.composed(value))]
    if not values:
        return None
    texts = checked.source.texts("transactions", [name]).rename(_at=ROW)
    texts = texts.filter(texts[name].isin(values))
    lines = checked.report.accepted.select(ROW, "revenue").filter(
        lambda t: t.revenue < 0 if negative else t.revenue > 0
    )
    both = lines.inner_join(texts, lines[ROW] == texts["_at"])
    values = (
        both.group_by(name).aggregate(rows=both.count(), money=both.revenue.sum()).to_pyarrow().to_pylist()
    )
    found = _sum(values, name)
    return found and found | {"name": name, "pays": bool(pays)}


def _sum(values: list[dict], column: str) -> dict | None:
    if not values:
        return None
    rows, money = (sum(one[key] or 0 for one in values) for key in ("rows", "money"))
    return {"rows": rows, "money": money, "values": [one[column] for one in values]}
