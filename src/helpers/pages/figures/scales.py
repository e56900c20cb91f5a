"""Axes that speak money, counts, shares and dates."""

from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, num2date
from matplotlib.ticker import FuncFormatter, MaxNLocator, SymmetricalLogLocator

from helpers import languages
from helpers.messages import message
from helpers.pages import wording

SHORT = (
    (1e12, message("axes.trillions", "{number}T")),
    (1e9, message("axes.billions", "{number}B")),
    (1e6, message("axes.millions", "{number}M")),
    (1e3, message("axes.thousands", "{number}k")),
)
SMALLEST = 1e-4  # below, three digits would be a power of ten
ROUNDED_UP = 0.9995  # of a power of ten: from here on three digits are its own
SHORT_IN = {"th": (SHORT[0], SHORT[2])}  # Thai counts in millions
IN_CURRENCY = message("axes.in_currency", "{label} ({currency})")
IN_POINTS = message("axes.in_points", "{label}, percentage points")


def short(value: float) -> str:
    """Return a number for an axis: 1.2M, 350k, 12."""
    for size, words in SHORT_IN.get(languages.language(), SHORT):
        if abs(value) >= ROUNDED_UP * size:
            return wording.say(words(number=_three_digits(value / size)))
    return _three_digits(value)


def _three_digits(value: float) -> str:
    if abs(value) >= 1000 * ROUNDED_UP:  # no power of ten: Thai counts thousands of millions
        return wording.decimals(float(f"{value:.3g}"), 0)
    if 0 < abs(value) < SMALLEST:
        return wording.number(value)
    return languages.localized(f"{value:.3g}").replace("-", wording.MINUS)


def money_axis(axis, currency: str, label: str = "") -> None:
    """Give an axis (ax.xaxis or ax.yaxis) ticks such as 1.2M and a label with the currency."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    unit = languages.currency_unit(currency)
    named = languages.translated(label)
    axis.set_label_text(wording.say(IN_CURRENCY(label=named, currency=unit)) if label else unit)


def few_ticks(axis, most: int) -> None:
    """Give a linear axis at most so many ticks: for a narrow picture, whose labels are long in some languages."""
    axis.set_major_locator(MaxNLocator(most))


def skewed_axis(axis, linear_up_to: float) -> None:
    """Give an axis of very unequal amounts steps of ten, even up to `linear_up_to` on both sides of zero.

    0 leaves the axis as it is. To be called before what names its ticks.
    """
    if linear_up_to > 0:
        draw = axis.axes.set_yscale if axis.axis_name == "y" else axis.axes.set_xscale
        draw("symlog", linthresh=linear_up_to, linscale=0.7)
        axis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=linear_up_to))


def around_one(axis, low: float, high: float) -> None:
    """Let an axis of factors reach as far below 1 as above, a fifth at least, and hold what lies from low to high."""
    reach = 1.1 * max(0.2, 1 - low, high - 1)
    axis.axes.set_ylim(max(0, 1 - reach), 1 + reach)


class Counts(FuncFormatter):
    """Ticks such as 350k of an axis of whole numbers, whose values are told in full."""

    def format_data(self, value: float) -> str:
        """Say a value that stands alone."""
        return wording.count(value) if value == round(value) else self(value, 0)


def count_axis(axis, label: str = "") -> None:
    """Give an axis whole-number ticks such as 350k."""
    axis.set_major_locator(MaxNLocator(integer=True))
    axis.set_major_formatter(Counts(lambda value, _: short(value)))
    axis.set_label_text(label)


def percent_axis(axis, label: str = "") -> None:
    """Give an axis of shares (0 to 1) ticks such as 25 %."""
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: wording.say(wording.PERCENT(number=_three_digits(100 * value))))
    )
    axis.set_label_text(label)


def points_axis(axis, label: str) -> None:
    """Give an axis of differences of shares (-1 to 1) ticks in percentage points, such as +5."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: wording.signed(100 * value, fmt=short)))
    axis.set_label_text(wording.say(IN_POINTS(label=languages.translated(label))))


def date_axis(axis) -> None:
    """Give an axis of dates few ticks, short enough for a phone."""
    locator = AutoDateLocator(minticks=3, maxticks=7)
    axis.set_major_locator(locator)
    axis.set_major_formatter(_Dates(locator))


class _Dates(ConciseDateFormatter):
    """Short dates in the language of the page, in its years."""

    def format_ticks(self, values):
        """The labels of an axis's dates."""
        texts, days = super().format_ticks(values), [num2date(value) for value in values]
        if days:
            self.offset_string = _in_language(self.offset_string, days[-1])  # type: ignore[assignment]
        return [_in_language(text, when) for text, when in zip(texts, days, strict=True)]


def _in_language(text: str, when) -> str:
    return text.replace(f"{when:%b}", languages.short_month(when)).replace(f"{when:%Y}", languages.year(when))
