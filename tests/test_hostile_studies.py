"""Studies from strangers: views, paths and addresses reach nothing that the study does not name, and no secret is said."""

import sqlite3

import duckdb
import pytest
from tables_support import rows, study, write

from helpers import tables
from helpers.errors import StudyError, without_secrets
from helpers.study.source_address import SourceAddress
from helpers.study.study import load_study

pytestmark = pytest.mark.faults

ORDERS = "CREATE TABLE orders AS SELECT 'a' customer_id, DATE '2010-05-01' order_time, 2.5 amount;"
FROM_FILE = (
    "SELECT content AS customer_id, DATE '2010-05-01' order_time, 1.0 amount FROM read_text('{secret}')"
)
HARMLESS = [
    """CREATE VIEW transactions AS WITH x AS (SELECT * FROM orders) SELECT lower(customer_id) AS customer_id,
    max(order_time) AS order_time, sum(amount) AS amount FROM x WHERE amount > 0 GROUP BY 1""",
    """CREATE VIEW one AS SELECT * FROM main.orders; CREATE VIEW transactions AS SELECT a.* FROM one a
    JOIN orders b ON a.customer_id = b.customer_id""",
    """CREATE VIEW transactions AS SELECT * EXCLUDE (r) FROM (SELECT *, row_number() OVER (PARTITION BY customer_id
    ORDER BY order_time) r FROM orders) WHERE r = 1""",
    "CREATE TABLE transactions AS SELECT * FROM orders",
]
STRANGE = {  # what the refusal names: the view
    "read_text": f"CREATE VIEW transactions AS {FROM_FILE}",
    "by way of two": f"CREATE VIEW one AS {FROM_FILE}; CREATE VIEW two AS FROM one; CREATE VIEW transactions AS FROM two",
    "x.csv": "CREATE VIEW transactions AS SELECT * FROM '{folder}/x.csv'",
    "now": "CREATE VIEW transactions AS SELECT * FROM orders WHERE order_time < now()",
    "random": "CREATE VIEW transactions AS SELECT customer_id, order_time, amount * random() AS amount FROM orders",
    "evil": """CREATE MACRO evil() AS (SELECT content FROM read_text('{secret}'));
    CREATE VIEW transactions AS SELECT evil() customer_id, order_time, amount FROM orders""",
    "lower": """CREATE MACRO lower(x) AS (SELECT content FROM read_text('{secret}'));
    CREATE VIEW transactions AS SELECT lower(customer_id) customer_id, order_time, amount FROM orders""",
    "duckdb_settings": """CREATE VIEW transactions AS SELECT name customer_id, DATE '2010-01-01' order_time, 1 amount
    FROM duckdb_settings()""",
    "calls itself": """CREATE VIEW transactions AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)
    SELECT x customer_id, DATE '2010-01-01' order_time, x amount FROM c""",
    "view transactions": """CREATE SCHEMA zzz; CREATE VIEW zzz.transactions AS SELECT * FROM orders;
    CREATE VIEW transactions AS SELECT customer_id, order_time, amount * random() AS amount FROM orders""",
    "'+'": """CREATE MACRO "+"(a, b) AS random();
    CREATE VIEW transactions AS SELECT customer_id, order_time, amount + 1 AS amount FROM orders""",
    "'like_escape'": """CREATE MACRO like_escape(a, b, c) AS random() < 0.5;
    CREATE VIEW transactions AS SELECT * FROM orders WHERE customer_id LIKE 'a!%' ESCAPE '!'""",
    "'upper'": "CREATE VIEW transactions AS SELECT customer_id.upper() customer_id, order_time, amount FROM orders",
    "by chance (SAMPLE)": "CREATE VIEW transactions AS SELECT * FROM orders USING SAMPLE 50%",
    "(SAMPLE). A view may": "CREATE VIEW transactions AS SELECT * FROM orders TABLESAMPLE 50%",
    "200 views": "CREATE VIEW v0 AS FROM orders; "
    + "; ".join(f"CREATE VIEW v{n} AS SELECT a.* FROM v{n - 1} a, v{n - 1} b" for n in range(1, 9))
    + "; CREATE VIEW transactions AS FROM v8",
    "30 views away": "CREATE VIEW v0 AS FROM orders; "
    + "; ".join(f"CREATE VIEW v{n} AS FROM v{n - 1}" for n in range(1, 60))
    + "; CREATE VIEW transactions AS FROM v59",
    'x.csv" AS o': """CREATE VIEW transactions AS SELECT o.* FROM (WITH "{folder}/x.csv" AS (SELECT 1)
    FROM "{folder}/x.csv") q, "{folder}/x.csv" o""",
    "duckdb_views": """CREATE VIEW transactions AS WITH duckdb_views AS (FROM duckdb_views)
    SELECT view_name customer_id, DATE '2010-01-01' order_time, 1.0 amount FROM duckdb_views""",
    "calls 'random'": """CREATE TABLE transactions (customer_id text, order_time date, price double,
    amount double GENERATED ALWAYS AS (price * random()))""",
} | {
    f"calls '{name}'": "CREATE VIEW transactions AS SELECT 'a' customer_id, DATE '2010-01-01' order_time, 1 amount FROM "
    + call
    for name, call in {
        "read_blob": "read_blob('{secret}')",
        "glob": "glob('{folder}/*')",
        "sniff_csv": "sniff_csv('{folder}/x.csv')",
        "duckdb_secrets": "duckdb_secrets()",
        "duckdb_databases": "duckdb_databases()",
        "pragma_version": "pragma_version()",
        "pragma_table_info": "pragma_table_info('orders')",
        "query_table": "query_table('orders')",
        "parquet_metadata": "parquet_metadata('{secret}')",
        "checkpoint": "checkpoint()",
        "current_setting": "orders WHERE current_setting('temp_directory') <> ''",
    }.items()
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "secret.txt").write_text("hunter2")
    (tmp_path / "x.csv").write_text("customer_id,order_time,amount\nz,2010-05-01,3\n")


