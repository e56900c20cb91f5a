"""Draw which layer of helpers imports which, from the imports: `make picture` writes src/helpers/architecture.svg.

A row is a layer, its boxes are packages (or files right under helpers). An arrow goes from a layer to one it imports;
what follows from other arrows is left out. An import against the direction is drawn dashed and red.
"""

from html import escape
from itertools import product

from house_source import ORDER, SOURCE, graph, part_of

from helpers import paths

PICTURE = SOURCE / "architecture.svg"
WIDTH, TOP, ROW, BOX, GAP, LETTER, LANE = 480, 18, 56, 34, 6, 8.4, 13  # in pixels
STYLE = """
:root { --page: #fcfcfb; --ink: #23272b; --box: #eef0f1; --rule: #8b949c; --wrong: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --page: #16191c; --ink: #e6e8ea; --box: #272c31; --rule: #7d868e; --wrong: #ff8a80 }
}
text { font: 14px ui-monospace, Menlo, Consolas, monospace; fill: var(--ink); text-anchor: middle }
.page { fill: var(--page) } .box { fill: var(--box); stroke: var(--rule) }
.layer { fill: none; stroke: var(--rule); stroke-dasharray: 2 3 }
.arrow { fill: none; stroke: var(--rule); stroke-width: 1.5 } #head { fill: var(--rule) }
.wrong { stroke: var(--wrong); stroke-dasharray: 5 3 } #wrong { fill: var(--wrong) }
"""


MARKER = (
    '<marker id="{}" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="8" markerHeight="8" '
    'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z"/></marker>'
)


def layers() -> list[tuple[str, ...]]:
    """The layers from the top, each with the parts that are there; the demo, found by name, stands above the tables."""
    there = {part_of(name) for name in graph()}
    rows = [tuple(part for part in row if part in there) for row in reversed(ORDER) if row != ("__main__",)]
    rows.insert(next(place for place, row in enumerate(rows) if "tables" in row), ("demo",))
    return [row for row in rows if row]


def arrows(rows: list[tuple[str, ...]]) -> list[tuple[int, int]]:
    """(row that imports, row imported) of every arrow drawn, those against the direction last."""
    row_of = {part: place for place, row in enumerate(rows) for part in row}
    imports = [(row_of[part_of(a)], row_of[part_of(b)]) for a, its in graph().items() for b in its
               if part_of(a) in row_of and part_of(b) in row_of]  # fmt: skip
    down = {(a, b) for a, b in imports if a < b}
    reached = set(down)
    for middle, first, last in product(range(len(rows)), repeat=3):
        if (first, middle) in reached and (middle, last) in reached:
            reached.add((first, last))
    direct = {(a, b) for a, b in down
              if not any((a, c) in reached and (c, b) in reached for c in range(a + 1, b))}  # fmt: skip
    return sorted(direct) + sorted({(a, b) for a, b in imports if a > b})


def lanes(edges: list[tuple[int, int]]) -> dict[tuple[int, int], tuple[int, int]]:
    """(side, distance) of the lane of every arrow that does not go straight: the nearest free one, left or right."""
    taken: dict[tuple[int, int], list[tuple[int, int]]] = {}
    found = {}
    for edge in sorted((e for e in edges if e[1] - e[0] != 1), key=lambda e: (abs(e[1] - e[0]), e)):
        low, high = sorted(edge)
        for lane in product(range(len(edges)), (1, -1)):
            if all(high < first or last < low for first, last in taken.get(lane, [])):
                taken.setdefault(lane, []).append((low, high))
                found[edge] = (lane[1], lane[0])
                break
    return found


def ports(lane_of: dict[tuple[int, int], tuple[int, int]]) -> dict[tuple[tuple[int, int], int], float]:
    """Height at which an arrow touches a row, from its middle: those from above in front, so that arrows do not cross."""
    touching: dict[tuple[int, int], list] = {}
    for edge, (side, distance) in lane_of.items():
        for end in edge:
            above = min(edge) != end
            touching.setdefault((end, side), []).append((not above, distance if above else -distance, edge))
    return {
        (edge, row): (place - (len(its) - 1) / 2) * min(7, (BOX - 8) / len(its))
        for (row, _), its in touching.items()
        for place, (*_, edge) in enumerate(sorted(its))
    }


