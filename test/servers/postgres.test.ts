import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { freshDatabase, startPostgres } from './postgres.js';

async function serverVersion(url: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ v: string }>("SELECT current_setting('server_version_num') AS v");
  await client.end();
  return Math.floor(Number(rows[0]?.v) / 10_000);
}

describe('startPostgres', () => {
  it.each([14, 15, 16, 17, 18] as const)('starts PostgreSQL %i and leaves nothing behind', async (version) => {
    const server = await startPostgres({ version });
    expect(await serverVersion(server.url)).toBe(version);
    await server.stop();
    await server.stop();
    expect(existsSync(server.folder)).toBe(false);
    expect(() => process.kill(server.pid, 0)).toThrow('ESRCH');
  });
});

describe('the shared servers', () => {
  it('give every caller a database of its own', async () => {
    const [a, b] = await Promise.all([freshDatabase(inject('postgres18')), freshDatabase(inject('postgres14'))]);
    await a.query('CREATE TABLE t AS SELECT 1 AS n');
    expect(await a.query('SELECT n FROM t')).toEqual([{ n: 1 }]);
    expect(await b.query("SELECT to_regclass('t') AS t")).toEqual([{ t: null }]);
    await a.drop();
    await b.drop();
  });
});
