/** The tables of the trial, and what disturbs those who read them. */

const pad = `repeat('x', 1500)`;

/** Half of what is read is large enough for several ranges. */
export const world = `
  CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
  CREATE FUNCTION price(int) RETURNS numeric IMMUTABLE LANGUAGE sql AS 'SELECT $1 / 4.0';
  CREATE FUNCTION label(int) RETURNS text STABLE LANGUAGE plpgsql AS 'BEGIN RETURN ''n'' || price($1); END';
  CREATE SCHEMA live; CREATE SCHEMA spare;
  CREATE TABLE live.events (id int, m mood, pad text); ALTER TABLE live.events ALTER pad SET STORAGE PLAIN;
  INSERT INTO live.events SELECT g, (ARRAY['sad', 'ok', 'glad'])[1 + g % 3]::mood, ${pad} FROM generate_series(1, 24000) g;
  CREATE TABLE spare.events (LIKE live.events); INSERT INTO spare.events SELECT -id, 'ok', pad FROM live.events;
  CREATE TABLE parted (id int, m mood, pad text) PARTITION BY RANGE (id); ALTER TABLE parted ALTER pad SET STORAGE PLAIN;
  CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (0) TO (12000); CREATE TABLE part_2 PARTITION OF parted FOR VALUES FROM (12000) TO (30000);
  INSERT INTO parted SELECT id, m, pad FROM live.events;
  CREATE TABLE part_3 (id int, m mood, pad text); INSERT INTO part_3 SELECT 40000 + g, 'ok', '' FROM generate_series(1, 50) g;
  CREATE TABLE parent (id int, m mood, pad text); ALTER TABLE parent ALTER pad SET STORAGE PLAIN; INSERT INTO parent SELECT id, m, pad FROM live.events;
  CREATE TABLE heir (id int, m mood, pad text); INSERT INTO heir SELECT 50000 + g, 'ok', '' FROM generate_series(1, 50) g;
  CREATE TABLE guarded (id int, m mood, pad text); ALTER TABLE guarded ALTER pad SET STORAGE PLAIN; INSERT INTO guarded SELECT id, m, pad FROM live.events;
  CREATE FUNCTION may_see(int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1 % 5 <> 0';
  ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; CREATE POLICY see ON guarded USING (may_see(id));
  CREATE TABLE timed (id int, m mood, pad text, visible timestamptz); ALTER TABLE timed ALTER pad SET STORAGE PLAIN;
  INSERT INTO timed SELECT id, m, pad, now() - interval '1 day' FROM live.events;
  ALTER TABLE timed ENABLE ROW LEVEL SECURITY; CREATE POLICY see ON timed USING (visible <= now());
  CREATE VIEW priced AS SELECT id, m, price(id)::text AS pad FROM live.events;
`;

/** What is read: options of the command, and the SQL that says what must come out. */
export interface Subject {
  readonly name: string;
  readonly options: readonly string[];
  /** The same rows, as id, m and pad in text. */
  readonly oracle: string;
}

const table = (name: string): Subject => ({
  name,
  options: ['--table', name],
  oracle: `SELECT id::text, m::text, pad FROM ${name}`,
});

/** What is changed by the statements of `ddl.ts`. */
export const victimSubject = table('victim');

export const subjects: readonly Subject[] = [
  table('live.events'),
  table('parted'),
  table('parent'),
  table('guarded'),
  table('timed'),
  table('priced'),
  {
    name: 'a query that calls functions',
    options: ['--query', 'SELECT id, m, label(id) AS pad FROM live.events'],
    oracle: 'SELECT id::text, m::text, label(id) AS pad FROM live.events',
  },
  {
    name: 'a query with a parameter at two places',
    options: [
      '--query',
      'SELECT id, m, :least::int AS pad FROM live.events WHERE id >= :least',
      '--param',
      'least=0100',
    ],
    oracle: `SELECT id::text, m::text, '100' AS pad FROM live.events WHERE id >= 100`,
  },
];

/** A change while lanes stand still, and how it is taken back. */
export interface Disturbance {
  readonly name: string;
  readonly change: string;
  readonly undo: string;
  /** Names of the subjects that it changes; absent: none. */
  readonly concerns?: readonly string[];
  /** It may wait for the run to end: nobody waits for it. */
  readonly waits?: true;
  /** Every run must go through it. */
  readonly harmless?: true;
}

