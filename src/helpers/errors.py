"""The one error that is meant for the analyst."""


class StudyError(Exception):
    """The study, its data or a parameter is wrong; the message says what, what is allowed, and the way out."""
