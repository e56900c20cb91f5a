"""Tables as views of their engine: the same rows, compiled from their columns alone, and never from a table that is gone."""

import gc

import ibis
import pandas as pd
from findings_support import own_cache, plain_shop, transactions  # noqa: F401

from helpers import tables
from helpers.contracts.shallow import shallow


def test_what_is_asked_of_a_checked_table_is_compiled_from_its_columns(tmp_path):
    accepted = transactions(tmp_path, plain_shop(tmp_path)).accepted
    query = ibis.to_sql(accepted.aggregate(money=accepted.revenue.sum()))
    assert "JOIN" not in query and "CASE" not in query
    assert accepted.count().execute() == 240


def test_a_view_outlives_the_names_of_what_it_reads():
    con = tables.connect()
    con.create_table("given", pd.DataFrame({"a": [1, 2, 3]}))
    below = con.table("given").mutate(b=lambda t: t.a + 1).cache()  # dropped with its last reference
    view = shallow(shallow(below).filter(lambda t: t.b > 2))
    del below
    gc.collect()
    assert view.b.sum().execute() == 7
