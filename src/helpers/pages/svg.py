"""From a matplotlib figure to inline SVG: small, the same every time, right in light and dark."""

import hashlib
import io
import re
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.category import StrCategoryFormatter
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, FuncFormatter, ScalarFormatter

from helpers.languages import is_english, localized
from helpers.pages import drawn, narrow
from helpers.pages.lines import lines as broken
from helpers.pages.records import PIXELS, scroll_hint, scrolls
from helpers.pages.wording import named
from helpers.study.strict_yaml import NO_TEXT

FONT = "var(--fig-font, var(--jp-ui-font-family, sans-serif))"
INK = "var(--ink, var(--jp-ui-font-color1, #22272e))"
# A colour of the palette -> the CSS variable of the page, else JupyterLab's, else the colour itself.
VARIABLES = {
    "#22272e": INK,
    "#000000": INK,
    "#667080": "var(--muted, var(--jp-ui-font-color2, #667080))",
    "#d9dde3": "var(--rule, var(--jp-border-color2, #d9dde3))",
    "#ffffff": "var(--surface, var(--jp-layout-color0, #ffffff))",
    "#3b424b": "var(--fig-actual, var(--jp-ui-font-color1, #3b424b))",
    "#3477c0": "var(--fig-accent, #3477c0)",
    "#8b929c": "var(--fig-neutral, #8b929c)",
    "#14866d": "var(--fig-good, #14866d)",
    "#c8551b": "var(--fig-bad, #c8551b)",
    "#8a63b8": "var(--fig-violet, #8a63b8)",
    "#a9780f": "var(--fig-ochre, #a9780f)",
}
LARGEST = 250_000  # characters of one figure; beyond it, marks are drawn as pixels
LARGEST_NARROW = 60_000  # of the drawing for phones
PIXELS_PER_POINT = 1.51  # at most, so that 7.2 inches fill the page's column
RASTER_DPI = 130
WRAPPED = 11  # characters of a line, where the label was broken into lines
LONGEST_LABEL = 80  # characters; what is longer is cut
_DECIMALS = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_FONT = re.compile(r"font(-family)?: ([^;]*?)'[^;]*")
_POWER = re.compile(r"\$\\mathdefault\{[-−\d.^{}]*(\\times)?[-−\d.^{}]*\}\$")
_REFERENCE = re.compile(r"(?:^|url\()#([^)]+)")


def drawings(fig: Figure, alt: str) -> str:
    """Return the figure as SVG in its own size and, where its text still finds room, drawn again for a phone.

    The page's style sheet shows one of the two; without it (JupyterLab) the first is seen.
    """
    if fig.get_layout_engine() is None:
        fig.set_layout_engine("constrained")
    _text_as_it_is(fig)
    narrow.upright_names(fig)
    for legend in filter(None, (ax.get_legend() for ax in fig.axes)):
        legend.set_frame_on(False)  # matplotlib frames it where it is called outside the project's style
    wide = _small(fig, alt, "", LARGEST)
    wide = wide.removesuffix("</svg>") + f"{drawn.hovers(fig)}</svg>"
    if fig.get_figwidth() <= narrow.WIDTH:
        return f"<div {scrolls()}>{wide}</div>"
    if not narrow.lay_out(fig):
        return f"<div {scrolls()}>{scroll_hint()}{wide}</div>"
    fig.set_layout_engine("none")  # it is laid out
    return f'<div class="figure-drawings has-narrow">{wide}{_small(fig, alt, "narrow", LARGEST_NARROW)}</div>'


def _small(fig: Figure, alt: str, kind: str, largest: int) -> str:
    """The SVG, with its marks as pixels where it would otherwise be larger than `largest`."""
    text = "" if PIXELS.get() else _svg(fig, alt, kind)
    if not text or len(text) > largest:
        for artist in [*_marks(fig)]:
            artist.set_rasterized(True)
        text = _svg(fig, alt, kind)
    return text


def _marks(fig: Figure):
    return (artist for ax in fig.axes for artist in (*ax.collections, *ax.lines, *ax.images, *ax.patches))


def _text_as_it_is(fig: Figure) -> None:
    """Keep a category named "$5 or $10" from being read as a formula (log scales keep theirs), cut endless labels, and
    say what the drawing wrote in the language of the page.
    """
    for ax in fig.axes:
        for axis in (ax.xaxis, ax.yaxis):
            named = axis.get_major_formatter()
            listed = isinstance(named, FixedFormatter | StrCategoryFormatter)
            if listed or (isinstance(named, FuncFormatter) and not is_english()):  # set_yticks(places, names)
                axis.set_major_formatter(
                    FuncFormatter(lambda at, place, named=named: _cut(_told(named(at, place))))
                )
            elif isinstance(named, ScalarFormatter):
                named.fix_minus = lambda s: localized(ScalarFormatter.fix_minus(s))  # type: ignore[method-assign]
        ax.get_xticklabels(), ax.get_yticklabels()
    for text in fig.findobj(Text):
        text.set_parse_math(bool(_POWER.fullmatch(text.get_text())))
        text.set_text(_cut(_told(text.get_text())))


