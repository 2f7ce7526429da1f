import { expect, it } from 'vitest';
import { ThriftWriter } from '../../../../src/shard/parquet/thrift/writer.js';

const written = (write: (out: ThriftWriter) => void): number[] => {
  const out = new ThriftWriter();
  out.structElement(() => write(out));
  return [...out.sink.bytes.subarray(0, out.sink.length)];
};

it('writes fields in the order of their ids, near and far', () => {
  const bytes = written((out) => {
    out.i32(1, -1);
    out.i64(3, 64);
    out.bool(40, true);
  });
  expect(bytes).toEqual([0x15, 1, 0x26, 0x80, 1, 0x01, 80, 0]);
});

it('throws for a field that is out of order, and not for the first of an inner structure', () => {
  expect(() =>
    written((out) => {
      out.i32(2, 0);
      out.struct(5, () => out.i32(1, 0));
      out.i32(6, 0);
    }),
  ).not.toThrow();
  for (const second of [2, 1]) {
    expect(() =>
      written((out) => {
        out.i32(2, 0);
        out.i32(second, 0);
      }),
    ).toThrow(`field ${second} is written after field 2`);
  }
});
