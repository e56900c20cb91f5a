"""What a page says in another language, as texts; and the English that is left in them."""

import html
import re
from functools import cache
from html.parser import HTMLParser

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from helpers.languages import MESSAGES, PROSE, catalogue, speaking, translated
from helpers.pages.fonts import FACES, families
from helpers.site.error_texts import CONTEXT  # errors name settings, and stand on no page

UNSEEN = {"style", "script", "code", "head", "pre"}
TOLD = ("aria-label", "alt", "title", "placeholder")  # attributes that are read out
INLINE = {"strong", "em", "a", "b", "i", "span", "button", "tspan", "small", "abbr"}
WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
GAP = re.compile(r"\{\w+\}|%\(\w+\)s|`[^`]*`|<[^>]*>")
# What is called so in every language: models and methods, the field's own abbreviations, files and their columns.
NAMES = re.compile(
    r"Pareto/NBD|Pareto/GGG|M?BG/(?:C?NBD|BB)(?:-\d)?|sBG|BdW|Gamma-Gamma|[Ll]og-normal|PyMC|ArviZ|Python|NUTS|R-hat|ESS|CRPS|PSIS|"
    r"Pareto k|Q1|RFM|NPS|CLV|MQL|SQL|B2B|B2C|ROI|ELPD|PIT|Wilson|Kaplan-Meier|Fellegi-Sunter|IDIC|DR|AIPW|UTC|IP|ISO|"
    r"`[^`]*`|[A-Za-z]+_\w+|\S+@\S+|\S+\.(?:csv|xlsx|html|json|yaml|parquet)|https?://\S+"
)


