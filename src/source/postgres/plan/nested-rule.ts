import type { ColumnPart, LogicalType } from '../../../core/types.js';
import { builtIn, exact, structOf, type TypeRule } from './rules.js';
import type { PartFacts, TypeFacts } from './type-facts.js';

type RuleOf = (facts: TypeFacts) => TypeRule;

/**
 * The rule of a type that is made of others: arrays and multiranges are lists, composites and ranges structs. Undefined for what is none, or has a part whose binary form is not known.
 */
export function nestedRule(facts: TypeFacts, ruleOf: RuleOf): TypeRule | undefined {
  const rules = (facts.parts ?? []).map((part) => ({ ...part, rule: ruleOf(part.facts) }));
  // A struct of no fields has no form in Parquet.
  if (rules.length === 0 || rules.some(({ rule }) => rule.reading === 'output')) return undefined;
  const [only] = rules;
  if (facts.array) return listRule('array', only!);
  if (facts.kind === 'c') return recordRule(rules);
  if (facts.kind === 'r') return rangeRule(only!);
  if (facts.kind === 'm') return listRule('multirange', only!);
}

interface PartRule extends PartFacts {
  readonly rule: TypeRule;
}

function partOf({ name, typeId, facts, rule }: PartRule): ColumnPart {
  const { type, wire, parts } = rule;
  return { name, sourceType: facts.name, type, wire, typeId, ...(parts && { parts }) };
}

/** A rule of parts, which is as exact as the least exact of them. */
function ruleOfParts(
  type: LogicalType,
  wire: string,
  rules: readonly PartRule[],
  parts: readonly ColumnPart[],
): TypeRule {
  const note = rules.map(({ rule }) => rule.note).find((found) => found !== undefined);
  const isExact = rules.every(({ rule }) => rule.exactness === 'exact');
  return { ...exact(type, wire, note), exactness: isExact ? 'exact' : 'widened', parts };
}

function listRule(wire: 'array' | 'multirange', element: PartRule): TypeRule {
  const { type, castTo } = element.rule;
  return {
    ...ruleOfParts({ kind: 'list', of: type }, wire, [element], [partOf(element)]),
    ...(castTo !== undefined && { castTo: `list<${castTo}>` }),
  };
}

function recordRule(rules: readonly PartRule[]): TypeRule {
  return structRule('record', rules, rules.map(partOf));
}

/** Bounds that are none are NULL, where the range goes on for ever and where it is empty. */
function rangeRule(bound: PartRule): TypeRule {
  const of = partOf(bound);
  const flags = ['lower_inc', 'upper_inc', 'empty'].map((name) => builtIn(name, 'boolean', { kind: 'bool' }, 'bool'));
  return structRule('range', [bound], [{ ...of, name: 'lower' }, { ...of, name: 'upper' }, ...flags]);
}

function structRule(wire: string, rules: readonly PartRule[], parts: readonly ColumnPart[]): TypeRule {
  return ruleOfParts(structOf(parts), wire, rules, parts);
}
