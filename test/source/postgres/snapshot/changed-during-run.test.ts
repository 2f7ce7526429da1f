import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { connect } from '../../../../src/source/postgres-protocol/connect.js';
import { DefinitionWatch } from '../../../../src/source/postgres/definitions/watch.js';
import { holdSnapshot } from '../../../../src/source/postgres/snapshot/held-snapshot.js';
import { readServer } from '../../../../src/source/postgres/plan/server.js';
import type { PostgresSettings } from '../../../../src/source/postgres-protocol/settings.js';
import { dealt } from '../../../support/long-form.js';
import { ChangingRun, failure } from './changing-run.js';
import { harmless } from './changing-world.js';
import { never, query, table } from '../open-fixture.js';
import { requestOf } from '../open-request.js';

/** What is tried is dealt out between them where time is short. */
const servers = ['postgres18', 'postgres14'] as const;

describe.each(servers)('%s: changes during a run', (key) => {
  let at: ChangingRun;
  const turn = { to: servers.indexOf(key), of: servers.length };
  beforeAll(async () => {
    at = await ChangingRun.create(inject(key));
  });
  afterEach(() => at.settle());
  afterAll(() => at.drop());

  describe('names', () => {
    const swap = `ALTER SCHEMA live RENAME TO gone; ALTER SCHEMA spare RENAME TO live; ALTER SCHEMA gone RENAME TO spare`;

    it.each(['copy', 'cursor'] as const)(
      'a schema that is swapped between two ranges fails the lane, by %s',
      async (via) => {
        const source = await at.start({ ...table('live.wide'), via });
        expect(source.tables[0]!.ranges.length).toBeGreaterThan(1);
        const first = await at.lane(source);
        await at.readOn(first, source, 0);
        await at.during(swap, swap, async () => {
          const error = await failure(at.readOn(first, source, 1));
          expect(error).toMatchObject({ code: 'source.changed', retryable: false });
          expect(error.message).toContain('live.wide is named spare.wide now');
          expect((await failure(at.lane(source))).message).toContain('live.wide is named spare.wide now');
        });
      },
    );

    it('a swapped schema fails a query, too', async () => {
      const source = await at.start(query('SELECT id FROM live.wide'));
      await at.during(swap, swap, async () => expect((await failure(at.read(source))).code).toBe('source.changed'));
    });

    it('a relation that comes before another in the search path fails the query that would read it', async () => {
      const url = `${at.db.url}?options=-c%20search_path%3Dspare,live`;
      await at.sql('ALTER TABLE spare.wide RENAME TO other');
      const source = await at.start(query('SELECT id FROM wide'), url);
      await at.during(
        'CREATE TABLE spare.wide AS SELECT 7 AS id',
        'DROP TABLE spare.wide; ALTER TABLE spare.other RENAME TO wide',
        async () =>
          expect((await failure(at.read(source))).message).toContain(
            'spare.wide, which a function reads, was made since',
          ),
      );
    });
  });

  describe('relations that join', () => {
    it('a partition that is attached between two ranges', async () => {
      const source = await at.start({ ...table('days') });
      const first = await at.lane(source);
      await at.readOn(first, source, 0);
      const attach = 'ALTER TABLE days ATTACH PARTITION day_2 FOR VALUES IN (2)';
      await at.during(attach, 'ALTER TABLE days DETACH PARTITION day_2', async () => {
        const error = await failure(at.readOn(first, source, 1));
        expect(error).toMatchObject({ code: 'source.changed' });
        expect(error.message).toContain('public.day_2 was attached as a partition');
      });
    });

    it('a partition that is attached before a query reads, and after it has read', async () => {
      const attach = 'ALTER TABLE days ATTACH PARTITION day_2 FOR VALUES IN (2)';
      const detach = 'ALTER TABLE days DETACH PARTITION day_2';
      const early = await at.start(query('SELECT id FROM days'));
      await at.during(attach, detach, async () =>
        expect((await failure(at.read(early))).message).toContain('day_2 was attached'),
      );
      const late = await at.start(query('SELECT id FROM days'));
      const evidence = await at.read(late);
      await at.during(attach, detach, async () => {
        expect((await failure(late.confirm([evidence]))).message).toContain('children public.days is another one now');
      });
    });

    it('a child that inherits', async () => {
      const source = await at.start(table('parent'));
      await at.during('ALTER TABLE child INHERIT parent', 'ALTER TABLE child NO INHERIT parent', async () => {
        const error = await failure(at.read(source));
        expect(error.message).toContain('public.child was read, which was not part of it');
      });
    });

    it('a pruned partition is locked and part of the plan', async () => {
      const source = await at.start(query('SELECT id FROM days WHERE id = 5'));
      expect(source.certificate['locked']).toEqual(['public.days', 'public.day_1']);
      await source.confirm([await at.read(source)]);
    });
  });

  describe('relations that functions read', () => {
    it('are listed as not locked, and leave the run alone where they stayed as they were', async () => {
      const source = await at.start(query('SELECT rate(id) AS r FROM moods'));
      expect(source.certificate['locked']).toEqual(['public.moods']);
      expect(await source.confirm([await at.read(source)])).toMatchObject({ notLocked: ['public.rates'] });
    });

    it.each(
      dealt(
        [
          [
            'TRUNCATE rates; INSERT INTO rates VALUES (3)',
            'TRUNCATE rates; INSERT INTO rates VALUES (2)',
            'was rewritten',
          ],
          [
            'ALTER TABLE rates RENAME TO old; CREATE TABLE rates AS SELECT 3 AS r',
            'DROP TABLE rates; ALTER TABLE old RENAME TO rates',
            'was made since',
          ],
          [
            'ALTER TABLE rates RENAME TO old; ALTER TABLE bonus RENAME TO rates',
            'ALTER TABLE rates RENAME TO bonus; ALTER TABLE old RENAME TO rates',
            'is named',
          ],
        ],
        turn,
      ),
    )('fail the run after %s', async (change, undo, words) => {
      const source = await at.start(query('SELECT rate(id) AS r FROM moods'));
      await at.during(change, undo, async () => {
        const error = await failure(at.read(source));
        expect(error.code).toBe('source.changed');
        expect(error.message).toContain(words);
      });
    });
  });

  describe('definitions that no lock holds', () => {
    it.each(
      dealt(
        [
          [
            "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
            "ALTER TYPE mood RENAME VALUE 'blue' TO 'sad'",
            table('moods'),
            "label 'sad' of public.mood",
          ],
          [
            "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
            "ALTER TYPE mood RENAME VALUE 'fine' TO 'ok'",
            query('SELECT p FROM moods'),
            "label 'ok' of public.mood",
          ],
          [
            'CREATE OR REPLACE FUNCTION twice(int) RETURNS int IMMUTABLE LANGUAGE sql AS $$SELECT $1 * 3$$',
            'CREATE OR REPLACE FUNCTION twice(int) RETURNS int IMMUTABLE LANGUAGE sql AS $$SELECT $1 * 2$$',
            table('doubled'),
            'function public.twice',
          ],
          [
            'CREATE OR REPLACE FUNCTION inner_rate(int) RETURNS int STABLE LANGUAGE sql AS $$SELECT 1$$',
            "CREATE OR REPLACE FUNCTION inner_rate(int) RETURNS int STABLE LANGUAGE sql AS 'SELECT $1 * (SELECT r FROM public.rates)'",
            query('SELECT rate(id) AS r FROM moods'),
            'function public.inner_rate',
          ],
          [
            'ALTER FUNCTION twice(int) STABLE',
            'ALTER FUNCTION twice(int) IMMUTABLE',
            table('doubled'),
            'function public.twice',
          ],
        ],
        turn,
      ),
    )('%s', async (change, undo, subject, words) => {
      const source = await at.start(subject);
      const evidence = await at.read(source);
      await at.during(change, undo, async () => {
        const error = await failure(source.confirm([evidence]));
        expect(error).toMatchObject({ code: 'source.changed', exitCode: 3 });
        expect(error.message).toContain(words);
      });
    });

    it('a function behind a policy, and a role that its roles may mean', async () => {
      const replaced = await at.start(table('guarded'), at.guest);
      const evidence = await at.read(replaced);
      const body = (text: string): string =>
        `CREATE OR REPLACE FUNCTION visible(int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT ${text}'`;
      await at.during(body('true'), body('$1 > 0'), async () => {
        expect((await failure(replaced.confirm([evidence]))).message).toContain('function public.visible');
      });
      const joined = await at.start(table('guarded'), at.guest);
      const seen = await at.read(joined);
      const grant = `GRANT friends_${at.db.name} TO guest_${at.db.name}`;
      await at.during(grant, `REVOKE friends_${at.db.name} FROM guest_${at.db.name}`, async () => {
        expect((await failure(joined.confirm([seen]))).message).toContain(`role guest_${at.db.name}`);
      });
    });

    it('a function of another type: no row is decoded', async () => {
      const source = await at.start(query('SELECT twice(id) AS t FROM moods'));
      let rows = 0;
      const sink = {
        rows: (_: Uint8Array, __: number, ___: number, count: number) => void (rows += count),
        cut: () => undefined,
        batch: () => undefined,
      };
      const change =
        'ALTER FUNCTION twice(int) RENAME TO thrice; CREATE FUNCTION twice(int) RETURNS text LANGUAGE sql AS $$SELECT $1::text$$';
      await at.during(change, 'DROP FUNCTION twice(int); ALTER FUNCTION thrice(int) RENAME TO twice', async () => {
        const error = await failure(at.readOn(await at.lane(source), source, 0, sink));
        expect(error.code).toBe('source.changed');
        expect(error.message).toContain('column 1 is "t" of type 25');
        expect(rows).toBe(0);
      });
    });

    it('what changed between the snapshot and the first row', async () => {
      const request = requestOf(at.db.url, table('moods'));
      const connection = await connect(request.connection as PostgresSettings, { signal: never });
      const moment = await holdSnapshot(connection, request, await readServer(connection));
      const watch = new DefinitionWatch(connection.settings, moment.scope, moment.definitions!, { signal: never });
      await watch.check();
      await at.during(
        "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
        "ALTER TYPE mood RENAME VALUE 'blue' TO 'sad'",
        async () => {
          expect((await failure(watch.check())).message).toContain("label 'sad' of public.mood");
          watch.stop();
          await connection.close();
        },
      );
    });
  });

  it('harmless changes raise no alarm', { timeout: 60_000 }, async () => {
    for (const subject of [
      table('days'),
      table('moods'),
      table('doubled'),
      query('SELECT rate(id) AS r, m FROM moods'),
    ]) {
      const source = await at.start({ ...subject });
      const evidence = [await at.read(source)];
      for (const change of harmless) await at.sql(change);
      const builder = await at.db.connect();
      const built = builder.query('CREATE INDEX CONCURRENTLY by_id ON day_1 (id)');
      for (const range of source.tables[0]!.ranges.keys()) evidence.push(await at.read(source, range));
      await source.confirm(evidence);
      await at.settle();
      await built;
      await builder.end();
      await at.sql('DROP INDEX by_id');
    }
  });
});
