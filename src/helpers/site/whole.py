"""The whole report in one file: all pages below each other, with links that lead within it, to be mailed alone."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from helpers.errors import StudyError
from helpers.files import write_text
from helpers.site.data_files import without_links
from helpers.site.shell import fill

NAME = "report.html"
LARGEST = 8_000_000  # bytes
_MAIN = re.compile(r'<main id="main" tabindex="-1" class="([^"]*)">(.*)</main>', re.S)
_TAG = re.compile(
    r"<[a-zA-Z][^<>]*>"
)  # pages escape < and > in values, so that text is never taken for a tag
_IDS = re.compile(r'(?<= )(id|for|popovertarget|aria-labelledby|aria-describedby|headers)="([^"]+)"')
_DRAWN = re.compile(r'(?<= )(clip-path|mask|filter|fill|stroke|style|marker-\w+)="([^"]*)"')
_URLS = re.compile(r"url\(#([^)]+)\)")
_LINKS = re.compile(r'(?<= )(href|xlink:href)="([^"]*)"')


def write(run_dir: Path, names: Sequence[str], **shown: Any) -> Path | None:
    """Write run_dir/report.html from the pages of a run and return it; None where there is no page.

    names: the pages in their order, without ending; shown: what the template shows besides. StudyError above 8 MB.
    """
    there = [name for name in names if (run_dir / f"{name}.html").is_file()]
    pages = [_page(name, (run_dir / f"{name}.html").read_text(encoding="utf-8"), there) for name in there]
    if not pages:
        return None
    text = fill("report.html.j2", pages=pages, **shown)
    size = len(text.encode("utf-8", "replace"))
    if size > LARGEST:
        raise StudyError(
            f"{NAME} would be {size / 1e6:.1f} MB; the whole report stays under {LARGEST / 1e6:.0f} MB. "
            "Show fewer rows in its tables, or fewer figures."
        )
    return write_text(run_dir / NAME, text)


def _page(name: str, text: str, names: Sequence[str]) -> dict[str, str]:
    """A page's part of the file: its ids begin with its name, and links to other pages lead to their part."""
    found = _MAIN.search(text)
    kind, main = (found[1], without_links(found[2])) if found else ("page", "")

    def led(link: re.Match) -> str:
        file, _, place = link[2].partition("#")
        page = file.removesuffix(".html")
        if not file and place:
            return f'{link[1]}="#{name}--{place}"'
        if page in names:
            return f'{link[1]}="#{page}{"--" + place if place else ""}"'
        return f'{link[1]}="#contents"' if file == "index.html" else link[0]

    def renamed(tag: re.Match) -> str:
        text = _IDS.sub(lambda one: f'{one[1]}="{name}--{one[2]}"', tag[0])
        text = _DRAWN.sub(lambda one: _URLS.sub(lambda url: f"url(#{name}--{url[1]})", one[0]), text)
        return _LINKS.sub(led, text)

    heading = re.search(r"<h1>(.*?)</h1>", main, re.S)
    return {
        "name": name,
        "kind": kind,
        "main": _TAG.sub(renamed, main),
        "title": heading[1] if heading else name,
    }
