"""The words of a page: its glossary, and each term opening its entry where it is first used, without script."""

import html
import re
from dataclasses import dataclass, field

ENTRY = re.compile(r"^[-*] +(.+(?:\n {2,}.+)*)", re.M)
TERM = re.compile(r"\*\*(.+?)\*\*")


@dataclass
class Glossary:
    """The terms of a page with their entries (Markdown), and which of them have been used so far."""

    entries: dict[str, str] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, markdown: str) -> "Glossary":
        """Read a list whose entries print their terms in bold."""
        found = [entry[1] for entry in ENTRY.finditer(markdown)]
        return cls({term[1].strip(): entry for entry in found for term in TERM.finditer(entry)})

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
