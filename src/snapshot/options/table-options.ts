import * as z from 'zod';
import { expectations, expectationsFault } from './expecting-kinds.js';
import * as kind from './kinds.js';
import { partitionColumns } from './partition-columns.js';

/** What one of `tables` may have: exactly one of table, query and query-file, and options that the others do not have. */
const tableOptions = z.strictObject({
  table: kind.text.exactOptional(),
  query: kind.text.exactOptional(),
  'query-file': kind.text.exactOptional(),
  cast: kind.textMap.exactOptional(),
  mask: kind.wordMap.exactOptional(),
  'redact-stats': kind.names.exactOptional(),
  limit: kind.count(1, Number.MAX_SAFE_INTEGER).exactOptional(),
  'date-column': kind.column.exactOptional(),
  cursor: kind.names.exactOptional(),
  key: kind.names.exactOptional(),
  'split-key': kind.names.exactOptional(),
  'partition-by': partitionColumns.exactOptional(),
  'partition-columns': z.enum(['files', 'path']).exactOptional(),
  expect: expectations.exactOptional(),
  'expect-warn': expectations.exactOptional(),
});

export type TableOptions = z.output<typeof tableOptions>;

export const tableKeys = Object.keys(tableOptions.shape);

const byName = z.record(kind.exactText, tableOptions).refine((map) => Object.keys(map).length > 0);

/** Tables by their names inside the version; in flags and variables as JSON. */
export const tablesSchema = z.union([byName, kind.text.transform(parsed).pipe(byName)]);

function parsed(text: string, context: z.RefinementCtx): unknown {
  const value = tablesValue(text);
  if (value !== undefined) return value;
  context.addIssue({ code: 'custom' });
  return z.NEVER;
}

/** What a text says. Undefined: it is no JSON. */
export function tablesValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where in `tables` something is wrong, and what: `orders.limt is not known`. Undefined: it is no such map at all. */
export function tablesFault(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const { error } = byName.safeParse(given);
  const [issue] = error?.issues ?? [];
  if (issue === undefined) return undefined;
  const place = issue.path.map(String);
  const [table, key] = place;
  if (key === 'expect' || key === 'expect-warn') {
    const inside = expectationsFault((given as Record<string, Record<string, unknown>>)[table!]![key]);
    if (inside !== undefined) return `${table}.${key}.${inside.message}`;
  }
  if (issue.code === 'unrecognized_keys') {
    return `${[...place, issue.keys[0]!].join('.')} is not known (allowed: ${tableKeys.join(', ')})`;
  }
  return place.length < 2 ? undefined : `${place.slice(0, 2).join('.')} has a value that is not allowed`;
}
