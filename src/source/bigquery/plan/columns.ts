import { type Field, RecordBatchReader } from 'apache-arrow';
import { TidemarkError } from '../../../core/errors.js';
import { castNote } from '../../../core/option-name.js';
import { redactionOf } from '../../../core/secret-columns.js';
import type { Parameter, TableRequest } from '../../../core/source-request.js';
import type { Column } from '../../../core/types.js';
import { type BigqueryField, typeText, typeWord } from '../connection/field.js';
import { castRule, ruleOf } from './type-rule.js';

/** What decides about columns beside their fields. */
export interface ColumnsAround {
  readonly request: TableRequest;
  /** Secret parameters of the query. */
  readonly secrets: readonly Parameter[];
  /** The field that marks rows where versions overlap; undefined: none does. */
  readonly overlapName: string | undefined;
}

/** The columns of a table or query as they are read and written. @throws request.invalid */
export function columnsOf(
  fields: readonly BigqueryField[],
  { request: { casts, redacted }, secrets, overlapName }: ColumnsAround,
): readonly Column[] {
  return fields.map((field): Column => {
    const { name } = field;
    if (name === overlapName) return overlapColumn(name);
    const cast = Object.hasOwn(casts, name) ? casts[name] : undefined;
    const natural = ruleOf(field);
    const { type, wire, exactness, note, castTo, parts } =
      cast === undefined ? natural : castRule(cast, natural, field);
    return {
      name,
      sourceType: typeText(field),
      type,
      wire,
      exactness,
      ...(parts && { parts }),
      ...(note !== undefined && {
        note: note.replace(/--cast col=([\w(),]+)/, (_, to: string) => castNote(name, to)),
      }),
      ...(cast === undefined ? castTo !== undefined && { castTo } : { cast }),
      ...redactionOf(type, { redacted: redacted.includes(name), secrets }),
    };
  });
}

/** A column that is read for a later run, and not written. */
const overlapColumn = (name: string): Column => ({
  ...{ name, sourceType: 'INT64', type: { kind: 'int', bits: 16 }, wire: 'narrowed', exactness: 'exact' },
  ...{ redacted: true, hidden: true, overlap: true },
});

/** What Arrow calls the types that the service sends, by the words of GoogleSQL. */
const sent: Readonly<Record<string, RegExp>> = {
  INT64: /^Int64$/,
  FLOAT64: /^Float64$/,
  BOOL: /^Bool$/,
  STRING: /^Utf8$/,
  JSON: /^Utf8$/,
  GEOGRAPHY: /^Utf8$/,
  BYTES: /^Binary$/,
  DATE: /^Date32/,
  DATETIME: /^Timestamp<MICROSECOND>$/,
  TIMESTAMP: /^(?:Timestamp<MICROSECOND, UTC>|Utf8)$/,
  TIME: /^Time64<MICROSECOND>$/,
  NUMERIC: /^Decimal/,
  BIGNUMERIC: /^Decimal/,
  INTERVAL: /^Interval<MONTH_DAY_NANO>$/,
  RANGE: /^Struct/,
};

/**
 * Looks whether a read session gives what was planned.
 * @param schema of the session, in Arrow's stream format
 * @throws source.changed
 */
export function assertSent(schema: Uint8Array, fields: readonly BigqueryField[], where: string): void {
  const given = RecordBatchReader.from(schema).open().schema.fields;
  const names = given.map(({ name }) => name).join(', ');
  if (names !== fields.map(({ name }) => name).join(', '))
    throw changed(`${where} has the columns ${names} now, and had ${fields.map(({ name }) => name).join(', ')}`);
  for (const [index, field] of fields.entries()) {
    if (!isSentAs(field, given[index]!))
      throw changed(`"${field.name}" of ${where} comes as ${String(given[index]!.type)}, and was ${typeText(field)}`);
  }
}

/** Looks whether a result has the columns that were planned. @throws source.changed */
export function assertSame(given: readonly BigqueryField[], fields: readonly BigqueryField[], where: string): void {
  const [now, before] = [given, fields].map((all) => all.map((field) => `${field.name} ${typeText(field)}`).join(', '));
  if (now !== before) throw changed(`${where} has the columns ${now} now, and had ${before}`);
}

function isSentAs(field: BigqueryField, given: Field): boolean {
  if (field.mode === 'REPEATED') {
    const [item] = (given.type as { readonly children?: readonly Field[] | null }).children ?? [];
    return (
      String(given.type).startsWith('List') && item !== undefined && isSentAs({ ...field, mode: 'NULLABLE' }, item)
    );
  }
  const word = typeWord(field);
  if (word !== 'STRUCT') return sent[word]?.test(String(given.type)) ?? false;
  const children = (given.type as { readonly children?: readonly Field[] | null }).children ?? [];
  const { fields = [] } = field;
  return (
    children.length === fields.length &&
    fields.every((one, index) => one.name === children[index]!.name && isSentAs(one, children[index]!))
  );
}

const changed = (message: string): TidemarkError =>
  new TidemarkError('source.changed', message, {
    hint: 'It was changed while it was planned. Nothing is published; run again.',
  });
