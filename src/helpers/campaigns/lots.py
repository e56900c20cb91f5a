"""How the arms of a campaign were drawn: said by its table or by the study, never assumed. No lots, no verdict."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from helpers.checks import Check, check
from helpers.errors import CannotAnswer, StudyError
from helpers.messages import Message, count, listing, message, verbatim

RANDOMIZED, NOT_RANDOMIZED, UNKNOWN = DRAWN = ("randomized", "not_randomized", "unknown")
MOST_ARMS = 50
FEWEST = 4  # units of an arm
TEST, PANEL = "test", "panel"  # the names of what the tables experiment_units and panel hold
NOT_BY_LOT = message(
    "lots.not_by_lot",
    "The arms of {campaigns} were not drawn by lot, so their difference is no effect: no verdict. The page on campaigns "
    "without a control group compares them with others alike. Draw the next campaign's arms by lot, and leave a "
    "control group alone.",
)
NOT_SAID = message(
    "lots.not_said",
    "How the arms of {campaigns} were drawn is not said, so there is no verdict. If by lot, say so with this line under "
    "parameters in the study: {line}",
)
AMOUNTS = message(
    "lots.amounts",
    "If the arms are amounts: each of the {arms} is compared with {control} alone. What one unit more brings is not "
    "estimated, and nothing is told of amounts between them.",
)
ALL_BY_LOT = message("lots.all_by_lot", "randomized")


def with_words(table: pd.DataFrame, said: Mapping[str, str]) -> pd.DataFrame:
    """Return campaigns or experiment_units with the column `assigned` filled: each campaign's word, else unknown.

    said: the study's words by campaign ("test" for experiment_units). StudyError on a campaign that is not there, another
    word, and where the study, or the rows of a campaign, contradict the column.
    """
    name = table["campaign_id"].astype(str) if "campaign_id" in table else pd.Series(TEST, table.index)
    known = sorted({*name.unique(), TEST})
    for one, word in (said if len(table) else {}).items():  # of campaigns later than as_of no row is left
        if one not in (*known, PANEL):
            raise StudyError(
                f"assigned names {one!r}, which is no campaign here. There is: {', '.join(known)}."
            )
        if word not in DRAWN:
            raise StudyError(f"assigned of {one} is {word!r}: it can be one of {', '.join(DRAWN)}.")
    given = table["assigned"].astype("string").str.strip() if "assigned" in table else name.map({})
    given = given.astype("string").mask(given.astype("string").eq(""))
    for one, words in given.groupby(name):
        found = sorted({*words.dropna(), *([said[one]] if one in said else [])})
        if len(found) > 1:
            raise StudyError(
                f"assigned of {one} is {' and '.join(found)} (column and study together): a campaign's arms were drawn in "
                "one way, so say one of them."
            )
    first = given.groupby(name).transform("first").fillna(name.map(dict(said)).astype("string"))
    return told_design(table.assign(assigned=first.fillna(UNKNOWN)))


def told_design(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows without the columns stratum and cluster where every row leaves them blank: nothing is told by them."""
    blank = [name for name in ("stratum", "cluster") if name in rows and rows[name].isna().all()]
    return rows.drop(columns=blank)


def how_drawn(rows: pd.DataFrame) -> str:
    """Return randomized, not_randomized or unknown for the rows of one campaign (see `with_words`)."""
    return str(rows["assigned"].iloc[0]) if "assigned" in rows and len(rows) else UNKNOWN


def control_first(arms: Iterable[str], control: str) -> list[str]:
    """Return the arms, control first, then doses by their size and other arms by their name."""
    return [control, *sorted({*arms_of(arms)} - {control}, key=_in_order)]


def arms_of(arms: Iterable[str]) -> list[str]:
    """Return the names of arms, each once; StudyError where there are so many that they are amounts."""
    found = sorted(set(map(str, arms)))
    if len(found) > MOST_ARMS:
        raise StudyError(
            f"The column arm holds {len(found):,} different values, as of an amount; at most {MOST_ARMS} arms can be "
            "compared. Make groups of it under columns, such as `arm: CASE WHEN spend > 0 THEN 'some' ELSE 'none' END`."
        )
    return found


def told_amounts(arms: Sequence[str]) -> Message | None:
    """Say that amounts are compared one by one, where three arms or more, control first, are all numbers."""
    are_amounts = len(arms) > 2 and all(_in_order(arm)[0] < float("inf") for arm in arms)
    return AMOUNTS(arms=count(len(arms) - 1), control=arms[0]) if are_amounts else None


def _in_order(arm: str) -> tuple[float, str]:
    try:
        return float(arm), arm
    except ValueError:
        return float("inf"), arm


def line_of(campaigns: Iterable[str], word: str = RANDOMIZED) -> str:
    """Return the line of a study that says how these campaigns' arms were drawn."""
    return f"assigned: {{{', '.join(f'{name}: {word}' for name in campaigns)}}}"


def check_drawn(drawn: Mapping[str, str]) -> Check:
    """Ask whether the arms were drawn by lot; drawn: each campaign's word. FAIL where not, REVIEW where nobody says."""
    wrong = [name for name, word in drawn.items() if word == NOT_RANDOMIZED]
    unsaid = [name for name, word in drawn.items() if word == UNKNOWN]
    advice = None
    if unsaid:
        advice = NOT_SAID(campaigns=listing(unsaid), line=verbatim(line_of(unsaid)))
    if wrong:
        advice = NOT_BY_LOT(campaigns=listing(wrong))
    value = NOT_RANDOMIZED if wrong else UNKNOWN if unsaid else RANDOMIZED
    return check(
        "Drawn by lot",
        fail=bool(wrong),
        review=bool(unsaid),
        value=value,
        threshold=ALL_BY_LOT(),
        advice=advice,
    )


def refuse_small_arms(arm: pd.Series) -> None:
    """CannotAnswer where an arm has so few units that nothing says how far chance goes."""
    sizes = arm.value_counts()
    if sizes.min() < FEWEST:
        raise CannotAnswer(
            f"Arm {sizes.idxmin()} has {sizes.min():,} of the {len(arm):,} units: with fewer than {FEWEST} nothing says how "
            "far chance goes. If a row counts many units, name its columns (unit_counts). If it is a place in a period, "
            "make the table panel (unit, period, outcome). Or leave that arm out (`where`)."
        )
