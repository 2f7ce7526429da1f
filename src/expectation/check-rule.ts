import { inLine } from '../core/in-line.js';
import { columnFlag } from '../core/option-name.js';
import type { PlainValue } from '../core/arrow/value-at.js';
import { invalidRequest, type TidemarkError } from '../core/errors.js';
import { keyFault } from '../core/key-columns.js';
import { type Column, typeName } from '../core/types.js';
import type { AgeRule, InRule, PatternRule, RangeRule, Rule } from './rule.js';
import { ruleColumns } from './rule.js';
import { type Read, readMember, readOrdered } from './rule-values.js';

type Kind = Column['type']['kind'];

const ordered: readonly Kind[] = ['int', 'decimal', 'float', 'date', 'timestamp', 'time'];
const members: readonly Kind[] = ['bool', 'text', 'uuid', ...ordered];

/**
 * Looks whether columns can have a rule.
 * @param columns those that are read; the rule's are among them
 * @throws request.invalid for a rule that says nothing of values of the column's type, and for values that it cannot have
 */
export function checkRule(rule: Rule, columns: readonly Column[]): void {
  for (const name of ruleColumns(rule)) {
    const column = columns.find((one) => one.name === name)!;
    if (rule.kind === 'unique') checkUnique(column);
    else if (rule.kind !== 'rows' && rule.kind !== 'change' && rule.kind !== 'nulls') checkValues(rule, column);
  }
}

function checkUnique(column: Column): void {
  const fault = keyFault(column);
  if (fault === undefined) return;
  throw invalidRequest(`${place('unique', column)} cannot be told to be unique: ${fault.why}`, fault.hint);
}

function checkValues(rule: InRule | RangeRule | PatternRule | AgeRule, column: Column): void {
  if (column.manyTexts && rule.kind !== 'pattern') throw noSuchRule(rule, column, undefined);
  switch (rule.kind) {
    case 'in':
      assertKind(rule, column, members);
      for (const text of rule.values) read(text, readMember(text, column.type), place('in', column));
      return;
    case 'range':
      assertKind(rule, column, ordered);
      checkLimits(rule, column);
      return;
    case 'pattern':
      assertKind(rule, column, ['text']);
      return;
    case 'age':
      assertKind(rule, column, ['date', 'timestamp']);
  }
}

function checkLimits({ min, max }: RangeRule, column: Column): void {
  const least = min === undefined ? undefined : readLimit('min', min, column);
  const most = max === undefined ? undefined : readLimit('max', max, column);
  if (least === undefined || most === undefined || least <= most) return;
  throw invalidRequest(`${place('min', column)}: "${min}" is above the max, "${max}"`, 'Change one of them.');
}

function readLimit(word: 'min' | 'max', text: string, column: Column): PlainValue {
  return read(text, readOrdered(text, column.type, word === 'min' ? 'up' : 'down'), place(word, column));
}

/** What a rule is called in options. */
const words = { in: 'in', range: 'min and max', pattern: 'pattern', age: 'max-age' } as const;

const wanted = {
  in: 'booleans, texts, UUIDs, numbers, dates or times',
  range: 'numbers, dates or times',
  pattern: 'texts',
  age: 'dates or timestamps',
} as const;

function assertKind(rule: { readonly kind: keyof typeof words }, column: Column, kinds: readonly Kind[]): void {
  if (!kinds.includes(column.type.kind)) throw noSuchRule(rule, column, wanted[rule.kind]);
}

function noSuchRule(
  { kind }: { readonly kind: keyof typeof words },
  column: Column,
  allowed: string | undefined,
): TidemarkError {
  const why = allowed === undefined ? 'is kept as text, whose order is not that of numbers' : `has no ${allowed}`;
  return invalidRequest(
    `${place(words[kind], column)} ${why}`,
    allowed === undefined
      ? `Cast it to the type that is meant: ${columnFlag('cast', column.name, 'decimal(20,2)')}.`
      : 'Choose another rule, or cast the column in the query.',
  );
}

function read(text: string, found: Read, where: string): PlainValue {
  if (!('fault' in found)) return found.value;
  throw invalidRequest(
    `${where}: "${text}" ${found.fault}`,
    'Write values as the column has them, such as 12.50, true, 2024-01-31 or 2024-01-31T12:00:00Z.',
  );
}

const place = (word: string, { name, sourceType, type }: Column): string =>
  `expect: ${word}: column "${inLine(name)}" (${sourceType}, written as ${typeName(type)})`;
