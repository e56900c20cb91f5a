"""Small workbooks (.xlsx) written by hand, so that a test can hold what no writer would make."""

import zipfile
from datetime import date, datetime
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STYLES = f"""<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>
<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>"""


def cell(place: str, value) -> str:
    """One cell's XML; a value that is XML already (it begins with <c) is left as it is."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith("<c"):
        return value.replace("<c", f'<c r="{place}"', 1)
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime | date):
        at = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        serial = (at - datetime(1899, 12, 30)).total_seconds() / 86400
        style = 2 if isinstance(value, datetime) else 1
        return f'<c r="{place}" s="{style}"><v>{serial!r}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def sheet_xml(rows: list[list], merged: tuple[str, ...] = (), unseen=()) -> str:
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(cell(f"{chr(65 + place)}{number}", value) for place, value in enumerate(row))
        if cells:
            hidden = ' hidden="1"' if number in unseen else ""
            lines.append(f'<row r="{number}"{hidden}>{cells}</row>')
    spans = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    tail = f'<mergeCells count="{len(merged)}">{spans}</mergeCells>' if merged else ""
    return f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData>{tail}</worksheet>'


def workbook(path, sheets: dict[str, list[list]], *, hidden=(), merged=(), unseen=()) -> None:
    """Write a workbook of these sheets: {name: rows}; `merged` ranges and `unseen` rows are of the first."""
    names = list(sheets)
    states = {name: ' state="hidden"' for name in hidden}
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"{states.get(name, "")}/>'
        for n, name in enumerate(names, start=1)
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.worksheet+xml"/>'
        for n in range(1, len(names) + 1)
    )
    targets = "".join(
        f'<Relationship Id="rId{n}" Type="{REL}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
            'package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
            f'officedocument.spreadsheetml.sheet.main+xml"/>{types}</Types>',
        )
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{REL}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships">{targets}<Relationship Id="rIdS" Type="{REL}/styles" '
            'Target="styles.xml"/></Relationships>',
        )
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>{listed}</sheets></workbook>',
        )
        file.writestr("xl/styles.xml", STYLES)
        for n, name in enumerate(names, start=1):
            first = (merged, unseen) if n == 1 else ()
            file.writestr(f"xl/worksheets/sheet{n}.xml", sheet_xml(sheets[name], *first))
