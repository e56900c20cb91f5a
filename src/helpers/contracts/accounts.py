"""Rows and money in and out: what became of each table's rows, which rules were broken, what was set aside."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import pandas as pd

from helpers.checks import MOST, Check, check
from helpers.contracts.findings import RuleResult, TableReport
from helpers.messages import Message, count, message, number, percent
from helpers.study.table_columns import TABLES

ORDERS, ANONYMOUS = "transactions", "no_customer_id"
MOST_CODED = 200  # values of a column that get a readable name
CENT = 0.01  # money that may be lost in adding up, in the study's currency, per line of the table of money

USED = message("accounts.used", "used")
LEFT_OUT = message("accounts.left_out", "left out: {reason}")
SET_ASIDE = message("accounts.set_aside", "set aside: {rule}")
EVERYTHING = message("accounts.everything", "all rows of the file")
REPORT_ERROR = message("accounts.report_error", "Report this as an error.")
MEND = message(
    "accounts.mend", "Look at the table of rows and money: which rule or condition takes most, and can it be mended at the "
    "source?"
)  # fmt: skip


def of_table(reports: Sequence[TableReport], table: str) -> TableReport | None:
    """Return the report of one table, None where the study has none."""
    return next((report for report in reports if report.table == table), None)


def accepted(reports: Sequence[TableReport], table: str) -> ibis.Table | None:
    """Return one table's accepted rows as they are handed on, None where the study has none."""
    report = of_table(reports, table)
    return report.plain if report else None


PERSONAL = "contacts"  # names and addresses: no value of it is listed
CODED = r"^[^_\s]+(_[^_\s]+)+$"


def coded_values(reports: Sequence[TableReport]) -> list[str]:
    """The values of text columns and campaigns that are written as codes, such as phin_coffee, at most 200 a column."""
    found: set[str] = set()
    for report in reports:
        rows, contract = report.plain, TABLES[report.table]
        ids = {column.name for column in contract.columns if column.type == "id"} - {"campaign_id"}
        if report.table == PERSONAL:
            continue
        for name in set(rows.columns) - ids:
            if rows[name].type().is_string():
                values = rows.filter(rows[name].re_search(CODED)).select(name).distinct().limit(MOST_CODED)
                found |= set(values.to_pandas()[name])
    return sorted(found)


# ---- rows
def rows_in_and_out(reports: Sequence[TableReport]) -> pd.DataFrame:
    """Return per table the rows of the file, used, left out by choice and set aside as broken."""
    rows = [
        (one.table, one.rows, one.used, sum(left.rows for left in one.left_out), one.set_aside)
        for one in reports
    ]
    return pd.DataFrame(rows, columns=["table", "rows", "used", "left_out", "set_aside"])


def check_rows(rows: pd.DataFrame) -> Check:
    """Ask whether the rows used, left out and set aside are those of the files."""
    gap = int((rows["rows"] - rows["used"] - rows["left_out"] - rows["set_aside"]).abs().sum())
    return check(
        "rows add up", fail=gap > 0, value=count(gap, "row"), threshold=count(0, "row"), advice=REPORT_ERROR()
    )


def broken_rules(reports: Sequence[TableReport]) -> pd.DataFrame:
    """Return each broken rule: table, rule, column, rows that break it, set_aside for it first, action."""
    rows = [
        (report.table, result.rule, result.column, result.rows, result.set_aside, result.action)
        for report in reports
        for result in report.results
        if result.rows
    ]
    return pd.DataFrame(rows, columns=["table", "rule", "column", "rows", "set_aside", "action"])


def rules_checked(reports: Sequence[TableReport]) -> int:
    """How many rules were checked on all tables."""
    return sum(len(report.results) for report in reports)


def metrics(reports: Sequence[TableReport]) -> dict[str, float]:
    """The rows of every table, and of each rule on orders, under the names that run.json uses."""
    found: dict[str, float] = {}
    for one in reports:
        found |= {f"{one.table}.rows": one.rows, f"{one.table}.used": one.used}
        found[f"{one.table}.rejected"] = one.set_aside
    orders = of_table(reports, ORDERS)
    found |= {f"rejected.{result.rule}": result.set_aside for result in (orders.results if orders else ())}
    return found | {
        "rules.checked": rules_checked(reports),
        "rules.broken": len(broken_rules(reports)),
        "rows_set_aside": sum(one.set_aside for one in reports),
    }


