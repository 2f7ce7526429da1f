import { type Annotation, Physical } from './enumerations.js';
import { DecimalType, IntType, LogicalType, SchemaElement, TimeType, TimeUnit } from './fields.js';
import type { SchemaNode } from '../schema/schema.js';
import type { ThriftWriter } from './writer.js';

/** The schema as a list: the root, then each node before its children. */
export function flattenSchema(columns: readonly SchemaNode[]): SchemaNode[] {
  return columns.flatMap((node) => [node, ...flattenSchema(node.children)]);
}

export function writeRootElement(out: ThriftWriter, columns: number): void {
  out.structElement(() => {
    out.binary(SchemaElement.name, 'schema');
    out.i32(SchemaElement.num_children, columns);
  });
}

/** Annotations are written in the old form too, where there is one. */
export function writeSchemaElement(out: ThriftWriter, node: SchemaNode): void {
  const { leaf, annotation } = node;
  out.structElement(() => {
    if (leaf) out.i32(SchemaElement.type, Physical[leaf.physical]);
    if (leaf?.physical === 'FIXED_LEN_BYTE_ARRAY') out.i32(SchemaElement.type_length, leaf.width);
    out.i32(SchemaElement.repetition_type, node.repetition);
    out.binary(SchemaElement.name, node.name);
    if (!leaf) out.i32(SchemaElement.num_children, node.children.length);
    const converted = convertedType(annotation);
    if (converted !== undefined) out.i32(SchemaElement.converted_type, converted);
    if (annotation.kind === 'decimal') {
      out.i32(SchemaElement.scale, annotation.scale);
      out.i32(SchemaElement.precision, annotation.precision);
    }
    if (annotation.kind !== 'none') out.struct(SchemaElement.logicalType, () => writeLogicalType(out, annotation));
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

const logicalTypes: Record<Exclude<Annotation['kind'], 'none'>, number> = {
  string: LogicalType.STRING,
  map: LogicalType.MAP,
  list: LogicalType.LIST,
  decimal: LogicalType.DECIMAL,
  date: LogicalType.DATE,
  time: LogicalType.TIME,
  timestamp: LogicalType.TIMESTAMP,
  integer: LogicalType.INTEGER,
  unknown: LogicalType.UNKNOWN,
  json: LogicalType.JSON,
  uuid: LogicalType.UUID,
  float16: LogicalType.FLOAT16,
};

function writeLogicalType(out: ThriftWriter, annotation: Annotation): void {
  if (annotation.kind === 'none') return;
  out.struct(logicalTypes[annotation.kind], () => {
    switch (annotation.kind) {
      case 'decimal':
        out.i32(DecimalType.scale, annotation.scale);
        out.i32(DecimalType.precision, annotation.precision);
        break;
      case 'time':
      case 'timestamp':
        out.bool(TimeType.isAdjustedToUTC, annotation.utc);
        out.struct(TimeType.unit, () => out.struct(TimeUnit[annotation.unit], () => undefined));
        break;
      case 'integer':
        out.i8(IntType.bitWidth, annotation.bits);
        out.bool(IntType.isSigned, annotation.signed);
    }
  });
}
