import { type Annotation, Physical, type TimeUnitName } from './enumerations.js';
import type { SchemaNode } from '../schema/schema.js';
import type { ThriftWriter } from './writer.js';

/** The schema as a list: the root, then each node before its children. */
export function flattenSchema(columns: readonly SchemaNode[]): SchemaNode[] {
  return columns.flatMap((node) => [node, ...flattenSchema(node.children)]);
}

/** The root's SchemaElement: 4 name, 5 num_children. */
export function writeRootElement(out: ThriftWriter, columns: number): void {
  out.structElement(() => {
    out.binary(4, 'schema');
    out.i32(5, columns);
  });
}

/**
 * A SchemaElement: 1 type, 2 type_length, 3 repetition_type, 4 name, 5 num_children, 6 converted_type, 7 scale,
 * 8 precision, 10 logicalType. Annotations are written in the old form too, where there is one.
 */
export function writeSchemaElement(out: ThriftWriter, node: SchemaNode): void {
  const { leaf, annotation } = node;
  out.structElement(() => {
    if (leaf) out.i32(1, Physical[leaf.physical]);
    if (leaf?.physical === 'FIXED_LEN_BYTE_ARRAY') out.i32(2, leaf.width);
    out.i32(3, node.repetition);
    out.binary(4, node.name);
    if (!leaf) out.i32(5, node.children.length);
    const converted = convertedType(annotation);
    if (converted !== undefined) out.i32(6, converted);
    if (annotation.kind === 'decimal') {
      out.i32(7, annotation.scale);
      out.i32(8, annotation.precision);
    }
    if (annotation.kind !== 'none') out.struct(10, () => writeLogicalType(out, annotation));
  });
}

const converted: Partial<Record<Annotation['kind'], number>> = {
  string: 0,
  map: 1,
  list: 3,
  decimal: 5,
  date: 6,
  json: 19,
};
const convertedIntegers = { unsigned: { 8: 11, 16: 12, 32: 13, 64: 14 }, signed: { 8: 15, 16: 16, 32: 17, 64: 18 } };

/** ConvertedType. Local times carry it too, as the format asks for the sake of old readers; nanoseconds have none. */
function convertedType(annotation: Annotation): number | undefined {
  switch (annotation.kind) {
    case 'integer':
      return convertedIntegers[annotation.signed ? 'signed' : 'unsigned'][annotation.bits];
    case 'time':
      return { MILLIS: 7, MICROS: 8, NANOS: undefined }[annotation.unit];
    case 'timestamp':
      return { MILLIS: 9, MICROS: 10, NANOS: undefined }[annotation.unit];
    default:
      return converted[annotation.kind];
  }
}

const logicalIds: Record<Exclude<Annotation['kind'], 'none'>, number> = {
  string: 1,
  map: 2,
  list: 3,
  decimal: 5,
  date: 6,
  time: 7,
  timestamp: 8,
  integer: 10,
  unknown: 11,
  json: 12,
  uuid: 14,
  float16: 15,
};
const unitIds: Record<TimeUnitName, number> = { MILLIS: 1, MICROS: 2, NANOS: 3 };

/** LogicalType, a union: one field, whose id tells the type and whose structure has its parameters. */
function writeLogicalType(out: ThriftWriter, annotation: Annotation): void {
  if (annotation.kind === 'none') return;
  out.struct(logicalIds[annotation.kind], () => {
    switch (annotation.kind) {
      case 'decimal':
        out.i32(1, annotation.scale);
        out.i32(2, annotation.precision);
        break;
      case 'time':
      case 'timestamp':
        out.bool(1, annotation.utc);
        out.struct(2, () => out.struct(unitIds[annotation.unit], () => undefined));
        break;
      case 'integer':
        out.i8(1, annotation.bits);
        out.bool(2, annotation.signed);
    }
  });
}
