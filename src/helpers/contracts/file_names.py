"""What the names of files say: a table's own, that it is a part or was filtered; others beside it, that they are returns."""

import re
from pathlib import Path

from helpers.contracts import money_words
from helpers.contracts.checked import Checked, one_row
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import count, message, verbatim
from helpers.study.parts import ENDINGS, parts_of

A_PART = message(
    "file_names.a_part",
    "the name of the file says that it holds a part, or was filtered: {part}. What is not in it is missing.",
)
EXPORT_ALL = message(
    "file_names.export_all", "Export everything, or state all parts as `path`. If it is whole: `{keep}`."
)
BESIDE = message(
    "file_names.beside",
    "{file} lies beside it, is called as returns or credit notes are, and is not read: they may still count as sales.",
)
AMONG = message(
    "file_names.among",
    "{file} is called as returns or credit notes are, and its amounts count as they stand: those above 0 are sales.",
)
WITH_MINUS = message(
    "file_names.with_minus",
    "Write its amounts below 0, or leave it out of `path`. If they are below 0: `{keep}`.",
)
READ_TOO = message(
    "file_names.read_too",
    "Draft the study from both files (`new NAME --from ORDERS RETURNS`), which takes its amounts off; or give it the "
    "columns of the orders, amounts below 0, and read both: `{files}`. If returns are off already: `{keep}`.",
)

_PART = re.compile(
    r"(?<![a-z])((part|teil|partie|parte|page|seite|trang|phần|chunk)[ _.-]*\d{1,3}(?!\d)"
    r"|(?<!\d)\d{1,2}[ _-]*(of|von|de|sur)[ _-]*\d{1,2}(?!\d)|(un)?filtered|gefiltert|filtré|filtrado|only|nur|seulement"
    r"|sample|stichprobe|échantillon|muestra|subset|top[ _-]?(\d+|customers|clients|kunden|clientes|sellers|products)"
    r"|(un)?paid|unfulfilled|fulfilled|shipped|delivered|open|pending|overdue|cancell?ed|refunded|returned|drafts?|abandoned"
    r"|bezahlt|unbezahlt|offene?|storniert|payées?|impayées?|annulées?|pagad[oa]s|pendientes|cancelad[oa]s"
    r"|first[ _-]?\d+|last[ _-]?\d+[ _-]?(days?|weeks?|months?))(?![a-z])"
)
_WHOLE = re.compile(r"unfiltered|(un)?paid.*(un)?paid")  # both halves
_NUMBERED = re.compile(r"\d")


def findings(checked: Checked) -> list[Finding]:
    """Judge the names of a table's files, and of the files beside those of transactions."""
    parts = parts_of(checked.source.files[checked.table])
    found = []
    stems = [stem for path in parts if not _WHOLE.search(stem := _stem(path))]
    said = [match[0] for stem in stems if (match := _PART.search(stem))]
    if said and not (len(parts) > 1 and _NUMBERED.search(said[0])):
        told = A_PART(part=verbatim(repr(said[0])))
        todo = EXPORT_ALL(keep=keep("file_of_a_part"))
        found.append(checked.finding("file_of_a_part", REVIEW, told, count(len(said), "file"), todo=todo))
    return found + (
        _beside(checked, parts) or _among(checked, parts) if checked.table == "transactions" else []
    )


def _among(checked: Checked, parts: list[Path]) -> list[Finding]:
    """Files called as returns are that have the columns of the others: nothing tells their rows from sales."""
    back = [part for part in parts if money_words.RETURNS.search(_stem(part))]
    if (
        not back
        or len(back) == len(parts)
        or set(checked.source.lacking(checked.table)) & {one.name for one in back}
    ):
        return []
    if one_row(checked.customers, back=checked.customers.back.sum())["back"]:
        return []  # some are below 0
    told, todo = AMONG(file=verbatim(back[0].name)), WITH_MINUS(keep=keep("file_unread"))
    return [checked.finding("file_unread", REVIEW, told, count(len(back), "file"), todo=todo)]


def _beside(checked: Checked, parts: list[Path]) -> list[Finding]:
    read = {part for file in checked.source.files.values() for part in parts_of(file)}
    others = sorted(
        path
        for folder in {part.parent for part in parts}
        for path in folder.iterdir()
        if path.is_file()
        and path not in read
        and path.name.lower().endswith(ENDINGS)
        and money_words.RETURNS.search(_stem(path))
    )
    if not others:
        return []
    names = ",".join([*(part.name for part in parts[:1]), others[0].name])
    line = verbatim(f"path: '{{{names}}}'")
    told, todo = BESIDE(file=verbatim(others[0].name)), READ_TOO(files=line, keep=keep("file_unread"))
    return [checked.finding("file_unread", REVIEW, told, count(len(others), "file"), todo=todo)]


def _stem(path: Path) -> str:
    return path.name.split(".")[0].casefold()