def database(tmp_path, sql: str):
    with duckdb.connect(str(tmp_path / "shop.db")) as con:
        con.execute(ORDERS + sql.format(secret=tmp_path / "secret.txt", folder=tmp_path))
    return tables.open_source(study(f"duckdb://{tmp_path}/shop.db")).read("transactions")


@pytest.mark.parametrize("sql", HARMLESS)
def test_a_view_of_the_databases_own_tables_is_read(tmp_path, sql):
    assert rows(database(tmp_path, sql), "customer_id", "amount") == [("a", 2.5)]


@pytest.mark.parametrize(("named", "sql"), STRANGE.items())
def test_a_view_that_reads_more_is_refused_by_name_with_the_way_out(tmp_path, named, sql):
    with pytest.raises(StudyError) as refused:
        database(tmp_path, sql)
    message = str(refused.value)
    assert named in message
    assert "view transactions of duckdb://" in message
    assert "CREATE TABLE" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("SELECT lower(customer_id) customer_id, date(order_time) order_time, amount FROM orders", ""),
        ("SELECT customer_id, date('now') order_time, amount FROM orders", "'date'"),
        ("SELECT customer_id, date() order_time, amount FROM orders", "'date'"),
        ("SELECT customer_id, julianday() order_time, amount FROM orders", "'julianday'"),
        ("SELECT customer_id, strftime('%Y') order_time, amount FROM orders", "current_timestamp"),
        ("SELECT customer_id, date(lower('NOW')) order_time, amount FROM orders", "'date'"),
        ("SELECT customer_id, date(lower('no' || 'w')) order_time, amount FROM orders", "'date'"),
        ("SELECT customer_id, date(order_time, 'start of month') order_time, amount FROM orders", ""),
        ("SELECT customer_id, date('2010-05-01') order_time, amount FROM orders", ""),
        ("SELECT customer_id, order_time, random() amount FROM orders", "'random'"),
        ("SELECT sql customer_id, '2010-01-01' order_time, 1 amount FROM sqlite_master", "sqlite_master"),
    ],
)
def test_views_of_sqlite_are_looked_through(tmp_path, query, named):
    con = sqlite3.connect(tmp_path / "shop.db")
    con.execute("CREATE TABLE orders (customer_id text, order_time text, amount real)")
    con.execute("INSERT INTO orders VALUES ('a', '2010-05-01', 2.5)")
    con.execute(f"CREATE VIEW transactions AS {query}")
    con.commit()
    con.close()
    made = study(f"sqlite:///{tmp_path}/shop.db")
    if not named:
        assert rows(tables.open_source(made).read("transactions"), "customer_id", "amount") == [("a", 2.5)]
        return
    with pytest.raises(StudyError, match=named):
        tables.open_source(made)


