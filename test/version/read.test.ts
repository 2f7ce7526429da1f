import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTable } from '../../src/version/read.js';
import { makeVersion, shardRows } from './make-version.js';

describe('the rows of a version', () => {
  let out: string;
  let made: Awaited<ReturnType<typeof makeVersion>>;
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'tidemark-read-'));
    made = await makeVersion(out);
  });
  afterAll(() => rm(out, { recursive: true }));

  async function ids(location: string): Promise<bigint[]> {
    const found: bigint[] = [];
    for await (const batch of readTable(location, 'customers', { columns: ['name', 'id'] })) {
      expect(batch.schema.fields.map(({ name }) => name)).toEqual(['name', 'id']);
      found.push(...(batch.getChild('id')!.toArray() as BigInt64Array));
    }
    return found;
  }

  it('come shard by shard, in their order, wherever LOCATION points at the version', async () => {
    const expected = shardRows.flatMap((rows, shard) =>
      Array.from({ length: rows }, (_, i) => BigInt(shard * 10_000 + i)),
    );
    for (const location of [made.folder, out]) expect(await ids(location)).toEqual(expected);
  });

  it('are refused of a table that is not there, and of a file that is not', async () => {
    await expect(readTable(out, 'orders').next()).rejects.toMatchObject({
      code: 'request.invalid',
      hint: 'Tables: customers.',
    });
    await rm(join(made.folder, made.paths[1]!));
    await expect(ids(out)).rejects.toMatchObject({ code: 'verification.failed' });
  });
});
