import { inLine } from '../core/in-line.js';
import { formatBytes } from '../core/units.js';

/** Bytes of a table that a server looks through in no time, with an index or without. */
const smallTable = 8 * 1024 * 1024;

/**
 * For people: a table whose rows are looked for by a column that no index begins with, so that the server looks at all of them in every run.
 * @param table `sql`: as SQL writes it; `bytes`: how large it is
 */
export function unindexedCaution(table: { readonly sql: string; readonly bytes: number }, column: string): string[] {
  const { sql, bytes } = table;
  if (bytes <= smallTable) return [];
  return [
    `${sql}: no index begins with "${inLine(column)}", the --cursor: the server looks at all ${formatBytes(bytes)} for it in each run`,
  ];
}
