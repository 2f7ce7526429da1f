import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { verify } from '../../dist/index.js';
import { encodeWord } from '../../src/member/words.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { startStrictS3, type StrictS3 } from '../servers/s3/strict.js';
import { type CliRun, emptyFolder, tidemark } from '../support/cli.js';
import { dealt } from '../support/long-form.js';

const rows = 60_000;
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};
let database: FreshDatabase;
let store: StrictS3;

beforeAll(async () => {
  database = await freshDatabase(inject('postgres18'));
  store = await startStrictS3({}, ['bucket']);
  await database.query(`
    CREATE TABLE orders (id bigint PRIMARY KEY, customer text, price numeric(12,3), at timestamptz);
    INSERT INTO orders SELECT i, 'customer ' || i % 977 || repeat('x', 300), (i % 1000) / 8.0,
      timestamptz '2024-01-01' + i * interval '1 second' FROM generate_series(1, ${rows}) i;
    CREATE TABLE words AS SELECT i AS id, md5(i::text) AS word FROM generate_series(1, 1000) i;
    ANALYZE;`);
});
afterAll(async () => {
  store.stop();
  await database.drop();
});

/** The command of each member, or of one that is alone. */
function run(
  out: string,
  member: string | undefined,
  {
    patience = '10s',
    env = {},
    more = [],
  }: {
    readonly patience?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly more?: readonly string[];
  } = {},
): Promise<CliRun> {
  const words = ['--source', database.url, '--table', 'orders', '--table', 'words', '--dataset', 'dataset://d/1'];
  const own = member === undefined ? [] : ['--member', member, '--member-timeout', patience];
  return tidemark(
    ['snapshot', ...words, '--out', out, '--shard-size', '1MiB', '--lanes', '2', '--json', ...own, ...more],
    {
      env: { ...store.env, ...env },
      timeout: 120_000,
    },
  );
}

interface Made {
  readonly id: string;
  readonly digest: string;
  readonly rows: number;
  readonly location: string;
  readonly shards: readonly { readonly path: string; readonly sha256: string }[];
}
const madeBy = ({ stdout, stderr }: CliRun): Made => {
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Made;
};

const places: readonly [string, () => string][] = [
  ['a folder', () => emptyFolder('members')],
  ['a bucket', () => store.at(`bucket/members-${Math.random().toString(36).slice(2)}`)],
];

describe.each(places)('members that write into %s', (kind, place) => {
  const to = places.findIndex(([name]) => name === kind);
  it.each(dealt([2, 3], { to, of: places.length }))('make the version that one makes: %i of them', async (count) => {
    const alone = madeBy(await run(place(), undefined));
    const out = place();
    const runs = await Promise.all(
      Array.from({ length: count }, (_unused, index) => run(out, `${count - 1 - index}/${count}`)),
    );
    for (const one of runs) expect([one.code, one.stderr]).toEqual([0, expect.anything()]);
    for (const one of runs) {
      const made = madeBy(one);
      expect([made.id, made.digest, made.rows]).toEqual([alone.id, alone.digest, alone.rows]);
      expect(made.shards).toEqual(alone.shards);
    }
  });
});

/** A machine whose clock is so many hours ahead. */
function clockAhead(hours: number): Readonly<Record<string, string>> {
  const file = join(emptyFolder('clock'), 'clock.mjs');
  const code = `const { now } = Date;
    const ahead = ${hours * 3_600_000};
    Date.now = () => now() + ahead;
    globalThis.Date = class extends Date { constructor(...given) { super(...(given.length ? given : [now() + ahead])); } };`;
  writeFileSync(file, code);
  return { NODE_OPTIONS: `--import=${file}` };
}

