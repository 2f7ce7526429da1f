import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeManifest } from '../../src/manifest/encode.js';
import { parseManifest } from '../../src/manifest/parse.js';
import { locateVersion } from '../../src/version/locate.js';
import { verifyVersion } from '../../src/version/verify/index.js';
import { makeVersion } from './make-version.js';
import { errors, folder, made, manifestFile, out, root } from './version-copies.js';

describe('files that do not belong', () => {
  test.each(['extra.parquet', 'notes.txt', 'customer-data-2024-q1-00002.parquet'])(
    '%s in the version folder',
    async (name) => {
      await writeFile(join(folder, name), 'x');
      expect(await errors()).toEqual([expect.objectContaining({ kind: 'extra', file: name })]);
    },
  );

  test('a folder that readers would descend into', async () => {
    await mkdir(join(folder, 'more'));
    expect(await errors()).toEqual([expect.objectContaining({ kind: 'extra', file: 'more' })]);
  });

  test('names that readers pass over are told, and do no harm', async () => {
    await writeFile(join(folder, '_SUCCESS'), '');
    await writeFile(join(folder, '.DS_Store'), '');
    const { valid, findings } = await verifyVersion(folder);
    expect(valid).toBe(true);
    expect(findings).toEqual([expect.objectContaining({ kind: 'extra', severity: 'warning', file: '_SUCCESS' })]);
  });

  test('in a flat folder, those with the name of a further shard', async () => {
    const flat = join(root, 'flat-extra');
    await cp(folder, flat, { recursive: true });
    await writeFile(join(flat, 'customer-data-2024-q1-00002.parquet'), 'x');
    await writeFile(join(flat, 'customer-data-2024-q2-00000.parquet'), 'x');
    await writeFile(join(flat, 'notes.txt'), 'x');
    const { findings } = await verifyVersion(flat);
    expect(findings.map(({ severity, file }) => [severity, file])).toEqual([
      ['error', 'customer-data-2024-q1-00002.parquet'],
      ['error', 'customer-data-2024-q2-00000.parquet'],
    ]);
  });

  test('in a flat folder, data in folders that have no manifest of their own', async () => {
    const flat = join(root, 'flat-folders');
    await cp(folder, flat, { recursive: true });
    for (const path of ['a/b', 'year=2024/month=1', 'version-b', '.hidden', '_logs'])
      await mkdir(join(flat, path), { recursive: true });
    await cp(join(flat, made.paths[0]!), join(flat, 'a/b', made.paths[0]!));
    await writeFile(join(flat, 'year=2024/month=1/evil.parquet'), 'x');
    await writeFile(join(flat, 'a/rows.csv'), 'x');
    for (const path of ['version-b/_manifest.b.json', 'version-b/b.parquet', '.hidden/x.parquet', '_logs/x.parquet'])
      await writeFile(join(flat, path), 'x');
    const { findings } = await verifyVersion(flat);
    expect(findings.map(({ severity, file }) => [severity, file])).toEqual([
      ['error', `a/b/${made.paths[0]!}`],
      ['warning', 'a/rows.csv'],
      ['error', 'year=2024/month=1/evil.parquet'],
    ]);
  });

  test('in a flat folder with a version of another dataset, what may be used by that one is a warning', async () => {
    const flat = join(root, 'flat-mixed');
    await cp(folder, flat, { recursive: true });
    const { manifest } = parseManifest(await readFile(join(flat, manifestFile)));
    const other = { ...manifest, version: { ...manifest.version, dataset: 'others' } };
    await writeFile(join(flat, '_manifest.other.json'), encodeManifest(other));
    await writeFile(join(flat, 'rows.parquet'), 'x');
    const { findings } = await verifyVersion(join(flat, manifestFile));
    expect(findings.map(({ severity, file }) => [severity, file])).toEqual([['warning', 'rows.parquet']]);
  });
});

