import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainData } from '../../../src/core/arrow/plain-data.js';
import { take } from '../../../src/core/arrow/take.js';
import { dataOf } from '../../shard/parquet/buffers.js';
import type { Kind, Value } from '../../shard/parquet/kind.js';
import { kinds } from '../../shard/parquet/kinds.js';
import { readData } from './read-data.js';

/** Positions in `values`, −1 for NULL, in any order and again and again; of a part of the data alone. */
const taken = fc.record({
  at: fc.array(fc.integer({ min: -1, max: 30 }), { maxLength: 40 }),
  from: fc.nat(12),
  nulls: fc.array(fc.boolean(), { minLength: 48, maxLength: 48 }),
});

const nested: readonly { readonly name: string; readonly kind: Kind; readonly values: readonly Value[] }[] = [
  {
    name: 'lists of structs of lists',
    kind: {
      kind: 'list',
      of: { kind: 'struct', fields: { a: { kind: 'list', of: { kind: 'text' } }, b: { kind: 'bool' } } },
    },
    values: [[], [[['x', null, 'yz'], true]], [null, [[], false], [null, null]], [[['long text']], null]] as Value[],
  },
  {
    name: 'fixed lists of fixed lists',
    kind: { kind: 'fixed-list', size: 2, of: { kind: 'fixed-list', size: 3, of: { kind: 'int', bits: 16 } } },
    values: [
      [
        [1n, 2n, null],
        [4n, 5n, 6n],
      ],
      [null, [7n, 8n, 9n]],
    ] as Value[],
  },
];

it.each([...kinds.filter(({ kind }) => kind.kind !== 'struct' || kind.required !== true), ...nested])(
  'values at any positions are those values: $name',
  ({ kind, values }) => {
    fc.assert(
      fc.property(taken, ({ at, from, nulls }) => {
        const column = nulls.map((isNull, i) => (isNull ? null : values[i % values.length]!));
        const whole = plainData(dataOf(kind, column));
        const data = whole.slice(from, whole.length - from);
        const positions = Int32Array.from(at);
        const expected = at.map((position) => (position < 0 ? null : column[from + position]!));
        expect(readData(take(data, positions))).toEqual(readData(plainData(dataOf(kind, expected))));
      }),
      { numRuns: 40 },
    );
  },
);

it('moves the bits of a NaN as they are', () => {
  const data = dataOf({ kind: 'float', bits: 64 }, [0, 0]);
  const bits = new BigInt64Array((data.values as Float64Array).buffer);
  bits.set([0x7ff8000000000001n, -1n]);
  const out = take(data, Int32Array.of(1, 0, 1));
  expect([...new BigInt64Array((out.values as Float64Array).buffer)]).toEqual([-1n, 0x7ff8000000000001n, -1n]);
});