describe.each(places)('members whose clocks are hours apart, that write into %s', (_, place) => {
  it('make one version', async () => {
    const out = place();
    const hours = [-1, 1, 3];
    const runs = await Promise.all(
      hours.map((ahead, index) => run(out, `${index}/${hours.length}`, { patience: '4s', env: clockAhead(ahead) })),
    );
    const [first, ...others] = runs.map(madeBy);
    for (const other of others) expect(other).toMatchObject({ id: first!.id, shards: first!.shards });
    for (const { stderr } of runs) expect(stderr).not.toContain('warning');
    expect((await verify(first!.location)).findings).toEqual([]);
    if (out.startsWith('s3://')) return;
    const { run: told } = JSON.parse(readFileSync(join(first!.location, '_manifest.1.json'), 'utf8')) as {
      readonly run: { readonly startedAt: string };
    };
    // The clock of member 0 really goes wrong.
    expect(Date.now() - Date.parse(told.startedAt)).toBeGreaterThan(3_000_000);
  });
});

describe.each(places)('a member that comes after a run that was killed, into %s', (_, place) => {
  it('waits for the next one', async () => {
    const out = place();
    const words = ['--source', database.url, '--table', 'orders', '--table', 'words', '--dataset', 'dataset://d/1'];
    const killed = await tidemark(
      ['snapshot', ...words, '--out', out, '--shard-size', '1MiB', '--max-rate', '100KiB', '--member', '0/2'],
      {
        env: store.env,
        onSpawn: ({ kill }) => void setTimeout(() => kill('SIGKILL'), 1500),
      },
    );
    expect(killed.signal).toBe('SIGKILL');
    const late = run(out, '1/2');
    await sleep(1500);
    const first = madeBy(await run(out, '0/2'));
    expect(madeBy(await late)).toMatchObject({ id: first.id, shards: first.shards });
  });
});

describe('a member that is not one of this run', () => {
  /** A board as a run of member 0 leaves it, with what it tells of itself. */
  function begun(told: object): string {
    const out = emptyFolder('begun');
    const root = join(out, '.tidemark-other');
    mkdirSync(join(root, 'board'), { recursive: true });
    const target = { dataset: 'd', version: '1', datasetWasThere: false };
    const process = { host: 'elsewhere', pid: 1 };
    const journal = { format: 1, run: 'other', startedAt: '2024-06-30T12:00:00.000Z', process, target };
    writeFileSync(join(root, 'journal.json'), JSON.stringify(journal));
    writeFileSync(join(root, 'board', 'plan'), encodeWord({ members: 2, out, ...told }));
    return out;
  }

  it.each<[string, object, RegExp]>([
    ['another version of the tool', { tool: '0.0.0' }, /member 0 is Tidemark 0\.0\.0, and this is \d/],
    ['another number of members', { tool: version, members: 3 }, /member 0 counts 3 members, and this one 2/],
    ['another place', { tool: version, out: '/elsewhere' }, /member 0 writes to \/elsewhere, and this one to /],
    [
      'another table',
      { tool: version, command: 'tidemark snapshot --table other --dataset dataset://d/1 --shard-size 1MiB' },
      /member 0 was started with --table other, and this one with --table orders --table words/,
    ],
    [
      'a mask',
      {
        tool: version,
        command:
          'tidemark snapshot --table orders --table words --mask customer=redact --dataset dataset://d/1 --shard-size 1MiB',
      },
      /member 0 was started with --mask customer=redact, and this one with no --mask/,
    ],
  ])('is refused, with the reason: %s', async (_, told, message) => {
    const out = begun(told);
    const refused = await run(out, '1/2');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(readdirSync(join(out, '.tidemark-other', 'board'))).toEqual(['plan']);
  });

  it('waits for a member 0 in vain, and says for what', async () => {
    const out = emptyFolder('nobody');
    const alone = await run(out, '1/2', { patience: '1s' });
    expect([alone.code, alone.stderr]).toEqual([
      3,
      expect.stringContaining(`no member 0 makes ${join(out, 'd', '1')}`),
    ]);
    expect(readdirSync(out)).toEqual([]);
  });

  it('is refused where the version is there, and is another one', async () => {
    const out = emptyFolder('there');
    madeBy(await run(out, undefined));
    const late = await run(out, '1/2');
    expect([late.code, late.stderr]).toEqual([2, expect.stringContaining('one machine has made it alone')]);
    const together = emptyFolder('together');
    madeBy(await run(together, '0/2'));
    const other = await run(together, '1/2', { more: ['--mask', 'customer=redact'] });
    expect([other.code, other.stderr]).toEqual([
      2,
      expect.stringMatching(/made with no --mask, and this member was started with --mask customer=redact/),
    ]);
  });

  it('ends where member 0 ends before it has planned', async () => {
    const out = emptyFolder('unplanned');
    const locks = await database.connect();
    await locks.query('BEGIN; LOCK TABLE words IN ACCESS EXCLUSIVE MODE');
    const more = ['--lock-wait', '4s'];
    const [first, other] = await Promise.all(['0/2', '1/2'].map((member) => run(out, member, { more })));
    await locks.end();
    expect([first!.code, other!.code, other!.stderr]).toEqual([
      3,
      3,
      expect.stringContaining('member 0 has ended before it had planned'),
    ]);
    expect(readdirSync(out)).toEqual([]);
  });

  it('comes when the version is there, and has the same to tell', async () => {
    const out = emptyFolder('late');
    const first = madeBy(await run(out, '0/2'));
    expect(madeBy(await run(out, '1/2'))).toMatchObject({ id: first.id, rows: first.rows, location: first.location });
  });
});

