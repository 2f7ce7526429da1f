/** A column or a part of one, as BigQuery's API describes it (REST reference, TableFieldSchema). */
export interface BigqueryField {
  readonly name: string;
  readonly type: string;
  readonly mode?: 'NULLABLE' | 'REQUIRED' | 'REPEATED';
  readonly fields?: readonly BigqueryField[];
  readonly precision?: string | number;
  readonly scale?: string | number;
  readonly rangeElementType?: { readonly type: string };
  /** Digits of a timestamp's seconds; absent: 6. */
  readonly timestampPrecision?: string | number;
}

/** A column, or a part of one, is of times with more digits than microseconds have. */
export const hasPicoseconds = ({ timestampPrecision = 6, fields = [] }: BigqueryField): boolean =>
  Number(timestampPrecision) > 6 || fields.some(hasPicoseconds);

/** The API's own words are older than those of GoogleSQL. */
const words: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  RECORD: 'STRUCT',
};

/** The name of a field's type in GoogleSQL, without its parameters and whether it is repeated. */
export const typeWord = ({ type }: Pick<BigqueryField, 'type'>): string =>
  words[type.toUpperCase()] ?? type.toUpperCase();

/** A field's type as GoogleSQL writes it: `ARRAY<STRUCT<a INT64>>`, `NUMERIC(10, 2)`. */
export function typeText(field: BigqueryField): string {
  const { mode, fields = [], precision, scale, rangeElementType, timestampPrecision } = field;
  if (mode === 'REPEATED') return `ARRAY<${typeText({ ...field, mode: 'NULLABLE' })}>`;
  const word = typeWord(field);
  if (word === 'STRUCT') return `STRUCT<${fields.map((one) => `${one.name} ${typeText(one)}`).join(', ')}>`;
  if (word === 'RANGE') return `RANGE<${rangeElementType?.type ?? '?'}>`;
  if (precision !== undefined) return `${word}(${precision}${scale === undefined ? '' : `, ${scale}`})`;
  return timestampPrecision === undefined ? word : `${word}(${timestampPrecision})`;
}
