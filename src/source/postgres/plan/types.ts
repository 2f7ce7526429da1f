import type { Column, Exactness, LogicalType } from '../../../core/types.js';
import { largestDecimal128 } from '../../../core/type-table.js';
import type { Parameter } from '../../../core/source.js';
import { redactionOf } from '../../../core/secret-columns.js';
import { type Cast, castColumn } from './casts.js';

/**
 * How a column stands in the select list. `binary`: as it is, and its binary form is decoded. `output`: the text of the
 * type's output function, which is what psql shows; a cast to text says other things for bool, inet, bpchar, xml, …
 */
export type Reading = 'binary' | 'output';

/** What the catalog says of a column's type; domains are resolved to the type under them. */
export interface TypeFacts {
  /** As `format_type` writes it: `numeric(15,2)`. */
  readonly name: string;
  readonly oid: number;
  readonly typmod: number;
  /** `pg_type.typtype` of the resolved type: `b` base, `e` enum, `c` composite, … */
  readonly kind: string;
  /** Whether `name` is a domain. */
  readonly domain: boolean;
}

export interface ColumnPlan {
  readonly column: Column;
  readonly reading: Reading;
  /** An expression over the table `t` in place of the column's name. */
  readonly expression?: string;
  /** What the server must say of the column, name and type, before its rows are decoded. */
  readonly sent: { readonly name: string; readonly oid: number; readonly typmod: number };
}

export interface TypeRule {
  readonly type: LogicalType;
  /** Key of the decoder: agreed with `decode/`. */
  readonly wire: string;
  readonly exactness: Exactness;
  readonly reading: Reading;
  readonly note?: string;
}

const exact = (type: LogicalType, wire: string, note?: string): TypeRule => ({
  type,
  wire,
  exactness: 'exact',
  reading: 'binary',
  ...(note !== undefined && { note }),
});

const text: LogicalType = { kind: 'text' };

/** By the type's object id, which is fixed for built-in types (`pg_type.dat`). The documentation's table is made from it. */
export const typeTable: Readonly<Record<number, { readonly name: string } & TypeRule>> = {
  16: { name: 'boolean', ...exact({ kind: 'bool' }, 'bool') },
  21: { name: 'smallint', ...exact({ kind: 'int', bits: 16 }, 'int2') },
  23: { name: 'integer', ...exact({ kind: 'int', bits: 32 }, 'int4') },
  20: { name: 'bigint', ...exact({ kind: 'int', bits: 64 }, 'int8') },
  700: { name: 'real', ...exact({ kind: 'float', bits: 32 }, 'float4') },
  701: { name: 'double precision', ...exact({ kind: 'float', bits: 64 }, 'float8') },
  25: { name: 'text', ...exact(text, 'text') },
  1043: { name: 'character varying', ...exact(text, 'text') },
  1042: { name: 'character', ...exact(text, 'text', 'padded with spaces to its length, as the server stores it') },
  19: { name: 'name', ...exact(text, 'text') },
  17: { name: 'bytea', ...exact({ kind: 'binary' }, 'bytea') },
  1082: { name: 'date', ...exact({ kind: 'date' }, 'date') },
  1083: { name: 'time without time zone', ...exact({ kind: 'time' }, 'time') },
  1114: { name: 'timestamp without time zone', ...exact({ kind: 'timestamp', utc: false }, 'timestamp') },
  1184: { name: 'timestamp with time zone', ...exact({ kind: 'timestamp', utc: true }, 'timestamptz') },
  2950: { name: 'uuid', ...exact({ kind: 'uuid' }, 'uuid') },
  114: { name: 'json', ...exact({ kind: 'json' }, 'json') },
  3802: { name: 'jsonb', ...exact({ kind: 'json' }, 'jsonb') },
};

const textOid = 25;
const numericOid = 1700;

/** Types of which equal values may have different texts: float4, float8, interval, numeric. */
const withManyTexts: ReadonlySet<number> = new Set([700, 701, 1186, numericOid]);

export interface ColumnWishes {
  readonly cast: string | undefined;
  /** Nothing is to be told of its values. */
  readonly redacted: boolean;
  /** Secret parameters of the query that it belongs to. */
  readonly secrets: readonly Parameter[];
  /** The database's encoding is SQL_ASCII: its text may be any bytes, and the decoder must look. */
  readonly unchecked: boolean;
}

/** A column as it will be read and written. @throws request.invalid when the cast does not fit the type */
export function planColumn(name: string, facts: TypeFacts, wishes: ColumnWishes): ColumnPlan {
  const { cast, unchecked } = wishes;
  const { type, wire, exactness, note, reading } = ruleWithCast(name, facts, cast);
  const isText = type.kind === 'text' || type.kind === 'json';
  const column: Column = {
    name,
    sourceType: facts.name,
    type,
    wire: unchecked && isText ? `${wire === 'json' ? 'text' : wire}-unchecked` : wire,
    exactness,
    ...(note !== undefined && { note }),
    ...(cast !== undefined && { cast }),
    ...(isText && withManyTexts.has(facts.oid) && { manyTexts: true }),
    ...redactionOf(type, wishes),
  };
  const sent =
    reading === 'binary' ? { name, oid: facts.oid, typmod: facts.typmod } : { name, oid: textOid, typmod: -1 };
  return { column, reading, sent };
}

