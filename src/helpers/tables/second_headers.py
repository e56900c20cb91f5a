"""Rows below a header that name the columns again, as survey tools write them: the question in full, or an id of it."""

from helpers.contracts.checked import sql_name

MOST = 3  # rows
TRIED, FEWEST = 200, 5  # rows below them that are looked at
FILLED = 0.9  # share of a column's rows that have a value, where it tells rows from headers


def rows_and_column(body: list[list[str]], width: int) -> tuple[int, int]:
    """How many rows below the header are headers, too, and the place of a column that tells them; (0, 0) for none.

    Such a row has a text in a column of numbers or dates, and in none of them a number or a date.
    """
    rest = body[MOST : MOST + TRIED]
    if len(rest) < FEWEST:
        return 0, 0
    strict = [place for place in range(width) if _is_strict([_cell(row, place) for row in rest])]
    found = 0
    for row in body[:MOST]:
        cells = [_cell(row, place) for place in strict]
        if len(strict) < 2 or not any(cells) or any(map(_is_digit, cells)):
            break
        found += 1
    return (found, strict[0]) if found else (0, 0)


def condition(column: str) -> str:
    """The condition that leaves such rows out, by a column of numbers or dates."""
    return f"coalesce(left({sql_name(column)}, 1), '') BETWEEN '0' AND '9'"


def title(headers: list[list[str]], place: int) -> str:
    """What the first of such rows calls a column, "" where it says nothing."""
    return _cell(headers[0], place) if headers else ""


def _is_strict(cells: list[str]) -> bool:
    """Whether nearly all cells of a column are filled, and all of those begin with a digit."""
    filled = [cell for cell in cells if cell]
    return len(filled) >= FILLED * len(cells) and all(map(_is_digit, filled))


def _is_digit(cell: str) -> bool:
    return cell[:1].isdigit()


def _cell(row: list[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""
