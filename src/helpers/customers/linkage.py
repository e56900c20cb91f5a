"""Find the same person or firm again in the records of all touchpoints (Fellegi and Sunter 1969, with Splink).

Two records are compared by name, e-mail, phone and address. Each agreement or disagreement weighs as much as it is
more common among records of one person (m) than among records of two (u): u is counted on random pairs, m learned by
expectation-maximisation, a rare name weighs more than a common one. Records that are linked, directly or through others,
are one entity. The work is done in DuckDB inside this process, whatever engine the study's tables come from.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from splink import Linker
    from splink.comparison_library import CustomComparison
    from splink.internals.blocking_rule_creator import BlockingRuleCreator
    from splink.internals.comparison_level_creator import ComparisonLevelCreator

FIELDS = ("name", "email", "phone", "address")
# A value held by more records than this is nobody's own (a till's placeholder, a switchboard of a whole
# building): as e-mail or phone it is no evidence, and of no field does it bring records together to be compared.
MOST_SHARED = {"name": 100, "email": 20, "phone": 20, "address": 50}
FEWEST_TO_LEARN = 100  # pairs that surely match; with fewer, the weights below are used as they are
LEAST_PROBABILITY = 0.001  # pairs below it are not kept
RANDOM_PAIRS, RECALL_OF_SURE_PAIRS = 1e6, 0.7
ONE_DIGIT_BY_CHANCE = (
    1e-5  # too rare to be counted; above 81 in a billion because numbers are given in blocks
)
# For each field how often records of one person agree to this degree: the start of learning.
AGREEMENT = {
    "name": {
        "the same words": 0.83,
        "nearly the same letters": 0.08,
        "one has all words of the other": 0.05,
        "two words or most letters in common": 0.035,
        "another name": 0.005,  # not learned: families who share a home and a phone would teach a wrong value
    },
    "email": {"the same": 0.8, "the same number and provider": 0.05, "another": 0.15},
    "phone": {"the same": 0.85, "one digit apart": 0.02, "another": 0.13},
    "address": {"the same words": 0.9, "another": 0.1},
}
# Letters at an end: of texts this long, what adds, leaves out, changes or exchanges one letter spares those of one end.
ENDS, LONG = 3, 7


def one_apart(field: str) -> str:
    """SQL: whether the distance of Damerau and Levenshtein is at most 1, worked out only where lengths and ends allow it."""
    one, other = f"{field}_l", f"{field}_r"
    ends = " OR ".join(f"{end}({one}, {ENDS}) = {end}({other}, {ENDS})" for end in ("left", "right"))
    short = f"least(length({one}), length({other})) < {LONG}"
    near = f"abs(length({one}) - length({other})) <= 1 AND ({short} OR {ends})"
    return f"({near} AND damerau_levenshtein({one}, {other}) <= 1)"


_NAME_SQL = (
    f"jaro_winkler_similarity(name_l, name_r) >= 0.92 OR {one_apart('letters')}",
    "list_has_all(words_l, words_r) OR list_has_all(words_r, words_l)",
    "len(list_intersect(words_l, words_r)) >= 2 OR jaro_winkler_similarity(name_l, name_r) >= 0.85",
)
_PREPARE = r"""
CREATE MACRO bare(x) AS nullif(trim(regexp_replace(
    replace(strip_accents(lower(x)), 'đ', 'd'), '[^\p{L}\p{N}]+', ' ', 'g')), '');
CREATE MACRO words_of(x) AS list_sort(list_filter(string_split(bare(x), ' '), lambda w: w NOT IN
    ('cong', 'ty', 'cty', 'tnhh', 'ltd', 'limited', 'inc', 'gmbh', 'llc', 'so', 'duong', 'street', 'no')));
CREATE TABLE known AS SELECT
    contact_id,
    nullif(array_to_string(words_of(name), ' '), '') AS name,
    words_of(name) AS words,
    replace(bare(name), ' ', '') AS letters, -- as written: a wrong first letter puts sorted words into another order
    nullif(lower(trim(email)), '') AS email,
    nullif(regexp_extract(lower(email), '^[^0-9@]*([0-9]{2,})@', 1), '') AS email_number,
    nullif(split_part(lower(trim(email)), '@', 2), '') AS provider,
    nullif(right(regexp_replace(phone, '[^0-9]', '', 'g'), 9), '') AS phone,
    nullif(array_to_string(words_of(address), ' '), '') AS address
