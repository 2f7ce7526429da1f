import { inLine } from '../core/in-line.js';
import type { TablePlan } from '../core/source.js';
import { type LogicalType, writtenColumns } from '../core/types.js';

/** Warnings of columns, and of fields inside of them, that a reader which does not tell capital from small letters would take for each other. */
export function confusableColumns(tables: readonly Pick<TablePlan, 'name' | 'table' | 'columns'>[]): string[] {
  return tables.flatMap(({ name, table, columns }) =>
    confusable(writtenColumns(columns), []).map(
      ({ names, inside }) =>
        `${table ?? name}: the ${inside.length === 0 ? 'columns' : 'fields'} ${names.map(quoted).join(' and ')}` +
        `${inside.length === 0 ? '' : ` of ${quoted(inside.join('.'))}`} differ in capital letters alone. ` +
        'Readers that do not tell these apart, such as DuckDB and Spark, may take the wrong one: give them other names in a --query',
    ),
  );
}

interface Confusable {
  readonly names: readonly string[];
  /** The column, and the fields inside of it, that they are fields of; empty: they are columns. */
  readonly inside: readonly string[];
}

interface Named {
  readonly name: string;
  readonly type: LogicalType;
}

function confusable(siblings: readonly Named[], inside: readonly string[]): readonly Confusable[] {
  return [
    ...alike(siblings.map(({ name }) => name)).map((names) => ({ names, inside })),
    ...siblings.flatMap(({ name, type }) => fieldsOf(type).flatMap((fields) => confusable(fields, [...inside, name]))),
  ];
}

/** The fields of the structs that values of a type are made of, struct by struct. */
function fieldsOf(type: LogicalType): readonly (readonly Named[])[] {
  switch (type.kind) {
    case 'struct':
      return [type.fields];
    case 'list':
      return fieldsOf(type.of);
    case 'map':
      return [...fieldsOf(type.key), ...fieldsOf(type.value)];
    default:
      return [];
  }
}

/** Names that are one in small letters. */
function alike(names: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const group = groups.get(name.toLowerCase());
    if (group === undefined) groups.set(name.toLowerCase(), [name]);
    else group.push(name);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

const quoted = (name: string): string => `"${inLine(name)}"`;
