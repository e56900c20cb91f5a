"""Read a study file (reports/STUDY.yaml): what is analysed, as of when, from which tables."""

import calendar
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from helpers import paths
from helpers.errors import StudyError, without_secrets
from helpers.languages import ENGLISH, LANGUAGES
from helpers.study import country, open_checks, strict_yaml, table_settings, writing
from helpers.study.catalogue import Entry, load_catalogue, notebook_path
from helpers.study.labels import Labels, read_labels
from helpers.study.parameters import checked, notebook_parameters
from helpers.study.source_address import FOLDER, SourceAddress
from helpers.study.table_columns import TABLES, Contract

TIME_UNITS = ("day", "week", "month")
SHORTEST_DAYS = {"day": 1, "week": 7, "month": 31, "year": 366}  # no unit is taken for fewer days than it has
MOST_DIGITS = 7  # of a hold-out's number
MOST_MINUTES = 100_000  # ten weeks
LONGEST_NAME = 120  # bytes, so that files named after it have room
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True)
class TableSpec:
    """How one table of the study is read where it differs from the contract."""

    path: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int = 1
    footer_rows: int = 0
    rename_columns: dict[int, str] = field(default_factory=dict)
    decimal: str | None = None
    thousands: str | None = None
    grouping: str | None = None
    currency_sign: str | None = None
    negative: str | None = None
    date_format: str | None = None
    date_formats: dict[str, str] = field(default_factory=dict)
    years: str | None = None
    timezones: dict[str, str] = field(default_factory=dict)
    where: tuple[str, ...] = ()
    rules: dict[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    keep_latest: str | None = None
    amount_per: str | None = None
    joined_within: int | None = None
    row_per: str | None = None
    known_values: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """One study file, checked: names exist, dates are dates, parameters have their declared types."""

    name: str
    path: Path
    title: str
    as_of: date
    holdout_days: int | None
    compare_to: date | None
    timezone: str
    currency: str
    time_unit: str
    source: SourceAddress
    tables: dict[str, TableSpec]
    notebooks: tuple[str, ...] | None
    parameters: dict
    overrides: dict[str, dict]
    min_group_size: int = 10
    notebook_minutes: int = 240
    fit_minutes: int = 120
    ids: str = "as given"
    export_ids: str = "as given"
    left_to_check: tuple[str, ...] = ()
    labels: Labels = field(default_factory=dict)
    language: str = ENGLISH
    country: str = ""

    @property
    def earlier(self) -> date:
        """The date that pages compare `as_of` with: `compare_to`, or else 90 days before."""
        return self.compare_to or self.as_of - timedelta(days=90)


REQUIRED = ("title", "as_of", "timezone", "currency", "source")
KEYS = (
    *REQUIRED,
    *(
        "holdout",
        "compare_to",
        "time_unit",
        "tables",
        "notebooks",
        "parameters",
        "overrides",
        "min_group_size",
        "notebook_minutes",
        "fit_minutes",
        "ids",
        "export_ids",
        "labels",
        "language",
        "country",
    ),
)
IDS = ("as given", "normalised")
PSEUDONYMS = "pseudonyms"
EXPORT_IDS = ("as given", PSEUDONYMS)


def load_study(name_or_path: str | Path, notebooks_dir: Path | None = None) -> Study:
    """Read and check a study: "demo" means reports/demo.yaml, anything else is the path of a study file.

    Raises StudyError on anything that is wrong, naming it and what exists, before anything runs.
    `notebooks_dir` holds the notebooks and catalogue.yaml (default: the project's own).
    """
    path = _study_path(name_or_path)
    given = strict_yaml.read(path)
    for key in given:
        if key not in KEYS:
            raise strict_yaml.unknown("key", key, KEYS, str(path))
    missing = [key for key in REQUIRED if key not in given]
    if missing:
        raise StudyError(f"{path} does not say {' and '.join(missing)}: add `{missing[0]}: ...`.")

    def value(key: str, kind: str = "str", default: object = None) -> Any:
        return strict_yaml.convert(given[key], kind, f"{path}: {key}") if key in given else default

    as_of = _day_of_study("as_of", value("as_of", "date"), path)
    catalogue = load_catalogue(notebooks_dir / "catalogue.yaml" if notebooks_dir else None)
    parameters, overrides = _parameters(given, path, catalogue, notebooks_dir)
    return Study(
        name=path.stem,
        path=path,
        title=value("title"),
        as_of=as_of,
        holdout_days=_holdout(value("holdout"), as_of, path),
        compare_to=_compare_to(_day_of_study("compare_to", value("compare_to", "date"), path), as_of, path),
        timezone=_timezone(value("timezone"), path),
        currency=_currency(value("currency"), path),
        language=_one_of("language", value("language", default=ENGLISH), LANGUAGES, path),
        country=country.checked(value("country"), f"{path}: country") if "country" in given else "",
        time_unit=_one_of("time_unit", value("time_unit", default="week"), TIME_UNITS, path),
        source=_source(value("source"), path),
        tables=_tables(given, path),
        notebooks=_notebooks(given, path, catalogue),
        parameters=parameters,
        overrides=overrides,
        ids=_one_of("ids", value("ids", default=IDS[0]), IDS, path),
        export_ids=_one_of("export_ids", value("export_ids", default=EXPORT_IDS[0]), EXPORT_IDS, path),
        min_group_size=_at_least_one("min_group_size", value("min_group_size", "int", 10), path),
        notebook_minutes=_at_least_one("notebook_minutes", value("notebook_minutes", "int", 240), path),
        fit_minutes=_at_least_one("fit_minutes", value("fit_minutes", "int", 120), path),
        left_to_check=open_checks.left_in(path),
        labels=read_labels(given.get("labels", {}), path),
    )


def parameters_for(study: Study, notebook: str, notebooks_dir: Path | None = None) -> dict:
    """The study's values for the parameters that `notebook` declares: study-wide ones, then its overrides."""
    declared = notebook_parameters(notebook, notebooks_dir)
    given = study.parameters | study.overrides.get(notebook, {})
    return {name: value for name, value in given.items() if name in declared}


def language_of(name_or_path: str | Path) -> str:
    """The language that a study's file asks for, also where its other lines are wrong; English where it asks for none."""
    try:
        text = _study_path(name_or_path).read_text(encoding="utf-8-sig", errors="replace")
    except (StudyError, OSError):
        return ENGLISH
    found = re.search(r"^language:\s*[\"']?(\w+)", text, re.M)
    return found[1] if found and found[1] in LANGUAGES else ENGLISH


def _study_path(name_or_path: str | Path) -> Path:
    given = Path(name_or_path)
    if given.suffix in (".yaml", ".yml"):
        candidates = [given, paths.ROOT / given, paths.REPORTS / given]
    else:
        candidates = [paths.REPORTS / f"{given}.yaml"]
    path = next((c for c in candidates if c.is_file()), None)
    if path is None:
        known = sorted(p.stem for p in paths.REPORTS.glob("*.yaml"))
        raise strict_yaml.unknown("study", str(name_or_path), known, f"No file {candidates[0]}")
    path = path.resolve()
    if not re.fullmatch(r"[\w-]+", path.stem) or len(path.stem.encode()) > LONGEST_NAME:
        raise StudyError(
            f"{path}: name the file with letters, digits, - and _ only, in at most {LONGEST_NAME} bytes; it names the "
            "report's folder."
        )
    return path


def _parameters(
    given: dict, path: Path, catalogue: dict[str, Entry], folder: Path | None
) -> tuple[dict, dict]:
    """Study-wide parameters and overrides per notebook: names exist, values are allowed."""
    existing = [name for name in catalogue if notebook_path(name, folder).is_file()]
    declared = {name: notebook_parameters(name, folder) for name in existing}
    where = f"{path}: parameters"
    parameters = checked(_mapping(given.get("parameters", {}), where), declared, where)
    overrides = {}
    for notebook, values in _mapping(given.get("overrides", {}), f"{path}: overrides").items():
        if notebook not in catalogue:
            raise strict_yaml.unknown("notebook", notebook, catalogue, f"{path}: overrides")
        own, where = {notebook: declared.get(notebook, {})}, f"{path}: overrides.{notebook}"
        overrides[notebook] = checked(_mapping(values, where), own, where)
    return parameters, overrides


def _notebooks(given: dict, path: Path, catalogue: dict[str, Entry]) -> tuple[str, ...] | None:
    wanted = given.get("notebooks", "all")
    if wanted == "all":
        return None
    if not isinstance(wanted, list) or not wanted:
        raise StudyError(
            f"{path}: notebooks must be `all` or a list like [01_data_quality, 12_rfm_segments]."
        )
    for notebook in wanted:
        if not isinstance(notebook, str) or notebook not in catalogue:
            raise strict_yaml.unknown("notebook", str(notebook), catalogue, f"{path}: notebooks")
    return tuple(wanted)


def _tables(given: dict, path: Path) -> dict[str, TableSpec]:
    tables = _mapping(given.get("tables", {}), f"{path}: tables")
    if not tables:
        return {}
    for table in tables:
        if table not in TABLES:
            raise strict_yaml.unknown("table", table, TABLES, f"{path}: tables")
    return {name: _table(fields, f"{path}: tables.{name}", TABLES[name]) for name, fields in tables.items()}


def _table(fields: object, where: str, contract: Contract) -> TableSpec:
    fields = dict(_mapping(fields, where))
    allowed = [*TableSpec.__dataclass_fields__]
    columns = _texts(fields.pop("columns", {}), f"{where}.columns")
    if "amount" in fields:  # `amount: quantity * price` beside the columns reads better than inside them
        columns["amount"] = strict_yaml.convert(fields.pop("amount"), "str", f"{where}.amount")
    known = [column.name for column in contract.columns]
    for column in columns:
        if column not in known and not contract.attributes:
            raise strict_yaml.unknown("column", column, known, f"{where}.columns")
    rules = _texts(
        fields.pop("rules", {}), f"{where}.rules"
    )  # known to helpers.contracts, which refuses others
    lists: dict[str, Any] = {}
    for key in ("where", "ignore"):
        lines = fields.pop(key, [])
        lines = [lines] if isinstance(lines, str) else lines
        lists[key] = tuple(strict_yaml.convert(lines, "list[str]", f"{where}.{key}"))
    written = writing.layout(fields, where) | writing.formats(fields, where, contract)
    for column, zone in written.get("timezones", {}).items():
        _timezone(zone, f"{where}.timezones.{column}")
    lists["known_values"] = table_settings.known_values(fields, where)
    special = table_settings.of_one_table(fields, where, contract.name)
    for key in fields:
        if key not in allowed:
            raise strict_yaml.unknown("key", key, allowed, where)
    others: dict[str, Any] = {**lists, **written, **special, **_texts(fields, where)}
    return TableSpec(columns=columns, rules=rules, **others)


def _texts(values: object, where: str) -> dict[str, str]:
    return {k: strict_yaml.convert(v, "str", f"{where}.{k}") for k, v in _mapping(values, where).items()}


def _mapping(values: object, where: str) -> dict:
    if not isinstance(values, dict):
        raise StudyError(f"{where} must be `name: value` pairs; it is {values or 'empty'!r}.")
    return values


def _holdout(text: str | None, as_of: date, path: Path) -> int | None:
    """Days of a hold-out like "39 weeks"; months count back from `as_of` in the calendar."""
    if text is None:
        return None
    match = re.fullmatch(r"([1-9]\d*) *(day|week|month|year)s?", text.strip())
    if not match:
        raise StudyError(
            f'{path}: holdout is {text!r}; write a number and a unit, like "39 weeks" or "6 months".'
        )
    number, unit = int(match[1][:MOST_DIGITS]), match[2]
    if len(match[1]) > MOST_DIGITS or number * SHORTEST_DAYS[unit] >= as_of.toordinal():
        raise StudyError(
            f"{path}: holdout is {text!r}, which begins before the year 1; write how long before as_of {as_of} it begins, "
            'like "39 weeks" or "6 months".'
        )
    if unit in ("day", "week"):
        return number * SHORTEST_DAYS[unit]
    return (as_of - _months_before(as_of, number * {"month": 1, "year": 12}[unit])).days


def _months_before(day: date, months: int) -> date:
    """The same day `months` earlier; the last day of a month stays the last day of a month."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    is_last = (day + timedelta(days=1)).day == 1
    return date(year, month + 1, last if is_last else min(day.day, last))


def _day_of_study(key: str, day: Any, path: Path) -> Any:
    """A day on which business may have stood, or None."""
    if day is not None and not FIRST_DAY <= day <= LAST_DAY:
        raise StudyError(f"{path}: {key} is {day}; write a day from {FIRST_DAY} to {LAST_DAY}.")
    return day


def _compare_to(day: date | None, as_of: date, path: Path) -> date | None:
    if day is not None and day >= as_of:
        raise StudyError(f"{path}: compare_to {day} is not before as_of {as_of}.")
    return day


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def _timezone(name: str, path: Path | str) -> str:
    if name not in _timezones():
        if near := strict_yaml.nearest(name, _timezones()):
            raise StudyError(
                f"{path}: unknown timezone {name!r}. Did you mean {near!r}? Write a name like Asia/Ho_Chi_Minh or UTC."
            )
        raise StudyError(f"{path}: unknown timezone {name!r}. Write a name like Asia/Ho_Chi_Minh or UTC.")
    return name


def _currency(code: str, path: Path) -> str:
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise StudyError(f"{path}: currency is {code!r}; write its three-letter code, like USD, EUR or VND.")
    return code


def _one_of(key: str, value: str, allowed: tuple[str, ...], path: Path) -> str:
    if value not in allowed:
        raise StudyError(f"{path}: {key} is {value!r}; it must be one of {', '.join(allowed)}.")
    return value


def _at_least_one(key: str, value: int, path: Path) -> int:
    if not 1 <= value <= MOST_MINUTES:
        raise StudyError(f"{path}: {key} is {value}; it must be 1 or more, and at most {MOST_MINUTES:,}.")
    return value


def _source(text: str, path: Path) -> SourceAddress:
    """`demo`, a database's address or an existing folder."""
    source = SourceAddress.of(text)
    if source.kind == FOLDER and not source.folder.is_dir():
        raise StudyError(
            f"{path}: source is {source.shown!r}, but there is no folder {without_secrets(str(source.folder))}. "
            "A database's address begins like sqlite:///, duckdb:/// or postgres://."
        )
    return source
