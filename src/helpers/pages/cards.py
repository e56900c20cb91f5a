"""Cards: what to do, each a sentence with its money and sureness that folds open."""

import html
from collections.abc import Mapping
from typing import Any

from helpers.messages import from_record, message
from helpers.pages import wording
from helpers.pages.records import Card, Cards
from helpers.study.catalogue import titles

DOUBTS = message("cards.doubts", "What could make it wrong")
SHOWN_ON = message("cards.shown_on", "Shown on the page “{title}”")


def record(cards: Cards) -> dict[str, Any]:
    """Return cards as JSON, with nothing said yet."""
    return {
        "cards": [_stored(one) for one in cards.cards],
        "heading": wording.record(cards.heading),
        "proven": cards.proven,
        "none": wording.record(cards.none) if cards.none else None,
    }


def _stored(card: Card) -> dict[str, Any]:
    return {
        "sentence": wording.record(card.sentence),
        "adds": wording.record(card.adds),
        "sure": wording.record(card.sure),
        "facts": [[wording.record(label), wording.record(said)] for label, said in card.facts],
        "doubts": [wording.record(one) for one in card.doubts],
        "notebook": card.notebook,
        "review": wording.record(card.review) if card.review else None,
    }


def cards_html(stored: Mapping[str, Any], templates: Mapping[str, str] | None = None) -> str:
    """Return the <section> element of a record of cards."""

    def said(one: Any) -> str:
        return wording.marked(wording.sentence(from_record(one), templates))

    items = "".join(f"<li>{_card(one, said)}</li>" for one in stored["cards"])
    body = f"<ol>{items}</ol>" if items else f"<p>{said(stored['none'])}</p>" if stored["none"] else ""
    kind = "proven" if stored["proven"] else "tests"
    heading = said(stored["heading"])
    return f'<section class="actions {kind}" aria-label="{heading}"><h2>{heading}</h2>{body}</section>'


def _card(card: Mapping[str, Any], said: Any) -> str:
    facts = "".join(
        f"<div><dt>{said(label)}</dt><dd>{said(value)}</dd></div>" for label, value in card["facts"]
    )
    doubts = "".join(f"<li>{said(one)}</li>" for one in card["doubts"])
    if doubts:
        facts += f"<div><dt>{said(DOUBTS().record())}</dt><dd><ul>{doubts}</ul></dd></div>"
    link = ""
    if card["notebook"]:
        title = titles().get(card["notebook"], card["notebook"])
        shown = said(SHOWN_ON(title=title).record())
        link = f'<p class="action-page"><a href="{html.escape(card["notebook"])}.html">{shown}</a></p>'
    parts = {"said": card["sentence"], "adds": card["adds"], "sure": card["sure"]}
    told = {name: said(one) for name, one in parts.items()}
    if card["review"]:
        told["said"] += f' <span class="action-review">{said(card["review"])}</span>'
    spans = " ".join(f'<span class="action-{name}">{one}</span>' for name, one in told.items())
    return f'<details class="action"><summary>{spans}</summary><dl>{facts}</dl>{link}</details>'
