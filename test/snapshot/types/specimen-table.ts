import type { FreshDatabase } from '../../servers/postgres.js';
import type { Specimen } from './specimens.js';
import { serverTexts } from './server-text.js';
import { canonicalOfServer } from './canonical-of-server.js';
import { asJson, canonicalOfJson } from './shapes.js';

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A column as readers must show it. */
export interface ExpectedColumn {
  readonly name: string;
  readonly arrow: string;
  readonly values: readonly (string | null)[];
}

const emptyRows = 40;

/**
 * A table `name (id, …specimens)`. Each column has its values twice, with NULLs at other places than its neighbours; between
 * the two lie rows without any value.
 */
export async function createSpecimenTable(db: FreshDatabase, name: string, specimens: readonly Specimen[]) {
  const rounds = Math.max(...specimens.map(({ values }) => values.length));
  const columns = specimens.map((specimen) => `${quoted(specimen.name)} ${specimen.sql}`);
  const places = specimens.map((_, i) => `$${i + 2}`);
  const insert = `INSERT INTO ${name} VALUES ($1, ${places.join(', ')})`;
  const client = await db.connect();
  try {
    await client.query(`CREATE TABLE ${name} (id int, ${columns.join(', ')})`);
    for (let i = 0; i < rounds; i++) {
      await client.query(insert, [i, ...specimens.map(({ values }) => values[i % (values.length + 1)] ?? null)]);
    }
    await client.query(`INSERT INTO ${name} (id) SELECT ${rounds} + i FROM generate_series(0, ${emptyRows - 1}) i`);
    for (let i = 0; i < rounds; i++) {
      await client.query(insert, [rounds + emptyRows + i, ...specimens.map(({ values }) => values[i] ?? null)]);
    }
  } finally {
    await client.end();
  }
}

/** What readers must show of that table, in the order in which it lies on disk, by the server's own text. */
export async function expectedColumns(
  url: string,
  name: string,
  specimens: readonly Specimen[],
): Promise<ExpectedColumn[]> {
  const columns = [{ name: 'id', sql: 'integer', arrow: 'int32', values: [] }, ...specimens] as readonly Specimen[];
  const shown = columns.map(({ name, shape, shownAs }) =>
    shape === undefined ? quoted(name) + (shownAs ? `::${shownAs}` : '') : asJson(quoted(name), shape),
  );
  const rows = await serverTexts(url, `SELECT ${shown.join(', ')} FROM ${name} ORDER BY ctid`);
  return columns.map((column, i) => ({
    name: column.name,
    arrow: column.arrow,
    values: rows.map((row) => {
      const text = row[i]!;
      if (text === null) return null;
      return column.shape === undefined
        ? canonicalOfServer(column.arrow, text)
        : canonicalOfJson(JSON.parse(text), column.shape);
    }),
  }));
}
