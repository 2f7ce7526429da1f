import { rmSync } from 'node:fs';
import { describe, inject, it } from 'vitest';
import { duckdb, pyarrow } from '../../readers/index.js';
import { freshDatabase } from '../../servers/postgres.js';
import { batches, differences, runBatch } from './random/campaign.js';
import { createTables } from './random/create.js';
import { type RandomTable, randomTables } from './random/tables.js';
import { expectedColumns } from './specimen-table.js';
import { type MadeVersion, makeVersion } from './version-files.js';

const codecs = ['snappy', 'zstd', 'gzip', 'lz4_raw', 'none'];
const servers = [
  { server: 'postgres18', version: 18 },
  { server: 'postgres14', version: 14 },
] as const;
const cases = batches.map((batch) => ({
  ...batch,
  codec: codecs[batch.seed % codecs.length]!,
  ...servers[batch.seed % servers.length]!,
}));

/** What the ledger and readers say of a table otherwise than the server. */
async function wrongOf(url: string, made: MadeVersion, table: RandomTable, isTenth: boolean): Promise<string[]> {
  const { name, columns } = table;
  const kept = columns.filter(({ isDropped }) => !isDropped);
  const specimens = kept.map((column) => ({ ...column.type, name: column.name, values: [] }));
  const ledger = made.table(name).schema.slice(1);
  const wrong = kept.flatMap(({ name: column, type }, i) => {
    const [is, must] = [ledger[i], { type: type.arrow, exactness: type.exactness ?? 'exact' }];
    const same = is?.type === must.type && is.exactness === must.exactness;
    return same
      ? []
      : [`${name}, column ${column} ${type.sql}: ${is?.type} ${is?.exactness}, not ${must.type} ${must.exactness}`];
  });
  const expected = await expectedColumns(url, name, specimens);
  for (const reader of isTenth ? [duckdb, pyarrow] : [duckdb]) {
    wrong.push(...(await differences(reader, made.files(name), expected, `${name}`)));
  }
  return wrong;
}

describe('batches of tables of random types: both roads write the same bytes, and readers show what the server shows', () => {
  it.each(cases)('seed $seed, $codec, $server', { timeout: 300_000 }, async (batch) => {
    const { seed, codec, server, version, isTenth } = batch;
    const tables = randomTables(seed, version, batch.tables);
    const db = await freshDatabase(inject(server));
    try {
      await runBatch(server, batch, async (wrong) => {
        await createTables(db, tables);
        const args = [...tables.flatMap(({ name }) => ['--table', name]), '--compression', codec];
        const copied = await makeVersion(db.url, args);
        const read = await makeVersion(db.url, [...args, '--via', 'cursor']);
        for (const table of tables) {
          const [one, other] = [copied, read].map((made) => JSON.stringify(made.table(table.name)));
          if (one !== other) wrong.push(`${table.name}: by copy ${one}, by cursor ${other}`);
          wrong.push(...(await wrongOf(db.url, copied, table, isTenth)));
        }
        for (const { out } of [copied, read]) rmSync(out, { recursive: true });
      });
    } finally {
      await db.drop();
    }
  });
});
