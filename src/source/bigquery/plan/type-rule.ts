import { invalidRequest, TidemarkError } from '../../../core/errors.js';
import { intervalType } from '../../../core/interval-type.js';
import { parseType } from '../../../core/type-text.js';
import { largestDecimal128 } from '../../../core/type-table.js';
import type { ColumnPart, Exactness, LogicalType } from '../../../core/types.js';
import { type BigqueryField, hasPicoseconds, typeText, typeWord } from '../connection/field.js';

/** How values become those that are written: they are so already; their digits as a text; with the scale of their type; part by part; an interval's numbers; a small number in 16 bits. */
export type Wire = 'asIs' | 'digits' | 'scaled' | 'parts' | 'interval' | 'narrowed';

export interface TypeRule {
  readonly type: LogicalType;
  readonly wire: Wire;
  readonly exactness: Exactness;
  readonly note?: string;
  /** The form of a `--cast` by which numbers that are kept as text become numbers. */
  readonly castTo?: string;
  readonly parts?: readonly ColumnPart[];
}

const text: LogicalType = { kind: 'text' };
const exact = (type: LogicalType): TypeRule => ({ type, wire: 'asIs', exactness: 'exact' });

/** Arrow counts nanoseconds in 64 bits. */
const hoursOfArrow = 'more than 2,562,047 hours come by --via rest alone';

/** What comes as it is written. */
const simple: Readonly<Record<string, TypeRule>> = {
  INT64: exact({ kind: 'int', bits: 64 }),
  FLOAT64: exact({ kind: 'float', bits: 64 }),
  BOOL: exact({ kind: 'bool' }),
  STRING: exact(text),
  BYTES: exact({ kind: 'binary' }),
  DATE: exact({ kind: 'date' }),
  DATETIME: exact({ kind: 'timestamp', utc: false }),
  TIME: exact({ kind: 'time' }),
  JSON: exact({ kind: 'json' }),
  INTERVAL: { type: intervalType, wire: 'interval', exactness: 'exact', note: hoursOfArrow },
  GEOGRAPHY: { type: text, wire: 'asIs', exactness: 'widened', note: 'well-known text, as the service writes it' },
};

/** Digits, and those after the point, of the two decimal types where they are not parameterized. */
const decimals: Readonly<Record<string, readonly [number, number]>> = { NUMERIC: [38, 9], BIGNUMERIC: [77, 38] };

/** The rule of a column or a part. @throws source.unsupported for types that are not known */
export function ruleOf(field: BigqueryField): TypeRule {
  if (field.mode === 'REPEATED') return listRule(field);
  const word = typeWord(field);
  const found = simple[word];
  if (found !== undefined) return found;
  if (word in decimals) return decimalRule(field);
  if (word === 'TIMESTAMP') return timestampRule(field);
  if (word === 'STRUCT') return structRule(field.fields ?? []);
  if (word === 'RANGE') return rangeRule(field);
  throw new TidemarkError('source.unsupported', `the type ${typeText(field)} of "${field.name}" is not known`, {
    hint: 'Leave the column out, or convert it in a query: SELECT CAST(x AS STRING) AS x ….',
  });
}

function timestampRule(field: BigqueryField): TypeRule {
  if (!hasPicoseconds(field)) return exact({ kind: 'timestamp', utc: true });
  return { type: text, wire: 'asIs', exactness: 'widened', note: 'kept as exact text: twelve digits of a second' };
}

function decimalRule(field: BigqueryField): TypeRule {
  const word = typeWord(field);
  const [most, scale] = digitsOf(field);
  if (most <= largestDecimal128) {
    const type: LogicalType = { kind: 'decimal', precision: most, scale };
    const isSentSo = word === 'NUMERIC' && scale === decimals[word]![1];
    return { type, wire: isSentSo ? 'asIs' : 'scaled', exactness: 'exact' };
  }
  const castTo = most > 76 ? 'decimal(p,s)' : `decimal256(${most},${scale})`;
  const note = `kept as exact text; ${most} digits: readers disagree about decimals above ${largestDecimal128}; --cast col=${castTo} writes numbers`;
  return { type: text, wire: 'digits', exactness: 'widened', note, castTo };
}