def width(row: tuple[str, ...]) -> float:
    """Width of a layer with its boxes."""
    return sum(len(part) * LETTER + 16 for part in row) + GAP * (len(row) - 1) + (16 if len(row) > 1 else 0)


def drawn_row(row: tuple[str, ...], y: float) -> str:
    x = (WIDTH - width(row)) / 2
    drawn = ""
    if len(row) > 1:
        drawn = f'<rect class="layer" x="{x:.1f}" y="{y - 5}" width="{width(row):.1f}" height="{BOX + 10}" rx="5"/>\n'
        x += 8
    for part in row:
        wide = len(part) * LETTER + 16
        drawn += f'<rect class="box" x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{BOX}" rx="3"/>'
        drawn += f'<text x="{x + wide / 2:.1f}" y="{y + BOX / 2 + 5:.0f}">{escape(part)}</text>\n'
        x += wide + GAP
    return drawn


def drawn_arrow(edge: tuple[int, int], path: str) -> str:
    kind, head = ("arrow wrong", "wrong") if edge[0] > edge[1] else ("arrow", "head")
    return f'<path class="{kind}" marker-end="url(#{head})" d="{path}"/>\n'


def straight(edge: tuple[int, int], rows: list[tuple[str, ...]]) -> str:
    """The path down to the next row, from frame to frame."""
    start, end = (TOP + row * ROW + BOX * (row == edge[0]) for row in edge)
    framed = [5 if len(rows[row]) > 1 else 0 for row in edge]
    return f"M{WIDTH / 2:.0f} {start + framed[0]}V{end - framed[1] - 6}"


def around(edge: tuple[int, int], lane: tuple[int, int], rows: list[tuple[str, ...]], port: dict) -> str:
    """The path of an arrow out of its row's side, along its lane and into the side of the other row."""
    side, distance = lane
    x = WIDTH / 2 + side * (max(map(width, rows)) / 2 + 12 + LANE * distance)
    x1, x2 = (WIDTH / 2 + side * (width(rows[row]) / 2 + 1) for row in edge)
    y1, y2 = (TOP + row * ROW + BOX / 2 + port[edge, row] for row in edge)
    turn = 6 if y2 > y1 else -6
    path = f"M{x1:.1f} {y1:.1f}H{x - side * 6:.1f}q{side * 6} 0 {side * 6} {turn}V{y2 - turn:.1f}"
    return path + f"q0 {turn} {-side * 6} {turn}H{x2 + side * 6:.1f}"


def picture() -> str:
    """The picture as SVG, the same text for the same imports."""
    rows = layers()
    edges = arrows(rows)
    lane_of = lanes(edges)
    port = ports(lane_of)
    lines = [
        drawn_arrow(
            edge, around(edge, lane_of[edge], rows, port) if edge in lane_of else straight(edge, rows)
        )
        for edge in edges
    ]
    boxes = [drawn_row(row, TOP + place * ROW) for place, row in enumerate(rows)]
    height = TOP + (len(rows) - 1) * ROW + BOX + TOP
    said = "; ".join(f"{', '.join(rows[a])} on {', '.join(rows[b])}" for a, b in edges)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'role="img">\n<title>The layers of helpers and their imports</title>\n<desc>{escape(said)}</desc>\n'
        f"<style>{STYLE}</style>\n<defs>{MARKER.format('head')}{MARKER.format('wrong')}</defs>\n"
        f'<rect class="page" width="{WIDTH}" height="{height}" rx="8"/>\n{"".join(lines + boxes)}</svg>\n'
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    print(f"{PICTURE.relative_to(paths.ROOT)} is written.")
