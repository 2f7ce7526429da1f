import type { Exactness, LogicalType } from '../../../core/types.js';
import type { ColumnFacts } from '../../postgres-protocol/describe.js';
import type { Wire } from '../decode/decoder.js';

export interface TypeRule {
  readonly type: LogicalType;
  readonly wire: Wire;
  readonly exactness: Exactness;
  readonly note?: string;
}

export const exact = (type: LogicalType, wire: Wire, note?: string): TypeRule => ({
  ...{ type, wire, exactness: 'exact' },
  ...(note !== undefined && { note }),
});
const text: LogicalType = { kind: 'text' };
const int = (bits: 16 | 32 | 64): LogicalType => ({ kind: 'int', bits });
const asText = (note: string): TypeRule => ({ ...exact(text, 'text', note), exactness: 'widened' });
const exactText = "kept as the server's exact text";

/** What a modifier counts beside what it says. */
const modifierBase = 4;

interface KnownType {
  /** As the documentation writes it. */
  readonly name: string | ((typmod: number) => string);
  readonly rule: TypeRule | ((typmod: number) => TypeRule);
}

const withLength =
  (name: string) =>
  (typmod: number): string =>
    typmod < modifierBase ? name : `${name}(${typmod - modifierBase})`;

const digitsOf = (typmod: number): { readonly precision: number; readonly scale: number } => {
  const packed = typmod - modifierBase;
  // A computed column may say nothing: it has the largest precision, and the scale is not known.
  return typmod < modifierBase ? { precision: 38, scale: 0 } : { precision: packed >> 16, scale: packed & 0xffff };
};

/** By the type's object id: PostgreSQL's, and Redshift's own (code of Amazon's drivers). The documentation's table is made from it. */
export const typeTable: Readonly<Record<number, KnownType>> = {
  16: { name: 'boolean', rule: exact({ kind: 'bool' }, 'truth') },
  21: { name: 'smallint', rule: exact(int(16), 'integer') },
  23: { name: 'integer', rule: exact(int(32), 'integer') },
  20: { name: 'bigint', rule: exact(int(64), 'integer') },
  26: { name: 'oid', rule: exact(int(64), 'integer') },
  700: { name: 'real', rule: exact({ kind: 'float', bits: 32 }, 'double') },
  701: { name: 'double precision', rule: exact({ kind: 'float', bits: 64 }, 'double') },
  1700: {
    name: (typmod) =>
      typmod < modifierBase ? 'numeric' : `numeric(${digitsOf(typmod).precision},${digitsOf(typmod).scale})`,
    rule: (typmod) =>
      typmod < modifierBase
        ? asText('kept as exact text: the server does not say its scale; --cast col=decimal(p,s) writes numbers')
        : exact({ kind: 'decimal', ...digitsOf(typmod) }, 'decimal'),
  },
  1043: { name: withLength('character varying'), rule: exact(text, 'text') },
  1042: {
    name: withLength('character'),
    rule: exact(text, 'text', 'padded with spaces to its length, as the server sends it'),
  },
  25: { name: 'text', rule: exact(text, 'text') },
  18: { name: '"char"', rule: exact(text, 'text') },
  19: { name: 'name', rule: exact(text, 'text') },
  1082: { name: 'date', rule: exact({ kind: 'date' }, 'date') },
  1083: { name: 'time without time zone', rule: exact({ kind: 'time' }, 'time') },
  1266: { name: 'time with time zone', rule: asText(exactText) },
  1114: { name: 'timestamp without time zone', rule: exact({ kind: 'timestamp', utc: false }, 'timestamp') },
  1184: { name: 'timestamp with time zone', rule: exact({ kind: 'timestamp', utc: true }, 'timestamptz') },
  1186: { name: 'interval', rule: asText(exactText) },
  1188: { name: 'interval year to month', rule: asText(exactText) },
  1190: { name: 'interval day to second', rule: asText(exactText) },
  4000: { name: 'super', rule: exact({ kind: 'json' }, 'text') },
  6551: { name: withLength('varbyte'), rule: exact({ kind: 'binary' }, 'hex') },
  3000: { name: 'geometry', rule: asText('EWKB in hexadecimal digits, as the server sends it') },
  3001: { name: 'geography', rule: asText('EWKB in hexadecimal digits, as the server sends it') },
};

/** A column's type, as the documentation writes it. */
export function typeText({ oid, typmod }: ColumnFacts): string {
  const known = typeTable[oid];
  if (known === undefined) return `type ${oid}`;
  return typeof known.name === 'string' ? known.name : known.name(typmod);
}

/** The rule of a column; one whose type is not known (HLLSKETCH and others) is read as its exact text. */
export function ruleOf({ oid, typmod }: ColumnFacts): TypeRule {
  const known = typeTable[oid];
  if (known === undefined) return asText(exactText);
  return typeof known.rule === 'function' ? known.rule(typmod) : known.rule;
}
