import { redactionOf } from '../../../core/secret-columns.js';
import type { Parameter } from '../../../core/source.js';
import { largestDecimal128 } from '../../../core/type-table.js';
import type { Column, LogicalType } from '../../../core/types.js';
import type { Wire } from '../decode/wires.js';
import type { BoundSql } from '../sql/condition.js';
import { castOf } from './casts.js';
import { binaryCharacterSet, decimalOf, type FieldFacts, fieldFlag, fieldType, fieldTypeName } from './field-types.js';
import type { Reading, TypeRule } from './type-rule.js';

/** What the catalog says of a table's column beyond what a result tells. */
export interface CatalogFacts {
  /** As it was declared: `bigint(20) unsigned`. */
  readonly columnType: string;
  /** `uuid`, `inet6`, `json`, … */
  readonly dataType: string;
  /** MariaDB's JSON is a text of which a constraint says that it is valid. */
  readonly isJson: boolean;
}

export interface ColumnPlan {
  readonly column: Column;
  readonly reading: Reading;
  /** In place of the column's name. */
  readonly expression?: BoundSql;
  /** What the server must say of the column before its rows are decoded. */
  readonly sent: FieldFacts;
}

const text: LogicalType = { kind: 'text' };
const exact = (type: LogicalType, wire: Wire, note?: string): TypeRule => ({
  ...{ type, wire, exactness: 'exact' },
  ...(note !== undefined && { note }),
});
const widened = (type: LogicalType, wire: Wire, note: string): TypeRule => ({ type, wire, exactness: 'widened', note });

const int = (bits: 16 | 32 | 64): LogicalType => ({ kind: 'int', bits });
const largestUnsigned: LogicalType = { kind: 'decimal', precision: 20, scale: 0 };

const calendar = 'zero dates and dates without a day or month are misfits';

/** By the type code of the column's description. Where there are two, the second is that of unsigned ones. */
const simpleRules: Readonly<Record<number, readonly [TypeRule, TypeRule?]>> = {
  [fieldType.tiny]: [exact(int(16), 'int1'), exact(int(16), 'uint1')],
  [fieldType.short]: [exact(int(16), 'int2'), widened(int(32), 'uint2', 'up to 65,535, which int16 does not hold')],
  [fieldType.int24]: [exact(int(32), 'int4'), exact(int(32), 'uint4')],
  [fieldType.long]: [
    exact(int(32), 'int4'),
    widened(int(64), 'uint4', 'up to 4,294,967,295, which int32 does not hold'),
  ],
  [fieldType.longlong]: [
    exact(int(64), 'int8'),
    widened(
      largestUnsigned,
      'uint8',
      'up to 18,446,744,073,709,551,615, which int64 does not hold; --cast col=int64 where all values are below 2^63',
    ),
  ],
  [fieldType.year]: [exact(int(16), 'uint2'), exact(int(16), 'uint2')],
  [fieldType.float]: [exact({ kind: 'float', bits: 32 }, 'float4')],
  [fieldType.double]: [exact({ kind: 'float', bits: 64 }, 'float8')],
  [fieldType.date]: [exact({ kind: 'date' }, 'date', calendar)],
  [fieldType.datetime]: [exact({ kind: 'timestamp', utc: false }, 'datetime', calendar)],
  [fieldType.timestamp]: [exact({ kind: 'timestamp', utc: true }, 'timestamp', 'the zero timestamp is a misfit')],
  [fieldType.time]: [exact({ kind: 'time' }, 'time', 'spans outside of a day are misfits; --cast col=text keeps them')],
  [fieldType.json]: [exact({ kind: 'json' }, 'json')],
  [fieldType.geometry]: [
    exact({ kind: 'binary' }, 'geometry', 'WKB; with a reference system other than 0 EWKB, which names it'),
  ],
  [fieldType.vector]: [exact({ kind: 'binary' }, 'binary', 'its floats, 4 bytes each, little-endian')],
  [fieldType.nothing]: [exact(text, 'text')],
};

/** The rule of a column. */
export function ruleOf(field: FieldFacts, catalog?: CatalogFacts): TypeRule {
  const unsigned = (field.flags & fieldFlag.unsigned) !== 0;
  const simple = simpleRules[field.type];
  if (simple !== undefined) return (unsigned ? simple[1] : undefined) ?? simple[0];
  if (field.type === fieldType.decimal) return decimalRule(field);
  if (field.type === fieldType.bit) return bitRule(field.length);
  if (field.characterSet === binaryCharacterSet) return exact({ kind: 'binary' }, 'binary');
  if (catalog?.dataType === 'uuid') return exact({ kind: 'uuid' }, 'uuid-text');
  if (catalog?.isJson) return exact({ kind: 'json' }, 'json');
  return exact(text, 'text');
}

function decimalRule(field: FieldFacts): TypeRule {
  const { precision, scale } = decimalOf(field);
  if (precision <= largestDecimal128) return exact({ kind: 'decimal', precision, scale }, 'decimal');
  const castTo = `decimal256(${precision},${scale})`;
  const why = `${precision} digits: readers disagree about decimals above ${largestDecimal128}`;
  return { ...widened(text, 'text', `kept as exact text; ${why}; --cast col=${castTo} writes numbers`), castTo };
}

function bitRule(bits: number): TypeRule {
  if (bits === 1) return exact({ kind: 'bool' }, 'bits');
  const note = 'the number that the bits are';
  return bits === 64 ? widened(largestUnsigned, 'bits', note) : widened(int(64), 'bits', note);
}

export interface ColumnWishes {
  readonly cast: string | undefined;
  /** Nothing is to be told of its values. */
  readonly redacted: boolean;
  /** Secret parameters of the query that it belongs to. */
  readonly secrets: readonly Parameter[];
}

/** A column as it will be read and written. @throws request.invalid when the cast does not fit the type */
export function planColumn(field: FieldFacts, catalog: CatalogFacts | undefined, wishes: ColumnWishes): ColumnPlan {
  const { cast } = wishes;
  const sourceType = catalog?.columnType ?? fieldTypeName(field);
  const natural = ruleOf(field, catalog);
  const { type, wire, exactness, note, reading, castTo } =
    cast === undefined ? natural : castOf(cast, natural, { name: field.name, sourceType, field });
  const column: Column = {
    name: field.name,
    sourceType,
    type,
    wire,
    exactness,
    ...(note !== undefined && { note: note.replace('--cast col=', `--cast ${field.name}=`) }),
    ...(cast === undefined ? castTo !== undefined && { castTo } : { cast }),
    ...(type.kind === 'text' && natural.type.kind === 'float' && { manyTexts: true }),
    ...redactionOf(type, wishes),
  };
  return { column, reading: reading ?? 'asIs', sent: field };
}
