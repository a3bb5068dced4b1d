/**
 * What Trino's functions are in DuckDB. A call is looked up by its name and number of arguments; a call that Trino does not know, such as
 * `regexp_replace` with four arguments, stays what DuckDB makes of it. docs/guide/sql.md is the same table for people.
 */

/** Functions that DuckDB has under another name. A key with `/n` holds for n arguments only. */
export const renames: Readonly<Record<string, string>> = {
  'approx_percentile/2': 'quantile_disc',
  arbitrary: 'any_value',
  array_intersect: 'list_intersect',
  'array_join/2': 'array_to_string',
  arrays_overlap: 'list_has_any',
  codepoint: 'unicode',
  'date_diff/3': 'date_sub',
  'date_format/2': 'strftime',
  'date_parse/2': 'strptime',
  day_of_month: 'day',
  day_of_week: 'isodow',
  day_of_year: 'dayofyear',
  dow: 'isodow',
  doy: 'dayofyear',
  every: 'bool_and',
  'format_datetime/2': 'strftime',
  from_hex: 'unhex',
  'from_unixtime/1': 'to_timestamp',
  'from_utf8/1': 'decode',
  hamming_distance: 'hamming',
  is_finite: 'isfinite',
  is_infinite: 'isinf',
  is_nan: 'isnan',
  last_day_of_month: 'last_day',
  levenshtein_distance: 'levenshtein',
  'normalize/1': 'nfc_normalize',
  'parse_datetime/2': 'strptime',
  'rand/0': 'random',
  regexp_like: 'regexp_matches',
  regexp_split: 'regexp_split_to_array',
  to_utf8: 'encode',
  'truncate/1': 'trunc',
  transform: 'list_transform',
  week_of_year: 'week',
  year_of_week: 'isoyear',
  yow: 'isoyear',
}

/** Fields of EXTRACT that have another name in DuckDB, or mean something else there: its `dow` begins with Sunday = 0. */
export const extractFields: Readonly<Record<string, string>> = {
  day_of_month: 'day',
  day_of_week: 'isodow',
  day_of_year: 'doy',
  dow: 'isodow',
  year_of_week: 'isoyear',
  yow: 'isoyear',
}

/** Functions whose second argument is a format that must be written in DuckDB's letters. */
export const formats: Readonly<Record<string, 'mysql' | 'joda'>> = {
  date_format: 'mysql',
  date_parse: 'mysql',
  format_datetime: 'joda',
  parse_datetime: 'joda',
}

/** Functions whose first argument is a unit of time. */
export const units: ReadonlySet<string> = new Set(['date_add/3', 'date_diff/3', 'date_trunc/2'])

export const unitNames: ReadonlySet<string> = new Set([
  'millisecond',
  'second',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'year',
])

/** Name of the macro that stands for a function: users' own names and DuckDB's stay what they are. */
export const macroPrefix = 'trino_'

const names = 'abcdefghijkl'

/** The same rule for 2 to 12 arguments. */
function variadic(name: string, body: (parameters: string[]) => string): string[] {
  return Array.from({ length: names.length - 1 }, (_, index) => {
    const parameters = [...names.slice(0, index + 2)]
    return `${name}(${parameters.join(', ')}) AS ${body(parameters)}`
  })
}

const nullWins = (call: string) => (parameters: string[]) =>
  `CASE WHEN ${parameters.map((one) => `${one} IS NULL`).join(' OR ')} THEN NULL ELSE ${call}(${parameters.join(', ')}) END`

const url = (part: string) =>
  `nullif(regexp_extract(url, '^(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:[?]([^#]*))?(?:#(.*))?$', ${part}), '')`

/** A pattern that finds nothing is NULL in Trino, and an empty text in DuckDB. */
const found = 'CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END'

/** Trino writes a quoted member as `["a b"]`, DuckDB as `."a b"`. */
const path = `regexp_replace(p, '\\["([^"]*)"\\]', '."\\1"', 'g')`

/** What Trino's replacement writes as `$1` and `\$`, RE2 writes as `\1` and `$`. */
const replacement = String.raw`replace(regexp_replace(replace(r, '\$', chr(1)), '\$(\d)', '\\\1', 'g'), chr(1), '$')`

