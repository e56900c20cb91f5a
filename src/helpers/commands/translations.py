"""How far the pages are translated, and the catalogues brought in line with what pages say today."""

from datetime import UTC, datetime
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from helpers.languages import ENGLISH, LANGUAGES, LOCALE, MESSAGES, NAMES, PROSE
from helpers.site.extraction import wanted

HEADER: dict[str, Any] = {
    "project": "Customer Value Notebooks",
    "version": "1",
    "copyright_holder": "the authors of Customer Value Notebooks",
    "msgid_bugs_address": "the project",
    "last_translator": "the authors",
    "language_team": "the authors",
    "creation_date": datetime(2026, 11, 26, tzinfo=UTC),  # fixed, so that an update changes what it changed
    "revision_date": datetime(2026, 11, 26, tzinfo=UTC),
}
DOMAINS = {MESSAGES: "messages", PROSE: "paragraphs of prose"}


def show(*, update: bool) -> int:
    """Print per language how many texts there are, are translated, and are outdated; `update` rewrites the catalogues."""
    for domain, things in DOMAINS.items():
        today = wanted(domain)
        for language in (one for one in LANGUAGES if one != ENGLISH):
            kept = _read(language, domain)
            if update:
                kept = _updated(kept, today)
                _write(kept, language, domain)
            done, outdated = counts(kept, today)
            print(
                f"{NAMES[language]} ({language}): {len(today)} {things}, {done} translated, "
                f"{len(today) - done} left in English, {outdated} outdated"
            )
    return 0


def counts(kept: Catalog, today: Catalog) -> tuple[int, int]:
    """How many of today's texts have a translation, and how many translations are of texts that pages no longer say."""
    translated = {kept._key_for(one.id, one.context) for one in kept if one.id and _is_said(one)}
    asked = {today._key_for(one.id, one.context) for one in today if one.id}
    gone = [one for one in kept.obsolete.values() if _is_said(one)]
    return len(translated & asked), len(translated - asked) + len(gone)


def _is_said(one) -> bool:
    said = [one.string] if isinstance(one.string, str) else one.string
    return bool(said) and not one.fuzzy and all(said)


def _updated(kept: Catalog, today: Catalog) -> Catalog:
    """Today's texts with the translations that are kept; what is no longer said stays at the end, as outdated."""
    kept.update(today, no_fuzzy_matching=True, update_creation_date=False)
    return kept


def _read(language: str, domain: str) -> Catalog:
    path = LOCALE / language / f"{domain}.po"
    if not path.is_file():
        return Catalog(locale=language, header_comment=f"# {NAMES[language]}.", fuzzy=False, **HEADER)
    with path.open(encoding="utf-8") as file:
        return read_po(file, locale=language)


def _write(catalogue: Catalog, language: str, domain: str) -> None:
    with (LOCALE / language / f"{domain}.po").open("wb") as file:
        write_po(file, catalogue, width=0, no_location=domain == MESSAGES)
