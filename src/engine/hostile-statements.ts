/** How a hostile statement may end: with one of these codes, or with harmless rows. */
export type Ending = 'not_one_select' | 'forbidden' | 'invalid' | 'failed' | 'limits' | 'rows'

/** A class of statements; `$DIR` is the folder with the data, a file `.env` and a link to it. */
export interface HostileClass {
  name: string
  endings: readonly Ending[]
  statements: readonly string[]
}

const nested = (open: string, middle: string, close: string, times: number) =>
  `${open.repeat(times)}${middle}${close.repeat(times)}`

const many = (times: number, one: (index: number) => string, between: string) =>
  Array.from({ length: times }, (_, index) => one(index)).join(between)

const fileReads: HostileClass = {
  name: 'reading files',
  endings: ['forbidden', 'invalid'],
  statements: [
    "SELECT * FROM read_csv('$DIR/.env')",
    "SELECT * FROM read_csv_auto('$DIR/people.csv')",
    "SELECT * FROM read_text('$DIR/../../etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM read_text('/proc/self/cmdline')",
    "SELECT * FROM glob('$DIR/*')",
    "SELECT * FROM '$DIR/link.csv'",
    "SELECT * FROM '.env'",
    "SELECT * FROM '../.env'",
    'SELECT * FROM "/etc/passwd"',
    "SELECT * FROM parquet_metadata('$DIR/people.csv')",
    "SELECT * FROM parquet_schema('/etc/passwd')",
    "SELECT * FROM sniff_csv('$DIR/.env')",
    "SELECT * FROM read_json_objects('$DIR/.env')",
    "SELECT * FROM read_ndjson('/etc/passwd')",
    "SELECT * FROM read_parquet(['$DIR/.env'])",
    "SELECT * FROM read_duckdb('$DIR/stage/run.duckdb')",
    'SELECT * FROM people, LATERAL (SELECT * FROM read_text(name))',
    "SELECT * FROM (FROM read_text('$DIR/.env'))",
    "SELECT (FROM read_text('$DIR/.env') SELECT content) AS x",
    "SELECT * FROM people WHERE name IN (SELECT content FROM read_text('$DIR/.env'))",
    "WITH RECURSIVE t AS (SELECT content FROM read_text('$DIR/.env') UNION SELECT content FROM t) SELECT * FROM t",
    "SELECT * FROM people UNION ALL BY NAME SELECT * FROM read_text('$DIR/.env')",
    "SELECT * FROM (PIVOT read_text('$DIR/.env') ON content IN ('a') USING count(*))",
    "SELECT * FROM (UNPIVOT read_text('$DIR/.env') ON content)",
    "SELECT count(*) FILTER (WHERE EXISTS (FROM read_text('$DIR/.env'))) AS x FROM people",
    "SELECT row_number() OVER (ORDER BY (SELECT content FROM read_text('$DIR/.env'))) AS x FROM people",
    "SELECT list_transform([1], x -> (SELECT content FROM read_text('$DIR/.env'))) AS x",
    "SELECT 1 AS x FROM people LIMIT (SELECT length(content) FROM read_text('$DIR/.env'))",
    "VALUES ((SELECT content FROM read_text('$DIR/.env')))",
  ],
}

const copies: HostileClass = {
  name: 'COPY, EXPORT and IMPORT',
  endings: ['not_one_select'],
  statements: [
    "COPY people TO '$DIR/out.csv'",
    "COPY (SELECT 1) TO '/tmp/deskside-out.csv' (FORMAT csv)",
    "COPY people FROM '$DIR/.env'",
    'COPY FROM DATABASE memory TO deskside_stage',
    "EXPORT DATABASE '$DIR/out'",
    "IMPORT DATABASE '$DIR'",
    "SELECT 1; IMPORT DATABASE '$DIR'",
    "PRAGMA import_database('$DIR')",
    "COPY (SELECT * FROM people) TO '/dev/stdout'",
    "COPY people TO '$DIR/people.csv' (OVERWRITE_OR_IGNORE)",
  ],
}

const attachments: HostileClass = {
  name: 'attaching other databases',
  endings: ['not_one_select'],
  statements: [
    "ATTACH '$DIR/other.duckdb' AS o",
    "ATTACH ':memory:' AS m",
    'DETACH deskside_stage',
    'USE deskside_stage',
    "ATTACH 'https://example.com/a.duckdb'",
    "ATTACH IF NOT EXISTS '/proc/self/environ' AS e",
    "ATTACH 'host=127.0.0.1' AS p (TYPE postgres)",
    "ATTACH '$DIR/people.csv' AS s (TYPE sqlite)",
    'DETACH DATABASE IF EXISTS memory',
    'USE memory.main',
  ],
}