@pytest.mark.parametrize(
    "path",
    ["../outside.csv", "{folder}/outside.csv", "sub/../../outside.csv", "link.csv", "../*.csv", "link*"],
)
def test_a_path_out_of_the_studys_folder_is_refused(tmp_path, path):
    (tmp_path / "data" / "sub").mkdir(parents=True)
    write(tmp_path, "customer_id,order_time,amount", "1,2010-12-01,2", name="outside.csv")
    (tmp_path / "data" / "link.csv").symlink_to(tmp_path / "outside.csv")
    spec = {"path": path.format(folder=tmp_path)}
    with pytest.raises(StudyError, match=r"leads out of the study's folder .* copy the file there"):
        tables.open_source(study(tmp_path / "data", transactions=spec))


ADDRESSES = [
    "postgres://anna:hunter2@127.0.0.1:1/shop",
    "postgres://anna:hunter2@x@127.0.0.1:1/shop",
    "postgres://anna:hun/ter2@127.0.0.1:1/shop",
    "postgres://anna:hunter2?x@127.0.0.1:1/shop",
    "postgres://anna:my hunter2@127.0.0.1:1/shop",
    "postgres://127.0.0.1:1/shop?user=anna&password=hunter2",
    "postgres://127.0.0.1:1/shop?password=a@hunter2",
    "postgres//anna:hunter2@127.0.0.1:1/shop",
    "postgres:/anna:hunter2@127.0.0.1:1/shop",
    "anna:hunter2@127.0.0.1:1/shop",
    "host=127.0.0.1 user=anna password=hunter2",
    "host=127.0.0.1 user=anna password='hunter2 too'",
    "mysql://anna:hunter2@127.0.0.1:1/shop",
    "oracel://anna:hunter2@shop",
    "databricks://hunter2@127.0.0.1",
    "duckdb:///anna:hunter2@shop.db",
    "sqlite:///no.db?key=hunter2",
    "pyspark://postgres://anna:hunter2@127.0.0.1:1/shop",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "line",
    ["source: '{}'", "source: ['{}']", "sorce: '{}'", "source: '{}", "title: '{}'\ntitle: x", "as_of: '{}'"],
)
def test_a_password_is_said_nowhere(tmp_path, address, line):
    path = tmp_path / "mine.yaml"
    written = address.replace("'", "''")
    basics = 'title: x\nas_of: "2010-12-31"\ntimezone: UTC\ncurrency: EUR\nsource: .\n'
    key = line.partition(":")[0]
    kept = "".join(one + "\n" for one in basics.splitlines() if not one.startswith(f"{key}:"))
    path.write_text(
        kept.replace("source: .\n", "" if key == "sorce" else "source: .\n") + line.format(written)
    )
    try:
        made = load_study(path)
        assert not {"hunter2", "ter2"} & {*repr(made).replace("'", " ").replace("@", " ").split()}
        assert "ter2" not in repr(made)
        tables.open_source(made)
    except StudyError as error:
        assert "ter2" not in str(error) and "ter2" not in repr(error)


def test_a_drivers_words_lose_what_the_address_keeps_secret():
    source = SourceAddress.of("postgres://anna:hun%40ter2@h/db?sslkey=other3")
    for text in (
        "no: hun@ter2",
        "postgres://anna:hun%40ter2@h/db",
        "key other3 is wrong",
        "for user anna:hun%40ter2",
    ):
        assert not {"hun", "ter2", "other3"} & {
            *source.hidden_in(text).replace(":", " ").replace("@", " ").split()
        }
    assert "secret" in SourceAddress.of("postgres://a:b@h/db").hidden_in("abba failed")
    assert without_secrets("see a@b.example") == "see a@b.example"
