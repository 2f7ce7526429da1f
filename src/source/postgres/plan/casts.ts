import { TidemarkError } from '../../../core/errors.js';
import { parseType } from '../../../core/type-text.js';
import type { LogicalType } from '../../../core/types.js';
import { nestedRule } from './nested-rule.js';
import { exact, text, type TypeRule } from './rules.js';
import type { TypeFacts } from './type-facts.js';
import { numericOid } from './type-rule.js';

/**
 * The rule of a column with `--cast column=type`: `text` for any type; `decimal(p,s)`, `decimal128(p,s)`, `decimal256(p,s)` for numeric,
 * and a list of such for its arrays.
 * @param rule that of the column without a cast
 * @throws request.invalid that lists what is allowed
 */
export function castRule(
  column: string,
  facts: TypeFacts,
  { cast, castTo: _, ...rule }: TypeRule & { readonly cast: string },
): TypeRule {
  const type = parsed(column, facts.name, cast);
  if (type?.kind === 'text') return textRule(rule);
  const chosen = type && decimalRule(facts, type, `asked for as ${cast}; a value that does not fit is a misfit`);
  if (chosen) return chosen;
  const most = castsOf(facts);
  const isDecimal = type?.kind === 'decimal' || (type?.kind === 'list' && type.of.kind === 'decimal');
  const why = most === undefined && isDecimal ? 'decimals are for numeric; ' : '';
  throw refused(column, cast, `${why}allowed is text${most === undefined ? '' : `, or ${most}`}`, facts.name);
}

function textRule(rule: TypeRule): TypeRule {
  const isText = rule.type.kind === 'text' && rule.reading === 'binary';
  if (isText) return rule;
  return { type: text, wire: 'text', exactness: 'widened', reading: 'output', note: 'asked for as text' };
}

function decimalRule(facts: TypeFacts, type: LogicalType, note: string): TypeRule | undefined {
  if (type.kind === 'decimal') {
    return facts.oid === numericOid ? exact(type, 'numeric', note) : undefined;
  }
  const element = facts.parts?.[0]?.facts;
  if (type.kind !== 'list' || !facts.array || element === undefined) return undefined;
  const rule = decimalRule(element, type.of, note);
  return rule && nestedRule(facts, () => rule);
}

/** What a column may be cast to, beside text. */
function castsOf({ oid, array, parts }: TypeFacts): string | undefined {
  if (oid === numericOid) return 'decimal(p,s)';
  const of = array ? castsOf(parts![0]!.facts) : undefined;
  return of && `list<${of}>`;
}

function parsed(column: string, sourceType: string, cast: string): LogicalType | undefined {
  try {
    return parseType(cast.toLowerCase());
  } catch (error) {
    throw refused(column, cast, (error as Error).message, sourceType);
  }
}

function refused(column: string, cast: string, allowed: string, sourceType: string): TidemarkError {
  return new TidemarkError('request.invalid', `cast: ${column}=${cast} is not possible for ${sourceType}: ${allowed}`, {
    hint: 'Examples: --cast price=decimal(20,4), --cast payload=text. Other conversions belong into the query: SELECT x::int …',
  });
}
