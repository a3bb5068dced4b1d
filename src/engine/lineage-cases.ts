/** A query, and what each column of its result comes from: `table.column` with blanks between, `?` for unknown, `-` for nothing. */
export type LineageCase = [sql: string, columns: Record<string, string>]

/** Of the tables of a shop: see `caseTables`. */
export const lineageCases: LineageCase[] = [
  // ---- one table
  ['SELECT id, email FROM people', { id: 'people.id', email: 'people.email' }],
  ['SELECT email AS e, p.name n FROM people AS p', { e: 'people.email', n: 'people.name' }],
  ['SELECT 1 AS one, NULL AS none, current_date AS today', { one: '-', none: '-', today: '-' }],
  [
    'FROM people',
    { id: 'people.id', name: 'people.name', email: 'people.email', city: 'people.city', tags: 'people.tags' },
  ],
  ['SELECT EMAIL, P."Name" AS n FROM People P', { email: 'people.email', n: 'people.name' }],
  [
    'SELECT "user_fields.city" AS c, x."user_fields.city" AS d FROM extras x',
    { c: 'extras.user_fields.city', d: 'extras.user_fields.city' },
  ],
  ['SELECT main.people.email AS e FROM people', { e: 'people.email' }],
  ['SELECT lower(trim(email)) || name AS x FROM people', { x: 'people.email people.name' }],
  ["SELECT CASE WHEN email LIKE '%x' THEN city ELSE 'no' END AS x FROM people", { x: 'people.city people.email' }],
  [
    'SELECT CAST(id AS VARCHAR) AS a, id::INT AS b, TRY(id + 1) AS c FROM people',
    { a: 'people.id', b: 'people.id', c: 'people.id' },
  ],
  [
    "SELECT coalesce(nullif(name, ''), city) AS x, id BETWEEN 1 AND length(name) AS y FROM people",
    { x: 'people.city people.name', y: 'people.id people.name' },
  ],
  [
    "SELECT md5(email) AS h, concat_ws(' ', id, name) AS c, name COLLATE NOCASE AS n FROM people",
    { h: 'people.email', c: 'people.id people.name', n: 'people.name' },
  ],
  ['SELECT email AS a, a AS b, upper(b) AS c FROM people', { a: 'people.email', b: 'people.email', c: 'people.email' }],
  ['SELECT city AS name, name AS x FROM people', { name: 'people.city', x: 'people.city people.name' }],
  ['SELECT p FROM people p', { p: 'people.city people.email people.id people.name people.tags' }],
  ['SELECT random() < 2 AS r, name FROM people', { r: '-', name: 'people.name' }],
  // ---- stars
  ['SELECT * EXCLUDE (email, tags) FROM people', { id: 'people.id', name: 'people.name', city: 'people.city' }],
  [
    'SELECT * EXCLUDE (id, city, tags) REPLACE (lower(email) AS name) FROM people',
    { name: 'people.email', email: 'people.email' },
  ],
  [
    'SELECT o.*, p.city FROM people p, orders o',
    { id: 'orders.id', person: 'orders.person', total: 'orders.total', note: 'orders.note', city: 'people.city' },
  ],
  ["SELECT COLUMNS('^e') FROM people", { email: 'people.city people.email people.id people.name people.tags' }],
  [
    'SELECT * RENAME (total AS sum) FROM orders',
    {
      id: 'orders.id orders.note orders.person orders.total',
      person: 'orders.id orders.note orders.person orders.total',
      sum: 'orders.id orders.note orders.person orders.total',
      note: 'orders.id orders.note orders.person orders.total',
    },
  ],
  [
    "SELECT * FROM (SELECT * LIKE 'n%' FROM people)",
    { name: 'people.city people.email people.id people.name people.tags' },
  ],
  // ---- aggregates and windows see rows
  ['SELECT count(*) AS n FROM people', { n: '-' }],
  ['SELECT city, count(*) AS n FROM people GROUP BY city', { city: 'people.city', n: 'people.city' }],
  ['SELECT city AS c, sum(id) AS s FROM people GROUP BY 1', { c: 'people.city', s: 'people.city people.id' }],
  ['SELECT city AS c, max(id) AS s FROM people GROUP BY ALL', { c: 'people.city', s: 'people.city people.id' }],
  ['SELECT lower(city) AS c, max(id) AS s FROM people GROUP BY c', { c: 'people.city', s: 'people.city people.id' }],
  ["SELECT count(*) FILTER (WHERE email LIKE '%x') AS n FROM people", { n: 'people.email' }],
  ["SELECT count(*) AS n FROM people WHERE email LIKE '%x'", { n: 'people.email' }],
  ["SELECT city FROM people WHERE email LIKE '%x'", { city: 'people.city' }],
  ["SELECT string_agg(name, ',' ORDER BY email) AS x FROM people", { x: 'people.email people.name' }],
  [
    "SELECT city, sum(id) AS s FROM people GROUP BY city HAVING max(email) > 'a'",
    { city: 'people.city', s: 'people.city people.email people.id' },
  ],
  [
    'SELECT id, row_number() OVER (PARTITION BY city ORDER BY name) AS n FROM people',
    { id: 'people.id', n: 'people.city people.name' },
  ],
  [
    "SELECT sum(id) FILTER (WHERE city = 'x') OVER w AS s FROM people WINDOW w AS (PARTITION BY name)",
    { s: 'people.city people.id people.name' },
  ],
  [
    'SELECT lag(email, id) OVER (ORDER BY city ROWS BETWEEN id PRECEDING AND CURRENT ROW) AS x FROM people',
    { x: 'people.city people.email people.id' },
  ],
  ['SELECT name FROM people QUALIFY row_number() OVER (PARTITION BY email ORDER BY id) = 1', { name: 'people.name' }],
  ['SELECT DISTINCT ON (email) name FROM people ORDER BY id', { name: 'people.name' }],
  ['SELECT count(*) AS n FROM (SELECT DISTINCT email FROM people)', { n: 'people.email' }],
  ['SELECT list(id) AS l FROM (SELECT id FROM people ORDER BY email)', { l: 'people.email people.id' }],
  ['SELECT sum(id) AS s FROM (SELECT id FROM people ORDER BY email LIMIT 3)', { s: 'people.email people.id' }],
  ['SELECT grouping(city) AS g, city FROM people GROUP BY ROLLUP (city)', { g: 'people.city', city: 'people.city' }],
  // ---- joins
  [
    'SELECT p.email, o.total FROM people p JOIN orders o ON o.person = p.id',
    { email: 'people.email', total: 'orders.total' },
  ],
  [
    'SELECT p.email, o.total FROM people p LEFT JOIN orders o ON o.person = p.id',
    { email: 'people.email', total: 'orders.person orders.total people.id' },
  ],
  [
    'SELECT p.email, o.total FROM people p RIGHT JOIN orders o ON o.person = p.id',
    { email: 'orders.person people.email people.id', total: 'orders.total' },
  ],
  [
    'SELECT p.city, o.note FROM people p FULL JOIN orders o ON o.person = p.id',
    { city: 'orders.person people.city people.id', note: 'orders.note orders.person people.id' },
  ],
  ['SELECT id, total FROM people JOIN orders USING (id)', { id: 'orders.id people.id', total: 'orders.total' }],
  ['SELECT p.id AS a, o.id AS b FROM people p JOIN orders o USING (id)', { a: 'people.id', b: 'orders.id' }],
  [
    'SELECT * EXCLUDE (name, tags, email, city) FROM people NATURAL JOIN orders',
    { id: 'orders.id people.id', person: 'orders.person', total: 'orders.total', note: 'orders.note' },
  ],
  ['SELECT p.name FROM people p SEMI JOIN orders o ON o.person = p.id', { name: 'people.name' }],
  ['SELECT count(*) AS n FROM people p ANTI JOIN orders o ON o.person = p.id', { n: 'orders.person people.id' }],
  [
    'SELECT p.name, o.total FROM people p ASOF JOIN orders o ON p.id >= o.person',
    { name: 'orders.person people.id people.name', total: 'orders.person orders.total people.id' },
  ],
  ['SELECT p.name FROM people p POSITIONAL JOIN orders o', { name: '?' }],
  [
    'SELECT email, total FROM people p, orders o WHERE o.person = p.id',
    { email: 'people.email', total: 'orders.total' },
  ],
  // ---- subqueries and CTEs
  ['SELECT e FROM (SELECT email FROM people) AS s(e)', { e: 'people.email' }],
  ['SELECT s.n FROM (SELECT count(*) AS n, max(email) AS m FROM people) s', { n: '-' }],
  [
    'SELECT id, (SELECT max(total) FROM orders o WHERE o.person = p.id) AS m FROM people p',
    { id: 'people.id', m: 'orders.person orders.total people.id' },
  ],
  ['SELECT EXISTS (SELECT 1 FROM orders WHERE note = p.name) AS x FROM people p', { x: 'orders.note people.name' }],
  ['SELECT city IN (SELECT note FROM orders) AS x FROM people', { x: 'orders.note people.city' }],
  ['SELECT (SELECT name) AS x FROM people', { x: 'people.name' }],
  ['SELECT total FROM orders WHERE person IN (SELECT id FROM people WHERE email IS NULL)', { total: 'orders.total' }],
  [
    'WITH a AS (SELECT email AS e FROM people), b AS (SELECT upper(e) AS f FROM a) SELECT f FROM b',
    { f: 'people.email' },
  ],
  ['WITH people AS (SELECT name AS email FROM people) SELECT email FROM people', { email: 'people.name' }],
  ['WITH a(x, y) AS (SELECT id, email FROM people) SELECT y FROM a', { y: 'people.email' }],
  [
    'WITH a AS (SELECT email AS e FROM people) SELECT e FROM (WITH a AS (SELECT city AS e FROM people) SELECT e FROM a)',
    { e: 'people.city' },
  ],
  [
    'WITH a AS MATERIALIZED (SELECT * FROM orders) SELECT x.note FROM a AS x JOIN a AS y USING (id)',
    { note: 'orders.note' },
  ],
  [
    'WITH RECURSIVE r AS (SELECT id, city AS c FROM people UNION ALL SELECT r.id + o.total, r.c FROM r JOIN orders o ON o.person = r.id) SELECT id, c FROM r',
    { id: 'orders.total people.id', c: 'people.city' },
  ],
  [
    'WITH RECURSIVE r(a, b) USING KEY (a) AS (SELECT id, 1 FROM people UNION SELECT a, b + 1 FROM r WHERE b < 3) SELECT b FROM r',
    { b: '?' },
  ],
  [
    'SELECT l.x FROM people p, LATERAL (SELECT p.email || o.note AS x FROM orders o) l',
    { x: 'orders.note people.email' },
  ],
  ['SELECT x FROM people p, (SELECT upper(p.city)) AS l(x)', { x: 'people.city' }],
  // ---- set operations
  ['SELECT email FROM people UNION ALL SELECT note FROM orders', { email: 'orders.note people.email' }],
  [
    'SELECT id, email FROM people UNION SELECT total, note FROM orders',
    { id: 'orders.total people.id', email: 'orders.note people.email' },
  ],
  ['SELECT city FROM people INTERSECT SELECT note FROM orders', { city: 'orders.note people.city' }],
  ['SELECT city FROM people EXCEPT SELECT note FROM orders', { city: 'people.city' }],
  [
    'SELECT count(*) AS n FROM (SELECT city FROM people EXCEPT SELECT note FROM orders)',
    { n: 'orders.note people.city' },
  ],
  [
    'SELECT id AS a, email AS b FROM people UNION ALL BY NAME SELECT note AS b, total AS c FROM orders',
    { a: 'people.id', b: 'orders.note people.email', c: 'orders.total' },
  ],
  // ---- values, lists, structs, lambdas
  ['SELECT v.b FROM (VALUES (1, 2)) AS v(a, b)', { b: '-' }],
  ['SELECT v.b FROM people p, (VALUES (1, p.email), (2, p.city)) AS v(a, b)', { b: 'people.city people.email' }],
  ['SELECT unnest(tags) AS tag, id FROM people', { tag: 'people.tags', id: 'people.id' }],
  ['SELECT tag FROM people p, unnest(p.tags) AS u(tag)', { tag: 'people.tags' }],
  ["SELECT {'a': email, 'b': city}.b AS x FROM people", { x: 'people.city people.email' }],
  ["SELECT s.a AS x FROM (SELECT {'a': email, 'b': city} AS s FROM people)", { x: 'people.city people.email' }],
  ["SELECT s['a'] AS x, s.* FROM (SELECT {'a': email} AS s FROM people)", { x: 'people.email', a: 'people.email' }],
  ['SELECT list_transform(tags, lambda t: t || city) AS l FROM people', { l: 'people.city people.tags' }],
  ['SELECT [t || name FOR t IN tags IF t > city] AS l FROM people', { l: 'people.city people.name people.tags' }],
  ["SELECT note -> '$.a' AS j, note ->> 'b' AS k FROM orders", { j: 'orders.note', k: 'orders.note' }],
  ['SELECT i FROM people p, range(p.id) AS r(i)', { i: 'people.id' }],
  // ---- not followed
  ["SELECT * FROM (SELECT city, id FROM people) PIVOT (count(id) FOR city IN ('x'))", { x: '?' }],
  ['SELECT * FROM orders UNPIVOT (v FOR n IN (id, total))', { person: '?', note: '?', n: '?', v: '?' }],
  ['SELECT #2 AS x FROM orders', { x: '?' }],
  // ---- tables by SQL
  [
    'SELECT mail, orders FROM buyers',
    { mail: 'people.email', orders: 'orders.id orders.person people.email people.id' },
  ],
  ['SELECT "count_star()" AS n FROM cities', { n: 'people.city' }],
  ['SELECT upper(mail) AS m FROM vips', { m: 'people.email' }],
  ['SELECT count(*) AS n FROM vips', { n: 'orders.id orders.person people.email people.id' }],
]
