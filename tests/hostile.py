"""What strangers may put into a study: expressions, text, paths and YAML; shared by the tests of each."""

from itertools import product

COLUMNS = ["a", "b", "Qty", "Unit Price", "d", "Total (VND)"]

# What people write, by studies, mappings and forums.
ALLOWED = r"""
Qty * "Unit Price"
a <> 'POST'
CASE WHEN lower(a) = 'x' THEN b END
CASE a WHEN 'x' THEN 1 WHEN 'y' THEN 2 ELSE 0 END
a || ' ' || b
coalesce(nullif(a, ''), b)
a NOT ILIKE '%bogus%'
coalesce(b, '') NOT IN ('a', 'b')
regexp_replace(a, '[^0-9]', '', 'g')
strptime(a, '%d/%m/%Y')
strptime(a, ['%d/%m/%Y', '%Y-%m-%d'])
try_strptime(a, '%d/%m/%Y')
cast(strptime(a, '%d/%m/%Y') as date)
CAST(Qty AS INTEGER)
Qty::varchar
try_cast(a AS decimal(18, 2))
split_part(b, ',', 1)
string_split(b, ',')[1]
regexp_split_to_array(a, '/')[3]
date_trunc('month', d)
date_trunc('week', d)::date
date_diff('day', d, DATE '2024-12-01')
date_diff('month', strptime(a, '%d/%m/%Y'), d)
extract(year from d)
year(d) * 100 + month(d)
d + INTERVAL '1 day'
d + INTERVAL 7 HOUR
d + to_days(3)
d AT TIME ZONE 'UTC' AT TIME ZONE 'Asia/Tokyo'
timezone('Asia/Tokyo', d)
Qty BETWEEN 1 AND 3
a IS NULL
a IS NOT DISTINCT FROM b
a SIMILAR TO '.*x'
a ~ '^x'
NOT (Qty > 3)
-Qty
round(Qty / 3, 2)
Qty // 2 + Qty % 2
Qty ^ 2
Qty ** 2
greatest(Qty, 0)
least(Qty, 1, 2)
abs(floor(Qty) - ceil(Qty))
concat(a, '-', b)
concat_ws('-', a, b)
lpad(a, 15, '0')
substr(a, 1, 4)
substring(a from 1 for 4)
a[1:4]
left(a, 3) || right(a, 3)
trim(both 'x' from ltrim(rtrim(a)))
replace(replace(a, '.', ''), ',', '.')
translate(a, 'ab', 'xy')
length(a) + strpos(a, 'x') + position('x' in a)
contains(a, 'x') OR starts_with(a, 'x') OR ends_with(a, 'x')
a LIKE 'x!%' ESCAPE '!'
regexp_extract(a, '(\d+)', 1)
regexp_matches(a, 'x')
if(Qty > 1, a, b)
ifnull(a, b)
md5(lower(a))
strftime(d, '%Y-%m-%d')
make_date(2024, 1, 1)
make_timestamp(2024, 5, 6, 10, 0, 0.0)
to_timestamp(Qty)
date_part('year', d)
last_day(d)
monthname(d)
age(d, TIMESTAMP '2020-01-01')
date_add(d, INTERVAL '1 day')
cast(d as timestamp) - interval '2 hours'
TIMESTAMP '2024-01-01 00:00:00'
true
'web'
'{"x": 1}' ->> '$.x'
json_extract_string('{"x": 1}', '$.x')
printf('%05d', Qty::int)
format('{:05d}', Qty::int)
strip_accents(a)
Qty IN (1, 2)
Qty > 1 AND a = 'x' OR b = 'y'
try(CAST(a AS INTEGER))
a COLLATE NOCASE = 'x'
list_contains(['x', 'y'], a)
"Total (VND)" / 1000
1.5e3 * Qty
d::timestamptz
""".strip().splitlines()

# text: the function that the refusal names
NAMED = {
    "ARRAY(SELECT content FROM read_text('SECRET'))[1]": "read_text",
    "(SELECT content FROM read_blob('SECRET'))": "read_blob",
    "(SELECT count(*) FROM read_csv('SECRET'))": "read_csv",
    "random()": "random",
    "Qty * random()": "random",
    "now()": "now",
    "current_date": "current_date",
    "current_timestamp": "current_timestamp",
    "today()": "today",
    "date_diff('day', d, current_date)": "current_date",
    "age(d)": "age",
    "uuid()": "uuid",
    "gen_random_uuid()": "gen_random_uuid",
    "st_point(1, 2)": "st_point",
    "getenv('HOME')": "getenv",
    "current_setting('memory_limit')": "current_setting",
    "repeat(a, 1000000000)": "repeat",
    "range(1000000000)": "range",
    "unnest([1, 2])": "unnest",
    "hash(a)": "hash",
    "list_transform([1], x -> x)": "list_transform",
    "to_date(a, '%d/%m/%Y')": "to_date",
    "printf('%9999d', Qty)": "printf",
}