it('files are dealt out to all, and the manifest tells who wrote how much', async () => {
  const out = emptyFolder('shares');
  const [first] = await Promise.all(['0/3', '1/3', '2/3'].map((member) => run(out, member)));
  const { location, rows: made, shards } = madeBy(first!);
  const { run: told } = JSON.parse(readFileSync(join(location, '_manifest.1.json'), 'utf8')) as {
    readonly run: {
      readonly members: readonly { readonly member: number; readonly files: number; readonly rows: number }[];
    };
  };
  expect(told.members.reduce((sum, share) => sum + share.rows, 0)).toBe(made);
  expect(told.members.reduce((sum, share) => sum + share.files, 0)).toBe(shards.length);
  expect(told.members[0]!.member).toBe(0);
  expect(first!.stderr).not.toContain('warning');
  expect((await verify(location)).findings).toEqual([]);
});

it('keys that come twice are found, whoever wrote the rows', async () => {
  await database.query(`
    CREATE TABLE twice AS SELECT i AS id, repeat(md5(i::text), 12) AS note FROM generate_series(1, 30000) i;
    INSERT INTO twice SELECT id, note FROM twice WHERE id IN (1, 29999);
    ANALYZE twice;`);
  const out = emptyFolder('twice');
  const words = ['--source', database.url, '--table', 'twice', '--dataset', 'dataset://t/1', '--out', out];
  const runs = await Promise.all(
    ['0/2', '1/2'].map((member) =>
      tidemark(
        [
          'snapshot',
          ...words,
          '--shard-size',
          '512KiB',
          '--lanes',
          '1',
          '--expect',
          '{columns: {id: {unique: true}}}',
          '--member',
          member,
        ],
        { timeout: 120_000 },
      ),
    ),
  );
  expect(runs.map(({ code }) => code)).toEqual([6, 3]);
  expect(runs[0]!.stderr).toContain('2 of 30,002 rows with a key that came before');
  expect(runs[1]!.stderr).toContain('member 0');
  expect(readdirSync(out)).toEqual([]);
});

it('nothing stays but the version', async () => {
  const out = emptyFolder('members');
  await Promise.all(['1/2', '0/2'].map((member) => run(out, member)));
  expect(readdirSync(out).sort()).toEqual(['d', 'valohai.metadata.jsonl']);
  expect(readdirSync(join(out, 'd'))).toEqual(['1']);
  expect(existsSync(join(out, 'd', '1', '_manifest.1.json'))).toBe(true);
  expect(readFileSync(join(out, 'valohai.metadata.jsonl'), 'utf8').split('\n').length).toBeGreaterThan(2);
});