/** How many digits values may have, and how many of them after the point. */
function digitsOf(field: BigqueryField): readonly [number, number] {
  const { precision, scale = 0 } = field;
  return precision === undefined ? decimals[typeWord(field)]! : [Number(precision), Number(scale)];
}

function listRule(field: BigqueryField): TypeRule {
  const part = partOf({ ...field, name: 'item', mode: 'NULLABLE' });
  return nested({ kind: 'list', of: part.part.type }, [part]);
}

function structRule(fields: readonly BigqueryField[]): TypeRule {
  const parts = fields.map(partOf);
  return nested({ kind: 'struct', fields: parts.map(({ part: { name, type } }) => ({ name, type })) }, parts);
}

function rangeRule({ name, rangeElementType }: BigqueryField): TypeRule {
  const type = rangeElementType?.type ?? '';
  if (!['DATE', 'DATETIME', 'TIMESTAMP'].includes(type.toUpperCase()))
    throw new TidemarkError('source.unsupported', `the range of "${name}" is of the unknown type ${type}`);
  const note = 'from start on, up to and without end; a bound that is NULL is none';
  return { ...structRule(['start', 'end'].map((bound) => ({ name: bound, type }))), note };
}

interface RuledPart {
  readonly part: ColumnPart;
  readonly rule: TypeRule;
}

function partOf(field: BigqueryField): RuledPart {
  const rule = ruleOf(field);
  const { type, wire, parts } = rule;
  return { rule, part: { name: field.name, sourceType: typeText(field), type, wire, ...(parts && { parts }) } };
}

function nested(type: LogicalType, parts: readonly RuledPart[]): TypeRule {
  const widened = parts.filter(({ rule }) => rule.exactness === 'widened');
  const note = widened.map(({ rule }) => rule.note).find((one) => one !== undefined);
  return {
    type,
    wire: parts.every(({ rule }) => rule.wire === 'asIs') ? 'asIs' : 'parts',
    exactness: widened.length > 0 ? 'widened' : 'exact',
    ...(note !== undefined && { note: note.replace(/; --cast .*/, '') }),
    parts: parts.map(({ part }) => part),
  };
}

/** What `--cast column=type` asks for: `decimal(p,s)` or `text` of the decimal types. @throws request.invalid that lists what is allowed */
export function castRule(cast: string, natural: TypeRule, field: BigqueryField): TypeRule {
  const isDecimal = field.mode !== 'REPEATED' && typeWord(field) in decimals;
  if (!isDecimal)
    throw refused(
      field,
      cast,
      'it has one form',
      `Convert it in a query: SELECT CAST(${field.name} AS …) AS ${field.name} ….`,
    );
  const asked = parsed(cast, field);
  if (asked?.kind === 'text') return { type: asked, wire: 'digits', exactness: 'widened', note: 'asked for as text' };
  if (asked?.kind !== 'decimal') throw refused(field, cast, 'allowed is decimal(p,s), or text', castExamples);
  const note = `asked for as ${cast}; a value that does not fit is a misfit`;
  return { ...natural, type: asked, wire: 'scaled', exactness: 'exact', note };
}

const castExamples = 'Examples: --cast price=decimal(20,4), --cast price=text.';

function parsed(cast: string, field: BigqueryField): LogicalType | undefined {
  try {
    return parseType(cast.toLowerCase());
  } catch (error) {
    throw refused(field, cast, (error as Error).message, castExamples);
  }
}

const refused = (field: BigqueryField, cast: string, why: string, hint: string): TidemarkError =>
  invalidRequest(`cast: ${field.name}=${cast} is not possible for ${typeText(field)}: ${why}`, hint);
