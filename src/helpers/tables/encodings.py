"""A text file's encoding: what its first bytes say, how its first words would read, and its text in blocks."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from charset_normalizer import from_bytes

from helpers.contracts.proposals import Proposal
from helpers.errors import StudyError
from helpers.tables.contents import Guarded

BLOCK = 1 << 20
SAMPLE = 1 << 18
COMPOSED = "cp1258"  # writes Vietnamese marks apart from their letters
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What is tried where the bytes are not UTF-8, and the letters beside ASCII that its languages write, those of one by one
# where their letters together would fit any.
_VIETNAMESE = "đăâêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
_CANDIDATES = {
    "cp1252": "àâäáãåæçéèêëíìîïñóòôöõøœßúùûüÿšž€ªº",
    "cp1258": _VIETNAMESE + "₫€",
    "cp874": "".join(map(chr, range(0x0E01, 0x0E5C))),
    "cp1250": "ąćęłńóśźż€ áäčďéěíĺľňóôŕřšťúůýž€ áéíóöőúüű€ ăâîşţ€ čćđšž€ äöüß€",
    "cp1251": "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў№€",
    "koi8_r": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "cp1253": "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ€",
    "cp1254": "çğıöşüâîûi̇",
    "cp1255": "".join(map(chr, range(0x05D0, 0x05EB))),
    "cp1256": "".join(map(chr, range(0x0621, 0x064B))),
}
_ALPHABETS = ("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256")  # words of which hold no Latin letters
# Two bytes a character: the first bytes of what is written most (kana, kanji of level 1, hanzi of level 1, hangul).
_COMMON = {
    "cp932": ((0x82, 0x83), (0x88, 0x97)),
    "euc_jp": ((0xA4, 0xA5), (0xB0, 0xCF)),
    "gb18030": ((0xB0, 0xD7),),
    "big5": ((0xA4, 0xC6),),
    "cp949": ((0xB0, 0xC8),),
}
_USUAL = {
    "euc_jis_2004": "euc_jp",
    "euc_jisx0213": "euc_jp",
    "cp1125": "cp866",
    "big5hkscs": "big5",
    "cp950": "big5",
}
_USUAL |= {
    "shift_jis": "cp932",
    "shift_jis_2004": "cp932",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "euc_kr": "cp949",
}
_FREQUENT, _NEARLY_ALL, _ALIKE, _RATHER, _LESS = 0.7, 0.9, 0.3, 0.1, 0.02
_ENOUGH, _SURE = 0.5, 0.25  # the score of a candidate, and the lead of the first over the second
_NO_LETTER = re.compile(r"[\W\d_]")
_PUNCTUATION = set("–—‘’“”„…«»°·•§²³½€£¥™®©\u00a0")


_NO_FILES = {
    "undefined",
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "mbcs",
    "oem",
}  # of names and programs


def lookup(path: Path, encoding: str | None) -> str | None:
    """Return the codec's name for the stated encoding, or None where none is; StudyError for an unknown one."""
    if encoding is None:
        return None
    try:
        found = codecs.lookup(encoding)
        if not found._is_text_encoding or found.name.replace("-", "_") in _NO_FILES:
            raise LookupError(encoding)
        return found.name
    except LookupError:
        raise StudyError(
            f"{path.name}: the encoding {encoding!r} is not known; usual ones are utf-8, cp1252 (Windows, "
            "western Europe), cp1258 (Vietnamese), cp874 (Thai), iso8859-15, utf-16. Correct `encoding` in the study file."
        ) from None


def codec_of(path: Path, head: bytes, encoding: str | None) -> str:
    """The codec that reads the file: the stated one, or what its byte order mark says, or UTF-8."""
    stated, marked = lookup(path, encoding), marked_as(head)
    if stated is None and not marked and (wide := _wide(head)):
        raise StudyError(
            f"{path.name} holds a zero in every second byte, as {wide} does without a byte order mark. Add to the table in "
            f"the study file: `encoding: {wide}`."
        )
    if stated is None:
        return marked or "utf-8"
    if marked == "utf-8-sig" and stated == "utf-8":
        return marked
    if marked and stated.replace("-sig", "")[:6] != marked.replace("-sig", "")[:6]:
        raise StudyError(
            f"{path.name} begins with the byte order mark of {marked}, and the study says `encoding: {encoding}`: remove "
            f"that line, or write `encoding: {marked}`."
        )
    return stated


