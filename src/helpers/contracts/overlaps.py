"""Whether two tables name the same customers."""

from helpers.checks import LEAST
from helpers.contracts.checked import Checked, columns_line, one_row, share
from helpers.contracts.findings import PASS, REVIEW, STOP, Finding, keep
from helpers.contracts.normalised import normalised
from helpers.messages import Message, count, message, verbatim

AMONG = message("overlaps.among", "{both} of its {customers} are among the {others} of {table} ({file}).")
WRITTEN_ALIKE = message(
    "overlaps.written_alike", "Written alike, {better} are: add to the study file: `{line}`."
)
WRITTEN_ALIKE_IN = message(
    "overlaps.written_alike_in", "Written alike, {better} are: add to {table}: `{line}`."
)
NAME_ALIKE = message(
    "overlaps.name_alike",
    "Map the columns so that both tables name a customer alike, or export the ids from one system. If the tables are of "
    "other people, add to {table}: `{keep}`.",
)

BASES = (
    "transactions",
    "subscriptions",
)  # other tables are compared with the first that is there, and with customers
FEWEST, LOW = 5, 0.1


def findings(tables: dict[str, Checked]) -> dict[str, list[Finding]]:
    """Judge every pair of tables that name customers; a pair's finding belongs to its second table."""
    found: dict[str, list[Finding]] = {name: [] for name in tables}
    naming = [name for name, one in tables.items() if one.has("customer_id")]
    if len(naming) <= 1:
        return found
    ids = {name: tables[name].lines.select("customer_id").drop_null().distinct().cache() for name in naming}
    base = next((name for name in BASES if name in ids), None)
    firsts = [name for name in (base, "customers") if name in ids]
    for place, first in enumerate(firsts):
        for second in ids:
            if second not in firsts[: place + 1]:
                found[second] += _pair(tables, ids, first, second)
    return found


def _pair(tables: dict[str, Checked], ids: dict, first: str, second: str) -> list[Finding]:
    sizes = [ids[name].count().execute() for name in (first, second)]
    if not min(sizes):
        return []
    both, smaller = _meet(ids[first], ids[second]), min(sizes)
    checked = tables[second]
    told = AMONG(
        both=count(both),
        customers=count(sizes[1], "customer"),
        others=count(sizes[0]),
        table=verbatim(first),
        file=verbatim(tables[first].report.file),
    )
    value = share(both, smaller)
    better, table, line = (
        (both, "", "") if both == smaller else _line(tables, ids, first, second, low=both < smaller / 2)
    )
    gains = better > both and better >= both + max(1, smaller / 100)
    if both >= LOW * smaller and not gains:
        return [
            checked.finding(
                "ids_never_meet", PASS, told, value, threshold=LEAST(number=share(LOW, 1)), other=first
            )
        ]
    todo: Message = NAME_ALIKE(table=verbatim(second), keep=keep("ids_never_meet"))
    if gains and table:
        todo = WRITTEN_ALIKE_IN(better=count(better), table=verbatim(table), line=verbatim(line))
    elif gains:
        todo = WRITTEN_ALIKE(better=count(better), line=verbatim(line))
    verdict = STOP if both == 0 and smaller >= FEWEST else REVIEW
    examples = tuple(f"{name}: {', '.join(_two(ids[name]))}" for name in (first, second))
    return [
        checked.finding(
            "ids_never_meet",
            verdict,
            told,
            value,
            threshold=LEAST(number=share(LOW, 1)),
            todo=todo,
            examples=examples,
            other=first,
        )
    ]


def _meet(first, second) -> int:
    return first.semi_join(second, "customer_id").count().execute()


def _two(ids) -> list[str]:
    return ids.order_by("customer_id").limit(2).to_pyarrow()["customer_id"].to_pylist()


def _line(
    tables: dict[str, Checked], ids: dict, first: str, second: str, *, low: bool
) -> tuple[int, str, str]:
    """The way of writing under which most ids meet: how many, the table whose line it is (empty: the study's), the line.

    Where few meet (`low`), also parts of the ids are tried: the first or last letters, the digits.
    """
    tries = [(0, "", "")]
    if tables[first].study.ids != "normalised":
        alike = [_changed(ids[name], normalised) for name in (first, second)]
        tries.append((_meet(*alike), "", "ids: normalised"))
    if not low:
        return max(tries, key=lambda one: one[0])
    lengths = {name: _lengths(ids[name]) for name in (first, second)}
    if all(low == high for low, high in lengths.values()) and lengths[first] != lengths[second]:
        longer, other = sorted((first, second), key=lambda name: -lengths[name][0])
        size = lengths[other][0]
        for side in ("left", "right"):
            cut = _changed(ids[longer], lambda column, side=side: getattr(column, side)(size))
            tries.append((_meet(cut, ids[other]), *_mapping(tables[longer], f"{side}({{}}, {size})")))
    for name, other in ((first, second), (second, first)):
        digits = _changed(ids[name], lambda column: column.re_replace("[^0-9]", "").nullif(""))
        expression = "regexp_replace({}, '[^0-9]', '', 'g')"
        tries.append((_meet(digits, ids[other]), *_mapping(tables[name], expression)))
    return max(tries, key=lambda one: one[0])


def _changed(ids, change):
    return ids.select(customer_id=change(ids.customer_id)).drop_null().distinct()


def _lengths(ids) -> tuple[int, int]:
    row = one_row(ids, low=ids.customer_id.length().min(), high=ids.customer_id.length().max())
    return row["low"], row["high"]


def _mapping(checked: Checked, expression: str) -> tuple[str, str]:
    return checked.table, columns_line("customer_id", expression.format(checked.sql("customer_id")))