describe('metadata lines', () => {
  const metadata = () => join(out, 'valohai.metadata.jsonl');
  const lines = async () => (await readFile(metadata(), 'utf8')).trimEnd().split('\n');

  test('of others, and other spellings of the same values, are left alone', async () => {
    const others = '{"file":"other.csv","metadata":{"rows":1}}';
    const spaced = (await lines()).map((line) => JSON.stringify(JSON.parse(line), null, 1).replaceAll('\n', ' '));
    await writeFile(metadata(), [others, ...spaced, ''].join('\n'));
    expect(await verifyVersion(folder)).toMatchObject({ valid: true, findings: [] });
  });

  test.each([
    [
      'changed',
      (all: string[]) => all.map((line) => line.replace('"row_count":7', '"row_count":8')),
      /"row_count" of .*00001\.parquet/,
    ],
    ['missing', (all: string[]) => all.slice(1), /no line for .*00000\.parquet/],
    ['doubled', (all: string[]) => [...all, all[0]!], /00000\.parquet has several lines/],
    [
      'of no file',
      (all: string[]) => [...all, all[0]!.replace('00000.parquet', '00009.parquet')],
      /00009\.parquet is of no file/,
    ],
  ])('%s', async (_, change, message) => {
    await writeFile(metadata(), change(await lines()).join('\n'));
    expect(await errors()).toEqual([
      expect.objectContaining({
        kind: 'metadata',
        file: 'valohai.metadata.jsonl',
        message: expect.stringMatching(message),
      }),
    ]);
  });

  test('none of this version, or broken ones of others: a warning', async () => {
    await writeFile(metadata(), '{"file":"other.csv","metadata":{}}\nnot json\n');
    const { valid, findings } = await verifyVersion(folder);
    expect(valid).toBe(true);
    expect(findings.map((finding) => finding.message)).toEqual([
      'line 2 is not {"file": …, "metadata": {…}}',
      'it has no lines for this version',
    ]);
  });
});

describe('LOCATION', () => {
  test('with two versions is refused, and they are listed', async () => {
    await makeVersion(out, { version: '2024-q2' });
    await expect(locateVersion(out)).rejects.toThrow(
      /holds 2 versions: customer-data\/2024-q1, customer-data\/2024-q2/,
    );
    expect(await locateVersion(folder)).toMatchObject({ folder, flat: false });
  });

  test('flat, with two versions that are no chain, is refused', async () => {
    await makeVersion(out, { version: '2024-q2' });
    const flat = join(root, 'flat-two');
    for (const version of ['2024-q1', '2024-q2'])
      await cp(join(out, 'customer-data', version), flat, { recursive: true });
    await expect(locateVersion(flat)).rejects.toMatchObject({ code: 'request.invalid' });
  });

  test('without a version says what is there instead', async () => {
    const empty = join(root, 'empty');
    await mkdir(empty, { recursive: true });
    await expect(locateVersion(empty)).rejects.toThrow(/holds no version: it is empty/);
    await writeFile(join(empty, 'readme.txt'), '');
    await expect(locateVersion(empty)).rejects.toThrow(/it holds readme.txt/);
    await expect(locateVersion(join(empty, 'readme.txt'))).rejects.toThrow(/is a file, and not a manifest/);
    await expect(locateVersion(join(empty, 'nowhere'))).rejects.toMatchObject({ code: 'request.invalid' });
  });

  test('with data whose manifest is gone cannot be verified', async () => {
    await rm(join(folder, manifestFile));
    await expect(verifyVersion(folder)).rejects.toMatchObject({ code: 'verification.failed', exitCode: 5 });
  });

  test('passes over staging folders', async () => {
    await mkdir(join(out, '.tidemark-abc'));
    for (const name of await readdir(folder)) await cp(join(folder, name), join(out, '.tidemark-abc', basename(name)));
    expect(await locateVersion(out)).toMatchObject({ folder });
  });
});
