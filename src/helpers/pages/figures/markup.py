"""The HTML of a figure with its SVG."""

import html

from matplotlib.figure import Figure

from helpers.pages import svg, wording


def figure_html(fig: Figure, title: str, alt: str, caption: str | None = None) -> str:
    """Return the <figure> element: inline SVG whose text stays text, with the finding as its title.

    `title` states what is found, `alt` says in a sentence what is seen, `caption` says how to read it.
    ValueError where title or alt is empty.
    """
    for name, text in (("title", title), ("alt", alt)):
        if not (text or "").strip():
            raise ValueError(f"A figure needs `{name}`: " + _WHY[name])
    drawings = svg.drawings(fig, alt)
    note = f'<p class="figure-note">{html.escape(wording.unbroken(caption))}</p>' if caption else ""
    title = html.escape(wording.unbroken(title))
    return (
        f'<figure class="figure"><figcaption><strong class="figure-title">{title}</strong>{note}'
        f"</figcaption>{drawings}</figure>"
    )


_WHY = {
    "title": "the finding as a claim, such as “Half of the revenue comes from 8 % of the customers”.",
    "alt": "a sentence that says what is seen, for those who cannot see it.",
}