FROM given;
"""


@dataclass(frozen=True)
class Linkage:
    """What was found: `records` (contact_id, customer_id, touchpoint, entity), scored `pairs`, and how.

    `pairs` has left, right (contact_id) and probability, for all pairs that were compared and are not hopeless.
    `weights` has a row per field and degree of agreement with m, u, log2(m / u) and share, m as a part of the field.
    `shared` has a row per field with the values that too many records share. `learned`: whether m comes from this data.
    """

    records: pd.DataFrame
    pairs: pd.DataFrame
    weights: pd.DataFrame
    shared: pd.DataFrame
    threshold: float
    learned: bool


def link(contacts: pd.DataFrame, threshold: float = 0.95, seed: int = 1) -> Linkage:
    """Link the records of a contacts table (columns of the contract, gaps allowed); one row needs no linking.

    `threshold`: pairs with at least this match probability are linked. The entity of a record is the smallest
    contact_id among those linked to it.
    """
    contacts = contacts.reindex(columns=["contact_id", "customer_id", "touchpoint", *FIELDS])
    contacts = contacts.astype("string").sort_values("contact_id", ignore_index=True)
    con = _prepared(contacts)
    shared = _set_aside_shared(con)
    held = [field for field in FIELDS if contacts[field].notna().sum() > 1]
    pairs, weights, learned = _scored(con, held, seed) if held else (_NO_PAIRS, _NO_WEIGHTS, False)
    con.close()
    records = contacts[["contact_id", "customer_id", "touchpoint"]].copy()
    records["entity"] = entities(records["contact_id"], pairs, threshold)
    return Linkage(records, pairs, weights, shared, threshold, learned)


def entities(contact_ids: pd.Series, pairs: pd.DataFrame, threshold: float) -> pd.Series:
    """The entity of every record when pairs of at least `threshold` are linked: connected components."""
    from scipy.sparse import coo_array  # noqa: PLC0415
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    ids = pd.Index(contact_ids)
    linked = pairs[pairs["probability"] >= threshold]
    left, right = ids.get_indexer(linked["left"]), ids.get_indexer(linked["right"])
    graph = coo_array((np.ones(len(linked)), (left, right)), shape=(len(ids), len(ids)))
    _, component = connected_components(graph, directed=False)
    return pd.Series(contact_ids.to_numpy(), index=contact_ids.index).groupby(component).transform("min")


# ---- Splink
_NO_PAIRS = pd.DataFrame(
    {"left": pd.Series(dtype="string"), "right": pd.Series(dtype="string"), "probability": 0.0}
)
_NO_WEIGHTS = pd.DataFrame(columns=["field", "agreement", "m", "u", "weight", "share"])


def _prepared(contacts: pd.DataFrame) -> "DuckDBPyConnection":
    """A DuckDB connection with the table `known`: words in any order, without accents, digits of the phone."""
    from helpers import tables  # noqa: PLC0415

    con = tables.connect().con
    con.register("given", contacts.astype(object).where(contacts.notna(), None))
    con.execute(_PREPARE)
    return con


def _set_aside_shared(con: "DuckDBPyConnection") -> pd.DataFrame:
    """Give every field a key that is empty where too many share the value; drop such e-mails and phones."""
    rows = []
    for field, most in MOST_SHARED.items():
        common = (
            f"(SELECT {field} FROM known WHERE {field} IS NOT NULL GROUP BY {field} HAVING count(*) > {most})"
        )
        con.execute(f"ALTER TABLE known ADD COLUMN {field}_key VARCHAR")
        con.execute(f"UPDATE known SET {field}_key = CASE WHEN {field} NOT IN {common} THEN {field} END")
        found = con.execute(f"SELECT count(DISTINCT {field}), count(*) FROM known WHERE {field} IN {common}")
        values, records = found.fetchall()[0]  # an unfinished result blocks the connection
        rows.append({"field": field, "most": most, "values": values, "records": records})
        if field in ("email", "phone"):
            con.execute(f"UPDATE known SET {field} = {field}_key")
    return pd.DataFrame(rows)


def _scored(con: "DuckDBPyConnection", held: list[str], seed: int) -> tuple[pd.DataFrame, pd.DataFrame, bool]:
    """All pairs that agree on a key, with their match probability; the weights; whether these were learned."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    keys = [f"{field}_key" for field in held]
    if not any(_agreeing(con, (key,)) for key in keys):
        return _NO_PAIRS, _NO_WEIGHTS, False
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="contact_id",
        comparisons=[_comparison(field) for field in held],
        blocking_rules_to_generate_predictions=[block_on(key) for key in keys],
        probability_two_random_records_match=1 / con.execute("SELECT count(*) FROM known").fetchall()[0][0],
    )
    linker = Linker(DuckDBAPI(con).register("known"), settings, log_level="ERROR")
    together = [("email_key",), ("phone_key", "name"), ("name_key", "address_key")]
    sure = [columns for columns in together if {name.removesuffix("_key") for name in columns} <= set(held)]
    agreeing = max((_agreeing(con, columns) for columns in sure), default=0)
    training = linker.training
    if agreeing:
        rules: list[str | BlockingRuleCreator] = [block_on(*columns) for columns in sure]
        training.estimate_probability_two_random_records_match(rules, recall=RECALL_OF_SURE_PAIRS)
    training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=seed, num_chunks=1)
    teachers = [f"{field}_key" for field in ("email", "phone") if field in held]
    learned = agreeing >= FEWEST_TO_LEARN and len(teachers) == len(("email", "phone"))
    for key in teachers if learned else ():
        training.estimate_parameters_using_expectation_maximisation(block_on(key))
    scored = linker.inference.predict(LEAST_PROBABILITY, warning_mode="never").as_duckdbpyrelation()
    names = "contact_id_l AS left, contact_id_r AS right, match_probability AS probability"
    pairs = scored.project(names).df().astype({"left": "string", "right": "string"})
    pairs["probability"] = pairs["probability"].round(9)  # parallel sums differ in their last digits
    return pairs.sort_values(["left", "right"], ignore_index=True), _weights(linker), learned


