import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, sha256 } from '../../src/manifest/canonical.js';

describe('canonical JSON', () => {
  test('sorts keys by UTF-16 code units, as the example of RFC 8785 section 3.2.3', () => {
    const keys = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
    expect(canonicalJson(keys)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}');
  });

  test('writes numbers as RFC 8785 section 3.2.2 does', () => {
    expect(canonicalJson([Number('333333333.33333329'), 4.5, 2e-3, 1e-27, -0])).toBe(
      '[333333333.3333333,4.5,0.002,1e-27,0]',
    );
  });

  test('writes integers past 2^53 as text, and those below as numbers', () => {
    const value = { a: 2n ** 63n - 1n, b: -(2n ** 63n), c: 2n ** 53n - 1n, d: 2 ** 53, e: 2 ** 53 - 1, f: [7n] };
    expect(canonicalJson(value)).toBe(
      '{"a":"9223372036854775807","b":"-9223372036854775808","c":9007199254740991,"d":"9007199254740992","e":9007199254740991,"f":[7]}',
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, '\ud800', { '\udfff': 1 }])('refuses %j', (value) => {
    expect(() => canonicalJson({ value })).toThrow(expect.objectContaining({ code: 'request.invalid' }));
  });

  test('does not depend on the order of keys and reads back as the same value', () => {
    const json = fc.jsonValue();
    fc.assert(
      fc.property(json, (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value, safeNumbers));
        const text = canonicalJson(plain);
        expect(canonicalJson(reversed(plain))).toBe(text);
        expect(JSON.parse(text)).toEqual(plain);
      }),
    );
  });

  test('keeps a key that is named __proto__', () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"x":2}}'))).toBe('{"__proto__":{"x":2},"b":1}');
  });

  test.each([[() => 1], [Symbol('s')], [new Date(NaN)], [{ toJSON: () => 1 }]])(
    'refuses %s, for which JSON has no form',
    (value) => {
      expect(() => canonicalJson({ value })).toThrow(expect.objectContaining({ code: 'request.invalid' }));
    },
  );

  test('sha-256 of the empty text is the published one', () => {
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});

function safeNumbers(_: string, value: unknown): unknown {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? 0 : value;
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}
