import type { Field } from 'apache-arrow';
import { DataType, List, Schema, Struct, Table, tableToIPC } from 'apache-arrow';

/**
 * The value of the footer's `ARROW:schema`: the schema as Arrow's IPC message (continuation mark, length, flatbuffer) in
 * base64, from which Arrow readers restore types that Parquet has no name for.
 */
export function arrowSchemaMetadata(schema: Schema): string {
  const plain = new Schema(schema.fields.map(plainField), schema.metadata);
  const stream = tableToIPC(new Table(plain), 'stream');
  const length = new DataView(stream.buffer, stream.byteOffset).getInt32(4, true);
  return Buffer.from(stream.subarray(0, 8 + length)).toString('base64');
}

/** Dictionary columns are written as their values, so the schema says so too. */
function plainField(field: Field): Field {
  const type = field.type as DataType;
  if (DataType.isDictionary(type)) return plainField(field.clone({ type: type.dictionary as DataType }));
  if (DataType.isStruct(type)) return field.clone({ type: new Struct(type.children.map(plainField)) });
  if (DataType.isList(type)) return field.clone({ type: new List(plainField(type.children[0] as Field)) });
  return field;
}
