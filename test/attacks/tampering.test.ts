import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { verify } from '../../dist/index.js';
import { type FreshDatabase, freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson } from '../support/cli.js';
import { Random, seed } from './random.js';

/** `TIDEMARK_TEST_LONG=1` tries a thousand times. */
const tries = process.env['TIDEMARK_TEST_LONG'] === '1' ? 1000 : 100;

const shapes: Readonly<Record<string, readonly string[]>> = {
  'a table': ['--shard-size', '64KiB'],
  splits: ['--split', 'train=0.8,test=0.2', '--split-key', 'id', '--shard-size', '64KiB'],
  partitions: ['--partition-by', 'few'],
  CSV: ['--format', 'csv', '--shard-size', '64KiB'],
  signed: ['--sign', '--shard-size', '64KiB'],
  'CSV of gzip': ['--format', 'csv', '--compression', 'gzip', '--shard-size', '64KiB'],
};

const env = { TIDEMARK_SIGNING_KEY: Buffer.alloc(32, 7).toString('base64') };

let db: FreshDatabase;
/** By shape, where its version is. A chain is its newest version, and what it inherits lies beside it. */
const places = new Map<string, string>();

beforeAll(async () => {
  db = await freshDatabase(inject('postgres18'));
  await db.query(`CREATE TABLE t AS SELECT i AS id, md5(i::text) AS name, i * 1.5::numeric(12,2) AS price, i % 4 AS few
    FROM generate_series(1, 4000) i`);
  const words = ['--source', db.url, '--table', 't', '--dataset'];
  for (const [shape, how] of Object.entries(shapes)) {
    const { location } = await snapshotJson([...words, 'dataset://t/v1', '--out', emptyFolder('tampered'), ...how], {
      env,
    });
    places.set(shape, location);
  }
  const out = emptyFolder('tampered');
  for (const [name, first] of [
    ['v1', ['--first-run']],
    ['v2', []],
    ['v3', []],
  ] as const) {
    await db.query(`INSERT INTO t SELECT 5000 + random() * 1e6, 'more', 1, 1 FROM generate_series(1, 50)`);
    const chain = ['--parent', join(out, 't'), ...first];
    const { location } = await snapshotJson([...words, `dataset://t/${name}`, '--out', out, ...chain]);
    places.set('a chain', location);
  }
}, 120_000);
afterAll(() => db.drop());

interface Tampered {
  /** What was done, for a failure's message. */
  readonly what: string;
  /** Names of files of which one at least must be named. */
  readonly files: readonly string[];
  undo(): void;
}

/** All files of a version, and of those that it inherits, which lie beside it. */
const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();

function rewritten(path: string, bytes: Buffer, what: string): Tampered {
  const before = readFileSync(path);
  writeFileSync(path, bytes);
  return { what: `${what} of ${path}`, files: [basename(path)], undo: () => writeFileSync(path, before) };
}

const harms: readonly ((files: readonly string[], random: Random) => Tampered)[] = [
  (files, random) => {
    const path = random.pick(files);
    const bytes = readFileSync(path);
    const at = random.below(bytes.length);
    bytes[at]! ^= 1 + random.below(255);
    return rewritten(path, bytes, `byte ${at}`);
  },
  (files, random) => {
    const path = random.pick(files);
    const bytes = readFileSync(path);
    const length = random.below(bytes.length);
    return rewritten(path, bytes.subarray(0, length), `the first ${length} bytes alone`);
  },
  (files, random) => {
    const shards = files.filter((path) => !basename(path).startsWith('_manifest'));
    const [one, other] = [random.pick(shards), random.pick(shards)];
    const [first, second] = [readFileSync(one), readFileSync(other)];
    // The same file twice, or two of the same bytes, are no change.
    if (first.equals(second)) return harms[0]!(files, random);
    writeFileSync(one, second);
    writeFileSync(other, first);
    const undo = (): void => [one, other].forEach((path, index) => writeFileSync(path, index === 0 ? first : second));
    return { what: `${one} and ${other} swapped`, files: [basename(one), basename(other)], undo };
  },
  (files, random) => {
    const path = random.pick(files.filter((file) => !basename(file).startsWith('_manifest')));
    const bytes = readFileSync(path);
    rmSync(path);
    return { what: `${path} removed`, files: [basename(path)], undo: () => writeFileSync(path, bytes) };
  },
  (files, random) => {
    const like = random.pick(files.filter((file) => !basename(file).startsWith('_manifest')));
    const added = join(like, '..', `more-${basename(like)}`);
    copyFileSync(like, added);
    return { what: `${added} added`, files: [basename(added)], undo: () => rmSync(added) };
  },
  (files, random) => {
    const path = random.pick(files.filter((file) => basename(file).startsWith('_manifest')));
    const text = readFileSync(path, 'utf8');
    const digits = [...text.matchAll(/\d/g)].map(({ index }) => index);
    const at = random.pick(digits);
    const digit = String((Number(text[at]) + 1 + random.below(9)) % 10);
    return rewritten(path, Buffer.from(text.slice(0, at) + digit + text.slice(at + 1)), `digit ${at}`);
  },
];

describe.each([...Object.keys(shapes), 'a chain'])('%s', (shape) => {
  test('is found to be changed whatever is done to its files', { timeout: 60_000 + tries * 500 }, async () => {
    const location = places.get(shape)!;
    const folder = shape === 'a chain' ? join(location, '..') : location;
    const files = filesOf(folder);
    expect((await verify(location)).findings).toEqual([]);
    const count = Math.ceil(tries / places.size);
    for (let turn = 0; turn < count; turn += 1) {
      const random = new Random(seed + turn);
      const { what, files: changed, undo } = harms[turn % harms.length]!(files, random);
      const { valid, findings } = await verify(location, { lanes: 1 + (turn % 2) });
      undo();
      expect(valid, what).toBe(false);
      const named = findings.filter(({ severity }) => severity === 'error').map(({ file }) => basename(file));
      expect(
        named.some((name) => changed.includes(name)),
        `${what}: ${named.join()}`,
      ).toBe(true);
    }
    expect((await verify(location)).findings).toEqual([]);
  });
});
