"""SQL that helpers.tables.times calls by name on every engine: a short call instead of a long expression at every use."""

from collections.abc import Callable

from helpers.contracts.date_formats import MONTH_NAME, MONTHS


def portable(literal: Callable[[str], str]) -> dict[str, str]:
    """Return {function(parameters): body}, where `literal` writes a text without escapes as the engine's SQL does.

    month_numbered: the text with the name of its month as a two-digit number, null without a name.
    with_year: the text whose year, the second group of `pattern`, is `years` less.
    """
    name = f"regexp_extract(text, {literal(f'(?i){MONTH_NAME}')}, 1)"
    # One text of all months, looked up by position: engines take seconds to plan a CASE of so many.
    months = literal("".join(f"|{month}={number}" for month, number in MONTHS.items()))
    number = f"substr({months}, instr({months}, concat('|', lower({name}), '=')) + length({name}) + 2, 2)"
    year = "CAST(TRY_CAST(regexp_extract(text, pattern, 2) AS BIGINT) - years AS STRING)"
    return {
        "month_numbered(text)": (f"CASE WHEN {name} = '' THEN NULL ELSE replace(text, {name}, {number}) END"),
        "with_year(text, pattern, years)": (
            f"concat(regexp_extract(text, pattern, 1), {year}, regexp_replace(text, pattern, ''))"
        ),
    }
