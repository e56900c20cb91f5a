"""Writes the company's exports and, apart from them, the truth."""

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from helpers.demo import (
    broken,
    calendar,
    campaign_truth,
    consequences,
    contacts,
    funnel,
    service,
    tables,
    truth,
)
from helpers.demo.simulate import Story, tell
from helpers.demo.world import World


def write(folder: Path, customers: int, seed: int) -> None:
    """Simulate the company and write `tables/` and `truth/` into an existing folder."""
    story = tell(World(customers=customers, seed=seed))
    (folder / "tables").mkdir()
    (folder / "truth").mkdir()
    write_tables(story, folder / "tables")
    write_truth(story, folder / "truth")


def write_tables(story: Story, folder: Path) -> None:
    """Write what the company exports: CSV from tills and mailing tool, Parquet from the CRM."""
    world = story.world
    _csv(broken.spoil_transactions(world, tables.transactions(story)), folder / "transactions.csv")
    customers = tables.customers(story)
    broken.spoil_customers(world, customers).to_parquet(folder / "customers.parquet", index=False)
    newsletter = customers["newsletter"].to_numpy()
    contacts.contacts(story, newsletter).to_parquet(folder / "contacts.parquet", index=False)
    _csv(broken.spoil_campaigns(world, tables.campaigns(story)), folder / "campaigns.csv")
    _csv(tables.exchange_rates(story), folder / "exchange_rates.csv")
    _csv(tables.calendar(story), folder / "calendar.csv")
    _csv(tables.panel(story), folder / "panel.csv")
    tickets = service.tickets(story)
    _csv(tickets, folder / "tickets.csv")
    _csv(service.surveys(story, tickets), folder / "surveys.csv")
    _csv(service.activities(story), folder / "activities.csv")
    service.leads(story).to_parquet(folder / "leads.parquet", index=False)
    service.subscriptions(story).to_parquet(folder / "subscriptions.parquet", index=False)


def write_truth(story: Story, folder: Path) -> None:
    """Write the truth: per customer, per order, and the numbers that the notebooks estimate."""
    people = truth.customers(story)
    people.to_parquet(folder / "customers.parquet", index=False)
    truth.orders(story).to_parquet(folder / "orders.parquet", index=False)
    truth.campaign_customers(story).to_parquet(folder / "campaign_customers.parquet", index=False)
    newsletter = tables.customers(story)["newsletter"].to_numpy()
    contacts.contact_truth(story, newsletter).to_parquet(folder / "contacts.parquet", index=False)
    service.lead_truth(story).to_parquet(folder / "leads.parquet", index=False)
    service.subscription_truth(story).to_parquet(folder / "subscriptions.parquet", index=False)
    _json(truth.equity(people), folder / "equity.json")
    _json(truth.campaign_effects(story), folder / "campaign_effects.json")
    _json(campaign_truth.campaign_values(story), folder / "campaign_values.json")
    _json(calendar.effect(story), folder / "calendar_effect.json")
    _json(truth.loyalty_effects(story), folder / "loyalty_effects.json")
    _json(consequences.ticket_effects(story), folder / "ticket_effects.json")
    _json(funnel.conversion(story.world, story.leads), folder / "lead_conversion.json")
    _json(truth.share_of_customer(story), folder / "share_of_customer.json")
    _json(truth.broken_rows(story), folder / "broken_rows.json")
    _json(asdict(story.world), folder / "world.json")


def _csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n")


def _json(content: dict, path: Path) -> None:
    path.write_text(json.dumps(content, indent=2, default=str) + "\n")
