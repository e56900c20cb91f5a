"""Check a study's tables against their contracts: every rule, with its rows, money and first three."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import ibis

from helpers.contracts import (
    advice,
    amount_words,
    contract_chains,
    currency,
    flags,
    known_later,
    returned_orders,
    versions,
    whole_tables,
    window,
)
from helpers.contracts.checked import sql_name
from helpers.contracts.finding_names import finding_names
from helpers.contracts.findings import (
    KEEP,
    REJECT,
    STOP,
    LeftOut,
    RuleResult,
    TableReport,
    at_row,
    refuse,
    sentence,
    way_out,
)
from helpers.contracts.rules import Facts, Rule, with_known
from helpers.contracts.shallow import as_written, shallow
from helpers.contracts.table_rules import rule_names, rules_of
from helpers.errors import StudyError
from helpers.messages import Message, message, paragraph, verbatim
from helpers.study.table_columns import GIVEN, LEFT_OUT, ROW, TABLES, UNKNOWN, WRITTEN, Contract

if TYPE_CHECKING:
    from helpers.contracts.readable import ReadableTables
    from helpers.study.study import Study

FIRST = ("exchange_rates", "customers")  # other tables are compared with these
EXAMPLES = 2000
COLUMN = message("refusal.column", "column {column}")
COLUMN_AS = message("refusal.column_as", "column {column} ({own})")
EARLIER_STATE = message("left_out.earlier_state", "an earlier state of an order (keep_latest: {column})")
AFTER_AS_OF = message("left_out.after_as_of", "after as_of ({as_of})")


def check(
    study: "Study", source: "ReadableTables", tables: Iterable[str] | None = None, today: date | None = None
) -> list[TableReport]:
    """Check tables (all that are there by default) and return one report each; nothing is refused yet.

    `today` is the clock's day in the study's timezone unless given: rows after it are broken, rows between `as_of` and
    it are left out, and an `as_of` after it is refused. Raises StudyError, for all tables at once, where
    a file cannot be read as the contract says, and where the study allows a rule that does not exist or
    cannot be allowed.
    """
    wanted = [name for name in source.tables if tables is None or name in tables]
    if "transactions" in wanted and "exchange_rates" in source.tables:
        wanted = list(dict.fromkeys([*wanted, "exchange_rates"]))
    ordered = sorted(wanted, key=lambda name: (name not in FIRST, FIRST.index(name) if name in FIRST else 0))
    reports: dict[str, TableReport] = {}
    problems: list[str] = []
    others: dict[str, ibis.Table] = {}
    lines: dict[str, ibis.Table] = {}
    today = today or datetime.now(ZoneInfo(study.timezone)).date()
    if study.as_of > today:
        raise StudyError(
            f"{study.path.name}: as_of is {study.as_of}, but today is {today}: nobody knows what happens until then. Set "
            f"`as_of` to {today} or to the last day of the data; a date in it that lies later is a mistake."
        )
    for name in ordered:
        try:
            facts = Facts(today, study.currency, others)
            reports[name], lines[name] = _check_table(study, source, name, facts)
            others[name] = _known(reports[name]) if name == "customers" else reports[name].accepted
        except StudyError as problem:
            problems.append(str(problem))
    if problems:
        raise StudyError("\n".join(problems))
    reports = whole_tables.with_findings(study, source, reports, lines, today)
    return [reports[name] for name in wanted]


def _known(report: TableReport) -> ibis.Table:
    """Every customer the table names, also in rows that are set aside for another reason."""
    return ibis.union(
        report.accepted.select("customer_id"), report.rejected.select("customer_id")
    ).drop_null()


def _check_table(
    study: "Study", source: "ReadableTables", name: str, facts: Facts
) -> tuple[TableReport, ibis.Table]:
    """The report of one table, and all its rows that meet `where`."""
    contract, file, given = TABLES[name], source.files[name].name, source.given(name)
    allowed = _allowed(study, name)
    lines = source.read(name)
    if name == "transactions":
        lines = returned_orders.with_customers(source, lines)
        lines = versions.settled(study, lines, given)
        lines = currency.convert(lines, facts)
    rules = rules_of(contract, given, facts, allowed)
    lines, wanted = _wanted(study, name, lines)
    wanted = with_known(wanted, rules, wanted if name == "customers" else facts.others.get("customers"))
    absent = [one.name for one in contract.columns if one.name not in (*given, *currency.FILLED)]
    flagged = flags.flagged(wanted, rules, allowed, contract, study.as_of, absent)
    counts = flags.counts(flagged, rules, allowed, has_money=name == "transactions")
    results = [
        _result(study, source, contract, rule, place, counts, flagged, allowed)
        for place, rule in enumerate(rules)
    ]
    left_out, total = _left_out(study, name, lines, counts)
    accepted = flagged.filter(~flagged["_aside"] & ~flagged["_later"])
    report = TableReport(
        table=name,
        file=file,
        given=given,
        rows=total["rows"],
        used=counts["used"],
        set_aside=counts["set_aside"],
        left_out=tuple(left_out),
        results=tuple(results),
        accepted=accepted.drop(*_helpers(flagged)),
        rejected=flagged.filter(flagged["_aside"])
        .rename(rule="_rule", rules="_rules")
        .drop(*(set(_helpers(flagged)) - {"_rule", "_rules"})),
        **_money(name, total, counts, left_out),
    )
    report = contract_chains.joined(
        study, replace(report, accepted=known_later.as_known(study, report, given))
    )
    report = replace(report, accepted=shallow(report.accepted))
    return window.judged(study, report, flagged), flagged


# ---- filters
def _wanted(study: "Study", name: str, lines: ibis.Table) -> tuple[ibis.Table, ibis.Table]:
    """All lines, and those that meet the study's conditions; the former computed once where they are read twice."""
    conditions = _has_conditions(study, name)
    if conditions or name == "customers":  # who name each other
        with as_written():
            lines = lines.cache()
    return lines, lines.filter(lines[LEFT_OUT] == 0) if conditions else lines


