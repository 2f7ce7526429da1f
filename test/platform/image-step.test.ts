// What docker/Dockerfile puts into the image, run as steps run it: by users who may write to the outputs and to /tmp alone.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { startStrictS3 } from '../servers/s3/strict.js';
import { emptyFolder } from '../support/cli.js';

const root = new URL('../../', import.meta.url).pathname;
const nobody = 65_534;
/** No file of users knows it: it has neither a name nor a home. */
const stranger = 54_321;
const reason = whyNot();

function whyNot(): string | undefined {
  if (process.geteuid?.() !== 0) return 'only root can run it as others';
  const tried = spawnSync(process.execPath, ['--version'], { uid: nobody, gid: nobody, cwd: '/', env: {} });
  return tried.status === 0 ? undefined : `others may not run ${process.execPath}`;
}

let program: string;
let database: FreshDatabase;
beforeAll(async () => {
  const folder = emptyFolder('bundle');
  await execa(process.execPath, [join(root, 'scripts/bundle.mjs'), join(folder, 'made')]);
  cpSync(join(folder, 'made'), join(folder, 'tidemark'), { recursive: true });
  chmodSync(folder, 0o755);
  program = join(folder, 'tidemark', 'main.js');
  database = await freshDatabase(inject('postgres18'));
  await database.query(
    `CREATE TABLE orders AS SELECT i AS id, 'customer ' || i % 100 AS customer FROM generate_series(1, 10000) i`,
  );
});
afterAll(() => database.drop());

interface User {
  readonly uid: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** In a folder where nobody may write, with no variables but those of an image. */
async function run(
  { uid, env = {} }: User,
  words: readonly string[],
): Promise<{ readonly exitCode: number | undefined; readonly stderr: string }> {
  const { exitCode, stderr } = await execa(process.execPath, [program, ...words], {
    ...{ uid, gid: uid, cwd: '/', stdin: 'ignore', reject: false, timeout: 50_000 },
    ...{ env: { PATH: '/usr/local/bin:/usr/bin:/bin', ...env }, extendEnv: false },
  });
  return { exitCode, stderr };
}

function outputsOf(owner: number, mode: number): string {
  const folder = emptyFolder('outputs');
  chownSync(folder, owner, owner);
  chmodSync(folder, mode);
  return folder;
}

const snapshotOf = (source: string, out: string): string[] => [
  'snapshot',
  '--source',
  source,
  '--table',
  'orders',
  '--dataset',
  'dataset://orders/1',
  '--out',
  out,
];

describe.skipIf(reason !== undefined)(`the program of the image, as a step runs it ${reason ?? ''}`, () => {
  it.each([
    ['nobody without HOME', { uid: nobody }, 0, 0o777],
    ['nobody whose HOME is not there', { uid: nobody, env: { HOME: '/nonexistent' } }, 0, 0o1777],
    ['nobody whose HOME is not to be read', { uid: nobody, env: { HOME: '/root' } }, 0, 0o777],
    ['nobody whose HOME is empty', { uid: nobody, env: { HOME: '' } }, 0, 0o1777],
    ['a user without a name, without HOME', { uid: stranger }, 0, 0o777],
    ['a user without a name, in a folder of its own', { uid: stranger, env: { HOME: '/' } }, stranger, 0o700],
    ['root, into the folder of another', { uid: 0 }, stranger, 0o755],
    ['root, into the closed folder of another', { uid: 0, env: { HOME: '/nonexistent' } }, nobody, 0o500],
  ])('%s makes a version and checks it', async (_, user, owner, mode) => {
    const out = outputsOf(owner, mode);
    const made = await run(user, [
      ...snapshotOf(database.url, out),
      '--split',
      'a=0.5,b=0.5',
      '--split-key',
      'customer',
    ]);
    expect([made.exitCode, made.stderr]).toEqual([0, expect.not.stringContaining('warning')]);
    const checked = await run(user, ['verify', join(out, 'orders', '1')]);
    expect([checked.exitCode, checked.stderr]).toEqual([0, expect.any(String)]);
    expect(readdirSync(out)).toEqual(['orders', 'valohai.metadata.jsonl']);
  });

  it.each([
    ['nobody', nobody],
    ['a user without a name', stranger],
  ])('%s without HOME makes a version in a bucket, and checks it', async (_, uid) => {
    const store = await startStrictS3();
    try {
      const user = { uid, env: store.env };
      const made = await run(user, snapshotOf(database.url, store.at('bucket/ml')));
      expect([made.exitCode, made.stderr]).toEqual([0, expect.any(String)]);
      const checked = await run(user, ['verify', store.at('bucket/ml/orders/1')]);
      expect([checked.exitCode, checked.stderr]).toEqual([0, expect.any(String)]);
    } finally {
      store.stop();
    }
  });

  it.each(['postgres', 'mysql'])('a user without a name is asked whom to log in as: %s', async (kind) => {
    const { exitCode, stderr } = await run(
      { uid: stranger },
      snapshotOf(`${kind}://127.0.0.1:1/shop`, outputsOf(0, 0o777)),
    );
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('no user to log in as is given')]);
  });

  it('an outputs folder that is not to be written to is named', async () => {
    const out = outputsOf(0, 0o755);
    const { exitCode, stderr } = await run({ uid: nobody }, snapshotOf(database.url, out));
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining(out)]);
    expect(readdirSync(out)).toEqual([]);
  });
});
