/** Rows of cells as lines with aligned columns; `right` names the columns of numbers. Widths count characters, not colours. */
export function alignColumns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, width(cell))));
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const padding = ' '.repeat(widths[column]! - width(cell));
        return right.includes(column) ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Label and text under each other: `  rows    200,000`. */
export function labelled(pairs: readonly (readonly [label: string, text: string])[]): string[] {
  return alignColumns(pairs).map((line) => `  ${line}`);
}

// eslint's no-control-regex asks for the escape character to be made, not written
const colorCode = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

function width(cell: string): number {
  return [...cell.replaceAll(colorCode, '')].length;
}