def rejected_rows(reports: Sequence[TableReport]) -> ibis.Table:
    """Return all rows set aside as one Ibis table: table, file, row, rule, rules, money, the row as text."""
    parts = []
    for report in reports:
        rejected = report.rejected
        said = [name for name in rejected.columns if name not in ("_row", "rule", "rules", "revenue", "rate")]
        texts = [
            ibis.ifelse(
                rejected[name].isnull(), "", ibis.literal(f"{name}=") + rejected[name].cast("string") + "; "
            )
            for name in said
        ]
        parts.append(
            rejected.select(
                table=ibis.literal(report.table),
                file=ibis.literal(report.file),
                row=rejected["_row"],
                rule=rejected.rule,
                rules=rejected.rules,
                money=rejected.revenue if report.table == ORDERS else ibis.null("float64"),
                line=texts[0].concat(*texts[1:]),
            )
        )
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return rows.order_by("table", "row")


# ---- money
@dataclass(frozen=True)
class MoneyInAndOut:
    """What became of the rows and the money of the orders, in the study's currency.

    `parts` (outcome, rows, money; a gap where no amount can be read) add up to `total`. `turnover` counts purchases and
    returns alike as positive, and `left_out_share` is the part of it that is neither used nor after `as_of`; `anonymous`
    is the money of orders without a customer.
    """

    parts: pd.DataFrame
    rows: int
    rows_used: int
    total: float
    used: float
    turnover: float
    left_out_share: float
    anonymous: float

    @property
    def lines(self) -> pd.DataFrame:
        """The parts with all rows of the file as the last line."""
        whole = pd.DataFrame([(EVERYTHING(), self.rows, self.total)], columns=list(self.parts))
        return pd.concat([self.parts, whole], ignore_index=True)

    @property
    def anonymous_share(self) -> float:
        """Anonymous money as a share of all money."""
        return self.anonymous / self.total if self.total else 0.0

    @property
    def metrics(self) -> dict[str, float]:
        """The sums and shares under the names that run.json uses."""
        return {
            "revenue.total": self.total,
            "revenue.used": self.used,
            "revenue.left_out_share": self.left_out_share,
            "revenue.anonymous_share": self.anonymous_share,
        }


def money_in_and_out(reports: Sequence[TableReport]) -> MoneyInAndOut | None:
    """Return rows and money of the orders by what became of them; None where the study has no orders."""
    report = of_table(reports, ORDERS)
    if report is None:
        return None
    parts: list[tuple[Message, int, float | None]] = [(USED(), report.used, report.money_used)]
    parts += [(LEFT_OUT(reason=left.reason), left.rows, left.money) for left in report.left_out]
    parts += [
        (SET_ASIDE(rule=result.rule), result.set_aside, _known(result))
        for result in report.results
        if result.set_aside
    ]
    turnover = report.turnover or 0.0
    unnamed = [result.money_set_aside or 0.0 for result in report.results if result.rule == ANONYMOUS]
    return MoneyInAndOut(
        parts=pd.DataFrame(parts, columns=["outcome", "rows", "money"]),
        rows=report.rows,
        rows_used=report.used,
        total=report.money or 0.0,
        used=report.money_used or 0.0,
        turnover=turnover,
        left_out_share=(report.turnover_out or 0.0) / turnover if turnover else 0.0,
        anonymous=sum(unnamed),
    )


def _known(result: RuleResult) -> float | None:
    """The money set aside for a rule, None where no amount of it can be read."""
    return None if result.unknown_money == result.rows else result.money_set_aside


def money_metrics(money: MoneyInAndOut | None) -> dict[str, float]:
    """The money's numbers; none where there are no orders."""
    return money.metrics if money else {}


def check_money(money: MoneyInAndOut | None, max_left_out_share: float) -> list[Check]:
    """Ask whether the money adds up, and whether little of it is left out; nothing where there are no orders."""
    if money is None:
        return []
    gap, share = money.parts["money"].sum() - money.total, money.left_out_share
    lost = abs(gap) >= CENT * len(money.lines)
    return [
        check(
            "money adds up", fail=lost, value=number(gap), threshold=f"below {CENT}", advice=REPORT_ERROR()
        ),
        check(
            "money left out",
            review=share > max_left_out_share,
            value=percent(share),
            threshold=MOST(number=percent(max_left_out_share)),
            advice=MEND(),
        ),
    ]


def anonymous_money(reports: Sequence[TableReport]) -> float:
    """The money of orders without a customer, 0 where there are no orders."""
    money = money_in_and_out(reports)
    return money.anonymous if money else 0.0


def currencies(reports: Sequence[TableReport]) -> pd.DataFrame:
    """Return per currency the used order lines and their revenue in the study's currency, the largest first."""
    report = of_table(reports, ORDERS)
    if report is None:
        return pd.DataFrame(columns=["currency", "lines", "revenue"])
    lines = report.accepted
    table = lines.group_by("currency").aggregate(lines=lines.count(), revenue=lines.revenue.sum())
    return table.to_pandas().sort_values("revenue", ascending=False, ignore_index=True)
