// UNLOAD, as far as Tidemark writes it: rows of the inner query become Parquet files in a store, with Redshift's manifest beside them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';

export interface Unload {
  readonly query: string;
  /** `s3://bucket/prefix`. */
  readonly to: string;
  readonly role: string;
  readonly options: string;
}

/** A column of the inner query: its name, PostgreSQL's type and modifier, and Redshift's type. */
export interface UnloadedColumn {
  readonly name: string;
  readonly oid: number;
  readonly typmod: number;
  readonly own: number;
}

const statement =
  /^\s*UNLOAD\s*\('((?:[^'\\]|''|\\[^])*)'\)\s*TO\s*'((?:[^']|'')*)'\s*IAM_ROLE\s*(default|'[^']*')\s*([^]*)$/i;

/** Undefined: it is no such statement. A string constant knows two quotation marks, and backslashes. */
export function parseUnload(sql: string): Unload | undefined {
  const [, query, to, role, options] = statement.exec(sql) ?? [];
  if (query === undefined) return undefined;
  const unquoted = query.replaceAll(/''|\\([^])/g, (text, escaped: string | undefined) => escaped ?? text[0]!);
  return { query: unquoted, to: to!.replaceAll("''", "'"), role: role!.replaceAll("'", ''), options: options! };
}

/** What Redshift refuses of it; undefined: nothing. */
export function refusalOf({ query, options, role }: Unload): string | undefined {
  if (/\blimit\s+\d+\s*$/i.test(query)) return 'Limit clause is not supported.';
  if (!/\bFORMAT\s+(?:AS\s+)?PARQUET\b/i.test(options)) return 'only Parquet is played here';
  if (role !== 'default' && !/^arn:aws[\w-]*:iam::\d{12}:role\//.test(role)) return 'Invalid IAM role';
  if (/\bKMS_KEY_ID\b/i.test(options) && !/\bENCRYPTED\b/i.test(options)) return 'KMS_KEY_ID needs ENCRYPTED';
  return undefined;
}

/** Types that Redshift cannot write as Parquet. */
const unwritable: Readonly<Record<number, string>> = {
  1266: 'time with time zone',
  1188: 'interval year to month',
  1190: 'interval day to second',
  3000: 'geometry',
  3001: 'geography',
  7000: 'hllsketch',
};

/** @throws Error for a type that cannot be written */
function duckdbValue({ name, oid, typmod, own }: UnloadedColumn): string {
  const quoted = `"${name.replaceAll('"', '""')}"`;
  const refused = unwritable[own];
  if (refused !== undefined) throw new Error(`UNLOAD: column ${name} of type ${refused} is not supported in Parquet`);
  const digits = typmod < 4 ? '(38,0)' : `(${(typmod - 4) >> 16},${(typmod - 4) & 0xffff})`;
  const types: Readonly<Record<number, string>> = {
    ...{ 16: 'BOOLEAN', 21: 'SMALLINT', 23: 'INTEGER', 20: 'BIGINT', 26: 'BIGINT', 700: 'FLOAT', 701: 'DOUBLE' },
    ...{ 1700: `DECIMAL${digits}`, 1082: 'DATE', 1083: 'TIME', 1114: 'TIMESTAMP', 1184: 'TIMESTAMPTZ' },
  };
  if (own === 6551) return `unhex(${quoted}) AS ${quoted}`;
  const type = types[oid];
  return type === undefined ? quoted : `${quoted}::${type} AS ${quoted}`;
}

export type UnloadedRow = readonly (string | null)[];

/** The columns of PARTITION BY, and whether files have them, too. */
function partitionsOf({ options }: Unload): { readonly names: readonly string[]; readonly included: boolean } {
  const [, list, include] = /\bPARTITION\s+BY\s*\(([^)]*)\)(\s+INCLUDE\b)?/i.exec(options) ?? [];
  const names = [...(list ?? '').matchAll(/"((?:[^"]|"")*)"|(\w+)/g)];
  return {
    names: names.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!.toLowerCase()),
    included: include !== undefined,
  };
}

/** What Hive escapes in names of folders. */
const escaped = (text: string): string =>
  text.replaceAll(
    /[\p{Cc}"#%'*/:=?\\{[\]^]/gu,
    (char) => `%${char.codePointAt(0)!.toString(16).toUpperCase().padStart(2, '0')}`,
  );

/** Rows by the folder that they are written into: one of them where there is no PARTITION BY. */
function inFolders(
  names: readonly string[],
  columns: readonly UnloadedColumn[],
  rows: readonly UnloadedRow[],
): ReadonlyMap<string, readonly UnloadedRow[]> {
  const indices = names.map((name) => columns.findIndex((column) => column.name === name));
  if (indices.includes(-1)) throw new Error('Partition column is not in the select list');
  const folders = new Map<string, UnloadedRow[]>(names.length === 0 ? [['', []]] : []);
  for (const row of rows) {
    const folder = names.map((name, at) => {
      const value = row[indices[at]!];
      return `${name}=${value === null || value === '' ? '__HIVE_DEFAULT_PARTITION__' : escaped(value!)}/`;
    });
    const key = folder.join('');
    const before = folders.get(key);
    if (before === undefined) folders.set(key, [row]);
    else before.push(row);
  }
  return folders;
}

/** Writes the rows, of each folder in two files where there are several, and the manifest. */
export async function writeUnload(
  unload: Unload,
  columns: readonly UnloadedColumn[],
  rows: readonly UnloadedRow[],
  client: S3Client,
): Promise<void> {
  const { to } = unload;
  const { PutObjectCommand } = await import('@aws-sdk/client-s3');
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(to) ?? [];
  const put = (name: string, body: Uint8Array): Promise<unknown> =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}${name}`, Body: body }));
  const { names, included } = partitionsOf(unload);
  const written = columns.flatMap(({ name }, index) => (included || !names.includes(name) ? [index] : []));
  const entries: object[] = [];
  for (const [folder, own] of inFolders(names, columns, rows)) {
    const half = Math.ceil(own.length / 2);
    const slices = own.length === 0 ? [] : own.length === 1 ? [own] : [own.slice(0, half), own.slice(half)];
    for (const [index, slice] of slices.entries()) {
      const name = `${folder}000${index}_part_00.parquet`;
      const bytes = await parquetOf(
        written.map((at) => columns[at]!),
        slice.map((row) => written.map((at) => row[at]!)),
      );
      await put(name, bytes);
      entries.push({ url: `${to}${name}`, meta: { content_length: bytes.length, record_count: slice.length } });
    }
  }
  const manifest = {
    entries,
    schema: { elements: columns.map(({ name }) => ({ name })) },
    meta: { content_length: 0, record_count: rows.length },
    author: { name: 'Amazon Redshift', version: '1.0.0' },
  };
  await put('manifest', Buffer.from(JSON.stringify(manifest)));
}

/** DATE, TIMESTAMP and TIMESTAMPTZ. */
const instants = [1082, 1114, 1184];
/** As DuckDB reads it. */
const beforeChrist = (text: string): string => text.replace(/^([\d-]+)(.*) BC$/, '$1 (BC)$2');

async function parquetOf(columns: readonly UnloadedColumn[], rows: readonly UnloadedRow[]): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-unload-'));
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  try {
    const names = columns.map(({ name }) => `"${name.replaceAll('"', '""')}" VARCHAR`);
    await connection.run("SET TimeZone = 'UTC'");
    await connection.run(`CREATE TABLE rows (${names.join(', ')})`);
    const appender = await connection.createAppender('rows');
    for (const row of rows) {
      for (const [index, value] of row.entries()) {
        if (value === null) appender.appendNull();
        else appender.appendVarchar(instants.includes(columns[index]!.oid) ? beforeChrist(value) : value);
      }
      appender.endRow();
    }
    appender.closeSync();
    const path = join(folder, 'rows.parquet');
    const list = columns.map(duckdbValue).join(', ');
    await connection.run(`COPY (SELECT ${list} FROM rows) TO '${path}' (FORMAT parquet)`);
    return readFileSync(path);
  } finally {
    connection.closeSync();
    rmSync(folder, { recursive: true });
  }
}
