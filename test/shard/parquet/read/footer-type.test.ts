import { parquetMetadata } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { arrowSchema, type LogicalType } from '../../../../src/core/types.js';
import { footerTypeName } from '../../../../src/shard/parquet/read/footer-type.js';
import { parquetTypeName, writeParquet } from '../../../../src/shard/parquet/index.js';
import { column } from '../../../manifest/inputs.js';

const precisions = Array.from({ length: 76 }, (_, index) => index + 1);
const types: readonly LogicalType[] = [
  ...(['bool', 'text', 'json', 'binary', 'date', 'time', 'uuid'] as const).map((kind) => ({ kind })),
  ...([16, 32, 64] as const).map((bits) => ({ kind: 'int' as const, bits })),
  ...([32, 64] as const).map((bits) => ({ kind: 'float' as const, bits })),
  ...[true, false].map((utc) => ({ kind: 'timestamp' as const, utc })),
  ...precisions.map((precision) => ({ kind: 'decimal' as const, precision, scale: precision >> 1 })),
];

const pair: LogicalType = {
  kind: 'struct',
  fields: [
    { name: 'a, b', type: { kind: 'decimal', precision: 12, scale: 2 } },
    { name: 'c', type: { kind: 'list', of: { kind: 'uuid' } } },
  ],
};
const nested: readonly LogicalType[] = [
  { kind: 'list', of: { kind: 'int', bits: 16 } },
  { kind: 'list', of: { kind: 'list', of: { kind: 'text' } } },
  { kind: 'map', key: { kind: 'text' }, value: pair },
  { kind: 'list', of: pair },
  pair,
];

async function elementsOf(written: readonly LogicalType[]) {
  const schema = arrowSchema(written.map((type, index) => column(`c${index}`, '', type)));
  const pieces: Uint8Array[] = [];
  await writeParquet([], { write: (bytes) => void pieces.push(bytes.slice()) }, { schema });
  const file = Uint8Array.from(Buffer.concat(pieces));
  return parquetMetadata(file.buffer).schema.slice(1);
}

describe('names of Parquet types', () => {
  test('are what another reader finds in the footer of a file with every type', async () => {
    const elements = await elementsOf(types);
    expect(elements.map((element) => footerTypeName([element]))).toEqual(types.map((type) => parquetTypeName(type)));
  });

  test.each(nested.map((type) => [parquetTypeName(type), type] as const))('are found of %s', async (name, type) => {
    expect(footerTypeName(await elementsOf([type]))).toBe(name);
  });

  test('are read from converted types where a footer has no others', () => {
    const names = [
      { name: 'a', type: 'INT32', converted_type: 'INT_16' },
      { name: 'b', type: 'INT64', converted_type: 'INT_64' },
      { name: 'c', type: 'INT64', converted_type: 'TIMESTAMP_MICROS' },
      { name: 'd', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
      { name: 'e', type: 'INT64', converted_type: 'DECIMAL', precision: 12, scale: 2 },
      { name: 'f', type: 'INT32', converted_type: 'UINT_32' },
    ] as const;
    expect(names.map((element) => footerTypeName([element]))).toEqual([
      'INT32 INTEGER(16,true)',
      'INT64',
      'INT64 TIMESTAMP(MICROS,true)',
      'BYTE_ARRAY STRING',
      'INT64 DECIMAL(12,2)',
      'INT32 INTEGER(32,false)',
    ]);
  });
});
