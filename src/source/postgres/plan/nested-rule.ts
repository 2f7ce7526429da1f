import type { ColumnPart, LogicalType } from '../../../core/types.js';
import { exact, text, type TypeRule } from './rules.js';
import type { PartFacts, TypeFacts } from './type-facts.js';

type RuleOf = (facts: TypeFacts) => TypeRule;

/**
 * The rule of a type whose values are made of others: arrays and multiranges are lists, composites, ranges and intervals structs, hstore
 * a map. Undefined for what is none, or has a part whose binary form is not known.
 */
export function nestedRule(facts: TypeFacts, ruleOf: RuleOf): TypeRule | undefined {
  if (facts.oid === intervalOid) return intervalRule;
  const ofExtension = facts.extension === undefined ? undefined : extensionRules[facts.extension];
  if (ofExtension) return ofExtension;
  const rules = (facts.parts ?? []).map((part) => ({ ...part, rule: ruleOf(part.facts) }));
  // A struct of no fields has no form in Parquet.
  if (rules.length === 0 || rules.some(({ rule }) => rule.reading === 'output')) return undefined;
  const [only] = rules;
  if (facts.array) return listRule('array', only!);
  if (facts.kind === 'c') return recordRule(rules);
  if (facts.kind === 'r') return rangeRule(only!);
  if (facts.kind === 'm') return listRule('multirange', only!);
}

const intervalOid = 1186;

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

const structOf = (parts: readonly ColumnPart[]): LogicalType => ({
  kind: 'struct',
  fields: parts.map(({ name, type }) => ({ name, type })),
});

const builtIn = (name: string, sourceType: string, type: LogicalType, wire: string): ColumnPart => ({
  ...{ name, sourceType, type, wire },
});

const intervalParts: readonly ColumnPart[] = [
  builtIn('months', 'integer', { kind: 'int', bits: 32 }, 'int4'),
  builtIn('days', 'integer', { kind: 'int', bits: 32 }, 'int4'),
  builtIn('microseconds', 'bigint', { kind: 'int', bits: 64 }, 'int8'),
];
const intervalRule: TypeRule = { ...exact(structOf(intervalParts), 'interval'), parts: intervalParts };

const float32: LogicalType = { kind: 'float', bits: 32 };

/** Nested types of extensions whose binary form is known. */
const extensionRules: Readonly<Record<string, TypeRule>> = {
  'hstore.hstore': {
    ...exact({ kind: 'map', key: text, value: text }, 'hstore'),
    parts: [builtIn('key', 'text', text, 'text'), builtIn('value', 'text', text, 'text')],
  },
  'vector.vector': {
    ...exact({ kind: 'list', of: float32 }, 'vector'),
    parts: [builtIn('element', 'real', float32, 'float4')],
  },
  'vector.halfvec': {
    ...exact({ kind: 'list', of: float32 }, 'halfvec', 'floats of 16 bits, as floats of 32'),
    parts: [builtIn('element', 'half', float32, 'float2')],
  },
};
