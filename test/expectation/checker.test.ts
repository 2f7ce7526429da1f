import type { RecordBatch } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addRuleCounts, type RuleCounts } from '../../src/core/rule-counts.js';
import type { Column } from '../../src/core/types.js';
import { checkRule } from '../../src/expectation/check-rule.js';
import { checker } from '../../src/expectation/checker.js';
import type { Expected, Rule } from '../../src/expectation/rule.js';
import { batchOf, columns } from '../shard/random-batches.js';

/** Rows of every type; in them every value that is looked at is at hand as text, too. */
const all = batchOf(300, 7);

const named = (kinds: readonly string[]): readonly Column[] => columns.filter(({ type }) => kinds.includes(type.kind));

/** A column's values as examples show them, which is as a rule is written; null for NULL. */
function textsOf(batch: RecordBatch, name: string): readonly (string | null)[] {
  const rule = { kind: 'in', column: name, values: [] } as const;
  return Array.from({ length: batch.numRows }, (_, row) => {
    const [counts] = look(batch.slice(row, row + 1), [rule]).counts;
    return counts!.examples[0]?.value ?? null;
  });
}

function look(batch: RecordBatch, rules: readonly Expected[], key: readonly string[] = []) {
  return checker({ rules: rules.map((rule): Rule => ({ ...rule, severity: 'fail' })), key }, columns)(batch);
}

const singles = named(['bool', 'int', 'decimal', 'date', 'uuid', 'timestamp', 'time']);

describe('what is looked at in rows', () => {
  it('counts NULLs of every type, and shows rows by their key', () => {
    const key = named(['int'])[0]!.name;
    for (const { name } of columns) {
      const { counts } = look(all, [{ kind: 'nulls', column: name, most: 0 }], [key]);
      const vector = all.getChild(name)!;
      const nulls = [...Array(all.numRows).keys()].filter((row) => !vector.isValid(row));
      expect(counts[0]!.broken).toBe(nulls.length);
      const keys = nulls.map((row) => textsOf(all.slice(row, row + 1), key)[0]);
      expect(counts[0]!.examples.map((example) => example.key![key])).toEqual([...new Set(keys)].slice(0, 5));
    }
  });

  it.each(singles)('finds values outside of a set: $name ($sourceType)', ({ name }) => {
    const texts = textsOf(all, name);
    const present = texts.filter((text) => text !== null);
    fc.assert(
      fc.property(fc.subarray([...new Set(present)], { minLength: 1 }), (members) => {
        const rule = { kind: 'in', column: name, values: members } as const;
        checkRule({ ...rule, severity: 'fail' }, columns);
        const outside = present.filter((text) => !members.includes(text));
        const [counts] = look(all, [rule]).counts;
        expect(counts!.broken).toBe(outside.length);
        expect(counts!.examples.map(({ value }) => value)).toEqual([...new Set(outside)].slice(0, 5));
      }),
      { numRuns: 20 },
    );
  });

  const ordered = named(['int', 'decimal', 'date', 'timestamp', 'time', 'float']);

  it.each(ordered)('finds values outside of a range: $name ($sourceType)', ({ name, type }) => {
    const vector = all.getChild(name)!;
    const texts = textsOf(all, name);
    const rows = [...Array(all.numRows).keys()].filter((row) => vector.isValid(row));
    // Arrow's own values order them; of what it gives as words, the text decides.
    const rank = new Map(
      rows.map((row) => {
        const value = vector.get(row) as number | bigint | Uint32Array;
        return [texts[row]!, typeof value === 'object' ? unscaled(value) : value] as const;
      }),
    );
    const limits = rows.map((row) => texts[row]!).filter((text) => text !== 'NaN' && /^[-+\d]/.test(text));
    fc.assert(
      fc.property(fc.constantFrom(...limits), fc.constantFrom(...limits), (one, other) => {
        const [min, max] = rank.get(one)! <= rank.get(other)! ? [one, other] : [other, one];
        if (!writable(min) || !writable(max)) return;
        const rule = { kind: 'range', column: name, min, max } as const;
        checkRule({ ...rule, severity: 'fail' }, columns);
        const inside = (row: number): boolean =>
          rank.get(texts[row]!)! >= rank.get(min)! && rank.get(texts[row]!)! <= rank.get(max)!;
        expect(look(all, [rule]).counts[0]!.broken, `${min} to ${max}`).toBe(rows.filter((row) => !inside(row)).length);
      }),
      { numRuns: type.kind === 'float' ? 60 : 30 },
    );
  });

  it('adds up to the same, however rows are cut', () => {
    const rules = columns.flatMap(({ name, type }): Expected[] => [
      { kind: 'nulls', column: name, most: 0 },
      ...(type.kind === 'text' ? [{ kind: 'pattern', column: name, pattern: '^[a-m]' } as const] : []),
      ...(type.kind === 'int' ? [{ kind: 'range', column: name, min: '0' } as const] : []),
      ...(type.kind === 'date' ? [{ kind: 'age', column: name, most: 1 } as const] : []),
    ]);
    const key = [named(['int'])[0]!.name];
    const whole = look(all, rules, key).counts;
    const cuts = fc
      .uniqueArray(fc.integer({ min: 1, max: 299 }), { maxLength: 6 })
      .map((some) => some.sort((a, b) => a - b));
    fc.assert(
      fc.property(cuts, (at) => {
        const from = [0, ...at];
        const parts = from.map((start, index) => look(all.slice(start, at[index] ?? 300), rules, key).counts);
        const sum = parts.reduce<readonly RuleCounts[]>((a, b) => (a.length === 0 ? b : addRuleCounts(a, b)), []);
        expect(sum.map(({ broken, newest }) => ({ broken, newest }))).toEqual(
          whole.map(({ broken, newest }) => ({ broken, newest })),
        );
        for (const [index, { examples }] of sum.entries()) expect(examples).toEqual(whole[index]!.examples);
      }),
      { numRuns: 20 },
    );
  });

  it('tells nothing of columns of which nothing may be told', () => {
    const [key, value] = [named(['int'])[0]!, named(['text'])[0]!];
    const hidden = columns.map((column): Column => ({ ...column, redacted: true }));
    const rule = { kind: 'pattern', column: value.name, pattern: '(?!)', severity: 'fail' } as const;
    const [counts] = checker({ rules: [rule], key: [key.name] }, hidden)(all).counts;
    expect(counts!.broken).toBeGreaterThan(0);
    expect(counts!.examples).toEqual([]);
    const masked = columns.map((column): Column => (column.name === value.name ? { ...column, mask: 'hash' } : column));
    const [byKey] = checker({ rules: [rule], key: [key.name] }, masked)(all).counts;
    expect(byKey!.examples.length).toBeGreaterThan(0);
    for (const example of byKey!.examples) expect(Object.keys(example)).toEqual(['key']);
  });
});

/** The moments that rules can be written with: years of four digits. */
const writable = (text: string): boolean => !/^[+-]\d{6}-/.test(text);

function unscaled(words: Uint32Array): bigint {
  const width = BigInt(words.length * 32);
  const value = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return BigInt.asIntN(Number(width), value);
}
