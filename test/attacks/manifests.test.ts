import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeManifest } from '../../src/manifest/encode.js';
import { manifestSeal, versionId } from '../../src/manifest/identity.js';
import type { Manifest } from '../../src/manifest/shape.js';
import { emptyFolder, tidemark, tidemarkHere } from '../support/cli.js';
import { folder, made, manifestFile, out } from '../version/version-copies.js';
import { misshapen, Random, seed } from './random.js';

/** What is checked of the text of a failure: it is told in our words, and nothing of a file outside is in it. */
const notOurs = /defect in|defect of|internal\.bug|root:x:|\n\s+at .*\.js:\d+/;
const documented = [0, 2, 4, 5, 6];

type Loose = { version: { tables: { name: string; targets: { shards: Record<string, unknown>[] }[] }[] } } & Manifest;

/** Changes the manifest, with an id and a seal that hold. */
function forge(change: (manifest: Loose) => unknown): void {
  const manifest = JSON.parse(readFileSync(join(folder, manifestFile), 'utf8')) as Loose;
  const changed = (change(manifest) ?? manifest) as Manifest;
  const forged = { ...changed, id: versionId(changed.version) };
  writeFileSync(join(folder, manifestFile), encodeManifest({ ...forged, seal: manifestSeal(forged) }));
}

const forgeShard = (facts: Record<string, unknown>): void =>
  forge(({ version }) => void Object.assign(version.tables[0]!.targets[0]!.shards[0]!, facts));

/** Commands that read a version, and where what they write would be. */
function commands(): readonly (readonly string[])[] {
  const to = emptyFolder('attacked');
  return [
    ['verify', folder],
    ['show', folder],
    ['delta', folder],
    ['compact', folder, '--dataset', 'dataset://customer-data/merged', '--out', to],
    ['adopt', folder, '--dataset', 'dataset://customer-data/adopted', '--out', to],
    ['register', folder],
  ];
}

describe.each([
  '../../../../../../../../etc/passwd',
  '/etc/passwd',
  'a/../../../etc/passwd',
  '..',
  '.',
  'a\0b.parquet',
  '..\\..\\etc\\passwd',
  '%2e%2e/%2e%2e/etc/passwd',
  'CON',
  `${'x'.repeat(5000)}.parquet`,
  '\u001b]0;owned\u0007.parquet',
  '__proto__',
])('a shard at %j', (path) => {
  test('is not read and does not end in a defect', async () => {
    forgeShard({ path });
    for (const args of commands().filter(([name]) => name === 'verify' || name === 'show')) {
      const { code, stdout, stderr } = await tidemarkHere(args);
      expect(documented, stdout + stderr).toContain(code);
      if (args[0] === 'verify') expect(code).not.toBe(0);
      expect(stdout + stderr).not.toMatch(notOurs);
      // eslint-disable-next-line no-control-regex -- a terminal would do what it says
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
  });
});

test.each(['../../../../etc/passwd', '/etc/passwd', 'a\0b', '%2e%2e/x'])(
  'a shard at %j: no command writes anything of it',
  { timeout: 120_000 },
  async (path) => {
    forgeShard({ path });
    for (const args of commands().filter(([name]) => !['verify', 'show'].includes(name!))) {
      const { code, stdout, stderr } = await tidemark(args);
      expect([...documented.slice(1), 0], `${args[0]}: ${stdout}${stderr}`).toContain(code);
      expect(stdout + stderr, args[0]).not.toMatch(notOurs);
    }
    expect(existsSync(join(out, 'customer-data', '_delta_log'))).toBe(false);
  },
);

test('a shard that is a link is what it leads to, and is told as changed', async () => {
  const shard = join(folder, made.paths[0]!);
  await rm(shard);
  symlinkSync('/etc/passwd', shard);
  const { code, stdout, stderr } = await tidemarkHere(['verify', folder]);
  expect(code).toBe(5);
  expect(stdout + stderr).not.toMatch(notOurs);
});

test.each<[string, (manifest: Loose) => unknown]>([
  [
    'a shard of more rows',
    ({ version }) =>
      void Object.assign(version.tables[0]!.targets[0]!.shards[0]!, { facts: { rows: 9e15, columns: [] } }),
  ],
  [
    'a shard that is listed twice',
    ({ version: { tables } }) => void tables[0]!.targets[0]!.shards.push(tables[0]!.targets[0]!.shards[0]!),
  ],
  ['a table that is listed twice', ({ version: { tables } }) => void tables.push(tables[0]!)],
  ['no columns', ({ version }) => void Object.assign(version.tables[0]!, { schema: [] })],
  [
    'a type that nobody knows',
    ({ version }) =>
      void Object.assign(version.tables[0]!, {
        schema: [{ name: 'a', sourceType: '', type: 'Evil', stored: '', exactness: 'exact' }],
      }),
  ],
  ['another format', ({ version }) => void Object.assign(version, { format: '__proto__' })],
  ['a format that is a path', ({ version }) => void Object.assign(version, { format: '../../x.js' })],
  ['a name that is a path', ({ version }) => void Object.assign(version, { name: '../../x', dataset: '../..' })],
  ['a source of another kind', ({ version }) => void Object.assign(version, { source: 'constructor' })],
  [
    'it inherits itself',
    (manifest) =>
      void Object.assign(manifest.version, {
        from: manifest.version.uri,
        parent: { uri: manifest.version.uri, id: manifest.id },
        inherits: [{ uri: manifest.version.uri, id: manifest.id }],
      }),
  ],
])('a manifest that tells of %s', async (_, change) => {
  forge(change);
  for (const args of [
    ['verify', folder],
    ['show', folder],
  ]) {
    const { code, stdout, stderr } = await tidemarkHere(args);
    expect(documented, stdout + stderr).toContain(code);
    if (args[0] === 'verify') expect(code, stdout + stderr).toBe(5);
    expect(stdout + stderr).not.toMatch(notOurs);
  }
});

test('keys that stand twice, or have the name of what all objects have', async () => {
  const text = readFileSync(join(folder, manifestFile), 'utf8');
  writeFileSync(
    join(folder, manifestFile),
    text.replace(/^\{/, '{"id":"x","__proto__":{"polluted":1},"constructor":1,'),
  );
  expect((await tidemarkHere(['verify', folder])).code).toBe(5);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

const rounds = Number(process.env['TIDEMARK_ATTACK_VERSIONS'] ?? 60);

test(
  `${rounds} versions with odd values, sealed, given to verify and show`,
  { timeout: 60_000 + rounds * 2000 },
  async () => {
    const whole = JSON.parse(readFileSync(join(folder, manifestFile), 'utf8')) as Manifest;
    for (let i = 0; i < rounds; i += 1) {
      const random = new Random(seed + i);
      forge(() => ({
        ...whole,
        version: misshapen(whole.version, random),
        run: i % 3 === 0 ? misshapen(whole.run, random) : whole.run,
      }));
      for (const args of [
        ['verify', folder],
        ['show', folder],
        ['verify', '--json', folder],
      ]) {
        const { code, stdout, stderr } = await tidemarkHere(args);
        expect(documented, `round ${i}: ${stdout.slice(0, 2000)}${stderr.slice(0, 2000)}`).toContain(code);
        expect(stdout + stderr, `round ${i}`).not.toMatch(notOurs);
      }
    }
    expect(readdirSync(join(out, '..')).filter((name) => !/^(made|copy-\d+)$/.test(name))).toEqual([]);
  },
);
