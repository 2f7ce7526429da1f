import type { LogicalType } from '../../../core/types.js';
import type { Wire } from '../decode/wires.js';
import { fieldType } from './field-types.js';
import type { TypeRule } from './type-rule.js';

export const text: LogicalType = { kind: 'text' };
export const exact = (type: LogicalType, wire: Wire, note?: string): TypeRule => ({
  ...{ type, wire, exactness: 'exact' },
  ...(note !== undefined && { note }),
});
export const widened = (type: LogicalType, wire: Wire, note: string): TypeRule => ({
  type,
  wire,
  exactness: 'widened',
  note,
});

export const int = (bits: 16 | 32 | 64): LogicalType => ({ kind: 'int', bits });

/** What holds every number of 64 bits without a sign. */
export const largestUnsigned: LogicalType = { kind: 'decimal', precision: 20, scale: 0 };

export const booleanRule = exact(
  int(16),
  'int1',
  'BOOLEAN is TINYINT(1), which may hold more than 0 and 1; --cast col=bool where it does not',
);

const calendar = 'zero dates, dates without a day or month, and such as 31 February are misfits';

/**
 * The types of which the type code says all, by that. Where there are two, the second is that of unsigned ones. The
 * documentation's table is made from it.
 */
export const simpleRules: Readonly<Record<number, readonly [TypeRule, TypeRule?]>> = {
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
  [fieldType.year]: [exact(int(16), 'uint2')],
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
