"""Pages in a real browser: on a laptop and a phone, light and dark, without network and without script."""

import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import read_pages
from sample_page import EVIL, NAME, write_run

from helpers.site import render

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium on this machine")

LAPTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
FILES = {
    "page": f"demo/latest/{NAME}.html",
    "index": "demo/latest/index.html",
    "failed": "demo/runs/failing/index.html",
    "overview": "index.html",
}
FOCUS = """() => {
  const one = document.activeElement;
  return [one.tagName, one.className, getComputedStyle(one).outlineStyle];
}"""
CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    reason = f"ValueError: {EVIL}"
    for name, status in (("one", "ok"), ("failing", "failed")):
        run = write_run(folder, name, status, reason if status == "failed" else "")
        stale = replace(run, status="failed", reason=reason) if status == "ok" else None
        render.render_index(folder / "demo" / "runs" / name, run, stale)
    (folder / "demo" / "latest").symlink_to("runs/one")
    render.render_overview(folder)
    return folder


@pytest.fixture(scope="module")
def browser():
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, build):
    """Open one of the FILES and return (page, what it asked for, its console errors)."""
    contexts = []

    def open_page(name, viewport=LAPTOP, scheme="light"):
        context = browser.new_context(viewport=viewport, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.requests, page.errors = [], []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("console", lambda message: page.errors.append(message.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto((build / FILES[name]).as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", FILES)
def test_it_asks_for_nothing_and_runs_nothing(visit, name):
    page = visit(name)
    asked = [url for url in page.requests if not url.startswith("data:")]
    assert len(asked) == 1 and asked[0].startswith("file:") and not page.errors
    assert page.evaluate("document.scripts.length") == 0 and page.title() != "run"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("name", FILES)
def test_text_can_be_read_and_nothing_is_cut_off(visit, name, viewport, scheme):
    page = visit(name, viewport, scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate(CONTRAST) == []


def test_poor_contrast_would_be_found(visit):
    page = visit("page")
    page.evaluate("document.body.innerHTML = '<p style=\"color: #999\">pale</p>'")
    assert page.evaluate(CONTRAST) == ["2.85 pale"]


def test_figures_change_with_the_scheme_and_the_screen(visit):
    ink = "getComputedStyle(document.querySelector('svg')).fill"
    laptop, phone = visit("page", LAPTOP), visit("page", PHONE, "dark")
    assert laptop.evaluate(ink) != phone.evaluate(ink)
    for page, kind in ((laptop, "wide"), (phone, "narrow")):
        shown = page.locator("svg:visible")
        assert shown.count() == 2
        assert all(f"figure-{kind}" in one.get_attribute("class") for one in shown.all())
    box = phone.locator(".figure-narrow text", has_text="Baseline").bounding_box()
    assert box["height"] >= 10  # pixels: can be read without zooming
    for page, told in (
        (laptop, "none"),
        (phone, "invert(1) hue-rotate(180deg)"),
    ):  # marks drawn as pixels, too
        page.evaluate("document.querySelector('.figure svg').innerHTML += '<image></image>'")
        assert page.evaluate("getComputedStyle(document.querySelector('.figure image')).filter") == told


def test_structure_is_told_to_a_screen_reader(visit):
    page = visit("page")
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(e => +e.tagName[1])")
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(page.get_by_role(role).count() == 1 for role in ("banner", "main", "contentinfo"))
    assert page.get_by_role("img", name="Two lines rise, a third above.").count() == 1
    assert page.get_by_role("table", name="Revenue per segment").get_by_role("rowheader").count() == 2
    assert page.get_by_role("region", name="Revenue per segment").count() == 1


def test_the_keyboard_reaches_everything_and_shows_where_it_is(visit):
    page = visit("page", PHONE)
    page.add_style_tag(content=".table-scroll { width: 8rem }")  # something to scroll
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    reached = set()
    for _ in range(30):
        tag, kind, outline = page.evaluate(FOCUS)
        reached.add(kind or tag)
        assert tag == "BODY" or outline != "none"
        page.keyboard.press("Tab")
    assert {"SUMMARY", "A"} <= reached and reached & {"table-scroll", "scroll-hint"}


def test_the_keyboard_does_not_stop_where_nothing_scrolls(visit):
    page = visit("page")
    assert not page.evaluate(
        "[...document.querySelectorAll('.table-scroll')].some(e => e.scrollWidth > e.clientWidth)"
    )
    for _ in range(30):
        page.keyboard.press("Tab")
        assert "scroll" not in page.evaluate("document.activeElement.className")


def test_row_headings_stay_in_view_when_a_table_scrolls(visit):
    page = visit("page", PHONE)
    page.add_style_tag(content=".table-scroll { width: 8rem } td { min-width: 12rem }")
    page.evaluate("document.querySelectorAll('.table-scroll').forEach(one => one.scrollLeft = 150)")
    lefts = page.evaluate("""[...document.querySelectorAll('.table-scroll tbody th')].map(
        th => Math.round(th.getBoundingClientRect().left - th.closest('.table-scroll').getBoundingClientRect().left))""")
    assert lefts and set(lefts) == {0}


def test_what_cannot_be_read_is_found(visit):
    page = visit("page", PHONE)
    page.evaluate(read_pages.OPEN)
    assert page.evaluate(read_pages.READ) == []
    page.evaluate("""() => {
      const svg = [...document.querySelectorAll("svg")].find(one => one.checkVisibility());
      const [first, second] = svg.querySelectorAll("text");
      first.parentElement.append(first.cloneNode(true));
      second.style.fontSize = "5px"; second.setAttribute("x", 4000); svg.dataset.panel = 100;
      document.querySelector("main").append(document.createElement("script"));
      document.querySelector("main").style.width = "900px";
      for (const one of document.querySelectorAll("tbody th")) one.style.position = "static";
      for (const one of document.querySelectorAll(".table-scroll")) one.style.width = "5rem";
    }""")
    kinds = {kind for kind, _ in page.evaluate(read_pages.READ)}
    wanted = (
        "the page scrolls sideways, a script, a narrow panel, small text, a cut text, texts over each other"
    )
    assert kinds == {*wanted.split(", "), "a row heading that leaves", "scrolls without a keyboard stop"}


def test_paper_has_answer_and_figures_but_no_navigation(visit):
    page = visit("page", scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('figure')).breakInside") == "avoid"
    assert not page.locator("nav:visible").count() and page.locator("svg:visible").count() == 2
    assert page.pdf(prefer_css_page_size=True)[:5] == b"%PDF-"


def test_links_inside_the_reports_lead_somewhere(visit, build):
    for name, file in FILES.items():
        page = visit(name)
        for link in page.evaluate("[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))"):
            if link.startswith("#"):
                assert page.locator(f'[id="{link[1:]}"]').count() == 1
            else:
                folder = file.rpartition("/")[0]
                parts = []
                for part in f"{folder}/{link}".strip("/").split("/"):
                    parts = parts[:-1] if part == ".." else [*parts, part]
                assert (build / "/".join(parts)).is_file(), (name, link)


# ---- in other languages
THAI_SPACED = """() => [...document.querySelectorAll("body *")].filter(one =>
  [...one.childNodes].some(node => node.nodeType === 3 && /[\u0e00-\u0e7f]/.test(node.data)) && one.checkVisibility()
  && !["normal", "0px"].includes(getComputedStyle(one).letterSpacing)).map(one => one.textContent.slice(0, 40))"""
FONTS = "async () => { await document.fonts.ready; return [...document.fonts].map(one => [one.family, one.status]); }"


@pytest.fixture(scope="module", params=["vi", "th"])
def spoken_page(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    run = replace(write_run(folder, "one", "ok"), language=request.param)
    render.render_index(folder / "demo" / "runs" / "one", run, None)
    return request.param, folder / "demo" / "runs" / "one" / "index.html"


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_a_page_in_another_language_has_its_fonts_and_room(browser, spoken_page, viewport):
    language, file = spoken_page
    context = browser.new_context(viewport=viewport)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.lang") == language
    loaded = page.evaluate(FONTS)
    assert loaded and any(status == "loaded" for _, status in loaded)
    assert page.evaluate(THAI_SPACED) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.evaluate(CONTRAST) == []
    page.emulate_media(media="print")
    assert page.evaluate(THAI_SPACED) == [] and page.locator("h1").is_visible()
    context.close()
