/** The cells of the rows of a document's table, by its head, such as `name | value`. */
export function tableRows(document: string, head: string): string[][] {
  const [, after = ''] = document.split(`| ${head} |\n`);
  const lines = after.split('\n').slice(1);
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
