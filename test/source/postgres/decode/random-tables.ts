import type { Data, RecordBatch } from 'apache-arrow';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Column } from '../../../../src/core/types.js';
import { canonicalColumn } from './canonical.js';
import type { Field, RandomColumn } from './random-columns.js';

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (Field | null)[])[];
}

/** Random rows of some of the columns, at most so many. */
export const tableOf = (from: readonly RandomColumn[], mostColumns = 6): fc.Arbitrary<Table> =>
  fc
    .tuple(fc.array(fc.constantFrom(...from), { maxLength: mostColumns }), fc.integer({ min: 0, max: 40 }))
    .chain(([columns, rows]) =>
      fc.record({
        columns: fc.constant(columns.map(describeColumn)),
        rows: fc.array(fc.tuple(...columns.map(({ field }) => fc.option(field, { freq: 4 }))), {
          minLength: rows,
          maxLength: rows,
        }),
      }),
    );

export function describeColumn({ wire, type, parts }: Omit<RandomColumn, 'field'>, index = 0): Column {
  const column = { name: `c${index}`, sourceType: wire, type, wire, exactness: 'exact', redacted: false } as const;
  return parts === undefined ? column : { ...column, parts };
}

export function check(batch: RecordBatch, { columns, rows }: Table): void {
  expect(batch.numRows).toBe(rows.length);
  for (const [index, { type }] of columns.entries()) {
    expect(canonicalColumn(batch, index, type)).toEqual(rows.map((row) => row[index]?.text ?? null));
  }
}

/** All buffers of a batch, as one text. */
export function fingerprint(batch: RecordBatch): string {
  return batch.data.children.flatMap(buffersOf).join('|');
}

function buffersOf({ nullBitmap, valueOffsets, values, length, nullCount, children }: Data): string[] {
  const buffers = [nullBitmap, valueOffsets, values as Uint8Array | undefined].map((buffer) =>
    buffer === undefined
      ? '-'
      : Buffer.from(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength).toString('hex'),
  );
  return [`${length}, ${nullCount} NULL`, ...buffers, ...children.flatMap((child) => buffersOf(child as Data))];
}
