// EXPORT DATA: a query's rows as Parquet files in Cloud Storage:
// https://cloud.google.com/bigquery/docs/reference/standard-sql/export-statements
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokensOf } from './lexer.mjs';
import { Refusal } from './refusal.mjs';
import { duckType, element, quoteName, quoteText } from './types.mjs';

const codecs = { NONE: 'uncompressed', SNAPPY: 'snappy', GZIP: 'gzip', ZSTD: 'zstd' };
const invalid = (message) => new Refusal('invalidQuery', message);

/** The options from the token after the opening parenthesis on, and where the statement goes on after the closing one. */
function optionsOf(tokens, start) {
  const options = {};
  for (let i = start; ; i += 4) {
    const [name, equals, value, next] = tokens.slice(i, i + 4);
    const key = (name?.value ?? name?.text)?.toLowerCase();
    if (!/^(?:name|quoted)$/.test(name?.kind) || equals?.text !== '=' || value === undefined)
      throw invalid('Syntax error: Expected an option of EXPORT DATA');
    if (!['uri', 'format', 'compression', 'overwrite'].includes(key))
      throw invalid(`Unknown option for export: ${key}`);
    if (key in options) throw invalid(`Duplicate option: ${key}`);
    options[key] = value.kind === 'string' ? value.value : value.upper;
    if (next?.text === ')') return { options, end: i + 4 };
    if (next?.text !== ',')
      throw invalid(`Syntax error: Expected ")" or "," but got ${next?.text ?? 'end of statement'}`);
  }
}

/** @returns {{ select: string, uri: string, bucket: string, name: string, codec: string, overwrite: boolean } | undefined} undefined: it is another statement */
export function parseExport(sql) {
  const tokens = tokensOf(sql);
  const head = tokens.slice(0, 4).map((one) => one.upper);
  if (head[0] !== 'EXPORT') return undefined;
  if (head.join(' ') !== 'EXPORT DATA OPTIONS (') throw invalid('Syntax error: Expected EXPORT DATA OPTIONS (');
  const { options, end } = optionsOf(tokens, 4);
  if (tokens[end]?.upper !== 'AS' || tokens[end + 1] === undefined)
    throw invalid('Syntax error: Expected AS and a query after the options of EXPORT DATA');
  const { uri = '', format = '', compression = 'NONE', overwrite = 'FALSE' } = options;
  const [, bucket, name] = /^gs:\/\/([^/*]+)\/([^*]*\*[^*]*)$/.exec(uri) ?? [];
  if (bucket === undefined) throw invalid(`Option 'uri' must be gs://bucket/name with one wildcard '*': ${uri}`);
  if (format.toUpperCase() !== 'PARQUET') throw invalid(`Only the format PARQUET is known here: ${format}`);
  const codec = codecs[compression.toUpperCase()];
  if (codec === undefined) throw invalid(`Unknown compression: ${compression}`);
  return { select: sql.slice(tokens[end + 1].at), uri, bucket, name, codec, overwrite: overwrite === 'TRUE' };
}

/** @throws {Refusal} for a type that is not written as Parquet */
export function checkExportable(fields) {
  for (const field of fields) {
    const { type, precision = 77 } = field;
    if (['JSON', 'INTERVAL', 'RANGE'].includes(type) || (type === 'BIGNUMERIC' && precision > 38))
      throw invalid(`EXPORT DATA does not support columns of type ${type} in Parquet`);
    checkExportable(field.fields ?? []);
  }
}

function parquetType(field) {
  if (field.mode === 'REPEATED') return `${parquetType(element(field))}[]`;
  const { type, precision = 38, scale = 9, fields } = field;
  if (type === 'RECORD')
    return `STRUCT(${fields.map((one) => `${quoteName(one.name)} ${parquetType(one)}`).join(', ')})`;
  if (type === 'NUMERIC' || type === 'BIGNUMERIC') return `DECIMAL(${precision},${scale})`;
  // Its files have no zone.
  return type === 'TIMESTAMP' ? 'TIMESTAMP' : duckType(field);
}

const hasLists = (field) => field.mode === 'REPEATED' || (field.fields ?? []).some(hasLists);

/** The value with empty lists where there is none: BigQuery does not tell them apart. */
function filledSql(field, sql, depth = 0) {
  if (!hasLists(field)) return sql;
  if (field.mode === 'REPEATED') {
    const inner = filledSql(element(field), `e${depth}`, depth + 1);
    return `coalesce(list_transform(${sql}, lambda e${depth}: ${inner}), [])`;
  }
  const parts = field.fields.map(
    (one) => `${quoteText(one.name)}: ${filledSql(one, `(${sql}).${quoteName(one.name)}`, depth)}`,
  );
  return `case when ${sql} is null then null else {${parts.join(', ')}} end`;
}

export class Exports {
  constructor(store, objects, identities, settings) {
    Object.assign(this, { store, objects, identities, settings });
  }

  #check(identity, { uri, bucket, name, overwrite }) {
    const location = this.objects.locationOf(bucket);
    if (location === undefined) throw new Refusal('notFound', `Not found: URI ${uri}`);
    if (location !== this.settings.location)
      throw new Refusal(
        'invalid',
        `Cannot read and write in different locations: source: ${this.settings.location}, destination: ${location}`,
      );
    for (const permission of ['storage.objects.create', 'storage.objects.delete'])
      if (!this.identities.may(identity, permission, `projects/_/buckets/${bucket}`))
        throw new Refusal(
          'accessDenied',
          `Access Denied: BigQuery BigQuery: Permission denied while writing data. ${identity} does not have ${permission} access to the Google Cloud Storage object. Permission '${permission}' denied on resource (or it may not exist).`,
        );
    const [before, after] = name.split('*');
    const taken = this.objects
      .all()
      .find((one) => one.bucket === bucket && one.name.startsWith(before) && one.name.endsWith(after));
    if (taken !== undefined && !overwrite)
      throw new Refusal('invalid', `Files exist already under ${uri}, and the option overwrite is not set`);
  }

  /** Writes the rows of DuckDB's query, two files or more where there are several. @returns {Promise<{ fileCount: string, rowCount: string }>} */
  async run(identity, target, fields, sql) {
    this.#check(identity, target);
    const { store } = this;
    const kept = store.nextName();
    const folder = await mkdtemp(join(tmpdir(), 'tidemark-export-'));
    try {
      // A query may give its rows in another order each time: the halves are of one result.
      await store.db.run(`create table ${kept} as ${sql}`);
      const [[count]] = await store.values(`select count(*) from ${kept}`);
      const rows = Number(count);
      const each = Math.max(1, Math.min(Math.ceil(rows / 2), this.settings.rowsPerStream ?? rows));
      const starts = Array.from({ length: Math.max(1, Math.ceil(rows / each)) }, (_, i) => i * each);
      const columns = fields.map((field) => {
        const name = quoteName(field.name);
        return `cast(${filledSql(field, name)} as ${parquetType(field)}) as ${name}`;
      });
      for (const [i, start] of starts.entries()) {
        const file = join(folder, String(i));
        const some = `select ${columns.join(', ')} from ${kept} where rowid >= ${start} and rowid < ${start + each}`;
        await store.db.run(`copy (${some}) to ${quoteText(file)} (format parquet, compression ${target.codec})`);
        const name = target.name.replace('*', () => String(i).padStart(12, '0'));
        this.objects.put(target.bucket, name, await readFile(file));
      }
      return { fileCount: String(starts.length), rowCount: String(rows) };
    } finally {
      await store.db.run(`drop table if exists ${kept}`);
      await rm(folder, { recursive: true });
    }
  }
}
