"""The country of a study, by whose feasts customers buy."""

from helpers.errors import StudyError


def checked(country: str, where: str) -> str:
    """A country's code of two letters (ISO 3166) whose feasts are known, or ""; raises StudyError for any other."""
    from holidays import list_supported_countries  # noqa: PLC0415 (a second, and for studies with a country alone)

    known = sorted(code for code in list_supported_countries() if len(code) == 2)
    if country and country not in known:
        raise StudyError(
            f"{where} is {country!r}; it is the code of two letters of a country whose feasts are known: "
            f"{', '.join(known)}. Leave it out to count no feasts."
        )
    return country
