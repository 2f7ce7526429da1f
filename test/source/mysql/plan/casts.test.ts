import { expect, it } from 'vitest';
import { castOf } from '../../../../src/source/mysql/plan/casts.js';
import type { TypeRule } from '../../../../src/source/mysql/plan/type-rule.js';
import type { TidemarkError } from '../../../../src/core/errors.js';

it('bytes are cast to nothing, and it is said what a query can make of them', () => {
  const natural = { type: { kind: 'binary' }, wire: 'binary', exactness: 'exact' } as unknown as TypeRule;
  const column = { name: 'v', sourceType: 'varbinary(3)', field: { type: 253 } } as Parameters<typeof castOf>[2];
  const refused = (): TidemarkError => {
    try {
      castOf('text', natural, column);
    } catch (error) {
      return error as TidemarkError;
    }
    return expect.unreachable();
  };
  const { message, hint } = refused();
  expect(message).toBe('cast: v=text is not possible for varbinary(3): bytes stay bytes');
  expect(hint).toContain('SELECT HEX(v) AS v');
});
