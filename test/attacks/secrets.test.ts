import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { type CliRun, emptyFolder, tidemark } from '../support/cli.js';

const canary = 'Canary-7f3a91-Zq';
const inUrl = encodeURIComponent(`${canary}/p@ss`);
let db: FreshDatabase;
let user: string;

beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
  user = `canary_${db.name}`;
  await db.query(`CREATE TABLE t AS SELECT i AS id, 'x' || i AS name FROM generate_series(1, 200000) i;
    CREATE ROLE ${user} LOGIN PASSWORD '${canary}/p@ss'; GRANT SELECT ON t TO ${user}`);
});
afterAll(async () => {
  await db.query(`DROP OWNED BY ${user}; DROP ROLE ${user}`);
  await db.drop();
});

/** A place, if the secret stands in its text: a run is looked at so often that the texts are not kept. */
const leaks = (place: string, text: string): string[] => (text.includes(canary) ? [place] : []);

/** A file's or a folder's name, and whether the secret stands in the name or the content. */
function leaksOf(name: string, path: string): string[] {
  try {
    return leaks(name, statSync(path).isFile() ? name + readFileSync(path, 'latin1') : name);
  } catch {
    // It has gone since it was listed; the name was there.
    return leaks(name, name);
  }
}

const leaksBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => leaksOf(name, join(folder, name)));

interface Seen extends CliRun {
  /** Where the secret stood. */
  readonly told: ReadonlySet<string>;
}

/** Runs, and looks at the process and its folders while it does and afterwards. */
async function watched(args: readonly string[], env: Record<string, string> = {}): Promise<Seen> {
  const [out, scratch] = [emptyFolder('canary-out'), emptyFolder('canary-scratch')];
  const told = new Set<string>();
  const look = (): void => [...leaksBelow(out), ...leaksBelow(scratch)].forEach((place) => told.add(place));
  let timer: NodeJS.Timeout | undefined;
  const run = await tidemark([...args, '--out', out, '--scratch', scratch], {
    env: {
      TIDEMARK_MASK_KEY: `${canary}-mask-key-long-enough`,
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: `${canary}-aws`,
      ...env,
    },
    onSpawn: ({ pid }) => {
      timer = setInterval(() => {
        for (const name of ['cmdline', 'comm'])
          leaksOf(name, `/proc/${pid}/${name}`).forEach((place) => told.add(place));
        look();
      }, 20);
    },
  });
  clearInterval(timer);
  look();
  for (const name of ['stdout', 'stderr'] as const) leaks(name, run[name]).forEach((place) => told.add(place));
  return { ...run, told };
}

test('a secret that is in a file is seen there', () => {
  const folder = emptyFolder('canary-somewhere');
  writeFileSync(join(folder, '.hidden'), `x ${inUrl} y`);
  expect(leaksBelow(folder)).toEqual(['.hidden']);
});

const snapshot = ['snapshot', '--table', 't', '--dataset', 'dataset://t/1', '--mask', 'name=hash'];
const sourceOf = (database: string, port?: string): string => {
  const url = new URL(database);
  url.username = user;
  url.password = inUrl;
  if (port !== undefined) url.port = port;
  return url.href;
};

test.each<[what: string, code: number, args: readonly string[], env: () => Record<string, string>]>([
  ['a run that does well', 0, snapshot, () => ({ TIDEMARK_SOURCE: sourceOf(db.url) })],
  ['the same, for programs', 0, [...snapshot, '--json'], () => ({ TIDEMARK_SOURCE: sourceOf(db.url) })],
  [
    'rows in parts, which wait in scratch files',
    0,
    [...snapshot, '--split', 'a=0.5,b=0.5', '--split-key', 'id'],
    () => ({ TIDEMARK_SOURCE: sourceOf(db.url) }),
  ],
  ['a table that is not there', 3, [...snapshot, '--table', 'nothing'], () => ({ TIDEMARK_SOURCE: sourceOf(db.url) })],
  ['a server that is not there', 3, snapshot, () => ({ TIDEMARK_SOURCE: sourceOf(db.url, '1') })],
  [
    'a database that is not there',
    3,
    snapshot,
    () => ({ TIDEMARK_SOURCE: sourceOf(db.url.replace(db.name, 'nowhere')) }),
  ],
  [
    'SQL that fails on a parameter that is secret',
    3,
    ['snapshot', '--dataset', 'dataset://t/1', '--query', 'SELECT CAST(:p AS int)', '--secret-param', 'p'],
    () => ({ TIDEMARK_SOURCE: sourceOf(db.url), TIDEMARK_PARAM_P: canary }),
  ],
  [
    'a key that cannot sign',
    2,
    [...snapshot, '--sign'],
    () => ({ TIDEMARK_SOURCE: sourceOf(db.url), TIDEMARK_SIGNING_KEY: `${canary}-signing-key` }),
  ],
  ['a password that is no URL', 2, snapshot, () => ({ TIDEMARK_SOURCE: `postgres://${user}:${canary}/x@@[/` })],
  ['an option that is wrong', 2, [...snapshot, '--lanes', 'many'], () => ({ TIDEMARK_SOURCE: sourceOf(db.url) })],
  [
    'variables of the client',
    0,
    [...snapshot, '--source', 'postgres:'],
    () => ({
      PGHOST: new URL(db.url).hostname,
      PGPORT: new URL(db.url).port,
      PGDATABASE: db.name,
      PGUSER: user,
      PGPASSWORD: `${canary}/p@ss`,
    }),
  ],
])('%s says no secret', { timeout: 90_000 }, async (_, code, args, env) => {
  const run = await watched(args, env());
  expect(run.code === 0 ? 0 : run.code! > 0, run.stderr).toBe(code === 0 ? 0 : true);
  expect([...run.told]).toEqual([]);
  expect(run.stderr).not.toMatch(/defect/);
  if (code !== 0) expect(run.code, run.stderr).toBe(code);
});