const unitCase = `CASE lower(unit) WHEN 'millisecond' THEN to_milliseconds(n) WHEN 'second' THEN to_seconds(n) WHEN 'minute' THEN to_minutes(n)
 WHEN 'hour' THEN to_hours(n) WHEN 'day' THEN to_days(CAST(n AS INTEGER)) WHEN 'week' THEN to_days(CAST(7 * n AS INTEGER))
 WHEN 'month' THEN to_months(CAST(n AS INTEGER)) WHEN 'quarter' THEN to_months(CAST(3 * n AS INTEGER)) WHEN 'year' THEN to_months(CAST(12 * n AS INTEGER)) END`

/** Not error(): that is volatile, which TRY(a / b) forbids. */
const divisor = `CASE WHEN b = 0 AND typeof(b) NOT IN ('DOUBLE', 'FLOAT') THEN CAST('Division by zero' AS TINYINT) ELSE b END`

const withoutNull = (call: string) => `CASE WHEN len(x) = list_count(x) THEN ${call}(x) END`

/** Functions that are expressions in DuckDB: `name(parameters) AS body`. None stands in the body of another. */
export const macros: readonly string[] = [
  'approx_distinct(x, e) AS count(DISTINCT x)',
  'array_distinct(x) AS list_filter(x, lambda e, i: list_position(x, e) = i)',
  'array_except(x, y) AS list_filter(x, lambda e, i: list_position(x, e) = i AND list_position(y, e) IS NULL)',
  'array_first(x) AS x[1]',
  'array_join(x, d, r) AS array_to_string(list_transform(x, lambda e: coalesce(CAST(e AS VARCHAR), r)), d)',
  'array_last(x) AS x[-1]',
  `array_max(x) AS ${withoutNull('list_max')}`,
  `array_min(x) AS ${withoutNull('list_min')}`,
  'array_position(x, e) AS CASE WHEN x IS NOT NULL AND e IS NOT NULL THEN coalesce(list_position(x, e), 0) END',
  'array_remove(x, y) AS list_filter(x, lambda e: e <> y)',
  "array_sort(x) AS list_sort(x, 'ASC', 'NULLS LAST')",
  'array_union(x, y) AS list_filter(list_concat(x, y), lambda e, i: list_position(list_concat(x, y), e) = i)',
  'at_timezone(x, zone) AS system.main.timezone(zone, CAST(x AS TIMESTAMPTZ))',
  'bitwise_and(a, b) AS a & b',
  'bitwise_not(a) AS ~a',
  'bitwise_or(a, b) AS a | b',
  'bitwise_xor(a, b) AS xor(a, b)',
  "cardinality(x) AS CASE WHEN starts_with(typeof(x), 'MAP') THEN len(json_keys(to_json(x))) ELSE CAST(json_array_length(to_json(x)) AS BIGINT) END",
  ...variadic('concat', (parameters) => parameters.join(' || ')),
  "current_timezone() AS current_setting('TimeZone')",
  `date_add(unit, n, x) AS cast_to_type(x + ${unitCase}, x)`,
  'date_trunc(unit, x) AS cast_to_type(date_trunc(lower(unit), x), x)',
  'e() AS exp(1)',
  'element_at(x, k) AS x[k]',
  'from_iso8601_date(x) AS CAST(x AS DATE)',
  'from_iso8601_timestamp(x) AS CAST(x AS TIMESTAMPTZ)',
  'from_unixtime(n, zone) AS system.main.timezone(zone, to_timestamp(n))',
  ...variadic('greatest', nullWins('greatest')),
  "infinity() AS CAST('inf' AS DOUBLE)",
  "is_json_scalar(j) AS json_type(j) NOT IN ('OBJECT', 'ARRAY')",
  "json_array_contains(j, v) AS list_contains(json_extract(j, '$[*]'), to_json(v))",
  "json_array_get(j, i) AS json_extract(j, '$[' || CASE WHEN i < 0 THEN '#' ELSE '' END || i || ']')",
  "json_array_length(j) AS CASE WHEN json_type(j) = 'ARRAY' THEN CAST(json_array_length(j) AS BIGINT) END",
  `json_extract(j, p) AS CASE WHEN json_valid(j) THEN json_extract(j, ${path}) END`,
  `json_extract_scalar(j, p) AS CASE WHEN json_valid(j) AND json_type(j, ${path}) NOT IN ('OBJECT', 'ARRAY') THEN json_extract_string(j, ${path}) END`,
  'json_format(j) AS CAST(json(j) AS VARCHAR)',
  'json_parse(s) AS CAST(s AS JSON)',
  `json_size(j, p) AS CASE json_type(j, ${path}) WHEN 'OBJECT' THEN len(json_keys(j, ${path})) WHEN 'ARRAY' THEN CAST(json_array_length(j, ${path}) AS BIGINT) ELSE 0 END`,
  ...variadic('least', nullWins('least')),
  'map_agg(k, v) AS map(list(k), list(v))',
  'md5(x) AS unhex(md5(x))',
  "millisecond(x) AS date_part('milliseconds', x) % 1000",
  `mod(a, b) AS system.main."%"(a, ${divisor})`,
  "nan() AS CAST('nan' AS DOUBLE)",
  'regexp_count(s, p) AS len(regexp_extract_all(s, p))',
  `regexp_extract(s, p) AS ${found.replace('g)', '0)')}`,
  `regexp_extract(s, p, g) AS ${found}`,
  "regexp_replace(s, p) AS regexp_replace(s, p, '', 'g')",
  `regexp_replace(s, p, r) AS regexp_replace(s, p, ${replacement}, 'g')`,
  'repeat(x, n) AS list_transform(range(n), lambda i: x)',
  'sequence(a, b) AS CASE WHEN a <= b THEN generate_series(a, b) ELSE generate_series(a, b, -1) END',
  'sequence(a, b, step) AS generate_series(a, b, step)',
  'sha1(x) AS unhex(sha1(x))',
  'sha256(x) AS unhex(sha256(x))',
  'slice(x, s, n) AS CASE WHEN s > 0 THEN list_slice(x, s, s + n - 1) ELSE list_slice(x, len(x) + s + 1, len(x) + s + n) END',
  'split(s, d, n) AS CASE WHEN len(string_split(s, d)) <= n THEN string_split(s, d) ELSE list_append(list_slice(string_split(s, d), 1, n - 1), array_to_string(list_slice(string_split(s, d), n, len(string_split(s, d))), d)) END',
  'split_part(s, d, n) AS string_split(s, d)[n]',
  'split_to_map(s, e, k) AS map(list_transform(string_split(s, e), lambda x: string_split(x, k)[1]), list_transform(string_split(s, e), lambda x: string_split(x, k)[2]))',
  "to_iso8601(x) AS CASE typeof(x) WHEN 'DATE' THEN strftime(x, '%Y-%m-%d') WHEN 'TIMESTAMP WITH TIME ZONE' THEN regexp_replace(regexp_replace(strftime(x, '%Y-%m-%dT%H:%M:%S.%g%z'), '[+]00$', 'Z'), '([+-][0-9][0-9])$', '\\1:00') ELSE strftime(x, '%Y-%m-%dT%H:%M:%S.%g') END",
  'to_unixtime(x) AS epoch(CAST(x AS TIMESTAMPTZ))',
  'trim_array(x, n) AS list_slice(x, 1, len(x) - n)',
  'truncate(x, n) AS trunc(x * power(10, n)) / power(10, n)',
  'typeof(x) AS lower(typeof(x))',
  "url_decode(x) AS url_decode(replace(x, '+', ' '))",
  "url_encode(x) AS replace(replace(replace(url_encode(x), '%20', '+'), '~', '%7E'), '%2A', '*')",
  `url_extract_fragment(url) AS ${url('5')}`,
  `url_extract_host(url) AS nullif(regexp_replace(regexp_replace(${url('2')}, '^.*@', ''), ':[0-9]*$', ''), '')`,
  `url_extract_parameter(url, name) AS url_decode(replace(list_filter(string_split(${url('4')}, '&'), lambda x: split_part(x, '=', 1) = name)[1][len(name) + 2:], '+', ' '))`,
  `url_extract_path(url) AS regexp_extract(url, '^(?:[^:/?#]+:)?(?://[^/?#]*)?([^?#]*)', 1)`,
  `url_extract_port(url) AS TRY_CAST(regexp_extract(${url('2')}, ':([0-9]+)$', 1) AS BIGINT)`,
  `url_extract_protocol(url) AS ${url('1')}`,
  `url_extract_query(url) AS ${url('4')}`,
  'with_timezone(x, zone) AS system.main.timezone(zone, CAST(x AS TIMESTAMP))',
]

