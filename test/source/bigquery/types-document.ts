import { columnsOf } from '../../../src/source/bigquery/plan/columns.js';
import { type BigqueryField, typeText } from '../../../src/source/bigquery/connection/field.js';
import { type TypeLine, typeTableOf } from '../postgres/plan/types-document-cells.js';

/** A line of the table: a type, as the service says it. */
interface Entry {
  readonly field: BigqueryField;
  /** What people should know beside the ledger's own note. */
  readonly remark?: string;
  readonly cast?: string;
}

const entry = (type: string, more: Partial<BigqueryField> = {}, remark?: string): Entry => ({
  field: { name: 'col', type, ...more },
  ...(remark !== undefined && { remark }),
});

const range = (type: string): Entry => entry('RANGE', { rangeElementType: { type } });
const parts: readonly BigqueryField[] = [
  { name: 'a', type: 'INTEGER' },
  { name: 'bigs', type: 'BIGNUMERIC', mode: 'REPEATED' },
];

/** Every type that a table or result may have. */
export const entries: readonly Entry[] = [
  entry('INTEGER'),
  entry('FLOAT', {}, 'NaN and infinities among them'),
  entry('BOOLEAN'),
  entry('STRING'),
  entry('BYTES'),
  entry('NUMERIC'),
  entry('NUMERIC', { precision: 10, scale: 2 }),
  entry('BIGNUMERIC'),
  entry('BIGNUMERIC', { precision: 38, scale: 4 }),
  entry('BIGNUMERIC', { precision: 60, scale: 20 }),
  entry('DATE'),
  entry('TIME'),
  entry('DATETIME'),
  entry('TIMESTAMP'),
  entry('TIMESTAMP', { timestampPrecision: '12' }, 'not by --via rest'),
  entry('JSON', {}, 'the text that the service makes of it'),
  entry('GEOGRAPHY'),
  entry('INTERVAL'),
  range('DATE'),
  range('DATETIME'),
  range('TIMESTAMP'),
  entry('STRING', { mode: 'REPEATED' }, 'the service keeps a NULL array as an empty one'),
  entry('RECORD', { fields: parts }),
];

const casts: readonly Entry[] = [
  { ...entry('BIGNUMERIC'), cast: 'decimal(38,9)' },
  { ...entry('NUMERIC'), cast: 'decimal(12,2)' },
  { ...entry('NUMERIC'), cast: 'text' },
];

export function columnOfEntry({ field, cast }: Entry): ReturnType<typeof columnsOf>[number] {
  const casting = cast === undefined ? {} : { [field.name]: cast };
  const request = { name: 't', casts: casting, redacted: [], limit: undefined, dateColumn: undefined };
  return columnsOf([field], { request, secrets: [], overlapName: undefined })[0]!;
}

function lineOf(one: Entry): TypeLine {
  const cast = one.cast === undefined ? '' : `, \`--cast col=${one.cast}\``;
  return { source: `\`${typeText(one.field)}\`${cast}`, column: columnOfEntry(one), remark: one.remark };
}

/** The tables of docs/types.md by the name of their section, from the rules that the source itself uses. */
export const typeTables = {
  'bigquery types': typeTableOf('BigQuery', entries.map(lineOf)),
  'bigquery casts': typeTableOf('BigQuery', casts.map(lineOf)),
};
