import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { buildManifest } from '../../src/manifest/build.js';
import { summariseVersion } from '../../src/manifest/summary.js';
import { encodeManifest } from '../../src/manifest/encode.js';
import { manifestSeal, versionId } from '../../src/manifest/identity.js';
import { parseManifest } from '../../src/manifest/parse.js';
import type { Manifest } from '../../src/manifest/shape.js';
import { metadataLines } from '../../src/manifest/valohai.js';
import { checkManifest } from '../../src/version/verify/manifest.js';
import { input } from './inputs.js';

const fixture = (name: string): Promise<Buffer> =>
  readFile(new URL(`../../fixtures/manifest/1/${name}`, import.meta.url));
const name = '_manifest.2024-q1.json';

test('a manifest of the first format is read, and is what it was', async () => {
  const bytes = await fixture(name);
  const { content, manifest } = parseManifest(bytes, name);
  expect(Buffer.from(encodeManifest(content))).toEqual(bytes);
  expect(versionId(content.version)).toBe(content.id);
  expect(manifestSeal(content)).toBe(content.seal);
  expect(checkManifest(bytes, name, content.id)).toEqual({ read: { content, manifest }, findings: [] });
});

test('its metadata lines are those that were written then', async () => {
  const bytes = await fixture(name);
  const lines = metadataLines(parseManifest(bytes).manifest, bytes);
  expect(`${lines.join('\n')}\n`).toBe((await fixture('valohai.metadata.jsonl')).toString());
});

test('says what a manifest of today says of the same version', async () => {
  const { manifest } = parseManifest(await fixture(name));
  const today = buildManifest({ ...input, plan: { ...input.plan, digest: false } });
  const summary = summariseVersion(manifest);
  expect(summary).toEqual({
    ...summariseVersion(JSON.parse(JSON.stringify(today)) as Manifest),
    id: summary.id,
    digest: undefined,
  });
  const {
    targets: [target],
    ...table
  } = today.version.tables[0]!;
  expect(manifest.version.tables[0]).toMatchObject(table);
  // Of single files it did not say how many values were replaced.
  const shards = target!.shards.map(({ facts, ...shard }) => ({
    ...shard,
    facts: { ...facts, columns: facts.columns.map((column) => ({ ...column, nulled: undefined })) },
  }));
  expect(manifest.version.tables[0]!.targets).toEqual([{ ...target, shards }]);
});

test('one that is not whole is refused, with the place that is wrong', async () => {
  const text = (await fixture(name)).toString().replace('customer-data-2024-q1-00001.parquet', '../x.parquet');
  expect(() => parseManifest(Buffer.from(text))).toThrow(/not a whole manifest: version\.tables\.0\.shards\.1\.path/);
});