const swap = 'ALTER SCHEMA live RENAME TO gone; ALTER SCHEMA spare RENAME TO live; ALTER SCHEMA gone RENAME TO spare';
const fn = (name: string, result: string, volatility: string, body: string): string =>
  `CREATE OR REPLACE FUNCTION ${name}(int) RETURNS ${result} ${volatility} LANGUAGE sql AS '${body}'`;

export const harmful: readonly Disturbance[] = [
  {
    name: 'schemas are swapped',
    concerns: ['live.events', 'priced', 'a query that calls functions'],
    change: swap,
    undo: swap,
  },
  {
    name: 'a schema is renamed',
    concerns: ['live.events', 'priced', 'a query with a parameter at two places'],
    change: 'ALTER SCHEMA live RENAME TO moved',
    undo: 'ALTER SCHEMA moved RENAME TO live',
  },
  {
    name: 'a partition is attached',
    concerns: ['parted'],
    change: 'ALTER TABLE parted ATTACH PARTITION part_3 FOR VALUES FROM (40000) TO (50000)',
    undo: 'ALTER TABLE parted DETACH PARTITION part_3',
  },
  {
    name: 'a child inherits',
    concerns: ['parent'],
    change: 'ALTER TABLE heir INHERIT parent',
    undo: 'ALTER TABLE heir NO INHERIT parent',
  },
  {
    name: 'a label is renamed',
    concerns: ['live.events', 'parted', 'parent', 'timed', 'guarded'],
    change: `ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'`,
    undo: `ALTER TYPE mood RENAME VALUE 'fine' TO 'ok'`,
  },
  {
    name: 'a function is replaced',
    concerns: ['priced', 'a query that calls functions'],
    change: fn('price', 'numeric', 'IMMUTABLE', 'SELECT $1 / 8.0'),
    undo: fn('price', 'numeric', 'IMMUTABLE', 'SELECT $1 / 4.0'),
  },
  {
    name: 'the function of a policy is replaced',
    concerns: ['guarded'],
    change: fn('may_see', 'bool', 'IMMUTABLE', 'SELECT true'),
    undo: fn('may_see', 'bool', 'IMMUTABLE', 'SELECT $1 % 5 <> 0'),
  },
  {
    name: 'a function is exchanged for one of another type',
    concerns: ['a query that calls functions'],
    change: `ALTER FUNCTION label(int) RENAME TO label_before; ${fn('label', 'int', 'STABLE', 'SELECT $1')}`,
    undo: 'DROP FUNCTION label(int); ALTER FUNCTION label_before(int) RENAME TO label',
  },
];

export const harmless: readonly Disturbance[] = [
  { name: 'nothing', change: 'SELECT 1', undo: 'SELECT 1', harmless: true },
  { name: 'ANALYZE', change: 'ANALYZE', undo: 'SELECT 1', harmless: true },
  { name: 'VACUUM', change: 'VACUUM live.events', undo: 'SELECT 1', harmless: true },
  {
    name: 'an index',
    change: 'CREATE INDEX made ON live.events (id)',
    undo: 'DROP INDEX live.made',
    harmless: true,
  },
  {
    name: 'rights',
    change: 'GRANT SELECT ON live.events, parted, guarded TO PUBLIC; GRANT EXECUTE ON FUNCTION price(int) TO PUBLIC',
    undo: 'REVOKE SELECT ON live.events, parted FROM PUBLIC',
    harmless: true,
  },
  {
    name: 'unrelated objects',
    change: `CREATE TABLE other (id int); CREATE FUNCTION other() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TYPE others AS ENUM ('a')`,
    undo: 'DROP TABLE other; DROP FUNCTION other(); DROP TYPE others',
    harmless: true,
  },
  {
    name: 'rows come and go',
    change: `INSERT INTO live.events VALUES (99999, 'ok', ''); UPDATE parted SET m = 'sad' WHERE id = 7; DELETE FROM guarded WHERE id = 8`,
    undo: `DELETE FROM live.events WHERE id = 99999; UPDATE parted SET m = 'ok' WHERE id = 7; INSERT INTO guarded SELECT id, m, pad FROM live.events WHERE id = 8`,
    harmless: true,
  },
];
