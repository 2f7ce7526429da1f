import type { Schema } from 'apache-arrow';
import type { ReadableFile } from '../../../core/format.js';
import { arrowSchemaMetadata } from '../schema/arrow-schema.js';
import { FileMetaData, KeyValue, SchemaElement } from '../thrift/fields.js';
import { elementsOf, type FieldPlace, fieldsOf } from '../thrift/fields-of.js';
import { ThriftType, ThriftWriter } from '../thrift/writer.js';
import { footerOf, tailBytes } from './footer.js';

/** A file with another footer, in memory; the rest is read where it lies. */
export interface HintedFile extends ReadableFile {
  readonly size: number;
}

/**
 * A file that anybody may have written, as the reader of Arrow is to see it: with the schema of Arrow that is wanted in the place where
 * such files have that of their writer. So 96-bit timestamps are read in microseconds, where the reader's own choice, nanoseconds, would
 * wrap around outside of the years 1677 to 2262, and texts and dictionaries come in their plain form. Intervals, of which the reader
 * would drop the months, are shown to it as bytes.
 * @throws Error where the footer is none
 */
export async function hintedFile(file: ReadableFile, bytes: number, wanted: Schema): Promise<HintedFile> {
  const ending = await footerOf(file, bytes);
  const footer = footerWith(new Uint8Array(ending, 0, ending.byteLength - tailBytes), wanted);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return withEnding(file, bytes - ending.byteLength, Buffer.concat([footer, length, Buffer.from('PAR1')]));
}

function withEnding(file: ReadableFile, start: number, ending: Uint8Array): HintedFile {
  return {
    size: start + ending.length,
    async read(buffer, offset, length, position) {
      if (position < start) return file.read(buffer, offset, Math.min(length, start - position), position);
      const piece = ending.subarray(position - start, position - start + length);
      buffer.set(piece, offset);
      return { bytesRead: piece.length };
    },
  };
}

type Piece = readonly [type: number, bytes: Uint8Array];

function footerWith(footer: Uint8Array, wanted: Schema): Uint8Array {
  const pieces = new Map<number, Piece>();
  for (const field of fieldsOf(footer).fields) pieces.set(field.id, pieceOf(footer, field));
  pieces.set(FileMetaData.key_value_metadata, [ThriftType.LIST, schemaEntry(wanted)]);
  return structureOf(pieces);
}

function pieceOf(footer: Uint8Array, field: FieldPlace): Piece {
  if (field.id === FileMetaData.schema) return [field.type, plainSchemaList(footer, field)];
  return [field.type, footer.subarray(field.start, field.end)];
}

/** Fields in the order of their ids. */
function structureOf(pieces: ReadonlyMap<number, Piece>): Uint8Array {
  const out = new ThriftWriter();
  out.structElement(() => {
    for (const [id, [type, bytes]] of [...pieces].sort(([a], [b]) => a - b)) out.raw(id, type, bytes);
  });
  return Buffer.from(out.sink.written());
}

function schemaEntry(wanted: Schema): Uint8Array {
  const out = new ThriftWriter();
  out.listElements(ThriftType.STRUCT, [arrowSchemaMetadata(wanted)], (schema) =>
    out.structElement(() => {
      out.binary(KeyValue.key, 'ARROW:schema');
      out.binary(KeyValue.value, schema);
    }),
  );
  return Buffer.from(out.sink.written());
}

/** The old form's number of an interval; the new form has none. */
const interval = 21;

/** The list of schema elements, of which intervals lose their annotation. */
function plainSchemaList(footer: Uint8Array, list: FieldPlace): Uint8Array {
  const out = new ThriftWriter();
  out.listElements(ThriftType.STRUCT, elementsOf(footer, list), ([start, end]) => {
    const { fields } = fieldsOf(footer, start);
    const converted = fields.find(({ id }) => id === SchemaElement.converted_type);
    // A number of one byte, as zigzag.
    if (converted === undefined || footer[converted.start] !== interval * 2) {
      out.sink.append(footer.subarray(start, end));
      return;
    }
    const kept = fields.filter((field) => field !== converted);
    out.sink.append(structureOf(new Map(kept.map((field) => [field.id, pieceOfElement(footer, field)]))));
  });
  return Buffer.from(out.sink.written());
}

const pieceOfElement = (footer: Uint8Array, { type, start, end }: FieldPlace): Piece => [
  type,
  footer.subarray(start, end),
];
