import type { TablePlan } from './source.js';
import { formatCount } from './units.js';

/** For people: the columns of a table whose values are kept as text, since no other type holds all of them. */
export function keptAsText({ name, columns: all }: TablePlan): readonly string[] {
  const columns = all.filter(
    ({ type, exactness, cast }) => exactness === 'widened' && type.kind === 'text' && cast === undefined,
  );
  if (columns.length === 0) return [];
  const shown = columns.slice(0, 8).map((column) => `${column.name} (${column.sourceType})`);
  const count = columns.length === 1 ? '1 column is' : `${formatCount(columns.length)} columns are`;
  return [`${name}: ${count} kept as exact text: ${shown.join(', ')}${columns.length > 8 ? ', …' : ''}`];
}
