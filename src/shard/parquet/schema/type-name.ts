import { type DataType, Field, Schema } from 'apache-arrow';
import { arrowSchema, type LogicalType } from '../../../core/types.js';
import type { Annotation } from '../thrift/enumerations.js';
import { parquetSchema, type SchemaNode } from './schema.js';

/**
 * The Parquet type that a column is written as, for the type ledger: `INT64 DECIMAL(15,2)`,
 * `INT64 TIMESTAMP(MICROS,true)`, `BYTE_ARRAY STRING`, `LIST<INT32>`.
 */
export function parquetTypeName(type: LogicalType | DataType | Field): string {
  return nodeName(parquetSchema(schemaOf(type)).columns[0]!);
}

function schemaOf(type: LogicalType | DataType | Field): Schema {
  if (type instanceof Field) return new Schema([type]);
  if ('kind' in type) return arrowSchema([{ name: 'column', type }]);
  return new Schema([new Field('column', type, true)]);
}

function nodeName(node: SchemaNode): string {
  if (node.leaf) {
    const { physical, width } = node.leaf;
    return [width > 0 ? `${physical}(${width})` : physical, annotationName(node.annotation)].filter(Boolean).join(' ');
  }
  const children = node.shape === 'struct' ? node.children : node.children[0]!.children;
  if (node.shape === 'struct')
    return `STRUCT<${children.map((child) => `${child.name}: ${nodeName(child)}`).join(', ')}>`;
  return `${node.annotation.kind.toUpperCase()}<${children.map(nodeName).join(', ')}>`;
}

function annotationName(annotation: Annotation): string {
  switch (annotation.kind) {
    case 'none':
      return '';
    case 'integer':
      return `INTEGER(${annotation.bits},${annotation.signed})`;
    case 'decimal':
      return `DECIMAL(${annotation.precision},${annotation.scale})`;
    case 'time':
    case 'timestamp':
      return `${annotation.kind.toUpperCase()}(${annotation.unit},${annotation.utc})`;
    default:
      return annotation.kind.toUpperCase();
  }
}