def marked_as(head: bytes) -> str | None:
    """The encoding that the first bytes state themselves, by a byte order mark."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def blocks(stream: Guarded, path: Path, codec: str, encoding: str | None) -> Iterator[str]:
    """Yield the stream's text in blocks, with \\n at the ends of lines; StudyError names the line that does not decode.

    Text of cp1258 is composed (NFC), since that encoding writes marks apart.
    """
    reader, pending, line, at_start = codecs.getincrementaldecoder(codec)("strict"), "", 1, True
    while True:
        block = stream.read(BLOCK)
        try:
            text = pending + reader.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise _undecodable(
                path, line + error.object[: error.start].count(b"\n"), error, encoding
            ) from None
        except UnicodeError as error:  # of a whole stream: UTF-16 that does not say in which order
            raise StudyError(
                f"{path.name} is no text in {codec} ({error}): correct `encoding` in the study file; utf-16-le and "
                "utf-16-be say the order of bytes, too."
            ) from None
        pending = ""
        if block and text.endswith("\r"):
            text, pending = text[:-1], "\r"
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if "\0" in text:
            raise _with_zeros(path, line + text.count("\n", 0, text.index("\0")))
        text, at_start = _unmarked(text, at_start)
        if codec == COMPOSED:
            if block:
                text, _, rest = text.rpartition("\n")
                text, pending = (text + "\n" if _ else ""), rest + pending
            text = unicodedata.normalize("NFC", text)
        line += text.count("\n")
        if text:
            yield text
        if not block:
            return


def _unmarked(text: str, at_start: bool) -> tuple[str, bool]:
    """The text without byte order marks that begin a line, as where files were joined; whether it ends a line."""
    if "\ufeff" in text:
        text = text.removeprefix("\ufeff") if at_start else text
        text = text.replace("\n\ufeff", "\n")
    return text, text.endswith("\n") if text else at_start


def _with_zeros(path: Path, line: int) -> StudyError:
    return StudyError(
        f"{path.name}, line {line}: a zero byte (NUL) stands there, which no text has: the file is damaged, or was not "
        "written to its end. Export it again; if it is of two bytes a character, state its `encoding`, such as utf-16-le."
    )


def propose(sample: bytes) -> Proposal:
    """Return `encoding` for the first bytes of a file, the likeliest first, with how its first words would read.

    `{}` where it is UTF-8 or bears a byte order mark: then nothing needs to be said.
    """
    wide = None if marked_as(sample) else _wide(sample)
    if wide:
        return Proposal(({"encoding": wide},), f"every second byte is 0: {words(sample, wide)}")
    if marked_as(sample) or _decoded(sample, "utf-8") is not None:
        return Proposal(({},))
    scores = {name: _score(sample, name) for name in _CANDIDATES}
    best = max(scores.values())
    for name, more in _by_language(sample).items():
        if more > _RATHER or scores[name] > best - _LESS:  # else another fits more of the letters
            scores[name] = scores.get(name, 0.0) + more
    likely = sorted((name for name in scores if scores[name] > _ENOUGH), key=lambda name: -scores[name])
    texts = {name: sample.decode(name, errors="replace") for name in likely}
    likely = [name for name in likely if name == next(one for one in likely if texts[one] == texts[name])]
    likely = likely[:3] or ["cp1252"]
    why = "; ".join(f"`encoding: {name}` reads {words(sample, name)}" for name in likely)
    clear = len(likely) == 1 or scores[likely[0]] - scores[likely[1]] > _SURE
    return Proposal(tuple({"encoding": name} for name in (likely[:1] if clear else likely)), why)


def _by_language(sample: bytes) -> dict[str, float]:
    """What charset-normalizer takes the text for, by its language, with a score to add to ours.

    Of encodings of two bytes the score is the share of characters that are frequent: nearly any bytes are some of theirs.
    """
    found = list(from_bytes(sample))
    if not found:
        return _of_two_bytes(sample)
    for place, one in enumerate(found):
        name = _USUAL.get(one.encoding, one.encoding)
        text = _decoded(sample, name) or ""
        odd = [letter for letter in text if not letter.isascii()][:2000]
        if name in _COMMON and odd and (share := _frequent(odd, name)) > _FREQUENT:
            return {name: 2 * share}  # chance gives a third or a half
        if name in _CANDIDATES and place == 0 and _score(sample, name) > _ENOUGH:
            only = len(one.could_be_from_charset) == 1
            return {name: _ALIKE if name in _ALPHABETS else _RATHER if only else 0.0}
        if (
            name not in _COMMON
            and name not in _CANDIDATES
            and place == 0
            and odd
            and one.language != "Unknown"
        ):
            return {} if _is_latin(odd) else {name: 1.0}
    return {}


def _of_two_bytes(sample: bytes) -> dict[str, float]:
    """The encodings of two bytes whose characters here are nearly all frequent ones, where charset-normalizer knows none."""
    letters = {
        name: [letter for letter in _decoded(sample, name) or "" if not letter.isascii()][:2000]
        for name in _COMMON
    }
    shares = {name: _frequent(odd, name) for name, odd in letters.items() if odd}
    return {name: share for name, share in shares.items() if share > _NEARLY_ALL}


def _frequent(letters: list[str], encoding: str) -> float:
    """The share of characters beside ASCII that an encoding of two bytes keeps for what is written most."""
    firsts = [letter.encode(encoding, errors="replace")[0] for letter in letters]
    common = [any(low <= first <= high for low, high in _COMMON[encoding]) for first in firsts]
    return sum(common) / len(common)


def _is_latin(letters: list[str]) -> bool:
    return sum("LATIN" in unicodedata.name(letter, "") for letter in letters) > len(letters) / 2


def words(sample: bytes, encoding: str, count: int = 3) -> str:
    """The first distinct words with letters beside ASCII, as an encoding reads them."""
    text = unicodedata.normalize("NFC", sample.decode(encoding, errors="replace"))
    found = [word.strip("\"' ") for word in re.split(r"[,;\t|\r\n]+", text) if not word.isascii()]
    return ", ".join(repr(word[:30]) for word in list(dict.fromkeys(found))[:count]) or repr(text[:20])


def _decoded(sample: bytes, encoding: str) -> str | None:
    """The sample's text, or None where it does not decode; a character cut at its end does not count."""
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(sample)
    except UnicodeDecodeError:
        return None


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a byte order mark: text in Latin letters has a zero in every second byte."""
    head = sample[:4000]
    even, odd = head[::2], head[1::2]
    for name, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros and zeros.count(0) > 0.7 * len(zeros) and others.count(0) < 0.1 * len(others):
            return name
    return None


def _score(sample: bytes, encoding: str) -> float:
    """The share of the characters beside ASCII that the encoding's languages write where they stand."""
    text = _decoded(sample, encoding)
    if text is None:
        return 0.0
    text = unicodedata.normalize("NFC", text)
    odd = [place for place, letter in enumerate(text) if not letter.isascii()]
    if not odd:
        return 0.0
    few = odd[:5000]
    good = (
        sum(_fits(text, place, letters, encoding) for place in few)
        for letters in _CANDIDATES[encoding].split()
    )
    return max(good) / len(few)


