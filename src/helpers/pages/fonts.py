"""The fonts that pages bring along, and that figures are measured with, where a language has its own letters."""

import base64
from functools import cache

from helpers.languages import LOCALE, language

FOLDER = LOCALE / "fonts"
LATIN = "U+0000-00FF,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215"
VIETNAMESE = (
    "U+0102-0103,U+0110-0111,U+0128-0129,U+0168-0169,U+01A0-01A1,U+01AF-01B0,U+0300-0301,U+0303-0304,"
    "U+0308-0309,U+0323,U+0329,U+1EA0-1EF9,U+20AB"
)
THAI = "U+0E01-0E5B,U+200C-200D,U+25CC"
# Family, file, weight and letters; the files come from Noto (OFL, beside them), cut by `make fonts`.
FACES = {
    "vi": (
        ("Noto Sans", "noto-sans-latin-400.woff2", 400, LATIN),
        ("Noto Sans", "noto-sans-latin-700.woff2", 700, LATIN),
        ("Noto Sans", "noto-sans-vietnamese-400.woff2", 400, VIETNAMESE),
        ("Noto Sans", "noto-sans-vietnamese-700.woff2", 700, VIETNAMESE),
    ),
    "th": (
        ("Noto Sans Thai", "noto-sans-thai-400.woff2", 400, THAI),
        ("Noto Sans Thai", "noto-sans-thai-700.woff2", 700, THAI),
    ),
}
MEASURED = {"th": "NotoSansThai.ttf"}  # matplotlib's own font has Latin letters with all marks, and no Thai


def families() -> list[str]:
    """The families a figure is measured with."""
    here = language()
    if here not in MEASURED:
        return ["DejaVu Sans"]
    _register(MEASURED[here])
    return ["DejaVu Sans", "Noto Sans Thai"]


@cache
def _register(file: str) -> None:
    from matplotlib.font_manager import fontManager  # noqa: PLC0415 (only where something is drawn)

    fontManager.addfont(FOLDER / file)


@cache
def css(language: str) -> str:
    """The style sheet's part of a language: its fonts, embedded, so that a page alone is whole."""
    return "".join(_face(*face) for face in FACES.get(language, ()))


def _face(family: str, file: str, weight: int, letters: str) -> str:
    data = base64.b64encode((FOLDER / file).read_bytes()).decode()
    return (
        f"@font-face {{ font-family: '{family}'; font-weight: {weight}; font-display: block; "
        f"src: url(data:font/woff2;base64,{data}) format('woff2'); unicode-range: {letters}; }}\n"
    )
