/** What is read while it changes. @param name of the database, for roles of its own */
export const worldFor = (name: string): string => `
      CREATE SCHEMA live; CREATE SCHEMA spare;
      CREATE TABLE live.wide (id int, pad text); ALTER TABLE live.wide ALTER pad SET STORAGE PLAIN;
      INSERT INTO live.wide SELECT g, repeat('x', 1500) FROM generate_series(1, 25000) g;
      CREATE TABLE spare.wide (LIKE live.wide); INSERT INTO spare.wide SELECT -id, pad FROM live.wide;
      CREATE TABLE days (id int, pad text) PARTITION BY LIST (id); ALTER TABLE days ALTER pad SET STORAGE PLAIN;
      CREATE TABLE day_1 PARTITION OF days FOR VALUES IN (1);
      INSERT INTO days SELECT 1, repeat('x', 1500) FROM generate_series(1, 25000);
      CREATE TABLE day_2 (id int, pad text); INSERT INTO day_2 SELECT 2, 'old row' FROM generate_series(1, 100);
      CREATE TABLE parent (id int); INSERT INTO parent SELECT generate_series(1, 10);
      CREATE TABLE child (id int); INSERT INTO child SELECT generate_series(11, 20);
      CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE pair AS (a int, m mood);
      CREATE TABLE moods (id int, m mood, p pair); INSERT INTO moods VALUES (1, 'sad', (1, 'ok'));
      CREATE TABLE rates (r int); INSERT INTO rates VALUES (2); CREATE TABLE bonus AS SELECT 9 AS r;
      CREATE FUNCTION inner_rate(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT $1 * (SELECT r FROM public.rates)';
      CREATE FUNCTION rate(int) RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN public.inner_rate($1); END';
      CREATE FUNCTION twice(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2';
      CREATE VIEW doubled AS SELECT twice(id) AS id FROM moods;
      CREATE FUNCTION visible(int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1 > 0';
      CREATE TABLE guarded (id int); INSERT INTO guarded SELECT generate_series(-5, 5);
      ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; CREATE POLICY seen ON guarded USING (visible(id));
      CREATE ROLE guest_${name} LOGIN; CREATE ROLE friends_${name};
      GRANT SELECT ON guarded, moods TO guest_${name};`;

/** What happens on every busy server while a run reads, and changes no value. */
export const harmless = [
  'ANALYZE',
  'VACUUM days',
  'VACUUM moods',
  'CREATE INDEX ON moods (id)',
  'GRANT SELECT ON moods, days, day_1, rates, doubled TO guest',
  'GRANT EXECUTE ON FUNCTION twice(int), rate(int) TO guest',
  'GRANT USAGE ON TYPE mood TO guest',
  'GRANT USAGE ON SCHEMA public TO guest',
  "COMMENT ON TABLE moods IS 'x'",
  'ALTER TABLE moods ALTER id SET STATISTICS 50',
  'ALTER TABLE moods SET (autovacuum_vacuum_scale_factor = 0.5)',
  'CREATE TABLE unrelated (id int)',
  'ALTER TABLE unrelated ADD more text',
  'DROP TABLE unrelated',
  "CREATE FUNCTION unrelated() RETURNS int LANGUAGE sql AS 'SELECT 1'",
  'DROP FUNCTION unrelated()',
  "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'new'",
  'INSERT INTO moods VALUES (2, NULL, NULL)',
  'UPDATE moods SET id = id',
  'DELETE FROM moods WHERE id = 2',
];
