"""The words of a page: its glossary, and each term opening its entry where it is first used, without script."""

import html
import re
from dataclasses import dataclass, field

from helpers.customers.segment_names import SEGMENTS
from helpers.languages import translated
from helpers.messages import message
from helpers.pages.wording import say

ENTRY = re.compile(r"^[-*] +(.+(?:\n {2,}.+)*)", re.M)
# Terms that pages use and not each defines.
HOLD_OUT = message(
    "glossary.hold_out",
    "**Hold-out**: the last part of the data, kept from a model at first and then used to judge its forecast.",
)
GEO_TEST = message(
    "glossary.geo_test",
    "**Geo test**: a test in which lots are drawn among whole regions, in place of single customers.",
)
BY_LOT = message(
    "glossary.by_lot",
    "**Drawn by lot**: chosen by chance alone, so that those left out are like those chosen and show what would have come "
    "anyway.",
)
SEGMENT = message("glossary.segment", "**{segment}**: a segment. {who}.")
NAMED = ("Champions", "Potential loyalists", "About to sleep", "At risk", "Cannot lose", "Hibernating")
TERM = re.compile(r"\*\*(.+?)\*\*")


@dataclass
class Glossary:
    """The terms of a page with their entries (Markdown), and which of them have been used so far."""

    entries: dict[str, str] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, markdown: str) -> "Glossary":
        """Read a list whose entries print their terms in bold."""
        return cls(_by_term([entry[1] for entry in ENTRY.finditer(markdown)]))

    def with_common(self) -> "Glossary":
        """Add the terms that every page may use; what a page itself says of one goes first."""
        common = [HOLD_OUT(), GEO_TEST(), BY_LOT()]
        common += [SEGMENT(segment=name, who=translated(SEGMENTS[name][0])) for name in NAMED]
        own = {term.lower() for term in self.entries}
        more = {
            term: entry for term, entry in _by_term(list(map(say, common))).items() if term.lower() not in own
        }
        return Glossary(self.entries | more, self.used)

    def mark(self, text: str) -> str:
        """Make a button of the first use of each term in a piece of escaped text; longer terms come first."""
        terms = {html.escape(term).lower(): term for term in sorted(self.entries, key=len, reverse=True)}
        if not terms:
            return text
        pattern = rf"(?<![\w-])({'|'.join(map(re.escape, terms))})(s?)(?![\w-])"
        return re.sub(
            pattern, lambda found: self._button(terms[found[1].lower()], found[0]), text, flags=re.I
        )

    def _button(self, term: str, said: str) -> str:
        if term in self.used:
            return said
        self.used[term] = self.entries[term]
        return f'<button type="button" class="term" popovertarget="{self.id(term)}">{said}</button>'

    def unmark(self, text: str) -> str:
        """Take the buttons out of a text again, for instance of a heading: its terms count as unused."""
        for term in list(self.used):
            if f'popovertarget="{self.id(term)}"' in text:
                del self.used[term]
        return re.sub(r'<button type="button" class="term"[^>]*>(.*?)</button>', r"\1", text)

    @staticmethod
    def id(term: str) -> str:
        """The id of a term's entry on the page."""
        return "term-" + (re.sub(r"\W+", "-", term.lower()).strip("-") or "x")


def _by_term(entries: list[str]) -> dict[str, str]:
    return {term[1].strip(): entry for entry in entries for term in TERM.finditer(entry)}
