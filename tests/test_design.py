"""Planning a test: published sample sizes and boundaries, error rates under peeking, assurance, value of information."""

import numpy as np
import pytest

from helpers.campaigns import design, verdict
from helpers.errors import StudyError


def test_sample_size_of_two_proportions():
    """Both published totals. No one formula gives the pair: the first is the Wald test's, the second the chi-square's."""
    assert design.sample_size(0.34, 0.003) == 784_454
    assert design.sample_size(0.34, 0.003, power=0.85) == 897_344
    assert design.sample_size(0.34, 0.003, pooled=True) == 784_458
    assert design.sample_size(0.34, 0.003, power=0.85, pooled=True) == 897_348
    # R: power.prop.test(p1 = .5, p2 = .75, power = .9) says n = 76.7 per arm.
    assert design.sample_size(0.5, 0.25, power=0.9, pooled=True) == 2 * 77


@pytest.mark.parametrize(("base", "difference"), [(0.0, 0.1), (0.5, 0.0), (0.95, 0.1)])
def test_plans_that_make_no_sense_are_refused(base, difference):
    with pytest.raises(StudyError, match="cannot be planned"):
        design.sample_size(base, difference)
    with pytest.raises(StudyError, match="power"):
        design.sample_size(0.5, 0.1, power=80)


def test_a_sample_of_that_size_finds_the_difference():
    rng, n = np.random.default_rng(1), design.sample_size(0.3, 0.05) // 2
    a, b = rng.binomial(n, 0.3, 20_000) / n, rng.binomial(n, 0.35, 20_000) / n
    z = (b - a) / np.sqrt((a * (1 - a) + b * (1 - b)) / n)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.015)
    n = design.sample_size_mean(2.0, 0.5) // 2
    z = (rng.normal(0.5, 2 / np.sqrt(n), 20_000) - rng.normal(0, 2 / np.sqrt(n), 20_000)) / (
        2 * np.sqrt(2 / n)
    )
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.015)


def test_published_boundaries():
    # Lan and DeMets' O'Brien-Fleming type, one-sided 2.5 %, four equal looks: 4.333, 2.963, 2.359, 2.014.
    assert design.boundaries([0.25, 0.5, 0.75, 1], 0.025) == pytest.approx(
        [4.333, 2.963, 2.359, 2.014], abs=0.001
    )


def test_four_looks_keep_the_error_rate_and_naive_looks_do_not():
    steps = np.random.default_rng(1).normal(0, 0.5, (100_000, 4))
    z = steps.cumsum(axis=1) / np.sqrt([0.25, 0.5, 0.75, 1])
    bars = design.boundaries([0.25, 0.5, 0.75, 1], 0.05)
    assert (z > bars).any(axis=1).mean() == pytest.approx(0.05, abs=0.003)
    assert (z > 1.645).any(axis=1).mean() > 0.1


