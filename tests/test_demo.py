"""The simulated coffee roaster: repeatable, believable, and true to what it says about itself."""

import hashlib
import json
import multiprocessing
from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers import demo
from helpers.contracts import rule_names
from helpers.demo import broken, service, tables, truth, vietnamese
from helpers.demo.simulate import tell
from helpers.demo.world import World
from helpers.errors import StudyError

SMALL = {"customers": 600, "seed": 7}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return demo.ensure(**SMALL, folder=tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def story():
    return tell(World(customers=3000, seed=3))


@pytest.fixture(scope="module")
def sales(folder):
    table = pd.read_csv(folder / "tables" / "transactions.csv", dtype=str)
    return table[table["customer_id"].notna() & ~table["order_id"].fillna("").str.startswith("O9")]


def _truth(folder, name):
    return json.loads((folder / "truth" / f"{name}.json").read_text())


def _digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# ---- the folder
def test_the_same_seed_gives_the_same_bytes(folder, tmp_path):
    assert _digests(demo.ensure(**SMALL, folder=tmp_path)) == _digests(folder)


def test_another_seed_gives_other_people(story):
    other = tell(World(customers=3000, seed=4))
    assert not np.array_equal(story.people["rate"], other.people["rate"])


def _ask(home):
    return str(demo.ensure(customers=250, seed=2, folder=home))


def test_two_processes_may_ask_at_once(tmp_path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first, second = pool.map(_ask, [tmp_path, tmp_path])
    assert first == second
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".c250-s2.lock", "c250-s2"]


def test_a_changed_simulator_writes_anew_and_nothing_else_does(tmp_path):
    place = demo.ensure(customers=250, seed=2, folder=tmp_path)
    made = (place / "version.json").stat().st_mtime_ns
    assert (demo.ensure(customers=250, seed=2, folder=tmp_path) / "version.json").stat().st_mtime_ns == made
    (place / "version.json").write_text('{"simulator": "older"}')
    (place / "tables" / "left_over.csv").write_text("x")
    again = demo.ensure(customers=250, seed=2, folder=tmp_path)
    assert not (again / "tables" / "left_over.csv").exists()
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["c250-s2"]


@pytest.mark.parametrize("size", [{"customers": 10}, {"seed": -1}])
def test_an_impossible_size_is_refused(size, tmp_path):
    with pytest.raises(StudyError, match="at least 200 customers"):
        demo.ensure(**size, folder=tmp_path)


# ---- the tables
def test_no_order_is_older_than_its_customer(folder, sales):
    customers = pd.read_parquet(folder / "tables" / "customers.parquet").drop_duplicates("customer_id")
    acquired = pd.to_datetime(customers.set_index("customer_id")["acquired_at"])
    when = pd.to_datetime(sales["order_time"], format="%Y-%m-%dT%H:%M:%SZ", errors="coerce")
    local = (when + pd.Timedelta(hours=7)).dt.normalize()
    assert (local >= sales["customer_id"].map(acquired)).all()
    assert local.max().date() <= date(2026, 6, 30)
    assert (when.dt.normalize() != local).mean() > 0.1, "mornings in Ha Noi are yesterday in UTC"


def test_lines_add_up(sales):
    bought = sales[sales["quantity"].astype(float) > 0]
    number = {name: bought[name].astype(float) for name in ("amount", "list_price", "quantity", "cost")}
    paid = number["amount"] / (number["list_price"] * number["quantity"])
    assert paid.between(0.74, 1.001).all()
    assert 0.08 < (paid < 0.99).mean() < 0.35, "some lines are bought on offer"
    assert (number["cost"] > 0).all()
    assert set(bought["currency"]) == {"VND", "THB", "USD"}


def test_returns_name_their_order_or_repeat_its_amount(story):
    export = tables.transactions(story)
    export["amount"] = export["amount"].astype(float)
    back, bought = export[export["amount"] < 0], export[export["amount"] > 0]
    known = back["order_id"].isin(bought["order_id"])
    assert known[back["order_id"].notna()].all()
    unnamed = back[back["order_id"].isna() & back["quantity"].notna()]
    sold = set(zip(bought["customer_id"], bought["category"], bought["amount"], strict=True))
    assert all(
        row in sold
        for row in zip(unnamed["customer_id"], unnamed["category"], -unnamed["amount"], strict=True)
    )
    assert 0.008 < len(back) / len(bought) < 0.03


def test_every_currency_has_a_rate_on_every_day(folder):
    rates = pd.read_csv(folder / "tables" / "exchange_rates.csv")
    assert (rates.groupby("currency").size() == 912).all()
    assert rates.groupby("currency")["rate"].mean().round(-1).between(600, 27_000).all()


def test_the_calendar_says_when_shops_are_closed_and_little_is_bought_then(folder, story):
    rows = pd.read_csv(folder / "tables" / "calendar.csv", parse_dates=["date", "until"])
    assert rows["value"].tolist() == [0, 1, 1, 1, 1, 0] and set(rows["name"]) == {"closed"}
    assert rows["date"].iloc[-1] == pd.Timestamp(2027, 6, 30), "known for a year ahead"
    closed = rows[rows["value"] == 1]
    assert ((closed["until"] - closed["date"]).dt.days == 10).all()
    day = story.world.dates(np.floor(story.orders["time"][story.past]))
    for row in closed.iloc[:3].itertuples():
        week = pd.Timedelta(11, "D")
        inside, before = (day.between(start, start + week).sum() for start in (row.date, row.date - week))
        assert inside < 0.5 * before


def test_the_base_looks_like_a_coffee_roaster(story):
    people = story.people
    assert 0.05 < (people["kind"] == "organization").mean() < 0.12
    days = story.orders[story.past].assign(day=lambda t: np.floor(t["time"])).groupby("who")["day"].nunique()
    consumers = days[(people["kind"] == "consumer").to_numpy()[days.index]]
    assert 0.22 < (consumers == 1).mean() < 0.40
    assert 2 <= consumers.median() <= 5
    value = story.orders[story.past].groupby((people["kind"].to_numpy()[story.orders["who"]])[story.past])[
        "revenue"
    ]
    assert 250_000 < value.median()["consumer"] < 450_000
    assert 2_000_000 < value.median()["organization"] < 5_000_000


# ---- broken rows
def test_broken_rows_are_there_in_the_numbers_told(folder):
    told = _truth(folder, "broken_rows")
    rows = pd.read_csv(folder / "tables" / "transactions.csv", dtype=str)
    time = pd.to_datetime(rows["order_time"], format="%Y-%m-%dT%H:%M:%SZ", errors="coerce")
    amount = pd.to_numeric(rows["amount"], errors="coerce")
    found = {
        "no_customer_id": rows["customer_id"].isna().sum(),
        "unreadable_order_time": time.isna().sum(),
        "future_date": (time > "2030-01-01").sum(),
        "unreadable_amount": amount.isna().sum(),
        "negative_quantity": (rows["quantity"].str.startswith("-", na=False) & (amount >= 0)).sum(),
        "duplicate_line": rows.duplicated().sum(),
    }
    assert found == told["transactions"]
    customers = pd.read_parquet(folder / "tables" / "customers.parquet")
    assert customers["customer_id"].duplicated().sum() == told["customers"]["duplicate_customer_id"]
    campaigns = pd.read_csv(folder / "tables" / "campaigns.csv")
    twice = campaigns.duplicated(["campaign_id", "customer_id"])
    assert twice.sum() == told["campaigns"]["duplicate_assignment"]
    unknown = ~campaigns["customer_id"].isin(customers["customer_id"])
    assert unknown.sum() == told["campaigns"]["unknown_customer"]


def test_broken_rows_carry_the_names_of_the_contracts():
    for table, rules in broken.counts(World()).items():
        assert set(rules) <= set(rule_names(table))
        assert min(rules.values()) >= 3


# ---- the coupon
def test_arms_are_large_enough_even_in_a_small_company(folder):
    campaigns = pd.read_csv(folder / "tables" / "campaigns.csv")
    campaigns = campaigns[campaigns["campaign_id"] == World().campaign_id].drop_duplicates("customer_id")
    assert campaigns["arm"].value_counts().min() >= 80
    control = campaigns[campaigns["is_control"]]
    assert control["exposed_at"].isna().all()
    assert control["redeemed_at"].isna().all()
    assert control[["contact_cost", "incentive_cost"]].to_numpy().sum() == 0


def test_control_and_everyone_before_the_assignment_are_untouched(story):
    who, time = story.orders["who"].to_numpy(), story.orders["time"].to_numpy()
    without = story.if_arm[0]
    control = ~(story.experiment.arm > 0)[who]
    before = time < story.world.day(story.world.assigned_on)
    assert np.array_equal(story.happened[control | before], without[control | before])
    assert not np.array_equal(story.happened, without)


def test_the_true_effect_is_what_the_arms_show(story):
    effects, experiment = truth.campaign_effects(story), story.experiment
    start, n = story.world.day(story.world.assigned_on), len(story.people)
    time = story.orders["time"].to_numpy()
    inside = story.happened & (time >= start) & (time < start + story.world.window_days)
    margin = np.bincount(story.orders["who"][inside], story.orders["margin"][inside], n)
    control = margin[experiment.arm == 0]
    for arm, name in list(enumerate(story.world.arms))[1:]:
        treated = margin[experiment.arm == arm]
        error = np.sqrt(treated.var() / len(treated) + control.var() / len(control))
        assert abs(treated.mean() - control.mean() - effects[name]["window"]["margin"]) < 3.5 * error
    assert effects["coupon_10"]["window"]["net"] > effects["coupon_20"]["window"]["net"]
    assert effects["coupon_10"]["window"]["net"] > 15_000
    assert effects["coupon_10"]["recovery"]["purchases"] < 0, "part of the lift was only pulled forward"
    assert effects["coupon_20"]["to_as_of"]["net"] < 0


def test_expected_effects_per_customer_agree_with_the_coupled_worlds(story):
    table, effects = truth.campaign_customers(story), truth.campaign_effects(story)
    for name in story.world.arms[1:]:
        expected, realised = table[f"{name}_window_orders"].mean(), effects[name]["window"]["purchases"]
        assert expected == pytest.approx(realised, rel=0.15)
        assert (table.loc[table["annoyed"] & table["active"], f"{name}_window_net"] < 0).all()


# ---- value
def test_expected_and_realised_futures_agree(story):
    table = truth.customers(story)
    assert (table.loc[~table["alive"], "future_orders"] == 0).all()
    for measure in ("orders", "revenue", "margin", "discounted_margin"):
        expected, realised = table[f"expected_{measure}"], table[f"future_{measure}"]
        error = (realised - expected).std() * np.sqrt(len(table))
        assert abs(realised.sum() - expected.sum()) < 3.5 * error
    consumers = table[table["kind"] == "consumer"]
    assert consumers["future_orders"].sum() == pytest.approx(consumers["expected_orders"].sum(), rel=0.08)


def test_the_loyalty_programme_lifts_only_where_it_runs(story):
    effects = truth.loyalty_effects(story)
    assert 0.01 < effects["relative"] < 0.15
    treated = story.people["region"].isin(effects["by_province"]).to_numpy()[story.orders["who"]]
    assert np.array_equal(story.happened[~treated], story.if_no_loyalty[~treated])


# ---- the other tables
def test_won_leads_are_the_organizations(folder):
    leads = pd.read_parquet(folder / "tables" / "leads.parquet")
    customers = pd.read_parquet(folder / "tables" / "customers.parquet").drop_duplicates("customer_id")
    won = leads[leads["won_at"].notna()]
    firms = customers[customers["kind"] == "organization"]
    assert set(won["customer_id"]) == set(firms["customer_id"])
    acquired = won["customer_id"].map(firms.set_index("customer_id")["acquired_at"])
    assert (pd.to_datetime(won["won_at"]).dt.date == acquired).all()
    assert not (leads["won_at"].notna() & leads["lost_at"].notna()).any()


def test_an_upset_customer_scores_low_and_often_leaves(story):
    tickets = service.tickets(story)
    answers = service.surveys(story, tickets)
    assert answers["score"].between(0, 10).all()
    grave = tickets.loc[tickets["severity"] == "grave", "customer_id"]
    assert answers.loc[answers["customer_id"].isin(grave), "score"].mean() < answers["score"].mean() - 0.3
    alive = truth.customers(story).set_index("customer_id")["alive"]
    buyers = alive[story.people["start"].notna().to_numpy()]
    assert alive[grave.unique()].mean() < buyers.mean()


def test_subscriptions_end_as_the_truth_says(story):
    table, hidden = service.subscriptions(story), service.subscription_truth(story)
    ended = table["ended_at"].notna()
    assert 0.2 < ended.mean() < 0.9
    assert hidden.loc[ended, "churn_per_month"].mean() > hidden.loc[~ended, "churn_per_month"].mean()


def _as_written(file):
    parquet = file.suffix == ".parquet"
    return pd.read_parquet(file) if parquet else pd.read_csv(file, dtype="str", keep_default_na=False)


def test_vietnamese_names_change_names_and_nothing_else(folder, tmp_path):
    named = demo.ensure(**SMALL, names="vi", folder=tmp_path)
    assert named.name.endswith("-vi")
    for file in sorted((folder / "tables").iterdir()):
        theirs, ours = (_as_written(one / "tables" / file.name) for one in (folder, named))
        for column in theirs:
            if column in vietnamese.NAMES:
                assert ours[column].equals(theirs[column].replace(vietnamese.NAMES[column]))
            else:
                assert ours[column].equals(theirs[column]), (file.name, column)
    with pytest.raises(StudyError, match="names can be en or vi"):
        demo.ensure(**SMALL, names="fr", folder=tmp_path)