def _fits(text: str, place: int, letters: str, encoding: str) -> float:
    """Whether a letter is one of the encoding's languages and stands where they write it."""
    letter = text[place]
    if letter in _PUNCTUATION:
        beside = text[place - 1 : place + 2 : 2] if place else ""
        return 0.6 if not beside.isalpha() or letter == "’" else 0.0
    if letter.lower() not in letters or (letter == "₫" and text[place - 1 : place].isalpha()):
        return 0.0
    if encoding == "cp874":
        return float(_fits_thai(text, place))
    word = (
        _NO_LETTER.split(text[max(place - 20, 0) : place])[-1] + _NO_LETTER.split(text[place : place + 20])[0]
    )
    latin = sum(one.isascii() for one in word)
    inner_capital = letter.isupper() and text[place - 1 : place].islower()
    if encoding in _ALPHABETS:  # "лМЙЕОФ" is Russian in another encoding
        return float(latin == 0 and not any(a.islower() and b.isupper() for a, b in pairwise(word)))
    return float(not inner_capital and (len(word) < 3 or latin >= len(word) / 4))


def _fits_thai(text: str, place: int) -> bool:
    """Whether a mark follows a consonant or mark, a vowel in front goes before one, and no Latin letter is beside."""
    letter, before, after = text[place], text[place - 1 : place], text[place + 1 : place + 2]
    if any(one.isascii() and one.isalpha() for one in (before, after)) or letter >= "๏":
        return False
    if unicodedata.category(letter) == "Mn":
        return "ก" <= before <= "ฮ" or (before != "" and unicodedata.category(before) == "Mn")
    return not "เ" <= letter <= "ไ" or "ก" <= after <= "ฮ"


def _undecodable(path: Path, line: int, error: UnicodeDecodeError, stated: str | None) -> StudyError:
    value = error.object[error.start : error.start + 1].hex()
    around = error.object[max(0, error.start - 2000) : error.start + SAMPLE]
    if stated:
        proposal = propose(around)
        instead = proposal.choices[0].get("encoding", "utf-8")
        return StudyError(
            f"{path.name}, line {line}: byte 0x{value} does not exist in the stated encoding {stated!r}. Correct it in the "
            f"study file: {proposal.why or f'`encoding: {instead}` reads {words(around, instead)}'}."
        )
    proposal = propose(around)
    return StudyError(
        f"{path.name}, line {line}: byte 0x{value} is not UTF-8, and the study states no encoding. Add to the table in the "
        f"study file the one that reads well: {proposal.why}."
    )
