const columns = {
  i: (n) => `(random() * ${10 ** (1 + (n % 9))})::int`,
  b: () => '(random() * 1e15)::bigint',
  f: () => 'floor(random() * 1e6) / 64',
  n: () => '(random() * 100000)::numeric(12,2)',
  d: () => "date '2000-01-01' + (random() * 9000)::int",
  t: () => "timestamp '2020-01-01' + (random() * 1e8)::int * interval '1 second'",
  o: () => 'random() < 0.5',
  s: (n) => `substr(md5(i::text || '${n}'), 1, 4 + (random() * 12)::int)`,
};
const of = { i: 160, b: 40, f: 120, n: 40, d: 40, t: 20, o: 40, s: 39 };

/** 500 columns as a feature table has them: numbers above all. About 5 KB a row in binary COPY. */
export const wideSql = (table, rows) => `create unlogged table ${table} as select i::bigint as id,
${Object.entries(of)
  .flatMap(([kind, count]) => Array.from({ length: count }, (_, n) => ` ${columns[kind](n)} as ${kind}${n + 1}`))
  .join(',\n')}
from generate_series(1,${rows}) i`;