const extensions: HostileClass = {
  name: 'installing and loading extensions',
  endings: ['not_one_select'],
  statements: [
    'INSTALL httpfs',
    'FORCE INSTALL httpfs FROM community',
    'LOAD httpfs',
    "LOAD '$DIR/evil.duckdb_extension'",
    'UPDATE EXTENSIONS',
    "INSTALL '/tmp/evil.duckdb_extension'",
    "INSTALL spatial FROM 'https://example.com'",
    'LOAD postgres',
    'INSTALL icu',
  ],
}

const settings: HostileClass = {
  name: 'settings',
  endings: ['not_one_select'],
  statements: [
    "SET memory_limit = '100GB'",
    'SET GLOBAL enable_external_access = true',
    "SET allowed_paths = ['/etc/passwd']",
    "SET home_directory = '$DIR'",
    "SET VARIABLE x = getenv('DESKSIDE_CANARY')",
    'RESET lock_configuration',
    'RESET allowed_paths',
    'PRAGMA enable_profiling',
    "PRAGMA profiling_output = '$DIR/profile.json'",
    'PRAGMA database_list',
  ],
}

const prepared: HostileClass = {
  name: 'prepared statements, calls and transactions',
  endings: ['not_one_select', 'invalid'],
  statements: [
    'CALL duckdb_settings()',
    "CALL query('SELECT 1')",
    'BEGIN TRANSACTION',
    'ROLLBACK',
    'PREPARE p AS SELECT 1',
    'EXECUTE p',
    'DEALLOCATE p',
    'EXPLAIN ANALYZE SELECT * FROM people',
    'EXECUTE p(1)',
    'DEALLOCATE ALL',
    "PREPARE p AS COPY people TO '$DIR/out.csv'",
  ],
}

const changes: HostileClass = {
  name: 'changing the database',
  endings: ['not_one_select'],
  statements: [
    'CREATE TABLE t AS SELECT 1 AS x',
    "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "CREATE VIEW v AS SELECT * FROM read_text('$DIR/.env')",
    'CREATE MACRO f(x) AS x',
    "CREATE FUNCTION f() AS TABLE SELECT * FROM read_text('$DIR/.env')",
    'CREATE TYPE t AS INTEGER',
    'CREATE SEQUENCE s',
    'DROP VIEW people',
    'DROP MACRO IF EXISTS trino_date_add',
    'INSERT INTO people VALUES (1)',
    'UPDATE people SET id = 1',
    'DELETE FROM people',
    'TRUNCATE people',
    'MERGE INTO people USING people AS p ON true WHEN MATCHED THEN DELETE',
    'ALTER VIEW people RENAME TO other',
    'VACUUM',
    'CHECKPOINT',
    "COMMENT ON VIEW people IS 'x'",
  ],
}

const addresses: HostileClass = {
  name: 'addresses and globs',
  endings: ['forbidden', 'invalid'],
  statements: [
    "SELECT * FROM 'https://example.com/a.csv'",
    "SELECT * FROM 'http://127.0.0.1:9/a.parquet'",
    "SELECT * FROM 's3://bucket/a.parquet'",
    "SELECT * FROM 'gcs://bucket/a.parquet'",
    "SELECT * FROM 'hf://datasets/a/b.csv'",
    "SELECT * FROM 'file:///etc/passwd'",
    "SELECT * FROM read_csv('https://example.com/a.csv')",
    "SELECT * FROM '$DIR/*.csv'",
    "SELECT * FROM '/**/*.json'",
    'SELECT * FROM "people.csv"',
    "SELECT * FROM postgres_scan('host=127.0.0.1', 'public', 't')",
    "SELECT * FROM sqlite_scan('$DIR/a.db', 't')",
  ],
}

