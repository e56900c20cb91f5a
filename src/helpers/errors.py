"""The one error that is meant for the analyst."""

import re

_PART = r"[^\s'\"`,;()]{0,200}"
_USER = re.compile(rf"([a-zA-Z][\w+.-]{{0,30}}:/{{1,2}}|//)?{_PART}:{_PART}@|//{_PART}@")
_SPACED = re.compile(r"(://)[^\s@/:'\"`]{1,100}:[^@/'\"`\n]{0,100}@")  # a password of several words
_OPTION = re.compile(r"([?&]\w{1,50}=)[^\s&'\"`]+")
_NAMED = re.compile(
    r"""(?ix)\b((?:pass(?:word|wd)?|pwd|secret|token|api_?key|access_?key|private_?key|credentials?)\w*[=:]\s*)
    (?:"[^"]*"|'[^']*'|[^\s&;,'"`)]+)"""
)


def without_secrets(text: str) -> str:
    """The text without the user and password of an address in it, and without what stands after `password=` and the like."""
    text = _NAMED.sub(lambda found: f"{found[1]}…", text)
    if "://" in text:
        text = _OPTION.sub(r"\1…", _SPACED.sub(r"\1…@", text))
    return _USER.sub(lambda found: f"{found[1] or ''}…@", text) if "@" in text else text


class StudyError(Exception):
    """The study, its data or a parameter is wrong; the message says what, what is allowed, and the way out.

    However an address is spelled in it, its password is left out: messages reach terminals, logs, pages and run.json.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(without_secrets(str(message)))

    def _render_traceback_(self) -> list[str]:
        """What IPython shows of it under a cell: the message, and nothing of the code between."""
        return [str(self)]


class CannotAnswer(StudyError):
    """The data are right but do not hold what a notebook's question takes; the other notebooks of a run go on."""