function ruleWithCast(name: string, facts: TypeFacts, cast: string | undefined): TypeRule {
  const rule = ruleOf(facts);
  if (cast === undefined) return rule;
  const chosen: Cast = castColumn(name, facts.name, facts.oid === numericOid, cast);
  return chosen === 'text' ? outputText(rule, 'asked for as text') : decimalRule(chosen, cast);
}

const hiddenColumns = {
  transaction: { name: 'transaction of the row', sourceType: 'xid8', bits: 64, wire: 'int8', oid: 20 },
  overlap: { name: 'overlap of versions', sourceType: 'smallint', bits: 16, wire: 'int2', oid: 21 },
} as const;

/** Before each value of a frame stands its length. */
const lengthBytes = 4;

/**
 * A column that is read for a later run, and not written.
 * @param expression gives 0 where there is nothing to know, and never NULL
 * @param others names of the table's columns
 */
export function hiddenColumn(
  what: keyof typeof hiddenColumns,
  expression: string,
  others: readonly string[],
): ColumnPlan {
  const { name: usual, sourceType, bits, wire, oid } = hiddenColumns[what];
  const name = unusedName(usual, others);
  return {
    column: {
      ...{ name, sourceType, type: { kind: 'int', bits }, wire, exactness: 'exact', redacted: true, hidden: true },
      [what]: true,
    },
    reading: 'binary',
    expression,
    sent: { name, oid, typmod: -1 },
  };
}

/**
 * What columns of {@link hiddenColumn} take of each row's frame. They are never NULL, so it is known: whether a run reads them
 * depends on what other sessions do meanwhile, and must move no cut between row groups.
 */
export function bytesForLaterRuns(columns: readonly Column[]): number {
  const bitsOf = ({ transaction, overlap }: Column): number =>
    transaction ? hiddenColumns.transaction.bits : overlap ? hiddenColumns.overlap.bits : 0;
  return columns.map(bitsOf).reduce((sum, bits) => (bits === 0 ? sum : sum + lengthBytes + bits / 8), 0);
}

function unusedName(name: string, others: readonly string[]): string {
  return others.includes(name) ? unusedName(`${name} `, others) : name;
}

/** The rule of a type; one that has none is read as its exact text, whatever it is. */
export function ruleOf(facts: TypeFacts): TypeRule {
  if (facts.oid === numericOid) return numericRule(facts.typmod);
  const known = typeTable[facts.oid];
  if (known) return known;
  if (facts.kind === 'e') return { ...exact(text, 'text', 'enum: its labels') };
  return {
    type: text,
    wire: 'text',
    exactness: 'widened',
    reading: 'output',
    note: `kept as the server's exact text${kindNames[facts.kind] ?? ''}`,
  };
}

const kindNames: Readonly<Record<string, string>> = { c: ' (composite)', r: ' (range)', m: ' (multirange)' };

/**
 * `numeric(p,s)` is decimal(p,s), which holds each of its values. A negative scale rounds to tens or hundreds: p − s digits
 * before the point hold them. A scale above the precision means leading zeros after the point: s digits hold them.
 */
function numericRule(typmod: number): TypeRule {
  const declared = numericModifier(typmod);
  if (!declared)
    return widenedNumeric('unbounded numeric: no decimal type holds every value; --cast col=decimal(p,s) does');
  const scale = Math.max(declared.scale, 0);
  const precision = Math.max(declared.precision - Math.min(declared.scale, 0), scale);
  if (precision > largestDecimal128) {
    return widenedNumeric(
      `${precision} digits: readers disagree about decimals above ${largestDecimal128}; --cast col=decimal256(${precision},${scale}) writes one`,
    );
  }
  const unusual = declared.scale < 0 || declared.scale > declared.precision;
  return exact(
    { kind: 'decimal', precision, scale },
    'numeric',
    unusual
      ? `scale ${declared.scale} at precision ${declared.precision}: decimal(${precision},${scale}) holds each value`
      : undefined,
  );
}

/**
 * Precision and scale in a numeric's type modifier (`numeric.c`, make_numeric_typmod): 4 is added; the upper 16 bits are the
 * precision; the lower 11 bits the scale, in two's complement (from PostgreSQL 15; before, it is never negative).
 */
function numericModifier(typmod: number): { precision: number; scale: number } | undefined {
  if (typmod < 4) return undefined;
  const bits = typmod - 4;
  return { precision: (bits >> 16) & 0xffff, scale: ((bits & 0x7ff) ^ 0x400) - 0x400 };
}

function widenedNumeric(note: string): TypeRule {
  return { type: text, wire: 'text', exactness: 'widened', reading: 'output', note: `kept as exact text; ${note}` };
}

function outputText(rule: TypeRule, note: string): TypeRule {
  const plain = rule.type.kind === 'text' && rule.reading === 'binary';
  return plain ? rule : { type: text, wire: 'text', exactness: 'widened', reading: 'output', note };
}

function decimalRule(cast: { precision: number; scale: number }, as: string): TypeRule {
  return exact({ kind: 'decimal', ...cast }, 'numeric', `asked for as ${as}; a value that does not fit is a misfit`);
}

/** A column in a select list; `reference` is quoted and qualified. */
export function selectExpression(reference: string, reading: Reading): string {
  // num_nulls, since `IS NULL` is true of a composite whose fields are all NULL, and format() says '' for NULL.
  return reading === 'binary'
    ? reference
    : `CASE WHEN pg_catalog.num_nulls(${reference}) OPERATOR(pg_catalog.=) 0 THEN pg_catalog.format('%s', ${reference}) END`;
}
