import { expect, test } from 'vitest';
import type { ColumnPart } from '../../../../src/core/types.js';
import { createDecoder } from '../../../../src/source/postgres/decode/decoder.js';
import { rowFrame } from '../decode/random-columns.js';
import { describeColumn } from '../decode/random-tables.js';
import { int4, recordOf } from '../decode/random-nested.js';

test.each([
  ['00000000', '0 attributes, and not 1'],
  ['000000010000001900000000', 'another type at "'],
])('a composite type that got other attributes while its rows are read: %s', (hex, told) => {
  const column = describeColumn(recordOf(int4), 0);
  expect((column.parts as readonly ColumnPart[]).length).toBe(1);
  const value = Buffer.from(hex, 'hex');
  const frame = rowFrame([{ bytes: value, text: '' }]);
  const decoder = createDecoder([column], { misfit: 'fail', infinity: 'misfit' });
  const read = (): unknown => {
    decoder.add(frame, 0, frame.length);
    return decoder.finish();
  };
  expect(read).toThrow(told);
  expect(read).toThrow('changed during the run');
});
