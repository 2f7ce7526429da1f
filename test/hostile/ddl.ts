import type { Disturbance } from './world.js';

/** A table of its own, since much of this can only be undone by making it anew. */
export const victim = `
  DROP TABLE IF EXISTS victim, spare.victim, victim_before, victim_other CASCADE;
  CREATE TABLE victim (id int CONSTRAINT victim_key PRIMARY KEY, m mood, pad text); ALTER TABLE victim ALTER pad SET STORAGE PLAIN;
  INSERT INTO victim SELECT id, m, pad FROM live.events ORDER BY id;
  CREATE TABLE victim_other (LIKE victim); INSERT INTO victim_other SELECT -id, 'ok', '' FROM victim;
  GRANT SELECT ON victim, victim_other TO PUBLIC`;

/** What people do to a table while others read it. Most of it waits for the reader's lock. */
const changes = [
  'TRUNCATE victim',
  'DROP TABLE victim',
  'ALTER TABLE victim RENAME TO victim_before',
  'ALTER TABLE victim RENAME TO victim_before; ALTER TABLE victim_other RENAME TO victim',
  'ALTER TABLE victim RENAME COLUMN m TO mm',
  'ALTER TABLE victim DROP COLUMN m',
  'ALTER TABLE victim ADD COLUMN extra int DEFAULT 5',
  'ALTER TABLE victim ALTER m TYPE text',
  'ALTER TABLE victim ALTER id TYPE bigint',
  'ALTER TABLE victim ALTER pad SET NOT NULL',
  'ALTER TABLE victim ADD CHECK (id > 0)',
  'ALTER TABLE victim SET SCHEMA spare',
  'ALTER TABLE victim SET UNLOGGED',
  'ALTER TABLE victim SET (fillfactor = 50)',
  'ALTER TABLE victim SET WITHOUT CLUSTER',
  'ALTER TABLE victim OWNER TO pg_monitor',
  'ALTER TABLE victim ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE victim REPLICA IDENTITY FULL',
  'CREATE POLICY none ON victim USING (false)',
  'CREATE RULE nothing AS ON INSERT TO victim DO INSTEAD NOTHING',
  'VACUUM FULL victim',
  'CLUSTER victim USING victim_key',
  'REINDEX TABLE victim',
  'REINDEX TABLE CONCURRENTLY victim',
  'CREATE INDEX CONCURRENTLY victim_index ON victim (m)',
  'COMMENT ON TABLE victim IS $$read by others$$',
  'REVOKE SELECT ON victim FROM PUBLIC',
  'DELETE FROM victim; INSERT INTO victim SELECT id, m, pad FROM victim_other; VACUUM victim',
  'LOCK TABLE victim IN ACCESS EXCLUSIVE MODE',
] as const;

export const ddl: readonly Disturbance[] = changes.map((change) => ({
  name: change,
  change,
  undo: victim,
  waits: true,
}));
