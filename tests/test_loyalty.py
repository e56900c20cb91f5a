"""Loyalty and service: scores and scales, rates, landmark comparisons against simulated truth, and odd tables."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers import demo
from helpers.errors import StudyError
from helpers.loyalty import consequences, landmark, measures, weighting
from helpers.pages.wording import say
from helpers.views import loyalty_and_service as view
from helpers.views import recommendation

AS_OF = date(2025, 12, 31)
SILENT = pd.DataFrame(
    {"customer_id": [], "asked_at": pd.Series(dtype="datetime64[ns]"), "score": [], "class": []}
)


def days_of(orders: dict[str, list[str]]) -> pd.DataFrame:
    rows = [(who, pd.Timestamp(day).date()) for who, days in orders.items() for day in days]
    return pd.DataFrame(rows, columns=["customer_id", "order_date"])


def tickets_of(*rows) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "opened_at", "closed_at", "severity"])
    return table.assign(
        opened_at=pd.to_datetime(table["opened_at"]), closed_at=pd.to_datetime(table["closed_at"])
    )


# ---- Net Promoter Score
def test_classes_and_score():
    classes = measures.classify(pd.Series([0, 6, 7, 8, 9, 10]))
    assert classes.tolist() == ["detractor"] * 2 + ["passive"] * 2 + ["promoter"] * 2
    many = pd.Series(["promoter"] * 600 + ["passive"] * 200 + ["detractor"] * 200)
    draws = measures.nps(many, 4000)
    assert draws.mean() == pytest.approx(40, abs=0.5)
    assert draws.std() == pytest.approx(100 * np.sqrt((0.8 - 0.16) / 1000), rel=0.1)


def test_one_answer_is_hardly_an_answer():
    draws = measures.nps(pd.Series(["promoter"]), 4000)
    assert np.quantile(draws, 0.95) - np.quantile(draws, 0.05) > 80


def test_only_the_latest_answer_counts():
    surveys = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "asked_at": ["2025-03-01", "2025-09-01", "2023-01-01"],
            "score": [2, 10, 5],
        }
    )
    found = measures.latest_answers(surveys, AS_OF, 365)
    assert found[["customer_id", "class"]].to_numpy().tolist() == [["a", "promoter"]]


def test_answers_are_those_to_one_question():
    ask = lambda *texts: pd.DataFrame({"score": range(len(texts)), "question": texts})  # noqa: E731
    two = ask("Would you RECOMMEND us?", "Of ten purchases?", "Would you RECOMMEND us?")
    assert measures.answers_to(two, "recommend")["score"].tolist() == [0, 2]
    assert len(measures.answers_to(ask("Anything", "Anything"), "recommend")) == 2, (
        "the only question is meant"
    )
    assert len(measures.answers_to(ask(None, None), "recommend")) == 2
    for table, number in (
        (ask("A?", "B?"), 0),
        (ask("A?", None), 0),
        (ask("recommend 1?", "recommend 2?"), 2),
    ):
        with pytest.raises(StudyError, match=f"{number} questions of surveys hold 'recommend'"):
            measures.answers_to(table, "recommend")


def test_groups_are_counted_apart():
    answers = pd.DataFrame({"class": ["promoter"] * 30 + ["detractor"] * 10})
    found = measures.nps_by(answers, pd.Series(["x"] * 30 + ["y"] * 9 + [None]))
    assert found["answers"].tolist() == [30, 9]
    assert found["nps"][0].mean > 80 and found["nps"][1].mean < -60


@pytest.mark.parametrize(
    ("scores", "scale", "says"),
    [
        ([0, 11], "0-10", "1 scores lie outside the scale 0-10; first: 11"),
        ([0, 5, 9], "1-10", "1 scores lie outside the scale 1-10; first: 0"),
        ([7.5, 9], "0-10", "not whole numbers"),
        ([1, 2, 3, 4, 5] * 10, "0-10", "No score is above 5"),
        ([1, 7] * 20, "0-10", "No score is above 7"),
        ([1], "0-100", "allowed: 0-10, 1-10"),
    ],
)
def test_scores_of_another_scale_are_refused(scores, scale, says):
    with pytest.raises(StudyError, match=says):
        measures.check_scale(pd.Series(scores, dtype=float), scale)


@pytest.mark.parametrize("score", [0.0, 9.0])
def test_answers_that_are_all_alike_fail(score):
    asked = measures.check_scale(pd.Series([score] * 30), "0-10")
    assert asked.verdict == "FAIL" and f"All 30 answers are {score:g}" in say(asked.advice)
    assert measures.check_scale(pd.Series([score] * 30 + [8.0]), "0-10").verdict == "PASS"
    assert measures.check_scale(pd.Series([score] * 5), "0-10").verdict == "PASS"


def test_a_scale_from_one_is_asked_about_and_may_be_named():
    scores = pd.Series(np.tile(np.arange(1, 11), 30), dtype=float)
    asked = measures.check_scale(scores, "0-10")
    assert asked.verdict == "REVIEW" and "state `survey_scale` as 1-10" in say(asked.advice)
    assert measures.check_scale(scores, "1-10").verdict == "PASS"


# ---- rates, time to close, cost
def test_repurchase_counts_years():
    days = days_of(
        {"a": ["2024-06-01", "2025-06-01"], "b": ["2024-06-01"], "c": ["2025-06-01"], "d": ["2023-01-01"]}
    )
    assert measures.repurchase(days, AS_OF) == (2, 1)


def test_renewals_of_the_year():
    subscriptions = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "started_at": pd.to_datetime(["2024-06-10", "2025-10-05", "2025-11-20"]),
            "ended_at": pd.to_datetime([None, "2025-12-04", None]),
            "period": "month",
        }
    )
    assert measures.renewals(subscriptions, AS_OF, 365) == (12 + 2 + 1, 12 + 1 + 1)
    assert measures.renewals(None, AS_OF) == (0, 0)
    nameless = subscriptions.assign(period=None)
    assert measures.renewals(nameless, AS_OF, 365) == (0, 0), "nothing says when they are renewed"
    assert measures.renewals(nameless, AS_OF, 365, "month") == measures.renewals(subscriptions, AS_OF, 365)


def test_time_to_close_counts_open_tickets_for_their_age():
    opened = pd.Timestamp("2025-12-01")
    closed = [opened + pd.Timedelta(days=d) for d in (1, 2, 3, 4) * 5]
    known = tickets_of(*[("a", opened, day, "x") for day in closed])
    with_open = tickets_of(*[("a", opened, day, "x") for day in [*closed, *[None] * 8]])
    assert 1 <= measures.close_days(known, AS_OF).mean <= 3.5
    assert measures.close_days(with_open, AS_OF).mean > measures.close_days(known, AS_OF).mean


def test_how_long_tickets_take_is_not_known_before_half_are_closed():
    opened = pd.Timestamp("2025-12-01")
    nobody = tickets_of(*[("a", opened, None, "x")] * 5)
    few = tickets_of(
        *[("a", opened, opened + pd.Timedelta(days=2) if i < 2 else None, "x") for i in range(12)]
    )
    for tickets in (nobody, few, nobody.head(0)):
        assert measures.close_days(tickets, AS_OF) is None
    table = measures.by_topic(few.assign(topic="late", cost=1.0), AS_OF)
    assert table["close_days"].tolist() == [None]
    assert say(view.topics(table, 365, AS_OF, brought=True).missing) == "not known yet"
    assert "No ticket was opened" in say(view.topics(table.head(0), 365, AS_OF, brought=True))
    assert "no table of tickets" in say(view.topics(table.head(0), 365, AS_OF, brought=False))


def test_nothing_is_said_of_nobody():
    days = days_of({"a": ["2025-12-01"], "b": ["2025-12-02"]})
    kept = measures.kept(days, None, AS_OF)
    assert (kept.were, kept.repurchase, kept.renewal) == (0, None, None)
    assert "Nobody is known to have bought" in say(view.rates(kept, 365, AS_OF))
    found = measures.recommending(measures.latest_answers(SILENT, AS_OF, 365), 2)
    assert found.nps is None and found.metrics["nps"] is None
    assert "Nobody answered" in say(recommendation.score(found, 365, AS_OF, "0-10"))
    assert measures.check_scale(SILENT["score"], "0-10") is None
    none = consequences.ticket_effects(
        landmark.after_answers(days, SILENT, AS_OF, 90), pd.Series(dtype=str), 0, 10
    )
    nobody, told = recommendation.score(found, 365, AS_OF, "0-10"), recommendation.promoters(None, 180, 0.33)
    said = view.answers(none, found, told, kept, nobody, days=365, smallest=10)
    assert [one.name for one in said] == ["loyalty.nothing"]
    one_day = pd.to_datetime([str(AS_OF)])
    one = pd.DataFrame({"customer_id": ["a"], "asked_at": one_day, "score": [9], "class": ["promoter"]})
    found = measures.recommending(one, 0, fewest=10)
    few = recommendation.score(found, 365, AS_OF, "0-10")
    assert found.nps is None and "Fewer than 10 customers answered" in say(few)
    assert view.answers(none, found, told, kept, few, days=365, smallest=10) == [few]
    assert measures.keeping_costs(measures.spending(None, AS_OF), 5) == {}
    assert say(view.keeping({}, "EUR")) == "What keeping customers costs is not recorded here."
    assert "per customer" not in say(view.keeping({"retention_cost": 5.0, "service_cost": 0.0}, "EUR"))
    assert measures.measures([("nps", "all", 0, None)]).empty and measures.per_hundred(0, 0) is None


def test_what_no_table_tells_is_said_of_the_table_and_not_of_customers():
    days = days_of({})
    kept, found = measures.kept(days, None, AS_OF), measures.recommending(SILENT.assign(**{"class": []}), 0)
    said = [
        view.rates(kept, 365, AS_OF, brought=False),
        recommendation.score(found, 365, AS_OF, "0-10", brought=False),
    ]
    said.append(recommendation.promoters(None, 180, 0.33, orders=False))
    assert all(say(one).startswith("The study brings n") for one in said)
    tickets = pd.DataFrame(
        {
            "topic": ["late"] * 3,
            "opened_at": ["2025-12-01"] * 3,
            "closed_at": ["2025-12-02"] * 3,
            "cost": [np.nan] * 3,
        }
    )
    table = measures.by_topic(tickets, AS_OF)
    assert "cost" not in view.topics(table, 365, AS_OF, brought=True).columns, "nobody said what they cost"
    none = consequences.ticket_effects(
        landmark.after_answers(days, SILENT, AS_OF, 90), pd.Series(dtype=str), 3, 10
    )
    alone = view.opened(3, measures.close_days(tickets, AS_OF), 365, AS_OF, orders=False)
    assert say(alone).startswith("3 tickets were opened") and "closed within 1.0" in say(alone)
    answer = view.answers(none, found, said[-1], kept, said[-1], days=365, smallest=10, alone=alone)
    assert answer == [alone] and say(view.ticket_effects(none, 10, brought=True, orders=False)).startswith(
        "The study"
    )


# ---- the score of the base
def silent_base(seed: int, n: int = 4000) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """A base in which promoters are frequent buyers, who answer far more often: answers, base, true score."""
    rng = np.random.default_rng(seed)
    active, kind = (
        rng.choice([0, 1, 2], n, p=[0.6, 0.3, 0.1]),
        rng.choice(["consumer", "organization"], n, p=[0.9, 0.1]),
    )
    promoter = rng.random(n) < np.array([0.2, 0.4, 0.8])[active] * np.where(kind == "consumer", 1, 0.5)
    people = pd.DataFrame({"customer_id": [f"c{i}" for i in range(n)], "kind": kind, "active": active})
    asked = rng.random(n) < np.array([0.05, 0.2, 0.6])[active]
    answers = people.assign(**{"class": np.where(promoter, "promoter", "detractor")})[asked]
    return answers, people, 100 * (2 * promoter.mean() - 1)


def test_the_score_is_that_of_the_base_and_not_of_those_who_answer():
    inside, plain = [], []
    for seed in range(20):
        answers, people, truth = silent_base(seed)
        draws = weighting.weighted(answers, people, 400, seed)
        inside.append(np.quantile(draws, 0.05) <= truth <= np.quantile(draws, 0.95))
        plain.append(measures.nps(answers["class"], 400).mean() - truth)
    assert sum(inside) >= 15 and np.mean(plain) > 20
    found = measures.recommending(answers, len(people), draws)
    assert found.of_base and found.nps.mean < found.plain.mean - 20
    said = say(recommendation.score(found, 365, AS_OF, "0-10"))
    assert "weighted by kind" in said and "among those who answered" in said


def test_without_kinds_or_enough_answers_nothing_is_weighted():
    answers, people, _ = silent_base(1)
    assert weighting.weighted(answers, people.assign(kind=None)) is None
    assert weighting.weighted(answers.head(9), people) is None
    assert weighting.weighted(answers.head(0), people) is None
    found = measures.recommending(answers, len(people), None)
    assert not found.of_base and found.nps is found.plain


def test_the_base_are_those_who_bought_by_kind_and_activity():
    days = days_of(
        {"a": ["2025-03-01"], "b": ["2025-03-01", "2025-04-01"], "c": ["2023-01-01"], "d": ["2025-02-01"] * 1}
    )
    kind = pd.Series({"a": "consumer", "b": "organization"})
    people = weighting.base(days, kind, pd.Timestamp("2024-12-31"), pd.Timestamp(AS_OF)).set_index(
        "customer_id"
    )
    assert people["active"].to_dict() == {"a": 0, "b": 1, "d": 0}
    assert people["kind"].isna().to_dict() == {"a": False, "b": False, "d": True}


def test_spending_is_of_the_year_and_may_be_unknown():
    activities = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "at": ["2025-03-01", "2025-04-01", "2023-01-01"],
            "kind": "retention",
            "cost": [10.0, 30, 99],
        }
    )
    assert measures.spending(activities, AS_OF).to_numpy().tolist() == [["retention", 2, 1, 40.0, 20.0]]
    assert measures.spending(None, AS_OF).empty


# ---- the landmark
def test_states_at_the_landmark():
    days = days_of({who: ["2025-03-01"] for who in ("none", "closed", "open", "late", "again")})
    tickets = tickets_of(
        ("closed", "2025-03-03", "2025-03-05", "minor"),
        ("open", "2025-03-03", None, "grave"),
        ("late", "2025-03-20", "2025-03-21", "minor"),  # after the landmark: not known at it
        ("again", "2025-02-01", "2025-02-02", "minor"),
        ("again", "2025-03-02", "2025-03-03", "minor"),
    )
    units = landmark.after_orders(days, tickets, AS_OF, landmark_days=14, window_days=90).set_index(
        "customer_id"
    )
    expected = {
        "none": "no ticket",
        "closed": "closed",
        "open": "open",
        "late": "no ticket",
        "again": "repeated",
    }
    assert units["state"].to_dict() == expected
    assert units.loc["open", "severity"] == "grave" and pd.isna(units.loc["late", "severity"])


def test_only_what_follows_the_landmark_counts_and_only_when_it_is_over():
    days = days_of(
        {
            "a": ["2025-03-01", "2025-03-10", "2025-06-01"],
            "b": ["2025-03-01", "2025-03-10"],
            "c": ["2025-12-01"],
        }
    )
    units = landmark.after_orders(days, tickets_of(), AS_OF, landmark_days=14, window_days=90)
    first = units[units["day"] == "2025-03-01"].set_index("customer_id")
    assert first["bought"].to_dict() == {"a": True, "b": False}
    assert "c" not in set(units["customer_id"])
    again = units[(units["customer_id"] == "a") & (units["day"] == "2025-03-10")].iloc[0]
    assert (again["prior"], again["gap"]) == (2, 9.0)


def test_a_ticket_belongs_to_the_purchase_before_it():
    days = days_of({"a": ["2025-03-01", "2025-03-05"]})
    units = landmark.after_orders(
        days, tickets_of(("a", "2025-03-06", None, "x")), AS_OF, landmark_days=14, window_days=90
    )
    assert units["state"].tolist() == ["no ticket", "open"]


def test_likes_are_compared_with_likes():
    """Frequent buyers have more tickets and buy on more: the plain difference is wrong by sign, within strata it is 0."""
    rng = np.random.default_rng(1)
    frequent = rng.random(20_000) < 0.5
    exposed = rng.random(20_000) < np.where(frequent, 0.3, 0.05)
    units = pd.DataFrame(
        {"customer_id": np.arange(20_000), "bought": rng.random(20_000) < np.where(frequent, 0.9, 0.3)}
    )
    plain = landmark.compare(units, exposed, ~exposed, np.zeros(20_000, int), draws=100)
    fair = landmark.compare(units, exposed, ~exposed, frequent.astype(int), draws=100)
    assert plain.difference.mean() > 0.2
    assert abs(fair.difference.mean()) < 3 * fair.difference.std() < 0.04


def test_the_bootstrap_draws_customers():
    """A hundred copies of each unit say no more than one."""
    rng = np.random.default_rng(2)
    once = pd.DataFrame({"customer_id": np.arange(300), "bought": rng.random(300) < 0.5})
    copies = pd.concat([once] * 20, ignore_index=True)
    exposed = np.arange(300) < 100
    spread = [
        landmark.compare(units, mask, ~mask, np.zeros(len(units), int), draws=300).difference.std()
        for units, mask in ((once, exposed), (copies, np.tile(exposed, 20)))
    ]
    assert spread[1] == pytest.approx(spread[0], rel=0.2)


def test_who_has_no_like_is_left_out_and_counted():
    units = pd.DataFrame({"customer_id": [1, 2, 3], "bought": [True, False, True]})
    one = landmark.compare(units, [True, True, False], [False, False, True], np.array([0, 1, 0]), draws=10)
    assert (one.size, one.alone) == (1, 1)
    assert (
        landmark.compare(units, [False, True, False], [False, False, True], np.array([0, 1, 0]), draws=10)
        is None
    )


def test_a_ticket_table_with_one_row_gives_no_number():
    days = days_of({f"c{i}": ["2025-03-01", "2025-06-01"] for i in range(30)})
    units = landmark.after_orders(
        days, tickets_of(("c1", "2025-03-02", None, "x")), AS_OF, landmark_days=14, window_days=90
    )
    found = consequences.ticket_effects(units, pd.Series(dtype=str), 1, 10, 20, 1)
    assert found.differences == {}
    assert "cannot be told" in say(view.ticket_claim(found, 10))
    assert consequences.check_tickets(found) is None
    assert found.lost is None and found.worst is None
    assert "Too few" in say(recommendation.promoters(None, 180, 0.33))


# ---- against the truth of the demo company
def effect_on_demo(folder):
    lines = pd.read_csv(folder / "tables" / "transactions.csv", dtype=str)
    lines = lines[~lines["amount"].str.startswith("-", na=True) & lines["customer_id"].notna()]
    when = pd.to_datetime(lines["order_time"], format="%Y-%m-%dT%H:%M:%SZ", errors="coerce") + pd.Timedelta(
        hours=7
    )
    days = pd.DataFrame({"customer_id": lines["customer_id"], "order_date": when.dt.date})
    days = days[when < "2026-07-01"].dropna().drop_duplicates()
    tickets = pd.read_csv(folder / "tables" / "tickets.csv", parse_dates=["opened_at", "closed_at"])
    units = landmark.after_orders(days, tickets, date(2026, 6, 30), landmark_days=14, window_days=90)
    kind = (
        pd.read_parquet(folder / "tables" / "customers.parquet")
        .drop_duplicates("customer_id")
        .set_index("customer_id")["kind"]
    )
    return consequences.ticket_effects(units, kind, len(tickets), 10, 300, 1).differences, json.loads(
        (folder / "truth" / "ticket_effects.json").read_text()
    )


def test_the_effect_of_a_ticket_is_that_of_the_simulator(tmp_path):
    found, truth = effect_on_demo(demo.ensure(2500, 3, folder=tmp_path))
    for case, name in {
        "any ticket": "all",
        "severity: grave": "grave",
        "severity: ordinary": "ordinary",
    }.items():
        its = found[case]
        assert abs(its.mean - truth[name]) < its.p95 - its.p05, case  # 3.3 standard deviations
    assert found["severity: grave"].mean < -0.15


@pytest.mark.slow(seeds="companies 1 to 20")
def test_the_true_effect_lies_in_its_interval(tmp_path):
    inside = []
    for seed in range(1, 21):
        found, truth = effect_on_demo(demo.ensure(2000, seed, folder=tmp_path))
        its = found["any ticket"]
        inside.append(its.p05 <= truth["all"] <= its.p95)
    assert np.mean(inside) >= 0.75, inside
