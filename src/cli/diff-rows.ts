import type { ChangedRow, RowSamples, SampledRow } from '../compare/diff-shape.js';
import { shownValue } from '../core/shown-value.js';
import { printableInLine } from './printable.js';
import type { Terminal } from './terminal.js';

/**
 * Rows that differ, one a line: of those that were added or removed all values, of changed ones the key and what has changed.
 * @param key columns that tell rows; a row is named by them alone
 */
export function rowLines(
  { added, removed, changed }: RowSamples,
  key: readonly string[],
  { green, red, yellow }: Terminal['colors'],
): readonly string[] {
  return [
    ...removed.map((row) => `  ${red('-')} ${wholeRow(row, key)}`),
    ...added.map((row) => `  ${green('+')} ${wholeRow(row, key)}`),
    ...changed.map((row) => `  ${yellow('~')} ${changedRow(row, key)}`),
  ];
}

function wholeRow(row: SampledRow, key: readonly string[]): string {
  const others = Object.keys(row).filter((name) => !key.includes(name));
  const values = [...key, ...others].map((name) => valueOf(row, name));
  return values.length === 0 ? 'not told (all columns are redacted or masked)' : values.join(', ');
}

function changedRow({ from, to, columns }: ChangedRow, key: readonly string[]): string {
  const names = key.map((name) => valueOf(from, name));
  const changes = columns.map((name) =>
    isTold(from, name) && isTold(to, name) ? `${valueOf(from, name)} → ${textOf(to[name] ?? null)}` : untold(name),
  );
  return [...names, ...changes].join(', ');
}

const isTold = (row: SampledRow, name: string): boolean => Object.hasOwn(row, name);

const valueOf = (row: SampledRow, name: string): string =>
  isTold(row, name) ? `${textOf(name)}=${textOf(row[name] ?? null)}` : untold(name);

/** No value looks like it: it would stand in quotation marks. */
const untold = (name: string): string => `${textOf(name)}: not told (redacted or masked)`;

const textOf = (text: string | null): string =>
  printableInLine(text !== null && isJson(text) ? text : shownValue(text));

/** Whether a text is a list or an object, which says itself where it ends; nothing of it needs to be escaped. */
function isJson(text: string): boolean {
  if (!/^[[{]/.test(text) || printableInLine(text) !== text) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