# Text for every place where text can enter: executed, fetched or breaking out where a place takes it for more than text.
TEXTS = [
    "<script>window.hostile = 1</script>", "<img src=x onerror='window.hostile = 1'>", "<svg onload='window.hostile = 1'>",
    "'><script>window.hostile = 1</script>", '"><script>window.hostile = 1</script>', "</title><script>window.hostile = 1</script>",
    "</style><script>window.hostile = 1</script>", "</svg><script>window.hostile = 1</script>", "<!--", "-->", "]]>", "<![CDATA[",
    "<?xml version='1.0'?>", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>", "&e;", "&lt;b&gt;", "&#x3C;b>", "&amp;",
    'x id="abc', 'x" id="abc', "x' id='abc", 'x" onload="window.hostile = 1', "href=\"#a", 'xlink:href="#p"', "url(#p)",
    "url(http://127.0.0.1:9/x)", 'style="fill: #22272e"', "font: 9px 'X'", 'd="M 0.12345 1.98765"', "<g></g>", "<defs/>", "#22272e;",
    "<style>*{display:none}</style>", "<link rel=stylesheet href=http://127.0.0.1:9/x.css>", "<iframe src=http://127.0.0.1:9></iframe>",
    "<base href=http://127.0.0.1:9/>", "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>", "<object data=x>", "<form action=x>",
    "![x](http://127.0.0.1:9/x.png)", "[x](javascript:window.hostile=1)", "<javascript:window.hostile=1>", "# heading", "**bold**",
    "| a | b |\n|---|---|\n| 1 | 2 |", "```\ncode\n```", "- list", "1. list", "> quote", "---", "[x]: http://127.0.0.1:9", "<http://127.0.0.1:9>",
    "{{ 7 * 7 }}", "{% for x in y %}", "{x}", "{0.__class__}", "%s %d", "${7*7}", "$\\frac{1}{2}$", "$5 or $10", "\\(x\\)", "\\mathbf{x}",
    "=HYPERLINK(\"http://127.0.0.1:9\",\"x\")", "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\u00a0=1+1",
    "=cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "x;=1+1", "x\t=1+1", 'x";=1+1', "\uff1d1+1", "\uff0b1", "%0A=1+1", "+84 90 123", "-5 %",
    "x" * 3000, "W" * 500, "\u0e01" * 1000, "a\u0300" * 500, "\u202eabc", "\u2066abc", "\u200b" * 100, "\ufeffabc", "\u0000abc", "a\u0001b",
    "\u0085", "\u2028x", "\ufffe", "\U0001f9d1\u200d\U0001f680" * 50, "\U000e0001", "\u0627\u0644" * 100, " " * 500, "\n" * 50, "",
    "it's", 'a "quoted" b', "a\\b", "../../etc/passwd", "C:\\Windows", "/etc/passwd", "file:///etc/passwd", "NULL", "null", "None", "nan", "inf",
    "true", "1e17", "1e400", "-0", "0x10", "00123", "1,234.50", "1.234,50", "2026-06-30", "'; DROP TABLE t; --", '"; DROP TABLE t; --',
    "' OR '1'='1", "admin'--", "$(touch /tmp/x)", "`touch /tmp/x`", "; rm -rf x", "| cat /etc/passwd", "!!python/object/apply:os.system ['x']",
    "a@b.example", "__class__", "constructor", "prototype", "a,b", "a\tb", "a\r\nb", '"', "'", "`", "\\", "%", "&", "<", ">", "<>", "</", "/>",
]  # fmt: skip
TEXTS += [
    f"<{tag} onmouseover=window.hostile=1 autofocus onfocus=window.hostile=1>"
    for tag in ("a", "b", "input", "video", "details open", "math")
]
TEXTS += [
    f"{mark}{text}"
    for mark in "=+-@"
    for text in ("A1", "cmd", "(1)", "'x'", '"x"', 'IMPORTXML("http://127.0.0.1:9")')
]
TEXTS += [
    f"{name}: {value}"
    for name in ("title", "data-x", "class", "style", "id")
    for value in ('"x"', "'x'", "x>", "x/")
]
TEXTS += [
    f"{word} {mark}"
    for word in ("a&b;", "<3", "x < y", "1 > 0")
    for mark in ("</td>", "</p></div></main>", "<!--")
]
TEXTS += ['x;"=1+1;y', 'x|"+1+1|y', 'x\t"=1+1\ty', '"=1+1"', 'x; "=1+1', "\u3000=1+1", 'x\r"@SUM(1)\ry']
TEXTS += [
    "\x1b[2J\x1b[31m",
    "\x1b]0;x\x07",
    "\x9b31m",
    "\x1b]8;;http://127.0.0.1:9\x1b\\x",
    "x\ry",
    "a\x08\x08b",
    "\u2028x",
    "\u2067x",
]
TEXTS += [
    "data:text/html,<script>window.hostile=1</script>",
    "java\tscript:window.hostile=1",
    "vbscript:x",
    "&colon;x",
    "\u202d1\u202c",
    "\u200f=1",
]
TEXTS += [
    '<math><mi xlink:href="javascript:window.hostile=1">',
    '<svg><a xlink:href="javascript:window.hostile=1"><text>x</text></a></svg>',
]
TEXTS += [
    "<template><script>window.hostile=1</script></template>",
    '<noscript><p title="</noscript><img src=x onerror=window.hostile=1>">',
]
TEXTS += [
    "@import url(http://127.0.0.1:9/x.css);",
    "expression(window.hostile=1)",
    "{{constructor.constructor('window.hostile=1')()}}",
]
TEXTS += ["\ud800 half"]

