const sentences = Array.from(
  { length: 6 },
  (_, n) => `substr(p.words, ${1 + n * 300} + (random() * 20)::int, 50 + (random() * 60)::int) as note${n + 1}`,
);
const paragraphs = Array.from(
  { length: 4 },
  (_, n) => `substr(p.words, ${50 + n * 450} + (random() * 50)::int, 150 + (random() * 300)::int) || i as body${n + 1}`,
);

const list = (words) =>
  `(array[${words
    .split(' ')
    .map((word) => `'${word}'`)
    .join(',')}])[1 + (random() * ${words.split(' ').length - 1})::int]`;
const stem = list(
  'tide mark sea salt wind keel rope log harbour lamp wave shore drift ebb flood buoy reef sand gull mast hull sail deck Küste größ naïv 数据 été 港',
);
const ending = list('s ing ed er ly ness ward less ful ment ure al ic age ion');

/**
 * 20 columns, 18 of them text, about 2 KB a row. The words come from 4,000 paragraphs of about 2,500 characters, joined so that the
 * rows stay in their order.
 */
export const textHeavySql = (table, rows) => `create unlogged table ${table} as
with p as materialized (
  select n, string_agg(${stem} || ${ending}, ' ' order by k) as words
  from generate_series(0, 3999) n, generate_series(1, 400) k group by n order by n)
select i::bigint as id,
 timestamptz '2024-01-01 00:00:00+00' + i * interval '7 seconds' as created_at,
 md5(i::text) as digest,
 'user' || (random() * 50000)::int || '@example.org' as author,
 (array['open','closed','waiting','spam'])[1 + (random() * 3)::int] as state,
 (array['de','en','fi','fr','ja'])[1 + (random() * 4)::int] as language,
 'https://example.org/items/' || i || '?page=' || (random() * 90)::int as link,
 repeat('x', 1 + (random() * 20)::int) as mark,
 (random() * 1e9)::bigint::text as phone,
 '/var/data/' || md5((i / 1000)::text) || '/' || i as path,
 ${[...sentences, ...paragraphs].join(',\n ')}
from generate_series(1,${rows}) i join p on p.n = (i::bigint * 7919) % 4000`;
