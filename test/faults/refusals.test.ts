import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase, startPostgres } from '../servers/postgres.js';
import { emptyFolder, tidemark } from '../support/cli.js';
import { filesIn } from './outputs.js';

function newFile(name: string): string {
  const path = join(emptyFolder('file'), name);
  writeFileSync(path, 'a file');
  return path;
}

describe('a run that is refused', () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(inject('postgres18'));
    await database.query(`CREATE TABLE customers AS SELECT i AS id, 'x' AS t FROM generate_series(1, 100) i;
      CREATE TABLE nan AS SELECT i AS id, (CASE WHEN i = 70 THEN 'NaN' ELSE i::text END)::numeric(15,2) AS price
        FROM generate_series(1, 100) i;
      DROP ROLE IF EXISTS reader_without_rights; CREATE ROLE reader_without_rights LOGIN`);
  });
  afterAll(() => database.query('DROP OWNED BY reader_without_rights'));

  interface Refusal {
    readonly args: readonly string[];
    readonly url?: string;
    readonly out?: string;
    readonly code: number;
    readonly says: readonly (string | RegExp)[];
  }

  async function refused({ args, url, code, says, out = emptyFolder('refused') }: Refusal): Promise<void> {
    const given = ['snapshot', '--dataset', 'dataset://d/v1', '--out', out, ...args];
    const { code: exit, stderr } = await tidemark(given, { env: { TIDEMARK_SOURCE: url ?? database.url } });
    expect(exit, stderr).toBe(code);
    for (const words of says) expect(stderr).toMatch(words);
    expect(stderr).toMatch(/^error: /m);
    expect(stderr).not.toMatch(/at .*\.js:\d+/);
    expect(filesIn(out)).toEqual([]);
  }

  it('an unknown flag: 2, with the nearest one', () =>
    refused({ args: ['--tabel', 'customers'], code: 2, says: ['--tabel', '--table'] }));

  it('a wrong value: 2, with what is allowed', () =>
    refused({
      args: ['--table', 'customers', '--compression', 'brotli'],
      code: 2,
      says: ['compression', 'brotli', /snappy.*zstd/],
    }));

  it('a missing table: 3, with the nearest name', () =>
    refused({ args: ['--table', 'custmers'], code: 3, says: ['custmers', /customers/] }));

  it('a broken query: 3, with the place', () =>
    refused({ args: ['--query', 'SELECT * FORM customers'], code: 3, says: ['syntax error', 'FORM'] }));

  it('no permission: 3, with the grant that is missing', async () => {
    const url = new URL(database.url);
    url.username = 'reader_without_rights';
    await refused({ args: ['--table', 'customers'], url: url.href, code: 3, says: ['permission', /GRANT SELECT/] });
  });

  it('a query that locks rows: 3, with what to leave out', async () => {
    const url = new URL(database.url);
    url.username = 'reader_without_rights';
    await database.query('GRANT SELECT ON customers TO reader_without_rights');
    const args = ['--query', 'SELECT * FROM customers FOR UPDATE'];
    await refused({ args, url: url.href, code: 3, says: ['permission denied', /FOR UPDATE and FOR SHARE/] });
    await database.query('REVOKE SELECT ON customers FROM reader_without_rights');
  });

  it('a wrong password: 3, without showing it', async () => {
    const server = await startPostgres({ auth: 'scram-sha-256', password: 'right' });
    try {
      const url = new URL(server.url);
      url.password = 'hunter2-wrong';
      const out = emptyFolder('password');
      const args = ['snapshot', '--table', 't', '--dataset', 'dataset://d/v1', '--out', out];
      const { code, stderr, stdout } = await tidemark(args, { env: { TIDEMARK_SOURCE: url.href } });
      expect(code).toBe(3);
      expect(stderr).toContain('password');
      expect(stderr + stdout).not.toContain('hunter2');
      expect(filesIn(out)).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  it('a server that is not there: 3', () =>
    refused({
      args: ['--table', 'customers'],
      url: 'postgres://u@127.0.0.1:1/d',
      code: 3,
      says: ['127.0.0.1:1', /nothing listens/, /host and port/],
    }));

  it("the server's statement timeout: 3, with what set it", async () => {
    await database.query(`ALTER DATABASE ${database.name} SET statement_timeout = '1500ms'`);
    try {
      await refused({
        args: ['--query', 'SELECT i FROM generate_series(1, 100000) i WHERE pg_sleep(0.01) IS NOT NULL'],
        code: 3,
        says: ['statement_timeout', '1500'],
      });
    } finally {
      await database.query(`ALTER DATABASE ${database.name} RESET statement_timeout`);
    }
  });

  it('a value that its column cannot hold: 6, with column, row and what holds it', () =>
    refused({
      args: ['--table', 'nan'],
      code: 6,
      says: ['price', 'NaN', /ctid/, '--cast price=text', '--misfit null'],
    }));

  it('a version that is there: 2, before the source is asked', async () => {
    const out = emptyFolder('exists');
    const make = (url: string): ReturnType<typeof tidemark> =>
      tidemark(['snapshot', '--table', 'customers', '--dataset', 'dataset://d/v1', '--out', out], {
        env: { TIDEMARK_SOURCE: url },
      });
    expect((await make(database.url)).code).toBe(0);
    const before = filesIn(out);
    const { code, stderr } = await make('postgres://u@127.0.0.1:1/d');
    expect(code, stderr).toBe(2);
    expect(stderr).toContain('dataset://d/v1');
    expect(filesIn(out)).toEqual(before);
  });

  it.each<[string, (out: string) => { scratch: string; out?: string }, number, (string | RegExp)[]]>([
    [
      'scratch data in the folder of the version: 2',
      (out) => ({ scratch: join(out, 'd', 'v1', 'tmp') }),
      2,
      ['--scratch', /lies in the folder of the version/],
    ],
    ['the same, by another way: 2', (out) => ({ scratch: join(out, 'd', 'x', '..', 'v1') }), 2, ['--scratch']],
    [
      'scratch data in a file: 4',
      () => ({ scratch: newFile('scratch') }),
      4,
      [/not a folder/, /another folder with --scratch/],
    ],
    ['scratch data where nothing can be made: 4', () => ({ scratch: '/proc/no' }), 4, ['/proc/no', /--scratch/]],
    ['outputs where nothing can be made: 4', () => ({ scratch: tmpdir(), out: '/proc/no' }), 4, ['/proc/no']],
  ])('%s', async (_, place, code, says) => {
    const own = emptyFolder('refused');
    const { scratch, out = own } = place(own);
    await refused({ args: ['--table', 'customers', '--scratch', scratch], out, code, says });
  });

  it.skipIf(!existsSync('/dev/full'))('stdout that is full: 0, since the version is there', async () => {
    const out = emptyFolder('full');
    const words = ['snapshot', '--json', '--table', 'customers', '--dataset', 'dataset://d/v1', '--out', out];
    const env = { TIDEMARK_SOURCE: database.url };
    const { code, stderr } = await tidemark(words, { env, redirect: '> /dev/full' });
    expect(stderr).toContain('warning: what belongs on stdout is lost: no space left');
    expect(code, stderr).toBe(0);
    expect((await tidemark(['verify', out])).code).toBe(0);
  });

  it('an outputs folder that is a file: 4', async () => {
    const file = newFile('outputs');
    const args = ['snapshot', '--table', 'customers', '--dataset', 'dataset://d/v1', '--out', file];
    const { code, stderr } = await tidemark(args, { env: { TIDEMARK_SOURCE: database.url } });
    expect(code, stderr).toBe(4);
    expect(stderr).toContain(file);
  });

  it.runIf(process.getuid?.() !== 0)('an outputs folder that may not be written: 4', async () => {
    const out = emptyFolder('readonly');
    chmodSync(out, 0o500);
    const args = ['snapshot', '--table', 'customers', '--dataset', 'dataset://d/v1', '--out', out];
    const { code, stderr } = await tidemark(args, { env: { TIDEMARK_SOURCE: database.url } });
    chmodSync(out, 0o700);
    expect(code, stderr).toBe(4);
  });

  it('a full disk: 4, says how much was written, nothing stays', async (context) => {
    const mount = emptyFolder('tmpfs');
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', mount]);
    if (mounted.status !== 0) context.skip('a small tmpfs cannot be mounted here');
    try {
      const out = join(mount, 'outputs');
      mkdirSync(out);
      const query = 'SELECT i, md5(i::text) || md5((-i)::text) AS pad FROM generate_series(1, 500000) i';
      const args = ['snapshot', '--query', query, '--dataset', 'dataset://d/v1', '--out', out];
      const { code, stderr } = await tidemark(args, { env: { TIDEMARK_SOURCE: database.url } });
      expect(code, stderr).toBe(4);
      expect(stderr).toMatch(/full|space/);
      expect(filesIn(out)).toEqual([]);
    } finally {
      spawnSync('umount', [mount]);
      rmSync(mount, { recursive: true });
    }
  });

  it('a file size limit: 4, nothing stays', async () => {
    const out = emptyFolder('limit');
    const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;
    const query = 'SELECT i, md5(i::text) || md5((-i)::text) AS pad FROM generate_series(1, 500000) i';
    const script = 'ulimit -f 2000; exec "$@"';
    const args = ['snapshot', '--query', query, '--dataset', 'dataset://d/v1', '--out', out];
    const run = spawnSync('bash', ['-c', script, 'bash', process.execPath, main, ...args], {
      env: { PATH: process.env['PATH'], HOME: out, TIDEMARK_SOURCE: database.url },
      encoding: 'utf8',
    });
    expect(run.status, run.stderr).toBe(4);
    expect(filesIn(out)).toEqual([]);
  });
});
