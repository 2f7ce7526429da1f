import { describe, expect, inject, it } from 'vitest';
import { open } from '../../../../src/source/postgres/open.js';
import { settingsInOptions } from '../../../../src/source/postgres/snapshot/given-settings.js';
import { openSession, type Ticket } from '../../../../src/source/postgres/snapshot/session.js';
import { freshDatabase } from '../../../servers/postgres.js';
import { requestOf } from '../open-request.js';

const never = new AbortController().signal;

describe('settings in the options of a connection', () => {
  it.each<[string, Record<string, string>]>([
    ['-c search_path=a,b', { search_path: 'a,b' }],
    ['-csearch_path=a', { search_path: 'a' }],
    ['--work-mem=5MB', { work_mem: '5MB' }],
    ['-c App.Tenant=7  -c app.tenant=8', { 'app.tenant': '8' }],
    [String.raw`-c a.b=one\ two\\three -d 1`, { 'a.b': String.raw`one two\three` }],
    ['-c a.b=x=y -F -c', { 'a.b': 'x=y' }],
    ['-c a.b=', { 'a.b': '' }],
    ['', {}],
  ])('%s', (options, settings) => {
    expect(Object.fromEntries(settingsInOptions(options))).toEqual(settings);
  });

  it('are found to hold on a server that was given them, however a value is written', async () => {
    const db = await freshDatabase(inject('postgres18'));
    await db.query('CREATE TABLE t AS SELECT 1 AS n');
    const options = '-c statement_timeout=60s -c app.tenant=7 -c role=postgres -c log_connections=on --Work-Mem=6144';
    const url = `${db.url}?options=${encodeURIComponent(options)}`;
    const source = await open(requestOf(url, { tables: [{ name: 't', table: 't' }] }), never);
    expect(source.warnings).toEqual([]);
    await source.close();
    await db.drop();
  });
});

it('does not take the snapshot of another server that has the same name', async () => {
  const db = await freshDatabase(inject('postgres18'));
  await db.query('CREATE TABLE t AS SELECT 1 AS n');
  const source = await open(requestOf(db.url, { tables: [{ name: 't', table: 't' }] }), never);
  const ticket = { ...(source.ticket as Ticket), snapshot: '3:3:' };
  await expect(openSession(ticket, never)).rejects.toMatchObject({
    code: 'source.snapshot',
    message: expect.stringMatching(/^a second session cannot join the snapshot: it sees .* and not 3:3:$/),
  });
  await source.close();
  await db.drop();
});
