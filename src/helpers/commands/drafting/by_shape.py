"""Which table a file is whose columns bear no name that the contract knows: told by names in part, and by values."""

import re
from dataclasses import dataclass, field
from datetime import date

from helpers.commands.drafting import controls, period_values, shape_words, words, yes_or_no
from helpers.contracts.checked import sql_name, sql_text
from helpers.tables.wide_panels import COLUMN_NAMES

ROW_NUMBER = "row_number"
MOST_ARMS, FEWEST_IDS, FEWEST_UNITS = 12, 50, 5
NO_NUMBER = 0.1  # the share of a column's values that may be no numbers where it is one
IDS = re.compile(
    r"(^| )(id|ids|uuid|guid)$|^(id|uid|userid|customerid|clientid)\b"
    r"|^(customer|client|user|visitor|subscriber|patient|person|subject|member|participant|respondent|kunde|cliente)$"
    r"|^kunden ?(nummer|nr|id)$|^(ma )?khach( hang)?$"
)
GLUED_ID = re.compile(r"[a-z]{2}(id|ID|Id)$")  # stdntid
PERSON = re.compile(
    r"customer|client|user|visitor|subscriber|member|kunde|guest|review|respond|author"
)  # before a number of the row
NUMBER = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")
WITH_COMMA = re.compile(r"[-+]?\d+,\d+")
EVER = "who is treated in which period; if it says who is ever treated, state treated_from instead"
ANY_SCORE = ("score", "rating", "note", "answer", "bewertung", "puntuacion", "diem", "diem so")
ANSWER = re.compile(r"\s*(?:\d|10)(?:\.0)?(?:\s*[-–—:=(.,].*|\s+[^\d\s].*)?\s*", re.DOTALL)
SCORE = re.compile(
    r"(?<![a-z])nps(?![a-z])|recommend|empfehl|recomi?end|recommand|giới thiệu|แนะนำ", re.IGNORECASE
)
NOBODY = (
    "no column seems to say who bought. Totals per campaign, day or product do not serve: export a row per order, with the "
    "customer"
)


@dataclass(frozen=True)
class Shape:
    """A table told by the shape of a file: the origin of each contract column, and what is doubtful."""

    table: str
    columns: dict[str, str]
    doubts: dict[str, str] = field(default_factory=dict)


def told(values: dict[str, list[str]]) -> Shape | None:
    """Return the table that a file seems to be: a panel, a test, a survey, or leads without dates; None for another.

    values: {column: distinct values as text}, as in a file's layout.
    """
    first = _panel(values) or _test(values) or _survey(values) or leads(values) or _survey(values, ANY_SCORE)
    return first or _test(values, shape_words.arm_by_values(values, is_number))


def is_number(texts: list[str]) -> bool:
    """Whether nearly all values of a column are plain numbers, with a point or a comma."""
    ways = (NUMBER.fullmatch, WITH_COMMA.fullmatch)
    wrong = sum(1 for text in texts if not any(way(text.strip()) for way in ways))
    return bool(texts) and wrong <= NO_NUMBER * len(texts)


def arm_of(values: dict[str, list[str]]) -> str:
    """The column that says to which arm a unit was assigned, "" where none seems to."""
    few = {words.plain(name): name for name, texts in values.items() if _may_be_arms(texts)}
    exact = [few[name] for name in shape_words.NAMES["arm"] if name in few]
    sure = [
        one
        for one in exact
        if words.plain(one) not in shape_words.DOUBTFUL
        or any(map(controls.CONTROL.match, values[one]))
        or len(set(values[one])) == 1
        or (
            words.plain(one) in shape_words.OF_TOOLS and all(map(shape_words.LETTERED.fullmatch, values[one]))
        )
    ]
    parts = [
        column for name in shape_words.PARTLY for plain, column in few.items() if f" {name} " in f" {plain} "
    ]
    return next(iter([*sure, *parts]), "")


