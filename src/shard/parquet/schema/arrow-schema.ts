import { type Schema, Table, tableToIPC } from 'apache-arrow';

/**
 * The value of the footer's `ARROW:schema`: the schema as Arrow's IPC message (continuation mark, length, flatbuffer) in
 * base64, from which Arrow readers restore types that Parquet has no name for.
 */
export function arrowSchemaMetadata(schema: Schema): string {
  const stream = tableToIPC(new Table(schema), 'stream');
  const length = new DataView(stream.buffer, stream.byteOffset).getInt32(4, true);
  return Buffer.from(stream.subarray(0, 8 + length)).toString('base64');
}
