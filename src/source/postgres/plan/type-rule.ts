import { ownValue } from '../../../core/own-value.js';
import type { ColumnPart } from '../../../core/types.js';
import { extensionTypes } from './extension-types.js';
import { nestedRule } from './nested-rule.js';
import { numericRule } from './numeric-rule.js';
import { builtIn, exact, structOf, text, type TypeRule, widened } from './rules.js';
import type { TypeFacts } from './type-facts.js';

const asText = (wire: string): TypeRule => widened(text, wire, "kept as the server's exact text");
const unsigned = widened({ kind: 'int', bits: 64 }, 'oid', 'a number of 32 bits without a sign');

const intervalParts: readonly ColumnPart[] = [
  builtIn('months', 'integer', { kind: 'int', bits: 32 }, 'int4'),
  builtIn('days', 'integer', { kind: 'int', bits: 32 }, 'int4'),
  builtIn('microseconds', 'bigint', { kind: 'int', bits: 64 }, 'int8'),
];

/** By the type's object id, which is fixed for built-in types (`pg_type.dat`). The documentation's table is made from it. */
export const typeTable: Readonly<Record<number, { readonly name: string; readonly rule: TypeRule }>> = {
  16: { name: 'boolean', rule: exact({ kind: 'bool' }, 'bool') },
  21: { name: 'smallint', rule: exact({ kind: 'int', bits: 16 }, 'int2') },
  23: { name: 'integer', rule: exact({ kind: 'int', bits: 32 }, 'int4') },
  20: { name: 'bigint', rule: exact({ kind: 'int', bits: 64 }, 'int8') },
  700: { name: 'real', rule: exact({ kind: 'float', bits: 32 }, 'float4') },
  701: { name: 'double precision', rule: exact({ kind: 'float', bits: 64 }, 'float8') },
  790: {
    name: 'money',
    rule: exact(
      { kind: 'decimal', precision: 19, scale: 2 },
      'money',
      'two digits after the point, as with lc_monetary = C',
    ),
  },
  25: { name: 'text', rule: exact(text, 'text') },
  1043: { name: 'character varying', rule: exact(text, 'text') },
  1042: { name: 'character', rule: exact(text, 'text', 'padded with spaces to its length, as the server stores it') },
  19: { name: 'name', rule: exact(text, 'text') },
  18: { name: '"char"', rule: exact(text, 'char', 'a byte; what is no ASCII is written as \\ooo') },
  17: { name: 'bytea', rule: exact({ kind: 'binary' }, 'bytea') },
  1082: { name: 'date', rule: exact({ kind: 'date' }, 'date') },
  1083: { name: 'time without time zone', rule: exact({ kind: 'time' }, 'time') },
  1266: { name: 'time with time zone', rule: asText('timetz') },
  1114: { name: 'timestamp without time zone', rule: exact({ kind: 'timestamp', utc: false }, 'timestamp') },
  1184: { name: 'timestamp with time zone', rule: exact({ kind: 'timestamp', utc: true }, 'timestamptz') },
  1186: { name: 'interval', rule: { ...exact(structOf(intervalParts), 'interval'), parts: intervalParts } },
  2950: { name: 'uuid', rule: exact({ kind: 'uuid' }, 'uuid') },
  114: { name: 'json', rule: exact({ kind: 'json' }, 'json') },
  3802: { name: 'jsonb', rule: exact({ kind: 'json' }, 'jsonb') },
  142: { name: 'xml', rule: exact(text, 'text') },
  4072: { name: 'jsonpath', rule: asText('versioned') },
  869: { name: 'inet', rule: asText('inet') },
  650: { name: 'cidr', rule: asText('inet') },
  829: { name: 'macaddr', rule: asText('mac') },
  774: { name: 'macaddr8', rule: asText('mac') },
  1560: { name: 'bit', rule: asText('bits') },
  1562: { name: 'bit varying', rule: asText('bits') },
  26: { name: 'oid', rule: unsigned },
  28: { name: 'xid', rule: unsigned },
  29: { name: 'cid', rule: unsigned },
  5069: { name: 'xid8', rule: exact({ kind: 'decimal', precision: 20, scale: 0 }, 'xid8') },
  27: { name: 'tid', rule: asText('tid') },
  3220: { name: 'pg_lsn', rule: asText('lsn') },
};

export const numericOid = 1700;

/** The rule of a type; one that has none is read as its exact text, whatever it is. */
export function ruleOf(facts: TypeFacts): TypeRule {
  if (facts.oid === numericOid) return numericRule(facts.typmod);
  const known = typeTable[facts.oid]?.rule ?? ownValue(extensionTypes, facts.extension ?? '');
  if (known) return known;
  if (facts.kind === 'e') return exact(text, 'text', 'enum: its labels');
  return nestedRule(facts, ruleOf) ?? outputRule(facts);
}

function outputRule({ array, kind }: TypeFacts): TypeRule {
  const what = array ? ' (array)' : (kindNames[kind] ?? '');
  return { ...asText('text'), reading: 'output', note: `kept as the server's exact text${what}` };
}

const kindNames: Readonly<Record<string, string>> = { c: ' (composite)', r: ' (range)', m: ' (multirange)' };
