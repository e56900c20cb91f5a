"""Currencies that are added up because no column says which is which."""

import ibis

from helpers.contracts import minor_units
from helpers.contracts.checked import Checked, columns_line, one_row, share, sql_name, sql_text
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import count, listing, message, verbatim
from helpers.study.table_columns import ROW

SEVERAL = message(
    "currencies.several",
    "the column {column} holds {currencies} ({listed}), and the study adds them up as {own}.",
)
CODE_ROWS = message("currencies.code_rows", "{code} {rows}")
MAP_AND_RATES = message(
    "currencies.map_and_rates",
    "Add to {table}: `{line}`, and bring a table exchange_rates with {others}, or a `where` that leaves the others out. If "
    "the amounts are converted already: `{keep}`.",
)
ONLY_ONE = message(
    "currencies.only_one",
    "Add to {table}: a `where` that leaves the others out. If the amounts are converted already: `{keep}`.",
)
EVERY_ROW = message(
    "currencies.every_row",
    "every row of the column {column} says {code}, and the study's currency is {own}.",
)
SOME_ROWS = message(
    "currencies.some_rows",
    "{rows} of {all} say {code} in the column {column}, the others nothing, and the study's currency is {own}.",
)
SAY_WHICH = message(
    "currencies.say_which",
    "If these are in {code} and the others in {own}, add to transactions `{columns}`, and bring a table exchange_rates. If "
    "all amounts are in {code}, write in the study file: currency: {code}. If they are in {own}: `{keep}`.",
)
SAY_ALL = message(
    "currencies.say_all",
    "If all amounts are in {code}, write in the study file: currency: {code}. If they are in {own}: `{keep}`.",
)
WRITE_IT = message(
    "currencies.write_it",
    "If the amounts are in {code}, write in the study file: `{line}`. If they are in {own}: `{keep}`.",
)
WRITE_OR_CONVERT = message(
    "currencies.write_or_convert",
    "If the amounts are in {code}, write in the study file: `{line}`. To have it in {own}, add to transactions `{columns}`, "
    "and bring a table exchange_rates. If they are in {own}: `{keep}`.",
)

