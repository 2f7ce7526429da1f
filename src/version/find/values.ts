import type { RecordBatch } from 'apache-arrow';
import type { ReadableFile } from '../../core/format.js';
import type { Column } from '../../core/types.js';
import { formatOfTexts } from '../../shard/registry.js';

/** Between fields: it stands in quotation marks where it is part of one. */
const separator = ',';

/**
 * Texts as values of columns, as files of texts have them: integers and decimals exact with all digits of their scale, dates and times in ISO 8601, bytes by the format's own rules.
 * @param rows of each column one text
 * @returns undefined where one of them is no value of its column
 */
export async function valuesOfTexts(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): Promise<RecordBatch | undefined> {
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const lines = [columns.map(({ name }) => name), ...rows].map((row) => row.map(quoted).join(separator));
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  const reader = await formatOfTexts.loadReader();
  const as = { columns, compression: 'none', csv: { separator, null: '' } } as const;
  try {
    for await (const batch of reader.read(inMemory(bytes), { bytes: bytes.length, as })) return batch;
  } catch {
    return undefined;
  }
  return undefined;
}

const inMemory = (bytes: Buffer): ReadableFile => ({
  read(buffer, offset, length, position) {
    const part = bytes.subarray(position, position + length);
    buffer.set(part, offset);
    return Promise.resolve({ bytesRead: part.length });
  },
});
