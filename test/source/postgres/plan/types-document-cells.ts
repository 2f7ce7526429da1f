import { type Column, type LogicalType, typeName } from '../../../../src/core/types.js';
import { formatOf } from '../../../../src/shard/registry.js';

const parquet = await formatOf('parquet').load();

/** The form of values in CSV, in the words of docs/csv.md. Its type leaves no kind out. */
const csvForms: Readonly<Record<LogicalType['kind'], string>> = {
  bool: '`true`, `false`',
  int: 'digits',
  decimal: 'digits, with all of the scale',
  float: 'shortest number',
  date: 'ISO 8601',
  time: 'ISO 8601',
  timestamp: 'ISO 8601',
  interval: 'ISO 8601',
  text: 'as it is',
  json: 'as it is',
  uuid: 'as it is',
  binary: 'base64',
  list: 'JSON',
  struct: 'JSON',
  map: 'JSON',
};

function csvForm(type: LogicalType): string {
  if (type.kind === 'timestamp' && type.utc) return `${csvForms.timestamp}, with \`Z\``;
  return type.kind === 'decimal' && type.scale === 0 ? csvForms.int : csvForms[type.kind];
}

/** A line of a type table: what becomes of a type. */
export interface TypeLine {
  /** As Markdown. */
  readonly source: string;
  readonly column: Pick<Column, 'type' | 'exactness' | 'note'>;
  /** What people should know beside the ledger's own note. */
  readonly remark: string | undefined;
}

function cellsOf({ source, column: { type, exactness, note }, remark }: TypeLine): readonly string[] {
  return [
    source,
    `\`${typeName(type)}\``,
    `\`${parquet.typeName(type)}\``,
    csvForm(type),
    exactness,
    [note, remark].filter((text) => text !== undefined).join('; '),
  ].map((cell) => cell.replaceAll('|', '\\|'));
}

/** The lines as a table of Markdown. */
export function typeTableOf(database: string, lines: readonly TypeLine[]): string {
  const head = [database, 'Arrow', 'Parquet', 'CSV', 'exactness', 'notes'];
  return [head, head.map(() => '---'), ...lines.map(cellsOf)].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The page with the tables between `<!-- name -->` and `<!-- /name -->` made anew. */
export function withTables(page: string, tables: Readonly<Record<string, string>>): string {
  return Object.entries(tables).reduce(
    (text, [name, table]) =>
      text.replace(
        new RegExp(`(<!-- ${name} -->\\n)[^]*?(<!-- /${name} -->)`),
        (_, begin: string, end: string) => `${begin}\n${table}\n\n${end}`,
      ),
    page,
  );
}