class _Texts(HTMLParser):
    """The texts between tags, an inline element's within its paragraph, and those of attributes that are read out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.hidden = 0
        self.open = ""

    def handle_starttag(self, tag, attrs):
        if tag in UNSEEN:
            self.hidden += 1
        if tag not in INLINE:
            self.end()
        self.found += [value for name, value in attrs if name in TOLD and value]

    def handle_endtag(self, tag):
        if tag in UNSEEN:
            self.hidden -= 1
        if tag not in INLINE:
            self.end()

    def handle_startendtag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in TOLD and value]

    def handle_data(self, data):
        if not self.hidden:
            self.open += data

    def end(self):
        if text := " ".join(self.open.split()):
            self.found.append(text)
        self.open = ""


def texts(page: str) -> list[str]:
    """Every text of a page that is seen or read out, in its order: of HTML, SVG, alt texts, titles; code is left out."""
    reader = _Texts()
    reader.feed(page)
    reader.end()
    return reader.found


@cache
def english(language: str) -> frozenset[str]:
    """The words that English sentences of the catalogues have and no translation of this language keeps."""
    ours, theirs = set(), set()
    for domain in (MESSAGES, PROSE):
        for entry in catalogue(language, domain):
            if entry.id and entry.context != CONTEXT:
                for many, one in ((ours, entry.id), (theirs, entry.string)):
                    for text in [one] if isinstance(one, str) else one:
                        many |= {word.lower() for word in WORD.findall(GAP.sub(" ", text))}
    return frozenset(word for word in ours - theirs if len(word) > 1)


SYLLABLE = re.compile(
    r"(?:ngh?|gh?|gi|qu|[ckpt]h|tr|nh|[bcdhklmnprstvx])?[aeiouy]{1,3}(?:ch|nh|ng|[cmnpt])?", re.I
)  # of Vietnamese, without its marks


@cache
def kept(language: str) -> frozenset[str]:
    """The Latin words that translations keep: names, abbreviations, words taken over."""
    said = (
        text
        for domain in (MESSAGES, PROSE)
        for entry in catalogue(language, domain)
        if entry.id and entry.context != CONTEXT
        for text in ([entry.string] if isinstance(entry.string, str) else entry.string)
    )
    return frozenset(word.lower() for text in said for word in WORD.findall(GAP.sub(" ", text)))


def _is_foreign(word: str, language: str) -> bool:
    """Whether a word is English by the catalogue, or by its letters no word of the language nor one that it keeps."""
    lower = word.lower()
    if lower in english(language):
        return True
    is_own = language == "vi" and SYLLABLE.fullmatch(lower)
    return len(word) > 2 and word.isascii() and not is_own and lower not in kept(language)


def left_in_english(text: str, language: str, known: frozenset[str] = frozenset()) -> str:
    """The first run of two or more English words in a text, or one alone that is all of it; empty where there is none.

    known: values of the data and names of columns, which stay as they are, alone or in a list.
    """
    if text in known or all(item in known for item in text.strip(", ").split(", ")):
        return ""
    plain = NAMES.sub(" | ", html.unescape(text))
    for value in sorted(known, key=len, reverse=True):
        if " " in value and value in plain:
            plain = plain.replace(value, " | ")
    run: list[str] = []
    for part in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[^\w\s]+|\d+", plain):
        if part.isascii() and part[0].isalpha() and _is_foreign(part, language):
            run.append(part)
            if len(run) > 1:
                return " ".join(run)
        elif part not in (",", ";"):
            run = []
    alone = WORD.findall(plain)
    return (
        alone[0] if len(alone) == 1 and plain.strip() == alone[0] and _is_foreign(alone[0], language) else ""
    )


def said_as_in_english(page: str, english: str, known: frozenset[str] = frozenset()) -> set[str]:
    """The texts of a page with a word in them that the English page has, too; `known` and names are no such texts."""
    both = {*texts(page)} & {*texts(english)}
    return {one for one in both - known if re.search(r"[A-Za-z]{3}", _without_names(one, known))}


def _without_names(text: str, known: frozenset[str]) -> str:
    for value in sorted(known, key=len, reverse=True):
        text = text.replace(value, " ")
    return NAMES.sub(" ", text)


# ---- letters
EVERYWHERE = {
    "\u2060",
    *map(chr, range(0x21, 0x7F)),
    *"·–—‘’“”…•₫€±×−→←↑↓≤≥≈ÀÉàâäåçèéêíîïñóôöøúûüßφ∫∑°²³µ§«»¹½¼¾¿¡",
}  # in any font


def own_letters(letters: set[str], language: str) -> set[int]:
    """The letters of a language among these, beyond those that every font has."""
    codes = {ord(letter) for letter in letters if letter not in EVERYWHERE}
    return codes if language == "vi" else {code for code in codes if 0x0E00 <= code <= 0x0E7F}


def in_fonts(language: str) -> set[int]:
    """The letters of the fonts that pages of a language bring along, and that figures are measured with."""
    ends = [one[2:].partition("-") for face in FACES[language] for one in face[3].split(",")]
    on_pages = {code for low, _, high in ends for code in range(int(low, 16), int(high or low, 16) + 1)}
    with speaking(language):
        files = [font_manager.findfont(family) for family in families()]
    return on_pages & set().union(*(FT2Font(file).get_charmap() for file in files))


# ---- numbers
MARKS = {"en": (",", "."), "vi": (".", ","), "th": (",", ".")}  # thousands, decimals
SCALES = {
    "en": {"trillion": 1e12, "billion": 1e9, "million": 1e6, "thousand": 1e3},
    "vi": {"nghìn tỷ": 1e12, "tỷ": 1e9, "triệu": 1e6},
    "th": {"ล้านล้าน": 1e12, "ล้าน": 1e6},
}
SHARED = re.compile(r" (?:to|and|đến|và|ถึง|และ) [+−]?")  # between two numbers with one unit
CLOSE = 0.006  # of a number: 1.23 billion is 1,234 million there


def numbers(text: str, language: str) -> list[float]:
    """The numbers of a text as a reader of the language reads them, scale words and Buddhist years included."""
    thousands, decimal = MARKS[language]
    text = re.sub(r"tháng \d{1,2}(?= (?:năm )?\d{4})|thg \d{1,2}", "", text.replace("\u00a0", " "))
    scales = SCALES[language]
    words = "|".join(map(re.escape, scales))
    pattern = rf"(?<![\w.,])([−-]?\d[\d{re.escape(thousands + decimal)}]*)(?:\s?({words}))?"
    seen = list(re.finditer(pattern, text))
    found = []
    for place, one in enumerate(seen):
        numeral, scale = one[1].rstrip(".,"), one[2]
        following = seen[place + 1] if place + 1 < len(seen) else None
        if (
            not scale
            and following
            and following[2]
            and SHARED.fullmatch(text[one.end(1) : following.start(1)])
        ):
            scale = following[2]  # "1.20 to 1.45 million": a unit that both ends share is said once
        value = float(numeral.replace(thousands, "").replace(decimal, ".").replace("−", "-")) * scales.get(
            scale, 1
        )
        is_year = language == "th" and re.fullmatch(r"2[56]\d\d", numeral)
        found.append(value - 543 if is_year else value)
    return found


def same_numbers(english: str, theirs: str, language: str) -> bool:
    """Whether two texts name the same numbers, in whatever order, up to what rounding by other scale words may do."""
    one, other = (sorted(numbers(*pair)) for pair in ((english, "en"), (theirs, language)))
    return len(one) == len(other) and all(
        abs(a - b) <= CLOSE * max(abs(a), abs(b)) for a, b in zip(one, other, strict=True)
    )


def same_cells(english: str, theirs: str, language: str) -> bool:
    """Whether two cells of a table say the same: a word that is translated, or numbers, in Thai billions as millions."""
    with speaking(language):
        if theirs == translated(english) or same_numbers(english, theirs, language):
            return True
    if "; " in english and re.findall(r"-?\d[\d.]*", english) == re.findall(r"-?\d[\d.]*", theirs):
        return True  # values as the file has them
    one, other = (numbers(*pair) for pair in ((english, "en"), (theirs, language)))
    places = [len(found[1]) for found in re.finditer(r"\d(?:\.(\d+))?(?![\d.,])", english) if found[1]] or [0]
    half = 0.505 * 10.0 ** -min(places)  # a last digit of the English
    return (
        language == "th"
        and len(one) == len(other)
        and all(abs(a - b / 1000) <= half for a, b in zip(one, other, strict=True))
    )


def cells_of(page: str) -> list[str]:
    """The texts of a page's table cells: the same in number and order in each language."""
    found = re.findall(r"<(td|th)\b[^>]*>(.*?)</\1>", page, re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", html.unescape(cell)).split()) for _, cell in found]