/**
 * Operators. `//` and `%` are DuckDB's own with a check; the others stand for `+` and `-` beside an INTERVAL: a DATE stays a DATE in
 * Trino and becomes a TIMESTAMP in DuckDB. `!` keeps the type of the left side, `@` that of the right one, `~` changes nothing but
 * binds as these do.
 */
export const operatorMacros: readonly string[] = [
  `"//"(a, b) AS system.main."//"(a, ${divisor})`,
  `"%"(a, b) AS system.main."%"(a, ${divisor})`,
  '"+!"(a, b) AS cast_to_type(a + b, a)',
  '"-!"(a, b) AS cast_to_type(a - b, a)',
  '"+@"(a, b) AS cast_to_type(a + b, b)',
  '"+~"(a, b) AS a + b',
  '"-~"(a, b) AS a - b',
]

/** AT TIME ZONE gives the wall clock of the zone, whatever kind of timestamp stands before it. */
export const timezoneMacro = 'timezone(zone, x) AS system.main.timezone(zone, CAST(x AS TIMESTAMPTZ))'

const sketches = 'sketches have no text that could be sent; use approx_distinct or approx_percentile'

/** Functions of Trino that are missing, with what to write. */
export const unsupported: Readonly<Record<string, string>> = {
  all_match: 'use cardinality(filter(a, x -> NOT (...))) = 0',
  any_match: 'use cardinality(filter(a, x -> ...)) > 0',
  none_match: 'use cardinality(filter(a, x -> ...)) = 0',
  approx_most_frequent: 'use histogram, or GROUP BY with ORDER BY count(*)',
  approx_set: 'use approx_distinct',
  'approx_percentile/3': 'weights are not known; repeat the rows, or leave the weight out',
  checksum: 'use bit_xor(hash(x))',
  combinations: 'join the rows of UNNEST with themselves',
  crc32: 'use md5',
  from_base: 'use CAST',
  hmac_md5: 'use md5 or sha256',
  hmac_sha1: 'use sha1',
  hmac_sha256: 'use sha256',
  hmac_sha512: 'use sha256',
  human_readable_seconds: 'write it with division and mod',
  luhn_check: 'check the numbers before they come here',
  map_filter: 'use UNNEST(map_entries(m)) and map_agg',
  map_zip_with: 'use UNNEST(map_entries(m)) and map_agg',
  merge: sketches,
  multimap_agg: 'use array_agg with GROUP BY key',
  ngrams: 'use slice',
  numeric_histogram: 'use histogram',
  parse_duration: 'use INTERVAL',
  qdigest_agg: sketches,
  reduce: 'use list_reduce(array, (state, x) -> ..., start)',
  regexp_position: 'use strpos(s, regexp_extract(s, pattern))',
  sha512: 'use sha256',
  shuffle: 'its result would be another one in each run',
  soundex: 'use levenshtein_distance or jaro_winkler_similarity',
  split_to_multimap: 'use split and UNNEST',
  'strpos/3': 'use strpos(s, sub) on what follows the first one',
  tdigest_agg: sketches,
  title_case: 'use upper(substr(s, 1, 1)) || lower(substr(s, 2))',
  to_milliseconds: 'use epoch_ms(interval)',
  transform_keys: 'use map(transform(map_keys(m), k -> ...), map_values(m))',
  transform_values: 'use map(map_keys(m), transform(map_values(m), v -> ...))',
  value_at_quantile: sketches,
  word_stem: 'no function does it',
  xxhash64: 'use hash or md5',
  zip_with: 'use transform(sequence(1, cardinality(a)), i -> ...)',
}
