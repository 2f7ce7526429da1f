import { castNote } from '../../../core/option-name.js';
import { redactionOf } from '../../../core/secret-columns.js';
import type { Parameter } from '../../../core/source-request.js';
import { largestDecimal128 } from '../../../core/type-table.js';
import type { Column } from '../../../core/types.js';
import type { BoundSql } from '../sql/condition.js';
import { castOf } from './casts.js';
import { binaryCharacterSet, decimalOf, type FieldFacts, fieldFlag, fieldType, fieldTypeName } from './field-types.js';
import type { Reading, TypeRule } from './type-rule.js';
import { booleanRule, exact, int, largestUnsigned, simpleRules, text, widened } from './type-table.js';

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

/** The rule of a column. */
export function ruleOf(field: FieldFacts, catalog?: CatalogFacts): TypeRule {
  const unsigned = (field.flags & fieldFlag.unsigned) !== 0;
  const simple = simpleRules[field.type];
  if (isBoolean(field)) return booleanRule;
  if (simple !== undefined) return (unsigned ? simple[1] : undefined) ?? simple[0];
  if (field.type === fieldType.decimal) return decimalRule(field);
  if (field.type === fieldType.bit) return bitRule(field.length);
  if (field.characterSet === binaryCharacterSet) return exact({ kind: 'binary' }, 'binary');
  if (catalog?.dataType === 'uuid') return exact({ kind: 'uuid' }, 'uuid-text');
  if (catalog?.isJson) return exact({ kind: 'json' }, 'json');
  return exact(text, 'text');
}

/** The server keeps of `boolean` no more than that it is shown in one digit: it may hold −128 to 127. */
function isBoolean({ type, flags, length }: FieldFacts): boolean {
  return type === fieldType.tiny && length === 1 && (flags & fieldFlag.unsigned) === 0;
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
    ...(note !== undefined && {
      note: note.replace(/--cast col=([\w(),]+)/, (_, to: string) => castNote(field.name, to)),
    }),
    ...(cast === undefined ? castTo !== undefined && { castTo } : { cast }),
    ...(type.kind === 'text' && natural.type.kind === 'float' && { manyTexts: true }),
    ...redactionOf(type, wishes),
  };
  return { column, reading: reading ?? 'asIs', sent: field };
}
