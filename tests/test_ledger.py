"""Orders to money: which return takes back what, and that no cent is lost."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from tables_support import HEADER, TODAY, study, write
from test_contracts import online_retail

from helpers import contracts, tables
from helpers.tables import ledger


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def reports(made):
    found = contracts.check(made, tables.open_source(made), today=TODAY)
    contracts.refuse(found)
    return found


def build(made):
    return ledger.build(reports(made)).to_pandas().sort_values(["order_time", "order_id"], ignore_index=True)


def lines_of(folder, *lines: str, header=HEADER + ",order_id,category,quantity,margin"):
    write(folder, header, *lines)
    return build(study(folder))


def test_a_return_that_names_its_order_takes_back_its_own_line(tmp_path):
    found = lines_of(
        tmp_path, "1,2010-12-01,60,A,tea,2,30", "1,2010-12-01,40,A,cup,1,10", "1,2010-12-09,-40,A,cup,-1,-10"
    ).set_index("category")
    assert found.kind.to_dict() == {"tea": "purchase", "cup": "returned"}
    assert found.revenue.to_dict() == {"tea": 60, "cup": 0}
    assert found.returned.to_dict() == {"tea": 0, "cup": 40}
    assert found.margin.to_dict() == {"tea": 30, "cup": 0}
    assert found.quantity.to_dict() == {"tea": 2, "cup": 0}


def test_a_partial_return_is_shared_over_its_order(tmp_path):
    found = lines_of(
        tmp_path, "1,2010-12-01,60,A,,2,30", "1,2010-12-01,40,A,,1,10", "1,2010-12-09,-50,A,,,-20"
    )
    assert sorted(found.revenue) == [20, 30]
    assert set(found.kind) == {"purchase"}
    assert sorted(found.margin) == [2, 18]


def test_lost_goods_leave_a_negative_margin(tmp_path):
    found = lines_of(tmp_path, "1,2010-12-01,100,A,,1,40", "1,2010-12-09,-100,A,,-1,-100")
    assert found.loc[0, ["kind", "revenue", "margin"]].tolist() == ["returned", 0, -60]


def test_more_returned_than_ordered_stays_as_a_return(tmp_path):
    found = lines_of(tmp_path, "1,2010-12-01,60,A,,1,30", "1,2010-12-09,-80,A,,-1,-40")
    assert found.kind.tolist() == ["returned", "return"]
    assert found.revenue.tolist() == [0, -20]


def test_without_an_order_the_first_equal_line_that_is_not_later(tmp_path):
    found = lines_of(
        tmp_path,
        "1,2010-12-01,-10,,,,",  # before any purchase: nothing to take back
        "1,2010-12-02,10,A,,,",
        "1,2010-12-03,10,B,,,",
        "1,2010-12-04,-10,,,,",
        "1,2010-12-05,10,C,,,",
        "2,2010-12-06,-10,,,,",  # another customer
    )
    kinds = dict(zip(found.order_date.astype(str).str[:10], found.kind, strict=True))
    assert kinds == {
        "2010-12-01": "return",
        "2010-12-02": "returned",
        "2010-12-03": "purchase",
        "2010-12-05": "purchase",
        "2010-12-06": "return",
    }


def test_equal_money_of_another_category_is_not_taken_back(tmp_path):
    found = lines_of(tmp_path, "1,2010-12-01,10,A,tea,,", "1,2010-12-02,-10,,cup,,")
    assert found.kind.tolist() == ["purchase", "return"]


def test_an_order_that_is_not_known_is_looked_for_by_amount(tmp_path):
    found = lines_of(tmp_path, "1,2010-12-01,10,A,tea,,", "1,2010-12-02,-10,CA,tea,,")
    assert found.kind.tolist() == ["returned"]


def test_free_lines_are_purchases(tmp_path):
    found = lines_of(tmp_path, "1,2010-12-01,0,A,tea,,")
    assert found.kind.tolist() == ["purchase"]


def test_margin_is_the_lines_or_amount_less_cost_or_unknown(tmp_path):
    header = HEADER + ",margin,cost"
    found = lines_of(
        tmp_path, "1,2010-12-01,10,4,9", "1,2010-12-02,10,,7", "1,2010-12-03,10,,", header=header
    )
    assert found.margin.tolist()[:2] == [4, 3]
    assert found.margin.isna().tolist() == [False, False, True]


def test_money_is_in_the_studys_currency_and_a_return_undoes_its_purchases_rate(tmp_path):
    write(
        tmp_path,
        HEADER + ",currency,margin,list_price",
        "1,2010-12-01,100,USD,40,120",
        "1,2010-12-20,-100,USD,,",
        "1,2010-12-21,100,USD,,",
    )
    write(
        tmp_path, "date,currency,rate", "2010-11-01,USD,0.5", "2010-12-15,USD,0.6", name="exchange_rates.csv"
    )
    found = build(study(tmp_path))
    assert found.kind.tolist() == ["returned", "purchase"]
    assert found.revenue.tolist() == [0, 60]
    assert found.returned.tolist() == [50, 0]
    assert found.list_price.tolist()[0] == 60


def random_lines(customers: int, orders: list[str]) -> pd.DataFrame:
    """Purchases and returns in few sizes and days, so that many are equal."""
    rng = np.random.default_rng(7)
    n = rng.integers(1, 14, customers)
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(customers), n).astype(str),
            "order_time": [f"2010-12-{day:02d}" for day in rng.integers(1, 10, n.sum())],
            "amount": rng.choice([-20.0, -10.5, -10.0, 0.0, 10.0, 10.5, 20.0], n.sum()),
            "order_id": rng.choice(orders, n.sum()),
        }
    )


def test_no_cent_is_lost(tmp_path):
    lines = random_lines(400, ["", "A", "B", "C"])
    lines.to_csv(tmp_path / "transactions.csv", index=False)
    found = reports(study(tmp_path, transactions={"rules": {"duplicate_line": "keep"}}))
    book = ledger.build(found).to_pandas()
    purchases = book[book.kind != "return"]
    assert round(book.revenue.sum(), 2) == round(lines.amount.sum(), 2) == round(found[0].money_used, 2)
    assert round((purchases.revenue + purchases.returned).sum(), 2) == lines.amount.clip(lower=0).sum()
    assert len(purchases) == (lines.amount >= 0).sum()
    assert (book.loc[book.kind == "purchase", "revenue"] >= 0).all()
    assert (book.loc[book.kind == "returned", "revenue"] == 0).all()
    assert (book.loc[book.kind == "return", "revenue"] < 0).all()
    assert (
        book.groupby("customer_id").revenue.sum() - lines.groupby("customer_id").amount.sum()
    ).abs().max() < 1e-9


def test_first_is_paired_with_first_as_a_queue_would(tmp_path):
    lines = random_lines(400, [""])
    lines.drop(columns="order_id").to_csv(tmp_path / "transactions.csv", index=False)
    book = ledger.build(reports(study(tmp_path))).to_pandas()
    expected = {"returned": 0, "return": 0}
    taken_back = []
    lines["is_return"], lines["size"] = lines.amount < 0, lines.amount.abs()
    for (customer, size), group in lines.groupby(["customer_id", "size"]):
        queue = []
        for line in group.sort_values(["order_time", "is_return"], kind="stable").itertuples():
            if not line.is_return:
                queue.append(line.order_time)
            elif queue:
                taken_back.append((customer, size, queue.pop(0)))
                expected["returned"] += 1
            else:
                expected["return"] += 1
    assert book.kind.value_counts().to_dict() == expected | {
        "purchase": (lines.amount >= 0).sum() - expected["returned"]
    }
    found = book[book.kind == "returned"]
    times = found.order_time.dt.strftime("%Y-%m-%d")
    assert sorted(zip(found.customer_id, found.returned, times, strict=True)) == sorted(taken_back)


def test_columns_are_those_that_are_documented(tmp_path):
    assert list(lines_of(tmp_path, "1,2010-12-01,0,A,tea,,").columns) == list(ledger.COLUMNS)


def test_online_retail_bought_and_cancelled_is_netted(real_data):
    allowed = {"no_customer_id": "reject", "duplicate_line": "keep", "negative_quantity": "reject"}
    found = reports(online_retail(real_data, rules=allowed))
    book = ledger.build(found).to_pandas()
    assert round(book.revenue.sum(), 2) == round(found[0].money_used, 2)
    largest = book.sort_values("returned").iloc[-1]
    assert (largest.order_id, largest.kind, largest.revenue, round(largest.returned, 2)) == (
        "581483", "returned", 0.0, 168_469.60,
    )  # fmt: skip
    kinds = book.groupby("customer_id").kind.agg(set)
    assert (kinds == {"return"}).sum() == 33
    assert str(book.order_date.max())[:10] == str(date(2011, 12, 9))