def _has_conditions(study: "Study", name: str) -> bool:
    spec = study.tables.get(name)
    return bool(spec and (spec.where or spec.keep_latest))


def _left_out(study: "Study", name: str, lines: ibis.Table, counts: dict) -> tuple[list[LeftOut], dict]:
    """What each condition left out, what lies after `as_of`, and the totals of all lines."""
    spec = study.tables.get(name)
    has_money = name == "transactions"
    groups = [{LEFT_OUT: 0, **{key: counts[f"all_{key}"] for key in ("rows", "money", "moved")}}]
    if _has_conditions(study, name):
        groups = _by_condition(lines, has_money=has_money)
    found = {group[LEFT_OUT]: group for group in groups}
    left = []
    for place, condition in enumerate(spec.where if spec else (), start=1):
        group = found.get(place, {"rows": 0, "money": 0.0, "unknown": 0})
        left.append(
            LeftOut(
                verbatim(condition), group["rows"], group["money"] if has_money else None, group["unknown"]
            )
        )
    if spec and spec.keep_latest:
        group = found.get(versions.SUPERSEDED, {"rows": 0, "money": 0.0})
        left.append(
            LeftOut(
                EARLIER_STATE(column=verbatim(spec.keep_latest)),
                group["rows"],
                group["money"],
            )
        )
    if TABLES[name].dated_by:
        after = AFTER_AS_OF(as_of=verbatim(study.as_of.isoformat()))
        left.append(LeftOut(after, counts["later"], counts["money_later"] if has_money else None))
    total = {key: sum(group[key] or 0 for group in groups) for key in ("rows", "money", "moved")}
    return left, total


def _by_condition(lines: ibis.Table, *, has_money: bool) -> list[dict]:
    """Rows and money by the number of the first condition that is not met."""
    money = lines.revenue.sum() if has_money else ibis.null("float64")
    moved = lines.revenue.abs().sum() if has_money else ibis.null("float64")
    grouped = lines.group_by(LEFT_OUT).aggregate(
        rows=lines.count(), money=money, moved=moved, unknown=lines[UNKNOWN].sum()
    )
    return grouped.to_pyarrow().to_pylist()


# ---- rules
def _allowed(study: "Study", name: str) -> dict[str, str]:
    """What the study says about the table's rules, checked."""
    spec, names = study.tables.get(name), rule_names(name)
    for rule, action in (spec.rules if spec else {}).items():
        where = f"{study.path.name}: tables.{name}.rules"
        if rule in finding_names(name):
            if action != KEEP:
                raise StudyError(f"{where}.{rule} is {action!r}; it can be keep.")
            continue
        if rule not in names:
            raise StudyError(f"{where} names {rule!r}; the rules of {name} are {', '.join(names)}.")
        if action not in (REJECT, KEEP) or (action == KEEP and not names[rule]):
            actions = "reject or keep" if names[rule] else "reject"
            raise StudyError(f"{where}.{rule} is {action!r}; it can be {actions}.")
    return spec.rules if spec else {}


