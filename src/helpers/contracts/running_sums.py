"""Amounts that are running totals: a balance after each row, or what a customer has spent until then."""

import ibis

from helpers.contracts.checked import Checked, one_row, share, sql_name, yaml_line
from helpers.contracts.findings import STOP, Finding, keep
from helpers.messages import count, message, verbatim
from helpers.study.table_columns import ROW

OF_A_CUSTOMER = message(
    "running_sums.of_a_customer",
    "{amount} never falls from one order of a customer to the next, in {steps} of {all} steps: it is what they have spent "
    "until then.",
)
BALANCE = message(
    "running_sums.balance",
    "{amount} differs from the row before by {column}, in {steps} of {all} rows: it is a running balance.",
)
READ_STEP = message("running_sums.read_step", "Add to transactions: `{line}`. If it is the amount: `{keep}`.")
MAP_ANOTHER = message(
    "running_sums.map_another",
    "Map the column with the amount of each order, or export it. If amounts only rise: `{keep}`.",
)

FEWEST, NEARLY_ALL, TRIED = 50, 0.97, 6
FIRST_ROWS = 10_000
CENT = 0.011


def findings(checked: Checked) -> list[Finding]:
    """Judge the amount of transactions, by the order of rows and by each customer's orders."""
    if checked.table != "transactions" or checked.file_column("amount") is None:
        return []
    return _balance(checked) or _of_customers(checked)


def _of_customers(checked: Checked) -> list[Finding]:
    lines = checked.report.accepted.select(ROW, "customer_id", "order_time", "amount")
    place = ibis.window(group_by="customer_id", order_by=["order_time", ROW])
    rows = ibis.window(order_by=["order_time", ROW])
    steps = lines.mutate(
        step=lines.amount - lines.amount.lag().over(place), any=lines.amount - lines.amount.lag().over(rows)
    )
    rising = (steps["any"] > 0).mean()  # whoever buys: then it is no customer's sum
    seen = one_row(steps, all=(steps.step != 0).sum(), up=(steps.step > 0).sum(), rising=rising)
    if (seen["all"] or 0) < FEWEST or seen["up"] < NEARLY_ALL * seen["all"] or seen["rising"] > NEARLY_ALL:
        return []
    amount = verbatim(checked.origin("amount"))
    told = OF_A_CUSTOMER(amount=amount, steps=count(seen["up"]), all=count(seen["all"]))
    return [_found(checked, told, seen, MAP_ANOTHER(keep=keep("amount_running")))]


def _balance(checked: Checked) -> list[Finding]:
    """The unused column of numbers by which the amount changes from row to row of the file, upwards or downwards."""
    names = [name for name, different in checked.unused.items() if different >= FEWEST]
    if not names:
        return []
    numbers = checked.source.numbers(checked.table, names).rename(_at=ROW)
    filled = one_row(numbers, **{f"n{place}": numbers[name].count() for place, name in enumerate(names)})
    names = [name for place, name in enumerate(names) if (filled[f"n{place}"] or 0) >= FEWEST][:TRIED]
    lines = checked.report.accepted.select(ROW, "amount").filter(lambda t: t[ROW] <= FIRST_ROWS)
    both = lines.inner_join(numbers, lines[ROW] == numbers["_at"])
    rows = ibis.window(order_by=ROW)
    steps = both.mutate(_step=(both.amount - both.amount.lag().over(rows)).abs())
    steps = steps.mutate(
        **{f"_next{place}": steps[name].lag().over(rows) for place, name in enumerate(names)}
    )
    sums = {
        f"s{place}{way}": ((steps["_step"] - other.abs()).abs() < CENT).sum(where=other.notnull())
        for place, name in enumerate(names)
        for way, other in (("own", steps[name]), ("before", steps[f"_next{place}"]))
    }
    there = {f"t{place}": steps[name].notnull().sum() for place, name in enumerate(names)}
    seen = one_row(steps, **sums, **there) if names else {}
    for place, name in enumerate(names):
        all_rows = (seen[f"t{place}"] or 0) - 1
        hit = max(seen[f"s{place}own"] or 0, seen[f"s{place}before"] or 0)
        if all_rows >= FEWEST and hit >= NEARLY_ALL * all_rows:
            told = BALANCE(
                amount=verbatim(checked.origin("amount")),
                column=verbatim(name),
                steps=count(hit),
                all=count(all_rows),
            )
            line = yaml_line("amount", sql_name(name))
            todo = READ_STEP(line=verbatim(line), keep=keep("amount_running"))
            return [_found(checked, told, {"up": hit, "all": all_rows}, todo)]
    return []


def _found(checked: Checked, told, seen: dict, todo) -> Finding:
    value, threshold = share(seen["up"], seen["all"]), share(NEARLY_ALL, 1)
    return checked.finding("amount_running", STOP, told, value, threshold=threshold, todo=todo)
