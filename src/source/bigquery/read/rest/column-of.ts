import { Bool, type Data, type DataType, makeData } from 'apache-arrow';
import { bytesOf } from '../../../../core/arrow/words.js';
import { arrowType } from '../../../../core/type-table.js';
import type { ColumnPart, LogicalType } from '../../../../core/types.js';
import type { Wire } from '../../plan/type-rule.js';
import { decimalColumn, digitsColumn, intervalColumn, type Place, type Unscaled, type Validity } from '../columns.js';
import {
  boundsOf,
  civilOf,
  clockOf,
  dayOf,
  decimalScale,
  doubleOf,
  instantOf,
  intervalOf,
  unscaledOf,
} from './texts.js';

/** A value of the REST API: a text, a repeated value's items, a struct's fields; null and undefined: NULL. */
export type RestValue =
  | string
  | null
  | undefined
  | readonly { readonly v: RestValue }[]
  | { readonly f: readonly { readonly v: RestValue }[] };

type Target = Pick<ColumnPart, 'type' | 'wire' | 'parts'>;
type Texts = readonly (string | undefined)[];

/** A column's values as they are written. @throws data.misfit; source.protocol */
export function columnOf(values: readonly RestValue[], target: Target, place: Place): Data {
  const { type, parts } = target;
  const known = validityOf(values);
  const wire = target.wire as Wire;
  if (type.kind === 'list') return listOf(values, known, { type, part: parts![0]!, place });
  if (type.kind === 'struct' && wire !== 'interval') return structOf(values, known, { type, parts: parts!, place });
  const texts = values.map((value) => (value ?? undefined) as string | undefined);
  if (wire === 'interval') return intervalColumn(known, at(texts, intervalOf));
  const decimals: Unscaled = { at: at(texts, unscaledOf), scale: decimalScale };
  if (wire === 'digits') return digitsColumn(known, decimals);
  return type.kind === 'decimal' ? decimalColumn(known, decimals, type, place) : plain(texts, known, type);
}

/** What a row's text says. */
const at =
  <Value>(texts: Texts, read: (text: string) => Value) =>
  (row: number): Value | undefined => {
    const text = texts[row];
    return text === undefined ? undefined : read(text);
  };

function listOf(
  values: readonly RestValue[],
  known: Validity,
  { type, part, place }: { readonly type: LogicalType; readonly part: ColumnPart; readonly place: Place },
): Data {
  const valueOffsets = new Int32Array(values.length + 1);
  const items: RestValue[] = [];
  for (const [row, value] of values.entries()) {
    for (const { v } of (value ?? []) as readonly { readonly v: RestValue }[]) items.push(v);
    valueOffsets[row + 1] = items.length;
  }
  const child = columnOf(items, part, place);
  return makeData({ type: arrowType(type), ...known, valueOffsets, child } as never);
}

/** A struct, or a range, which is a text. */
function structOf(
  values: readonly RestValue[],
  known: Validity,
  { type, parts, place }: { readonly type: LogicalType; readonly parts: readonly ColumnPart[]; readonly place: Place },
): Data {
  const fields = values.map(fieldsOf);
  const children = parts.map((part, index) =>
    columnOf(
      fields.map((found) => found[index]),
      part,
      place,
    ),
  );
  return makeData({ type: arrowType(type), ...known, children } as never);
}

function fieldsOf(value: RestValue): readonly RestValue[] {
  if (value === null || value === undefined) return [];
  if (typeof value === 'string') return boundsOf(value);
  return (value as { readonly f: readonly { readonly v: RestValue }[] }).f.map(({ v }) => v);
}

/** How the numbers of a type are read from texts. */
function numbersOf(type: LogicalType): readonly [new (length: number) => ArrayBufferView, (text: string) => unknown] {
  switch (type.kind) {
    case 'int':
      return type.bits === 16 ? [Int16Array, Number] : [BigInt64Array, BigInt];
    case 'float':
      return [Float64Array, doubleOf];
    case 'date':
      return [Int32Array, dayOf];
    case 'time':
      return [BigInt64Array, clockOf];
    default:
      return [BigInt64Array, (type as { readonly utc?: boolean }).utc === true ? instantOf : civilOf];
  }
}

function plain(texts: Texts, known: Validity, type: LogicalType): Data {
  if (type.kind === 'bool') return boolsOf(texts, known);
  if (type.kind === 'binary') return bytesColumn(texts, known, { type: arrowType(type), encoding: 'base64' });
  if (type.kind === 'text' || type.kind === 'json')
    return bytesColumn(texts, known, { type: arrowType(type), encoding: 'utf8' });
  const [Values, read] = numbersOf(type);
  const data = new Values(texts.length) as unknown as unknown[];
  for (const [row, text] of texts.entries()) if (text !== undefined) data[row] = read(text);
  return makeData({ type: arrowType(type), ...known, data } as never);
}

function boolsOf(texts: Texts, known: Validity): Data {
  const data = new Uint8Array((texts.length + 7) >> 3);
  for (const [row, text] of texts.entries()) if (text === 'true') data[row >> 3]! |= 1 << (row & 7);
  return makeData({ type: new Bool(), ...known, data });
}

function bytesColumn(
  texts: Texts,
  known: Validity,
  { type, encoding }: { readonly type: DataType; readonly encoding: BufferEncoding },
): Data {
  const pieces = texts.map((text) => Buffer.from(text ?? '', encoding));
  const valueOffsets = new Int32Array(texts.length + 1);
  for (const [row, { length }] of pieces.entries()) valueOffsets[row + 1] = valueOffsets[row]! + length;
  return makeData({ type, ...known, valueOffsets, data: bytesOf(Buffer.concat(pieces)) } as never);
}

function validityOf(values: readonly RestValue[]): Validity {
  const { length } = values;
  const nullCount = values.reduce<number>((sum, value) => sum + (value === null || value === undefined ? 1 : 0), 0);
  if (nullCount === 0) return { length, nullCount, nullBitmap: null };
  const nullBitmap = new Uint8Array((length + 7) >> 3);
  for (const [row, value] of values.entries())
    if (value !== null && value !== undefined) nullBitmap[row >> 3]! |= 1 << (row & 7);
  return { length, nullCount, nullBitmap };
}
