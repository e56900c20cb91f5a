"""What a file's own values say about how it is written: settings to add to the study, with their evidence."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Proposal:
    """Settings of a table that fit what was seen, in the order of likelihood, and why.

    `choices` holds one dict of settings where the values decide, several where they do not (01/02/2010), none where
    nothing fits; an empty dict means that the values are read without any setting.
    """

    choices: tuple[dict, ...]
    why: str = ""

    @property
    def certain(self) -> bool:
        """Whether the values leave one reading only."""
        return len(self.choices) == 1

    @property
    def settings(self) -> dict:
        """The one reading there is, or nothing where there is none or several."""
        return self.choices[0] if self.certain else {}


def line(settings: dict) -> str:
    """The settings as they stand in a study file, between backticks: `decimal: ",", thousands: "."`."""
    return "`" + ", ".join(f"{key}: {_shown(value)}" for key, value in settings.items()) + "`"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_shown(one)}" for key, one in value.items()) + "}"
    text = str(value)
    plain = text.replace("_", "").replace("-", "").replace("/", "").isalnum() and text.isascii()
    return (
        text
        if plain and not isinstance(value, int)
        else (str(value) if isinstance(value, int) else f'"{text}"')
    )
