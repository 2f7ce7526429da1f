/** Where a query says that the moment belongs. */
export const momentPlace = '{as_of}';

/** What is no code in a database's SQL: comments, quoted names, texts. Global. */
export type NotCode = RegExp;

/** A query with blanks in the place of what is no code; every character keeps its place. */
export const codeOf = (sql: string, notCode: NotCode): string =>
  sql.replace(notCode, (text) => ' '.repeat(text.length));

/** Whether a query says where the moment belongs. */
export const hasMomentPlace = (sql: string, notCode: NotCode): boolean => codeOf(sql, notCode).includes(momentPlace);

/** A query with a text in each place where it says that the moment belongs. */
export function withMoment(sql: string, notCode: NotCode, moment: string): string {
  const parts: string[] = [];
  let from = 0;
  const code = codeOf(sql, notCode);
  for (let at = code.indexOf(momentPlace); at >= 0; at = code.indexOf(momentPlace, from)) {
    parts.push(sql.slice(from, at), moment);
    from = at + momentPlace.length;
  }
  return parts.join('') + sql.slice(from);
}

/** Whether the rows of a query come in an order: it says so outside of all parentheses. */
export function isOrdered(sql: string, notCode: NotCode): boolean {
  let depth = 0;
  for (const [word] of codeOf(sql, notCode).matchAll(/[()]|\bORDER\s+BY\b/gi)) {
    if (word === '(') depth += 1;
    else if (word === ')') depth -= 1;
    else if (depth === 0) return true;
  }
  return false;
}
