"""Read a study file (reports/STUDY.yaml): what is analysed, as of when, from which tables."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from helpers import paths
from helpers.errors import StudyError
from helpers.languages import ENGLISH, LANGUAGES
from helpers.study import country, open_checks, settings, strict_yaml, table_settings, writing
from helpers.study.catalogue import Entry, load_catalogue, notebook_path
from helpers.study.labels import Labels, read_labels
from helpers.study.parameters import checked, notebook_parameters
from helpers.study.source_address import SourceAddress
from helpers.study.table_columns import TABLES, Contract

TIME_UNITS = ("day", "week", "month")
LONGEST_NAME = 120  # bytes, so that files named after it have room


@dataclass(frozen=True)
class TableSpec:
    """How one table of the study is read where it differs from the contract."""

    path: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    delimiter: str | None = None
    quotes: str | None = None
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

    as_of = settings.day("as_of", value("as_of", "date"), path)
    catalogue = load_catalogue(notebooks_dir / "catalogue.yaml" if notebooks_dir else None)
    parameters, overrides = _parameters(given, path, catalogue, notebooks_dir)
    return Study(
        name=path.stem,
        path=path,
        title=value("title"),
        as_of=as_of,
        holdout_days=settings.holdout_days(value("holdout"), as_of, path),
        compare_to=settings.earlier_day(
            settings.day("compare_to", value("compare_to", "date"), path), as_of, path
        ),
        timezone=settings.timezone(value("timezone"), path),
        currency=settings.currency(value("currency"), path),
        language=settings.one_of("language", value("language", default=ENGLISH), LANGUAGES, path),
        country=country.checked(value("country"), f"{path}: country") if "country" in given else "",
        time_unit=settings.one_of("time_unit", value("time_unit", default="week"), TIME_UNITS, path),
        source=settings.source(value("source"), path),
        tables=_tables(given, path),
        notebooks=_notebooks(given, path, catalogue),
        parameters=parameters,
        overrides=overrides,
        ids=settings.one_of("ids", value("ids", default=IDS[0]), IDS, path),
        export_ids=settings.one_of(
            "export_ids", value("export_ids", default=EXPORT_IDS[0]), EXPORT_IDS, path
        ),
        min_group_size=settings.at_least_one("min_group_size", value("min_group_size", "int", 10), path),
        notebook_minutes=settings.at_least_one(
            "notebook_minutes", value("notebook_minutes", "int", 240), path
        ),
        fit_minutes=settings.at_least_one("fit_minutes", value("fit_minutes", "int", 120), path),
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
        settings.timezone(zone, f"{where}.timezones.{column}")
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