const catalogue: HostileClass = {
  name: 'the catalogue, settings and environment',
  endings: ['forbidden', 'invalid'],
  statements: [
    'SELECT * FROM duckdb_settings()',
    'SELECT * FROM duckdb_secrets()',
    'SELECT * FROM duckdb_databases()',
    'SELECT * FROM duckdb_functions()',
    'SELECT * FROM duckdb_views',
    'SELECT * FROM duckdb_temporary_files()',
    'SELECT * FROM duckdb_extensions()',
    'SELECT * FROM duckdb_logs()',
    'SELECT * FROM information_schema.tables',
    'SELECT * FROM memory.information_schema.columns',
    'SELECT * FROM pg_catalog.pg_tables',
    'SELECT * FROM pg_views',
    'SELECT * FROM sqlite_master',
    'SELECT * FROM pragma_database_list',
    "SELECT * FROM pragma_table_info('people')",
    'SELECT * FROM memory.main.people',
    'SELECT * FROM deskside_stage.main.stage',
    'SELECT * FROM deskside_stage.stage',
    "SELECT current_setting('allowed_paths') AS x",
    "SELECT main.current_setting('temp_directory') AS x",
    "SELECT system.main.current_setting('temp_directory') AS x",
    'SELECT "current_setting"(\'home_directory\') AS x',
    "SELECT CURRENT_SETTING/**/('secret_directory') AS x",
    "SELECT 'temp_directory'.current_setting() AS x",
    "SELECT list_transform(['temp_directory'], x -> current_setting(x)) AS x",
    "SELECT getenv('DESKSIDE_CANARY') AS x",
    "SELECT getvariable('x') AS x",
    'SELECT current_query() AS x',
    'SELECT pg_get_viewdef(1) AS x',
    "SELECT * FROM query('SELECT * FROM duckdb_settings()')",
    "SELECT * FROM query_table('duckdb_settings')",
    "SELECT * FROM query_table(['people', 'duckdb_views'])",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT json_serialize_plan('SELECT * FROM people') AS x",
    "SELECT json_serialize_sql('SELECT 1') AS x",
    "SELECT write_log('x') AS x",
    "SELECT * FROM seq_scan('people')",
    'SELECT * FROM summary((SELECT 1))',
    'SELECT * FROM test_all_types()',
    'SELECT trino_current_timezone() AS x',
    "SELECT nextval('s') AS x",
  ],
}

const shapes: HostileClass = {
  name: 'several statements, comments, Unicode and parameters',
  endings: ['not_one_select', 'forbidden', 'invalid'],
  statements: [
    'SELECT 1; SELECT 2',
    'SELECT 1;; DROP VIEW people',
    "SELECT 1 /* ; */; COPY people TO '$DIR/out.csv'",
    'SELECT 1 AS a) AS x; DROP VIEW people; SELECT * FROM (SELECT 1 AS a',
    'SELECT 1 AS a) AS q(x), (SELECT * FROM duckdb_settings()) AS r --',
    'SELECT 1 AS a \n) UNION ALL SELECT * FROM (SELECT 2 AS a',
    'SELECT 1 AS a /*',
    "SELECT 'a",
    'SELECT $$a',
    'SELECT 1 AS a \0; SELECT 2',
    "SELECT * FROM read_te\u200bxt('$DIR/.env')",
    "SELECT * FROM \uff52ead_text('$DIR/.env')",
    "SELECT\u00a0*\u00a0FROM\u00a0read_text('$DIR/.env')",
    "SELECT * FROM ReAd_TeXt('$DIR/.env')",
    'SELECT * FROM "READ_TEXT"(\'$DIR/.env\')',
    "SELECT * FROM main.read_text('$DIR/.env')",
    'SELECT * FROM system.main.range(1)',
    'SELECT * FROM people WHERE id = ?',
    'SELECT * FROM people WHERE id = $1',
    'SELECT * FROM people WHERE id = $name',
    'SELECT * FROM (DESCRIBE people)',
    'SELECT * FROM (SHOW TABLES)',
    'SELECT * FROM (SUMMARIZE people)',
    'FROM (SHOW ALL TABLES)',
    "SELECT 1 INTO OUTFILE '$DIR/out.csv'",
    '\ud800SELECT 1',
    '',
    '/* nothing */ -- at all',
    ';;;;',
  ],
}

const harmless: HostileClass = {
  name: 'what looks dangerous and is text',
  endings: ['rows'],
  statements: [
    "SELECT '; DROP VIEW people; --' AS x",
    "SELECT 'read_text(''/etc/passwd'')' AS x",
    'SELECT id AS "; DROP VIEW people" FROM people',
    'SELECT 1 AS "current_setting(\'temp_directory\')"',
    'WITH duckdb_settings AS (SELECT 1 AS x) SELECT x FROM duckdb_settings',
    'SELECT 1 AS x /* $DIR/.env */ -- ; COPY people TO x',
    "SELECT $$a'; SELECT 2$$ AS x",
    "SELECT x FROM (VALUES ('getenv(1)')) AS getenv(x)",
  ],
}

