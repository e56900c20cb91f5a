"""Shops that contact their customers: what a fit that knows it finds, and what contacts may do to a forecast."""

from dataclasses import replace
from time import perf_counter

import kept_seeds
import mailed
import numpy as np
import pandas as pd
import pytest
import seasonal
from test_contacts import ledger_of, summary_of

from helpers.clv import (
    contact_effect,
    contact_lots,
    contact_rows,
    contact_waves,
    contacts,
    day_columns,
    purchase_forecast,
    purchase_models,
)
from helpers.inference.intervals import interval

SEEDS = range(60)
QUICK = {"method": "laplace", "draws": 500, "chains": 2}
YEAR = 365 / 7


def inputs(shop: mailed.Shop):
    """The ledger, summary, calendar and contacts of a shop."""
    calendar = seasonal.calendar_of(shop.orders, mailed.AS_OF)
    sent = contacts.received(shop.campaigns, None, mailed.AS_OF)
    return ledger_of(shop.orders), summary_of(shop.orders, mailed.AS_OF), calendar, sent


def found_by_the_fit(factor: float, rule: str, seed: int) -> dict:
    """The factor that the fit beside the forecast finds, and what it would make of the forecast."""
    shop = mailed.shop(seed, factor, rule)
    ledger, summary, calendar, sent = inputs(shop)
    tree = purchase_models.fit("bg_nbd", summary, "week", calendar=calendar, seed=seed, **QUICK)
    found = contact_effect.sensitivity(
        tree, ledger, summary, sent, calendar, YEAR, mailing_days=mailed.DAYS, seed=seed, **QUICK
    )
    said = found.factor
    return {
        "factor": said.mean,
        "width": said.p95 / said.p05,
        "inside": bool(said.p05 <= factor <= said.p95),
        "moved": found.moved,
        "rows": found.rows,
        "triples": found.triples,
    }


@pytest.mark.slow(seeds="0 to 59")
@pytest.mark.parametrize("factor", [1.3, 1.0], ids=["30_percent", "nothing"])
def test_the_fit_finds_the_effect_of_contacts_by_chance(factor):
    """Its 90 % interval holds the factor in 49 to 59 of 60, and its mean is not off by more than 3 %."""
    label = f"contacts_{100 * (factor - 1):.0f}"
    found = kept_seeds.table(label, SEEDS, lambda seed: found_by_the_fit(factor, "chance", seed))
    print(found.describe().loc[["mean", "min", "max"]].to_string())
    assert kept_seeds.inside_counts(found["inside"])
    assert abs(found["factor"].mean() / factor - 1) <= 0.03


def headline(rule: str, factor: float, seed: int) -> dict:
    """The forecast of the year with what is known of mailings beside the forecast that knows none, and what came."""
    shop = mailed.shop(seed, factor, rule)
    ledger, summary, calendar, sent = inputs(shop)
    tried = contact_lots.tried(shop.campaigns, ledger, mailed.AS_OF, mailed.DAYS)
    waves = contact_waves.waves(sent, ledger, summary, mailed.AS_OF, mailing_days=mailed.DAYS, tried=tried)
    start = shop.orders["order_date"].min().date()
    known = day_columns.known_on(mailed.AS_OF, start, waves=waves).standing_on(start, mailed.AS_OF)
    totals = {}
    for name, others in (("without", None), ("with", known)):
        own = replace(calendar, others=others)
        tree = purchase_models.fit("bg_nbd", summary, "week", calendar=own, seed=seed, **QUICK)
        totals[name] = interval(purchase_forecast.of_base(tree, summary, YEAR, seed=seed))
    its, told = purchase_models.parameters(tree), contact_lots.together(tried)
    said = {} if told is None else {"lots": float(np.exp(told[0])), "lots_inside": inside(told, factor)}
    if known is not None:
        said["in_forecast"] = float(np.exp(its.clock.effects[:, 0]).mean())
    return said | {
        "columns": len(waves),
        "moved": totals["with"].mean / totals["without"].mean - 1,
        "off": totals["with"].mean / shop.later - 1,
        "inside": bool(totals["with"].p05 <= shop.later <= totals["with"].p95),
    }


def inside(told: tuple[float, float], factor: float) -> bool:
    """Whether the 90 % interval of a log factor's mean and standard deviation holds a factor."""
    return bool(abs(told[0] - np.log(factor)) <= 1.645 * told[1])


@pytest.mark.slow(seeds="0 to 59")
@pytest.mark.parametrize("rule", ["silence", "silence in batches"])
def test_mailings_after_silence_leave_the_forecast_alone(rule):
    """A shop that writes to whoever has been silent for sixty days, to no effect: the forecast moves by at most 2 %."""
    label = f"contacts_{rule.replace(' ', '_')}"
    found = kept_seeds.table(label, SEEDS, lambda seed: headline(rule, 1.0, seed))
    print(found.describe().loc[["mean", "min", "max"]].to_string())
    assert (found["moved"].abs() <= 0.02).all()
    assert kept_seeds.inside_counts(found["inside"])


@pytest.mark.slow(seeds="0 to 59")
@pytest.mark.parametrize("factor", [1.3, 1.0], ids=["30_percent", "nothing"])
def test_mailings_drawn_by_lot_are_in_the_forecast(factor):
    """Six mailings a year to half of the base: the lots' interval holds the factor, the forecast's what came."""
    label = f"contacts_lots_{100 * (factor - 1):.0f}"
    found = kept_seeds.table(label, SEEDS, lambda seed: headline("lots", factor, seed))
    print(found.describe().loc[["mean", "min", "max"]].to_string())
    assert kept_seeds.inside_counts(found["lots_inside"])
    assert kept_seeds.inside_counts(found["inside"])


@pytest.mark.slow
def test_a_hundred_thousand_customers_with_contacts():
    """Rows and seconds of the fit beside the forecast; the likelihood's rows are those of triples and days in windows."""
    shops = [mailed.shop(seed, 1.3, "chance", customers=10_000) for seed in range(10)]
    ids = [one.orders["customer_id"] + 10_000 * place for place, one in enumerate(shops)]
    orders = pd.concat([one.orders.assign(customer_id=own) for one, own in zip(shops, ids, strict=True)])
    sent = pd.concat(
        [
            contacts.received(one.campaigns, None, mailed.AS_OF).assign(
                customer_id=lambda table, place=place: table["customer_id"] + 10_000 * place
            )
            for place, one in enumerate(shops)
        ]
    )
    summary, calendar = summary_of(orders, mailed.AS_OF), seasonal.calendar_of(orders, mailed.AS_OF)
    begun = perf_counter()
    given = {"module": purchase_models.model_named("bg_nbd"), "mailing_days": mailed.DAYS}
    own = contact_rows.exposed(ledger_of(orders), summary, sent, calendar, **given)
    rows = perf_counter()
    tree = purchase_models.fit("bg_nbd", summary, "week", calendar=calendar, exposed=own, **QUICK)
    factor = interval(np.exp(tree["posterior"][purchase_models.MAILING].to_numpy().ravel()))
    print(
        f"{len(summary):,} customers, {len(sent):,} contacts, {len(own.rows):,} rows in {rows - begun:.0f} s"
    )
    print(
        f"fit in {perf_counter() - rows:.0f} s: factor {factor.mean:.3f} ({factor.p05:.3f} to {factor.p95:.3f})"
    )
    assert factor.p05 <= 1.3 <= factor.p95
