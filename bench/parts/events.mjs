/** Rows of the table of events that benchmarks of chains share, as a SELECT. @param step between the times of two rows */
export const events = (
  from,
  to,
  step = '1 s',
) => `SELECT i AS id, timestamptz '2024-01-01' + i * interval '${step}' AS at,
  i % 100000 AS customer, (i % 997 * 1.25)::numeric(12,2) AS amount, md5(i::text) AS note, i % 3 = 0 AS paid
  FROM generate_series(${from}, ${to}) i`;
