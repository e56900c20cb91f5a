"""Returns that name their order and no customer, from a file of their own: they are its customer's."""

from typing import TYPE_CHECKING

import ibis

from helpers.contracts.checked import sql_name

if TYPE_CHECKING:
    from helpers.contracts.readable import ReadableTables


def with_customers(source: "ReadableTables", lines: ibis.Table) -> ibis.Table:
    """Return transactions in which a return without a customer, in a file that names none, has its order's one."""
    given, lacking = source.origins("transactions"), source.lacking("transactions")
    customer = given.get("customer_id", "")
    named = any(
        name == customer or sql_name(name) in customer for names in lacking.values() for name in names
    )
    if not named or "order_id" not in given:
        return lines
    order = ibis.window(group_by=[lines.order_id])
    one, other = lines.customer_id.min().over(order), lines.customer_id.max().over(order)
    is_its = lines.order_id.notnull() & (lines.amount < 0) & (one == other)
    return lines.mutate(customer_id=lines.customer_id.fill_null(ibis.ifelse(is_its, one, None)))