def _agreeing(con: "DuckDBPyConnection", columns: tuple[str, ...]) -> int:
    """How many pairs of records hold the same values in all these columns."""
    names, there = ", ".join(columns), " AND ".join(f"{name} IS NOT NULL" for name in columns)
    groups = f"SELECT count(*) AS n FROM known WHERE {there} GROUP BY {names}"
    return int(con.execute(f"SELECT coalesce(sum(n * (n - 1) // 2), 0) FROM ({groups})").fetchall()[0][0])


def _comparison(field: str) -> "CustomComparison":
    """How two values of a field may agree, from wholly to not at all, with the start values of AGREEMENT."""
    from splink import comparison_level_library as levels  # noqa: PLC0415
    from splink import comparison_library  # noqa: PLC0415

    ladder: list[ComparisonLevelCreator] = [
        levels.ExactMatchLevel(field, term_frequency_adjustments=field != "email")
    ]
    if field == "name":
        ladder += [levels.CustomLevel(sql) for sql in _NAME_SQL]
    if field == "phone":
        near = levels.CustomLevel(one_apart(field))
        ladder += [near.configure(u_probability=ONE_DIGIT_BY_CHANCE, fix_u_probability=True)]
    if field == "email":
        ladder += [levels.CustomLevel("email_number_l = email_number_r AND provider_l = provider_r")]
    ladder += [levels.ElseLevel()]
    for level, (label, m) in zip(ladder, AGREEMENT[field].items(), strict=True):
        level.configure(label_for_charts=label, m_probability=m)
    if field == "name":
        ladder[-1].configure(fix_m_probability=True)
    return comparison_library.CustomComparison(
        output_column_name=field, comparison_levels=[levels.NullLevel(field), *ladder]
    )


def _weights(linker: "Linker") -> pd.DataFrame:
    """The evidence of every degree of agreement: m, u and log2(m / u)."""
    model = linker.misc.save_model_to_json()
    rows = [
        (
            one["output_column_name"],
            level["label_for_charts"],
            level.get("m_probability"),
            level.get("u_probability"),
        )
        for one in model["comparisons"]
        for level in one["comparison_levels"]
        if not level.get("is_null_level")
    ]
    table = pd.DataFrame(rows, columns=["field", "agreement", "m", "u"])
    table = table.astype({"m": float, "u": float})  # a gap where random pairs never agreed to that degree
    # Each degree is learned in rounds of its own, so a field's shares need not add up to one.
    share = table["m"] / table.groupby("field")["m"].transform("sum")
    return table.assign(weight=np.log2(table["m"] / table["u"]), share=share)
