/** An identifier in double quotes, whatever it holds. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A constant of our own in single quotes. Values of users never come here: the server quotes them. */
export function quoteConstant(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
