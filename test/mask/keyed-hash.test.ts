import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeyedHash } from '../../src/mask/keyed-hash.js';

it('is HMAC-SHA-256 as node:crypto has it, of values of any length one after the other', () => {
  const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 });
  const value = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.stringMatching(/^[ -~]{0,40}$/));
  fc.assert(
    fc.property(key, fc.constantFrom('', 'text\0'), fc.array(value, { maxLength: 6 }), (secret, prefix, values) => {
      const keyed = new KeyedHash(secret, prefix);
      for (const one of values) {
        const expected = createHmac('sha256', secret).update(prefix).update(one).digest('hex');
        expect(keyed.of(one)).toBe(expected);
      }
    }),
  );
});
