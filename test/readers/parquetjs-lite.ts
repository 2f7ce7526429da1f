import { ParquetReader } from 'parquetjs-lite';
import * as canonical from './canonical.js';
import type { Reader } from './reader.js';

/** The old JavaScript implementation: flat columns without dictionaries, numbers as doubles, times in milliseconds. */
export const parquetjsLite: Reader = {
  name: 'parquetjs-lite',
  unavailable: async () => undefined,
  async read(file) {
    const reader = await ParquetReader.openFile(file);
    try {
      const cursor = reader.getCursor();
      const rows: Record<string, unknown>[] = [];
      for (let row = await cursor.next(); row !== null; row = await cursor.next()) rows.push(row);
      return Object.entries(reader.schema.fields).map(([name, field]) => ({
        name,
        type: field.originalType ?? field.primitiveType,
        values: rows.map((row) => text(row[name], field.originalType ?? field.primitiveType)),
      }));
    } finally {
      await reader.close();
    }
  },
};

function text(value: unknown, type: string): canonical.CanonicalText {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) return 'Invalid Date';
    if (type === 'DATE') return canonical.dateText(BigInt(value.getTime()) / 86_400_000n);
    return canonical.timestampText(BigInt(value.getTime()), 1_000n, false);
  }
  if (typeof value === 'number' && type === 'TIME_MILLIS') return canonical.timeText(BigInt(value), 1_000n);
  if (typeof value === 'bigint' && type === 'TIME_MICROS') return canonical.timeText(value, 1_000_000n);
  if (typeof value === 'number') return canonical.floatText(value, type === 'FLOAT' ? 32 : 64);
  if (value instanceof Uint8Array) return canonical.hexText(value);
  return type === 'JSON' ? JSON.stringify(value) : String(value);
}
