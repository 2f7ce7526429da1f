import { expect, it } from 'vitest';
import { ownValue } from '../../src/core/own-value.js';
import { parseType } from '../../src/core/type-text.js';
import { parseBytes, parseDuration } from '../../src/core/units.js';

it('a map answers to the names that it was given alone', () => {
  const map = JSON.parse('{"a": 1, "__proto__": 2}') as Record<string, number>;
  const names = ['a', '__proto__', 'constructor', 'toString'];
  expect(names.map((name) => ownValue(map, name))).toEqual([1, 2, undefined, undefined]);
  expect(ownValue(undefined, 'a')).toBeUndefined();
});

it('units and types have names of their own', () => {
  expect(() => parseBytes('5constructor', 'x')).toThrow('is not a size');
  expect(() => parseDuration('5constructor', 'x')).toThrow('is not a duration');
  expect(parseType('constructor')).toBeUndefined();
});
