import { rmSync } from 'node:fs';
import { it } from 'vitest';
import { duckdb, pyarrow } from '../../readers/index.js';
import { freshMariadb, type MariadbDatabase } from '../../servers/mariadb.js';
import { withMariadb } from '../../servers/with-mariadb.js';
import { batches, differences, runBatch } from '../types/random/campaign.js';
import { Seeded } from '../types/random/seeded.js';
import { randomRows } from '../types/random/tables.js';
import { type MadeVersion, makeVersion } from '../types/version-files.js';
import { knownTypes, type RandomType, sizedType } from './random-sized.js';
import { expectedColumns, quoted } from './specimen-table.js';
import type { Specimen } from './specimens.js';

const codecs = ['snappy', 'zstd', 'gzip', 'lz4_raw', 'none'];
const cases = batches.map((batch) => ({ ...batch, codec: codecs[batch.seed % codecs.length]! }));
/** Bytes of SQL in one statement; below the server's limit. */
const statementBytes = 4_000_000;

interface RandomTable {
  readonly name: string;
  readonly columns: readonly Specimen[];
  /** Statements that make it. */
  readonly made: readonly string[];
}

function randomTable(random: Seeded, index: number): RandomTable {
  const rows = randomRows(random, index);
  const types = random.many(random.int(1, rows > 400 ? 5 : 12), () =>
    random.chance(0.5) ? random.pick(knownTypes) : sizedType(random),
  );
  const nulls = types.map(() => random.pick([0, 0, 0.1, 0.5, 1]));
  const few = types.map((type) => (rows > 400 ? random.many(random.int(1, 60), () => type.value(random)) : undefined));
  const value = (type: RandomType, i: number): string => {
    if (random.chance(nulls[i]!)) return 'NULL';
    return few[i] === undefined ? type.value(random) : random.pick(few[i]);
  };
  const columns = types.map((type, i) => ({ ...type, name: `c${i}`, values: [] }));
  const name = `t${index}`;
  const definitions = columns.map((column) => `${quoted(column.name)} ${column.sql}`);
  // Without a key it is read in one piece.
  const key = random.chance(0.7) ? ' PRIMARY KEY' : '';
  const made = [`CREATE TABLE ${name} (id int${key}, ${definitions.join(', ')})`];
  let waiting: string[] = [];
  let bytes = 0;
  const send = (): void => {
    if (waiting.length > 0) made.push(`INSERT INTO ${name} VALUES ${waiting.join(', ')}`);
    [waiting, bytes] = [[], 0];
  };
  for (let row = 0; row < rows; row++) {
    const written = `(${[row, ...types.map(value)].join(', ')})`;
    waiting.push(written);
    bytes += written.length;
    if (bytes > statementBytes) send();
  }
  send();
  return { name, columns, made };
}

async function createTables(db: MariadbDatabase, tables: readonly RandomTable[]): Promise<void> {
  const client = await db.connect();
  try {
    await client.query(`SET time_zone = '+00:00'`);
    for (const statement of tables.flatMap(({ made }) => made)) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** What the ledger and readers say of a table otherwise than the server. */
async function wrongOf(db: MariadbDatabase, made: MadeVersion, table: RandomTable, isTenth: boolean) {
  const { name, columns } = table;
  const ledger = made.table(name).schema.slice(1);
  const wrong = columns.flatMap(({ name: column, sql, arrow, exactness }, i) => {
    const is = ledger[i];
    const same = is?.type === arrow && is.exactness === exactness;
    return same ? [] : [`${name}, column ${column} ${sql}: ${is?.type} ${is?.exactness}, not ${arrow} ${exactness}`];
  });
  const expected = await expectedColumns(db, name, columns);
  for (const reader of isTenth ? [duckdb, pyarrow] : [duckdb]) {
    wrong.push(...(await differences(reader, made.files(name), expected, name)));
  }
  return wrong;
}

withMariadb(
  'batches of tables of random types: any number of lanes writes the same, as the server shows it',
  (server) => {
    it.each(cases)('seed $seed, $codec', { timeout: 300_000 }, async (batch) => {
      const random = new Seeded(batch.seed);
      const tables = random.many(batch.tables, (index) => randomTable(random, index));
      const db = await freshMariadb(server);
      try {
        await runBatch('mariadb', batch, async (wrong) => {
          await createTables(db, tables);
          const args = [...tables.flatMap(({ name }) => ['--table', name]), '--compression', batch.codec];
          const one = await makeVersion(db.url, [...args, '--lanes', '1']);
          const two = await makeVersion(db.url, [...args, '--lanes', '2']);
          for (const table of tables) {
            const [by1, by2] = [one, two].map((made) => JSON.stringify(made.table(table.name)));
            if (by1 !== by2) wrong.push(`${table.name}: by one lane ${by1}, by two ${by2}`);
            wrong.push(...(await wrongOf(db, one, table, batch.isTenth)));
          }
          for (const { out } of [one, two]) rmSync(out, { recursive: true });
        });
      } finally {
        await db.drop();
      }
    });
  },
);
