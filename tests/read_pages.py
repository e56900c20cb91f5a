"""What of the pages of a finished run cannot be read as a browser shows them, on a laptop, on a phone, printed.

    python tests/read_pages.py reports/build/demo/latest [reports/build/cdnow/latest ...]

What is looked for stands in `read_pages.js`; on the executive page also what its first screen holds and how it prints.
"""

import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

READ = Path(__file__).with_name("read_pages.js").read_text(encoding="utf-8")
CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LAPTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SUMMARY, WHOLE = "51_executive_summary", "report"
OPEN = "document.querySelectorAll('details').forEach(one => one.open = true)"
LARGEST = 1_000_000  # bytes of a page
SHEETS = 2
# What stands below the first screen, of the value, what moved it, and each action with its money and sureness.
BELOW = """() => [...document.querySelectorAll('.answer p, .action > summary > span, .actions > p')]
  .filter(one => one.getBoundingClientRect().bottom > innerHeight).map(one => one.textContent.slice(0, 60))"""
# What is printed smaller than 9 points, and smaller than 7 points in a figure.
SMALL_PRINT = """() => [...document.querySelectorAll('main *')]
  .filter(one => [...one.childNodes].some(part => part.nodeType == 3 && part.textContent.trim()))
  .filter(one => one.checkVisibility() && !one.matches('.verdict, title, style'))
  .filter(one => {
    const svg = one.closest('svg'), size = parseFloat(getComputedStyle(one).fontSize);
    return svg ? size * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width < 9.3 : size < 11.9;
  }).map(one => one.textContent.slice(0, 60))"""
COLUMN = {"width": 733, "height": 1077}  # pixels of a sheet within its margins

Found = tuple[str, str, str, str]  # page, how it is shown, kind, text


def pages_of(run: Path) -> list[Path]:
    """The pages of a run, without the one file that holds them all."""
    return [page for page in sorted(run.glob("*.html")) if page.stem != WHOLE]


def read(browser: Any, files: list[Path], viewport: dict[str, int], scheme: str) -> Iterator[Found]:
    """What cannot be read on these pages, with everything that folds open."""
    context = browser.new_context(viewport=viewport, color_scheme=scheme)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    shown = f"{viewport['width']} {scheme}"
    for file in files:
        asked.clear()
        page.goto(file.resolve().as_uri())
        if file.stem == SUMMARY and viewport == LAPTOP:
            yield from ((file.stem, shown, "below the first screen", text) for text in page.evaluate(BELOW))
        page.evaluate(OPEN)
        yield from ((file.stem, shown, kind, text) for kind, text in page.evaluate(READ))
        yield from ((file.stem, shown, "poor contrast", text) for text in page.evaluate(CONTRAST))
        asked_for = [url for url in asked[1:] if not url.startswith("data:")]
        yield from ((file.stem, shown, "a request", url) for url in asked_for)
        if file.stat().st_size > LARGEST:
            yield file.stem, shown, "above 1 MB", f"{file.stat().st_size:,} bytes"
    context.close()


def printed(browser: Any, file: Path) -> Iterator[Found]:
    """What is wrong with the printed executive page: more than two sheets, or small print."""
    page = browser.new_page(viewport=COLUMN)
    page.goto(file.resolve().as_uri())
    page.emulate_media(media="print")
    yield from ((file.stem, "print", "small print", text) for text in page.evaluate(SMALL_PRINT))
    sheets = len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True)))
    if sheets > SHEETS:
        yield file.stem, "print", "too many sheets", str(sheets)
    page.close()


def everything(browser: Any, run: Path) -> list[Found]:
    """All that cannot be read in a run, at both widths, in both schemes, and of the executive page in print."""
    ways = [(viewport, scheme) for viewport in (LAPTOP, PHONE) for scheme in ("light", "dark")]
    found = [one for way in ways for one in read(browser, pages_of(run), *way)]
    summary = run / f"{SUMMARY}.html"
    return found + (list(printed(browser, summary)) if summary.is_file() else [])


def main(runs: list[str]) -> int:
    """Print what is found in each run, and how often; the exit code is 1 where anything is."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (nobody else needs a browser)

    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for run in map(Path, runs):
            here = everything(browser, run)
            print(f"{run}: {len(pages_of(run))} pages, {len(here)} findings")
            for kind, times in Counter(kind for _, _, kind, _ in here).most_common():
                print(f"  {times:5} {kind}")
            for line in dict.fromkeys(
                f"    {page}, {shown}: {kind}: {text}" for page, shown, kind, text in here
            ):
                print(line)
            found += here
        browser.close()
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