def _result(
    study: "Study",
    source: "ReadableTables",
    contract: Contract,
    rule: Rule,
    place: int,
    counts: dict,
    flagged: ibis.Table,
    allowed: dict,
) -> RuleResult:
    rows, file = counts[f"broken{place}"], source.files[contract.name].name
    first: tuple[Message, ...] = ()
    todo, told = None, None
    if rows:
        bad = flagged.filter(flagged[f"_broken{place}"])
        first = _first_three(bad, rule)
        out = way_out(contract.name, rule.name, keepable=rule.keepable)
        why = _advice(study, source, contract, rule, bad)
        todo = paragraph([why, out]) if why else out
        told = sentence(file, _stands(study, contract.name, rule.column), rule.name, rows, rule.rows, first)
    return RuleResult(
        rule=rule.name,
        column=rule.column,
        told=told,
        rows=rows,
        money=counts.get(f"money_broken{place}"),
        first_three=first,
        todo=todo,
        action=allowed.get(rule.name, STOP),
        set_aside=counts[f"aside{place}"],
        money_set_aside=counts.get(f"money_aside{place}"),
        unknown_money=counts.get(f"unknown{place}", 0),
    )


def _stands(study: "Study", table: str, column: str) -> Message:
    """The column as the contract calls it, and as the file does where that is another name."""
    spec = study.tables.get(table)
    own = spec.columns.get(column, column) if spec else column
    name = verbatim(column)
    return COLUMN(column=name) if own == column else COLUMN_AS(column=name, own=verbatim(own))


def _first_three(bad: ibis.Table, rule: Rule) -> tuple[Message, ...]:
    given = GIVEN.format(rule.column)
    shown = rule.show if rule.show or given not in bad.columns else (given,)
    picked = bad.order_by(ROW).limit(3).select(ROW, *(bad[name].cast("string").name(name) for name in shown))
    rows = picked.to_pyarrow().to_pylist()
    return tuple(at_row(row[ROW], _said(row, shown)) for row in rows)


def _said(row: dict, shown: tuple[str, ...]) -> str:
    texts = [
        repr(row[name]) if name.endswith(GIVEN.format("")) else f"{name} {row[name]}"
        for name in shown
        if row[name] is not None
    ]
    return ", ".join(texts)


def _advice(
    study: "Study", source: "ReadableTables", contract: Contract, rule: Rule, bad: ibis.Table
) -> Message | None:
    given = GIVEN.format(rule.column)
    if rule.name == "negative_quantity" and rule.why:
        origins, columns = source.origins(contract.name), source.columns(contract.name)
        amount, pieces = (origins[name] for name in ("amount", "quantity"))
        said = (sql_name(one) if one in columns else f"({one})" for one in (amount, pieces))
        return paragraph([rule.why, advice.for_returns(*said)])
    if rule.name != f"unreadable_{rule.column}" or given not in bad.columns:
        return rule.why
    spec = study.tables.get(contract.name)
    stated = {key: getattr(spec, key, None) for key in advice.SETTINGS}
    if spec and rule.column in spec.date_formats:
        stated["date_format"] = spec.date_formats[rule.column]
    examples = bad.select(given).distinct().limit(EXAMPLES).to_pyarrow()[given].to_pylist()
    kind, origin = contract.column(rule.column).type, source.origins(contract.name)[rule.column]
    if origin not in source.columns(contract.name):
        return advice.for_values(kind, examples, stated)
    texts = source.texts(contract.name, [origin]).select(origin).distinct().drop_null().limit(EXAMPLES)
    every = texts.to_pyarrow()[origin].to_pylist()
    if kind == "flag":
        return advice.for_words(rule.column, origin, every)
    if rule.column == "amount" and contract.name == "transactions":
        for told in (advice.for_sides, amount_words.for_words, amount_words.for_signs):
            if found := told(origin, every):
                return found
    return advice.for_column(kind, examples, every, stated)


# ---- parts of the report
def _helpers(flagged: ibis.Table) -> list[str]:
    keep = {ROW}
    return [
        name
        for name in flagged.columns
        if (name.startswith("_") and name not in keep) or name.endswith(WRITTEN.format(""))
    ]


def _money(name: str, total: dict, counts: dict, left_out: list[LeftOut]) -> dict:
    if name != "transactions":
        return {}
    return {
        "money": total["money"],
        "money_used": counts["money_used"],
        "money_set_aside": counts["money_set_aside"],
        "turnover": total["moved"],
        # Parallel sums of floats differ in their last digit: less than a cent is nothing.
        "turnover_out": max(0.0, round(total["moved"] - counts["moved_used"] - counts["moved_later"], 2)),
    }


__all__ = ["check", "refuse"]
