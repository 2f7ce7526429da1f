import type { TablePlan } from '../core/source.js';
import { writtenColumns } from '../core/types.js';

/** Warnings of columns that a reader which does not tell capital from small letters would take for each other. */
export function confusableColumns(tables: readonly Pick<TablePlan, 'name' | 'table' | 'columns'>[]): string[] {
  return tables.flatMap(({ name, table, columns }) =>
    alike(writtenColumns(columns).map((column) => column.name)).map(
      (names) =>
        `${table ?? name}: the columns ${names.map((one) => `"${one}"`).join(' and ')} differ in capital letters alone. ` +
        'Readers that do not tell these apart, such as DuckDB and Spark, may take the wrong one: give them other names in a --query',
    ),
  );
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
