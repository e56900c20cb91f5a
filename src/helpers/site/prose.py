"""Markdown to HTML for readers: raw HTML is shown, not run; headings get ids, tables get scopes."""

import html
import re
from dataclasses import dataclass, field

import mistune
from mistune.plugins.table import table

from helpers.languages import translated
from helpers.pages.wording import unbroken
from helpers.site.glossary import Glossary


@dataclass(frozen=True)
class Heading:
    """One line of the contents list."""

    level: int
    id: str
    text: str


@dataclass
class Prose:
    """Renders the Markdown of one page and collects its headings on the way."""

    headings: list[Heading] = field(default_factory=list)
    glossary: Glossary = field(default_factory=Glossary)

    def __call__(self, markdown: str) -> str:
        """Return the HTML of a piece of Markdown."""
        render = mistune.create_markdown(renderer=_Renderer(self.headings, self.glossary))
        table(render)
        return re.sub(r"<table>.*?</table>", _accessible, str(render(unbroken(markdown))), flags=re.S)


class _Renderer(mistune.HTMLRenderer):
    def __init__(self, headings: list[Heading], glossary: Glossary):
        super().__init__(escape=True)
        self.headings = headings
        self.glossary = glossary

    def text(self, text: str) -> str:
        return self.glossary.mark(super().text(text))

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return super().link(self.glossary.unmark(text), url, title)

    def heading(self, text: str, level: int, **attributes) -> str:
        # A page has one H1, in its header.
        level = max(2, level)
        text = self.glossary.unmark(text)
        plain = html.unescape(re.sub(r"<[^>]+>", "", text))
        name = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "section"
        taken = sum(one.id == name or one.id.startswith(f"{name}--") for one in self.headings)
        name = f"{name}--{taken + 1}" if taken else name
        self.headings.append(Heading(level, name, plain))
        return f'<h{level} id="{name}">{text}</h{level}>\n'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return html.escape(text)


def _accessible(found: re.Match) -> str:
    text = found[0].replace("<th>", '<th scope="col">').replace("<th style", '<th scope="col" style')
    text = re.sub(r' style="text-align:(\w+)"', r' class="\1"', text)
    text = re.sub(r"<tr>\s*<td( class=\"\w+\")?>(.*?)</td>", r'<tr><th scope="row"\1>\2</th>', text)
    return f'<div class="table-scroll" role="region" aria-label="{translated("Table")}">{text}</div>'
