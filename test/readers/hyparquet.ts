import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import * as canonical from './canonical.js';
import type { Reader } from './reader.js';

/**
 * A reader in JavaScript. It gives decimals as doubles, timestamps as milliseconds and JSON parsed: what it can hold of a
 * value is what is compared (see limits.ts of its tests).
 */
export const hyparquet: Reader = {
  name: 'hyparquet',
  unavailable: async () => undefined,
  async read(file) {
    const buffer = await asyncBufferFromFile(file);
    const metadata = await parquetMetadataAsync(buffer);
    const rows = await parquetReadObjects({ file: buffer, metadata, compressors, utf8: false });
    return parquetSchema(metadata).children.map((node) => {
      const { name, type, logical_type: logical } = node.element;
      return {
        name,
        type: logical?.type ?? type ?? 'GROUP',
        values: rows.map((row) => text(row[name], node)),
      };
    });
  },
};

function text(value: unknown, node: SchemaTree): canonical.CanonicalText {
  if (value === null || value === undefined) return null;
  const { type, logical_type: logical } = node.element;
  if (node.children.length > 0) return nestedText(value, node);
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) return 'Invalid Date';
    if (logical?.type === 'DATE') return canonical.dateText(BigInt(value.getTime()) / 86_400_000n);
    return canonical.timestampText(
      BigInt(value.getTime()),
      1_000n,
      logical?.type === 'TIMESTAMP' && logical.isAdjustedToUTC,
    );
  }
  if (logical?.type === 'TIME') {
    const perSecond = { MILLIS: 1_000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n }[logical.unit];
    return canonical.timeText(BigInt(value as number), perSecond);
  }
  if (logical?.type === 'JSON') return JSON.stringify(value);
  if (value instanceof Uint8Array) return canonical.hexText(value);
  if (typeof value === 'number' && (type === 'FLOAT' || type === 'DOUBLE'))
    return canonical.floatText(value, type === 'FLOAT' ? 32 : 64);
  if (typeof value === 'number') return canonical.floatText(value, 64);
  return String(value);
}

function nestedText(value: unknown, node: SchemaTree): string {
  const inside = (item: unknown, child: SchemaTree) =>
    canonical.inner(text(item, child), child.element.logical_type?.type === 'STRING');
  const kind = node.element.logical_type?.type;
  if (kind === 'LIST') {
    const element = node.children[0]!.children[0]!;
    return canonical.listText((value as unknown[]).map((item) => inside(item, element)));
  }
  if (kind === 'MAP') {
    const [key, entry] = node.children[0]!.children;
    return canonical.mapText(Object.entries(value as object).map(([k, v]) => [inside(k, key!), inside(v, entry!)]));
  }
  const fields = value as Record<string, unknown>;
  return canonical.structText(
    node.children.map((child) => [child.element.name, inside(fields[child.element.name], child)]),
  );
}
