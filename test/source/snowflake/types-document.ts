import { type SnowflakeField, typeText } from '../../../src/source/snowflake/connection/field.js';
import { columnsOf } from '../../../src/source/snowflake/plan/columns.js';
import { type TypeLine, typeTableOf } from '../postgres/plan/types-document-cells.js';

/** A line of the table: a type, as the service says it. */
interface Entry {
  readonly field: SnowflakeField;
  /** What people should know beside the ledger's own note. */
  readonly remark?: string;
  readonly cast?: string;
}

const entry = (type: string, more: Partial<SnowflakeField> = {}, remark?: string): Entry => ({
  field: { name: 'col', type, ...more },
  ...(remark !== undefined && { remark }),
});

/** Every type that a table or result may have. */
export const entries: readonly Entry[] = [
  entry('fixed', { precision: 38, scale: 0 }, 'what INT, INTEGER and BIGINT are'),
  entry('fixed', { precision: 9, scale: 0 }, 'up to 9 digits'),
  entry('fixed', { precision: 18, scale: 0 }, 'up to 18 digits'),
  entry('fixed', { precision: 20, scale: 4 }),
  entry('fixed', { precision: 38, scale: 37 }),
  entry('real', {}, 'NaN and infinities among them'),
  entry('decfloat'),
  entry('boolean'),
  entry('text'),
  entry('binary'),
  entry('date'),
  entry('time', { scale: 9 }),
  entry('time', { scale: 3 }, 'up to 6 digits'),
  entry('timestamp_ntz', { scale: 9 }),
  entry('timestamp_ntz', { scale: 0 }, 'up to 6 digits'),
  entry('timestamp_ltz', { scale: 6 }),
  entry('timestamp_tz', { scale: 9 }),
  entry('variant', {}, "JSON's null is the text null, and no NULL"),
  entry('object'),
  entry('array'),
  entry('map'),
  entry('geography'),
  entry('vector', { vectorDimension: 3, fields: [{ type: 'real' }] }),
  entry('vector', { vectorDimension: 2, fields: [{ type: 'fixed' }] }),
];

const casts: readonly Entry[] = [
  { ...entry('fixed', { precision: 38, scale: 0 }), cast: 'int64' },
  { ...entry('fixed', { precision: 20, scale: 4 }), cast: 'decimal(12,2)' },
  { ...entry('fixed', { precision: 20, scale: 4 }), cast: 'text' },
  { ...entry('variant'), cast: 'text' },
  { ...entry('timestamp_ntz', { scale: 9 }), cast: 'timestamp[ns]' },
  { ...entry('timestamp_ntz', { scale: 9 }), cast: 'text' },
  { ...entry('timestamp_tz', { scale: 9 }), cast: 'timestamp[us, UTC]' },
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
  'snowflake types': typeTableOf('Snowflake', entries.map(lineOf)),
  'snowflake casts': typeTableOf('Snowflake', casts.map(lineOf)),
};