def _told(label: str) -> str:
    """What a drawing wrote in the language of the page; a label broken into lines is looked up as one and broken again."""
    whole = label.replace("\n", " ")
    told = named(whole)
    return label if told == whole else "\n".join(broken(told, WRAPPED)) if "\n" in label else told


def _cut(label: str) -> str:
    """A label without signs that no picture can show, of at most LONGEST_LABEL characters a line."""
    lines = re.sub(NO_TEXT, "", label).split("\n")
    return "\n".join(
        line if len(line) <= LONGEST_LABEL else line[: LONGEST_LABEL - 1] + "…" for line in lines[:5]
    )


def _svg(fig: Figure, alt: str, kind: str) -> str:
    """The figure's SVG on no ground. `Figure.savefig` would draw it twice, the first time for the layout alone."""
    buffer, canvas, dpi = io.StringIO(), fig.canvas, fig.dpi
    for patch in (fig.patch, *(ax.patch for ax in fig.axes)):
        patch.set(facecolor="none", edgecolor="none")
    fig.set_dpi(RASTER_DPI)
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "figure"}):
        FigureCanvasSVG(fig).print_svg(buffer, metadata={"Date": None})
    fig.set_canvas(canvas)
    fig.set_dpi(dpi)
    width, height = fig.get_size_inches() * 72
    return _slim(buffer.getvalue(), (width, height, narrow.narrowest_panel(fig)), alt, kind)


def _slim(text: str, size: tuple[float, float, float], alt: str, kind: str) -> str:
    """Drop what a page does not need, round coordinates, make ids its own and colours follow the scheme."""
    root = ElementTree.fromstring(re.sub(NO_TEXT, "", text))
    for element in root.iter():
        _plain(element)
    _emptied(root)
    content = "".join(ElementTree.tostring(child, encoding="unicode") for child in root)
    digest = hashlib.sha1(f"{kind}{alt}{content}".encode(), usedforsecurity=False).hexdigest()[:8]
    _with_ids_of_its_own(root, digest)
    width, height, panel = size
    hide = "display:none;" if kind else ""
    root.attrib = {
        "class": f"figure-{kind or 'wide'}",
        "role": "img",
        "aria-label": re.sub(NO_TEXT, "", alt),
        "viewBox": f"0 0 {width:.5g} {height:.5g}",
        "data-panel": f"{panel:.0f}",
        "xmlns": "http://www.w3.org/2000/svg",
        "style": f"{hide}width:100%;max-width:{PIXELS_PER_POINT * width:.0f}px;height:auto;fill:{INK};"
        "stroke-linejoin:round;stroke-linecap:butt",
    }
    return ElementTree.tostring(root, encoding="unicode")


def _plain(element: ElementTree.Element) -> None:
    """An element without namespaces and line breaks, its coordinates rounded, its colours and fonts the page's."""
    element.tag = element.tag.rpartition("}")[2]
    given = {name.rpartition("}")[2]: value for name, value in element.attrib.items() if "}space" not in name}
    for name in {"d", "x", "y", "transform"} & set(given):
        given[name] = re.sub(
            r"\s*\n", " ", _DECIMALS.sub(lambda found: f"{float(found[0]):.2f}", given[name])
        )
    for name in {"style", "fill", "stroke"} & set(given):
        given[name] = _COLOUR.sub(lambda found: VARIABLES.get(found[0], found[0]), given[name])
    if "style" in given:
        given["style"] = _FONT.sub(rf"font\1: \2{FONT}", given["style"])
    element.attrib = given
    if element.tag not in ("text", "tspan"):
        element.text = None
    for child in element:
        child.tail = None if element.tag not in ("text", "tspan") else child.tail


def _emptied(element: ElementTree.Element) -> None:
    """Take out metadata, styles, and groups that hold nothing."""
    for child in [*element]:
        _emptied(child)
        if child.tag in ("metadata", "style") or (child.tag in ("g", "defs") and not len(child)):
            element.remove(child)


def _with_ids_of_its_own(root: ElementTree.Element, digest: str) -> None:
    """Keep the ids that are referred to, under names that no other figure of a page has."""
    attributes = [(element, name) for element in root.iter() for name in element.attrib]
    used = {one for element, name in attributes for one in _REFERENCE.findall(element.attrib[name])}
    names = {name: f"f{digest}-{index}" for index, name in enumerate(sorted(used))}
    for element, name in attributes:
        value = element.attrib[name]
        if name == "id" and value not in names:
            del element.attrib[name]
        elif name == "id":
            element.attrib[name] = names[value]
        else:
            element.attrib[name] = _REFERENCE.sub(
                lambda found: f"{found[0][: -len(found[1])]}{names[found[1]]}", value
            )
