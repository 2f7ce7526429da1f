import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeManifest, manifestName } from '../../src/manifest/encode.js';
import { manifestSeal, versionId } from '../../src/manifest/identity.js';
import { parseManifest } from '../../src/manifest/parse.js';
import type { Manifest, ManifestShard } from '../../src/manifest/shape.js';
import { shardsOfVersion } from '../../src/manifest/shards.js';
import { verifyVersion } from '../../src/version/verify/index.js';
import { makeVersion, shardRows } from './make-version.js';
import { errors, folder, made, manifestFile, out, root } from './version-copies.js';

const rows = shardRows[0] + shardRows[1];
const path = (shard: number): string => join(folder, made.paths[shard]!);

/** Changes the manifest, and makes id and seal anew where asked, as somebody with bad intentions would. */
async function edit(change: (manifest: Manifest) => Manifest, reseal: boolean): Promise<void> {
  const manifest = change(parseManifest(await readFile(join(folder, manifestFile))).manifest);
  const identified = reseal ? { ...manifest, id: versionId(manifest.version) } : manifest;
  const sealed = reseal ? { ...identified, seal: manifestSeal(identified) } : identified;
  await writeFile(join(folder, manifestFile), encodeManifest(sealed));
}

function withRows(manifest: Manifest, change: number): Manifest {
  const more = <T extends { facts: ManifestShard['facts'] }>(part: T): T => ({
    ...part,
    facts: { ...part.facts, rows: part.facts.rows + change },
  });
  const { version } = withShards(manifest, (shard, index) => (index === 1 ? more(shard) : shard));
  const tables = version.tables.map((table) => more({ ...table, targets: table.targets.map(more) }));
  return { ...manifest, version: { ...version, rows: version.rows + change, tables } };
}

/** The manifest with other shards, whose sums are as they were. */
function withShards(manifest: Manifest, change: (shard: ManifestShard, index: number) => ManifestShard): Manifest {
  const [table] = manifest.version.tables;
  const [target] = table!.targets;
  const targets = [{ ...target!, shards: target!.shards.map(change) }];
  return { ...manifest, version: { ...manifest.version, tables: [{ ...table!, targets }] } };
}

/** The same with all bytes summed up. */
function withTotalBytes(manifest: Manifest): Manifest {
  const [table] = manifest.version.tables;
  const [target] = table!.targets;
  const bytes = target!.shards.reduce((sum, shard) => sum + shard.bytes, 0);
  const tables = [{ ...table!, bytes, targets: [{ ...target!, bytes }] }];
  return { ...manifest, version: { ...manifest.version, bytes, tables } };
}

describe('a version that holds', () => {
  test('is valid wherever LOCATION points at it, quick or not', async () => {
    for (const location of [folder, out, join(out, 'customer-data'), join(folder, manifestFile)]) {
      for (const quick of [true, false]) {
        const result = await verifyVersion(location, { quick });
        expect(result).toMatchObject({ location: folder, valid: true, findings: [], files: 2, rows });
        expect(result.version).toEqual({ uri: 'dataset://customer-data/2024-q1', id: made.manifest.id });
        expect(result.bytes).toBe(made.manifest.version.bytes);
      }
    }
  });

  test('is valid as a flat input folder, with its parent and files of others beside', async () => {
    await makeVersion(out, { version: '2024-q2', from: 'dataset://customer-data/2024-q1' });
    const flat = join(root, 'inputs', 'training-data');
    for (const version of ['2024-q1', '2024-q2'])
      await cp(join(out, 'customer-data', version), flat, { recursive: true });
    await writeFile(join(flat, 'notes.txt'), 'mine');
    const result = await verifyVersion(flat);
    expect(result).toMatchObject({ valid: true, findings: [], rows });
    expect(result.version?.uri).toBe('dataset://customer-data/2024-q2');
  });

  test.each([1, 2])('tells how far it is, by %i lanes', async (lanes) => {
    const told: number[] = [];
    await verifyVersion(folder, { lanes, onProgress: ({ bytes }) => told.push(bytes) });
    expect(told.at(-1)).toBe(made.manifest.version.bytes);
    expect(told).toEqual([...told].sort((a, b) => a - b));
  });

  test.each([1, 2])('ends when its signal is aborted, by %i lanes', async (lanes) => {
    const controller = new AbortController();
    const reason = new Error('stop');
    const running = verifyVersion(folder, {
      ...{ lanes, signal: controller.signal },
      onProgress: () => controller.abort(reason),
    });
    await expect(running).rejects.toBe(reason);
  });

  test('has the id that was asked for, or says which one it has', async () => {
    expect(await errors(folder, { id: made.manifest.id.toUpperCase() })).toEqual([]);
    expect(await errors(folder, { id: made.manifest.id.slice(0, 12) })).toEqual([]);
    expect(await errors(folder, { id: made.manifest.id.slice(1, 13) })).toHaveLength(1);
    const [finding] = await errors(folder, { id: '0'.repeat(64) });
    expect(finding).toMatchObject({ kind: 'id', expected: '0'.repeat(64), found: made.manifest.id });
  });
});

