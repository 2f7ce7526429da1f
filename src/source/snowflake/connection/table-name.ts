/** A table, in full, as the service keeps its name. */
export interface TableName {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
}

/** A name in SQL. */
export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text in SQL. */
export const textLiteral = (text: string): string =>
  `'${text.replace(/[\\']/g, (one) => (one === "'" ? "''" : '\\\\'))}'`;

/** A table's name in SQL. */
export const quotedTable = ({ database, schema, table }: TableName): string =>
  [database, schema, table].map(quotedName).join('.');

/** A table's name for people: quoted where it would be another one without. */
export const textOf = ({ database, schema, table }: TableName): string =>
  [database, schema, table].map((name) => (/^[A-Z_][A-Z0-9_$]*$/.test(name) ? name : quotedName(name))).join('.');
