"""How long a year is, said once: its mean length, and the whole days of a window that pages call a year."""

YEAR = 365.25  # days: what rates, discounts and months are converted by
MONTH = YEAR / 12
YEAR_WINDOW = 365  # whole days: "the last year" and "the first year" of data are so many