@pytest.mark.slow(seeds="4")
def test_null_campaigns_are_rarely_rolled_out_with_four_looks():
    rng, looks, rolled, plain = np.random.default_rng(4), 4, 0, 0
    campaigns, size = 1000, 1200
    bars = [design.bar_at(place, looks, place / looks, design.CERTAINTY) for place in range(1, looks + 1)]
    normal = rng.normal(size=2000)
    for _ in range(campaigns):
        money = rng.lognormal(3, 1, (2, size)) * (rng.random((2, size)) < 0.3)
        seen = []
        for place, bar in enumerate(bars, 1):
            part = money[:, : size * place // looks]
            error = np.sqrt((part.var(axis=1) / part.shape[1]).sum())
            gain = part[1].mean() - part[0].mean() + error * normal
            net = np.column_stack([np.zeros(len(gain)), gain])
            options = [{"bar": bar}, {}]
            seen.append(
                [
                    verdict.decide(net, ["control", "a"], size, **one, drawn="randomized")[0].verdict
                    == "roll out"
                    for one in options
                ]
            )
        rolled, plain = rolled + any(one for one, _ in seen), plain + any(one for _, one in seen)
    print(
        f"null campaigns of 1,000 rolled out: {rolled} at four looks by the rule, {plain} at four looks without it"
    )
    assert rolled <= 0.05 * campaigns
    assert plain > 1.5 * rolled  # looking without a rule


def test_a_look_before_the_planned_size_waits_and_arms_share_the_error():
    early = design.look_at(500, [1, 1], 1000, 0.975, 1)
    assert early.early and early.share == 0.5 and design.check_size(early).verdict == "REVIEW"
    whole = design.look_at(1000, [1, 1], 0, 0.975, 2)
    assert whole.planned == 1000 and whole.bar == pytest.approx(1 - 0.025 / 2)
    assert design.check_size(whole).verdict == "PASS"
    first = design.look_at(500, [1, 2], 0, 0.975, 1)
    assert first.planned == 1000 and not first.early and first.bar > 0.99


def test_sizes_around_a_change_leave_out_what_cannot_be():
    table = design.sizes_around(0.1, 0.02)
    assert table["part"].tolist() == [0.5, 1.0, 2.0] and (table["power_85"] > table["power_80"]).all()
    assert table["power_80"].iloc[1] == design.sample_size(0.1, 0.02)
    assert design.sizes_around(0.6, 0.3)["part"].tolist() == [0.5, 1.0]
    assert design.sizes_around(0.1, 0.0).empty


def test_bars_of_looks():
    assert design.bar_at(1, 1, 1.0, 0.95) == 0.95
    bars = [design.bar_at(place, 4, place / 4, 0.95) for place in (1, 2, 3, 4)]
    assert (np.diff(bars) < 0).all() and bars[-1] > 0.95
    for wrong in (0, 5):
        with pytest.raises(StudyError, match="look is"):
            design.bar_at(wrong, 4, 0.5, 0.95)
    with pytest.raises(StudyError, match="rising"):
        design.boundaries([0.5, 0.5], 0.05)


def test_assurance_is_power_averaged_and_never_above_what_is_believed():
    rng = np.random.default_rng(2)
    gain = rng.normal(1.0, 1.5, 4000)
    seen = rng.normal(gain, design.standard_error(20, 4000))
    expected = (seen / design.standard_error(20, 4000) > 1.96).mean()
    assert design.assurance(gain, 20, 4000) == pytest.approx(expected, abs=0.02)
    assert design.assurance(gain, 20, 10**9) == pytest.approx((gain > 0).mean(), abs=0.01)
    assert design.units_for_assurance(gain, 20, 0.9) is None
    n = design.units_for_assurance(gain, 20, 0.5)
    assert design.assurance(gain, 20, n) == pytest.approx(0.5, abs=0.001)
    assert design.assurance(gain, 20, 4000, control_share=0.1) < design.assurance(gain, 20, 4000)


def test_value_of_information():
    rng = np.random.default_rng(3)
    gain = rng.normal(0.5, 1.0, 200_000)
    perfect = design.value_of_information(gain, 100)
    assert perfect == pytest.approx(100 * (np.maximum(gain, 0).mean() - 0.5), rel=0.02)
    worths = [design.value_of_information(gain, 100, spread=20, units=n) for n in (100, 1000, 10**8)]
    assert 0 <= worths[0] < worths[1] < worths[2] == pytest.approx(perfect, rel=0.02)
    # By simulation: a test of 1,000, then the better of going on and stopping.
    error = design.standard_error(20, 1000)
    seen = gain + rng.normal(0, error, len(gain))
    posterior = (seen / error**2 + 0.5) / (1 / error**2 + 1)
    assert worths[1] == pytest.approx(100 * (np.maximum(posterior, 0).mean() - gain.mean()), rel=0.05)
    assert design.value_of_information(np.full(10, 2.0), 100, spread=1, units=10) == 0.0
