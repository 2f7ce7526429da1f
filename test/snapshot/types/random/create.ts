import type pg from 'pg';
import type { FreshDatabase } from '../../../servers/postgres.js';
import { prelude } from '../specimens.js';
import type { RandomTable } from './tables.js';

async function createTable(client: pg.Client, { name, rows, hasKey, columns }: RandomTable): Promise<void> {
  const each = (write: (column: RandomTable['columns'][number], i: number) => string): string =>
    columns.map(write).join(', ');
  const names = each((column) => column.name);
  const types = each((column) => `${column.name} ${column.type.sql}`);
  await client.query(`CREATE TABLE ${name} (id serial${hasKey ? ' PRIMARY KEY' : ''}, ${types})`);
  if (rows > 0) {
    await client.query(
      `INSERT INTO ${name} (${names}) SELECT ${each((column) => `v.${column.name}::${column.type.sql}`)}
         FROM ROWS FROM (unnest(${each((_, i) => `$${i + 1}::text[]`)})) AS v(${names})`,
      columns.map(({ values }) => values),
    );
  }
  for (const column of columns) {
    if (column.isDropped) await client.query(`ALTER TABLE ${name} DROP COLUMN ${column.name}`);
  }
}

/** Makes the tables of a batch, their types before them; then some of the types change. */
export async function createTables(db: FreshDatabase, tables: readonly RandomTable[]): Promise<void> {
  const types = tables.flatMap(({ columns }) => columns.map(({ type }) => type));
  const once = (statements: readonly string[]): string[] => [...new Set(statements)];
  await db.query(prelude);
  const client = await db.connect();
  const run = async (statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await client.query(statement);
  };
  try {
    await client.query('SET synchronous_commit = off');
    await run(once(types.flatMap(({ made }) => made)));
    for (const table of tables) await createTable(client, table);
    await run(once(types.flatMap(({ changed }) => changed)));
  } finally {
    await client.end();
  }
}
