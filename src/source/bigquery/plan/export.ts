import { invalidRequest } from '../../../core/errors.js';
import type { SourceRequest, UnloadRequest } from '../../../core/source-request.js';
import type { Column } from '../../../core/types.js';
import { worthUnloading } from '../../unloaded.js';
import { type BigqueryField, hasPicoseconds, typeText, typeWord } from '../connection/field.js';
import { quotedName, textLiteral } from './literal.js';
import { withoutEnd } from './query-text.js';
import type { Subject } from './subject.js';

/**
 * Whether files are written, and not a result read. By itself that is so where queries read much: they are billed in any case, and tables cost less by
 * the Storage Read API.
 * @throws request.invalid for what files cannot give
 */
export function isExported(subjects: readonly Subject[], request: SourceRequest): UnloadRequest | undefined {
  const { unload, onlyPlans } = request;
  if (unload === undefined || onlyPlans === true) return undefined;
  if (unload.when === 'asked') return unload;
  const bytes = subjects.reduce((sum, subject) => sum + (subject.bytes ?? 0), 0);
  const isFit = subjects.every(
    (subject) => subject.query?.ordered === false && faultOf(subject, request) === undefined,
  );
  return isFit && bytes >= worthUnloading ? unload : undefined;
}

/** Looks whether files can give what is asked for, before anything runs. @throws request.invalid */
export function assertExportable(subject: Subject, request: SourceRequest): void {
  const fault = request.via === 'unload' ? faultOf(subject, request) : undefined;
  if (fault !== undefined) throw invalidRequest(`via: unload ${fault}`, 'Leave --via unload out.');
}

function faultOf({ request: asked, query, fields }: Subject, { readsAllKeys }: SourceRequest): string | undefined {
  if (readsAllKeys === true) return 'does not give the keys of all rows, which --deletes needs';
  if (query?.ordered === true && asked.limit !== undefined)
    return `does not keep the order of ${asked.name}, whose first rows are wanted`;
  for (const field of fields) {
    // Such a name is given to a result's column alone: within a statement there is nothing by which it could be named.
    if (asked.query !== undefined && /^f\d+_$/.test(field.name))
      return `needs a name for every column, and "${field.name}" of ${asked.name} has none in the query (… AS name)`;
    const why = unwritable(field);
    if (why !== undefined) return `does not give "${field.name}" of ${asked.name}, which is ${typeText(field)}: ${why}`;
    const cast = Object.hasOwn(asked.casts, field.name) ? asked.casts[field.name] : undefined;
    if (cast !== undefined && !/^\s*text\s*$/i.test(cast))
      return `does not cast: "${field.name}" of ${asked.name} is to be ${cast}`;
  }
  return undefined;
}

/** Types that Parquet files of BigQuery do not have ("Export table data", Parquet export details), and for which a text stands in columns alone. */
const columnsAlone = new Set(['JSON', 'GEOGRAPHY', 'BIGNUMERIC', 'RANGE']);

function unwritable(field: BigqueryField, isPart = false): string | undefined {
  const word = typeWord(field);
  if (hasPicoseconds(field)) return 'files have microseconds';
  if (word === 'INTERVAL') return 'files have no intervals';
  const isInside = isPart || field.mode === 'REPEATED';
  if (isInside && columnsAlone.has(word) && !isNarrow(field)) return `files have no ${word} in lists and records`;
  for (const part of field.fields ?? []) {
    const why = unwritable(part, true);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** A BIGNUMERIC of few digits is a number like others. */
const isNarrow = ({ type, precision }: BigqueryField): boolean =>
  type.toUpperCase() === 'BIGNUMERIC' && precision !== undefined && Number(precision) <= 38;

/** A query whose result has the rows of a subject as they are to stand in files. */
export function exportQuery({ query, request: { limit } }: Subject, columns: readonly Column[]): string {
  const list = columns.map(expressionOf).join(', ');
  const most = limit === undefined ? '' : `\nLIMIT ${limit}`;
  return `SELECT ${list}\nFROM (\n${withoutEnd(query!.sql)}\n)${most}`;
}

function expressionOf({ name, sourceType, wire }: Column): string {
  const column = quotedName(name);
  const as = (expression: string): string => `${expression} AS ${column}`;
  // What a function says of NULL is not always NULL.
  const unlessNull = (expression: string): string => as(`IF(${column} IS NULL, NULL, ${expression})`);
  if (wire === 'digits') return as(`CAST(${column} AS STRING)`);
  if (sourceType === 'JSON') return unlessNull(`TO_JSON_STRING(${column})`);
  if (sourceType === 'GEOGRAPHY') return as(`ST_ASTEXT(${column})`);
  if (sourceType.startsWith('RANGE<'))
    return unlessNull(`STRUCT(RANGE_START(${column}) AS \`start\`, RANGE_END(${column}) AS \`end\`)`);
  return column;
}

/**
 * `EXPORT DATA` of a query into Parquet files.
 * @param folder inside of the run's place
 * @see https://cloud.google.com/bigquery/docs/reference/standard-sql/export-statements
 */
export function exportStatement(query: string, folder: string, { to }: UnloadRequest): string {
  const options = `uri=${textLiteral(`${to}/${folder}/*.parquet`)}, format='PARQUET', compression='SNAPPY'`;
  return `EXPORT DATA OPTIONS (${options}) AS\n${query}`;
}
