"""Which rules each row breaks, as one number per row, and all counts and sums that follow from it."""

from collections.abc import Sequence
from datetime import date

import ibis

from helpers.contracts.findings import KEEP
from helpers.contracts.rules import Rule
from helpers.contracts.shallow import as_written, shallow
from helpers.study.table_columns import ROW, Contract

CODE = "_code"  # the sum of 2 to the place of each rule that the row breaks
HELPERS = (ROW, CODE, "_later")


def flagged(
    lines: ibis.Table,
    rules: list[Rule],
    allowed: dict,
    contract: Contract,
    as_of: date,
    absent: Sequence[str],
) -> ibis.Table:
    """The lines, computed once, with what they break.

    Beside the lines stand `_code`, a boolean per rule (`_broken0` ...), `_later` (after `as_of`), `_aside`, `_rule` (the
    first rule that sets the row aside) and `_rules` (all it breaks). `absent` columns are null and take no memory.
    """
    zero = ibis.literal(0, "int64")
    broken = [rule.bad(lines).fill_null(False) for rule in rules]
    codes = [ibis.ifelse(bad, ibis.literal(1 << place, "int64"), zero) for place, bad in enumerate(broken)]
    by = contract.dated_by
    later = (lines[by].cast("date") > as_of).fill_null(False) if by else False
    coded = lines.mutate(**{CODE: sum(codes, zero), "_later": later})
    kept = [name for name in coded.columns if name not in absent and (name[0] != "_" or name in HELPERS)]
    nulls = {name: ibis.null(coded[name].type()) for name in absent}
    with as_written():
        coded = coded.select(*kept).cache()
    flags = {f"_broken{place}": (coded[CODE] & (1 << place)) != 0 for place, _ in enumerate(rules)}
    mask = _mask(rules, allowed)
    coded = coded.mutate(**nulls, **flags, _aside=(coded[CODE] & mask) != 0)
    not_kept = [(coded[f"_broken{p}"], rule.name) for p, rule in enumerate(rules) if mask >> p & 1]
    names = [ibis.ifelse(coded[f"_broken{p}"], f"{rule.name} ", "") for p, rule in enumerate(rules)]
    joined = names[0].concat(*names[1:]) if len(names) > 1 else names[0]
    coded = coded.mutate(_rule=ibis.cases(*not_kept), _rules=joined.re_replace(" $", ""))
    order = [name for name in lines.columns if name in coded.columns]
    return shallow(coded.select(*order, *(name for name in coded.columns if name not in order)))


def counts(flagged: ibis.Table, rules: list[Rule], allowed: dict, *, has_money: bool) -> dict:
    """Return all counts and sums of a table, from one pass.

    {name: rows} for used, set_aside, later, all_rows, brokenN and asideN of each rule N; with `has_money` also money_NAME,
    moved_used and moved_later (money without signs), and unknownN (rows without an amount that can be read).
    """
    sums = {"rows": flagged.count()}
    if has_money:
        money = flagged.revenue
        sums |= {"money": money.sum(), "moved": money.abs().sum(), "unknown": money.isnull().sum()}
    groups = flagged.group_by(CODE, "_later").aggregate(**sums).to_pyarrow().to_pylist()
    mask = _mask(rules, allowed)
    names = [
        "used",
        "set_aside",
        "later",
        *(f"{way}{p}" for p, _ in enumerate(rules) for way in ("broken", "aside")),
    ]
    found: dict = dict.fromkeys(names, 0) | {"all_rows": 0, "all_money": 0.0, "all_moved": 0.0}
    if has_money:
        found |= {f"money_{name}": 0.0 for name in names} | {"moved_used": 0.0, "moved_later": 0.0}
        found |= {f"unknown{place}": 0 for place, _ in enumerate(rules)}
    for group in groups:
        _add(found, group, _places(group[CODE], len(rules)), mask)
    return found


def _add(found: dict, group: dict, broken: list[int], mask: int) -> None:
    """Add the rows of one code to all they count for."""
    aside = [place for place in broken if mask >> place & 1]
    of_all = "set_aside" if aside else "later" if group["_later"] else "used"
    counted = [of_all, *(f"broken{place}" for place in broken), *(f"aside{place}" for place in aside[:1])]
    money, moved = group.get("money") or 0.0, group.get("moved") or 0.0
    found["all_rows"] += group["rows"]
    found["all_money"] += money
    found["all_moved"] += moved
    for name in counted:
        found[name] += group["rows"]
        if "money" in group:
            found[f"money_{name}"] += money
    if "money" in group:
        for place in broken:
            found[f"unknown{place}"] += group["unknown"]
        if of_all != "set_aside":
            found[f"moved_{of_all}"] += moved


def _places(code: int, rules: int) -> list[int]:
    return [place for place in range(rules) if code >> place & 1]


def _mask(rules: list[Rule], allowed: dict) -> int:
    """The code of a row that breaks every rule whose rows the study does not keep."""
    return sum(1 << place for place, rule in enumerate(rules) if allowed.get(rule.name) != KEEP)
