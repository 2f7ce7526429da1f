import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mostParsedBytes } from '../../src/core/read-limits.js';
import { folderStore } from '../../src/destination/folder/store.js';
import { thisMachine } from '../../src/machine/machine.js';
import { readForeign } from '../../src/machine/read.js';
import { decodeWord } from '../../src/member/words.js';
import { check } from '../../src/shard/parquet/read/check.js';
import { read } from '../../src/shard/parquet/read/read.js';
import { z } from 'zod';
import { emptyFolder, tidemark, tidemarkHere } from '../support/cli.js';
import { fileOf } from '../shard/random-batches.js';
import { errors, folder, manifestFile, out } from '../version/version-copies.js';

const { fs } = thisMachine;

/** Fields of Thrift's compact protocol: a list with 33,554,431 elements, each of which is such a list, and so on. */
const lists = (depth: number): Buffer =>
  Buffer.concat(Array.from({ length: depth }, () => Buffer.from([0xf9, 0xff, 0xff, 0xff, 0x0f])));

const parquet = (footer: Uint8Array, length = footer.length): Buffer => {
  const told = Buffer.alloc(4);
  told.writeUInt32LE(length);
  return Buffer.concat([Buffer.from('PAR1'), footer, told, Buffer.from('PAR1')]);
};

/** A list of so many structures without a field. */
function structures(count: number): Buffer {
  const length = Buffer.alloc(5, 0x80);
  for (let i = 0; i < 5; i += 1) length[i]! |= Math.floor(count / 2 ** (7 * i)) % 128;
  length[4]! &= 0x7f;
  return Buffer.concat([Buffer.from([0x59, 0xfc]), length, Buffer.alloc(count + 1)]);
}

describe('a footer, in no time and no memory, that', () => {
  test.each<[string, Buffer]>([
    ['claims lists in lists of 32 million elements', parquet(Buffer.concat([Buffer.from([0x19]), lists(60)]))],
    ['has ten thousand lists in lists', parquet(Buffer.concat([Buffer.from([0x19]), lists(10_000)]))],
    ['has a number of a million bytes', parquet(Buffer.concat([Buffer.from([0x16]), Buffer.alloc(2 ** 20, 0xff)]))],
    ['has more values than any file has', parquet(structures(2 ** 23 + 1))],
    ['is longer than the file', parquet(Buffer.from([0]), 2 ** 32 - 1)],
    ['has no bytes', parquet(Buffer.alloc(0))],
    ['is encrypted', Buffer.concat([parquet(Buffer.from([0])).subarray(0, -4), Buffer.from('PARE')])],
    ['is not there', Buffer.from('PAR1')],
    ['is of nothing', Buffer.alloc(0)],
  ])('%s', async (_, bytes) => {
    const before = process.memoryUsage().rss;
    const as = { columns: [], compression: 'none' } as const;
    const expected = { bytes: bytes.length, rows: 1, rowGroups: 1, as, columns: [] };
    const { faults } = await check(fileOf(bytes), expected, { depth: 'values', signal: undefined });
    expect(faults).toMatchObject([{ kind: 'unreadable' }]);
    const rows = read(fileOf(bytes), { bytes: bytes.length, as });
    await expect(rows.next()).rejects.toMatchObject({ code: 'verification.failed' });
    expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
  });
});

describe('a file that is read whole, and is larger than any of ours:', () => {
  /** Without bytes on the disk. */
  function huge(path: string): string {
    writeFileSync(path, '{"');
    truncateSync(path, mostParsedBytes + 1);
    return path;
  }

  test('a manifest', async () => {
    huge(join(folder, manifestFile));
    for (const command of ['verify', 'show']) {
      const { code, stderr } = await tidemarkHere([command, folder]);
      expect(code, stderr).toBe(4);
      expect(stderr).toMatch(/cannot be read: it has 268 MB/);
    }
  });

  test('lines of metadata', async () => {
    huge(join(out, 'valohai.metadata.jsonl'));
    await expect(errors()).rejects.toMatchObject({ code: 'destination.io' });
  });

  test('a journal is as if it were not there', () => {
    expect(readForeign(fs, huge(join(out, 'journal.json')), z.any())).toBeUndefined();
  });

  test('a word between members', async () => {
    const place = huge(join(out, 'from-1'));
    await expect(folderStore(fs).read(place)).rejects.toMatchObject({ code: 'destination.io' });
  });
});