_FILES = [
    "read_text('SECRET')", "read_blob('SECRET')", "read_csv('SECRET')", "read_csv_auto('SECRET')", "read_json('SECRET')",
    "read_parquet('SECRET')", "parquet_scan('SECRET')", "glob('/etc/*')", "sniff_csv('SECRET')", "read_ndjson('SECRET')",
    "read_json_objects('SECRET')", "parquet_metadata('SECRET')", "sqlite_scan('SECRET', 't')", "st_read('SECRET')",
    "read_xlsx('SECRET')", "postgres_query('host=x', 'select 1')", "duckdb_secrets()", "duckdb_settings()", "pragma_version()",
]  # fmt: skip
_ALONE = [
    "random()", "now()", "uuid()", "today()", "current_date", "current_timestamp", "current_time", "localtimestamp", "localtime",
    "get_current_timestamp()", "transaction_timestamp()", "gen_random_uuid()", "uuidv4()", "uuidv7()", "setseed(0.1)",
    "nextval('s')", "currval('s')", "txid_current()", "version()", "current_user", "current_schema()", "current_database()",
    "getvariable('x')", "getenv('HOME')", "current_setting('temp_directory')", "current_query()", "error('x')", "age(d)",
    "st_point(1, 2)", "st_geomfromtext('POINT (1 2)')", "h3_latlng_to_cell(1, 2, 3)", "http_get('http://127.0.0.1:9')",
    "from_hex('00')", "create_sort_key(a, 'ASC')", "query('select 1')", "query_table('t')", "hash(a)", "is_histogram_other_bin(a)",
    "write_log('x')", "which_secret('x', 'y')", "load_extension('x')", "icu_sort_key(a, 'de')", "pg_read_file('SECRET')",
]  # fmt: skip
_LARGE = [
    "repeat(a, 1000000000)", "range(1000000000)", "generate_series(1, 1000000000)", "lpad(a, 1000000000, 'x')",
    "rpad(a, Qty::int * 1000000000, 'x')", "array_resize([1], 1000000000)", "list_resize([1], 1000000000)", "bar(1, 0, 1, 100000000)",
    "printf('%1000000000d', 1)", "format('{:1000000000}', a)", "format('{:{}}', a, 1000000000)", "printf('%*d', 1000000000, 1)",
    "printf(a, 1)", "format(a, b)", "list_aggregate(range(100000000), 'sum')", "list_reduce(range(1000000000), (x, y) -> x + y)",
    "factorial(100000)", "bit_string('1', 1000000000)", "levenshtein(repeat(a, 100000), repeat(b, 100000))",
    "'" + "x" * 9000 + "' || '" + "y" * 2000 + "'",
    "replace(" * 9 + "a" + ", '1', '" + ", '1', '1111111111111111111111111111111111111111')" * 9,
    "regexp_replace(" * 8 + "a" + r", '.*', '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0', 'g')" * 8,
    "regexp_replace(regexp_replace(regexp_replace(a, '', b || b || b, 'g'), '', b || b || b, 'g'), '', b || b || b, 'g')",
    "regexp_matches('" + "a" * 3000 + "', '(a+)+$b')", "regexp_replace(a, '(a{1000}){1000}', '')", "a LIKE '" + "%a" * 2000 + "%b'",
    "regexp_matches(a, '" + "(" * 300 + "a" + ")" * 300 + "')",
    "strftime(d, '" + "%A" * 4000 + "')", "initcap(" * 20 + "a" + ")" * 20,
]  # fmt: skip
_DEEP = [
    make(depth)
    for depth in (30, 200, 3000)
    for make in (
        lambda n: "(" * n + "a" + ")" * n,
        lambda n: "(" * n,
        lambda n: "lower(" * n + "a" + ")" * n,
        lambda n: "CASE WHEN a = 'x' THEN " * n + "1" + " END" * n,
        lambda n: "NOT " * n + "true",
        lambda n: "- " * n + "1",
        lambda n: "[" * n + "1" + "]" * n,
        lambda n: "{'a': " * n + "1" + "}" * n,
        lambda n: "CAST(" * n + "a AS VARCHAR)" + " AS VARCHAR)" * (n - 1),
        lambda n: " + ".join(["Qty"] * n),
        lambda n: " OR ".join(["a = 'x'"] * n),
        lambda n: " || ".join(["a"] * n),
        lambda n: "a" + "::varchar" * n,
        lambda n: "coalesce(" + "a, " * n + "b)",
    )
]
_STATEMENTS = [
    "a; DROP TABLE t", "a FROM t; COPY t TO 'SECRET'", "a FROM read_text('SECRET')", "a INTO OUTFILE 'SECRET'", "a UNION SELECT 1",
    "a, b", "*", "t.*", "COLUMNS('.*')", "* EXCLUDE (a)", "sum(Qty)", "count(*)", "any_value(a)", "first(a)", "row_number() OVER ()",
    "lag(a) OVER ()", "(SELECT 1)", "EXISTS (SELECT 1)", "a IN (SELECT 'x')", "a = ANY (SELECT 'x')", "a AS b", "a b", "t.a",
    "main.t.a", "a -- b", "a /* b", "/* */ a; --", "$1", "?", "$name", ":name", "@a", "x -> x", "(x, y) -> x", "a.upper()",
    "a.read_text()", "'SECRET'.read_text()", "MAP {'a': 1}", "{'a': 1}.a", "struct_pack(a := 1)", "ROW(1, 2)", "a::GEOMETRY", "a::INET",
    "a::my_type", "a::STRUCT(x INT)", "a::MAP(INT, INT)", "CAST(a AS ENUM('x'))", "a COLLATE de", "PIVOT t ON a", "FROM t", "DESCRIBE t",
    "ATTACH 'SECRET'", "INSTALL x", "LOAD x", "PRAGMA version", "SET x = 1", "CALL pragma_version()", "EXPORT DATABASE 'x'", "",
    " ", "'", '"', "''", '""', ";", "\x00", "a\x00", "a ' b", 'a " b', "\ud800", "a = '\ud800'", "a\u202eb", "\ufeffa", "a = $$x$$",
    "[x FOR x IN [1, 2]]", "try(error('x'))", "TRY_CAST(a AS GEOMETRY)", "a IS JSON", "grouping(a)", "a QUALIFY 1", "a LIMIT 1",
    "a WHERE true", "a GROUP BY 1", "a ORDER BY 1", "DISTINCT a", "ALL a", "TOP 1 a", "a WINDOW w AS ()", "a USING SAMPLE 1",
    "positional_reference", "#1", "lambda x: x", "1 / 0", "Qty / 0", "ln(-1)", "sqrt(-1)", "1e400", "-1e400", "'nan'::DOUBLE",
    "strptime(a, '%')", "date_trunc('x', d)", "make_date(1, 99, 1)", "chr(-1)", "chr(1114112)", "left(a, -9223372036854775808)",
    "substr(a, 9223372036854775807)", "9223372036854775807 + 1", "170141183460469231731687303715884105727 * 2", "'x'::INT",
]  # fmt: skip
_WRAPS = ("{}", "coalesce({}, a)", "CASE WHEN a = 'x' THEN {} END", "lower({}::varchar)")

EXPRESSIONS = [
    *(f"ARRAY(SELECT x FROM {one} t(x))[1]" for one in _FILES),
    *(f"(SELECT max(x) FROM {one} t(x))" for one in _FILES),
    *_FILES,
    *(wrap.format(one) for one, wrap in product(_ALONE, _WRAPS[:3])),
    *_LARGE,
    *_DEEP,
    *_STATEMENTS,
]
