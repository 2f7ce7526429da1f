const sparse = (share, value) => `case when random() < ${share} then ${value} end`;

/** 20 columns with NULLs of every density: never, one in a hundred, half, nearly always, always, and in long runs. */
export const nullHeavySql = (table, rows) => `create unlogged table ${table} as select
 i::bigint as id,
 ${sparse(0.99, '(random() * 1000)::int')} as i99,
 ${sparse(0.5, '(random() * 1000)::int')} as i50,
 ${sparse(0.1, '(random() * 1000000)::int')} as i10,
 ${sparse(0.01, '(random() * 1000000)::int')} as i01,
 null::int as i00,
 ${sparse(0.5, '(random() * 1e12)::bigint')} as b50,
 ${sparse(0.05, '(random() * 1e12)::bigint')} as b05,
 ${sparse(0.5, 'floor(random() * 1e6) / 64')} as f50,
 ${sparse(0.05, 'floor(random() * 1e6) / 64')} as f05,
 (${sparse(0.5, 'random() * 10000')})::numeric(15,2) as n50,
 (${sparse(0.05, 'random() * 10000')})::numeric(15,2) as n05,
 ${sparse(0.5, "date '2000-01-01' + (random() * 9000)::int")} as d50,
 ${sparse(0.05, "timestamp '2020-01-01' + (random() * 1e8)::int * interval '1 second'")} as t05,
 ${sparse(0.5, 'random() < 0.5')} as o50,
 ${sparse(0.5, "(array['red','green','blue'])[1 + (random() * 2)::int]")} as s50,
 ${sparse(0.1, 'md5(i::text)')} as s10,
 ${sparse(0.01, 'md5(i::text)')} as s01,
 case when (i / 50000) % 2 = 0 then (i % 977)::int end as runs,
 case when (i / 200000) % 4 = 3 then substr(md5((i % 5000)::text), 1, 12) end as text_runs
from generate_series(1,${rows}) i`;