const bombs: HostileClass = {
  name: 'recursion, memory and time',
  endings: ['limits', 'failed'],
  statements: [
    'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) AS x FROM t',
    'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT a.n + b.n FROM t AS a, t AS b) SELECT count(*) AS x FROM t',
    "WITH RECURSIVE t(n) AS (SELECT 'x' UNION ALL SELECT n || n FROM t) SELECT count(*) AS x FROM t",
    'SELECT count(*) AS x FROM range(1000000) AS a, range(1000000) AS b WHERE hash(a.range + b.range) = 1',
    'SELECT a.range AS x FROM range(1000000) AS a, range(1000000) AS b ORDER BY hash(a.range + b.range)',
    'SELECT range AS x FROM range(1000000000000)',
    'SELECT list(range) AS x FROM range(1000000000)',
    "SELECT string_agg(lpad('x', 100, 'y'), ',') AS x FROM range(1000000000)",
    'SELECT cardinality(sequence(1, 1000000000000)) AS x',
    "SELECT length(lpad('x', 2000000000, 'y')) AS x FROM range(1000)",
    "SELECT repeat(repeat('x', 100000), 100000) AS x",
    "SELECT count(DISTINCT lpad(CAST(range AS varchar), 1000, 'x')) AS x FROM range(1000000000)",
    'SELECT approx_percentile(range, 0.5) AS x FROM range(1000000000000)',
    'SELECT json_format(CAST(list_transform(sequence(1, 100000000), x -> sequence(1, 1000)) AS json)) AS x',
    'SELECT a.range AS x FROM range(1000000000) AS a FULL OUTER JOIN range(1000000000) AS b ON hash(a.range) = hash(b.range)',
  ],
}

const parsers: HostileClass = {
  name: 'bombs for parser, check and planner',
  endings: ['invalid', 'limits', 'rows', 'failed', 'forbidden'],
  statements: [
    `SELECT ${nested('(', '1', ')', 50_000)} AS x`,
    `SELECT ${nested('[', '1', ']', 5_000)} AS x`,
    `SELECT ${nested('lower(', "'a'", ')', 5_000)} AS x`,
    `SELECT ${nested('CASE WHEN true THEN ', '1', ' END', 5_000)} AS x`,
    `SELECT ${'- '.repeat(20_000)}1 AS x`,
    `SELECT ${'NOT '.repeat(20_000)}true AS x`,
    `SELECT ${many(50_000, () => '1', ' + ')} AS x`,
    `SELECT 1 AS x WHERE ${many(50_000, (index) => `${index} = 1`, ' OR ')}`,
    `SELECT id FROM people WHERE id IN (${many(200_000, String, ', ')})`,
    `${nested('SELECT * FROM (', 'SELECT 1 AS x', ')', 2_000)}`,
    `${many(3_000, () => 'SELECT 1 AS x', ' UNION ALL ')}`,
    `SELECT ${many(20_000, (index) => `${index} AS c${index}`, ', ')}`,
    `WITH t0 AS (SELECT 1 AS x)${many(40, (index) => `, t${index + 1} AS (SELECT a.x FROM t${index} AS a, t${index} AS b)`, '')} SELECT count(*) AS x FROM t40`,
    `SELECT count(*) AS x FROM ${many(40, (index) => `people AS p${index}`, ', ')}`,
    `SELECT 1 AS x${';'.repeat(3_000)}`,
    `SELECT '${'x'.repeat(5_000_000)}' AS x`,
    `SELECT 1 AS "${'x'.repeat(1_000_000)}"`,
    `SELECT regexp_like('${'a'.repeat(50_000)}', '(a+)+$b') AS x`,
    `SELECT regexp_replace(lpad('a', 100000, 'a'), '(a|aa)+$', '$1') AS x`,
    `SELECT regexp_like('a', '${nested('(', 'a', ')*', 2_000)}') AS x`,
    "SELECT regexp_like('a', 'a{1000}{1000}{1000}') AS x",
    `SELECT json_extract('${nested('[', '', ']', 100_000)}', '$[0]') AS x`,
    "SELECT date_add('year', 2000000000, current_date) AS x",
    'SELECT CAST(9223372036854775807 AS bigint) * 2 AS x',
    "SELECT like_escape('a', '%', 'bb') AS x",
  ],
}

const leaks: HostileClass = {
  name: 'errors that could tell a path',
  endings: ['forbidden', 'invalid', 'failed'],
  statements: [
    'SELECT constructor(1) AS x',
    'SELECT __proto__() AS x',
    'SELECT extract(constructor FROM current_date) AS x',
    'SELECT trino_date_add(1, 2, 3) AS x',
    'SELECT nope FROM people',
    'SELECT * FROM poeple',
    'SELECT CAST(name AS integer) AS x FROM people',
    "SELECT error('x') AS x",
    'SELECT people.file AS x FROM people',
    'SELECT filename FROM people',
    'SELECT file_row_number FROM people',
    'SELECT * FROM people AS p(a, b, c, d, e, f)',
    'SELECT * FROM stage',
    'SELECT * FROM deskside_stage',
    'SELECT * FROM main',
    "SELECT icu_sort_key('a', 'no such collation') + 1 AS x",
  ],
}

/** Every statement that users' SQL must not be able to do harm with. */
export const hostileClasses: readonly HostileClass[] = [
  fileReads,
  copies,
  attachments,
  extensions,
  settings,
  prepared,
  changes,
  addresses,
  catalogue,
  shapes,
  harmless,
  bombs,
  parsers,
  leaks,
]
