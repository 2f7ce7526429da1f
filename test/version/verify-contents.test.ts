import { createHash } from 'node:crypto';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { RecordBatch, vectorFromArray } from 'apache-arrow';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { encodeManifest } from '../../src/manifest/encode.js';
import { manifestSeal, versionId } from '../../src/manifest/identity.js';
import type { Manifest } from '../../src/manifest/shape.js';
import { writeParquet } from '../../src/index.js';
import { readTable } from '../../src/version/read.js';
import { type Finding, verifyVersion } from '../../src/version/verify/index.js';
import { freshDatabase } from '../servers/postgres.js';
import { emptyFolder, snapshotJson } from '../support/cli.js';

type Editable<T> = { -readonly [Key in keyof T]: Editable<T[Key]> };
type Edit = (version: Editable<Manifest['version']>) => void;

/** Everything fits together but the contents: id and seal are made anew, as somebody would who knows how. */
describe('a version whose files and manifest were made anew', { timeout: 60_000 }, () => {
  let made: Awaited<ReturnType<typeof snapshotJson>>;
  let original: Buffer;
  let file: string;
  beforeAll(async () => {
    const database = await freshDatabase(inject('postgres18'));
    await database.query(`CREATE TABLE people AS SELECT i AS id, 'name ' || i AS name, i * 1.5 AS score,
      date '2000-01-01' + i AS day FROM generate_series(1, 500) i`);
    const args = ['--query', 'SELECT id, name, score::float8, day FROM people ORDER BY id'];
    const named = [...args, '--dataset', 'dataset://people/v1', '--out', emptyFolder('contents')];
    made = await snapshotJson(named, { env: { TIDEMARK_SOURCE: database.url } });
    file = join(made.location, '_manifest.v1.json');
    original = readFileSync(file);
  });

  async function findings(edit: Edit): Promise<Partial<Finding>[]> {
    const { version, run } = JSON.parse(original.toString()) as Editable<Manifest>;
    edit(version);
    const unsealed = { id: versionId(version), version, run };
    writeFileSync(file, encodeManifest({ ...unsealed, seal: manifestSeal(unsealed) }));
    const verification = await verifyVersion(made.location);
    writeFileSync(file, original);
    return verification.findings
      .filter(({ kind }) => kind !== 'metadata')
      .map(({ kind, file: where, column }) => ({ kind, file: where, ...(column !== undefined && { column }) }));
  }
  const manifest = '_manifest.v1.json';
  const shardOf = (version: Editable<Manifest['version']>) => version.tables[0]!.targets[0]!.shards[0]!;

  it('is as it is told, unless something is changed', async () => {
    expect(await findings(() => undefined)).toEqual([]);
  });

  it('a sum of rows', async () => {
    const found = await findings((version) => (shardOf(version).facts.sum = 'f'.repeat(32)));
    expect(found).toEqual([
      { kind: 'manifest', file: manifest },
      { kind: 'digest', file: made.shards[0]!.path },
    ]);
  });

  it('a digest', async () => {
    const other = `td1:${'0'.repeat(32)}`;
    const found = await findings((version) => {
      version.digest = version.tables[0]!.digest = version.tables[0]!.targets[0]!.digest = other;
    });
    expect(found).toEqual([
      { kind: 'digest', file: manifest },
      { kind: 'digest', file: manifest },
    ]);
    expect(await findings((version) => (version.digest = other))).toEqual([{ kind: 'digest', file: manifest }]);
  });

  it.each([
    ['a sum of a column', 'digest', 'sum', '0'.repeat(32)],
    ['a smallest value', 'statistics', 'min', 'aaa'],
    ['a largest value', 'statistics', 'max', 'zzz'],
    ['a number of NULLs', 'statistics', 'nulls', 3],
  ])('%s', async (_, kind, key, value) => {
    const found = await findings((version) => Object.assign(version.tables[0]!.facts.columns[1]!, { [key]: value }));
    expect(found).toEqual([{ kind, file: manifest, column: 'name' }]);
  });

  it('one value in the file', async () => {
    const path = join(made.location, made.shards[0]!.path);
    const before = readFileSync(path);
    const batches: RecordBatch[] = [];
    for await (const batch of readTable(made.location, 'people')) batches.push(batch);
    const { schema, data, numRows } = batches[0]!;
    expect(numRows).toBe(500);
    const changed = [...batches[0]!.getChildAt(1)!].with(250, 'name 25O');
    const children = data.children.map((child, index) =>
      index === 1 ? vectorFromArray(changed, schema.fields[1]!.type).data[0]! : child,
    );
    const sink = createWriteStream(path);
    await writeParquet([new RecordBatch(schema, data.clone(data.type, 0, 500, 0, undefined, children))], {
      write: (bytes) => void sink.write(Buffer.from(bytes)),
    });
    sink.end();
    await finished(sink);
    const after = readFileSync(path);
    const found = await findings((version) => {
      const { bytes } = shardOf(version);
      Object.assign(shardOf(version), {
        bytes: after.length,
        sha256: createHash('sha256').update(after).digest('hex'),
      });
      for (const part of [version, version.tables[0]!, version.tables[0]!.targets[0]!])
        part.bytes += after.length - bytes;
    });
    writeFileSync(path, before);
    const [shard, target] = [
      { kind: 'digest', file: made.shards[0]!.path },
      { kind: 'digest', file: manifest },
    ];
    // Of the shard; of its target and of the table: the column, the rows, and the digest.
    const total = [{ ...target, column: 'name' }, target, target];
    expect(found).toEqual([shard, ...total, ...total]);
  });
});
