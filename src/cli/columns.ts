import { printable, printableInLine } from './printable.js';

/** Rows of cells as lines with aligned columns. Widths count characters, not colours; a last cell may have several lines. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, width(cell))));
  }
  return rows.flatMap((row) => alignRow(row, widths));
}

/** Label and text under each other: `  rows    200,000`. Both are shown as {@link printable}; a label is one line. */
export function labelled(pairs: readonly (readonly [label: string, text: string])[]): string[] {
  return alignColumns(pairs.map(([label, text]) => [printableInLine(label), printable(text)])).map(
    (line) => `  ${line}`,
  );
}

function alignRow(row: readonly string[], widths: readonly number[]): string[] {
  const before = row.slice(0, -1).map((cell, column) => cell + ' '.repeat(widths[column]! - width(cell) + 2));
  const indent = ' '.repeat(widths.slice(0, row.length - 1).reduce((sum, next) => sum + next + 2, 0));
  const [first, ...others] = row[row.length - 1]!.split(/\r?\n/);
  return [before.join('') + first!, ...others.map((line) => indent + line)].map((line) => line.trimEnd());
}

/** The escape character is made, not written, so that the pattern holds no control character. */
const colorCode = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

function width(cell: string): number {
  return [...cell.replaceAll(colorCode, '')].length;
}