describe('damage to shards is found, and the file named', () => {
  test('cut', async () => {
    await truncate(path(0), 100);
    const expected = `${shardsOfVersion(made.manifest.version)[0]!.bytes} bytes`;
    expect(await errors()).toEqual([
      expect.objectContaining({ kind: 'size', file: made.paths[0], expected, found: '100 bytes' }),
    ]);
  });

  test('made longer', async () => {
    await writeFile(path(1), 'x', { flag: 'a' });
    expect(await errors()).toEqual([expect.objectContaining({ kind: 'size', file: made.paths[1] })]);
  });

  test('one bit flipped anywhere, also with --quick', async () => {
    const bytes = await readFile(path(1));
    for (const position of [0, 4, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[position]! ^= 1;
      await writeFile(path(1), damaged);
      expect(await errors(folder, { quick: true })).toEqual([
        expect.objectContaining({ kind: 'sha256', file: made.paths[1], message: 'the bytes were changed' }),
      ]);
    }
  });

  test('removed', async () => {
    await rm(path(1));
    expect(await errors()).toEqual([expect.objectContaining({ kind: 'missing', file: made.paths[1] })]);
  });

  test('replaced by a folder', async () => {
    await rm(path(1));
    await mkdir(path(1));
    expect(await errors()).toEqual([expect.objectContaining({ kind: 'missing', file: made.paths[1] })]);
  });

  test('swapped', async () => {
    await cp(path(1), path(0));
    expect(await errors()).toEqual([expect.objectContaining({ kind: 'size', file: made.paths[0] })]);
    await cp(join(root, 'made', 'customer-data', '2024-q1', made.paths[0]!), path(1));
    const [, second] = await errors();
    expect(second).toMatchObject({ kind: 'size', file: made.paths[1] });
  });

  test('of the same size with the bytes of another: says whose they are', async () => {
    const [a, b] = await Promise.all([readFile(path(0)), readFile(path(1))]);
    const padded = Buffer.concat([b, Buffer.alloc(a.length - b.length)]);
    const sha256 = createHash('sha256').update(padded).digest('hex');
    await writeFile(path(1), padded);
    const named = (manifest: Manifest): Manifest =>
      withShards(manifest, (shard, index) => (index === 1 ? { ...shard, bytes: a.length, sha256 } : shard));
    await edit(named, false);
    await writeFile(path(0), padded);
    const found = await errors();
    expect(found.filter((finding) => finding.kind === 'sha256')).toEqual([
      expect.objectContaining({ file: made.paths[0], message: `the file holds the bytes of ${made.paths[1]}` }),
    ]);
  });
});

describe('what a resealed manifest cannot hide', () => {
  /** A damaged shard whose size and sha-256 the manifest was made to agree with. */
  async function agree(shard: number, bytes: Uint8Array): Promise<void> {
    await writeFile(path(shard), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const agreeing = (one: ManifestShard, index: number): ManifestShard =>
      index === shard ? { ...one, bytes: bytes.length, sha256 } : one;
    await edit((manifest) => withTotalBytes(withShards(manifest, agreeing)), true);
    await rm(join(out, 'valohai.metadata.jsonl'));
  }

  test('a footer that does not read', async () => {
    const bytes = await readFile(path(0));
    await agree(0, bytes.subarray(0, bytes.length - 1));
    expect(await errors()).toEqual([expect.objectContaining({ kind: 'unreadable', file: made.paths[0] })]);
  });

  test('a column chunk that does not decode: column and row group are named', async () => {
    const bytes = await readFile(path(0));
    const { parquetMetadata } = await import('hyparquet');
    const metadata = parquetMetadata(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
    );
    const chunk = metadata.row_groups[1]!.columns[4]!.meta_data!;
    const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
    const damaged = Buffer.from(bytes).fill(0xff, start, start + Number(chunk.total_compressed_size));
    await agree(0, damaged);
    expect(await errors(folder, { quick: true })).toEqual([]);
    expect(await errors()).toEqual([
      expect.objectContaining({ kind: 'unreadable', file: made.paths[0], column: 'name', rowGroup: 1 }),
    ]);
  });

  test('another number of rows', async () => {
    await edit((manifest) => withRows(manifest, 1), true);
    const found = (await errors()).filter((finding) => finding.kind === 'rows');
    expect(found[0]).toMatchObject({ file: made.paths[1], expected: '8', found: '7' });
  });

  test('another number of NULLs', async () => {
    await rm(join(out, 'valohai.metadata.jsonl'));
    const uid = made.manifest.version.tables[0]!.schema.findIndex(({ name }) => name === 'uid');
    const another = ({ facts, ...shard }: ManifestShard): ManifestShard => {
      const columns = facts.columns.map((one, index) => (index === uid ? { ...one, nulls: one.nulls + 1 } : one));
      return { ...shard, facts: { ...facts, columns } };
    };
    await edit((manifest) => withShards(manifest, another), true);
    expect(await errors(folder, { quick: true })).toEqual([]);
    expect(await errors()).toEqual([
      expect.objectContaining({
        kind: 'statistics',
        file: made.paths[0],
        column: 'uid',
        expected: '501',
        found: '500',
      }),
      expect.objectContaining({ kind: 'statistics', file: made.paths[1], column: 'uid', expected: '2', found: '1' }),
    ]);
  });

  test.each([
    ['type', 'INT64 DECIMAL(15,3)', { column: 'price', expected: 'INT64 DECIMAL(15,3)', found: 'INT64 DECIMAL(15,2)' }],
    ['name', undefined, { message: 'the file has other columns' }],
  ])('another %s of a column', async (_, stored, finding) => {
    await edit((manifest) => {
      const [table] = manifest.version.tables;
      const schema = table!.schema.map((line) =>
        line.name !== 'price' ? line : stored ? { ...line, stored } : { ...line, name: 'cost' },
      );
      return { ...manifest, version: { ...manifest.version, tables: [{ ...table!, schema }] } };
    }, true);
    const found = (await errors()).filter((one) => one.kind === 'schema');
    expect(found).toHaveLength(2);
    expect(found[0]).toMatchObject({ file: made.paths[0], ...finding });
  });

  test('that it was edited, where the platform has the id or --id gives it', async () => {
    await edit((manifest) => ({ ...manifest, version: { ...manifest.version, date: '2024-01-16' } }), true);
    expect(await errors(folder, { id: made.manifest.id })).toContainEqual(expect.objectContaining({ kind: 'id' }));
    const metadata = (await errors()).filter((finding) => finding.kind === 'metadata');
    expect(metadata.map((finding) => finding.message)).toContainEqual(expect.stringContaining('"tidemark.id"'));
    expect(metadata.map((finding) => finding.message)).toContainEqual(expect.stringContaining('"query_date"'));
  });
});

describe('edits of the manifest show', () => {
  test('of the version part: seal and id', async () => {
    await edit((manifest) => withRows(manifest, 1), false);
    const kinds = (await errors()).filter((finding) => finding.file === manifestFile).map((finding) => finding.kind);
    expect(kinds).toEqual(['manifest', 'id']);
  });

  test('of the run part: the seal', async () => {
    await rm(join(out, 'valohai.metadata.jsonl'));
    await edit((manifest) => ({ ...manifest, run: { ...manifest.run, command: 'rm -rf' } }), false);
    expect(await errors()).toEqual([
      expect.objectContaining({
        kind: 'manifest',
        file: manifestFile,
        message: expect.stringMatching(/after it was sealed/),
      }),
    ]);
  });

  test('of white space alone: the canonical form', async () => {
    const content = await readFile(join(folder, manifestFile), 'utf8');
    await writeFile(join(folder, manifestFile), JSON.stringify(JSON.parse(content), null, 2));
    expect(await errors()).toEqual([
      expect.objectContaining({ file: manifestFile, message: expect.stringMatching(/not in canonical form/) }),
    ]);
  });

  test('of totals: they are not the sum of their parts', async () => {
    await rm(join(out, 'valohai.metadata.jsonl'));
    await edit((manifest) => ({ ...manifest, version: { ...manifest.version, rows: 1 } }), true);
    expect(await errors()).toEqual([
      expect.objectContaining({
        file: manifestFile,
        message: 'rows of the version is not the sum of its parts',
        found: '1',
      }),
    ]);
  });

  test.each(['', '{', 'null', '[]'])('content %j is no manifest', async (content) => {
    await writeFile(join(folder, manifestFile), content);
    const result = await verifyVersion(folder);
    expect(result).toMatchObject({ valid: false, version: undefined, files: 0 });
    expect(result.findings).toEqual([expect.objectContaining({ kind: 'manifest', file: manifestFile })]);
  });

  test('a name of another version', async () => {
    await rename(join(folder, manifestFile), join(folder, manifestName('2024-q9')));
    expect(await errors()).toContainEqual(expect.objectContaining({ kind: 'manifest', expected: manifestFile }));
  });
});
