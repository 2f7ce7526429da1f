import { castNote } from '../../../core/option-name.js';
import { redactionOf } from '../../../core/secret-columns.js';
import type { Parameter, SourceRequest } from '../../../core/source-request.js';
import type { Column, ColumnPart } from '../../../core/types.js';
import { isReadAsText } from '../read/text/field-encoders.js';
import { castRule } from './casts.js';
import type { Reading, TypeRule } from './rules.js';
import type { TypeFacts } from './type-facts.js';
import { numericOid, ruleOf } from './type-rule.js';

export interface ColumnPlan {
  readonly column: Column;
  readonly reading: Reading;
  /** Of `sent`: the function that makes the binary form, quoted and qualified. */
  readonly send?: string;
  /** An expression over the table `t` in place of the column's name. */
  readonly expression?: string;
  /** What the server must say of the column, name and type, before its rows are decoded. */
  readonly sent: { readonly name: string; readonly oid: number; readonly typmod: number };
}

const byteaOid = 17;
const textOid = 25;

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
  readonly via: SourceRequest['via'];
}

/** A column as it will be read and written. @throws request.invalid when the cast does not fit the type */
export function planColumn(name: string, facts: TypeFacts, wishes: ColumnWishes): ColumnPlan {
  const { cast, unchecked, via } = wishes;
  const { reading, ...rule } = ruleWithCast(name, facts, cast);
  const { type } = rule;
  const column: Column = {
    name,
    sourceType: facts.name,
    ...rule,
    ...(unchecked && uncheckedTexts(rule)),
    ...(cast !== undefined && { cast }),
    ...(isText(type) && withManyTexts.has(facts.oid) && { manyTexts: true }),
    ...redactionOf(type, wishes),
  };
  if (reading === 'output') return { column, reading, sent: { name, oid: textOid, typmod: -1 } };
  if (via === 'copy' || isReadAsText(rule.wire)) {
    return { column, reading, sent: { name, oid: facts.oid, typmod: facts.typmod } };
  }
  const { send } = facts;
  return { column, reading: 'sent', ...(send !== undefined && { send }), sent: { name, oid: byteaOid, typmod: -1 } };
}

const isText = ({ kind }: Column['type']): boolean => kind === 'text' || kind === 'json';

/** Wire forms that are text, whose bytes the server has not looked at in a database that says nothing of its encoding. */
const uncheckedWires: Readonly<Record<string, string>> = {
  text: 'text-unchecked',
  json: 'text-unchecked',
  jsonb: 'jsonb-unchecked',
  versioned: 'versioned-unchecked',
};

function uncheckedTexts<Part extends Pick<ColumnPart, 'wire' | 'type' | 'parts'>>(part: Part): Part {
  const { wire, type, parts } = part;
  return {
    ...part,
    ...(isText(type) && { wire: uncheckedWires[wire] ?? wire }),
    ...(parts && { parts: parts.map(uncheckedTexts) }),
  };
}

function ruleWithCast(name: string, facts: TypeFacts, cast: string | undefined): TypeRule {
  const rule = ruleOf(facts);
  if (cast !== undefined) return castRule(name, facts, { ...rule, cast });
  const { castTo } = rule;
  return castTo === undefined ? rule : { ...rule, note: `${rule.note}; ${castNote(name, castTo)} writes numbers` };
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

/** A column in a select list; `reference` is quoted and qualified. */
export function selectExpression(reference: string, { reading, send }: Pick<ColumnPlan, 'reading' | 'send'>): string {
  if (reading === 'binary') return reference;
  if (reading === 'sent') return `${send}(${reference})`;
  // num_nulls, since `IS NULL` is true of a composite whose fields are all NULL, and format() says '' for NULL.
  return `CASE WHEN pg_catalog.num_nulls(${reference}) OPERATOR(pg_catalog.=) 0 THEN pg_catalog.format('%s', ${reference}) END`;
}
