import * as canonical from '../../readers/canonical.js';
import type { MariadbDatabase } from '../../servers/mariadb.js';
import type { ExpectedColumn } from '../types/specimen-table.js';
import type { Specimen } from './specimens.js';

export const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/**
 * A table `name (id, …specimens)` with a primary key. Each column has its values twice, with NULLs at other places than its
 * neighbours; between the two lie rows without any value.
 */
export async function createSpecimenTable(
  db: MariadbDatabase,
  name: string,
  specimens: readonly Specimen[],
  emptyRows = 40,
): Promise<void> {
  const columns = specimens.map((specimen) => `${quoted(specimen.name)} ${specimen.sql}`);
  const written = specimens.filter(({ values }) => values.length > 0);
  const rounds = Math.max(...written.map(({ values }) => values.length));
  const names = written.map((specimen) => quoted(specimen.name));
  const row = (id: number, valueOf: (specimen: Specimen) => string | undefined): string =>
    `INSERT INTO ${quoted(name)} (id, ${names.join(', ')}) VALUES (${[id, ...written.map((one) => valueOf(one) ?? 'NULL')].join(', ')})`;
  const inserts = Array.from({ length: rounds }, (_, i) => [
    row(i, ({ values }) => values[i % (values.length + 1)]),
    row(rounds + emptyRows + i, ({ values }) => values[i]),
  ]).flat();
  await db.query(
    [
      `CREATE TABLE ${quoted(name)} (id int PRIMARY KEY, ${columns.join(', ')})`,
      ...inserts,
      ...(emptyRows > 0
        ? [`INSERT INTO ${quoted(name)} (id) SELECT seq FROM seq_${rounds}_to_${rounds + emptyRows - 1}`]
        : []),
    ].join(';\n'),
  );
}

/** What readers must show of that table, in the order of its key, by the server's own text. */
export async function expectedColumns(
  db: MariadbDatabase,
  name: string,
  specimens: readonly Specimen[],
): Promise<ExpectedColumn[]> {
  const columns = [{ name: 'id', arrow: 'int32' } as Specimen, ...specimens];
  const shown = columns.map(
    ({ name: column, shown: how = 'c' }, i) => `${how.replace(/\bc\b/, () => quoted(column))} AS c${i}`,
  );
  const rows = await db.query(`SELECT ${shown.join(', ')} FROM ${quoted(name)} ORDER BY id`);
  return columns.map(({ name: column, arrow }, i) => ({
    name: column,
    arrow,
    values: rows.map((row) => {
      const text = row[`c${i}`]!;
      return text === null ? null : canonicalOfServer(arrow, text);
    }),
  }));
}

function canonicalOfServer(arrow: string, text: string): string {
  if (arrow === 'float32') return canonical.floatText(Math.fround(Number(text)), 32);
  if (arrow === 'float64') return canonical.floatText(Number(text), 64);
  if (arrow.startsWith('time64')) return withoutZeros(text);
  if (arrow.startsWith('timestamp'))
    return `${withoutZeros(text.replace(' ', 'T'))}${arrow.includes('UTC') ? 'Z' : ''}`;
  return text;
}

const withoutZeros = (text: string): string => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