test.each([
  ['an array of 2^31 places', [0xff, 0x0f, 0x61, 0xff, 0xff, 0xff, 0xff, 0x07]],
  ['a text of 2^31 characters', [0xff, 0x0f, 0x22, 0xff, 0xff, 0xff, 0xff, 0x07]],
  ['bytes of 2^31', [0xff, 0x0f, 0x42, 0xff, 0xff, 0xff, 0xff, 0x07]],
  ['an object of the host', [0xff, 0x0f, 0x5c, 0x0a, 0xff, 0xff, 0xff, 0x07]],
  ['objects in objects without end', [0xff, 0x0f, ...Array.from({ length: 200_000 }, () => [0x6f, 0x49, 0x02]).flat()]],
])('a word that claims %s is none', (_, bytes) => {
  const word = Buffer.concat([Buffer.from('tidemark-word-1\n'), Buffer.from(bytes)]);
  expect(() => decodeWord(word, 'board/from-1')).toThrow(/not what a member of the run has written/);
});

test('100 MB of a manifest are read, and found wrong', { timeout: 120_000 }, async () => {
  const text = await readFile(join(folder, manifestFile), 'utf8');
  await writeFile(
    join(folder, manifestFile),
    text.replace(/^\{/, `{"extra":[${`"${'x'.repeat(97)}",`.repeat(1_000_000)}0],`),
  );
  const { code, stderr } = await tidemark(['verify', folder], { timeout: 120_000 });
  expect(code, stderr).toBe(5);
});

test('a manifest of 25 million tiny values is refused before they are made', { timeout: 60_000 }, async () => {
  const text = await readFile(join(folder, manifestFile), 'utf8');
  await writeFile(join(folder, manifestFile), text.replace(/^\{/, `{"extra":[${'[],'.repeat(25_000_000)}0],`));
  for (const [command, expected] of [
    ['verify', 5],
    ['show', 5],
  ] as const) {
    const started = performance.now();
    const { code, stdout, stderr } = await tidemark([command, folder], { timeout: 30_000 });
    expect(code, stderr).toBe(expected);
    expect(stdout + stderr).toMatch(/more than 16777216 values/);
    expect(performance.now() - started).toBeLessThan(20_000);
  }
});

test.each([
  'null',
  '[]',
  '{"a":1e999}',
  '{"valohai.dataset-versions":"\\ud800"}',
  `${'{"a":'.repeat(300)}1${'}'.repeat(300)}`,
])('metadata of a file that are %s are no line', async (metadata) => {
  await appendFile(join(out, 'valohai.metadata.jsonl'), `{"file":"customer-data/2024-q1/x","metadata":${metadata}}\n`);
  const { code, stdout, stderr } = await tidemarkHere(['verify', folder]);
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).toMatch(/line \d+ is not/);
});

describe('a file of options, in no time, that', () => {
  const anchors = Array.from({ length: 12 }, (_, i) =>
    i === 0 ? '&a0 [x,x,x,x,x,x,x,x,x]' : `&a${i} [${`*a${i - 1},`.repeat(9)}]`,
  );
  test.each([
    ['has aliases of aliases', `tags: [${anchors.join(',\n  ')}]`],
    ['has an alias inside of itself', 'param: &a { b: *a }'],
    ['has 17 MB', `table: x\n${'# much\n'.repeat(2_500_000)}`],
    ['is nested ten thousand times', `param: ${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['makes an object of a class', 'table: !!js/function "function () { process.exit(7) }"'],
    ['has a key of all objects', '__proto__: { table: x }'],
    ['has a key of all objects in a map', 'param: { __proto__: { a: 1 } }'],
    ['merges', 'param: &a { x: 1 }\n<<: *a'],
    ['is no text', '\0\u0001\ufffd'],
    ['has a key twice', 'table: a\ntable: b'],
  ])('%s', { timeout: 30_000 }, async (_, text) => {
    const cwd = emptyFolder('options');
    writeFileSync(join(cwd, 'tidemark.yaml'), text);
    const { code, stderr } = await tidemark(['plan', 'tidemark.yaml'], { cwd, timeout: 25_000 });
    expect(code, stderr).toBe(2);
    expect(stderr).not.toMatch(/defect|\n\s+at /);
    expect(({} as Record<string, unknown>)['table']).toBeUndefined();
  });
});

test('a pipe in the place of a journal, and a link to one, are passed over', () => {
  mkdirSync(join(out, '.x'));
  execFileSync('mkfifo', [join(out, '.x', 'journal.json')]);
  expect(readForeign(fs, join(out, '.x', 'journal.json'), z.any())).toBeUndefined();
  fs.promises.symlink('/dev/zero', join(out, '.x', 'link')).catch(() => undefined);
  expect(readForeign(fs, join(out, '.x', 'link'), z.any())).toBeUndefined();
});
