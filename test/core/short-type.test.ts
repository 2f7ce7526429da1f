import { expect, test } from 'vitest';
import { shortType } from '../../src/core/short-type.js';

test('a type of many fields is told by its beginning, one of few whole', () => {
  const range =
    'struct<lower: timestamp[us, UTC], upper: timestamp[us, UTC], lower_inc: bool, upper_inc: bool, empty: bool>';
  expect(shortType(range)).toBe(range);
  const wide = `struct<${Array.from({ length: 500 }, (_, i) => `𝄞${i}: int32`).join(', ')}>`;
  expect([...shortType(wide)]).toHaveLength(110);
  expect(shortType(wide)).toMatch(/^struct<𝄞0: int32, .*…$/u);
});