def _may_be_arms(texts: list[str]) -> bool:
    """Whether a column has a few values, or one alone that an arm is called."""
    different = set(texts)
    alone = len(different) == 1 and shape_words.ONE_ARM.fullmatch(next(iter(different)).strip())
    return bool(alone) or 2 <= len(different) <= MOST_ARMS


def id_of(values: dict[str, list[str]]) -> str:
    """The column that names units, "" where none does."""
    ids = [
        name for name, texts in values.items() if IDS.search(words.plain(name)) and len(texts) >= FEWEST_IDS
    ]
    named = next((name for name in ids if PERSON.search(words.plain(name))), next(iter(ids), ""))
    glued = [name for name, texts in values.items() if GLUED_ID.search(name) and len(texts) >= FEWEST_IDS]
    return named or max(glued, key=lambda name: len(values[name]), default="")


def since_of(values: dict[str, list[str]]) -> str:
    """The column of a panel that says since when a unit is treated, "" where none seems to."""
    plain = {words.plain(column): column for column in reversed(values)}
    named = [plain[one] for one in shape_words.NAMES["since"] if one in plain]
    sure = (
        one
        for one in named
        if period_values.are_years(values[one]) or period_values.are_periods(values[one], least=1)
    )
    longer = (
        one
        for key, one in plain.items()
        if shape_words.SINCE.search(key) and period_values.are_periods(values[one], least=1)
    )
    return next(sure, "") or next(longer, "")


def treated_of(values: dict[str, list[str]]) -> str:
    """What says whether a panel's unit is treated in a period: a flag, or one of units and one of periods; "" for none."""
    plain = {words.plain(column): column for column in reversed(values)}
    flags, after = (
        [
            plain[one]
            for one in shape_words.NAMES[key]
            if one in plain and yes_or_no.is_flag(values[plain[one]])
        ]
        for key in ("flag", "post")
    )
    if not flags or not after:
        return next(iter([*flags, *after]), "") or _in_force(values)
    both = " AND ".join(f"\"{name}\" = '{yes_or_no.yes(values[name])}'" for name in (flags[0], after[0]))
    return f"CASE WHEN {both} THEN 1 ELSE 0 END"


def _in_force(values: dict[str, list[str]]) -> str:
    """Whether a change is in force in a period, where a column says "live" of some and "not yet" of the others."""
    for name, texts in values.items():
        said = {text: words.plain(text) for text in texts}
        live = [text for text, plain in said.items() if shape_words.IN_FORCE.fullmatch(plain)]
        waiting = [text for text, plain in said.items() if shape_words.NOT_YET.fullmatch(plain)]
        if len(live) == len(waiting) == 1 and len(said) == 2:
            return f"CASE WHEN {sql_name(name)} = {sql_text(live[0])} THEN 1 ELSE 0 END"
    return ""


def has_control(shape: Shape, values: dict[str, list[str]]) -> bool:
    """Whether a shape is a test one of whose arms bears the name of a control, or all of them letters as A and B."""
    if shape.table != "experiment_units":
        return False
    arm = shape.columns["arm"]
    if arm not in values:
        return True  # an expression names it itself
    lettered = len(set(values[arm])) > 1 and all(map(shape_words.LETTERED.fullmatch, values[arm]))
    return lettered or any(map(controls.CONTROL.match, values[arm]))


def is_named_arm(shape: Shape) -> bool:
    """Whether the arms of a test stand in a column whose name means nothing else."""
    arm = words.plain(shape.columns["arm"])
    return arm not in shape_words.DOUBTFUL and not arm.startswith("case when ")


def is_test_beyond_doubt(shape: Shape | None, values: dict[str, list[str]]) -> bool:
    """Whether a shape is a test one of whose arms nothing but a control is called."""
    if shape is None or shape.table != "experiment_units":
        return False
    arm = shape.columns["arm"]
    return arm not in values or any(map(shape_words.STRICT_CONTROL.search, values[arm]))


