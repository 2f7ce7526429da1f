import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ColumnChunk, parquetMetadata } from 'hyparquet';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { encodeManifest } from '../../src/manifest/encode.js';
import { manifestSeal, versionId } from '../../src/manifest/identity.js';
import type { Manifest } from '../../src/manifest/shape.js';
import { verifyVersion } from '../../src/version/verify/index.js';
import { freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson } from '../support/cli.js';

/** Hashes, id and seal are made anew: what is left is that the file tells of its values what is not so. */
describe('what a file tells of its values for readers that pass over some of them', { timeout: 60_000 }, () => {
  let location: string;
  let shard: string;
  let original: Buffer;
  let whole: Manifest;
  let id: ColumnChunk;
  beforeAll(async () => {
    const database = await freshDatabase(inject('postgres18'));
    await database.query(`CREATE TABLE numbers AS SELECT i AS id, nullif(i % 3, 0) AS few, 'name ' || i AS name,
      json_build_object('a', i) AS doc, i % 2 = 0 AS flag FROM generate_series(1, 50000) i`);
    const args = ['--query', 'SELECT * FROM numbers ORDER BY id', '--dataset', 'dataset://numbers/v1'];
    const out = emptyFolder('told');
    const made = await snapshotJson([...args, '--out', out], { env: { TIDEMARK_SOURCE: database.url } });
    location = made.location;
    shard = join(location, made.shards[0]!.path);
    original = readFileSync(shard);
    whole = JSON.parse(readFileSync(join(location, '_manifest.v1.json'), 'utf8')) as Manifest;
    id = parquetMetadata(new Uint8Array(original).buffer).row_groups[0]!.columns[0]!;
  });

  async function findings(bytes: Buffer): Promise<string[]> {
    const manifest = structuredClone(whole);
    const [table] = manifest.version.tables;
    Object.assign(table!.targets[0]!.shards[0]!, { sha256: createHash('sha256').update(bytes).digest('hex') });
    const forged = { ...manifest, id: versionId(manifest.version) };
    writeFileSync(join(location, '_manifest.v1.json'), encodeManifest({ ...forged, seal: manifestSeal(forged) }));
    writeFileSync(shard, bytes);
    const { findings: found } = await verifyVersion(location);
    return found
      .filter(({ kind }) => kind !== 'metadata')
      .map(({ kind, column, rowGroup, message }) => `${kind}, ${column}, ${rowGroup}: ${message}`);
  }

  /** The file with other bytes in the place of some that stand once between two places. */
  function changed(from: number, to: number, [before, after]: readonly [Buffer, Buffer]): Buffer {
    const bytes = Buffer.from(original);
    const at = bytes.subarray(from, to).indexOf(before);
    expect(at).toBeGreaterThanOrEqual(0);
    after.copy(bytes, from + at);
    return bytes;
  }
  const int32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return bytes;
  };
  const footer = (): number => original.length - 8 - original.readUInt32LE(original.length - 8);
  const index = (part: 'column' | 'offset'): readonly [from: number, to: number] => {
    const from = Number(part === 'column' ? id.column_index_offset : id.offset_index_offset);
    return [from, from + (part === 'column' ? id.column_index_length! : id.offset_index_length!)];
  };

  it('holds in a file as it was written', async () => {
    expect(await findings(original)).toEqual([]);
  });

  it('statistics of the footer', async () => {
    const bytes = changed(footer(), original.length, [int32(50_000), int32(40_000)]);
    expect(await findings(bytes)).toEqual([
      'statistics, id, 0: what the footer tells of its smallest and largest values and of its NULLs is not so',
    ]);
  });

  it('the page index: values', async () => {
    expect(await findings(changed(...index('column'), [int32(50_000), int32(49_999)]))).toEqual([
      expect.stringMatching(/^statistics, id, 0: what the page index tells of page \d+ is not so$/),
    ]);
    // Wider bounds hold.
    expect(await findings(changed(...index('column'), [int32(50_000), int32(70_000)]))).toEqual([]);
  });

  it('the page index: places', async () => {
    const [from, to] = index('offset');
    const bytes = Buffer.from(original);
    // The last one's first row.
    bytes[to - 3]! ^= 2;
    expect(from).toBeLessThan(to);
    expect(await findings(bytes)).toEqual([
      expect.stringMatching(
        /^unreadable, .*row group 0, column id: its index tells other places of pages than it has$/,
      ),
    ]);
    bytes[to - 1]! ^= 0xff;
    expect(await findings(bytes)).toEqual([
      expect.stringMatching(/^unreadable, .*row group 0, column id: its index cannot be read: /),
    ]);
  });
});
