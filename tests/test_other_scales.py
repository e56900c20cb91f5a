"""Numbers of another kind than they are read as: scores on other scales, running totals, fees of a year, trials."""

import random
from datetime import date, timedelta

import pytest
from findings_support import applied, check, found, one, own_cache, study, write  # noqa: F401

DRAW = random.Random(3)
TENS = [DRAW.choices(range(11), [1, 1, 1, 1, 1, 2, 3, 6, 9, 10, 12])[0] for _ in range(120)]


def surveys(folder, scores: list, **more) -> dict:
    rows = [
        {"customer_id": f"C{n % 40}", "asked_at": "2026-03-01", "score": score}
        | {name: of(n) for name, of in more.items()}
        for n, score in enumerate(scores)
    ]
    write(folder, rows, "surveys.csv")
    return study(folder, surveys={"columns": {"score": "score"}})


def nps(scores) -> float:
    scores = [float(score) for score in scores]
    return (sum(s >= 9 for s in scores) - sum(s < 7 for s in scores)) / len(scores)


def group(score: int) -> int:
    return 1 if score >= 9 else -1 if score < 7 else 0


SCALES = {
    "1 to 5": [{1: 5, 0: 4, -1: 2}[group(s)] for s in TENS],
    "0 to 100": [s * 10 for s in TENS],
    "-100 to 100": [s * 20 - 100 for s in TENS],
    "-1, 0, 1": [group(s) for s in TENS],
    "-100, 0, 100": [100 * group(s) for s in TENS],
}


@pytest.mark.grid
@pytest.mark.parametrize("scale", SCALES)
def test_scores_on_another_scale_stop_and_their_line_brings_out_the_net_promoters(tmp_path, scale):
    content = surveys(tmp_path, SCALES[scale])
    report = check(tmp_path, content)["surveys"]
    assert found(report) == {"other_scale": "stop"}
    report = check(tmp_path, applied(content, one(report, "other_scale")))["surveys"]
    assert not found(report)
    assert nps(report.accepted.score.execute()) == pytest.approx(nps(TENS))


def test_one_question_of_several_is_on_another_scale(tmp_path):
    scores = [score if n % 2 else (score + 1) // 3 + 1 for n, score in enumerate(TENS)]
    content = surveys(tmp_path, scores, question=lambda n: "recommend" if n % 2 else "satisfied")
    report = check(tmp_path, content)["surveys"]
    assert "'satisfied'" in one(report, "other_scale").sentence
    report = check(tmp_path, applied(content, one(report, "other_scale")))["surveys"]
    assert not found(report) and sorted(report.accepted.score.execute())[-1] == 10


@pytest.mark.parametrize("scores", [TENS, [*TENS, 110], [5] * 20])
def test_answers_from_0_to_10_pass(tmp_path, scores):
    assert not found(check(tmp_path, surveys(tmp_path, scores))["surveys"])


def panel(folder, *, total: bool) -> dict:
    rows = []
    for unit in range(6):
        outcome = 0
        for month in range(12):
            sold = DRAW.randrange(50, 150)
            outcome = outcome + sold if total else sold
            rows.append({"unit": f"Shop {unit}", "period": f"2025-{month + 1:02d}-01", "outcome": outcome})
    write(folder, rows, "panel.csv")
    return study(folder, panel={"path": "panel.csv"})


def test_a_running_total_asks_and_can_be_kept(tmp_path):
    content = panel(tmp_path, total=True)
    report = check(tmp_path, content)["panel"]
    assert found(report) == {"running_total": "REVIEW"}
    assert "6 of 6 units" in one(report, "running_total").sentence
    assert not found(check(tmp_path, applied(content, one(report, "running_total")))["panel"])
    assert not found(check(tmp_path, panel(tmp_path, total=False))["panel"])


def contracts_of(folder, *fees: float, plans=("Basic", "Pro"), **more) -> dict:
    """Three hundred contracts of two plans; every tenth has the last of the fees, the others the first."""
    rows = [
        {
            "customer_id": f"C{n}", "started_at": date(2025, 1, 5) + timedelta(days=n), "ended_at": None,
            "fee": (fees[-1] if n % 10 == 0 else fees[0]) * (1 + n % 2), "plan": plans[n % 2],
        } | {name: of(n) for name, of in more.items()}
        for n in range(300)
    ]  # fmt: skip
    write(folder, rows, "subscriptions.csv")
    return study(folder, subscriptions={"path": "subscriptions.csv"})


@pytest.mark.grid
@pytest.mark.parametrize("which", [0, 1])
def test_fees_of_a_year_among_those_of_a_month_stop(tmp_path, which):
    content = contracts_of(tmp_path, 12, 120)
    report = check(tmp_path, content)["subscriptions"]
    assert found(report) == {"fees_of_a_year": "stop"}
    assert "30 contracts of 300" in one(report, "fees_of_a_year").sentence
    report = check(tmp_path, applied(content, one(report, "fees_of_a_year"), which))["subscriptions"]
    assert not found(report)
    assert report.used == (300 if which else 270) and report.accepted.fee.max().execute() == 24


def test_prices_of_several_plans_and_stated_periods_pass(tmp_path):
    assert not found(check(tmp_path, contracts_of(tmp_path, 12, 30))["subscriptions"])
    content = contracts_of(tmp_path, 12, 144, period=lambda n: "month" if n % 10 else "year")
    assert not found(check(tmp_path, content)["subscriptions"])


@pytest.mark.grid
@pytest.mark.parametrize("fee", [0, 12])
def test_trials_ask_and_are_left_out_by_their_line(tmp_path, fee):
    plan = (lambda n: "Basic") if fee == 0 else (lambda n: "Free trial" if n % 10 == 0 else "Basic")
    content = contracts_of(tmp_path, 12, fee, plan=plan)
    report = check(tmp_path, content)["subscriptions"]
    assert found(report) == {"free_contracts": "REVIEW"}
    report = check(tmp_path, applied(content, one(report, "free_contracts")))["subscriptions"]
    assert not found(report) and report.used == 270