def _test(values: dict[str, list[str]], by_values: str = "") -> Shape | None:
    flag = controls.control_flag(values)
    arm = flag or arm_of(values) or by_values
    rest = {name: texts for name, texts in values.items() if name != arm and f'"{name}"' not in flag}
    if not arm or not any(yes_or_no.is_flag(texts) or is_number(texts) for texts in rest.values()):
        return None
    columns = {"unit_id": id_of(rest) or ROW_NUMBER, "arm": arm}
    for name in ("stratum", "cluster", "assigned"):
        own = next((one for one in rest if words.plain(one) in shape_words.DESIGN.get(name, (name,))), None)
        columns |= {name: own} if own else {}
    several = "if it stands in several rows, state `unit_id: row_number` and this column as cluster"
    said = "no column names a unit" if columns["unit_id"] == ROW_NUMBER else several
    return Shape("experiment_units", columns, {"unit_id": said})


def any_panel(values: dict[str, list[str]]) -> Shape | None:
    """A panel whose unit has no known name: the only column of words, beside periods and numbers; None for any other."""
    made_of = period_values.of(values)[3]
    of_words = [name for name, texts in values.items() if name not in made_of and not is_number(texts)]
    alone = len(of_words) == 1 and len(set(values[of_words[0]])) >= FEWEST_UNITS
    return _panel(values, of_words[0]) if alone and not yes_or_no.is_flag(values[of_words[0]]) else None


def _panel(values: dict[str, list[str]], unit: str = "") -> Shape | None:
    plain = {words.plain(column): column for column in reversed(values)}
    period, day, said, made_of = period_values.of(values)
    if not period:
        return None
    rest = {name: texts for name, texts in values.items() if name not in made_of}
    units = [
        f"{one}{suffix}"
        for suffix in (" id", " code", " no", " number", "")
        for one in shape_words.NAMES["unit"]
    ]
    named = (plain[one] for one in units if one in plain and len(values[plain[one]]) > 1)
    unit = unit or next(named, "")
    if not unit:
        return _with_units_across(period, values[period], rest) if day == period else None
    del rest[unit]
    if id_of(rest):
        return None  # rows are of customers or orders, not of a unit's period
    treated, since = treated_of(rest), since_of(rest)
    free = [name for name in rest if is_number(rest[name]) and name != since and not _is_code(name)]
    free = [name for name in free if not yes_or_no.is_flag(rest[name]) and words.plain(name) not in units]
    outcomes = list(
        dict.fromkeys([plain[one] for one in shape_words.NAMES["outcome"] if plain.get(one) in free] + free)
    )
    if not outcomes:
        return None
    by_year = bool(since) and period_values.are_years(values[since])
    if day == period:
        day = period_values.first_of_year(period) if by_year else period_values.as_day(period, values[period])
    columns = {"unit": unit, "period": day, "outcome": outcomes[0]}
    doubts = {"outcome": f"or {', '.join(outcomes[1:6])}"} if outcomes[1:] else {}
    doubts |= {"period": said} if said else {}
    if since:
        first = f'CASE WHEN "{since}" > 0 THEN {period_values.first_of_year(since)} END'
        columns["treated_from"] = first if by_year else since
    elif treated:
        columns["treated"] = treated
        doubts["treated"] = EVER
    return Shape("panel", columns, doubts)


def treated_panel(values: dict[str, list[str]]) -> Shape | None:
    """A panel that says since when units are treated; None for any other file."""
    found = _panel(values)
    return found if found and {"treated_from", "treated"} & set(found.columns) else None


def _with_units_across(period: str, texts: list[str], rest: dict[str, list[str]]) -> Shape | None:
    """A panel with a column per unit: one column of periods, and nothing but numbers beside it."""
    named = {*shape_words.NAMES["outcome"], *shape_words.NAMES["arm"]}
    other = [name for name in rest if words.plain(name) in named or IDS.search(words.plain(name))]
    numbers = all(is_number(one) and not yes_or_no.is_flag(one) for one in rest.values())
    if other or not numbers or len(rest) < FEWEST_UNITS:
        return None
    doubt = f"each of {', '.join(list(rest)[:3])} and the others is a unit"
    columns = {"unit": COLUMN_NAMES, "period": period_values.as_day(period, texts), "outcome": "outcome"}
    return Shape("panel", columns, {"unit": doubt, "outcome": "what stands under them"})


