import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, type Snapshot, snapshotJson, tidemark } from '../support/cli.js';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
  await db.query(`CREATE TABLE people AS SELECT i AS id, 'a' || i AS name FROM generate_series(1, 20) i`);
});
afterAll(() => db.drop());

/** The command that `show` prints, run in a shell as it stands there. */
async function again(location: string, env: Readonly<Record<string, string>>): Promise<[command: string, Snapshot]> {
  const { stdout } = await tidemark(['show', location]);
  const [, command] = /^ {2}command {2}(.*)$/m.exec(stdout)!;
  const script = `tidemark() { '${process.execPath}' '${main}' "$@"; }\n${command!} --json --out '${emptyFolder('again')}'`;
  const { stdout: made } = await execa('bash', ['-c', script], { env, cwd: emptyFolder('away'), stdin: 'ignore' });
  return [command!, JSON.parse(made) as Snapshot];
}

it('the command that show prints makes the same version, on another day and without the file of its query', async () => {
  const folder = emptyFolder('first');
  const file = join(folder, 'q.sql');
  writeFileSync(file, `SELECT id, name\n       FROM people -- it's a query\n  WHERE name <> :not\n  ORDER BY id\n`);
  const env = { TIDEMARK_SIGNING_KEY: key };
  const given = ['--source', db.url, '--query-file', 'q.sql', '--param', 'not=two\n  lines\t', '--out', folder];
  const more = [
    '--dataset',
    'dataset://people/1',
    '--sign',
    '--tag',
    'a b,c',
    '--tag',
    '"d, e"',
    '--property',
    '"x=y"=é',
  ];
  const first = await snapshotJson([...given, ...more], { env, cwd: folder });
  const [command, second] = await again(first.location, { ...env, SNAPSHOT_DATE: '2001-02-03' });
  expect(second.id).toBe(first.id);
  expect(command).toMatch(/ --date \d{4}-\d\d-\d\d --sign --tag 'a b' --tag c --tag '"d, e"' --property '"x=y"=é'$/);
  const [shown, made] = await Promise.all(
    [first, second].map(async ({ location }) => JSON.parse((await tidemark(['show', location, '--json'])).stdout)),
  );
  expect(made.run.publishing).toEqual(shown.run.publishing);
  expect(made.run.signer).toEqual(shown.run.signer);
});

it('properties that are no texts come by their variable, queries of tables with their text, and what is needed is said', async () => {
  const folder = emptyFolder('first');
  writeFileSync(join(folder, 'q.sql'), 'SELECT 1 AS one,\n  :token AS secret');
  writeFileSync(
    join(folder, 'tidemark.yaml'),
    'tables: {q: {query-file: q.sql}, p: {table: people, mask: {name: hash}}}\ndataset: dataset://two/1\nproperty: {share: [0.2, 1], who: "o\'b"}\nsecret-param: token\n',
  );
  const { hostname, port, username, pathname } = new URL(db.url);
  const env = {
    ...{
      DB_HOST: hostname,
      DB_PORT: port,
      DB_USER: username,
      DB_NAME: pathname.slice(1),
      DB_PASSWORD: new URL(db.url).password,
    },
    ...{ TIDEMARK_PARAM_TOKEN: 'hidden-value', TIDEMARK_MASK_KEY: 'a key of masks that is long enough' },
  };
  const first = await snapshotJson(['tidemark.yaml', '--out', folder], { env, cwd: folder });
  const [command, second] = await again(first.location, { ...env, SNAPSHOT_DATE: '2001-02-03' });
  expect(second.id).toBe(first.id);
  expect(command).toMatch(/^TIDEMARK_PROPERTY=\S+ tidemark snapshot --tables /);
  const { stdout } = await tidemark(['show', first.location]);
  expect(stdout).toMatch(/^ {2}needs {4}the connection to \S+ on \S+, as \S+: --source, or DB_\*/m);
  expect(stdout).toMatch(/^ {2}needs {4}TIDEMARK_PARAM_TOKEN: the value of :token$/m);
  expect(stdout).toMatch(/^ {2}needs {4}TIDEMARK_MASK_KEY: the key of masks, with the fingerprint \S+$/m);
  expect(stdout).not.toContain('hidden-value');
});
