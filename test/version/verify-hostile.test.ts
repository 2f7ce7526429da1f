import { execFileSync } from 'node:child_process';
import { appendFile, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeManifest } from '../../src/manifest/encode.js';
import { manifestSeal, versionId } from '../../src/manifest/identity.js';
import { parseManifest } from '../../src/manifest/parse.js';
import type { Manifest, ManifestShard } from '../../src/manifest/shape.js';
import { verifyVersion } from '../../src/version/verify/index.js';
import { queryDuckdb } from '../readers/index.js';
import { emptyFolder, tidemark } from '../support/cli.js';
import { errors, folder, made, manifestFile, out } from './version-copies.js';

const manifest = (): string => join(folder, manifestFile);

/** The manifest's text with a key of its own in it, whose value is any JSON text. */
async function withValue(json: string): Promise<void> {
  const text = await readFile(manifest(), 'utf8');
  await writeFile(manifest(), text.replace(/^\{/, `{"extra":${json},`));
}

test.each([
  ['nesting without end', `${'['.repeat(5000)}${']'.repeat(5000)}`, /nested deeper than 100 levels/],
  ['more nesting', `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`, /nested deeper than 100 levels|is not JSON/],
  ['a number that is none', '1e999', /the number Infinity/],
  ['a number that its canonical form has as a text', '[1e300,1e300]', /the number 1e\+300/],
  ['half a character', '"\\ud800"', /the text "\\ud800"/],
])('a manifest with %s is a finding', async (_, json, message) => {
  await withValue(json);
  const found = await errors();
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ kind: 'manifest', message: expect.stringMatching(message) });
  const { code, stderr } = await tidemark(['verify', folder]);
  expect(code, stderr).toBe(5);
});

test('20,000 shards that are not there are as many findings', { timeout: 60_000 }, async () => {
  await rm(join(out, 'valohai.metadata.jsonl'));
  const { manifest: made } = parseManifest(await readFile(manifest()));
  const [table] = made.version.tables;
  const [target] = table!.targets;
  const shard = target!.shards[0]!;
  const shards = Array.from({ length: 20_000 }, (_, i): ManifestShard => ({ ...shard, path: `x-${i}.parquet` }));
  const sums = {
    bytes: shards.length * shard.bytes,
    facts: { ...target!.facts, rows: shards.length * shard.facts.rows },
  };
  const version = {
    ...made.version,
    rows: sums.facts.rows,
    bytes: sums.bytes,
    tables: [{ ...table!, ...sums, targets: [{ ...target!, ...sums, shards }] }],
  };
  const changed: Manifest = { ...made, version, id: versionId(version) };
  await writeFile(manifest(), encodeManifest({ ...changed, seal: manifestSeal(changed) }));
  const found = await errors();
  expect(found.filter(({ kind }) => kind === 'missing')).toHaveLength(20_000);
  // And the files of the version as it was.
  expect(found.filter(({ kind }) => kind === 'extra')).toHaveLength(2);
  expect(found).toHaveLength(20_002);
});

test('links that lead to each other, in the place of a shard, are a finding', async () => {
  const shard = join(folder, made.paths[0]!);
  await rm(shard);
  await symlink(shard, shard);
  expect(await errors()).toEqual([expect.objectContaining({ kind: 'missing', file: made.paths[0] })]);
});

test('lines of metadata that nobody can read are told one by one up to twenty', async () => {
  await appendFile(join(out, 'valohai.metadata.jsonl'), 'x\n'.repeat(100_000) + '\n'.repeat(100_000));
  const { findings, valid } = await verifyVersion(folder);
  expect(valid).toBe(true);
  expect(findings).toHaveLength(21);
  expect(findings.at(-1)!.message).toBe('99980 more of its lines are not either');
});

test('a version that is inherited twice is a finding', async () => {
  const { manifest: own } = parseManifest(await readFile(manifest()));
  const line = { uri: own.version.uri, id: own.id, rows: 1, bytes: 1, tables: [], files: [] };
  const version = { ...own.version, inherits: [line, line] };
  const changed: Manifest = { ...own, version, id: versionId(version) };
  await writeFile(manifest(), encodeManifest({ ...changed, seal: manifestSeal(changed) }));
  expect(await errors()).toMatchObject([
    { kind: 'manifest', message: expect.stringContaining('version.inherits: a version is listed twice') },
  ]);
});

test('a pipe in the place of a shard is a finding, and nobody waits for it', async () => {
  const shard = join(folder, made.paths[0]!);
  await rm(shard);
  execFileSync('mkfifo', [shard]);
  const found = await errors();
  expect(found).toEqual([expect.objectContaining({ kind: 'missing', message: 'it is not a file' })]);
});

test('a pipe in the place of the metadata file is an error, and nobody waits for it', async () => {
  const lines = join(out, 'valohai.metadata.jsonl');
  await rm(lines);
  execFileSync('mkfifo', [lines]);
  await expect(errors()).rejects.toMatchObject({ code: 'destination.io', message: expect.stringContaining(lines) });
});

test('a value for which there is no memory is a finding, and tells how much is needed', async () => {
  const [source, target] = [emptyFolder('long-value'), emptyFolder('long-value-version')];
  await queryDuckdb(
    `COPY (SELECT 1 AS id, repeat('x', 40000000) AS value) TO '${join(source, 'a.parquet')}' (FORMAT parquet, COMPRESSION zstd)`,
  );
  const adopt = ['adopt', source, '--dataset', 'dataset://long/v1', '--out', target];
  expect((await tidemark(adopt)).code).toBe(0);
  const verified = await tidemark(['verify', target, '--memory', '200MiB']);
  expect(verified.code).toBe(5);
  expect(verified.stderr + verified.stdout).toMatch(
    /long-v1-00000\.parquet: row group 0, column value: the page at byte \d+ takes 40\.0 MB, and there is memory for 33\.6 MB at once: with --memory 391MiB/,
  );
  expect((await tidemark(['verify', target, '--memory', '391MiB'])).code).toBe(0);
});