def _is_id(name: str) -> bool:
    return bool(IDS.search(words.plain(name)))


def _is_code(name: str) -> bool:
    return _is_id(name) or words.plain(name).endswith(("no", "code", "id", "fips"))


def recommends(values: dict[str, list[str]]) -> str:
    """The column with answers from 0 to 10 to whether one would recommend, "" where none is."""
    return next((name for name in values if SCORE.search(name) and _are_scores(values[name])), "")


def _survey(values: dict[str, list[str]], names: tuple[str, ...] = ()) -> Shape | None:
    """A survey by the name of its question, or by one of `names`, and answers from 0 to 10."""
    fitting = (name for name in values if words.plain(name) in names or (not names and SCORE.search(name)))
    score = next((name for name in fitting if _are_scores(values[name])), "")
    if not score:
        return None
    day = next(
        (name for name in values if name != score and period_values.are_periods(values[name], least=1)), ""
    )
    columns = {
        "customer_id": id_of(values) or next(filter(_is_id, values), ROW_NUMBER),
        "score": _as_score(score, values[score]),
        "asked_at": day or f"'{date.today()}'",
    }
    return Shape(
        "surveys", columns, {} if day else {"asked_at": "no column holds a day: state the day of the survey"}
    )


def _are_scores(texts: list[str]) -> bool:
    """Whether a column holds answers from 0 to 10, with words behind some ("10 - extremely likely"), or their classes."""
    return bool(texts) and (all(map(ANSWER.fullmatch, texts)) or _are_classes(texts))


def _are_classes(texts: list[str]) -> bool:
    found = {text.strip().casefold().removesuffix("s") for text in texts}
    return found <= {"promoter", "passive", "neutral", "detractor"} and bool(
        found & {"promoter", "detractor"}
    )


def _as_score(column: str, texts: list[str]) -> str:
    """The column, or the expression that makes a number of it where words stand beside numbers, or classes."""
    name = f'"{column}"'
    if _are_classes(texts):
        promoter, detractor = (f"{name} ILIKE '%{word}%'" for word in ("promoter", "detractor"))
        return f"CASE WHEN {promoter} THEN 10 WHEN {detractor} THEN 0 WHEN {name} <> '' THEN 8 END"
    return (
        column
        if is_number(texts) and all(map(NUMBER.fullmatch, texts))
        else f"regexp_extract({name}, '[0-9]+')"
    )


def leads(values: dict[str, list[str]]) -> Shape | None:
    """Leads without dates: a column says of each whether it was won; None where none does."""
    won = next(
        (
            name
            for name in values
            if shape_words.WON.fullmatch(words.plain(name)) and yes_or_no.is_flag(values[name])
        ),
        "",
    )
    if not won or len(values) < 3:
        return None
    plain = {words.plain(column): column for column in reversed(values) if column != won}
    known = {name: words.finds(words.names("leads")[name], plain) for name in ("lead_id", "channel")}
    channels = [*known["channel"], *(plain[one] for one in ("contact", "origin") if one in plain)]
    columns = {"lead_id": next(iter(known["lead_id"]), "") or id_of(values) or ROW_NUMBER, "won": won}
    channels = [name for name in channels if not is_number(values[name])]
    columns |= {"channel": channels[0]} if channels else {}
    arms = [name for name, texts in values.items() if 2 <= len(set(texts)) <= MOST_ARMS]
    arms = [
        name
        for name in arms
        if words.plain(name) in shape_words.NAMES["arm"] and name not in columns.values()
    ]
    test = f"columns: {{unit_id: {columns['lead_id']}, arm: {sql_name(arms[0])}}}" if arms else ""
    said = (
        f"; if {arms[0]} was drawn by lot, it is a test: experiment_units with {test}, unit_outcomes: [{won}]"
        if arms
        else ""
    )
    return Shape("leads", columns, {"won": f"says who became a customer{said}"})