FEW, ALL = 0.02, 0.95  # shares of the rows: a slip, and as good as every row
MOST = 60  # a column with more different values is none of currencies


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions and subscriptions whose currency is not mapped."""
    if checked.table not in ("transactions", "subscriptions") or checked.has("currency"):
        return []
    few = [name for name, count in checked.unused.items() if count <= MOST]
    columns = {name: codes for name in few if (codes := _codes(checked, name))}
    own = checked.study.currency
    amount = {"transactions": "amount", "subscriptions": "fee"}[checked.table]
    beside = _beside(checked, amount, columns)
    columns = {beside: columns[beside]} if beside else columns
    several = {name: codes for name, codes in columns.items() if len(codes) > 1}
    if several:
        return [_several(checked, name, codes) for name, codes in list(several.items())[:1]]
    other = {name: codes for name, codes in columns.items() if list(codes) != [own]}
    return [_other(checked, name, *next(iter(codes.items()))) for name, codes in list(other.items())[:1]]


def _codes(checked: Checked, name: str) -> dict[str, tuple[str, int]]:
    """{code: (as written, rows)} where every value of a column is a currency, the most frequent first."""
    found: dict[str, tuple[str, int]] = {}
    for value, number in sorted(checked.counted(name).items(), key=lambda one: (-one[1], one[0])):
        code = minor_units.SYMBOLS.get(value.casefold(), value.upper())
        code = minor_units.SYMBOLS.get(value, minor_units.names().get(value.casefold(), code))
        if code not in minor_units.codes():
            return {}
        written, rows = found.get(code, (value, 0))
        found[code] = (written, rows + number)
    return found


def _beside(checked: Checked, amount: str, columns: dict) -> str | None:
    """The currency column that is named like the amount: Converted Currency for Converted Amount."""
    if not checked.has(amount):
        return None
    words = set(checked.origin(amount).casefold().replace("_", " ").replace('"', " ").split())
    near = {name: len(words & set(name.casefold().replace("_", " ").split())) for name in columns}
    best = max(near, key=lambda name: near[name], default=None)
    return best if best and near[best] else None


def _several(checked: Checked, name: str, codes: dict) -> Finding:
    listed = listing(
        [CODE_ROWS(code=verbatim(code), rows=count(rows, "row")) for code, (_, rows) in [*codes.items()][:6]]
    )
    own = checked.study.currency
    told = SEVERAL(
        column=verbatim(name),
        currencies=count(len(codes), "currency", "currencies"),
        listed=listed,
        own=verbatim(own),
    )
    said = {"table": verbatim(checked.table), "keep": keep("currencies_added_up")}
    if checked.table == "transactions":
        others = listing([verbatim(code) for code in codes if code != own][:6])
        line = verbatim(columns_line("currency", _mapped(name, codes)))
        todo = MAP_AND_RATES(**said, line=line, others=others)
    else:
        todo = ONLY_ONE(**said)
    value = count(len(codes), "currency", "currencies")
    return checked.finding("currencies_added_up", STOP, told, value, threshold=count(1), todo=todo)


def _other(checked: Checked, name: str, code: str, seen: tuple[str, int]) -> Finding:
    """A column of one currency that is not the study's: in every row, or in some while the others are blank."""
    own, written = checked.study.currency, seen[0]
    texts = checked.source.texts(checked.table, [name])
    filled = texts.filter(texts[name].notnull()).select(_at=ROW)
    lines = checked.report.accepted
    rows = one_row(lines.semi_join(filled, lines[ROW] == filled["_at"]), n=ibis._.count())["n"]
    if rows < ALL * checked.report.used:
        return _some(checked, name, code, written, rows)
    told = EVERY_ROW(column=verbatim(name), code=verbatim(code), own=verbatim(own))
    said = {
        "code": verbatim(code),
        "line": verbatim(f"currency: {code}"),
        "own": verbatim(own),
        "keep": keep("other_currency"),
    }
    if checked.table == "transactions":
        columns = verbatim(columns_line("currency", _mapped(name, {code: seen})))
        todo, verdict = WRITE_OR_CONVERT(**said, columns=columns), STOP
    else:
        todo, verdict = WRITE_IT(**said), REVIEW
    return checked.finding(
        "other_currency", verdict, told, verbatim(code), threshold=verbatim(own), todo=todo
    )


def _some(checked: Checked, name: str, code: str, written: str, rows: int) -> Finding:
    """What some rows say is theirs: it changes no currency of the study, and those rows are converted by the line."""
    own, everything = verbatim(checked.study.currency), checked.report.used
    told = SOME_ROWS(
        rows=count(rows, "row"), all=count(everything), code=verbatim(code), column=verbatim(name), own=own
    )
    said = {"code": verbatim(code), "own": own, "keep": keep("other_currency")}
    if checked.table == "transactions":
        line = verbatim(columns_line("currency", _mapped(name, {code: (written, rows)})))
        todo = SAY_WHICH(**said, columns=line)
    else:
        todo = SAY_ALL(**said)
    verdict = STOP if rows > FEW * everything else REVIEW
    value, threshold = share(rows, everything), share(FEW, 1)
    return checked.finding("other_currency", verdict, told, value, threshold=threshold, todo=todo)


def _mapped(name: str, codes: dict) -> str:
    """The column, or where it holds signs or names ($, Euro), the expression that turns them into codes."""
    signs = {written: code for code, (written, _) in codes.items() if written.upper() != code}
    if not signs:
        return name
    cases = " ".join(f"WHEN {sql_text(sign)} THEN '{code}'" for sign, code in signs.items())
    column = sql_name(name)
    return f"CASE {column} {cases} ELSE {column} END"
