import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { OpenSource } from '../../../../src/core/source.js';
import { open } from '../../../../src/source/postgres/open.js';
import { openSession, type Ticket } from '../../../../src/source/postgres/snapshot/session.js';
import { type FreshDatabase, freshDatabase } from '../../../servers/postgres.js';
import { never, table } from '../open-fixture.js';
import { type RequestChanges, requestOf } from '../open-request.js';

/** Policies that give every lane the same rows. */
const steady = [
  'id > 0',
  'id IN (1, 2, 3) OR id BETWEEN 5 AND 9',
  'owner = current_user OR owner = session_user',
  "owner = current_setting('app.owner', true)",
  "id = current_setting('app.id')::int",
  "CASE WHEN id > 5 THEN coalesce(owner, 'x') ~ '^a' ELSE NOT (NULLIF(id, 3) IS NULL) END",
  "seen < timestamptz '2024-01-01' AND lower(owner) = 'x' AND id = ANY (ARRAY[1, 2])",
  "owner = current_setting('TimeZone')",
  'plain_function(id)',
];

/** Policies that may not, with what is said of them. */
const unsteady: readonly [string, string][] = [
  ['seen <= now()', 'now()'],
  ['seen <= CURRENT_TIMESTAMP', 'now()|CURRENT_TIMESTAMP'],
  ['day <= CURRENT_DATE', 'CURRENT_DATE'],
  ['seen::timestamp < LOCALTIMESTAMP', 'LOCALTIMESTAMP'],
  ['seen < statement_timestamp()', 'statement_timestamp()'],
  ['seen > clock_timestamp()', 'clock_timestamp()'],
  ['random() < 0.5', 'random()'],
  ["seen <= (owner || '')::timestamptz", 'timestamptz_in'],
  ["seen <= current_setting('app.since', true)::timestamptz", 'timestamptz_in'],
  ['EXISTS (SELECT 1 FROM members m WHERE m.id = docs.id)', 'a sub-select'],
  ['id IN (SELECT m.id FROM members m)', 'a sub-select'],
  ['current_setting(owner, true) IS NULL', 'current_setting() of a computed name'],
  ["current_setting('application_name') <> owner", "current_setting('application_name')"],
  ['stable_function(id)', 'stable_function(integer)'],
  ['id #< 5', 'stable_less(integer,integer)'],
  ["pg_has_role(owner, 'MEMBER')", 'pg_has_role'],
];

describe.each(['postgres18', 'postgres14'] as const)('%s: row-level security', (key) => {
  let db: FreshDatabase;
  const sources: OpenSource[] = [];
  beforeAll(async () => {
    db = await freshDatabase(inject(key));
    await db.query(`
      CREATE TABLE docs (id int, owner text, seen timestamptz, day date); ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
      CREATE TABLE members (id int);
      INSERT INTO docs SELECT g, 'a', '2024-01-01', '2024-01-01' FROM generate_series(1, 10) g;
      CREATE FUNCTION plain_function(int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1 > 2';
      CREATE FUNCTION stable_function(int) RETURNS bool STABLE LANGUAGE sql AS 'SELECT $1 > 2';
      CREATE FUNCTION stable_less(int, int) RETURNS bool STABLE LANGUAGE sql AS 'SELECT $1 < $2';
      CREATE OPERATOR #< (FUNCTION = stable_less, LEFTARG = int, RIGHTARG = int);
      CREATE ROLE tenant_${db.name} LOGIN; GRANT SELECT ON docs, members TO tenant_${db.name};
      ALTER ROLE tenant_${db.name} SET app.id = '3'; ALTER ROLE tenant_${db.name} SET app.owner = 'a'`);
  });
  afterEach(async () => {
    await Promise.all(sources.splice(0).map((source) => source.close()));
  });
  afterAll(async () => {
    await db.query(`DROP OWNED BY tenant_${db.name}`);
    await db.drop();
  });

  const start = async (rest: RequestChanges = {}): Promise<OpenSource> => {
    const source = await open(
      requestOf(db.url.replace('postgres@', `tenant_${db.name}@`), { ...table('docs'), ...rest }),
      never,
    );
    sources.push(source);
    return source;
  };
  const policy = (expression: string): Promise<unknown> =>
    db.query(`DROP POLICY IF EXISTS p ON docs; CREATE POLICY p ON docs FOR SELECT USING (${expression})`);

  it.each(steady)('lanes may read by: %s', async (expression) => {
    await policy(expression);
    const source = await start();
    expect(source.tables[0]!.ranges[0]!.label).toBe('all pages');
    expect(source.warnings.join()).not.toContain('by one statement');
  });

  it.each(unsteady)('one statement reads by: %s', async (expression, reason) => {
    await policy(expression);
    const source = await start({ maxStatement: 1000 });
    expect(source.tables[0]!.ranges).toMatchObject([{ label: 'all rows, by one statement' }]);
    expect(source.warnings.find((warning) => warning.includes('row-level security asks for'))).toMatch(
      new RegExp(reason.replaceAll(/[()']/g, '\\$&')),
    );
    expect((source.ticket as Ticket).statements[0]).toMatchObject({ pages: false, divisible: false });
  });

  it('settings that policies ask for are alike in all lanes, whatever the role is given meanwhile', async () => {
    await policy("id = current_setting('app.id')::int");
    const source = await start();
    await db.query(`ALTER ROLE tenant_${db.name} SET app.id = '7'`);
    const lane = await openSession(source.ticket as Ticket, never);
    expect(await lane.query('SELECT id FROM docs')).toEqual([{ id: 3 }]);
    await lane.close();
    await db.query(`ALTER ROLE tenant_${db.name} SET app.id = '3'`);
  });

  it('a setting that was not there for the first session, and is for the second one, fails it', async () => {
    await policy("current_setting('app.late', true) IS NULL");
    const source = await start();
    await db.query(`ALTER ROLE tenant_${db.name} SET app.late = 'x'`);
    await expect(openSession(source.ticket as Ticket, never)).rejects.toMatchObject({ code: 'source.changed' });
    await db.query(`ALTER ROLE tenant_${db.name} RESET app.late`);
  });

  it('does not count for those whom no policy filters', async () => {
    await policy('seen <= now()');
    const source = await open(requestOf(db.url, table('docs')), never);
    expect(source.tables[0]!.ranges[0]!.label).toBe('all pages');
    await source.close();
  });
});
